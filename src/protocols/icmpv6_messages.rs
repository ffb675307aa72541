//! The messages of ICMPv6, each as a list of fields; the options behind those of neighbour discovery are
//! in `icmpv6_options`.

use super::layout::{Part, lay};
use super::{icmp, icmp_extensions, icmp_names, icmpv6_mld, icmpv6_options};
use crate::model::address::put_ipv6;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, Role};
use crate::model::layer::LayerView;
use crate::model::source::Source;
use crate::model::text;

/// The registry of types and codes.
pub const REGISTRY: Source =
    Source::Iana("Internet Control Message Protocol version 6 (ICMPv6) Parameters");

/// Bytes without a meaning.
pub static RESERVED: FieldDef = FieldDef::bytes("icmpv6.reserved", "Reserved")
    .rfc(4443, "3.1")
    .meaning("Bytes that mean nothing in this type of message; zeros.");

static QUOTED_LENGTH: FieldDef = FieldDef::decimal("icmpv6.length", "Length of what is quoted")
    .unit("× 8 bytes")
    .rfc(4884, "4.4")
    .meaning("How long the quoted packet is, in units of 8 bytes, when extensions follow it; 0 when none do.");

static MTU: FieldDef = FieldDef::decimal("icmpv6.mtu", "MTU of the next hop")
    .unit("bytes")
    .rfc(4443, "3.2")
    .meaning("How long packets may be at the most on the link that this one was too long for; the sender must cut them itself.");

static POINTER: FieldDef = FieldDef::decimal("icmpv6.pointer", "Pointer")
    .unit("bytes")
    .rfc(4443, "3.4")
    .meaning("Which byte of the quoted packet is wrong, counted from 0.");

static IDENTIFIER: FieldDef = FieldDef::hex("icmpv6.echo.identifier", "Identifier")
    .rfc(4443, "4.1")
    .meaning("Tells which program's pings these are; the answer carries it back.");

static SEQUENCE: FieldDef = FieldDef::decimal("icmpv6.echo.sequence_number", "Sequence number")
    .rfc(4443, "4.1")
    .meaning("Counts the pings over IPv6, so that answers and losses can be told apart.");

static ECHO_DATA: FieldDef = FieldDef::bytes("icmpv6.echo.data", "Data")
    .rfc(4443, "4.1")
    .meaning("Whatever the asking program put in; the answer must send it back as it came.");

static HOP_LIMIT: FieldDef = FieldDef::decimal("icmpv6.nd.ra.cur_hop_limit", "Hop limit to use")
    .unit("hops")
    .rfc(4861, "4.2")
    .meaning("What the hosts of the link should put into the hop limit of their packets; 0 leaves it to them.");

static ROUTER_FLAGS: FieldDef = FieldDef::hex("icmpv6.nd.ra.flag", "Flags")
    .group()
    .rfc(4861, "4.2")
    .meaning("How hosts should find their addresses, and what kind of router this is.");

static MANAGED: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.m", "Managed addresses")
    .rfc(4861, "4.2")
    .meaning("Addresses are given out by DHCPv6.");

static OTHER: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.o", "Other configuration")
    .rfc(4861, "4.2")
    .meaning("DHCPv6 knows other things, such as name servers, though not addresses.");

static HOME_AGENT: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.h", "Home agent")
    .rfc(6275, "7.1")
    .meaning("The router forwards packets to hosts that are travelling.");

static PREFERENCE: FieldDef = FieldDef::decimal("icmpv6.nd.ra.flag.prf", "Preference")
    .named(PREFERENCES)
    .rfc(4191, "2.2")
    .meaning("Which router to take as the default when there are several.");

static PROXY: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.p", "Proxy")
    .rfc(4389, "4.1.3.3")
    .meaning("The router passes neighbour discovery on between two links.");

static ROUTER_RESERVED: FieldDef = FieldDef::decimal("icmpv6.nd.ra.flag.rsv", "Reserved")
    .rfc(4861, "4.2")
    .meaning("Two bits behind the flags of a router, zero.");

static ROUTER_LIFETIME: FieldDef =
    FieldDef::decimal("icmpv6.nd.ra.router_lifetime", "Router lifetime")
        .unit("seconds")
        .rfc(4861, "4.2")
        .meaning("How long hosts may use the router as their default; 0: it is none.");

static REACHABLE: FieldDef = FieldDef::decimal("icmpv6.nd.ra.reachable_time", "Reachable time")
    .unit("ms")
    .rfc(4861, "4.2")
    .meaning("How long a host may take a neighbour to be there after it has heard of it; 0 leaves it to the host.");

static RETRANSMISSION: FieldDef =
    FieldDef::decimal("icmpv6.nd.ra.retrans_timer", "Retransmission timer")
        .unit("ms")
        .rfc(4861, "4.2")
        .meaning("How long to wait before asking for a neighbour again; 0 leaves it to the host.");

static SOUGHT: FieldDef = FieldDef::ipv6("icmpv6.nd.ns.target_address", "Address looked for")
    .rfc(4861, "4.3")
    .meaning("The IPv6 address whose hardware address is wanted.");

static NEIGHBOUR_FLAGS: FieldDef = FieldDef::hex("icmpv6.nd.na.flag", "Flags")
    .group()
    .rfc(4861, "4.4")
    .meaning(
        "Who answers, whether it was asked, and whether the answer is to replace what was known.",
    );

static IS_ROUTER: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.r", "Router")
    .rfc(4861, "4.4")
    .meaning("The one that answers is a router.");

static SOLICITED: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.s", "Solicited")
    .rfc(4861, "4.4")
    .meaning("This answers a question, so the neighbour can be reached both ways.");

static OVERRIDE: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.o", "Override")
    .rfc(4861, "4.4")
    .meaning("The hardware address told here replaces one that was known.");

static NEIGHBOUR_RESERVED: FieldDef = FieldDef::decimal("icmpv6.nd.na.flag.rsv", "Reserved")
    .rfc(4861, "4.4")
    .meaning("Bits behind the flags of an answer, zero.");

static FOUND: FieldDef = FieldDef::ipv6("icmpv6.nd.na.target_address", "Address told of")
    .rfc(4861, "4.4")
    .meaning("The IPv6 address whose hardware address is told.");

static BETTER_HOP: FieldDef = FieldDef::ipv6("icmpv6.nd.rd.target_address", "Better next hop")
    .rfc(4861, "4.5")
    .meaning("Where to send packets for the destination from now on; the destination itself when it is on this link.");

static REDIRECTED: FieldDef = FieldDef::ipv6("icmpv6.rd.na.destination_address", "Destination")
    .rfc(4861, "4.5")
    .meaning("The destination that there is a better way to.");

static QUERY_INTERVAL: FieldDef =
    FieldDef::decimal("icmpv6.mcast_ra.query_interval", "Query interval")
        .unit("seconds")
        .rfc(4286, "4.1")
        .meaning("How often this router asks which groups are wanted.");

static ROBUSTNESS: FieldDef =
    FieldDef::decimal("icmpv6.mcast_ra.robustness_variable", "Robustness")
        .rfc(4286, "4.1")
        .meaning("How many lost messages this router is prepared for.");

static EXTENDED_SEQUENCE: FieldDef = FieldDef::decimal("icmpv6.ext.echo.seq", "Sequence number")
    .rfc(8335, "2")
    .meaning("Counts the questions about an interface of an IPv6 host.");

static REQUEST_RESERVED: FieldDef = FieldDef::hex("icmpv6.ext.echo.req.res", "Reserved")
    .rfc(8335, "2")
    .meaning("Seven bits of a question about an interface of an IPv6 host, zero.");

static LOCAL: FieldDef = FieldDef::flag("icmpv6.ext.echo.req.local", "Local")
    .rfc(8335, "2")
    .meaning("Whether the interface is on the IPv6 host that answers, or on a neighbour of it.");

static STATE: FieldDef = FieldDef::decimal("icmpv6.ext.echo.rsp.state", "State")
    .named(icmp_names::NEIGHBOUR_STATES)
    .rfc(8335, "3")
    .meaning("What the IPv6 host that answers knows of its neighbour.");

static RESPONSE_RESERVED: FieldDef = FieldDef::hex("icmpv6.ext.echo.rsp.res", "Reserved")
    .rfc(8335, "3")
    .meaning("Two bits of an answer about an interface of an IPv6 host, zero.");

static ACTIVE: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.active", "Active")
    .rfc(8335, "3")
    .meaning("Whether the interface of the IPv6 host is up.");

static RUNS_IPV4: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.ipv4", "Runs IPv4")
    .rfc(8335, "3")
    .meaning("Whether IPv4 runs on the interface of the IPv6 host.");

static RUNS_IPV6: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.ipv6", "Runs IPv6")
    .rfc(8335, "3")
    .meaning("Whether IPv6 runs on the interface of the IPv6 host.");

static DATA: FieldDef = FieldDef::bytes("icmpv6.rest", "Rest")
    .source(REGISTRY)
    .meaning("The rest of a message that this program does not take apart.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &RESERVED,
    &QUOTED_LENGTH,
    &MTU,
    &POINTER,
    &IDENTIFIER,
    &SEQUENCE,
    &ECHO_DATA,
    &HOP_LIMIT,
    &ROUTER_FLAGS,
    &MANAGED,
    &OTHER,
    &HOME_AGENT,
    &PREFERENCE,
    &PROXY,
    &ROUTER_RESERVED,
    &ROUTER_LIFETIME,
    &REACHABLE,
    &RETRANSMISSION,
    &SOUGHT,
    &NEIGHBOUR_FLAGS,
    &IS_ROUTER,
    &SOLICITED,
    &OVERRIDE,
    &NEIGHBOUR_RESERVED,
    &FOUND,
    &BETTER_HOP,
    &REDIRECTED,
    &QUERY_INTERVAL,
    &ROBUSTNESS,
    &EXTENDED_SEQUENCE,
    &REQUEST_RESERVED,
    &LOCAL,
    &STATE,
    &RESPONSE_RESERVED,
    &ACTIVE,
    &RUNS_IPV4,
    &RUNS_IPV6,
    &DATA,
];

const UNREACHABLE: u8 = 1;
const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;
const EXTENDED_REQUEST: u8 = 160;

/// Where the part begins that depends on the type.
const BODY: usize = 4;

/// Whether messages of this type quote the packet that they are about.
pub const fn is_error(kind: u8) -> bool {
    matches!(
        kind,
        UNREACHABLE | TOO_BIG | TIME_EXCEEDED | PARAMETER_PROBLEM
    )
}

/// How long the quoted packet is when extensions follow it, in bytes (RFC 4884, section 4.4).
pub fn quoted_length(bytes: &[u8]) -> Option<u16> {
    let may_have = matches!(bytes.first()?, &(UNREACHABLE | TIME_EXCEEDED));
    let units = bytes.get(4).filter(|units| may_have && **units > 0)?;
    Some(u16::from(*units) * 8)
}

/// What follows the checksum, of an error with or without extensions; `None` for a type that this program
/// does not take apart.
fn layout(kind: u8, is_extended: bool) -> Option<&'static [Part]> {
    static QUOTING: &[Part] = &[(&RESERVED, 32)];
    static QUOTING_EXTENDED: &[Part] = &[(&QUOTED_LENGTH, 8), (&RESERVED, 24)];
    static LONG: &[Part] = &[(&MTU, 32)];
    static PROBLEM: &[Part] = &[(&POINTER, 32)];
    static ECHO: &[Part] = &[(&IDENTIFIER, 16), (&SEQUENCE, 16), (&ECHO_DATA, 0)];
    static NOTHING: &[Part] = &[(&RESERVED, 32)];
    static ROUTER: &[Part] = &[
        (&HOP_LIMIT, 8),
        (&ROUTER_FLAGS, 8),
        (&MANAGED, 1),
        (&OTHER, 1),
        (&HOME_AGENT, 1),
        (&PREFERENCE, 2),
        (&PROXY, 1),
        (&ROUTER_RESERVED, 2),
        (&ROUTER_LIFETIME, 16),
        (&REACHABLE, 32),
        (&RETRANSMISSION, 32),
    ];
    static LOOKING: &[Part] = &[(&RESERVED, 32), (&SOUGHT, 128)];
    static TELLING: &[Part] = &[
        (&NEIGHBOUR_FLAGS, 32),
        (&IS_ROUTER, 1),
        (&SOLICITED, 1),
        (&OVERRIDE, 1),
        (&NEIGHBOUR_RESERVED, 29),
        (&FOUND, 128),
    ];
    static BETTER: &[Part] = &[(&RESERVED, 32), (&BETTER_HOP, 128), (&REDIRECTED, 128)];
    static LISTENING: &[Part] = &[(&QUERY_INTERVAL, 16), (&ROBUSTNESS, 16)];
    static EXTENDED: &[Part] = &[
        (&IDENTIFIER, 16),
        (&EXTENDED_SEQUENCE, 8),
        (&REQUEST_RESERVED, 7),
        (&LOCAL, 1),
    ];
    static EXTENDED_ANSWER: &[Part] = &[
        (&IDENTIFIER, 16),
        (&EXTENDED_SEQUENCE, 8),
        (&STATE, 3),
        (&RESPONSE_RESERVED, 2),
        (&ACTIVE, 1),
        (&RUNS_IPV4, 1),
        (&RUNS_IPV6, 1),
    ];
    Some(match kind {
        UNREACHABLE | TIME_EXCEEDED if is_extended => QUOTING_EXTENDED,
        UNREACHABLE | TIME_EXCEEDED => QUOTING,
        TOO_BIG => LONG,
        PARAMETER_PROBLEM => PROBLEM,
        ECHO_REQUEST | ECHO_REPLY => ECHO,
        ROUTER_SOLICITATION => NOTHING,
        ROUTER_ADVERTISEMENT => ROUTER,
        NEIGHBOUR_SOLICITATION => LOOKING,
        NEIGHBOUR_ADVERTISEMENT => TELLING,
        REDIRECT => BETTER,
        151 => LISTENING,
        EXTENDED_REQUEST => EXTENDED,
        161 => EXTENDED_ANSWER,
        _ => return None,
    })
}

/// How many bytes a message of a type has at least, behind which options or a packet may follow.
pub fn shortest(kind: u8) -> usize {
    if icmpv6_mld::is_one(kind) {
        return icmpv6_mld::shortest(kind);
    }
    let parts = layout(kind, false).unwrap_or_default().iter();
    let own = parts.filter(|(definition, _)| definition.role == Role::Leaf);
    let bits: u32 = own.map(|(_, length)| length).sum();
    BODY + bits as usize / 8
}

/// Adds what follows the checksum.
pub fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.header();
    let Some(kind) = bytes.first().copied() else {
        return;
    };
    if icmpv6_mld::is_one(kind) {
        let end = icmpv6_mld::expand(kind, bytes, BODY, out);
        out.bytes(&DATA, end..bytes.len());
        return;
    }
    let Some(layout) = layout(kind, quoted_length(bytes).is_some()) else {
        out.bytes(&DATA, BODY..bytes.len());
        return;
    };
    match (kind, lay(layout, BODY..bytes.len(), out)) {
        (ROUTER_SOLICITATION..=REDIRECT, Ok(end)) => icmpv6_options::expand(bytes, end, out),
        (EXTENDED_REQUEST, Ok(end)) => icmp_extensions::expand(view, end..bytes.len(), out),
        (_, Ok(end) | Err(end)) => out.bytes(&DATA, end..bytes.len()),
    }
}

/// Appends what the message says.
pub fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let Some(both) = bits::u16_at(bytes, 0) else {
        return;
    };
    let kind = both.to_be_bytes()[0];
    match kind {
        NEIGHBOUR_SOLICITATION => push_address("who has ", bytes, "?", out),
        NEIGHBOUR_ADVERTISEMENT => push_answer(bytes, out),
        _ => push_name(both, out),
    }
    match kind {
        ECHO_REQUEST | ECHO_REPLY => icmp::push_echo(bytes, out),
        TOO_BIG => {
            out.push_str(", at most ");
            out.put_number(bits::u32_at(bytes, 4).unwrap_or(0).into());
            out.push_str(" bytes");
        }
        REDIRECT => push_address(": use ", bytes, "", out),
        _ if icmpv6_mld::is_one(kind) => icmpv6_mld::push_summary(kind, bytes, out),
        _ => {}
    }
}

fn push_name(both: u16, out: &mut Draft) {
    let kind = both.to_be_bytes()[0];
    match code_name(both.into()).or_else(|| type_name(kind.into())) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("type ");
            out.put_number(kind.into());
        }
    }
}

/// Appends the address at byte 8 of a message about one.
fn push_address(before: &str, bytes: &[u8], after: &str, out: &mut Draft) {
    if let Some(address) = bytes.get(8..).and_then(|rest| rest.first_chunk::<16>()) {
        out.push_str(before);
        put_ipv6(out, (*address).into());
        out.push_str(after);
    }
}

fn push_answer(bytes: &[u8], out: &mut Draft) {
    push_address("", bytes, " is ", out);
    match icmpv6_options::target_mac(bytes, 24) {
        Some(mac) => {
            out.push_str("at ");
            text::put_hex_bytes(out, &mac);
        }
        None => out.push_str("here"),
    }
}

/// Preferences of routers and routes (RFC 4191, section 2.1).
pub const PREFERENCES: &[(u64, &str)] = &[(0, "medium"), (1, "high"), (2, "reserved"), (3, "low")];

/// The name of a type.
pub fn type_name(kind: u64) -> Option<&'static str> {
    Some(match kind {
        1 => "unreachable",
        2 => "too big",
        3 => "time exceeded",
        4 => "parameter problem",
        100 | 101 | 200 | 201 => "experiment",
        128 => "echo request",
        129 => "echo reply",
        130 => "listener query",
        131 => "listener report",
        132 => "listener done",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbour solicitation",
        136 => "neighbour advertisement",
        137 => "redirect",
        138 => "router renumbering",
        139 => "node information query",
        140 => "node information reply",
        141 => "inverse neighbour solicitation",
        142 => "inverse neighbour advertisement",
        143 => "listener report, version 2",
        144 => "home agent discovery request",
        145 => "home agent discovery reply",
        146 => "mobile prefix solicitation",
        147 => "mobile prefix advertisement",
        148 => "certification path solicitation",
        149 => "certification path advertisement",
        150 => "experimental mobility",
        151 => "multicast router advertisement",
        152 => "multicast router solicitation",
        153 => "multicast router termination",
        154 => "fast handover",
        155 => "RPL control",
        156 => "ILNPv6 locator update",
        157 => "duplicate address request",
        158 => "duplicate address confirmation",
        159 => "MPL control",
        160 => "extended echo request",
        161 => "extended echo reply",
        _ => return None,
    })
}

/// What a type and a code mean together: 256 times the type, plus the code.
pub const CODES: &[(u64, &str)] = &[
    (0x0100, "no route to the destination"),
    (0x0101, "prohibited by a filter"),
    (0x0102, "beyond the scope of the source address"),
    (0x0103, "address unreachable"),
    (0x0104, "port unreachable"),
    (0x0105, "source address refused by a policy"),
    (0x0106, "route refused"),
    (0x0107, "source routing failed"),
    (0x0108, "headers too long"),
    (0x0300, "hop limit exceeded on the way"),
    (0x0301, "fragments missing for too long"),
    (0x0400, "wrong field in a header"),
    (0x0401, "unknown next header"),
    (0x0402, "unknown option"),
    (0x0403, "first fragment without all headers"),
    (0xa100, "extended echo reply"),
    (0xa101, "extended echo reply: malformed query"),
    (0xa102, "extended echo reply: no such interface"),
    (0xa103, "extended echo reply: no such table entry"),
    (0xa104, "extended echo reply: several interfaces fit"),
];

/// The name of a type and a code together.
pub fn code_name(both: u64) -> Option<&'static str> {
    CODES
        .iter()
        .find(|(known, _)| *known == both)
        .map(|(_, name)| *name)
}
