//! What is lost is sent again.

use super::{CHAT, Lesson, Says, see};

pub const LESSON: Lesson = Lesson {
    name: "retransmission",
    title: "what is lost is sent again, and the program never knows",
    story: "The cable loses the first segment in which the client says something. Neither program is told.",
    faults: &["drop 1st from client where tcp.len > 0"],
    says: Says::InTurn(&["hello", "are you there?"]),
    look: "Look for the segment that is lost on the cable, for the same bytes again, and at the time between.",
    see: &[
        see(
            "frame.fate == \"lost\" and chat.text == \"hello\"",
            "\"hello\" is sent, and lost.",
        ),
        see(
            "tcp.analysis.retransmission and chat.text == \"hello\"",
            "The same bytes with the same sequence number again, some 200 ms later: no acknowledgment had come, and a timer ran out. (Linux first probes the tail of what it sent, RFC 8985, section 7.2; where that is lost too, the retransmission timeout follows, RFC 6298.)",
        ),
        see(
            "tcp.srcport == 12345 and tcp.len == 0 and tcp.ack == 6",
            "This time they are acknowledged: byte 6 is the next that the server expects.",
        ),
    ],
    question: "The client's send() returned long before \"hello\" was lost. What does its return mean, then?",
    answer: "That the kernel has taken a copy of the bytes and will see to it. Not that they arrived, not even that they were sent. Whether the other program got them, only its answer can tell.",
    ..CHAT
};
