//! What each known option of IPv6's options headers holds: its fields, in the order of the wire.

use super::ipv6_options::REGISTRY;
use super::layout::Part;
use crate::model::field::FieldDef;

static TUNNEL_LIMIT: FieldDef = FieldDef::decimal("ipv6.opt.tel", "Tunnel encapsulation limit")
    .rfc(2473, "4.1.1")
    .meaning("How many more tunnels the packet may be put into, one inside the other.");

static ROUTER_ALERT: FieldDef = FieldDef::decimal("ipv6.opt.router_alert", "Router alert")
    .named(&[
        (0, "multicast listener discovery (MLD)"),
        (1, "RSVP"),
        (2, "active networks"),
    ])
    .rfc(2711, "2.1")
    .meaning("Asks every router on the way to look into the packet, and says why; 0 on the reports of multicast listeners.");

static JUMBO: FieldDef = FieldDef::decimal("ipv6.opt.jumbo", "Payload length")
    .unit("bytes")
    .rfc(2675, "2")
    .meaning("The length of a payload of more than 65535 bytes, for which the header's own field is too short.");

static MTU_MINIMUM: FieldDef = FieldDef::decimal("ipv6.opt.pmtu.min", "Least MTU on the way")
    .unit("bytes")
    .rfc(9268, "5")
    .meaning("The smallest MTU that the packet has met so far; each router lowers it to that of its next link.");

static MTU_RETURNED: FieldDef = FieldDef::decimal("ipv6.opt.pmtu.rtn", "Least MTU reported back")
    .scaled(2, "bytes")
    .rfc(9268, "5")
    .meaning("What the other side found in the other direction, sent back; its last bit is a flag instead.");

static MTU_RETURN: FieldDef = FieldDef::flag("ipv6.opt.pmtu.r_flag", "Please report back")
    .rfc(9268, "5")
    .meaning("Asks the receiver to send back the least MTU that it found.");

static HOME_ADDRESS: FieldDef = FieldDef::ipv6("ipv6.opt.mipv6.home_address", "Home address")
    .rfc(6275, "6.3")
    .meaning("The address that a moving host has at home; the source address is where it is now.");

static SCALE_RECEIVED: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.scale_dtlr", "Scale of time since received")
        .rfc(8250, "3.2")
        .meaning("By how many bits the time since the last received packet was shortened.");

static SCALE_SENT: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.scale_dtls", "Scale of time since sent")
        .rfc(8250, "3.2")
        .meaning("By how many bits the time since the last sent packet was shortened.");

static PACKET_NUMBER: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.psn_this_pkt", "Number of this packet")
        .rfc(8250, "3.2")
        .meaning(
            "Counts the packets of this conversation from a random start, so that lost ones show.",
        );

static LAST_RECEIVED: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.psn_last_recv", "Number last received")
        .rfc(8250, "3.2")
        .meaning("The number of the last packet that came from the other side.");

static SINCE_RECEIVED: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.delta_last_recv", "Time since last received")
        .rfc(8250, "3.2")
        .meaning("How long ago that packet came: what the server itself took to answer; in units told by its scale.");

static SINCE_SENT: FieldDef =
    FieldDef::decimal("ipv6.opt.pdm.delta_last_sent", "Time since last sent")
        .rfc(8250, "3.2")
        .meaning("How long before that the last packet had been sent: the round trip and the server's work; in units told by its scale.");

static QUICK_START: FieldDef = FieldDef::decimal("ipv6.opt.qs_func", "Quick-start function")
    .named(&[(0, "rate request"), (8, "report of approved rate")])
    .rfc(4782, "3.1")
    .meaning("Whether the option asks routers for a sending rate or reports what they granted.");

static RATE: FieldDef = FieldDef::decimal("ipv6.opt.qs_rate", "Rate")
    .rfc(4782, "3.1")
    .meaning("The rate asked for or granted: 40 kbit/s times two to this power.");

static QUICK_START_TTL: FieldDef = FieldDef::decimal("ipv6.opt.qs_ttl", "Quick-start TTL")
    .unit("hops")
    .rfc(4782, "3.1")
    .meaning("Counted down by routers that agreed: if it falls with the hop limit, all of them did. Not used in a report.");

static NONCE: FieldDef = FieldDef::hex("ipv6.opt.qs_nonce", "Nonce")
    .rfc(4782, "3.1")
    .meaning("Random bits of which routers that lower the rate must spoil some, so that the receiver cannot cheat.");

static QUICK_START_RESERVED: FieldDef = FieldDef::hex("ipv6.opt.qs_reserved", "Reserved")
    .rfc(4782, "3.1")
    .meaning("Two bits behind the nonce, zero.");

static RPL_DOWN: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.o", "Down")
    .rfc(6553, "3")
    .meaning("Whether the packet is on its way down the tree of a network of small devices.");

static RPL_RANK_ERROR: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.r", "Rank error")
    .rfc(6553, "3")
    .meaning("Set by a device that saw the packet go the wrong way: perhaps a loop.");

static RPL_FORWARDING_ERROR: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.f", "Forwarding error")
    .rfc(6553, "3")
    .meaning("Set by a device that cannot pass the packet further down.");

static RPL_RESERVED: FieldDef = FieldDef::hex("ipv6.opt.rpl.flag.rsv", "Reserved")
    .rfc(6553, "3")
    .meaning("Five bits kept for later, zero.");

static RPL_INSTANCE: FieldDef = FieldDef::hex("ipv6.opt.rpl.instance_id", "RPL instance")
    .rfc(6553, "3")
    .meaning("Which of several trees of the network the packet follows.");

static RPL_RANK: FieldDef = FieldDef::hex("ipv6.opt.rpl.sender_rank", "Sender's rank")
    .rfc(6553, "3")
    .meaning("How far from the root of the tree the sender is.");

static MPL_SEED_LENGTH: FieldDef = FieldDef::decimal("ipv6.opt.mpl.flag.s", "Seed length")
    .named(&[
        (0, "the source address"),
        (1, "2 bytes"),
        (2, "8 bytes"),
        (3, "16 bytes"),
    ])
    .rfc(7731, "6.1")
    .meaning("How the device that began to spread the message is named.");

static MPL_LARGEST: FieldDef = FieldDef::flag("ipv6.opt.mpl.flag.m", "Largest sequence")
    .rfc(7731, "6.1")
    .meaning("Whether this is the newest message that the sender knows of.");

static MPL_VERSION: FieldDef = FieldDef::flag("ipv6.opt.mpl.flag.v", "Version")
    .rfc(7731, "6.1")
    .meaning("Zero; receivers drop the packet when it is not.");

static MPL_RESERVED: FieldDef = FieldDef::hex("ipv6.opt.mpl.flag.rsv", "Reserved")
    .rfc(7731, "6.1")
    .meaning("Four bits kept for later, zero.");

static MPL_SEQUENCE: FieldDef = FieldDef::hex("ipv6.opt.mpl.sequence", "Sequence number")
    .rfc(7731, "6.1")
    .meaning("Counts the messages of one seed, so that each is passed on once.");

static MPL_SEED: FieldDef = FieldDef::bytes("ipv6.opt.mpl.seed_id", "Seed")
    .rfc(7731, "6.1")
    .meaning("The device that began to spread the message.");

static ILNP_NONCE: FieldDef = FieldDef::bytes("ipv6.opt.ilnp_nonce", "Nonce")
    .rfc(6744, "2")
    .meaning("A random number that proves a change of place to come from the same host.");

static LINE_LENGTH: FieldDef = FieldDef::decimal("ipv6.opt.lio.length", "Length of line name")
    .unit("bytes")
    .rfc(6788, "7")
    .meaning("How long the name of the subscriber's line is.");

static LINE: FieldDef = FieldDef::text("ipv6.opt.lio.line_id", "Line")
    .rfc(6788, "7")
    .meaning("The subscriber's line that a router solicitation came from.");

static DFF_VERSION: FieldDef = FieldDef::decimal("ipv6.opt.dff.flag.ver", "Version")
    .rfc(6971, "7.2")
    .meaning("The version of depth-first forwarding; zero.");

static DFF_DUPLICATE: FieldDef = FieldDef::flag("ipv6.opt.dff.flag.dup", "Duplicate")
    .rfc(6971, "7.2")
    .meaning("Set when the packet was sent again, so that it may arrive twice.");

static DFF_RETURN: FieldDef = FieldDef::flag("ipv6.opt.dff.flag.ret", "Return")
    .rfc(6971, "7.2")
    .meaning("Set when the packet is on its way back from a dead end.");

static DFF_RESERVED: FieldDef = FieldDef::hex("ipv6.opt.dff.flag.rsv", "Reserved")
    .rfc(6971, "7.2")
    .meaning("Four bits after the flags of depth-first forwarding, zero.");

static DFF_SEQUENCE: FieldDef =
    FieldDef::decimal("ipv6.opt.dff.sequence_number", "Sequence number")
        .rfc(6971, "7.2")
        .meaning("Counts the packets of their sender, so that loops are noticed.");

static EXPERIMENT: FieldDef = FieldDef::bytes("ipv6.opt.experimental", "Data")
    .rfc(4727, "4")
    .meaning("Whatever the two sides of the experiment agreed on.");

static CALIPSO_DOMAIN: FieldDef =
    FieldDef::decimal("ipv6.opt.calipso.doi", "Domain of interpretation")
        .rfc(5570, "5.1.3")
        .meaning("Who defines what the sensitivity levels and compartments mean.");

static CALIPSO_LENGTH: FieldDef =
    FieldDef::decimal("ipv6.opt.calipso.cmpt.length", "Compartment length")
        .rfc(5570, "5.1.4")
        .meaning("How long the bitmap of compartments is, in words of 4 bytes.");

static CALIPSO_LEVEL: FieldDef =
    FieldDef::decimal("ipv6.opt.calipso.sens_level", "Sensitivity level")
        .rfc(5570, "5.1.5")
        .meaning(
            "How secret the packet is; routers of guarded networks pass on only what they may.",
        );

static CALIPSO_CHECKSUM: FieldDef = FieldDef::hex("ipv6.opt.calipso.checksum", "Checksum")
    .rfc(5570, "5.1.6")
    .meaning("A CRC-16 over this option alone, since a damaged label would be a leak.");

static CALIPSO_BITMAP: FieldDef = FieldDef::bytes("ipv6.opt.calipso.cmpt_bitmap", "Compartments")
    .rfc(5570, "5.1.7")
    .meaning("One bit for each compartment of knowledge that the packet belongs to.");

static MARKING_FLOW: FieldDef = FieldDef::hex("ipv6.opt.altmark.flow", "Flow monitoring number")
    .rfc(9343, "3.1")
    .meaning("Which of the measured flows the packet belongs to.");

static MARKING_LOSS: FieldDef = FieldDef::flag("ipv6.opt.altmark.loss", "Loss mark")
    .rfc(9343, "3.1")
    .meaning("Changes at regular times, so that lost packets can be counted between two points.");

static MARKING_DELAY: FieldDef = FieldDef::flag("ipv6.opt.altmark.delay", "Delay mark")
    .rfc(9343, "3.1")
    .meaning("Marks the packets whose passing times are compared.");

static MARKING_RESERVED: FieldDef = FieldDef::hex("ipv6.opt.altmark.reserved", "Reserved")
    .rfc(9343, "3.1")
    .meaning("Ten bits of alternate marking kept for later, zero.");

static MEASURED: FieldDef = FieldDef::hex("ipv6.opt.ioam.reserved", "Reserved")
    .rfc(9486, "3")
    .meaning("A byte before the type of measurement, zero.");

static MEASUREMENT: FieldDef = FieldDef::decimal("ipv6.opt.ioam.kind", "Kind of measurement")
    .named(&[
        (0, "trace with room made beforehand"),
        (1, "trace that grows"),
        (2, "proof of transit"),
        (3, "edge to edge"),
    ])
    .rfc(9197, "4.1")
    .meaning("What the nodes on the way write into the option as the packet passes.");

static MEASUREMENTS: FieldDef = FieldDef::bytes("ipv6.opt.ioam.data", "Measurements")
    .source(REGISTRY)
    .meaning("What the nodes on the way have written so far.");

/// The fields of this file.
pub const LAYOUT_FIELDS: &[&FieldDef] = &[
    &TUNNEL_LIMIT,
    &ROUTER_ALERT,
    &JUMBO,
    &MTU_MINIMUM,
    &MTU_RETURNED,
    &MTU_RETURN,
    &HOME_ADDRESS,
    &SCALE_RECEIVED,
    &SCALE_SENT,
    &PACKET_NUMBER,
    &LAST_RECEIVED,
    &SINCE_RECEIVED,
    &SINCE_SENT,
    &QUICK_START,
    &RATE,
    &QUICK_START_TTL,
    &NONCE,
    &QUICK_START_RESERVED,
    &RPL_DOWN,
    &RPL_RANK_ERROR,
    &RPL_FORWARDING_ERROR,
    &RPL_RESERVED,
    &RPL_INSTANCE,
    &RPL_RANK,
    &MPL_SEED_LENGTH,
    &MPL_LARGEST,
    &MPL_VERSION,
    &MPL_RESERVED,
    &MPL_SEQUENCE,
    &MPL_SEED,
    &ILNP_NONCE,
    &LINE_LENGTH,
    &LINE,
    &DFF_VERSION,
    &DFF_DUPLICATE,
    &DFF_RETURN,
    &DFF_RESERVED,
    &DFF_SEQUENCE,
    &EXPERIMENT,
    &CALIPSO_DOMAIN,
    &CALIPSO_LENGTH,
    &CALIPSO_LEVEL,
    &CALIPSO_CHECKSUM,
    &CALIPSO_BITMAP,
    &MARKING_FLOW,
    &MARKING_LOSS,
    &MARKING_DELAY,
    &MARKING_RESERVED,
    &MEASURED,
    &MEASUREMENT,
    &MEASUREMENTS,
];

const CALIPSO: u8 = 0x07;
const MPL: u8 = 0x6d;
const LINE_IDENTIFICATION: u8 = 0x8c;

/// Which options have which fields in their data.
static LAYOUTS: &[(&[u8], &[Part])] = &[
    (&[0x04], &[(&TUNNEL_LIMIT, 8)]),
    (&[0x05], &[(&ROUTER_ALERT, 16)]),
    (
        &[CALIPSO],
        &[
            (&CALIPSO_DOMAIN, 32),
            (&CALIPSO_LENGTH, 8),
            (&CALIPSO_LEVEL, 8),
            (&CALIPSO_CHECKSUM, 16),
            (&CALIPSO_BITMAP, 0),
        ],
    ),
    (
        &[0x0f],
        &[
            (&SCALE_RECEIVED, 8),
            (&SCALE_SENT, 8),
            (&PACKET_NUMBER, 16),
            (&LAST_RECEIVED, 16),
            (&SINCE_RECEIVED, 16),
            (&SINCE_SENT, 16),
        ],
    ),
    (
        &[0x11, 0x31],
        &[(&MEASURED, 8), (&MEASUREMENT, 8), (&MEASUREMENTS, 0)],
    ),
    (
        &[0x12, 0x92],
        &[
            (&MARKING_FLOW, 20),
            (&MARKING_LOSS, 1),
            (&MARKING_DELAY, 1),
            (&MARKING_RESERVED, 10),
        ],
    ),
    (
        &[0x23, 0x63],
        &[
            (&RPL_DOWN, 1),
            (&RPL_RANK_ERROR, 1),
            (&RPL_FORWARDING_ERROR, 1),
            (&RPL_RESERVED, 5),
            (&RPL_INSTANCE, 8),
            (&RPL_RANK, 16),
        ],
    ),
    (
        &[0x26],
        &[
            (&QUICK_START, 4),
            (&RATE, 4),
            (&QUICK_START_TTL, 8),
            (&NONCE, 30),
            (&QUICK_START_RESERVED, 2),
        ],
    ),
    (
        &[0x30],
        &[(&MTU_MINIMUM, 16), (&MTU_RETURNED, 15), (&MTU_RETURN, 1)],
    ),
    (
        &[MPL],
        &[
            (&MPL_SEED_LENGTH, 2),
            (&MPL_LARGEST, 1),
            (&MPL_VERSION, 1),
            (&MPL_RESERVED, 4),
            (&MPL_SEQUENCE, 8),
            (&MPL_SEED, 0),
        ],
    ),
    (&[0x8b], &[(&ILNP_NONCE, 0)]),
    (&[LINE_IDENTIFICATION], &[(&LINE_LENGTH, 8), (&LINE, 0)]),
    (&[0xc2], &[(&JUMBO, 32)]),
    (&[0xc9], &[(&HOME_ADDRESS, 128)]),
    (
        &[0xee],
        &[
            (&DFF_VERSION, 2),
            (&DFF_DUPLICATE, 1),
            (&DFF_RETURN, 1),
            (&DFF_RESERVED, 4),
            (&DFF_SEQUENCE, 16),
        ],
    ),
    (
        &[0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe],
        &[(&EXPERIMENT, 0)],
    ),
];

/// The fields of the data of an option; `None` where this program does not know them.
pub fn layout_of(number: u8) -> Option<&'static [Part]> {
    LAYOUTS
        .iter()
        .find(|(numbers, _)| numbers.contains(&number))
        .map(|(_, layout)| *layout)
}

/// How many bytes of data an option needs by a length inside of them; `None` where it has none.
pub fn inner_length(number: u8, data: &[u8]) -> Option<usize> {
    Some(match number {
        CALIPSO => 8 + 4 * usize::from(*data.get(4)?),
        LINE_IDENTIFICATION => 1 + usize::from(*data.first()?),
        MPL => 2 + [0, 2, 8, 16].get(usize::from(data.first()? >> 6))?,
        _ => return None,
    })
}
