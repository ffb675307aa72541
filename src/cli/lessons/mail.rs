//! A letter is handed in: commands, replies, and a lone dot.

use super::super::watch::Card;
use super::{CHAT, Lesson, Says, see, see_several};

pub const LESSON: Lesson = Lesson {
    name: "mail",
    title: "a letter is handed in: commands, replies, and a lone dot",
    story: "A mail program connects to a mail server on port 25 and hands in a letter, by SMTP. They take turns: a command, a reply.",
    server: Some(&["part", "mail-server"]),
    client: &["part", "mail-client", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at who speaks first, at the three digits that each reply begins with, and at how the letter ends (netinspect run-demo --lesson mail -Y smtp.data -V shows its lines).",
    see: &[
        see(
            "smtp.response.code == 220 and tcp.ack == 1",
            "The server speaks first: the client has not sent a byte yet.",
        ),
        see_several(
            4,
            "smtp.response.code == 250",
            "Replies begin with 2 where all is well, with 3 where more has to come, with 4 and 5 where it failed: the digits are for programs, the words for people.",
        ),
        see(
            "smtp.req.command == \"DATA\"",
            "DATA: what comes next is the letter, and no command.",
        ),
        see(
            "smtp.data and smtp.data.end",
            "The letter, with its own head (From, To, Subject) that the server need not understand. A line with nothing but a dot ends it.",
        ),
        see(
            "smtp.req.command == \"QUIT\"",
            "The client says goodbye, and the connection is closed in words before it is in segments.",
        ),
    ],
    card: Card::OfFirstMessage,
    question: "What if a line of the letter is itself a single dot?",
    answer: "Then the client sends two dots: it puts one before every line that begins with one, and the server takes it away again (RFC 5321, section 4.5.2). Whoever ends something with a mark must see to it that the mark can be said, too; whoever says the length first, as HTTP does, need not.",
    ..CHAT
};
