//! The way along the options of a TCP header (RFC 9293, section 3.1).

use std::ops::Range;

use super::tcp_options::LENGTH;
use crate::model::fault::{Believed, FaultKind};

/// Bytes of a header before its options.
pub const FIXED_LENGTH: usize = 20;

/// What stands at one place of the options.
pub enum Found {
    /// An option of a single byte: its kind and place.
    Single(u8, usize),
    /// An option with a length: its kind and place.
    Option(u8, Range<usize>),
    /// Bytes behind the end of the list that are not zeros.
    Padding(Range<usize>),
    /// An option that does not fit; nothing behind it can be read.
    Broken(Broken),
}

/// An option whose length cannot be.
pub struct Broken {
    /// Where it begins, in bytes of the header.
    pub at: usize,
    /// Its kind.
    pub kind: u8,
    /// The length it states; `None` where there is no byte left to state it.
    stated: Option<u8>,
    /// How many bytes there are up to the end of the header.
    left: usize,
}

impl Broken {
    /// Whether it would fit into a header of so many bytes.
    pub fn fits(&self, header_length: usize) -> bool {
        let stated = self.stated.map_or(0, usize::from);
        stated >= 2 && self.at + stated <= header_length
    }
}

impl From<Broken> for FaultKind {
    fn from(broken: Broken) -> Self {
        let (needed, present, believed) = match broken.stated {
            Some(stated) if stated < 2 => (2, u64::from(stated), Believed::Own(LENGTH.label)),
            stated => (
                stated.map_or(2, u64::from),
                broken.left as u64,
                Believed::Own("Header length"),
            ),
        };
        Self::TooShort {
            needed,
            present,
            believed,
        }
    }
}

/// The way along the options of a header: at most 40 steps, since a header has at most 60 bytes and
/// each step takes one.
pub struct Options<'a> {
    header: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Options<'a> {
    /// Along the options of this header.
    pub fn of(header: &'a [u8]) -> Self {
        Self {
            header,
            at: FIXED_LENGTH,
            ended: false,
        }
    }
}

impl Iterator for Options<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let at = self.at;
        let left = self.header.len().checked_sub(at)?;
        let kind = *self.header.get(at)?;
        let stated = self.header.get(at + 1).copied();
        // Where the next step begins; the end, where nothing behind can be read.
        self.at = self.header.len();
        Some(match (kind, stated) {
            (0, _) => {
                self.ended = true;
                self.at = at + 1;
                Found::Single(kind, at)
            }
            _ if self.ended => Found::Padding(at..self.at),
            (1, _) => {
                self.at = at + 1;
                Found::Single(kind, at)
            }
            (_, Some(length)) if length >= 2 && usize::from(length) <= left => {
                self.at = at + usize::from(length);
                Found::Option(kind, at..self.at)
            }
            _ => Found::Broken(Broken {
                at,
                kind,
                stated,
                left,
            }),
        })
    }
}
