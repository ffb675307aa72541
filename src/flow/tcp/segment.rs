//! A segment, as far as following its connection needs it.

use std::num::NonZeroU16;

use etherparse::{TcpOptionElement, TcpOptionsIterator};

use super::sequence::Seq;
use crate::flow::endpoints::{Endpoint, Pair, Way, ends_around};
use crate::model::bits;
use crate::model::fate::Arrival;
use crate::model::frame::Timestamp;
use crate::model::layer::{Decoded, Extent};
use crate::protocols::checksum::Verdict;
use crate::protocols::{ipv4, tcp};

/// A segment's header in numbers.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// Index of its layer in the frame.
    pub layer: usize,
    /// Number of its frame.
    pub frame: u64,
    /// When it was seen.
    pub time: Timestamp,
    /// Between whom it goes.
    pub pair: Pair,
    /// Which way.
    pub way: Way,
    /// Its sequence number.
    pub seq: Seq,
    /// Its acknowledgment number; counts only with the ACK flag.
    pub ack: Seq,
    /// Its window field, without scale.
    pub window: u16,
    /// Its flags, of the header's twelve bits the lower eight.
    pub flags: Flags,
    /// How many bytes of the stream it carries, on the wire.
    pub length: u32,
    /// What it offers; `None` of all but a SYN, and where the capture has cut its options.
    pub offers: Option<Offers>,
    /// How it came to the other side.
    pub arrival: Arrival,
    /// Its checksum as it is in the header, right or wrong.
    pub checksum: u16,
    /// The identification of its IPv4 packet, where there is one that tells packets apart.
    pub ip_id: Option<NonZeroU16>,
}

/// The flags that decide how a connection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const FIN: u8 = 0x01;
    const SYN: u8 = 0x02;
    const RST: u8 = 0x04;
    const PSH: u8 = 0x08;
    const ACK: u8 = 0x10;

    /// Ends a direction.
    pub const fn fin(self) -> bool {
        self.0 & Self::FIN != 0
    }

    /// Opens a direction.
    pub const fn syn(self) -> bool {
        self.0 & Self::SYN != 0
    }

    /// Breaks off.
    pub const fn rst(self) -> bool {
        self.0 & Self::RST != 0
    }

    /// Asks to hand the bytes on.
    pub const fn psh(self) -> bool {
        self.0 & Self::PSH != 0
    }

    /// Acknowledges.
    pub const fn ack(self) -> bool {
        self.0 & Self::ACK != 0
    }

    /// Neither opens, ends nor breaks off.
    pub const fn are_plain(self) -> bool {
        self.0 & (Self::SYN | Self::FIN | Self::RST) == 0
    }

    /// Opens or breaks off.
    pub const fn open_or_break_off(self) -> bool {
        self.0 & (Self::SYN | Self::RST) != 0
    }

    /// Whether it opens a connection: SYN without ACK.
    pub const fn ask_to_open(self) -> bool {
        self.syn() && !self.ack()
    }
}

/// What the options of a SYN offer for the whole connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offers {
    /// The most bytes that the sender takes in one segment.
    pub mss: Option<u16>,
    /// By how many bits the sender's windows are to be shifted.
    pub window_scale: Option<u8>,
}

/// What any segment reports beside the numbers of its header.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reports {
    /// Whether it came as it was sent, of one that opens, ends or breaks off: what its checksum tells.
    pub is_intact: Option<bool>,
    /// The sender's clock, and what it echoes.
    pub timestamps: Option<(u32, u32)>,
    /// How many bytes have arrived beyond the acknowledgment number.
    pub sacked: u32,
    /// The blocks of these, where it tells any: the number of the first byte, and the one behind the last. A header
    /// has no room for more.
    pub blocks: Option<Blocks>,
}

/// Blocks of bytes: from, and up to before.
pub type Blocks = [Option<(Seq, Seq)>; MOST_BLOCKS];

/// Blocks of eight bytes, in options of 40 at most.
const MOST_BLOCKS: usize = 4;

/// Without options, in bytes.
const HEADER_LENGTH: usize = 20;

impl Segment {
    /// The innermost segment of a frame that is no quotation and whose header is there.
    pub fn of(decoded: &Decoded<'_>) -> Option<Self> {
        let index = decoded
            .layers
            .iter()
            .rposition(|layer| std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL))?;
        let layer = decoded.layers.get(index)?;
        if layer.extent != Extent::Whole {
            return None;
        }
        let bytes = decoded.bytes_of(layer)?;
        // By hand, since a capture may have cut the options off; what is before them counts all the same.
        let header: &[u8; HEADER_LENGTH] = bytes.first_chunk()?;
        let length = tcp::payload_length(bytes, layer.wire_end - layer.start)?;
        let length = u32::try_from(length).ok()?;
        let flags = Flags(header[13]);
        let ip_id = identification_around(decoded, index);
        let two = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let four = |at: usize| u32::from(two(at)) << u16::BITS | u32::from(two(at + 2));
        let ports = [header[0], header[1], header[2], header[3]];
        let (sender, receiver) = ends_around(decoded, index, ports)?;
        let (pair, way) = Pair::of(sender, receiver);
        let mut segment = Self {
            layer: index,
            frame: decoded.frame.number,
            time: decoded.frame.time,
            pair,
            way,
            seq: Seq(four(4)),
            ack: Seq(four(8)),
            window: two(14),
            flags,
            length,
            offers: None,
            arrival: decoded.frame.arrival(),
            checksum: two(16),
            ip_id,
        };
        // Behind it all, so that what nearly every segment has is written at once.
        if flags.syn() {
            segment.offers = Offers::of(bytes);
        }
        if segment.arrival == Arrival::Corrupted && !is_refused(decoded, index) {
            segment.arrival = Arrival::AsSent;
        }
        Some(segment)
    }

    /// Whether its checksum in this frame is right; `None` where not all that it covers is there, and where a network
    /// card fills it in later.
    pub fn is_intact(&self, decoded: &Decoded<'_>) -> Option<bool> {
        match tcp::verdict(&decoded.view(self.layer)?) {
            Verdict::Good => Some(true),
            Verdict::Bad { .. } => Some(false),
            _ => None,
        }
    }

    /// Who sent it.
    pub const fn sender(&self) -> Endpoint {
        self.pair.sender(self.way)
    }

    /// To whom.
    pub const fn receiver(&self) -> Endpoint {
        self.pair.sender(self.way.back())
    }

    /// The number of its first byte: a SYN takes the one before.
    pub const fn first_byte(&self) -> Seq {
        self.seq.plus(self.flags.syn() as u32)
    }

    /// The sequence number behind it: SYN and FIN take one each.
    pub const fn next_seq(&self) -> Seq {
        let one_more = self.flags.syn() || self.flags.fin();
        self.seq.plus(self.length).plus(one_more as u32)
    }

    /// Whether it takes sequence numbers, and so has to be acknowledged.
    pub const fn takes_numbers(&self) -> bool {
        self.length > 0 || self.flags.syn() || self.flags.fin()
    }
}

impl Offers {
    /// Of a segment that begins with these bytes; apart, since few segments are SYNs.
    #[cold]
    #[inline(never)]
    fn of(segment: &[u8]) -> Option<Self> {
        let mut offers = Self::default();
        for option in elements(options(segment)?) {
            match option {
                TcpOptionElement::MaximumSegmentSize(size) => offers.mss = Some(size),
                TcpOptionElement::WindowScale(shift) => offers.window_scale = Some(shift),
                _ => {}
            }
        }
        Some(offers)
    }
}

impl Reports {
    /// Of a segment in this frame; of its options nothing where the capture has cut them.
    pub fn of(decoded: &Decoded<'_>, segment: &Segment) -> Self {
        let is_plain = segment.flags.are_plain();
        let mut reports = Self {
            is_intact: (!is_plain).then(|| segment.is_intact(decoded)).flatten(),
            ..Self::default()
        };
        let layer = decoded.layers.get(segment.layer);
        let bytes = layer.and_then(|layer| decoded.bytes_of(layer));
        let options = bytes.and_then(options);
        for option in elements(options.unwrap_or_default()) {
            match option {
                TcpOptionElement::Timestamp(value, echo) => {
                    reports.timestamps = Some((value, echo));
                }
                TcpOptionElement::SelectiveAcknowledgement(first, others) => {
                    let ranges = std::iter::once(first).chain(others.into_iter().flatten());
                    let blocks = reports.blocks.get_or_insert_default();
                    let mut free = blocks.iter_mut().filter(|block| block.is_none());
                    reports.sacked = 0;
                    for (left, right) in ranges.map(|(left, right)| (Seq(left), Seq(right))) {
                        reports.sacked = reports.sacked.wrapping_add(right.since(left));
                        if let Some(free) = free.next() {
                            *free = Some((left, right));
                        }
                    }
                }
                _ => {}
            }
        }
        reports
    }
}

/// The options of a segment as they are on the wire; `None` where the capture has cut them.
fn options(bytes: &[u8]) -> Option<&[u8]> {
    let header_length = usize::from(bytes.get(12)? >> 4) * 4;
    bytes.get(HEADER_LENGTH..header_length)
}

/// Its options up to the first that cannot be.
fn elements(options: &[u8]) -> impl Iterator<Item = TcpOptionElement> {
    TcpOptionsIterator::from_slice(options).map_while(Result::ok)
}

/// Whether a checksum of the segment, or of the IPv4 packet around it, does not fit. What the cable corrupted goes no
/// further than to whose checksum it is; where none covers the byte, it goes on as if it had been sent so.
#[cold]
#[inline(never)]
fn is_refused(decoded: &Decoded<'_>, index: usize) -> bool {
    let is_bad = |verdict| matches!(verdict, Verdict::Bad { .. });
    let segment = decoded.view(index);
    let around = index.checked_sub(1).and_then(|index| decoded.view(index));
    let packet = around.filter(|view| std::ptr::eq(view.layer.protocol, &raw const ipv4::PROTOCOL));
    segment.is_some_and(|view| is_bad(tcp::verdict(&view)))
        || packet
            .and_then(|view| ipv4::verdict(&view))
            .is_some_and(is_bad)
}

/// The identification of the IPv4 packet around; not 0, which senders write where they give none.
#[inline]
fn identification_around(decoded: &Decoded<'_>, index: usize) -> Option<NonZeroU16> {
    let around = decoded.layers.get(index.checked_sub(1)?)?;
    if !std::ptr::eq(around.protocol, &raw const ipv4::PROTOCOL) {
        return None;
    }
    NonZeroU16::new(bits::u16_at(decoded.header_of(around)?, 4)?)
}
