//! Multicast DNS: the hosts of one network ask each other for names, without a server (RFC 6762).
//!
//! Its messages are those of DNS, to port 5353 of all hosts at once. The first bit of each class is a flag.

use super::dns;
use crate::model::protocol::{Protocol, Selector};
use crate::model::source::Source;

/// Multicast DNS.
pub static PROTOCOL: Protocol = Protocol {
    name: "mdns",
    label: "MDNS",
    title: "Multicast Domain Name System",
    purpose: "Finds hosts and printers of the same network by name, ending in .local, by asking all of them.",
    standing: dns::STANDING,
    sources: &[Source::Rfc(6762, "")],
    parents: &[Selector::UdpPort(5353)],
    fields: &dns::FIELDS,
    endpoints: None,
    measure: None,
    expand: dns::expand,
    check: Some(dns::check),
    framing: None,
    is_plain_data: false,
    summary: dns::summary,
};
