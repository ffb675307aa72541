//! Frames on their way: from where they come into the cable until they are handed over.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::super::settings::HostName;
use super::super::wire::RecordedFrame;
use super::engine::{Engine, Passage};
use super::spec::Fault;
use crate::model::fate::{Fate, Harm};
use crate::model::frame::Timestamp;

/// The frames between the ends of the cable.
pub struct Transit {
    engine: Engine,
    underway: BinaryHeap<Reverse<Parcel>>,
    underway_bytes: usize,
    /// How many parcels there have been.
    parcels: u64,
    /// Frames that let the next one of their sender pass; at most one of each.
    held: Vec<Held>,
    /// Frames to be told of, in the order in which they came.
    untold: VecDeque<RecordedFrame>,
}

/// What is handed over, and when; in this order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parcel {
    due: Timestamp,
    /// Equal times are handed over in the order of their coming.
    order: u64,
    /// The number of the frame.
    pub number: u64,
    /// The port at which it came in.
    pub from: usize,
    /// The frame as it is on the cable.
    pub bytes: Vec<u8>,
}

struct Held {
    number: u64,
    from: Option<HostName>,
    passage: Passage,
    /// The fault that holds it.
    fault: usize,
    until: Timestamp,
}

/// How long a frame waits for one that it can be swapped with.
const SWAP_PATIENCE: Duration = Duration::from_secs(1);

/// How many bytes of frames may be underway; what comes then is lost.
const ROOM: usize = 32 << 20;

impl Transit {
    pub fn new(faults: &[Fault]) -> Self {
        Self {
            engine: Engine::new(faults),
            underway: BinaryHeap::new(),
            underway_bytes: 0,
            parcels: 0,
            held: Vec::new(),
            untold: VecDeque::new(),
        }
    }

    /// Lets every fault count from the beginning again.
    pub fn arm_anew(&mut self) {
        self.engine.arm_anew();
    }

    /// Takes a frame that has just come in.
    pub fn enter(&mut self, mut frame: RecordedFrame) {
        let mut passage = self.engine.judge(&mut frame);
        if !passage.is_lost && self.underway_bytes > ROOM {
            lose_for_want_of_room(&mut frame);
            passage.is_lost = true;
        }
        let waiting = self.held.iter().position(|held| held.from == frame.from);
        match (waiting, passage.swap) {
            (None, Some(fault)) if !passage.is_lost => {
                self.held.push(Held {
                    number: frame.number,
                    from: frame.from,
                    passage,
                    fault,
                    until: later(frame.time, SWAP_PATIENCE),
                });
                self.untold.push_back(frame);
            }
            _ => {
                let time = frame.time;
                if !passage.is_lost {
                    self.send(&frame, passage, time);
                }
                self.untold.push_back(frame);
                if let Some(waiting) = waiting {
                    let due = later(time, passage.delay);
                    self.release(waiting, Fate::Swapped, due);
                }
            }
        }
    }

    /// The next frame that is to be handed over by now.
    pub fn next_due(&mut self, now: Timestamp) -> Option<Parcel> {
        while let Some(index) = self.held.iter().position(|held| held.until <= now) {
            let waited = u64::try_from(SWAP_PATIENCE.as_nanos()).unwrap_or(u64::MAX);
            self.release(index, Fate::Delayed(waited), now);
        }
        if self.underway.peek()?.0.due > now {
            return None;
        }
        let Reverse(parcel) = self.underway.pop()?;
        self.underway_bytes -= parcel.bytes.len();
        Some(parcel)
    }

    /// When something is to be done next, if no frame comes before.
    pub fn due(&self) -> Option<Timestamp> {
        let parcel = self.underway.peek().map(|Reverse(parcel)| parcel.due);
        let held = self.held.iter().map(|held| held.until);
        held.chain(parcel).min()
    }

    /// Notes in a frame that it has been delivered; `false` when that one has been told of before.
    pub fn note_delivery(&mut self, number: u64) -> bool {
        let place = self.untold.binary_search_by_key(&number, |f| f.number);
        let untold = place.ok().and_then(|place| self.untold.get_mut(place));
        untold.map(|frame| frame.deliveries += 1).is_some()
    }

    /// The next frame that waits for no other one, in the order of their coming; it may be on its way still.
    pub fn next_told(&mut self) -> Option<RecordedFrame> {
        let next = self.untold.front()?;
        if self.held.iter().any(|held| held.number == next.number) {
            return None;
        }
        self.untold.pop_front()
    }

    /// Lets go of every frame that waits for another one.
    pub fn give_up(&mut self, now: Timestamp) {
        while let Some(held) = self.held.first() {
            let since = Duration::from_nanos(held.until.nanoseconds().abs_diff(now.nanoseconds()));
            let waited = SWAP_PATIENCE.saturating_sub(since);
            let waited = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
            self.release(0, Fate::Delayed(waited), now);
        }
    }

    /// Sends a frame on that has waited.
    fn release(&mut self, index: usize, fate: Fate, due: Timestamp) {
        let held = self.held.remove(index);
        let Some(place) = self.untold.iter().position(|f| f.number == held.number) else {
            return;
        };
        let Some(mut frame) = self.untold.remove(place) else {
            return;
        };
        self.engine.note(held.fault, Some(fate), &mut frame);
        self.send(&frame, held.passage, due);
        self.untold.insert(place, frame);
    }

    fn send(&mut self, frame: &RecordedFrame, passage: Passage, from: Timestamp) {
        for _ in 0..passage.copies {
            self.parcels += 1;
            self.underway_bytes += frame.bytes.len();
            self.underway.push(Reverse(Parcel {
                due: later(from, passage.delay),
                order: self.parcels,
                number: frame.number,
                from: frame.interface as usize,
                bytes: frame.bytes.clone(),
            }));
        }
    }
}

/// More is underway than the cable holds: the delay that brought it about has cost this frame.
fn lose_for_want_of_room(frame: &mut RecordedFrame) {
    let fault = frame.frame().harms().next().map_or("", |harm| harm.fault);
    let lost = Harm {
        fate: Fate::Lost,
        fault,
    };
    frame.comment = Some(lost.to_string());
}

fn later(time: Timestamp, delay: Duration) -> Timestamp {
    let delay = i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX);
    Timestamp::from_nanoseconds(time.nanoseconds().saturating_add(delay))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::ChecksumOffload;

    fn transit(fault: &str) -> Transit {
        let fault = Fault::parse(fault, &[HostName::CLIENT]).unwrap_or_else(|e| panic!("{e}"));
        Transit::new(&[fault])
    }

    fn frame(number: u64) -> RecordedFrame {
        RecordedFrame {
            number,
            time: Timestamp::from_nanoseconds(0),
            from: Some(HostName::CLIENT),
            interface: 1,
            direction: None,
            checksum_offload: ChecksumOffload::default(),
            deliveries: 0,
            comment: None,
            bytes: vec![0; 60],
        }
    }

    #[test]
    fn what_is_delivered_at_once_is_told_with_the_frame() {
        let mut transit = transit("duplicate");
        transit.enter(frame(1));
        while let Some(parcel) = transit.next_due(Timestamp::from_nanoseconds(0)) {
            assert!(transit.note_delivery(parcel.number));
        }
        assert_eq!(transit.next_told().map(|frame| frame.deliveries), Some(2));
    }

    #[test]
    fn a_delayed_frame_is_told_of_at_once_as_one_that_is_not_delivered() {
        let mut transit = transit("delay 5s all");
        transit.enter(frame(1));
        assert_eq!(transit.next_due(Timestamp::from_nanoseconds(0)), None);
        assert_eq!(transit.next_told().map(|frame| frame.deliveries), Some(0));
        let parcel = transit.next_due(Timestamp::from_nanoseconds(5_000_000_000));
        assert_eq!(parcel.map(|parcel| parcel.number), Some(1));
        assert!(!transit.note_delivery(1), "to be told of by itself");
    }
}
