//! The service tag of IEEE 802.1ad ("`QinQ`"): a provider's own virtual LAN around its customers' tags.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Prio|D|    VLAN identifier    |     EtherType, or length      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::ethernet::ether_type_name;
use super::vlan;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const IEEE_802_1Q: &str = "802.1Q-2022";
const IEEE_802_3: &str = "802.3-2022";

static PRIORITY: FieldDef = FieldDef::decimal("ieee8021ad.priority", "Priority")
    .at_bits(0, 3)
    .named(vlan::PRIORITY_NAMES)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("Which of eight queues a switch of the provider puts the frame in; often copied from the customer's tag.");

static DROP_ELIGIBLE: FieldDef = FieldDef::flag("ieee8021ad.dei", "Drop eligible")
    .at_bits(3, 1)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("Whether the frame exceeds what its customer has paid for, so that full queues should drop it first.");

static IDENTIFIER: FieldDef = FieldDef::decimal("ieee8021ad.id", "Service VLAN identifier")
    .at_bits(4, 12)
    .named(vlan::IDENTIFIER_NAMES)
    .source(Source::Ieee(IEEE_802_1Q, "9.6"))
    .meaning("The number of the provider's virtual network, usually one for each customer; the customer's own tags stay untouched inside.");

static TYPE: FieldDef = FieldDef::hex("ieee8021ad.etype", "Type")
    .named_by(ether_type_name)
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning(
        "Which protocol is behind the service tag (EtherType); usually 0x8100, the customer's tag.",
    );

static LENGTH: FieldDef = FieldDef::decimal("ieee8021ad.len", "Length")
    .unit("bytes")
    .source(Source::Ieee(IEEE_802_3, "3.2.6"))
    .meaning("A number up to 1500 here is the length of what is behind the service tag: an IEEE 802.3 frame, with an LLC header next.");

/// An IEEE 802.1ad service tag.
pub static PROTOCOL: Protocol = Protocol {
    name: "ieee8021ad",
    label: "S-VLAN",
    title: "802.1ad Service VLAN (QinQ)",
    purpose: "Says which customer's network a frame belongs to, on cables that a provider shares among customers.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Frame,
    },
    sources: &[Source::Ieee(IEEE_802_1Q, "9")],
    parents: &[Selector::EtherType(0x88a8)],
    fields: &[&PRIORITY, &DROP_ELIGIBLE, &IDENTIFIER, &TYPE, &LENGTH],
    endpoints: None,
    measure: Some(vlan::measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(vlan::type_or_length(view, &TYPE, &LENGTH), 2..4);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    out.push_str("service ");
    vlan::summary(view, out);
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ethernet, seen};
    use crate::model::frame::LinkType;

    #[test]
    fn a_service_tag_stands_around_the_customers_tag() {
        let tags = [0x60, 100, 0x81, 0x00, 0x00, 7, 0x99, 0x99, 1, 2];
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x88a8, &tags));
        assert_eq!(seen.layers, ["eth", "ieee8021ad", "vlan", "data"]);
        assert_eq!(
            seen.fields("ieee8021ad"),
            [
                "ieee8021ad.priority 3 (critical applications)",
                "ieee8021ad.dei 0",
                "ieee8021ad.id 100",
                "ieee8021ad.etype 0x8100 (802.1Q VLAN)",
            ]
        );
    }

    #[test]
    fn tags_inside_tags_end_at_the_bound_on_layers() {
        let tags = [0, 1, 0x88, 0xa8].repeat(40);
        let seen = seen(LinkType::ETHERNET, &in_ethernet(0x88a8, &tags));
        assert_eq!(seen.layers.len(), 33);
        assert_eq!(
            seen.faults,
            ["more than 32 layers inside each other: the rest is shown as bytes"]
        );
    }
}
