//! What UDP loses is gone.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "udp-loss",
    title: "what UDP loses is gone, and nobody is told",
    story: "The same chat over UDP. The cable loses the second of the client's three datagrams.",
    faults: &["drop 2nd from client where udp"],
    server: Some(&["server", "--bind", "192.168.1.6", "--transport", "udp"]),
    client: &["client", "192.168.1.6", "--transport", "udp"],
    says: Says::InTurn(&["one", "two", "three"]),
    look: "Look for \"two\", on the cable and in what the server prints.",
    see: &[
        see(
            "frame.fate == \"lost\" and chat.text == \"two\"",
            "\"two\" is sent, and lost.",
        ),
        see(
            "!frame.fate and chat.text == \"three\"",
            "\"three\" follows as if nothing had happened.",
        ),
        see_none(
            "!frame.fate and chat.text == \"two\"",
            "\"two\" is never sent again: UDP keeps no copy and waits for no acknowledgment.",
        ),
    ],
    question: "Then what is UDP good for?",
    answer: "For what is better lost than late (a voice, a game's positions), for a question and an answer of one datagram each that the program itself repeats (DNS), and as the ground on which programs build what they need (QUIC). It costs 8 bytes of header, and no handshake.",
    ..CHAT
};
