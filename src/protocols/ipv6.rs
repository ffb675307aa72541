//! The Internet Protocol, version 6: from host to host, with addresses enough for everybody.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version| Traffic class |              Flow label               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |        Payload length         |  Next header  |   Hop limit   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                                                               |
//! +                  Source address (16 bytes)                    +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                                                               |
//! +                Destination address (16 bytes)                 +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! What IPv4 has as options and for fragments follows as extension headers, each in a file of its own:
//! `ipv6_hop_by_hop`, `ipv6_destination`, `ipv6_routing`, `ipv6_fragment`, `ah`, `esp`.

use etherparse::Ipv6HeaderSlice;
use etherparse::err::ipv6::HeaderSliceError;

use super::ipv4::{dscp_name, protocol_name};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::frame::LinkType;
use crate::model::layer::LayerView;
use crate::model::protocol::{Endpoints, Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static VERSION: FieldDef = FieldDef::decimal("ipv6.version", "Version")
    .at_bits(0, 4)
    .rfc(8200, "3")
    .meaning("Which version of IP this is; always 6 here.");

static TRAFFIC_CLASS: FieldDef = FieldDef::hex("ipv6.tclass", "Traffic class")
    .at_bits(4, 8)
    .group()
    .rfc(8200, "7")
    .meaning("How routers should treat the packet; the same two parts as in IPv4.");

static DSCP: FieldDef = FieldDef::decimal("ipv6.tclass.dscp", "Class of service (DSCP)")
    .at_bits(4, 6)
    .named_by(dscp_name)
    .rfc(2474, "3")
    .meaning("The class of service that routers may give the packet; 0 is best effort, what nearly all packets ask for.");

static ECN: FieldDef = FieldDef::decimal("ipv6.tclass.ecn", "Explicit congestion notification")
    .at_bits(10, 2)
    .named(super::ipv4::ECN_NAMES)
    .rfc(3168, "5")
    .meaning("Lets a router whose queue grows mark the packet instead of dropping it.");

static FLOW_LABEL: FieldDef = FieldDef::hex("ipv6.flow", "Flow label")
    .at_bits(12, 20)
    .rfc(6437, "2")
    .meaning("The same random number on all packets of one conversation, so that routers send them the same way without looking inside; 0 when not used.");

static PAYLOAD_LENGTH: FieldDef = FieldDef::decimal("ipv6.plen", "Payload length")
    .at(4, 2)
    .unit("bytes")
    .rfc(8200, "3")
    .meaning("How many bytes follow this header, extension headers included; unlike IPv4's total length it does not count the header itself.");

static NEXT_HEADER: FieldDef = FieldDef::decimal("ipv6.nxt", "Next header")
    .at(6, 1)
    .named_by(next_header_name)
    .rfc(8200, "3")
    .meaning("What follows this header: an extension header, or the payload's protocol (6 TCP, 17 UDP, 58 ICMPv6).");

static HOP_LIMIT: FieldDef = FieldDef::decimal("ipv6.hlim", "Hop limit")
    .at(7, 1)
    .unit("hops")
    .rfc(8200, "3")
    .meaning("How many more routers may pass the packet on; IPv4's time to live under its true name. 255 on neighbour discovery proves that no router was between.");

static SOURCE: FieldDef = FieldDef::ipv6("ipv6.src", "Source address")
    .at(8, 16)
    .joint("ipv6.addr")
    .rfc(8200, "3")
    .meaning("The host that sent the packet; fe80:: addresses are good on this link alone.");

static DESTINATION: FieldDef = FieldDef::ipv6("ipv6.dst", "Destination address")
    .at(24, 16)
    .joint("ipv6.addr")
    .rfc(8200, "3")
    .meaning("The host that the packet is for, or a group (ff..); with a routing header, the next stop on the way.");

/// IPv6.
pub static PROTOCOL: Protocol = Protocol {
    name: "ipv6",
    label: "IPv6",
    title: "Internet Protocol Version 6",
    purpose: "Carries a packet from host to host across any number of networks, as IPv4 does, with 128-bit addresses and a simpler header.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(8200, "")],
    parents: &[
        Selector::EtherType(0x86dd),
        Selector::IpProtocol(41),
        Selector::Link(LinkType::IPV6),
    ],
    fields: &[
        &VERSION,
        &TRAFFIC_CLASS,
        &DSCP,
        &ECN,
        &FLOW_LABEL,
        &PAYLOAD_LENGTH,
        &NEXT_HEADER,
        &HOP_LIMIT,
        &SOURCE,
        &DESTINATION,
    ],
    endpoints: Some(Endpoints {
        source: &SOURCE,
        destination: &DESTINATION,
    }),
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// Where IPv6 and its extension headers stand.
pub const NETWORK_LAYER: Standing = Standing {
    osi: OsiLayer::Network,
    tcp_ip: TcpIpLayer::Network,
    pdu: Pdu::Packet,
};

const NO_NEXT_HEADER: u8 = 59;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let header = match Ipv6HeaderSlice::from_slice(bytes) {
        Ok(header) => header,
        Err(HeaderSliceError::Len(short)) => {
            return room.too_short(short.required_len);
        }
        Err(HeaderSliceError::Content(_)) => {
            return room.forbidden("the version is not 6");
        }
    };
    let next_header = header.next_header().0;
    let measure = Measure::header(header.slice().len(), next(next_header));
    match header.payload_length() {
        // A packet of more than 65535 bytes says its length in a hop-by-hop option (RFC 2675), or
        // nowhere when the sender's card is to cut it; then the frame is believed.
        0 if next_header != NO_NEXT_HEADER => measure,
        length => measure.with_payload(length),
    }
}

/// What a next-header field announces.
pub fn next(next_header: u8) -> Next {
    if next_header == NO_NEXT_HEADER {
        Next::DATA
    } else {
        Next::selected(Selector::IpProtocol(next_header))
    }
}

fn expand(_: &LayerView<'_>, _: &mut Expander<'_>) {}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    if let Some(next_header) = view.bytes.get(6) {
        push_next_header(*next_header, out);
    }
}

/// Appends the name of what a next-header field announces: `TCP`, `protocol 200`.
pub fn push_next_header(number: u8, out: &mut Draft) {
    match next_header_name(number.into()) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("protocol ");
            out.put_number(number.into());
        }
    }
}

/// The name of what a next-header field announces (IANA "Assigned Internet Protocol Numbers" and "IPv6
/// Extension Header Types").
pub fn next_header_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "hop-by-hop options",
        41 => "IPv6",
        43 => "routing header",
        44 => "fragment header",
        50 => "ESP (encrypted)",
        51 => "authentication header",
        58 => "ICMPv6",
        59 => "nothing follows",
        60 => "destination options",
        135 => "mobility header",
        139 => "host identity protocol",
        140 => "Shim6",
        253 | 254 => "experiment",
        _ => return protocol_name(number),
    })
}

/// Packets for the tests of what is inside.
#[cfg(test)]
pub mod testing {
    /// From fd00::7 to fd00::6, with this next header and payload.
    pub fn packet(next_header: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x6e, 0xb1, 0x23, 0x45];
        packet.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        packet.extend([next_header, 64]);
        packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6]);
        packet.extend(payload);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::testing::packet;
    use crate::decode::testing::{in_ethernet, seen};
    use crate::model::frame::LinkType;

    #[test]
    fn the_header_is_read_field_by_field() {
        let seen = seen(LinkType::IPV6, &packet(59, &[]));
        assert_eq!(
            seen.fields("ipv6"),
            [
                "ipv6.version 6",
                "ipv6.tclass 0xeb",
                "  ipv6.tclass.dscp 58",
                "  ipv6.tclass.ecn 3 (congestion experienced)",
                "ipv6.flow 0x12345",
                "ipv6.plen 0",
                "ipv6.nxt 59 (nothing follows)",
                "ipv6.hlim 64",
                "ipv6.src fd00::7",
                "ipv6.dst fd00::6",
            ]
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn what_the_payload_length_does_not_count_belongs_to_the_frame() {
        let mut bytes = packet(17, &[0x30, 0x39, 0x30, 0x39, 0, 8, 0xd2, 0x96]);
        bytes.extend([0; 12]);
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x86dd, &bytes));
        assert_eq!(seen.layers, ["eth", "ipv6", "udp"]);
        assert_eq!(
            seen.chosen("eth", &["eth.trailer"]),
            ["eth.trailer 00:00:00:00:00:00:00:00:00:00:00:00"]
        );
    }

    #[test]
    fn a_payload_that_is_not_all_there_names_whose_length_was_believed() {
        let mut bytes = packet(59, &[1, 2, 3, 4]);
        bytes[5] = 40;
        assert_eq!(
            seen(LinkType::IPV6, &bytes).faults,
            ["needs 80 bytes, but by the frame's length on the wire there are 44"]
        );
    }

    #[test]
    fn another_version_stops_here() {
        let mut bytes = packet(59, &[]);
        bytes[0] = 0x50;
        assert_eq!(
            seen(LinkType::IPV6, &bytes).faults,
            ["the version is not 6"]
        );
    }
}
