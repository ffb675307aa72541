//! How what was found is told: as fields of the frame that were not on the wire.

use crate::model::field::{Field, FieldDef, Origin};
use crate::model::layer::Followed;
use crate::model::needs::Past;

/// Collects what is known of one frame from those before it, in the order in which it is shown.
#[derive(Debug)]
pub struct Telling<'a> {
    followed: &'a mut Vec<Followed>,
    past: Past,
    layer: usize,
    depth: u8,
}

impl<'a> Telling<'a> {
    /// Tells so much into this list, of the frame itself until a layer is named.
    pub const fn new(followed: &'a mut Vec<Followed>, past: Past) -> Self {
        Self {
            followed,
            past,
            layer: 0,
            depth: 0,
        }
    }

    /// Whether more than the marks is asked for.
    pub fn is_everything(&self) -> bool {
        self.past >= Past::Everything
    }

    /// What follows is about this layer.
    pub const fn of_layer(&mut self, index: usize) {
        self.layer = index;
    }

    /// A number.
    pub fn number(&mut self, definition: &'static FieldDef, value: u64) {
        self.followed.push(self.found(definition, value));
    }

    /// A time, in nanoseconds.
    pub fn duration(&mut self, definition: &'static FieldDef, nanoseconds: i64) {
        self.number(definition, nanoseconds.cast_unsigned());
    }

    /// Several times, in nanoseconds.
    pub fn durations<const N: usize>(&mut self, told: [(&'static FieldDef, i64); N]) {
        let told = told.map(|(definition, time)| self.found(definition, time.cast_unsigned()));
        self.followed.extend(told);
    }

    const fn found(&self, definition: &'static FieldDef, value: u64) -> Followed {
        let field = Field {
            definition,
            origin: Origin::Derived(value),
            depth: self.depth,
        };
        Followed {
            layer: self.layer,
            field,
        }
    }

    /// A number, where there is one.
    pub fn number_if_any(&mut self, definition: &'static FieldDef, value: Option<u64>) {
        if let Some(value) = value {
            self.number(definition, value);
        }
    }

    /// A mark that has no value, where it holds.
    pub fn mark_if(&mut self, definition: &'static FieldDef, holds: bool) {
        if holds {
            self.number(definition, 0);
        }
    }

    /// What `tell` tells, one deeper below a heading; without anything to tell, no heading either.
    pub fn under(&mut self, heading: &'static FieldDef, tell: impl FnOnce(&mut Self)) {
        self.number(heading, 0);
        let before = self.followed.len();
        self.depth += 1;
        tell(self);
        self.depth -= 1;
        if self.followed.len() == before {
            self.followed.pop();
        }
    }
}
