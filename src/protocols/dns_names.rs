//! The numbers of DNS that have names (IANA, Domain Name System Parameters).

/// An IPv4 address.
pub const A: u16 = 1;
/// A name server.
pub const NS: u16 = 2;
/// The name that this is an alias of.
pub const CNAME: u16 = 5;
/// Who is responsible for a zone.
pub const SOA: u16 = 6;
/// The name of an address.
pub const PTR: u16 = 12;
/// Who takes mail.
pub const MX: u16 = 15;
/// Texts.
pub const TXT: u16 = 16;
/// An IPv6 address.
pub const AAAA: u16 = 28;
/// Who offers a service.
pub const SRV: u16 = 33;
/// Where all names below this one are.
pub const DNAME: u16 = 39;
/// No record of a name, but what EDNS adds to the header.
pub const OPT: u16 = 41;

/// Types of records.
pub const TYPES: &[(u64, &str)] = &[
    (1, "A"),
    (28, "AAAA"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (29, "LOC"),
    (33, "SRV"),
    (35, "NAPTR"),
    (37, "CERT"),
    (39, "DNAME"),
    (41, "OPT"),
    (43, "DS"),
    (44, "SSHFP"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
];

/// Classes.
pub const CLASSES: &[(u64, &str)] = &[
    (1, "IN, the Internet"),
    (3, "CH, Chaos"),
    (4, "HS, Hesiod"),
    (254, "none"),
    (255, "any"),
];

/// What kind of message it is.
pub const OPCODES: &[(u64, &str)] = &[
    (0, "Standard query"),
    (1, "Inverse query"),
    (2, "Server status request"),
    (4, "Zone change notification"),
    (5, "Dynamic update"),
    (6, "DNS Stateful Operations"),
];

/// How it went.
pub const RCODES: &[(u64, &str)] = &[
    (0, "No error"),
    (1, "Format error"),
    (2, "Server failure"),
    (3, "No such name"),
    (4, "Not implemented"),
    (5, "Refused"),
    (6, "Name exists"),
    (7, "RRset exists"),
    (8, "RRset does not exist"),
    (9, "Not authoritative"),
    (10, "Name out of zone"),
];

/// Options of EDNS.
pub const OPTIONS: &[(u64, &str)] = &[
    (3, "name server identifier"),
    (8, "client subnet"),
    (9, "expire"),
    (10, "cookie"),
    (11, "TCP keep-alive"),
    (12, "padding"),
    (13, "chain"),
    (15, "extended error"),
];

/// The option that is a cookie.
pub const COOKIE: u16 = 10;

/// The name of a number in one of these lists.
pub fn name_of(names: &[(u64, &'static str)], number: u16) -> Option<&'static str> {
    let found = names.iter().find(|(named, _)| *named == u64::from(number));
    found.map(|(_, name)| *name)
}
