//! Two rules that are good alone, and 40 ms of waiting where they meet.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "nagle",
    title: "two small sends, and 40 ms in which nothing happens",
    story: "The client sends messages with their length before them, such as 3:one, and waits for the answer to each. Four go with one send() each. For the fifth it calls send() twice: for the length, then for the message.",
    server: Some(&["part", "answer-each"]),
    client: &["part", "send-in-two", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at the times, and at what goes before the long wait and right after it.",
    see: &[
        see(
            "tcp.dstport == 12345 and chat.text == \"4:\"",
            "The length goes at once. The server cannot answer yet, and its kernel does not acknowledge yet: an answer could take the acknowledgment along (delayed ACK, RFC 9293, section 3.8.6.3).",
        ),
        see(
            "tcp.srcport == 12345 and tcp.len == 0 and tcp.time_delta > 0.03",
            "After some 40 ms it acknowledges all the same. (What comes first on a connection Linux acknowledges at once, and later mostly with the answer.)",
        ),
        see(
            "tcp.dstport == 12345 and chat.text == \"five\" and tcp.time_delta < 0.03",
            "Only then the message goes, though it was sent right behind the length: a small piece waits while another is not acknowledged (Nagle's algorithm, RFC 9293, section 3.7.4).",
        ),
        see_none(
            "tcp.analysis.retransmission",
            "Nothing was lost: each side waited for the other.",
        ),
    ],
    question: "The cable is idle and both programs are quick. What has to change so that the fifth answer comes as soon as the others?",
    answer: "The client: it should put together what belongs together, and send it at once, as it did with the other four. Where it cannot, setsockopt(TCP_NODELAY) switches Nagle's algorithm off, and each send goes at once, at the price of more segments. A faster cable or server changes nothing.",
    ..CHAT
};
