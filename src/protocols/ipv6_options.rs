//! The options inside the hop-by-hop and destination options headers of IPv6 (RFC 8200, section 4.2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |act|c|  rest   |    Length     |  data: length bytes ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Here is the way along the options; what each of them holds is in `ipv6_option_layouts`.

use std::ops::Range;

use super::ipv6_option_layouts::{LAYOUT_FIELDS, inner_length, layout_of};
use super::layout::lay_option;
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{FieldDef, joined};
use crate::model::layer::LayerView;
use crate::model::source::Source;

/// The registry of option types.
pub const REGISTRY: Source = Source::Iana("Destination Options and Hop-by-Hop Options");

static OPTION: FieldDef = FieldDef::heading("ipv6.opt", "Option")
    .rfc(8200, "4.2")
    .meaning("One option: a type, and for all but one type a length and data.");

static TYPE: FieldDef = FieldDef::hex("ipv6.opt.type", "Type")
    .group()
    .named(NAMES)
    .source(REGISTRY)
    .meaning(
        "Which option this is; its first three bits tell a host that does not know it what to do.",
    );

static ACTION: FieldDef = FieldDef::decimal("ipv6.opt.type.action", "If not known")
    .named(&[
        (0, "skip the option"),
        (1, "drop the packet"),
        (2, "drop the packet and say so by ICMPv6"),
        (3, "drop the packet, and say so unless it was for a group"),
    ])
    .rfc(8200, "4.2")
    .meaning("What a host does with the packet when it does not know the option.");

static CHANGE: FieldDef = FieldDef::flag("ipv6.opt.type.change", "May change on the way")
    .rfc(8200, "4.2")
    .meaning("Whether routers on the way may change the option's data.");

static REST: FieldDef = FieldDef::hex("ipv6.opt.type.rest", "Number")
    .rfc(8200, "4.2")
    .meaning("The bits of the type that only tell options from each other.");

static LENGTH: FieldDef = FieldDef::decimal("ipv6.opt.length", "Length")
    .unit("bytes")
    .rfc(8200, "4.2")
    .meaning("How long the option's data are, without the type and this byte.");

static PAD1_BYTE: FieldDef = FieldDef::hex("ipv6.opt.pad1.byte", "Zero")
    .rfc(8200, "4.2")
    .meaning("The whole of this option: a single byte that is zero.");

static PADN: FieldDef = FieldDef::bytes("ipv6.opt.padn", "Padding")
    .rfc(8200, "4.2")
    .meaning("Zeros that bring the next option or the end of the header to its border.");

static UNKNOWN: FieldDef = FieldDef::bytes("ipv6.opt.data", "Data")
    .source(REGISTRY)
    .meaning("The data of an option that this program does not take apart.");

static EXCESS: FieldDef = FieldDef::bytes("ipv6.opt.excess", "Other data")
    .rfc(8200, "4.2")
    .meaning("Data of a known option that do not fit its type: too few bytes, or too many.");

const OWN_FIELDS: &[&FieldDef] = &[
    &OPTION, &TYPE, &ACTION, &CHANGE, &REST, &LENGTH, &PAD1_BYTE, &PADN, &UNKNOWN, &EXCESS,
];

/// The fields of options, whichever header they are in.
pub const FIELDS: &[&FieldDef] = &ALL_FIELDS;

const ALL_FIELDS: [&FieldDef; OWN_FIELDS.len() + LAYOUT_FIELDS.len()] =
    joined(&[OWN_FIELDS, LAYOUT_FIELDS]);

const NAMES: &[(u64, &str)] = &[
    (0x00, "one byte of padding"),
    (0x01, "padding"),
    (0x04, "tunnel encapsulation limit"),
    (0x05, "router alert"),
    (0x07, "CALIPSO (security label)"),
    (0x08, "duplicate detection (SMF)"),
    (0x0f, "performance and diagnostic metrics"),
    (0x11, "in-situ measurement (IOAM)"),
    (0x12, "alternate marking"),
    (0x1e, "experiment"),
    (0x23, "RPL"),
    (0x26, "quick-start"),
    (0x30, "minimum path MTU"),
    (0x31, "in-situ measurement (IOAM), may change"),
    (0x3e, "experiment"),
    (0x4d, "end point identification (withdrawn)"),
    (0x5e, "experiment"),
    (0x63, "RPL (before RFC 9008)"),
    (0x6d, "MPL"),
    (0x7e, "experiment"),
    (0x8a, "endpoint identification (withdrawn)"),
    (0x8b, "ILNP nonce"),
    (0x8c, "line identification"),
    (0x92, "alternate marking"),
    (0x9e, "experiment"),
    (0xbe, "experiment"),
    (0xc2, "jumbo payload"),
    (0xc9, "home address"),
    (0xde, "experiment"),
    (0xee, "depth-first forwarding"),
    (0xfe, "experiment"),
];

const PAD1: u8 = 0;
const PAD_N: u8 = 1;
const HOME_ADDRESS: u8 = 0xc9;

/// Byte of the header where its options begin.
const START: usize = 2;

/// Adds the options of a header. Each takes at least one of its at most 2048 bytes.
pub fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let header = view.header();
    let mut at = START;
    while let Some((number, end)) = option_at(header, at) {
        if end > header.len() {
            let kind = FaultKind::TooShort {
                needed: (end - at) as u64,
                present: (header.len() - at) as u64,
                believed: Believed::Own("Length"),
            };
            out.fault(at..header.len(), kind);
            return;
        }
        expand_option(number, header, at..end, out);
        at = end;
    }
}

/// The type of the option at `at`, and where it ends by its own length; that may be behind the header.
fn option_at(header: &[u8], at: usize) -> Option<(u8, usize)> {
    let number = *header.get(at)?;
    let data = header.get(at + 1).copied().map_or(0, usize::from);
    let length = if number == PAD1 { 1 } else { 2 + data };
    Some((number, at + length))
}

/// The address that a moving host has at home, where an option tells it (RFC 6275, section 6.3).
pub fn home_address(header: &[u8]) -> Option<[u8; 16]> {
    let mut at = START;
    let mut found = None;
    while let Some((number, end)) = option_at(header, at) {
        if number == HOME_ADDRESS {
            found = header
                .get(at + 2..end)
                .and_then(|data| data.try_into().ok())
                .or(found);
        }
        at = end;
    }
    found
}

/// Adds an option of these bytes of the header; data of a known one that are too few or too many are said.
fn expand_option(number: u8, header: &[u8], range: Range<usize>, out: &mut Expander<'_>) {
    let bit = bits::of_bytes(&range).start;
    out.bytes(&OPTION, range.clone());
    out.bits(&TYPE, bit, 8);
    if number == PAD1 {
        out.bits(&PAD1_BYTE, bit, 8);
        return;
    }
    out.bits(&ACTION, bit, 2);
    out.bits(&CHANGE, bit + 2, 1);
    out.bits(&REST, bit + 3, 5);
    out.bits(&LENGTH, bit + 8, 8);
    let data = range.start + 2..range.end;
    if number == PAD_N {
        out.bytes(&PADN, data);
        return;
    }
    let Some(layout) = layout_of(number) else {
        out.bytes(&UNKNOWN, data);
        return;
    };
    let needed = header
        .get(data.clone())
        .and_then(|bytes| inner_length(number, bytes))
        .unwrap_or(data.len());
    if needed > data.len() {
        let short = FaultKind::TooShort {
            needed: needed as u64,
            present: data.len() as u64,
            believed: Believed::Own(LENGTH.label),
        };
        out.fault(range, short);
    }
    let known = data.start..data.end.min(data.start + needed);
    let end = lay_option(layout, known, out);
    out.bytes(&EXCESS, end..data.end);
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6::testing::packet;

    /// What is wrong with a header that has this option and nothing behind it.
    fn faults(option: &[u8]) -> Vec<String> {
        let mut header = vec![59, 2];
        header.extend(option);
        header.extend([1, u8::try_from(20 - option.len()).unwrap()]);
        header.resize(24, 0);
        seen(LinkType::IPV6, &packet(0, &header)).faults
    }

    #[test]
    fn an_option_that_is_too_short_for_a_length_inside_it_is_told() {
        let needs = |needed, present| {
            [format!(
                "needs {needed} bytes, but by its own field \"Length\" there are {present}"
            )]
        };
        // A label with words of compartments, the name of a line, a message to spread and its seed.
        assert_eq!(
            faults(&[7, 12, 0, 0, 0, 1, 1, 5, 0x12, 0x34, 0, 0, 0, 9]),
            [""; 0]
        );
        assert_eq!(faults(&[7, 8, 0, 0, 0, 1, 3, 5, 0x12, 0x34]), needs(20, 8));
        assert_eq!(faults(&[0x8c, 3, 2, b'a', b'b']), [""; 0]);
        assert_eq!(faults(&[0x8c, 3, 3, b'a', b'b']), needs(4, 3));
        assert_eq!(faults(&[0x6d, 4, 0x40, 1, 0, 9]), [""; 0]);
        assert_eq!(faults(&[0x6d, 4, 0x80, 1, 0, 9]), needs(10, 4));
    }
}
