//! The handshake of TLS as one side of a QUIC connection sends it, at one level of encryption: bytes with offsets, in
//! whatever order they come, put in order again (RFC 9000, section 19.6).

use std::collections::BTreeMap;

use crate::flow::decryption::Opened;
use crate::flow::decryption::lane::{Lane, Rules};

/// How far ahead of what is awaited bytes of a handshake are kept, and how many, with what keeping them costs.
pub const MOST_AHEAD: usize = 64 << 10;

/// What bytes that wait cost beside them.
const OVERHEAD: usize = 96;

/// As many bytes are handed on at a time: a message costs what there is behind it.
const AT_ONCE: usize = 4096;

/// A stream of the handshake.
#[derive(Debug)]
pub struct Crypto {
    /// How many bytes are in order.
    awaited: u64,
    /// What came too early: by its offset, and in which frame.
    waiting: BTreeMap<u64, (Vec<u8>, u64)>,
    waiting_bytes: usize,
    lane: Lane,
}

impl Default for Crypto {
    fn default() -> Self {
        Self {
            awaited: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            lane: Lane::of_handshake(),
        }
    }
}

impl Crypto {
    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        self.waiting_bytes + self.lane.cost()
    }

    /// Takes bytes that belong behind `offset` others, and came in this frame; gives the messages that are whole now.
    pub fn take(&mut self, offset: u64, bytes: &[u8], frame: u64, opened: &mut Vec<Opened>) {
        self.hand_on(offset, bytes, frame, opened);
        if offset > self.awaited {
            self.keep(offset, bytes, frame);
        }
        while let Some((&at, _)) = self.waiting.first_key_value()
            && at <= self.awaited
            && let Some((bytes, frame)) = self.waiting.remove(&at)
        {
            self.waiting_bytes -= bytes.len() + OVERHEAD;
            self.hand_on(at, &bytes, frame, opened);
        }
    }

    /// Hands on what is new of bytes, where nothing before them is missing.
    fn hand_on(&mut self, offset: u64, bytes: &[u8], frame: u64, opened: &mut Vec<Opened>) {
        let known = self.awaited.checked_sub(offset).map(usize::try_from);
        let Some(Ok(known)) = known else {
            return;
        };
        let new = bytes.get(known..).unwrap_or_default();
        self.awaited += new.len() as u64;
        for part in new.chunks(AT_ONCE) {
            let from = opened.len();
            let mut rules = Rules::default();
            self.lane.take(part.to_vec(), frame, &mut rules, opened);
            // Pieces of messages are told with the frames that bring them.
            let mut index = 0;
            opened.retain(|opened| {
                index += 1;
                index <= from || opened.is_of_tls()
            });
        }
    }

    /// Keeps bytes that came too early, unless that is too much: a side that is answered sends them again.
    fn keep(&mut self, offset: u64, bytes: &[u8], frame: u64) {
        let is_near = offset - self.awaited <= MOST_AHEAD as u64;
        let cost = bytes.len() + OVERHEAD;
        let known = self.waiting.get(&offset);
        let is_longer = known.is_none_or(|(known, _)| known.len() < bytes.len());
        if !is_near || !is_longer || self.waiting_bytes + cost > MOST_AHEAD {
            return;
        }
        let before = self.waiting.insert(offset, (bytes.to_vec(), frame));
        self.waiting_bytes += cost;
        self.waiting_bytes -= before.map_or(0, |(before, _)| before.len() + OVERHEAD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of the handshake with so many bytes behind its header.
    fn message(length: u8) -> Vec<u8> {
        let mut message = vec![20, 0, 0, length];
        message.extend(0..length);
        message
    }

    fn taken(crypto: &mut Crypto, offset: u64, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut opened = Vec::new();
        crypto.take(offset, bytes, 1, &mut opened);
        opened
            .into_iter()
            .map(|opened| opened.whole.bytes)
            .collect()
    }

    #[test]
    fn messages_are_whole_however_their_bytes_come() {
        let both = [message(30), message(5)].concat();
        let whole = vec![message(30), message(5)];
        // In order, backwards, with overlaps, twice, byte by byte.
        let ways: [Vec<std::ops::Range<usize>>; 5] = [
            vec![0..20, 20..43],
            vec![30..43, 10..30, 0..10],
            vec![0..20, 5..35, 3..12, 30..43],
            vec![20..43, 20..43, 0..20, 0..43],
            (0..43).rev().map(|at| at..at + 1).collect(),
        ];
        for way in ways {
            let mut crypto = Crypto::default();
            let all: Vec<_> = way
                .iter()
                .flat_map(|part| taken(&mut crypto, part.start as u64, &both[part.clone()]))
                .collect();
            assert_eq!(all, whole, "{way:?}");
            assert_eq!(crypto.cost(), 0, "{way:?}");
        }
    }

    #[test]
    fn what_is_too_far_ahead_or_too_much_is_not_kept() {
        let mut crypto = Crypto::default();
        for offset in [MOST_AHEAD as u64 + 1, 1 << 40, (1 << 62) - 1] {
            assert_eq!(taken(&mut crypto, offset, &[7; 100]), [[0_u8; 0]; 0]);
            assert_eq!(crypto.cost(), 0, "{offset}");
        }
        for offset in 1..2000 {
            taken(&mut crypto, offset, &[7; 100]);
            assert!(crypto.cost() <= MOST_AHEAD, "{offset}");
        }
        assert!(crypto.cost() > MOST_AHEAD / 2);
    }
}
