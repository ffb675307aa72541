//! The types of values, and what can be done with each.

use crate::model::field::{FieldDef, Kind};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A number.
    Number,
    /// A number that is 0 or 1.
    Flag,
    /// A hardware address.
    Mac,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// The bytes of a protocol's header and of all that is inside it.
    Protocol,
    /// A moment.
    Time,
    /// A time between two moments.
    Duration,
    /// A heading has none.
    None,
}

impl Type {
    /// The type of a field's values.
    pub const fn of(definition: &FieldDef) -> Self {
        match definition.kind {
            Kind::Number(_) => Self::Number,
            Kind::Flag => Self::Flag,
            Kind::Mac => Self::Mac,
            Kind::Ipv4 => Self::Ipv4,
            Kind::Ipv6 => Self::Ipv6,
            Kind::Text | Kind::Domain | Kind::Spelled => Self::Text,
            Kind::Bytes => Self::Bytes,
            Kind::Time | Kind::Date => Self::Time,
            Kind::Duration => Self::Duration,
            Kind::Heading => Self::None,
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Flag => "a flag",
            Self::Mac => "a hardware address",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::Protocol => "a protocol",
            Self::Time => "a moment",
            Self::Duration => "a time",
            Self::None => "a heading without a value",
        }
    }

    /// Whether its values are bytes, so that they can be searched.
    pub const fn is_bytes(self) -> bool {
        matches!(self, Self::Mac | Self::Text | Self::Bytes | Self::Protocol)
    }

    /// Whether parts can be taken of it.
    pub const fn has_parts(self) -> bool {
        self.is_bytes() || matches!(self, Self::Ipv4 | Self::Ipv6)
    }

    /// Whether its values are numbers that can be calculated with.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Flag)
    }

    /// Whether values of both types can be compared.
    pub fn compares_with(self, other: Self) -> bool {
        self != Self::None
            && (self == other
                || (self.is_bytes() && other.is_bytes())
                || (self.is_number() && other.is_number()))
    }
}
