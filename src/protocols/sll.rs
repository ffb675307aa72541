//! Linux "cooked" captures, versions 1 and 2: what a capture on all interfaces at once holds in place of
//! the link-layer headers, which differ from interface to interface.
//!
//! ```text
//! version 1 (LINUX_SLL)
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Packet type          |     Type of the interface     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Length of address        |                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
//! |              Source's link-layer address, 8 bytes             |
//! +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                               |            Protocol           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!
//! version 2 (LINUX_SLL2)
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |            Protocol           |            Reserved           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                     Index of the interface                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type of the interface     |  Packet type  |Length of addr.|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              Source's link-layer address, 8 bytes             |
//! +                                                               +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use std::ops::Range;

use super::ethernet::ether_type_name;
use super::sll_names::{family_name, hardware_name, linux_type_name, packet_type_name};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::frame::LinkType;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const VERSION_1: Source = Source::LinkTypes("LINUX_SLL");
const VERSION_2: Source = Source::LinkTypes("LINUX_SLL2");

static PACKET_TYPE: FieldDef = FieldDef::decimal("sll.pkttype", "Packet type")
    .named_by(packet_type_name)
    .source(VERSION_1)
    .meaning("Whether this host sent the frame, or received it and for whom; the destination's own address is not in a cooked capture.");

static HARDWARE_TYPE: FieldDef = FieldDef::decimal("sll.hatype", "Type of the interface")
    .named_by(hardware_name)
    .source(VERSION_1)
    .meaning("What kind of interface the frame passed (Linux's ARPHRD numbers): 1 is Ethernet, 772 the loopback.");

static ADDRESS_LENGTH: FieldDef = FieldDef::decimal("sll.halen", "Length of the address")
    .unit("bytes")
    .source(VERSION_1)
    .meaning("How many bytes the link-layer address of the sender has: 6 on Ethernet, 0 where there are no addresses; of longer ones only 8 bytes are kept.");

static SOURCE_MAC: FieldDef = FieldDef::mac("sll.src.eth", "Source")
    .source(VERSION_1)
    .meaning("The hardware address of the network card that sent the frame.");

static SOURCE_IPV4: FieldDef = FieldDef::ipv4("sll.src.ipv4", "Source")
    .source(VERSION_1)
    .meaning("The address of the tunnel's end that sent the frame, where the link is itself a tunnel over IPv4.");

static SOURCE_OTHER: FieldDef = FieldDef::bytes("sll.src.other", "Source")
    .source(VERSION_1)
    .meaning("The link-layer address of the sender, of a kind that is not taken apart; its first 8 bytes where it is longer.");

static UNUSED: FieldDef = FieldDef::bytes("sll.unused", "Unused")
    .source(VERSION_1)
    .meaning("What the address leaves free of its 8 bytes.");

static ETHER_TYPE: FieldDef = FieldDef::hex("sll.etype", "Protocol")
    .named_by(ether_type_name)
    .source(VERSION_1)
    .meaning("Which protocol the payload belongs to, by its Ethernet type: 0x0800 for IPv4.");

static LINUX_TYPE: FieldDef = FieldDef::hex("sll.ltype", "Protocol")
    .named_by(linux_type_name)
    .source(VERSION_1)
    .meaning("Which protocol the payload belongs to, by a number of Linux's own for what has no Ethernet type.");

static GRE_TYPE: FieldDef = FieldDef::hex("sll.gretype", "Protocol")
    .named_by(ether_type_name)
    .source(VERSION_1)
    .meaning("Which protocol the payload belongs to, by its Ethernet type, inside a GRE tunnel.");

static NETLINK_FAMILY: FieldDef = FieldDef::decimal("sll.netlink_family", "Netlink family")
    .named_by(family_name)
    .source(VERSION_1)
    .meaning(
        "Which part of the kernel a program talks to by the message: 0 is routing and interfaces.",
    );

static RESERVED: FieldDef = FieldDef::bytes("sll.reserved", "Reserved")
    .source(VERSION_2)
    .meaning("Two bytes between protocol and interface that must be 0.");

static INTERFACE_INDEX: FieldDef = FieldDef::decimal("sll.ifindex", "Index of the interface")
    .source(VERSION_2)
    .meaning(
        "The kernel's number of the interface that the frame passed; version 1 does not tell it.",
    );

static TRAILER: FieldDef = FieldDef::bytes("sll.trailer", "Trailer")
    .source(VERSION_1)
    .meaning(
        "Bytes after the packet that its own length does not count: the padding of a short frame.",
    );

/// Linux cooked captures.
pub static PROTOCOL: Protocol = Protocol {
    name: "sll",
    label: "Cooked",
    title: "Linux cooked capture",
    purpose: "Stands in place of each link's own header when Linux captures on all interfaces at once.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[VERSION_1, VERSION_2],
    parents: &[
        Selector::Link(LinkType::LINUX_SLL),
        Selector::Link(LinkType::LINUX_SLL2),
    ],
    fields: &[
        &PACKET_TYPE,
        &HARDWARE_TYPE,
        &ADDRESS_LENGTH,
        &SOURCE_MAC,
        &SOURCE_IPV4,
        &SOURCE_OTHER,
        &UNUSED,
        &ETHER_TYPE,
        &LINUX_TYPE,
        &GRE_TYPE,
        &NETLINK_FAMILY,
        &RESERVED,
        &INTERFACE_INDEX,
        &TRAILER,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// Where each field of a version stands, in bytes.
struct Layout {
    packet_type: Range<usize>,
    hardware_type: Range<usize>,
    address_length: Range<usize>,
    address: usize,
    protocol: Range<usize>,
    length: usize,
}

static LAYOUT_1: Layout = Layout {
    packet_type: 0..2,
    hardware_type: 2..4,
    address_length: 4..6,
    address: 6,
    protocol: 14..16,
    length: 16,
};

static LAYOUT_2: Layout = Layout {
    protocol: 0..2,
    hardware_type: 8..10,
    packet_type: 10..11,
    address_length: 11..12,
    address: 12,
    length: 20,
};

/// Room for the address, in bytes.
const ADDRESS_ROOM: usize = 8;

/// Linux's numbers of interface types (`ARPHRD_*`) that change what the header's protocol means.
const FRAME_RELAY: u64 = 770;
const GRE: u64 = 778;
const RADIOTAP: u64 = 803;
const NETLINK: u64 = 824;

/// The greatest protocol number that is no Ethernet type but Linux's own.
const GREATEST_LINUX_TYPE: u64 = 0x0600;

impl Layout {
    fn of(link_type: LinkType) -> &'static Self {
        if link_type == LinkType::LINUX_SLL2 {
            &LAYOUT_2
        } else {
            &LAYOUT_1
        }
    }

    fn has_interface_index(&self) -> bool {
        self.length == LAYOUT_2.length
    }

    /// What the header says of its payload: a definition and the number.
    fn announced(&self, bytes: &[u8]) -> Option<(&'static FieldDef, u64)> {
        let hardware_type = number(bytes, &self.hardware_type)?;
        let protocol = number(bytes, &self.protocol)?;
        let definition = match hardware_type {
            NETLINK => &NETLINK_FAMILY,
            GRE => &GRE_TYPE,
            _ if protocol <= GREATEST_LINUX_TYPE => &LINUX_TYPE,
            _ => &ETHER_TYPE,
        };
        Some((definition, protocol))
    }

    fn next(&self, bytes: &[u8]) -> Next {
        let hardware_type = number(bytes, &self.hardware_type);
        let protocol = number(bytes, &self.protocol);
        match (hardware_type, protocol) {
            // These say nothing by the protocol: the payload begins with a header of their own.
            (Some(NETLINK | RADIOTAP | FRAME_RELAY), _) => Next::DATA,
            (_, Some(4)) => Next::selected(Selector::Llc),
            (_, Some(protocol)) if protocol > GREATEST_LINUX_TYPE => u16::try_from(protocol)
                .map_or(Next::DATA, |number| {
                    Next::selected(Selector::EtherType(number))
                }),
            _ => Next::DATA,
        }
    }
}

fn number(bytes: &[u8], range: &Range<usize>) -> Option<u64> {
    bits::number(bytes, &bits::of_bytes(range))
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let layout = Layout::of(room.link_type);
    if bytes.len() < layout.length {
        return room.too_short(layout.length);
    }
    Measure::header(layout.length, layout.next(bytes))
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let layout = Layout::of(view.frame.link_type);
    let protocol = layout
        .announced(view.bytes)
        .map(|(definition, _)| definition);
    let protocol = protocol.unwrap_or(&ETHER_TYPE);
    if layout.has_interface_index() {
        out.bytes(protocol, layout.protocol.clone());
        out.bytes(&RESERVED, 2..4);
        out.bytes(&INTERFACE_INDEX, 4..8);
        out.bytes(&HARDWARE_TYPE, layout.hardware_type.clone());
        out.bytes(&PACKET_TYPE, layout.packet_type.clone());
    } else {
        out.bytes(&PACKET_TYPE, layout.packet_type.clone());
        out.bytes(&HARDWARE_TYPE, layout.hardware_type.clone());
    }
    out.bytes(&ADDRESS_LENGTH, layout.address_length.clone());
    expand_address(layout, view.bytes, out);
    if !layout.has_interface_index() {
        out.bytes(protocol, layout.protocol.clone());
    }
    out.enter_trailer();
    out.bytes(&TRAILER, view.trailer_start()..view.bytes.len());
}

fn expand_address(layout: &Layout, bytes: &[u8], out: &mut Expander<'_>) {
    let stated = number(bytes, &layout.address_length).unwrap_or(0);
    let length = usize::try_from(stated).map_or(ADDRESS_ROOM, |length| length.min(ADDRESS_ROOM));
    let definition = match stated {
        4 => &SOURCE_IPV4,
        6 => &SOURCE_MAC,
        _ => &SOURCE_OTHER,
    };
    let end = layout.address + length;
    out.bytes(definition, layout.address..end);
    out.bytes(&UNUSED, end..layout.address + ADDRESS_ROOM);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let layout = Layout::of(view.frame.link_type);
    let packet_type = number(view.bytes, &layout.packet_type);
    out.push_str(packet_type.and_then(packet_type_name).unwrap_or("other"));
    if let Some((definition, number)) = layout.announced(view.bytes) {
        out.push_str(", ");
        match definition.symbols.of(number) {
            Some(name) => out.push_str(name),
            None => out.put_hex_number(number, 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, seen, seen_of};
    use crate::model::frame::LinkType;

    #[rustfmt::skip]
    const IPV4: [u8; 20] = [
        0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 253, 0xb6, 0x8f,
        192, 168, 1, 7, 192, 168, 1, 6,
    ];

    #[rustfmt::skip]
    const HEADER_1: [u8; 16] = [
        0, 4, 0, 1, // sent by this host, Ethernet
        0, 6, 2, 0, 0, 0, 0, 7, 0, 0, // six bytes of address, two unused
        8, 0, // IPv4
    ];

    #[rustfmt::skip]
    const HEADER_2: [u8; 20] = [
        8, 0, 0, 0, // IPv4, reserved
        0, 0, 0, 3, // third interface
        0, 1, 4, 6, // Ethernet, sent by this host, six bytes of address
        2, 0, 0, 0, 0, 7, 0, 0,
    ];

    /// A frame of version 1 with this type of interface, address length and protocol.
    fn version_1(hardware: u16, length: u8, protocol: u16, payload: &[u8]) -> Seen {
        let mut frame = HEADER_1.to_vec();
        frame.splice(2..4, hardware.to_be_bytes());
        frame[5] = length;
        frame.splice(14..16, protocol.to_be_bytes());
        frame.extend(payload);
        seen(LinkType::LINUX_SLL, &frame)
    }

    #[test]
    fn version_1_says_who_sent_what_on_which_kind_of_link() {
        let seen = seen(LinkType::LINUX_SLL, &[&HEADER_1[..], &IPV4].concat());
        assert_eq!(seen.layers, ["sll", "ip"]);
        assert_eq!(
            seen.fields("sll"),
            [
                "sll.pkttype 4 (sent by this host)",
                "sll.hatype 1 (Ethernet)",
                "sll.halen 6",
                "sll.src.eth 02:00:00:00:00:07",
                "sll.unused 00:00",
                "sll.etype 0x800 (IPv4)",
            ]
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn version_2_says_which_interface_too() {
        let seen = seen(LinkType::LINUX_SLL2, &[&HEADER_2[..], &IPV4].concat());
        assert_eq!(seen.layers, ["sll", "ip"]);
        assert_eq!(
            seen.fields("sll"),
            [
                "sll.etype 0x800 (IPv4)",
                "sll.reserved 00:00",
                "sll.ifindex 3",
                "sll.hatype 1 (Ethernet)",
                "sll.pkttype 4 (sent by this host)",
                "sll.halen 6",
                "sll.src.eth 02:00:00:00:00:07",
                "sll.unused 00:00",
            ]
        );
    }

    #[test]
    fn an_address_is_of_the_kind_that_its_length_tells() {
        let address = |length| {
            let seen = version_1(1, length, 0x0800, &IPV4);
            seen.chosen("sll", &["sll.src", "sll.unused"]).join(", ")
        };
        assert_eq!(address(0), "sll.unused 02:00:00:00:00:07:00:00");
        assert_eq!(address(4), "sll.src.ipv4 2.0.0.0, sll.unused 00:07:00:00");
        assert_eq!(address(8), "sll.src.other 02:00:00:00:00:07:00:00");
        assert_eq!(address(20), "sll.src.other 02:00:00:00:00:07:00:00");
    }

    #[test]
    fn small_protocol_numbers_are_linuxs_own() {
        let llc = version_1(1, 6, 4, &[0xe0, 0xe0, 0x7f]);
        assert_eq!(llc.layers, ["sll", "llc"]);
        assert_eq!(
            llc.chosen("sll", &["sll.ltype"]),
            ["sll.ltype 0x4 (802.2 LLC)"]
        );
        let can = version_1(280, 0, 0x0c, &[0; 16]);
        assert_eq!(can.layers, ["sll", "data"]);
        assert_eq!(can.line, "sent by this host, CAN");
    }

    #[test]
    fn some_kinds_of_interface_change_what_the_protocol_means() {
        let gre = version_1(778, 0, 0x0800, &IPV4);
        assert_eq!(gre.layers, ["sll", "ip"]);
        assert_eq!(
            gre.chosen("sll", &["sll.gretype"]),
            ["sll.gretype 0x800 (IPv4)"]
        );
        let netlink = version_1(824, 0, 0x10, &[0; 16]);
        assert_eq!(netlink.layers, ["sll", "data"]);
        assert_eq!(netlink.line, "sent by this host, generic");
        let bridged = version_1(778, 0, 0x6558, &[2; 14]);
        assert_eq!(bridged.layers, ["sll", "eth"]);
        let radio = version_1(803, 0, 0x0800, &[0; 16]);
        assert_eq!(radio.layers, ["sll", "data"]);
    }

    #[test]
    fn what_follows_the_packet_is_a_trailer() {
        let payload = [&IPV4[..], &[0, 0]].concat();
        let seen = version_1(1, 6, 0x0800, &payload);
        assert_eq!(seen.chosen("sll", &["sll.trailer"]), ["sll.trailer 00:00"]);
    }

    #[test]
    fn a_header_that_ends_early_is_shown_as_far_as_it_is_there() {
        let cut = seen_of(LinkType::LINUX_SLL2, &HEADER_2[..13], 60);
        assert_eq!(
            cut.faults,
            ["cut by the capture: 13 of 20 bytes were kept (not an error on the wire)"]
        );
        assert_eq!(cut.chosen("sll", &["sll.halen"]), ["sll.halen 6"]);
        let short = seen(LinkType::LINUX_SLL, &HEADER_1[..3]);
        assert_eq!(
            short.fields("sll"),
            ["sll.pkttype 4 (sent by this host)", "data.gap 00"]
        );
    }
}
