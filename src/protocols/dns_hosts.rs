//! What most records of DNS say: where a host is, another word for it, who answers and who takes mail (RFC 1035).

use super::dns_data::{Layout, Part};
use super::dns_names;
use crate::model::field::FieldDef;

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

/// The fields.
pub const FIELDS: [&FieldDef; 21] = [
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
];

/// What their data are.
pub static LAYOUTS: &[Layout] = &[
    Layout::of(dns_names::A, &[Part::Fixed(&ADDRESS, 4)]).tells(&[&ADDRESS]),
    Layout::of(dns_names::AAAA, &[Part::Fixed(&ADDRESS_OF_IPV6, 16)]).tells(&[&ADDRESS_OF_IPV6]),
    Layout::of(dns_names::CNAME, &[Part::Name(&ALIAS_OF)]).tells(&[&ALIAS_OF]),
    Layout::of(dns_names::DNAME, &[Part::Name(&SUBTREE_OF)]).tells(&[&SUBTREE_OF]),
    Layout::of(dns_names::NS, &[Part::Name(&NAME_SERVER)]).tells(&[&NAME_SERVER]),
    Layout::of(dns_names::PTR, &[Part::Name(&POINTED_TO)]).tells(&[&POINTED_TO]),
    Layout::of(
        dns_names::MX,
        &[Part::Fixed(&PREFERENCE, 2), Part::Name(&MAIL_EXCHANGE)],
    )
    .tells(&[&PREFERENCE, &MAIL_EXCHANGE]),
    Layout::of(
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
    )
    .tells(&[&PRIMARY]),
    Layout::of(
        dns_names::SRV,
        &[
            Part::Fixed(&PRIORITY, 2),
            Part::Fixed(&WEIGHT, 2),
            Part::Fixed(&PORT, 2),
            Part::Name(&TARGET),
        ],
    )
    .tells(&[&PRIORITY, &WEIGHT, &PORT, &TARGET]),
    Layout::of(dns_names::TXT, &[Part::Texts(&TEXT_LENGTH, &TEXT)]),
];
