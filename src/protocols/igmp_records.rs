//! The group records of an IGMP report of version 3: from whom a host wants to receive each group.
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Record type  | Aux. length   |       Number of sources       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                         Group address                         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Source addresses, auxiliary data ...
//! ```

use std::ops::Range;

use crate::model::address::put_ipv4;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

/// How many records a report has.
pub static RECORD_COUNT: FieldDef = FieldDef::decimal("igmp.num_grp_recs", "Number of records")
    .rfc(9776, "4.2")
    .meaning("How many group records follow, usually one for each group that changed.");

/// One record.
pub static RECORD: FieldDef = FieldDef::heading("igmp.group_record", "Group record")
    .rfc(9776, "4.2")
    .meaning("What the host wants to receive of one group.");

/// What a record says.
pub static RECORD_TYPE: FieldDef = FieldDef::decimal("igmp.record_type", "Record type")
    .named(&[
        (INCLUDES, "is received from these sources only"),
        (EXCLUDES, "is received from all but these sources"),
        (TO_INCLUDE, "from now on from these sources only"),
        (TO_EXCLUDE, "from now on from all but these sources"),
        (ALLOW, "these sources too"),
        (BLOCK, "these sources no more"),
    ])
    .rfc(9776, "4.2")
    .meaning("How the sources are meant: a list of the wanted or of the unwanted, as a state or as a change; no wanted source means that the host leaves the group.");

/// Length of what follows the sources.
pub static AUXILIARY_LENGTH: FieldDef =
    FieldDef::decimal("igmp.aux_data_len", "Length of auxiliary data")
        .unit("words of 4 bytes")
        .rfc(9776, "4.2")
        .meaning(
            "How much follows the sources of this record; always 0, since nobody has defined any.",
        );

/// How many sources follow.
pub static SOURCE_COUNT: FieldDef = FieldDef::decimal("igmp.num_src", "Number of sources")
    .rfc(9776, "4.1")
    .meaning("How many addresses of senders follow; 0 when it is about the group as a whole.");

/// The group.
pub static GROUP: FieldDef = FieldDef::ipv4("igmp.maddr", "Group address")
    .rfc(9776, "4.1")
    .meaning(
        "The multicast group, 224.0.0.0 to 239.255.255.255; 0.0.0.0 in a query for all groups.",
    );

/// A sender.
pub static SOURCE: FieldDef = FieldDef::ipv4("igmp.saddr", "Source address")
    .rfc(9776, "4.1")
    .meaning("A host that sends to the group, and that is wanted, unwanted or asked for.");

/// What follows the sources.
pub static AUXILIARY: FieldDef = FieldDef::bytes("igmp.aux_data", "Auxiliary data")
    .rfc(9776, "4.2")
    .meaning(
        "Bytes that belong to the record and mean nothing in version 3; receivers pass over them.",
    );

const INCLUDES: u64 = 1;
const EXCLUDES: u64 = 2;
const TO_INCLUDE: u64 = 3;
const TO_EXCLUDE: u64 = 4;
const ALLOW: u64 = 5;
const BLOCK: u64 = 6;

/// Where the records begin, in bytes.
const START: usize = 8;
/// Length of a record without sources and auxiliary data, in bytes.
const LEAST_LENGTH: usize = 8;

/// A record as its header states it; its end may lie beyond the bytes that there are.
struct Record {
    start: usize,
    kind: u64,
    group: u32,
    sources: usize,
    sources_end: usize,
    end: usize,
}

impl Record {
    fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let header = bytes.get(start..)?;
        let [kind, auxiliary, ..] = *header.first_chunk::<LEAST_LENGTH>()?;
        let sources = usize::from(bits::u16_at(header, 2)?);
        let sources_end = start + LEAST_LENGTH + 4 * sources;
        Some(Self {
            start,
            kind: u64::from(kind),
            group: bits::u32_at(header, 4)?,
            sources,
            sources_end,
            end: sources_end + 4 * usize::from(auxiliary),
        })
    }
}

/// The records whose headers are there. A record has at least 8 bytes, so the bytes bound their number.
fn records(bytes: &[u8]) -> impl Iterator<Item = Record> {
    let count = bits::u16_at(bytes, 6).map_or(0, usize::from);
    let first = Record::read(bytes, START);
    std::iter::successors(first, |record| Record::read(bytes, record.end)).take(count)
}

/// How long the counts of a report say that it is, in bytes; as much of that as can be told.
pub fn stated_length(bytes: &[u8]) -> usize {
    let count = bits::u16_at(bytes, 6).map_or(0, usize::from);
    let (mut seen, mut end) = (0, START);
    for record in records(bytes) {
        seen += 1;
        end = record.end;
    }
    if seen < count {
        end + LEAST_LENGTH
    } else {
        end
    }
}

/// Adds the count of records and the records, and says where they end.
pub fn expand(bytes: &[u8], out: &mut Expander<'_>) -> usize {
    out.bytes(&RECORD_COUNT, 6..START);
    for record in records(bytes) {
        let at = record.start;
        out.bytes(&RECORD, at..record.end.min(bytes.len()));
        out.bytes(&RECORD_TYPE, at..at + 1);
        out.bytes(&AUXILIARY_LENGTH, at + 1..at + 2);
        out.bytes(&SOURCE_COUNT, at + 2..at + 4);
        out.bytes(&GROUP, at + 4..at + LEAST_LENGTH);
        expand_sources(at + LEAST_LENGTH..record.sources_end.min(bytes.len()), out);
        out.bytes(&AUXILIARY, record.sources_end..record.end);
    }
    stated_length(bytes)
}

/// Adds the addresses of senders that fit wholly into the range.
pub fn expand_sources(range: Range<usize>, out: &mut Expander<'_>) {
    for index in 0..range.len() / 4 {
        let at = range.start + 4 * index;
        out.bytes(&SOURCE, at..at + 4);
    }
}

/// Appends what the records say: `joins 224.1.2.3`.
pub fn push_summary(bytes: &[u8], out: &mut Draft) {
    const SHOWN: usize = 3;
    let count = bits::u16_at(bytes, 6).map_or(0, usize::from);
    for (index, record) in records(bytes).take(SHOWN).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_record(&record, out);
    }
    if count == 0 {
        out.push_str("nothing to report");
    } else if count > SHOWN {
        out.push_str(" and ");
        out.put_number((count - SHOWN) as u64);
        out.push_str(" more groups");
    }
}

fn push_record(record: &Record, out: &mut Draft) {
    let (before, after) = match (record.kind, record.sources) {
        (TO_EXCLUDE, 0) => ("joins ", None),
        (TO_INCLUDE, 0) => ("leaves ", None),
        (EXCLUDES, 0) => ("wants ", None),
        (INCLUDES, _) => ("wants ", Some(" only from ")),
        (EXCLUDES, _) => ("wants ", Some(" from all but ")),
        (TO_INCLUDE, _) => ("joins ", Some(" only from ")),
        (TO_EXCLUDE, _) => ("joins ", Some(" from all but ")),
        (ALLOW, _) => ("wants ", Some(" also from ")),
        (BLOCK, _) => ("wants ", Some(" no more from ")),
        _ => ("reports ", None),
    };
    out.push_str(before);
    put_ipv4(out, record.group.into());
    if let Some(after) = after {
        out.push_str(after);
        out.put_number(record.sources as u64);
        out.push_str(if record.sources == 1 {
            " source"
        } else {
            " sources"
        });
    }
}

#[cfg(test)]
mod tests {
    use etherparse::checksum::Sum16BitWords;

    use crate::decode::testing::{Seen, in_ipv4, seen};
    use crate::model::frame::LinkType;

    /// A report with these records, of which it says that there are `count`.
    fn report(count: u8, records: &[u8]) -> Seen {
        let mut message = vec![0x22, 0, 0, 0, 0, 0, 0, count];
        message.extend(records);
        let sum = Sum16BitWords::new().add_slice(&message).ones_complement();
        message.splice(2..4, sum.to_ne_bytes());
        seen(LinkType::IPV4, &in_ipv4(2, &message))
    }

    fn line(record: &[u8]) -> String {
        report(1, record).line
    }

    const GROUP: [u8; 4] = [224, 1, 2, 3];

    #[test]
    fn a_record_says_from_whom_a_group_is_wanted() {
        #[rustfmt::skip]
        let seen = report(2, &[
            1, 1, 0, 2, 224, 1, 2, 3, // wanted from two sources only, one word of auxiliary data
            10, 0, 0, 1, 10, 0, 0, 2, 0xde, 0xad, 0xbe, 0xef,
            4, 0, 0, 0, 224, 1, 2, 4, // joins
        ]);
        assert_eq!(
            seen.fields("igmp")[6..],
            [
                "igmp.num_grp_recs 2",
                "igmp.group_record",
                "  igmp.record_type 1 (is received from these sources only)",
                "  igmp.aux_data_len 1",
                "  igmp.num_src 2",
                "  igmp.maddr 224.1.2.3",
                "  igmp.saddr 10.0.0.1",
                "  igmp.saddr 10.0.0.2",
                "  igmp.aux_data de:ad:be:ef",
                "igmp.group_record",
                "  igmp.record_type 4 (from now on from all but these sources)",
                "  igmp.aux_data_len 0",
                "  igmp.num_src 0",
                "  igmp.maddr 224.1.2.4",
            ]
        );
        assert_eq!(
            seen.line,
            "wants 224.1.2.3 only from 2 sources, joins 224.1.2.4"
        );
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn to_want_all_but_nobody_is_to_join_and_to_want_only_nobody_is_to_leave() {
        assert_eq!(
            line(&[&[4, 0, 0, 0][..], &GROUP].concat()),
            "joins 224.1.2.3"
        );
        assert_eq!(
            line(&[&[3, 0, 0, 0][..], &GROUP].concat()),
            "leaves 224.1.2.3"
        );
        assert_eq!(
            line(&[&[6, 0, 0, 1][..], &GROUP, &[10, 0, 0, 1]].concat()),
            "wants 224.1.2.3 no more from 1 source"
        );
    }

    #[test]
    fn records_that_are_not_there_are_missed() {
        let record = [&[2, 0, 0, 0][..], &GROUP].concat();
        let seen = report(9, &record);
        let needs = "needs 24 bytes, but by the frame's length on the wire there are 16";
        assert_eq!(seen.faults, [needs]);
        assert_eq!(
            seen.chosen("igmp", &["igmp.maddr"]),
            ["igmp.maddr 224.1.2.3"]
        );
    }

    #[test]
    fn sources_that_are_not_there_are_missed() {
        let record = [&[2, 0, 0, 3][..], &GROUP, &[10, 0, 0, 1]].concat();
        let seen = report(1, &record);
        let needs = "needs 28 bytes, but by the frame's length on the wire there are 20";
        assert_eq!(seen.faults, [needs]);
        assert_eq!(
            seen.chosen("igmp", &["igmp.saddr"]),
            ["igmp.saddr 10.0.0.1"]
        );
    }
}
