//! Segments that are sent and not yet acknowledged.

use super::segment::Segment;
use super::sequence::Seq;
use crate::model::frame::Timestamp;

/// How many are remembered for one direction; further ones are not timed.
const MOST: usize = 10_000;

/// The segments of one direction that wait for an acknowledgment, the oldest first.
#[derive(Debug, Default)]
pub struct Outstanding {
    segments: Vec<Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    frame: u64,
    time: Timestamp,
    seq: Seq,
    next: Seq,
    is_lost: bool,
}

/// Most sides wait for one segment at a time: room for more is made when more is sent, and not kept.
const KEPT: usize = 4;

/// The segment that an acknowledgment confirms to its last byte.
#[derive(Clone, Copy, Debug)]
pub struct Confirmed {
    /// Its frame.
    pub frame: u64,
    /// When that was seen.
    pub time: Timestamp,
}

/// The last frame before that carried a byte that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its number.
    pub frame: u64,
    /// When that was seen.
    pub time: Timestamp,
    /// Whether it is known to have never arrived.
    pub is_lost: bool,
}

impl Outstanding {
    /// One more is sent.
    pub fn add(&mut self, segment: &Segment) {
        if self.segments.capacity() == 0 {
            self.segments.reserve_exact(1);
        }
        if self.segments.len() < MOST {
            self.segments.push(Waiting {
                frame: segment.frame,
                time: segment.time,
                seq: segment.seq,
                next: segment.next_seq(),
                is_lost: segment.is_lost,
            });
        }
    }

    /// What the acknowledgment number covers is no longer waited for: the segment that it confirms to the
    /// last byte, of several the oldest.
    pub fn acknowledge(&mut self, ack: Seq) -> Option<Confirmed> {
        let mut confirmed = None;
        self.segments.retain_mut(|waiting| {
            if ack == waiting.next {
                confirmed.get_or_insert(Confirmed {
                    frame: waiting.frame,
                    time: waiting.time,
                });
                return false;
            }
            if waiting.seq.is_before(ack) && ack.is_before(waiting.next) {
                waiting.seq = ack;
            }
            ack.is_before(waiting.next)
        });
        if self.segments.is_empty() && self.segments.capacity() > KEPT {
            self.segments = Vec::new();
        }
        confirmed
    }

    /// The segment that has waited longest.
    pub fn oldest(&self) -> Option<Confirmed> {
        let oldest = self.segments.first()?;
        Some(Confirmed {
            frame: oldest.frame,
            time: oldest.time,
        })
    }

    /// The last segment that carried this number.
    pub fn last_with(&self, seq: Seq) -> Option<Original> {
        let mut latest_first = self.segments.iter().rev();
        let found = latest_first
            .find(|waiting| waiting.seq.is_at_most(seq) && seq.is_before(waiting.next))?;
        Some(Original {
            frame: found.frame,
            time: found.time,
            is_lost: found.is_lost,
        })
    }

    /// From the first to the last number that is waited for, counted from `base`; `None` when nothing is.
    pub fn span(&self, base: Seq) -> Option<u32> {
        let first = self
            .segments
            .iter()
            .map(|waiting| waiting.seq.since(base))
            .min()?;
        let last = self
            .segments
            .iter()
            .map(|waiting| waiting.next.since(base))
            .max()?;
        Some(last.wrapping_sub(first))
    }
}
