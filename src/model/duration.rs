//! Lengths of time as people write them: `10`, `1.5s`, `200ms`, `50us`.

use std::fmt::Write as _;
use std::time::Duration;

/// Reads a length of time; without a unit it is seconds. `None` when it is none, is negative, or lasts
/// longer than a thousand years.
pub fn parse(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|character: char| {
        !character.is_ascii_digit() && character != '.' && character != ' '
    });
    let nanoseconds_of_unit = match text.get(number.len()..)? {
        "" | "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" | "µs" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    let nanoseconds = product(number.trim(), nanoseconds_of_unit)?;
    let seconds = u64::try_from(nanoseconds / NANOSECONDS).ok()?;
    let rest = u32::try_from(nanoseconds % NANOSECONDS).ok()?;
    let time = Duration::new(seconds, rest);
    (time <= LONGEST).then_some(time)
}

/// Of a second.
const NANOSECONDS: u128 = 1_000_000_000;

/// A decimal number times a whole one, rounded to a whole one: exact, as a float would not be.
fn product(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse::<u128>().ok(),
    };
    // A nanosecond is no more than nine digits.
    let fraction = fraction.get(..18).unwrap_or(fraction);
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = (value(fraction)? * factor + scale / 2) / scale;
    value(whole)?.checked_mul(factor)?.checked_add(part)
}

/// A thousand years.
const LONGEST: Duration = Duration::from_hours(1000 * 365 * 24);

/// Writes nanoseconds as milliseconds, without zeros that say nothing: `50 ms`, `0.784 ms`.
pub fn in_milliseconds(nanoseconds: u64) -> String {
    let whole = nanoseconds / 1_000_000;
    let fraction = format!("{:06}", nanoseconds % 1_000_000);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} ms"),
        fraction => format!("{whole}.{fraction} ms"),
    }
}

/// Appends a time in the unit that fits it: `200 ns`, `11.7 ms`, `1.02 s`.
pub fn push(nanoseconds: i64, out: &mut String) {
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
    fn the_unit_is_seconds_unless_another_one_is_written() {
        for (text, nanoseconds) in [
            ("10", 10_000_000_000),
            ("0.5", 500_000_000),
            (".5s", 500_000_000),
            ("2s", 2_000_000_000),
            ("200ms", 200_000_000),
            ("200 ms", 200_000_000),
            ("50.1ms", 50_100_000),
            ("784us", 784_000),
            ("4444440000.001ms", 4_444_440_000_001_000),
            ("3µs", 3_000),
            ("7ns", 7),
            ("0", 0),
        ] {
            let parsed = parse(text).map(|time| time.as_nanos());
            assert_eq!(parsed, Some(nanoseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_none() {
        for text in [
            "",
            "s",
            "ms",
            "-1",
            "+1",
            "1h",
            "1e3",
            "inf",
            "nan",
            "1 s s",
            ".",
            "1.2.3",
            "1.0000000000000000000.5",
            "99999999999",
            &"9".repeat(400),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_written_without_empty_digits() {
        assert_eq!(in_milliseconds(50_000_000), "50 ms");
        assert_eq!(in_milliseconds(784_000), "0.784 ms");
        assert_eq!(in_milliseconds(1), "0.000001 ms");
        assert_eq!(in_milliseconds(0), "0 ms");
    }

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
            push(nanoseconds, &mut out);
            assert_eq!(out, told);
        }
    }
}
