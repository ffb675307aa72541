//! HTTP/1: a client asks a server for something, as text that people can read (RFC 9110, RFC 9112).
//!
//! Its messages are known by how they begin, on whatever port. TCP tells no end of a message, so HTTP tells it
//! itself: by an empty line behind the header, and in the header, by how long the body is.

use super::http_headers;
use super::http_message::{self, Body, StartLine};
use super::http_status;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;

static REQUEST: FieldDef = FieldDef::flag("http.request", "Request")
    .computed(|view| {
        let start = StartLine::of(view.bytes)?;
        matches!(start, StartLine::Request { .. }).then_some(1)
    })
    .named(YES)
    .rfc(9112, "3")
    .meaning("The message asks for something: a client sent it.");

static RESPONSE: FieldDef = FieldDef::flag("http.response", "Response")
    .computed(|view| code(view).map(|_| 1))
    .named(YES)
    .rfc(9112, "4")
    .meaning("The message answers a request: a server sent it.");

static CODE: FieldDef = FieldDef::decimal("http.response.code", "Status")
    .computed(code)
    .named(http_status::NAMES)
    .rfc(9110, "15")
    .meaning("How the request went: 2xx well, 3xx look elsewhere, 4xx the client's fault, 5xx the server's.");

static CONTENT_LENGTH: FieldDef = FieldDef::decimal("http.content_length", "Length of the body")
    .unit("bytes")
    .computed(|view| http_message::content_length(view.bytes))
    .rfc(9110, "8.6")
    .meaning("How long the body is, by the header; where the message ends, TCP does not tell.");

static START_LINE: FieldDef = FieldDef::text("http.start_line", "Start line")
    .rfc(9112, "2.1")
    .meaning("What is asked for, or how it went; all that follows says more of it.");

static METHOD: FieldDef = FieldDef::text("http.request.method", "Method")
    .detail()
    .rfc(9110, "9.1")
    .meaning("What is to be done: GET fetches, POST hands in, PUT replaces, DELETE takes away.");

static TARGET: FieldDef = FieldDef::text("http.request.uri", "Target")
    .detail()
    .rfc(9112, "3.2")
    .meaning("What the request is about: mostly a path on the server, and a query behind a question mark.");

static REQUEST_VERSION: FieldDef = FieldDef::text("http.request.version", "Version")
    .detail()
    .rfc(9112, "2.3")
    .meaning("Which version of HTTP the client speaks; since 1.1 a connection stays open.");

static RESPONSE_VERSION: FieldDef = FieldDef::text("http.response.version", "Version")
    .detail()
    .rfc(9112, "2.3")
    .meaning("Which version of HTTP the server speaks in its answer.");

static PHRASE: FieldDef = FieldDef::text("http.response.phrase", "Reason")
    .detail()
    .rfc(9112, "4")
    .meaning("How it went, in words for people; programs look at the number.");

static REQUEST_LINE: FieldDef = FieldDef::text("http.request.line", "Header line")
    .rfc(9112, "5")
    .meaning("A line that says more of the request: a name, a colon, a value.");

static RESPONSE_LINE: FieldDef = FieldDef::text("http.response.line", "Header line")
    .rfc(9112, "5")
    .meaning("A line that says more of the answer: a name, a colon, a value.");

static END_OF_HEADER: FieldDef = FieldDef::text("http.header_end", "End of the header")
    .rfc(9112, "2.1")
    .meaning("An empty line: behind it comes the body, or the next message.");

static BODY: FieldDef = FieldDef::text("http.file_data", "Body")
    .rfc(9112, "6")
    .meaning("What was asked for, or what the client hands in; its type says how to read it.");

static CHUNK_LINE: FieldDef = FieldDef::text("http.chunk_line", "Chunk")
    .rfc(9112, "7.1")
    .meaning("The line before a piece of the body that says how long that is, in hexadecimal.");

static CHUNK_SIZE: FieldDef = FieldDef::decimal("http.chunk_size", "Length of the chunk")
    .unit("bytes")
    .derived()
    .rfc(9112, "7.1")
    .meaning("How long this piece of the body is; 0 says that the body is complete.");

static CHUNK_DATA: FieldDef = FieldDef::text("http.chunk_data", "Bytes of the chunk")
    .rfc(9112, "7.1")
    .meaning("A piece of the body, sent before its whole length was known.");

static CHUNK_END: FieldDef = FieldDef::text("http.chunk_end", "End of the chunk")
    .rfc(9112, "7.1")
    .meaning("An empty line behind a piece of the body; behind the last, more header lines may stand before it.");

/// The request that a response answers.
pub static REQUEST_IN: FieldDef = FieldDef::decimal("http.request_in", "Request in frame")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("The frame that completed the request which this answers.");

/// How long that took.
pub static TIME: FieldDef = FieldDef::duration("http.time", "Since the request")
    .unit("seconds")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("How long the answer took: from the frame that completed the request to the one that completes the answer.");

/// Whether the answer to a request for WebSocket fits its key.
pub static ACCEPT_FITS: FieldDef = FieldDef::flag("http.sec_websocket_accept.fits", "Fits the key")
    .followed()
    .named(&[(0, "no"), (1, "yes")])
    .rfc(6455, "4.2.2")
    .meaning("Whether the hash in the answer is that of the key in the request: otherwise the client hangs up.");

const YES: &[(u64, &str)] = &[(1, "yes")];

const OWN: [&FieldDef; 21] = [
    &REQUEST,
    &RESPONSE,
    &CODE,
    &CONTENT_LENGTH,
    &START_LINE,
    &METHOD,
    &TARGET,
    &REQUEST_VERSION,
    &RESPONSE_VERSION,
    &PHRASE,
    &REQUEST_LINE,
    &RESPONSE_LINE,
    &END_OF_HEADER,
    &BODY,
    &CHUNK_LINE,
    &CHUNK_SIZE,
    &CHUNK_DATA,
    &CHUNK_END,
    &REQUEST_IN,
    &TIME,
    &ACCEPT_FITS,
];

static FIELDS: [&FieldDef; OWN.len() + http_headers::FIELDS.len()] =
    joined(&[&OWN, &http_headers::FIELDS]);

/// HTTP/1.
pub static PROTOCOL: Protocol = Protocol {
    name: "http",
    label: "HTTP",
    title: "Hypertext Transfer Protocol",
    purpose: "Asks a server for something and brings its answer, as text over TCP: the protocol of the web.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(9110, ""), Source::Rfc(9112, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(http_message::framing),
    is_plain_data: false,
    summary,
};

/// Whether these bytes of a stream begin a message of HTTP.
pub fn is_begun_by(bytes: &[u8]) -> bool {
    StartLine::of(bytes).is_some()
}

fn code(view: &LayerView<'_>) -> Option<u64> {
    match StartLine::of(view.bytes)? {
        StartLine::Request { .. } => None,
        StartLine::Response { code, .. } => Some(code.into()),
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let Some(start) = StartLine::of(bytes) else {
        return;
    };
    expand_start(bytes, &start, out);
    let line = match start {
        StartLine::Request { .. } => &REQUEST_LINE,
        StartLine::Response { .. } => &RESPONSE_LINE,
    };
    for header in http_message::header_lines(bytes) {
        out.bytes(line, header.line);
        if let Some(known) = bytes.get(header.name).and_then(http_headers::named) {
            out.bytes(known, header.value);
        }
    }
    let Some(empty) = http_message::empty_line(bytes) else {
        return;
    };
    let body = empty.end;
    out.bytes(&END_OF_HEADER, empty);
    if http_message::body_of(bytes, &start) == Body::Chunked {
        expand_chunks(bytes, body, out);
    } else {
        out.bytes(&BODY, body..http_message::end_of_body(bytes, &start, body));
    }
}

fn expand_start(bytes: &[u8], start: &StartLine, out: &mut Expander<'_>) {
    out.bytes(&START_LINE, http_message::start_line_of(bytes));
    match start.clone() {
        StartLine::Request {
            method,
            target,
            version,
        } => {
            out.bytes(&METHOD, method);
            out.bytes(&TARGET, target);
            out.bytes(&REQUEST_VERSION, version);
        }
        StartLine::Response {
            version, phrase, ..
        } => {
            out.bytes(&RESPONSE_VERSION, version);
            out.bytes(&PHRASE, phrase);
        }
    }
}

fn expand_chunks(bytes: &[u8], body: usize, out: &mut Expander<'_>) {
    for chunk in http_message::chunks(bytes, body) {
        out.bytes(&CHUNK_LINE, chunk.line);
        out.derived_beside(&CHUNK_SIZE, chunk.size as u64);
        out.bytes(&CHUNK_DATA, chunk.data);
        out.bytes(&CHUNK_END, chunk.end);
    }
}

/// Longer start lines are cut on a line; the tree has them whole.
const SHOWN_BYTES: usize = 100;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let Some(start) = StartLine::of(bytes) else {
        return;
    };
    let line = bytes
        .get(http_message::start_line_of(bytes))
        .unwrap_or(bytes);
    let line = line.trim_ascii_end();
    let shown = line.get(..SHOWN_BYTES);
    text::put_escaped(out, shown.unwrap_or(line));
    if shown.is_some() {
        out.push('…');
    }
    let body = http_message::empty_line(bytes).map(|empty| {
        let end = http_message::end_of_body(bytes, &start, empty.end);
        empty.end..end
    });
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return;
    };
    out.put(b"  ");
    if http_message::body_of(bytes, &start) == Body::Chunked {
        out.push_str("in chunks");
    } else {
        out.put_byte_count(body.len());
    }
    if let Some(kind) = http_message::header(bytes, "content-type") {
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or(kind);
        out.push_str(" of ");
        text::put_escaped(out, kind.get(..SHOWN_BYTES).unwrap_or(kind));
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    /// These bytes from port 40000 to another that nobody claims.
    fn sent(bytes: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_segment(bytes))
    }

    #[test]
    fn a_request_is_known_on_any_port_and_taken_apart() {
        let seen = sent(
            b"POST /form?a=1 HTTP/1.1\r\nHOST: server\r\nX: y\r\nContent-Length: 8\r\n\r\nname=Ada",
        );
        assert!(
            seen.line.contains("  POST /form?a=1 HTTP/1.1  8 bytes  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("http"),
            [
                "= http.request 1 (yes)",
                "= http.content_length 8",
                r"http.start_line POST /form?a=1 HTTP/1.1\r\n",
                "  - http.request.method POST",
                "  - http.request.uri /form?a=1",
                "  - http.request.version HTTP/1.1",
                r"http.request.line HOST: server\r\n",
                "  - http.host server",
                r"http.request.line X: y\r\n",
                r"http.request.line Content-Length: 8\r\n",
                "  - http.content_length_header 8",
                r"http.header_end \r\n",
                "http.file_data name=Ada",
            ]
        );
    }

    #[test]
    fn a_response_is_known_by_its_code_and_read_chunk_by_chunk() {
        let seen = sent(
            b"HTTP/1.1 404 Gone fishing\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhey\r\n0\r\n\r\n",
        );
        assert!(
            seen.line
                .contains("  HTTP/1.1 404 Gone fishing  in chunks  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.chosen(
                "http",
                &["http.response.code", "http.response.phrase", "http.chunk"]
            ),
            [
                "= http.response.code 404 (404 Not Found)",
                "- http.response.phrase Gone fishing",
                r"http.chunk_line 3\r\n",
                "= http.chunk_size 3",
                "http.chunk_data hey",
                r"http.chunk_end \r\n",
                r"http.chunk_line 0\r\n",
                "= http.chunk_size 0",
                r"http.chunk_end \r\n",
            ]
        );
    }

    #[test]
    fn what_stands_behind_a_body_is_not_of_it() {
        let seen = sent(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n");
        assert!(
            seen.line.contains("  HTTP/1.1 200 OK  2 bytes  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.chosen("http", &["http.file_data"]),
            ["http.file_data hi"]
        );
    }

    #[test]
    fn what_begins_nothing_like_it_is_data() {
        for bytes in [
            &b"GET lost\n"[..],
            b"get / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01",
        ] {
            assert_eq!(sent(bytes).layers, ["ip", "tcp", "data"]);
        }
    }
}
