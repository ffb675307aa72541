//! Which request of HTTP, or command of IMAP, a response answers, and how long that took.

mod streams;
mod tags;

use std::collections::VecDeque;

use data_encoding::BASE64;
use foldhash::fast::RandomState;
use lru::LruCache;
use ring::digest;

pub use streams::MOST_STREAMS;
use streams::Streams;
pub use tags::MOST_COMMANDS;
use tags::Tags;

use super::reassembly::Spoken;
use super::tcp::Placed;
use super::telling::Telling;
use crate::model::fault::{Fault, FaultKind};
use crate::model::frame::{Frame, Timestamp};
use crate::model::framing::{Answering, Framing};
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::protocols::http_message::{self, StartLine};
use crate::protocols::{http, http2, imap, websocket_handshake};

/// How many connections may have requests that wait; then the one that spoke longest ago is forgotten.
pub const MOST_CONNECTIONS: usize = 10_000;

/// How many requests of one connection may wait (RFC 9112, section 9.3.2, lets a client send several); what is asked
/// beyond that is not tied to its answer.
pub const MOST_WAITING: usize = 64;

/// The connections of a capture on which requests wait for their answers.
#[derive(Debug)]
pub struct Answers {
    waiting: LruCache<u64, Waiting, RandomState>,
    streams: Streams,
    tags: Tags,
}

/// The requests of one connection; they are answered in their order.
#[derive(Debug, Default)]
struct Waiting {
    asked: u64,
    answered: u64,
    /// Those that are remembered, by their numbers.
    requests: VecDeque<(u64, Asked)>,
}

/// A request.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The frame that completed it.
    frame: u64,
    time: Timestamp,
    /// What its answer is told by it.
    answering: Answering,
    /// What it asks WebSocket with.
    key: Option<websocket_handshake::Key>,
}

impl Asked {
    /// Whether an answer fits the key of a request for WebSocket: one that agrees has a hash of it, and of what every
    /// server of WebSocket knows (RFC 6455, section 4.2.2).
    fn is_fit(&self, answer: &[u8]) -> Option<bool> {
        let key = self.key?;
        let accept = http_message::header(answer, "sec-websocket-accept")?;
        let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        hash.update(&key);
        hash.update(websocket_handshake::GUID);
        Some(BASE64.encode(hash.finish().as_ref()).as_bytes() == accept)
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            waiting: LruCache::unbounded_with_hasher(RandomState::default()),
            streams: Streams::default(),
            tags: Tags::default(),
        }
    }
}

/// What the answers that a client waits for are to, in their order, as far as that tells where they end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// A bit for each, the next one lowest.
    heads: u64,
    tunnels: u64,
}

impl Expected {
    /// The one in this place answers this; what is not remembered has no place.
    fn note(&mut self, place: u64, answering: Answering) {
        let bit = u32::try_from(place).ok();
        let bit = bit.and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0);
        match answering {
            Answering::Anything => {}
            Answering::HeadRequest => self.heads |= bit,
            Answering::TunnelRequest => self.tunnels |= bit,
        }
    }

    /// What the next one answers.
    pub const fn next(self) -> Answering {
        match (self.heads & 1, self.tunnels & 1) {
            (1, _) => Answering::HeadRequest,
            (_, 1) => Answering::TunnelRequest,
            _ => Answering::Anything,
        }
    }

    /// Takes note of a message: whether it is the next one.
    pub fn hear(&mut self, message: &[u8]) {
        if (self.heads | self.tunnels) != 0 && is_an_answer(message) {
            self.heads >>= 1;
            self.tunnels >>= 1;
        }
    }
}

/// Whether a message answers a request; an interim answer (1xx) does not, but that of going on in another protocol
/// is the last one in this.
fn is_an_answer(message: &[u8]) -> bool {
    const SWITCHES: u16 = 101;
    match StartLine::of(message) {
        Some(StartLine::Response { code, .. }) => code >= 200 || code == SWITCHES,
        Some(StartLine::Request { .. }) | None => false,
    }
}

/// Whether a protocol is one of requests and answers.
pub fn are_given_in(protocol: &'static Protocol) -> bool {
    std::ptr::eq(protocol, &raw const http::PROTOCOL)
        || is_in_streams(protocol)
        || is_tagged(protocol)
}

/// Whether each request of a protocol has a tag, and its answer the same.
fn is_tagged(protocol: &'static Protocol) -> bool {
    std::ptr::eq(protocol, &raw const imap::PROTOCOL)
}

/// Whether each request of a protocol has a stream of its own.
fn is_in_streams(protocol: &'static Protocol) -> bool {
    std::ptr::eq(protocol, &raw const http2::PROTOCOL)
}

/// Whether a layer of a frame has more than one message, since there are more than are told apart.
fn are_joined(decoded: &Decoded<'_>) -> bool {
    let is_said = |fault: &Fault| matches!(fault.kind, FaultKind::TooManyMessages);
    decoded.faults.iter().any(is_said)
}

impl Waiting {
    fn ask(&mut self, asked: Asked) {
        let was_answered = self.asked < self.answered;
        if !was_answered && self.requests.len() < MOST_WAITING {
            self.requests.push_back((self.asked, asked));
        }
        self.asked += 1;
    }

    fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        for (number, asked) in &self.requests {
            expected.note(number - self.answered, asked.answering);
        }
        expected
    }

    /// The request that is answered now, where it is remembered.
    fn answer(&mut self) -> Option<Asked> {
        let is_now = |(number, _): &mut (u64, Asked)| *number == self.answered;
        let found = self.requests.pop_front_if(is_now);
        self.answered += 1;
        found.map(|(_, asked)| asked)
    }
}

impl Answers {
    /// What the next messages of the server on this connection answer.
    pub fn expected(&self, stream: u64) -> Expected {
        let waiting = self.waiting.peek(&stream);
        waiting.map_or_else(Expected::default, Waiting::expected)
    }

    /// Bytes of this connection are missing: which request is answered next, nobody knows.
    pub fn lose(&mut self, stream: u64) {
        self.waiting.pop(&stream);
    }

    /// Takes the messages that a segment brings or completes; answers come in the order of the requests.
    pub fn follow(
        &mut self,
        placed: &Placed<'_>,
        spoken: &Spoken,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) {
        if is_in_streams(spoken.protocol) {
            self.streams.follow(placed, decoded, telling);
            return;
        }
        if is_tagged(spoken.protocol) {
            self.tags.follow(placed, decoded, telling);
            return;
        }
        let counts = |layer: &Layer| {
            are_given_in(layer.protocol)
                && match decoded.whole_of(layer) {
                    // What is sent again asks and answers nothing.
                    None => spoken.is_new,
                    // What it completes is new; but what has waited behind bytes that are lost may have its answer.
                    Some(whole) => !spoken.has_lost || whole.ends_in(decoded.frame.number),
                }
        };
        let inside = decoded.layers.iter().enumerate();
        let inside = inside.skip(placed.segment.layer + 1);
        let are_joined = are_joined(decoded);
        for (index, _) in inside.filter(|(_, layer)| counts(layer)) {
            let bytes = decoded.view(index).map_or(&[][..], |view| view.bytes);
            let mut rest = bytes;
            while !rest.is_empty() {
                let length = if are_joined {
                    self.length_of_first(rest, placed.stream)
                } else {
                    rest.len()
                };
                let (message, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                let asked = self.hear(message, spoken, placed.stream, decoded.frame);
                if asked.is_none() && telling.is_everything() {
                    self.note_key(message, placed.stream);
                }
                if let Some(asked) = asked.filter(|_| rest.len() == bytes.len())
                    && telling.is_everything()
                {
                    telling.of_layer(index);
                    telling.number(&http::REQUEST_IN, asked.frame);
                    telling.duration(&http::TIME, decoded.frame.time.since(asked.time));
                    let fits = asked.is_fit(message).map(u64::from);
                    telling.number_if_any(&http::ACCEPT_FITS, fits);
                }
                rest = behind;
            }
        }
    }

    /// How long the first message of these bytes is, on this connection.
    fn length_of_first(&self, bytes: &[u8], stream: u64) -> usize {
        match http_message::framing(bytes, self.expected(stream).next()) {
            Framing::Whole(length) => length,
            _ => bytes.len(),
        }
    }

    /// Takes a message; gives what it answers, where that is remembered.
    fn hear(
        &mut self,
        message: &[u8],
        spoken: &Spoken,
        stream: u64,
        frame: &Frame<'_>,
    ) -> Option<Asked> {
        match StartLine::of(message)? {
            StartLine::Request { method, .. } => {
                self.ask(stream, message.get(method).unwrap_or_default(), frame);
                None
            }
            StartLine::Response { .. } if is_an_answer(message) => self.answer(stream, spoken),
            StartLine::Response { .. } => None,
        }
    }

    fn ask(&mut self, stream: u64, method: &[u8], frame: &Frame<'_>) {
        self.make_room_for(stream);
        let waiting = self.waiting.get_or_insert_mut(stream, Waiting::default);
        waiting.ask(Asked {
            frame: frame.number,
            time: frame.time,
            answering: match method {
                b"HEAD" => Answering::HeadRequest,
                b"CONNECT" => Answering::TunnelRequest,
                _ => Answering::Anything,
            },
            key: None,
        });
        self.forget_if_over(stream);
    }

    fn answer(&mut self, stream: u64, spoken: &Spoken) -> Option<Asked> {
        if spoken.interrupts && !self.waiting.contains(&stream) {
            self.make_room_for(stream);
            self.waiting.put(stream, Waiting::default());
        }
        let waiting = self.waiting.get_mut(&stream)?;
        // It has answered what is not all asked yet: that once.
        if waiting.answered > waiting.asked {
            return None;
        }
        let asked = waiting.answer();
        self.forget_if_over(stream);
        asked
    }

    /// Takes note of what the request that came last on this connection asks WebSocket with, where it does.
    fn note_key(&mut self, request: &[u8], stream: u64) {
        let Some(key) = websocket_handshake::key(request) else {
            return;
        };
        let waiting = self.waiting.peek_mut(&stream);
        if let Some((_, asked)) = waiting.and_then(|waiting| waiting.requests.back_mut()) {
            asked.key = Some(key);
        }
    }

    fn make_room_for(&mut self, stream: u64) {
        if self.waiting.len() >= MOST_CONNECTIONS && !self.waiting.contains(&stream) {
            self.waiting.pop_lru();
        }
    }

    fn forget_if_over(&mut self, stream: u64) {
        let waiting = self.waiting.peek(&stream);
        if waiting.is_some_and(|waiting| waiting.answered == waiting.asked) {
            self.waiting.pop(&stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;
    use crate::protocols::http;

    /// What the port and the first number of a segment are, and what it carries.
    type Sent<'a> = (u16, u32, &'a [u8]);

    /// The request that each of these segments is told to answer.
    fn requests_of(segments: &[Sent<'_>]) -> Vec<Option<u64>> {
        requests_of_taken(segments, &[])
    }

    /// The same, where some of them, by their frames, say that the other side's bytes before this number have come.
    fn requests_of_taken(segments: &[Sent<'_>], taken: &[(u64, u32)]) -> Vec<Option<u64>> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let told = segments
            .iter()
            .zip(1..)
            .map(|((port, seq, payload), number)| {
                let mut packet = Vec::new();
                let (from, to) = (*port, 40_080 - port);
                let builder = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64);
                let acknowledged = taken.iter().find(|(frame, _)| *frame == number);
                let ack = acknowledged.map_or(1, |(_, ack)| *ack);
                let segment = builder.tcp(from, to, *seq, 64_000).ack(ack);
                segment.write(&mut packet, payload).unwrap();
                let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
                frame.number = number;
                decoder.walk(&frame);
                flows.assemble(&mut decoder, &frame, Past::Everything);
                let decoded = decoder.walked(&frame).with_followed(flows.followed());
                decoded.followed_number(&http::REQUEST_IN)
            });
        told.collect()
    }

    const ASKS: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
    const ANSWERS: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
    const GOES_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

    #[test]
    fn answers_come_in_the_order_of_the_requests() {
        let told = requests_of(&[
            (40_000, 1, ASKS),
            (40_000, 19, ASKS),
            (80, 1, GOES_ON),
            (80, 26, ANSWERS),
            (80, 53, ANSWERS),
            (80, 80, ANSWERS),
        ]);
        assert_eq!(told, [None, None, None, Some(1), Some(2), None]);
    }

    #[test]
    fn who_agrees_to_go_on_in_another_protocol_has_answered() {
        let agrees = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        let told = requests_of(&[(40_000, 1, ASKS), (80, 1, agrees)]);
        assert_eq!(told, [None, Some(1)]);
    }

    #[test]
    fn what_is_sent_again_asks_and_answers_nothing() {
        let told = requests_of(&[
            (40_000, 1, ASKS),
            (40_000, 1, ASKS),
            (80, 1, ANSWERS),
            (80, 1, ANSWERS),
            (40_000, 19, ASKS),
            (80, 28, ANSWERS),
        ]);
        assert_eq!(told, [None, None, Some(1), None, None, Some(5)]);
    }

    #[test]
    fn of_more_requests_than_are_told_apart_none_is_taken_for_another() {
        let first = ASKS.repeat(40);
        let answers = ANSWERS.repeat(20);
        let told = requests_of(&[
            (40_000, 1, &first),
            (40_000, 721, ASKS),
            (80, 1, &answers),
            (80, 541, &answers),
            (80, 1081, ANSWERS),
        ]);
        assert_eq!(told, [None, None, Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn behind_segments_that_overtook_each_other_answers_are_told_as_before() {
        let told = requests_of(&[
            (40_000, 1, ASKS),
            (80, 28, ANSWERS),
            (80, 1, ANSWERS),
            (40_000, 19, ASKS),
            (80, 55, ANSWERS),
        ]);
        assert_eq!(told, [None, None, Some(1), None, Some(4)]);
    }

    #[test]
    fn behind_a_request_that_the_capture_missed_no_other_is_answered_twice() {
        let told = requests_of_taken(
            &[
                (40_000, 1, ASKS),
                (80, 1, ANSWERS),
                (40_000, 37, ASKS),
                (80, 28, ANSWERS),
                (40_000, 55, ASKS),
                (80, 55, ANSWERS),
                (40_000, 73, ASKS),
                (80, 82, ANSWERS),
            ],
            &[(2, 19), (4, 55), (6, 73), (8, 91)],
        );
        let expected = [None, Some(1), None, None, None, Some(5), None, Some(7)];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_answer_before_its_request_is_whole_answers_no_later_one() {
        let told = requests_of(&[
            (
                40_000,
                1,
                b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234",
            ),
            (80, 1, ANSWERS),
            (40_000, 42, b"56789"),
            (40_000, 47, ASKS),
            (80, 28, ANSWERS),
        ]);
        assert_eq!(told, [None, None, None, None, Some(4)]);
    }

    /// The answer of 27 bytes to the first request is not in the capture, but the client has taken it.
    #[test]
    fn behind_bytes_that_the_capture_missed_no_answer_is_taken_for_another() {
        let told = requests_of_taken(
            &[
                (40_000, 1, ASKS),
                (40_000, 19, ASKS),
                (80, 28, ANSWERS),
                (40_000, 37, ASKS),
                (80, 55, ANSWERS),
                (40_000, 55, ASKS),
                (80, 82, ANSWERS),
            ],
            &[(2, 28), (4, 55), (6, 82)],
        );
        assert_eq!(told, [None, None, None, None, None, None, Some(6)]);
    }
}
