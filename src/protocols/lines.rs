//! A dialogue of lines, as SMTP, POP3 and the control connection of FTP hold it.
//!
//! ```text
//! client → server   MAIL FROM:<ada@example.org>      a command: a verb, and mostly an argument
//! server → client   250 OK                           a reply: how it went, and the same in words
//! ```
//!
//! A reply may have several lines, and some commands and replies have a text behind them, which a line with
//! nothing but a dot ends. What comes next depends on what was said: `line_dialogue` has that.

use std::ops::Range;

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;
use crate::model::framing::Framing;
use crate::model::text;

/// How long a line may be, in bytes; what is longer is shown as it comes. The RFCs allow 512 or 1,000 and, while a
/// client says who it is, 12,288 (RFC 4954, section 4).
pub const MOST_LINE: usize = 16 << 10;

/// How long a reply may be whose end is waited for, in bytes; what is longer is shown as it comes.
pub const MOST_REPLY: usize = 64 << 10;

/// How many lines of one message are taken apart, and how many doubled dots of a text.
pub const MOST_LINES: usize = 1024;

/// How many lines of a message a line of a list shows.
const MOST_SHOWN_LINES: usize = 8;

/// Longer lines are cut on a line of a list; the tree has them whole.
const SHOWN_BYTES: usize = 100;

/// The line that begins at `at`, with its end; `None` where that is not there.
pub fn line_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let length = memchr::memchr(b'\n', bytes.get(at..)?)? + 1;
    Some(at..at + length)
}

/// Where the text of a line ends: before CR LF, or LF alone.
pub fn end_of_text(bytes: &[u8], line: &Range<usize>) -> usize {
    let text = bytes.get(line.clone()).unwrap_or_default();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    line.start + text.strip_suffix(b"\r").unwrap_or(text).len()
}

/// The line that begins at `at`, or what there is of it; empty behind the last.
pub fn line_or_rest(bytes: &[u8], at: usize) -> Range<usize> {
    line_at(bytes, at).unwrap_or(at..bytes.len().max(at))
}

/// The lines from `at` on, the last one perhaps without its end; at most [`MOST_LINES`].
pub fn lines(bytes: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = at;
    let all = std::iter::from_fn(move || {
        let line = line_or_rest(bytes, next);
        next = line.end;
        (!line.is_empty()).then_some(line)
    });
    all.take(MOST_LINES)
}

/// The first word of a line, and what stands behind the blank that ends it, without the line's end.
pub fn words(bytes: &[u8], line: &Range<usize>) -> (Range<usize>, Range<usize>) {
    let end = end_of_text(bytes, line);
    let text = bytes.get(line.start..end).unwrap_or_default();
    let length = memchr::memchr(b' ', text).unwrap_or(text.len());
    let first = line.start..line.start + length;
    let rest = (first.end + 1).min(end)..end;
    (first, rest)
}

/// The verb of a command, in capital letters, as far as it has four letters; zeros where it has fewer.
pub fn verb(bytes: &[u8]) -> [u8; 4] {
    let (verb, _) = words(bytes, &line_or_rest(bytes, 0));
    let mut capital = [0; 4];
    let letters = bytes.get(verb).unwrap_or_default();
    for (to, from) in capital.iter_mut().zip(letters) {
        *to = from.to_ascii_uppercase();
    }
    capital
}

/// The code that a line begins with, of three digits, and whether more lines of the same reply follow (RFC 5321,
/// section 4.2.1; RFC 959, section 4.2).
pub fn code(bytes: &[u8], line: &Range<usize>) -> Option<(u16, bool)> {
    let text = bytes.get(line.start..end_of_text(bytes, line))?;
    let digits = text.first_chunk::<3>()?;
    let code = digits.iter().try_fold(0, |code: u16, digit| {
        digit
            .is_ascii_digit()
            .then(|| code * 10 + u16::from(digit - b'0'))
    })?;
    match text.get(3) {
        Some(b'-') => Some((code, true)),
        Some(b' ') | None => Some((code, false)),
        Some(_) => None,
    }
}

/// A message that is a line.
pub fn one_line(bytes: &[u8]) -> Framing {
    match line_at(bytes, 0) {
        Some(line) => Framing::Whole(line.end),
        None if bytes.len() < MOST_LINE => Framing::NeedsMore,
        None => Framing::Whole(bytes.len()),
    }
}

/// A reply each of whose lines begins with its code: as many of them as are there, up to its last one.
pub fn reply_lines(bytes: &[u8]) -> Framing {
    let mut end = 0;
    while let Some(line) = line_at(bytes, end) {
        end = line.end;
        if !code(bytes, &line).is_some_and(|(_, goes_on)| goes_on) {
            break;
        }
    }
    match end {
        0 => one_line(bytes),
        end => Framing::Whole(end),
    }
}

/// A reply that ends with a line of its code and a blank; those between may look like anything.
pub fn whole_reply(bytes: &[u8]) -> Framing {
    let Some(first) = line_at(bytes, 0) else {
        return one_line(bytes);
    };
    let Some((begun, true)) = code(bytes, &first) else {
        return Framing::Whole(first.end);
    };
    let mut end = first.end;
    while let Some(line) = line_at(bytes, end) {
        end = line.end;
        if code(bytes, &line) == Some((begun, false)) {
            return Framing::Whole(end);
        }
    }
    if bytes.len() < MOST_REPLY {
        Framing::NeedsMore
    } else {
        Framing::Whole(bytes.len())
    }
}

/// A text that ends with a line of a dot alone, which only CR LF makes (RFC 5321, section 4.1.1.4). The first
/// `known` bytes have no end.
pub fn until_lone_dot(bytes: &[u8], known: usize) -> Framing {
    const END: &[u8] = b"\r\n.\r\n";
    if bytes.starts_with(b".\r\n") {
        return Framing::Whole(3);
    }
    let from = known.saturating_sub(END.len() - 1);
    match memchr::memmem::find(bytes.get(from..).unwrap_or_default(), END) {
        Some(at) => Framing::Whole(from + at + END.len()),
        None => Framing::NeedsMore,
    }
}

/// Whether these bytes end with a line of a dot alone.
pub fn end_with_lone_dot(bytes: &[u8]) -> bool {
    bytes == b".\r\n" || bytes.ends_with(b"\r\n.\r\n")
}

/// Whether these bytes are lines of text; those of TLS and of programs that speak otherwise are not.
pub fn are_text(bytes: &[u8]) -> bool {
    let is_text = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r');
    let line = bytes.get(line_or_rest(bytes, 0));
    line.is_some_and(|line| line.iter().all(is_text))
}

/// Whether a line may answer the server's question who the client is; an asterisk alone gives up (RFC 4954,
/// section 4).
pub fn is_base64(line: &[u8]) -> bool {
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let end = end_of_text(line, &(0..line.len()));
    let text = line.get(..end).unwrap_or_default();
    text == b"*" || (text.len().is_multiple_of(4) && text.iter().all(is_of_it))
}

/// The fields of a text behind a command or reply.
#[derive(Debug)]
pub struct TextFields {
    /// Its lines.
    pub text: &'static FieldDef,
    /// A dot that was put before one that a line begins with.
    pub stuffed: &'static FieldDef,
    /// The line that ends it.
    pub end: &'static FieldDef,
}

/// Adds the text that begins at `at`: a dot at the beginning of a line was put there, so that no line of the text
/// looks like its end.
pub fn expand_text(bytes: &[u8], at: usize, fields: &TextFields, out: &mut Expander<'_>) {
    let end = if end_with_lone_dot(bytes) {
        bytes.len().saturating_sub(3).max(at)
    } else {
        bytes.len()
    };
    let text = bytes.get(..end).unwrap_or_default();
    let mut from = at;
    let begins = |dot: usize| dot == at || text.get(dot.wrapping_sub(1)) == Some(&b'\n');
    let dots = memchr::memchr_iter(b'.', text.get(at..).unwrap_or_default());
    let stuffed = dots.map(|dot| at + dot).filter(|dot| begins(*dot));
    for dot in stuffed.take(MOST_LINES) {
        out.bytes(fields.text, from..dot);
        out.bytes(fields.stuffed, dot..dot + 1);
        from = dot + 1;
    }
    out.bytes(fields.text, from..end);
    out.bytes(fields.end, end..bytes.len());
}

/// Adds a line that is not taken apart.
pub fn expand_line(field: &'static FieldDef, line: Range<usize>, out: &mut Expander<'_>) {
    out.bytes(field, line.clone());
    blame_length(&line, out);
}

/// Says what is wrong with a line: it is longer than what is read as one.
pub fn blame_length(line: &Range<usize>, out: &mut Expander<'_>) {
    if line.len() >= MOST_LINE {
        let why = "the line has 16384 bytes or more: the longest that is allowed has 12288";
        out.fault(line.clone(), FaultKind::BadValue { why });
    }
}

/// Puts a line as far as a line of a list has room for it, without its end.
pub fn put_line(bytes: &[u8], line: &Range<usize>, out: &mut Draft) {
    let all = bytes.get(line.start..end_of_text(bytes, line));
    let all = all.unwrap_or_default();
    let all = all.trim_ascii_end();
    let shown = all.get(..SHOWN_BYTES);
    text::put_escaped(out, shown.unwrap_or(all));
    if shown.is_some_and(|shown| shown.len() < all.len()) {
        out.push('…');
    }
}

/// Puts the lines of a message, one behind the other.
pub fn put_lines(bytes: &[u8], out: &mut Draft) {
    for (index, line) in lines(bytes, 0).enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        if index == MOST_SHOWN_LINES {
            out.push('…');
            return;
        }
        put_line(bytes, &line, out);
    }
}

/// Puts what is said of bytes that are no lines of text.
pub fn put_other(bytes: &[u8], out: &mut Draft) {
    out.put_byte_count(bytes.len());
    out.push_str(" that are no text");
}

/// The fields of a command.
#[derive(Debug)]
pub struct CommandFields {
    /// All of it.
    pub line: &'static FieldDef,
    /// What is to be done.
    pub verb: &'static FieldDef,
    /// With what.
    pub argument: &'static FieldDef,
}

/// Adds a command.
pub fn expand_command(
    bytes: &[u8],
    line: &Range<usize>,
    fields: &CommandFields,
    out: &mut Expander<'_>,
) {
    let (verb, argument) = words(bytes, line);
    out.bytes(fields.line, line.clone());
    out.bytes(fields.verb, verb);
    out.bytes(fields.argument, argument);
    blame_length(line, out);
}

/// The fields of a reply.
#[derive(Debug)]
pub struct ReplyFields {
    /// A line of it.
    pub line: &'static FieldDef,
    /// Its code.
    pub code: &'static FieldDef,
    /// The same in words.
    pub text: &'static FieldDef,
}

/// Adds the lines of a reply.
pub fn expand_reply(bytes: &[u8], fields: &ReplyFields, out: &mut Expander<'_>) {
    for line in lines(bytes, 0) {
        out.bytes(fields.line, line.clone());
        if let Some((code, _)) = code(bytes, &line) {
            let end = end_of_text(bytes, &line);
            out.bytes(fields.text, (line.start + 4).min(end)..end);
            out.derived_below(fields.code, code.into());
        }
        blame_length(&line, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_waited_for_until_it_is_too_long() {
        assert_eq!(one_line(b"NOOP\r\nQUIT\r\n"), Framing::Whole(6));
        assert_eq!(one_line(b"NOOP\nQ"), Framing::Whole(5));
        assert_eq!(one_line(b"NOOP\r"), Framing::NeedsMore);
        assert_eq!(one_line(&[b'x'; MOST_LINE - 1]), Framing::NeedsMore);
        assert_eq!(one_line(&[b'x'; MOST_LINE]), Framing::Whole(MOST_LINE));
    }

    #[test]
    fn lines_of_a_reply_are_read_as_far_as_they_have_come() {
        assert_eq!(
            reply_lines(b"250-a\r\n250 b\r\n250 c\r\n"),
            Framing::Whole(14)
        );
        assert_eq!(reply_lines(b"250-a\r\n250-b\r\n25"), Framing::Whole(14));
        assert_eq!(
            reply_lines(b"250-a\r\nwhat?\r\n250 c\r\n"),
            Framing::Whole(14)
        );
        assert_eq!(reply_lines(b"25"), Framing::NeedsMore);
    }

    #[test]
    fn a_reply_that_does_not_end_is_waited_for_until_it_is_too_long() {
        let mut reply = b"211-Features\r\n".to_vec();
        while reply.len() < MOST_REPLY {
            assert_eq!(whole_reply(&reply), Framing::NeedsMore);
            reply.extend([b' '; 1000]);
            reply.push(b'\n');
        }
        assert_eq!(whole_reply(&reply), Framing::Whole(reply.len()));
        assert_eq!(whole_reply(b"211-a\n 211 b\n211 c\n"), Framing::Whole(19));
        assert_eq!(whole_reply(b"211 a\n211 b\n"), Framing::Whole(6));
    }

    #[test]
    fn only_a_dot_between_whole_line_ends_ends_a_text() {
        assert_eq!(until_lone_dot(b".\r\nQUIT\r\n", 0), Framing::Whole(3));
        assert_eq!(until_lone_dot(b"a\r\n.\r\nQUIT\r\n", 0), Framing::Whole(6));
        for known in 0..=5 {
            assert_eq!(until_lone_dot(b"a\r\n.\r\n", known), Framing::Whole(6));
        }
        for other in [
            &b"a\n.\n"[..],
            b"a\r\n.\n",
            b"a\r\n..\r\n",
            b"a.\r\n",
            b"a\r\n.\r",
        ] {
            assert_eq!(until_lone_dot(other, 0), Framing::NeedsMore);
        }
    }

    #[test]
    fn a_code_has_three_digits_and_a_blank_or_a_minus_behind() {
        let code = |line: &[u8]| code(line, &(0..line.len()));
        assert_eq!(code(b"250 OK\r\n"), Some((250, false)));
        assert_eq!(code(b"250-OK\r\n"), Some((250, true)));
        assert_eq!(code(b"250\r\n"), Some((250, false)));
        for none in [&b"2500\r\n"[..], b"25\r\n", b"2x0 \r\n", b" 250 \r\n", b""] {
            assert_eq!(code(none), None);
        }
    }
}
