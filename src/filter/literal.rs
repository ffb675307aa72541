//! Values as people write them: what they are depends on what they are compared with.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::error::Complaint;
use super::plan::Constant;
use super::syntax::{Term, TermKind};
use super::types::Type;
use crate::model::field::{FieldDef, Place, Symbols};
use crate::protocols::names::{self, Named};

/// What a literal is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// The type of its values.
    pub of: Type,
    /// The field, where it is one: it may name values, and bound them.
    pub field: Option<&'static FieldDef>,
    /// Whether the field is one of several that were asked for by their joint name.
    pub is_joint: bool,
}

impl Expected {
    /// What the field was called.
    fn name(self) -> &'static str {
        self.field.map_or("", |field| match field.joint {
            Some(joint) if self.is_joint => joint,
            _ => field.name,
        })
    }

    /// Whether its moments are written as seconds since 1970, too: `frame.time_epoch`, but not `frame.time`, as in
    /// tshark.
    fn counts_seconds(self) -> bool {
        self.field.is_none() || self.name().ends_with("_epoch")
    }
}

/// The value that a literal stands for.
///
/// # Errors
///
/// It is no value of the type that is expected.
pub fn constant(term: &Term, expected: Expected) -> Result<Constant, Complaint> {
    match &term.kind {
        TermKind::Word(word) => {
            of_word(word, expected).ok_or_else(|| wrong_word(term, word, expected))
        }
        TermKind::Text(text) => of_text(text, expected).ok_or_else(|| wrong_text(term, expected)),
        TermKind::Character(byte) => match expected.of {
            _ if expected.of.is_number() => Ok(Constant::Number(i128::from(*byte))),
            _ if expected.of.is_bytes() => Ok(Constant::Bytes(vec![*byte])),
            _ => Err(wrong_text(term, expected)),
        },
        TermKind::Negated(inner) => match constant(inner, expected)? {
            Constant::Number(number) => Ok(Constant::Number(-number)),
            _ => Err(Complaint::new(
                term.span.clone(),
                format!("{} has no sign", expected.of.name()),
            )),
        },
        _ => Err(Complaint::new(
            term.span.clone(),
            "a field, a protocol or a value was expected",
        )),
    }
    .and_then(|constant| within_bounds(constant, term, expected))
}

fn of_word(word: &str, expected: Expected) -> Option<Constant> {
    match expected.of {
        Type::Number => number(word)
            .or_else(|| named_value(word, expected.field?))
            .map(Constant::Number),
        Type::Flag => truth(word)
            .or_else(|| number(word))
            .or_else(|| named_value(word, expected.field?))
            .map(Constant::Number),
        Type::Mac => bytes(word)
            .filter(|bytes| bytes.len() == 6)
            .map(Constant::Bytes),
        Type::Ipv4 => ipv4(word),
        Type::Ipv6 => ipv6(word),
        Type::Text => Some(Constant::Bytes(word.as_bytes().to_vec())),
        Type::Bytes | Type::Protocol => bytes(word).map(Constant::Bytes),
        Type::Time => seconds(word)
            .filter(|_| expected.counts_seconds())
            .map(Constant::Number)
            .or_else(|| moment(word)),
        Type::Duration => seconds(word).map(Constant::Number),
        Type::None => None,
    }
}

fn of_text(text: &[u8], expected: Expected) -> Option<Constant> {
    let characters = || std::str::from_utf8(text).ok();
    match expected.of {
        Type::Text | Type::Bytes | Type::Protocol => Some(Constant::Bytes(text.to_vec())),
        Type::Number | Type::Flag => {
            named_value(characters()?, expected.field?).map(Constant::Number)
        }
        Type::Time => moment(characters()?),
        Type::Mac | Type::Ipv4 | Type::Ipv6 | Type::Duration | Type::None => {
            of_word(characters()?, expected)
        }
    }
}

/// Decimal, `0x…`, `0b…`, or octal with a leading 0.
fn number(word: &str) -> Option<i128> {
    let lower = word.to_ascii_lowercase();
    let of_base = |digits: &str, base| i128::from_str_radix(digits, base).ok();
    let is_unsigned = lower.starts_with(|first: char| first.is_ascii_digit());
    match (
        lower.strip_prefix("0x"),
        lower.strip_prefix("0b"),
        lower.strip_prefix('0'),
    ) {
        _ if !is_unsigned => None,
        (Some(digits), _, _) => of_base(digits, 16),
        (_, Some(digits), _) => of_base(digits, 2),
        (_, _, Some(digits)) if !digits.is_empty() => of_base(digits, 8),
        _ => of_base(&lower, 10),
    }
}

fn truth(word: &str) -> Option<i128> {
    match word {
        "True" | "TRUE" | "true" => Some(1),
        "False" | "FALSE" | "false" => Some(0),
        _ => None,
    }
}

/// The value that has this name: `TCP` of an IP protocol, `good` of a checksum's status. What follows
/// the name in brackets or behind a comma or colon may be left out.
fn named_value(word: &str, field: &FieldDef) -> Option<i128> {
    let fits = |name: &str| {
        let (start, rest) = (name.get(..word.len()), name.get(word.len()..));
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
            && rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with([',', ':']) || rest.starts_with(" (")
            })
    };
    let found = match field.symbols {
        Symbols::Named(names) => names
            .iter()
            .find(|(_, name)| fits(name))
            .map(|(value, _)| *value),
        Symbols::Lookup(name_of) => {
            (0..=u64::from(u16::MAX)).find(|value| name_of(*value).is_some_and(&fits))
        }
        Symbols::None if super::types::Type::of(field) == Type::Flag => {
            [(0, "not set"), (1, "set")]
                .iter()
                .find(|(_, name)| fits(name))
                .map(|(value, _)| *value)
        }
        Symbols::None | Symbols::OfBytes(_) => None,
    };
    found.map(|value| i128::from(value) * i128::from(field.scale))
}

fn ipv4(word: &str) -> Option<Constant> {
    let (address, prefix) = with_prefix(word, 32)?;
    let address: Ipv4Addr = address.parse().ok()?;
    Some(Constant::Ipv4(address.to_bits(), prefix))
}

fn ipv6(word: &str) -> Option<Constant> {
    let (address, prefix) = with_prefix(word, 128)?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some(Constant::Ipv6(address.to_bits(), prefix))
}

fn with_prefix(word: &str, longest: u8) -> Option<(&str, u8)> {
    match word.split_once('/') {
        None => Some((word, longest)),
        Some((address, prefix)) => {
            let prefix = prefix.parse().ok().filter(|prefix| *prefix <= longest)?;
            Some((address, prefix))
        }
    }
}

/// Hexadecimal bytes: `02:00:00`, `02-00-00`, `0200.0000`, `0.1.2`, `7a`, `0xff`.
fn bytes(word: &str) -> Option<Vec<u8>> {
    if let Some(digits) = word.strip_prefix("0x") {
        return (digits.len() <= 2)
            .then(|| u8::from_str_radix(digits, 16).ok())?
            .map(|byte| vec![byte]);
    }
    let mut bytes = Vec::new();
    for group in word.split([':', '-', '.']) {
        if !group.is_ascii() || group.is_empty() {
            return None;
        }
        // A single digit is a byte of its own; longer groups are whole bytes.
        let step = if group.len() == 1 { 1 } else { 2 };
        if group.len() % step != 0 {
            return None;
        }
        for at in (0..group.len()).step_by(step) {
            let digits = group.get(at..at + step)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        }
    }
    Some(bytes)
}

/// Seconds with up to nine decimals, in nanoseconds.
fn seconds(word: &str) -> Option<i128> {
    let (whole, decimals) = word.split_once('.').unwrap_or((word, ""));
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let is_number = !(whole.is_empty() && decimals.is_empty());
    if !is_number || !all_digits(whole) || !all_digits(decimals) || decimals.len() > 9 {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let nanoseconds: i128 = format!("{decimals:0<9}").parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

/// A date and time, in nanoseconds since 1970: `2026-11-23 10:00:00.5`, with `T`, with `Z` or an offset;
/// or `Nov 23, 2026 10:00:00`, with `UTC`. Without a zone it is local.
fn moment(text: &str) -> Option<Constant> {
    let text = text.trim();
    let exact = text.parse::<jiff::Timestamp>().ok();
    let (local, utc) = match text.strip_suffix("UTC").or_else(|| text.strip_suffix('Z')) {
        Some(before) => (before.trim(), true),
        None => (text, false),
    };
    let zone = if utc {
        TimeZone::UTC
    } else {
        TimeZone::system()
    };
    let timestamp = exact.or_else(|| {
        let date = local
            .parse::<DateTime>()
            .or_else(|_| DateTime::strptime("%b %d, %Y %H:%M:%S%.f", local))
            .or_else(|_| DateTime::strptime("%b %d, %Y %H:%M", local));
        zone.to_timestamp(date.ok()?).ok()
    })?;
    Some(Constant::Number(timestamp.as_nanosecond()))
}

/// A number that its field can never hold is a mistake; any but 0 stands for a flag that is set.
fn within_bounds(
    constant: Constant,
    term: &Term,
    expected: Expected,
) -> Result<Constant, Complaint> {
    let (Constant::Number(number), Some(field)) = (&constant, expected.field) else {
        return Ok(constant);
    };
    if expected.of == Type::Flag {
        return Ok(Constant::Number(i128::from(*number != 0)));
    }
    let Place::Fixed { length, .. } = field.place else {
        return Ok(constant);
    };
    if expected.of != Type::Number || length >= 64 {
        return Ok(constant);
    }
    let greatest = ((1i128 << length) - 1) * i128::from(field.scale);
    if *number > greatest {
        let (name, bits) = (expected.name(), if length == 1 { "bit" } else { "bits" });
        let what = format!("{name} is {length} {bits} long: at most {greatest}");
        return Err(Complaint::new(term.span.clone(), what));
    }
    Ok(constant)
}

fn wrong_word(term: &Term, word: &str, expected: Expected) -> Complaint {
    let what = format!("{word} is not {}", expected.of.name());
    let looks_like_field =
        word.contains('.') && word.starts_with(|first: char| first.is_ascii_alphabetic());
    let near = names::hint(word).filter(|_| looks_like_field);
    let complaint = Complaint::new(term.span.clone(), what);
    if expected.of == Type::Time && seconds(word).is_some() {
        return complaint.help(instead_of_seconds(expected, word));
    }
    if let Some(help) = flag_of(word, expected) {
        return complaint.help(help);
    }
    let byte = number(word)
        .filter(|number| matches!(expected.of, Type::Bytes | Type::Protocol) && *number <= 0xff);
    let in_hexadecimal = byte.map(|byte| format!("a byte is hexadecimal: {word} is {byte:#04x}"));
    match near.or(in_hexadecimal).or_else(|| how_to_write(expected)) {
        Some(help) => complaint.help(help),
        None => complaint,
    }
}

fn wrong_text(term: &Term, expected: Expected) -> Complaint {
    let what = format!("a text is not {}", expected.of.name());
    let complaint = Complaint::new(term.span.clone(), what);
    let text = match &term.kind {
        TermKind::Text(text) => std::str::from_utf8(text).ok(),
        _ => None,
    };
    let flag = text.and_then(|text| flag_of(text, expected));
    match flag.or_else(|| how_to_write(expected)) {
        Some(help) => complaint.help(help),
        None => complaint,
    }
}

/// What to write in place of seconds that are compared with a date.
fn instead_of_seconds(expected: Expected, word: &str) -> String {
    match expected.name() {
        "frame.time" => format!(
            "written \"2026-11-23 10:00:00\"; seconds since the first frame are frame.time_relative, such as frame.time_relative > {word}, since 1970 frame.time_epoch"
        ),
        _ => "written \"2026-11-23 10:00:00\"".to_owned(),
    }
}

/// Where a flag was named as the value of the field that has it, as in `tcp.flags == SYN`.
fn flag_of(word: &str, expected: Expected) -> Option<String> {
    let flag = format!("{}.{}", expected.name(), word.to_lowercase());
    let is_flag = match names::find(&flag)? {
        Named::Fields(fields) => fields
            .iter()
            .all(|field| Type::of(field.definition) == Type::Flag),
        Named::Protocol(_) => false,
    };
    is_flag.then(|| format!("to ask for that flag: {flag} == 1"))
}

fn how_to_write(expected: Expected) -> Option<String> {
    let example = match expected.of {
        Type::Number => match expected.field.map(|field| field.symbols) {
            Some(Symbols::Named(names)) if !names.is_empty() => {
                let names: Vec<_> = names
                    .iter()
                    .take(3)
                    .map(|(_, name)| format!("\"{name}\""))
                    .collect();
                return Some(format!("a number, or a name such as {}", names.join(", ")));
            }
            _ => "12, 0x0c or 0b1100",
        },
        Type::Flag => "1 or 0, True or False",
        Type::Mac => "02:00:00:00:00:06; a part of one is eth.src[0:3] == 02:00:00",
        Type::Ipv4 => "192.168.1.6 or 192.168.1.0/24 (names are not looked up)",
        Type::Ipv6 => "fd00::6 or fd00::/8 (names are not looked up)",
        Type::Text => "\"a text\"",
        Type::Bytes | Type::Protocol => "48:65:6c, or a \"text\" in quotes",
        Type::Time if expected.counts_seconds() => "\"2026-11-23 10:00:00\" or seconds since 1970",
        Type::Time => "\"2026-11-23 10:00:00\"",
        Type::Duration => "seconds, such as 0.25",
        Type::None => return None,
    };
    Some(format!("written {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_in_many_ways() {
        let same = [2, 0, 0xff];
        for word in ["02:00:ff", "02-00-ff", "0200.ff", "2.0.ff", "0200ff"] {
            assert_eq!(bytes(word).as_deref(), Some(&same[..]), "{word}");
        }
        assert_eq!(bytes("0xff"), Some(vec![0xff]));
        for word in ["0x100", "020", "0g", "", ":", "é"] {
            assert_eq!(bytes(word), None, "{word}");
        }
    }

    #[test]
    fn numbers_have_four_bases() {
        for word in ["10", "012", "0xa", "0b1010"] {
            assert_eq!(number(word), Some(10), "{word}");
        }
        assert_eq!(number("08"), None);
        assert_eq!(number("+1"), None);
    }

    #[test]
    fn seconds_keep_their_nanoseconds() {
        assert_eq!(seconds("1.5"), Some(1_500_000_000));
        assert_eq!(seconds(".000000001"), Some(1));
        assert_eq!(seconds("1.0000000001"), None);
    }

    #[test]
    fn moments_are_dates_with_or_without_a_zone() {
        let expected = Some(Constant::Number(1_795_428_000_500_000_000));
        for text in [
            "2026-11-23T10:00:00.5Z",
            "2026-11-23 10:00:00.5 UTC",
            "2026-11-23T12:00:00.5+02:00",
            "Nov 23, 2026 10:00:00.5 UTC",
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
        assert_eq!(moment("yesterday"), None);
    }
}
