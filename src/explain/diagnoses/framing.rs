//! Whether the bytes of a stream say where a message ends.
//!
//! A receive that reads two sends does no harm when the reader can tell the messages apart: by line feeds,
//! by a length before each, by the header of a protocol that says how long its body is.

use super::scene::{Act, Socket};

/// The widths of a length in front of a message, in bytes.
const LENGTH_WIDTHS: [usize; 4] = [1, 2, 4, 8];

/// The bytes that these sends wrote, as far as they are known.
pub(super) fn content<'a>(sends: impl Iterator<Item = &'a Act>) -> Vec<u8> {
    sends.flat_map(|send| &send.content).copied().collect()
}

/// Whether somebody who reads only the bytes can find the borders of messages in them.
pub(super) fn shows_borders(stream: &[u8]) -> bool {
    is_of_lines(stream) || has_header(stream) || is_of_counted_pieces(stream) || is_tls(stream)
}

/// Whether a message ends at this place of the stream, as far as its bytes say.
pub(super) fn ends_at_a_border(stream: &[u8], end: u64) -> bool {
    let before = usize::try_from(end).ok().and_then(|end| stream.get(..end));
    before.is_some_and(|before| {
        before.ends_with(b"\n") || before.ends_with(b"\0") || is_of_counted_pieces(before)
    })
}

/// Lines of text, or strings with a zero at their end.
fn is_of_lines(stream: &[u8]) -> bool {
    stream.ends_with(b"\n") || stream.ends_with(b"\0")
}

/// A header of lines with an empty line at its end, as of HTTP.
fn has_header(stream: &[u8]) -> bool {
    stream.windows(4).any(|window| window == b"\r\n\r\n")
}

/// Each piece has its length in front, as a binary number of one width or in decimal digits.
fn is_of_counted_pieces(stream: &[u8]) -> bool {
    let binary = |width: usize, length: fn(&[u8]) -> u64| {
        is_counted(stream, |rest| {
            let (front, rest) = rest.split_at_checked(width)?;
            Some((length(front), rest))
        })
    };
    LENGTH_WIDTHS
        .iter()
        .any(|width| binary(*width, big_endian) || binary(*width, little_endian))
        || LENGTH_WIDTHS.iter().chain(&[3, 5, 6, 10]).any(|width| {
            is_counted(stream, |rest| {
                let (front, rest) = rest.split_at_checked(*width)?;
                let digits = std::str::from_utf8(front).ok()?;
                Some((digits.trim().parse().ok()?, rest))
            })
        })
}

/// Whether the stream is nothing but pieces, each behind its length.
fn is_counted(stream: &[u8], length: impl Fn(&[u8]) -> Option<(u64, &[u8])>) -> bool {
    let mut rest = stream;
    while !rest.is_empty() {
        let piece = length(rest).and_then(|(length, rest)| {
            let length = usize::try_from(length).ok().filter(|length| *length > 0)?;
            rest.split_at_checked(length)
        });
        let Some((_, after)) = piece else {
            return false;
        };
        rest = after;
    }
    !stream.is_empty()
}

pub(super) fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Records of TLS (RFC 8446 section 5.1), which have their length in them.
pub(super) fn is_tls(stream: &[u8]) -> bool {
    matches!(stream, [0x14..=0x17, 3, 0..=4, ..])
}

/// Whether what a side has sent is one answer of HTTP, up to its end, after which the connection stays open: RFC 9112
/// sections 6 and 9.3.
pub(super) fn is_whole_answer(speaker: &Socket) -> bool {
    let stream = content(speaker.sends());
    let empty_line = stream.windows(4).position(|window| window == b"\r\n\r\n");
    let head = empty_line.and_then(|end| std::str::from_utf8(stream.get(..end)?).ok());
    let Some(head) = head.filter(|head| head.starts_with("HTTP/1.1 ")) else {
        return false;
    };
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(value.trim())
    };
    let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let length = header("content-length").and_then(|length| length.parse::<u64>().ok());
    let is_whole = match length {
        Some(length) => speaker.written() == length.saturating_add(head.len() as u64 + 4),
        None => header("transfer-encoding").is_some() && stream.ends_with(b"0\r\n\r\n"),
    };
    is_whole && !closes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_in_front_is_found_in_each_form() {
        for stream in [
            &b"\x05hello\x02hi"[..],
            b"\0\x05hello\0\x02hi",
            b"\x05\0\0\0hello\x02\0\0\0hi",
            b"   5hello   2hi",
        ] {
            assert!(is_of_counted_pieces(stream), "{stream:?}");
        }
        for stream in [&b"helloworld"[..], b"\x05hell", b"", b"\0\0\0"] {
            assert!(!is_of_counted_pieces(stream), "{stream:?}");
        }
    }
}
