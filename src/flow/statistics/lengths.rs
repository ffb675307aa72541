//! How long the frames were on the wire.

use std::ops::RangeInclusive;

use super::Count;

/// The least lengths of the classes, as Wireshark has them; each reaches to the next.
const BEGINNINGS: [u32; 10] = [0, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];

/// The frames of some lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// How many, and their bytes.
    pub count: Count,
    /// The length of the shortest.
    pub shortest: u32,
    /// The length of the longest.
    pub longest: u32,
}

impl Class {
    fn add(&mut self, length: u32) {
        self.shortest = match self.count.frames {
            0 => length,
            _ => self.shortest.min(length),
        };
        self.longest = self.longest.max(length);
        self.count.add(length);
    }
}

/// The lengths of the frames, in classes.
#[derive(Debug, Default)]
pub struct Lengths {
    all: Class,
    classes: [Class; BEGINNINGS.len()],
}

impl Lengths {
    /// Counts a frame of so many bytes on the wire.
    pub fn add(&mut self, length: u32) {
        self.all.add(length);
        let after = BEGINNINGS.partition_point(|least| *least <= length);
        if let Some(class) = self.classes.get_mut(after.saturating_sub(1)) {
            class.add(length);
        }
    }

    /// The frames of all lengths.
    pub const fn all(&self) -> Class {
        self.all
    }

    /// The classes, each with the lengths it is for.
    pub fn classes(&self) -> impl Iterator<Item = (RangeInclusive<u32>, Class)> {
        let ends = BEGINNINGS.iter().skip(1).map(|next| next - 1);
        let ranges = BEGINNINGS.iter().zip(ends.chain([u32::MAX]));
        ranges
            .zip(&self.classes)
            .map(|((least, most), class)| (*least..=most, *class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_in_the_class_that_begins_with_it() {
        let mut lengths = Lengths::default();
        for length in [19, 20, 39, 40, 5120, 9000] {
            lengths.add(length);
        }
        let frames: Vec<u64> = lengths.classes().map(|(_, c)| c.count.frames).collect();
        assert_eq!(frames, [1, 2, 1, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!([lengths.all().shortest, lengths.all().longest], [19, 9000]);
    }
}
