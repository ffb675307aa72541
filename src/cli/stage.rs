//! Programs on the hosts of a network: from the first one's start to the last frame on the cable.
//!
//! The one that starts last is the client: it may be given something to say, and when it has gone the
//! exchange is over. The others are servers.

use std::time::{Duration, Instant};

use super::acts::{Act, Exit, Performance, Ready, Script};
use super::error::CliError;
use super::sockets;
use super::typing::{Typed, Typing};
use crate::capture::live::now;
use crate::lab::{Ending, Event, HostName, Input, Line, Network, Program, RecordedFrame};
use crate::model::call::{Action, Call, Carrier, Omitted};
use crate::model::frame::Timestamp;

/// Who is told what happens.
pub trait Audience {
    /// A frame crossed the cable.
    ///
    /// # Errors
    ///
    /// It cannot be shown or written.
    fn frame(&mut self, frame: &RecordedFrame) -> Result<(), CliError>;

    /// A program left a system call, or will never leave it.
    ///
    /// # Errors
    ///
    /// What was kept until now cannot be shown.
    fn call(&mut self, call: Call) -> Result<(), CliError>;

    /// So many calls of a program were left out.
    fn omitted(&mut self, omitted: Omitted);

    /// The exchange is over: what comes now is its programs' being ended.
    fn over(&mut self, time: Timestamp);

    /// A program wrote a line.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn line(&mut self, line: &Line) -> Result<(), CliError>;

    /// The client may be given a line: a prompt can be shown.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn prompt(&mut self) -> Result<(), CliError>;

    /// This was typed at the last prompt; `None`: nothing, and nothing will be.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn typed(&mut self, line: Option<&str>) -> Result<(), CliError>;
}

/// How long a program may take to do what it is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The cable has nothing more to say when it has said nothing for so long: many times what a local
/// exchange takes, and less than the 40 ms of a delayed ACK, which carries no news.
const QUIET: Duration = Duration::from_millis(10);

/// How long to wait for something before looking at the cable or the keyboard again.
const GLANCE: Duration = Duration::from_millis(2);

/// A server that has waited in the same calls for so long has nothing to do.
const REST: Duration = Duration::from_millis(20);

/// A server that has received 0 so often, and done nothing else, will do so for ever.
const CIRCLES: u32 = 100;

/// How long a server may work on after the client has gone.
const LONGEST_WORK: Duration = Duration::from_secs(1);

/// By how many characters at its beginning a message is known again; it may arrive in pieces.
const AS_KNOWN_BY: usize = 8;

/// How long to wait for a sign of life of a program that need not be a server.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// How long the others may be silent after the client has gone before they are ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program on stage.
#[derive(Debug)]
struct Actor {
    host: HostName,
    pid: u32,
    is_followed: bool,
    /// Lines it has written.
    lines: usize,
    /// Whether a call of its has opened a door for clients.
    listens: bool,
    /// How many calls in a row were receives of 0.
    circles: u32,
    ending: Option<Ending>,
    /// Lines that were thrown away.
    lines_omitted: u64,
}

impl Actor {
    fn has_ended(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether it waits for clients.
    fn serves(&self) -> bool {
        self.listens || (!self.is_followed && sockets::is_served(self.pid))
    }
}

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
        let said = match script {
            Script::Silence => Ok(()),
            Script::Lines(lines) => self.say_lines(&mut program, &lines),
            Script::AtOnce(lines) => self.say_at_once(&mut program, &lines),
            Script::Typed(typing) => self.say_what_is_typed(&mut program, &typing),
        };
        program.close_input();
        running.push(program);
        said?;
        let until = format!("the {} ends", client.host);
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

    /// Waits until the program that was started last is ready.
    fn wait_until_ready(&mut self, ready: Ready) -> Result<(), CliError> {
        let Some(index) = self.cast.len().checked_sub(1) else {
            return Ok(());
        };
        let host = self.cast[index].host;
        let until = format!("the {host} listens");
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
            return Err(self.broken(&format!("the {host} ended before it listened")));
        }
        Ok(())
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

    fn wait_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<(), CliError> {
        let deadline = self.deadline();
        while !done(self) {
            if Instant::now() > deadline {
                return Err(self.broken(&format!(
                    "waited {} s until {what}, in vain",
                    self.patience.as_secs_f32()
                )));
            }
            self.watch_for(GLANCE)?;
        }
        Ok(())
    }

    /// Waits until the client has connected. Over UDP nothing shows that it is there.
    fn wait_until_begun(&mut self) -> Result<(), CliError> {
        let deadline = Instant::now() + 20 * QUIET;
        while self.frames == 0 && !self.client_has_ended() && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
        }
        self.wait_until_quiet()
    }

    fn wait_until_quiet(&mut self) -> Result<(), CliError> {
        let deadline = self.deadline();
        while self.network.quiet_for() < QUIET && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
        }
        self.watch_for(Duration::ZERO)
    }

    /// Waits until the cable is quiet and no kernel is about to break the silence.
    fn wait_until_settled(&mut self) -> Result<(), CliError> {
        let deadline = self.deadline();
        self.wait_until_quiet()?;
        while !self.network.is_settled() && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
            self.wait_until_quiet()?;
        }
        Ok(())
    }

    /// Waits until a server whose calls are followed has nothing to do until somebody speaks to it.
    fn wait_until_at_rest(&mut self, server: &Program) -> Result<(), CliError> {
        if !server.is_followed() {
            return Ok(());
        }
        let deadline = Instant::now() + self.patience.min(LONGEST_WORK);
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
    fn wait_for_last_words(&mut self) -> Result<(), CliError> {
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

    fn note_last_calls(&mut self) -> Result<(), CliError> {
        while let Some(event) = self.network.next_event(Duration::ZERO) {
            match event {
                Event::Call(call) => self.audience.call(*call)?,
                Event::Omitted(omitted) => self.audience.omitted(omitted),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a message that was sent is lost for good: the cable disturbs, it has long been quiet, and no
    /// kernel will send anything again.
    fn is_in_vain(&self) -> bool {
        self.network.has_faults()
            && self.network.quiet_for() > 10 * QUIET
            && self.network.is_settled()
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
            Event::Call(call) => {
                let by = |actor: &&mut Actor| actor.host.as_str() == call.host.as_ref();
                if let Some(actor) = self.cast.iter_mut().find(by) {
                    actor.listens |= opens_a_door(&call);
                    actor.circles = if call.was_told_the_end() {
                        actor.circles + 1
                    } else {
                        0
                    };
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
                    self.errors
                        .push(format!("{}: {}", line.host, line.text.escape_debug()));
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

/// Whether it is the `listen` of a server, or over UDP, its `bind`.
fn opens_a_door(call: &Call) -> bool {
    let datagrams = call
        .socket
        .is_some_and(|socket| socket.carrier == Carrier::Udp);
    let opens = match call.action {
        Action::Listen { .. } => true,
        Action::Bind { .. } => datagrams,
        _ => false,
    };
    opens && call.returned().is_some()
}
