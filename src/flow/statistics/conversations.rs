//! Which two sides exchanged how much, each way, from when on and for how long.

use super::Count;
use super::bounded::{Bounded, MAX_ENTRIES};
use super::peers::{Exchange, Level, Peer};
use crate::flow::endpoints::{Pair, Way};

/// What two sides exchanged. A is the side that was seen to send first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Who sent first.
    pub a: Peer,
    /// The other side.
    pub b: Peer,
    /// From A to B.
    pub forth: Count,
    /// From B to A.
    pub back: Count,
    /// When its earliest frame was seen: nanoseconds since the first frame of the capture.
    pub start: i64,
    /// When its latest frame was seen.
    pub end: i64,
}

impl Conversation {
    /// Both ways together.
    pub const fn total(&self) -> Count {
        self.forth.and(self.back)
    }

    /// Nanoseconds between its earliest and its latest frame.
    pub const fn duration(&self) -> i64 {
        self.end.saturating_sub(self.start)
    }
}

/// The conversations of one level.
#[derive(Debug)]
pub struct Conversations {
    level: Level,
    table: Bounded<Pair<Peer>, Exchanged>,
}

#[derive(Debug)]
struct Exchanged {
    first: Way,
    from_low: Count,
    from_high: Count,
    start: i64,
    end: i64,
}

impl Conversations {
    /// No conversation yet.
    pub fn new(level: Level) -> Self {
        Self::with_limit(level, MAX_ENTRIES)
    }

    fn with_limit(level: Level, limit: usize) -> Self {
        Self {
            level,
            table: Bounded::new(limit),
        }
    }

    /// Whose addresses tell them apart.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Counts what is exchanged at its level.
    pub fn add(&mut self, exchange: &Exchange) {
        let &Exchange {
            wire_length, time, ..
        } = exchange;
        let (pair, way) = Pair::of(exchange.sender, exchange.receiver);
        let begin = || Exchanged {
            first: way,
            from_low: Count::default(),
            from_high: Count::default(),
            start: time,
            end: time,
        };
        let Some(exchanged) = self.table.entry(pair, wire_length, begin) else {
            return;
        };
        match way {
            Way::FromLow => exchanged.from_low.add(wire_length),
            Way::FromHigh => exchanged.from_high.add(wire_length),
        }
        exchanged.start = exchanged.start.min(time);
        exchanged.end = exchanged.end.max(time);
    }

    /// The conversations, those with the most frames first.
    pub fn list(&self) -> Vec<Conversation> {
        let told = self
            .table
            .iter()
            .map(|(pair, exchanged)| tell(pair, exchanged));
        let mut list: Vec<Conversation> = told.collect();
        list.sort_unstable_by_key(|told| {
            (
                std::cmp::Reverse(told.total().frames),
                told.start,
                told.a,
                told.b,
            )
        });
        list
    }

    /// The frames of conversations for which there was no place.
    pub const fn others(&self) -> Count {
        self.table.others()
    }
}

fn tell(pair: &Pair<Peer>, exchanged: &Exchanged) -> Conversation {
    let (forth, back) = match exchanged.first {
        Way::FromLow => (exchanged.from_low, exchanged.from_high),
        Way::FromHigh => (exchanged.from_high, exchanged.from_low),
    };
    Conversation {
        a: pair.sender(exchanged.first),
        b: pair.sender(exchanged.first.back()),
        forth,
        back,
        start: exchanged.start,
        end: exchanged.end,
    }
}

#[cfg(test)]
mod tests {
    use super::super::peers::exchanges;
    use super::super::testing::{udp, with_frame};
    use super::*;

    fn conversations(limit: usize, frames: &[(u16, u16)]) -> Conversations {
        let mut conversations = Conversations::with_limit(Level::Udp, limit);
        for (time, ports) in (0..).step_by(1_000_000_000).zip(frames) {
            with_frame(&udp(ports.0, ports.1), |decoded| {
                for exchange in exchanges(decoded, Level::Udp, time) {
                    conversations.add(&exchange);
                }
            });
        }
        conversations
    }

    #[test]
    fn side_a_is_who_sent_first_and_each_way_is_counted() {
        let list = conversations(9, &[(9, 5), (5, 9), (9, 5)]).list();
        let [only] = list.as_slice() else {
            panic!("{list:?}");
        };
        assert_eq!([only.a.port(), only.b.port()], [Some(9), Some(5)]);
        assert_eq!([only.forth.frames, only.back.frames], [2, 1]);
        assert_eq!(only.total().bytes, 3 * only.back.bytes);
        assert_eq!([only.start, only.duration()], [0, 2_000_000_000]);
    }

    #[test]
    fn the_busiest_comes_first() {
        let list = conversations(9, &[(1, 2), (3, 4), (4, 3)]).list();
        assert_eq!(list[0].a.port(), Some(3));
    }

    #[test]
    fn a_full_table_counts_further_conversations_together() {
        let conversations = conversations(1, &[(1, 2), (3, 4), (5, 6), (2, 1)]);
        assert_eq!(conversations.list().len(), 1);
        assert_eq!(conversations.list()[0].total().frames, 2);
        assert_eq!(conversations.others().frames, 2);
    }
}
