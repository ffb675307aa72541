//! Ethernet II and IEEE 802.3 frames: who on this link sent the frame, who is to take it, what is in it.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       Destination address                     |
//! +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                               |         Source address        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     EtherType, or length      |   payload ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use etherparse::Ethernet2HeaderSlice;

use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::frame::LinkType;
use crate::model::layer::{LayerView, Rest};
use crate::model::protocol::{Endpoints, Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const IEEE_802_3: &str = "802.3-2022";

static DESTINATION: FieldDef = FieldDef::mac("eth.dst", "Destination")
    .at(0, 6)
    .joint("eth.addr")
    .source(Source::Ieee(IEEE_802_3, "3.2.3"))
    .meaning("The hardware address of the network card on this link that is to take the frame; ff:ff:ff:ff:ff:ff means all of them.");

static DESTINATION_LOCAL: FieldDef = FieldDef::flag("eth.dst.lg", "Locally administered")
    .at_bits(6, 1)
    .detail()
    .named(&[(0, "unique worldwide, given by the maker"), (1, "chosen locally")])
    .source(Source::Ieee(IEEE_802_3, "3.2.3"))
    .meaning("Whether the address was chosen on this network rather than burnt in by the maker of the card.");

static DESTINATION_GROUP: FieldDef = FieldDef::flag("eth.dst.ig", "Group")
    .at_bits(7, 1)
    .detail()
    .named(&[(0, "one card (unicast)"), (1, "a group of cards (multicast or broadcast)")])
    .source(Source::Ieee(IEEE_802_3, "3.2.3"))
    .meaning("Whether the frame is for one card or for a group of them; the first bit of the address on the wire.");

static SOURCE: FieldDef = FieldDef::mac("eth.src", "Source")
    .at(6, 6)
    .joint("eth.addr")
    .source(Source::Ieee(IEEE_802_3, "3.2.4"))
    .meaning("The hardware address of the network card that put the frame on this link; it changes at every router.");

static SOURCE_LOCAL: FieldDef = FieldDef::flag("eth.src.lg", "Locally administered")
    .at_bits(54, 1)
    .detail()
    .named(&[(0, "unique worldwide, given by the maker"), (1, "chosen locally")])
    .source(Source::Ieee(IEEE_802_3, "3.2.4"))
    .meaning("Whether the sender's address was chosen on this network rather than burnt in by the maker of the card.");

static SOURCE_GROUP: FieldDef = FieldDef::flag("eth.src.ig", "Group")
    .at_bits(55, 1)
    .detail()
    .named(&[
        (0, "one card (unicast)"),
        (1, "a group: not allowed for a sender"),
    ])
    .source(Source::Ieee(IEEE_802_3, "3.2.4"))
    .meaning("Zero in every ordinary frame: a frame is sent by one card, never by a group.");

static TYPE: FieldDef = FieldDef::hex("eth.type", "Type")
    .named_by(ether_type_name)
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning("Which protocol the payload belongs to (EtherType): 0x0800 for IPv4, 0x0806 for ARP, 0x86dd for IPv6.");

static LENGTH: FieldDef = FieldDef::decimal("eth.len", "Length")
    .unit("bytes")
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning("A number up to 1500 here is not a type but the length of the payload: an IEEE 802.3 frame, with an LLC header inside.");

static PADDING: FieldDef = FieldDef::bytes("eth.padding", "Padding")
    .source(Source::Ieee(IEEE_802_3, "3.2.8"))
    .meaning("Zeros that bring a short frame to the least length of 60 bytes (64 with FCS); a sender's own capture shows the frame before they are added.");

static TRAILER: FieldDef = FieldDef::bytes("eth.trailer", "Trailer")
    .source(Source::Ieee(IEEE_802_3, "3.2.7"))
    .meaning("Bytes after the packet that its own length does not count: left over by a card or a driver, or the FCS.");

/// Ethernet.
pub static PROTOCOL: Protocol = Protocol {
    name: "eth",
    label: "Ethernet",
    title: "Ethernet",
    purpose: "Carries a frame from one network card to another on the same link.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::Ieee(IEEE_802_3, "3"), Source::Rfc(894, "")],
    parents: &[
        Selector::Link(LinkType::ETHERNET),
        // Transparent Ethernet bridging: a whole frame inside a tunnel.
        Selector::EtherType(0x6558),
    ],
    fields: &[
        &DESTINATION,
        &DESTINATION_LOCAL,
        &DESTINATION_GROUP,
        &SOURCE,
        &SOURCE_LOCAL,
        &SOURCE_GROUP,
        &TYPE,
        &LENGTH,
        &PADDING,
        &TRAILER,
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

/// The least length of an Ethernet frame without its FCS, in bytes (IEEE 802.3, clause 4.2.3.3).
pub const LEAST_LENGTH: usize = 60;

/// Values of the type field up to this are lengths (IEEE 802.3, clause 3.2.6).
pub const GREATEST_LENGTH: u16 = 1500;

const HEADER_LENGTH: usize = 14;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let Ok(header) = Ethernet2HeaderSlice::from_slice(bytes) else {
        return room.too_short(HEADER_LENGTH);
    };
    let number = header.ether_type().0;
    if number <= GREATEST_LENGTH {
        let llc = Next::selected(Selector::Llc);
        return Measure::header(HEADER_LENGTH, llc)
            .with_payload(number)
            .with_rest(Rest::Kept);
    }
    Measure::header(HEADER_LENGTH, Next::selected(Selector::EtherType(number)))
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let number = bits::u16_at(view.bytes, 12).unwrap_or(0);
    let type_or_length = if number <= GREATEST_LENGTH {
        &LENGTH
    } else {
        &TYPE
    };
    out.bytes(type_or_length, 12..14);
    out.enter_trailer();
    expand_trailer(view, out);
}

/// Zeros that bring a frame to the least length are padding, anything else is a trailer.
fn expand_trailer(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let (start, end) = (view.trailer_start(), view.bytes.len());
    let padding_end = end.min(LEAST_LENGTH).max(start);
    let padding = view.bytes.get(start..padding_end);
    let is_padding =
        end >= LEAST_LENGTH && padding.is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0));
    let trailer_start = if is_padding { padding_end } else { start };
    out.bytes(&PADDING, start..trailer_start);
    out.bytes(&TRAILER, trailer_start..end);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Some(number) = bits::u16_at(view.bytes, 12) else {
        return;
    };
    out.push_str("type ");
    match ether_type_name(u64::from(number)) {
        Some(name) => out.push_str(name),
        None => out.put_hex_number(u64::from(number), 4),
    }
}

/// The name of an `EtherType`.
pub fn ether_type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x0842 => "Wake-on-LAN",
        0x22f3 => "TRILL",
        0x6558 => "Transparent Ethernet bridging",
        0x8035 => "RARP",
        0x8100 => "802.1Q VLAN",
        0x8137 => "IPX",
        0x86dd => "IPv6",
        0x8808 => "Ethernet flow control",
        0x8809 => "Slow protocols (LACP)",
        0x8847 => "MPLS",
        0x8848 => "MPLS multicast",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE session",
        0x888e => "802.1X authentication",
        0x88a8 => "802.1ad service VLAN",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        0x9100 => "QinQ VLAN (before 802.1ad)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ethernet, seen, seen_of};
    use crate::model::frame::LinkType;

    #[test]
    fn what_an_802_3_length_does_not_cover_is_padding() {
        let frame = in_ethernet(3, &[&[0xe0, 0xe0, 0x7f][..], &[0; 43]].concat());
        let seen = seen(LinkType::ETHERNET, &frame);
        let zeros = ["00"; 43].join(":");
        assert_eq!(
            seen.chosen("eth", &["eth.len", "eth.padding"]),
            ["eth.len 3".to_owned(), format!("eth.padding {zeros}")]
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn a_frame_of_802_3_may_have_nothing_inside_but_a_trailer() {
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0, &[1, 2]));
        assert_eq!(seen.layers, ["eth"]);
        assert_eq!(seen.chosen("eth", &["eth.trailer"]), ["eth.trailer 01:02"]);
    }

    #[test]
    fn an_802_3_length_beyond_the_frame_is_a_fault() {
        let seen = seen(LinkType::ETHERNET, &in_ethernet(100, &[0xe0, 0xe0, 0x7f]));
        assert_eq!(
            seen.faults,
            ["needs 114 bytes, but by the frame's length on the wire there are 17"]
        );
    }

    #[test]
    fn the_bits_of_an_address_that_is_cut_do_not_stand_under_the_address_before() {
        let seen = seen_of(LinkType::ETHERNET, &[2, 0, 0, 0, 0, 6, 2, 0, 0], 60);
        assert_eq!(
            seen.fields("eth"),
            [
                "eth.dst 02:00:00:00:00:06",
                "  - eth.dst.lg 1 (chosen locally)",
                "  - eth.dst.ig 0 (one card (unicast))",
                "data.gap 02:00:00",
                "  - eth.src.lg 1 (chosen locally)",
                "  - eth.src.ig 0 (one card (unicast))",
            ]
        );
    }
}
