//! Segments that are sent and not yet acknowledged.

use std::slice;

use super::segment::Segment;
use super::sequence::Seq;
use crate::model::fate::Arrival;
use crate::model::frame::Timestamp;

/// How many are remembered for one direction; further ones are not timed.
pub const MOST_TIMED: usize = 10_000;

/// The segments of one direction that wait for an acknowledgment, the oldest first. Those whose acknowledgment the
/// lab's cable has lost stay beside them until one that arrives covers them, since they come again; and where none
/// waits, the last that did stays: nobody knows of another cable what it has lost.
#[derive(Debug, PartialEq, Eq)]
pub enum Outstanding {
    /// Most sides wait for one at a time: it has its place here.
    One(Waiting),
    /// None, one or several.
    Several(Vec<Waiting>),
}

impl Default for Outstanding {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// A segment that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))] // Two of them are kept for every connection that there is.
pub struct Waiting {
    frame: u64,
    time: Timestamp,
    seq: Seq,
    next: Seq,
    /// A SYN without ACK.
    is_question: bool,
    arrival: Arrival,
    /// How the acknowledgment of it came; `None` while it waits.
    answer: Option<Arrival>,
}

/// Room for more is made when more is sent, and not kept.
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
    /// Whether it was a SYN without ACK.
    pub is_question: bool,
    /// How it came to the other side.
    pub arrival: Arrival,
    /// How the acknowledgment of it came, where there was one.
    pub answer: Option<Arrival>,
    /// The number behind it.
    pub next: Seq,
}

impl Outstanding {
    /// How many are remembered, beside the last that was answered.
    pub fn len(&self) -> usize {
        match self.segments() {
            [last] if last.answer.is_some() => 0,
            segments => segments.len(),
        }
    }

    /// One more is sent.
    pub fn add(&mut self, segment: &Segment) {
        let waiting = Waiting {
            frame: segment.frame,
            time: segment.time,
            seq: segment.seq,
            next: segment.next_seq(),
            is_question: segment.flags.ask_to_open(),
            arrival: segment.arrival,
            answer: None,
        };
        if self.waiting().next().is_none() {
            self.forget_answered();
        }
        match self {
            Self::One(first) => *self = Self::Several(vec![*first, waiting]),
            Self::Several(none) if none.capacity() == 0 => *self = Self::One(waiting),
            Self::Several(segments) if segments.len() < MOST_TIMED => segments.push(waiting),
            Self::Several(_) => {}
        }
    }

    /// What the acknowledgment number covers is no longer waited for: the segment that it confirms to the
    /// last byte, of several the oldest. `answer` is how the acknowledgment came.
    pub fn acknowledge(&mut self, ack: Seq, answer: Arrival) -> Option<Confirmed> {
        let last = Waiting {
            answer: Some(answer),
            ..*self.waiting().next_back()?
        };
        let mut confirmed = None;
        let mut stays = |waiting: &mut Waiting| {
            let (seq, next) = (waiting.seq, waiting.next);
            if ack.is_before(next) {
                if seq.is_before(ack) {
                    waiting.seq = ack;
                }
                return true;
            }
            if waiting.answer.is_none() && ack == next {
                confirmed.get_or_insert(Confirmed {
                    frame: waiting.frame,
                    time: waiting.time,
                });
            }
            waiting.answer = Some(answer);
            answer != Arrival::AsSent
        };
        match self {
            Self::One(first) => {
                stays(first);
            }
            Self::Several(segments) => {
                segments.retain_mut(stays);
                if segments.is_empty() && segments.capacity() > KEPT {
                    *self = Self::One(last);
                } else if segments.is_empty() {
                    segments.push(last);
                }
            }
        }
        confirmed
    }

    /// Those that wait, and those that may come again though they do not.
    fn segments(&self) -> &[Waiting] {
        match self {
            Self::One(first) => slice::from_ref(first),
            Self::Several(segments) => segments,
        }
    }

    fn waiting(&self) -> impl DoubleEndedIterator<Item = &Waiting> {
        self.segments()
            .iter()
            .filter(|segment| segment.answer.is_none())
    }

    /// Forgets those of which the sender has heard that they arrived.
    fn forget_answered(&mut self) {
        let is_known = |segment: &Waiting| segment.answer == Some(Arrival::AsSent);
        match self {
            Self::One(last) if is_known(last) => *self = Self::default(),
            Self::One(_) => {}
            Self::Several(segments) => segments.retain(|segment| !is_known(segment)),
        }
    }

    /// The segment that has waited longest.
    pub fn oldest(&self) -> Option<Confirmed> {
        let oldest = self.waiting().next()?;
        Some(Confirmed {
            frame: oldest.frame,
            time: oldest.time,
        })
    }

    /// The last segment that carried this number, as far as it is remembered.
    pub fn last_with(&self, seq: Seq) -> Option<Original> {
        let mut latest_first = self.segments().iter().rev();
        let found = latest_first.find(|waiting| {
            let (first, next) = (waiting.seq, waiting.next);
            first.is_at_most(seq) && seq.is_before(next)
        })?;
        Some(Original {
            frame: found.frame,
            time: found.time,
            is_question: found.is_question,
            arrival: found.arrival,
            answer: found.answer,
            next: found.next,
        })
    }

    /// From the first to the last number that is waited for, counted from `base`; `None` when nothing is.
    pub fn span(&self, base: Seq) -> Option<u32> {
        let numbers = self.waiting().map(|waiting| {
            let (seq, next) = (waiting.seq, waiting.next);
            (seq.since(base), next.since(base))
        });
        let (first, last) =
            numbers.reduce(|(first, last), (seq, next)| (first.min(seq), last.max(next)))?;
        Some(last.wrapping_sub(first))
    }
}
