//! DNS: a program asks for the address that belongs to a name, and for what else is known of it (RFC 1035).
//!
//! ```text
//!  0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
//! +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//! |                      ID                       |
//! +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//! |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
//! +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//! |  questions, answers, authorities, additional  |
//! +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//! ```
//!
//! Most messages are one UDP datagram each. Over TCP, which knows no messages, each stands behind its length
//! (`dns_over_tcp`).

use super::dns_data::{self, Piece};
use super::dns_message::{Entries, Entry, Flaw, HEADER, Section, What};
use super::dns_names::{self, OPCODES, RCODES, TYPES};
use super::dns_records::{self, ClassBits, Purpose};
use super::{dns_header, mdns};
use crate::model::bits;
use crate::model::domain_name::{DomainName, NameFlaw};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{self, FieldDef};
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::value::Value;

static QUESTION_SECTION: FieldDef = FieldDef::heading("dns.questions", "Question section")
    .rfc(1035, "4.1")
    .meaning("What is asked; the answer repeats it.");

static ANSWER_SECTION: FieldDef = FieldDef::heading("dns.answers", "Answer section")
    .rfc(1035, "4.1")
    .meaning("The records that answer what was asked.");

static AUTHORITY_SECTION: FieldDef = FieldDef::heading("dns.authorities", "Authority section")
    .rfc(1035, "4.1")
    .meaning(
        "Records that name who knows this zone; where a name does not exist, how long that holds.",
    );

static ADDITIONAL_SECTION: FieldDef = FieldDef::heading("dns.additional", "Additional section")
    .rfc(1035, "4.1")
    .meaning("Records that nobody asked for and that are of use, and those of extensions.");

static ZONE_SECTION: FieldDef = FieldDef::heading("dns.zones", "Zone section")
    .rfc(2136, "2.3")
    .meaning("The zone that is to be changed, written like a question for its SOA.");

static PREREQUISITE_SECTION: FieldDef =
    FieldDef::heading("dns.prerequisites", "Prerequisite section")
        .rfc(2136, "2.4")
        .meaning("What must be there, or must not be, for the zone to be changed at all.");

static UPDATE_SECTION: FieldDef = FieldDef::heading("dns.updates", "Update section")
    .rfc(2136, "2.5")
    .meaning("The records that are added to the zone, or taken out of it: all of them or none.");

/// The question that a response answers.
pub static RESPONSE_TO: FieldDef = FieldDef::decimal("dns.response_to", "Answers frame")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("The frame with the question that this answers: same ends, same transaction ID.");

/// How long that took.
pub static TIME: FieldDef = FieldDef::duration("dns.time", "Since the question")
    .unit("seconds")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning(
        "How long the answer took: a program that connects by name waits for it before it can.",
    );

const SECTIONS: [&FieldDef; 7] = [
    &QUESTION_SECTION,
    &ANSWER_SECTION,
    &AUTHORITY_SECTION,
    &ADDITIONAL_SECTION,
    &ZONE_SECTION,
    &PREREQUISITE_SECTION,
    &UPDATE_SECTION,
];

const FOLLOWED: [&FieldDef; 2] = [&RESPONSE_TO, &TIME];

/// The fields, which multicast DNS has too.
pub static FIELDS: [&FieldDef;
    dns_header::FIELDS.len()
        + SECTIONS.len()
        + dns_records::FIELDS.len()
        + dns_data::FIELDS.len()
        + FOLLOWED.len()] = field::joined(&[
    &dns_header::FIELDS,
    &SECTIONS,
    &dns_records::FIELDS,
    &dns_data::FIELDS,
    &FOLLOWED,
]);

/// DNS.
pub static PROTOCOL: Protocol = Protocol {
    name: "dns",
    label: "DNS",
    title: "Domain Name System",
    purpose: "Turns a name into an address, and tells what else is known of names: one datagram asks, one answers.",
    standing: STANDING,
    sources: &[Source::Rfc(1035, "")],
    parents: &[Selector::UdpPort(PORT), Selector::TcpMessage(PORT)],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

/// Where it stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Application,
    tcp_ip: TcpIpLayer::Application,
    pdu: Pdu::Message,
};

/// The port of name servers.
pub const PORT: u16 = 53;

/// The number of the message, where it begins like one of DNS; and whether it answers.
pub fn id_and_direction(bytes: &[u8]) -> Option<(u16, bool)> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    let flags = bits::u16_at(header, 2)?;
    Some((bits::u16_at(header, 0)?, flags >> 15 == 1))
}

/// Whether a class has a flag before it, in a message of this layer.
fn class_bits(view: &LayerView<'_>) -> ClassBits {
    if std::ptr::eq(view.layer.protocol, &raw const mdns::PROTOCOL) {
        ClassBits::WithFlag
    } else {
        ClassBits::All
    }
}

/// Adds the counts of the header, and the four sections.
pub fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let (bytes, class) = (view.bytes, class_bits(view));
    let purpose = if dns_header::is_update(bytes) {
        Purpose::Update
    } else {
        Purpose::Query
    };
    dns_header::expand_counts(bytes, out);
    let mut entries = Entries::of(bytes);
    let mut section = None;
    loop {
        let before = entries.clone();
        let Some(Ok(entry)) = entries.next() else {
            return;
        };
        if section.replace(entry.section) != Some(entry.section) {
            out.bytes(
                heading_of(purpose, entry.section),
                entry.start..before.end_of_section(),
            );
        }
        match entry.section {
            Section::Question => dns_records::expand_question(&entry, purpose, class, out),
            _ => dns_records::expand_record(bytes, &entry, purpose, class, out),
        }
    }
}

fn heading_of(purpose: Purpose, section: Section) -> &'static FieldDef {
    match (purpose, section) {
        (Purpose::Query, Section::Question) => &QUESTION_SECTION,
        (Purpose::Query, Section::Answer) => &ANSWER_SECTION,
        (Purpose::Query, Section::Authority) => &AUTHORITY_SECTION,
        (Purpose::Update, Section::Question) => &ZONE_SECTION,
        (Purpose::Update, Section::Answer) => &PREREQUISITE_SECTION,
        (Purpose::Update, Section::Authority) => &UPDATE_SECTION,
        (_, Section::Additional) => &ADDITIONAL_SECTION,
    }
}

/// What is wrong with the first part of a message that is not as it should be.
pub fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    let bytes = view.bytes;
    if bytes.len() < HEADER {
        return short(view, HEADER);
    }
    let flaw = Entries::of(bytes).find_map(|entry| match entry {
        Ok(entry) => dns_data::flaw(bytes, &entry),
        Err(flaw) => Some(flaw),
    })?;
    fault_of(view, flaw)
}

fn fault_of(view: &LayerView<'_>, flaw: Flaw) -> Option<FaultKind> {
    let why = match flaw.what {
        What::Short(needed) => return short(view, needed),
        What::Data => "the data of a record end before what they hold does",
        What::TooMany => "more than 1,024 questions and records: the rest is shown as bytes",
        // Of a message that is cut, nobody knows.
        What::Name(NameFlaw::Short(_)) if !view.is_whole() => return None,
        What::Name(NameFlaw::Short(_)) => "a name goes on behind the end of the message",
        What::Name(NameFlaw::Forward) => {
            "a name's pointer leads to itself or forward: it may only lead to what stood before"
        }
        What::Name(NameFlaw::UnknownLabel) => {
            "a label begins with bits that nobody reads: neither a length nor a pointer"
        }
        What::Name(NameFlaw::TooLong) => "a name is longer than 255 bytes",
        What::Name(NameFlaw::TooManySteps) => {
            "a name has more than 128 labels and pointers: the rest is not followed"
        }
    };
    Some(FaultKind::BadValue { why })
}

/// The fault of a message that needs more bytes than there are; none where only the capture has less.
fn short(view: &LayerView<'_>, needed: usize) -> Option<FaultKind> {
    let around = view.around().last();
    view.is_whole().then(|| FaultKind::TooShort {
        needed: needed as u64,
        present: view.bytes.len() as u64,
        believed: Believed::Enclosing(around.map_or("", |layer| layer.protocol.label)),
    })
}

/// How many questions and records a line tells.
const MOST_TOLD: usize = 16;

/// Puts what it is, what is asked, and what the records say.
pub fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let (Some(id), Some(flags)) = (bits::u16_at(bytes, 0), bits::u16_at(bytes, 2)) else {
        return;
    };
    match dns_names::name_of(OPCODES, flags >> 11 & 0xf) {
        Some(opcode) => out.push_str(opcode),
        None => out.push_str("Unknown operation"),
    }
    let is_response = flags >> 15 == 1;
    if is_response {
        out.put(b" response");
    }
    out.put(b" ");
    out.put_hex_number(id.into(), 4);
    let rcode = flags & 0xf;
    if is_response && rcode != 0 {
        out.put(b" ");
        out.push_str(dns_names::name_of(RCODES, rcode).unwrap_or("Unknown error"));
    }
    let class = class_bits(view);
    let mut entries = Entries::of(bytes).map_while(Result::ok);
    for entry in entries.by_ref().take(MOST_TOLD) {
        put_entry(bytes, &entry, class, out);
    }
    if entries.next().is_some() {
        out.push_str(" …");
    }
}

fn put_entry(bytes: &[u8], entry: &Entry, class: ClassBits, out: &mut Draft) {
    out.put(b" ");
    match dns_names::name_of(TYPES, entry.kind) {
        Some(name) => out.push_str(name),
        None => {
            out.put(b"TYPE");
            out.put_number(entry.kind.into());
        }
    }
    let has_flag = class == ClassBits::WithFlag && dns_records::has_flag(entry.class);
    if entry.section == Section::Question {
        out.put(b" ");
        DomainName::new(bytes, entry.start).spell(|text| out.push_str(text));
        if class == ClassBits::WithFlag {
            let unicast = if has_flag {
                ", \"QU\" question"
            } else {
                ", \"QM\" question"
            };
            out.push_str(unicast);
        }
        return;
    }
    if has_flag {
        out.push_str(", cache flush");
    }
    let told = dns_data::told(entry.kind);
    if told.is_empty() {
        return;
    }
    let is_told = |definition| told.iter().any(|told| std::ptr::eq(*told, definition));
    // What is wrong with the data is told behind the line.
    let _ = dns_data::each_part(bytes, entry, |definition, piece| {
        if let Piece::Bits(range) = piece
            && is_told(definition)
        {
            out.put(b" ");
            Value::read(definition, bytes, &range).put_plain(out, definition, 0);
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen, seen_of};
    use crate::model::domain_name::{MOST_BYTES, MOST_STEPS};
    use crate::model::frame::LinkType;
    use crate::protocols::dns_message::MOST_ENTRIES;

    /// A message in a datagram from port 53.
    fn packet(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + message.len()).unwrap().to_be_bytes();
        let header = [0, 53, 0x9c, 0x40, length[0], length[1], 0, 0];
        in_ipv4(17, &[&header[..], message].concat())
    }

    fn sent(message: &[u8]) -> Seen {
        seen(LinkType::IPV4, &packet(message))
    }

    /// A response with one question for `a.lab`, and this behind it, in so many answers, authorities and additional
    /// records.
    fn response(counts: [u8; 3], records: &[u8]) -> Vec<u8> {
        let [answers, authorities, additional] = counts;
        let header = [
            0x12,
            0x34,
            0x85,
            0x00,
            0,
            1,
            0,
            answers,
            0,
            authorities,
            0,
            additional,
        ];
        [&header[..], b"\x01a\x03lab\x00\x00\x01\x00\x01", records].concat()
    }

    /// A record of the name at byte 12, of this type, with these data.
    fn record(kind: u8, data: &[u8]) -> Vec<u8> {
        let head = [0xc0, 12, 0, kind, 0, 1, 0, 0, 1, 44];
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        [&head[..], &length, data].concat()
    }

    #[test]
    fn a_question_and_its_answer_are_taken_apart_and_told_in_a_line() {
        let seen = sent(&response([1, 0, 0], &record(1, &[192, 168, 1, 6])));
        assert_eq!(seen.layers[1..], ["udp", "dns"]);
        assert!(
            seen.line
                .ends_with("  Standard query response 0x1234 A a.lab A 192.168.1.6"),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("dns")[12..],
            [
                "dns.count.queries 1",
                "dns.count.answers 1",
                "dns.count.auth_rr 0",
                "dns.count.add_rr 0",
                "dns.questions",
                "  dns.qry",
                "    dns.qry.name a.lab",
                "    dns.qry.type 1 (A)",
                "    dns.qry.class 0x1 (IN, the Internet)",
                "dns.answers",
                "  dns.resp",
                "    dns.resp.name a.lab",
                "    dns.resp.type 1 (A)",
                "    dns.resp.class 0x1 (IN, the Internet)",
                "    dns.resp.ttl 300",
                "    dns.resp.len 4",
                "    dns.a 192.168.1.6",
            ]
        );
    }

    #[test]
    fn the_line_tells_what_each_kind_of_record_says() {
        let told = |kind, data: &[u8]| {
            let seen = sent(&response([1, 0, 0], &record(kind, data)));
            let (_, told) = seen.line.split_once(" A a.lab ").unwrap();
            told.to_owned()
        };
        let lab = b"\xc0\x0e";
        assert_eq!(told(2, lab), "NS lab");
        assert_eq!(told(5, lab), "CNAME lab");
        assert_eq!(told(12, lab), "PTR lab");
        assert_eq!(told(15, b"\x00\x0a\xc0\x0e"), "MX 10 lab");
        assert_eq!(told(16, b"\x02hi"), "TXT");
        assert_eq!(told(28, &[0; 16]), "AAAA ::");
        assert_eq!(told(33, b"\0\0\0\x05\x30\x39\xc0\x0e"), "SRV 0 5 12345 lab");
        let soa = [&lab[..], lab, &[0; 20]].concat();
        assert_eq!(told(6, &soa), "SOA lab");
        assert_eq!(told(200, b"??"), "TYPE200");
    }

    #[test]
    fn a_record_of_edns_has_lengths_and_flags_where_others_have_class_and_time() {
        let options = b"\0\x0a\0\x08cookies!\0\x0c\0\x00";
        let mut opt = vec![0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 16];
        opt.extend(options);
        let seen = sent(&response([0, 0, 1], &opt));
        let fields = seen.fields("dns");
        let from = fields.iter().position(|line| *line == "dns.additional");
        assert_eq!(
            fields[from.unwrap()..],
            [
                "dns.additional",
                "  dns.resp",
                "    dns.resp.name <Root>",
                "    dns.resp.type 41 (OPT)",
                "    dns.rr.udp_payload_size 1232",
                "    dns.resp.ext_rcode 0x0",
                "    dns.resp.edns0_version 0",
                "    dns.resp.z 0x8000",
                "      dns.resp.z.do 1",
                "      dns.resp.z.reserved 0x0",
                "    dns.resp.len 16",
                "    dns.opt",
                "      dns.opt.code 10 (cookie)",
                "      dns.opt.len 8",
                "      dns.opt.data 63:6f:6f:6b:69:65:73:21",
                "        - dns.opt.cookie.client 63:6f:6f:6b:69:65:73:21",
                "    dns.opt",
                "      dns.opt.code 12 (padding)",
                "      dns.opt.len 0",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_once_and_the_rest_is_shown_as_bytes() {
        for (records, fault) in [
            (
                record(5, b"\xc0\x23"),
                "a name's pointer leads to itself or forward",
            ),
            (
                record(5, b"\x41a\x00"),
                "a label begins with bits that nobody reads",
            ),
            (record(1, b"\x01\x02"), "the data of a record end before"),
            (record(16, b"\x05hi"), "the data of a record end before"),
            (record(5, b"\x05hi"), "the data of a record end before"),
            (
                record(1, b"1234")[..9].to_vec(),
                "needs 35 bytes, but by the length that UDP",
            ),
            (Vec::new(), "needs 24 bytes, but by the length that UDP"),
        ] {
            let faults = sent(&response([1, 0, 0], &records)).faults;
            assert_eq!(faults.len(), 1, "{fault}: {faults:?}");
            assert!(faults[0].starts_with(fault), "{faults:?}");
        }
        assert_eq!(sent(b"\x12").faults.len(), 1);
    }

    #[test]
    fn a_message_that_the_capture_cut_is_not_wrong() {
        // The alias goes on in a label that begins in an address and ends in a text.
        let records = [
            record(1, &[40, 0, 0, 0]),
            record(5, b"\x01b\xc0\x23"),
            record(16, &[&[20][..], &[0; 20]].concat()),
        ];
        let whole = packet(&response([3, 0, 0], &records.concat()));
        assert_eq!(seen(LinkType::IPV4, &whole).faults.len(), 0);
        for end in 29..whole.len() {
            let seen = seen_of(LinkType::IPV4, &whole[..end], whole.len());
            assert_eq!(seen.faults.len(), 1, "{end}: {:?}", seen.faults);
            assert!(seen.faults[0].starts_with("cut by the capture"));
        }
    }

    #[test]
    fn the_bounds_are_those_that_the_words_name() {
        assert_eq!((MOST_ENTRIES, MOST_BYTES, MOST_STEPS), (1024, 255, 128));
    }
}
