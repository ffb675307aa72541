//! One message, and what each layer puts around it.

use super::super::watch::Card;
use super::{CHAT, Lesson, see};

pub const LESSON: Lesson = Lesson {
    name: "encapsulation",
    title: "one word, and what each layer puts around it",
    story: "The server greets its client with the seven bytes of \"welcome\". On the cable they travel inside a TCP segment, inside an IPv4 packet, inside an Ethernet frame.",
    look: "Look at the frame that carries \"welcome\", and at its card through the seven layers below: which bytes belong to whom, and how many are the message.",
    see: &[
        see(
            "chat.text == \"welcome\" and frame.len == 73",
            "73 bytes on the wire for a message of 7: 14 of Ethernet, 20 of IPv4, 32 of TCP.",
        ),
        see(
            "eth.type == 0x0800 and ip.proto == 6 and tcp.srcport == 12345",
            "Each header says who comes next: Ethernet names IPv4, IPv4 names TCP, TCP names the port of the program.",
        ),
        see(
            "tcp.len == 0",
            "Segments without any message: the layers talk to each other, too.",
        ),
    ],
    card: Card::OfFirstMessage,
    question: "Which header does the cable need to know to bring the frame to the other host: the one with 12345, the one with 192.168.1.7, or the one with 02:00:00:00:00:07?",
    answer: "The last one alone, Ethernet's. On one link only the MAC address counts; the IP address is for the way through many links, and the port for the way to the program on the host.",
    ..CHAT
};
