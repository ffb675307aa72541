//! What the client is given to say, line by line, each when the one before has done its work.

use super::super::acts::Script;
use super::super::error::CliError;
use super::super::typing::{Typed, Typing};
use super::Stage;
use super::waits::{GLANCE, QUIET};
use crate::lab::Program;

/// By how many characters at its beginning a message is known again; it may arrive in pieces.
const AS_KNOWN_BY: usize = 8;

impl Stage<'_> {
    /// Says all of it.
    pub(super) fn say_script(
        &mut self,
        client: &mut Program,
        script: Script,
    ) -> Result<(), CliError> {
        match script {
            Script::Silence => Ok(()),
            Script::Lines(lines) => self.say_lines(client, &lines),
            Script::AtOnce(lines) => self.say_at_once(client, &lines),
            Script::Typed(typing) => self.say_what_is_typed(client, &typing),
        }
    }

    fn say_lines(&mut self, client: &mut Program, lines: &[String]) -> Result<(), CliError> {
        if self.network.has_faults() {
            // A slow handshake shall not be taken for the silence before the first message.
            self.wait_until_begun()?;
        }
        for line in lines {
            self.wait_until_quiet()?;
            let before = self.server_lines();
            self.awaited = line.chars().take(AS_KNOWN_BY).collect();
            self.say(client, line)?;
            // Nothing said is nothing sent: TCP has no empty messages.
            if line.is_empty() {
                continue;
            }
            self.wait_until("the message arrives", |stage| {
                stage.awaited.is_empty()
                    || stage.client_has_ended()
                    || stage.is_in_vain()
                    // A server may print something else for it.
                    || (stage.server_lines() > before && stage.network.quiet_for() > 5 * QUIET)
            })?;
        }
        self.wait_until_quiet()
    }

    fn say_at_once(&mut self, client: &mut Program, lines: &[String]) -> Result<(), CliError> {
        self.wait_until_begun()?;
        self.say(client, &lines.join("\n"))?;
        // The end of the input would push out what TCP still holds back.
        self.watch_for(QUIET)?;
        self.wait_until_settled()
    }

    fn say_what_is_typed(&mut self, client: &mut Program, typing: &Typing) -> Result<(), CliError> {
        self.wait_until_begun()?;
        while !self.client_has_ended() {
            self.audience.prompt()?;
            let line = self.next_typed(typing)?;
            self.audience.typed(line.as_deref())?;
            let Some(line) = line else {
                return Ok(());
            };
            self.say(client, &line)?;
            // The exchange of one message is over within a few round trips.
            self.watch_for(5 * QUIET)?;
            self.wait_until_quiet()?;
        }
        Ok(())
    }

    /// The next line that is typed; `None` when there is no more, or nobody to hear it.
    fn next_typed(&mut self, typing: &Typing) -> Result<Option<String>, CliError> {
        while !self.client_has_ended() {
            match typing.next(GLANCE) {
                Some(Typed::Line(line)) => return Ok(Some(line)),
                Some(Typed::End) => break,
                None => self.watch_for(GLANCE)?,
            }
        }
        Ok(None)
    }

    fn say(&mut self, client: &mut Program, line: &str) -> Result<(), CliError> {
        match client.send_line(line) {
            // A client that has ended takes no more; how it ended is told later.
            Err(_) if self.client_has_ended() => Ok(()),
            other => other.map_err(|error| CliError::Failed(error.to_string())),
        }
    }
}
