//! What only later frames tell of a frame: which one completes what it began. Whoever can read a capture
//! twice knows it the second time.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::layer::Decoded;

/// How many frames are remembered.
pub const MOST_FORESEEN: usize = 1_000_000;

/// Which frame completes what an earlier one began.
#[derive(Debug, Default)]
pub struct Foresight {
    completed_in: HashMap<u64, u64, RandomState>,
}

impl Foresight {
    /// Notes what a frame completes.
    pub fn note(&mut self, decoded: &Decoded<'_>) {
        let current = decoded.frame.number;
        let parts = decoded.assembled.iter().flat_map(|whole| &whole.parts);
        for part in parts.filter(|part| part.frame != current) {
            if self.completed_in.len() < MOST_FORESEEN {
                self.completed_in.entry(part.frame).or_insert(current);
            }
        }
    }

    /// The frame that completes what this one began, where that is known.
    pub fn completed_in(&self, frame: u64) -> Option<u64> {
        self.completed_in.get(&frame).copied()
    }
}
