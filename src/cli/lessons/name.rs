//! A name's address is asked for, and only then is there a connection.

use super::super::watch::Card;
use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "name",
    title: "first the name's address, by UDP; then the connection",
    story: "The client wants to say hello to chat.example. It knows a name server, 192.168.1.6, and asks it for the address by DNS. (Here the name leads to the same host: there are but two.)",
    server: Some(&["part", "know-name"]),
    client: &["part", "ask-name", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at what carries the question and the answer, at what carries the hello, and for the name in each of them.",
    see: &[
        see(
            "udp.dstport == 53 and dns.qry.name == \"chat.example\" and dns.flags.response == 0",
            "The question: one UDP datagram to port 53, without a handshake.",
        ),
        see(
            "udp.srcport == 53 and dns.a == 192.168.1.6 and dns.resp.ttl == 60",
            "The answer: the address, and for how long it may be kept, 60 seconds.",
        ),
        see(
            "tcp.flags.syn == 1 and ip.dst == 192.168.1.6",
            "Only now can the client connect: a packet needs an address.",
        ),
        see_none(
            "tcp and frame contains \"example\"",
            "In the frames of the connection the name is nowhere.",
        ),
    ],
    card: Card::OfFirstMessage,
    question: "Several names lead to the address 192.168.1.6. How does the server know by which of them a guest came?",
    answer: "It does not: IP and TCP carry addresses and ports, and the name is gone when the connection begins. A protocol that needs it says it again: HTTP in its Host line, TLS in its first message. So one web server has many sites at one address.",
    ..CHAT
};
