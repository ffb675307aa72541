//! A frame as it was captured: its bytes, and what the capture knows about them.

use std::fmt;
use std::ops::Range;

/// A moment in nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The range reaches from the year 1677 to 2262; readers of captures saturate at its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    nanoseconds: i64,
}

impl Timestamp {
    /// The moment `nanoseconds` after the epoch (before it, when negative).
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self { nanoseconds }
    }

    /// Nanoseconds since the epoch.
    pub const fn nanoseconds(self) -> i64 {
        self.nanoseconds
    }

    /// Nanoseconds from `earlier` to `self`; negative when `earlier` is the later one. Saturates.
    pub const fn since(self, earlier: Self) -> i64 {
        self.nanoseconds.saturating_sub(earlier.nanoseconds)
    }
}

/// The kind of link a frame was captured on, as numbered by the
/// [registry of link-layer header types](https://www.tcpdump.org/linktypes.html).
///
/// The set is open: a number without a name here is kept and can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a four-byte protocol family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// Ethernet II and IEEE 802.3 frames, without preamble and normally without FCS.
    pub const ETHERNET: Self = Self(1);
    /// IPv4 or IPv6 without any link-layer header.
    pub const RAW: Self = Self(101);
    /// `OpenBSD` loopback: a four-byte protocol family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// IPv4 without any link-layer header.
    pub const IPV4: Self = Self(228);
    /// IPv6 without any link-layer header.
    pub const IPV6: Self = Self(229);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);

    /// The registry's name, where this program knows the type.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::NULL => "NULL",
            Self::ETHERNET => "ETHERNET",
            Self::RAW => "RAW",
            Self::LOOP => "LOOP",
            Self::LINUX_SLL => "LINUX_SLL",
            Self::IPV4 => "IPV4",
            Self::IPV6 => "IPV6",
            Self::LINUX_SLL2 => "LINUX_SLL2",
            _ => return None,
        })
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "LinkType({})", self.0),
        }
    }
}

/// Which way a frame passed the interface that captured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The interface received the frame.
    Inbound,
    /// The interface sent the frame.
    Outbound,
}

/// Who fills in the transport checksum of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChecksumOffload {
    /// Nothing says that the checksums are not what was on the wire.
    #[default]
    NotKnown,
    /// The kernel said that the network card computes the checksum after the capture point.
    FilledInLater,
}

/// One link-layer PDU as captured. The bytes are borrowed from the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Position in its capture, from 1.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// What the first bytes are; comes from the capture, never from a guess.
    pub link_type: LinkType,
    /// Index of the interface in its capture, from 0; `None` where the capture has no list of them, as a
    /// pcap file.
    pub interface: Option<u32>,
    /// Which way it passed that interface, where the capture knows.
    pub direction: Option<Direction>,
    /// Length on the wire in bytes, as the capture states it; less than `bytes.len()` where that cannot be.
    pub wire_length: u32,
    /// Whether the checksums are final.
    pub checksum_offload: ChecksumOffload,
    /// The comments that the capture file has on this frame, with a NUL between two, which no text has: foreign bytes,
    /// possibly not UTF-8.
    pub comment: Option<&'a [u8]>,
    /// The bytes that were captured, from the link-layer header on.
    pub bytes: &'a [u8],
}

/// How many comments of a frame are told one by one; the last has those behind it too.
pub const MOST_COMMENTS: usize = 100;

impl Frame<'_> {
    /// Where each of its comments is among the bytes of all; nothing where it has none.
    pub fn comments(&self) -> impl Iterator<Item = Range<usize>> {
        let all = self.comment.into_iter();
        let all = all.flat_map(|all| trim_nuls(all).splitn(MOST_COMMENTS, |byte| *byte == 0));
        all.scan(0, |next, comment| {
            let start = *next;
            *next = start + comment.len() + 1;
            Some(start..start + comment.len())
        })
    }

    /// Whether the capture holds fewer bytes than the wire had.
    pub fn is_cut(&self) -> bool {
        (self.bytes.len() as u64) < u64::from(self.wire_length)
    }
}

/// Some writers end a comment with NULs.
fn trim_nuls(mut comment: &[u8]) -> &[u8] {
    while let [before @ .., 0] = comment {
        comment = before;
    }
    comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::frame_of;

    /// The comments of a frame that has these bytes of them.
    fn comments(comment: Option<&[u8]>) -> Vec<&[u8]> {
        let frame = Frame {
            comment,
            ..frame_of(LinkType::ETHERNET, &[], 0)
        };
        let all = comment.unwrap_or_default();
        frame.comments().map(|range| &all[range]).collect()
    }

    #[test]
    fn each_comment_is_one_and_an_empty_one_too() {
        assert_eq!(comments(None), Vec::<&[u8]>::new());
        assert_eq!(comments(Some(b"")), [b""]);
        assert_eq!(comments(Some(b"a\nb\0\0c")), [&b"a\nb"[..], b"", b"c"]);
        assert_eq!(comments(Some(b"ends with one\0")), [b"ends with one"]);
    }

    #[test]
    fn of_very_many_comments_the_last_has_those_behind_it() {
        let many = b"x\0".repeat(3_000);
        let found = comments(Some(&many));
        assert_eq!(found.len(), MOST_COMMENTS);
        assert!(found[MOST_COMMENTS - 1].len() > 2_000 * 2);
    }
}
