//! A piece of a message: bytes of a TCP stream that mean something only with those of another frame.
//!
//! TCP knows no messages: a segment ends wherever it ends. That is no error.

use super::tls;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const WIRESHARK: Source = Source::Wireshark("reassembly");

static DATA: FieldDef = FieldDef::bytes("tcp.segment_data", "Piece of a message")
    .source(WIRESHARK)
    .meaning("Bytes of a message whose other bytes are in other frames; it is shown in the frame that completes it.");

/// What is known of a frame that completes a message which began in an earlier one.
pub static SEGMENTS: FieldDef = FieldDef::heading(
    "tcp.segments",
    "Message put together from segments",
)
.followed()
.source(WIRESHARK)
.meaning(
    "This frame completes a message that came in several segments; it is read from all of them.",
);

/// A frame that brought a piece.
pub static SEGMENT: FieldDef = FieldDef::decimal("tcp.segment", "Segment in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("A frame that brought a piece of this message.");

/// How many did.
pub static COUNT: FieldDef = FieldDef::decimal("tcp.segment.count", "Segments")
    .followed()
    .source(WIRESHARK)
    .meaning("How many segments brought this message.");

/// How long the message is.
pub static LENGTH: FieldDef = FieldDef::decimal("tcp.reassembled.length", "Length of the message")
    .unit("bytes")
    .followed()
    .source(WIRESHARK)
    .meaning("How long the message is that was put together from several segments.");

/// The frame that completes it, where that is known.
pub static REASSEMBLED_IN: FieldDef = FieldDef::decimal(
    "tcp.reassembled_in",
    "Message whole in frame",
)
.followed()
.source(WIRESHARK)
.meaning("The frame that completes the message which this one ends inside of; there it is shown.");

/// For the table of TCP.
pub const FOLLOWED: &[&FieldDef] = &[&SEGMENTS, &SEGMENT, &COUNT, &LENGTH, &REASSEMBLED_IN];

/// A piece of a message.
pub static PROTOCOL: Protocol = Protocol {
    name: "tcp.piece",
    label: "Piece",
    title: "Piece of a Message",
    purpose: "Carries a part of a message whose other parts are in other frames: TCP cuts its stream wherever a segment is full or a program sends. No error.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(9293, "3.7")],
    parents: &[],
    fields: &[&DATA],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: None,
    is_plain_data: true,
    summary,
};

/// A piece of a record of TLS.
pub static OF_RECORD: Protocol = Protocol {
    name: "tls.piece",
    label: "Piece of TLS",
    title: "Piece of a Record",
    purpose: "Carries a part of a record of TLS whose other parts are in other frames: a record is as long as 16 KiB, a segment seldom. No error.",
    standing: tls::STANDING,
    sources: &[Source::Rfc(9293, "3.7")],
    parents: &[],
    fields: &[&DATA],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: None,
    is_plain_data: true,
    summary: |view, out| put_length(view, "record", out),
};

/// A piece of what this protocol says.
pub fn of(protocol: &Protocol) -> &'static Protocol {
    if std::ptr::eq(protocol, &raw const tls::PROTOCOL) {
        &OF_RECORD
    } else {
        &PROTOCOL
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(&DATA, 0..view.bytes.len());
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    put_length(view, "message", out);
}

fn put_length(view: &LayerView<'_>, of_what: &str, out: &mut Draft) {
    out.put_byte_count(view.bytes.len());
    out.push_str(" of a ");
    out.push_str(of_what);
    out.push_str(" whose others are in other frames (no error)");
}
