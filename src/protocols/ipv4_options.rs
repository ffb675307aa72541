//! The options of an IPv4 header (RFC 791, section 3.1): rare, and dropped by many routers.

use std::ops::Range;

use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;

/// All options together.
pub static OPTIONS: FieldDef = FieldDef::heading("ip.options", "Options")
    .rfc(791, "3.1")
    .meaning("What few packets carry: a route to take or to note down, a time stamp, an alert to routers.");

/// One option.
pub static OPTION: FieldDef = FieldDef::heading("ip.option", "Option")
    .rfc(791, "3.1")
    .meaning("One option: a type, and for all but two types a length and data.");

/// The type byte.
pub static TYPE: FieldDef = FieldDef::decimal("ip.opt.type", "Type")
    .group()
    .named(NAMES)
    .rfc(791, "3.1")
    .meaning("Which option this is, with a bit that says whether fragments repeat it.");

/// Its first bit.
pub static COPIED: FieldDef = FieldDef::flag("ip.opt.type.copy", "Copied to fragments")
    .rfc(791, "3.1")
    .meaning("Whether every fragment of the packet repeats the option, or only the first.");

/// Its next two bits.
pub static CLASS: FieldDef = FieldDef::decimal("ip.opt.type.class", "Class")
    .named(&[(0, "control"), (2, "debugging and measurement")])
    .rfc(791, "3.1")
    .meaning("What the option is for: control of the network, or measuring it.");

/// Its last five bits.
pub static NUMBER: FieldDef = FieldDef::decimal("ip.opt.type.number", "Number")
    .rfc(791, "3.1")
    .meaning("The number of the option within its class.");

/// The length byte.
pub static LENGTH: FieldDef = FieldDef::decimal("ip.opt.len", "Length")
    .unit("bytes")
    .rfc(791, "3.1")
    .meaning("How long the option is, its type and this byte included.");

/// Where the next router writes.
pub static POINTER: FieldDef = FieldDef::decimal("ip.opt.ptr", "Pointer")
    .rfc(791, "3.1")
    .meaning("Where in the option, counted from 1, the next router writes or reads its entry.");

/// An entry of a route.
pub static ROUTE: FieldDef = FieldDef::ipv4("ip.opt.route", "Router")
    .rfc(791, "3.1")
    .meaning("One stop of the route: to be passed (source route), or passed already (record route); 0.0.0.0 is a free place.");

/// The value of a router alert.
pub static ROUTER_ALERT: FieldDef = FieldDef::decimal("ip.opt.ra", "Router alert")
    .named(&[(0, "every router examines the packet")])
    .rfc(2113, "2.1")
    .meaning("Asks every router on the way to look into the packet; IGMP uses it.");

/// The stream identifier.
pub static STREAM_ID: FieldDef = FieldDef::decimal("ip.opt.sid", "Stream identifier")
    .rfc(791, "3.1")
    .meaning("A stream of the SATNET of the 1970s; withdrawn, and not to be sent any more.");

/// How many routers found no room.
pub static OVERFLOW: FieldDef = FieldDef::decimal("ip.opt.overflow", "Overflow")
    .rfc(791, "3.1")
    .meaning("How many routers could not note their time for want of room.");

/// What a timestamp option holds.
pub static FLAG: FieldDef = FieldDef::hex("ip.opt.flag", "Kind of entries")
    .named(&[
        (0, "time stamps only"),
        (1, "addresses and time stamps"),
        (3, "time stamps of the routers named"),
    ])
    .rfc(791, "3.1")
    .meaning("Whether each entry is a time alone, or an address and a time.");

/// Whose time stamp follows.
pub static ADDRESS: FieldDef = FieldDef::ipv4("ip.opt.addr", "Router")
    .rfc(791, "3.1")
    .meaning("The router that noted the time after it.");

/// A time stamp.
pub static TIME: FieldDef = FieldDef::decimal("ip.opt.time_stamp", "Time stamp")
    .unit("ms since midnight UT")
    .rfc(791, "3.1")
    .meaning("When the packet passed the router, in milliseconds since midnight, Universal Time.");

/// Data of an option that is not taken apart.
pub static DATA: FieldDef = FieldDef::bytes("ip.opt.data", "Data")
    .rfc(791, "3.1")
    .meaning("The contents of an option that this program does not take apart.");

/// What follows the end of the options.
pub static PADDING: FieldDef = FieldDef::bytes("ip.opt.padding", "Padding")
    .rfc(791, "3.1")
    .meaning("Zeros that bring the header to a multiple of four bytes.");

const NAMES: &[(u64, &str)] = &[
    (END, "end of options"),
    (NO_OPERATION, "no operation"),
    (RECORD_ROUTE, "record route"),
    (10, "experimental measurement"),
    (11, "MTU probe (withdrawn)"),
    (12, "MTU reply (withdrawn)"),
    (25, "quick-start"),
    (30, "experiment"),
    (TIMESTAMP, "time stamp"),
    (82, "traceroute (withdrawn)"),
    (94, "experiment"),
    (130, "security"),
    (LOOSE_ROUTE, "loose source route"),
    (133, "extended security"),
    (134, "commercial security"),
    (STREAM, "stream identifier"),
    (STRICT_ROUTE, "strict source route"),
    (147, "address extension (withdrawn)"),
    (ALERT, "router alert"),
    (149, "selective directed broadcast (withdrawn)"),
    (151, "dynamic packet state (withdrawn)"),
    (152, "upstream multicast packet (withdrawn)"),
    (158, "experiment"),
    (222, "experiment"),
];

const END: u64 = 0;
const NO_OPERATION: u64 = 1;
const RECORD_ROUTE: u64 = 7;
const TIMESTAMP: u64 = 68;
const LOOSE_ROUTE: u64 = 131;
const STREAM: u64 = 136;
const STRICT_ROUTE: u64 = 137;
const ALERT: u64 = 148;
const QUICK_START: u64 = 25;
const TRACEROUTE: u64 = 82;
const SECURITY: u64 = 130;
const EXTENDED_SECURITY: u64 = 133;
const COMMERCIAL_SECURITY: u64 = 134;

/// Length of the header before its options, in bytes.
const FIXED_LENGTH: usize = 20;

/// Where the addresses of a route begin in its option.
const ROUTE_START: usize = 3;

/// Where the entries of a time stamp option begin in it.
const TIMES_START: usize = 4;

/// Adds the options of `header` from byte `start` to its end. At most 40 bytes, so at most 40 options.
pub fn expand(header: &[u8], start: usize, out: &mut Expander<'_>) {
    out.bytes(&OPTIONS, start..header.len());
    let mut at = start;
    while let Some(kind) = header.get(at).copied() {
        let kind = u64::from(kind);
        let Some(length) = length_at(header, at) else {
            let fault = match header.get(at + 1).copied().map_or(2, usize::from) {
                stated @ ..2 => shorter_than(2, stated),
                stated => FaultKind::TooShort {
                    needed: stated as u64,
                    present: (header.len() - at) as u64,
                    believed: Believed::Own("Header length"),
                },
            };
            out.fault(at..header.len(), fault);
            return;
        };
        expand_option(kind, header, at..at + length, out);
        at += length;
        if kind == END {
            out.bytes(&PADDING, at..header.len());
            return;
        }
    }
}

/// The fault of an option that states fewer bytes than it needs.
fn shorter_than(needed: usize, stated: usize) -> FaultKind {
    FaultKind::TooShort {
        needed: needed as u64,
        present: stated as u64,
        believed: Believed::Own(LENGTH.label),
    }
}

/// How long an option with a length is at least: its type, its length, and what it always has behind them.
fn least_length(kind: u64) -> usize {
    match kind {
        RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE => ROUTE_START,
        TIMESTAMP => TIMES_START,
        ALERT | STREAM => 4,
        SECURITY | EXTENDED_SECURITY => 3,
        COMMERCIAL_SECURITY => 6,
        TRACEROUTE => 12,
        QUICK_START => 8,
        _ => 2,
    }
}

/// How long the option at `at` is; `None` where it is not all in the header.
fn length_at(header: &[u8], at: usize) -> Option<usize> {
    let kind = u64::from(*header.get(at)?);
    if matches!(kind, END | NO_OPERATION) {
        return Some(1);
    }
    let length = usize::from(*header.get(at + 1)?);
    (length >= 2 && at + length <= header.len()).then_some(length)
}

/// Where the packet goes in the end, while a source route has stops ahead of it: the last address of the route
/// (RFC 791, section 3.1). `None` where what the header says is the end.
pub fn final_destination(header: &[u8]) -> Option<[u8; 4]> {
    let route = source_route(header)?;
    let pointer = usize::from(*route.get(2)?);
    let (addresses, _) = route.get(ROUTE_START..)?.as_chunks();
    // It counts from 1; when it is behind the route, the packet has made all stops.
    let is_ahead = (ROUTE_START + 1..=route.len()).contains(&pointer);
    addresses.last().copied().filter(|_| is_ahead)
}

/// The first source route: a packet has no more than one.
fn source_route(header: &[u8]) -> Option<&[u8]> {
    let mut at = FIXED_LENGTH;
    loop {
        let length = length_at(header, at)?;
        match header.get(at).copied().map(u64::from)? {
            LOOSE_ROUTE | STRICT_ROUTE => return header.get(at..at + length),
            END => return None,
            _ => at += length,
        }
    }
}

fn expand_option(kind: u64, header: &[u8], range: Range<usize>, out: &mut Expander<'_>) {
    let at = range.start;
    out.bytes(&OPTION, range.clone());
    let bit = u32::try_from(at * 8).unwrap_or(u32::MAX);
    out.bits(&TYPE, bit, 8);
    out.bits(&COPIED, bit, 1);
    out.bits(&CLASS, bit + 1, 2);
    out.bits(&NUMBER, bit + 3, 5);
    if range.len() < 2 {
        return;
    }
    out.bytes(&LENGTH, at + 1..at + 2);
    let least = least_length(kind);
    match kind {
        _ if range.len() < least => {
            out.bytes(&DATA, at + 2..range.end);
            out.fault(range.clone(), shorter_than(least, range.len()));
        }
        RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE => {
            out.bytes(&POINTER, at + 2..at + 3);
            for entry in whole_entries(at + ROUTE_START..range.end, 4) {
                out.bytes(&ROUTE, entry..entry + 4);
            }
        }
        TIMESTAMP => expand_timestamp(header, &range, out),
        ALERT if range.len() == 4 => out.bytes(&ROUTER_ALERT, at + 2..at + 4),
        STREAM if range.len() == 4 => out.bytes(&STREAM_ID, at + 2..at + 4),
        _ => out.bytes(&DATA, at + 2..range.end),
    }
}

fn expand_timestamp(header: &[u8], range: &Range<usize>, out: &mut Expander<'_>) {
    let at = range.start;
    let bit = u32::try_from(at * 8).unwrap_or(u32::MAX);
    out.bytes(&POINTER, at + 2..at + 3);
    out.bits(&OVERFLOW, bit + 24, 4);
    out.bits(&FLAG, bit + 28, 4);
    let entries = at + TIMES_START..range.end;
    let only_times = header.get(at + 3).is_none_or(|flags| flags & 0x0f == 0);
    if only_times {
        for entry in whole_entries(entries, 4) {
            out.bytes(&TIME, entry..entry + 4);
        }
    } else {
        for entry in whole_entries(entries, 8) {
            out.bytes(&ADDRESS, entry..entry + 4);
            out.bytes(&TIME, entry + 4..entry + 8);
        }
    }
}

/// Where each entry of `size` bytes begins that fits wholly into the range.
fn whole_entries(range: Range<usize>, size: usize) -> impl Iterator<Item = usize> {
    let count = range.len() / size;
    (0..count).map(move |index| range.start + index * size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_ipv4, seen};
    use crate::model::frame::LinkType;

    const HEADER: [u8; 20] = [
        0x47, 0, 0, 28, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 7, 10, 0, 0, 6,
    ];

    fn end_of(options: &[u8]) -> Option<[u8; 4]> {
        final_destination(&[HEADER.as_slice(), options].concat())
    }

    #[test]
    fn a_packet_with_stops_ahead_ends_at_the_last_address_of_its_route() {
        let strict = [1, 137, 11, 4, 10, 0, 0, 8, 10, 0, 0, 9];
        assert_eq!(end_of(&strict), Some([10, 0, 0, 9]));
        let loose = [131, 11, 8, 10, 0, 0, 8, 10, 0, 0, 9, 0];
        assert_eq!(end_of(&loose), Some([10, 0, 0, 9]));
    }

    #[test]
    fn a_packet_that_has_made_its_stops_ends_where_its_header_says() {
        assert_eq!(end_of(&[131, 7, 8, 10, 0, 0, 8, 0]), None);
    }

    #[test]
    fn a_packet_without_a_whole_source_route_ends_where_its_header_says() {
        let none: [&[u8]; 6] = [
            &[],
            &[7, 7, 4, 10, 0, 0, 8, 0],   // record route
            &[0, 131, 7, 4, 10, 0, 0, 8], // behind the end of the options
            &[131, 8, 4, 10, 0, 0, 8],    // longer than the header
            &[131, 6, 4, 10, 0, 0, 1, 1], // no whole address
            &[131, 7, 3, 10, 0, 0, 8, 0], // a pointer into its own head
        ];
        for options in none {
            assert_eq!(end_of(options), None, "{options:?}");
        }
    }

    /// A packet with these options.
    fn with_options(options: [u8; 8]) -> Seen {
        let mut packet = in_ipv4(253, &[]);
        packet[0] = 0x47;
        packet[3] = 28;
        packet.extend(options);
        seen(LinkType::IPV4, &packet)
    }

    #[test]
    fn an_option_that_is_too_short_for_its_kind_is_told_and_the_next_one_is_read() {
        for (kind, length, least) in [
            (7, 2, 3),
            (131, 2, 3),
            (137, 2, 3),
            (68, 2, 4),
            (68, 3, 4),
            (136, 2, 4),
            (148, 3, 4),
            (130, 2, 3),
            (133, 2, 3),
            (134, 5, 6),
            (82, 7, 12),
            (25, 6, 8),
        ] {
            let mut options = [1; 8];
            options[..2].copy_from_slice(&[kind, length]);
            let seen = with_options(options);
            let short =
                format!("needs {least} bytes, but by its own field \"Length\" there are {length}");
            assert!(seen.faults.contains(&short), "{:?}", seen.faults);
            let others = usize::from(8 - length);
            assert_eq!(seen.chosen("ip", &["ip.opt.type "]).len(), 1 + others);
            let beyond = [
                "ip.opt.ptr",
                "ip.opt.route",
                "ip.opt.overflow",
                "ip.opt.flag",
            ];
            assert_eq!(seen.chosen("ip", &beyond), [""; 0]);
        }
    }

    #[test]
    fn a_length_that_does_not_reach_over_itself_is_told_as_such() {
        for (options, short) in [
            (
                [7, 1, 4, 0, 0, 0, 0, 0],
                "needs 2 bytes, but by its own field \"Length\" there are 1",
            ),
            (
                [1, 1, 7, 7, 4, 0, 0, 0],
                "needs 7 bytes, but by its own field \"Header length\" there are 6",
            ),
        ] {
            let seen = with_options(options);
            assert!(
                seen.faults.iter().any(|fault| fault == short),
                "{:?}",
                seen.faults
            );
        }
    }

    #[test]
    fn what_an_option_leaves_over_does_not_go_on_behind_it() {
        let seen = with_options([68, 6, 5, 0, 9, 9, 68, 40]); // The second is longer than the header.
        let gaps = seen.fields("ip").into_iter();
        let gaps: Vec<&str> = gaps.filter(|field| field.contains("data.gap")).collect();
        assert_eq!(gaps, ["    data.gap 09:09", "  data.gap 44:28"]);
    }
}
