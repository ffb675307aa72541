//! Two requests on one connection, and where each answer ends.

use super::super::watch::Card;
use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "http",
    title: "two requests on one connection, and where each answer ends",
    story: "A web client asks a web server on port 80 for its page, and then on the same connection, as browsers do, for the site's icon, which it does not have. The server sends the header of its answer first, then the page in blocks of 40 bytes (real ones take some thousands).",
    server: Some(&["part", "web-server"]),
    client: &["part", "web-client", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at the segments that the first answer comes in, and for what says that it is all there. (netinspect run-demo --lesson http -Y http -V shows the lines of each message.)",
    see: &[
        see(
            "http.request.method == \"GET\" and http.request.uri == \"/\"",
            "The request: lines of text, and a blank one that ends it.",
        ),
        see(
            "tcp.srcport == 80 and tcp.len > 0 and tcp.payload contains \"Content-Length: 69\"",
            "The header of the answer, with a segment to itself: a blank line ends it, and Content-Length says that 69 bytes follow.",
        ),
        see(
            "http.response.code == 200 and tcp.len == 29",
            "Here they are all there: 40 in the segment before, 29 in this. HTTP counts them; TCP marks nothing.",
        ),
        see(
            "http.request.uri == \"/favicon.ico\"",
            "The next request, on the same connection: no new handshake.",
        ),
        see(
            "http.response.code == 404 and http.content_length == 0",
            "This answer ends with its blank line: Content-Length is 0.",
        ),
        see_none(
            "tcp.srcport == 80 and tcp.flags.fin == 1 and tcp.state.client == \"ESTABLISHED\"",
            "No FIN behind an answer: the end of a message is not the end of the connection, which the client closes when it has no more to ask.",
        ),
    ],
    card: Card::OfFirstMessage,
    question: "A server counts wrong and says Content-Length: 79, but sends those 69 bytes. What does its client do?",
    answer: "It waits for ten bytes that never come, until one of them closes or loses patience. The other way round, with 59, it would take the last ten for the beginning of the next answer, and misread everything from there on. Who does not know the length beforehand sends the body in chunks, each with its own length, or closes after it.",
    ..CHAT
};
