//! What is to be done with an exchange: which of its frames are shown and written, and how, and what is told beside
//! them.

use super::drops::Drops;
use super::key_log::WatchedKeyLog;
use super::output::Screen;
use super::recording::WriteArgs;
use super::sieve::Sieve;
use super::view::ViewArgs;
use crate::capture::Interface;
use crate::lab::{Fault, Launch};
use crate::render::exchange::Lanes;
use crate::render::sequence::Names;

/// What is to be done with an exchange.
pub struct Watch<'a> {
    /// Where it is shown.
    pub screen: Screen,
    /// Which frames are shown and written.
    pub sieve: Sieve,
    /// How frames are shown; without a choice, as an exchange for people.
    pub view: &'a ViewArgs,
    /// The one frame that is wanted, where only one is.
    pub frame: Option<u64>,
    /// Where they are written.
    pub write: &'a WriteArgs,
    /// The interfaces of the recording, in the order of their numbers in it.
    pub interfaces: Vec<Interface>,
    /// Names of hosts.
    pub names: Names,
    /// Between whom frames go.
    pub lanes: Lanes,
    /// When lines of the programs are shown.
    pub lines: Lines,
    /// Whether the kernel's count of dropped frames is told even when there are none.
    pub drops: Drops,
    /// Whether the programs' system calls are told with the frames.
    pub calls: Calls,
    /// The faults of the cable.
    pub faults: &'a [Fault],
    /// The key log that the programs write, where they may.
    pub key_log: Option<WatchedKeyLog>,
}

/// Whether the programs' system calls are told with the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// They are, and all is told at the end.
    Told,
    /// They are not, and each frame is told at once.
    LeftOut,
}

impl Calls {
    /// A program to start, followed where its calls are told.
    pub fn of(self, launch: Launch) -> Launch {
        match self {
            Self::Told => launch.with_calls(),
            Self::LeftOut => launch,
        }
    }
}

/// What is shown to people after the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// The first message through the seven layers.
    OfFirstMessage,
    /// Nothing.
    None,
}

/// When lines of the programs are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// As they come.
    AtOnce,
    /// Between the frames, in the order of time; none is kept beyond a prompt.
    InOrder,
    /// After the frames.
    Afterwards,
}
