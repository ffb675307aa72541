//! TCP options of recent years: user timeout, fast open, accurate ECN, and the experiments that share
//! two kinds and tell themselves apart by an identifier (RFC 6994).

use super::tcp_options::{Contents, Kind, REGISTRY};
use crate::model::field::FieldDef;

static USER_TIMEOUT: FieldDef = FieldDef::bytes("tcp.options.user_to", "User timeout")
    .group()
    .rfc(5482, "3.3")
    .meaning("How long the sender will keep bytes that nobody acknowledges before it gives the connection up; a hint to the other side.");

static USER_TIMEOUT_UNIT: FieldDef =
    FieldDef::flag("tcp.options.user_to_granularity", "Granularity")
        .named(&[(0, "seconds"), (1, "minutes")])
        .rfc(5482, "3.3")
        .meaning("Whether the timeout counts seconds or minutes.");

static USER_TIMEOUT_VALUE: FieldDef = FieldDef::decimal("tcp.options.user_to_val", "Timeout")
    .rfc(5482, "3.3")
    .meaning("The timeout, in the unit that the bit before it gives; 0 is not allowed.");

static FAST_OPEN: FieldDef = FieldDef::bytes("tcp.options.tfo", "Fast open")
    .group()
    .rfc(7413, "4.1.1")
    .meaning("Lets a client that was here before send its first bytes within the SYN; without a cookie it asks for one.");

static FAST_OPEN_COOKIE: FieldDef = FieldDef::bytes("tcp.options.tfo.cookie", "Cookie")
    .rfc(7413, "4.1.2")
    .meaning("What the server gave the client on an earlier connection, as a proof that the client's address is not forged; 4 to 16 bytes.");

static ACCURATE_ECN: FieldDef = FieldDef::bytes("tcp.options.acc_ecn", "Accurate ECN")
    .group()
    .rfc(9768, "3.2.3")
    .meaning("How many bytes arrived with each congestion mark, so that the sender can tell a little congestion from a lot.");

static ECN_ECT0: FieldDef = FieldDef::decimal("tcp.options.acc_ecn.ee0b", "ECT(0) bytes")
    .unit("bytes")
    .rfc(9768, "3.2.3")
    .meaning("Counter of payload bytes that arrived marked ECT(0), its last 24 bits.");

static ECN_CE: FieldDef = FieldDef::decimal("tcp.options.acc_ecn.eceb", "CE bytes")
    .unit("bytes")
    .rfc(9768, "3.2.3")
    .meaning(
        "Counter of payload bytes that a router marked as having met congestion, its last 24 bits.",
    );

static ECN_ECT1: FieldDef = FieldDef::decimal("tcp.options.acc_ecn.ee1b", "ECT(1) bytes")
    .unit("bytes")
    .rfc(9768, "3.2.3")
    .meaning("Counter of payload bytes that arrived marked ECT(1), its last 24 bits.");

static EXPERIMENT: FieldDef = FieldDef::bytes("tcp.options.experimental", "Experiment")
    .group()
    .rfc(6994, "3")
    .meaning("An option that is being tried out; two kinds are set aside for all such trials.");

static EXPERIMENT_ID: FieldDef =
    FieldDef::hex("tcp.options.experimental.exid", "Experiment identifier")
        .named(EXPERIMENTS)
        .rfc(6994, "3.1")
        .meaning("Which experiment this is; the first 16 bits where its identifier has 32.");

static EXPERIMENT_DATA: FieldDef = FieldDef::bytes(
    "tcp.options.experimental.data",
    "Contents of the experiment",
)
.rfc(6994, "3")
.meaning("What the experiment put into its option.");

static ACK_RATE: FieldDef = FieldDef::decimal("tcp.options.tarr.rate", "ACK rate")
    .source(REGISTRY)
    .meaning("How many segments the receiver should await before it acknowledges.");

static ACK_RATE_RESERVED: FieldDef = FieldDef::decimal("tcp.options.tar.reserved", "Reserved")
    .source(REGISTRY)
    .meaning("A bit beside the rate that is not used yet.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &USER_TIMEOUT,
    &USER_TIMEOUT_UNIT,
    &USER_TIMEOUT_VALUE,
    &FAST_OPEN,
    &FAST_OPEN_COOKIE,
    &ACCURATE_ECN,
    &ECN_ECT0,
    &ECN_CE,
    &ECN_ECT1,
    &EXPERIMENT,
    &EXPERIMENT_ID,
    &EXPERIMENT_DATA,
    &ACK_RATE,
    &ACK_RATE_RESERVED,
];

/// What is known of the kinds of this file.
pub fn kind(number: u8) -> Option<Kind> {
    Some(match number {
        28 => Kind::exactly(4, &USER_TIMEOUT, |contents| {
            contents.add(&USER_TIMEOUT_UNIT, 1);
            contents.add(&USER_TIMEOUT_VALUE, 15);
        }),
        34 => Kind::at_least(2, &FAST_OPEN, |contents| contents.rest(&FAST_OPEN_COOKIE)),
        172 => Kind::at_least(2, &ACCURATE_ECN, |contents| {
            expand_counters(contents, ORDER_0);
        }),
        174 => Kind::at_least(2, &ACCURATE_ECN, |contents| {
            expand_counters(contents, ORDER_1);
        }),
        253 | 254 => Kind::at_least(4, &EXPERIMENT, expand_experiment),
        _ => return None,
    })
}

type Order = [&'static FieldDef; 3];
const ORDER_0: Order = [&ECN_ECT0, &ECN_CE, &ECN_ECT1];
const ORDER_1: Order = [&ECN_ECT1, &ECN_CE, &ECN_ECT0];

/// The counters of accurate ECN; those that did not change may be left out at the end.
fn expand_counters(contents: &mut Contents<'_, '_>, order: Order) {
    for counter in order {
        contents.add(counter, 24);
    }
}

fn expand_experiment(contents: &mut Contents<'_, '_>) {
    let identifier = contents.peek(16);
    contents.add(&EXPERIMENT_ID, 16);
    match identifier {
        0x00ac if contents.left() == 1 => {
            contents.add(&ACK_RATE, 7);
            contents.add(&ACK_RATE_RESERVED, 1);
        }
        0xacc0 => expand_counters(contents, ORDER_0),
        0xacc1 => expand_counters(contents, ORDER_1),
        0xf989 => contents.rest(&FAST_OPEN_COOKIE),
        _ => contents.rest(&EXPERIMENT_DATA),
    }
}

const EXPERIMENTS: &[(u64, &str)] = &[
    (0x00ac, "ACK rate request (TARR)"),
    (0x0348, "host identifier (HOST_ID)"),
    (0x0a0d, "autonomous system compensation"),
    (0x0ca0, "capability option"),
    (0x0ed0, "extended data offset"),
    (0x454e, "encryption negotiation (TCP-ENO)"),
    (0x5323, "service number"),
    (0x75ec, "timestamp interval"),
    (0xacc0, "accurate ECN, order 0"),
    (0xacc1, "accurate ECN, order 1"),
    (0xacce, "accurate ECN, old form"),
    (0xe2d4, "shared memory communications (SMC-R)"),
    (0xf989, "fast open"),
    (0xf990, "low latency"),
];
