//! Which address sent and received how much.

use super::Count;
use super::bounded::{Bounded, MAX_ENTRIES};
use super::peers::{Exchange, Level, Peer};

/// What one side sent and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Who.
    pub peer: Peer,
    /// What it sent.
    pub sent: Count,
    /// What was sent to it.
    pub received: Count,
}

impl Traffic {
    /// Both together. What somebody sends to itself counts twice, as it was sent and received.
    pub const fn total(&self) -> Count {
        self.sent.and(self.received)
    }
}

/// The endpoints of one level.
#[derive(Debug)]
pub struct Endpoints {
    level: Level,
    table: Bounded<Peer, Traffic>,
}

impl Endpoints {
    /// No endpoint yet.
    pub fn new(level: Level) -> Self {
        Self::with_limit(level, MAX_ENTRIES)
    }

    fn with_limit(level: Level, limit: usize) -> Self {
        Self {
            level,
            table: Bounded::new(limit),
        }
    }

    /// Whose addresses they are.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Counts what is exchanged at its level.
    pub fn add(&mut self, exchange: &Exchange) {
        let wire_length = exchange.wire_length;
        if let Some(traffic) = self.traffic_of(exchange.sender, wire_length) {
            traffic.sent.add(wire_length);
        }
        if let Some(traffic) = self.traffic_of(exchange.receiver, wire_length) {
            traffic.received.add(wire_length);
        }
    }

    fn traffic_of(&mut self, peer: Peer, wire_length: u32) -> Option<&mut Traffic> {
        self.table.entry(peer, wire_length, || Traffic {
            peer,
            sent: Count::default(),
            received: Count::default(),
        })
    }

    /// The endpoints, those with the most frames first.
    pub fn list(&self) -> Vec<&Traffic> {
        let mut list: Vec<&Traffic> = self.table.iter().map(|(_, traffic)| traffic).collect();
        list.sort_unstable_by_key(|traffic| {
            (std::cmp::Reverse(traffic.total().frames), traffic.peer)
        });
        list
    }

    /// The frames to and from endpoints for which there was no place.
    pub const fn others(&self) -> Count {
        self.table.others()
    }
}

#[cfg(test)]
mod tests {
    use super::super::peers::exchanges;
    use super::super::testing::{udp, with_frame};
    use super::*;

    fn add(endpoints: &mut Endpoints, source: u16, destination: u16) {
        with_frame(&udp(source, destination), |decoded| {
            for exchange in exchanges(decoded, Level::Udp, 0) {
                endpoints.add(&exchange);
            }
        });
    }

    #[test]
    fn each_frame_is_sent_by_one_and_received_by_another() {
        let mut endpoints = Endpoints::new(Level::Udp);
        add(&mut endpoints, 1, 2);
        add(&mut endpoints, 3, 2);
        let busiest = endpoints.list()[0];
        assert_eq!(busiest.peer.port(), Some(2));
        assert_eq!([busiest.sent.frames, busiest.received.frames], [0, 2]);
    }

    #[test]
    fn a_full_table_counts_further_endpoints_together() {
        let mut endpoints = Endpoints::with_limit(Level::Udp, 2);
        add(&mut endpoints, 1, 2);
        add(&mut endpoints, 3, 2);
        assert_eq!(endpoints.list().len(), 2);
        assert_eq!(endpoints.others().frames, 1);
    }
}
