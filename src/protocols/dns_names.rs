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
/// How an address is made of a name, rule by rule.
pub const NAPTR: u16 = 35;
/// Where all names below this one are.
pub const DNAME: u16 = 39;
/// No record of a name, but what EDNS adds to the header.
pub const OPT: u16 = 41;
/// Which key of the zone below is the right one.
pub const DS: u16 = 43;
/// The fingerprint of a host's key.
pub const SSHFP: u16 = 44;
/// A signature.
pub const RRSIG: u16 = 46;
/// The next name.
pub const NSEC: u16 = 47;
/// A key of the zone.
pub const DNSKEY: u16 = 48;
/// The next hash of a name.
pub const NSEC3: u16 = 50;
/// How names are hashed.
pub const NSEC3PARAM: u16 = 51;
/// Which certificate is the right one.
pub const TLSA: u16 = 52;
/// What the zone above is to have as DS.
pub const CDS: u16 = 59;
/// Of which key the zone above is to make a DS.
pub const CDNSKEY: u16 = 60;
/// How a service is reached.
pub const SVCB: u16 = 64;
/// How a web server is reached.
pub const HTTPS: u16 = 65;
/// The signature of a message.
pub const TSIG: u16 = 250;
/// All types.
pub const ANY_TYPE: u16 = 255;
/// Who may make certificates.
pub const CAA: u16 = 257;

/// Types of records.
pub const TYPES: &[(u64, &str)] = &[
    (1, "A"),
    (28, "AAAA"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP-PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (29, "LOC"),
    (30, "NXT"),
    (33, "SRV"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (32768, "TA"),
    (32769, "DLV"),
];

/// No class: in an update it stands before what is not to be there.
pub const NO_CLASS: u16 = 254;
/// All classes.
pub const ANY_CLASS: u16 = 255;

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

/// What was wrong with the signature of a message.
pub const RCODES_OF_TSIG: &[(u64, &str)] = &[
    (0, "No error"),
    (16, "Bad signature"),
    (17, "Unknown key"),
    (18, "Bad time"),
    (22, "Bad truncation"),
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

/// The option that says which server answers.
pub const SERVER_NAME: u16 = 3;
/// The option that says which network the client is in.
pub const CLIENT_SUBNET: u16 = 8;
/// The option that is a cookie.
pub const COOKIE: u16 = 10;
/// The option that says how long a connection stays open.
pub const KEEP_ALIVE: u16 = 11;
/// The option that makes a message longer.
pub const PADDING: u16 = 12;
/// The option that says why it went wrong.
pub const EXTENDED_ERROR: u16 = 15;

/// Families of addresses (IANA, Address Family Numbers).
pub const FAMILIES: &[(u64, &str)] = &[(1, "IPv4"), (2, "IPv6")];

/// Why an answer is as it is (RFC 8914, section 4, and IANA).
pub const REASONS: &[(u64, &str)] = &[
    (0, "Other error"),
    (1, "Unsupported DNSKEY algorithm"),
    (2, "Unsupported DS digest type"),
    (3, "Stale answer"),
    (4, "Forged answer"),
    (5, "DNSSEC indeterminate"),
    (6, "DNSSEC bogus"),
    (7, "Signature expired"),
    (8, "Signature not yet valid"),
    (9, "DNSKEY missing"),
    (10, "RRSIGs missing"),
    (11, "No zone key bit set"),
    (12, "NSEC missing"),
    (13, "Cached error"),
    (14, "Not ready"),
    (15, "Blocked"),
    (16, "Censored"),
    (17, "Filtered"),
    (18, "Prohibited"),
    (19, "Stale NXDOMAIN answer"),
    (20, "Not authoritative"),
    (21, "Not supported"),
    (22, "No reachable authority"),
    (23, "Network error"),
    (24, "Invalid data"),
];

/// Parameters of SVCB and HTTPS.
pub const PARAMETERS: &[(u64, &str)] = &[
    (0, "mandatory"),
    (1, "alpn"),
    (2, "no-default-alpn"),
    (3, "port"),
    (4, "ipv4hint"),
    (5, "ech"),
    (6, "ipv6hint"),
    (7, "dohpath"),
    (8, "ohttp"),
];

/// The parameter that says which others must be understood.
pub const KEY_MANDATORY: u16 = 0;
/// The parameter that says which protocols the server speaks.
pub const KEY_ALPN: u16 = 1;
/// The parameter that says which port it is.
pub const KEY_PORT: u16 = 3;
/// The parameter with addresses of IPv4.
pub const KEY_HINT_OF_IPV4: u16 = 4;
/// The parameter with keys for the hello of TLS.
pub const KEY_ECH: u16 = 5;
/// The parameter with addresses of IPv6.
pub const KEY_HINT_OF_IPV6: u16 = 6;
/// The parameter with the path of DNS over HTTPS.
pub const KEY_PATH: u16 = 7;

/// How zones are signed.
pub const ALGORITHMS: &[(u64, &str)] = &[
    (1, "RSA with MD5"),
    (3, "DSA with SHA-1"),
    (5, "RSA with SHA-1"),
    (6, "DSA with SHA-1, for NSEC3"),
    (7, "RSA with SHA-1, for NSEC3"),
    (8, "RSA with SHA-256"),
    (10, "RSA with SHA-512"),
    (12, "GOST R 34.10-2001"),
    (13, "ECDSA P-256 with SHA-256"),
    (14, "ECDSA P-384 with SHA-384"),
    (15, "Ed25519"),
    (16, "Ed448"),
];

/// Hashes of keys.
pub const DIGESTS: &[(u64, &str)] = &[
    (0, "none: the zone is no longer signed"),
    (1, "SHA-1"),
    (2, "SHA-256"),
    (3, "GOST R 34.11-94"),
    (4, "SHA-384"),
];

/// The name of a number in one of these lists.
pub fn name_of(names: &[(u64, &'static str)], number: u16) -> Option<&'static str> {
    let found = names.iter().find(|(named, _)| *named == u64::from(number));
    found.map(|(_, name)| *name)
}
