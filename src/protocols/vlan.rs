//! The tag of a virtual LAN (IEEE 802.1Q): which of the networks that share this cable a frame is on.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Prio|D|    VLAN identifier    |     EtherType, or length      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! On the wire the tag begins two bytes earlier, with its own `EtherType` 0x8100; as all tools do, that
//! one is shown as the type of the frame around, and the type behind the tag as the tag's.

use etherparse::SingleVlanHeaderSlice;

use super::ethernet::{GREATEST_LENGTH, ether_type_name};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::{LayerView, Rest};
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const IEEE_802_1Q: &str = "802.1Q-2022";
const IEEE_802_3: &str = "802.3-2022";

static PRIORITY: FieldDef = FieldDef::decimal("vlan.priority", "Priority")
    .at_bits(0, 3)
    .named(PRIORITY_NAMES)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("Which of eight queues a switch puts the frame in; 0 is ordinary traffic, and 1 ranks below it.");

static DROP_ELIGIBLE: FieldDef = FieldDef::flag("vlan.dei", "Drop eligible")
    .at_bits(3, 1)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("Whether a switch whose queues are full should drop this frame before others; nearly always 0.");

static IDENTIFIER: FieldDef = FieldDef::decimal("vlan.id", "VLAN identifier")
    .at_bits(4, 12)
    .named(IDENTIFIER_NAMES)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("The number of the virtual network, 1 to 4094: switches let frames of one network out only where that network is configured.");

static TYPE: FieldDef = FieldDef::hex("vlan.etype", "Type")
    .named_by(ether_type_name)
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning("Which protocol is behind the tag (EtherType): what the frame's own type would be without the tag.");

static LENGTH: FieldDef = FieldDef::decimal("vlan.len", "Length")
    .unit("bytes")
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning("A number up to 1500 here is the length of what is behind the tag: an IEEE 802.3 frame, with an LLC header next.");

/// An IEEE 802.1Q tag.
pub static PROTOCOL: Protocol = Protocol {
    name: "vlan",
    label: "VLAN",
    title: "802.1Q Virtual LAN",
    purpose: "Says which of several virtual networks on the same cables and switches a frame belongs to.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::Ieee(IEEE_802_1Q, "9")],
    parents: &[
        Selector::EtherType(0x8100),
        // What vendors stacked tags with before IEEE 802.1ad gave the outer one a type of its own.
        Selector::EtherType(0x9100),
    ],
    fields: &[&PRIORITY, &DROP_ELIGIBLE, &IDENTIFIER, &TYPE, &LENGTH],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

const HEADER_LENGTH: usize = 4;

/// Measures a tag of this kind or of IEEE 802.1ad: both have one form.
///
/// A tag is put into a frame and has no end of its own: what follows the payload is Ethernet's.
pub fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let Ok(header) = SingleVlanHeaderSlice::from_slice(bytes) else {
        return room.too_short(HEADER_LENGTH);
    };
    let number = header.ether_type().0;
    if number <= GREATEST_LENGTH {
        let llc = Next::selected(Selector::Llc);
        return Measure::header(HEADER_LENGTH, llc).with_payload(number);
    }
    let next = Next::selected(Selector::EtherType(number));
    Measure::header(HEADER_LENGTH, next).with_rest(Rest::Left)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(type_or_length(view, &TYPE, &LENGTH), 2..HEADER_LENGTH);
}

/// Which of the two a tag's last field is.
pub fn type_or_length(
    view: &LayerView<'_>,
    ether_type: &'static FieldDef,
    length: &'static FieldDef,
) -> &'static FieldDef {
    match bits::u16_at(view.bytes, 2) {
        Some(number) if number <= GREATEST_LENGTH => length,
        _ => ether_type,
    }
}

/// Appends the summary of a tag: `VLAN 7, priority 5`.
pub fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Ok(header) = SingleVlanHeaderSlice::from_slice(view.bytes) else {
        return;
    };
    out.push_str("VLAN ");
    out.put_number(u64::from(header.vlan_identifier().value()));
    let priority = header.priority_code_point().value();
    if priority > 0 {
        out.push_str(", priority ");
        out.put_number(u64::from(priority));
    }
}

/// The traffic types that priorities are recommended for (IEEE 802.1Q-2022, annex I).
pub const PRIORITY_NAMES: &[(u64, &str)] = &[
    (0, "best effort"),
    (1, "background"),
    (2, "excellent effort"),
    (3, "critical applications"),
    (4, "video"),
    (5, "voice"),
    (6, "internetwork control"),
    (7, "network control"),
];

/// The identifiers with a meaning of their own (IEEE 802.1Q-2022, table 9-2).
pub const IDENTIFIER_NAMES: &[(u64, &str)] = &[
    (0, "none: the tag gives a priority only"),
    (1, "what switches use by default"),
    (4095, "reserved"),
];

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ethernet, seen, seen_of};
    use crate::model::frame::LinkType;

    /// Priority 5, drop eligible, VLAN 7, ARP inside.
    const TAG: [u8; 4] = [0xb0, 0x07, 0x08, 0x06];

    #[rustfmt::skip]
    const ARP: [u8; 28] = [
        0, 1, 8, 0, 6, 4, 0, 1, // request for an IPv4 address on Ethernet
        2, 0, 0, 0, 0, 7, 192, 168, 1, 7,
        0, 0, 0, 0, 0, 0, 192, 168, 1, 6,
    ];

    #[test]
    fn a_tag_says_its_network_and_what_is_behind_it() {
        let frame = in_ethernet(0x8100, &[&TAG[..], &ARP].concat());
        let seen = seen(LinkType::ETHERNET, &frame);
        assert_eq!(seen.layers, ["eth", "vlan", "arp"]);
        assert_eq!(
            seen.fields("vlan"),
            [
                "vlan.priority 5 (voice)",
                "vlan.dei 1",
                "vlan.id 7",
                "vlan.etype 0x806 (ARP)",
            ]
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn what_follows_a_tagged_packet_is_ethernets_padding_and_trailer() {
        let payload = [&TAG[..], &ARP, &[0; 14], &[1, 2, 3, 4]].concat();
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x8100, &payload));
        assert_eq!(
            seen.chosen("eth", &["eth.padding", "eth.trailer"]),
            [
                "eth.padding 00:00:00:00:00:00:00:00:00:00:00:00:00:00",
                "eth.trailer 01:02:03:04",
            ]
        );
        assert_eq!(seen.fields("vlan").len(), 4);
    }

    #[test]
    fn a_length_behind_a_tag_bounds_an_llc_frame() {
        let payload = [0, 7, 0, 3, 0xe0, 0xe0, 0x7f, 9, 9];
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x8100, &payload));
        assert_eq!(seen.chosen("vlan", &["vlan.len"]), ["vlan.len 3"]);
        assert_eq!(seen.chosen("eth", &["eth.trailer"]), ["eth.trailer 09:09"]);
    }

    #[test]
    fn tags_stack_in_the_way_of_before_802_1ad() {
        let payload = [&[0, 100, 0x81, 0x00][..], &TAG, &ARP].concat();
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x9100, &payload));
        assert_eq!(seen.layers, ["eth", "vlan", "vlan", "arp"]);
        assert_eq!(
            seen.chosen("vlan", &["vlan.id"]),
            ["vlan.id 100", "vlan.id 7"]
        );
    }

    #[test]
    fn a_tag_cut_in_two_is_shown_as_far_as_it_is_there() {
        let frame = in_ethernet(0x8100, &TAG[..3]);
        let cut = seen_of(LinkType::ETHERNET, &frame, 46);
        assert_eq!(
            cut.faults,
            ["cut by the capture: 3 of 4 bytes were kept (not an error on the wire)"]
        );
        let short = seen(LinkType::ETHERNET, &frame);
        assert_eq!(
            short.faults,
            ["needs 4 bytes, but by the frame's length on the wire there are 3"]
        );
        assert_eq!(
            short.fields("vlan"),
            [
                "vlan.priority 5 (voice)",
                "vlan.dei 1",
                "vlan.id 7",
                "data.gap 08",
            ]
        );
    }
}
