//! Three segments before the first byte.

use super::{CHAT, Lesson, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "handshake",
    title: "three segments before the first byte",
    story: "The client calls connect(). Before a single byte of the chat can go, both sides have to tell each other from which number they count their bytes.",
    look: "Look at the flags of the first TCP segments, and at their sequence and acknowledgment numbers (netinspect run-demo --lesson handshake -V shows every field).",
    see: &[
        see(
            "tcp.flags.syn == 1 and tcp.flags.ack == 0 and tcp.seq == 0",
            "SYN: the client asks, and names its first number.",
        ),
        see(
            "tcp.flags.syn == 1 and tcp.flags.ack == 1 and tcp.ack == 1",
            "SYN ACK: the server agrees, names its own, and acknowledges the SYN as if it were one byte.",
        ),
        see(
            "tcp.flags.syn == 0 and tcp.len == 0 and tcp.seq == 1 and tcp.ack == 1",
            "ACK: the client has heard it. Now it is open on both sides.",
        ),
        see_none(
            "tcp.flags.syn == 1 and tcp.len > 0",
            "None of the three carries a byte of the chat.",
        ),
    ],
    question: "The server's program calls accept(). Does it have to, for the three segments to cross the cable?",
    answer: "No. listen() is enough: the kernel answers the SYN by itself and keeps the open connection in a queue, from which accept() only takes it. A client can even send before anybody has accepted it.",
    ..CHAT
};
