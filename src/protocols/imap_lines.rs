//! The lines of IMAP and the literals between them: a line that ends with a number in braces goes on behind so many
//! bytes (RFC 9051, section 4.3).
//!
//! ```text
//! * 2 FETCH (BODY[] {48}     a line; 48 bytes follow, and then the rest of it
//! a4 APPEND inbox {310}      the client waits until the server says that they may come
//! a4 APPEND inbox {310+}     it does not wait (RFC 7888)
//! ```

use std::ops::Range;

use super::line_dialogue::Speaker;
use super::lines::{self, MOST_LINE, MOST_LINES};
use crate::model::framing::Framing;

/// Whether the client waits before it sends a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It waits until the server says that it may.
    WhenAllowed,
    /// It sends it at once.
    AtOnce,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A line, or the rest of one behind a literal.
    Line {
        /// Where it is, with its end.
        range: Range<usize>,
        /// Whether a command or a reply begins with it.
        is_first: bool,
    },
    /// A literal, as far as it is there.
    Literal(Range<usize>),
}

/// How long the literal is that follows a line, and how a client sends it.
pub fn literal_behind(line: &[u8]) -> Option<(u64, Sending)> {
    let text = line.get(..lines::end_of_text(line, &(0..line.len())))?;
    let text = text.strip_suffix(b"}")?;
    let (text, sending) = match text.strip_suffix(b"+") {
        Some(text) => (text, Sending::AtOnce),
        None => (text, Sending::WhenAllowed),
    };
    let from = memchr::memrchr(b'{', text)? + 1;
    let digits = text.get(from..)?;
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| are_digits)?;
    Some((digits.parse().ok()?, sending))
}

/// The parts of a message, the last one perhaps without its end; at most [`MOST_LINES`].
pub fn of(bytes: &[u8]) -> impl Iterator<Item = Part> {
    let mut at: usize = 0;
    let mut literal = None;
    let mut is_first = true;
    let all = std::iter::from_fn(move || {
        if let Some(length) = literal.take().filter(|length| *length > 0) {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let end = at.saturating_add(length).min(bytes.len());
            let range = at..end;
            at = end;
            return (!range.is_empty()).then_some(Part::Literal(range));
        }
        let range = lines::line_or_rest(bytes, at);
        if range.is_empty() {
            return None;
        }
        at = range.end;
        let goes_on = bytes.get(range.clone()).and_then(literal_behind);
        literal = goes_on.map(|(length, _)| length);
        let part = Part::Line { range, is_first };
        is_first = goes_on.is_none();
        Some(part)
    });
    all.take(MOST_LINES)
}

/// How long the message is that begins with these bytes: as many lines as are there, with their literals. What a
/// client wants to send when it may, is none of it, nor is anything behind the wish for TLS.
pub fn framing(bytes: &[u8], speaker: Speaker) -> Framing {
    let (mut at, mut whole, mut begins) = (0, 0, 0);
    for _ in 0..MOST_LINES {
        let Some(line) = lines::line_at(bytes, at) else {
            break;
        };
        let text = bytes.get(line.clone()).unwrap_or_default();
        match (literal_behind(text), speaker) {
            (Some((_, Sending::WhenAllowed)), Speaker::Client) => return Framing::Whole(line.end),
            (Some((length, _)), _) => {
                let end = usize::try_from(length).ok();
                let end = end.and_then(|length| line.end.checked_add(length));
                let Some(end) = end.filter(|end| *end <= bytes.len()) else {
                    return whole_or_more(whole);
                };
                at = end;
            }
            (None, _) => {
                whole = line.end;
                at = whole;
                let first = bytes.get(begins..).unwrap_or_default();
                if speaker == Speaker::Client && verb(first).eq_ignore_ascii_case(b"STARTTLS") {
                    break;
                }
                begins = whole;
            }
        }
        if at == bytes.len() {
            break;
        }
    }
    if whole == 0 && bytes.len().saturating_sub(at) >= MOST_LINE {
        return Framing::Whole(bytes.len());
    }
    whole_or_more(whole)
}

const fn whole_or_more(whole: usize) -> Framing {
    match whole {
        0 => Framing::NeedsMore,
        whole => Framing::Whole(whole),
    }
}

/// How long a literal is that has so many bytes, and begins with these.
pub fn literal_framing(bytes: &[u8], length: u64) -> Framing {
    match usize::try_from(length) {
        Ok(length) if length <= bytes.len() => Framing::Whole(length.max(1)),
        _ => Framing::NeedsMore,
    }
}

/// The words of a line; one in quotation marks is one, with its blanks.
pub fn words(bytes: &[u8], line: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = lines::end_of_text(bytes, line);
    let mut at = line.start;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..end)?;
        at += rest.iter().take_while(|byte| **byte == b' ').count();
        let rest = bytes.get(at..end).filter(|rest| !rest.is_empty())?;
        let length = match rest.strip_prefix(b"\"") {
            Some(quoted) => memchr::memchr(b'"', quoted).map_or(rest.len(), |at| at + 2),
            None => memchr::memchr(b' ', rest).unwrap_or(rest.len()),
        };
        let word = at..at + length;
        at = word.end;
        Some(word)
    })
}

/// A word without the quotation marks around it.
pub fn without_quotes(bytes: &[u8], word: Range<usize>) -> Range<usize> {
    let text = bytes.get(word.clone()).unwrap_or_default();
    let is_quoted = text.len() >= 2 && text.starts_with(b"\"") && text.ends_with(b"\"");
    if is_quoted {
        word.start + 1..word.end - 1
    } else {
        word
    }
}

/// The second word of the first line of these bytes: the verb of a command, the status of a reply.
pub fn verb(bytes: &[u8]) -> &[u8] {
    let line = lines::line_or_rest(bytes, 0);
    let verb = words(bytes, &line).nth(1);
    verb.and_then(|verb| bytes.get(verb)).unwrap_or_default()
}

/// The tag of the command or reply that a line is; `None` where it has none.
pub fn tag(line: &[u8]) -> Option<&[u8]> {
    let tag = words(line, &(0..line.len())).next()?;
    let tag = line.get(tag)?;
    (!matches!(tag, b"*" | b"+")).then_some(tag)
}

/// Whether what a client says answers a challenge: a word alone, in base64, or an asterisk to give up; DONE ends the
/// wait for news (RFC 9051, section 6.3.13).
pub fn is_answer(line: &[u8]) -> bool {
    let text = line.get(..lines::end_of_text(line, &(0..line.len())));
    let is_empty = text.is_none_or(<[u8]>::is_empty);
    !is_empty && !line.eq_ignore_ascii_case(b"DONE\r\n") && lines::is_base64(line)
}

/// The verbs of clients (RFC 9051; RFC 3501; RFC 2971; RFC 5032; RFC 9208).
const VERBS: &[&[u8]] = &[
    b"CAPABILITY",
    b"NOOP",
    b"LOGOUT",
    b"STARTTLS",
    b"AUTHENTICATE",
    b"LOGIN",
    b"ENABLE",
    b"SELECT",
    b"EXAMINE",
    b"CREATE",
    b"DELETE",
    b"RENAME",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"LIST",
    b"LSUB",
    b"NAMESPACE",
    b"STATUS",
    b"APPEND",
    b"IDLE",
    b"CHECK",
    b"CLOSE",
    b"UNSELECT",
    b"EXPUNGE",
    b"SEARCH",
    b"FETCH",
    b"STORE",
    b"COPY",
    b"MOVE",
    b"UID",
    b"ID",
    b"SORT",
    b"THREAD",
    b"GETQUOTA",
    b"GETQUOTAROOT",
    b"COMPRESS",
];

/// Whether what a client says is a literal: it begins like no command, and has more lines than one, or no end.
pub fn is_literal(bytes: &[u8]) -> bool {
    let known = verb(bytes);
    let is_command = VERBS.iter().any(|verb| known.eq_ignore_ascii_case(verb));
    let is_one_line = lines::line_at(bytes, 0).is_some_and(|line| line.end == bytes.len());
    !is_command && !is_one_line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_braces_at_the_end_of_a_line_announces_a_literal() {
        let at_once = Some((7, Sending::AtOnce));
        assert_eq!(literal_behind(b"a APPEND x {7+}\r\n"), at_once);
        let when_allowed = Some((310, Sending::WhenAllowed));
        assert_eq!(literal_behind(b"a APPEND x {310}\r\n"), when_allowed);
        for none in [
            &b"* OK {7} \r\n"[..],
            b"* OK {}\r\n",
            b"* OK {-1}\r\n",
            b"* OK 7}\r\n",
            b"* OK {99999999999999999999}\r\n",
            b"",
        ] {
            assert_eq!(literal_behind(none), None);
        }
    }

    #[test]
    fn a_message_of_a_server_has_all_lines_that_are_there_and_their_literals() {
        let server = |bytes: &[u8]| framing(bytes, Speaker::Server);
        assert_eq!(server(b"* 1 EXISTS\r\na OK\r\n* 2"), Framing::Whole(18));
        let fetched = b"* 1 FETCH ({3}\r\n\r\n))\r\n";
        assert_eq!(server(fetched), Framing::Whole(fetched.len()));
        for end in 0..fetched.len() {
            assert_eq!(server(&fetched[..end]), Framing::NeedsMore);
        }
        assert_eq!(server(b"* OK\r\n* 1 FETCH ({3}\r\nab"), Framing::Whole(6));
        assert_eq!(server(b"* {99999999999}\r\nab"), Framing::NeedsMore);
        assert_eq!(server(&[b'x'; MOST_LINE]), Framing::Whole(MOST_LINE));
    }

    #[test]
    fn what_a_client_sends_when_it_may_is_a_message_of_its_own() {
        let client = |bytes: &[u8]| framing(bytes, Speaker::Client);
        assert_eq!(client(b"a APPEND x {3}\r\nabc\r\n"), Framing::Whole(16));
        assert_eq!(client(b"a APPEND x {3+}\r\nabc\r\n"), Framing::Whole(22));
        assert_eq!(client(b"a STARTTLS\r\n\x16\x03\x01"), Framing::Whole(12));
        assert_eq!(literal_framing(b"ab", 3), Framing::NeedsMore);
        assert_eq!(literal_framing(b"abc\r\n", 3), Framing::Whole(3));
    }

    #[test]
    fn words_in_quotation_marks_are_one() {
        let line = b"a LOGIN \"a b\"  c \"d\r\n";
        let all = 0..line.len();
        let words = words(line, &all);
        let words: Vec<&[u8]> = words.map(|word| &line[word]).collect();
        assert_eq!(words, [&b"a"[..], b"LOGIN", b"\"a b\"", b"c", b"\"d"]);
    }
}
