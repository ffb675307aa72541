//! Everything that is followed through a capture, behind one door.

use super::tcp::Connections;
use super::telling::Telling;
use super::times::Times;
use super::udp::Dialogues;
use crate::model::layer::{Decoded, Followed};

/// Follows a capture frame by frame; it must see them all, in their order.
#[derive(Debug, Default)]
pub struct Flows {
    times: Times,
    connections: Connections,
    dialogues: Dialogues,
    followed: Vec<Followed>,
}

impl Flows {
    /// What the next frame means beside those before it, and whether it is shown, which `is_shown` decides
    /// with that knowledge.
    pub fn follow(
        &mut self,
        decoded: &Decoded<'_>,
        is_shown: impl FnOnce(&[Followed]) -> bool,
    ) -> (bool, &[Followed]) {
        self.followed.clear();
        let mut telling = Telling::new(&mut self.followed);
        self.times.follow(decoded.frame.time, &mut telling);
        self.connections.follow(decoded, &mut telling);
        self.dialogues.follow(decoded, &mut telling);
        let is_shown = is_shown(&self.followed);
        if is_shown {
            self.times.is_shown(decoded.frame.time);
        }
        (is_shown, &self.followed)
    }

    /// How many conversations were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.connections.forgotten() + self.dialogues.forgotten()
    }
}
