//! What is known of the bytes of a stream.

use std::collections::BTreeMap;

/// The bytes of a stream that calls were seen to hand over, each run at its own place: of a long call only the first
/// are recorded, and of a file that the kernel sends none.
#[derive(Clone, Debug, Default)]
pub struct Content(BTreeMap<u64, Vec<u8>>);

impl Content {
    /// Adds what begins at this byte of the stream.
    pub fn add(&mut self, start: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.insert(start, bytes.to_vec());
        }
    }

    /// What is known from this byte of the stream on, in one run; empty where that is nothing.
    pub fn from(&self, at: u64) -> &[u8] {
        let Some((start, run)) = self.0.range(..=at).next_back() else {
            return &[];
        };
        let before = usize::try_from(at - start).unwrap_or(usize::MAX);
        run.get(before..).unwrap_or(&[])
    }

    /// The end of what is known, in bytes of the stream.
    pub fn end(&self) -> u64 {
        let ends = self.0.iter().map(|(start, run)| start + run.len() as u64);
        ends.max().unwrap_or(0)
    }
}

impl<T: AsRef<[u8]>> From<T> for Content {
    fn from(stream: T) -> Self {
        let mut content = Self::default();
        content.add(0, stream.as_ref());
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_stands_at_its_own_place() {
        let mut content = Content::default();
        content.add(8, b"AFTER");
        assert_eq!(content.from(0), b"");
        assert_eq!(content.from(9), b"FTER");
        assert_eq!(content.from(13), b"");
        content.add(0, b"FILEDATA");
        assert_eq!(content.from(4), b"DATA");
        assert_eq!(content.end(), 13);
    }
}
