//! A table that foreign frames cannot make grow without end.

use std::hash::Hash;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::Count;

/// How many entries a table of conversations or endpoints holds.
pub const MAX_ENTRIES: usize = 1_000_000;

/// Entries by key, up to a limit; the frames of further keys are counted together.
#[derive(Debug)]
pub struct Bounded<K, V> {
    /// Its entries lie side by side; those of a hash table would leave as many places free.
    entries: IndexMap<K, V, RandomState>,
    limit: usize,
    others: Count,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    /// An empty table of at most this many entries.
    pub fn new(limit: usize) -> Self {
        Self {
            entries: IndexMap::default(),
            limit,
            others: Count::default(),
        }
    }

    /// The entry of a key, made where there is none; `None`, and the frame of so many bytes on the wire counted
    /// among the others, where the table is full.
    pub fn entry(&mut self, key: K, wire_length: u32, make: impl FnOnce() -> V) -> Option<&mut V> {
        if self.entries.len() >= self.limit && !self.entries.contains_key(&key) {
            self.others.add(wire_length);
            return None;
        }
        Some(self.entries.entry(key).or_insert_with(make))
    }

    /// The entries, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    /// The frames for which there was no place.
    pub const fn others(&self) -> Count {
        self.others
    }
}
