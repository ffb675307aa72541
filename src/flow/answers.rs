//! Which request of HTTP a response answers, and how long that took.

use std::collections::VecDeque;

use foldhash::fast::RandomState;
use lru::LruCache;

use super::tcp::Placed;
use super::telling::Telling;
use crate::model::field::Buffer;
use crate::model::frame::{Frame, Timestamp};
use crate::model::framing::Answering;
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::protocols::http;
use crate::protocols::http_message::StartLine;

/// How many connections may have requests that wait; then the one that spoke longest ago is forgotten.
pub const MOST_CONNECTIONS: usize = 10_000;

/// How many requests of one connection may wait (RFC 9112, section 9.3.2, lets a client send several); what is asked
/// beyond that is not tied to its answer.
pub const MOST_WAITING: usize = 64;

/// The connections of a capture on which requests wait for their answers.
#[derive(Debug)]
pub struct Answers {
    waiting: LruCache<u64, Waiting, RandomState>,
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
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            waiting: LruCache::unbounded_with_hasher(RandomState::default()),
        }
    }
}

/// Whether a protocol is one of requests and answers.
pub fn are_given_in(protocol: &'static Protocol) -> bool {
    std::ptr::eq(protocol, &raw const http::PROTOCOL)
}

impl Waiting {
    fn ask(&mut self, asked: Asked) {
        if self.requests.len() < MOST_WAITING {
            self.requests.push_back((self.asked, asked));
        }
        self.asked += 1;
    }

    /// The request that is answered next, where it is remembered.
    fn next(&self) -> Option<&Asked> {
        let (number, asked) = self.requests.front()?;
        (*number == self.answered).then_some(asked)
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
    /// What the next message of a server on this connection answers.
    #[inline]
    pub fn answering(&self, stream: u64) -> Answering {
        if self.waiting.is_empty() {
            return Answering::Anything;
        }
        let next = self.waiting.peek(&stream).and_then(Waiting::next);
        next.map_or_else(Answering::default, |asked| asked.answering)
    }

    /// Takes the messages that a segment brings or completes; answers come in the order of the requests.
    pub fn follow(
        &mut self,
        placed: &Placed<'_>,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) {
        let is_new = placed.segment.first_byte() == placed.awaited;
        // What is sent again asks and answers nothing; what it completes is new.
        let counts = |layer: &Layer| {
            are_given_in(layer.protocol) && (is_new || layer.buffer != Buffer::FRAME)
        };
        let inside = decoded.layers.iter().enumerate();
        let inside = inside.skip(placed.segment.layer + 1);
        for (index, _) in inside.filter(|(_, layer)| counts(layer)) {
            let Some(view) = decoded.view(index) else {
                continue;
            };
            match StartLine::of(view.bytes) {
                Some(StartLine::Request { method, .. }) => {
                    let method = view.bytes.get(method).unwrap_or_default();
                    self.ask(placed.stream, method, decoded.frame);
                }
                Some(StartLine::Response { code: 200.., .. }) => {
                    if let Some(asked) = self.answer(placed.stream)
                        && telling.is_everything()
                    {
                        telling.of_layer(index);
                        telling.number(&http::REQUEST_IN, asked.frame);
                        telling.duration(&http::TIME, decoded.frame.time.since(asked.time));
                    }
                }
                // An interim answer (1xx) is none, and neither is more of a body.
                Some(StartLine::Response { .. }) | None => {}
            }
        }
    }

    fn ask(&mut self, stream: u64, method: &[u8], frame: &Frame<'_>) {
        if self.waiting.len() >= MOST_CONNECTIONS && !self.waiting.contains(&stream) {
            self.waiting.pop_lru();
        }
        let waiting = self.waiting.get_or_insert_mut(stream, Waiting::default);
        waiting.ask(Asked {
            frame: frame.number,
            time: frame.time,
            answering: match method {
                b"HEAD" => Answering::HeadRequest,
                b"CONNECT" => Answering::TunnelRequest,
                _ => Answering::Anything,
            },
        });
    }

    fn answer(&mut self, stream: u64) -> Option<Asked> {
        let waiting = self.waiting.get_mut(&stream)?;
        let asked = waiting.answer();
        if waiting.answered == waiting.asked {
            self.waiting.pop(&stream);
        }
        asked
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
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let told = segments
            .iter()
            .zip(1..)
            .map(|((port, seq, payload), number)| {
                let mut packet = Vec::new();
                let (from, to) = (*port, 40_080 - port);
                let builder = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64);
                let segment = builder.tcp(from, to, *seq, 64_000).ack(1);
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
}
