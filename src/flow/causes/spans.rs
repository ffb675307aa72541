//! What has bytes in common with a range, found without looking at all there is.

use std::ops::Range;

use super::cover::overlap;

/// Things that each have a range of bytes, in the order in which these begin.
#[derive(Debug)]
pub struct Spans<T> {
    list: Vec<Span<T>>,
}

#[derive(Debug)]
struct Span<T> {
    bytes: Range<u64>,
    /// Where the one ends that reaches farthest, of this and all before it.
    reach: u64,
    thing: T,
}

impl<T> Spans<T> {
    /// Those that have this byte.
    pub fn with(&self, byte: u64) -> impl Iterator<Item = &T> {
        self.touching(byte..byte.saturating_add(1))
    }

    /// Those that have any of these bytes.
    pub fn touching(&self, bytes: Range<u64>) -> impl Iterator<Item = &T> {
        let first = self.list.partition_point(|span| span.reach <= bytes.start);
        let last = self
            .list
            .partition_point(|span| span.bytes.start < bytes.end);
        let near = self.list.get(first..last).unwrap_or_default().iter();
        near.filter(move |span| overlap(&span.bytes, &bytes).is_some())
            .map(|span| &span.thing)
    }
}

impl<T> FromIterator<(Range<u64>, T)> for Spans<T> {
    fn from_iter<I: IntoIterator<Item = (Range<u64>, T)>>(things: I) -> Self {
        let things = things.into_iter().filter(|(bytes, _)| !bytes.is_empty());
        let spans = things.map(|(bytes, thing)| Span {
            reach: bytes.end,
            bytes,
            thing,
        });
        let mut list: Vec<_> = spans.collect();
        list.sort_by_key(|span| span.bytes.start);
        let mut reach = 0;
        for span in &mut list {
            reach = span.reach.max(reach);
            span.reach = reach;
        }
        Self { list }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_has_a_byte_in_common_is_found_in_the_order_of_its_beginning(
            spans in prop::collection::vec((0u64..50, 0u64..20), 0..20),
            asked in (0u64..50, 0u64..20),
        ) {
            let range = |(start, length)| start..start + length;
            let mut all: Vec<Range<u64>> = spans.into_iter().map(range).collect();
            let asked = range(asked);
            let spans: Spans<Range<u64>> = all.iter().map(|span| (span.clone(), span.clone())).collect();
            all.sort_by_key(|span| span.start);
            all.retain(|span| span.clone().any(|byte| asked.contains(&byte)));
            prop_assert_eq!(spans.touching(asked).cloned().collect::<Vec<_>>(), all);
        }
    }
}
