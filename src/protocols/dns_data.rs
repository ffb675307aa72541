//! The data of a record of DNS, which are laid out as its type says; and of EDNS, the options.

use std::ops::Range;

use super::dns_message::{Entry, Flaw, What};
use super::dns_names::{self, OPTIONS};
use crate::model::bits;
use crate::model::domain_name::{DomainName, NameFlaw};
use crate::model::field::{FieldDef, Kind};

static DATA: FieldDef = FieldDef::bytes("dns.data", "Data")
    .rfc(3597, "3")
    .meaning("What the record says, in a type that is not taken apart here.");

static ADDRESS: FieldDef = FieldDef::ipv4("dns.a", "Address")
    .rfc(1035, "3.4.1")
    .meaning("An IPv4 address of the name: where a program connects to.");

static ADDRESS_OF_IPV6: FieldDef = FieldDef::ipv6("dns.aaaa", "IPv6 address")
    .rfc(3596, "2.2")
    .meaning("An IPv6 address of the name; four times as long as one of IPv4, hence the four As.");

static ALIAS_OF: FieldDef = FieldDef::domain("dns.cname", "Alias of")
    .rfc(1035, "3.3.1")
    .meaning("The true name: the one that was asked for is only another word for it.");

static SUBTREE_OF: FieldDef = FieldDef::domain("dns.dname", "All below is below")
    .rfc(6672, "2.1")
    .meaning("Under which name all names are found that end in this one.");

static NAME_SERVER: FieldDef = FieldDef::domain("dns.ns", "Name server")
    .rfc(1035, "3.3.11")
    .meaning("The host that answers for the names of this zone.");

static POINTED_TO: FieldDef = FieldDef::domain("dns.ptr.domain_name", "Name")
    .rfc(1035, "3.3.12")
    .meaning("The name that belongs to an address, which was asked for backwards.");

static PREFERENCE: FieldDef = FieldDef::decimal("dns.mx.preference", "Preference")
    .rfc(1035, "3.3.9")
    .meaning("Which of several hosts to try first: the one with the smallest number.");

static MAIL_EXCHANGE: FieldDef = FieldDef::domain("dns.mx.mail_exchange", "Mail server")
    .rfc(1035, "3.3.9")
    .meaning("The host that takes mail for addresses that end in this name.");

static PRIMARY: FieldDef = FieldDef::domain("dns.soa.mname", "Primary name server")
    .rfc(1035, "3.3.13")
    .meaning("The host where the zone is written; others have copies.");

static MAILBOX: FieldDef = FieldDef::domain("dns.soa.rname", "Mailbox of who is responsible")
    .rfc(1035, "3.3.13")
    .meaning("A mail address with a dot in place of its @ sign.");

static SERIAL: FieldDef = FieldDef::decimal("dns.soa.serial_number", "Serial number")
    .rfc(1035, "3.3.13")
    .meaning("Which version of the zone this is; often the date of the last change.");

static REFRESH: FieldDef = FieldDef::decimal("dns.soa.refresh_interval", "Refresh after")
    .unit("seconds")
    .rfc(1035, "3.3.13")
    .meaning("How often whoever has a copy of the zone asks whether it has changed.");

static RETRY: FieldDef = FieldDef::decimal("dns.soa.retry_interval", "Retry after")
    .unit("seconds")
    .rfc(1035, "3.3.13")
    .meaning("How long to wait before that is asked again when nobody answered.");

static EXPIRE: FieldDef = FieldDef::decimal("dns.soa.expire_limit", "Expires after")
    .unit("seconds")
    .rfc(1035, "3.3.13")
    .meaning("How long a copy is good for when the primary name server stays silent.");

static MINIMUM: FieldDef = FieldDef::decimal("dns.soa.minimum_ttl", "Negative answers live")
    .unit("seconds")
    .rfc(2308, "4")
    .meaning("How long it may be remembered that a name does not exist.");

static PRIORITY: FieldDef = FieldDef::decimal("dns.srv.priority", "Priority")
    .rfc(2782, "")
    .meaning("Which of several hosts offers the service first: the one with the smallest number.");

static WEIGHT: FieldDef = FieldDef::decimal("dns.srv.weight", "Weight")
    .rfc(2782, "")
    .meaning("How large a share of the clients this host gets, of those with its priority.");

static PORT: FieldDef = FieldDef::decimal("dns.srv.port", "Port")
    .rfc(2782, "")
    .meaning("The port that the service listens on: who asks need not know it beforehand.");

static TARGET: FieldDef = FieldDef::domain("dns.srv.target", "Host")
    .rfc(2782, "")
    .meaning("The host that offers the service.");

static TEXT_LENGTH: FieldDef = FieldDef::decimal("dns.txt.length", "Length of the text")
    .unit("bytes")
    .rfc(1035, "3.3.14")
    .meaning("How long the text is that follows; 255 bytes at most, then comes another.");

static TEXT: FieldDef = FieldDef::text("dns.txt", "Text")
    .rfc(1035, "3.3.14")
    .meaning("A text for whoever asks for it, such as who may send mail for this name.");

static OPTION: FieldDef = FieldDef::heading("dns.opt", "Option")
    .rfc(6891, "6.1.2")
    .meaning("Something more that the sender says of itself or asks for; who does not know it steps over it.");

static OPTION_CODE: FieldDef = FieldDef::decimal("dns.opt.code", "Code")
    .named(OPTIONS)
    .rfc(6891, "6.1.2")
    .meaning("Which option it is, and so how its data are read.");

static OPTION_LENGTH: FieldDef = FieldDef::decimal("dns.opt.len", "Length")
    .unit("bytes")
    .rfc(6891, "6.1.2")
    .meaning("How many bytes of data the option has.");

static OPTION_DATA: FieldDef = FieldDef::bytes("dns.opt.data", "Data")
    .rfc(6891, "6.1.2")
    .meaning("What the option says, as its code tells.");

static CLIENT_COOKIE: FieldDef = FieldDef::bytes("dns.opt.cookie.client", "Cookie of the client")
    .detail()
    .rfc(7873, "4")
    .meaning("Eight bytes that come back with the answer: who forges one from elsewhere does not know them.");

static SERVER_COOKIE: FieldDef = FieldDef::bytes("dns.opt.cookie.server", "Cookie of the server")
    .detail()
    .rfc(7873, "4")
    .meaning("Bytes that the client sends with its next question: they show that its address is its own.");

/// The fields.
pub const FIELDS: [&FieldDef; 28] = [
    &DATA,
    &ADDRESS,
    &ADDRESS_OF_IPV6,
    &ALIAS_OF,
    &SUBTREE_OF,
    &NAME_SERVER,
    &POINTED_TO,
    &PREFERENCE,
    &MAIL_EXCHANGE,
    &PRIMARY,
    &MAILBOX,
    &SERIAL,
    &REFRESH,
    &RETRY,
    &EXPIRE,
    &MINIMUM,
    &PRIORITY,
    &WEIGHT,
    &PORT,
    &TARGET,
    &TEXT_LENGTH,
    &TEXT,
    &OPTION,
    &OPTION_CODE,
    &OPTION_LENGTH,
    &OPTION_DATA,
    &CLIENT_COOKIE,
    &SERVER_COOKIE,
];

/// A part of a record's data.
enum Part {
    /// So many bytes.
    Fixed(&'static FieldDef, usize),
    /// A name.
    Name(&'static FieldDef),
    /// Texts behind their lengths, to the end.
    Texts,
    /// Options of EDNS, to the end.
    Options,
}

/// What the data of records are, by their type.
static LAYOUTS: &[(u16, &[Part])] = &[
    (dns_names::A, &[Part::Fixed(&ADDRESS, 4)]),
    (dns_names::AAAA, &[Part::Fixed(&ADDRESS_OF_IPV6, 16)]),
    (dns_names::CNAME, &[Part::Name(&ALIAS_OF)]),
    (dns_names::DNAME, &[Part::Name(&SUBTREE_OF)]),
    (dns_names::NS, &[Part::Name(&NAME_SERVER)]),
    (dns_names::PTR, &[Part::Name(&POINTED_TO)]),
    (
        dns_names::MX,
        &[Part::Fixed(&PREFERENCE, 2), Part::Name(&MAIL_EXCHANGE)],
    ),
    (
        dns_names::SOA,
        &[
            Part::Name(&PRIMARY),
            Part::Name(&MAILBOX),
            Part::Fixed(&SERIAL, 4),
            Part::Fixed(&REFRESH, 4),
            Part::Fixed(&RETRY, 4),
            Part::Fixed(&EXPIRE, 4),
            Part::Fixed(&MINIMUM, 4),
        ],
    ),
    (
        dns_names::SRV,
        &[
            Part::Fixed(&PRIORITY, 2),
            Part::Fixed(&WEIGHT, 2),
            Part::Fixed(&PORT, 2),
            Part::Name(&TARGET),
        ],
    ),
    (dns_names::TXT, &[Part::Texts]),
    (dns_names::OPT, &[Part::Options]),
];

/// What the data of a record of this type are; `None` of a type that is not taken apart.
fn layout(kind: u16) -> Option<&'static [Part]> {
    let found = LAYOUTS.iter().find(|(laid, _)| *laid == kind);
    found.map(|(_, parts)| *parts)
}

/// How many of the values in a record's data a line tells.
pub const fn values_told(kind: u16) -> usize {
    match kind {
        dns_names::A
        | dns_names::AAAA
        | dns_names::CNAME
        | dns_names::DNAME
        | dns_names::NS
        | dns_names::PTR
        | dns_names::SOA => 1,
        dns_names::MX => 2,
        dns_names::SRV => 4,
        _ => 0,
    }
}

/// Takes each field of a record's data with its place, as far as they are there.
///
/// # Errors
///
/// The data end before what they hold.
pub fn each_part(
    bytes: &[u8],
    entry: &Entry,
    mut take: impl FnMut(&'static FieldDef, Range<usize>),
) -> Result<(), Flaw> {
    let Range { start, end } = entry.data;
    let Some(parts) = layout(entry.kind) else {
        take(&DATA, start..end);
        return Ok(());
    };
    // Without data there is nothing to read: an update deletes so (RFC 2136, section 2.5).
    if start == end {
        return Ok(());
    }
    let flaw = |what| Flaw { at: start, what };
    let data = bytes.get(..end).unwrap_or(bytes);
    let mut at = start;
    for part in parts {
        at = match part {
            Part::Fixed(definition, length) if at + length <= end => {
                take(definition, at..at + length);
                at + length
            }
            Part::Fixed(..) => return Err(flaw(What::Data)),
            Part::Name(definition) => {
                let name = DomainName::new(data, at);
                let name_end = name.end().map_err(|name| flaw(of_name(name)))?;
                take(definition, at..name_end);
                name_end
            }
            Part::Texts => each_text(data, at, &mut take).ok_or(flaw(What::Data))?,
            Part::Options => each_option(data, at, &mut take).ok_or(flaw(What::Data))?,
        };
    }
    Ok(())
}

const fn of_name(name: NameFlaw) -> What {
    match name {
        NameFlaw::Short(_) => What::Data,
        _ => What::Name(name),
    }
}

/// Takes the texts of data from byte `at` to their end.
fn each_text(
    data: &[u8],
    mut at: usize,
    take: &mut impl FnMut(&'static FieldDef, Range<usize>),
) -> Option<usize> {
    while let Some(length) = data.get(at) {
        let end = at + 1 + usize::from(*length);
        data.get(at..end)?;
        take(&TEXT_LENGTH, at..at + 1);
        take(&TEXT, at + 1..end);
        at = end;
    }
    Some(at)
}

/// Takes the options of data from byte `at` to their end.
fn each_option(
    data: &[u8],
    mut at: usize,
    take: &mut impl FnMut(&'static FieldDef, Range<usize>),
) -> Option<usize> {
    const COOKIE_OF_CLIENT: usize = 8;
    while at < data.len() {
        let (code, length) = (bits::u16_at(data, at)?, bits::u16_at(data, at + 2)?);
        let content = at + 4..at + 4 + usize::from(length);
        data.get(content.clone())?;
        take(&OPTION, at..content.end);
        take(&OPTION_CODE, at..at + 2);
        take(&OPTION_LENGTH, at + 2..at + 4);
        take(&OPTION_DATA, content.clone());
        if code == dns_names::COOKIE && content.len() >= COOKIE_OF_CLIENT {
            let server = content.start + COOKIE_OF_CLIENT;
            take(&CLIENT_COOKIE, content.start..server);
            take(&SERVER_COOKIE, server..content.end);
        }
        at = content.end;
    }
    Some(at)
}

/// What is wrong with the names and the data of an entry.
pub fn flaw(bytes: &[u8], entry: &Entry) -> Option<Flaw> {
    let flaw_at = |at| {
        let what = What::Name(DomainName::new(bytes, at).flaw()?);
        Some(Flaw { at, what })
    };
    let mut found = flaw_at(entry.start);
    let parts = each_part(bytes, entry, |definition, range| {
        if definition.kind == Kind::Domain {
            found = found.or_else(|| flaw_at(range.start));
        }
    });
    found.or(parts.err())
}
