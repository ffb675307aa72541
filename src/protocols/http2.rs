//! HTTP/2: the requests and answers of HTTP in frames of bytes, many at once over one connection (RFC 9113).
//!
//! Every frame belongs to a stream: a request and its answer. Frames of many streams alternate in one connection, so
//! that no answer waits for another one; in TCP, which has one order for all bytes, a lost segment still holds all of
//! them up. Programs need no lines to find the end of a frame: its length stands before it. What is in a header
//! block, `http2_header_list` tells.

use super::http2_frame::{self as frame, HEADER, Header, PREFACE};
use super::{http2_names as names, http2_payload};
use crate::model::draft::Draft;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{FieldDef, joined};
use crate::model::layer::LayerView;
use crate::model::protocol::{Expander, Protocol};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static MAGIC: FieldDef = FieldDef::text("http2.magic", "Preface")
    .rfc(9113, "3.4")
    .meaning("What every client says first: a server of HTTP/1 takes it for nonsense and hangs up, before anything goes wrong.");

static LENGTH: FieldDef = FieldDef::decimal("http2.length", "Length")
    .unit("bytes")
    .rfc(9113, "4.1")
    .meaning("How long the frame is behind these nine bytes: so its end can be found in the stream of TCP.");

static TYPE: FieldDef = FieldDef::decimal("http2.type", "Type")
    .named(names::TYPES)
    .rfc(9113, "6")
    .meaning("What the frame is for: HEADERS asks and answers, DATA carries bodies, the others keep the connection going.");

static FLAGS: FieldDef = FieldDef::hex("http2.flags", "Flags")
    .rfc(9113, "4.1")
    .meaning("What is special about the frame; what each bit says depends on the type.");

static END_STREAM: FieldDef = flag("http2.flags.end_stream", "End of the stream")
    .rfc(9113, "6.1")
    .meaning("The sender has said all of this request or answer; the other side may still speak.");

static END_HEADERS: FieldDef = flag("http2.flags.eh", "End of the header")
    .rfc(9113, "6.2")
    .meaning("The header block is complete; otherwise it goes on in a CONTINUATION.");

static PADDED: FieldDef = flag("http2.flags.padded", "Padded")
    .rfc(9113, "6.1")
    .meaning("Bytes without a meaning stand at the end, so that who sees lengths learns less.");

static PRIORITY: FieldDef = flag("http2.flags.priority", "Priority")
    .rfc(9113, "6.2")
    .meaning("What the stream depends on stands before the header block; hardly any server looks at it any more.");

static ACK_SETTINGS: FieldDef = flag("http2.flags.ack.settings", "Acknowledgment")
    .rfc(9113, "6.5")
    .meaning("The other side's settings hold from here on; nothing else is in the frame.");

static ACK_PING: FieldDef = flag("http2.flags.ack.ping", "Acknowledgment")
    .rfc(9113, "6.7")
    .meaning("The frame answers a PING, with the same eight bytes.");

static RESERVED: FieldDef = FieldDef::hex("http2.r", "Reserved")
    .rfc(9113, "4.1")
    .meaning("A bit that nobody uses: 0.");

static STREAM: FieldDef = FieldDef::decimal("http2.streamid", "Stream")
    .rfc(9113, "5.1.1")
    .meaning("The request and its answer that the frame belongs to: odd numbers from the client, even ones from the server, 0 for the whole connection.");

const fn flag(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::flag(name, label).detail()
}

const OWN: [&FieldDef; 12] = [
    &MAGIC,
    &LENGTH,
    &TYPE,
    &FLAGS,
    &END_STREAM,
    &END_HEADERS,
    &PADDED,
    &PRIORITY,
    &ACK_SETTINGS,
    &ACK_PING,
    &RESERVED,
    &STREAM,
];

static FIELDS: [&FieldDef; OWN.len() + http2_payload::FIELDS.len()] =
    joined(&[&OWN, &http2_payload::FIELDS]);

/// Where HTTP/2 stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Application,
    tcp_ip: TcpIpLayer::Application,
    pdu: Pdu::Message,
};

/// HTTP/2.
pub static PROTOCOL: Protocol = Protocol {
    name: "http2",
    label: "HTTP/2",
    title: "Hypertext Transfer Protocol, version 2",
    purpose: "Carries many requests and answers of HTTP at once over one TCP connection, in frames of bytes.",
    standing: STANDING,
    sources: &[Source::Rfc(9113, ""), Source::Rfc(7541, "")],
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

/// The flags of each type: the bit, counted from the first, and what it says.
const FLAGS_OF: &[(u8, &[(u32, &FieldDef)])] = &[
    (names::DATA, &[(4, &PADDED), (7, &END_STREAM)]),
    (
        names::HEADERS,
        &[
            (2, &PRIORITY),
            (4, &PADDED),
            (5, &END_HEADERS),
            (7, &END_STREAM),
        ],
    ),
    (names::SETTINGS, &[(7, &ACK_SETTINGS)]),
    (names::PUSH_PROMISE, &[(4, &PADDED), (5, &END_HEADERS)]),
    (names::PING, &[(7, &ACK_PING)]),
    (names::CONTINUATION, &[(5, &END_HEADERS)]),
];

/// Where the flags are, and the stream, in bits.
const FLAGS_BIT: u32 = 32;
const STREAM_BIT: u32 = 40;

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    for place in frames(view.bytes) {
        let bytes = view.bytes.get(..place.end).unwrap_or(view.bytes);
        expand_one(bytes, place.start, out);
    }
}

/// Where the frames are, which may be several where there are more than are told apart.
fn frames(bytes: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = match frame::framing(rest) {
            crate::model::framing::Framing::Whole(length) => length,
            _ => rest.len(),
        };
        let place = start..start + length;
        start = place.end;
        Some(place)
    })
}

/// Tells the last frame of these bytes, which begins there.
fn expand_one(bytes: &[u8], start: usize, out: &mut Expander<'_>) {
    let of_frame = bytes.get(start..).unwrap_or_default();
    if of_frame.starts_with(PREFACE) {
        out.bytes(&MAGIC, start..start + PREFACE.len());
        return;
    }
    let Some(header) = Header::of(of_frame) else {
        return;
    };
    out.bytes(&LENGTH, start..start + 3);
    out.bytes(&TYPE, start + 3..start + 4);
    out.bytes(&FLAGS, start + 4..start + 5);
    let Ok(first_bit) = u32::try_from(start * 8) else {
        return;
    };
    let flags = FLAGS_OF.iter().find(|(kind, _)| *kind == header.kind);
    for (bit, field) in flags.map_or(&[][..], |(_, flags)| *flags) {
        out.bits(field, first_bit + FLAGS_BIT + bit, 1);
    }
    out.bits(&RESERVED, first_bit + STREAM_BIT, 1);
    out.bits(&STREAM, first_bit + STREAM_BIT + 1, 31);
    let needed = HEADER + header.length;
    if needed > of_frame.len() {
        out.fault(
            start..start + of_frame.len(),
            FaultKind::TooShort {
                needed: needed as u64,
                present: of_frame.len() as u64,
                believed: Believed::Own(LENGTH.label),
            },
        );
    }
    http2_payload::expand(of_frame, start, &header, out);
}

/// How many frames a line names; of more, it says how many there are.
const MOST_NAMED: usize = 8;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let mut count: usize = 0;
    for place in frames(view.bytes) {
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

/// Puts what a frame is and of which stream, as Wireshark names it.
fn put_frame(bytes: &[u8], out: &mut Draft) {
    if bytes.starts_with(PREFACE) {
        out.push_str("Magic");
        return;
    }
    if let Some(header) = Header::of(bytes) {
        put_name(header.kind, header.stream, out);
    }
}

/// Puts the name of a type, and the stream.
pub fn put_name(kind: u8, stream: u32, out: &mut Draft) {
    match names::of_type(kind) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("Unknown type ");
            out.put_number(kind.into());
        }
    }
    out.put(b"[");
    out.put_number(stream.into());
    out.put(b"]");
}
