//! Lengths of time as people write them: `10`, `1.5s`, `200ms`, `50us`.

use std::time::Duration;

/// Reads a length of time; without a unit it is seconds. `None` when it is none, is negative, or lasts
/// longer than a thousand years.
pub fn parse(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|character: char| {
        !character.is_ascii_digit() && character != '.' && character != ' '
    });
    let nanoseconds_of_unit = match text.get(number.len()..)? {
        "" | "s" => 1e9,
        "ms" => 1e6,
        "us" | "µs" => 1e3,
        "ns" => 1.0,
        _ => return None,
    };
    let number = number.trim();
    if number.contains(|character: char| !character.is_ascii_digit() && character != '.') {
        return None;
    }
    let nanoseconds = number.parse::<f64>().ok()? * nanoseconds_of_unit;
    // Whole nanoseconds: 50.1 ms are not 50.099999 ms.
    let time = Duration::try_from_secs_f64(nanoseconds.round() / 1e9).ok()?;
    (time <= LONGEST).then_some(time)
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
            "99999999999",
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
}
