//! Bytes of a capture in a buffer that is filled again as it is used up: the same for a file, a pipe and
//! what comes out of gzip.

use std::fmt;
use std::io::{self, Read};

use super::error::CaptureError;

/// How much is read at a time, in bytes: enough that the system call does not count, and little enough that it
/// is still in a near cache when it is looked at.
const PIECE: usize = 128 * 1024;

/// A capture's bytes, and where in it we are.
pub struct Stream {
    reader: Box<dyn Read + Send>,
    path: String,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Position of `buffer[0]` in the capture.
    base: u64,
    at_end: bool,
    /// How many whole frames have been taken.
    pub frames: u64,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("path", &self.path)
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}

impl Stream {
    /// A stream of what `reader` gives; errors call it `path`.
    pub fn new(reader: Box<dyn Read + Send>, path: String) -> Self {
        Self {
            reader,
            path,
            buffer: vec![0; PIECE],
            start: 0,
            end: 0,
            base: 0,
            at_end: false,
            frames: 0,
        }
    }

    /// What errors call it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The position of the next byte in the capture.
    pub fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// The next bytes, at least `wanted` of them unless the capture ends before; they stay where they are.
    /// `wanted` is bounded by the caller: the buffer grows to it.
    ///
    /// # Errors
    ///
    /// The system or the decompression fails.
    #[inline]
    pub fn peek(&mut self, wanted: usize) -> Result<&[u8], CaptureError> {
        if self.end - self.start < wanted {
            self.fill_up_to(wanted)?;
        }
        Ok(self.there().unwrap_or_default())
    }

    /// The next bytes, as many as have been read. Always `Some`: who goes on only with that has a processor foresee
    /// it, and not wait for where they begin.
    #[inline]
    pub fn there(&self) -> Option<&[u8]> {
        self.buffer.get(self.start..self.end)
    }

    /// Takes `count` bytes that [`Stream::peek`] has shown.
    #[inline]
    pub fn take(&mut self, count: usize) -> std::ops::Range<usize> {
        let taken = self.start..(self.start + count).min(self.end);
        self.start = taken.end;
        taken
    }

    /// Bytes that were taken, until the next [`Stream::peek`].
    #[inline]
    pub fn taken(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Passes over bytes without keeping them; how many there were.
    ///
    /// # Errors
    ///
    /// The system or the decompression fails.
    pub fn skip(&mut self, count: u64) -> Result<u64, CaptureError> {
        let mut left = count;
        while left > 0 {
            let there = self.peek(1)?.len() as u64;
            if there == 0 {
                break;
            }
            let step = there.min(left);
            self.take(usize::try_from(step).unwrap_or(usize::MAX));
            left -= step;
        }
        Ok(count - left)
    }

    /// The error of something that begins at the next byte and is cut off by the end of the capture.
    pub fn cut(&self, what: &'static str, needed: u64) -> CaptureError {
        self.cut_at(self.offset(), what, needed, (self.end - self.start) as u64)
    }

    /// The error of something that begins at this byte and is cut off by the end of the capture: so many bytes of it
    /// are there.
    pub fn cut_at(
        &self,
        offset: u64,
        what: &'static str,
        needed: u64,
        present: u64,
    ) -> CaptureError {
        CaptureError::Cut {
            path: self.path.clone(),
            what,
            offset,
            needed,
            present,
            frames: self.frames,
        }
    }

    /// The error of something that cannot be, at the next byte.
    pub fn damaged(&self, what: String) -> CaptureError {
        CaptureError::Damaged {
            path: self.path.clone(),
            what,
            offset: self.offset(),
            frames: self.frames,
        }
    }

    #[cold]
    fn fill_up_to(&mut self, wanted: usize) -> Result<(), CaptureError> {
        while self.end - self.start < wanted && !self.at_end {
            self.fill(wanted)?;
        }
        Ok(())
    }

    fn fill(&mut self, wanted: usize) -> Result<(), CaptureError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.reader.read(free) {
            Ok(0) => self.at_end = true,
            Ok(count) => self.end += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(CaptureError::Read {
                    path: self.path.clone(),
                    offset: self.base + self.end as u64,
                    frames: self.frames,
                    source,
                });
            }
        }
        Ok(())
    }
}
