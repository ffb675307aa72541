//! Whose turn it is in a conversation, and how often each side has spoken.

use super::endpoints::Role;
use super::telling::Telling;
use crate::protocols::dialogue::Fields;

/// The turns of a conversation so far. A turn is all that one side says until the other speaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turns {
    speaker: Option<Role>,
    of_client: u32,
    of_server: u32,
}

impl Turns {
    /// This side says something; whether a new turn begins with it.
    pub fn speaks(&mut self, by: Role) -> bool {
        if self.speaker.replace(by) == Some(by) {
            return false;
        }
        let turns = match by {
            Role::Client => &mut self.of_client,
            Role::Server => &mut self.of_server,
        };
        *turns = turns.saturating_add(1);
        true
    }

    /// Who spoke last, if anybody has.
    pub const fn speaker(&self) -> Option<Role> {
        self.speaker
    }

    /// The number of the present turn, from 1; 0 while nobody has spoken.
    pub const fn number(&self) -> u32 {
        self.of_client.saturating_add(self.of_server)
    }

    /// Tells of a frame in which this side speaks.
    pub fn tell(&self, by: Role, fields: &Fields, telling: &mut Telling<'_>) {
        telling.number(fields.turn, self.number().into());
        telling.number(fields.speaker, u64::from(by == Role::Server));
        telling.number(fields.answers, self.of(by.other()).into());
    }

    /// How many turns a side has had.
    pub const fn of(&self, role: Role) -> u32 {
        match role {
            Role::Client => self.of_client,
            Role::Server => self.of_server,
        }
    }
}
