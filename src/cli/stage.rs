//! Two programs on the hosts of a network: from the server's start to the last frame on the cable.

use std::time::{Duration, Instant};

use super::error::CliError;
use super::sockets;
use super::typing::{Typed, Typing};
use crate::lab::{Ended, Event, HostName, Input, Launch, Line, Network, Program, RecordedFrame};
use crate::model::call::{Action, Call, Carrier};

/// How it is told that the server is ready for the client.
#[derive(Clone, Copy, Debug)]
pub enum Ready {
    /// It writes its first line.
    FirstLine,
    /// Its host has a socket that listens, or is bound to a UDP port.
    Socket,
    /// So much time has passed since its start.
    After(Duration),
}

/// What the client is given to send.
#[derive(Debug)]
pub enum Script {
    /// Nothing.
    Silence,
    /// These lines, each when the one before has reached the server.
    Lines(Vec<String>),
    /// These lines, one right behind the other.
    AtOnce(Vec<String>),
    /// What somebody types.
    Typed(Typing),
}

/// Who is told what happens.
pub trait Audience {
    /// A frame crossed the cable.
    ///
    /// # Errors
    ///
    /// It cannot be shown or written.
    fn frame(&mut self, frame: &RecordedFrame) -> Result<(), CliError>;

    /// A program left a system call, or will never leave it.
    fn call(&mut self, call: Call);

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

/// The programs that run; they end when they are dropped.
#[derive(Debug, Default)]
struct Cast {
    client: Option<Program>,
    server: Option<Program>,
}

/// A server and a client on stage.
pub struct Stage<'a> {
    network: &'a mut dyn Network,
    audience: &'a mut dyn Audience,
    /// The processes of the programs that were started; of an exchange before this one, others may
    /// still be heard.
    own: Vec<u32>,
    /// Frames that crossed the cable.
    frames: u64,
    /// Lines the server has written since the last look.
    server_lines: usize,
    /// Whether a call of the server's has opened a door for clients.
    server_listens: bool,
    /// How many calls in a row were receives of 0.
    circles: u32,
    client_end: Option<Ended>,
    server_end: Option<Ended>,
    errors: Vec<String>,
    patience: Duration,
}

impl<'a> Stage<'a> {
    /// An empty stage in a network.
    pub fn new(network: &'a mut dyn Network, audience: &'a mut dyn Audience) -> Self {
        Self {
            network,
            audience,
            own: Vec::new(),
            frames: 0,
            server_lines: 0,
            server_listens: false,
            circles: 0,
            client_end: None,
            server_end: None,
            errors: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Gives the programs so much time for each thing that they are waited for.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs the two programs until the client has gone and the cable is quiet; how the client ended.
    ///
    /// # Errors
    ///
    /// A program cannot be started, does not do its part, or Ctrl-C was pressed.
    pub fn perform(
        mut self,
        server: Option<(&Launch, Ready)>,
        client: &Launch,
        script: Script,
    ) -> Result<Ended, CliError> {
        let mut cast = Cast::default();
        let played = self.play(&mut cast, server, client, script);
        // What a program was still in when it is ended here belongs to the story, frames no more do.
        drop(cast);
        self.note_last_calls();
        played
    }

    fn play(
        &mut self,
        cast: &mut Cast,
        server: Option<(&Launch, Ready)>,
        client: &Launch,
        script: Script,
    ) -> Result<Ended, CliError> {
        if let Some((launch, ready)) = server {
            let server = self.start(HostName::SERVER, launch)?;
            self.wait_until_ready(cast.server.insert(server), ready)?;
        }
        let client = self.start(HostName::CLIENT, &client.clone().input(Input::Piped))?;
        let client = cast.client.insert(client);
        match script {
            Script::Silence => {}
            Script::Lines(lines) => self.say_lines(client, &lines)?,
            Script::AtOnce(lines) => self.say_at_once(client, &lines)?,
            Script::Typed(typing) => self.say_what_is_typed(client, &typing)?,
        }
        client.close_input();
        self.wait_until("the client ends", |stage| stage.client_end.is_some())?;
        self.wait_until_settled()?;
        if let Some(server) = &cast.server {
            self.wait_until_at_rest(server)?;
        }
        self.client_end
            .take()
            .ok_or_else(|| self.broken("nobody saw the client end"))
    }

    fn wait_until_ready(&mut self, server: &Program, ready: Ready) -> Result<(), CliError> {
        match ready {
            Ready::FirstLine => {
                self.wait_until("the server listens", |stage| {
                    stage.server_end.is_some() || stage.server_lines > 0
                })?;
            }
            Ready::Socket => self.wait_until("the server listens", |stage| {
                stage.server_end.is_some()
                    || stage.server_listens
                    || (!server.is_followed() && sockets::is_served(server.pid()))
            })?,
            Ready::After(time) => self.watch_for(time)?,
        }
        if self.server_end.is_some() && !matches!(ready, Ready::After(_)) {
            return Err(self.broken("the server ended before it listened"));
        }
        Ok(())
    }

    fn start(&mut self, host: HostName, launch: &Launch) -> Result<Program, CliError> {
        let program = self
            .network
            .start(host, launch)
            .map_err(|error| CliError::Failed(error.to_string()))?;
        self.own.push(program.pid());
        Ok(program)
    }

    fn say_lines(&mut self, client: &mut Program, lines: &[String]) -> Result<(), CliError> {
        if self.network.has_faults() {
            // A slow handshake shall not be taken for the silence before the first message.
            self.wait_until_begun()?;
        }
        for line in lines {
            self.wait_until_quiet()?;
            let before = self.server_lines;
            self.say(client, line)?;
            // Nothing said is nothing sent: TCP has no empty messages.
            if line.is_empty() {
                continue;
            }
            self.wait_until("the message arrives", |stage| {
                stage.server_lines > before || stage.client_end.is_some() || stage.is_in_vain()
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
        while self.client_end.is_none() {
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
        while self.client_end.is_none() {
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
            Err(_) if self.client_end.is_some() => Ok(()),
            other => other.map_err(|error| CliError::Failed(error.to_string())),
        }
    }

    fn wait_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<(), CliError> {
        let deadline = Instant::now() + self.patience;
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
        while self.frames == 0 && self.client_end.is_none() && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
        }
        self.wait_until_quiet()
    }

    fn wait_until_quiet(&mut self) -> Result<(), CliError> {
        let deadline = Instant::now() + self.patience;
        while self.network.quiet_for() < QUIET && Instant::now() < deadline {
            self.watch_for(GLANCE)?;
        }
        self.watch_for(Duration::ZERO)
    }

    /// Waits until the cable is quiet and no kernel is about to break the silence.
    fn wait_until_settled(&mut self) -> Result<(), CliError> {
        let deadline = Instant::now() + self.patience;
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
        while self.server_end.is_none() && Instant::now() < deadline {
            let now = server.standstill();
            if now != rests.0 {
                rests = (now, Instant::now());
            }
            if now.is_some() && rests.1.elapsed() >= REST || self.circles > CIRCLES {
                break;
            }
            self.watch_for(GLANCE)?;
        }
        self.wait_until_quiet()
    }

    fn note_last_calls(&mut self) {
        while let Some(event) = self.network.next_event(Duration::ZERO) {
            if let Event::Call(call) = event {
                self.audience.call(*call);
            }
        }
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
                self.server_listens |=
                    call.host.as_ref() == HostName::SERVER.as_str() && opens_a_door(&call);
                self.circles = if is_told_the_end(&call) {
                    self.circles + 1
                } else {
                    0
                };
                self.audience.call(*call);
            }
            Event::Line(line) => {
                if line.host == HostName::SERVER && self.own.contains(&line.pid) {
                    self.server_lines += 1;
                }
                if line.stream == crate::lab::Stream::Error {
                    self.errors
                        .push(format!("{}: {}", line.host, line.text.escape_debug()));
                }
                self.audience.line(&line)?;
            }
            Event::Ended(end) if !self.own.contains(&end.pid) => {}
            Event::Ended(end) if end.host == HostName::SERVER => self.server_end = Some(end),
            Event::Ended(end) => self.client_end = Some(end),
            Event::Interrupted(signal) => return Err(CliError::Interrupted(signal as i32)),
            Event::WireBroke(error) => return Err(CliError::Failed(error.to_string())),
        }
        Ok(())
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

/// Whether it is a receive of 0: the end of the stream.
fn is_told_the_end(call: &Call) -> bool {
    matches!(call.action, Action::Receive { .. }) && call.returned() == Some(0)
}
