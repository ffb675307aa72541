//! The time between frames.

use crate::model::field::{Field, FieldDef, Origin};
use crate::model::frame::{Frame, Timestamp};
use crate::model::layer::Followed;
use crate::protocols::frame::{SINCE_FIRST, SINCE_PREVIOUS, SINCE_SHOWN};

/// Follows the times of the frames of a capture.
#[derive(Debug, Default)]
pub struct Times {
    first: Option<Timestamp>,
    previous: Option<Timestamp>,
    shown: Option<Timestamp>,
    followed: Vec<Followed>,
}

impl Times {
    /// What a frame's time means beside those before it, and whether it is shown: the distance of the next
    /// one then counts from it too.
    pub fn follow(
        &mut self,
        frame: &Frame<'_>,
        is_shown: impl FnOnce(&[Followed]) -> bool,
    ) -> (bool, &[Followed]) {
        let first = *self.first.get_or_insert(frame.time);
        let previous = self.previous.replace(frame.time).unwrap_or(frame.time);
        let shown = self.shown.unwrap_or(frame.time);
        self.followed.clear();
        self.followed.extend([
            since(&SINCE_FIRST, first, frame.time),
            since(&SINCE_PREVIOUS, previous, frame.time),
            since(&SINCE_SHOWN, shown, frame.time),
        ]);
        let is_shown = is_shown(&self.followed);
        if is_shown {
            self.shown = Some(frame.time);
        }
        (is_shown, &self.followed)
    }
}

const fn since(definition: &'static FieldDef, earlier: Timestamp, time: Timestamp) -> Followed {
    Followed {
        layer: 0,
        field: Field {
            definition,
            origin: Origin::Derived(time.since(earlier).cast_unsigned()),
            depth: 0,
        },
    }
}
