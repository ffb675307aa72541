//! Writing captures: pcapng with everything that is known of a frame, or pcap where the name asks for it.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::time::Duration;

use pcap_file::pcap::{PcapHeader, PcapWriter, RawPcapPacket};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::blocks::unknown::UnknownBlock;
use pcap_file::{DataLink, Endianness, PcapError, TsResolution};

use super::error::CaptureError;
use super::pcap::LONGEST_FRAME;
use super::pcapng::{SECRETS, TLS_KEY_LOG};
pub use super::place::Existing;
use super::place::make;
use super::sink::{Sink, Target};
use super::source::Interface;
use crate::model::frame::{Direction, Frame};

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

/// The bytes before a frame in a pcap file: its time and its lengths (draft-ietf-opsawg-pcap, section 5).
const PCAP_RECORD_HEADER: u64 = 16;

/// The bytes of an enhanced packet block beside the frame and its options (draft-ietf-opsawg-pcapng,
/// section 4.3).
const ENHANCED_PACKET: u64 = 32;

/// A capture that is being written.
pub struct Writer {
    inner: Inner,
    sink: Sink,
    path: String,
}

enum Inner {
    Pcapng(PcapNgWriter<Sink>),
    Pcap(PcapWriter<Sink>),
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .field("frames", &self.sink.records())
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Makes a capture file with these interfaces; `-` is standard output. The name chooses the format.
    ///
    /// # Errors
    ///
    /// The file is there already and is to be kept, is a folder, or cannot be made.
    pub fn create(
        path: &Path,
        interfaces: &[Interface],
        existing: Existing,
    ) -> Result<Self, CaptureError> {
        let name = path.display().to_string().escape_debug().to_string();
        let not_made = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => CaptureError::Exists { path: name.clone() },
            io::ErrorKind::IsADirectory => CaptureError::Folder { path: name.clone() },
            _ => CaptureError::Create {
                path: name.clone(),
                source,
            },
        };
        let target = if path == Path::new("-") {
            Target::Output(io::stdout())
        } else {
            Target::File(make(path, existing).map_err(not_made)?)
        };
        let sink = Sink::new(target);
        let inner = match Format::of_name(path) {
            Format::Pcapng => begin_pcapng(sink.clone(), interfaces).map(Inner::Pcapng),
            Format::Pcap => begin_pcap(sink.clone(), interfaces).map(Inner::Pcap),
        };
        let inner = inner.map_err(io_error).map_err(not_made)?;
        // A capture without frames is one too.
        sink.hand_over().map_err(not_made)?;
        Ok(Self {
            inner,
            sink,
            path: name,
        })
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
        written
            .map_err(io_error)
            .and_then(|()| self.sink.end_record())
            .map_err(|error| self.failed(error))
    }

    /// Writes a part of a key log of TLS, which pcapng keeps for the frames behind it; pcap cannot.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn key_log(&mut self, log: &[u8]) -> Result<(), CaptureError> {
        let Inner::Pcapng(writer) = &mut self.inner else {
            return Ok(());
        };
        let length = u32::try_from(log.len()).unwrap_or(u32::MAX);
        let head = [TLS_KEY_LOG, length].map(u32::to_be_bytes).concat();
        let mut block = [&head, log].concat();
        block.resize(block.len().next_multiple_of(4), 0);
        writer
            .write_pcapng_block(UnknownBlock::new(SECRETS, 0, &block))
            .map_err(io_error)
            .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Hands everything over to the system, so that the file is whole as it is.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), CaptureError> {
        self.sink.hand_over().map_err(|error| self.failed(error))
    }

    /// Whether frames can be written again: in a file they can, in a pipe they cannot.
    pub fn can_go_back(&self) -> bool {
        self.sink.can_go_back()
    }

    /// From here on, frames may be written again.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn mark(&mut self) -> Result<(), CaptureError> {
        self.sink.mark().map_err(|error| self.failed(error))
    }

    /// Begins to write all frames since the mark again. They take the place of those in the file at once, with
    /// [`Writer::end_anew`]; until then, the file is whole as it is.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn begin_anew(&mut self) -> Result<(), CaptureError> {
        self.sink.begin_anew().map_err(|error| self.failed(error))
    }

    /// Puts the frames that were written again in the place of those before.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn end_anew(&mut self) -> Result<(), CaptureError> {
        self.sink.end_anew().map_err(|error| self.failed(error))
    }

    /// How many bytes the file has, or soon will have.
    pub fn bytes(&self) -> u64 {
        self.sink.bytes()
    }

    /// How many bytes this frame takes in it.
    pub fn length_of(&self, frame: &Frame<'_>, comment: Option<&str>) -> u64 {
        let bytes = frame.bytes.len() as u64;
        match self.inner {
            Inner::Pcap(_) => PCAP_RECORD_HEADER + bytes,
            Inner::Pcapng(_) => {
                let comment = comment.map(|text| option_of(text.len() as u64));
                let direction = frame.direction.map(|_| option_of(4));
                let options = comment.unwrap_or(0) + direction.unwrap_or(0);
                let end = if options > 0 { option_of(0) } else { 0 };
                ENHANCED_PACKET + padded(bytes) + options + end
            }
        }
    }

    fn failed(&self, source: io::Error) -> CaptureError {
        CaptureError::Write {
            path: self.path.clone(),
            frames: self.sink.records(),
            source,
        }
    }
}

/// The bytes of an option of a block: its kind, its length, and so many bytes of value.
const fn option_of(length: u64) -> u64 {
    4 + padded(length)
}

/// With what fills the last four bytes up.
const fn padded(length: u64) -> u64 {
    length.next_multiple_of(4)
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
        endianness: Endianness::Big,
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
