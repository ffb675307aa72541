//! The destination options header of IPv6: what only the receiver looks at, or each stop of a routing header.

use super::ipv6::{NETWORK_LAYER, next_header_name};
use super::{ipv6_extension, ipv6_options};
use crate::model::field::{FieldDef, joined};
use crate::model::protocol::{Protocol, Selector};
use crate::model::source::Source;

static NEXT_HEADER: FieldDef = FieldDef::decimal("ipv6.dstopts.nxt", "Next header")
    .at(0, 1)
    .named_by(next_header_name)
    .rfc(8200, "4.6")
    .meaning("What follows the options for the receiver: another extension header, or the payload's protocol.");

static LENGTH: FieldDef = FieldDef::decimal("ipv6.dstopts.len", "Length")
    .at(1, 1)
    .rfc(8200, "4.6")
    .meaning("How long this header for the receiver is, in units of 8 bytes, the first 8 not counted; 0 is the usual value.");

static LENGTH_IN_BYTES: FieldDef = FieldDef::decimal("ipv6.dstopts.len_oct", "Length in bytes")
    .unit("bytes")
    .computed(ipv6_extension::stated_length)
    .rfc(8200, "4.6")
    .meaning(
        "What the length of this header for the receiver amounts to; computed here, not sent.",
    );

const HEADER: &[&FieldDef] = &[&NEXT_HEADER, &LENGTH, &LENGTH_IN_BYTES];

static FIELDS: [&FieldDef; HEADER.len() + ipv6_options::FIELDS.len()] =
    joined(&[HEADER, ipv6_options::FIELDS]);

/// The destination options header.
pub static PROTOCOL: Protocol = Protocol {
    name: "ipv6.dstopts",
    label: "Destination options",
    title: "IPv6 Destination Options Header",
    purpose: "Tells the receiving host something about the packet that routers need not know.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(8200, "4.6")],
    parents: &[Selector::IpProtocol(60)],
    fields: &FIELDS,
    endpoints: None,
    measure: Some(ipv6_extension::measure),
    expand: ipv6_options::expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary: ipv6_extension::summary,
};
