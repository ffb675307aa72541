//! The IP authentication header: proves who sent a packet and that nobody changed it; hides nothing.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next header  |    Length     |           Reserved            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Security parameters index (SPI)                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 Integrity check value ...
//! ```

use etherparse::IpAuthHeaderSlice;
use etherparse::err::ip_auth::HeaderSliceError;

use super::ipv6::{self, NETWORK_LAYER, next_header_name};
use super::ipv6_extension;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Protocol, Room, Selector};
use crate::model::source::Source;

static NEXT_HEADER: FieldDef = FieldDef::decimal("ah.next_header", "Next header")
    .at(0, 1)
    .named_by(next_header_name)
    .rfc(4302, "2.1")
    .meaning("What the header vouches for: the payload's protocol, or an extension header.");

static LENGTH: FieldDef = FieldDef::decimal("ah.length", "Length")
    .at(1, 1)
    .rfc(4302, "2.2")
    .meaning("How long this header is, in words of 4 bytes, two of them not counted.");

static RESERVED: FieldDef = FieldDef::bytes("ah.reserved", "Reserved")
    .at(2, 2)
    .rfc(4302, "2.3")
    .meaning("Two bytes kept for later, zero.");

static SPI: FieldDef = FieldDef::hex("ah.spi", "Security parameters index")
    .at(4, 4)
    .rfc(4302, "2.4")
    .meaning("Tells the receiver which of the keys agreed beforehand was used.");

static SEQUENCE: FieldDef = FieldDef::decimal("ah.sequence", "Sequence number")
    .at(8, 4)
    .rfc(4302, "2.5")
    .meaning("Counts the packets under one key, so that an old one cannot be sent again.");

static CHECK_VALUE: FieldDef = FieldDef::bytes("ah.icv", "Integrity check value")
    .rfc(4302, "2.6")
    .meaning("The signature over all of the packet that does not change on the way.");

/// The authentication header.
pub static PROTOCOL: Protocol = Protocol {
    name: "ah",
    label: "AH",
    title: "IP Authentication Header",
    purpose: "Proves who sent the packet and that nobody changed it on the way; it hides nothing.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(4302, "")],
    parents: &[Selector::IpProtocol(51)],
    fields: &[
        &NEXT_HEADER,
        &LENGTH,
        &RESERVED,
        &SPI,
        &SEQUENCE,
        &CHECK_VALUE,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary: ipv6_extension::summary,
};

const FIXED_LENGTH: usize = 12;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    match IpAuthHeaderSlice::from_slice(bytes) {
        Ok(header) => Measure::header(header.slice().len(), ipv6::next(header.next_header().0)),
        Err(HeaderSliceError::Len(short)) => room.too_short(short.required_len),
        Err(HeaderSliceError::Content(_)) => {
            room.forbidden("the header length is below 12 bytes, the least this header has")
        }
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(&CHECK_VALUE, FIXED_LENGTH..view.header_length());
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6::testing::packet;

    #[test]
    fn what_it_vouches_for_is_decoded_too() {
        let mut payload = vec![17, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
        payload.extend([0xaa; 12]);
        payload.extend([0x30, 0x39, 0x30, 0x38, 0, 8, 0xa3, 0x7a]);
        let seen = seen(LinkType::IPV6, &packet(51, &payload));
        assert_eq!(seen.layers, ["ipv6", "ah", "udp"]);
        assert_eq!(
            seen.fields("ah"),
            [
                "ah.next_header 17 (UDP)",
                "ah.length 4",
                "ah.reserved 00:00",
                "ah.spi 0x100",
                "ah.sequence 1",
                "ah.icv aa:aa:aa:aa:aa:aa:aa:aa:aa:aa:aa:aa",
            ]
        );
    }

    #[test]
    fn a_length_of_nothing_stops_here() {
        let seen = seen(
            LinkType::IPV6,
            &packet(51, &[17, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
        );
        assert_eq!(
            seen.faults,
            ["the header length is below 12 bytes, the least this header has"]
        );
    }
}
