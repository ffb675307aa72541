//! TCP connections: their states, their streams, and what is noteworthy about their segments.

mod analysis;
mod connection;
mod outstanding;
mod report;
mod segment;
mod sequence;
mod side;
mod states;

use connection::Connection;
use segment::Segment;

use super::endpoints::Pair;
use super::memory::Memory;
use super::telling::Telling;
use crate::model::layer::Decoded;

/// All connections of a capture.
#[derive(Debug, Default)]
pub struct Connections {
    memory: Memory<Connection>,
}

impl Connections {
    /// What is known of a frame's segment from those before it.
    pub fn follow(&mut self, decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        let Some(segment) = Segment::of(decoded) else {
            return;
        };
        let (pair, way) = Pair::of(segment.sender, segment.receiver);
        let begin = |stream| Connection::new(stream, &segment, way);
        let connection = self.memory.of(pair, begin);
        let is_reused = connection.is_over_with(&segment, way);
        if is_reused {
            let stream = self.memory.next_number();
            let connection = self.memory.of(pair, begin);
            *connection = Connection::new(stream, &segment, way);
        }
        let connection = self.memory.of(pair, begin);
        let mut told = connection.follow(&segment, way);
        told.findings.reused_ports = is_reused;
        report::tell(&segment, &told, telling);
    }

    /// How many connections were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.memory.forgotten()
    }
}
