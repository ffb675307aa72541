//! A datagram longer than a frame.

use super::{CHAT, Lesson, Says, see};

pub const LESSON: Lesson = Lesson {
    name: "mtu-and-fragments",
    title: "a datagram longer than a frame is cut to pieces",
    story: "The cable takes packets of 600 bytes at most. The client sends one UDP datagram with a message of 1,000 letters.",
    mtu: Some(600),
    server: Some(&["server", "--bind", "192.168.1.6", "--transport", "udp"]),
    client: &["client", "192.168.1.6", "--transport", "udp"],
    says: Says::InTurn(&[THOUSAND_LETTERS]),
    look: "Look at the two packets from the client: their identification, their flags, their offsets (-V shows them).",
    see: &[
        see(
            "ip.flags.mf == 1 and ip.frag_offset == 0 and udp.dstport == 12345",
            "The first piece: it has the UDP header, and a flag that says that more follows.",
        ),
        see(
            "ip.flags.mf == 0 and ip.frag_offset > 0",
            "The last piece: its offset says where it belongs, and the same identification to what.",
        ),
        see(
            "ip.frag_offset > 0 and frame[34:4] == 61:61:61:61",
            "Behind its IP header come letters at once (61 is a): it has no ports of its own, they were in the first. A capture filter for a port, as tcpdump has it, misses the last piece; a display filter shows it, for the datagram is whole there.",
        ),
    ],
    question: "One of the two pieces gets lost. What does the server's program receive?",
    answer: "Nothing. The kernel waits half a minute for the missing piece and throws the other away. That is why TCP cuts its segments to fit (MSS), and why careful programs keep datagrams short.",
    ..CHAT
};

/// Ten letters a hundred times would be less readable on the wire than one long row.
const THOUSAND_LETTERS: &str = {
    const ROW: [u8; 1000] = [b'a'; 1000];
    match std::str::from_utf8(&ROW) {
        Ok(row) => row,
        Err(_) => "",
    }
};
