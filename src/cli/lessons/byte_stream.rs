//! Three sends, two segments: TCP carries bytes, not messages.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "byte-stream",
    title: "three sends, two segments: bytes, not messages",
    story: "The client sends three messages with three calls of send(), one right behind the other. The server's acknowledgments take 20 ms to come back, as on a long way.",
    faults: &["delay 20ms all from server where tcp.len == 0 and tcp.flags.syn == 0"],
    says: Says::AtOnce(&["hello", "how are you?", "fine?"]),
    look: "Count the segments with bytes from the client, and the lines that the server prints: it prints one for each receive.",
    see: &[
        see(
            "tcp.dstport == 12345 and tcp.len == 5",
            "The first message goes at once, in a segment of its own.",
        ),
        see(
            "tcp.dstport == 12345 and tcp.len == 17 and tcp.time_delta > 0.015",
            "The other two wait for its acknowledgment, and then go together: 12 and 5 bytes in one segment (Nagle's algorithm, RFC 9293, section 3.7.4).",
        ),
        see_none(
            "tcp.dstport == 12345 and tcp.len == 12",
            "Where one message ends and the next begins is nowhere on the wire.",
        ),
    ],
    question: "The server prints fewer lines than the client has sent messages. Whose bug is that?",
    answer: "Of whoever wrote a protocol without ends of messages. TCP promises the bytes in their order, and nothing about where sends began. A protocol needs a line end, or a length before each message, and its receiver has to put pieces together until a message is whole.",
    ..CHAT
};
