//! Which command of IMAP a reply ends: both have one tag, so the order in which replies come tells nothing.

use foldhash::fast::RandomState;
use lru::LruCache;

use crate::flow::endpoints::Role;
use crate::flow::tcp::Placed;
use crate::flow::telling::Telling;
use crate::model::frame::Timestamp;
use crate::model::layer::Decoded;
use crate::protocols::imap;
use crate::protocols::imap_lines::{self, Part};

/// How many commands may wait for their replies; then the one that was given longest ago is forgotten.
pub const MOST_COMMANDS: usize = 10_000;

/// How long a tag may be that is remembered, in bytes; those of programs have three to eight.
const MOST_TAG: usize = 16;

/// A tag, with zeros behind it.
type Tag = [u8; MOST_TAG];

/// The commands of a capture that wait, by their connections and their tags.
#[derive(Debug)]
pub struct Tags {
    waiting: LruCache<(u64, Tag), Asked, RandomState>,
}

/// A command.
#[derive(Clone, Copy, Debug)]
struct Asked {
    frame: u64,
    time: Timestamp,
}

impl Default for Tags {
    fn default() -> Self {
        Self {
            waiting: LruCache::unbounded_with_hasher(RandomState::default()),
        }
    }
}

impl Tags {
    /// Takes the lines that a segment brings or completes.
    pub fn follow(
        &mut self,
        placed: &Placed<'_>,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) {
        let inside = decoded.layers.iter().enumerate();
        for (index, layer) in inside.skip(placed.segment.layer + 1) {
            if !std::ptr::eq(layer.protocol, &raw const imap::PROTOCOL) {
                continue;
            }
            let bytes = decoded.bytes_of(layer).unwrap_or_default();
            if placed.role == Role::Client && imap_lines::is_literal(bytes) {
                continue;
            }
            for part in imap_lines::of(bytes) {
                let Part::Line {
                    range,
                    is_first: true,
                } = part
                else {
                    continue;
                };
                let line = bytes.get(range).unwrap_or_default();
                let Some(asked) = self.hear(line, placed, decoded) else {
                    continue;
                };
                if telling.is_everything() {
                    telling.of_layer(index);
                    telling.number(&imap::RESPONSE_TO, asked.frame);
                    telling.duration(&imap::TIME, decoded.frame.time.since(asked.time));
                }
            }
        }
    }

    /// Takes a line; gives the command that it ends.
    fn hear(&mut self, line: &[u8], placed: &Placed<'_>, decoded: &Decoded<'_>) -> Option<Asked> {
        let key = (placed.stream, kept(imap_lines::tag(line)?)?);
        match placed.role {
            Role::Client => {
                if imap_lines::verb(line).is_empty() {
                    return None;
                }
                while self.waiting.len() >= MOST_COMMANDS {
                    self.waiting.pop_lru();
                }
                self.waiting.get_or_insert(key, || Asked {
                    frame: decoded.frame.number,
                    time: decoded.frame.time,
                });
                None
            }
            Role::Server => self.waiting.pop(&key),
        }
    }
}

/// A tag as it is kept; `None` where it is too long for that.
fn kept(tag: &[u8]) -> Option<Tag> {
    let mut kept = [0; MOST_TAG];
    kept.get_mut(..tag.len())?.copy_from_slice(tag);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;
    use crate::protocols::imap;

    #[test]
    fn replies_belong_to_the_command_with_their_tag_in_whatever_order_they_come() {
        let said: [(u16, u32, &[u8]); 5] = [
            (40_000, 1, b"a FETCH 1 FLAGS\r\n"),
            (40_000, 18, b"b NOOP\r\n"),
            (143, 1, b"* 1 EXISTS\r\nb OK\r\n"),
            (143, 19, b"a OK\r\n"),
            (143, 25, b"a OK\r\n"),
        ];
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let told = said.iter().zip(1..).map(|((port, seq, line), number)| {
            let mut packet = Vec::new();
            PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64)
                .tcp(*port, 40_143 - port, *seq, 64_000)
                .ack(1)
                .write(&mut packet, line)
                .unwrap();
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            frame.number = number;
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Everything);
            let decoded = decoder.walked(&frame).with_followed(flows.followed());
            decoded.followed_number(&imap::RESPONSE_TO)
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told, [None, None, Some(2), Some(1), None]);
    }
}
