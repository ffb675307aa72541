//! One direction of a TCP connection, put in order: what the receiving program reads.
//!
//! Of bytes that came more than once, those count that first came in order, as in Linux and Wireshark; a copy
//! that differs is told. Bytes behind a hole wait until the hole is filled, or until it is known that this
//! will not happen.

mod cover;

use std::collections::BTreeMap;
use std::ops::Range;

use cover::Cover;

use crate::flow::tcp::Seq;
use crate::model::frame::{Frame, Timestamp};

/// What a segment brings to the stream.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The number of its first byte.
    pub seq: Seq,
    /// Its bytes, as far as the capture has them.
    pub bytes: &'a [u8],
    /// How many bytes it had on the wire.
    pub length: u32,
    /// Whether nothing comes behind it: FIN.
    pub is_last: bool,
    /// The frame that it came in.
    pub origin: Origin,
}

/// The frame that something came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its number.
    pub frame: u64,
    /// Its time.
    pub time: Timestamp,
}

impl Origin {
    /// This frame.
    pub const fn of(frame: &Frame<'_>) -> Self {
        Self {
            frame: frame.number,
            time: frame.time,
        }
    }
}

/// What is told of the stream, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Bytes, from one frame.
    Bytes {
        /// How many bytes of the stream are before them.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
        /// The frame that first brought them.
        origin: Origin,
    },
    /// Bytes that the capture does not have.
    Gap {
        /// How many bytes of the stream are before them.
        offset: u64,
        /// How many are missing.
        length: u64,
        /// Why.
        why: Missing,
    },
    /// Bytes of the stream that came once more.
    Again {
        /// How many bytes of the stream are before them.
        offset: u64,
        /// How many there are.
        length: u64,
        /// The frame that brought them again.
        origin: Origin,
    },
    /// Bytes behind the end of the stream, which nobody took.
    BehindEnd {
        /// How many there are.
        length: u64,
        /// The frame that brought the first of them.
        origin: Origin,
    },
    /// A copy of bytes of the stream is not the same as the one that counts.
    Conflict {
        /// How many bytes of the stream are before the first that differs.
        offset: u64,
        /// The frame that brought the copy that does not count.
        origin: Origin,
    },
}

/// Why bytes of a stream are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The other side has acknowledged them: they arrived, and the capture has not seen them.
    NotCaptured,
    /// The capture kept only the beginning of the frame that they came in.
    CutByCapture,
    /// Neither they nor their acknowledgment came before the end of the capture.
    NeverCame,
    /// Too many bytes waited behind them.
    GivenUp,
}

/// How much is remembered of one direction.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many bytes may wait behind holes.
    pub waiting: usize,
    /// How many bytes that are in order already are kept to compare later copies with.
    pub history: usize,
}

/// What a waiting part costs beside its bytes.
const OVERHEAD: usize = 96;

/// Puts the segments of one direction in order.
#[derive(Debug)]
pub struct Assembler {
    bounds: Bounds,
    /// The number of the byte that is awaited.
    awaited: Option<Seq>,
    /// How many bytes of the stream are before it.
    offset: u64,
    /// Parts behind a hole, by how many bytes of the stream are before them; none overlaps another.
    waiting: BTreeMap<u64, Waiting>,
    /// The bytes of the stream that they are.
    cover: Cover,
    /// What they cost.
    waiting_bytes: usize,
    /// How far the other side has acknowledged.
    acknowledged: u64,
    /// How long the stream is, once its end was seen. What comes behind it waits, too: where the other side
    /// acknowledges it, that was not the end.
    length: Option<u64>,
    /// The last bytes before the awaited one.
    history: Vec<u8>,
}

#[derive(Debug)]
struct Waiting {
    bytes: Vec<u8>,
    length: u64,
    origin: Origin,
}

impl Assembler {
    /// An assembler of a direction of which nothing was seen.
    pub const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            awaited: None,
            offset: 0,
            waiting: BTreeMap::new(),
            cover: Cover::NOTHING,
            waiting_bytes: 0,
            acknowledged: 0,
            length: None,
            history: Vec::new(),
        }
    }

    /// The first byte of the direction has this number, as long as none has come.
    pub fn begin(&mut self, first: Seq) {
        if self.offset == 0 && self.waiting.is_empty() {
            self.awaited = Some(first);
        }
    }

    /// Whether all before this number is in order already.
    pub fn has_all_before(&mut self, end: Seq) -> bool {
        self.place_of(end) <= self.offset.cast_signed()
    }

    /// Whether all is in order up to the end of the stream.
    pub fn is_at_end(&self) -> bool {
        self.length == Some(self.offset)
    }

    /// How much waits behind holes, with what keeping it costs.
    pub const fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Takes the next segment of this direction; `tell` hears what is in order with it, and what it brings
    /// again.
    pub fn take(&mut self, part: Part<'_>, tell: &mut impl FnMut(Event<'_>)) {
        let start = self.place_of(part.seq);
        let end = start + i64::from(part.length);
        if let (true, Ok(end)) = (part.is_last, u64::try_from(end)) {
            self.length.get_or_insert(end);
        }
        let awaited = self.offset.cast_signed();
        let known = usize::try_from(awaited.min(end) - start).unwrap_or(0);
        if known > 0 {
            self.take_again(&part, start, known, tell);
        }
        let new = Part {
            bytes: part.bytes.get(known..).unwrap_or_default(),
            length: part.length - u32::try_from(known).unwrap_or(part.length).min(part.length),
            ..part
        };
        let start = start.max(awaited).unsigned_abs();
        if new.length == 0 {
            return;
        }
        if self.is_behind_end(start) {
            if self.waiting_bytes <= self.bounds.waiting {
                self.keep(&new, start, tell);
            }
            return;
        }
        if start == self.offset {
            self.hand_on(new.bytes, new.length.into(), new.origin, tell);
            self.drop_overtaken(&new, start, tell);
        } else {
            self.keep(&new, start, tell);
        }
        self.settle(tell);
    }

    /// What waited and is in order now: a segment from `start` has brought it too.
    fn drop_overtaken(&mut self, part: &Part<'_>, start: u64, tell: &mut impl FnMut(Event<'_>)) {
        while let Some((&at, _)) = self.waiting.first_key_value()
            && at < self.offset
            && let Some(waiting) = self.waiting.remove(&at)
        {
            self.waiting_bytes -= waiting.cost();
            let skipped = usize::try_from(at - start).unwrap_or(usize::MAX);
            let counts = part.bytes.get(skipped..).unwrap_or_default();
            if let Some(differs) = first_difference(counts, &waiting.bytes) {
                tell(Event::Conflict {
                    offset: at + differs as u64,
                    origin: waiting.origin,
                });
            }
            let end = self.offset.min(at + waiting.length);
            self.cover.take_off_before(end);
            tell(Event::Again {
                offset: at,
                length: end - at,
                origin: waiting.origin,
            });
            if let Some(rest) = waiting.from(end - at) {
                self.waiting_bytes += rest.cost();
                self.waiting.insert(end, rest);
            }
        }
    }

    /// The other side has confirmed all bytes before this number: what is missing of them arrived without
    /// the capture.
    ///
    /// A hole counts as passed once a byte behind it is acknowledged, as in Wireshark: a capture may see an
    /// acknowledgment before the segment.
    pub fn acknowledge(&mut self, ack: Seq, tell: &mut impl FnMut(Event<'_>)) {
        if self.awaited.is_none() {
            return;
        }
        let place = u64::try_from(self.place_of(ack)).unwrap_or(0);
        self.acknowledged = self.acknowledged.max(place);
        // A FIN has a number of its own, which is acknowledged too.
        if self
            .length
            .is_some_and(|length| self.acknowledged > length + 1)
        {
            self.length = None;
        }
        if !self.waiting.is_empty() {
            self.settle(tell);
        }
    }

    /// Nothing comes any more: tells what still waited, and what never came.
    pub fn finish(&mut self, tell: &mut impl FnMut(Event<'_>)) {
        while let Some((&start, _)) = self.waiting.first_key_value()
            && !self.is_behind_end(start)
        {
            self.pass_hole(start, tell);
            self.hand_on_waiting(tell);
        }
        if let Some((_, first)) = self.waiting.first_key_value() {
            tell(Event::BehindEnd {
                length: self.waiting.values().map(|waiting| waiting.length).sum(),
                origin: first.origin,
            });
        }
        // A single number behind the last byte may be that of a FIN which the capture has not seen.
        let acknowledged = self.acknowledged.saturating_sub(1);
        let end = self.length.unwrap_or(if acknowledged > self.offset {
            self.acknowledged
        } else {
            self.offset
        });
        self.pass_hole(end, tell);
    }

    /// How many bytes of the stream are before the one with this number; negative where that was sent
    /// before the first segment seen.
    pub fn place_of(&mut self, seq: Seq) -> i64 {
        let awaited = *self.awaited.get_or_insert(seq);
        let distance = seq.since(awaited).cast_signed();
        self.offset.cast_signed() + i64::from(distance)
    }

    /// Tells of bytes that are in order already; and whether they are other ones now.
    fn take_again(
        &self,
        part: &Part<'_>,
        start: i64,
        known: usize,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        let remembered = self.offset.cast_signed() - self.history.len().cast_signed() as i64;
        let from = start.max(remembered);
        let skipped = usize::try_from(from - start).unwrap_or(0);
        let again = part.bytes.get(skipped..known.min(part.bytes.len()));
        let first = usize::try_from(from - remembered).unwrap_or(0);
        let first = self.history.get(first..).unwrap_or_default();
        // A byte that asks whether the other side is there may be any (RFC 9293, section 3.8.4).
        let is_keep_alive =
            part.length == 1 && known == 1 && start + 1 == self.offset.cast_signed();
        if let Some(differs) = first_difference(first, again.unwrap_or_default())
            && !is_keep_alive
        {
            tell(Event::Conflict {
                offset: (from.unsigned_abs()) + differs as u64,
                origin: part.origin,
            });
        }
        if let Ok(offset) = u64::try_from(start) {
            tell(Event::Again {
                offset,
                length: known as u64,
                origin: part.origin,
            });
        }
    }

    /// Lets a part wait, as far as no earlier one has brought the same bytes.
    ///
    /// What waits is looked at piece by piece only as far as the part has bytes to compare: one of which the capture
    /// has few may cover thousands of pieces.
    fn keep(&mut self, part: &Part<'_>, start: u64, tell: &mut impl FnMut(Event<'_>)) {
        let end = start + u64::from(part.length);
        let mut from = start;
        while from < end {
            if let Some(known) = self.cover.end_around(from) {
                let until = end.min(known);
                self.compare_with_waiting(part, start, from..until, tell);
                tell(Event::Again {
                    offset: from,
                    length: until - from,
                    origin: part.origin,
                });
                from = until;
                continue;
            }
            let until = self
                .cover
                .next_start(from)
                .map_or(end, |next| next.min(end));
            let waiting = Waiting {
                bytes: part.bytes_at(start, from..until).to_vec(),
                length: until - from,
                origin: part.origin,
            };
            self.waiting_bytes += waiting.cost();
            self.waiting.insert(from, waiting);
            self.cover.add(from..until);
            from = until;
        }
    }

    /// Tells where a part that begins at `start` differs from what waits in this range.
    fn compare_with_waiting(
        &self,
        part: &Part<'_>,
        start: u64,
        range: Range<u64>,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        let end = range.end.min(start + part.bytes.len() as u64);
        let first = self.waiting.range(..=range.start).next_back();
        let first = first.map_or(range.start, |(at, _)| *at);
        if first >= end {
            return;
        }
        for (at, waiting) in self.waiting.range(first..end) {
            let both = range.start.max(*at)..end.min(at + waiting.length);
            let skipped = usize::try_from(both.start - at).unwrap_or(usize::MAX);
            let counts = waiting.bytes.get(skipped..).unwrap_or_default();
            let offset = both.start;
            if let Some(differs) = first_difference(counts, part.bytes_at(start, both)) {
                tell(Event::Conflict {
                    offset: offset + differs as u64,
                    origin: part.origin,
                });
            }
        }
    }

    /// Hands on what is in order now, or behind a hole that nobody fills.
    fn settle(&mut self, tell: &mut impl FnMut(Event<'_>)) {
        while let Some((&start, _)) = self.waiting.first_key_value()
            && !self.is_behind_end(start)
        {
            let is_passed = self.acknowledged > start;
            let is_too_much = self.waiting_bytes > self.bounds.waiting;
            if start > self.offset && !is_passed && !is_too_much {
                return;
            }
            self.pass_hole(start, tell);
            self.hand_on_waiting(tell);
        }
    }

    /// Whether a byte with so many before it is behind the end, as far as that was seen.
    fn is_behind_end(&self, place: u64) -> bool {
        self.length.is_some_and(|length| place >= length)
    }

    /// Gives up what is missing before `end`.
    fn pass_hole(&mut self, end: u64, tell: &mut impl FnMut(Event<'_>)) {
        let length = end.saturating_sub(self.offset);
        if length == 0 {
            return;
        }
        let why = if self.acknowledged >= end {
            Missing::NotCaptured
        } else if self.waiting_bytes > self.bounds.waiting {
            Missing::GivenUp
        } else {
            Missing::NeverCame
        };
        self.tell_gap(length, why, tell);
    }

    fn hand_on_waiting(&mut self, tell: &mut impl FnMut(Event<'_>)) {
        if let Some((_, waiting)) = self.waiting.pop_first() {
            self.waiting_bytes -= waiting.cost();
            self.cover.take_off_before(self.offset + waiting.length);
            self.hand_on(&waiting.bytes, waiting.length, waiting.origin, tell);
        }
    }

    /// Tells the bytes that were awaited.
    fn hand_on(
        &mut self,
        bytes: &[u8],
        length: u64,
        origin: Origin,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        if !bytes.is_empty() {
            tell(Event::Bytes {
                offset: self.offset,
                bytes,
                origin,
            });
            self.advance(bytes.len() as u64);
            self.remember(bytes);
        }
        let cut = length.saturating_sub(bytes.len() as u64);
        if cut > 0 {
            self.tell_gap(cut, Missing::CutByCapture, tell);
        }
    }

    fn tell_gap(&mut self, length: u64, why: Missing, tell: &mut impl FnMut(Event<'_>)) {
        tell(Event::Gap {
            offset: self.offset,
            length,
            why,
        });
        self.advance(length);
        self.history.clear();
    }

    fn advance(&mut self, length: u64) {
        self.offset += length;
        // The number goes round every 2^32 bytes.
        let round = u32::try_from(length & u64::from(u32::MAX)).unwrap_or_default();
        self.awaited = self.awaited.map(|awaited| awaited.plus(round));
    }

    fn remember(&mut self, bytes: &[u8]) {
        let most = self.bounds.history;
        let kept = bytes.len().saturating_sub(most);
        self.history
            .extend_from_slice(bytes.get(kept..).unwrap_or_default());
        // Seldom, since what is behind has to move.
        if self.history.len() > 2 * most {
            self.history.drain(..self.history.len() - most);
        }
    }
}

impl Part<'_> {
    /// Its bytes at these places of the stream, where it begins at `start`, as far as the capture has them.
    fn bytes_at(&self, start: u64, places: Range<u64>) -> &[u8] {
        let at = |place: u64| usize::try_from(place - start).unwrap_or(usize::MAX);
        let end = at(places.end).min(self.bytes.len());
        self.bytes.get(at(places.start)..end).unwrap_or_default()
    }
}

impl Waiting {
    /// What is left of it behind its first bytes.
    fn from(mut self, skipped: u64) -> Option<Self> {
        let bytes = usize::try_from(skipped).unwrap_or(usize::MAX);
        self.bytes.drain(..bytes.min(self.bytes.len()));
        self.length = self
            .length
            .checked_sub(skipped)
            .filter(|length| *length > 0)?;
        Some(self)
    }

    const fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

fn first_difference(first: &[u8], later: &[u8]) -> Option<usize> {
    let mut pairs = first.iter().zip(later);
    pairs.position(|(first, later)| first != later)
}

#[cfg(test)]
mod tests;
