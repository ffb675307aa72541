//! What was seen, as a table.

use std::fmt::Write as _;
use std::time::Duration;

use super::watcher::{Program, Seen};

/// One flood, and what was seen of it.
pub struct Turn {
    /// How long the sender took.
    pub taken: Duration,
    /// By each of those who captured.
    pub seen: Vec<Seen>,
}

/// A table in Markdown: a row for each program in each cast.
pub fn table(count: usize, length: usize, casts: &[Vec<Turn>]) -> String {
    let mut out = format!(
        "{count} datagrams of {length} bytes through `lo`, {} turns each.\n\n",
        casts[0].len()
    );
    out.push_str("| capturing | frames in the file: least–most | dropped, by the kernel's count: median (least–most) | sent each second: median |\n| --- | ---: | ---: | ---: |\n");
    for turns in casts {
        for program in [Program::Netinspect, Program::Tcpdump] {
            if let Some(row) = row(program, count, turns) {
                let _ = writeln!(out, "{row}");
            }
        }
    }
    out
}

fn row(program: Program, count: usize, turns: &[Turn]) -> Option<String> {
    let seen = turns.iter().flat_map(|turn| &turn.seen);
    let mut own: Vec<&Seen> = seen.filter(|seen| seen.program == program).collect();
    own.sort_by_key(|seen| seen.dropped);
    let (least, median, most) = (own.first()?, own[own.len() / 2], own.last()?);
    let with = if turns[0].seen.len() > 1 {
        ", both at once"
    } else {
        ", alone"
    };
    let mut taken: Vec<Duration> = turns.iter().map(|turn| turn.taken).collect();
    taken.sort_unstable();
    let rate = per_second(count, taken[taken.len() / 2]);
    Some(format!(
        "| `{}`{with} | {}–{} | {} ({}–{}) | {rate:.0} |",
        program.name(),
        own.iter().map(|seen| seen.frames).min()?,
        own.iter().map(|seen| seen.frames).max()?,
        median.dropped,
        least.dropped,
        most.dropped,
    ))
}

#[expect(clippy::cast_precision_loss, reason = "there are not that many")]
fn per_second(count: usize, taken: Duration) -> f64 {
    count as f64 / taken.as_secs_f64()
}
