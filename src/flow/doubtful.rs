//! Segments whose checksum is wrong, until it is known whether they count.
//!
//! A receiver does not take them (RFC 1122, section 4.2.2.7). But a capture may be older than its checksums: a network
//! card that fills them in later, or somebody who changed the addresses afterwards, leaves wrong ones behind, and such
//! segments were taken. What tells the two apart is the other side: it acknowledges what it took.

use std::collections::VecDeque;

use super::reassembly::stream::{Origin, Part};
use super::tcp::Seq;

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
    /// Whether it breaks the connection off: then nobody answers it.
    pub breaks_off: bool,
    /// The frame that it came in.
    pub origin: Origin,
}

impl Doubtful {
    /// One of this part.
    pub fn new(part: &Part<'_>, breaks_off: bool) -> Self {
        Self {
            seq: part.seq,
            end: part.seq.plus(part.length.max(part.is_last.into())),
            bytes: part.bytes.to_vec(),
            length: part.length,
            is_last: part.is_last,
            breaks_off,
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

    /// What keeping it costs, in bytes.
    const fn cost(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }
}

/// Those of one direction, in the order in which they came.
#[derive(Debug, Default)]
pub struct Doubts {
    waiting: VecDeque<Doubtful>,
    cost: usize,
}

impl Doubts {
    /// Puts one more by.
    pub fn add(&mut self, doubtful: Doubtful) {
        self.cost += doubtful.cost();
        self.waiting.push_back(doubtful);
    }

    /// Takes the first one out of which the other side has now acknowledged all, or that waits although more than
    /// `most` bytes do.
    pub fn settled(&mut self, acknowledged: Seq, most: usize) -> Option<Doubtful> {
        let is_settled = |one: &Doubtful| !one.breaks_off && one.end.is_at_most(acknowledged);
        let at = self.waiting.iter().position(is_settled);
        let at = at.or((self.cost > most).then_some(0))?;
        self.take(at)
    }

    /// Takes the first one out that says what is not so: it breaks off, and its sender has gone on.
    pub fn refuted(&mut self) -> Option<Doubtful> {
        let at = self.waiting.iter().position(|one| one.breaks_off)?;
        self.take(at)
    }

    /// Takes the first one out, whatever it says.
    pub fn first(&mut self) -> Option<Doubtful> {
        self.take(0)
    }

    fn take(&mut self, at: usize) -> Option<Doubtful> {
        let taken = self.waiting.remove(at)?;
        self.cost -= taken.cost();
        Some(taken)
    }
}
