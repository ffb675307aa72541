//! The loopback header of the BSDs and macOS: there is no link, so four bytes say which protocol follows.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Protocol family                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Link type NULL has it in the byte order of the host that captured, LOOP in network byte order. A
//! family is a small number, so the order that gives the smaller one is right for both.

use super::ethernet::{GREATEST_LENGTH, ether_type_name};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{ByteOrder, FieldDef};
use crate::model::frame::LinkType;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static FAMILY: FieldDef = FieldDef::decimal("null.family", "Family")
    .ordered(ByteOrder::Capturer)
    .named_by(family_name)
    .source(Source::LinkTypes("NULL"))
    .meaning("Which protocol the payload belongs to, by the address family numbers of the system that captured: 2 is IPv4 everywhere, IPv6 has a number of its own on each.");

static TYPE: FieldDef = FieldDef::hex("null.type", "Type")
    .ordered(ByteOrder::Capturer)
    .named_by(ether_type_name)
    .source(Source::LinkTypes("NULL"))
    .meaning("Which protocol the payload belongs to, by its Ethernet type; a few programs write that instead of a family.");

/// The BSD loopback header.
pub static PROTOCOL: Protocol = Protocol {
    name: "null",
    label: "Loopback",
    title: "BSD loopback",
    purpose: "Stands where a link's header would be when a host talks to itself; it says only what follows.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::LinkTypes("NULL"), Source::LinkTypes("LOOP")],
    parents: &[
        Selector::Link(LinkType::NULL),
        Selector::Link(LinkType::LOOP),
    ],
    fields: &[&FAMILY, &TYPE],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

const HEADER_LENGTH: usize = 4;

/// What follows, as the header says it.
#[derive(Clone, Copy)]
enum Announced {
    Family(u32),
    EtherType(u16),
}

/// Reads the header; `None` when it is not all there.
fn announced(bytes: &[u8]) -> Option<Announced> {
    let octets = *bytes.first_chunk()?;
    let number = u32::from_be_bytes(octets).min(u32::from_le_bytes(octets));
    Some(match u16::try_from(number) {
        Ok(number) if number > GREATEST_LENGTH => Announced::EtherType(number),
        _ => Announced::Family(number),
    })
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let next = match announced(bytes) {
        Some(Announced::Family(2)) => Next::selected(Selector::EtherType(0x0800)),
        Some(Announced::Family(10 | 24 | 28 | 30)) => Next::selected(Selector::EtherType(0x86dd)),
        Some(Announced::Family(_)) => Next::DATA,
        Some(Announced::EtherType(number)) => Next::selected(Selector::EtherType(number)),
        None => return room.too_short(HEADER_LENGTH),
    };
    Measure::header(HEADER_LENGTH, next)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let definition = match announced(view.bytes) {
        Some(Announced::EtherType(_)) => &TYPE,
        _ => &FAMILY,
    };
    out.bytes(definition, 0..HEADER_LENGTH);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let (name, number) = match announced(view.bytes) {
        Some(Announced::Family(number)) => (family_name(number.into()), u64::from(number)),
        Some(Announced::EtherType(number)) => (ether_type_name(number.into()), u64::from(number)),
        None => return,
    };
    out.push_str("loopback, ");
    if let Some(name) = name {
        out.push_str(name);
    } else {
        out.push_str("family ");
        out.put_number(number);
    }
}

/// The address families that follow a loopback header, with the systems that number them so.
fn family_name(number: u64) -> Option<&'static str> {
    Some(match number {
        2 => "IPv4",
        7 => "OSI",
        10 => "IPv6 (Linux)",
        16 => "AppleTalk",
        23 => "IPX (FreeBSD, macOS)",
        24 => "IPv6 (NetBSD, OpenBSD)",
        28 => "IPv6 (FreeBSD)",
        30 => "IPv6 (macOS)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, seen};
    use crate::model::frame::LinkType;

    #[rustfmt::skip]
    const IPV4: [u8; 20] = [
        0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 253, 0xb6, 0x8f,
        192, 168, 1, 7, 192, 168, 1, 6,
    ];

    fn with_header(link: LinkType, header: [u8; 4]) -> Seen {
        seen(link, &[&header[..], &IPV4].concat())
    }

    #[test]
    fn the_family_is_read_in_the_order_of_either_kind_of_host() {
        for (link, header) in [
            (LinkType::NULL, [2, 0, 0, 0]),
            (LinkType::NULL, [0, 0, 0, 2]),
            (LinkType::LOOP, [0, 0, 0, 2]),
        ] {
            let seen = with_header(link, header);
            assert_eq!(seen.layers, ["null", "ip"]);
            assert_eq!(seen.fields("null"), ["null.family 2 (IPv4)"]);
            assert!(seen.faults.is_empty());
        }
    }

    #[test]
    fn every_systems_number_of_ipv6_leads_to_it() {
        for family in [10, 24, 28, 30] {
            let seen = seen(LinkType::NULL, &[family, 0, 0, 0, 0x60]);
            assert_eq!(seen.layers, ["null", "ipv6"]);
        }
    }

    #[test]
    fn an_ethernet_type_in_place_of_a_family_is_understood() {
        let seen = with_header(LinkType::NULL, [0, 8, 0, 0]);
        assert_eq!(seen.layers, ["null", "ip"]);
        assert_eq!(seen.fields("null"), ["null.type 0x800 (IPv4)"]);
    }

    #[test]
    fn an_unknown_family_keeps_its_number() {
        let seen = with_header(LinkType::LOOP, [0, 0, 0, 99]);
        assert_eq!(seen.layers, ["null", "data"]);
        assert_eq!(seen.line, "loopback, family 99");
    }

    #[test]
    fn three_bytes_are_no_header() {
        let seen = seen(LinkType::NULL, &[2, 0, 0]);
        assert_eq!(seen.fields("null"), ["data.gap 02:00:00"]);
        assert_eq!(
            seen.faults,
            ["needs 4 bytes, but by the frame's length on the wire there are 3"]
        );
    }
}
