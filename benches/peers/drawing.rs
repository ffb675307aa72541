//! The figures as drawings: SVG for light and dark pages alike.

use std::fmt::Write as _;

use super::report::Measured;

const WIDTH: f64 = 820.0;
const LABELS: f64 = 330.0;
const ROW: f64 = 26.0;

/// Where a ratio stands: each step of the scale is ten times the one before.
fn place_of(ratio: f64) -> f64 {
    const LEAST: f64 = 0.3;
    const MOST: f64 = 1000.0;
    let share = (ratio.clamp(LEAST, MOST) / LEAST).log10() / (MOST / LEAST).log10();
    LABELS + share * (WIDTH - LABELS - 70.0)
}

/// A bar for each ratio, from "as quick" on; a thin line from the least to the most.
pub fn bars(all: &[Measured<'_>]) -> String {
    let rows: f64 = all.iter().map(|_| ROW).sum();
    let mut out = begin(rows + 66.0);
    for mark in [1.0, 10.0, 100.0, 1000.0] {
        let x = place_of(mark);
        let _ = writeln!(
            out,
            r#"<line class="grid" x1="{x:.0}" y1="10" x2="{x:.0}" y2="{:.0}"/><text x="{x:.0}" y="{:.0}" text-anchor="middle">{mark:.0}×</text>"#,
            rows + 16.0,
            rows + 34.0,
        );
    }
    let _ = writeln!(
        out,
        r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">times as quick as the other: the median of the rounds, and from the least to the most</text>"#,
        WIDTH / 2.0,
        rows + 56.0,
    );
    let mut y = 12.0;
    for one in all {
        push_bar(one, y, &mut out);
        y += ROW;
    }
    out.push_str("</svg>\n");
    out
}

fn push_bar(one: &Measured<'_>, y: f64, out: &mut String) {
    let ratio = one.rounds.median().ratio();
    let (least, most) = one.rounds.range();
    let (base, end) = (place_of(1.0), place_of(ratio));
    let class = if ratio < 1.0 { "theirs" } else { "ours" };
    let _ = writeln!(
        out,
        r#"<text x="{:.0}" y="{:.0}" text-anchor="end">{}</text><rect class="{class}" x="{:.1}" y="{y:.0}" width="{:.1}" height="16"/><line class="range" x1="{:.1}" y1="{:.0}" x2="{:.1}" y2="{:.0}"/><text x="{:.0}" y="{:.0}">{}×</text>"#,
        LABELS - 8.0,
        y + 13.0,
        one.title(),
        base.min(end),
        (end - base).abs(),
        place_of(least),
        y + 8.0,
        place_of(most),
        y + 8.0,
        place_of(most).max(base) + 6.0,
        y + 13.0,
        if ratio < 10.0 {
            format!("{ratio:.2}")
        } else {
            format!("{ratio:.0}")
        },
    );
}

/// One program's frames per second by conversations.
pub struct Series {
    /// Whose.
    pub name: &'static str,
    /// `ours` or `theirs`, for the colour.
    pub class: &'static str,
    /// Conversations, and frames per second.
    pub points: Vec<(u32, f64)>,
}

const HEIGHT: f64 = 320.0;

/// Where so many conversations stand, from left to right.
fn column(flows: u32) -> f64 {
    90.0 + (f64::from(flows).log10() - 2.0) / 5.0 * (WIDTH - 240.0)
}

/// Where so many frames a second stand, from top to bottom.
fn height(rate: f64) -> f64 {
    HEIGHT + 10.0 - (rate.max(1_000.0).log10() - 3.0) / 4.0 * HEIGHT
}

/// Lines over both scales in steps of ten times.
pub fn lines(all: &[Series]) -> String {
    let mut out = begin(HEIGHT + 60.0);
    push_scales(&mut out);
    for series in all {
        let points: Vec<String> = series
            .points
            .iter()
            .map(|(flows, rate)| format!("{:.1},{:.1}", column(*flows), height(*rate)))
            .collect();
        let Series { class, name, .. } = series;
        let _ = writeln!(
            out,
            r#"<polyline class="{class}" points="{}"/>"#,
            points.join(" "),
        );
        if let Some((flows, rate)) = series.points.last() {
            let _ = writeln!(
                out,
                r#"<text x="{:.0}" y="{:.0}">{name}</text>"#,
                column(*flows) + 8.0,
                height(*rate) + 4.0,
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn push_scales(out: &mut String) {
    for power in 2..=7 {
        let at = column(10_u32.pow(power));
        let _ = writeln!(
            out,
            r#"<line class="grid" x1="{at:.0}" y1="10" x2="{at:.0}" y2="{:.0}"/><text x="{at:.0}" y="{:.0}" text-anchor="middle">10<tspan dy="-5" font-size="9">{power}</tspan></text>"#,
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
        let at = height(rate);
        let _ = writeln!(
            out,
            r#"<line class="grid" x1="90" y1="{at:.0}" x2="{:.0}" y2="{at:.0}"/><text x="82" y="{:.0}" text-anchor="end">{label}</text>"#,
            WIDTH - 150.0,
            at + 4.0,
        );
    }
    let _ = writeln!(
        out,
        r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">conversations in the capture; frames listed in a second upwards</text>"#,
        WIDTH / 2.0,
        HEIGHT + 52.0,
    );
}

/// The drawing brings its ground along, so that it can be read on any page.
fn begin(height: f64) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">
<style>
.ground {{ fill: #ffffff }} text {{ fill: #24292f }} .grid {{ stroke: #d0d7de }} .range {{ stroke: #24292f }}
rect.ours {{ fill: #2a7ab0 }} rect.theirs {{ fill: #c0562f }}
polyline {{ fill: none; stroke-width: 2.5 }} polyline.ours {{ stroke: #2a7ab0 }} polyline.theirs {{ stroke: #c0562f }}
@media (prefers-color-scheme: dark) {{
.ground {{ fill: #0d1117 }} text {{ fill: #e6edf3 }} .grid {{ stroke: #30363d }} .range {{ stroke: #e6edf3 }}
rect.ours {{ fill: #4a9bd4 }} polyline.ours {{ stroke: #4a9bd4 }} rect.theirs {{ fill: #e07b53 }} polyline.theirs {{ stroke: #e07b53 }}
}}
</style>
<rect class="ground" width="100%" height="100%"/>
"#
    )
}
