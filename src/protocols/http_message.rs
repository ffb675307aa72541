//! The shape of an HTTP/1 message: a start line, header lines, an empty line, and perhaps a body (RFC 9112).
//!
//! ```text
//! GET /index.html HTTP/1.1       HTTP/1.1 200 OK              start line
//! Host: server                   Content-Length: 6            header lines
//!                                                             an empty line
//!                                hello                        body
//! ```

use std::ops::Range;

use super::lines::{end_of_text, line_at};
use crate::model::framing::{Answering, Framing};

/// How long start line and header lines may be together, in bytes; what is longer is shown as it comes. Servers
/// take 8 to 64 KiB.
pub const MOST_HEADER: usize = 64 << 10;

/// How many header lines are looked at; servers take about a hundred.
pub const MOST_LINES: usize = 128;

/// How many chunks a body is looked through for its end; what has more is shown as it comes.
pub const MOST_CHUNKS: usize = 1024;

/// The methods that a request begins with: those that are registered (RFC 9110, section 16.1), the usual ones first.
const METHODS: &[&[u8]] = &[
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"ACL",
    b"BASELINE-CONTROL",
    b"BIND",
    b"CHECKIN",
    b"CHECKOUT",
    b"COPY",
    b"LABEL",
    b"LINK",
    b"LOCK",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MKREDIRECTREF",
    b"MKWORKSPACE",
    b"MOVE",
    b"ORDERPATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"REBIND",
    b"REPORT",
    b"SEARCH",
    b"UNBIND",
    b"UNCHECKOUT",
    b"UNLINK",
    b"UNLOCK",
    b"UPDATE",
    b"UPDATEREDIRECTREF",
    b"VERSION-CONTROL",
];

/// The longest of them, with the blank behind it, in bytes.
const LONGEST_METHOD: usize = 18;

/// What targets begin with, but for those of CONNECT (RFC 9112, section 3.2).
const TARGETS: &[&[u8]] = &[b"/", b"*", b"http://", b"https://"];

/// The first line of a message, in parts (RFC 9112, sections 3 and 4); parts that are not there are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// A client asks.
    Request {
        /// What it wants done.
        method: Range<usize>,
        /// With what.
        target: Range<usize>,
        /// In which version it speaks.
        version: Range<usize>,
    },
    /// A server answers.
    Response {
        /// In which version it speaks.
        version: Range<usize>,
        /// How it went, as a number of three digits.
        code: u16,
        /// The same in words.
        phrase: Range<usize>,
    },
}

impl StartLine {
    /// Of bytes that begin a message; `None` where they begin nothing like it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"HTTP/1.") {
            Self::of_response(bytes)
        } else {
            Self::of_request(bytes)
        }
    }

    /// Whether these bytes are too few to tell, and more of them may begin a message.
    fn may_come_of(bytes: &[u8]) -> bool {
        const RESPONSE: &[u8] = b"HTTP/1.d ddd"; // Each d is a digit.
        let is_fitting = |(byte, expected): (&u8, &u8)| match expected {
            b'd' => byte.is_ascii_digit(),
            expected => byte == expected,
        };
        let is_response =
            || bytes.len() < RESPONSE.len() && bytes.iter().zip(RESPONSE).all(is_fitting);
        let is_request = |method: &&[u8]| match bytes.strip_prefix(*method) {
            Some([]) => true,
            Some([b' ', target @ ..]) => TARGETS.iter().any(|begin| begin.starts_with(target)),
            Some(_) => false,
            None => method.starts_with(bytes),
        };
        is_response() || METHODS.iter().any(is_request)
    }

    fn of_response(bytes: &[u8]) -> Option<Self> {
        const CODE: Range<usize> = 9..12;
        let end = first_line(bytes).0.end;
        if bytes.get(8) != Some(&b' ') {
            return None;
        }
        let code = bytes.get(CODE)?;
        let code = code.iter().try_fold(0, |code: u16, digit| {
            digit
                .is_ascii_digit()
                .then(|| code * 10 + u16::from(digit - b'0'))
        })?;
        let phrase = (CODE.end + 1).min(end)..end;
        Some(Self::Response {
            version: 0..8,
            code,
            phrase,
        })
    }

    fn of_request(bytes: &[u8]) -> Option<Self> {
        if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
            return None;
        }
        let begin = bytes.get(..LONGEST_METHOD).unwrap_or(bytes);
        let method = bytes.get(..memchr::memchr(b' ', begin)?)?;
        if !METHODS.contains(&method) {
            return None;
        }
        let (line, is_whole) = first_line(bytes);
        let from = method.len() + 1;
        let behind = bytes.get(from..line.end)?;
        let version = memchr::memrchr(b' ', behind).map(|at| from + at + 1);
        let version = version.filter(|at| is_at(bytes, *at, b"HTTP/1."));
        let parts = |target_end, version| Self::Request {
            method: 0..method.len(),
            target: from..target_end,
            version,
        };
        match version {
            Some(version) => Some(parts(version - 1, version..line.end)),
            // A line that goes on elsewhere has no end; then it begins at least as a target does. Other programs
            // have a GET of their own.
            None if !is_whole && TARGETS.iter().any(|begin| behind.starts_with(begin)) => {
                Some(parts(line.end, line.end..line.end))
            }
            None => None,
        }
    }
}

/// A header line (RFC 9112, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// All of it, with its end.
    pub line: Range<usize>,
    /// What is told.
    pub name: Range<usize>,
    /// What it is, without blanks around.
    pub value: Range<usize>,
}

/// A part of a body whose length is not known when it begins (RFC 9112, section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The line that says how long it is.
    pub line: Range<usize>,
    /// How long it is, in bytes; 0 ends the body.
    pub size: usize,
    /// Its bytes.
    pub data: Range<usize>,
    /// What ends it: an empty line. Behind the last one, perhaps with more header lines before.
    pub end: Range<usize>,
}

/// How the length of a body is told (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// It has so many bytes.
    Length(u64),
    /// It comes in chunks, each with its length.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

/// The first line without its end, and whether that is there.
fn first_line(bytes: &[u8]) -> (Range<usize>, bool) {
    match line_at(bytes, 0) {
        Some(line) => (0..end_of_text(bytes, &line), true),
        None => (0..bytes.len(), false),
    }
}

fn is_empty(bytes: &[u8], line: &Range<usize>) -> bool {
    end_of_text(bytes, line) == line.start
}

fn is_at(bytes: &[u8], at: usize, text: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(text))
}

/// The start line of these bytes, with its end.
pub fn start_line_of(bytes: &[u8]) -> Range<usize> {
    line_at(bytes, 0).unwrap_or(0..bytes.len())
}

/// The header lines, as far as they are there whole; the first [`MOST_LINES`].
pub fn header_lines(bytes: &[u8]) -> impl Iterator<Item = HeaderLine> {
    let mut at = start_line_of(bytes).end;
    let all = std::iter::from_fn(move || {
        let line = line_at(bytes, at).filter(|line| !is_empty(bytes, line))?;
        at = line.end;
        Some(header_line(bytes, line))
    });
    all.take(MOST_LINES)
}

fn header_line(bytes: &[u8], line: Range<usize>) -> HeaderLine {
    let end = end_of_text(bytes, &line);
    let text = bytes.get(line.start..end).unwrap_or_default();
    let colon = memchr::memchr(b':', text).unwrap_or(text.len());
    let name = line.start..line.start + colon;
    let rest = text.get(colon + 1..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_ascii_start().len();
    let from = (name.end + 1 + blanks).min(end);
    let value = from..from + rest.trim_ascii().len();
    HeaderLine { line, name, value }
}

/// The empty line behind the header lines; `None` where it is not there, or behind [`MOST_HEADER`].
pub fn empty_line(bytes: &[u8]) -> Option<Range<usize>> {
    let header = bytes.get(..MOST_HEADER).unwrap_or(bytes);
    let found = |mark: &[u8]| {
        let at = memchr::memmem::find(header, mark)?;
        Some(at + 1..at + mark.len())
    };
    let ends = [found(b"\n\r\n"), found(b"\n\n")];
    ends.into_iter().flatten().min_by_key(|line| line.start)
}

/// The value of the header line with this name; of several, the first.
pub fn header<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    headers(bytes, name).next()
}

/// The values of all header lines with this name.
pub fn headers<'a>(bytes: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
    let named = header_lines(bytes).filter(move |header| {
        let found = bytes.get(header.name.clone());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    });
    named.filter_map(|header| bytes.get(header.value))
}

/// How the length of the body is told, in a message with this start line.
pub fn body_of(bytes: &[u8], start: &StartLine) -> Body {
    if let StartLine::Response { code, .. } = start
        && matches!(code, 100..=199 | 204 | 304)
    {
        return Body::None;
    }
    // Of several codings, in one line or several, the last one made the body what it is on its way.
    let codings = headers(bytes, "transfer-encoding").last();
    let coding = codings.and_then(|codings| codings.last_chunk());
    if coding.is_some_and(|last: &[u8; 7]| last.eq_ignore_ascii_case(b"chunked")) {
        return Body::Chunked;
    }
    match (content_length(bytes), start) {
        (Some(length), _) => Body::Length(length),
        (None, StartLine::Request { .. }) => Body::None,
        (None, StartLine::Response { .. }) => Body::UntilClose,
    }
}

/// Whether the body is of this media type, as a header line tells it.
fn is_of_type(bytes: &[u8], media_type: &[u8]) -> bool {
    let told = header(bytes, "content-type").and_then(|told| told.get(..media_type.len()));
    told.is_some_and(|told| told.eq_ignore_ascii_case(media_type))
}

/// The length of the body in bytes, as a header line tells it; perhaps more than once, but always the same (RFC 9110,
/// section 8.6).
pub fn content_length(bytes: &[u8]) -> Option<u64> {
    let told = header(bytes, "content-length")?;
    let mut lengths = told.split(|byte| *byte == b',').map(number);
    let length = lengths.next()?;
    let is_same = |other| other == length;
    lengths.all(is_same).then_some(length)?
}

/// A number in digits alone.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii();
    let are_digits = digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| are_digits)?;
    digits.parse().ok()
}

/// Where the body ends that begins at `body`, as far as it is there: behind it, another message may begin.
pub fn end_of_body(bytes: &[u8], start: &StartLine, body: usize) -> usize {
    let length = match body_of(bytes, start) {
        Body::None => Some(0),
        Body::Length(length) => usize::try_from(length).ok(),
        Body::Chunked | Body::UntilClose => None,
    };
    let end = length.and_then(|length| body.checked_add(length));
    end.map_or(bytes.len(), |end| end.min(bytes.len()))
}

/// The chunks of a body that begins at `at`, as far as they are there whole; at most [`MOST_CHUNKS`].
pub fn chunks(bytes: &[u8], at: usize) -> impl Iterator<Item = Chunk> {
    let mut next = Some(at);
    let all = std::iter::from_fn(move || {
        let chunk = chunk_at(bytes, next?)?;
        next = (chunk.size > 0).then_some(chunk.end.end);
        Some(chunk)
    });
    all.take(MOST_CHUNKS)
}

fn chunk_at(bytes: &[u8], at: usize) -> Option<Chunk> {
    let line = line_at(bytes, at)?;
    let size = chunk_size(bytes.get(line.clone())?)?;
    let data = line.end..line.end.checked_add(size)?;
    // More header lines may stand behind the last chunk.
    let most_lines = if size == 0 { MOST_LINES } else { 0 };
    let mut end = line_at(bytes, data.end)?;
    for _ in 0..most_lines {
        if is_empty(bytes, &end) {
            break;
        }
        end = line_at(bytes, end.end)?;
    }
    is_empty(bytes, &end).then_some(Chunk {
        line,
        size,
        end: data.end..end.end,
        data,
    })
}

/// The size that a chunk's line tells, in hexadecimal; extensions may follow.
fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let digits = std::str::from_utf8(line.get(..digits.count())?).ok()?;
    usize::from_str_radix(digits, 16).ok()
}

/// How long the message is that begins with these bytes.
pub fn framing(bytes: &[u8], answering: Answering) -> Framing {
    let Some(start) = StartLine::of(bytes) else {
        return if StartLine::may_come_of(bytes) {
            Framing::NeedsMore
        } else {
            Framing::Foreign
        };
    };
    let Some(body) = empty_line(bytes).map(|line| line.end) else {
        return if bytes.len() < MOST_HEADER {
            Framing::NeedsMore
        } else {
            Framing::TooLong
        };
    };
    // Such answers have no body, whatever they tell of its length (RFC 9112, section 6.3).
    let is_header_alone = match (answering, &start) {
        (Answering::HeadRequest, StartLine::Response { code, .. }) => *code >= 200,
        (Answering::TunnelRequest, StartLine::Response { code, .. }) => matches!(code, 200..300),
        _ => false,
    };
    match body_of(bytes, &start) {
        _ if is_header_alone => Framing::Whole(body),
        Body::None => Framing::Whole(body),
        // Such a stream of events may never end: it is shown as it comes.
        Body::UntilClose if is_of_type(bytes, b"text/event-stream") => Framing::Whole(bytes.len()),
        Body::UntilClose => Framing::UntilEnd,
        Body::Length(length) => {
            let end = usize::try_from(length)
                .ok()
                .and_then(|length| body.checked_add(length));
            let end = end.filter(|end| *end <= bytes.len());
            end.map_or(Framing::NeedsMore, Framing::Whole)
        }
        Body::Chunked => match chunks(bytes, body).enumerate().last() {
            Some((_, last)) if last.size == 0 => Framing::Whole(last.end.end),
            Some((index, _)) if index + 1 == MOST_CHUNKS => Framing::TooLong,
            _ => Framing::NeedsMore,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(message: &[u8]) -> Option<usize> {
        match framing(message, Answering::Anything) {
            Framing::Whole(length) => Some(length),
            _ => None,
        }
    }

    #[test]
    fn a_request_without_a_body_ends_with_the_empty_line() {
        let request = b"GET / HTTP/1.1\r\nHost: server\r\n\r\nGET";
        assert_eq!(length_of(request), Some(32));
        assert_eq!(length_of(&request[..30]), None);
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        let response = b"HTTP/1.1 200 OK\r\nContent-LENGTH:  6 \r\n\r\nhello\nHTTP";
        assert_eq!(length_of(response), Some(response.len() - 4));
        assert_eq!(length_of(&response[..44]), None);
    }

    #[test]
    fn a_body_in_chunks_ends_behind_the_one_of_no_bytes_and_what_follows_it() {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
        let body = b"5;part=1\r\nhello\r\nC\r\n\r\nworld\r\n0\r\n\r\n0\r\nSum: 1\r\n\r\n";
        let response = [&head[..], body].concat();
        assert_eq!(length_of(&response), Some(response.len()));
        for end in head.len()..response.len() {
            assert_eq!(length_of(&response[..end]), None, "{end}");
        }
    }

    #[test]
    fn the_last_of_several_codings_makes_the_body_what_it_is_also_in_a_line_of_its_own() {
        let response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(length_of(response), Some(response.len()));
    }

    #[test]
    fn a_length_is_digits_alone_and_may_be_told_again() {
        let told = |value: &str| {
            let request = format!("PUT / HTTP/1.1\r\nContent-Length: {value}\r\n\r\n");
            content_length(request.as_bytes())
        };
        assert_eq!(told("42"), Some(42));
        assert_eq!(told("42, 42"), Some(42));
        for none in ["42, 43", "+42", "-1", "", "4 2", "18446744073709551616"] {
            assert_eq!(told(none), None, "{none}");
        }
    }

    #[test]
    fn a_response_that_no_length_ends_goes_on_until_its_connection_ends() {
        let response = b"HTTP/1.0 200 OK\r\n\r\nhello";
        assert_eq!(framing(response, Answering::Anything), Framing::UntilEnd);
        assert_eq!(
            length_of(b"HTTP/1.1 304 Not Modified\r\n\r\nHTTP"),
            Some(29)
        );
    }

    #[test]
    fn what_begins_like_a_request_and_is_none_is_told_by_its_first_line() {
        let begins = |bytes: &[u8]| StartLine::of(bytes).is_some();
        assert!(begins(b"GET /"));
        assert!(begins(b"GET / HTTP/1.0\n"));
        assert!(begins(b"OPTIONS * HTTP/1.1\r\n"));
        assert!(begins(b"GET http://server/"));
        assert!(!begins(b"GET hello"));
        assert!(!begins(b"GET out of here\n"));
        assert!(!begins(b"GET / HTTP/2.0\r\n"));
        assert!(!begins(b"HELLO / HTTP/1.1\r\n"));
        assert!(!begins(b"HTTP/1.1 abc\r\n"));
        assert!(!begins(b""));
    }

    #[test]
    fn a_request_begins_with_any_registered_method() {
        for method in METHODS {
            let request = [method, &b" /file HTTP/1.1\r\n"[..]].concat();
            assert!(StartLine::of(&request).is_some(), "{method:?}");
            assert!(method.len() < LONGEST_METHOD, "{method:?}");
        }
    }

    #[test]
    fn of_the_first_bytes_of_a_message_more_are_waited_for() {
        for message in [
            &b"PROPFIND / HTTP/1.1\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\n\r\n",
        ] {
            for end in 1..message.len() {
                let framing = framing(&message[..end], Answering::Anything);
                assert_eq!(framing, Framing::NeedsMore, "{end}");
            }
        }
        for foreign in [&b"hello"[..], b"GETS", b"GET ?", b"HTTP/2", b"HTTP/1.1 x"] {
            assert_eq!(framing(foreign, Answering::Anything), Framing::Foreign);
        }
    }

    #[test]
    fn the_parts_of_a_start_line_are_found() {
        let request = StartLine::of(b"GET /a b HTTP/1.1\r\n");
        let parts = StartLine::Request {
            method: 0..3,
            target: 4..8,
            version: 9..17,
        };
        assert_eq!(request, Some(parts));
        let response = StartLine::of(b"HTTP/1.1 404 Not Found\n");
        let parts = StartLine::Response {
            version: 0..8,
            code: 404,
            phrase: 13..22,
        };
        assert_eq!(response, Some(parts));
    }

    #[test]
    fn blanks_around_a_value_are_not_of_it() {
        let bytes = b"GET / HTTP/1.1\r\nHost:\t server \r\nNone\r\n\r\n";
        let values = header_lines(bytes).map(|header| &bytes[header.value]);
        assert_eq!(values.collect::<Vec<_>>(), [&b"server"[..], b""]);
    }

    #[test]
    fn a_header_without_end_is_given_up() {
        let mut endless = b"GET / HTTP/1.1\r\n".to_vec();
        while endless.len() < MOST_HEADER {
            endless.extend(b"a: b\r\n");
        }
        assert_eq!(framing(&endless, Answering::Anything), Framing::TooLong);
    }
}
