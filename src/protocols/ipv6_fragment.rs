//! The fragment header of IPv6: a datagram too long for the way, cut by its sender (routers never cut).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next header  |   Reserved    |     Fragment offset     |Res|M|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                         Identification                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use etherparse::Ipv6FragmentHeaderSlice;

use super::fragments;
use super::ipv4::push_part;
use super::ipv6::{self, NETWORK_LAYER, next_header_name};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{self, FieldDef};
use crate::model::layer::{Extent, LayerView};
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::source::Source;

static NEXT_HEADER: FieldDef = FieldDef::decimal("ipv6.fraghdr.nxt", "Next header")
    .at(0, 1)
    .named_by(next_header_name)
    .rfc(8200, "4.5")
    .meaning("What the whole datagram holds; only the first fragment has its header.");

static RESERVED: FieldDef = FieldDef::hex("ipv6.fraghdr.reserved_octet", "Reserved")
    .at(1, 1)
    .rfc(8200, "4.5")
    .meaning("A byte that the sender of a fragment leaves zero.");

static OFFSET: FieldDef = FieldDef::decimal("ipv6.fraghdr.offset", "Fragment offset")
    .at_bits(16, 13)
    .unit("× 8 bytes")
    .rfc(8200, "4.5")
    .meaning("Where in the original datagram this piece belongs, counted in units of 8 bytes.");

static RESERVED_BITS: FieldDef = FieldDef::decimal("ipv6.fraghdr.reserved_bits", "Reserved bits")
    .at_bits(29, 2)
    .rfc(8200, "4.5")
    .meaning("Two bits that the sender of a fragment leaves zero.");

static MORE: FieldDef = FieldDef::flag("ipv6.fraghdr.more", "More fragments")
    .at_bits(31, 1)
    .rfc(8200, "4.5")
    .meaning("Set on every piece of a datagram but the last.");

static IDENTIFICATION: FieldDef = FieldDef::hex("ipv6.fraghdr.ident", "Identification")
    .at(4, 4)
    .rfc(8200, "4.5")
    .meaning("Tells which pieces belong together: the same on all of one datagram.");

/// The fields of the header.
const HEADER: &[&FieldDef] = &[
    &NEXT_HEADER,
    &RESERVED,
    &OFFSET,
    &RESERVED_BITS,
    &MORE,
    &IDENTIFICATION,
];

static FIELDS: [&FieldDef; HEADER.len() + fragments::IPV6_FIELDS.len()] =
    field::joined(&[HEADER, fragments::IPV6_FIELDS]);

/// The fragment header.
pub static PROTOCOL: Protocol = Protocol {
    name: "ipv6.fraghdr",
    label: "Fragment",
    title: "IPv6 Fragment Header",
    purpose: "Carries one piece of a datagram that is longer than the way allows; the receiving host puts the pieces together.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(8200, "4.5")],
    parents: &[Selector::IpProtocol(44)],
    fields: &FIELDS,
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let header = match Ipv6FragmentHeaderSlice::from_slice(bytes) {
        Ok(header) => header,
        Err(short) => return room.too_short(short.required_len),
    };
    let next = if header.fragment_offset().value() > 0 {
        Next::DATA
    } else {
        ipv6::next(header.next_header().0)
    };
    let extent = if header.is_fragmenting_payload() {
        Extent::Fragment
    } else {
        Extent::Whole
    };
    Measure::header(header.slice().len(), next).with_extent(extent)
}

fn expand(_: &LayerView<'_>, _: &mut Expander<'_>) {}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Ok(header) = Ipv6FragmentHeaderSlice::from_slice(view.header()) else {
        return;
    };
    let offset = u64::from(header.fragment_offset().value()) * 8;
    push_part(
        header.identification(),
        offset..offset + view.payload().len() as u64,
        header.more_fragments(),
        out,
    );
    ipv6::push_next_header(header.next_header().0, out);
}
