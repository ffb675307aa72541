//! Which bytes of a stream wait, whatever pieces they came in.

use std::collections::BTreeMap;
use std::ops::Range;

/// Ranges of bytes, joined where they touch: the end of each by its start.
#[derive(Debug)]
pub struct Cover {
    ranges: BTreeMap<u64, u64>,
}

impl Cover {
    /// No byte.
    pub const NOTHING: Self = Self {
        ranges: BTreeMap::new(),
    };

    /// Where the range ends that a byte is in; `None` where it is in none.
    pub fn end_around(&self, byte: u64) -> Option<u64> {
        let (_, end) = self.ranges.range(..=byte).next_back()?;
        (*end > byte).then_some(*end)
    }

    /// Where the next range begins, behind a byte that is in none.
    pub fn next_start(&self, byte: u64) -> Option<u64> {
        self.ranges.range(byte..).next().map(|(start, _)| *start)
    }

    /// Adds bytes of which none is there yet.
    pub fn add(&mut self, new: Range<u64>) {
        let end = self.ranges.remove(&new.end).unwrap_or(new.end);
        let before = self.ranges.range_mut(..new.start).next_back();
        match before {
            Some((_, before)) if *before == new.start => *before = end,
            _ => {
                self.ranges.insert(new.start, end);
            }
        }
    }

    /// Takes off all bytes before this one.
    pub fn take_off_before(&mut self, byte: u64) {
        while let Some(first) = self.ranges.first_entry()
            && *first.key() < byte
        {
            let end = first.remove();
            if end > byte {
                self.ranges.insert(byte, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let mut cover = Cover::NOTHING;
        for range in [10..20, 30..40, 20..30, 50..60] {
            cover.add(range);
        }
        assert_eq!(cover.end_around(9), None);
        assert_eq!(cover.end_around(10), Some(40));
        assert_eq!(cover.end_around(39), Some(40));
        assert_eq!(cover.end_around(40), None);
        assert_eq!(cover.next_start(40), Some(50));
        assert_eq!(cover.next_start(60), None);
        cover.take_off_before(35);
        assert_eq!(cover.end_around(34), None);
        assert_eq!(cover.end_around(35), Some(40));
    }

    #[test]
    fn it_is_the_same_as_to_remember_each_byte() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut cover, mut bytes) = (Cover::NOTHING, BTreeSet::new());
        for _ in 0..5_000 {
            let at = random.u64(..200);
            match cover.end_around(at) {
                Some(end) => {
                    assert!((at..end).all(|byte| bytes.contains(&byte)));
                    assert!(!bytes.contains(&end));
                }
                None => {
                    let next = cover.next_start(at);
                    assert_eq!(next, bytes.range(at..).next().copied());
                    let end = (at + random.u64(1..9)).min(next.unwrap_or(u64::MAX));
                    cover.add(at..end);
                    bytes.extend(at..end);
                }
            }
            if random.u8(..20) == 0 {
                cover.take_off_before(at);
                bytes.retain(|byte| *byte >= at);
            }
        }
    }
}
