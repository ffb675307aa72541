//! ICMP: IPv4's own messages. Errors quote the packet that they are about; echoes are what `ping` sends.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      |     Code      |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  depends on type ...
//! ```
//!
//! What may follow the quoted packet of an error is in `icmp_extensions`.

use super::checksum::{self, Verdict};
use super::icmp_extensions;
use super::icmp_names::{NEIGHBOUR_STATES, REASONS, TYPES};
use super::layout::{Part, lay};
use crate::model::address::put_ipv4;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{ByteOrder, FieldDef, joined};
use crate::model::layer::{Extent, LayerView, Rest};
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const REGISTRY: Source = Source::Iana("Internet Control Message Protocol (ICMP) Parameters");

static TYPE: FieldDef = FieldDef::decimal("icmp.type", "Type")
    .at(0, 1)
    .named(TYPES)
    .source(REGISTRY)
    .meaning("What the message is: 8 and 0 are ping and its answer, 3 says that nobody could be reached.");

static CODE: FieldDef = FieldDef::decimal("icmp.code", "Code")
    .at(1, 1)
    .source(REGISTRY)
    .meaning("What exactly, within the type: of \"unreachable\" (3), code 3 means that nobody has the port.");

static REASON: FieldDef = FieldDef::decimal("icmp.reason", "Type and code mean")
    .named(REASONS)
    .computed(|view| {
        let key = u64::from(bits::u16_at(view.bytes, 0)?);
        REASON.symbols.of(key).map(|_| key)
    })
    .source(REGISTRY)
    .meaning("Type and code together, as one number (256 times the type, plus the code); computed here, not sent.");

static CHECKSUM: FieldDef = FieldDef::hex("icmp.checksum", "Checksum")
    .at(2, 2)
    .rfc(792, "")
    .meaning("The ones' complement sum of the whole message, what is quoted included.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("icmp.checksum.status", "Checksum status")
    .named(checksum::STATUS)
    .computed(|view| Some(verdict(view).status()))
    .rfc(1071, "1")
    .meaning("Whether the ICMP message's bytes sum to its checksum; computed here, not sent.");

static UNUSED: FieldDef = FieldDef::bytes("icmp.unused", "Unused")
    .rfc(792, "")
    .meaning("Bytes that mean nothing in this type; zeros.");

static ZEROS: FieldDef = FieldDef::bytes("icmp.zeros", "Unused")
    .rfc(792, "")
    .meaning("Four bytes that mean nothing here; zeros.");

static QUOTED_LENGTH: FieldDef = FieldDef::decimal("icmp.length", "Length of what is quoted")
    .unit("× 4 bytes")
    .rfc(4884, "4.1")
    .meaning("How long the quoted packet is, in words of 4 bytes, when extensions follow it; 0 when none do.");

static IDENTIFIER: FieldDef = FieldDef::hex("icmp.ident", "Identifier")
    .rfc(792, "")
    .meaning("Tells which program's pings these are: the answer carries the same number.");

static IDENTIFIER_LITTLE: FieldDef = FieldDef::hex("icmp.ident_le", "Identifier, little-endian")
    .ordered(ByteOrder::Little)
    .detail()
    .rfc(792, "")
    .meaning("The identifier as systems send it that do not turn it into network byte order.");

static SEQUENCE: FieldDef = FieldDef::decimal("icmp.seq", "Sequence number")
    .rfc(792, "")
    .meaning("Counts the pings, so that answers and losses can be told apart.");

static SEQUENCE_LITTLE: FieldDef =
    FieldDef::decimal("icmp.seq_le", "Sequence number, little-endian")
        .ordered(ByteOrder::Little)
        .detail()
        .rfc(792, "")
        .meaning("The count as systems send it that do not turn it into network byte order.");

static ECHO_DATA: FieldDef = FieldDef::bytes("icmp.echo.data", "Data")
    .rfc(792, "")
    .meaning("Whatever the asking program put in; the answer sends it back. Linux's ping puts the time in, and a pattern.");

static MTU: FieldDef = FieldDef::decimal("icmp.mtu", "MTU of the next hop")
    .unit("bytes")
    .rfc(1191, "4")
    .meaning("How long packets may be at the most on the link that this one was too long for.");

static GATEWAY: FieldDef = FieldDef::ipv4("icmp.redir_gw", "Better router")
    .rfc(792, "")
    .meaning("The router that the sender should use for this destination from now on.");

static POINTER: FieldDef = FieldDef::decimal("icmp.pointer", "Pointer")
    .unit("bytes")
    .rfc(792, "")
    .meaning("Which byte of the quoted header is wrong, counted from 0.");

static ADDRESS_COUNT: FieldDef = FieldDef::decimal("icmp.num_addrs", "Addresses")
    .rfc(1256, "3")
    .meaning("How many addresses of routers follow.");

static ENTRY_SIZE: FieldDef = FieldDef::decimal("icmp.addr_entry_size", "Words an entry")
    .rfc(1256, "3")
    .meaning("How many words of 4 bytes each address takes with what belongs to it: 2.");

static LIFETIME: FieldDef = FieldDef::decimal("icmp.lifetime", "Lifetime")
    .unit("seconds")
    .rfc(1256, "3")
    .meaning("How long the routers told here may be used.");

static ROUTER: FieldDef = FieldDef::ipv4("icmp.router_address", "Router")
    .rfc(1256, "3")
    .meaning("An address of the router that tells of itself.");

static PREFERENCE: FieldDef = FieldDef::hex("icmp.preference", "Preference")
    .rfc(1256, "3")
    .meaning("Which router to take when there are several: the greater, as a signed number.");

static ORIGINATE: FieldDef = FieldDef::decimal("icmp.originate_timestamp", "Asked at")
    .unit("ms since midnight UT")
    .rfc(792, "")
    .meaning("The time of the asking host when it sent the question.");

static RECEIVE: FieldDef = FieldDef::decimal("icmp.receive_timestamp", "Received at")
    .unit("ms since midnight UT")
    .rfc(792, "")
    .meaning("The time of the answering host when the question came.");

static TRANSMIT: FieldDef = FieldDef::decimal("icmp.transmit_timestamp", "Answered at")
    .unit("ms since midnight UT")
    .rfc(792, "")
    .meaning("The time of the answering host when the answer went.");

static MASK: FieldDef = FieldDef::ipv4("icmp.address_mask", "Address mask")
    .rfc(6918, "2.4")
    .meaning("Which bits of an address name the network; nobody asks like this any more.");

static EXTENDED_SEQUENCE: FieldDef = FieldDef::decimal("icmp.ext.echo.seq", "Sequence number")
    .rfc(8335, "2")
    .meaning("Counts the questions about an interface.");

static REQUEST_RESERVED: FieldDef = FieldDef::hex("icmp.ext.echo.req.res", "Reserved")
    .rfc(8335, "2")
    .meaning("Seven bits of a question about an interface, zero.");

static LOCAL: FieldDef = FieldDef::flag("icmp.ext.echo.req.local", "Local")
    .rfc(8335, "2")
    .meaning(
        "Whether the interface asked about is on the host that answers, or on a neighbour of it.",
    );

static STATE: FieldDef = FieldDef::decimal("icmp.ext.echo.rsp.state", "State")
    .named(NEIGHBOUR_STATES)
    .rfc(8335, "3")
    .meaning(
        "What the answering host knows of its neighbour: the state of its ARP or neighbour table.",
    );

static RESPONSE_RESERVED: FieldDef = FieldDef::hex("icmp.ext.echo.rsp.res", "Reserved")
    .rfc(8335, "3")
    .meaning("Two bits of an answer about an interface, zero.");

static ACTIVE: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.active", "Active")
    .rfc(8335, "3")
    .meaning("Whether the interface asked about is up.");

static RUNS_IPV4: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.ipv4", "Runs IPv4")
    .rfc(8335, "3")
    .meaning("Whether IPv4 runs on the interface asked about.");

static RUNS_IPV6: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.ipv6", "Runs IPv6")
    .rfc(8335, "3")
    .meaning("Whether IPv6 runs on the interface asked about.");

static DATA: FieldDef = FieldDef::bytes("icmp.data", "Data")
    .source(REGISTRY)
    .meaning("The rest of an ICMP message of a type that this program does not take apart.");

const OWN_FIELDS: &[&FieldDef] = &[
    &TYPE,
    &CODE,
    &REASON,
    &CHECKSUM,
    &CHECKSUM_STATUS,
    &UNUSED,
    &ZEROS,
    &QUOTED_LENGTH,
    &IDENTIFIER,
    &IDENTIFIER_LITTLE,
    &SEQUENCE,
    &SEQUENCE_LITTLE,
    &ECHO_DATA,
    &MTU,
    &GATEWAY,
    &POINTER,
    &ADDRESS_COUNT,
    &ENTRY_SIZE,
    &LIFETIME,
    &ROUTER,
    &PREFERENCE,
    &ORIGINATE,
    &RECEIVE,
    &TRANSMIT,
    &MASK,
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

static FIELDS: [&FieldDef; OWN_FIELDS.len() + icmp_extensions::FIELDS.len()] =
    joined(&[OWN_FIELDS, icmp_extensions::FIELDS]);

/// ICMP.
pub static PROTOCOL: Protocol = Protocol {
    name: "icmp",
    label: "ICMP",
    title: "Internet Control Message Protocol",
    purpose: "Tells a sender what went wrong with its packet, and answers pings.",
    standing: Standing {
        osi: OsiLayer::Network,
        tcp_ip: TcpIpLayer::Network,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(792, ""), Source::Rfc(4884, "")],
    parents: &[Selector::IpProtocol(1)],
    fields: &FIELDS,
    endpoints: None,
    measure: Some(measure),
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const REDIRECT: u8 = 5;
const ECHO: u8 = 8;
const ADVERTISEMENT: u8 = 9;
const SOLICITATION: u8 = 10;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;
const EXTENDED_REQUEST: u8 = 42;

/// Bytes of every message that are not data: of errors, those before the quoted packet.
const FIXED_LENGTH: usize = 8;

/// Bytes of the quoted packet before extensions whose place nothing tells (RFC 4884, section 5.5).
const QUOTED_OF_OLD: u16 = 128;

/// Where the part begins that depends on the type.
const BODY: usize = 4;

/// Errors quote the packet that they are about; all other messages are read here to their end.
fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let (Some(kind), true) = (bytes.first(), bytes.len() >= FIXED_LENGTH) else {
        return room.too_short(FIXED_LENGTH);
    };
    let is_error = matches!(
        *kind,
        UNREACHABLE | SOURCE_QUENCH | REDIRECT | TIME_EXCEEDED | PARAMETER_PROBLEM
    );
    if !is_error {
        return Measure::ALL;
    }
    let packet = Next::selected(Selector::EtherType(0x0800));
    let measure = Measure::header(FIXED_LENGTH, packet).with_extent(Extent::Quotation);
    let most = room.wire_length.saturating_sub(FIXED_LENGTH);
    match quoted(bytes).filter(|quoted| usize::from(quoted.length) <= most) {
        Some(quoted) => measure.with_payload(quoted.length).with_rest(Rest::Kept),
        None => measure,
    }
}

/// The quoted packet, where extensions follow it.
struct Quoted {
    /// How long it is, in bytes.
    length: u16,
    /// Whether the message tells so.
    is_told: bool,
}

/// What is quoted before extensions (RFC 4884, section 4).
fn quoted(bytes: &[u8]) -> Option<Quoted> {
    let may_have = matches!(
        bytes.first()?,
        &(UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM)
    );
    match bytes.get(5).filter(|_| may_have)? {
        // Routers older than that RFC tell no length.
        0 => {
            let behind = bytes.get(FIXED_LENGTH + usize::from(QUOTED_OF_OLD)..)?;
            icmp_extensions::tell_themselves(behind).then_some(Quoted {
                length: QUOTED_OF_OLD,
                is_told: false,
            })
        }
        words => Some(Quoted {
            length: u16::from(*words) * 4,
            is_told: true,
        }),
    }
}

fn verdict(view: &LayerView<'_>) -> Verdict {
    checksum::of_layer(view, 2)
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    verdict(view).fault(bits::u16_at(view.bytes, 2)?)
}

/// What follows the checksum; `None` for a type that this program does not take apart. Some errors tell the length of
/// what they quote.
fn layout(kind: u8, code: u8, tells_length: bool) -> Option<&'static [Part]> {
    static ASKED: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&SEQUENCE, 16),
        (&SEQUENCE_LITTLE, 16),
        (&DATA, 0),
    ];
    static TIMES: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&SEQUENCE, 16),
        (&SEQUENCE_LITTLE, 16),
        (&ORIGINATE, 32),
        (&RECEIVE, 32),
        (&TRANSMIT, 32),
    ];
    static MASKS: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&SEQUENCE, 16),
        (&SEQUENCE_LITTLE, 16),
        (&MASK, 32),
    ];
    static ECHOES: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&SEQUENCE, 16),
        (&SEQUENCE_LITTLE, 16),
        (&ECHO_DATA, 0),
    ];
    static TOO_LONG: &[Part] = &[(&UNUSED, 16), (&MTU, 16)];
    static TOO_LONG_EXTENDED: &[Part] = &[(&UNUSED, 8), (&QUOTED_LENGTH, 8), (&MTU, 16)];
    static ERROR: &[Part] = &[(&UNUSED, 32)];
    static ERROR_EXTENDED: &[Part] = &[(&UNUSED, 8), (&QUOTED_LENGTH, 8), (&UNUSED, 16)];
    static PROBLEM: &[Part] = &[(&POINTER, 8), (&UNUSED, 24)];
    static PROBLEM_EXTENDED: &[Part] = &[(&POINTER, 8), (&QUOTED_LENGTH, 8), (&UNUSED, 16)];
    static REDIRECTED: &[Part] = &[(&GATEWAY, 32)];
    static ROUTERS: &[Part] = &[(&ADDRESS_COUNT, 8), (&ENTRY_SIZE, 8), (&LIFETIME, 16)];
    static NOTHING: &[Part] = &[(&ZEROS, 32)];
    static EXTENDED: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&EXTENDED_SEQUENCE, 8),
        (&REQUEST_RESERVED, 7),
        (&LOCAL, 1),
    ];
    static EXTENDED_ANSWER: &[Part] = &[
        (&IDENTIFIER, 16),
        (&IDENTIFIER_LITTLE, 16),
        (&EXTENDED_SEQUENCE, 8),
        (&STATE, 3),
        (&RESPONSE_RESERVED, 2),
        (&ACTIVE, 1),
        (&RUNS_IPV4, 1),
        (&RUNS_IPV6, 1),
    ];
    Some(match (kind, code, tells_length) {
        (ECHO | ECHO_REPLY, ..) => ECHOES,
        (UNREACHABLE, 4, false) => TOO_LONG,
        (UNREACHABLE, 4, true) => TOO_LONG_EXTENDED,
        (UNREACHABLE | TIME_EXCEEDED, _, false) => ERROR,
        (UNREACHABLE | TIME_EXCEEDED, _, true) => ERROR_EXTENDED,
        (PARAMETER_PROBLEM, _, false) => PROBLEM,
        (PARAMETER_PROBLEM, _, true) => PROBLEM_EXTENDED,
        (REDIRECT, ..) => REDIRECTED,
        (ADVERTISEMENT, ..) => ROUTERS,
        (SOURCE_QUENCH | SOLICITATION, ..) => NOTHING,
        (13 | 14, ..) => TIMES,
        (15 | 16, ..) => ASKED,
        (17 | 18, ..) => MASKS,
        (EXTENDED_REQUEST, ..) => EXTENDED,
        (43, ..) => EXTENDED_ANSWER,
        _ => return None,
    })
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.header();
    let (Some(kind), Some(code)) = (bytes.first(), bytes.get(1)) else {
        return;
    };
    let quoted = quoted(view.bytes);
    let tells_length = quoted.as_ref().is_some_and(|quoted| quoted.is_told);
    let Some(layout) = layout(*kind, *code, tells_length) else {
        out.bytes(&DATA, BODY..bytes.len());
        return;
    };
    let end = lay(layout, BODY..bytes.len(), out).unwrap_or_else(|end| end);
    match *kind {
        ADVERTISEMENT => expand_routers(end..bytes.len(), out),
        EXTENDED_REQUEST => icmp_extensions::expand(view, end..bytes.len(), out),
        _ => out.bytes(&DATA, end..bytes.len()),
    }
    if let Some(quoted) = quoted {
        out.enter_trailer();
        icmp_extensions::expand_behind(view, FIXED_LENGTH + usize::from(quoted.length), out);
    }
}

/// At most as many as the message has room for.
fn expand_routers(range: std::ops::Range<usize>, out: &mut Expander<'_>) {
    for at in range.clone().step_by(8) {
        out.bytes(&ROUTER, at..at + 4);
        out.bytes(&PREFERENCE, at + 4..at + 8);
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let Some(both) = bits::u16_at(bytes, 0) else {
        return;
    };
    let [kind, code] = both.to_be_bytes();
    match REASON
        .symbols
        .of(both.into())
        .or_else(|| TYPE.symbols.of(kind.into()))
    {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("type ");
            out.put_number(kind.into());
            out.push_str(", code ");
            out.put_number(code.into());
        }
    }
    match kind {
        ECHO | ECHO_REPLY => push_echo(bytes, out),
        UNREACHABLE if code == 4 => {
            out.push_str(", at most ");
            out.put_number(u64::from(bits::u16_at(bytes, 6).unwrap_or(0)));
            out.push_str(" bytes");
        }
        REDIRECT => {
            out.push_str(": use ");
            put_ipv4(out, bits::u32_at(bytes, 4).unwrap_or(0).into());
        }
        _ => {}
    }
}

/// Appends identifier and sequence number of an echo.
pub fn push_echo(bytes: &[u8], out: &mut Draft) {
    out.push_str(", id ");
    out.put_hex_number(bits::u16_at(bytes, 4).unwrap_or(0).into(), 4);
    out.push_str(", seq ");
    out.put_number(bits::u16_at(bytes, 6).unwrap_or(0).into());
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ipv4, seen, seen_of};
    use crate::model::frame::LinkType;

    /// What 192.168.1.7 sent: a datagram of 3 bytes from port 40000 to port 4000.
    const QUOTED: [u8; 31] = [
        0x45, 0, 0, 31, 0, 7, 0x40, 0, 0x40, 0x11, 0xb7, 0x69, 192, 168, 1, 7, 192, 168, 1, 6,
        0x9c, 0x40, 0x0f, 0xa0, 0, 11, 0x58, 0x2d, b'h', b'e', b'y',
    ];

    fn message(head: [u8; 8], rest: &[u8]) -> Vec<u8> {
        let mut bytes = head.to_vec();
        bytes.extend(rest);
        in_ipv4(1, &bytes)
    }

    #[test]
    fn an_echo_carries_an_identifier_a_count_and_what_the_program_put_in() {
        let packet = message([8, 0, 0x7a, 0x9b, 0x1a, 0x2b, 0, 1], b"ab");
        let seen = seen(LinkType::IPV4, &packet);
        assert_eq!(
            seen.fields("icmp"),
            [
                "icmp.type 8 (echo request)",
                "icmp.code 0",
                "icmp.checksum 0x7a9b",
                "= icmp.checksum.status 0 (bad)",
                "icmp.ident 0x1a2b",
                "  - icmp.ident_le 0x2b1a",
                "icmp.seq 1",
                "  - icmp.seq_le 256",
                "icmp.echo.data 61:62",
            ]
        );
        assert!(
            seen.line.starts_with("echo request, id 0x1a2b, seq 1"),
            "{}",
            seen.line
        );
    }

    #[test]
    fn an_error_quotes_the_packet_that_it_is_about() {
        let seen = seen(LinkType::IPV4, &message([3, 3, 0, 0, 0, 0, 0, 0], &QUOTED));
        assert_eq!(seen.layers, ["ip", "icmp", "ip", "udp", "data"]);
        assert!(seen.line.contains("port unreachable"), "{}", seen.line);
        assert_eq!(
            seen.chosen("icmp", &["icmp.reason", "icmp.unused"]),
            [
                "= icmp.reason 771 (port unreachable)",
                "icmp.unused 00:00:00:00"
            ]
        );
    }

    #[test]
    fn a_quoted_packet_that_is_cut_is_no_error() {
        let seen = seen(
            LinkType::IPV4,
            &message([11, 0, 0, 0, 0, 0, 0, 0], &QUOTED[..28]),
        );
        assert_eq!(seen.layers, ["ip", "icmp", "ip", "udp"]);
        assert!(
            seen.faults.contains(
                &"only the first 28 of 31 bytes are quoted (as an ICMP error does)".to_owned()
            ),
            "{:?}",
            seen.faults
        );
    }

    #[test]
    fn what_the_capture_cut_of_a_quoted_packet_is_not_said_to_be_missing_on_the_wire() {
        let packet = message([11, 0, 0, 0, 0, 0, 0, 0], &QUOTED);
        let seen = seen_of(
            LinkType::IPV4,
            &packet[..packet.len() - QUOTED.len() + 8],
            packet.len(),
        );
        assert_eq!(
            seen.faults,
            ["cut by the capture: 8 of 20 bytes were kept (not an error on the wire)"]
        );
    }

    #[test]
    fn what_follows_the_quoted_packet_is_an_extension() {
        let mut rest = QUOTED.to_vec();
        rest.resize(128, 0);
        rest.extend([0x20, 0, 0, 0, 0, 8, 1, 1, 0x00, 0x06, 0x41, 64]);
        let seen = seen(LinkType::IPV4, &message([11, 0, 0, 0, 0, 32, 0, 0], &rest));
        assert_eq!(
            seen.chosen("icmp", &["icmp.length", "icmp.ext.version", "icmp.mpls"]),
            [
                "icmp.length 32",
                "icmp.ext.version 2",
                "icmp.mpls.label 100",
                "icmp.mpls.exp 0",
                "icmp.mpls.s 1",
                "icmp.mpls.ttl 64",
            ]
        );
    }

    #[test]
    fn extensions_whose_place_nothing_tells_are_found_by_their_checksum() {
        let labels = |checksum: [u8; 2]| {
            let mut rest = QUOTED.to_vec();
            rest.resize(128, 0);
            rest.extend([0x20, 0, checksum[0], checksum[1]]);
            rest.extend([0, 8, 1, 1, 0x00, 0x06, 0x41, 64]);
            seen(LinkType::IPV4, &message([11, 0, 0, 0, 0, 0, 0, 0], &rest))
        };
        let names = [
            "icmp.unused",
            "icmp.length",
            "icmp.ext.padding",
            "icmp.mpls.label",
        ];
        let zeros = ["00"; 97].join(":");
        assert_eq!(
            labels([0x9d, 0xb0]).chosen("icmp", &names),
            [
                "icmp.unused 00:00:00:00".to_owned(),
                format!("icmp.ext.padding {zeros}"),
                "icmp.mpls.label 100".to_owned(),
            ]
        );
        assert_eq!(
            labels([0x9d, 0xb1]).chosen("icmp", &names),
            ["icmp.unused 00:00:00:00"]
        );
    }

    #[test]
    fn an_unknown_type_is_kept_as_bytes() {
        let seen = seen(LinkType::IPV4, &message([99, 1, 0, 0, 1, 2, 3, 4], &[5]));
        assert_eq!(
            seen.chosen("icmp", &["icmp.data"]),
            ["icmp.data 01:02:03:04:05"]
        );
        assert!(seen.line.contains("type 99, code 1"), "{}", seen.line);
    }
}
