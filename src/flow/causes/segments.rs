//! The segments of the wire, sorted for who looks for those of a connection, of one side, or of some bytes.

use std::collections::HashMap;
use std::ops::Range;

use super::Place;
use super::spans::Spans;
use super::wire::{Purpose, Seen, Wire};
use crate::flow::endpoints::{Endpoint, Pair};
use crate::model::frame::Timestamp;
use crate::model::tie::Ending;

/// All segments.
pub struct Segments<'a> {
    by_connection: HashMap<u64, Vec<&'a Seen>>,
    by_side: HashMap<Place, Sent<'a>>,
    /// The first of each connection between two ends.
    first: HashMap<Pair, Vec<&'a Seen>>,
    /// Those of them that ask an end to open it, by time.
    asking: HashMap<Endpoint, Vec<&'a Seen>>,
}

/// What one side of a connection sent.
struct Sent<'a> {
    carrying: Spans<&'a Seen>,
    ending: Vec<(Ending, &'a Seen)>,
}

impl<'a> Segments<'a> {
    /// Those on this wire.
    pub fn of(wire: &'a Wire) -> Self {
        let mut by_connection: HashMap<u64, Vec<&Seen>> = HashMap::new();
        let mut by_side: HashMap<Place, Vec<&Seen>> = HashMap::new();
        let mut first: HashMap<Pair, Vec<&Seen>> = HashMap::new();
        let mut asking: HashMap<Endpoint, Vec<&Seen>> = HashMap::new();
        for seen in &wire.segments {
            let connection = by_connection.entry(seen.connection).or_default();
            if connection.is_empty() {
                let (sender, receiver) = seen.ends;
                let (pair, _) = Pair::of(sender, receiver);
                first.entry(pair).or_default().push(seen);
                if seen.purpose == Purpose::Asks {
                    asking.entry(receiver).or_default().push(seen);
                }
            }
            connection.push(seen);
            let side = by_side.entry((seen.connection, seen.from));
            side.or_default().push(seen);
        }
        for asking in asking.values_mut() {
            asking.sort_by_key(|seen| seen.time);
        }
        let sides = by_side.into_iter();
        Self {
            by_connection,
            by_side: sides.map(|(place, all)| (place, Sent::of(&all))).collect(),
            first,
            asking,
        }
    }

    /// Those of a connection, in the order of the wire.
    pub fn of_connection(&self, number: u64) -> impl Iterator<Item = &'a Seen> {
        let all = self.by_connection.get(&number).into_iter().flatten();
        all.copied()
    }

    /// Those of a side that carried any of these bytes.
    pub fn carrying(&self, side: Place, bytes: &Range<u64>) -> impl Iterator<Item = &'a Seen> {
        let side = self.by_side.get(&side).into_iter();
        side.flat_map(|side| side.carrying.touching(bytes.clone()))
            .copied()
    }

    /// Those with which a side ended its stream, in the order of the wire.
    pub fn ending(&self, side: Place) -> impl Iterator<Item = (Ending, &'a Seen)> {
        let side = self.by_side.get(&side).into_iter();
        side.flat_map(|side| &side.ending).copied()
    }

    /// Which side `own` is of the latest connection with `peer` that had begun by then.
    pub fn place(&self, own: Endpoint, peer: Endpoint, until: Option<Timestamp>) -> Option<Place> {
        let (pair, _) = Pair::of(own, peer);
        let mut first = self.first.get(&pair)?.iter().rev();
        let first = first.find(|first| until.is_none_or(|until| first.time <= until))?;
        let role = if first.ends == (own, peer) {
            first.from
        } else {
            first.from.other()
        };
        Some((first.connection, role))
    }

    /// Those that asked an end to open a connection, from then on, by time.
    pub fn asking(&self, to: Endpoint, since: Timestamp) -> impl Iterator<Item = &'a Seen> {
        let asking = self.asking.get(&to).into_iter();
        asking.flat_map(move |asking| {
            let before = asking.partition_point(|seen| seen.time < since);
            asking.iter().skip(before).copied()
        })
    }
}

impl<'a> Sent<'a> {
    fn of(segments: &[&'a Seen]) -> Self {
        let all = segments.iter().copied();
        Self {
            carrying: all
                .clone()
                .map(|seen| (seen.carries.clone(), seen))
                .collect(),
            ending: all
                .filter_map(|seen| Some((ending_of(seen)?, seen)))
                .collect(),
        }
    }
}

fn ending_of(seen: &Seen) -> Option<Ending> {
    match seen.purpose {
        Purpose::Ends => Some(Ending::Fin),
        Purpose::BreaksOff => Some(Ending::Rst),
        Purpose::Asks | Purpose::Agrees | Purpose::Plain => None,
    }
}
