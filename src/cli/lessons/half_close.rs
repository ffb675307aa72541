//! One direction is closed, the other goes on.

use super::{CHAT, Lesson, Says, see};

pub const LESSON: Lesson = Lesson {
    name: "half-close",
    title: "one direction is closed, the other goes on",
    story: "The client sends 13 bytes and calls shutdown(SHUT_WR): it has no more to say, but will listen. The server reads until it gets 0, the end, and only then answers how many bytes it got.",
    server: Some(&["part", "count"]),
    client: &["part", "ask-for-count", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at the client's FIN, and at what the server still sends after it.",
    see: &[
        see(
            "tcp.dstport == 12345 and tcp.flags.fin == 1 and tcp.state.client == \"FIN-WAIT-1\"",
            "The client's FIN: the end of its bytes, not of the connection.",
        ),
        see(
            "tcp.srcport == 12345 and tcp.len > 0 and tcp.state.server == \"CLOSE-WAIT\"",
            "After it, the server's answer: its direction is still open (its state is CLOSE-WAIT).",
        ),
        see(
            "tcp.srcport == 12345 and tcp.flags.fin == 1",
            "The server's FIN: now the other direction ends, too.",
        ),
    ],
    question: "How does the server's program learn that the client has no more to say?",
    answer: "Its receive returns 0 bytes. That is never an empty message: it means that the FIN has come and every byte before it has been read. A program that goes on reading gets 0 again and again, in an endless loop.",
    ..CHAT
};
