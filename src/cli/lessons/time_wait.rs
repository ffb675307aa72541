//! Who closes first remembers the connection.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "time-wait",
    title: "who closes first keeps the port: address already in use",
    story: "The server says goodbye and closes first. Then it does what it did at its start, as if it were started anew: socket(), bind() to port 12345, listen(). It does not set SO_REUSEADDR.",
    server: Some(&["part", "start-again"]),
    client: &["part", "hear-end", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at who sends the first FIN and who the last ACK, and at what the server prints.",
    see: &[
        see(
            "tcp.srcport == 12345 and tcp.flags.fin == 1 and tcp.state.server == \"FIN-WAIT-1\"",
            "The server's FIN: it closes first.",
        ),
        see(
            "tcp.dstport == 12345 and tcp.flags.fin == 1",
            "The client's FIN: it closes, too.",
        ),
        see(
            "tcp.srcport == 12345 and tcp.flags.ack == 1 and tcp.len == 0 and tcp.state.server == \"TIME-WAIT\"",
            "The server acknowledges it. The client's kernel may forget the connection now; the server's keeps it for a minute (TIME-WAIT), and with it the port.",
        ),
        see_none("tcp.flags.reset == 1", "Nothing went wrong on the wire."),
    ],
    question: "What is a dead connection kept for?",
    answer: "The last ACK may be lost: then the client's FIN comes again, and somebody has to acknowledge it. And a segment that is late shall not be taken for one of the next connection between the same ports. None of this need keep a server from listening: Linux lets it, if it sets SO_REUSEADDR before bind(), and if the one before it had set it, too. Or the client closes first: then TIME-WAIT is at its side, with a port that nobody else wants.",
    ..CHAT
};
