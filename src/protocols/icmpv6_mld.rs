//! Multicast listener discovery: which groups the hosts of a link want; to IPv6 what IGMP is to IPv4.

use std::ops::Range;

use super::icmpv6_messages::RESERVED;
use super::layout::{Part, lay};
use super::time_code;
use crate::model::address::put_ipv6;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;

static DELAY: FieldDef = FieldDef::decimal("icmpv6.mld.maximum_response_delay", "Longest delay")
    .unit("ms")
    .rfc(2710, "3.4")
    .meaning("How long hosts may wait before they answer; each waits a random time, so that not all answer.");

static DELAY_CODE: FieldDef = FieldDef::decimal(
    "icmpv6.mld.maximum_response_code_raw",
    "Longest delay, coded",
)
.rfc(9777, "5.1.3")
.meaning("How long hosts may wait before they answer, as sent: below 32768 milliseconds, from 32768 on a small floating-point number.");

static DELAY_DECODED: FieldDef =
    FieldDef::decimal("icmpv6.mld.maximum_response_code", "Longest delay")
        .derived()
        .unit("ms")
        .rfc(9777, "5.1.3")
        .meaning("How long hosts may wait before they answer a query of version 2; each waits a random time, so that not all answer at once; usually 10000.");

static GROUP: FieldDef = FieldDef::ipv6("icmpv6.mld.multicast_address", "Group")
    .rfc(2710, "3.6")
    .meaning("The multicast group that the message is about; :: in a query for all groups.");

static QUERY_FLAGS: FieldDef = FieldDef::hex("icmpv6.mld.flag", "Flags")
    .group()
    .rfc(9777, "5.1")
    .meaning("Whether other routers are to stay quiet, and how many losses are prepared for.");

static QUERY_RESERVED: FieldDef = FieldDef::decimal("icmpv6.mld.flag.reserved", "Reserved")
    .rfc(9777, "5.1")
    .meaning("Four bits before the flags of a query for listeners.");

static SUPPRESS: FieldDef = FieldDef::flag("icmpv6.mld.flag.s", "Suppress")
    .rfc(9777, "5.1.7")
    .meaning("Tells other routers not to count their time-outs from this query.");

static ROBUSTNESS: FieldDef = FieldDef::decimal("icmpv6.mld.flag.qrv", "Robustness")
    .rfc(9777, "5.1.8")
    .meaning("How many lost messages about listeners the querying router is prepared for.");

static INTERVAL_CODE: FieldDef = FieldDef::decimal("icmpv6.mld.qqic", "Query interval, coded")
    .rfc(9777, "5.1.9")
    .meaning("How often the router asks for listeners, as sent: below 128 seconds, from 128 on a small floating-point number.");

static INTERVAL: FieldDef = FieldDef::decimal("icmpv6.mld.qqi", "Query interval")
    .derived()
    .unit("seconds")
    .rfc(9777, "5.1.9")
    .meaning("How many seconds pass between the router's queries for listeners of all groups; usually 125.");

static SOURCE_COUNT: FieldDef = FieldDef::decimal("icmpv6.mld.nb_sources", "Sources")
    .rfc(9777, "5.1.10")
    .meaning("How many addresses of senders the query asks about.");

static SOURCE: FieldDef = FieldDef::ipv6("icmpv6.mld.source_address", "Source")
    .rfc(9777, "5.1.11")
    .meaning("A sender that the query asks about.");

static RECORD_COUNT: FieldDef = FieldDef::decimal("icmpv6.mldr.nb_mcast_records", "Records")
    .rfc(9777, "5.2.3")
    .meaning("How many records follow, one a group.");

static RECORD: FieldDef = FieldDef::heading("icmpv6.mldr.mar", "Record")
    .rfc(9777, "5.2.4")
    .meaning("What the host wants of one group.");

static RECORD_TYPE: FieldDef = FieldDef::decimal("icmpv6.mldr.mar.record_type", "Type")
    .named(&[
        (1, "wants only these sources"),
        (2, "wants all but these sources"),
        (3, "now only these sources"),
        (4, "now all but these sources"),
        (5, "these sources too"),
        (6, "no longer these sources"),
    ])
    .rfc(9777, "5.2.5")
    .meaning("How things stand with the group, or how they have changed.");

static AUXILIARY_LENGTH: FieldDef =
    FieldDef::decimal("icmpv6.mldr.mar.aux_data_len", "Auxiliary data")
        .unit("× 4 bytes")
        .rfc(9777, "5.2.6")
        .meaning("How many words of further data follow the sources of the record; 0.");

static RECORD_SOURCES: FieldDef = FieldDef::decimal("icmpv6.mldr.mar.nb_sources", "Sources")
    .rfc(9777, "5.2.7")
    .meaning("How many addresses of senders the record names.");

static RECORD_GROUP: FieldDef = FieldDef::ipv6("icmpv6.mldr.mar.multicast_address", "Group")
    .rfc(9777, "5.2.8")
    .meaning("The group that the record is about.");

static RECORD_SOURCE: FieldDef = FieldDef::ipv6("icmpv6.mldr.mar.source_address", "Source")
    .rfc(9777, "5.2.9")
    .meaning("A sender that is wanted, or not wanted, of the group.");

static AUXILIARY: FieldDef = FieldDef::bytes("icmpv6.mldr.mar.auxiliary_data", "Auxiliary data")
    .rfc(9777, "5.2.10")
    .meaning("Bytes that belong to the record of a group and mean nothing.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &DELAY,
    &DELAY_CODE,
    &DELAY_DECODED,
    &GROUP,
    &QUERY_FLAGS,
    &QUERY_RESERVED,
    &SUPPRESS,
    &ROBUSTNESS,
    &INTERVAL_CODE,
    &INTERVAL,
    &SOURCE_COUNT,
    &SOURCE,
    &RECORD_COUNT,
    &RECORD,
    &RECORD_TYPE,
    &AUXILIARY_LENGTH,
    &RECORD_SOURCES,
    &RECORD_GROUP,
    &RECORD_SOURCE,
    &AUXILIARY,
];

const QUERY: u8 = 130;
const DONE: u8 = 132;
const REPORT_2: u8 = 143;

/// A query of this length or more is of version 2 (RFC 9777, section 8.1).
const QUERY_2_LENGTH: usize = 28;

/// Length of a record without its sources, in bytes.
const RECORD_LENGTH: usize = 20;

/// Whether a type is of listener discovery.
pub const fn is_one(kind: u8) -> bool {
    matches!(kind, QUERY..=DONE | REPORT_2)
}

/// How many bytes a message of a type has at least (RFC 2710, section 3; RFC 3810, section 5.2).
pub const fn shortest(kind: u8) -> usize {
    match kind {
        REPORT_2 => 8,
        _ => 24,
    }
}

/// Adds what follows the checksum; where that ends.
pub fn expand(kind: u8, bytes: &[u8], start: usize, out: &mut Expander<'_>) -> usize {
    static VERSION_1: &[Part] = &[(&DELAY, 16), (&RESERVED, 16), (&GROUP, 128)];
    let body = start..bytes.len();
    match kind {
        REPORT_2 => expand_report(bytes, body, out),
        QUERY if bytes.len() >= QUERY_2_LENGTH => {
            expand_query_2(bytes, body, out).unwrap_or_else(|end| end)
        }
        _ => lay(VERSION_1, body, out).unwrap_or_else(|end| end),
    }
}

/// Adds a query of version 2; where it ends. `Err`: where the first field begins that is not all there.
fn expand_query_2(
    bytes: &[u8],
    body: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<usize, usize> {
    static DELAY_PART: &[Part] = &[(&DELAY_CODE, 16)];
    static MIDDLE: &[Part] = &[
        (&RESERVED, 16),
        (&GROUP, 128),
        (&QUERY_FLAGS, 8),
        (&QUERY_RESERVED, 4),
        (&SUPPRESS, 1),
        (&ROBUSTNESS, 3),
        (&INTERVAL_CODE, 8),
    ];
    static COUNT: &[Part] = &[(&SOURCE_COUNT, 16)];
    let end = body.end;
    let at = lay(DELAY_PART, body.clone(), out)?;
    if let Some(code) = bits::u16_at(bytes, body.start) {
        out.derived(&DELAY_DECODED, time_code::decoded(code.into(), 16));
    }
    let at = lay(MIDDLE, at..end, out)?;
    if let Some(code) = bytes.get(at - 1) {
        out.derived(&INTERVAL, time_code::decoded((*code).into(), 8));
    }
    let at = lay(COUNT, at..end, out)?;
    let count = bits::u16_at(bytes, at - 2).map_or(0, usize::from);
    Ok(expand_sources(&SOURCE, count, at, end, out))
}

/// Adds at most `count` addresses that fit before `end`; where they end.
fn expand_sources(
    definition: &'static FieldDef,
    count: usize,
    start: usize,
    end: usize,
    out: &mut Expander<'_>,
) -> usize {
    let fitting = count.min(end.saturating_sub(start) / 16);
    for index in 0..fitting {
        let at = start + 16 * index;
        out.bytes(definition, at..at + 16);
    }
    start + 16 * fitting
}

fn expand_report(bytes: &[u8], body: Range<usize>, out: &mut Expander<'_>) -> usize {
    static HEAD: &[Part] = &[(&RESERVED, 16), (&RECORD_COUNT, 16)];
    let mut at = lay(HEAD, body, out).unwrap_or_else(|end| end);
    let count = bits::u16_at(bytes, 6).map_or(0, usize::from);
    for _ in 0..count {
        let Some(end) = record_end(bytes, at).filter(|end| *end <= bytes.len()) else {
            let kind = FaultKind::TooShort {
                needed: record_end(bytes, at).map_or(RECORD_LENGTH, |end| end - at) as u64,
                present: (bytes.len() - at) as u64,
                believed: Believed::Enclosing("IPv6"),
            };
            out.fault(at..bytes.len(), kind);
            break;
        };
        expand_record(bytes, at..end, out);
        at = end;
    }
    at
}

/// Where the record at `at` ends by its own counts; `None` where its head is not there.
fn record_end(bytes: &[u8], at: usize) -> Option<usize> {
    let auxiliary = usize::from(*bytes.get(at + 1)?);
    let sources = usize::from(bits::u16_at(bytes, at + 2)?);
    Some(at + RECORD_LENGTH + 16 * sources + 4 * auxiliary)
}

fn expand_record(bytes: &[u8], record: Range<usize>, out: &mut Expander<'_>) {
    static HEAD: &[Part] = &[
        (&RECORD_TYPE, 8),
        (&AUXILIARY_LENGTH, 8),
        (&RECORD_SOURCES, 16),
        (&RECORD_GROUP, 128),
    ];
    out.bytes(&RECORD, record.clone());
    let start = lay(HEAD, record.clone(), out).unwrap_or_else(|end| end);
    let count = bits::u16_at(bytes, record.start + 2).map_or(0, usize::from);
    let end = expand_sources(&RECORD_SOURCE, count, start, record.end, out);
    out.bytes(&AUXILIARY, end..record.end);
}

/// Appends the groups that the message is about, as far as one line has room.
pub fn push_summary(kind: u8, bytes: &[u8], out: &mut Draft) {
    const SHOWN: usize = 3;
    if kind != REPORT_2 {
        push_group(bytes, 8, out);
        return;
    }
    let count = bits::u16_at(bytes, 6).map_or(0, usize::from);
    let mut at = 8;
    for index in 0..count.min(SHOWN) {
        push_group(bytes, at + 4, out);
        let Some(end) = record_end(bytes, at) else {
            return;
        };
        at = end;
        if index + 1 == SHOWN && count > SHOWN {
            out.push_str(" and ");
            out.put_number((count - SHOWN) as u64);
            out.push_str(" more");
        }
    }
}

fn push_group(bytes: &[u8], at: usize, out: &mut Draft) {
    let group = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>());
    if let Some(group) = group.filter(|group| **group != [0; 16]) {
        out.push(' ');
        put_ipv6(out, (*group).into());
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::seen;
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6::testing::packet;

    /// The fields of a query of version 2 for ff02::5 with these codes.
    fn query(delay: [u8; 2], interval: u8) -> Vec<String> {
        #[rustfmt::skip]
        let message = [
            130, 0, 0, 0, delay[0], delay[1], 0, 0,
            0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5,
            0x0b, interval, 0, 1, // suppress, robustness 3; one source
            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ];
        let seen = seen(LinkType::IPV6, &packet(58, &message));
        let fields = seen.chosen("icmpv6", &["icmpv6.mld"]);
        fields.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_query_of_version_2_has_times_as_small_floating_point_numbers() {
        assert_eq!(
            query([0x9a, 0xbc], 0x9f), // 0x1abc << (1 + 3) ms, 0x1f << (1 + 3) s
            [
                "icmpv6.mld.maximum_response_code_raw 39612",
                "= icmpv6.mld.maximum_response_code 109504",
                "icmpv6.mld.multicast_address ff02::5",
                "icmpv6.mld.flag 0xb",
                "icmpv6.mld.flag.reserved 0",
                "icmpv6.mld.flag.s 1",
                "icmpv6.mld.flag.qrv 3",
                "icmpv6.mld.qqic 159",
                "= icmpv6.mld.qqi 496",
                "icmpv6.mld.nb_sources 1",
                "icmpv6.mld.source_address fd00::1",
            ]
        );
    }

    #[test]
    fn a_small_code_is_the_number_itself() {
        let fields = query([0x27, 0x10], 125);
        assert_eq!(fields[1], "= icmpv6.mld.maximum_response_code 10000");
        assert_eq!(fields[8], "= icmpv6.mld.qqi 125");
    }
}
