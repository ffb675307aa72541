//! The classic capture format: a header of 24 bytes, then each frame behind a header of 16
//! (draft-ietf-opsawg-pcap, sections 4 and 5).

use super::error::CaptureError;
use super::source::{Interface, Source};
use super::stream::Stream;
use crate::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};

/// How the numbers in a capture are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    order: Order,
    /// Nanoseconds in a unit of the fraction of a second.
    unit: i64,
}

/// The order of bytes in the file's own numbers: that of the host that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

impl Order {
    /// The 16-bit number at byte `at`, 0 beyond the end.
    pub fn u16_at(self, bytes: &[u8], at: usize) -> u16 {
        let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
        let chunk = found.copied().unwrap_or_default();
        match self {
            Self::Big => u16::from_be_bytes(chunk),
            Self::Little => u16::from_le_bytes(chunk),
        }
    }

    /// The 32-bit number at byte `at`, 0 beyond the end.
    pub fn u32_at(self, bytes: &[u8], at: usize) -> u32 {
        let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
        let chunk = found.copied().unwrap_or_default();
        match self {
            Self::Big => u32::from_be_bytes(chunk),
            Self::Little => u32::from_le_bytes(chunk),
        }
    }

    /// The four 32-bit numbers that a record's header is. The order is asked for once, not by each.
    fn four_u32(self, header: &[u8; RECORD_HEADER]) -> [u32; 4] {
        const PLACES: [usize; 4] = [0, 4, 8, 12];
        match self {
            Self::Big => PLACES.map(|at| Self::Big.u32_at(header, at)),
            Self::Little => PLACES.map(|at| Self::Little.u32_at(header, at)),
        }
    }
}

const MICROSECOND_MAGIC: u32 = 0xa1b2_c3d4;
const NANOSECOND_MAGIC: u32 = 0xa1b2_3c4d;

impl Format {
    /// The format of a capture that begins with `bytes`, where it is one.
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        bytes.get(..4)?;
        for order in [Order::Little, Order::Big] {
            let unit = match order.u32_at(bytes, 0) {
                MICROSECOND_MAGIC => 1_000,
                NANOSECOND_MAGIC => 1,
                _ => continue,
            };
            return Some(Self { order, unit });
        }
        None
    }
}

/// A capture in the classic format.
#[derive(Debug)]
pub struct Pcap {
    stream: Stream,
    format: Format,
    interfaces: [Interface; 1],
    over: bool,
}

const FILE_HEADER: usize = 24;
/// There was another before 1998, and none since.
const MAJOR_VERSION: u16 = 2;
const RECORD_HEADER: usize = 16;

/// The most bytes that a frame may have in a capture; libpcap and Wireshark have the same bound. A
/// longer one is taken for damage, so that no file can ask for any amount of memory.
pub const LONGEST_FRAME: u32 = 262_144;

impl Pcap {
    /// Reads the file's header.
    ///
    /// # Errors
    ///
    /// The capture ends inside it, is of another version, or cannot be read.
    pub fn new(mut stream: Stream, format: Format) -> Result<Self, CaptureError> {
        let header = stream.peek(FILE_HEADER)?;
        if header.len() < FILE_HEADER {
            return Err(stream.cut("the header of the file", FILE_HEADER as u64));
        }
        let [major, minor] = [4, 6].map(|at| format.order.u16_at(header, at));
        if major != MAJOR_VERSION {
            return Err(stream.damaged(format!(
                "it says that it is of version {major}.{minor} of pcap, and only {MAJOR_VERSION} is known"
            )));
        }
        let snap_length = format.order.u32_at(header, 16);
        // The upper bits tell how long an FCS is; the type itself has 16 bits.
        let link_type = LinkType((format.order.u32_at(header, 20) & 0xffff) as u16);
        stream.take(FILE_HEADER);
        Ok(Self {
            stream,
            format,
            interfaces: [Interface {
                snap_length,
                ..Interface::of_link(link_type)
            }],
            over: false,
        })
    }

    fn too_long(&self, captured: u32) -> CaptureError {
        self.stream.damaged(format!(
            "frame {} says that it has {captured} bytes, and no frame has more than {LONGEST_FRAME}",
            self.stream.frames + 1
        ))
    }

    /// Takes the next record, where all of it is in the buffer, as it nearly always is.
    #[inline]
    fn take_record(&mut self) -> Option<Record> {
        let there = self.stream.there()?;
        let header: &[u8; RECORD_HEADER] = there.first_chunk()?;
        let [seconds, fraction, captured, original] = self.format.order.four_u32(header);
        let length = RECORD_HEADER + captured as usize;
        if captured > LONGEST_FRAME || there.len() < length {
            return None;
        }
        let record = self.stream.take(length);
        self.stream.frames += 1;
        Some(Record {
            bytes: record.start + RECORD_HEADER..record.end,
            time: Timestamp::from_nanoseconds(
                i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * self.format.unit,
            ),
            wire_length: original,
        })
    }

    /// As [`Pcap::take_record`], after reading what is missing of it; `None` at the end.
    #[cold]
    fn read_record(&mut self) -> Result<Option<Record>, CaptureError> {
        if self.over {
            return Ok(None);
        }
        let is_there = self.read_on();
        self.over = !matches!(is_there, Ok(true));
        Ok(if is_there? { self.take_record() } else { None })
    }

    /// Reads until the next record is in the buffer; whether there is one.
    fn read_on(&mut self) -> Result<bool, CaptureError> {
        let header = self.stream.peek(RECORD_HEADER)?;
        if header.is_empty() {
            return Ok(false);
        }
        if header.len() < RECORD_HEADER {
            return Err(self
                .stream
                .cut("the header of a frame", RECORD_HEADER as u64));
        }
        let captured = self.format.order.u32_at(header, 8);
        if captured > LONGEST_FRAME {
            return Err(self.too_long(captured));
        }
        let length = RECORD_HEADER + captured as usize;
        if self.stream.peek(length)?.len() < length {
            return Err(self.stream.cut("a frame", length as u64));
        }
        Ok(true)
    }
}

/// A frame without what is the same for all.
struct Record {
    bytes: std::ops::Range<usize>,
    time: Timestamp,
    wire_length: u32,
}

impl Source for Pcap {
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let record = match self.take_record() {
            Some(record) => record,
            None => match self.read_record()? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        Ok(Some(Frame {
            number: self.stream.frames,
            time: record.time,
            link_type: self.interfaces[0].link_type,
            interface: None,
            direction: None,
            wire_length: record.wire_length,
            checksum_offload: ChecksumOffload::NotKnown,
            comment: None,
            bytes: self.stream.taken(record.bytes),
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}
