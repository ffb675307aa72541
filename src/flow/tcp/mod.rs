//! TCP connections: their states, their streams, and what is noteworthy about their segments.

mod analysis;
mod connection;
mod flight;
mod outstanding;
mod report;
mod segment;
mod sequence;
mod side;
mod sides;
mod states;
mod told;

use connection::Connection;
use segment::Reports;
pub use segment::{Flags, Segment};
pub use sequence::Seq;
use told::Marks;

use super::endpoints::{Pair, Role};
use super::memory::{Found, Memory};
use super::telling::Telling;
use crate::model::layer::Decoded;

/// All connections of a capture.
#[derive(Debug, Default)]
pub struct Connections {
    memory: Memory<Connection>,
    /// How many segments wait for an acknowledgment.
    outstanding: usize,
    /// How many no longer do, because too many did.
    unacknowledged: u64,
}

/// How many segments of all connections may wait for an acknowledgment; then all of them are forgotten. A
/// capture that sees one direction alone sees none.
pub const MOST_OUTSTANDING: usize = 1_000_000;

/// A segment and its connection.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// The segment.
    pub segment: Segment,
    /// The number of its connection.
    pub stream: u64,
    /// The part that its sender plays.
    pub role: Role,
    /// The number that its first byte has where it goes on in order.
    pub awaited: Seq,
}

impl Connections {
    /// What is known of a frame's segment from those before it: as much as is asked to be told.
    pub fn follow(&mut self, decoded: &Decoded<'_>, telling: &mut Telling<'_>) -> Option<Placed> {
        let segment = Segment::of(decoded)?;
        let (pair, way) = Pair::of(segment.sender, segment.receiver);
        let begin = |stream| Connection::new(stream, &segment, way);
        let Found {
            conversation: connection,
            numbers,
            gone,
        } = self.memory.of(pair, begin);
        let before = connection.outstanding() + gone.map_or(0, |gone| gone.outstanding());
        let is_reused = connection.is_over_with(&segment, way);
        if is_reused {
            *connection = begin(numbers.next());
        }
        let placed = |marks: &Marks| Placed {
            segment,
            stream: marks.stream,
            role: marks.role,
            awaited: marks.awaited,
        };
        if !telling.is_everything() {
            let marks = connection.mark(&segment, way, is_reused);
            report::tell_marks(&segment, &marks, telling);
            return Some(placed(&marks));
        }
        let reports = Reports::of(decoded, &segment);
        let placed = connection.follow(&segment, &reports, way, is_reused, |marks, told| {
            report::tell(&segment, marks, told, telling);
            placed(marks)
        });
        self.outstanding = self.outstanding + connection.outstanding() - before;
        self.forget_outstanding();
        Some(placed)
    }

    fn forget_outstanding(&mut self) {
        if self.outstanding > MOST_OUTSTANDING {
            self.unacknowledged += self.outstanding as u64;
            self.outstanding = 0;
            self.memory.all().for_each(Connection::forget_outstanding);
        }
    }

    /// How many segments were forgotten before an acknowledgment came, to keep memory bounded.
    pub const fn unacknowledged(&self) -> u64 {
        self.unacknowledged
    }

    /// How many connections were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.memory.forgotten()
    }
}
