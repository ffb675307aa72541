//! Waiting on a stage: until somebody is ready, until the cable is quiet, until nobody has more to do.

use std::time::{Duration, Instant};

use super::super::acts::Ready;
use super::super::error::CliError;
use super::Stage;
use crate::lab::Program;

/// The cable has nothing more to say when it has said nothing for so long: many times what a local
/// exchange takes, and less than the 40 ms of a delayed ACK, which carries no news.
pub(super) const QUIET: Duration = Duration::from_millis(10);

/// How long to wait for something before looking at the cable or the keyboard again.
pub(super) const GLANCE: Duration = Duration::from_millis(2);

/// A server that has waited in the same calls for so long has nothing to do.
const REST: Duration = Duration::from_millis(20);

/// A server that has received 0 so often, and done nothing else, will do so for ever.
const CIRCLES: u32 = 100;

/// How long a server may work on after the client has gone.
const LONGEST_WORK: Duration = Duration::from_secs(1);

/// The same where nobody sees what it does: it may have something left to print.
const LONGEST_UNSEEN: Duration = Duration::from_millis(300);

/// How long to wait for a sign of life of a program that need not be a server.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// How long the others may be silent after the client has gone before they are ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Stage<'_> {
    /// Waits until the program that was started last is ready.
    pub(super) fn wait_until_ready(&mut self, ready: Ready) -> Result<(), CliError> {
        let Some(index) = self.cast.len().checked_sub(1) else {
            return Ok(());
        };
        let host = self.cast[index].host.in_a_sentence();
        let until = format!("{host} listens");
        match ready {
            Ready::FirstLine => self.wait_until(&until, |stage| {
                let actor = &stage.cast[index];
                actor.has_ended() || actor.lines > 0
            })?,
            Ready::Socket => self.wait_until(&until, |stage| {
                let actor = &stage.cast[index];
                actor.has_ended() || actor.serves()
            })?,
            Ready::Heard => {
                let (frames, deadline) = (self.frames, Instant::now() + SIGN_OF_LIFE);
                let is_silent = |stage: &Self| {
                    let actor = &stage.cast[index];
                    !actor.has_ended() && !actor.serves() && stage.frames == frames
                };
                while is_silent(self) && Instant::now() < deadline {
                    self.watch_for(GLANCE)?;
                }
            }
            Ready::After(time) => self.watch_for(time)?,
        }
        if self.cast[index].has_ended() && matches!(ready, Ready::FirstLine | Ready::Socket) {
            return Err(self.broken(&format!("{host} ended before it listened")));
        }
        Ok(())
    }

    pub(super) fn wait_until(
        &mut self,
        what: &str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), CliError> {
        let deadline = self.deadline();
        while !done(self) {
            if Instant::now() > deadline {
                let time = self.patience.as_secs_f32();
                let given = self.end.map_or("for it", |_| "for the whole exchange");
                return Err(self.broken(&format!(
                    "waited until {what}, in vain: the {time} s {given} are over"
                )));
            }
            self.watch_for(GLANCE)?;
        }
        Ok(())
    }

    /// Waits until the client has connected; over UDP, which shows nothing on the cable, until it has had time
    /// and has a socket.
    pub(super) fn wait_until_begun(&mut self) -> Result<(), CliError> {
        let (usually, deadline) = (Instant::now() + 20 * QUIET, self.deadline());
        while self.frames == 0 && !self.client_has_ended() && Instant::now() < deadline {
            if Instant::now() > usually && self.client_has_datagrams() {
                break;
            }
            self.watch_for(GLANCE)?;
        }
        self.wait_until_quiet()
    }

    pub(super) fn wait_until_quiet(&mut self) -> Result<(), CliError> {
        let deadline = self.deadline();
        while self.network.quiet_for() < QUIET && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
        }
        self.watch_for(Duration::ZERO)
    }

    /// Waits until the cable is quiet and no kernel is about to break the silence.
    pub(super) fn wait_until_settled(&mut self) -> Result<(), CliError> {
        let deadline = self.deadline();
        self.wait_until_quiet()?;
        while !self.network.is_settled() && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
            self.wait_until_quiet()?;
        }
        Ok(())
    }

    /// Waits until a server has nothing to do until somebody speaks to it, as far as its calls tell.
    pub(super) fn wait_until_at_rest(&mut self, server: &Program) -> Result<(), CliError> {
        let longest = if server.is_followed() {
            LONGEST_WORK
        } else {
            LONGEST_UNSEEN
        };
        let deadline = Instant::now() + self.patience.min(longest);
        let mut rests = (None, Instant::now());
        let actor = self.cast.iter().position(|actor| actor.pid == server.pid());
        let Some(actor) = actor else { return Ok(()) };
        while !self.cast[actor].has_ended() && Instant::now() < deadline {
            let now = server.standstill();
            if now != rests.0 {
                rests = (now, Instant::now());
            }
            if now.is_some() && rests.1.elapsed() >= REST || self.cast[actor].circles > CIRCLES {
                break;
            }
            self.watch_for(GLANCE)?;
        }
        self.wait_until_quiet()
    }

    /// Waits until the others have ended, wait for clients, or have long said nothing.
    pub(super) fn wait_for_last_words(&mut self) -> Result<(), CliError> {
        let deadline = self.deadline();
        while self
            .cast
            .iter()
            .any(|actor| !actor.has_ended() && !actor.serves())
            && self.network.quiet_for() < LAST_WORDS
            && Instant::now() < deadline
        {
            self.watch_for(GLANCE)?;
        }
        Ok(())
    }

    /// Until when something may be waited for.
    fn deadline(&self) -> Instant {
        let deadline = Instant::now() + self.patience;
        self.end.map_or(deadline, |end| end.min(deadline))
    }

    /// Whether a message that was sent is lost for good: the cable disturbs, it has long been quiet, and no
    /// kernel will send anything again.
    pub(super) fn is_in_vain(&self) -> bool {
        self.network.has_faults()
            && self.network.quiet_for() > 10 * QUIET
            && self.network.is_settled()
    }
}
