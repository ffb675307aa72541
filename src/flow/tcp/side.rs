//! What is remembered of one direction of a connection.

use std::num::NonZeroU16;

use super::flight::Flight;
use super::segment::{Reports, Segment};
use super::sequence::Seq;
use super::states::Standing;
use crate::model::frame::Timestamp;

/// One side: what it has sent, and what it has told of itself.
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)] // What every segment asks for lies together.
pub struct Side {
    /// When it last sent.
    pub last_time: Timestamp,
    /// The frame that first had its last acknowledgment number.
    pub ack_frame: u64,
    /// The last acknowledgment number that it sent; 0 when none.
    pub last_ack: Seq,
    /// The number of its SYN, or what must have been.
    pub base: Option<Seq>,
    /// Behind the furthest that it has sent.
    pub sent: Option<Furthest>,
    /// Behind what it has sent without a gap, as far as seen.
    pub without_gap: Option<Seq>,
    /// The number of the byte that is read next, where all before it came in order.
    pub awaited: Option<Seq>,
    /// How often it has repeated its last acknowledgment number.
    pub duplicates: Duplicates,
    /// The last packet that it sent.
    pub last_packet: Option<Packet>,
    /// The window of its last segment.
    pub window: Option<Window>,
    /// The most bytes in a segment that it takes.
    pub mss: Option<u16>,
    /// What its windows are multiplied with.
    pub scale: Scale,
    /// What its last segment asked for.
    pub asked: Asked,
    /// Whether it is known to give other packets the same identification: then that tells none of them apart.
    pub repeats_identification: bool,
    /// What only the whole story tells.
    pub story: Story,
}

/// What is remembered of a side only where everything is told of its segments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// Its state.
    pub standing: Standing,
    /// What it has sent and is not acknowledged.
    pub flight: Flight,
    /// The clock value that it sent last, and when it first did.
    pub clock: Option<Clock>,
    /// How many bytes beyond the acknowledgment number it had at last.
    pub sacked: u32,
}

/// A window as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The field of the header.
    pub field: u16,
    /// Whether it is of a SYN, whose window is never scaled.
    pub is_of_syn: bool,
}

/// A clock value (RFC 7323, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))] // As the others below: kept for every connection that there is.
pub struct Clock {
    /// What was sent.
    pub value: u32,
    /// When first.
    pub since: Timestamp,
}

/// The furthest that a side has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct Furthest {
    /// The number behind it.
    pub next: Seq,
    /// The frame that brought it there.
    pub frame: u64,
    /// When that was seen.
    pub time: Timestamp,
}

/// How often a side has repeated its acknowledgment number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// This often, as far as seen.
    Seen(u32),
    /// The other side has answered what the capture did not see of this one.
    Missed,
}

impl Default for Duplicates {
    fn default() -> Self {
        Self::Seen(0)
    }
}

impl Duplicates {
    /// Whether they ask for a segment, or may have.
    pub const fn may_ask(self) -> bool {
        matches!(self, Self::Seen(2..) | Self::Missed)
    }

    /// One more: how many there are.
    pub const fn count_one(&mut self) -> u32 {
        let count = match *self {
            Self::Seen(count) => count.saturating_add(1),
            Self::Missed => 1,
        };
        *self = Self::Seen(count);
        count
    }
}

/// What a segment asked the other side for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing of these.
    #[default]
    Nothing,
    /// Whether it is still there.
    KeepAlive,
    /// Whether there is room again.
    Room,
}

/// What a side's windows are multiplied with (RFC 7323, section 2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Its SYN was not seen.
    #[default]
    Unknown,
    /// At least one of the sides did not offer it.
    Unused,
    /// By a power of two.
    Shift(u8),
}

/// How soon a packet is seen at the second place of a capture, in nanoseconds: within a host or a switch that takes
/// microseconds, behind a full queue some milliseconds. What is sent again comes later: a timer runs 200 ms and more
/// (RFC 6298, section 2.4, asks for a second), a probe of the tail for two round trips (RFC 8985, section 7.2).
const SOON: i64 = 10_000_000;

/// What tells one packet from another: a packet that is sent again mostly gets a new identification, and comes later. A
/// sender may give all packets the same one nevertheless (RFC 6864, section 4.1); that shows as soon as two of them are
/// not the same. Else the checksum tells them apart, which covers bytes and options (RFC 9293, section 3.1). Where the
/// card fills it in later, what is there covers only the addresses and the length: such a sender's packets of one length
/// are taken for copies all the same, and of a packet that was captured before the card and behind it, the second is
/// not known for a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct Packet {
    /// Its IPv4 identification.
    pub identification: NonZeroU16,
    /// Its checksum, in what would be padding.
    pub checksum: u16,
    /// Its sequence number.
    pub seq: Seq,
    /// How many bytes it carried.
    pub length: u32,
    /// Its frame.
    pub frame: u64,
}

impl Scale {
    /// A window in bytes, where the scale is known.
    pub const fn bytes(self, window: u16) -> Option<u32> {
        match self {
            Self::Unknown => None,
            Self::Unused => Some(window as u32),
            // RFC 7323, section 2.3: more than 14 counts as 14.
            Self::Shift(shift) => Some((window as u32) << if shift > 14 { 14 } else { shift }),
        }
    }

    /// What it multiplies with, where that is known.
    pub fn factor(self) -> Option<u64> {
        self.bytes(1).map(u64::from)
    }
}

impl Side {
    /// Behind the furthest that it has sent.
    pub fn next(&self) -> Option<Seq> {
        self.sent.map(|sent| sent.next)
    }

    /// The window of its last segment in bytes.
    pub fn room(&self) -> Option<u32> {
        let Window { field, is_of_syn } = self.window?;
        let scaled = self.scale.bytes(field)?;
        Some(if is_of_syn { u32::from(field) } else { scaled })
    }

    /// The frame that holds the same packet as this one, where the last one of this side was it.
    pub fn same_packet(&mut self, segment: &Segment) -> Option<u64> {
        let is_last = |last: Packet| Some(last.identification) == segment.ip_id;
        if !self.last_packet.is_some_and(is_last) {
            return None;
        }
        self.copy_of(segment)
    }

    /// As [`Side::same_packet`], where the last one has the same identification.
    #[cold]
    #[inline(never)]
    fn copy_of(&mut self, segment: &Segment) -> Option<u64> {
        let last = self.last_packet?;
        let has_same_numbers = last.seq == segment.seq && self.last_ack == segment.ack;
        let is_soon = segment.time.since(self.last_time) < SOON;
        self.repeats_identification |= !has_same_numbers || !is_soon;
        let is_same = last.checksum == segment.checksum && last.length == segment.length;
        (is_same && !self.repeats_identification).then_some(last.frame)
    }

    /// The number of the byte that was awaited before this segment.
    pub fn go_on(&mut self, segment: &Segment) -> Seq {
        let begin = || self.base.unwrap_or_default().plus(1);
        let awaited = *self.awaited.get_or_insert_with(begin);
        if segment.first_byte() == awaited {
            self.awaited = Some(awaited.plus(segment.length));
        }
        awaited
    }

    /// Remembers what a segment of this side tells of it.
    pub fn remember(&mut self, segment: &Segment) {
        self.last_packet = segment.ip_id.map(|identification| Packet {
            identification,
            checksum: segment.checksum,
            seq: segment.seq,
            length: segment.length,
            frame: segment.frame,
        });
        if segment.flags.syn() {
            self.mss = segment.offers.and_then(|offers| offers.mss);
        }
    }
}

impl Story {
    /// How long ago it sent the clock value that the segment echoes, in nanoseconds.
    pub fn echoed_after(&self, segment: &Segment, reports: &Reports) -> Option<i64> {
        let Clock { value, since } = self.clock?;
        let (_, echo) = reports.timestamps?;
        (value == echo && segment.flags.ack()).then(|| segment.time.since(since))
    }

    /// Remembers what a segment of this side reports.
    pub fn remember(&mut self, segment: &Segment, reports: &Reports) {
        self.sacked = reports.sacked;
        self.standing.has_sent_intact |= reports.is_intact == Some(true);
        if let Some((value, _)) = reports.timestamps
            && self.clock.is_none_or(|known| known.value != value)
        {
            self.clock = Some(Clock {
                value,
                since: segment.time,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{frame_of, in_ipv4};
    use crate::model::frame::LinkType;

    /// A segment with these options and this payload, and an IP identification as every other's; `number` is its frame.
    fn segment(number: u64, checksum: [u8; 2], options: &[u8], payload: &[u8]) -> Segment {
        #[rustfmt::skip]
        let mut header = [
            0x0f, 0xa0, 0x30, 0x39, 0, 0, 0, 1, 0, 0, 0x01, 0xf5, 0x50, 0x10, 0xff, 0xff,
            checksum[0], checksum[1], 0, 0,
        ];
        header[12] += u8::try_from(options.len() / 4).unwrap() << 4;
        let mut packet = in_ipv4(6, &[&header, options, payload].concat());
        packet[4..6].copy_from_slice(&[0, 12]);
        let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
        frame.number = number;
        Segment::of(&Decoder::new().walk(&frame)).unwrap()
    }

    fn having_sent(segment: &Segment) -> Side {
        let mut side = Side {
            last_ack: segment.ack,
            ..Side::default()
        };
        side.remember(segment);
        side
    }

    #[test]
    fn a_packet_with_one_identification_and_one_checksum_is_the_same() {
        let mut side = having_sent(&segment(4, [0xf3, 0xa0], &[], b"AAAAAAAAAA"));
        let copy = segment(6, [0xf3, 0xa0], &[], b"AAAAAAAAAA");
        assert_eq!(side.same_packet(&copy), Some(4));
    }

    /// The frame of which a packet is told as a copy that comes so many nanoseconds later.
    fn copy_after(nanoseconds: i64) -> Option<u64> {
        let mut side = having_sent(&segment(4, [0xf3, 0xa0], &[], b"AAAAAAAAAA"));
        let mut copy = segment(6, [0xf3, 0xa0], &[], b"AAAAAAAAAA");
        side.last_time = copy.time;
        copy.time = Timestamp::from_nanoseconds(copy.time.nanoseconds() + nanoseconds);
        side.same_packet(&copy)
    }

    #[test]
    fn a_packet_that_comes_when_a_timer_has_run_out_is_no_copy() {
        assert_eq!(copy_after(1_000_000), Some(4));
        assert_eq!(copy_after(200_000_000), None);
    }

    #[test]
    fn where_two_packets_had_one_identification_it_tells_no_copy() {
        let mut side = having_sent(&segment(4, [0xf3, 0xa0], &[], b"AAAAAAAAAA"));
        let mut other = segment(6, [0xee, 0x9b], &[], b"BBBBBBBBBB");
        other.seq = other.seq.plus(10);
        assert_eq!(side.same_packet(&other), None);
        side.remember(&other);
        assert_eq!(side.same_packet(&other), None);
    }

    #[test]
    fn a_packet_with_other_bytes_is_another_though_its_identification_is_the_same() {
        let mut side = having_sent(&segment(4, [0xf3, 0xa0], &[], b"AAAAAAAAAA"));
        let other = segment(6, [0xee, 0x9b], &[], b"BBBBBBBBBB");
        assert_eq!(side.same_packet(&other), None);
    }

    #[test]
    fn a_packet_with_other_options_is_another_though_its_identification_is_the_same() {
        let mut side = having_sent(&segment(5, [0x39, 0xef], &[], &[]));
        let options = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 11]; // a selective acknowledgment
        let other = segment(7, [0xd8, 0xc4], &options, &[]);
        assert_eq!(other.length, 0);
        assert_eq!(side.same_packet(&other), None);
    }
}
