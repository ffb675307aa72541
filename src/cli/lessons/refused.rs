//! Nobody listens: the other kernel says so at once.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "refused",
    title: "nobody listens there: connection refused",
    story: "There is a host 192.168.1.6, but no program on it listens on port 12345. The client tries to connect all the same.",
    server: None,
    says: Says::InTurn(&[]),
    look: "Look at what comes back for the SYN, and how soon.",
    see: &[
        see(
            "tcp.flags.syn == 1 and tcp.flags.ack == 0",
            "The client asks.",
        ),
        see(
            "tcp.flags.reset == 1 and tcp.flags.ack == 1 and tcp.ack == 1",
            "RST: the host is there and its kernel answers, that nobody listens on this port.",
        ),
        see_none(
            "tcp.analysis.retransmission",
            "Nobody tries again: the answer is clear.",
        ),
    ],
    question: "\"Connection refused\" came at once. What did the client learn by it that it would not know if nothing had come back?",
    answer: "That the host is alive, reachable, and no firewall swallows the SYN: only the program is not there, or listens on another port or another address (127.0.0.1 instead of 0.0.0.0 is the usual one).",
    ..CHAT
};
