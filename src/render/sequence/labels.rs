//! What is written at an arrow and between two, alike in every drawing.

use std::fmt::Write as _;

use crate::explain::step::Step;

/// What can be said on an arrow, the longest first, each with what then has to be said below.
pub fn labels(step: &Step) -> [(String, String); 4] {
    let joined = |parts: &[&str]| {
        let said: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !part.is_empty())
            .collect();
        said.join("  ")
    };
    let Step {
        head,
        numbers,
        message,
        ..
    } = step;
    [
        (joined(&[head, numbers, message]), String::new()),
        (joined(&[head, numbers]), message.clone()),
        (head.clone(), joined(&[numbers, message])),
        (String::new(), joined(&[head, numbers, message])),
    ]
}

/// What is said of a drawing to scale, in which `blank` stands for each of these times without anything.
pub fn scale(row_time: i64, blank: &str) -> String {
    let mut out = format!("To scale: {blank} is ");
    push_time(row_time, &mut out);
    out.push_str(" in which nothing happens; for less than half of that there is none");
    out
}

/// What is said of frames that are not drawn.
pub fn more(frames: u64) -> String {
    format!("{frames} further frames are not drawn: choose some with -Y FILTER or --stream N")
}

/// Appends a time in the unit that fits it: `200 ns`, `11.7 ms`, `1.02 s`.
pub fn push_time(nanoseconds: i64, out: &mut String) {
    const UNITS: [(i64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")];
    let found = UNITS.iter().find(|(unit, _)| nanoseconds >= *unit);
    let Some((unit, name)) = found else {
        let _ = write!(out, "{nanoseconds} ns");
        return;
    };
    let whole = nanoseconds / unit;
    let hundredths = nanoseconds % unit / (unit / 100);
    let _ = match (whole, hundredths) {
        (_, 0) | (100.., _) => write!(out, "{whole} {name}"),
        (10.., _) => write!(out, "{whole}.{} {name}", hundredths / 10),
        _ => write!(out, "{whole}.{hundredths:02} {name}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_unit_that_fits_it() {
        let cases = [
            (200, "200 ns"),
            (41_500, "41.5 µs"),
            (11_732_000, "11.7 ms"),
            (207_000_000, "207 ms"),
            (1_020_000_000, "1.02 s"),
            (5_000_000_000, "5 s"),
        ];
        for (nanoseconds, told) in cases {
            let mut out = String::new();
            push_time(nanoseconds, &mut out);
            assert_eq!(out, told);
        }
    }
}
