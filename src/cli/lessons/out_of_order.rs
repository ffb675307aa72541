//! A later segment arrives first.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "out-of-order",
    title: "a later segment arrives first, and waits",
    story: "The cable takes packets of 100 bytes at most, so the client's message needs two segments. The cable swaps them: the second overtakes the first.",
    faults: &["swap from client where tcp.len > 0"],
    mtu: Some(100),
    says: Says::InTurn(&[
        "the first half of it goes in the first segment, the second half in the second",
    ]),
    look: "Look at the two acknowledgments that the server sends for the two segments.",
    see: &[
        see(
            "frame.fate == \"swapped\" and tcp.seq == 1",
            "The first segment is sent first, and handed over second.",
        ),
        see(
            "tcp.srcport == 12345 and tcp.ack == 1 and tcp.options.sack",
            "The server got bytes that do not follow: it still asks for byte 1, and says in an option (SACK, RFC 2018) which it has already.",
        ),
        see(
            "tcp.srcport == 12345 and tcp.len == 0 and tcp.ack > 60 and tcp.flags.fin == 0",
            "The gap is filled, and everything is acknowledged at once.",
        ),
        see_none(
            "tcp.analysis.rto",
            "No timer ran out: nothing had to wait to be sent again.",
        ),
    ],
    question: "The second half was there before the first. Why did the server's program not read it first?",
    answer: "Because TCP hands bytes over in the order in which they were sent, never otherwise. The kernel kept the second half until the gap before it was filled; sequence numbers count bytes for just that.",
    ..CHAT
};
