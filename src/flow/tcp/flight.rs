//! The bytes of one direction that fly: sent, and not yet acknowledged.

use super::analysis::{Findings, Repeat, Signs};
use super::outstanding::{Original, Outstanding};
use super::segment::Segment;
use super::sequence::Seq;
use super::side::Side;
use crate::model::fate::Arrival;

/// What one side has sent and is not acknowledged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// Its segments.
    pub outstanding: Outstanding,
    /// Whether its bytes in flight cannot be told: there was a gap, and the other side was not heard since.
    is_unknown: bool,
    /// Bytes since the last PSH, with the last segment.
    push_bytes: u32,
    /// Whether the last segment had PSH.
    pushed: bool,
}

/// What the segments in flight tell of one more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// The last frame that carried its bytes, where they come again.
    pub original: Option<Original>,
    /// The frame that acknowledged that one, and how it came.
    pub answer: Option<(u64, Arrival)>,
    /// For bytes that come again because no acknowledgment came: the frame that was sent first, and how many
    /// nanoseconds ago.
    pub timeout: Option<(u64, i64)>,
    /// It confirms the last byte of this frame, so many nanoseconds later.
    pub acknowledges: Option<(u64, i64)>,
    /// Of a keep-alive: whether the other side had no room, so that it asks for that.
    pub asks_for_room: bool,
    /// How many bytes are in flight with it.
    pub bytes_in_flight: Option<u32>,
    /// How many bytes since the last PSH, with it.
    pub push_bytes: Option<u32>,
}

impl Flight {
    /// Forgets them, and with them how many bytes fly.
    pub fn forget(&mut self) {
        if self.outstanding.len() > 0 {
            self.outstanding = Outstanding::default();
            self.is_unknown = true;
        }
    }

    /// Since when an acknowledgment was waited for: since the oldest that still waits, or the furthest.
    fn timeout(&self, segment: &Segment, repeat: Repeat) -> Option<(u64, i64)> {
        let Repeat::Timeout(furthest) = repeat else {
            return None;
        };
        let first = self.outstanding.oldest();
        let (frame, time) = first.map_or((furthest.frame, furthest.time), |first| {
            (first.frame, first.time)
        });
        Some((frame, segment.time.since(time)))
    }
}

impl Figures {
    /// A segment of which this was found flies, and confirms what flies the other way.
    pub fn of(sender: &mut Side, receiver: &mut Side, segment: &Segment, found: &Findings) -> Self {
        let (base, own) = (sender.base, &mut sender.story.flight);
        let asks_for_room = found.show(Signs::KEEP_ALIVE)
            && receiver.window.is_some_and(|window| window.field == 0);
        let acks = (receiver.last_ack, receiver.ack_frame);
        let other = &mut receiver.story.flight;
        if segment.flags.ack() {
            other.is_unknown = false;
        }
        own.is_unknown |= found.show(Signs::LOST_SEGMENT);
        let mut figures = Self {
            asks_for_room,
            ..Self::default()
        };
        if let Some(repeat) = found.repeat {
            figures.original = own.outstanding.last_with(segment.seq);
            figures.answer = figures
                .original
                .and_then(|original| answer(&original, acks));
            figures.timeout = own.timeout(segment, repeat);
        }
        if segment.takes_numbers() {
            own.outstanding.add(segment);
        }
        if let Some(confirmed) = other.outstanding.acknowledge(segment.ack, segment.arrival) {
            let after = segment.time.since(confirmed.time);
            figures.acknowledges = Some((confirmed.frame, after));
        }
        figures.count(own, segment, base, receiver.story.sacked);
        figures
    }

    fn count(
        &mut self,
        own: &mut Flight,
        segment: &Segment,
        base: Option<Seq>,
        arrived_beyond: u32,
    ) {
        if segment.length == 0 || own.is_unknown {
            return;
        }
        let Some(span) = base.and_then(|base| own.outstanding.span(base)) else {
            return;
        };
        let in_flight = span.wrapping_sub(arrived_beyond);
        // SYN and FIN take a number, but no byte flies.
        let takes_one = segment.flags.syn() || segment.flags.fin();
        let is_sane = (1..2_000_000_000).contains(&in_flight);
        self.bytes_in_flight =
            Some(in_flight.wrapping_sub(takes_one.into())).filter(|bytes| is_sane && *bytes > 0);
        own.push_bytes = if own.pushed {
            segment.length
        } else {
            own.push_bytes.wrapping_add(segment.length)
        };
        own.pushed = segment.flags.psh();
        self.push_bytes = Some(own.push_bytes);
    }
}

/// The frame that acknowledged what comes again, where the receiver's last acknowledgment number, which came first with
/// this frame, is of it.
fn answer(original: &Original, (last, frame): (Seq, u64)) -> Option<(u64, Arrival)> {
    let arrival = original.answer?;
    original.next.is_at_most(last).then_some((frame, arrival))
}
