//! Closed with bytes unread: the connection breaks.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "reset",
    title: "closed with bytes unread: connection reset",
    story: "The client sends 14 bytes and waits for an answer. The server's program ends while those bytes lie in its socket, unread.",
    server: Some(&["part", "leave-unread"]),
    client: &["part", "expect-answer", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at how the server's side of the connection ends.",
    see: &[
        see(
            "tcp.dstport == 12345 and tcp.len == 14",
            "The client's bytes arrive; the kernel acknowledges them, not the program.",
        ),
        see(
            "tcp.srcport == 12345 and tcp.flags.reset == 1",
            "RST: the server's kernel says that bytes were thrown away unread (RFC 1122, section 4.2.2.13).",
        ),
        see_none(
            "tcp.srcport == 12345 and tcp.flags.fin == 1",
            "There is no FIN: this is no orderly end.",
        ),
    ],
    question: "The client's bytes were acknowledged. Have they been received?",
    answer: "By the server's kernel, not by its program: an acknowledgment only says that they are in the kernel's buffer. \"Connection reset by peer\" is how the client learns that nobody will ever read them.",
    ..CHAT
};
