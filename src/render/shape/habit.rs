//! A habit: whether the values of a field come again, so that their text is worth remembering.

use crate::model::field::{Field, Kind, Origin, Symbols};

/// How the values of a field come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It has few, and so have it and its neighbours together.
    Steady,
    /// It has some that come again, each beside many of its neighbours.
    Alone,
    /// Nearly each time another; always one, of whole bytes.
    New,
}

impl Habit {
    pub(super) fn of(field: &Field) -> Self {
        let definition = field.definition;
        let length = match field.origin {
            Origin::Bits { length, .. } => length,
            Origin::Derived(_) | Origin::Comment { .. } => u64::BITS,
        };
        let has_whole_bytes = match field.origin {
            Origin::Bits { start, length, .. } => start % 8 == 0 && length % 8 == 0,
            Origin::Derived(_) | Origin::Comment { .. } => true,
        };
        let has_names = !matches!(definition.symbols, Symbols::None) || definition.scale > 1;
        let is_one = has_whole_bytes && length <= u64::BITS;
        match definition.kind {
            Kind::Flag | Kind::Heading | Kind::Mac => Self::Steady,
            Kind::Number(_) if length < 16 || has_names => Self::Steady,
            Kind::Bytes | Kind::Text | Kind::Spelled if length <= 32 => Self::Steady,
            // However short a name is, its text depends on more bytes than its own.
            Kind::Bytes | Kind::Text | Kind::Spelled | Kind::Domain => Self::New,
            Kind::Ipv4 if length == 32 => Self::New,
            Kind::Ipv6 if length == 128 => Self::New,
            Kind::Number(_) | Kind::Time | Kind::Duration if is_one => Self::New,
            Kind::Number(_)
            | Kind::Time
            | Kind::Date
            | Kind::Duration
            | Kind::Ipv4
            | Kind::Ipv6 => Self::Alone,
        }
    }
}
