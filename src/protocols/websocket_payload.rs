//! What a frame of WebSocket says, once no mask and no compression hides it.

use std::ops::Range;

use super::chat::put_quoted;
use super::websocket_names as names;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;
use crate::model::source::Source;

const OWN_SOURCE: Source = Source::Netinspect("what WebSocket says");

/// A message that is text.
static TEXT: FieldDef = FieldDef::text("websocket.payload.text", "Text")
    .rfc(6455, "5.6")
    .meaning("What the sender says, as text in UTF-8.");

static BINARY: FieldDef = FieldDef::bytes("websocket.payload.binary", "Bytes")
    .source(OWN_SOURCE)
    .meaning("What the sender says, as bytes whose meaning only the programs know.");

static BEGINNING: FieldDef = FieldDef::text("websocket.payload.beginning", "Beginning of a text")
    .source(OWN_SOURCE)
    .meaning("What the sender has said so far: the message goes on in other frames of WebSocket.");

static CONTINUE: FieldDef = FieldDef::bytes("websocket.payload.continue", "More of the message")
    .rfc(6455, "5.4")
    .meaning("A piece of a message that began in a frame of WebSocket before; of one that is compressed, compressed bytes.");

static CLOSE: FieldDef = FieldDef::heading("websocket.payload.close", "Close")
    .rfc(6455, "5.5.1")
    .meaning("Why the sender says no more; the other side says the same back, and TCP is closed.");

static CODE: FieldDef = FieldDef::decimal("websocket.payload.close.status_code", "Code")
    .named_by(names::close_code)
    .rfc(6455, "7.4")
    .meaning("Why, for programs: 1000 all is said, 1001 the page or the server goes away, 1002 the other side broke the rules, from 4000 on what the programs agree on.");

static REASON: FieldDef = FieldDef::text("websocket.payload.close.reason", "Reason")
    .rfc(6455, "7.1.6")
    .meaning("Why the connection is closed, in words; mostly for whoever looks for a mistake.");

static PING: FieldDef = FieldDef::bytes("websocket.payload.ping", "Ping")
    .rfc(6455, "5.5.2")
    .meaning("Any bytes: the other side is to send them back, and so shows that it is there.");

static PONG: FieldDef = FieldDef::bytes("websocket.payload.pong", "Pong")
    .rfc(6455, "5.5.3")
    .meaning("The bytes of the ping that this answers; where none was sent, nobody answers it.");

static UNKNOWN: FieldDef = FieldDef::bytes("websocket.payload.unknown", "Unknown")
    .rfc(6455, "5.2")
    .meaning("What a frame says whose kind nobody has defined yet.");

/// For the tables of whom it is said in.
pub const FIELDS: [&FieldDef; 10] = [
    &TEXT, &BINARY, &BEGINNING, &CONTINUE, &CLOSE, &CODE, &REASON, &PING, &PONG, &UNKNOWN,
];

/// What a frame says, of one that may be the last of its message.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// What the frame is.
    pub opcode: u8,
    /// Whether the message ends with it.
    pub is_last: bool,
}

impl Said {
    /// Adds what is said in these bytes of the layer.
    pub fn expand(self, bytes: &[u8], range: Range<usize>, out: &mut Expander<'_>) {
        let field = match self.opcode {
            names::TEXT if self.is_last => &TEXT,
            names::TEXT => &BEGINNING,
            names::BINARY => &BINARY,
            names::CONTINUATION => &CONTINUE,
            names::CLOSE => return expand_close(bytes, range, out),
            names::PING => &PING,
            names::PONG => &PONG,
            _ => &UNKNOWN,
        };
        if !range.is_empty() {
            out.bytes(field, range);
        }
    }

    /// Puts what is said in a few words.
    pub fn put(self, said: &[u8], out: &mut Draft) {
        match self.opcode {
            names::TEXT => {
                if !self.is_last {
                    out.push_str("beginning of a ");
                }
                out.push_str("text ");
                put_quoted(said, out);
            }
            names::CLOSE => put_close(said, out),
            opcode => {
                put_name(opcode, self.is_last, out);
                out.push_str(", ");
                out.put_byte_count(said.len());
            }
        }
    }
}

/// Puts what a frame is.
pub fn put_name(opcode: u8, is_last: bool, out: &mut Draft) {
    if !is_last && matches!(opcode, names::TEXT | names::BINARY) {
        out.push_str("beginning of a ");
    }
    out.push_str(match (opcode, is_last) {
        (names::CONTINUATION, false) => "more of a message",
        (names::CONTINUATION, true) => "end of a message",
        (names::TEXT, _) => "text",
        (names::BINARY, true) => "binary",
        (names::BINARY, false) => "binary message",
        (names::CLOSE, _) => "close",
        (names::PING, _) => "ping",
        (names::PONG, _) => "pong",
        _ => "unknown kind of frame",
    });
}

fn expand_close(bytes: &[u8], range: Range<usize>, out: &mut Expander<'_>) {
    const CODE_LENGTH: usize = 2;
    if range.is_empty() {
        return;
    }
    if range.len() < CODE_LENGTH {
        let why = "a reason to close begins with a code of two bytes";
        out.bytes(&UNKNOWN, range.clone());
        out.fault(range, FaultKind::BadValue { why });
        return;
    }
    let code = range.start..range.start + CODE_LENGTH;
    out.bytes(&CLOSE, range.clone());
    out.bytes(&CODE, code.clone());
    if range.len() > CODE_LENGTH {
        out.bytes(&REASON, code.end..range.end);
    }
    if bits::u16_at(bytes, code.start).is_some_and(|code| !names::may_be_sent(code)) {
        let why = "the code is one that no side may send";
        out.fault(code, FaultKind::BadValue { why });
    }
}

fn put_close(said: &[u8], out: &mut Draft) {
    out.push_str("close");
    let Some(code) = bits::u16_at(said, 0) else {
        return;
    };
    out.put(b" ");
    out.put_number(code.into());
    if let Some(name) = names::close_code(code.into()) {
        out.push_str(" (");
        out.push_str(name);
        out.push_str(")");
    }
    if let Some(reason) = said.get(2..).filter(|reason| !reason.is_empty()) {
        out.put(b" ");
        put_quoted(reason, out);
    }
}

/// Puts which of these hold, in parentheses.
pub fn put_ways<const N: usize>(ways: [(bool, &str); N], out: &mut Draft) {
    let ways = ways.into_iter().filter(|(holds, _)| *holds);
    let mut count = 0;
    for (_, way) in ways {
        out.push_str(if count == 0 { " (" } else { ", " });
        out.push_str(way);
        count += 1;
    }
    if count > 0 {
        out.push_str(")");
    }
}
