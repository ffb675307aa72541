//! Everything that is followed through a capture, behind one door.

use super::tcp::Connections;
use super::telling::Telling;
use super::times::Times;
use super::udp::Dialogues;
use crate::model::frame::Timestamp;
use crate::model::layer::{Decoded, Followed};
use crate::model::needs::Past;

/// Follows a capture frame by frame; it must see them all, in their order.
#[derive(Debug, Default)]
pub struct Flows {
    times: Times,
    connections: Connections,
    dialogues: Dialogues,
    followed: Vec<Followed>,
}

impl Flows {
    /// Takes in the next frame: what it means beside those before it, as much of it as `past` asks for, which
    /// is the same for every frame of a capture.
    pub fn follow(&mut self, decoded: &Decoded<'_>, past: Past) -> &[Followed] {
        self.followed.clear();
        let mut telling = Telling::new(&mut self.followed, past);
        if past >= Past::Times {
            self.times.follow(decoded.frame.time, &mut telling);
        }
        if past >= Past::Marks {
            self.connections.follow(decoded, &mut telling);
        }
        if past >= Past::Everything {
            self.dialogues.follow(decoded, &mut telling);
        }
        &self.followed
    }

    /// What was told of the last frame.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// The frame of this time is shown: the distance of the next one that is shown counts from it.
    pub const fn is_shown(&mut self, time: Timestamp) {
        self.times.is_shown(time);
    }

    /// How many conversations were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.connections.forgotten() + self.dialogues.forgotten()
    }
}
