//! The newer capture format: blocks, of which some are frames (draft-ietf-opsawg-pcapng, sections 3 and 4).
//!
//! Blocks that hold no frame are passed over, known or not. A capture may hold several sections, each
//! with interfaces of its own; interfaces are numbered on over the sections.

use super::error::CaptureError;
use super::pcap::{LONGEST_FRAME, Order};
use super::source::{Interface, Source};
use super::stream::Stream;
use crate::model::frame::{ChecksumOffload, Direction, Frame, LinkType, Timestamp};
use crate::model::secrets::Secrets;

/// A capture in the newer format.
#[derive(Debug)]
pub struct Pcapng {
    stream: Stream,
    order: Order,
    interfaces: Vec<Interface>,
    clocks: Vec<Clock>,
    /// How many interfaces came before the current section.
    before_section: usize,
    /// The time of the last frame: that of one whose block has none, which came no earlier.
    time: Timestamp,
    over: bool,
    /// The comments of the last frame, where it has several.
    comments: Vec<u8>,
    secrets: Secrets,
}

/// How the times of an interface count.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// Units in a second.
    per_second: u64,
    /// Seconds to add.
    offset: i64,
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const MAJOR_VERSION: u16 = 1;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// A block of secrets (draft-ietf-opsawg-pcapng, section 4.7).
pub const SECRETS: u32 = 10;

/// The kind of secrets that is a key log of TLS.
pub const TLS_KEY_LOG: u32 = 0x544c_534b;

/// The option of any block that is a comment, of which there may be several.
const COMMENT: u16 = 1;

/// The bytes of an option before its value.
const OPTION_HEAD: usize = 4;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// The bytes of a block of secrets before them: its head, their kind and their length.
const BEFORE_SECRETS: usize = 16;

/// The head and foot that every block has: type, length, and the length again.
const AROUND_BLOCK: u32 = 12;

/// The longest block that is kept in memory: a frame of the greatest length and 64 KiB of options. Of longer
/// blocks that hold no frame, sections and interfaces are read as far as that, secrets piece by piece.
pub const LONGEST_BLOCK: u32 = LONGEST_FRAME + 65_536;

/// How much of a block of secrets is read at once, in bytes: many lines.
const PIECE_OF_SECRETS: usize = 65_536;

/// How many interfaces a capture may describe, over all its sections.
pub const MOST_INTERFACES: usize = 65_536;

/// How many bytes of an interface's name or description are kept: with so many interfaces, 32 MiB of them.
const LONGEST_TEXT: usize = 256;

/// A block's head.
struct Head {
    kind: u32,
    length: u32,
}

/// Where a frame lies in its block, counted from the block's start, and what the block says of it.
struct Record {
    bytes: std::ops::Range<usize>,
    interface: usize,
    time: Timestamp,
    wire_length: u32,
    direction: Option<Direction>,
    /// The first comment.
    comment: Option<std::ops::Range<usize>>,
    has_more_comments: bool,
}

impl Pcapng {
    /// Whether a capture that begins with `bytes` is of this format.
    pub fn begins_with(bytes: &[u8]) -> bool {
        bytes.first_chunk() == Some(&SECTION_HEADER.to_be_bytes())
    }

    /// A capture that begins with a section header.
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            order: Order::Little,
            interfaces: Vec::new(),
            clocks: Vec::new(),
            before_section: 0,
            time: Timestamp::from_nanoseconds(0),
            over: false,
            comments: Vec::new(),
            secrets: Secrets::default(),
        }
    }

    fn next_record(&mut self) -> Result<Option<(Record, std::ops::Range<usize>)>, CaptureError> {
        while let Some(head) = self.head()? {
            let record = match head.kind {
                SECTION_HEADER | INTERFACE_DESCRIPTION => {
                    self.read_block(&head)?;
                    None
                }
                OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET => self.read_block(&head)?,
                SECRETS => {
                    self.read_secrets(&head)?;
                    continue;
                }
                _ => None,
            };
            let Some(record) = record else {
                self.pass_over(&head)?;
                continue;
            };
            let block = self.stream.take(head.length as usize);
            self.stream.frames += 1;
            self.time = record.time;
            return Ok(Some((record, block)));
        }
        Ok(None)
    }

    /// The head of the next block; `None` at the end of the capture.
    fn head(&mut self) -> Result<Option<Head>, CaptureError> {
        let bytes = self.stream.peek(AROUND_BLOCK as usize)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() < AROUND_BLOCK as usize {
            return Err(self.stream.cut("a block", u64::from(AROUND_BLOCK)));
        }
        if Self::begins_with(bytes) {
            self.order = match Order::Little.u32_at(bytes, 8) {
                BYTE_ORDER_MAGIC => Order::Little,
                swapped if swapped.swap_bytes() == BYTE_ORDER_MAGIC => Order::Big,
                found => {
                    let what = format!(
                        "the byte-order magic of a section is 0x{found:08x}, not 0x1a2b3c4d in either order"
                    );
                    return Err(self.stream.damaged(what));
                }
            };
        }
        let bytes = self.stream.peek(AROUND_BLOCK as usize)?;
        let kind = self.order.u32_at(bytes, 0);
        let length = self.order.u32_at(bytes, 4);
        if length < AROUND_BLOCK || !length.is_multiple_of(4) {
            let what = format!(
                "a block of type {kind} says that it is {length} bytes long; a length is at least 12 and a multiple of 4"
            );
            return Err(self.stream.damaged(what));
        }
        Ok(Some(Head { kind, length }))
    }

    fn pass_over(&mut self, head: &Head) -> Result<(), CaptureError> {
        let begin = self.stream.offset();
        self.pass_over_rest(head, begin)
    }

    /// Passes over what is left of a block that began at this byte.
    fn pass_over_rest(&mut self, head: &Head, begin: u64) -> Result<(), CaptureError> {
        let length = u64::from(head.length);
        let before = self.stream.offset() - begin;
        let present = before + self.stream.skip(length - before)?;
        if present < length {
            return Err(self.stream.cut_at(begin, "a block", length, present));
        }
        Ok(())
    }

    /// Takes down the key log that a block has, where it is one, and takes the block.
    fn read_secrets(&mut self, head: &Head) -> Result<(), CaptureError> {
        let begin = self.stream.offset();
        let fixed = self.stream.peek(BEFORE_SECRETS)?;
        let is_key_log = self.order.u32_at(fixed, 8) == TLS_KEY_LOG;
        let stated = self.order.u32_at(fixed, 12) as usize;
        let around = BEFORE_SECRETS + size_of::<u32>();
        let room = (head.length as usize).saturating_sub(around);
        let mut left = stated.min(room);
        if is_key_log && left > 0 {
            self.stream.take(BEFORE_SECRETS);
            while left > 0 {
                let there = self.stream.peek(left.min(PIECE_OF_SECRETS))?;
                let piece = there.get(..left).unwrap_or(there);
                let end = piece.iter().rposition(|byte| *byte == b'\n');
                let taken = match end {
                    // The last line needs no end, and what is none at all is no line.
                    None => piece.len(),
                    Some(_) if piece.len() == left => left,
                    Some(end) => end + 1,
                };
                if taken == 0 {
                    break;
                }
                self.secrets
                    .take_down(piece.get(..taken).unwrap_or_default());
                self.stream.take(taken);
                left -= taken;
            }
        }
        self.pass_over_rest(head, begin)
    }

    /// Reads the block that the head announces, without taking it.
    fn read_block(&mut self, head: &Head) -> Result<Option<Record>, CaptureError> {
        let holds_a_frame = !matches!(head.kind, SECTION_HEADER | INTERFACE_DESCRIPTION);
        if holds_a_frame && head.length > LONGEST_BLOCK {
            let what = format!(
                "a block of type {} says that it is {} bytes long, and no frame needs more than {LONGEST_BLOCK}",
                head.kind, head.length
            );
            return Err(self.stream.damaged(what));
        }
        let order = self.order;
        let length = head.length.min(LONGEST_BLOCK) as usize;
        let available = self.stream.peek(length)?;
        let Some(block) = available.get(..length) else {
            return Err(self.stream.cut("a block", u64::from(head.length)));
        };
        let again = order.u32_at(block, length - 4);
        if again != head.length && head.length <= LONGEST_BLOCK {
            let what = format!(
                "a block of type {} is {length} bytes long by its first word and {again} by its last",
                head.kind
            );
            return Err(self.stream.damaged(what));
        }
        let block = Block {
            order,
            bytes: block,
        };
        let found = match head.kind {
            SECTION_HEADER => {
                self.before_section = self.interfaces.len();
                block.version().map(|()| None)
            }
            INTERFACE_DESCRIPTION => {
                let (interface, clock) = block.interface();
                if self.interfaces.len() < MOST_INTERFACES {
                    self.interfaces.push(interface);
                    self.clocks.push(clock);
                    Ok(None)
                } else {
                    Err(format!(
                        "it describes more than {MOST_INTERFACES} interfaces"
                    ))
                }
            }
            kind => {
                let clocks = self.clocks.get(self.before_section..).unwrap_or_default();
                let snap_length = self
                    .interfaces
                    .get(self.before_section)
                    .map_or(0, |first| first.snap_length);
                block.packet(kind, clocks, snap_length, self.time).map(Some)
            }
        };
        found.map_err(|what| self.stream.damaged(what))
    }
}

/// A whole block, head and foot included.
#[derive(Clone, Copy)]
struct Block<'a> {
    order: Order,
    bytes: &'a [u8],
}

impl<'a> Block<'a> {
    fn u16_at(&self, at: usize) -> u16 {
        self.order.u16_at(self.bytes, at)
    }

    fn u32_at(&self, at: usize) -> u32 {
        self.order.u32_at(self.bytes, at)
    }

    /// Whether a section is of a version that is known.
    fn version(&self) -> Result<(), String> {
        match [12, 14].map(|at| self.u16_at(at)) {
            [MAJOR_VERSION, _] => Ok(()),
            [major, minor] => Err(format!(
                "it says that it is of version {major}.{minor} of pcapng, and only {MAJOR_VERSION} is known"
            )),
        }
    }

    fn interface(&self) -> (Interface, Clock) {
        let mut interface = Interface {
            snap_length: self.u32_at(12),
            ..Interface::of_link(LinkType(self.u16_at(8)))
        };
        let mut clock = Clock {
            per_second: 1_000_000,
            offset: 0,
        };
        for (code, range) in self.options(16) {
            let value = self.bytes.get(range).unwrap_or_default();
            match code {
                2 => interface.name = Some(text(value)),
                3 => interface.description = Some(text(value)),
                9 => clock.per_second = resolution(value.first().copied().unwrap_or(6)),
                14 => clock.offset = self.i64_of(value),
                _ => {}
            }
        }
        (interface, clock)
    }

    fn i64_of(&self, value: &[u8]) -> i64 {
        let high = self.order.u32_at(value, 0);
        let low = self.order.u32_at(value, 4);
        let (high, low) = match self.order {
            Order::Big => (high, low),
            Order::Little => (low, high),
        };
        (u64::from(high) << 32 | u64::from(low)).cast_signed()
    }

    /// What a block has of a frame; `before` is the time of the frame before.
    fn packet(
        &self,
        kind: u32,
        clocks: &[Clock],
        snap_length: u32,
        before: Timestamp,
    ) -> Result<Record, String> {
        let (interface, start) = match kind {
            ENHANCED_PACKET => (self.u32_at(8) as usize, 28),
            OBSOLETE_PACKET => (usize::from(self.u16_at(8)), 28),
            _ => (0, 12),
        };
        let Some(clock) = clocks.get(interface) else {
            return Err(format!(
                "a frame is said to come from interface {interface}, but the section has described {} so far",
                clocks.len()
            ));
        };
        let room = self.bytes.len().saturating_sub(4 + start);
        let (captured, original, time) = if kind == SIMPLE_PACKET {
            let original = self.u32_at(8);
            let limit = if snap_length == 0 {
                u32::MAX
            } else {
                snap_length
            };
            let captured = (original.min(limit) as usize).min(room);
            (captured, original, before)
        } else {
            let units = u64::from(self.u32_at(12)) << 32 | u64::from(self.u32_at(16));
            (self.u32_at(20) as usize, self.u32_at(24), clock.time(units))
        };
        if captured > room {
            return Err(format!(
                "a frame of {captured} bytes does not fit into its block, which has room for {room}"
            ));
        }
        if captured > LONGEST_FRAME as usize {
            return Err(format!(
                "a frame says that it has {captured} bytes, and no frame has more than {LONGEST_FRAME}"
            ));
        }
        let mut record = Record {
            bytes: start..start + captured,
            interface,
            time,
            wire_length: original,
            direction: None,
            comment: None,
            has_more_comments: false,
        };
        if kind != SIMPLE_PACKET {
            self.read_packet_options(start + captured.next_multiple_of(4), &mut record);
        }
        Ok(record)
    }

    fn read_packet_options(&self, start: usize, record: &mut Record) {
        for (code, range) in self.options(start) {
            match code {
                COMMENT if record.comment.is_some() => record.has_more_comments = true,
                COMMENT => record.comment = Some(range),
                2 => {
                    record.direction = match self.u32_at(range.start) & 3 {
                        1 => Some(Direction::Inbound),
                        2 => Some(Direction::Outbound),
                        _ => None,
                    }
                }
                _ => {}
            }
        }
    }

    /// Appends the comments among the options from byte `at` on, with a NUL between two.
    fn push_comments(self, at: usize, out: &mut Vec<u8>) {
        let comments = self.options(at).filter(|(code, _)| *code == COMMENT);
        for (index, (_, range)) in comments.enumerate() {
            if index > 0 {
                out.push(0);
            }
            out.extend_from_slice(self.bytes.get(range).unwrap_or_default());
        }
    }

    /// The options from byte `at` on: their codes, and where their values are. Stops at what is none.
    fn options(
        self,
        mut at: usize,
    ) -> impl Iterator<Item = (u16, std::ops::Range<usize>)> + use<'a> {
        let end = self.bytes.len().saturating_sub(4);
        std::iter::from_fn(move || {
            if at + OPTION_HEAD > end {
                return None;
            }
            let code = self.u16_at(at);
            let length = usize::from(self.u16_at(at + 2));
            let value = at + OPTION_HEAD..at + OPTION_HEAD + length;
            if code == 0 || value.end > end {
                return None;
            }
            at = value.start + length.next_multiple_of(4);
            Some((code, value))
        })
    }
}

impl Clock {
    /// The moment that a count of units stands for; saturates.
    fn time(&self, units: u64) -> Timestamp {
        let nanoseconds = u128::from(units) * 1_000_000_000 / u128::from(self.per_second);
        let whole = i128::try_from(nanoseconds).unwrap_or(i128::MAX);
        let moved = whole.saturating_add(i128::from(self.offset) * 1_000_000_000);
        let bounded = moved.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Timestamp::from_nanoseconds(i64::try_from(bounded).unwrap_or(i64::MAX))
    }
}

/// Units in a second, from the option `if_tsresol`: a power of ten, or of two with the first bit set.
fn resolution(option: u8) -> u64 {
    let exponent = u32::from(option & 0x7f);
    let base: u64 = if option & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(exponent).unwrap_or(u64::MAX)
}

fn text(value: &[u8]) -> String {
    let kept = value.get(..LONGEST_TEXT).unwrap_or(value);
    let text = String::from_utf8_lossy(kept);
    // What is no UTF-8 becomes longer than it was.
    let end = text.floor_char_boundary(LONGEST_TEXT);
    let text = text.get(..end).unwrap_or_default();
    text.trim_end_matches('\0').to_owned()
}

impl Source for Pcapng {
    fn tell_secrets(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if self.over {
            return Ok(None);
        }
        let record = self.next_record();
        self.over = !matches!(record, Ok(Some(_)));
        let Some((record, block)) = record? else {
            return Ok(None);
        };
        let interface = self.before_section + record.interface;
        let link_type = self
            .interfaces
            .get(interface)
            .map_or(LinkType::ETHERNET, |interface| interface.link_type);
        let block = self.stream.taken(block);
        let comment = match record.comment {
            Some(first) if record.has_more_comments => {
                self.comments.clear();
                let block = Block {
                    order: self.order,
                    bytes: block,
                };
                block.push_comments(first.start - OPTION_HEAD, &mut self.comments);
                Some(self.comments.as_slice())
            }
            first => first.and_then(|range| block.get(range)),
        };
        Ok(Some(Frame {
            number: self.stream.frames,
            time: record.time,
            link_type,
            interface: u32::try_from(interface).ok(),
            direction: record.direction,
            wire_length: record.wire_length,
            checksum_offload: ChecksumOffload::NotKnown,
            comment,
            bytes: block.get(record.bytes).unwrap_or_default(),
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}
