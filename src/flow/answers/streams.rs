//! Which frame of HTTP/2 answers which: both belong to one stream, so the order in which answers come tells nothing.

use foldhash::fast::RandomState;
use lru::LruCache;

use crate::flow::endpoints::Role;
use crate::flow::tcp::Placed;
use crate::flow::telling::Telling;
use crate::model::frame::Timestamp;
use crate::model::layer::Decoded;
use crate::protocols::http2_header_list::{self as header_list, Says};

/// How many requests may wait for their answers; then the one that was made longest ago is forgotten.
pub const MOST_STREAMS: usize = 10_000;

/// The requests of a capture that wait, by their connections and their streams in these.
#[derive(Debug)]
pub struct Streams {
    waiting: LruCache<(u64, u32), Asked, RandomState>,
}

/// A request.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The frame that its header came in.
    frame: u64,
    time: Timestamp,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            waiting: LruCache::unbounded_with_hasher(RandomState::default()),
        }
    }
}

impl Streams {
    /// Takes the headers that a segment brings or completes.
    pub fn follow(
        &mut self,
        placed: &Placed<'_>,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) {
        let inside = decoded.layers.iter().enumerate();
        for (index, layer) in inside.skip(placed.segment.layer + 1) {
            if !std::ptr::eq(layer.protocol, &raw const header_list::PROTOCOL) {
                continue;
            }
            let Some(header) = decoded.bytes_of(layer) else {
                continue;
            };
            let Some(asked) = self.hear(header, placed, decoded) else {
                continue;
            };
            if telling.is_everything() {
                telling.of_layer(index);
                telling.number(&header_list::REQUEST_IN, asked.frame);
                telling.duration(&header_list::TIME, decoded.frame.time.since(asked.time));
            }
        }
    }

    /// Takes a header; gives the request that it answers.
    fn hear(&mut self, header: &[u8], placed: &Placed<'_>, decoded: &Decoded<'_>) -> Option<Asked> {
        let key = (placed.stream, header_list::stream_of(header)?);
        match (header_list::says(header)?, placed.role) {
            (Says::Request, Role::Client) => {
                while self.waiting.len() >= MOST_STREAMS {
                    self.waiting.pop_lru();
                }
                let asked = Asked {
                    frame: decoded.frame.number,
                    time: decoded.frame.time,
                };
                self.waiting.put(key, asked);
                None
            }
            (Says::Answer, Role::Server) => self.waiting.pop(&key),
            _ => None,
        }
    }
}
