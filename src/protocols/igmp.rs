//! The Internet Group Management Protocol, versions 1 to 3: hosts tell the routers of their network which
//! multicast groups they want to receive.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      | Response time |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                         Group address                         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Flags |S| QRV |     QQIC      |       Number of sources       |  a query of version 3
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       Source addresses ...
//! ```
//!
//! A report of version 3 has reserved bytes and a number of group records in place of the group, and then
//! the records, which `igmp_records` takes apart.

use super::checksum::{self, Verdict};
use super::igmp_records::{self, GROUP, RECORD_COUNT, SOURCE, SOURCE_COUNT};
use super::time_code;
use crate::model::address::put_ipv4;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static TYPE: FieldDef = FieldDef::hex("igmp.type", "Type")
    .at(0, 1)
    .named_by(type_name)
    .rfc(9776, "4")
    .meaning("Whether a router asks who wants which group (0x11), or a host answers (0x12, 0x16, 0x22) or leaves (0x17).");

static VERSION: FieldDef = FieldDef::decimal("igmp.version", "Version found")
    .derived()
    .rfc(9776, "7.1")
    .meaning("The version of the message, told from its type, and for queries from their length and response time; no field holds it.");

static RESPONSE_CODE: FieldDef = FieldDef::decimal("igmp.max_resp_code", "Response time code")
    .rfc(9776, "4.1.1")
    .meaning("How long hosts may wait before they answer, as sent: below 128 tenths of a second, from 128 on a small floating-point number in version 3.");

static RESPONSE_EXPONENT: FieldDef = FieldDef::hex("igmp.max_resp.exp", "Exponent")
    .detail()
    .rfc(9776, "4.1.1")
    .meaning("By how many bits more than three the mantissa is shifted to the left.");

static RESPONSE_MANTISSA: FieldDef = FieldDef::hex("igmp.max_resp.mant", "Mantissa")
    .detail()
    .rfc(9776, "4.1.1")
    .meaning("The last four bits of the number before it is shifted; a fifth bit before them is always 1.");

static RESPONSE_TIME: FieldDef = FieldDef::decimal("igmp.max_resp", "Response time")
    .derived()
    .unit("tenths of a second")
    .rfc(9776, "4.1.1")
    .meaning("How long hosts may wait before they answer a query, so that they do not all answer at once; usually 100, and 0 in what is no query.");

static RESERVED: FieldDef = FieldDef::bytes("igmp.reserved", "Reserved")
    .rfc(9776, "4.2")
    .meaning("Bytes that this kind of message has no use for; they are sent as 0.");

static CHECKSUM: FieldDef = FieldDef::hex("igmp.checksum", "Checksum")
    .rfc(9776, "4.1.2")
    .meaning("The ones' complement sum of the whole message.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("igmp.checksum.status", "Checksum status")
    .derived()
    .named(checksum::STATUS)
    .rfc(1071, "1")
    .meaning("Whether the message's bytes sum to its checksum; computed here, not sent.");

static FLAGS: FieldDef = FieldDef::hex("igmp.flags", "Flags")
    .rfc(9776, "4.1")
    .meaning("Bits for extensions of the query; 0 in ordinary ones, and the first of them announces an extension at the end (RFC 9279).");

static SUPPRESS: FieldDef = FieldDef::flag("igmp.s", "Suppress router-side processing")
    .rfc(9776, "4.1")
    .meaning("Set when the query must not shorten the timers of other routers: they have updated them already.");

static ROBUSTNESS: FieldDef = FieldDef::decimal("igmp.qrv", "Querier's robustness")
    .rfc(9776, "4.1")
    .meaning("How many lost packets the querying router reckons with, so how often hosts repeat themselves; usually 2, and 0 when it is more than 7.");

static INTERVAL_CODE: FieldDef = FieldDef::decimal("igmp.qqic", "Querier's interval code")
    .rfc(9776, "4.1")
    .meaning("How often the router asks, as sent: below 128 seconds, from 128 on a small floating-point number.");

static INTERVAL: FieldDef = FieldDef::decimal("igmp.qqi", "Querier's interval")
    .derived()
    .unit("seconds")
    .rfc(9776, "4.1")
    .meaning("How many seconds pass between the general queries of the router; usually 125.");

static DATA: FieldDef = FieldDef::bytes("igmp.data", "Data")
    .rfc(9776, "4")
    .meaning("The rest of a message of a type that this program does not take apart.");

static ADDITIONAL: FieldDef = FieldDef::bytes("igmp.additional_data", "Additional data")
    .rfc(9776, "4.1")
    .meaning("Bytes behind the message as its counts state it; receivers ignore them, but the checksum covers them.");

/// IGMP.
pub static PROTOCOL: Protocol = Protocol {
    name: "igmp",
    label: "IGMP",
    title: "Internet Group Management Protocol",
    purpose: "Tells the routers of a network which multicast groups its hosts want to receive.",
    standing: Standing {
        osi: OsiLayer::Network,
        tcp_ip: TcpIpLayer::Network,
        pdu: Pdu::Message,
    },
    sources: &[
        Source::Rfc(9776, ""),
        Source::Rfc(2236, ""),
        Source::Rfc(1112, ""),
    ],
    parents: &[Selector::IpProtocol(2)],
    fields: &[
        &TYPE,
        &VERSION,
        &RESPONSE_CODE,
        &RESPONSE_EXPONENT,
        &RESPONSE_MANTISSA,
        &RESPONSE_TIME,
        &RESERVED,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &GROUP,
        &FLAGS,
        &SUPPRESS,
        &ROBUSTNESS,
        &INTERVAL_CODE,
        &INTERVAL,
        &SOURCE_COUNT,
        &SOURCE,
        &RECORD_COUNT,
        &igmp_records::RECORD,
        &igmp_records::RECORD_TYPE,
        &igmp_records::AUXILIARY_LENGTH,
        &igmp_records::AUXILIARY,
        &ADDITIONAL,
        &DATA,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

const LEAST_LENGTH: usize = 8;
const QUERY_3_LENGTH: usize = 12;

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Query1,
    Query2,
    Query3,
    Report1,
    Report2,
    Leave,
    Report3,
    Other,
}

impl Form {
    /// Tells the form of a message that has `wire_length` bytes on the wire; `None` of no bytes.
    fn of(bytes: &[u8], wire_length: usize) -> Option<Self> {
        let code = bytes.get(1).copied().unwrap_or(0);
        Some(match bytes.first()? {
            0x11 if wire_length >= QUERY_3_LENGTH => Self::Query3,
            0x11 if code == 0 => Self::Query1,
            0x11 => Self::Query2,
            0x12 => Self::Report1,
            0x16 => Self::Report2,
            0x17 => Self::Leave,
            0x22 => Self::Report3,
            _ => Self::Other,
        })
    }

    const fn version(self) -> Option<u64> {
        match self {
            Self::Query1 | Self::Report1 => Some(1),
            Self::Query2 | Self::Report2 | Self::Leave => Some(2),
            Self::Query3 | Self::Report3 => Some(3),
            Self::Other => None,
        }
    }

    /// How long its counts say that the message is, in bytes; as much of that as can be told.
    fn stated_length(self, bytes: &[u8]) -> usize {
        match self {
            Self::Query3 => {
                let sources = bits::u16_at(bytes, 10).map_or(0, usize::from);
                QUERY_3_LENGTH + 4 * sources
            }
            Self::Report3 => igmp_records::stated_length(bytes),
            _ => LEAST_LENGTH,
        }
    }
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let wire_length = room.wire_length;
    let Some(form) = Form::of(bytes, wire_length).filter(|_| bytes.len() >= LEAST_LENGTH) else {
        return room.too_short(LEAST_LENGTH);
    };
    let stated = form.stated_length(bytes);
    if stated > wire_length {
        room.too_short(stated)
    } else if matches!(form, Form::Query1 | Form::Query2) && wire_length > LEAST_LENGTH {
        room.forbidden("a query of 9 to 11 bytes is of no version: receivers ignore it")
    } else {
        Measure::ALL
    }
}

fn verdict(view: &LayerView<'_>) -> Verdict {
    checksum::of_layer(view, 2)
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    match Form::of(view.bytes, view.wire_length())? {
        Form::Other => None,
        _ => verdict(view).fault(bits::u16_at(view.bytes, 2)?),
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let Some(form) = Form::of(bytes, view.wire_length()) else {
        return;
    };
    let Some(version) = form.version() else {
        out.bytes(&DATA, 1..bytes.len());
        return;
    };
    out.derived(&VERSION, version);
    expand_code(form, bytes, out);
    out.bytes(&CHECKSUM, 2..4);
    out.derived(&CHECKSUM_STATUS, verdict(view).status());
    let end = match form {
        Form::Report3 => {
            out.bytes(&RESERVED, 4..6);
            igmp_records::expand(bytes, out)
        }
        Form::Query3 => {
            out.bytes(&GROUP, 4..LEAST_LENGTH);
            expand_query_3(bytes, out)
        }
        _ => {
            out.bytes(&GROUP, 4..LEAST_LENGTH);
            LEAST_LENGTH
        }
    };
    out.bytes(&ADDITIONAL, end..bytes.len());
}

/// Adds the second byte: a time in versions 2 and 3, nothing in version 1 and in reports of version 3.
fn expand_code(form: Form, bytes: &[u8], out: &mut Expander<'_>) {
    let Some(code) = bytes.get(1).copied() else {
        return;
    };
    if matches!(form, Form::Query1 | Form::Report1 | Form::Report3) {
        out.bytes(&RESERVED, 1..2);
        return;
    }
    out.bytes(&RESPONSE_CODE, 1..2);
    let time = if form == Form::Query3 {
        if code >= 128 {
            out.bits(&RESPONSE_EXPONENT, 9, 3);
            out.bits(&RESPONSE_MANTISSA, 12, 4);
        }
        time_code::decoded(code.into(), 8)
    } else {
        u64::from(code)
    };
    out.derived(&RESPONSE_TIME, time);
}

/// Adds what a query of version 3 has behind its group, and says where it ends.
fn expand_query_3(bytes: &[u8], out: &mut Expander<'_>) -> usize {
    out.bits(&FLAGS, 64, 4);
    out.bits(&SUPPRESS, 68, 1);
    out.bits(&ROBUSTNESS, 69, 3);
    out.bytes(&INTERVAL_CODE, 9..10);
    if let Some(code) = bytes.get(9) {
        out.derived(&INTERVAL, time_code::decoded((*code).into(), 8));
    }
    out.bytes(&SOURCE_COUNT, 10..QUERY_3_LENGTH);
    let stated = Form::Query3.stated_length(bytes);
    igmp_records::expand_sources(QUERY_3_LENGTH..stated.min(bytes.len()), out);
    stated
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let group = bits::u32_at(bytes, 4).unwrap_or(0);
    match Form::of(bytes, view.wire_length()) {
        Some(Form::Query1 | Form::Query2 | Form::Query3) if group == 0 => {
            out.push_str("who wants which group?");
        }
        Some(Form::Query1 | Form::Query2 | Form::Query3) => {
            out.push_str("who wants ");
            put_ipv4(out, group.into());
            out.push('?');
        }
        Some(Form::Report1 | Form::Report2) => {
            out.push_str("wants ");
            put_ipv4(out, group.into());
        }
        Some(Form::Leave) => {
            out.push_str("leaves ");
            put_ipv4(out, group.into());
        }
        Some(Form::Report3) => igmp_records::push_summary(bytes, out),
        Some(Form::Other) | None => push_other(bytes, out),
    }
}

fn push_other(bytes: &[u8], out: &mut Draft) {
    let Some(number) = bytes.first().map(|number| u64::from(*number)) else {
        return;
    };
    match type_name(number) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("type ");
            out.put_hex_number(number, 2);
        }
    }
}

/// The name of a message type (IANA "IGMP Type Numbers").
fn type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0x11 => "membership query",
        0x12 => "membership report, version 1",
        0x13 => "DVMRP",
        0x14 => "PIM version 1",
        0x15 => "Cisco trace",
        0x16 => "membership report, version 2",
        0x17 => "leave group",
        0x1e => "multicast traceroute response",
        0x1f => "multicast traceroute",
        0x22 => "membership report, version 3",
        0x30 => "multicast router advertisement",
        0x31 => "multicast router solicitation",
        0x32 => "multicast router termination",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen, seen_of};
    use crate::model::frame::LinkType;

    fn igmp(message: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_ipv4(2, message))
    }

    #[test]
    fn a_report_of_version_2_names_one_group() {
        let seen = igmp(&[0x16, 0, 0x07, 0xfb, 224, 1, 2, 3]);
        assert_eq!(seen.layers, ["ip", "igmp"]);
        assert_eq!(seen.line, "wants 224.1.2.3");
        assert!(seen.faults.is_empty());
        assert_eq!(
            seen.fields("igmp"),
            [
                "igmp.type 0x16 (membership report, version 2)",
                "= igmp.version 2",
                "igmp.max_resp_code 0",
                "= igmp.max_resp 0",
                "igmp.checksum 0x7fb",
                "= igmp.checksum.status 1 (good)",
                "igmp.maddr 224.1.2.3",
            ]
        );
    }

    #[test]
    fn a_query_of_version_1_has_no_response_time() {
        let seen = igmp(&[0x11, 0, 0xee, 0xff, 0, 0, 0, 0]);
        assert_eq!(seen.line, "who wants which group?");
        assert_eq!(
            seen.chosen("igmp", &["igmp.version", "igmp.reserved", "igmp.max_resp"]),
            ["= igmp.version 1", "igmp.reserved 00"]
        );
    }

    #[test]
    fn a_query_of_version_3_has_times_as_small_floating_point_numbers() {
        #[rustfmt::skip]
        let seen = igmp(&[
            0x11, 0xc8, 0xf7, 0xb0, 224, 1, 2, 3, // code 200: (8 | 16) << (4 + 3) tenths of a second
            0x0a, 0x80, 0, 1, // suppress, robustness 2; code 128: 16 << 3 seconds; one source
            10, 0, 0, 1,
        ]);
        assert_eq!(seen.line, "who wants 224.1.2.3?");
        assert_eq!(
            seen.fields("igmp")[1..],
            [
                "= igmp.version 3",
                "igmp.max_resp_code 200",
                "  - igmp.max_resp.exp 0x4",
                "  - igmp.max_resp.mant 0x8",
                "= igmp.max_resp 3072",
                "igmp.checksum 0xf7b0",
                "= igmp.checksum.status 1 (good)",
                "igmp.maddr 224.1.2.3",
                "igmp.flags 0x0",
                "igmp.s 1",
                "igmp.qrv 2",
                "igmp.qqic 128",
                "= igmp.qqi 128",
                "igmp.num_src 1",
                "igmp.saddr 10.0.0.1",
            ]
        );
    }

    #[test]
    fn a_query_between_the_lengths_of_two_versions_is_of_none() {
        let seen = igmp(&[0x11, 100, 0xed, 0x99, 0, 0, 0, 0, 1, 2]);
        assert_eq!(
            seen.faults,
            ["a query of 9 to 11 bytes is of no version: receivers ignore it"]
        );
        assert_eq!(
            seen.chosen("igmp", &["igmp.additional_data"]),
            ["igmp.additional_data 01:02"]
        );
    }

    #[test]
    fn a_count_of_sources_beyond_the_message_is_a_fault() {
        let seen = igmp(&[
            0x11, 100, 0x00, 0x10, 224, 1, 2, 3, 2, 125, 0, 9, 10, 0, 0, 1,
        ]);
        assert_eq!(
            seen.faults,
            ["needs 48 bytes, but by the frame's length on the wire there are 16"]
        );
        assert_eq!(
            seen.chosen("igmp", &["igmp.saddr"]),
            ["igmp.saddr 10.0.0.1"]
        );
    }

    #[test]
    fn a_message_of_another_type_is_left_as_bytes() {
        let seen = igmp(&[0x13, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(seen.line, "DVMRP");
        assert_eq!(
            seen.fields("igmp"),
            ["igmp.type 0x13 (DVMRP)", "igmp.data 01:02:03:04:05:06:07"]
        );
    }

    #[test]
    fn a_message_that_the_capture_cut_is_of_the_version_it_had_on_the_wire() {
        let packet = in_ipv4(
            2,
            &[0x11, 100, 0, 0, 224, 1, 2, 3, 2, 125, 0, 1, 10, 0, 0, 1],
        );
        let cut = seen_of(LinkType::IPV4, &packet[..29], packet.len());
        assert_eq!(
            cut.chosen(
                "igmp",
                &["igmp.version", "igmp.checksum.status", "igmp.qrv"]
            ),
            [
                "= igmp.version 3",
                "= igmp.checksum.status 2 (not verified: not all bytes are here)",
                "igmp.qrv 2",
            ]
        );
    }
}
