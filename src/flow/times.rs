//! The time between frames.

use super::telling::Telling;
use crate::model::frame::Timestamp;
use crate::protocols::frame::{SINCE_FIRST, SINCE_PREVIOUS, SINCE_SHOWN};

/// Follows the times of the frames of a capture.
#[derive(Debug, Default)]
pub struct Times {
    first: Option<Timestamp>,
    previous: Option<Timestamp>,
    shown: Option<Timestamp>,
}

impl Times {
    /// What a frame's time means beside those before it.
    pub fn follow(&mut self, time: Timestamp, telling: &mut Telling<'_>) {
        let first = *self.first.get_or_insert(time);
        let previous = self.previous.replace(time).unwrap_or(time);
        let shown = self.shown.unwrap_or(time);
        telling.durations([
            (&SINCE_FIRST, time.since(first)),
            (&SINCE_PREVIOUS, time.since(previous)),
            (&SINCE_SHOWN, time.since(shown)),
        ]);
    }

    /// The frame of this time is shown: the distance of the next one counts from it.
    pub const fn is_shown(&mut self, time: Timestamp) {
        self.shown = Some(time);
    }
}
