//! TCP connections: their states, their streams, and what is noteworthy about their segments.

mod acceptance;
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

use analysis::Signs;
use connection::Connection;
pub use outstanding::MOST_TIMED;
use segment::Reports;
pub use segment::{Flags, Segment};
pub use sequence::Seq;
use told::Marks;

use super::endpoints::{Pair, Role, ends_of};
use super::memory::{Found, Memory};
use super::telling::Telling;
use crate::model::layer::{Decoded, Layer};
use crate::protocols::{tcp, tcp_followed};

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
#[repr(C)] // The two numbers apart: they were written one by one, and read together they would be waited for.
pub struct Placed<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// The number of its connection.
    pub stream: u64,
    /// The number that its first byte has where it goes on in order.
    pub awaited: Seq,
    /// The part that its sender plays.
    pub role: Role,
    signs: Signs,
    /// As it is in the other side's last segment; 0 where that has none.
    last_ack: Seq,
}

impl<'a> Placed<'a> {
    const fn of(segment: &'a Segment, marks: &Marks) -> Self {
        Self {
            segment,
            stream: marks.stream,
            role: marks.role,
            awaited: marks.awaited,
            last_ack: marks.last_ack,
            signs: marks.findings.signs,
        }
    }

    /// Before which number the other side has taken all, as it said last.
    pub fn acknowledged(&self) -> Option<Seq> {
        (self.last_ack != Seq(0)).then_some(self.last_ack)
    }

    /// Whether its receiver does not take it: an RST or a SYN ACK with numbers of no connection that it knows.
    pub const fn is_refused(&self) -> bool {
        self.signs.contains(Signs::REFUSED)
    }
}

/// A connection at its next segment.
struct Entered<'a> {
    connection: &'a mut Connection,
    /// Whether it begins between the ends of an earlier one.
    is_reused: bool,
    /// How many segments waited for an acknowledgment in what was there before.
    waited: usize,
}

impl Connections {
    /// What is known of the segment of a frame from those before it: as much as is asked to be told.
    pub fn follow<'a>(
        &mut self,
        segment: &'a Segment,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) -> Placed<'a> {
        if telling.is_everything() {
            return self.follow_closely(segment, decoded, telling);
        }
        let Entered {
            connection,
            is_reused,
            ..
        } = self.enter(segment, |_| 0);
        let marks = connection.mark(segment, is_reused);
        report::tell_marks(segment, &marks, telling);
        Placed::of(segment, &marks)
    }

    /// As [`Connections::follow`], where everything is told.
    fn follow_closely<'a>(
        &mut self,
        segment: &'a Segment,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) -> Placed<'a> {
        let Entered {
            connection,
            is_reused,
            waited,
        } = self.enter(segment, Connection::outstanding);
        let reports = Reports::of(decoded, segment);
        let placed = connection.follow(segment, &reports, is_reused, |marks, told| {
            report::tell(segment, marks, told, telling);
            Placed::of(segment, marks)
        });
        let waiting = connection.outstanding();
        self.outstanding = self.outstanding + waiting - waited;
        self.forget_outstanding();
        placed
    }

    /// The connection that goes on with a segment, or begins with it. Where less is told, nobody notes what waits.
    fn enter(
        &mut self,
        segment: &Segment,
        outstanding: impl Fn(&Connection) -> usize,
    ) -> Entered<'_> {
        let begin = |stream| Connection::new(stream, segment);
        let Found {
            conversation: connection,
            numbers,
            gone,
        } = self.memory.of(&segment.pair, begin);
        let waited = outstanding(connection) + gone.map_or(0, |gone| outstanding(&gone));
        let is_reused = connection.is_over_with(segment);
        if is_reused {
            *connection = begin(numbers.next());
        }
        Entered {
            connection,
            is_reused,
            waited,
        }
    }

    /// Tells which connection a segment is of that an ICMP error quotes: it is not sent now, so nothing is followed.
    pub fn tell_quoted(&self, decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        // What is quoted is the innermost.
        if !decoded.layers.last().is_some_and(Layer::is_quoted) {
            return;
        }
        let is_quoted_segment = |layer: &Layer| {
            layer.is_quoted() && std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL)
        };
        let Some(index) = decoded.layers.iter().position(is_quoted_segment) else {
            return;
        };
        let connection = ends_of(decoded, index).and_then(|(sender, receiver)| {
            let (pair, _) = Pair::of(sender, receiver);
            self.memory.known(&pair)
        });
        telling.of_layer(index);
        telling.number_if_any(
            &tcp_followed::STREAM,
            connection.map(|connection| connection.stream),
        );
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

#[cfg(test)]
mod tests;
