//! Opening a capture: what it is, is told from its first bytes, never from its name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::CaptureError;
use super::gzip;
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::source::Source;
use super::stream::Stream;

/// A capture of which nothing has been read yet: until it is, nobody's bytes can do harm.
pub struct Unread {
    reader: Box<dyn Read + Send>,
    name: String,
}

impl std::fmt::Debug for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unread")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Opens a capture file; `-` is standard input.
///
/// # Errors
///
/// The file cannot be opened, is empty, or is no capture.
pub fn open(path: &Path) -> Result<Box<dyn Source + Send>, CaptureError> {
    Unread::open(path)?.recognise()
}

/// Reads a capture from anything; errors call it `name`.
///
/// # Errors
///
/// It cannot be read, is empty, or is no capture.
pub fn from_reader(
    reader: Box<dyn Read + Send>,
    name: String,
) -> Result<Box<dyn Source + Send>, CaptureError> {
    Unread { reader, name }.recognise()
}

impl Unread {
    /// Opens a capture file, and reads nothing of it; `-` is standard input.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is a directory.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        Self::open_through(path, |file| Box::new(file))
    }

    /// As [`Unread::open`], but a file's bytes come through what `read` makes of it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_through(
        path: &Path,
        read: impl FnOnce(File) -> Box<dyn Read + Send>,
    ) -> Result<Self, CaptureError> {
        if path == Path::new("-") {
            return Ok(Self {
                reader: Box::new(io::stdin()),
                name: "standard input".to_owned(),
            });
        }
        let name = path.display().to_string().escape_debug().to_string();
        let file = File::open(path).map_err(|source| CaptureError::Open {
            path: name.clone(),
            source,
        })?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(CaptureError::Directory { path: name });
        }
        Ok(Self {
            reader: read(file),
            name,
        })
    }

    /// Tells from the first bytes what it is.
    ///
    /// # Errors
    ///
    /// It cannot be read, is empty, or is no capture.
    pub fn recognise(self) -> Result<Box<dyn Source + Send>, CaptureError> {
        let Self { mut reader, name } = self;
        let mut first = [0; 2];
        let count = read_up_to(&mut reader, &mut first).map_err(|source| CaptureError::Open {
            path: name.clone(),
            source,
        })?;
        let whole = io::Cursor::new(first).take(count as u64).chain(reader);
        let plain: Box<dyn Read + Send> = if first == gzip::MAGIC {
            Box::new(gzip::Members::new(Box::new(whole)))
        } else {
            Box::new(whole)
        };
        recognise(Stream::new(plain, name))
    }
}

/// Compressions that are not undone here: how they begin, and what undoes them.
const OTHER_COMPRESSIONS: &[(&[u8], &str, &str)] = &[
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd -dc"),
    (&[0x04, 0x22, 0x4d, 0x18], "LZ4", "lz4 -dc"),
    (b"BZh", "bzip2", "bzip2 -dc"),
    (b"\xfd7zXZ\0", "xz", "xz -dc"),
];

fn recognise(mut stream: Stream) -> Result<Box<dyn Source + Send>, CaptureError> {
    let bytes = stream.peek(16)?;
    if bytes.is_empty() {
        return Err(CaptureError::Empty {
            path: stream.path().to_owned(),
        });
    }
    if Pcapng::begins_with(bytes) {
        return Ok(Box::new(Pcapng::new(stream)));
    }
    if let Some(format) = super::pcap::Format::recognise(bytes) {
        return Ok(Box::new(Pcap::new(stream, format)?));
    }
    if let Some((_, name, command)) = OTHER_COMPRESSIONS
        .iter()
        .find(|(magic, ..)| bytes.starts_with(magic))
    {
        return Err(CaptureError::Compressed {
            path: stream.path().to_owned(),
            name,
            command,
        });
    }
    let first = bytes.get(..16).unwrap_or(bytes);
    let found: Vec<String> = first.iter().map(|byte| format!("{byte:02x}")).collect();
    Err(CaptureError::NotACapture {
        found: found.join(" "),
        text: first
            .iter()
            .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()),
        path: stream.path().to_owned(),
    })
}

fn read_up_to(reader: &mut dyn Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while let Some(free) = bytes.get_mut(count..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}
