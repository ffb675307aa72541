//! Bytes that no dissector claims: the payload of an unknown protocol, and gaps inside known ones.

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static DATA: FieldDef = FieldDef::bytes("data.data", "Data")
    .source(Source::Netinspect("bytes without a dissector"))
    .meaning(
        "Bytes that this program does not take apart further: their protocol is unknown here.",
    );

static LENGTH: FieldDef = FieldDef::decimal("data.len", "Length")
    .unit("bytes")
    .computed(|view| Some(view.bytes.len() as u64))
    .source(Source::Netinspect("bytes without a dissector"))
    .meaning("How many bytes there are that are not taken apart further.");

/// What no field of a known protocol covers.
pub static GAP: FieldDef = FieldDef::bytes("data.gap", "Not decoded")
    .source(Source::Netinspect("bytes without a dissector"))
    .meaning(
        "Bytes inside a known protocol that none of its fields covers: cut off, or in excess.",
    );

/// The protocol of bytes that nobody decodes.
pub static PROTOCOL: Protocol = Protocol {
    name: "data",
    label: "Data",
    title: "Data",
    purpose: "Carries whatever the program that sent it wanted to say; netinspect has no dissector for it.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Netinspect("bytes without a dissector")],
    parents: &[],
    fields: &[&LENGTH, &DATA, &GAP],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: None,
    is_plain_data: true,
    summary,
};

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(&DATA, 0..view.bytes.len());
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    out.put_byte_count(view.bytes.len());
    out.push_str(" of data");
}
