//! What is remembered of conversations, and how much of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::endpoints::Pair;

/// How many conversations of one protocol are remembered. Beyond it, the one that was silent for longest
/// is forgotten; should it speak again, it counts as a new one.
pub const REMEMBERED: usize = 1_000_000;

/// Conversations by their endpoints, the longest silent one first to leave.
///
/// Who speaks is only noted where it is kept. Who was silent for longest is looked for when somebody has to
/// leave: most captures never come so far, and would pay for an order with every frame.
#[derive(Debug)]
pub struct Memory<T> {
    conversations: IndexMap<Pair, Kept<T>, RandomState>,
    most: usize,
    /// How often somebody spoke.
    moments: u64,
    silence: Silence,
    numbers: Numbers,
    forgotten: u64,
}

/// A conversation.
#[derive(Debug)]
struct Kept<T> {
    /// The moment at which it spoke last.
    spoke: u64,
    conversation: T,
}

/// Since when each conversation is silent, at least, and its place: the longest silent one first. Empty until
/// the first one has to leave.
type Silence = BinaryHeap<Reverse<(u64, usize)>>;

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

/// A conversation that was asked for.
#[derive(Debug)]
pub struct Found<'a, T> {
    /// It.
    pub conversation: &'a mut T,
    /// The number for one that takes its place.
    pub numbers: &'a mut Numbers,
    /// The one that was forgotten for it; apart, since nearly always there is none.
    pub gone: Option<Box<T>>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self::of_at_most(REMEMBERED)
    }
}

impl<T> Memory<T> {
    /// A memory for so many conversations, one at least; it grows as they come.
    fn of_at_most(most: usize) -> Self {
        Self {
            conversations: IndexMap::default(),
            most,
            moments: 0,
            silence: Silence::new(),
            numbers: Numbers::default(),
            forgotten: 0,
        }
    }

    /// The conversation between two ends, made by `begin` of its number when there is none.
    pub fn of(&mut self, pair: &Pair, begin: impl FnOnce(u64) -> T) -> Found<'_, T> {
        self.moments += 1;
        let (place, gone) = match self.conversations.get_index_of(pair) {
            Some(place) => (place, None),
            None => self.begin(*pair, begin),
        };
        let kept = &mut self.conversations[place];
        kept.spoke = self.moments;
        Found {
            conversation: &mut kept.conversation,
            numbers: &mut self.numbers,
            gone,
        }
    }

    /// The conversation between two ends, where there is one; asking is no word of it.
    pub fn known(&self, pair: &Pair) -> Option<&T> {
        let kept = self.conversations.get(pair);
        kept.map(|kept| &kept.conversation)
    }

    /// The place of a new conversation, and the one that had it where all places were taken.
    fn begin(&mut self, pair: Pair, begin: impl FnOnce(u64) -> T) -> (usize, Option<Box<T>>) {
        let new = Kept {
            spoke: self.moments,
            conversation: begin(self.numbers.next()),
        };
        if self.conversations.len() < self.most {
            return (self.conversations.insert_full(pair, new).0, None);
        }
        let place = self.longest_silent();
        let gone = std::mem::replace(&mut self.conversations[place], new);
        // The pair is a new one, so there is nothing that it could collide with.
        let _ = self.conversations.replace_index(place, pair);
        self.forgotten += 1;
        (place, Some(Box::new(gone.conversation)))
    }

    /// The place of the conversation that was silent for longest.
    fn longest_silent(&mut self) -> usize {
        if self.silence.is_empty() {
            let kept = self.conversations.values().enumerate();
            self.silence = kept
                .map(|(place, kept)| Reverse((kept.spoke, place)))
                .collect();
        }
        // Who spoke since it was noted takes its place further behind.
        while let Some(mut first) = self.silence.peek_mut() {
            let Reverse((noted, place)) = *first;
            let spoke = self.conversations[place].spoke;
            *first = Reverse((spoke, place));
            if noted == spoke {
                return place;
            }
        }
        0
    }

    /// All that are remembered.
    pub fn all(&mut self) -> impl Iterator<Item = &mut T> {
        let all = self.conversations.values_mut();
        all.map(|kept| &mut kept.conversation)
    }

    /// How many were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use lru::LruCache;

    use super::*;
    use crate::flow::endpoints::Endpoint;

    fn pair(port: u16) -> Pair {
        let end = |port| Endpoint::new(Ipv4Addr::LOCALHOST.into(), port);
        Pair::of(end(port), end(9)).0
    }

    #[test]
    fn the_one_that_was_silent_for_longest_leaves_and_counts_as_new_when_it_speaks_again() {
        let mut memory = Memory::of_at_most(2);
        let mut number_of = |port| *memory.of(&pair(port), |number| number).conversation;
        assert_eq!([number_of(1), number_of(2), number_of(1)], [0, 1, 0]);
        assert_eq!(number_of(3), 2, "the second leaves");
        assert_eq!(number_of(1), 0, "the first has spoken since");
        assert_eq!(number_of(2), 3, "it is a new one");
        assert_eq!(memory.forgotten(), 2);
    }

    #[test]
    fn who_leaves_is_who_would_leave_were_all_kept_in_the_order_in_which_they_spoke() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut memory = Memory::of_at_most(20);
        let mut ordered = LruCache::unbounded();
        for moment in 0..10_000 {
            let port = random.u16(100..140);
            let expected = (ordered.len() == 20 && !ordered.contains(&port))
                .then(|| ordered.pop_lru().map(|(_, begun)| begun))
                .flatten();
            let begun = *ordered.get_or_insert(port, || moment);
            let found = memory.of(&pair(port), |_| moment);
            assert_eq!(*found.conversation, begun);
            assert_eq!(found.gone.as_deref(), expected.as_ref());
        }
    }
}
