//! Sequence numbers, which go round.

/// A TCP sequence number. One is before another when it is less than half the circle behind it (RFC 9293,
/// section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seq(pub u32);

impl Seq {
    /// The number this many bytes on.
    #[must_use]
    pub const fn plus(self, bytes: u32) -> Self {
        Self(self.0.wrapping_add(bytes))
    }

    /// The number before.
    #[must_use]
    pub const fn minus_one(self) -> Self {
        Self(self.0.wrapping_sub(1))
    }

    /// How many bytes on it is from an earlier one.
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    /// Whether it is before the other.
    pub const fn is_before(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }

    /// Whether it is the other, or before it.
    pub const fn is_at_most(self, other: Self) -> bool {
        !other.is_before(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Seq;

    #[test]
    fn numbers_go_round() {
        assert!(Seq(u32::MAX).is_before(Seq(0)));
        assert!(!Seq(0).is_before(Seq(u32::MAX)));
        assert_eq!(Seq(5).since(Seq(u32::MAX - 4)), 10);
        assert_eq!(Seq(u32::MAX).plus(2), Seq(1));
        assert!(Seq(7).is_at_most(Seq(7)) && !Seq(8).is_at_most(Seq(7)));
    }
}
