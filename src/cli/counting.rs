//! The accumulators that one question needs.

use std::sync::Mutex;
use std::time::Duration;

use super::error::CliError;
use super::parallel::{Worker, locked};
use super::stats::By;
use crate::decode::Decoder;
use crate::decode::kept::Kept;
use crate::flow::statistics::connections::Connections;
use crate::flow::statistics::conversations::Conversations;
use crate::flow::statistics::endpoints::Endpoints;
use crate::flow::statistics::hierarchy::Hierarchy;
use crate::flow::statistics::lengths::Lengths;
use crate::flow::statistics::peers::Level;
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
            Self::Protocol(_) => Needs::LAYERS,
            Self::Endpoints(_) | Self::Lengths(_) => Needs::HEADERS,
            Self::Conversations(_) | Self::Time(_) => Needs::new(Depth::Headers, Past::Times),
            Self::Tcp(_) => Needs::new(Depth::Walk, Past::Everything),
        }
    }

    /// Counts a frame.
    pub fn add(&mut self, decoded: &Decoded<'_>) {
        match self {
            Self::Protocol(hierarchy) => hierarchy.add(decoded),
            Self::Conversations(tables) => tables.iter_mut().for_each(|table| table.add(decoded)),
            Self::Endpoints(tables) => tables.iter_mut().for_each(|table| table.add(decoded)),
            Self::Time(intervals) => intervals.add(decoded),
            Self::Lengths(lengths) => lengths.add(decoded),
            Self::Tcp(connections) => connections.add(decoded),
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

/// Counts batches of frames in their order, in one of several threads that count together.
#[derive(Debug)]
pub struct Counter<'a> {
    counting: &'a Mutex<&'a mut Counting>,
    needs: Needs,
}

impl<'a> Counter<'a> {
    /// One of them.
    pub fn new(counting: &'a Mutex<&'a mut Counting>) -> Self {
        let needs = locked(counting).needs();
        Self { counting, needs }
    }
}

impl Worker for Counter<'_> {
    fn needs(&self) -> Needs {
        self.needs
    }

    fn prepare(&mut self, _: &Kept, _: &mut Decoder) {}

    fn finish(&mut self, frames: &Kept, decoder: &mut Decoder) -> Result<(), CliError> {
        let mut counting = locked(self.counting);
        frames.show(decoder, self.needs.depth, |decoded| counting.add(decoded));
        Ok(())
    }
}
