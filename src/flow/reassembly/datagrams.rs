//! Datagrams that were cut into fragments, put together again (RFC 791, section 3.2; RFC 8200, section 4.5).
//!
//! Of bytes that came twice in IPv4, the first copy counts, as in Wireshark. In IPv6 a fragment that overlaps
//! another one, and is no copy of it, makes the whole packet one to discard (RFC 5722, section 4).

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use lru::LruCache;

use super::fragment::{Fragment, Key, slice};
use crate::flow::telling::Telling;
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::frame::Timestamp;
use crate::model::protocol::Next;
use crate::protocols::fragments::{self, Fields, Obstacle};

/// How long the parts of a datagram are waited for, in nanoseconds of the capture (RFC 8200, section 4.5).
pub const PATIENCE: i64 = 60_000_000_000;

/// How many bytes of fragments are kept.
pub const MOST_FRAGMENT_BYTES: usize = 16 << 20;

/// Of how many datagrams fragments are kept.
pub const MOST_DATAGRAMS: usize = 4_096;

/// The longest payload that a datagram can have: its length field has 16 bits.
const LONGEST: u64 = 65_535;

/// Datagrams of which some fragments have come.
#[derive(Debug)]
pub struct Datagrams {
    begun: LruCache<Key, Begun, RandomState>,
    bytes: usize,
    given_up: u64,
}

/// A datagram of which some fragments have come.
#[derive(Debug)]
struct Begun {
    first: Timestamp,
    /// By how many bytes of the datagram are before them; none overlaps another.
    kept: BTreeMap<u64, Kept>,
    /// How many bytes these are together.
    length_kept: usize,
    /// How long it is, once its last fragment has come.
    length: Option<u64>,
    /// What is in it, once its first fragment has come.
    next: Option<Next>,
    /// Whether it is one to discard; then it waits only to swallow what still comes of it, and to tell what overlaps.
    is_discarded: bool,
}

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    frame: u64,
}

/// What a part costs beside its bytes.
const OVERHEAD: usize = 64;

/// What a fragment means beside those before it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and they combine"
)]
pub struct Found {
    /// The layer of the fragment.
    layer: usize,
    is_ipv6: bool,
    overlaps: bool,
    conflicts: bool,
    /// Why its datagram cannot be put together.
    obstacle: Option<Obstacle>,
    /// Whether it completes its datagram.
    pub completes: bool,
}

impl Default for Datagrams {
    fn default() -> Self {
        Self {
            begun: LruCache::unbounded_with_hasher(RandomState::default()),
            bytes: 0,
            given_up: 0,
        }
    }
}

impl Datagrams {
    /// Takes the next fragment of the capture: what it means, and the datagram that it completes.
    pub fn take(&mut self, fragment: &Fragment<'_>) -> (Found, Option<(Assembled, Next)>) {
        self.make_room(fragment);
        let fresh = || Begun::new(fragment.time);
        let begun = self.begun.get_or_insert_mut(fragment.key, fresh);
        let before = begun.cost();
        let mut found = begun.take(fragment);
        let after = begun.cost();
        self.bytes = self.bytes + after - before;
        if begun.is_complete() {
            self.bytes -= after;
            let whole = self.begun.pop(&fragment.key);
            let whole = whole.and_then(Begun::into_whole);
            found.completes = whole.is_some();
            return (found, whole);
        }
        (found, None)
    }

    /// How many datagrams were given up to keep memory bounded.
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Lets go what was waited for too long, and the longest silent ones where too much waits.
    fn make_room(&mut self, fragment: &Fragment<'_>) {
        let is_stale = |begun: &Begun| fragment.time.since(begun.first) > PATIENCE;
        let begins = !self.begun.contains(&fragment.key);
        while let Some((_, oldest)) = self.begun.peek_lru() {
            let is_stale = is_stale(oldest);
            let are_too_many = begins && self.begun.len() >= MOST_DATAGRAMS;
            let is_too_much = self.bytes > MOST_FRAGMENT_BYTES || are_too_many;
            if !is_stale && !is_too_much {
                break;
            }
            self.given_up += u64::from(!is_stale);
            if let Some((_, gone)) = self.begun.pop_lru() {
                self.bytes -= gone.cost();
            }
        }
        // One that goes on may be older than it looks among the others.
        if self.begun.peek(&fragment.key).is_some_and(is_stale)
            && let Some(gone) = self.begun.pop(&fragment.key)
        {
            self.bytes -= gone.cost();
        }
    }
}

impl Begun {
    const fn new(first: Timestamp) -> Self {
        Self {
            first,
            kept: BTreeMap::new(),
            length_kept: 0,
            length: None,
            next: None,
            is_discarded: false,
        }
    }

    fn cost(&self) -> usize {
        self.length_kept + self.kept.len() * OVERHEAD
    }

    fn take(&mut self, fragment: &Fragment<'_>) -> Found {
        let mut found = Found {
            layer: fragment.layer,
            is_ipv6: fragment.is_ipv6(),
            overlaps: false,
            conflicts: false,
            obstacle: None,
            completes: false,
        };
        let end = fragment.offset + fragment.bytes.len() as u64;
        found.obstacle = self.obstacle(fragment, end);
        if found.obstacle.is_some() {
            self.is_discarded = true;
            self.keep(fragment, end, &mut found);
            return found;
        }
        if fragment.offset == 0 {
            self.next.get_or_insert(fragment.next);
        }
        if !fragment.more {
            self.length = Some(end);
        }
        self.keep(fragment, end, &mut found);
        found
    }

    /// Why a fragment cannot be of one datagram with those before it.
    fn obstacle(&self, fragment: &Fragment<'_>, end: u64) -> Option<Obstacle> {
        let last = self.kept.last_key_value();
        let furthest = last.map_or(0, |(offset, kept)| kept.end(*offset));
        let fits = match (self.length, fragment.more) {
            (Some(length), true) => end <= length,
            (Some(length), false) => end == length,
            (None, true) => true,
            (None, false) => end >= furthest,
        };
        // All but the last are cut at a multiple of 8.
        let is_cut_well = !fragment.more || fragment.bytes.len().is_multiple_of(8);
        [
            (self.is_discarded, Obstacle::Before),
            (fragment.is_cut, Obstacle::CutByCapture),
            (end > LONGEST, Obstacle::TooLong),
            (!is_cut_well, Obstacle::NoMultiple),
            (!fits, Obstacle::OtherEnd),
        ]
        .into_iter()
        .find_map(|(is_so, obstacle)| is_so.then_some(obstacle))
    }

    fn keep(&mut self, fragment: &Fragment<'_>, end: u64, found: &mut Found) {
        let before = self.kept.range(..fragment.offset).next_back();
        let begin = before.map_or(fragment.offset, |(offset, _)| *offset);
        let mut from = fragment.offset;
        let mut new = Vec::new();
        for (&offset, kept) in self.kept.range(begin..end) {
            if kept.end(offset) <= fragment.offset {
                continue;
            }
            found.overlaps = true;
            let both = from.max(offset)..end.min(kept.end(offset));
            found.conflicts |= slice(&kept.bytes, offset, &both) != fragment.slice(&both);
            new.push(from..offset);
            from = kept.end(offset);
        }
        new.push(from..end);
        if found.overlaps && found.is_ipv6 && !self.has_copy_of(fragment) {
            found.obstacle.get_or_insert(Obstacle::Overlap);
            self.is_discarded = true;
        }
        for part in new.into_iter().filter(|part| part.start < part.end) {
            let kept = Kept {
                bytes: fragment.slice(&part).to_vec(),
                frame: fragment.frame,
            };
            self.length_kept += kept.bytes.len();
            self.kept.insert(part.start, kept);
        }
    }

    /// Whether exactly this one has come before.
    fn has_copy_of(&self, fragment: &Fragment<'_>) -> bool {
        let kept = self.kept.get(&fragment.offset);
        kept.is_some_and(|kept| kept.bytes == fragment.bytes)
    }

    fn is_complete(&self) -> bool {
        // Without overlaps, and none behind the end: as many bytes as it is long are all of them.
        !self.is_discarded && self.length == Some(self.length_kept as u64)
    }

    fn into_whole(self) -> Option<(Assembled, Next)> {
        let parts = self.kept.iter().map(|(offset, kept)| Part {
            frame: kept.frame,
            offset: *offset,
            length: kept.bytes.len() as u64,
        });
        let whole = Assembled {
            whole: Whole::Datagram,
            parts: parts.collect(),
            bytes: self
                .kept
                .into_values()
                .flat_map(|kept| kept.bytes)
                .collect(),
        };
        Some((whole, self.next?))
    }
}

impl Kept {
    /// Where in the datagram it ends, when so many bytes are before it.
    const fn end(&self, offset: u64) -> u64 {
        offset + self.bytes.len() as u64
    }
}

impl Found {
    /// Tells it as fields of the fragment's layer; `whole` is the datagram that it completes, `later` the frame
    /// that does.
    pub fn tell(&self, whole: Option<&Assembled>, later: Option<u64>, telling: &mut Telling<'_>) {
        let fields: &Fields = if self.is_ipv6 {
            &fragments::OF_IPV6
        } else {
            &fragments::OF_IPV4
        };
        telling.of_layer(self.layer);
        for (is_so, field) in [
            (self.overlaps, fields.overlap),
            (self.conflicts, fields.conflict),
            (self.obstacle.is_some(), fields.error),
        ] {
            telling.number_if_any(field, is_so.then_some(1));
        }
        telling.number_if_any(fields.obstacle, self.obstacle.map(|why| why as u64));
        let Some(whole) = whole else {
            telling.number_if_any(fields.reassembled_in, later);
            return;
        };
        telling.under(fields.fragments, |telling| {
            for part in &whole.parts {
                telling.number(fields.fragment, part.frame);
            }
            telling.number(fields.count, whole.parts.len() as u64);
            telling.number(fields.length, whole.bytes.len() as u64);
        });
    }
}

#[cfg(test)]
mod tests;
