//! Writing captures: pcapng with everything that is known of a frame, or pcap where the name asks for it.
//!
//! A new file is made with `O_EXCL`, so no link is ever followed and nothing is lost by mistake.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use pcap_file::pcap::{PcapHeader, PcapWriter, RawPcapPacket};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError, TsResolution};

use super::error::CaptureError;
use super::pcap::LONGEST_FRAME;
use super::source::Interface;
use crate::model::frame::{Direction, Frame};

/// What happens when the file is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is left alone, and that is an error.
    Keep,
    /// It is emptied and written anew.
    Overwrite,
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Knows interfaces, directions and comments.
    Pcapng,
    /// Knows none of these, and one link type alone.
    Pcap,
}

impl Format {
    /// The format that a file name asks for: pcap when it ends in `.pcap`.
    pub fn of_name(path: &Path) -> Self {
        match path.extension() {
            Some(extension) if extension == "pcap" => Self::Pcap,
            _ => Self::Pcapng,
        }
    }
}

/// A capture that is being written.
pub struct Writer {
    inner: Inner,
    sink: Sink,
    path: String,
    frames: u64,
}

enum Inner {
    Pcapng(PcapNgWriter<Sink>),
    Pcap(PcapWriter<Sink>),
}

/// The file, shared between the format's writer, which does not give it back, and us, who flush it.
#[derive(Clone)]
struct Sink(Rc<RefCell<BufWriter<Box<dyn Write>>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Makes a capture file with these interfaces; `-` is standard output. The name chooses the format.
    ///
    /// # Errors
    ///
    /// The file is there already and is to be kept, or cannot be made.
    pub fn create(
        path: &Path,
        interfaces: &[Interface],
        existing: Existing,
    ) -> Result<Self, CaptureError> {
        let name = path.display().to_string().escape_debug().to_string();
        let file = make_file(path, existing).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                CaptureError::Exists { path: name.clone() }
            } else {
                CaptureError::Create {
                    path: name.clone(),
                    source,
                }
            }
        })?;
        let sink = Sink(Rc::new(RefCell::new(BufWriter::new(file))));
        let inner = match Format::of_name(path) {
            Format::Pcapng => begin_pcapng(sink.clone(), interfaces).map(Inner::Pcapng),
            Format::Pcap => begin_pcap(sink.clone(), interfaces).map(Inner::Pcap),
        };
        match inner {
            Ok(inner) => Ok(Self {
                inner,
                sink,
                path: name,
                frames: 0,
            }),
            Err(error) => Err(CaptureError::Create {
                path: name,
                source: io_error(error),
            }),
        }
    }

    /// Writes one frame; pcapng keeps the comment with it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn frame(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> Result<(), CaptureError> {
        let time = Duration::from_nanos(u64::try_from(frame.time.nanoseconds()).unwrap_or(0));
        let written = match &mut self.inner {
            Inner::Pcapng(writer) => writer
                .write_pcapng_block(EnhancedPacketBlock {
                    interface_id: frame.interface.unwrap_or(0),
                    timestamp: time,
                    original_len: frame.wire_length,
                    data: Cow::Borrowed(frame.bytes),
                    options: packet_options(frame, comment),
                })
                .map(drop),
            Inner::Pcap(writer) => writer
                .write_raw_packet(&RawPcapPacket {
                    ts_sec: u32::try_from(time.as_secs()).unwrap_or(u32::MAX),
                    ts_frac: time.subsec_nanos(),
                    incl_len: u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX),
                    orig_len: frame.wire_length,
                    data: Cow::Borrowed(frame.bytes),
                })
                .map(drop),
        };
        written.map_err(|error| self.failed(io_error(error)))?;
        self.frames += 1;
        Ok(())
    }

    /// Hands everything over to the system, so that the file is whole as it is.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), CaptureError> {
        let flushed = self.sink.flush();
        flushed.map_err(|error| self.failed(error))
    }

    /// How many frames have been written.
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    fn failed(&self, source: io::Error) -> CaptureError {
        CaptureError::Write {
            path: self.path.clone(),
            frames: self.frames,
            source,
        }
    }
}

fn make_file(path: &Path, existing: Existing) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout()));
    }
    let mut options = OpenOptions::new();
    options.write(true);
    match existing {
        Existing::Keep => options.create_new(true),
        Existing::Overwrite => options
            .create(true)
            .truncate(true)
            .custom_flags(libc::O_NOFOLLOW),
    };
    Ok(Box::new(options.open(path)?))
}

fn begin_pcapng(sink: Sink, interfaces: &[Interface]) -> Result<PcapNgWriter<Sink>, PcapError> {
    let section = SectionHeaderBlock {
        options: vec![
            SectionHeaderOption::OS(Cow::Borrowed(std::env::consts::OS)),
            SectionHeaderOption::UserApplication(Cow::Borrowed(concat!(
                "netinspect ",
                env!("CARGO_PKG_VERSION")
            ))),
        ],
        ..SectionHeaderBlock::default()
    };
    let mut writer = PcapNgWriter::with_section_header(sink, section)?;
    for interface in interfaces {
        writer.write_pcapng_block(describe(interface))?;
    }
    Ok(writer)
}

fn describe(interface: &Interface) -> InterfaceDescriptionBlock<'_> {
    let name = interface.name.as_deref();
    let description = interface.description.as_deref();
    let mut options = Vec::new();
    options.extend(name.map(|name| InterfaceDescriptionOption::IfName(Cow::Borrowed(name))));
    options.extend(
        description.map(|text| InterfaceDescriptionOption::IfDescription(Cow::Borrowed(text))),
    );
    // Times count nanoseconds.
    options.push(InterfaceDescriptionOption::IfTsResol(9));
    InterfaceDescriptionBlock {
        linktype: DataLink::from(u32::from(interface.link_type.0)),
        snaplen: interface.snap_length,
        options,
    }
}

fn packet_options<'a>(
    frame: &Frame<'_>,
    comment: Option<&'a str>,
) -> Vec<EnhancedPacketOption<'a>> {
    let mut options = Vec::new();
    options.extend(comment.map(|text| EnhancedPacketOption::Comment(Cow::Borrowed(text))));
    options.extend(frame.direction.map(|direction| {
        EnhancedPacketOption::Flags(match direction {
            Direction::Inbound => 1,
            Direction::Outbound => 2,
        })
    }));
    options
}

fn begin_pcap(sink: Sink, interfaces: &[Interface]) -> Result<PcapWriter<Sink>, PcapError> {
    let link_type = interfaces
        .first()
        .map_or(1, |interface| u32::from(interface.link_type.0));
    let header = PcapHeader {
        snaplen: LONGEST_FRAME,
        datalink: DataLink::from(link_type),
        ts_resolution: TsResolution::NanoSecond,
        // As tcpdump writes it; the crate's own default is big-endian.
        endianness: Endianness::native(),
        ..PcapHeader::default()
    };
    PcapWriter::with_header(sink, header)
}

fn io_error(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
