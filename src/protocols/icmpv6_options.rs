//! The options behind the messages of neighbour discovery (RFC 4861, section 4.6).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      | Length (× 8)  |  contents ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use std::ops::Range;

use super::icmpv6_messages::PREFERENCES;
use super::layout::{Part, lay_option};
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::source::Source;

const REGISTRY: Source = Source::Iana("IPv6 Neighbor Discovery Option Formats");

static OPTION: FieldDef = FieldDef::heading("icmpv6.opt", "Option")
    .rfc(4861, "4.6")
    .meaning("One option of neighbour discovery: type, length and contents.");

static TYPE: FieldDef = FieldDef::decimal("icmpv6.opt.type", "Type")
    .named(NAMES)
    .source(REGISTRY)
    .meaning("Which option of neighbour discovery this is; unknown ones are skipped.");

static LENGTH: FieldDef = FieldDef::decimal("icmpv6.opt.length", "Length")
    .unit("× 8 bytes")
    .rfc(4861, "4.6")
    .meaning("How long the option is, its type and this byte included, in units of 8 bytes; 0 is not allowed.");

static SOURCE_ADDRESS: FieldDef = FieldDef::mac("icmpv6.opt.src_linkaddr", "Sender's hardware address")
    .rfc(4861, "4.6.1")
    .meaning("The hardware address of whoever sent the message, so that the answer needs no question of its own.");

static TARGET_ADDRESS: FieldDef = FieldDef::mac("icmpv6.opt.target_linkaddr", "Hardware address")
    .rfc(4861, "4.6.1")
    .meaning("The hardware address that was asked for.");

static LINK_ADDRESS: FieldDef = FieldDef::bytes("icmpv6.opt.linkaddr_other", "Link-layer address")
    .rfc(4861, "4.6.1")
    .meaning("An address of a link that is not Ethernet, and its padding.");

static PREFIX_LENGTH: FieldDef = FieldDef::decimal("icmpv6.opt.prefix.length", "Prefix length")
    .unit("bits")
    .rfc(4861, "4.6.2")
    .meaning("How many first bits of the prefix count.");

static PREFIX_FLAGS: FieldDef = FieldDef::hex("icmpv6.opt.prefix.flag", "Flags")
    .group()
    .rfc(4861, "4.6.2")
    .meaning("What the prefix may be used for.");

static ON_LINK: FieldDef = FieldDef::flag("icmpv6.opt.prefix.flag.l", "On link")
    .rfc(4861, "4.6.2")
    .meaning("Addresses with this prefix are on this link and reached without a router.");

static AUTONOMOUS: FieldDef = FieldDef::flag("icmpv6.opt.prefix.flag.a", "Autonomous")
    .rfc(4861, "4.6.2")
    .meaning("Hosts may make themselves addresses with this prefix.");

static ROUTER_ADDRESS: FieldDef = FieldDef::flag("icmpv6.opt.prefix.flag.r", "Router's address")
    .rfc(6275, "7.2")
    .meaning("The prefix is a whole address of the router.");

static PREFIX_RESERVED: FieldDef = FieldDef::decimal("icmpv6.opt.prefix.flag.reserved", "Reserved")
    .rfc(4861, "4.6.2")
    .meaning("Five bits behind the flags of a prefix, zero.");

static VALID: FieldDef = FieldDef::decimal("icmpv6.opt.prefix.valid_lifetime", "Valid lifetime")
    .unit("seconds")
    .rfc(4861, "4.6.2")
    .meaning("How long the prefix holds; 4294967295 means for ever.");

static PREFERRED: FieldDef =
    FieldDef::decimal("icmpv6.opt.prefix.preferred_lifetime", "Preferred lifetime")
        .unit("seconds")
        .rfc(4861, "4.6.2")
        .meaning("How long addresses made with the prefix should be used for new conversations.");

static RESERVED: FieldDef = FieldDef::bytes("icmpv6.opt.unused", "Reserved")
    .rfc(4861, "4.6")
    .meaning("Bytes of an option that mean nothing; zeros.");

static PREFIX: FieldDef = FieldDef::ipv6("icmpv6.opt.prefix", "Prefix")
    .rfc(4861, "4.6.2")
    .meaning("The first bits of addresses on this link, or of a route.");

static MTU: FieldDef = FieldDef::decimal("icmpv6.opt.mtu", "MTU")
    .unit("bytes")
    .rfc(4861, "4.6.4")
    .meaning("The longest packet that all hosts of the link can take.");

static REDIRECTED: FieldDef = FieldDef::bytes("icmpv6.opt.redirected", "Redirected packet")
    .rfc(4861, "4.6.3")
    .meaning("The beginning of the packet that made the router tell of a better way.");

static INTERVAL: FieldDef = FieldDef::decimal(
    "icmpv6.opt.advertisement_interval",
    "Advertisement interval",
)
.unit("ms")
.rfc(6275, "7.3")
.meaning("How long at the most between two advertisements of the router.");

static ROUTE_FLAGS: FieldDef = FieldDef::hex("icmpv6.opt.route_info.reserved_before", "Reserved")
    .rfc(4191, "2.3")
    .meaning("Three bits before the preference of a route, zero.");

static ROUTE_PREFERENCE: FieldDef =
    FieldDef::decimal("icmpv6.opt.route_info.flag.route_preference", "Preference")
        .named(PREFERENCES)
        .rfc(4191, "2.3")
        .meaning("Which router to take for this route when several offer it.");

static ROUTE_RESERVED: FieldDef = FieldDef::hex("icmpv6.opt.route_info.reserved_after", "Reserved")
    .rfc(4191, "2.3")
    .meaning("Three bits behind the preference of a route, zero.");

static ROUTE_LIFETIME: FieldDef = FieldDef::decimal("icmpv6.opt.route_lifetime", "Route lifetime")
    .unit("seconds")
    .rfc(4191, "2.3")
    .meaning("How long the route may be used.");

static SERVER_LIFETIME: FieldDef = FieldDef::decimal("icmpv6.opt.rdnss.lifetime", "Lifetime")
    .unit("seconds")
    .rfc(8106, "5.1")
    .meaning("How long the name servers may be used.");

static SERVER: FieldDef = FieldDef::ipv6("icmpv6.opt.rdnss", "Name server")
    .rfc(8106, "5.1")
    .meaning("A server that turns names into addresses for the hosts of this link.");

static SEARCH_LIFETIME: FieldDef = FieldDef::decimal("icmpv6.opt.dnssl.lifetime", "Lifetime")
    .unit("seconds")
    .rfc(8106, "5.2")
    .meaning("How long the list of domains may be used.");

static SEARCH: FieldDef = FieldDef::bytes("icmpv6.opt.dnssl.names", "Domains")
    .rfc(8106, "5.2")
    .meaning("Domains that are tried behind short names, in the form that DNS writes names.");

static NONCE: FieldDef = FieldDef::bytes("icmpv6.opt.nonce", "Nonce")
    .rfc(3971, "5.3.2")
    .meaning("A random number that ties an answer to its question.");

static TIME_RESERVED: FieldDef = FieldDef::bytes("icmpv6.opt.timestamp.reserved", "Reserved")
    .rfc(3971, "5.3.1")
    .meaning("Six bytes before a time stamp, zero.");

static TIME: FieldDef = FieldDef::hex("icmpv6.opt.timestamp.value", "Time")
    .rfc(3971, "5.3.1")
    .meaning("Seconds since 1970 in the first six bytes, parts of a second in the last two.");

static PORTAL: FieldDef = FieldDef::text("icmpv6.opt.captive_portal", "Captive portal")
    .rfc(8910, "2.3")
    .meaning("The page where a guest of this network must sign in.");

static SCALED_LIFETIME: FieldDef =
    FieldDef::decimal("icmpv6.opt.pref64.scaled_lifetime", "Lifetime")
        .unit("× 8 seconds")
        .rfc(8781, "4")
        .meaning("How long the prefix for reaching IPv4 hosts may be used, in units of 8 seconds.");

static PREFIX_CODE: FieldDef = FieldDef::hex("icmpv6.opt.pref64.plc", "Prefix length code")
    .named(&[
        (0, "96 bits"),
        (1, "64 bits"),
        (2, "56 bits"),
        (3, "48 bits"),
        (4, "40 bits"),
        (5, "32 bits"),
    ])
    .rfc(8781, "4")
    .meaning("How many first bits of the prefix for IPv4 hosts count.");

static PREFIX_64: FieldDef = FieldDef::bytes("icmpv6.opt.pref64.prefix_bytes", "Prefix")
    .rfc(8781, "4")
    .meaning("The first 12 bytes of the prefix by which IPv4 hosts are reached over IPv6.");

static EXPANDED_FLAGS: FieldDef = FieldDef::bytes("icmpv6.opt.efo.flags", "More flags")
    .rfc(5175, "4")
    .meaning("Further flags of a router's advertisement, for which its own byte is too short.");

static DATA: FieldDef = FieldDef::bytes("icmpv6.opt.contents", "Contents")
    .source(REGISTRY)
    .meaning(
        "The contents of an option of neighbour discovery that this program does not take apart.",
    );

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &OPTION,
    &TYPE,
    &LENGTH,
    &SOURCE_ADDRESS,
    &TARGET_ADDRESS,
    &LINK_ADDRESS,
    &PREFIX_LENGTH,
    &PREFIX_FLAGS,
    &ON_LINK,
    &AUTONOMOUS,
    &ROUTER_ADDRESS,
    &PREFIX_RESERVED,
    &VALID,
    &PREFERRED,
    &RESERVED,
    &PREFIX,
    &MTU,
    &REDIRECTED,
    &INTERVAL,
    &ROUTE_FLAGS,
    &ROUTE_PREFERENCE,
    &ROUTE_RESERVED,
    &ROUTE_LIFETIME,
    &SERVER_LIFETIME,
    &SERVER,
    &SEARCH_LIFETIME,
    &SEARCH,
    &NONCE,
    &TIME_RESERVED,
    &TIME,
    &PORTAL,
    &SCALED_LIFETIME,
    &PREFIX_CODE,
    &PREFIX_64,
    &EXPANDED_FLAGS,
    &DATA,
];

const TARGET: u8 = 2;
const SERVERS: u8 = 25;

/// The fields behind type and length; `None` for an option that this program does not take apart.
fn layout(kind: u8, length: usize) -> Option<&'static [Part]> {
    static SOURCE: &[Part] = &[(&SOURCE_ADDRESS, 48)];
    static TOLD: &[Part] = &[(&TARGET_ADDRESS, 48)];
    static OTHER_LINK: &[Part] = &[(&LINK_ADDRESS, 0)];
    static PREFIX_INFORMATION: &[Part] = &[
        (&PREFIX_LENGTH, 8),
        (&PREFIX_FLAGS, 8),
        (&ON_LINK, 1),
        (&AUTONOMOUS, 1),
        (&ROUTER_ADDRESS, 1),
        (&PREFIX_RESERVED, 5),
        (&VALID, 32),
        (&PREFERRED, 32),
        (&RESERVED, 32),
        (&PREFIX, 128),
    ];
    static QUOTED: &[Part] = &[(&RESERVED, 48), (&REDIRECTED, 0)];
    static LINK_MTU: &[Part] = &[(&RESERVED, 16), (&MTU, 32)];
    static INTERVALS: &[Part] = &[(&RESERVED, 16), (&INTERVAL, 32)];
    static TIMES: &[Part] = &[(&TIME_RESERVED, 48), (&TIME, 64)];
    static NONCES: &[Part] = &[(&NONCE, 0)];
    static ROUTE: &[Part] = &[
        (&PREFIX_LENGTH, 8),
        (&ROUTE_FLAGS, 3),
        (&ROUTE_PREFERENCE, 2),
        (&ROUTE_RESERVED, 3),
        (&ROUTE_LIFETIME, 32),
        (&PREFIX, 0),
    ];
    static NAME_SERVERS: &[Part] = &[(&RESERVED, 16), (&SERVER_LIFETIME, 32)];
    static FLAGS: &[Part] = &[(&EXPANDED_FLAGS, 48)];
    static DOMAINS: &[Part] = &[(&RESERVED, 16), (&SEARCH_LIFETIME, 32), (&SEARCH, 0)];
    static PORTALS: &[Part] = &[(&PORTAL, 0)];
    static TRANSLATION: &[Part] = &[(&SCALED_LIFETIME, 13), (&PREFIX_CODE, 3), (&PREFIX_64, 96)];
    Some(match kind {
        1 if length == 8 => SOURCE,
        TARGET if length == 8 => TOLD,
        1 | TARGET => OTHER_LINK,
        3 => PREFIX_INFORMATION,
        4 => QUOTED,
        5 => LINK_MTU,
        7 => INTERVALS,
        13 => TIMES,
        14 => NONCES,
        24 => ROUTE,
        SERVERS => NAME_SERVERS,
        26 => FLAGS,
        31 => DOMAINS,
        37 => PORTALS,
        38 => TRANSLATION,
        _ => return None,
    })
}

/// An option: its type and its place.
fn options(bytes: &[u8], start: usize) -> impl Iterator<Item = Result<(u8, Range<usize>), usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let kind = *bytes.get(at)?;
        let length = bytes.get(at + 1).map_or(0, |units| usize::from(*units) * 8);
        let end = at + length;
        if length == 0 || end > bytes.len() {
            let broken = at;
            at = bytes.len();
            return Some(Err(broken));
        }
        let found = Ok((kind, at..end));
        at = end;
        Some(found)
    })
}

/// Adds the options from byte `start` to the end of the message. Each takes at least 8 bytes.
pub fn expand(bytes: &[u8], start: usize, out: &mut Expander<'_>) {
    for option in options(bytes, start) {
        match option {
            Ok((kind, range)) => expand_option(kind, range, out),
            Err(at) => {
                let left = (bytes.len() - at) as u64;
                let (needed, present, believed) = match bytes.get(at + 1) {
                    Some(0) => (8, 0, Believed::Own(LENGTH.label)),
                    Some(units) => (u64::from(*units) * 8, left, Believed::Enclosing("IPv6")),
                    None => (8, left, Believed::Enclosing("IPv6")),
                };
                let kind = FaultKind::TooShort {
                    needed,
                    present,
                    believed,
                };
                out.fault(at..bytes.len(), kind);
            }
        }
    }
}

fn expand_option(kind: u8, range: Range<usize>, out: &mut Expander<'_>) {
    let at = range.start;
    out.bytes(&OPTION, range.clone());
    out.bytes(&TYPE, at..at + 1);
    out.bytes(&LENGTH, at + 1..at + 2);
    let contents = at + 2..range.end;
    let mut end = match layout(kind, range.len()) {
        Some(layout) => lay_option(layout, contents, out),
        None => contents.start,
    };
    while kind == SERVERS && end + 16 <= range.end {
        out.bytes(&SERVER, end..end + 16);
        end += 16;
    }
    out.bytes(&DATA, end..range.end);
}

/// The hardware address that an answer tells, where it does.
pub fn target_mac(bytes: &[u8], start: usize) -> Option<[u8; 6]> {
    options(bytes, start)
        .filter_map(Result::ok)
        .find(|(kind, range)| *kind == TARGET && range.len() == 8)
        .and_then(|(_, range)| bytes.get(range.start + 2..)?.first_chunk().copied())
}

const NAMES: &[(u64, &str)] = &[
    (1, "source link-layer address"),
    (2, "target link-layer address"),
    (3, "prefix information"),
    (4, "redirected header"),
    (5, "MTU"),
    (6, "NBMA shortcut limit"),
    (7, "advertisement interval"),
    (8, "home agent information"),
    (9, "source address list"),
    (10, "target address list"),
    (11, "CGA"),
    (12, "RSA signature"),
    (13, "timestamp"),
    (14, "nonce"),
    (15, "trust anchor"),
    (16, "certificate"),
    (17, "IP address and prefix"),
    (19, "link-layer address"),
    (20, "neighbour advertisement acknowledgment"),
    (23, "mobility anchor point"),
    (24, "route information"),
    (25, "recursive DNS server"),
    (26, "more flags"),
    (27, "handover key request"),
    (28, "handover key reply"),
    (29, "handover assist"),
    (30, "mobile node identifier"),
    (31, "DNS search list"),
    (32, "proxy signature"),
    (33, "address registration"),
    (34, "6LoWPAN context"),
    (35, "authoritative border router"),
    (36, "6LoWPAN capability"),
    (37, "captive portal"),
    (38, "PREF64"),
    (253, "experiment 1"),
    (254, "experiment 2"),
];
