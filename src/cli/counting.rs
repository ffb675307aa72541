//! The accumulators that one question needs.

use std::time::Duration;

use super::stats::By;
use crate::flow::statistics::connections::Connections;
use crate::flow::statistics::conversations::Conversations;
use crate::flow::statistics::endpoints::Endpoints;
use crate::flow::statistics::hierarchy::Hierarchy;
use crate::flow::statistics::lengths::Lengths;
use crate::flow::statistics::peers::{Exchange, Level, exchanges};
use crate::flow::statistics::time::Intervals;
use crate::model::layer::Decoded;
use crate::model::needs::{Depth, Needs, Past};
use crate::render::statistics::{self, Sheet};

/// Counts by what was asked for.
#[derive(Debug)]
pub enum Counting {
    /// By protocol.
    Protocol(Hierarchy),
    /// By conversation, one table a layer.
    Conversations(Vec<Conversations>),
    /// By endpoint, one table a layer.
    Endpoints(Vec<Endpoints>),
    /// By time.
    Time(Intervals),
    /// By length.
    Lengths(Lengths),
    /// By TCP connection.
    Tcp(Connections),
}

impl Counting {
    /// Nothing counted yet. Without a layer, every one gets its table.
    pub fn begin(by: By, layer: Option<Level>, interval: Duration) -> Self {
        let levels = Level::ALL
            .into_iter()
            .filter(|level| layer.is_none_or(|layer| layer == *level));
        match by {
            By::Protocol => Self::Protocol(Hierarchy::default()),
            By::Conversations => Self::Conversations(levels.map(Conversations::new).collect()),
            By::Endpoints => Self::Endpoints(levels.map(Endpoints::new).collect()),
            By::Time => Self::Time(Intervals::new(interval)),
            By::Lengths => Self::Lengths(Lengths::default()),
            By::Tcp => Self::Tcp(Connections::default()),
        }
    }

    /// What it needs of every frame.
    pub const fn needs(&self) -> Needs {
        match self {
            // What messages are there, only the frames before tell.
            Self::Protocol(_) => Needs::new(Depth::Walk, Past::Marks),
            Self::Conversations(_) | Self::Endpoints(_) | Self::Time(_) | Self::Lengths(_) => {
                Needs::HEADERS
            }
            Self::Tcp(_) => Needs::new(Depth::Walk, Past::Everything),
        }
    }

    /// Counts a frame that was seen so many nanoseconds after the first.
    pub fn add(&mut self, decoded: &Decoded<'_>, time: i64) {
        match self {
            Self::Protocol(hierarchy) => hierarchy.add(decoded),
            Self::Conversations(tables) => {
                for table in tables {
                    exchanges(decoded, table.level(), time).for_each(|told| table.add(&told));
                }
            }
            Self::Endpoints(tables) => {
                for table in tables {
                    exchanges(decoded, table.level(), time).for_each(|told| table.add(&told));
                }
            }
            Self::Time(intervals) => intervals.add(decoded.frame.wire_length, time),
            Self::Lengths(lengths) => lengths.add(decoded.frame.wire_length),
            Self::Tcp(connections) => connections.add(decoded, time),
        }
    }

    /// The levels at which it counts what is exchanged; none where it counts something else.
    pub fn levels(&self) -> Vec<Level> {
        match self {
            Self::Conversations(tables) => tables.iter().map(Conversations::level).collect(),
            Self::Endpoints(tables) => tables.iter().map(Endpoints::level).collect(),
            Self::Protocol(_) | Self::Time(_) | Self::Lengths(_) | Self::Tcp(_) => Vec::new(),
        }
    }

    /// Counts what is exchanged at one of its levels.
    pub fn add_exchange(&mut self, exchange: &Exchange) {
        match self {
            Self::Conversations(tables) => tables
                .iter_mut()
                .filter(|table| table.level() == exchange.level)
                .for_each(|table| table.add(exchange)),
            Self::Endpoints(tables) => tables
                .iter_mut()
                .filter(|table| table.level() == exchange.level)
                .for_each(|table| table.add(exchange)),
            Self::Protocol(_) | Self::Time(_) | Self::Lengths(_) | Self::Tcp(_) => {}
        }
    }

    /// What was counted.
    pub fn sheets(&self) -> Vec<Sheet<'_>> {
        match self {
            Self::Protocol(hierarchy) => vec![statistics::hierarchy(hierarchy)],
            Self::Conversations(tables) => tables.iter().map(statistics::conversations).collect(),
            Self::Endpoints(tables) => tables.iter().map(statistics::endpoints).collect(),
            Self::Time(intervals) => vec![statistics::intervals(intervals)],
            Self::Lengths(lengths) => vec![statistics::lengths(lengths)],
            Self::Tcp(connections) => vec![statistics::connections(connections)],
        }
    }
}
