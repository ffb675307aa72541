//! What is put on a stage, and how it went: programs with their hosts, and what the last one is given to say.

use std::fmt;
use std::time::Duration;

use super::error::CliError;
use super::typing::Typing;
use crate::lab::{Ending, HostName, Launch};

/// A program, and the host that it runs on.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The host.
    pub host: HostName,
    /// The program.
    pub launch: &'a Launch,
}

impl<'a> Act<'a> {
    /// A program on this host.
    pub const fn new(host: HostName, launch: &'a Launch) -> Self {
        Self { host, launch }
    }

    /// One on the host `server`.
    pub const fn server(launch: &'a Launch) -> Self {
        Self::new(HostName::SERVER, launch)
    }

    /// One on the host `client`.
    pub const fn client(launch: &'a Launch) -> Self {
        Self::new(HostName::CLIENT, launch)
    }
}

/// How it is told that the next program can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// This one writes its first line.
    FirstLine,
    /// Its host has a socket that listens, or is bound to a UDP port.
    Socket,
    /// The same; or something has been sent, it has ended, or a second has passed: not every program is a
    /// server.
    Heard,
    /// So much time has passed since its start.
    After(Duration),
}

/// What the last program is given to read.
#[derive(Debug)]
pub enum Script {
    /// What it was launched with.
    Silence,
    /// These lines, each when the one before has reached a server.
    Lines(Vec<String>),
    /// These lines, one right behind the other.
    AtOnce(Vec<String>),
    /// What somebody types.
    Typed(Typing),
}

/// How an exchange went.
#[derive(Debug)]
pub struct Performance {
    /// How each program ended that was started, in this order.
    pub exits: Vec<Exit>,
    /// Whether each could be started and did its part in time.
    pub result: Result<(), CliError>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its host.
    pub host: HostName,
    /// `None` when it had to be ended.
    pub ending: Option<Ending>,
    /// Lines that were thrown away, after it had written more than is kept.
    pub lines_omitted: u64,
}

impl Exit {
    /// Whether it ended by itself, with code 0.
    pub fn is_success(&self) -> bool {
        self.ending.is_some_and(Ending::is_success)
    }

    /// Whether it went as most do: a server runs until it is ended, and others end well, and say little.
    pub fn is_usual(&self) -> bool {
        self.ending.is_none_or(Ending::is_success) && self.lines_omitted == 0
    }

    /// In words.
    pub fn how(&self) -> String {
        match self.ending {
            Some(ending) => ending.to_string(),
            None => "still ran, and was ended".to_owned(),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.host.in_a_sentence(), self.how())
    }
}
