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

use crate::model::layer::Decoded;
use crate::protocols::frame::SINCE_FIRST;

/// How many frames, and how many bytes they had on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Frames.
    pub frames: u64,
    /// Bytes on the wire.
    pub bytes: u64,
}

impl Count {
    /// Counts one more frame.
    pub fn add(&mut self, decoded: &Decoded<'_>) {
        self.frames += 1;
        self.bytes += u64::from(decoded.frame.wire_length);
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

/// Nanoseconds since the first frame of the capture; 0 where nobody followed the times.
fn since_first(decoded: &Decoded<'_>) -> i64 {
    decoded
        .followed_number(&SINCE_FIRST)
        .unwrap_or(0)
        .cast_signed()
}

#[cfg(test)]
mod testing;
