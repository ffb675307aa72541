//! A program on stage.

use super::super::sockets;
use crate::lab::{Ending, HostName};
use crate::model::call::{Action, Call, Carrier};

/// A program on stage.
#[derive(Debug)]
pub struct Actor {
    /// Its host.
    pub host: HostName,
    /// Its process.
    pub pid: u32,
    /// Whether its calls are told.
    pub is_followed: bool,
    /// Lines it has written.
    pub lines: usize,
    /// Whether a call of its has opened a door for clients.
    pub listens: bool,
    /// How many calls in a row were receives of 0.
    pub circles: u32,
    /// How it ended, once it has.
    pub ending: Option<Ending>,
    /// Lines that were thrown away.
    pub lines_omitted: u64,
}

impl Actor {
    /// Whether it is gone.
    pub fn has_ended(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether it waits for clients.
    pub fn serves(&self) -> bool {
        self.listens || (!self.is_followed && sockets::is_served(self.pid))
    }

    /// Takes note of a call of its.
    pub fn note_call(&mut self, call: &Call) {
        self.listens |= opens_a_door(call);
        self.circles = if call.was_told_the_end() {
            self.circles + 1
        } else {
            0
        };
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
