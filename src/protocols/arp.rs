//! The Address Resolution Protocol: which hardware address on this link has that protocol address?
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Hardware type         |         Protocol type         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Hardware size | Protocol size |            Opcode             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Sender hardware address, sender protocol address,           |
//! |   target hardware address, target protocol address            |
//! |   (6, 4, 6 and 4 bytes for Ethernet and IPv4)                 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use std::ops::Range;

use etherparse::ArpPacketSlice;

use super::ethernet::ether_type_name;
use crate::model::address::put_ipv4;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;

static HARDWARE_TYPE: FieldDef = FieldDef::decimal("arp.hw.type", "Hardware type")
    .at(0, 2)
    .named_by(hardware_name)
    .rfc(826, "")
    .meaning("Which kind of link the hardware addresses are of; 1 for Ethernet (and Wi-Fi).");

static PROTOCOL_TYPE: FieldDef = FieldDef::hex("arp.proto.type", "Protocol type")
    .at(2, 2)
    .named_by(ether_type_name)
    .rfc(826, "")
    .meaning("Whose addresses are asked for; 0x0800 for IPv4, in practice always.");

static HARDWARE_SIZE: FieldDef = FieldDef::decimal("arp.hw.size", "Hardware size")
    .at(4, 1)
    .unit("bytes")
    .rfc(826, "")
    .meaning("How long a hardware address is; 6 for Ethernet.");

static PROTOCOL_SIZE: FieldDef = FieldDef::decimal("arp.proto.size", "Protocol size")
    .at(5, 1)
    .unit("bytes")
    .rfc(826, "")
    .meaning("How long a protocol address is; 4 for IPv4.");

static OPCODE: FieldDef = FieldDef::decimal("arp.opcode", "Opcode")
    .at(6, 2)
    .named_by(opcode_name)
    .rfc(826, "")
    .meaning("Whether this asks or answers; 1 is a request, sent to all, and 2 a reply, sent to the one who asked.");

static IS_GRATUITOUS: FieldDef = FieldDef::flag("arp.isgratuitous", "Gratuitous")
    .computed(|view| shown_if(Packet::of(view.header())?.is_gratuitous()))
    .rfc(5944, "4.6")
    .meaning("Nobody asked: the sender names its own address as the wanted one, so that all refresh what they remember. Computed here, not sent.");

static IS_PROBE: FieldDef = FieldDef::flag("arp.isprobe", "Probe")
    .computed(|view| shown_if(Packet::of(view.header())?.is_probe()))
    .rfc(5227, "2.1.1")
    .meaning("The sender has no address yet (0.0.0.0) and asks whether somebody already uses the one it would like. Computed here, not sent.");

static IS_ANNOUNCEMENT: FieldDef = FieldDef::flag("arp.isannouncement", "Announcement")
    .computed(|view| shown_if(Packet::of(view.header())?.is_announcement()))
    .rfc(5227, "2.3")
    .meaning("The sender says that from now on the address is its own. Computed here, not sent.");

static SENDER_MAC: FieldDef = FieldDef::mac("arp.src.hw_mac", "Sender MAC address")
    .rfc(826, "")
    .meaning("The hardware address of the sender; in a reply this is the answer to the question.");

static SENDER_HARDWARE: FieldDef = FieldDef::bytes("arp.src.hw", "Sender hardware address")
    .rfc(826, "")
    .meaning("The hardware address of the sender on a link that is not Ethernet.");

static SENDER_IPV4: FieldDef = FieldDef::ipv4("arp.src.proto_ipv4", "Sender IPv4 address")
    .rfc(826, "")
    .meaning("The IPv4 address of the sender; 0.0.0.0 while it has none.");

static SENDER_PROTOCOL: FieldDef = FieldDef::bytes("arp.src.proto", "Sender protocol address")
    .rfc(826, "")
    .meaning("The address of the sender in a protocol other than IPv4.");

static TARGET_MAC: FieldDef = FieldDef::mac("arp.dst.hw_mac", "Target MAC address")
    .rfc(826, "")
    .meaning("In a request the unknown that is asked for, so it is all zeros; in a reply the one who asked.");

static TARGET_HARDWARE: FieldDef = FieldDef::bytes("arp.dst.hw", "Target hardware address")
    .rfc(826, "")
    .meaning("The hardware address of the target on a link that is not Ethernet.");

static TARGET_IPV4: FieldDef = FieldDef::ipv4("arp.dst.proto_ipv4", "Target IPv4 address")
    .rfc(826, "")
    .meaning("The IPv4 address whose hardware address is asked for; in a reply that of the one who asked.");

static TARGET_PROTOCOL: FieldDef = FieldDef::bytes("arp.dst.proto", "Target protocol address")
    .rfc(826, "")
    .meaning("The address asked for, in a protocol other than IPv4.");

/// ARP.
pub static PROTOCOL: Protocol = Protocol {
    name: "arp",
    label: "ARP",
    title: "Address Resolution Protocol",
    purpose: "Finds the hardware address on this link that belongs to an IPv4 address, by asking everybody.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(826, ""), Source::Rfc(5227, "")],
    parents: &[Selector::EtherType(0x0806), Selector::EtherType(0x8035)],
    fields: &[
        &HARDWARE_TYPE,
        &PROTOCOL_TYPE,
        &HARDWARE_SIZE,
        &PROTOCOL_SIZE,
        &OPCODE,
        &IS_GRATUITOUS,
        &IS_PROBE,
        &IS_ANNOUNCEMENT,
        &SENDER_MAC,
        &SENDER_HARDWARE,
        &SENDER_IPV4,
        &SENDER_PROTOCOL,
        &TARGET_MAC,
        &TARGET_HARDWARE,
        &TARGET_IPV4,
        &TARGET_PROTOCOL,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// Bytes before the addresses.
const FIXED_LENGTH: usize = 8;

/// Addresses of ATM are arranged differently (RFC 2225, section 8.5), and not taken apart here.
const ATM: u16 = 19;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    if bits::u16_at(bytes, 0) == Some(ATM) && bytes.len() >= FIXED_LENGTH {
        return Measure::header(FIXED_LENGTH, Next::DATA);
    }
    match ArpPacketSlice::from_slice(bytes) {
        Ok(packet) => Measure::header(packet.slice().len(), Next::DATA).with_payload(0),
        Err(short) => room.too_short(short.required_len),
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let Some(packet) = Packet::of(view.header()) else {
        return;
    };
    let (sender_hardware, target_hardware) = if packet.has_macs() {
        (&SENDER_MAC, &TARGET_MAC)
    } else {
        (&SENDER_HARDWARE, &TARGET_HARDWARE)
    };
    let (sender_protocol, target_protocol) = if packet.has_ipv4() {
        (&SENDER_IPV4, &TARGET_IPV4)
    } else {
        (&SENDER_PROTOCOL, &TARGET_PROTOCOL)
    };
    let [first, second, third, fourth] = packet.places();
    out.bytes(sender_hardware, first);
    out.bytes(sender_protocol, second);
    out.bytes(target_hardware, third);
    out.bytes(target_protocol, fourth);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Some(packet) = Packet::of(view.header()) else {
        return;
    };
    let [mac, address, _, wanted] = packet.places();
    if packet.is_probe() {
        out.push_str("who has ");
        packet.push_address(wanted, out);
        out.push_str("? (probe: the sender would like to use it)");
    } else if packet.is_announcement() || packet.is_gratuitous() {
        packet.push_address(address, out);
        out.push_str(" is at ");
        packet.push_bytes(mac, out);
        out.push_str(if packet.is_announcement() {
            " (announcement: nobody asked)"
        } else {
            " (gratuitous: nobody asked)"
        });
    } else if packet.opcode == REQUEST {
        out.push_str("who has ");
        packet.push_address(wanted, out);
        out.push_str("? tell ");
        packet.push_address(address, out);
    } else if packet.opcode == REPLY {
        packet.push_address(address, out);
        out.push_str(" is at ");
        packet.push_bytes(mac, out);
    } else if let Some(name) = opcode_name(packet.opcode.into()) {
        out.push_str(name);
    } else {
        out.push_str("opcode ");
        out.put_number(packet.opcode.into());
    }
}

/// A packet of which at least the part before the addresses is there; none of ATM.
struct Packet<'a> {
    bytes: &'a [u8],
    hardware_type: u16,
    opcode: u16,
    hardware_size: usize,
    protocol_size: usize,
}

impl<'a> Packet<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let hardware_type = bits::u16_at(bytes, 0)?;
        (hardware_type != ATM).then_some(())?;
        Some(Self {
            bytes,
            hardware_type,
            opcode: bits::u16_at(bytes, 6)?,
            hardware_size: usize::from(*bytes.get(4)?),
            protocol_size: usize::from(*bytes.get(5)?),
        })
    }

    /// Where the addresses are: sender's hardware and protocol address, then the target's.
    fn places(&self) -> [Range<usize>; 4] {
        let mut at = FIXED_LENGTH;
        let sizes = [self.hardware_size, self.protocol_size];
        [sizes[0], sizes[1], sizes[0], sizes[1]].map(|size| {
            at += size;
            at - size..at
        })
    }

    /// Whether the hardware addresses are EUI-48 addresses, of Ethernet or another IEEE 802 link.
    fn has_macs(&self) -> bool {
        matches!(self.hardware_type, 1 | 6) && self.hardware_size == 6
    }

    fn has_ipv4(&self) -> bool {
        bits::u16_at(self.bytes, 2) == Some(0x0800) && self.protocol_size == 4
    }

    /// Whether the sender names its own address as the wanted one.
    fn is_gratuitous(&self) -> bool {
        let [_, sender, _, target] = self.places().map(|place| self.bytes.get(place));
        matches!(self.opcode, REQUEST | REPLY)
            && sender.is_some_and(|address| !address.is_empty())
            && sender == target
    }

    /// Whether the sender, which has no address yet, asks if somebody uses the wanted one.
    fn is_probe(&self) -> bool {
        let [_, sender, target_hardware, _] = self.places();
        self.opcode == REQUEST
            && self.has_ipv4()
            && self.is_zero(sender)
            && self.is_zero(target_hardware)
            && !self.is_gratuitous()
    }

    /// Whether the sender says that the address is its own from now on.
    fn is_announcement(&self) -> bool {
        let [_, _, target_hardware, _] = self.places();
        self.opcode == REQUEST
            && self.has_ipv4()
            && self.is_zero(target_hardware)
            && self.is_gratuitous()
    }

    fn is_zero(&self, place: Range<usize>) -> bool {
        self.bytes
            .get(place)
            .is_some_and(|address| !address.is_empty() && address.iter().all(|byte| *byte == 0))
    }

    fn push_address(&self, place: Range<usize>, out: &mut Draft) {
        let octets = self.bytes.get(place.clone());
        match octets.and_then(|octets| <[u8; 4]>::try_from(octets).ok()) {
            Some(octets) if self.has_ipv4() => put_ipv4(out, octets.into()),
            _ => self.push_bytes(place, out),
        }
    }

    fn push_bytes(&self, place: Range<usize>, out: &mut Draft) {
        match self.bytes.get(place) {
            Some([]) => out.push_str("(no address)"),
            Some(bytes) => text::put_hex_bytes(out, bytes),
            None => out.push_str("(cut off)"),
        }
    }
}

/// A flag that is shown only when it is set, as most packets are none of these.
fn shown_if(set: bool) -> Option<u64> {
    set.then_some(1)
}

const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// The name of an opcode (IANA "Address Resolution Protocol (ARP) Parameters").
fn opcode_name(opcode: u64) -> Option<&'static str> {
    Some(match opcode {
        1 => "request",
        2 => "reply",
        3 => "reverse request (RARP)",
        4 => "reverse reply (RARP)",
        5 => "dynamic reverse request (DRARP)",
        6 => "dynamic reverse reply (DRARP)",
        7 => "dynamic reverse error (DRARP)",
        8 => "inverse request (InARP)",
        9 => "inverse reply (InARP)",
        10 => "negative acknowledgment (ATMARP)",
        11 => "MARS request",
        12 => "MARS multi",
        13 => "MARS mserv",
        14 => "MARS join",
        15 => "MARS leave",
        16 => "MARS negative acknowledgment",
        17 => "MARS unserv",
        18 => "MARS sjoin",
        19 => "MARS sleave",
        20 => "MARS group list request",
        21 => "MARS group list reply",
        22 => "MARS redirect map",
        23 => "MAPOS unARP",
        24 => "experiment 1",
        25 => "experiment 2",
        _ => return None,
    })
}

/// The name of a hardware type (IANA "Address Resolution Protocol (ARP) Parameters").
pub fn hardware_name(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "Ethernet",
        2 => "Experimental Ethernet",
        3 => "Amateur radio AX.25",
        4 => "Proteon ProNET token ring",
        5 => "Chaosnet",
        6 => "IEEE 802 networks",
        7 => "ARCNET",
        8 => "Hyperchannel",
        9 => "Lanstar",
        10 => "Autonet short address",
        11 => "LocalTalk",
        12 => "LocalNet",
        13 => "Ultra link",
        14 => "SMDS",
        15 => "Frame relay",
        16 | 19 | 21 => "ATM",
        17 => "HDLC",
        18 => "Fibre Channel",
        20 => "Serial line",
        22 => "MIL-STD-188-220",
        23 => "Metricom",
        24 => "IEEE 1394 (FireWire)",
        25 => "MAPOS",
        26 => "Twinaxial",
        27 => "EUI-64",
        28 => "HIPARP",
        29 => "ISO 7816-3 smart card",
        30 => "ARPSec",
        31 => "IPsec tunnel",
        32 => "InfiniBand",
        33 => "TIA-102 project 25",
        34 => "Wiegand interface",
        35 => "Pure IP",
        36 => "Experiment 1",
        37 => "HFI",
        38 => "Unified bus",
        256 => "Experiment 2",
        257 => "AEthernet",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ethernet, seen, seen_of};
    use crate::model::frame::LinkType;

    const REQUEST: [u8; 28] = [
        0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01, // Ethernet, IPv4, request
        0x02, 0x00, 0x00, 0x00, 0x00, 0x07, 192, 168, 1, 7, // sender
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 192, 168, 1, 6, // target
    ];

    fn line(packet: &[u8]) -> String {
        seen(LinkType::ETHERNET, &in_ethernet(0x0806, packet)).line
    }

    fn changed(changes: &[(usize, u8)]) -> [u8; 28] {
        let mut packet = REQUEST;
        for (at, byte) in changes {
            packet[*at] = *byte;
        }
        packet
    }

    #[test]
    fn a_request_asks_who_has_an_address() {
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x0806, &REQUEST));
        assert_eq!(seen.line, "who has 192.168.1.6? tell 192.168.1.7");
        assert_eq!(
            seen.fields("arp"),
            [
                "arp.hw.type 1 (Ethernet)",
                "arp.proto.type 0x800 (IPv4)",
                "arp.hw.size 6",
                "arp.proto.size 4",
                "arp.opcode 1 (request)",
                "arp.src.hw_mac 02:00:00:00:00:07",
                "arp.src.proto_ipv4 192.168.1.7",
                "arp.dst.hw_mac 00:00:00:00:00:00",
                "arp.dst.proto_ipv4 192.168.1.6",
            ]
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn a_reply_says_where_an_address_is() {
        let reply = changed(&[(7, 2), (23, 6)]);
        assert_eq!(line(&reply), "192.168.1.7 is at 02:00:00:00:00:07");
    }

    #[test]
    fn probes_and_announcements_are_told_apart_from_questions() {
        let probe = changed(&[(14, 0), (15, 0), (16, 0), (17, 0)]);
        let announcement = changed(&[(27, 7)]);
        let gratuitous_reply = changed(&[(7, 2), (27, 7)]);
        let flags = |packet: &[u8]| {
            let seen = seen(LinkType::ETHERNET, &in_ethernet(0x0806, packet));
            seen.chosen("arp", &["arp.is"]).join(", ")
        };
        assert_eq!(flags(&REQUEST), "");
        assert_eq!(flags(&probe), "= arp.isprobe 1");
        assert_eq!(
            flags(&announcement),
            "= arp.isgratuitous 1, = arp.isannouncement 1"
        );
        assert_eq!(flags(&gratuitous_reply), "= arp.isgratuitous 1");
        assert_eq!(
            line(&probe),
            "who has 192.168.1.6? (probe: the sender would like to use it)"
        );
        assert_eq!(
            line(&announcement),
            "192.168.1.7 is at 02:00:00:00:00:07 (announcement: nobody asked)"
        );
        assert_eq!(
            line(&gratuitous_reply),
            "192.168.1.7 is at 02:00:00:00:00:07 (gratuitous: nobody asked)"
        );
    }

    #[test]
    fn addresses_of_other_kinds_are_shown_as_bytes() {
        let arcnet = [
            0, 7, 0x08, 0x05, 1, 2, 0, 1, 0x0a, 0x01, 0x02, 0x0b, 0x03, 0x04,
        ];
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x0806, &arcnet));
        assert_eq!(
            seen.chosen("arp", &["arp.src", "arp.dst"]),
            [
                "arp.src.hw 0a",
                "arp.src.proto 01:02",
                "arp.dst.hw 0b",
                "arp.dst.proto 03:04"
            ]
        );
        assert_eq!(seen.line, "who has 03:04? tell 01:02");
    }

    #[test]
    fn a_packet_cut_in_its_addresses_still_shows_who_sent_it() {
        let frame = in_ethernet(0x0806, &REQUEST[..20]);
        let seen = seen_of(LinkType::ETHERNET, &frame, 42);
        assert_eq!(
            seen.chosen("arp", &["arp.src", "arp.dst"]),
            [
                "arp.src.hw_mac 02:00:00:00:00:07",
                "arp.src.proto_ipv4 192.168.1.7"
            ]
        );
        assert_eq!(
            seen.faults,
            ["cut by the capture: 20 of 28 bytes were kept (not an error on the wire)"]
        );
    }

    #[test]
    fn padding_behind_a_packet_belongs_to_the_frame() {
        let mut frame = in_ethernet(0x0806, &REQUEST);
        frame.resize(60, 0);
        let seen = seen(LinkType::ETHERNET, &frame);
        assert_eq!(seen.layers, ["eth", "arp"]);
        assert_eq!(seen.chosen("eth", &["eth.padding"]).len(), 1);
    }
}
