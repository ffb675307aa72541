//! WebSocket: two programs talk both ways over one connection, as a chat in a browser does (RFC 6455).
//!
//! A browser asks for it with a request of HTTP/1; once the server has agreed (101), both sides speak in frames. Each
//! says how long it is, so that a stream of bytes becomes messages again. A message may come in several frames, and
//! between them those that keep the connection going. What clients send is masked; where both have agreed on it,
//! messages are compressed. What is said behind a mask or compressed, `websocket_message` tells.

use std::ops::Range;

use super::websocket_frame::{self as frame, Header, MOST_CONTROL};
use super::websocket_names as names;
use super::websocket_payload::{self as payload, Said};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{FieldDef, joined};
use crate::model::framing;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static FIN: FieldDef = FieldDef::flag("websocket.fin", "Last frame of the message")
    .rfc(6455, "5.2")
    .meaning("The message ends with this frame; otherwise it goes on in the next one that is a continuation.");

static RESERVED: FieldDef = FieldDef::hex("websocket.rsv", "Reserved")
    .rfc(6455, "5.2")
    .meaning("Three bits for extensions that both sides have agreed on; 0 without.");

static COMPRESSED: FieldDef = FieldDef::flag("websocket.pmc", "Compressed")
    .detail()
    .rfc(7692, "6")
    .meaning("The message is compressed with DEFLATE, where both sides have agreed on that; only its first frame says so.");

static OPCODE: FieldDef = FieldDef::decimal("websocket.opcode", "Opcode")
    .named(names::OPCODES)
    .rfc(6455, "5.2")
    .meaning("What the frame is: a message of text or bytes, more of one, or one that keeps the connection going or closes it.");

static MASK: FieldDef = FieldDef::flag("websocket.mask", "Masked")
    .rfc(6455, "5.3")
    .meaning(
        "What is said is combined with the masking key; clients must do so, servers must not.",
    );

static LENGTH: FieldDef = FieldDef::decimal("websocket.payload_length", "Length")
    .rfc(6455, "5.2")
    .meaning(
        "How long what is said is, in bytes; 126 says that the next 16 bits tell, 127 the next 64.",
    );

static LENGTH_16: FieldDef =
    FieldDef::decimal("websocket.payload_length_ext_16", "Length in 16 bits")
        .unit("bytes")
        .rfc(6455, "5.2")
        .meaning("How long what is said is, where that is 126 bytes or more.");

static LENGTH_64: FieldDef =
    FieldDef::decimal("websocket.payload_length_ext_64", "Length in 64 bits")
        .unit("bytes")
        .rfc(6455, "5.2")
        .meaning("How long what is said is, where that is 65536 bytes or more.");

static KEY: FieldDef = FieldDef::bytes("websocket.masking_key", "Masking key")
    .rfc(6455, "5.3")
    .meaning("Four bytes, new for each frame, that what is said is combined with. They hide nothing, for they stand beside it: they keep a page from choosing the bytes on the wire, by which it could fool a proxy.");

static MASKED_PAYLOAD: FieldDef = FieldDef::bytes("websocket.masked_payload", "Masked payload")
    .rfc(6455, "5.3")
    .meaning("What is said as it stands on the wire: each byte combined with one of the key, in turns (exclusive or).");

/// What is said as it stands there, where that alone tells nothing.
pub static PAYLOAD: FieldDef = FieldDef::bytes("websocket.payload", "Payload")
    .rfc(6455, "5.2")
    .meaning("What is said as it stands there, which is told where it could be decompressed, or put together.");

const OWN: [&FieldDef; 11] = [
    &FIN,
    &RESERVED,
    &COMPRESSED,
    &OPCODE,
    &MASK,
    &LENGTH,
    &LENGTH_16,
    &LENGTH_64,
    &KEY,
    &MASKED_PAYLOAD,
    &PAYLOAD,
];

static FIELDS: [&FieldDef; OWN.len() + payload::FIELDS.len()] = joined(&[&OWN, &payload::FIELDS]);

/// Where WebSocket stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Application,
    tcp_ip: TcpIpLayer::Application,
    pdu: Pdu::Message,
};

/// WebSocket.
pub static PROTOCOL: Protocol = Protocol {
    name: "websocket",
    label: "WebSocket",
    title: "The WebSocket Protocol",
    purpose: "Lets a page in a browser and a server say something whenever they like, both ways over one connection, in messages.",
    standing: STANDING,
    sources: &[Source::Rfc(6455, ""), Source::Rfc(7692, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(|bytes, _| frame::framing(bytes)),
    is_plain_data: false,
    summary,
};

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    // They may be several where there are more than are told apart.
    for place in framing::each_in(view.bytes, frame::framing) {
        let bytes = view.bytes.get(..place.end).unwrap_or(view.bytes);
        expand_one(bytes, place.start, out);
    }
}

/// Tells the last frame of these bytes, which begins there.
fn expand_one(bytes: &[u8], start: usize, out: &mut Expander<'_>) {
    let of_frame = bytes.get(start..).unwrap_or_default();
    let (Some(header), Ok(bit)) = (Header::of(of_frame), u32::try_from(start * 8)) else {
        return;
    };
    out.bits(&FIN, bit, 1);
    out.bits(&RESERVED, bit + 1, 3);
    out.bits(&COMPRESSED, bit + 1, 1);
    out.bits(&OPCODE, bit + 4, 4);
    out.bits(&MASK, bit + 8, 1);
    out.bits(&LENGTH, bit + 9, 7);
    let mut at = start + frame::FIRST;
    let more = at..at + header.more_length();
    match more.len() {
        0 => {}
        2 => out.bytes(&LENGTH_16, more.clone()),
        _ => out.bytes(&LENGTH_64, more.clone()),
    }
    at = more.end;
    let said = start + header.header_length()..bytes.len();
    if header.key.is_some() {
        out.bytes(&KEY, at..said.start);
    }
    blame(&header, start..said.start, out);
    if header
        .payload()
        .is_none_or(|payload| payload.end > of_frame.len())
    {
        out.fault(
            start..bytes.len(),
            FaultKind::TooShort {
                needed: header.length.saturating_add(header.header_length() as u64),
                present: of_frame.len() as u64,
                believed: Believed::Own(LENGTH.label),
            },
        );
    }
    if said.is_empty() {
        return;
    }
    match told(&header) {
        _ if header.key.is_some() => out.bytes(&MASKED_PAYLOAD, said),
        Some(told) => told.expand(bytes, said, out),
        None => out.bytes(&PAYLOAD, said),
    }
}

/// What an unmasked frame says by itself; `None` where it is compressed, or the end of what began before.
fn told(header: &Header) -> Option<Said> {
    let is_end = header.opcode == names::CONTINUATION && header.is_last;
    (!header.is_compressed() && !is_end).then_some(Said {
        opcode: header.opcode,
        is_last: header.is_last,
    })
}

/// Says what no frame may be.
fn blame(header: &Header, place: Range<usize>, out: &mut Expander<'_>) {
    let is_control = names::is_control(header.opcode);
    let rules = [
        (
            header.reserved & 0x3 != 0,
            "sets a bit that is kept for extensions which nobody has defined",
        ),
        (
            !names::is_known(header.opcode),
            "is of a kind that nobody has defined",
        ),
        (
            is_control && (!header.is_last || header.length > MOST_CONTROL),
            "keeps the connection going, so it must be whole and say no more than 125 bytes",
        ),
        (
            header.is_length_too_long(),
            "writes its length in more bytes than it needs",
        ),
    ];
    for (_, why) in rules.into_iter().filter(|(is_broken, _)| *is_broken) {
        out.fault(place.clone(), FaultKind::BadValue { why });
    }
}

/// How many frames a line names; of more, it says how many there are.
const MOST_NAMED: usize = 8;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let mut count: usize = 0;
    for place in framing::each_in(view.bytes, frame::framing) {
        count += 1;
        if count > MOST_NAMED {
            continue;
        }
        if count > 1 {
            out.put(b", ");
        }
        put_frame(view.bytes.get(place).unwrap_or_default(), out);
    }
    if let Some(more) = count.checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        out.push_str(", and ");
        out.put_number(more as u64);
        out.push_str(" more");
    }
}

/// Puts what a frame says, where that is to be seen in it.
fn put_frame(bytes: &[u8], out: &mut Draft) {
    let Some(header) = Header::of(bytes) else {
        return;
    };
    let said = bytes.get(header.header_length()..).unwrap_or_default();
    match told(&header) {
        Some(told) if header.key.is_none() => told.put(said, out),
        _ => {
            payload::put_name(header.opcode, header.is_last, out);
            out.push_str(", ");
            out.put_byte_count(said.len());
            let ways = [
                (header.key.is_some(), "masked"),
                (header.is_compressed(), "compressed"),
            ];
            payload::put_ways(ways, out);
        }
    }
}
