//! The header of a message of DNS: twelve bytes, drawn in `dns` (RFC 1035, section 4.1.1).

use super::dns_names::{OPCODES, RCODES};
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static ID: FieldDef = FieldDef::hex("dns.id", "Transaction ID")
    .at(0, 2)
    .rfc(1035, "4.1.1")
    .meaning("A number that comes back with the answer: so whoever asked knows to which question it belongs.");

static FLAGS: FieldDef = FieldDef::hex("dns.flags", "Flags")
    .at(2, 2)
    .group()
    .rfc(1035, "4.1.1")
    .meaning(
        "Whether it is a question or an answer, how it went, and how far it may be relied on.",
    );

static RESPONSE: FieldDef = FieldDef::flag("dns.flags.response", "Response")
    .at_bits(16, 1)
    .named(&[(0, "a query"), (1, "a response")])
    .rfc(1035, "4.1.1")
    .meaning("Whether the message answers or asks.");

static OPCODE: FieldDef = FieldDef::decimal("dns.flags.opcode", "Kind of query")
    .at_bits(17, 4)
    .named(OPCODES)
    .rfc(1035, "4.1.1")
    .meaning("What the message is for; nearly always a plain question and its answer.");

static AUTHORITATIVE: FieldDef = FieldDef::flag("dns.flags.authoritative", "Authoritative")
    .at_bits(21, 1)
    .rfc(1035, "4.1.1")
    .meaning("The server answers for this name itself; it did not ask another one or remember.");

static TRUNCATED: FieldDef = FieldDef::flag("dns.flags.truncated", "Truncated")
    .at_bits(22, 1)
    .rfc(1035, "4.1.1")
    .meaning("The answer was too long for the datagram: ask again over TCP.");

static RECURSION_DESIRED: FieldDef = FieldDef::flag("dns.flags.recdesired", "Recursion desired")
    .at_bits(23, 1)
    .rfc(1035, "4.1.1")
    .meaning("The server is to ask other servers where it does not know the answer.");

static RECURSION_AVAILABLE: FieldDef = FieldDef::flag("dns.flags.recavail", "Recursion available")
    .at_bits(24, 1)
    .rfc(1035, "4.1.1")
    .meaning("The server does ask other servers where it does not know.");

static RESERVED: FieldDef = FieldDef::flag("dns.flags.z", "Reserved")
    .at_bits(25, 1)
    .rfc(1035, "4.1.1")
    .meaning("The last bit of the header that has no meaning yet; 0.");

static AUTHENTICATED: FieldDef = FieldDef::flag("dns.flags.authenticated", "Authentic data")
    .at_bits(26, 1)
    .rfc(4035, "3.2.3")
    .meaning("The server has checked the signatures of all that it says; in a question: tell me whether.");

static CHECKING_DISABLED: FieldDef = FieldDef::flag("dns.flags.checkdisable", "Checking disabled")
    .at_bits(27, 1)
    .rfc(4035, "3.2.2")
    .meaning(
        "Whoever asks takes answers whose signatures were not checked, and checks them itself.",
    );

static RCODE: FieldDef = FieldDef::decimal("dns.flags.rcode", "Reply code")
    .at_bits(28, 4)
    .named(RCODES)
    .rfc(1035, "4.1.1")
    .meaning(
        "How it went; 3 says that there is no such name, and 2 that the server itself has trouble.",
    );

static QUESTIONS: FieldDef = FieldDef::decimal("dns.count.queries", "Questions")
    .usually_at(4, 2)
    .rfc(1035, "4.1.1")
    .meaning("How many questions follow; nearly always one, also in the answer.");

static ANSWERS: FieldDef = FieldDef::decimal("dns.count.answers", "Answers")
    .usually_at(6, 2)
    .rfc(1035, "4.1.1")
    .meaning("How many records answer the question.");

static AUTHORITIES: FieldDef = FieldDef::decimal("dns.count.auth_rr", "Authorities")
    .usually_at(8, 2)
    .rfc(1035, "4.1.1")
    .meaning("How many records say which servers know the names of this zone.");

static ADDITIONAL: FieldDef = FieldDef::decimal("dns.count.add_rr", "Additional records")
    .usually_at(10, 2)
    .rfc(1035, "4.1.1")
    .meaning(
        "How many records are of use beside the answer, such as the addresses of those servers.",
    );

static ZONES: FieldDef = FieldDef::decimal("dns.count.zones", "Zones")
    .rfc(2136, "2.2")
    .meaning("How many zones are to be changed; always one.");

static PREREQUISITES: FieldDef = FieldDef::decimal("dns.count.prerequisites", "Prerequisites")
    .rfc(2136, "2.2")
    .meaning("How many conditions must hold, or else nothing is changed.");

static UPDATES: FieldDef = FieldDef::decimal("dns.count.updates", "Updates")
    .rfc(2136, "2.2")
    .meaning("How many records are to be added or taken away.");

/// The fields.
pub const FIELDS: [&FieldDef; 19] = [
    &ID,
    &FLAGS,
    &RESPONSE,
    &OPCODE,
    &AUTHORITATIVE,
    &TRUNCATED,
    &RECURSION_DESIRED,
    &RECURSION_AVAILABLE,
    &RESERVED,
    &AUTHENTICATED,
    &CHECKING_DISABLED,
    &RCODE,
    &QUESTIONS,
    &ANSWERS,
    &AUTHORITIES,
    &ADDITIONAL,
    &ZONES,
    &PREREQUISITES,
    &UPDATES,
];

/// How many entries each section has; of an update the sections are others.
const COUNTS: [&FieldDef; 4] = [&QUESTIONS, &ANSWERS, &AUTHORITIES, &ADDITIONAL];
const COUNTS_OF_UPDATE: [&FieldDef; 4] = [&ZONES, &PREREQUISITES, &UPDATES, &ADDITIONAL];

/// Adds the counts.
pub fn expand_counts(bytes: &[u8], out: &mut Expander<'_>) {
    let counts = if is_update(bytes) {
        COUNTS_OF_UPDATE
    } else {
        COUNTS
    };
    for (count, at) in counts.into_iter().zip((4..).step_by(2)) {
        out.bytes(count, at..at + 2);
    }
}

/// Whether the message changes a zone, or answers one that does (RFC 2136).
pub fn is_update(bytes: &[u8]) -> bool {
    const UPDATE: u16 = 5;
    bits::u16_at(bytes, 2).is_some_and(|flags| flags >> 11 & 0xf == UPDATE)
}
