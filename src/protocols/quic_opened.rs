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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{Seen, frame_of, in_ipv4, seen_in};
    use crate::model::assembled::{Assembled, Whole};
    use crate::model::frame::LinkType;
    use crate::model::needs::Depth;

    /// A packet of QUIC that has these frames in it, behind this first byte.
    fn opened(first: u8, frames: &[u8]) -> Seen {
        const UDP: usize = 2;
        let datagram = [&[0x9c, 0x40, 1, 0xbb, 0, 17, 0, 0][..], &[0x40; 9]].concat();
        let packet = in_ipv4(17, &datagram);
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let mut decoder = Decoder::new();
        decoder.walk(&frame);
        let whole = Assembled {
            whole: Whole::Plaintext,
            bytes: [&[first, 0, 0, 0, 0, 0, 0, 1, 2], frames].concat(),
            parts: Vec::new(),
        };
        assert!(decoder.read_also(&frame, UDP, &PROTOCOL, whole));
        seen_in(&decoder.deepen(&frame, Depth::Expand))
    }

    /// The fields of these frames.
    fn fields(frames: &[u8]) -> Vec<String> {
        let seen = opened(0xc0, frames);
        let fields = seen.fields("quic.opened");
        let fields = fields.iter().skip(4).map(|field| (*field).to_owned());
        fields.collect()
    }

    #[test]
    fn the_hidden_bits_of_both_headers_are_told() {
        let long = opened(0xc7, &[]);
        assert_eq!(
            long.fields("quic.opened"),
            [
                "quic.first_bits 0xc",
                "quic.long.reserved 1",
                "quic.packet_number_length 3 (4 bytes)",
                "quic.packet_number 258",
            ]
        );
        let short = opened(0x64, &[1]);
        assert!(
            short.line.ends_with("KP1, PKN: 258, PING"),
            "{}",
            short.line
        );
        assert_eq!(
            short.chosen("quic.opened", &["quic.short", "quic.key"]),
            ["quic.short.reserved 0", "quic.key_phase 1"]
        );
    }

    #[test]
    fn an_acknowledgment_has_ranges_and_what_routers_marked() {
        assert_eq!(
            fields(&[3, 9, 1, 1, 2, 0, 3, 5, 6, 7]),
            [
                "quic.frame",
                "  quic.frame_type 0x3 (ACK_ECN)",
                "  quic.ack.largest_acknowledged 9",
                "  quic.ack.ack_delay 1",
                "  quic.ack.ack_range_count 1",
                "  quic.ack.first_ack_range 2",
                "  quic.ack.gap 0",
                "  quic.ack.ack_range 3",
                "  quic.ack.ect0_count 5",
                "  quic.ack.ect1_count 6",
                "  quic.ack.ecn_ce_count 7",
            ]
        );
    }

    #[test]
    fn data_of_a_stream_is_told_with_what_its_number_says() {
        assert_eq!(
            fields(&[0x0f, 7, 0x40, 9, 2, b'h', b'i']),
            [
                "quic.frame",
                "  quic.frame_type 0xf (STREAM)",
                "    - quic.stream.fin 1",
                "    - quic.stream.len 1",
                "    - quic.stream.off 1",
                "  quic.stream.stream_id 7",
                "    - quic.stream.initiator 1 (server)",
                "    - quic.stream.direction 1 (one)",
                "  quic.stream.offset 9",
                "  quic.stream.length 2",
                "  quic.stream_data 68:69",
            ]
        );
    }

    #[test]
    fn the_end_of_a_connection_says_why() {
        assert_eq!(
            fields(&[0x1c, 0x41, 0x30, 6, 2, b'n', b'o'])[1..],
            [
                "  quic.frame_type 0x1c (CONNECTION_CLOSE (Transport))",
                "  quic.cc.error_code 304 (CRYPTO_ERROR)",
                "  = quic.cc.error_code.tls_alert 48 (Unknown CA)",
                "  quic.cc.frame_type 6 (CRYPTO)",
                "  quic.cc.reason_phrase.length 2",
                "  quic.cc.reason_phrase no",
            ]
        );
    }

    #[test]
    fn every_other_type_is_taken_apart() {
        let id = [&[0x18, 3, 1, 2, 8, 9][..], &[5; 16]].concat();
        let cases: [(&[u8], &[&str]); 13] = [
            (&[7, 1, 9], &["nt.length 1", "nt.token 09"]),
            (&[0x10, 5], &["md.maximum_data 5"]),
            (
                &[0x11, 4, 5],
                &["msd.stream_id 4", "msd.maximum_stream_data 5"],
            ),
            (&[0x13, 5], &["ms.max_streams 5"]),
            (&[0x14, 5], &["sb.stream_data_limit 5"]),
            (
                &[0x15, 4, 5],
                &["sdb.stream_id 4", "sb.stream_data_limit 5"],
            ),
            (&[0x16, 5], &["sib.stream_limit 5"]),
            (&[0x19, 5], &["rci.sequence 5"]),
            (
                &[0x1a, 1, 2, 3, 4, 5, 6, 7, 8],
                &["path_challenge.data 01:02:03:04:05:06:07:08"],
            ),
            (
                &[0x1b, 1, 2, 3, 4, 5, 6, 7, 8],
                &["path_response.data 01:02:03:04:05:06:07:08"],
            ),
            (&[0x30, 1, 2], &["dg 01:02"]),
            (&[0x31, 1, 2], &["dg.length 1", "dg 02"]),
            (
                &id,
                &[
                    "nci.sequence 3",
                    "nci.retire_prior_to 1",
                    "nci.connection_id.length 2",
                    "nci.connection_id 08:09",
                    "nci.stateless_reset_token 05:05:05:05:05:05:05:05:05:05:05:05:05:05:05:05",
                ],
            ),
        ];
        for (frame, told) in cases {
            let told: Vec<_> = told.iter().map(|told| format!("  quic.{told}")).collect();
            assert_eq!(fields(frame)[2..], told, "{frame:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_as_bytes_and_as_a_fault() {
        let unknown = opened(0xc0, &[1, 0x40, 0x99, 7, 7]);
        assert_eq!(
            unknown.chosen("quic.opened", &["quic.frame.unknown"]),
            ["quic.frame.unknown 07:07"]
        );
        assert_eq!(unknown.faults, ["is a type of frame that is not known"]);
        let cut = opened(0xc0, &[6, 0, 9, 1, 2]);
        assert_eq!(
            cut.chosen("quic.opened", &["quic.frame.cut"]),
            ["quic.frame.cut 01:02"]
        );
        assert_eq!(cut.faults.len(), 1);
    }
}
