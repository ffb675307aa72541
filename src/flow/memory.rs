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
    most: usize,
    numbers: Numbers,
    forgotten: u64,
}

/// The numbers of conversations, in the order in which they begin.
#[derive(Debug, Default)]
pub struct Numbers {
    begun: u64,
}

impl Numbers {
    /// The number of the next one, from 0.
    pub const fn next(&mut self) -> u64 {
        self.begun += 1;
        self.begun - 1
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self::of_at_most(REMEMBERED)
    }
}

impl<T> Memory<T> {
    /// A memory for so many conversations; it grows as they come.
    fn of_at_most(most: usize) -> Self {
        Self {
            conversations: LruCache::unbounded_with_hasher(RandomState::default()),
            most,
            numbers: Numbers::default(),
            forgotten: 0,
        }
    }

    /// The conversation between two ends, made by `begin` of its number when there is none; and the number for
    /// one that takes its place.
    pub fn of(&mut self, pair: Pair, begin: impl FnOnce(u64) -> T) -> (&mut T, &mut Numbers) {
        self.make_room_for(&pair);
        let numbers = &mut self.numbers;
        let conversations = &mut self.conversations;
        let found = conversations.get_or_insert_mut(pair, || begin(numbers.next()));
        (found, numbers)
    }

    /// Forgets a conversation where the one between these ends would be one too many.
    pub fn make_room_for(&mut self, pair: &Pair) -> Option<T> {
        if self.conversations.len() < self.most || self.conversations.contains(pair) {
            return None;
        }
        let (_, gone) = self.conversations.pop_lru()?;
        self.forgotten += 1;
        Some(gone)
    }

    /// All that are remembered.
    pub fn all(&mut self) -> impl Iterator<Item = &mut T> {
        let all = self.conversations.iter_mut();
        all.map(|(_, conversation)| conversation)
    }

    /// How many were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::flow::endpoints::Endpoint;

    fn pair(port: u16) -> Pair {
        let end = |port| Endpoint::new(Ipv4Addr::LOCALHOST.into(), port);
        Pair::of(end(port), end(9)).0
    }

    #[test]
    fn the_one_that_was_silent_for_longest_leaves_and_counts_as_new_when_it_speaks_again() {
        let mut memory = Memory::of_at_most(2);
        let mut number_of = |port| *memory.of(pair(port), |number| number).0;
        assert_eq!([number_of(1), number_of(2), number_of(1)], [0, 1, 0]);
        assert_eq!(number_of(3), 2, "the second leaves");
        assert_eq!(number_of(1), 0, "the first has spoken since");
        assert_eq!(number_of(2), 3, "it is a new one");
        assert_eq!(memory.forgotten(), 2);
    }
}
