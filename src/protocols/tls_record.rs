//! The records of TLS: pieces of a stream, each with a header of five bytes (RFC 8446, section 5.1).
//!
//! ```text
//!  0      1      2      3      4      5
//! +------+------+------+------+------+------------------------
//! | type |   version   |    length   |  so many bytes ...
//! +------+------+------+------+------+------------------------
//! ```

use std::ops::Range;

use super::tls_vectors::Reader;
use crate::model::bits;
use crate::model::framing::Framing;

/// How long a header is.
pub const HEADER: usize = 5;

/// How long a record may be: 2^14 bytes, and what encrypting adds; at most 2,048, by TLS 1.2, and 256 by TLS 1.3
/// (RFC 8446, section 5.2).
pub const MOST_RECORD: usize = (1 << 14) + 2048;

/// What a record carries (RFC 8446, section 5.1; RFC 6520).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// From here on, the sender encrypts: a message of one byte. In TLS 1.3 it means nothing.
    ChangeCipherSpec,
    /// Why the connection ends.
    Alert,
    /// How both sides agree.
    Handshake,
    /// What the programs say, encrypted; in TLS 1.3 all else that is.
    ApplicationData,
    /// Whether the other side is there.
    Heartbeat,
}

impl Content {
    /// The kind with this number.
    pub const fn of(number: u8) -> Option<Self> {
        Some(match number {
            20 => Self::ChangeCipherSpec,
            21 => Self::Alert,
            22 => Self::Handshake,
            23 => Self::ApplicationData,
            24 => Self::Heartbeat,
            _ => return None,
        })
    }

    /// How many bytes it has at least.
    const fn least(self) -> usize {
        match self {
            Self::ChangeCipherSpec => 1,
            Self::Alert => 2,
            Self::Heartbeat => 3,
            Self::Handshake => 4,
            // What is encrypted has a proof of 16 bytes, or nearly so.
            Self::ApplicationData => 16,
        }
    }
}

/// A record, as its header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it begins.
    pub start: usize,
    /// What it carries.
    pub content: Content,
    /// How many bytes of it.
    pub length: usize,
}

impl Record {
    /// That these bytes begin with; `None` where they begin with none.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::at(bytes, 0)
    }

    /// That begins at this byte.
    fn at(bytes: &[u8], start: usize) -> Option<Self> {
        let header = bytes.get(start..)?.first_chunk::<HEADER>()?;
        let [kind, major, minor, ..] = *header;
        let content = Content::of(kind)?;
        let length = usize::from(bits::u16_at(header, 3)?);
        let fits = major == 3 && minor <= 4 && (1..=MOST_RECORD).contains(&length);
        fits.then_some(Self {
            start,
            content,
            length,
        })
    }

    /// Where its content stands behind its header, though not all of it may be there.
    pub const fn place(&self) -> Range<usize> {
        let begin = self.start + HEADER;
        begin..begin + self.length
    }

    /// Whether it is an alert that everybody can read: two bytes, where encrypting adds more.
    pub const fn is_alert_in_the_open(&self) -> bool {
        matches!(self.content, Content::Alert) && self.length == 2
    }

    /// Its content, as much of it as there is.
    pub fn content_in<'a>(&self, bytes: &'a [u8]) -> Reader<'a> {
        Reader::new(bytes, self.place())
    }
}

/// The records in these bytes, from the first on: one, where the stream was followed, and else all of a segment.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Record> {
    let next = |before: &Record| Record::at(bytes, before.place().end);
    std::iter::successors(Record::of(bytes), next)
}

/// Whether these bytes begin a record, as far as they are there, which is less than a header.
fn may_begin(bytes: &[u8]) -> bool {
    let first = bytes
        .first()
        .is_none_or(|kind| Content::of(*kind).is_some());
    let major = bytes.get(1).is_none_or(|major| *major == 3);
    let minor = bytes.get(2).is_none_or(|minor| *minor <= 4);
    first && major && minor
}

/// Whether these bytes of a stream begin a record. Other programs have bytes of these values too: so the content
/// has to begin as its kind does, and another record to follow, as far as they are there.
pub fn is_begun_by(bytes: &[u8]) -> bool {
    let Some(record) = Record::of(bytes) else {
        return false;
    };
    let at = |index: usize| bytes.get(HEADER + index).copied();
    let begins = match record.content {
        Content::ChangeCipherSpec => record.length == 1 && at(0).is_none_or(|only| only == 1),
        Content::Alert => record.length > 2 || at(0).is_none_or(|level| matches!(level, 1 | 2)),
        Content::Heartbeat => at(0).is_none_or(|kind| matches!(kind, 1 | 2)),
        // The hellos of both sides tell a version.
        Content::Handshake if matches!(at(0), Some(1 | 2)) => {
            at(4).is_none_or(|major| major == 3) && at(5).is_none_or(|minor| minor <= 4)
        }
        Content::Handshake | Content::ApplicationData => true,
    };
    let behind = bytes.get(record.place().end..).unwrap_or_default();
    let goes_on = match behind.len() {
        ..HEADER => may_begin(behind),
        _ => Record::of(behind).is_some(),
    };
    begins && goes_on && record.length >= record.content.least()
}

/// How long the record is that begins with these bytes.
pub fn framing(bytes: &[u8]) -> Framing {
    match Record::of(bytes) {
        Some(record) if record.place().end > bytes.len() => Framing::NeedsMore,
        Some(record) => Framing::Whole(record.place().end),
        None if bytes.len() < HEADER && may_begin(bytes) => Framing::NeedsMore,
        // Where its beginning was missed: as it comes.
        None => Framing::Whole(bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_ends_where_its_header_says() {
        assert_eq!(framing(&[21, 3, 3, 0, 2, 2, 40, 21]), Framing::Whole(7));
        assert_eq!(framing(&[21, 3, 3, 0, 2, 2]), Framing::NeedsMore);
        assert_eq!(framing(&[21, 3]), Framing::NeedsMore);
        assert_eq!(framing(&[21, 2]), Framing::Whole(2));
        assert_eq!(framing(b"hello"), Framing::Whole(5));
    }

    #[test]
    fn a_record_is_known_by_its_header_its_content_and_what_follows_it() {
        let hello = [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        let alert = [21, 3, 3, 0, 2, 2, 40];
        assert!(is_begun_by(&hello));
        assert!(is_begun_by(&hello[..HEADER]));
        assert!(is_begun_by(&alert));
        assert!(is_begun_by(&[20, 3, 3, 0, 1, 1, 23]));
        assert!(is_begun_by(&[23, 3, 3, 0x48, 0]));
        for (what, bytes) in [
            ("less than a header", &hello[..4]),
            ("another content", &[25, 3, 3, 0, 9]),
            ("another version", &[22, 3, 5, 0, 9]),
            ("an older protocol", &[22, 2, 0, 0, 9]),
            ("no content", &[23, 3, 3, 0, 0]),
            ("more than a record has", &[23, 3, 3, 0x48, 1]),
            ("too little to be encrypted", &[23, 3, 3, 0, 15]),
            ("a hello of no version", &[22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 4]),
            ("an alert of no level", &[21, 3, 3, 0, 2, 3, 40]),
            ("a change to nothing", &[20, 3, 3, 0, 1, 0]),
            ("something else behind it", &[21, 3, 3, 0, 2, 2, 40, b'\n']),
        ] {
            assert!(!is_begun_by(bytes), "{what}");
        }
    }
}
