//! The figures as a table.

use std::fmt::Write as _;
use std::process::Command;

use super::work::{Other, Work};

/// What was measured of one work.
pub struct Measured<'a> {
    /// The work.
    pub work: &'a Work,
    /// How many frames the capture has.
    pub frames: u32,
    /// What was measured.
    pub rounds: Rounds,
    /// Our memory and the other's, in KiB.
    pub memory: [Option<u64>; 2],
}

/// One after the other, on the same file: seconds.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Ours.
    pub ours: f64,
    /// The other program's.
    pub theirs: f64,
}

impl Round {
    /// How many times as quick we were.
    pub fn ratio(&self) -> f64 {
        self.theirs / self.ours
    }
}

/// All rounds, the least ratio first.
pub struct Rounds(Vec<Round>);

impl Rounds {
    /// Of at least one round.
    pub fn of(rounds: impl Iterator<Item = Round>) -> Self {
        let mut rounds: Vec<Round> = rounds.collect();
        rounds.sort_by(|first, second| first.ratio().total_cmp(&second.ratio()));
        Self(rounds)
    }

    /// The one in the middle.
    pub fn median(&self) -> Round {
        self.0[self.0.len() / 2]
    }

    /// The least and the greatest ratio.
    pub fn range(&self) -> (f64, f64) {
        (self.0[0].ratio(), self.0[self.0.len() - 1].ratio())
    }
}

impl Measured<'_> {
    /// What it is, in one line.
    pub fn title(&self) -> String {
        let traffic = self.work.traffic.name();
        match self.work.other {
            Other::Ourselves => format!("{}, {traffic}", self.work.name),
            _ => format!(
                "{}, {traffic}, against {}",
                self.work.name,
                self.work.against()
            ),
        }
    }
}

/// What was run, on what.
pub fn heading(rounds: usize) -> String {
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let output = output.expect("it is there");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines()
            .next()
            .unwrap_or(program)
            .trim_end_matches('.')
            .to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "`cargo bench --bench peers`: {rounds} rounds in turn (start-up: {}), on {cores} cores; {}; {}.\n\
         How each figure is made, `benches/peers/main.rs` tells.\n",
        rounds * super::START_UPS,
        version("tcpdump"),
        version("tshark"),
    )
}

/// A table in Markdown.
pub fn table(all: &[Measured<'_>]) -> String {
    let mut out = String::from(
        "| work | capture | frames | against | times as quick: median (least–most) | aim | frames/s: we, they | MiB: we, they |\n\
         | --- | --- | ---: | --- | ---: | ---: | ---: | ---: |\n",
    );
    for one in all {
        let (least, most) = one.rounds.range();
        let median = one.rounds.median();
        let rate = |seconds: f64| per_second(one.frames, seconds);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | **{:.2}** ({least:.2}–{most:.2}) | {} | {}, {} | {}, {} |",
            one.work.name,
            one.work.traffic.name(),
            one.frames,
            against(one.work),
            median.ratio(),
            one.work.target,
            rate(median.ours),
            rate(median.theirs),
            mebibytes(one.memory[0]),
            mebibytes(one.memory[1]),
        );
    }
    out
}

fn against(work: &Work) -> String {
    match work.other {
        Other::Ourselves => "one thread".to_owned(),
        _ => format!("`{} {}`", work.against(), shortened(work.theirs)),
    }
}

fn shortened(arguments: &[&str]) -> String {
    let text = arguments.join(" ").replace('|', "\\|");
    match text.char_indices().nth(48) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// 1,234,567 as `1.23 M`.
fn per_second(frames: u32, seconds: f64) -> String {
    let rate = f64::from(frames) / seconds;
    match rate {
        1e6.. => format!("{:.2} M", rate / 1e6),
        1e3.. => format!("{:.0} k", rate / 1e3),
        _ => format!("{rate:.0}"),
    }
}

/// KiB as MiB.
#[expect(clippy::cast_precision_loss, reason = "memory has few digits here")]
pub fn mebibytes(kib: Option<u64>) -> String {
    kib.map_or("?".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0))
}
