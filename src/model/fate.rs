//! What the lab's cable did to a frame, and which fault it was, as one line of a comment on the frame: so it
//! is told alike while it happens, in the file that is written, and by whoever reads that file.

use std::fmt;

use super::duration;
use super::frame::Frame;

/// What became of a frame that did not simply cross the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never reached the other side.
    Lost,
    /// It was handed over so many nanoseconds after the kernel had it.
    Delayed(u64),
    /// It took so many nanoseconds to put it on a slow cable, behind those before it.
    Queued(u64),
    /// It was handed over twice.
    Duplicated,
    /// The next frame of its sender was handed over before it.
    Swapped,
    /// The lowest bit of the byte at this offset from the frame's start was turned over.
    Corrupted(usize),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lost => f.write_str(LOST),
            Self::Delayed(time) => {
                write!(f, "{DELAYED}{}", duration::in_milliseconds(time))
            }
            Self::Queued(time) => {
                write!(f, "{QUEUED}{}", duration::in_milliseconds(time))
            }
            Self::Duplicated => f.write_str(DUPLICATED),
            Self::Swapped => f.write_str(SWAPPED),
            Self::Corrupted(byte) => write!(f, "{CORRUPTED}{byte}"),
        }
    }
}

const LOST: &str = "lost on the cable";
const DELAYED: &str = "delayed on the cable by ";
const QUEUED: &str = "on the slow cable for ";
const DUPLICATED: &str = "duplicated on the cable";
const SWAPPED: &str = "swapped on the cable with the next";
const CORRUPTED: &str = "corrupted on the cable at byte ";

impl Fate {
    fn read(text: &str) -> Option<Self> {
        let time = |start| {
            let rest = text.strip_prefix(start)?;
            let time = duration::parse(rest)?;
            u64::try_from(time.as_nanos()).ok()
        };
        match text {
            LOST => Some(Self::Lost),
            DUPLICATED => Some(Self::Duplicated),
            SWAPPED => Some(Self::Swapped),
            _ => time(DELAYED)
                .map(Self::Delayed)
                .or_else(|| time(QUEUED).map(Self::Queued))
                .or_else(|| {
                    let byte = text.strip_prefix(CORRUPTED)?.parse().ok()?;
                    Some(Self::Corrupted(byte))
                }),
        }
    }
}

/// What a fault did to a frame: a line of the frame's comment, such as `lost on the cable: drop 1st from
/// client where tcp.len > 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harm<'a> {
    /// What became of the frame.
    pub fate: Fate,
    /// The fault that did it, as it was asked for.
    pub fault: &'a str,
}

impl<'a> Harm<'a> {
    /// What a line of a comment says, where it is one of these.
    pub fn read(line: &'a str) -> Option<Self> {
        let (fate, fault) = line.split_once(": ")?;
        Some(Self {
            fate: Fate::read(fate)?,
            fault,
        })
    }
}

impl fmt::Display for Harm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fate, self.fault)
    }
}

/// How many harms of a frame are told: the lab does a few to one, and a comment of another may have thousands.
pub const MOST_HARMS: usize = 8;

/// How a frame came to the other side of the lab's cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// As it was sent, as far as is known: only the lab's cable tells more.
    AsSent,
    /// Not at all.
    Lost,
    /// With a byte that is another one.
    Corrupted,
}

impl<'a> Frame<'a> {
    /// What was done to the frame on the lab's cable, as its comment says; the first [`MOST_HARMS`].
    pub fn harms(&self) -> impl Iterator<Item = Harm<'a>> + use<'a> {
        let comment = self.comment.into_iter();
        // A line ends where its comment does.
        let lines = comment.flat_map(|comment| comment.split(|byte| matches!(byte, b'\n' | 0)));
        lines
            .filter_map(|line| std::str::from_utf8(line).ok())
            .filter_map(Harm::read)
            .take(MOST_HARMS)
    }

    /// How it came to the other side of the lab's cable.
    #[inline]
    pub fn arrival(&self) -> Arrival {
        // Few frames have a comment, and every frame is asked.
        match self.comment {
            None => Arrival::AsSent,
            Some(_) => self.arrival_as_told(),
        }
    }

    /// As [`Frame::arrival`], as the comment says.
    #[cold]
    #[inline(never)]
    fn arrival_as_told(&self) -> Arrival {
        let worse = |known, harm: Harm<'_>| match (harm.fate, known) {
            (Fate::Lost, _) => Arrival::Lost,
            (Fate::Corrupted(_), Arrival::AsSent) => Arrival::Corrupted,
            _ => known,
        };
        self.harms().fold(Arrival::AsSent, worse)
    }

    /// Whether it was sent, and never reached the other side of the lab's cable.
    pub fn is_lost(&self) -> bool {
        self.harms().any(|harm| harm.fate == Fate::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::LinkType;

    #[test]
    fn what_is_written_is_read_back() {
        let fates = [
            (Fate::Lost, "lost on the cable: f"),
            (
                Fate::Delayed(50_000_000),
                "delayed on the cable by 50 ms: f",
            ),
            (Fate::Queued(784_000), "on the slow cable for 0.784 ms: f"),
            (Fate::Duplicated, "duplicated on the cable: f"),
            (Fate::Swapped, "swapped on the cable with the next: f"),
            (Fate::Corrupted(66), "corrupted on the cable at byte 66: f"),
        ];
        for (fate, line) in fates {
            let harm = Harm { fate, fault: "f" };
            assert_eq!(harm.to_string(), line);
            assert_eq!(Harm::read(line), Some(harm));
        }
    }

    #[test]
    fn a_comment_without_end_is_a_few_harms() {
        let frame = Frame {
            comment: Some(b"lost on the cable: f\n".repeat(3_000).leak()),
            ..crate::decode::testing::frame_of(LinkType::ETHERNET, &[], 0)
        };
        assert_eq!(frame.harms().count(), MOST_HARMS);
    }

    #[test]
    fn other_comments_are_no_harm() {
        for line in [
            "",
            "lost on the cable",
            "lost: x",
            "delayed on the cable by a while: x",
            "corrupted on the cable at byte -1: x",
            "SYN  asks to open (1 of 3)",
        ] {
            assert_eq!(Harm::read(line), None, "{line}");
        }
    }
}
