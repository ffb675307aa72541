//! The options of EDNS, which add to a question or an answer what the header has no room for (RFC 6891).

use std::ops::Range;

use super::dns_data::{Layout, Part, Take};
use super::dns_names::{self, FAMILIES, OPTIONS, REASONS};
use crate::model::bits;
use crate::model::field::FieldDef;

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

static SERVER_NAME: FieldDef = FieldDef::text("dns.opt.nsid", "Name of the server")
    .detail()
    .rfc(5001, "2.3")
    .meaning("Which of the servers behind this address answered; each calls itself as it likes.");

static FAMILY: FieldDef = FieldDef::decimal("dns.opt.client.family", "Family of the address")
    .detail()
    .named(FAMILIES)
    .rfc(7871, "6")
    .meaning("Whether the client's network is one of IPv4 or of IPv6.");

static SUBNET_LENGTH: FieldDef = FieldDef::decimal("dns.opt.client.netmask", "Bits of the network")
    .detail()
    .rfc(7871, "6")
    .meaning(
        "How much of the client's address the server is told: the more, the less private it is.",
    );

static SCOPE: FieldDef = FieldDef::decimal("dns.opt.client.scope", "Bits that the answer is for")
    .detail()
    .rfc(7871, "6")
    .meaning("How far clients must have the same network for the answer to be theirs too; 0 in a question.");

static SUBNET_OF_IPV4: FieldDef = FieldDef::ipv4("dns.opt.client.addr4", "Network of the client")
    .detail()
    .rfc(7871, "6")
    .meaning("Which network of IPv4 the client is in, so that it can be sent to a host near it.");

static SUBNET_OF_IPV6: FieldDef = FieldDef::ipv6("dns.opt.client.addr6", "Network of the client")
    .detail()
    .rfc(7871, "6")
    .meaning("Which network of IPv6 the client is in, so that it can be sent to a host near it.");

static SUBNET: FieldDef = FieldDef::bytes("dns.opt.client.addr", "Network of the client")
    .detail()
    .rfc(7871, "6")
    .meaning("The client's network, of a family of addresses that is not known here.");

static IDLE_TIMEOUT: FieldDef = FieldDef::decimal(
    "dns.opt.edns_tcp_keepalive.timeout",
    "Connection stays open",
)
.detail()
.unit("tenths of a second")
.rfc(7828, "3.1")
.meaning("How long the server leaves the connection open when nothing is asked.");

static PADDING: FieldDef = FieldDef::bytes("dns.opt.padding", "Padding")
    .detail()
    .rfc(7830, "3")
    .meaning("Bytes that say nothing: inside encryption, the length tells less about the name.");

static REASON: FieldDef = FieldDef::decimal("dns.opt.ext_error.info_code", "Reason")
    .detail()
    .named(REASONS)
    .rfc(8914, "2")
    .meaning("Why it went so: the reply code knows few reasons, and this many.");

static REASON_IN_WORDS: FieldDef = FieldDef::text("dns.opt.ext_error.extra_text", "In words")
    .detail()
    .rfc(8914, "2")
    .meaning("What the server adds to the reason, for the people who look for it.");

/// The fields.
pub const FIELDS: [&FieldDef; 17] = [
    &OPTION,
    &OPTION_CODE,
    &OPTION_LENGTH,
    &OPTION_DATA,
    &CLIENT_COOKIE,
    &SERVER_COOKIE,
    &SERVER_NAME,
    &FAMILY,
    &SUBNET_LENGTH,
    &SCOPE,
    &SUBNET_OF_IPV4,
    &SUBNET_OF_IPV6,
    &SUBNET,
    &IDLE_TIMEOUT,
    &PADDING,
    &REASON,
    &REASON_IN_WORDS,
];

/// What the data of the record that holds them are.
pub static LAYOUTS: &[Layout] = &[Layout::of(dns_names::OPT, &[Part::Inner(each_option)])];

/// Takes the options of data from byte `at` to their end.
fn each_option(data: &[u8], mut at: usize, take: Take<'_>) -> Option<()> {
    while at < data.len() {
        let (code, length) = (bits::u16_at(data, at)?, bits::u16_at(data, at + 2)?);
        let content = at + 4..at + 4 + usize::from(length);
        data.get(content.clone())?;
        take(&OPTION, (at..content.end).into());
        take(&OPTION_CODE, (at..at + 2).into());
        take(&OPTION_LENGTH, (at + 2..at + 4).into());
        take(&OPTION_DATA, content.clone().into());
        at = content.end;
        look_closer(code, data, content, take);
    }
    Some(())
}

/// Takes what an option says, where it is as long as it should be; its data are shown in any case.
fn look_closer(code: u16, data: &[u8], content: Range<usize>, take: Take<'_>) {
    const COOKIE_OF_CLIENT: usize = 8;
    let Range { start, end } = content;
    match code {
        dns_names::COOKIE if content.len() >= COOKIE_OF_CLIENT => {
            take(&CLIENT_COOKIE, (start..start + COOKIE_OF_CLIENT).into());
            take(&SERVER_COOKIE, (start + COOKIE_OF_CLIENT..end).into());
        }
        dns_names::SERVER_NAME => take(&SERVER_NAME, content.into()),
        dns_names::CLIENT_SUBNET => {
            for (field, from, to) in [(&FAMILY, 0, 2), (&SUBNET_LENGTH, 2, 3), (&SCOPE, 3, 4)] {
                if content.len() >= to {
                    take(field, (start + from..start + to).into());
                }
            }
            let address = start + 4..end.max(start + 4);
            let subnet = match (bits::u16_at(data, start), address.len()) {
                (Some(1), ..=4) => &SUBNET_OF_IPV4,
                (Some(2), ..=16) => &SUBNET_OF_IPV6,
                _ => &SUBNET,
            };
            take(subnet, address.into());
        }
        dns_names::KEEP_ALIVE if content.len() == 2 => take(&IDLE_TIMEOUT, content.into()),
        dns_names::PADDING => take(&PADDING, content.into()),
        dns_names::EXTENDED_ERROR if content.len() >= 2 => {
            take(&REASON, (start..start + 2).into());
            take(&REASON_IN_WORDS, (start + 2..end).into());
        }
        _ => {}
    }
}
