//! What can be asked of the cable: an action, and which frames it is for.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use super::super::settings::HostName;

/// One fault of the cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As it was written.
    pub(super) text: String,
    pub(super) action: Action,
}

impl Fault {
    /// Whether it is for frames that it names; what else there is holds for the whole cable or is left to chance.
    pub const fn names_frames(&self) -> bool {
        matches!(self.action, Action::To(..))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Something is done to some of the frames that the aim matches.
    To(Harmful, Which, Aim),
    /// Of the frames that the aim matches, some are lost, so many of a million.
    Loss(u32, Seed, Aim),
    /// The cable carries so many bits in a second, each way.
    Rate(NonZeroU64),
    /// The cable carries no packet of more bytes, and tells nobody.
    Mtu(u16),
}

/// What is done to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harmful {
    Drop,
    Delay(Duration),
    Duplicate,
    Swap,
    /// At this byte, or the last one.
    Corrupt(Option<usize>),
    /// The frame is lost, and every one after it, from whichever side.
    Cut,
}

/// Which of the frames that an aim matches, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Nth(NonZeroU64),
    Every(NonZeroU64),
    All,
}

impl Which {
    pub const FIRST: Self = Self::Nth(NonZeroU64::MIN);

    /// Whether the `count`-th frame that matches is one of them.
    pub const fn has(self, count: u64) -> bool {
        match self {
            Self::Nth(number) => count == number.get(),
            Self::Every(step) => count.is_multiple_of(step.get()),
            Self::All => true,
        }
    }
}

/// What decides which frames are lost: the same seed, the same losses.
pub(super) type Seed = u64;

/// Which frames are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aim {
    /// Those of this sender.
    pub from: Option<HostName>,
    /// Those that pass this display filter, which has been understood once.
    pub condition: Option<String>,
}
