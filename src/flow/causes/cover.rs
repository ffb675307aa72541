//! Which bytes of a stream have been seen.

use std::ops::Range;

/// Ranges that do not touch, in ascending order.
#[derive(Debug, Default)]
pub struct Cover {
    ranges: Vec<Range<u64>>,
}

impl Cover {
    /// Adds a range: the parts of it that are new, in ascending order.
    pub fn add(&mut self, range: &Range<u64>) -> Vec<Range<u64>> {
        let mut fresh = Vec::new();
        let mut start = range.start;
        let first = self.ranges.partition_point(|known| known.end < range.start);
        let touching = self.ranges.iter().skip(first);
        let mut merged = range.clone();
        let mut count = 0;
        for known in touching.take_while(|known| known.start <= range.end) {
            if start < known.start {
                fresh.push(start..known.start);
            }
            start = start.max(known.end);
            merged = merged.start.min(known.start)..merged.end.max(known.end);
            count += 1;
        }
        if start < range.end {
            fresh.push(start..range.end);
        }
        if !range.is_empty() {
            self.ranges.splice(first..first + count, [merged]);
        }
        fresh
    }
}

/// What two ranges have in common, where that is anything.
pub fn overlap(one: &Range<u64>, other: &Range<u64>) -> Option<Range<u64>> {
    let both = one.start.max(other.start)..one.end.min(other.end);
    (!both.is_empty()).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_new_is_told_once() {
        let mut cover = Cover::default();
        assert_eq!(cover.add(&(5..10)), [Range { start: 5, end: 10 }]);
        assert_eq!(cover.add(&(0..20)), [0..5, 10..20]);
        assert_eq!(cover.add(&(3..20)), []);
        assert_eq!(cover.add(&(20..21)), [Range { start: 20, end: 21 }]);
        assert_eq!(cover.add(&(7..7)), []);
    }

    proptest! {
        #[test]
        fn every_byte_is_new_exactly_once(ranges in prop::collection::vec((0u64..50, 0u64..20), 0..20)) {
            let mut cover = Cover::default();
            let mut seen = std::collections::BTreeSet::new();
            for (start, length) in ranges {
                let range = start..start + length;
                let fresh: Vec<u64> = cover.add(&range).into_iter().flatten().collect();
                let expected: Vec<u64> = range.filter(|byte| seen.insert(*byte)).collect();
                prop_assert_eq!(fresh, expected);
            }
        }
    }
}
