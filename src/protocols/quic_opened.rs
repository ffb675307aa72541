//! A packet of QUIC, decrypted: what is hidden of its header, its number in full, and its frames.
//!
//! ```text
//! first byte, its hidden bits as they are   1 byte
//! packet number, all of it                  8 bytes, of which 1 to 4 were sent
//! frames                                    the rest
//! ```

use super::quic_header::LONG;
use super::{quic, quic_frame_fields as fields, quic_frames as frames, quic_names as names};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::source::Source;

static FORM_AND_TYPE: FieldDef = FieldDef::hex("quic.first_bits", "Form and type")
    .rfc(9000, "17")
    .meaning("The bits of the first byte that are not hidden; the packet as it is on the wire tells them.");

static RESERVED: FieldDef = FieldDef::decimal("quic.long.reserved", "Reserved")
    .rfc(9000, "17.2")
    .meaning("Two bits of a long header that nobody uses: 0, once they are decrypted.");

static SHORT_RESERVED: FieldDef = FieldDef::decimal("quic.short.reserved", "Reserved")
    .rfc(9000, "17.3.1")
    .meaning("Two bits of a short header that nobody uses: 0, once they are decrypted.");

static KEY_PHASE: FieldDef = FieldDef::flag("quic.key_phase", "Key phase")
    .rfc(9001, "6")
    .meaning("Turns when the sender changes its keys, so that the receiver knows which ones open the packet.");

static NUMBER_LENGTH: FieldDef = FieldDef::decimal("quic.packet_number_length", "Length of the number")
    .named(names::NUMBER_LENGTHS)
    .rfc(9000, "17.1")
    .meaning("How many bytes of the packet number were sent, less one: its last ones, as many as it takes to tell it from those that may be on their way.");

static NUMBER: FieldDef = FieldDef::decimal("quic.packet_number", "Packet number")
    .rfc(9000, "12.3")
    .meaning("Counts the packets of a side, in each of three spaces; what is sent again has a new one, so that its acknowledgment is clear.");

const OWN: [&FieldDef; 6] = [
    &FORM_AND_TYPE,
    &RESERVED,
    &SHORT_RESERVED,
    &KEY_PHASE,
    &NUMBER_LENGTH,
    &NUMBER,
];

static FIELDS: [&FieldDef; OWN.len() + fields::FIELDS.len()] = joined(&[&OWN, &fields::FIELDS]);

/// What a packet has in it.
pub static PROTOCOL: Protocol = Protocol {
    name: "quic.opened",
    label: "QUIC",
    title: "QUIC, decrypted",
    purpose: "What a packet of QUIC says: frames of the handshake, of streams, and of what keeps both going. Of the first flight everybody can make the keys; of the rest, only who has a key log.",
    standing: quic::STANDING,
    sources: &[Source::Rfc(9000, "19"), Source::Rfc(9001, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// How many bytes stand before the frames: the first one, and the number.
pub const FRAMES: usize = 1 + size_of::<u64>();

/// The bit of a short header that tells the key phase.
pub const PHASE: u8 = 0x04;

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let is_long = view.bytes.first().is_some_and(|first| first & LONG != 0);
    if is_long {
        out.bits(&FORM_AND_TYPE, 0, 4);
        out.bits(&RESERVED, 4, 2);
    } else {
        out.bits(&FORM_AND_TYPE, 0, 3);
        out.bits(&SHORT_RESERVED, 3, 2);
        out.bits(&KEY_PHASE, 5, 1);
    }
    out.bits(&NUMBER_LENGTH, 6, 2);
    out.bytes(&NUMBER, 1..FRAMES);
    frames::expand(view.bytes, FRAMES, out);
}

/// How many frames a line names.
const NAMED: usize = 12;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Some((first, rest)) = view.bytes.split_first() else {
        return;
    };
    if first & LONG == 0 {
        out.push_str("KP");
        out.put_number(u64::from(first & PHASE != 0));
        out.push_str(", ");
    }
    if let Some(number) = rest.first_chunk() {
        out.push_str("PKN: ");
        out.put_number(u64::from_be_bytes(*number));
    }
    for (index, frame) in frames::frames(view.bytes, FRAMES).enumerate() {
        if index == NAMED {
            out.push_str(", …");
            return;
        }
        out.push_str(", ");
        match names::frame_in_line(frame.kind) {
            Some(name) => out.push_str(name),
            None => out.push_str("Unknown"),
        }
        if let Some(stream) = frame.stream {
            out.put(b"(");
            out.put_number(stream);
            out.put(b")");
        }
    }
}
