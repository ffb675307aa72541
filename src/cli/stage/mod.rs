//! Programs on the hosts of a network: from the first one's start to the last frame on the cable.
//!
//! The one that starts last is the client: it may be given something to say, and when it has gone the
//! exchange is over. The others are servers.

mod actor;
mod audience;
mod says;
mod waits;

use std::time::{Duration, Instant};

use super::acts::{Act, Exit, Performance, Ready, Script};
use super::error::CliError;
use super::sockets;
use crate::capture::live::now;
use crate::lab::{Event, Input, Network, Program};
use crate::model::text;
use actor::Actor;
pub use audience::Audience;

/// How long a program may take to do what it is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Programs on stage.
pub struct Stage<'a> {
    network: &'a mut dyn Network,
    audience: &'a mut dyn Audience,
    /// Those that were started; of an exchange before this one, others may still be heard.
    cast: Vec<Actor>,
    /// Which of them is the client, once it has started.
    client: Option<usize>,
    /// Frames that crossed the cable.
    frames: u64,
    /// How the message begins that a server is expected to print; empty when it has.
    awaited: String,
    errors: Vec<String>,
    patience: Duration,
    /// When it must all be over.
    end: Option<Instant>,
}

impl<'a> Stage<'a> {
    /// An empty stage in a network.
    pub fn new(network: &'a mut dyn Network, audience: &'a mut dyn Audience) -> Self {
        Self {
            network,
            audience,
            cast: Vec::new(),
            client: None,
            frames: 0,
            awaited: String::new(),
            errors: Vec::new(),
            patience: PATIENCE,
            end: None,
        }
    }

    /// Gives the programs so much time for each thing that they are waited for.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Gives the programs so much time for everything, from now on.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self.end = Instant::now().checked_add(limit);
        self
    }

    /// Runs the programs until the client has gone, the others have no more to do, and the cable is quiet.
    pub fn perform(
        mut self,
        servers: &[(Act<'_>, Ready)],
        client: Act<'_>,
        script: Script,
    ) -> Performance {
        let mut running = Vec::new();
        let result = self.play(&mut running, servers, client, script);
        self.audience.over(now());
        let exits = self.cast.iter().map(|actor| Exit {
            host: actor.host,
            ending: actor.ending,
            lines_omitted: actor.lines_omitted,
        });
        let exits = exits.collect();
        // What a program was still in when it is ended here belongs to the story, frames no more do.
        running.iter().for_each(Program::begin_end);
        drop(running);
        let noted = self.note_last_calls();
        Performance {
            exits,
            result: result.and(noted),
        }
    }

    fn play(
        &mut self,
        running: &mut Vec<Program>,
        servers: &[(Act<'_>, Ready)],
        client: Act<'_>,
        script: Script,
    ) -> Result<(), CliError> {
        for (act, ready) in servers {
            running.push(self.start(*act, None)?);
            self.wait_until_ready(*ready)?;
        }
        let input = match script {
            Script::Silence => None,
            _ => Some(Input::Piped),
        };
        let mut program = self.start(client, input)?;
        self.client = self.cast.len().checked_sub(1);
        let said = self.say_script(&mut program, script);
        program.close_input();
        running.push(program);
        said?;
        let until = format!("{} ends", client.host.in_a_sentence());
        self.wait_until(&until, Self::client_has_ended)?;
        self.wait_for_last_words()?;
        self.wait_until_settled()?;
        for server in running.iter().take(servers.len()) {
            self.wait_until_at_rest(server)?;
        }
        Ok(())
    }

    fn client_has_ended(&self) -> bool {
        let client = self.client.and_then(|index| self.cast.get(index));
        client.is_some_and(Actor::has_ended)
    }

    fn client_has_datagrams(&self) -> bool {
        let client = self.client.and_then(|index| self.cast.get(index));
        client.is_some_and(|actor| sockets::has_datagrams(actor.pid))
    }

    fn is_of_client(&self, pid: u32) -> bool {
        let client = self.client.and_then(|index| self.cast.get(index));
        client.is_some_and(|actor| actor.pid == pid)
    }

    /// Lines that servers have written.
    fn server_lines(&self) -> usize {
        let is_server = |(index, _): &(usize, &Actor)| Some(*index) != self.client;
        let servers = self.cast.iter().enumerate().filter(is_server);
        servers.map(|(_, actor)| actor.lines).sum()
    }

    fn start(&mut self, act: Act<'_>, input: Option<Input>) -> Result<Program, CliError> {
        let launch = match input {
            Some(input) => act.launch.clone().input(input),
            None => act.launch.clone(),
        };
        let program = self
            .network
            .start(act.host, &launch)
            .map_err(|error| CliError::Failed(error.to_string()))?;
        self.cast.push(Actor {
            host: act.host,
            pid: program.pid(),
            is_followed: program.is_followed(),
            lines: 0,
            listens: false,
            circles: 0,
            ending: None,
            lines_omitted: 0,
        });
        Ok(program)
    }

    fn note_last_calls(&mut self) -> Result<(), CliError> {
        while let Some(event) = self.network.next_event(Duration::ZERO) {
            match event {
                Event::Call(call) => self.audience.call(*call)?,
                Event::Omitted(omitted) => self.audience.omitted(omitted),
                Event::Delivered(number) => self.audience.delivered(number),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes note of what happens, for at least `time`.
    fn watch_for(&mut self, time: Duration) -> Result<(), CliError> {
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.network.next_event(left) {
                Some(event) => self.note(event)?,
                None if left.is_zero() => return Ok(()),
                None => {}
            }
        }
    }

    fn note(&mut self, event: Event) -> Result<(), CliError> {
        match event {
            Event::Frame(frame) => {
                self.frames += 1;
                self.audience.frame(&frame)?;
            }
            Event::Delivered(number) => self.audience.delivered(number),
            Event::Call(call) => {
                let by = |actor: &&mut Actor| actor.host.as_str() == call.host.as_ref();
                if let Some(actor) = self.cast.iter_mut().find(by) {
                    actor.note_call(&call);
                }
                self.audience.call(*call)?;
            }
            Event::Omitted(omitted) => self.audience.omitted(omitted),
            Event::Line(line) => {
                if let Some(actor) = self.actor(line.pid) {
                    actor.lines += 1;
                }
                if line.text.contains(&self.awaited) && !self.is_of_client(line.pid) {
                    self.awaited.clear();
                }
                if line.stream == crate::lab::Stream::Error {
                    let mut error = format!("{}: ", line.host);
                    text::push_printed(&mut error, line.text.as_bytes());
                    self.errors.push(error);
                }
                self.audience.line(&line)?;
            }
            Event::Ended(end) => {
                if let Some(actor) = self.actor(end.pid) {
                    actor.ending = Some(end.ending);
                    actor.lines_omitted = end.lines_omitted;
                }
            }
            Event::Interrupted(signal) => return Err(CliError::Interrupted(signal as i32)),
            Event::WireBroke(error) => return Err(CliError::Failed(error.to_string())),
        }
        Ok(())
    }

    fn actor(&mut self, pid: u32) -> Option<&mut Actor> {
        self.cast.iter_mut().find(|actor| actor.pid == pid)
    }

    /// The error of a program that did not do its part, with what it said of it.
    fn broken(&self, what: &str) -> CliError {
        let mut text = what.to_owned();
        for error in &self.errors {
            text.push_str("\n  ");
            text.push_str(error);
        }
        CliError::Failed(text)
    }
}
