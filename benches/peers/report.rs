//! The figures as a table and as drawings.

use std::fmt::Write as _;

use super::work::{Other, Work};

/// What was measured of one work.
pub struct Measured<'a> {
    /// The work.
    pub work: &'a Work,
    /// How many frames the capture has.
    pub frames: u32,
    /// How many times as quick we were, in each round, the least first.
    pub ratios: Vec<f64>,
    /// Our seconds in the middle round.
    pub seconds: f64,
    /// Our memory in KiB.
    pub memory: Option<u64>,
}

impl Measured<'_> {
    /// The ratio in the middle.
    pub fn median(&self) -> f64 {
        self.ratios[self.ratios.len() / 2]
    }

    fn title(&self) -> String {
        let traffic = self.work.traffic.name();
        match self.work.other {
            Other::Ourselves => format!("{}, {traffic}", self.work.name),
            other => format!("{}, {traffic}, against {}", self.work.name, other.name()),
        }
    }
}

/// A table in Markdown.
pub fn table(all: &[Measured<'_>]) -> String {
    let mut out = String::from(
        "| work | capture | frames | against | times as quick: median (least–most) | aim | frames/s | memory |\n| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |\n",
    );
    for one in all {
        let other = match one.work.other {
            Other::Ourselves => "one thread".to_owned(),
            other => format!("`{} {}`", other.name(), shortened(one.work.theirs)),
        };
        let memory = one
            .memory
            .map_or(String::new(), |kib| format!("{:.1} MiB", mebibytes(kib)));
        let (least, most) = (one.ratios[0], one.ratios[one.ratios.len() - 1]);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {other} | **{:.1}** ({least:.1}–{most:.1}) | {} | {:.0} | {memory} |",
            one.work.name,
            one.work.traffic.name(),
            one.frames,
            one.median(),
            one.work.target,
            f64::from(one.frames) / one.seconds,
        );
    }
    out
}

fn shortened(arguments: &[&str]) -> String {
    let text = arguments.join(" ").replace('|', "\\|");
    match text.char_indices().nth(48) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory has few digits here")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

const WIDTH: f64 = 820.0;
const LABELS: f64 = 330.0;
const ROW: f64 = 26.0;

/// A bar for each ratio; each step of the scale is ten times the one before.
pub fn bars(all: &[Measured<'_>]) -> String {
    let rows: f64 = all.iter().map(|_| ROW).sum();
    let mut out = begin_svg(rows + 50.0);
    let place = |ratio: f64| LABELS + ratio.max(1.0).log10() / 3.0 * (WIDTH - LABELS - 70.0);
    for mark in [1.0, 10.0, 100.0, 1000.0] {
        let x = place(mark);
        let _ = writeln!(
            out,
            r##"<line x1="{x:.0}" y1="10" x2="{x:.0}" y2="{:.0}" stroke="#ccc"/><text x="{x:.0}" y="{:.0}" text-anchor="middle">{mark:.0}×</text>"##,
            rows + 16.0,
            rows + 34.0,
        );
    }
    let mut y = 12.0;
    for one in all {
        let median = one.median();
        let _ = writeln!(
            out,
            r##"<text x="{:.0}" y="{:.0}" text-anchor="end">{}</text><rect x="{LABELS}" y="{:.0}" width="{:.1}" height="16" fill="#2a7ab0"/><text x="{:.0}" y="{:.0}">{median:.1}×</text>"##,
            LABELS - 8.0,
            y + 13.0,
            one.title(),
            y,
            place(median) - LABELS,
            place(median) + 6.0,
            y + 13.0,
        );
        y += ROW;
    }
    out.push_str("</svg>\n");
    out
}

/// One program's frames per second by conversations.
pub struct Series {
    /// Whose.
    pub name: &'static str,
    /// The colour of its line.
    pub colour: &'static str,
    /// Conversations, and frames per second.
    pub points: Vec<(u32, f64)>,
}

/// Lines over both scales in steps of ten times.
pub fn lines(all: &[Series]) -> String {
    const HEIGHT: f64 = 320.0;
    let mut out = begin_svg(HEIGHT + 60.0);
    let x = |flows: u32| 90.0 + (f64::from(flows).log10() - 2.0) / 5.0 * (WIDTH - 220.0);
    let y = |rate: f64| HEIGHT + 10.0 - (rate.max(1_000.0).log10() - 3.0) / 4.0 * HEIGHT;
    for power in 2..=7 {
        let at = x(10_u32.pow(power));
        let _ = writeln!(
            out,
            r##"<line x1="{at:.0}" y1="10" x2="{at:.0}" y2="{:.0}" stroke="#eee"/><text x="{at:.0}" y="{:.0}" text-anchor="middle">10<tspan dy="-5" font-size="9">{power}</tspan></text>"##,
            HEIGHT + 10.0,
            HEIGHT + 30.0,
        );
    }
    for (rate, label) in [
        (1e3, "1 k"),
        (1e4, "10 k"),
        (1e5, "100 k"),
        (1e6, "1 M"),
        (1e7, "10 M"),
    ] {
        let at = y(rate);
        let _ = writeln!(
            out,
            r##"<line x1="90" y1="{at:.0}" x2="{:.0}" y2="{at:.0}" stroke="#ccc"/><text x="82" y="{:.0}" text-anchor="end">{label}</text>"##,
            WIDTH - 130.0,
            at + 4.0,
        );
    }
    let _ = writeln!(
        out,
        r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">conversations in the capture; frames per second upwards</text>"#,
        WIDTH / 2.0,
        HEIGHT + 52.0,
    );
    for series in all {
        let points: Vec<String> = series
            .points
            .iter()
            .map(|(flows, rate)| format!("{:.1},{:.1}", x(*flows), y(*rate)))
            .collect();
        let _ = writeln!(
            out,
            r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="2.5"/>"#,
            points.join(" "),
            series.colour,
        );
        if let Some((flows, rate)) = series.points.last() {
            let _ = writeln!(
                out,
                r#"<text x="{:.0}" y="{:.0}" fill="{}">{}</text>"#,
                x(*flows) + 6.0,
                y(*rate) + 4.0,
                series.colour,
                series.name,
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn begin_svg(height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    )
}
