//! Logical link control (IEEE 802.2): which program of a station an IEEE 802.3 frame is for; and its
//! extension SNAP, which names the protocol as Ethernet II does.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |    DSAP     |G|    SSAP     |R| M M M |P| M M |1 1|             U
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!                                 |reserved| S S |0 1|   N(R)    |P|  S
//!                                 |    N(S)        |0|   N(R)    |P|  I
//!                                 +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! With both SAPs 0xaa (SNAP), behind the control field:
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |            Organization code (OUI)            |       Type or protocol        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::ethernet::ether_type_name;
use super::llc_control::{self, Control};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const IEEE_802_2: &str = "802.2-1998";

static DESTINATION: FieldDef = FieldDef::hex("llc.dsap", "Destination service access point")
    .at(0, 1)
    .group()
    .named_by(sap_name)
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning("Which program above the link is to take the frame, as a port number is for UDP: 0x42 spanning tree, 0xaa SNAP.");

static DESTINATION_SAP: FieldDef = FieldDef::decimal("llc.dsap.sap", "Access point")
    .at_bits(0, 7)
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning("The number of the destination without its last bit, so half of what people write.");

static DESTINATION_GROUP: FieldDef = FieldDef::flag("llc.dsap.ig", "Group")
    .at_bits(7, 1)
    .named(&[(0, "one access point"), (1, "a group of them")])
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning(
        "Whether one program or a group of them is to take the frame; 0xff as a whole means all.",
    );

static SOURCE: FieldDef = FieldDef::hex("llc.ssap", "Source service access point")
    .at(1, 1)
    .group()
    .named_by(sap_name)
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning("Which program above the link sent the frame; nearly always the same number as the destination's.");

static SOURCE_SAP: FieldDef = FieldDef::decimal("llc.ssap.sap", "Access point")
    .at_bits(8, 7)
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning("The number of the source without its last bit, so half of what people write.");

static RESPONSE: FieldDef = FieldDef::flag("llc.ssap.cr", "Response")
    .at_bits(15, 1)
    .named(&[(0, "command"), (1, "response")])
    .source(Source::Ieee(IEEE_802_2, "3.3.1"))
    .meaning("Whether the frame asks something of the other side or answers; a source is never a group, so its last bit is free for this.");

static ORGANIZATION: FieldDef = FieldDef::hex("llc.oui", "Organization code")
    .named_by(organization_name)
    .rfc(1042, "")
    .meaning("Who numbered the protocol that follows: 0 means that the number is an Ethernet type, anything else a maker.");

static TYPE: FieldDef = FieldDef::hex("llc.type", "Type")
    .named_by(ether_type_name)
    .rfc(1042, "")
    .meaning(
        "Which protocol the payload belongs to, by the numbers of Ethernet II: 0x0800 for IPv4.",
    );

static CISCO_PROTOCOL: FieldDef = FieldDef::hex("llc.cisco_pid", "Cisco protocol")
    .named(&[
        (0x0102, "DRiP"),
        (0x0104, "port aggregation (PAgP)"),
        (0x0105, "MLS hello"),
        (0x010b, "spanning tree per VLAN (PVST+)"),
        (0x010c, "VLAN bridge"),
        (0x0111, "link failure detection (UDLD)"),
        (0x2000, "Cisco discovery (CDP)"),
        (0x2003, "VLAN trunking (VTP)"),
        (0x2004, "dynamic trunking (DTP)"),
    ])
    .rfc(1042, "")
    .meaning("Which of Cisco's protocols between neighbouring switches the payload belongs to.");

static APPLE_PROTOCOL: FieldDef = FieldDef::hex("llc.apple_atalk_pid", "AppleTalk protocol")
    .named(&[(0x809b, "AppleTalk")])
    .rfc(1042, "")
    .meaning("Which of Apple's protocols of the 1980s and 1990s the payload belongs to.");

static IANA_PROTOCOL: FieldDef = FieldDef::hex("llc.iana_pid", "IANA protocol")
    .source(Source::Iana("IANA OUI Ethernet Numbers"))
    .meaning(
        "Which protocol the payload belongs to, by the numbers that IANA gives under its own code.",
    );

static PROTOCOL_ID: FieldDef = FieldDef::hex("llc.pid", "Protocol").rfc(1042, "").meaning(
    "Which protocol the payload belongs to, by the numbers of the organization before it.",
);

/// IEEE 802.2 LLC, with SNAP.
pub static PROTOCOL: Protocol = Protocol {
    name: "llc",
    label: "LLC",
    title: "Logical Link Control (IEEE 802.2)",
    purpose: "Says which program above the link a frame with a length instead of a type is for.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::Ieee(IEEE_802_2, ""), Source::Rfc(1042, "")],
    parents: &[Selector::Llc],
    fields: &[
        &DESTINATION,
        &DESTINATION_SAP,
        &DESTINATION_GROUP,
        &SOURCE,
        &SOURCE_SAP,
        &RESPONSE,
        &llc_control::CONTROL,
        &llc_control::MODIFIER_HIGH,
        &llc_control::MODIFIER_LOW,
        &llc_control::COMMAND,
        &llc_control::RESPONSE,
        &llc_control::RESERVED,
        &llc_control::SUPERVISION,
        &llc_control::SEND_NUMBER,
        &llc_control::FRAME_TYPE,
        &llc_control::RECEIVE_NUMBER,
        &llc_control::POLL,
        &llc_control::FINAL,
        &llc_control::NO_POLL,
        &ORGANIZATION,
        &TYPE,
        &CISCO_PROTOCOL,
        &APPLE_PROTOCOL,
        &IANA_PROTOCOL,
        &PROTOCOL_ID,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// The two access points and the first byte of the control field.
const LEAST_LENGTH: usize = 3;
const SNAP_LENGTH: usize = 5;
const SNAP_SAP: u8 = 0xaa;

/// A header as far as it can be read.
struct Header<'a> {
    destination: u8,
    source: u8,
    control: Control,
    /// Its bytes behind the control field.
    behind: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the start of an LLC frame; `None` when it is too short for its control field.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let ([destination, source], rest) = bytes.split_first_chunk()?;
        let (control, behind) = Control::read(rest)?;
        Some(Self {
            destination: *destination,
            source: *source,
            control,
            behind,
        })
    }

    /// Whether a SNAP header follows; where the frame carries no information there is none.
    fn is_snap(&self) -> bool {
        self.destination == SNAP_SAP
            && self.source == SNAP_SAP
            && self.control.carries_information()
    }

    fn length(&self) -> usize {
        let snap = if self.is_snap() { SNAP_LENGTH } else { 0 };
        2 + self.control.length() + snap
    }

    /// The organization code and the protocol number of its SNAP header.
    fn snap(&self) -> Option<(u32, u16)> {
        let [high, middle, low] = *self.behind.first_chunk()?;
        let organization = u32::from_be_bytes([0, high, middle, low]);
        let protocol = bits::u16_at(self.behind, 3)?;
        self.is_snap().then_some((organization, protocol))
    }

    fn next(&self) -> Next {
        match self.snap() {
            Some((organization, protocol)) if is_ethernet(organization) => {
                Next::selected(Selector::EtherType(protocol))
            }
            None if self.control.carries_information() && self.destination == self.source => {
                Next::selected(Selector::LlcSap(self.destination))
            }
            _ => Next::DATA,
        }
    }
}

/// Whether the protocol numbers of an organization are Ethernet types.
fn is_ethernet(organization: u32) -> bool {
    matches!(organization, 0 | 0x00_00f8)
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    match Header::read(bytes) {
        Some(header) if bytes.len() >= header.length() => {
            Measure::header(header.length(), header.next())
        }
        Some(header) => room.too_short(header.length()),
        None => room.too_short(LEAST_LENGTH.max(bytes.len() + 1)),
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let Some(header) = Header::read(view.header()) else {
        return;
    };
    let is_response = header.source & 1 == 1;
    llc_control::expand(header.control, is_response, 2, out);
    if let Some((organization, _)) = header.snap() {
        let at = 2 + header.control.length();
        out.bytes(&ORGANIZATION, at..at + 3);
        out.bytes(protocol_field(organization), at + 3..at + SNAP_LENGTH);
    }
}

fn protocol_field(organization: u32) -> &'static FieldDef {
    match organization {
        organization if is_ethernet(organization) => &TYPE,
        0x00_000c => &CISCO_PROTOCOL,
        0x08_0007 => &APPLE_PROTOCOL,
        0x00_005e => &IANA_PROTOCOL,
        _ => &PROTOCOL_ID,
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Some(header) = Header::read(view.header()) else {
        return;
    };
    let Some((organization, protocol)) = header.snap() else {
        push_sap(header.destination, out);
        out.push_str("  ");
        header.control.push_summary(header.source & 1 == 1, out);
        return;
    };
    out.push_str("SNAP ");
    let definition = protocol_field(organization);
    if std::ptr::eq(definition, &raw const PROTOCOL_ID) {
        out.push_str("organization ");
        out.put_hex_number(u64::from(organization), 6);
        out.push_str(" protocol ");
    }
    match definition.symbols.of(u64::from(protocol)) {
        Some(name) => out.push_str(name),
        None => out.put_hex_number(u64::from(protocol), 4),
    }
}

fn push_sap(number: u8, out: &mut Draft) {
    match sap_name(u64::from(number)) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("SAP ");
            out.put_hex_number(u64::from(number), 2);
        }
    }
}

/// The name of a service access point, whatever its last bit says.
fn sap_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0xff => "all access points",
        _ => match number & 0xfe {
            0x00 => "the link layer itself",
            0x02 => "management of the link layer",
            0x04 => "SNA path control",
            0x06 => "IP",
            0x08 | 0x0c => "SNA",
            0x42 => "spanning tree",
            0x7e => "X.25",
            0x80 => "XNS",
            0x82 => "BACnet",
            0x98 => "ARP",
            0xaa => "SNAP",
            0xbc => "Banyan VINES",
            0xe0 => "NetWare",
            0xf0 => "NetBIOS",
            0xf4 => "IBM network management",
            0xf8 => "HP extended LLC",
            0xfc => "remote program load",
            0xfe => "OSI network layer",
            _ => return None,
        },
    })
}

fn organization_name(code: u64) -> Option<&'static str> {
    Some(match code {
        0 => "an Ethernet type follows",
        0x00_000c => "Cisco",
        0x00_005e => "IANA",
        0x00_00f8 => "an Ethernet type follows, tunnelled by a bridge",
        0x00_80c2 => "IEEE 802.1",
        0x08_0007 => "Apple",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ethernet, seen, seen_of};
    use crate::model::frame::LinkType;

    fn llc(payload: &[u8]) -> Seen {
        let length = u16::try_from(payload.len()).unwrap();
        seen(LinkType::ETHERNET, &in_ethernet(length, payload))
    }

    #[test]
    fn snap_names_the_protocol_as_ethernet_does() {
        #[rustfmt::skip]
        let seen = llc(&[
            0xaa, 0xaa, 0x03, // both access points SNAP; unnumbered information
            0x00, 0x00, 0x00, // an Ethernet type follows
            0x08, 0x06, // ARP
            0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 192, 168, 1, 7,
            0, 0, 0, 0, 0, 0, 192, 168, 1, 6,
        ]);
        assert_eq!(seen.layers, ["eth", "llc", "arp"]);
        assert_eq!(seen.line, "who has 192.168.1.6? tell 192.168.1.7");
        assert_eq!(
            seen.fields("llc"),
            [
                "llc.dsap 0xaa (SNAP)",
                "  llc.dsap.sap 85",
                "  llc.dsap.ig 0 (one access point)",
                "llc.ssap 0xaa (SNAP)",
                "  llc.ssap.sap 85",
                "  llc.ssap.cr 0 (command)",
                "llc.control 0x3",
                "  llc.control.modifier_high 0",
                "  llc.control.pf 0",
                "  llc.control.modifier_low 0",
                "  llc.control.ftype 0x3 (unnumbered)",
                "  = llc.control.u_modifier_cmd 0x0 (unnumbered information, UI)",
                "llc.oui 0x0 (an Ethernet type follows)",
                "llc.type 0x806 (ARP)",
            ]
        );
    }

    #[test]
    fn an_organization_numbers_its_own_protocols() {
        let cisco = llc(&[0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00, 2, 180]);
        assert_eq!(cisco.layers, ["eth", "llc", "data"]);
        assert_eq!(cisco.line, "SNAP Cisco discovery (CDP)");
        let other = llc(&[0xaa, 0xaa, 0x03, 0x12, 0x34, 0x56, 0x77, 0x77]);
        assert_eq!(other.line, "SNAP organization 0x123456 protocol 0x7777");
        assert_eq!(
            other.chosen("llc", &["llc.oui", "llc.pid"]),
            ["llc.oui 0x123456", "llc.pid 0x7777"]
        );
    }

    #[test]
    fn a_test_of_the_link_has_no_snap_header() {
        let test = llc(&[0xaa, 0xaa, 0xf3, 1, 2, 3, 4, 5]);
        assert_eq!(test.layers, ["eth", "llc", "data"]);
        assert!(test.chosen("llc", &["llc.oui"]).is_empty());
        assert_eq!(test.line, "SNAP  TEST command, poll");
    }

    #[test]
    fn two_different_access_points_announce_no_protocol() {
        let seen = llc(&[0xe0, 0xf1, 0x03, 9]);
        assert_eq!(seen.layers, ["eth", "llc", "data"]);
        assert_eq!(seen.line, "NetWare  UI response");
    }

    #[test]
    fn a_header_that_ends_early_says_how_much_it_needs() {
        let needs = |payload: &[u8]| llc(payload).faults.join(", ");
        let by_ethernet = "bytes, but by the frame's length on the wire there are";
        assert_eq!(needs(&[0xaa]), format!("needs 3 {by_ethernet} 1"));
        assert_eq!(
            needs(&[0xf0, 0xf0, 0x01]),
            format!("needs 4 {by_ethernet} 3")
        );
        assert_eq!(
            needs(&[0xaa, 0xaa, 0x03, 0, 0, 0]),
            format!("needs 8 {by_ethernet} 6")
        );
        let cut = seen_of(LinkType::ETHERNET, &in_ethernet(40, &[0xaa, 0xaa]), 60);
        assert_eq!(
            cut.faults,
            ["cut by the capture: 2 of 3 bytes were kept (not an error on the wire)"]
        );
    }
}
