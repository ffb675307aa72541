//! The options of a message of DHCP, one behind the other: a number, a length, data (RFC 2132, section 2).

use std::ops::Range;

use crate::model::bits;

/// Where the options begin: behind the header and the cookie.
pub const OPTIONS: usize = 240;

/// Where the cookie stands.
pub const COOKIE: Range<usize> = 236..OPTIONS;

/// The cookie that says that options follow (RFC 2131, section 3).
const MAGIC: u32 = 0x6382_5363;

/// The field for the server's name, which may hold options.
pub const SERVER: Range<usize> = 44..108;

/// The field for the name of a file, which may hold options.
pub const FILE: Range<usize> = 108..COOKIE.start;

/// Without meaning: brings what follows to a border.
const PADDING: u8 = 0;

/// Behind it there are no more options.
const END: u8 = 255;

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Bytes without meaning.
    Padding(Range<usize>),
    /// An option.
    Option(Entry),
    /// What ends the chain, and where it stands.
    End(usize),
    /// An option that goes on behind the bytes that hold it: where it begins, and where it would end.
    Short(usize, usize),
}

/// An option, at its place in the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u8,
    /// The byte that it begins with.
    pub start: usize,
    /// Its data.
    pub data: Range<usize>,
}

/// The links of a chain, up to its end.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// The message, up to where the chain may go.
    bytes: &'a [u8],
    at: usize,
    has_ended: bool,
}

impl<'a> Chain<'a> {
    /// The chain in these bytes of a message.
    pub fn within(message: &'a [u8], place: Range<usize>) -> Self {
        Self {
            bytes: message.get(..place.end).unwrap_or(message),
            at: place.start,
            has_ended: false,
        }
    }

    /// The chain behind the header.
    pub fn of(message: &'a [u8]) -> Self {
        Self::within(message, OPTIONS..message.len())
    }

    /// Where the next link begins.
    pub const fn at(&self) -> usize {
        self.at
    }

    fn padding(&self) -> Range<usize> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let padding = rest.iter().take_while(|byte| **byte == PADDING);
        self.at..self.at + padding.count()
    }

    fn entry(&self, number: u8) -> Link {
        let start = self.at;
        let length = self.bytes.get(start + 1).copied().map_or(0, usize::from);
        let data = start + 2..start + 2 + length;
        if data.end > self.bytes.len() {
            return Link::Short(start, data.end);
        }
        Link::Option(Entry {
            number,
            start,
            data,
        })
    }
}

impl Iterator for Chain<'_> {
    type Item = Link;

    fn next(&mut self) -> Option<Link> {
        if self.has_ended {
            return None;
        }
        let link = match *self.bytes.get(self.at)? {
            PADDING => Link::Padding(self.padding()),
            END => Link::End(self.at),
            number => self.entry(number),
        };
        match &link {
            Link::Padding(padding) => self.at = padding.end,
            Link::Option(entry) => self.at = entry.data.end,
            Link::End(at) => (self.at, self.has_ended) = (at + 1, true),
            Link::Short(..) => self.has_ended = true,
        }
        Some(link)
    }
}

/// Whether options follow the header.
pub fn has_options(message: &[u8]) -> bool {
    bits::u32_at(message, COOKIE.start) == Some(MAGIC)
}

/// The data of the first option of this number behind the header.
pub fn find(message: &[u8], number: u8) -> Option<&[u8]> {
    if !has_options(message) {
        return None;
    }
    Chain::of(message).find_map(|link| match link {
        Link::Option(entry) if entry.number == number => message.get(entry.data),
        _ => None,
    })
}

/// Which fields of the header hold options too: that for the server's name, and that for a file.
pub fn overloaded(message: &[u8]) -> (bool, bool) {
    const OVERLOAD: u8 = 52;
    match find(message, OVERLOAD) {
        Some([1]) => (false, true),
        Some([2]) => (true, false),
        Some([3]) => (true, true),
        _ => (false, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_read_up_to_its_end_and_no_option_beyond_it() {
        let bytes = [0, 0, 12, 1, b'a', 255, 12, 1, b'b'];
        let links: Vec<Link> = Chain::within(&bytes, 0..bytes.len()).collect();
        let entry = Entry {
            number: 12,
            start: 2,
            data: 4..5,
        };
        assert_eq!(
            links,
            [Link::Padding(0..2), Link::Option(entry), Link::End(5)]
        );
    }

    #[test]
    fn an_option_that_goes_on_behind_its_place_ends_the_chain() {
        for (bytes, end) in [(&[12][..], 2), (&[12, 3, b'a'], 5)] {
            let links: Vec<Link> = Chain::within(bytes, 0..bytes.len()).collect();
            assert_eq!(links, [Link::Short(0, end)]);
        }
        assert_eq!(Chain::within(&[], 0..7).count(), 0);
    }
}
