//! The two sides of a connection.

use super::side::Side;
use crate::flow::endpoints::Way;

/// Both sides. Of one that was never heard, nothing is kept: a million SYNs that nobody answers are a million
/// sides, not two million.
#[derive(Debug)]
#[repr(C)] // As they.
pub struct Sides {
    /// Which way the first one sends.
    way: Way,
    /// The other one, as soon as there is something to remember of it.
    second: Option<Box<Side>>,
    /// Who sent the first segment.
    first: Side,
}

impl Sides {
    /// Nothing is known yet; the first segment goes this way.
    pub fn begin(way: Way) -> Self {
        Self {
            way,
            second: None,
            first: Side::default(),
        }
    }

    /// How many segments wait for an acknowledgment.
    pub fn outstanding(&self) -> usize {
        let second = self.second.as_ref();
        let of = |side: &Side| side.story.flight.outstanding.len();
        of(&self.first) + second.map_or(0, |second| of(second))
    }

    /// Forgets them, and with them how many bytes fly.
    pub fn forget_outstanding(&mut self) {
        for side in [Some(&mut self.first), self.second.as_deref_mut()]
            .into_iter()
            .flatten()
        {
            side.story.flight.forget();
        }
    }

    /// Who sends this way, where something is remembered of it.
    pub fn sender(&self, way: Way) -> Option<&Side> {
        if way == self.way {
            Some(&self.first)
        } else {
            self.second.as_deref()
        }
    }

    /// As [`Sides::sender`], to be changed.
    pub fn sender_mut(&mut self, way: Way) -> Option<&mut Side> {
        if way == self.way {
            Some(&mut self.first)
        } else {
            self.second.as_deref_mut()
        }
    }

    /// Lends the sender and the receiver of what goes this way.
    pub fn lend<T>(&mut self, way: Way, act: impl FnOnce(&mut Side, &mut Side) -> T) -> T {
        let is_first = way == self.way;
        let with = |first, second| {
            if is_first {
                act(first, second)
            } else {
                act(second, first)
            }
        };
        if let Some(second) = &mut self.second {
            return with(&mut self.first, second);
        }
        let mut second = Side::default();
        let result = with(&mut self.first, &mut second);
        if second != Side::default() {
            self.second = Some(Box::new(second));
        }
        result
    }
}
