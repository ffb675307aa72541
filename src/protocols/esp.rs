//! The IP encapsulating security payload: everything behind its header is encrypted.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Security parameters index (SPI)                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  encrypted payload, padding, its length, next header, signature ...
//! ```

use super::ipv6::NETWORK_LAYER;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Protocol, Room, Selector};
use crate::model::source::Source;

static SPI: FieldDef = FieldDef::hex("esp.spi", "Security parameters index")
    .at(0, 4)
    .rfc(4303, "2.1")
    .meaning("Tells the receiver which of the keys agreed beforehand opens the packet.");

static SEQUENCE: FieldDef = FieldDef::decimal("esp.sequence", "Sequence number")
    .at(4, 4)
    .rfc(4303, "2.2")
    .meaning("Counts the packets under one key, so that an old one is not accepted again.");

static ENCRYPTED: FieldDef = FieldDef::bytes("esp.payload", "Encrypted")
    .rfc(4303, "2.3")
    .meaning("The payload with its padding, its protocol and a signature; without the key nobody can tell them apart.");

/// The encapsulating security payload.
pub static PROTOCOL: Protocol = Protocol {
    name: "esp",
    label: "ESP",
    title: "IP Encapsulating Security Payload",
    purpose: "Encrypts and signs everything behind its header.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(4303, "")],
    parents: &[Selector::IpProtocol(50)],
    fields: &[&SPI, &SEQUENCE, &ENCRYPTED],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

const FIXED_LENGTH: usize = 8;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    if bytes.len() < FIXED_LENGTH {
        return room.too_short(FIXED_LENGTH);
    }
    Measure::ALL
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(&ENCRYPTED, FIXED_LENGTH..view.bytes.len());
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    out.put_byte_count(view.bytes.len().saturating_sub(FIXED_LENGTH));
    out.push_str(" encrypted");
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6::testing::packet;

    #[test]
    fn what_is_encrypted_stays_in_one_piece() {
        let seen = seen(
            LinkType::IPV6,
            &packet(50, &[0, 0, 1, 0, 0, 0, 0, 9, 0xaa, 0xbb]),
        );
        assert_eq!(
            seen.fields("esp"),
            ["esp.spi 0x100", "esp.sequence 9", "esp.payload aa:bb"]
        );
        assert!(seen.line.ends_with("2 bytes encrypted"), "{}", seen.line);
    }

    #[test]
    fn a_header_cut_in_two_says_so() {
        let seen = seen(LinkType::IPV6, &packet(50, &[0, 0, 1]));
        assert_eq!(
            seen.faults,
            ["needs 8 bytes, but by the frame's length on the wire there are 3"]
        );
    }
}
