//! Figures over many frames: who sent how much to whom, by which protocol, when, and how long the frames were.
//!
//! Each file holds one accumulator. It is fed with one walked frame after the other, and what it keeps is
//! bounded: frames for which there is no place left are counted apart.

pub mod bounded;
pub mod connections;
pub mod conversations;
pub mod endpoints;
pub mod hierarchy;
pub mod lengths;
pub mod peers;
pub mod time;

use crate::model::frame::Timestamp;

/// How many frames, and how many bytes they had on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Frames.
    pub frames: u64,
    /// Bytes on the wire.
    pub bytes: u64,
}

impl Count {
    /// Counts one more frame, of so many bytes on the wire.
    pub fn add(&mut self, wire_length: u32) {
        self.frames += 1;
        self.bytes += u64::from(wire_length);
    }

    /// This and another together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            frames: self.frames + other.frames,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// Tells how long after the first frame of a capture another one was seen; it must see them all.
#[derive(Debug, Default)]
pub struct Clock {
    first: Option<Timestamp>,
}

impl Clock {
    /// Nanoseconds since the first frame.
    pub fn since_first(&mut self, time: Timestamp) -> i64 {
        time.since(*self.first.get_or_insert(time))
    }
}

#[cfg(test)]
mod testing;
