//! TCP options that hardly any sender uses: those moved to historic status (RFC 6247), those of space
//! links (SCPS), and quick-start.

use super::tcp_options::{Contents, Kind, REGISTRY};
use crate::model::field::FieldDef;

static ECHO: FieldDef = FieldDef::bytes("tcp.options.echo", "Echo")
    .group()
    .rfc(1072, "4")
    .meaning("Bytes for the other side to send back, to measure the round trip; withdrawn in favour of the timestamps option.");

static ECHO_VALUE: FieldDef = FieldDef::decimal("tcp.options.echo_value", "Value to echo")
    .rfc(1072, "4")
    .meaning("What the other side sends back, or what it has sent back.");

static PARTIAL_ORDER_PERMITTED: FieldDef = FieldDef::bytes(
    "tcp.options.poc_permitted",
    "Partial order permitted",
)
.group()
.rfc(1693, "")
.meaning(
    "In a SYN: the sender knows the service that delivers some parts out of order; withdrawn.",
);

static PARTIAL_ORDER: FieldDef =
    FieldDef::bytes("tcp.options.poc", "Partial order service profile")
        .group()
        .rfc(1693, "")
        .meaning("Which parts may be delivered out of order; withdrawn.");

static PARTIAL_ORDER_START: FieldDef = FieldDef::flag("tcp.options.poc.start", "Start of profile")
    .rfc(1693, "")
    .meaning("Whether this segment begins a service profile.");

static PARTIAL_ORDER_END: FieldDef = FieldDef::flag("tcp.options.poc.end", "End of profile")
    .rfc(1693, "")
    .meaning("Whether this segment ends a service profile.");

static PARTIAL_ORDER_FILLER: FieldDef = FieldDef::hex("tcp.options.poc.filler", "Filler")
    .rfc(1693, "")
    .meaning("Bits that fill the byte; zeros.");

static CONNECTION_COUNT: FieldDef = FieldDef::bytes("tcp.options.cc", "Connection count")
    .group()
    .rfc(1644, "")
    .meaning("Numbers the connections of two hosts, so that a request and its answer need only three segments (T/TCP); withdrawn.");

static CONNECTION_COUNT_VALUE: FieldDef = FieldDef::decimal("tcp.options.cc_value", "Count")
    .rfc(1644, "")
    .meaning("The number of the connection, or the one that the other side gave it.");

static CHECKSUM_REQUEST: FieldDef =
    FieldDef::bytes("tcp.options.altck_request", "Alternate checksum request")
        .group()
        .rfc(1146, "")
        .meaning("In a SYN: asks for another checksum than the usual one; withdrawn.");

static CHECKSUM_NUMBER: FieldDef =
    FieldDef::decimal("tcp.options.altck_request.number", "Checksum number")
        .named(&[
            (0, "TCP checksum"),
            (1, "8-bit Fletcher"),
            (2, "16-bit Fletcher"),
            (3, "redundant checksum avoidance"),
        ])
        .rfc(1146, "")
        .meaning("Which checksum the sender asks for.");

static CHECKSUM_DATA: FieldDef =
    FieldDef::bytes("tcp.options.altck_data", "Alternate checksum data")
        .group()
        .rfc(1146, "")
        .meaning(
            "Holds a checksum that is longer than the 16 bits of the header's field; withdrawn.",
        );

static CHECKSUM_BYTES: FieldDef = FieldDef::bytes("tcp.options.altck_data.bytes", "Checksum bytes")
    .rfc(1146, "")
    .meaning("The checksum, as agreed by the alternate checksum request.");

static SPACE: FieldDef = FieldDef::bytes("tcp.options.scps", "SCPS capabilities")
    .group()
    .source(REGISTRY)
    .meaning(
        "In a SYN: what the sender can do of the protocols for space links (SCPS, CCSDS 714.0-B).",
    );

static SPACE_VECTOR: FieldDef = FieldDef::hex("tcp.options.scps.vector", "Capabilities")
    .group()
    .source(REGISTRY)
    .meaning("A bit for each thing that the sender can do on a space link.");

static SPACE_BETS: FieldDef = FieldDef::flag("tcp.options.scpsflags.bets", "Partial reliability")
    .source(REGISTRY)
    .meaning(
        "The sender can go on without bytes that got lost (BETS: best effort transport service).",
    );

static SPACE_SNACK1: FieldDef = FieldDef::flag("tcp.options.scpsflags.snack1", "Short SNACK")
    .source(REGISTRY)
    .meaning("The sender knows the short form of the negative acknowledgment.");

static SPACE_SNACK2: FieldDef = FieldDef::flag("tcp.options.scpsflags.snack2", "Long SNACK")
    .source(REGISTRY)
    .meaning("The sender knows the long form of the negative acknowledgment.");

static SPACE_COMPRESSION: FieldDef =
    FieldDef::flag("tcp.options.scpsflags.compress", "Header compression")
        .source(REGISTRY)
        .meaning("The sender can compress the headers of its segments.");

static SPACE_TIMESTAMPS: FieldDef =
    FieldDef::flag("tcp.options.scpsflags.nlts", "Network layer timestamps")
        .source(REGISTRY)
        .meaning("The network layer below offers timestamps.");

static SPACE_RESERVED: FieldDef = FieldDef::decimal("tcp.options.scpsflags.reserved", "Reserved")
    .source(REGISTRY)
    .meaning("Bits of the capabilities that mean nothing yet; zeros.");

static SPACE_CONNECTION: FieldDef =
    FieldDef::decimal("tcp.options.scps.binding", "Connection identifier")
        .source(REGISTRY)
        .meaning("A short name for the connection, which compressed headers use.");

static SPACE_BINDING: FieldDef = FieldDef::decimal("tcp.options.scps.binding.id", "Binding space")
    .source(REGISTRY)
    .meaning("Which community of users defined the capabilities that follow.");

static SPACE_BINDING_LENGTH: FieldDef =
    FieldDef::decimal("tcp.options.scps.binding.len", "Length of capabilities")
        .scaled(2, "bytes")
        .source(REGISTRY)
        .meaning("How long the capabilities of this community are; sent as a count of two bytes.");

static SPACE_BINDING_RESERVED: FieldDef =
    FieldDef::hex("tcp.options.scps.binding.reserved", "Not used")
        .source(REGISTRY)
        .meaning("Four bits beside the length that mean nothing.");

static SPACE_BINDING_DATA: FieldDef = FieldDef::bytes(
    "tcp.options.scps.binding.data",
    "Capabilities of the community",
)
.source(REGISTRY)
.meaning("What the sender can do, in the community's own terms.");

static NEGATIVE: FieldDef =
    FieldDef::bytes("tcp.options.snack", "Selective negative acknowledgment")
        .group()
        .source(REGISTRY)
        .meaning("Names bytes that are missing, rather than those that have arrived; of the protocols for space links.");

static NEGATIVE_OFFSET: FieldDef = FieldDef::decimal("tcp.options.snack.offset", "Offset")
    .source(REGISTRY)
    .meaning("How many segments lie between the acknowledgment number and the hole.");

static NEGATIVE_SIZE: FieldDef = FieldDef::decimal("tcp.options.snack.size", "Size")
    .source(REGISTRY)
    .meaning("How many segments the hole is long.");

static RECORD_BOUNDARY: FieldDef = FieldDef::bytes("tcp.options.scpsrec", "Record boundary")
    .group()
    .source(REGISTRY)
    .meaning("The payload of this segment ends a record; of the protocols for space links.");

static CORRUPTION: FieldDef = FieldDef::bytes("tcp.options.scpscor", "Corruption experienced")
    .group()
    .source(REGISTRY)
    .meaning("Segments were damaged by the link rather than dropped for congestion; of the protocols for space links.");

static QUICK_START: FieldDef = FieldDef::bytes("tcp.options.qs", "Quick-start response")
    .group()
    .rfc(4782, "4.2")
    .meaning("Answers a request to start at a high rate, which the routers on the way had to approve of; an experiment.");

static QUICK_START_RESERVED: FieldDef = FieldDef::hex("tcp.options.qs.reserved", "Reserved bits")
    .rfc(4782, "4.2")
    .meaning("Four bits before the rate that must be zero.");

static QUICK_START_RATE: FieldDef = FieldDef::decimal("tcp.options.qs.rate", "Approved rate")
    .named(QUICK_START_RATES)
    .rfc(4782, "4.2")
    .meaning("The rate that all routers on the way approved of; each number is twice the rate of the one before.");

static QUICK_START_TTL: FieldDef = FieldDef::decimal("tcp.options.qs.ttl_diff", "TTL difference")
    .rfc(4782, "4.2")
    .meaning("What was between the packet's time to live and the one in the request; if it changed on the way, a router did not take part.");

static QUICK_START_NONCE: FieldDef = FieldDef::hex("tcp.options.qs.nonce", "Nonce")
    .rfc(4782, "4.2")
    .meaning("A random number by which the requesting side notices a lying receiver.");

static QUICK_START_NONCE_RESERVED: FieldDef = FieldDef::hex(
    "tcp.options.qs.nonce_reserved",
    "Reserved bits of the nonce",
)
.rfc(4782, "4.2")
.meaning("Two bits behind the nonce that must be zero.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &ECHO,
    &ECHO_VALUE,
    &PARTIAL_ORDER_PERMITTED,
    &PARTIAL_ORDER,
    &PARTIAL_ORDER_START,
    &PARTIAL_ORDER_END,
    &PARTIAL_ORDER_FILLER,
    &CONNECTION_COUNT,
    &CONNECTION_COUNT_VALUE,
    &CHECKSUM_REQUEST,
    &CHECKSUM_NUMBER,
    &CHECKSUM_DATA,
    &CHECKSUM_BYTES,
    &SPACE,
    &SPACE_VECTOR,
    &SPACE_BETS,
    &SPACE_SNACK1,
    &SPACE_SNACK2,
    &SPACE_COMPRESSION,
    &SPACE_TIMESTAMPS,
    &SPACE_RESERVED,
    &SPACE_CONNECTION,
    &SPACE_BINDING,
    &SPACE_BINDING_LENGTH,
    &SPACE_BINDING_RESERVED,
    &SPACE_BINDING_DATA,
    &NEGATIVE,
    &NEGATIVE_OFFSET,
    &NEGATIVE_SIZE,
    &RECORD_BOUNDARY,
    &CORRUPTION,
    &QUICK_START,
    &QUICK_START_RESERVED,
    &QUICK_START_RATE,
    &QUICK_START_TTL,
    &QUICK_START_NONCE,
    &QUICK_START_NONCE_RESERVED,
];

/// What is known of the kinds of this file.
pub fn kind(number: u8) -> Option<Kind> {
    Some(match number {
        6 | 7 => Kind::exactly(6, &ECHO, |contents| contents.add(&ECHO_VALUE, 32)),
        9 => Kind::exactly(2, &PARTIAL_ORDER_PERMITTED, |_| {}),
        10 => Kind::exactly(3, &PARTIAL_ORDER, |contents| {
            contents.add(&PARTIAL_ORDER_START, 1);
            contents.add(&PARTIAL_ORDER_END, 1);
            contents.add(&PARTIAL_ORDER_FILLER, 6);
        }),
        11..=13 => Kind::exactly(6, &CONNECTION_COUNT, |contents| {
            contents.add(&CONNECTION_COUNT_VALUE, 32);
        }),
        14 => Kind::exactly(3, &CHECKSUM_REQUEST, |contents| {
            contents.add(&CHECKSUM_NUMBER, 8);
        }),
        15 => Kind::at_least(3, &CHECKSUM_DATA, |contents| contents.rest(&CHECKSUM_BYTES)),
        20 => Kind::at_least(4, &SPACE, expand_space),
        21 => Kind::exactly(6, &NEGATIVE, |contents| {
            contents.add(&NEGATIVE_OFFSET, 16);
            contents.add(&NEGATIVE_SIZE, 16);
        }),
        22 => Kind::exactly(2, &RECORD_BOUNDARY, |_| {}),
        23 => Kind::exactly(2, &CORRUPTION, |_| {}),
        27 => Kind::exactly(8, &QUICK_START, |contents| {
            contents.add(&QUICK_START_RESERVED, 4);
            contents.add(&QUICK_START_RATE, 4);
            contents.add(&QUICK_START_TTL, 8);
            contents.add(&QUICK_START_NONCE, 30);
            contents.add(&QUICK_START_NONCE_RESERVED, 2);
        }),
        _ => return None,
    })
}

/// Four bytes hold the capabilities of SCPS itself, a longer option those of communities of users.
fn expand_space(contents: &mut Contents<'_, '_>) {
    if contents.option_length() == 4 {
        contents.open(&SPACE_VECTOR, 8);
        contents.add(&SPACE_BETS, 1);
        contents.add(&SPACE_SNACK1, 1);
        contents.add(&SPACE_SNACK2, 1);
        contents.add(&SPACE_COMPRESSION, 1);
        contents.add(&SPACE_TIMESTAMPS, 1);
        contents.add(&SPACE_RESERVED, 3);
        contents.add(&SPACE_CONNECTION, 8);
        return;
    }
    while contents.left() >= 2 {
        contents.add(&SPACE_BINDING, 8);
        let stated = contents.peek(4) * 2;
        contents.add(&SPACE_BINDING_LENGTH, 4);
        contents.add(&SPACE_BINDING_RESERVED, 4);
        if stated > contents.left() {
            contents.give_up("a community states more capabilities than the option has bytes for");
        }
        contents.add(&SPACE_BINDING_DATA, stated * 8);
    }
}

const QUICK_START_RATES: &[(u64, &str)] = &[
    (0, "0 bit/s"),
    (1, "80 kbit/s"),
    (2, "160 kbit/s"),
    (3, "320 kbit/s"),
    (4, "640 kbit/s"),
    (5, "1.28 Mbit/s"),
    (6, "2.56 Mbit/s"),
    (7, "5.12 Mbit/s"),
    (8, "10.24 Mbit/s"),
    (9, "20.48 Mbit/s"),
    (10, "40.96 Mbit/s"),
    (11, "81.92 Mbit/s"),
    (12, "163.84 Mbit/s"),
    (13, "327.68 Mbit/s"),
    (14, "655.36 Mbit/s"),
    (15, "1.31072 Gbit/s"),
];
