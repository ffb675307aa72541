//! The spanning tree protocol and its rapid form: switches agree on which of their links to use, so that
//! nothing circles where links form a ring.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Protocol identifier      |    Version    |     Type      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Flags     |  Root identifier (8 bytes), cost to the root (4 bytes),
//! +-+-+-+-+-+-+-+-+  bridge identifier (8 bytes), port (2 bytes),
//! |  message age, greatest age, hello time, forward delay (2 bytes each) ...
//! ```

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::{bits, text};

const BPDUS: Source = Source::Ieee("802.1Q-2022", "14");

static IDENTIFIER: FieldDef = FieldDef::hex("stp.protocol", "Protocol identifier")
    .at(0, 2)
    .source(BPDUS)
    .meaning("Always 0 for the spanning tree protocol in all its versions.");

static VERSION: FieldDef = FieldDef::decimal("stp.version", "Version")
    .at(2, 1)
    .named(&[(0, "spanning tree"), (2, "rapid spanning tree"), (3, "multiple spanning trees"), (4, "shortest path bridging")])
    .source(BPDUS)
    .meaning("Which version of the protocol the sending switch speaks; a switch that speaks an older one reads what it knows.");

static TYPE: FieldDef = FieldDef::hex("stp.type", "Type")
    .at(3, 1)
    .named(&[
        (CONFIGURATION, "configuration"),
        (RAPID, "rapid or multiple spanning tree"),
        (TOPOLOGY_CHANGE, "topology change notification"),
    ])
    .source(BPDUS)
    .meaning(
        "What the message is: what the sender knows of the tree, or only that a link came or went.",
    );

static FLAGS: FieldDef = FieldDef::hex("stp.flags", "Flags")
    .group()
    .source(BPDUS)
    .meaning("The state of the port that sent this, and whether the tree is changing.");

static CHANGE_ACKNOWLEDGED: FieldDef = FieldDef::flag(
    "stp.flags.tcack",
    "Topology change acknowledged",
)
.source(BPDUS)
.meaning(
    "The sender has heard that a link came or went, so the switch that told it may stop telling.",
);

static AGREEMENT: FieldDef = FieldDef::flag("stp.flags.agreement", "Agreement")
    .source(BPDUS)
    .meaning("The sender agrees that the other side's port may forward at once.");

static FORWARDING: FieldDef = FieldDef::flag("stp.flags.forwarding", "Forwarding")
    .source(BPDUS)
    .meaning("The port that sent this lets frames pass.");

static LEARNING: FieldDef = FieldDef::flag("stp.flags.learning", "Learning")
    .source(BPDUS)
    .meaning("The port that sent this learns which addresses are behind it.");

static PORT_ROLE: FieldDef = FieldDef::decimal("stp.flags.port_role", "Role of the port")
    .named(&[
        (0, "unknown"),
        (1, "alternate or backup"),
        (2, "root"),
        (3, "designated"),
    ])
    .source(BPDUS)
    .meaning(
        "What the port is in the tree: the way to the root, the way away from it, or a spare one.",
    );

static PROPOSAL: FieldDef = FieldDef::flag("stp.flags.proposal", "Proposal")
    .source(BPDUS)
    .meaning("The sender proposes that its port forwards at once, and waits for an agreement.");

static RESERVED: FieldDef = FieldDef::decimal("stp.flags.reserved", "Reserved")
    .source(BPDUS)
    .meaning("Bits that only the rapid protocol uses; 0 in a configuration message.");

static CHANGE: FieldDef = FieldDef::flag("stp.flags.tc", "Topology change")
    .source(BPDUS)
    .meaning("A link came or went: switches soon forget which addresses are behind which port.");

static ROOT: FieldDef = FieldDef::heading("stp.root", "Root identifier")
    .source(BPDUS)
    .meaning("The switch that the sender believes to be the root of the tree: the one with the smallest identifier.");

static ROOT_PRIORITY: FieldDef = FieldDef::decimal("stp.root.prio", "Priority of the root")
    .scaled(4096, "")
    .source(BPDUS)
    .meaning("What is compared first when the root is chosen; 32768 unless somebody set it, smaller wins.");

static ROOT_EXTENSION: FieldDef =
    FieldDef::decimal("stp.root.ext", "System ID extension of the root")
        .source(BPDUS)
        .meaning("Which of several trees this is about, often the number of the VLAN.");

static ROOT_ADDRESS: FieldDef = FieldDef::mac("stp.root.hw", "Address of the root")
    .source(BPDUS)
    .meaning("The hardware address of the root; it decides between equal priorities.");

static COST: FieldDef = FieldDef::decimal("stp.root.cost", "Cost to the root")
    .source(BPDUS)
    .meaning("The sum of the costs of the links from the sender to the root; slow links cost more, and 0 is the root's own.");

static BRIDGE: FieldDef = FieldDef::heading("stp.bridge", "Bridge identifier")
    .source(BPDUS)
    .meaning("The switch that sent the message.");

static BRIDGE_PRIORITY: FieldDef = FieldDef::decimal("stp.bridge.prio", "Priority of the bridge")
    .scaled(4096, "")
    .source(BPDUS)
    .meaning("How much the sending switch wants to be the root; 32768 unless somebody set it, smaller wins.");

static BRIDGE_EXTENSION: FieldDef =
    FieldDef::decimal("stp.bridge.ext", "System ID extension of the bridge")
        .source(BPDUS)
        .meaning("For which of several trees the sender speaks, often the number of the VLAN.");

static BRIDGE_ADDRESS: FieldDef = FieldDef::mac("stp.bridge.hw", "Address of the bridge")
    .source(BPDUS)
    .meaning("The hardware address of the sending switch.");

static PORT: FieldDef = FieldDef::hex("stp.port", "Port")
    .source(BPDUS)
    .meaning("The port of the sending switch: four bits of priority, then its number.");

static MESSAGE_AGE: FieldDef = FieldDef::decimal("stp.msg_age", "Message age")
    .unit("seconds")
    .source(BPDUS)
    .meaning("How old the root's message is by now; in practice by how many switches it has come.");

static MESSAGE_AGE_FRACTION: FieldDef =
    FieldDef::decimal("stp.msg_age.fraction", "Fraction of the message age")
        .unit("of 256 parts of a second")
        .source(BPDUS)
        .meaning("What the message age has beyond whole seconds; nearly always 0.");

static GREATEST_AGE: FieldDef = FieldDef::decimal("stp.max_age", "Greatest age")
    .unit("seconds")
    .source(BPDUS)
    .meaning("When what was heard of the root is to be forgotten, so that another is chosen; usually 20.");

static GREATEST_AGE_FRACTION: FieldDef =
    FieldDef::decimal("stp.max_age.fraction", "Fraction of the greatest age")
        .unit("of 256 parts of a second")
        .source(BPDUS)
        .meaning("What the greatest age has beyond whole seconds; nearly always 0.");

static HELLO_TIME: FieldDef = FieldDef::decimal("stp.hello", "Hello time")
    .unit("seconds")
    .source(BPDUS)
    .meaning("How much time passes between two messages of the root; usually 2.");

static HELLO_TIME_FRACTION: FieldDef =
    FieldDef::decimal("stp.hello.fraction", "Fraction of the hello time")
        .unit("of 256 parts of a second")
        .source(BPDUS)
        .meaning("What the hello time has beyond whole seconds; nearly always 0.");

static FORWARD_DELAY: FieldDef = FieldDef::decimal("stp.forward", "Forward delay")
    .unit("seconds")
    .source(BPDUS)
    .meaning("How long a port listens, and then learns, before it forwards; usually 15, so a new link works after 30.");

static FORWARD_DELAY_FRACTION: FieldDef =
    FieldDef::decimal("stp.forward.fraction", "Fraction of the forward delay")
        .unit("of 256 parts of a second")
        .source(BPDUS)
        .meaning("What the forward delay has beyond whole seconds; nearly always 0.");

static VERSION_1_LENGTH: FieldDef =
    FieldDef::decimal("stp.version_1_length", "Length of version 1")
        .unit("bytes")
        .source(BPDUS)
        .meaning("Always 0: there is nothing of version 1, which never was.");

static REST: FieldDef = FieldDef::bytes("stp.rest", "Rest")
    .source(BPDUS)
    .meaning("What later versions add, such as the regions of multiple spanning trees; not taken apart here.");

/// The spanning tree protocol.
pub static PROTOCOL: Protocol = Protocol {
    name: "stp",
    label: "STP",
    title: "Spanning Tree Protocol",
    purpose: "Lets switches agree on which links to leave unused, so that frames do not circle for ever.",
    standing: Standing {
        osi: OsiLayer::DataLink,
        tcp_ip: TcpIpLayer::DataLink,
        pdu: Pdu::Message,
    },
    sources: &[BPDUS],
    parents: &[Selector::LlcSap(0x42)],
    fields: &[
        &IDENTIFIER,
        &VERSION,
        &TYPE,
        &FLAGS,
        &CHANGE_ACKNOWLEDGED,
        &AGREEMENT,
        &FORWARDING,
        &LEARNING,
        &PORT_ROLE,
        &PROPOSAL,
        &RESERVED,
        &CHANGE,
        &ROOT,
        &ROOT_PRIORITY,
        &ROOT_EXTENSION,
        &ROOT_ADDRESS,
        &COST,
        &BRIDGE,
        &BRIDGE_PRIORITY,
        &BRIDGE_EXTENSION,
        &BRIDGE_ADDRESS,
        &PORT,
        &MESSAGE_AGE,
        &MESSAGE_AGE_FRACTION,
        &GREATEST_AGE,
        &GREATEST_AGE_FRACTION,
        &HELLO_TIME,
        &HELLO_TIME_FRACTION,
        &FORWARD_DELAY,
        &FORWARD_DELAY_FRACTION,
        &VERSION_1_LENGTH,
        &REST,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

const CONFIGURATION: u64 = 0x00;
const RAPID: u64 = 0x02;
const TOPOLOGY_CHANGE: u64 = 0x80;

/// Length of what all messages have, and of the two longer kinds.
const LEAST_LENGTH: usize = 4;
const CONFIGURATION_LENGTH: usize = 35;
const RAPID_LENGTH: usize = 36;

fn kind(bytes: &[u8]) -> Option<u64> {
    bytes.get(3).copied().map(u64::from)
}

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let needed = match kind(bytes) {
        Some(CONFIGURATION) => CONFIGURATION_LENGTH,
        Some(RAPID) => RAPID_LENGTH,
        _ => LEAST_LENGTH,
    };
    if bytes.len() < needed {
        return room.too_short(needed);
    }
    Measure::ALL
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let end = match kind(view.bytes) {
        Some(CONFIGURATION) => {
            expand_flags_of_configuration(out);
            expand_tree(out);
            CONFIGURATION_LENGTH
        }
        Some(RAPID) => {
            expand_flags(out);
            expand_tree(out);
            out.bytes(&VERSION_1_LENGTH, CONFIGURATION_LENGTH..RAPID_LENGTH);
            RAPID_LENGTH
        }
        _ => LEAST_LENGTH,
    };
    out.bytes(&REST, end..view.bytes.len());
}

fn expand_flags_of_configuration(out: &mut Expander<'_>) {
    out.bytes(&FLAGS, 4..5);
    out.bits(&CHANGE_ACKNOWLEDGED, 32, 1);
    out.bits(&RESERVED, 33, 6);
    out.bits(&CHANGE, 39, 1);
}

fn expand_flags(out: &mut Expander<'_>) {
    out.bytes(&FLAGS, 4..5);
    out.bits(&CHANGE_ACKNOWLEDGED, 32, 1);
    out.bits(&AGREEMENT, 33, 1);
    out.bits(&FORWARDING, 34, 1);
    out.bits(&LEARNING, 35, 1);
    out.bits(&PORT_ROLE, 36, 2);
    out.bits(&PROPOSAL, 38, 1);
    out.bits(&CHANGE, 39, 1);
}

fn expand_tree(out: &mut Expander<'_>) {
    out.bytes(&ROOT, 5..13);
    out.bits(&ROOT_PRIORITY, 40, 4);
    out.bits(&ROOT_EXTENSION, 44, 12);
    out.bytes(&ROOT_ADDRESS, 7..13);
    out.bytes(&COST, 13..17);
    out.bytes(&BRIDGE, 17..25);
    out.bits(&BRIDGE_PRIORITY, 136, 4);
    out.bits(&BRIDGE_EXTENSION, 140, 12);
    out.bytes(&BRIDGE_ADDRESS, 19..25);
    out.bytes(&PORT, 25..27);
    out.bytes(&MESSAGE_AGE, 27..28);
    out.bytes(&MESSAGE_AGE_FRACTION, 28..29);
    out.bytes(&GREATEST_AGE, 29..30);
    out.bytes(&GREATEST_AGE_FRACTION, 30..31);
    out.bytes(&HELLO_TIME, 31..32);
    out.bytes(&HELLO_TIME_FRACTION, 32..33);
    out.bytes(&FORWARD_DELAY, 33..34);
    out.bytes(&FORWARD_DELAY_FRACTION, 34..35);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    match kind(bytes) {
        Some(TOPOLOGY_CHANGE) => out.push_str("a link came or went"),
        Some(CONFIGURATION | RAPID) => push_tree(bytes, out),
        Some(other) => {
            out.push_str("type ");
            out.put_hex_number(other, 2);
        }
        None => {}
    }
}

fn push_tree(bytes: &[u8], out: &mut Draft) {
    let (Some(root), Some(bridge)) = (bytes.get(5..13), bytes.get(17..25)) else {
        return;
    };
    if root == bridge {
        out.push_str("I am the root");
        return;
    }
    out.push_str("the root is ");
    text::put_hex_bytes(out, root.get(2..).unwrap_or_default());
    if let Some(cost) = bits::u32_at(bytes, 13) {
        out.push_str(" at a cost of ");
        out.put_number(u64::from(cost));
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ethernet, seen};
    use crate::model::frame::LinkType;

    #[rustfmt::skip]
    const CONFIGURATION: [u8; 35] = [
        0, 0, 0, 0, 0x81, // version 0, configuration; a change, and one acknowledged
        0x80, 0x64, 2, 0, 0, 0, 0, 6, // root: priority 32768, extension 100
        0, 0, 0, 4, // cost
        0x70, 0x07, 2, 0, 0, 0, 0, 7, // bridge: priority 28672, extension 7
        0x80, 0x01, // port
        1, 0, 20, 0, 2, 0, 15, 128, // times in 256ths of a second
    ];

    fn stp(message: &[u8]) -> Seen {
        let payload = [&[0x42, 0x42, 0x03], message].concat();
        let length = u16::try_from(payload.len()).unwrap();
        seen(LinkType::ETHERNET, &in_ethernet(length, &payload))
    }

    #[test]
    fn a_configuration_says_who_is_the_root_and_how_far() {
        let seen = stp(&CONFIGURATION);
        assert_eq!(seen.layers, ["eth", "llc", "stp"]);
        assert_eq!(seen.line, "the root is 02:00:00:00:00:06 at a cost of 4");
        assert_eq!(
            seen.fields("stp"),
            [
                "stp.protocol 0x0",
                "stp.version 0 (spanning tree)",
                "stp.type 0x0 (configuration)",
                "stp.flags 0x81",
                "  stp.flags.tcack 1",
                "  stp.flags.reserved 0",
                "  stp.flags.tc 1",
                "stp.root",
                "  stp.root.prio 32768",
                "  stp.root.ext 100",
                "  stp.root.hw 02:00:00:00:00:06",
                "stp.root.cost 4",
                "stp.bridge",
                "  stp.bridge.prio 28672",
                "  stp.bridge.ext 7",
                "  stp.bridge.hw 02:00:00:00:00:07",
                "stp.port 0x8001",
                "stp.msg_age 1",
                "stp.msg_age.fraction 0",
                "stp.max_age 20",
                "stp.max_age.fraction 0",
                "stp.hello 2",
                "stp.hello.fraction 0",
                "stp.forward 15",
                "stp.forward.fraction 128",
            ]
        );
    }

    #[test]
    fn a_rapid_message_says_what_its_port_is() {
        let mut message = [&CONFIGURATION[..], &[0]].concat();
        message[2..5].copy_from_slice(&[2, 2, 0x7e]);
        assert_eq!(
            stp(&message).chosen("stp", &["stp.flags", "stp.version_1_length"]),
            [
                "stp.flags 0x7e",
                "stp.flags.tcack 0",
                "stp.flags.agreement 1",
                "stp.flags.forwarding 1",
                "stp.flags.learning 1",
                "stp.flags.port_role 3 (designated)",
                "stp.flags.proposal 1",
                "stp.flags.tc 0",
                "stp.version_1_length 0",
            ]
        );
    }

    #[test]
    fn the_root_says_that_it_is() {
        let mut message = CONFIGURATION;
        message.copy_within(5..13, 17);
        assert_eq!(stp(&message).line, "I am the root");
    }

    #[test]
    fn a_change_of_topology_needs_four_bytes() {
        assert_eq!(stp(&[0, 0, 0, 0x80]).line, "a link came or went");
        assert_eq!(
            stp(&CONFIGURATION[..20]).faults,
            ["needs 35 bytes, but by the frame's length on the wire there are 20"]
        );
    }
}
