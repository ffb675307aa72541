//! Raw IP: a capture without any link-layer header, as tunnels and telephone links give it. The layer has
//! no bytes; it is here to say so, and to find out which version of IP begins.

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;
use crate::model::frame::LinkType;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static VERSION: FieldDef = FieldDef::decimal("raw.version", "Version found")
    .computed(|view| version(view.bytes).map(u64::from))
    .source(Source::LinkTypes("RAW"))
    .meaning("The first four bits of the packet, by which alone IPv4 and IPv6 are told apart here, since no type stands before them.");

/// Raw IP.
pub static PROTOCOL: Protocol = Protocol {
    name: "raw",
    label: "Raw IP",
    title: "Raw IP (no link layer)",
    purpose: "Says that this capture has no link-layer header: its frames begin with the IP packet.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::LinkTypes("RAW")],
    parents: &[
        Selector::Link(LinkType::RAW),
        Selector::Link(DLT_RAW),
        Selector::Link(DLT_RAW_OPENBSD),
    ],
    fields: &[&VERSION],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// What files hold that were written with a system's own number in place of the registry's.
const DLT_RAW: LinkType = LinkType(12);
const DLT_RAW_OPENBSD: LinkType = LinkType(14);

fn version(bytes: &[u8]) -> Option<u8> {
    bytes.first().map(|first| first >> 4)
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    match version(bytes) {
        Some(4) => Measure::header(0, Next::selected(Selector::EtherType(0x0800))),
        Some(6) => Measure::header(0, Next::selected(Selector::EtherType(0x86dd))),
        _ => {
            let why = "the first four bits are neither 4 nor 6, so this is no version of IP";
            room.blame(FaultKind::BadValue { why });
            Measure::header(0, Next::DATA)
        }
    }
}

fn expand(_: &LayerView<'_>, _: &mut Expander<'_>) {}

fn summary(_: &LayerView<'_>, out: &mut Draft) {
    out.push_str("no link layer in this capture");
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;

    #[rustfmt::skip]
    const IPV4: [u8; 20] = [
        0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 253, 0xb6, 0x8f,
        192, 168, 1, 7, 192, 168, 1, 6,
    ];

    #[test]
    fn the_version_tells_which_ip_a_frame_without_a_link_begins_with() {
        for link in [101, 12, 14] {
            let seen = seen(LinkType(link), &IPV4);
            assert_eq!(seen.layers, ["raw", "ip"]);
            assert_eq!(seen.fields("raw"), ["= raw.version 4"]);
            assert!(seen.faults.is_empty());
        }
        assert_eq!(
            seen(LinkType::RAW, &[0x60; 40]).layers[..2],
            ["raw", "ipv6"]
        );
    }

    #[test]
    fn what_is_no_version_of_ip_is_said_to_be_none() {
        let seen = seen(LinkType::RAW, &[0x50, 1, 2]);
        assert_eq!(seen.layers, ["raw", "data"]);
        assert_eq!(
            seen.faults,
            ["the first four bits are neither 4 nor 6, so this is no version of IP"]
        );
        assert_eq!(
            seen.line,
            "no link layer in this capture  [Raw IP: the first four bits are neither 4 nor 6, so this is no version of IP]"
        );
    }

    #[test]
    fn link_types_of_one_version_need_no_layer_to_say_so() {
        assert_eq!(seen(LinkType::IPV4, &IPV4).layers, ["ip"]);
    }
}
