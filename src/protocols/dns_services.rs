//! Where and how a service is found: SVCB and HTTPS (RFC 9460), and the older NAPTR (RFC 3403).
//!
//! A browser asks for the HTTPS record of a name beside its addresses: before the first byte of a connection it knows
//! which versions of HTTP the server speaks, on which port, and under which key the hello can be hidden.

use std::ops::Range;

use super::dns_data::{self, Layout, Part, Take};
use super::dns_names::{self, PARAMETERS};
use crate::model::bits;
use crate::model::field::FieldDef;

static PRIORITY: FieldDef = FieldDef::decimal("dns.svcb.svcpriority", "Priority")
    .rfc(9460, "2.4.1")
    .meaning(
        "Which of several to try first, the smallest number; 0 says that the name is an alias.",
    );

static TARGET: FieldDef = FieldDef::domain("dns.svcb.targetname", "Host")
    .rfc(9460, "2.5")
    .meaning("The host that offers the service; the root stands for the name that was asked for.");

static PARAMETER: FieldDef = FieldDef::heading("dns.svcb.svcparam", "Parameter")
    .rfc(9460, "2.1")
    .meaning("One thing that a client should know before it connects.");

static KEY: FieldDef = FieldDef::decimal("dns.svcb.svcparam.key", "Key")
    .named(PARAMETERS)
    .rfc(9460, "14.3")
    .meaning("Which parameter it is, and so how its value is read.");

static VALUE_LENGTH: FieldDef =
    FieldDef::decimal("dns.svcb.svcparam.value.length", "Length of the value")
        .unit("bytes")
        .rfc(9460, "2.2")
        .meaning("How long the value is: a client that does not know the key steps over it.");

static VALUE: FieldDef = FieldDef::bytes("dns.svcb.svcparam.value", "Value")
    .rfc(9460, "2.2")
    .meaning("The value of a parameter that is not taken apart here.");

static MANDATORY: FieldDef = FieldDef::decimal("dns.svcb.svcparam.mandatory.key", "Required key")
    .named(PARAMETERS)
    .rfc(9460, "8")
    .meaning(
        "A parameter that a client must understand; if it does not, it leaves the record alone.",
    );

static ALPN_LENGTH: FieldDef =
    FieldDef::decimal("dns.svcb.svcparam.alpn.length", "Length of the name")
        .unit("bytes")
        .rfc(9460, "7.1.1")
        .meaning("How long the name of the protocol is that follows.");

static ALPN: FieldDef = FieldDef::text("dns.svcb.svcparam.alpn", "Protocol")
    .rfc(9460, "7.1")
    .meaning("A protocol that the server speaks inside TLS or QUIC: h2 is HTTP/2, h3 is HTTP/3.");

static PORT: FieldDef = FieldDef::decimal("dns.svcb.svcparam.port", "Port")
    .rfc(9460, "7.2")
    .meaning("The port of this service, where it is not the usual one.");

static HINT_OF_IPV4: FieldDef = FieldDef::ipv4("dns.svcb.svcparam.ipv4hint.ip", "Address")
    .rfc(9460, "7.3")
    .meaning("An IPv4 address to begin with, until the host's own address records are there.");

static HINT_OF_IPV6: FieldDef = FieldDef::ipv6("dns.svcb.svcparam.ipv6hint.ip", "IPv6 address")
    .rfc(9460, "7.3")
    .meaning("An IPv6 address to begin with, until the host's own address records are there.");

static ECH: FieldDef = FieldDef::bytes("dns.svcb.svcparam.echconfig", "Key for the hello")
    .rfc(9848, "3")
    .meaning("With which key a client can encrypt its TLS hello (ECH): nobody on the way reads the name.");

static PATH: FieldDef = FieldDef::text("dns.svcb.svcparam.dohpath", "Path of DNS over HTTPS")
    .detail()
    .rfc(9461, "5")
    .meaning("Where on the server questions of DNS are asked by HTTP.");

static ORDER: FieldDef = FieldDef::decimal("dns.naptr.order", "Order")
    .rfc(3403, "4.1")
    .meaning("Which of several rules comes first, the one with the smallest number.");

static PREFERENCE: FieldDef = FieldDef::decimal("dns.naptr.preference", "Preference")
    .rfc(3403, "4.1")
    .meaning("Which to prefer of the rules of one order, if a client can do both.");

static FLAGS_LENGTH: FieldDef = FieldDef::decimal("dns.naptr.flags_length", "Length of the flags")
    .unit("bytes")
    .rfc(3403, "4.1")
    .meaning("How many letters of flags follow; mostly one or none.");

static FLAGS: FieldDef = FieldDef::text("dns.naptr.flags", "Flags")
    .rfc(3403, "4.1")
    .meaning(
        "What the rule leads to: u an address of the web, s a record SRV, a an address of a host.",
    );

static SERVICE_LENGTH: FieldDef =
    FieldDef::decimal("dns.naptr.service_length", "Length of the service")
        .unit("bytes")
        .rfc(3403, "4.1")
        .meaning("How long the name of the service is.");

static SERVICE: FieldDef = FieldDef::text("dns.naptr.service", "Service")
    .rfc(3403, "4.1")
    .meaning(
        "For what the rule is, such as E2U+sip: from a telephone number to an address of SIP.",
    );

static REGEX_LENGTH: FieldDef =
    FieldDef::decimal("dns.naptr.regex_length", "Length of the expression")
        .unit("bytes")
        .rfc(3403, "4.1")
        .meaning(
            "How long the expression is; where it is empty, the replacement stands in its place.",
        );

static REGEX: FieldDef = FieldDef::text("dns.naptr.regex", "Expression")
    .rfc(3403, "4.1")
    .meaning("How what was asked for is rewritten: a regular expression and what takes its place.");

static REPLACEMENT: FieldDef = FieldDef::domain("dns.naptr.replacement", "Replacement")
    .rfc(3403, "4.1")
    .meaning("The name to ask for next; the root where an expression tells it.");

/// The fields.
pub const FIELDS: [&FieldDef; 23] = [
    &PRIORITY,
    &TARGET,
    &PARAMETER,
    &KEY,
    &VALUE_LENGTH,
    &VALUE,
    &MANDATORY,
    &ALPN_LENGTH,
    &ALPN,
    &PORT,
    &HINT_OF_IPV4,
    &HINT_OF_IPV6,
    &ECH,
    &PATH,
    &ORDER,
    &PREFERENCE,
    &FLAGS_LENGTH,
    &FLAGS,
    &SERVICE_LENGTH,
    &SERVICE,
    &REGEX_LENGTH,
    &REGEX,
    &REPLACEMENT,
];

static BINDING: &[Part] = &[
    Part::Fixed(&PRIORITY, 2),
    Part::Name(&TARGET),
    Part::Inner(each_parameter),
];

/// What their data are.
pub static LAYOUTS: &[Layout] = &[
    Layout::of(dns_names::HTTPS, BINDING),
    Layout::of(dns_names::SVCB, BINDING),
    Layout::of(
        dns_names::NAPTR,
        &[
            Part::Fixed(&ORDER, 2),
            Part::Fixed(&PREFERENCE, 2),
            Part::Counted(&FLAGS_LENGTH, 1, &FLAGS),
            Part::Counted(&SERVICE_LENGTH, 1, &SERVICE),
            Part::Counted(&REGEX_LENGTH, 1, &REGEX),
            Part::Name(&REPLACEMENT),
        ],
    )
    .tells(&[&ORDER, &PREFERENCE, &FLAGS]),
];

/// Takes the parameters of data from byte `at` to their end.
fn each_parameter(data: &[u8], mut at: usize, take: Take<'_>) -> Option<()> {
    while at < data.len() {
        let (key, length) = (bits::u16_at(data, at)?, bits::u16_at(data, at + 2)?);
        let value = at + 4..at + 4 + usize::from(length);
        data.get(value.clone())?;
        take(&PARAMETER, (at..value.end).into());
        take(&KEY, (at..at + 2).into());
        take(&VALUE_LENGTH, (at + 2..at + 4).into());
        at = value.end;
        take_value(key, data, value, take)?;
    }
    Some(())
}

/// Takes the value of a parameter; `None` where it ends in the middle of what it holds.
fn take_value(key: u16, data: &[u8], value: Range<usize>, take: Take<'_>) -> Option<()> {
    match key {
        dns_names::KEY_MANDATORY => each_item(&MANDATORY, 2, value, take),
        dns_names::KEY_ALPN => {
            let (mut at, names) = (value.start, data.get(..value.end)?);
            while at < value.end {
                at = dns_data::counted(names, at, 1, (&ALPN_LENGTH, &ALPN), take)?;
            }
            Some(())
        }
        dns_names::KEY_PORT => each_item(&PORT, 2, value, take),
        dns_names::KEY_HINT_OF_IPV4 => each_item(&HINT_OF_IPV4, 4, value, take),
        dns_names::KEY_HINT_OF_IPV6 => each_item(&HINT_OF_IPV6, 16, value, take),
        dns_names::KEY_ECH => {
            take(&ECH, value.into());
            Some(())
        }
        _ => {
            take(&VALUE, value.clone().into());
            if key == dns_names::KEY_PATH {
                take(&PATH, value.into());
            }
            Some(())
        }
    }
}

/// Takes items that are all as long.
fn each_item(
    item: &'static FieldDef,
    length: usize,
    value: Range<usize>,
    take: Take<'_>,
) -> Option<()> {
    let mut at = value.start;
    while at < value.end {
        let end = at + length;
        if end > value.end {
            return None;
        }
        take(item, (at..end).into());
        at = end;
    }
    Some(())
}
