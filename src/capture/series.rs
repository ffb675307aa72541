//! A capture in one file, or in a series of them: each up to a size or a time, the oldest given up.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::CaptureError;
use super::source::Interface;
use super::write::{Existing, Writer};
use crate::model::frame::{Frame, Timestamp};

/// When the next file of a series is begun. With neither size nor time, never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Before a file would have more than so many bytes; a single frame may be longer.
    pub size: Option<u64>,
    /// With the first frame that came so long after the first one of the file.
    pub time: Option<Duration>,
    /// How many files there are at most: the oldest is removed then.
    pub keep: Option<NonZeroUsize>,
}

impl Rotation {
    const fn never(&self) -> bool {
        self.size.is_none() && self.time.is_none()
    }
}

/// A capture that is being written: one file of the name given, or `NAME-00001.pcapng` and so on.
#[derive(Debug)]
pub struct Series {
    rotation: Rotation,
    name: PathBuf,
    interfaces: Vec<Interface>,
    existing: Existing,
    writer: Writer,
    /// When the first frame of the current file came.
    begun: Option<Timestamp>,
    number: u32,
    files: VecDeque<PathBuf>,
}

/// The last number of a file.
const LAST_NUMBER: u32 = 99_999;

impl Series {
    /// Makes the first file.
    ///
    /// # Errors
    ///
    /// As [`Writer::create`].
    pub fn create(
        name: &Path,
        interfaces: &[Interface],
        existing: Existing,
        rotation: Rotation,
    ) -> Result<Self, CaptureError> {
        let (number, path, writer) = if rotation.never() {
            let writer = Writer::create(name, interfaces, existing)?;
            (0, name.to_owned(), writer)
        } else {
            begin_after(0, name, interfaces, existing)?
        };
        Ok(Self {
            rotation,
            name: name.to_owned(),
            interfaces: interfaces.to_vec(),
            existing,
            writer,
            begun: None,
            number,
            files: VecDeque::from([path]),
        })
    }

    /// Writes one frame, in a new file where it is time for one.
    ///
    /// # Errors
    ///
    /// A file cannot be made, written or removed.
    pub fn frame(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> Result<(), CaptureError> {
        if self.is_full_for(frame, comment) {
            self.begin_next()?;
        }
        self.begun.get_or_insert(frame.time);
        self.writer.frame(frame, comment)
    }

    /// Writes a part of a key log of TLS.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn key_log(&mut self, log: &[u8]) -> Result<(), CaptureError> {
        self.writer.key_log(log)
    }

    /// Hands everything over to the system.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), CaptureError> {
        self.writer.flush()
    }

    /// The one file of a capture that is in one whose frames can be written again; `None` of a pipe or of several
    /// files.
    pub fn only_file(&mut self) -> Option<&mut Writer> {
        let is_one = self.rotation.never() && self.writer.can_go_back();
        is_one.then_some(&mut self.writer)
    }

    fn is_full_for(&self, frame: &Frame<'_>, comment: Option<&str>) -> bool {
        let Some(begun) = self.begun else {
            return false;
        };
        let length = self.writer.bytes() + self.writer.length_of(frame, comment);
        // Before the first frame of the file, when the clock was set back: no age at all.
        let age = u64::try_from(frame.time.since(begun)).unwrap_or(0);
        self.rotation.size.is_some_and(|size| length > size)
            || self
                .rotation
                .time
                .is_some_and(|time| Duration::from_nanos(age) >= time)
    }

    fn begin_next(&mut self) -> Result<(), CaptureError> {
        self.writer.flush()?;
        let (number, path, writer) =
            begin_after(self.number, &self.name, &self.interfaces, self.existing)?;
        self.number = number;
        self.files.push_back(path);
        self.writer = writer;
        self.begun = None;
        let most = self.rotation.keep.map_or(usize::MAX, NonZeroUsize::get);
        while self.files.len() > most
            && let Some(oldest) = self.files.pop_front()
        {
            remove(&oldest)?;
        }
        Ok(())
    }
}

/// Gives a file up; one that somebody has taken away is given up already.
fn remove(path: &Path) -> Result<(), CaptureError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(CaptureError::Remove {
            path: path.display().to_string().escape_debug().to_string(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Makes the next file whose name is free, or all the same the next one where files are overwritten.
fn begin_after(
    number: u32,
    name: &Path,
    interfaces: &[Interface],
    existing: Existing,
) -> Result<(u32, PathBuf, Writer), CaptureError> {
    let mut number = number;
    loop {
        number += 1;
        let path = numbered(name, number);
        match Writer::create(&path, interfaces, existing) {
            Err(CaptureError::Exists { .. } | CaptureError::Folder { .. })
                if number < LAST_NUMBER => {}
            made => return made.map(|writer| (number, path, writer)),
        }
    }
}

/// `live.pcapng` and 7 make `live-00007.pcapng`.
fn numbered(name: &Path, number: u32) -> PathBuf {
    let mut file = name.file_stem().map(OsString::from).unwrap_or_default();
    file.push(format!("-{number:05}"));
    if let Some(extension) = name.extension() {
        file.push(".");
        file.push(extension);
    }
    name.with_file_name(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::frame_of;
    use crate::model::frame::{Direction, LinkType};

    /// How many bytes the files have that three frames of so many bytes are written to.
    fn sizes(name: &str, length: usize, comment: Option<&str>, most: u64) -> Vec<u64> {
        let folder = tempfile::tempdir().unwrap();
        let bytes = vec![7; length];
        let mut frame = frame_of(LinkType::ETHERNET, &bytes, length);
        frame.direction = comment.map(|_| Direction::Inbound);
        let rotation = Rotation {
            size: Some(most),
            ..Rotation::default()
        };
        let interfaces = [Interface::of_link(LinkType::ETHERNET)];
        let name = folder.path().join(name);
        let mut series = Series::create(&name, &interfaces, Existing::Keep, rotation).unwrap();
        for _ in 0..3 {
            series.frame(&frame, comment).unwrap();
        }
        series.flush().unwrap();
        let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
        series.files.iter().map(size).collect()
    }

    #[test]
    fn a_file_is_filled_to_the_last_byte_that_it_may_have_and_not_beyond() {
        for name in ["live.pcap", "live.pcapng"] {
            for length in 60..68 {
                for comment in [None, Some(""), Some("lost"), Some("duplicated")] {
                    let all = sizes(name, length, comment, u64::MAX);
                    let [whole] = all[..] else {
                        panic!("{all:?}");
                    };
                    let exact = sizes(name, length, comment, whole);
                    assert_eq!(exact, [whole], "{name}, {length} bytes, {comment:?}");
                    let less = sizes(name, length, comment, whole - 1);
                    assert_eq!(less.len(), 2, "{name}, {length} bytes, {comment:?}");
                }
            }
        }
    }

    #[test]
    fn a_number_stands_before_the_extension_which_chooses_the_format() {
        for (name, numbered_name) in [
            ("live.pcapng", "live-00007.pcapng"),
            ("/tmp/a.b/live.pcap", "/tmp/a.b/live-00007.pcap"),
            ("live", "live-00007"),
        ] {
            assert_eq!(numbered(Path::new(name), 7), Path::new(numbered_name));
        }
    }
}
