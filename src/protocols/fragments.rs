//! What is known of fragments only from those before them: of which datagram they are, and what was wrong
//! with putting it together. Names are Wireshark's.

use crate::model::field::FieldDef;
use crate::model::source::Source;

const WIRESHARK: Source = Source::Wireshark("reassembly");

/// The fields of one IP version.
#[derive(Debug)]
pub struct Fields {
    /// Over those of a datagram that a frame completes.
    pub fragments: &'static FieldDef,
    /// A frame that brought a part.
    pub fragment: &'static FieldDef,
    /// How many did.
    pub count: &'static FieldDef,
    /// How long the datagram's payload is.
    pub length: &'static FieldDef,
    /// A part came twice.
    pub overlap: &'static FieldDef,
    /// And was another one the second time.
    pub conflict: &'static FieldDef,
    /// The datagram was given up for what this fragment says.
    pub error: &'static FieldDef,
    /// Why.
    pub obstacle: &'static FieldDef,
    /// The frame that completes the datagram.
    pub reassembled_in: &'static FieldDef,
}

/// Why a datagram cannot be put together; numbered as the table of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Obstacle {
    /// A fragment before had one.
    Before = 1,
    /// Not all of the fragment is in the capture.
    CutByCapture = 2,
    /// It ends behind the longest datagram that there can be.
    TooLong = 3,
    /// It is not the last, and not cut at a multiple of 8 bytes.
    NoMultiple = 4,
    /// It tells of another end than those before it.
    OtherEnd = 5,
    /// It overlaps another one, which IPv6 forbids.
    Overlap = 6,
}

const OBSTACLES: &[(u64, &str)] = &[
    (1, "an earlier fragment has already prevented it"),
    (2, "the capture has cut this fragment"),
    (3, "it would be longer than 65535 bytes"),
    (
        4,
        "not the last fragment, and its length is no multiple of 8",
    ),
    (
        5,
        "this fragment and an earlier one disagree about where the whole ends",
    ),
    (6, "this fragment overlaps another one"),
];

/// Those of IPv4.
pub static OF_IPV4: Fields = Fields {
    fragments: &IP_FRAGMENTS,
    fragment: &IP_FRAGMENT,
    count: &IP_COUNT,
    length: &IP_LENGTH,
    overlap: &IP_OVERLAP,
    conflict: &IP_CONFLICT,
    error: &IP_ERROR,
    obstacle: &IP_OBSTACLE,
    reassembled_in: &IP_REASSEMBLED_IN,
};

/// Those of IPv6.
pub static OF_IPV6: Fields = Fields {
    fragments: &IPV6_FRAGMENTS,
    fragment: &IPV6_FRAGMENT,
    count: &IPV6_COUNT,
    length: &IPV6_LENGTH,
    overlap: &IPV6_OVERLAP,
    conflict: &IPV6_CONFLICT,
    error: &IPV6_ERROR,
    obstacle: &IPV6_OBSTACLE,
    reassembled_in: &IPV6_REASSEMBLED_IN,
};

static IP_FRAGMENTS: FieldDef = FieldDef::heading("ip.fragments", "Put together from fragments")
    .followed()
    .rfc(791, "3.2")
    .meaning("This frame completes a datagram that came in several packets; what is in it is read from all of them.");

static IP_FRAGMENT: FieldDef = FieldDef::decimal("ip.fragment", "Fragment in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("A frame that brought a part of this IPv4 datagram.");

static IP_COUNT: FieldDef = FieldDef::decimal("ip.fragment.count", "Fragments")
    .followed()
    .source(WIRESHARK)
    .meaning("How many packets brought this IPv4 datagram.");

static IP_LENGTH: FieldDef = FieldDef::decimal("ip.reassembled.length", "Length of the whole")
    .unit("bytes")
    .followed()
    .source(WIRESHARK)
    .meaning("How long the payload of the whole IPv4 datagram is, without any IPv4 header.");

static IP_OVERLAP: FieldDef = FieldDef::flag("ip.fragment.overlap", "Overlaps another fragment")
    .followed()
    .source(WIRESHARK)
    .meaning(
        "This IPv4 fragment brings bytes that an earlier one has brought. Here the first copy counts; Linux drops such a datagram, unless it is an exact copy.",
    );

static IP_CONFLICT: FieldDef = FieldDef::flag(
    "ip.fragment.overlap.conflict",
    "Overlaps with other bytes",
)
.followed()
.source(WIRESHARK)
.meaning("The bytes that this IPv4 fragment brings again are not the same: damage, or an attempt to get past a guard.");

static IP_ERROR: FieldDef = FieldDef::flag("ip.fragment.error", "Cannot be put together")
    .followed()
    .source(WIRESHARK)
    .meaning("This IPv4 fragment contradicts the others, or would make the datagram too long; the datagram is given up.");

static IP_OBSTACLE: FieldDef = FieldDef::decimal("ip.fragment.obstacle", "Why not")
    .named(OBSTACLES)
    .followed()
    .rfc(791, "3.2")
    .meaning("Why the datagram of this fragment cannot be put together.");

static IP_REASSEMBLED_IN: FieldDef = FieldDef::decimal("ip.reassembled_in", "Whole in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("The frame that completes the IPv4 datagram of which this is a fragment; there its content is shown.");

static IPV6_FRAGMENTS: FieldDef = FieldDef::heading("ipv6.fragments", "Put together from fragments")
    .followed()
    .rfc(8200, "4.5")
    .meaning("This frame completes a packet that its sender has cut; what is in it is read from all fragments.");

static IPV6_FRAGMENT: FieldDef = FieldDef::decimal("ipv6.fragment", "Fragment in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("A frame that brought a part of this IPv6 packet.");

static IPV6_COUNT: FieldDef = FieldDef::decimal("ipv6.fragment.count", "Fragments")
    .followed()
    .source(WIRESHARK)
    .meaning("How many packets brought what was one IPv6 packet.");

static IPV6_LENGTH: FieldDef = FieldDef::decimal("ipv6.reassembled.length", "Length of the whole")
    .unit("bytes")
    .followed()
    .source(WIRESHARK)
    .meaning("How long the fragmentable part of the whole IPv6 packet is.");

static IPV6_OVERLAP: FieldDef = FieldDef::flag("ipv6.fragment.overlap", "Overlaps another fragment")
    .followed()
    .rfc(5722, "4")
    .meaning("This IPv6 fragment brings bytes that an earlier one has brought; unless it is an exact copy, all are discarded.");

static IPV6_CONFLICT: FieldDef = FieldDef::flag(
    "ipv6.fragment.overlap.conflict",
    "Overlaps with other bytes",
)
.followed()
.source(WIRESHARK)
.meaning("The bytes that this IPv6 fragment brings again are not the same: damage, or an attempt to get past a guard.");

static IPV6_ERROR: FieldDef = FieldDef::flag("ipv6.fragment.error", "Cannot be put together")
    .followed()
    .source(WIRESHARK)
    .meaning("This IPv6 fragment contradicts the others, or would make the packet too long; the packet is given up.");

static IPV6_OBSTACLE: FieldDef = FieldDef::decimal("ipv6.fragment.obstacle", "Why not")
    .named(OBSTACLES)
    .followed()
    .rfc(8200, "4.5")
    .meaning("Why the packet of this fragment cannot be put together.");

static IPV6_REASSEMBLED_IN: FieldDef = FieldDef::decimal("ipv6.reassembled.in", "Whole in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("The frame that completes the IPv6 packet of which this is a fragment; there its content is shown.");

/// For the table of IPv4.
pub const IPV4_FIELDS: &[&FieldDef] = &[
    &IP_FRAGMENTS,
    &IP_FRAGMENT,
    &IP_COUNT,
    &IP_LENGTH,
    &IP_OVERLAP,
    &IP_CONFLICT,
    &IP_ERROR,
    &IP_OBSTACLE,
    &IP_REASSEMBLED_IN,
];

/// For the table of the fragment header of IPv6.
pub const IPV6_FIELDS: &[&FieldDef] = &[
    &IPV6_FRAGMENTS,
    &IPV6_FRAGMENT,
    &IPV6_COUNT,
    &IPV6_LENGTH,
    &IPV6_OVERLAP,
    &IPV6_CONFLICT,
    &IPV6_ERROR,
    &IPV6_OBSTACLE,
    &IPV6_REASSEMBLED_IN,
];
