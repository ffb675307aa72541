//! What may follow the quoted packet of an ICMP error: extensions of RFC 4884, in ICMP and ICMPv6 alike.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version|       Reserved        |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Length of object         |     Class     |    C-type     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  object ...
//! ```

use std::ops::Range;

use super::checksum;
use super::layout::{Part, lay};
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::source::Source;

static PADDING: FieldDef = FieldDef::bytes("icmp.ext.padding", "Padding of what is quoted")
    .rfc(4884, "5.1")
    .meaning(
        "Zeros that bring a short quoted packet to the 128 bytes after which extensions may begin.",
    );

static EXTENSIONS: FieldDef = FieldDef::heading("icmp.ext", "Extensions")
    .rfc(4884, "7")
    .meaning("What a router adds to the error: the labels that the packet had, the interface it came by.");

static VERSION: FieldDef = FieldDef::decimal("icmp.ext.version", "Version")
    .rfc(4884, "7")
    .meaning("The version of the extensions: 2.");

static RESERVED: FieldDef = FieldDef::hex("icmp.ext.res", "Reserved")
    .rfc(4884, "7")
    .meaning("Twelve bits before the checksum of the extensions, zero.");

static CHECKSUM: FieldDef = FieldDef::hex("icmp.ext.checksum", "Checksum")
    .rfc(4884, "7")
    .meaning("The ones' complement sum of the extensions alone; 0 means that none was computed.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("icmp.ext.checksum.status", "Checksum status")
    .named(checksum::STATUS)
    .derived()
    .rfc(1071, "1")
    .meaning("Whether the bytes of the extensions sum to their checksum; computed here, not sent.");

static OBJECT: FieldDef = FieldDef::heading("icmp.ext.object", "Object")
    .rfc(4884, "8")
    .meaning("One extension: its length, what it is, and its contents.");

static LENGTH: FieldDef = FieldDef::decimal("icmp.ext.length", "Length")
    .unit("bytes")
    .rfc(4884, "8")
    .meaning("How long the object is, these 4 bytes included.");

static CLASS: FieldDef = FieldDef::decimal("icmp.ext.class", "Class")
    .named(&[
        (MPLS, "MPLS label stack"),
        (INTERFACE, "interface"),
        (INTERFACE_NAMED, "interface identification"),
        (4, "extended information"),
    ])
    .source(Source::Iana(
        "ICMP Extension Object Classes and Class Sub-types",
    ))
    .meaning("What the object tells: labels, an interface, or the interface that is asked about.");

static CONTENT_TYPE: FieldDef = FieldDef::decimal("icmp.ext.ctype", "C-type")
    .group()
    .source(Source::Iana(
        "ICMP Extension Object Classes and Class Sub-types",
    ))
    .meaning("The form of the object, within its class.");

static NUMBER: FieldDef = FieldDef::decimal("icmp.ext.ctype.number", "Number")
    .rfc(4884, "8")
    .meaning(
        "The form of the object as a number; for interfaces its bits say what follows instead.",
    );

static DATA: FieldDef = FieldDef::bytes("icmp.ext.data", "Contents")
    .rfc(4884, "8")
    .meaning("The contents of an object that this program does not take apart.");

static LABEL: FieldDef = FieldDef::decimal("icmp.mpls.label", "Label")
    .rfc(4950, "4")
    .meaning(
        "A label that the packet carried through an MPLS network, where routers go by labels.",
    );

static TRAFFIC_CLASS: FieldDef = FieldDef::decimal("icmp.mpls.exp", "Traffic class")
    .rfc(5462, "2")
    .meaning("How the MPLS routers were to treat the packet; once called the experimental bits.");

static BOTTOM: FieldDef = FieldDef::flag("icmp.mpls.s", "Bottom of stack")
    .rfc(4950, "4")
    .meaning("Whether this label is the last of the stack.");

static LABEL_TTL: FieldDef = FieldDef::decimal("icmp.mpls.ttl", "Time to live")
    .unit("hops")
    .rfc(4950, "4")
    .meaning("How many more MPLS routers might pass the packet on.");

static ROLE: FieldDef = FieldDef::decimal("icmp.int_info.role", "Role")
    .named(&[
        (0, "the packet came in by it"),
        (1, "a part of the interface it came in by"),
        (2, "the packet was to go out by it"),
        (3, "the next hop"),
    ])
    .rfc(5837, "4.1")
    .meaning("Which interface of the router the object tells of.");

static ROLE_RESERVED: FieldDef = FieldDef::decimal("icmp.int_info.reserved", "Reserved")
    .rfc(5837, "4.1")
    .meaning("Two bits behind the role of an interface, zero.");

static HAS_INDEX: FieldDef = FieldDef::flag("icmp.int_info.ifindex", "Has index")
    .rfc(5837, "4.1")
    .meaning("Whether the interface's number follows.");

static HAS_ADDRESS: FieldDef = FieldDef::flag("icmp.int_info.ipaddr", "Has address")
    .rfc(5837, "4.1")
    .meaning("Whether an address of the interface follows.");

static HAS_NAME: FieldDef = FieldDef::flag("icmp.int_info.name_present", "Has name")
    .rfc(5837, "4.1")
    .meaning("Whether the interface's name follows.");

static HAS_MTU: FieldDef = FieldDef::flag("icmp.int_info.mtu_present", "Has MTU")
    .rfc(5837, "4.1")
    .meaning("Whether the longest packet of the interface follows.");

static INDEX: FieldDef = FieldDef::decimal("icmp.int_info.index", "Index")
    .rfc(5837, "4.2")
    .meaning("The number of the interface on the router.");

static FAMILY: FieldDef = FieldDef::decimal("icmp.int_info.afi", "Address family")
    .named(&[(1, "IPv4"), (2, "IPv6")])
    .rfc(5837, "4.2")
    .meaning("Which kind of address follows.");

static FAMILY_RESERVED: FieldDef = FieldDef::bytes("icmp.reserved", "Reserved")
    .rfc(5837, "4.2")
    .meaning("Two bytes behind the address family, zero.");

static IPV4: FieldDef = FieldDef::ipv4("icmp.int_info.ipv4", "Address")
    .rfc(5837, "4.2")
    .meaning("An IPv4 address of the router's interface.");

static IPV6: FieldDef = FieldDef::ipv6("icmp.int_info.ipv6", "Address")
    .rfc(5837, "4.2")
    .meaning("An IPv6 address of the router's interface.");

static NAME_LENGTH: FieldDef = FieldDef::decimal("icmp.int_info.name_length", "Name length")
    .unit("bytes")
    .rfc(5837, "4.3")
    .meaning("How long the name is, this byte included.");

static NAME: FieldDef = FieldDef::text("icmp.int_info.name", "Name")
    .rfc(5837, "4.3")
    .meaning("The name of the interface on the router, as its owner sees it.");

static NAME_PADDING: FieldDef = FieldDef::bytes("icmp.ext.name_padding", "Padding of the name")
    .rfc(5837, "4.3")
    .meaning("Zeros that bring the name of an interface to a multiple of 4 bytes.");

static MTU: FieldDef = FieldDef::decimal("icmp.int_info.mtu", "MTU")
    .unit("bytes")
    .rfc(5837, "4.1")
    .meaning("The longest packet that the router's interface takes.");

static ASKED_NAME: FieldDef = FieldDef::text("icmp.int_ident.name", "Interface asked about")
    .rfc(8335, "2.1")
    .meaning("The name of the interface that the question is about.");

static ASKED_INDEX: FieldDef = FieldDef::decimal("icmp.int_ident.index", "Interface asked about")
    .rfc(8335, "2.1")
    .meaning("The number of the interface that the question is about.");

static ASKED_FAMILY: FieldDef = FieldDef::decimal("icmp.int_ident.afi", "Address family")
    .rfc(8335, "2.1")
    .meaning("Which kind of address names the interface that the question is about.");

static ASKED_LENGTH: FieldDef = FieldDef::decimal("icmp.int_ident.addr_length", "Address length")
    .unit("bytes")
    .rfc(8335, "2.1")
    .meaning("How many bytes of the address that names the interface count.");

static ASKED_RESERVED: FieldDef = FieldDef::bytes("icmp.int_ident.reserved", "Reserved")
    .rfc(8335, "2.1")
    .meaning("A byte before the address that names the interface, zero.");

static ASKED_ADDRESS: FieldDef = FieldDef::bytes("icmp.int_ident.address", "Address")
    .rfc(8335, "2.1")
    .meaning("The address that names the interface that the question is about.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &PADDING,
    &EXTENSIONS,
    &VERSION,
    &RESERVED,
    &CHECKSUM,
    &CHECKSUM_STATUS,
    &OBJECT,
    &LENGTH,
    &CLASS,
    &CONTENT_TYPE,
    &NUMBER,
    &DATA,
    &LABEL,
    &TRAFFIC_CLASS,
    &BOTTOM,
    &LABEL_TTL,
    &ROLE,
    &ROLE_RESERVED,
    &HAS_INDEX,
    &HAS_ADDRESS,
    &HAS_NAME,
    &HAS_MTU,
    &INDEX,
    &FAMILY,
    &FAMILY_RESERVED,
    &IPV4,
    &IPV6,
    &NAME_LENGTH,
    &NAME,
    &NAME_PADDING,
    &MTU,
    &ASKED_NAME,
    &ASKED_INDEX,
    &ASKED_FAMILY,
    &ASKED_LENGTH,
    &ASKED_RESERVED,
    &ASKED_ADDRESS,
];

const MPLS: u64 = 1;
const INTERFACE: u64 = 2;
const INTERFACE_NAMED: u64 = 3;

/// The only version that extensions have.
const EXTENSIONS_VERSION: u8 = 2;

/// Length of the head of all extensions, and of each object, in bytes.
const HEAD: usize = 4;

/// Adds the extensions that stand in this range of the message. Each object takes at least 4 bytes.
pub fn expand(view: &LayerView<'_>, range: Range<usize>, out: &mut Expander<'_>) {
    let message = view.bytes;
    let Some(extensions) = message
        .get(range.clone())
        .filter(|bytes| bytes.len() >= HEAD)
    else {
        return;
    };
    let start = range.start;
    out.bytes(&EXTENSIONS, range.clone());
    let first = bits::of_bytes(&range).start;
    out.bits(&VERSION, first, 4);
    out.bits(&RESERVED, first + 4, 12);
    out.bytes(&CHECKSUM, start + 2..start + 4);
    let verdict = match bits::u16_at(extensions, 2) {
        Some(0) => checksum::Verdict::NotPresent,
        _ if !view.is_whole() => checksum::Verdict::Unverified,
        _ => checksum::of_bytes(extensions, 2),
    };
    out.derived_beside(&CHECKSUM_STATUS, verdict.status());
    let mut at = HEAD;
    while let Some(length) = bits::u16_at(extensions, at) {
        let length = usize::from(length);
        if length < HEAD || at + length > extensions.len() {
            let kind = FaultKind::TooShort {
                needed: length.max(HEAD) as u64,
                present: (extensions.len() - at) as u64,
                believed: Believed::Own(LENGTH.label),
            };
            out.fault(start + at..range.end, kind);
            return;
        }
        expand_object(message, start + at..start + at + length, out);
        at += length;
    }
}

/// Whether these bytes are extensions, where they alone can tell (RFC 4884, section 5.5).
pub fn tell_themselves(bytes: &[u8]) -> bool {
    let is_ours = |first: &u8| first >> 4 == EXTENSIONS_VERSION;
    bytes.first().is_some_and(is_ours) && checksum::of_bytes(bytes, 2) == checksum::Verdict::Good
}

/// Adds what is behind the quoted packet of an error: zeros up to `start`, then the extensions.
pub fn expand_behind(view: &LayerView<'_>, start: usize, out: &mut Expander<'_>) {
    out.bytes(&PADDING, view.trailer_start()..start);
    expand(view, start..view.bytes.len(), out);
}

fn expand_object(message: &[u8], object: Range<usize>, out: &mut Expander<'_>) {
    static PLAIN: &[Part] = &[(&NUMBER, 8)];
    static TELLING: &[Part] = &[
        (&ROLE, 2),
        (&ROLE_RESERVED, 2),
        (&HAS_INDEX, 1),
        (&HAS_ADDRESS, 1),
        (&HAS_NAME, 1),
        (&HAS_MTU, 1),
    ];
    let at = object.start;
    out.bytes(&OBJECT, object.clone());
    out.bytes(&LENGTH, at..at + 2);
    out.bytes(&CLASS, at + 2..at + 3);
    let class = message.get(at + 2).map_or(0, |class| u64::from(*class));
    let kind = message.get(at + 3).copied().unwrap_or(0);
    out.bytes(&CONTENT_TYPE, at + 3..at + 4);
    let form = if class == INTERFACE { TELLING } else { PLAIN };
    let contents = lay(form, at + 3..at + HEAD, out).unwrap_or_else(|end| end)..object.end;
    let end = expand_contents(message, (class, kind), contents, out).unwrap_or_else(|end| {
        let why = "the object has fewer bytes than its kind defines";
        out.fault(object.clone(), FaultKind::BadValue { why });
        end
    });
    out.bytes(&DATA, end..object.end);
}

/// Adds what an object of this class and C-type holds, and says where that ends. `Err`: where the first begins
/// that is not all there.
fn expand_contents(
    message: &[u8],
    (class, kind): (u64, u8),
    contents: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<usize, usize> {
    static LABELS: &[Part] = &[
        (&LABEL, 20),
        (&TRAFFIC_CLASS, 3),
        (&BOTTOM, 1),
        (&LABEL_TTL, 8),
    ];
    static ASKED: &[Part] = &[
        (&ASKED_FAMILY, 16),
        (&ASKED_LENGTH, 8),
        (&ASKED_RESERVED, 8),
        (&ASKED_ADDRESS, 0),
    ];
    match (class, kind) {
        (MPLS, 1) => {
            let mut at = contents.start;
            while at < contents.end {
                at = lay(LABELS, at..contents.end, out)?;
            }
            Ok(at)
        }
        (INTERFACE, _) => expand_interface(message, kind, contents, out),
        (INTERFACE_NAMED, 1) => {
            expand_name(&ASKED_NAME, message, contents.clone(), out);
            Ok(contents.end)
        }
        (INTERFACE_NAMED, 2) => lay(&[(&ASKED_INDEX, 32)], contents, out),
        (INTERFACE_NAMED, 3) => lay(ASKED, contents, out),
        _ => Ok(contents.start),
    }
}

/// Adds what is told of an interface, by the bits of the C-type.
fn expand_interface(
    message: &[u8],
    kind: u8,
    contents: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<usize, usize> {
    let mut at = contents.start;
    if kind & 0x08 != 0 {
        at = lay(&[(&INDEX, 32)], at..contents.end, out)?;
    }
    if kind & 0x04 != 0 {
        let address: Part = match bits::u16_at(message, at) {
            Some(2) => (&IPV6, 128),
            _ => (&IPV4, 32),
        };
        let parts = &[(&FAMILY, 16), (&FAMILY_RESERVED, 16), address];
        at = lay(parts, at..contents.end, out)?;
    }
    if kind & 0x02 != 0 {
        let length = message.get(at).copied().map_or(1, usize::from);
        let end = at + length.max(1);
        at = lay(&[(&NAME_LENGTH, 8)], at..contents.end, out)?;
        if end > contents.end {
            return Err(at);
        }
        expand_name(&NAME, message, at..end, out);
        at = end;
    }
    if kind & 0x01 != 0 {
        at = lay(&[(&MTU, 32)], at..contents.end, out)?;
    }
    Ok(at)
}

/// Adds the name of an interface, which zeros may follow (RFC 5837, section 4.3; RFC 8335, section 2.1).
fn expand_name(
    definition: &'static FieldDef,
    message: &[u8],
    range: Range<usize>,
    out: &mut Expander<'_>,
) {
    let bytes = message.get(range.clone()).unwrap_or_default();
    let last = bytes.iter().rposition(|byte| *byte != 0);
    let end = range.start + last.map_or(0, |last| last + 1);
    out.bytes(definition, range.start..end);
    out.bytes(&NAME_PADDING, end..range.end);
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen, seen_of};
    use crate::model::frame::LinkType;

    /// What stands behind the head of an extended echo request, which asks about an interface.
    fn asked(objects: &[u8]) -> Seen {
        let message = [&[42, 0, 0, 0, 0, 1, 1, 1, 0x20, 0, 0, 0][..], objects].concat();
        seen(LinkType::IPV4, &in_ipv4(1, &message))
    }

    #[test]
    fn the_name_of_an_interface_ends_before_the_zeros_that_pad_it() {
        #[rustfmt::skip]
        let seen = asked(&[
            0, 12, 2, 0x02, 8, b'e', b't', b'h', b'0', 0, 0, 0, // of the interface it came by
            0, 8, 3, 1, b'l', b'o', 0, 0, // of the one that is asked about
        ]);
        assert_eq!(
            seen.chosen(
                "icmp",
                &["icmp.int_info.name", "icmp.int_ident", "icmp.ext.name"]
            ),
            [
                "icmp.int_info.name_present 1",
                "icmp.int_info.name_length 8",
                "icmp.int_info.name eth0",
                "icmp.ext.name_padding 00:00:00",
                "icmp.int_ident.name lo",
                "icmp.ext.name_padding 00:00",
            ]
        );
    }

    #[test]
    fn an_object_without_all_that_its_kind_defines_is_told_and_the_next_one_is_read() {
        let next = [0, 8, 3, 1, b'l', b'o', 0, 0];
        let short: [&[u8]; 4] = [
            &[0, 6, 1, 1, 0, 1],                   // a label of 4 bytes
            &[0, 8, 2, 0x09, 0, 0, 0, 5],          // an index and an MTU
            &[0, 8, 2, 0x03, 9, b'e', b't', b'h'], // a name of 8 bytes and an MTU
            &[0, 6, 3, 2, 0, 5],                   // an index of 4 bytes
        ];
        for object in short {
            let seen = asked(&[object, &next].concat());
            let why = "the object has fewer bytes than its kind defines";
            assert!(
                seen.faults.iter().any(|fault| fault == why),
                "{:?}",
                seen.faults
            );
            assert_eq!(
                seen.chosen("icmp", &["icmp.int_ident", "icmp.int_info.mtu "]),
                ["icmp.int_ident.name lo"]
            );
        }
    }

    #[test]
    fn extensions_that_the_capture_cut_are_not_called_wrong() {
        #[rustfmt::skip]
        let packet = in_ipv4(1, &[
            42, 0, 0, 0, 0, 1, 1, 1, 0x20, 0, 0x74, 0x85, 0, 8, 3, 1, b'l', b'o', 0, 0,
        ]);
        let cut = seen_of(LinkType::IPV4, &packet[..packet.len() - 2], packet.len());
        assert_eq!(
            cut.chosen("icmp", &["icmp.ext.checksum.status"]),
            ["= icmp.ext.checksum.status 2 (not verified: not all bytes are here)"]
        );
        assert_eq!(cut.faults.len(), 1, "{:?}", cut.faults);
        assert!(cut.faults[0].starts_with("cut by the capture"));
    }
}
