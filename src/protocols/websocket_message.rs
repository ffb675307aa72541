//! What a frame of WebSocket says, where it does not stand there like this: because it is masked, or compressed, or
//! because frames before have the beginning of it (RFC 6455, sections 5.3 and 5.4; RFC 7692). Who has followed the
//! connection writes it down.
//!
//! ```text
//! masked (1)   compressed (1)   whether more of the message follows (1)   what it is (5)   how it could be read (8)
//! what is said
//! ```

use super::websocket;
use super::websocket_names as names;
use super::websocket_payload::{self as payload, Said};
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{FieldDef, joined};
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::source::Source;

const OWN_SOURCE: Source = Source::Netinspect("what WebSocket says");

static MASKED: FieldDef = FieldDef::flag("websocket.message.masked", "Was masked")
    .source(OWN_SOURCE)
    .meaning("On its way each byte was combined with one of the masking key.");

static COMPRESSED: FieldDef = FieldDef::flag("websocket.message.compressed", "Was compressed")
    .source(OWN_SOURCE)
    .meaning("On its way it was shorter: both sides had agreed to compress messages.");

static GOES_ON: FieldDef = FieldDef::flag("websocket.message.goes_on", "Goes on")
    .source(OWN_SOURCE)
    .meaning("More of the message follows in other frames of WebSocket.");

static OPCODE: FieldDef = FieldDef::decimal("websocket.message.opcode", "Kind")
    .named(names::OPCODES)
    .source(OWN_SOURCE)
    .meaning("What is said, as the first frame of the message tells it.");

static END: FieldDef = FieldDef::decimal("websocket.message.end", "Read")
    .named(&[
        (End::Whole as u64, "all of it"),
        (
            End::Lost as u64,
            "not, for the capture has not what came before",
        ),
        (End::Malformed as u64, "not, for it cannot be decompressed"),
        (End::TooLong as u64, "as much of it as is kept"),
    ])
    .source(OWN_SOURCE)
    .meaning("Whether all that is said could be read.");

/// Which frames brought a message that came in several.
pub static FRAGMENTS: FieldDef = FieldDef::heading(
    "websocket.fragments",
    "Message put together from frames of WebSocket",
)
.followed()
.source(Source::Wireshark("reassembly"))
.meaning("The message came in several frames of WebSocket; here it is read from all of them.");

/// A frame with one of them.
pub static FRAGMENT: FieldDef = FieldDef::decimal("websocket.fragment", "Fragment in frame")
    .followed()
    .source(Source::Wireshark("reassembly"))
    .meaning(
        "A frame of the capture that completes a frame of WebSocket with a piece of this message.",
    );

/// How many there are.
pub static FRAGMENT_COUNT: FieldDef = FieldDef::decimal("websocket.fragment.count", "Fragments")
    .followed()
    .source(Source::Wireshark("reassembly"))
    .meaning("How many frames of WebSocket brought this message.");

/// How long they are together.
pub static FRAGMENT_LENGTH: FieldDef =
    FieldDef::decimal("websocket.reassembled.length", "Length of the fragments")
        .unit("bytes")
        .followed()
        .source(Source::Wireshark("reassembly"))
        .meaning("How long the pieces of the message are together, compressed where they are.");

const OWN: [&FieldDef; 10] = [
    &MASKED,
    &COMPRESSED,
    &GOES_ON,
    &OPCODE,
    &END,
    &websocket::PAYLOAD,
    &FRAGMENTS,
    &FRAGMENT,
    &FRAGMENT_COUNT,
    &FRAGMENT_LENGTH,
];

static FIELDS: [&FieldDef; OWN.len() + payload::FIELDS.len()] =
    joined(&[OWN.split_at(6).0, &payload::FIELDS, OWN.split_at(6).1]);

/// What is said.
pub static PROTOCOL: Protocol = Protocol {
    name: "websocket.message",
    label: "WebSocket",
    title: "Message of WebSocket",
    purpose: "Says something, or keeps the connection going: what a frame of WebSocket has in it, without its mask, and decompressed.",
    standing: websocket::STANDING,
    sources: &[Source::Rfc(6455, "5.6"), Source::Rfc(7692, "6.2")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    // All of it is one: what was said before made it.
    framing: Some(|bytes, _| Framing::Whole(bytes.len())),
    is_plain_data: false,
    summary,
};

/// How much of a message could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it.
    Whole = 0,
    /// Nothing: what it refers to is not in the capture.
    Lost = 1,
    /// Nothing: it is not compressed as it says.
    Malformed = 2,
    /// As much of it as is kept.
    TooLong = 3,
}

/// How a message came, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether it was masked.
    pub is_masked: bool,
    /// Whether it was compressed.
    pub is_compressed: bool,
    /// Whether more of it follows.
    pub goes_on: bool,
    /// What it is.
    pub opcode: u8,
    /// How much of it could be read.
    pub end: End,
}

/// How long what stands before the message is, in bytes.
const BEFORE: usize = 2;

const WAS_MASKED: u8 = 0x80;
const WAS_COMPRESSED: u8 = 0x40;
const MORE_FOLLOWS: u8 = 0x20;
const OF_OPCODE: u8 = 0x1f;

impl Note {
    /// A message with this note, which came in these frames.
    pub fn assembled(self, said: &[u8], parts: Vec<Part>) -> Assembled {
        let bit = |holds: bool, bit: u8| if holds { bit } else { 0 };
        let first = bit(self.is_masked, WAS_MASKED)
            | bit(self.is_compressed, WAS_COMPRESSED)
            | bit(self.goes_on, MORE_FOLLOWS)
            | self.opcode & OF_OPCODE;
        Assembled {
            whole: Whole::Content,
            bytes: [&[first, self.end as u8], said].concat(),
            parts,
        }
    }

    /// That of a message.
    fn of(bytes: &[u8]) -> Option<Self> {
        let [first, end] = *bytes.first_chunk::<BEFORE>()?;
        let all = [End::Whole, End::Lost, End::Malformed, End::TooLong];
        Some(Self {
            is_masked: first & WAS_MASKED != 0,
            is_compressed: first & WAS_COMPRESSED != 0,
            goes_on: first & MORE_FOLLOWS != 0,
            opcode: first & OF_OPCODE,
            end: all.into_iter().find(|known| *known as u8 == end)?,
        })
    }

    const fn said(self) -> Said {
        Said {
            opcode: self.opcode,
            is_last: !self.goes_on,
        }
    }

    /// Whether what is said could be read, at least as much as is kept.
    const fn is_read(self) -> bool {
        matches!(self.end, End::Whole | End::TooLong)
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let Some(note) = Note::of(bytes) else {
        return;
    };
    out.bits(&MASKED, 0, 1);
    out.bits(&COMPRESSED, 1, 1);
    out.bits(&GOES_ON, 2, 1);
    out.bits(&OPCODE, 3, 5);
    out.bytes(&END, 1..BEFORE);
    let said = BEFORE..bytes.len();
    if note.is_read() {
        note.said().expand(bytes, said, out);
    } else if !said.is_empty() {
        out.bytes(&websocket::PAYLOAD, said);
    }
    let why = match note.end {
        End::Malformed => {
            "is compressed in a way that nobody agreed on, or that DEFLATE does not allow"
        }
        End::TooLong => "says more than is kept",
        End::Whole | End::Lost => return,
    };
    out.fault(0..bytes.len(), FaultKind::BadValue { why });
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Some(note) = Note::of(view.bytes) else {
        return;
    };
    let said = view.bytes.get(BEFORE..).unwrap_or_default();
    if note.is_read() {
        note.said().put(said, out);
    } else {
        payload::put_name(note.opcode, !note.goes_on, out);
    }
    let ways = [
        (note.is_masked, "masked"),
        (note.is_compressed, "compressed"),
        (
            note.end == End::Lost,
            "not read: what it refers to is not in the capture",
        ),
        (
            note.end == End::Malformed,
            "not read: it cannot be decompressed",
        ),
        (note.end == End::TooLong, "cut"),
    ];
    payload::put_ways(ways, out);
}
