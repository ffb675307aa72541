//! What is remembered of conversations, and how much of it.

use foldhash::fast::RandomState;
use lru::LruCache;

use super::endpoints::Pair;

/// How many conversations of one protocol are remembered. Beyond it, the one that was silent for longest
/// is forgotten; should it speak again, it counts as a new one.
pub const REMEMBERED: usize = 1_000_000;

/// Conversations by their endpoints, the longest silent one first to leave.
#[derive(Debug)]
pub struct Memory<T> {
    conversations: LruCache<Pair, T, RandomState>,
    begun: u64,
    forgotten: u64,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            conversations: LruCache::unbounded_with_hasher(RandomState::default()),
            begun: 0,
            forgotten: 0,
        }
    }
}

impl<T> Memory<T> {
    /// The conversation between two ends; `begin` makes one of its number, from 0, when there is none.
    pub fn of(&mut self, pair: Pair, begin: impl FnOnce(u64) -> T) -> &mut T {
        if self.conversations.len() >= REMEMBERED && !self.conversations.contains(&pair) {
            self.conversations.pop_lru();
            self.forgotten += 1;
        }
        let begun = &mut self.begun;
        self.conversations.get_or_insert_mut(pair, || {
            *begun += 1;
            begin(*begun - 1)
        })
    }

    /// The number of a conversation that takes the place of an earlier one between the same ends.
    pub const fn next_number(&mut self) -> u64 {
        self.begun += 1;
        self.begun - 1
    }

    /// How many were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}
