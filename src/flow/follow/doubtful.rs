//! Segments whose checksum is wrong, until it is known whether they count.
//!
//! A receiver does not take them (RFC 1122, section 4.2.2.7). But a capture may be older than its checksums: a network
//! card that fills them in later, or somebody who changed the addresses afterwards, leaves wrong ones behind, and such
//! segments were taken. What tells the two apart is the other side: it acknowledges what it took.

use std::collections::VecDeque;

use crate::flow::reassembly::stream::{Origin, Part};
use crate::flow::tcp::Seq;

/// A segment with a wrong checksum, as it came.
#[derive(Debug)]
pub struct Doubtful {
    /// The number of its first byte.
    seq: Seq,
    /// The number behind its bytes; where it has none, behind its FIN.
    end: Seq,
    bytes: Vec<u8>,
    length: u32,
    is_last: bool,
    /// The frame that it came in.
    pub origin: Origin,
}

impl Doubtful {
    /// One of this part.
    pub fn new(part: &Part<'_>) -> Self {
        Self {
            seq: part.seq,
            end: part.seq.plus(part.length.max(part.is_last.into())),
            bytes: part.bytes.to_vec(),
            length: part.length,
            is_last: part.is_last,
            origin: part.origin,
        }
    }

    /// The number behind its bytes; where it has none, behind its FIN.
    pub const fn end(&self) -> Seq {
        self.end
    }

    /// What it brings to the stream.
    pub fn part(&self) -> Part<'_> {
        Part {
            seq: self.seq,
            bytes: &self.bytes,
            length: self.length,
            is_last: self.is_last,
            origin: self.origin,
        }
    }
}

/// How many of a direction wait at most: each acknowledgment asks all of them.
pub const MOST_DOUBTFUL: usize = 512;

/// How many bytes they have at most.
const MOST_BYTES: usize = 4 << 20;

/// Those of one direction, in the order in which they came.
#[derive(Debug, Default)]
pub struct Doubts {
    /// Whether a checksum of this direction was right: then a wrong one is damage, and not of a capture in which all
    /// are wrong.
    pub are_founded: bool,
    waiting: VecDeque<Doubtful>,
    bytes: usize,
    /// The frame of the first that breaks the connection off: nobody answers that, and what tells is whether its sender
    /// goes on.
    breaks_off: Option<Origin>,
}

impl Doubts {
    /// Puts one more by.
    pub fn add(&mut self, doubtful: Doubtful) {
        self.bytes += doubtful.bytes.len();
        self.waiting.push_back(doubtful);
    }

    /// Puts by that the connection is broken off.
    pub fn add_break_off(&mut self, origin: Origin) {
        self.breaks_off.get_or_insert(origin);
    }

    /// Takes the first one out of which the other side has now acknowledged all.
    pub fn acknowledged(&mut self, ack: Seq) -> Option<Doubtful> {
        let is_settled = |one: &Doubtful| one.end.is_at_most(ack);
        let at = self.waiting.iter().position(is_settled)?;
        self.take(at)
    }

    /// Takes the first one out where too many wait.
    pub fn beyond_bounds(&mut self) -> Option<Doubtful> {
        let are_too_many = self.waiting.len() > MOST_DOUBTFUL || self.bytes > MOST_BYTES;
        are_too_many.then(|| self.take(0)).flatten()
    }

    /// Takes the first one out.
    pub fn first(&mut self) -> Option<Doubtful> {
        self.take(0)
    }

    /// Takes out that the connection is broken off.
    pub const fn take_break_off(&mut self) -> Option<Origin> {
        self.breaks_off.take()
    }

    fn take(&mut self, at: usize) -> Option<Doubtful> {
        let taken = self.waiting.remove(at)?;
        self.bytes -= taken.bytes.len();
        Some(taken)
    }
}
