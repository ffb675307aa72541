//! Which question of DNS a response answers, and how long that took.

use foldhash::fast::RandomState;
use lru::LruCache;

use super::telling::Telling;
use crate::model::frame::Timestamp;
use crate::model::layer::Decoded;
use crate::protocols::dns;

/// How many questions may wait for their answers; then the one that was asked longest ago is forgotten.
pub const MOST_QUESTIONS: usize = 10_000;

/// What carries messages: which conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Datagrams, by the number of their dialogue.
    Udp(u64),
    /// A stream, by the number of its connection.
    Tcp(u64),
}

/// The questions of a capture that wait for their answers, by conversation and transaction ID.
#[derive(Debug)]
pub struct Questions {
    waiting: LruCache<(Carrier, u16), Asked, RandomState>,
}

/// A question.
#[derive(Clone, Copy, Debug)]
struct Asked {
    frame: u64,
    time: Timestamp,
}

impl Default for Questions {
    fn default() -> Self {
        Self {
            waiting: LruCache::unbounded_with_hasher(RandomState::default()),
        }
    }
}

impl Questions {
    /// Takes the messages of a frame. What is asked again before an answer came was asked the first time; what is
    /// answered again answers nothing.
    pub fn follow(&mut self, carrier: Carrier, decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        for (index, layer) in decoded.layers.iter().enumerate() {
            if !std::ptr::eq(layer.protocol, &raw const dns::PROTOCOL) || layer.is_quoted() {
                continue;
            }
            let bytes = decoded.bytes_of(layer).unwrap_or_default();
            let Some((id, is_response)) = dns::id_and_direction(bytes) else {
                continue;
            };
            let frame = decoded.frame;
            if !is_response {
                self.ask((carrier, id), frame.number, frame.time);
            } else if let Some(asked) = self.waiting.pop(&(carrier, id)) {
                telling.of_layer(index);
                telling.number(&dns::RESPONSE_TO, asked.frame);
                telling.duration(&dns::TIME, frame.time.since(asked.time));
            }
        }
    }

    fn ask(&mut self, key: (Carrier, u16), frame: u64, time: Timestamp) {
        if self.waiting.len() >= MOST_QUESTIONS && !self.waiting.contains(&key) {
            self.waiting.pop_lru();
        }
        self.waiting.get_or_insert(key, || Asked { frame, time });
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;

    const QUESTION: u8 = 0x01;
    const RESPONSE: u8 = 0x81;

    /// The question that each of these datagrams, from a port and with an ID and the first flags, is told to answer.
    fn questions_of(datagrams: &[(u16, u8, u8)]) -> Vec<Option<u64>> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let told = datagrams
            .iter()
            .zip(1..)
            .map(|((port, id, flags), number)| {
                let mut packet = Vec::new();
                let to = if *port == 53 { 40_000 } else { 53 };
                let builder = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64);
                let message = [0, *id, *flags, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                builder.udp(*port, to).write(&mut packet, &message).unwrap();
                let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
                frame.number = number;
                decoder.walk(&frame);
                flows.assemble(&mut decoder, &frame, Past::Everything);
                let decoded = decoder.walked(&frame).with_followed(flows.followed());
                decoded.followed_number(&dns::RESPONSE_TO)
            });
        told.collect()
    }

    #[test]
    fn answers_belong_to_the_question_with_their_id_in_whatever_order_they_come() {
        let told = questions_of(&[
            (40_000, 1, QUESTION),
            (40_000, 2, QUESTION),
            (53, 2, RESPONSE),
            (53, 1, RESPONSE),
            (53, 3, RESPONSE),
        ]);
        assert_eq!(told, [None, None, Some(2), Some(1), None]);
    }

    #[test]
    fn a_question_that_is_asked_again_was_asked_the_first_time() {
        let told = questions_of(&[
            (40_000, 1, QUESTION),
            (40_000, 1, QUESTION),
            (53, 1, RESPONSE),
            (53, 1, RESPONSE),
            (40_000, 1, QUESTION),
            (53, 1, RESPONSE),
        ]);
        assert_eq!(told, [None, None, Some(1), None, None, Some(5)]);
    }

    #[test]
    fn another_port_of_the_client_is_another_conversation() {
        let told = questions_of(&[(40_001, 1, QUESTION), (53, 1, RESPONSE)]);
        assert_eq!(told, [None, None]);
    }
}
