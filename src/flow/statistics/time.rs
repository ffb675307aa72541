//! How many frames there were in each interval of time.

use std::time::Duration;

use super::Count;

/// How many intervals are told apart; a single frame with a wrong time could else ask for any number.
pub const MAX_INTERVALS: usize = 100_000;

/// Frames and bytes per interval, counted from the first frame of the capture.
#[derive(Debug)]
pub struct Intervals {
    /// Nanoseconds; at least 1.
    length: u64,
    counts: Vec<Count>,
    others: Count,
}

impl Intervals {
    /// Intervals of this length.
    pub fn new(length: Duration) -> Self {
        Self {
            length: u64::try_from(length.as_nanos()).unwrap_or(u64::MAX).max(1),
            counts: Vec::new(),
            others: Count::default(),
        }
    }

    /// Counts a frame of so many bytes on the wire, seen so many nanoseconds after the first. One that claims to be earlier than the first is in the first interval.
    pub fn add(&mut self, wire_length: u32, since_first: i64) {
        let since = u64::try_from(since_first).unwrap_or(0);
        let place = usize::try_from(since / self.length)
            .ok()
            .filter(|index| *index < MAX_INTERVALS);
        let Some(index) = place else {
            self.others.add(wire_length);
            return;
        };
        if index >= self.counts.len() {
            self.counts.resize(index + 1, Count::default());
        }
        if let Some(count) = self.counts.get_mut(index) {
            count.add(wire_length);
        }
    }

    /// Each interval's beginning and end in nanoseconds since the first frame, and what was in it.
    pub fn list(&self) -> impl Iterator<Item = (i64, i64, Count)> {
        let at = |index: u64| i64::try_from(index.saturating_mul(self.length)).unwrap_or(i64::MAX);
        (0..)
            .zip(&self.counts)
            .map(move |(index, count)| (at(index), at(index + 1), *count))
    }

    /// The frames after the last interval that is told.
    pub const fn others(&self) -> Count {
        self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(length: Duration, seconds: &[i64]) -> Intervals {
        let mut intervals = Intervals::new(length);
        for second in seconds {
            intervals.add(60, second * 1_000_000_000);
        }
        intervals
    }

    #[test]
    fn an_interval_without_frames_is_told_too() {
        let intervals = intervals(Duration::from_secs(1), &[0, 0, 2]);
        let frames: Vec<u64> = intervals.list().map(|(_, _, c)| c.frames).collect();
        assert_eq!(frames, [2, 0, 1]);
    }

    #[test]
    fn a_wrong_time_far_away_does_not_ask_for_memory() {
        let intervals = intervals(Duration::from_nanos(1), &[0, 9]);
        assert_eq!(intervals.list().count(), 1);
        assert_eq!(intervals.others().frames, 1);
    }
}
