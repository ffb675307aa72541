//! Nobody has that address.

use super::{CHAT, Lesson, Says, see_none, see_several};

pub const LESSON: Lesson = Lesson {
    name: "arp-fail",
    title: "nobody has that address: no route to host",
    story: "The client wants to connect to 192.168.1.9. No host on this link has that address.",
    server: None,
    client: &["client", "192.168.1.9"],
    says: Says::InTurn(&[]),
    look: "Look at what crosses the cable, and at what does not.",
    see: &[
        see_several(
            3,
            "arp.opcode == 1 and arp.dst.proto_ipv4 == 192.168.1.9",
            "Three times, a second apart, to everybody: who has 192.168.1.9?",
        ),
        see_none("arp.opcode == 2", "Nobody answers."),
        see_none(
            "tcp",
            "Not one SYN: without a MAC address there is no frame to put it in.",
        ),
    ],
    question: "The error is \"No route to host\". Who told the client that?",
    answer: "Its own kernel: nothing came back at all. The address is of its own network, so it asked the link and gave up after three tries. For an address of another network it would have asked for the gateway's MAC address instead, and only silence from behind the gateway would be a timeout.",
    ..CHAT
};
