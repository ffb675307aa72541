//! The routing header of IPv6: stops that the sender wants the packet to make on its way.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next header  |    Length     |     Type      | Segments left |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  depends on type ...
//! ```

use std::ops::Range;

use super::ipv6::{NETWORK_LAYER, next_header_name};
use super::ipv6_extension;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::source::Source;

static NEXT_HEADER: FieldDef = FieldDef::decimal("ipv6.routing.nxt", "Next header")
    .at(0, 1)
    .named_by(next_header_name)
    .rfc(8200, "4.4")
    .meaning(
        "What follows the list of stops: another extension header, or the payload's protocol.",
    );

static LENGTH: FieldDef = FieldDef::decimal("ipv6.routing.len", "Length")
    .at(1, 1)
    .rfc(8200, "4.4")
    .meaning("How long this routing header is, in units of 8 bytes, the first 8 not counted.");

static LENGTH_IN_BYTES: FieldDef = FieldDef::decimal("ipv6.routing.len_oct", "Length in bytes")
    .unit("bytes")
    .computed(ipv6_extension::stated_length)
    .rfc(8200, "4.4")
    .meaning("What the length of this routing header amounts to; computed here, not sent.");

static TYPE: FieldDef = FieldDef::decimal("ipv6.routing.type", "Type")
    .at(2, 1)
    .named(&[
        (SOURCE_ROUTE, "source route (withdrawn)"),
        (1, "Nimrod (withdrawn)"),
        (MOBILE, "mobile IPv6"),
        (RPL, "RPL source route"),
        (SEGMENTS, "segment routing"),
        (5, "compact routing, 16 bits"),
        (6, "compact routing, 32 bits"),
        (253, "experiment 1"),
        (254, "experiment 2"),
    ])
    .source(Source::Iana("Routing Types"))
    .meaning("How the rest of this header is to be read.");

static SEGMENTS_LEFT: FieldDef = FieldDef::decimal("ipv6.routing.segleft", "Segments left")
    .at(3, 1)
    .rfc(8200, "4.4")
    .meaning("How many of the stops are still ahead; at 0 the packet has arrived.");

static RESERVED: FieldDef = FieldDef::bytes("ipv6.routing.src.reserved", "Reserved")
    .rfc(5095, "3")
    .meaning("Four bytes before the list of a source route, zero.");

static ADDRESS: FieldDef = FieldDef::ipv6("ipv6.routing.src.addr", "Stop")
    .rfc(5095, "3")
    .meaning("One stop of the source route; hosts must ignore such routes now, since packets could be sent to and fro with them.");

static HOME_RESERVED: FieldDef = FieldDef::bytes("ipv6.routing.mipv6.reserved", "Reserved")
    .rfc(6275, "6.4.1")
    .meaning("Four bytes before a moving host's address, zero.");

static HOME_ADDRESS: FieldDef = FieldDef::ipv6("ipv6.routing.mipv6.home_address", "Home address")
    .rfc(6275, "6.4.1")
    .meaning("The address at home of the moving host that the packet is for.");

static ELIDED_INSIDE: FieldDef = FieldDef::decimal("ipv6.routing.rpl.cmprI", "Left out of each stop")
    .unit("bytes")
    .rfc(6554, "3")
    .meaning("How many first bytes are left out of each address but the last, since the destination has the same.");

static ELIDED_LAST: FieldDef = FieldDef::decimal("ipv6.routing.rpl.cmprE", "Left out of the last")
    .unit("bytes")
    .rfc(6554, "3")
    .meaning("How many first bytes are left out of the last address of the list.");

static PAD: FieldDef = FieldDef::decimal("ipv6.routing.rpl.pad", "Padding")
    .unit("bytes")
    .rfc(6554, "3")
    .meaning("How many bytes of padding follow the shortened addresses.");

static RPL_RESERVED: FieldDef = FieldDef::decimal("ipv6.routing.rpl.reserved", "Reserved")
    .rfc(6554, "3")
    .meaning("Twenty bits before the shortened addresses, zero.");

static RPL_COUNT: FieldDef = FieldDef::decimal("ipv6.routing.rpl.addr_count", "Addresses")
    .computed(|view| Compressed::of(view.header()).map(|list| list.count() as u64))
    .rfc(6554, "3")
    .meaning("How many shortened addresses there are; no field says so, the lengths do.");

static RPL_ADDRESS: FieldDef = FieldDef::bytes("ipv6.routing.rpl.address", "Stop")
    .rfc(6554, "3")
    .meaning("The last bytes of one stop's address.");

static RPL_PADDING: FieldDef = FieldDef::bytes("ipv6.routing.rpl.padding", "Padding bytes")
    .rfc(6554, "3")
    .meaning("Zeros that bring the header to a multiple of 8 bytes.");

static LAST_ENTRY: FieldDef = FieldDef::decimal("ipv6.routing.srh.last_entry", "Last entry")
    .rfc(8754, "2")
    .meaning("The index of the last segment of the list, from 0: one less than there are.");

static FLAGS: FieldDef = FieldDef::hex("ipv6.routing.srh.flags", "Flags")
    .rfc(8754, "2")
    .meaning("Eight bits of segment routing that have no use yet.");

static TAG: FieldDef = FieldDef::bytes("ipv6.routing.srh.tag", "Tag")
    .rfc(8754, "2")
    .meaning("Marks packets that are to be treated alike; 0 when not used.");

static SEGMENT: FieldDef = FieldDef::ipv6("ipv6.routing.srh.addr", "Segment")
    .rfc(8754, "2")
    .meaning("One segment of the way; the list begins with the last, and the sender works it off from its end.");

static TLV: FieldDef = FieldDef::heading("ipv6.routing.srh.tlv", "Addition")
    .rfc(8754, "2.1")
    .meaning("Something added behind the segments: padding, or a signature.");

static TLV_TYPE: FieldDef = FieldDef::decimal("ipv6.routing.srh.tlv.type", "Type")
    .named(&[(0, "one byte of padding"), (4, "padding"), (5, "HMAC")])
    .source(Source::Iana("Segment Routing Header TLVs"))
    .meaning("What has been added behind the segments.");

static TLV_LENGTH: FieldDef = FieldDef::decimal("ipv6.routing.srh.tlv.length", "Length")
    .unit("bytes")
    .rfc(8754, "2.1")
    .meaning("How long the data of the addition are.");

static TLV_DATA: FieldDef = FieldDef::bytes("ipv6.routing.srh.tlv.data", "Data")
    .rfc(8754, "2.1")
    .meaning("The data of the addition behind the segments.");

static UNKNOWN: FieldDef = FieldDef::bytes("ipv6.routing.unknown_data", "Data")
    .rfc(8200, "4.4")
    .meaning("What follows in a routing header of a type that this program does not take apart.");

const SOURCE_ROUTE: u64 = 0;
const MOBILE: u64 = 2;
const RPL: u64 = 3;
const SEGMENTS: u64 = 4;

/// Where the part begins that depends on the type.
const FIXED_LENGTH: usize = 4;

/// Where the addresses begin, in every type that has such.
const LIST_START: usize = 8;

/// The routing header.
pub static PROTOCOL: Protocol = Protocol {
    name: "ipv6.routing",
    label: "Routing",
    title: "IPv6 Routing Header",
    purpose: "Lists stops that the packet makes on its way to the receiver.",
    standing: NETWORK_LAYER,
    sources: &[Source::Rfc(8200, "4.4"), Source::Rfc(8754, "")],
    parents: &[Selector::IpProtocol(43)],
    fields: &[
        &NEXT_HEADER,
        &LENGTH,
        &LENGTH_IN_BYTES,
        &TYPE,
        &SEGMENTS_LEFT,
        &RPL_COUNT,
        &RESERVED,
        &ADDRESS,
        &HOME_RESERVED,
        &HOME_ADDRESS,
        &ELIDED_INSIDE,
        &ELIDED_LAST,
        &PAD,
        &RPL_RESERVED,
        &RPL_ADDRESS,
        &RPL_PADDING,
        &LAST_ENTRY,
        &FLAGS,
        &TAG,
        &SEGMENT,
        &TLV,
        &TLV_TYPE,
        &TLV_LENGTH,
        &TLV_DATA,
        &UNKNOWN,
    ],
    endpoints: None,
    measure: Some(ipv6_extension::measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let header = view.header();
    match header.get(2).map_or(u64::MAX, |kind| u64::from(*kind)) {
        SOURCE_ROUTE => {
            out.bytes(&RESERVED, FIXED_LENGTH..LIST_START);
            expand_addresses(&ADDRESS, header.len(), out);
        }
        MOBILE => {
            out.bytes(&HOME_RESERVED, FIXED_LENGTH..LIST_START);
            out.bytes(&HOME_ADDRESS, LIST_START..LIST_START + 16);
        }
        RPL => expand_compressed(view, out),
        SEGMENTS => expand_segments(view, out),
        _ => out.bytes(&UNKNOWN, FIXED_LENGTH..header.len()),
    }
}

/// At most 128 addresses, since a header has at most 2048 bytes.
fn expand_addresses(definition: &'static FieldDef, end: usize, out: &mut Expander<'_>) {
    for at in (LIST_START..end).step_by(16) {
        out.bytes(definition, at..at + 16);
    }
}

fn expand_segments(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let header = view.header();
    out.bytes(&LAST_ENTRY, 4..5);
    out.bytes(&FLAGS, 5..6);
    out.bytes(&TAG, 6..8);
    let last_entry = header.get(4).copied().unwrap_or(0);
    let list_end = LIST_START + (usize::from(last_entry) + 1) * 16;
    if list_end > header.len() {
        let why = "the list of segments is longer than the header";
        blame(view, 4..5, why, out);
    }
    expand_addresses(&SEGMENT, list_end.min(header.len()), out);
    let mut at = list_end;
    while let Some(kind) = header.get(at) {
        let length = header.get(at + 1).copied().map_or(0, usize::from);
        let end = at + if *kind == 0 { 1 } else { length + 2 };
        if end > header.len() {
            let short = FaultKind::TooShort {
                needed: (end - at) as u64,
                present: (header.len() - at) as u64,
                believed: Believed::Own(LENGTH.label),
            };
            out.fault(at..header.len(), short);
            return;
        }
        out.bytes(&TLV, at..end);
        out.bytes(&TLV_TYPE, at..at + 1);
        if *kind != 0 {
            out.bytes(&TLV_LENGTH, at + 1..at + 2);
            out.bytes(&TLV_DATA, at + 2..end);
        }
        at = end;
    }
}

fn expand_compressed(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let header = view.header();
    out.bits(&ELIDED_INSIDE, 32, 4);
    out.bits(&ELIDED_LAST, 36, 4);
    out.bits(&PAD, 40, 4);
    out.bits(&RPL_RESERVED, 44, 20);
    let Some(list) = Compressed::of(header) else {
        let why = "the lengths of the shortened addresses contradict the header's";
        blame(view, FIXED_LENGTH..header.len(), why, out);
        return;
    };
    for index in 0..list.count() {
        out.bytes(&RPL_ADDRESS, list.place_of(index));
    }
    out.bytes(&RPL_PADDING, list.end..header.len());
}

/// Says what is wrong with the list of a header that is all there: of one that is cut, nobody knows.
fn blame(view: &LayerView<'_>, range: Range<usize>, why: &'static str, out: &mut Expander<'_>) {
    let is_there = |stated| stated <= view.header_length() as u64;
    if ipv6_extension::stated_length(view).is_some_and(is_there) {
        out.fault(range, FaultKind::BadValue { why });
    }
}

/// The list of addresses of an RPL source route, shortened by what they share with the destination
/// (RFC 6554, section 3).
struct Compressed {
    inside: usize,
    last: usize,
    end: usize,
}

impl Compressed {
    fn of(header: &[u8]) -> Option<Self> {
        if header.get(2).copied().map(u64::from) != Some(RPL) {
            return None;
        }
        let elided = header.get(4)?;
        let padding = usize::from(header.get(5)? >> 4);
        let list = Self {
            inside: 16 - usize::from(elided >> 4),
            last: 16 - usize::from(elided & 0x0f),
            end: header.len().checked_sub(padding)?,
        };
        let before_last = list.end.checked_sub(LIST_START + list.last)?;
        (before_last % list.inside == 0).then_some(list)
    }

    fn count(&self) -> usize {
        (self.end - LIST_START - self.last) / self.inside + 1
    }

    fn place_of(&self, index: usize) -> Range<usize> {
        let start = LIST_START + index * self.inside;
        let is_last = index + 1 == self.count();
        start..start + if is_last { self.last } else { self.inside }
    }
}

/// Where the packet goes in the end, while stops are still ahead: the address that the sums of
/// transport protocols are computed with (RFC 8200, section 8.1). `destination` is where it goes now.
pub fn final_destination(header: &[u8], destination: [u8; 16]) -> [u8; 16] {
    let address_at = |at: usize| header.get(at..)?.first_chunk::<16>().copied();
    let is_there = header.get(3).is_none_or(|left| *left == 0);
    let last = match header.get(2).copied().map(u64::from) {
        _ if is_there => None,
        Some(SOURCE_ROUTE | MOBILE) => header
            .len()
            .checked_sub(16)
            .filter(|at| *at >= LIST_START)
            .and_then(address_at),
        Some(SEGMENTS) => address_at(LIST_START),
        Some(RPL) => Compressed::of(header).and_then(|list| {
            let ending = header.get(list.place_of(list.count() - 1))?;
            let mut address = destination;
            address.get_mut(16 - list.last..)?.copy_from_slice(ending);
            Some(address)
        }),
        _ => None,
    };
    last.unwrap_or(destination)
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    if let Some(left) = bits::number(view.bytes, &(24..32)) {
        out.put_number(left);
        out.push_str(if left == 1 { " stop" } else { " stops" });
        out.push_str(" ahead, ");
    }
    ipv6_extension::summary(view, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;

    const HERE: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6];

    #[test]
    fn the_first_segment_of_the_list_is_the_last_stop() {
        let mut header = vec![17, 4, 4, 1, 1, 0, 0, 0];
        header.extend([0xfc; 16]);
        header.extend(HERE);
        assert_eq!(final_destination(&header, HERE), [0xfc; 16]);
        header[3] = 0;
        assert_eq!(final_destination(&header, HERE), HERE);
    }

    #[test]
    fn a_shortened_address_is_completed_from_the_destination() {
        let header = [17, 1, 3, 1, 0xff, 0x60, 0, 0, 8, 9, 0, 0, 0, 0, 0, 0];
        let list = Compressed::of(&header).unwrap();
        assert_eq!((list.count(), list.place_of(1)), (2, 9..10));
        assert_eq!(final_destination(&header, HERE)[15], 9);
    }

    #[test]
    fn a_list_longer_than_its_header_is_said_to_be_wrong() {
        let mut packet = crate::protocols::ipv6::testing::packet(43, &[59, 2, 4, 0, 5, 0, 0, 0]);
        packet[5] = 24;
        packet.extend([0xfd; 16]);
        let seen = seen(LinkType::IPV6, &packet);
        assert_eq!(
            seen.faults,
            ["the list of segments is longer than the header"]
        );
        assert_eq!(seen.layers, ["ipv6", "ipv6.routing"]);
    }

    #[test]
    fn a_tlv_longer_than_its_header_is_said_to_be_wrong() {
        let mut header = vec![59, 3, 4, 0, 0, 0, 0, 0];
        header.extend(HERE);
        header.extend([5, 6, 0, 0, 0, 0, 0, 0]);
        let mut with_tlv = |length| {
            header[25] = length;
            seen(
                LinkType::IPV6,
                &crate::protocols::ipv6::testing::packet(43, &header),
            )
        };
        assert_eq!(with_tlv(6).faults, [""; 0]);
        let seen = with_tlv(7);
        assert_eq!(
            seen.faults,
            ["needs 9 bytes, but by its own field \"Length\" there are 8"]
        );
        assert_eq!(
            seen.chosen("ipv6.routing", &["ipv6.routing.srh.tlv"]),
            [""; 0]
        );
    }
}
