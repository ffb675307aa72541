//! The questions and records of DNS: what they are about, and for how long they hold (RFC 1035, section 4.1).

use super::dns_data::{self, Piece};
use super::dns_message::{Entry, Section};
use super::dns_names::{self, CLASSES, TYPES};
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static QUESTION: FieldDef = FieldDef::heading("dns.qry", "Question")
    .rfc(1035, "4.1.2")
    .meaning("What is asked: a name, and which kind of record of it.");

static ZONE: FieldDef = FieldDef::heading("dns.zone", "Zone")
    .rfc(2136, "2.3")
    .meaning("The zone that is to be changed: its name, the type SOA and its class.");

static EFFECT: FieldDef = FieldDef::decimal("dns.update.effect", "Effect")
    .derived()
    .named(EFFECTS)
    .rfc(2136, "2.4")
    .meaning("What the record asks for, as the section, its class and its type say together.");

static QUESTION_NAME: FieldDef = FieldDef::domain("dns.qry.name", "Name")
    .rfc(1035, "4.1.2")
    .meaning("The name that something is asked about, most often that of a host.");

static QUESTION_TYPE: FieldDef = FieldDef::decimal("dns.qry.type", "Type")
    .named(TYPES)
    .rfc(1035, "3.2.3")
    .meaning("What is wanted of the name: A its IPv4 addresses, AAAA those of IPv6, MX who takes its mail.");

static UNICAST: FieldDef = FieldDef::flag("dns.qry.qu", "Unicast answer wanted")
    .rfc(6762, "5.4")
    .meaning("Whoever asks wants the answer for itself, where answers mostly go to all.");

static QUESTION_CLASS: FieldDef = FieldDef::hex("dns.qry.class", "Class")
    .named(CLASSES)
    .rfc(1035, "3.2.5")
    .meaning("Of which family of networks the names are; nearly always the Internet.");

static RECORD: FieldDef = FieldDef::heading("dns.resp", "Record")
    .rfc(1035, "4.1.3")
    .meaning("One thing that is known of a name, and for how long that may be believed.");

static RECORD_NAME: FieldDef = FieldDef::domain("dns.resp.name", "Name")
    .rfc(1035, "4.1.3")
    .meaning(
        "The name that the record is of; mostly two bytes that point to where it stood before.",
    );

static RECORD_TYPE: FieldDef = FieldDef::decimal("dns.resp.type", "Type")
    .named(TYPES)
    .rfc(1035, "3.2.2")
    .meaning("What the record tells of its name, and so how its data are read.");

static CACHE_FLUSH: FieldDef =
    FieldDef::flag("dns.resp.cache_flush", "Replaces what is remembered")
        .rfc(6762, "10.2")
        .meaning("All that was heard of this name and type before no longer holds.");

static RECORD_CLASS: FieldDef = FieldDef::hex("dns.resp.class", "Class")
    .named(CLASSES)
    .rfc(1035, "3.2.4")
    .meaning("The family of networks that the record is of, nearly always the Internet. In an update, none and any stand for what is not to be there: among its prerequisites a condition, among its updates what is deleted.");

static TTL: FieldDef = FieldDef::decimal("dns.resp.ttl", "Time to live")
    .unit("seconds")
    .rfc(2181, "8")
    .meaning("How long the record may be remembered; then it must be asked for again.");

static DATA_LENGTH: FieldDef = FieldDef::decimal("dns.resp.len", "Length of the data")
    .unit("bytes")
    .rfc(1035, "4.1.3")
    .meaning("How many bytes of data follow: who does not know the type can step over them.");

static PAYLOAD_SIZE: FieldDef = FieldDef::decimal("dns.rr.udp_payload_size", "Longest datagram")
    .unit("bytes")
    .rfc(6891, "6.2.3")
    .meaning("How long a message over UDP the sender can take; without EDNS it is 512 bytes.");

static EXTENDED_RCODE: FieldDef =
    FieldDef::hex("dns.resp.ext_rcode", "Upper bits of the reply code")
        .rfc(6891, "6.1.3")
        .meaning("Eight more bits before the four of the header that say how it went.");

static EDNS_VERSION: FieldDef = FieldDef::decimal("dns.resp.edns0_version", "Version of EDNS")
    .rfc(6891, "6.1.3")
    .meaning("Which version of the extension mechanism the sender speaks; there is only 0.");

static EDNS_FLAGS: FieldDef = FieldDef::hex("dns.resp.z", "Flags of EDNS")
    .group()
    .rfc(6891, "6.1.4")
    .meaning("Sixteen more flags, of which one has a meaning.");

static SIGNATURES: FieldDef = FieldDef::flag("dns.resp.z.do", "Signatures wanted")
    .rfc(6891, "6.1.4")
    .meaning("Whoever asks can check signatures (DNSSEC), and wants them with the answer.");

static EDNS_RESERVED: FieldDef = FieldDef::hex("dns.resp.z.reserved", "Reserved")
    .rfc(6891, "6.1.4")
    .meaning("Flags that nobody has given a meaning yet; 0.");

/// The fields.
pub const FIELDS: [&FieldDef; 20] = [
    &QUESTION,
    &ZONE,
    &EFFECT,
    &QUESTION_NAME,
    &QUESTION_TYPE,
    &UNICAST,
    &QUESTION_CLASS,
    &RECORD,
    &RECORD_NAME,
    &RECORD_TYPE,
    &CACHE_FLUSH,
    &RECORD_CLASS,
    &TTL,
    &DATA_LENGTH,
    &PAYLOAD_SIZE,
    &EXTENDED_RCODE,
    &EDNS_VERSION,
    &EDNS_FLAGS,
    &SIGNATURES,
    &EDNS_RESERVED,
];

/// What the message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To ask and to answer.
    Query,
    /// To change a zone (RFC 2136).
    Update,
}

/// Whether the top bit of the class is a flag, as among hosts of one network (RFC 6762, sections 18.12 and 18.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassBits {
    /// All sixteen bits are the class.
    All,
    /// The first one is a flag.
    WithFlag,
}

/// Whether the flag before a class is set.
pub const fn has_flag(class: u16) -> bool {
    class & 0x8000 != 0
}

/// Adds a question; in an update it names the zone.
pub fn expand_question(entry: &Entry, purpose: Purpose, bits: ClassBits, out: &mut Expander<'_>) {
    let at = entry.name_end;
    let heading = match purpose {
        Purpose::Query => &QUESTION,
        Purpose::Update => &ZONE,
    };
    out.bytes(heading, entry.start..entry.data.end);
    out.bytes(&QUESTION_NAME, entry.start..at);
    out.bytes(&QUESTION_TYPE, at..at + 2);
    expand_class(&QUESTION_CLASS, &UNICAST, at + 2, bits, out);
}

/// Adds a record.
pub fn expand_record(
    bytes: &[u8],
    entry: &Entry,
    purpose: Purpose,
    bits: ClassBits,
    out: &mut Expander<'_>,
) {
    let at = entry.name_end;
    out.bytes(&RECORD, entry.start..entry.data.end);
    out.bytes(&RECORD_NAME, entry.start..at);
    out.bytes(&RECORD_TYPE, at..at + 2);
    if entry.kind == dns_names::OPT {
        out.bytes(&PAYLOAD_SIZE, at + 2..at + 4);
        out.bytes(&EXTENDED_RCODE, at + 4..at + 5);
        out.bytes(&EDNS_VERSION, at + 5..at + 6);
        out.bytes(&EDNS_FLAGS, at + 6..at + 8);
        let flags = first_bit(at + 6);
        out.bits(&SIGNATURES, flags, 1);
        out.bits(&EDNS_RESERVED, flags + 1, 15);
    } else {
        expand_class(&RECORD_CLASS, &CACHE_FLUSH, at + 2, bits, out);
        if let (Purpose::Update, Some(effect)) = (purpose, effect(entry)) {
            out.derived_beside(&EFFECT, effect);
        }
        out.bytes(&TTL, at + 4..at + 8);
    }
    out.bytes(&DATA_LENGTH, at + 8..at + 10);
    // What is wrong with the data was told by the check.
    let _ = dns_data::each_part(bytes, entry, |definition, piece| match piece {
        Piece::Bits(range) => out.bits(definition, range.start, range.end - range.start),
        Piece::Number(number) => out.derived_below(definition, number),
    });
}

/// What a record of an update asks for, by its section, class and type (RFC 2136, sections 2.4 and 2.5).
fn effect(entry: &Entry) -> Option<u64> {
    use dns_names::{ANY_CLASS, ANY_TYPE, NO_CLASS};
    Some(match (entry.section, entry.class, entry.kind) {
        (Section::Answer, ANY_CLASS, ANY_TYPE) => 1,
        (Section::Answer, ANY_CLASS, _) => 2,
        (Section::Answer, NO_CLASS, ANY_TYPE) => 3,
        (Section::Answer, NO_CLASS, _) => 4,
        (Section::Answer, ..) => 5,
        (Section::Authority, ANY_CLASS, ANY_TYPE) => 6,
        (Section::Authority, ANY_CLASS, _) => 7,
        (Section::Authority, NO_CLASS, _) => 8,
        (Section::Authority, ..) => 9,
        (Section::Question | Section::Additional, ..) => return None,
    })
}

/// What [`effect`] says.
const EFFECTS: &[(u64, &str)] = &[
    (1, "the name must have records, of whatever type"),
    (2, "the name must have records of this type"),
    (3, "the name must have no records at all"),
    (4, "the name must have no records of this type"),
    (
        5,
        "the name must have this record, and of this type no others than are listed",
    ),
    (6, "deletes all records of the name"),
    (7, "deletes all records of the name that are of this type"),
    (8, "deletes this record"),
    (9, "adds this record"),
];

fn expand_class(
    class: &'static FieldDef,
    flag: &'static FieldDef,
    at: usize,
    bits: ClassBits,
    out: &mut Expander<'_>,
) {
    match bits {
        ClassBits::All => out.bytes(class, at..at + 2),
        ClassBits::WithFlag => {
            out.bits(flag, first_bit(at), 1);
            out.bits(class, first_bit(at) + 1, 15);
        }
    }
}

fn first_bit(byte: usize) -> u32 {
    bits::of_bytes(&(byte..byte)).start
}
