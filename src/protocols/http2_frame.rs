//! The frame of HTTP/2 (RFC 9113, section 4.1): nine bytes that every frame begins with, and what its type makes of
//! the rest.
//!
//! ```text
//! +-----------------------------------------------+
//! |                 Length (24)                   |
//! +---------------+---------------+---------------+
//! |   Type (8)    |   Flags (8)   |
//! +-+-------------+---------------+-------------------------------+
//! |R|                 Stream Identifier (31)                      |
//! +=+=============================================================+
//! |                   Frame Payload (0...)                      ...
//! +---------------------------------------------------------------+
//! ```

use std::ops::Range;

use super::http2_names as names;
use crate::model::bits;
use crate::model::framing::Framing;

/// How long the header of a frame is, in bytes.
pub const HEADER: usize = 9;

/// What a client begins a connection with, so that no server of HTTP/1 takes it for a request (RFC 9113, section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much of it tells that it is one, in bytes: its first line.
const ENOUGH: usize = 16;

/// How long a frame may be that is put together, in bytes; both sides would have to agree on more than 16 KiB.
pub const MOST_FRAME: usize = 1 << 20;

/// Its stream is over in this direction: of DATA and HEADERS.
pub const END_STREAM: u8 = 0x1;
/// It has been heard: of SETTINGS and PING.
pub const ACK: u8 = 0x1;
/// The header block ends with it.
pub const END_HEADERS: u8 = 0x4;
/// Padding stands behind what it carries.
pub const PADDED: u8 = 0x8;
/// What the stream depends on stands before the header block.
pub const WITH_PRIORITY: u8 = 0x20;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How long the payload is, in bytes.
    pub length: usize,
    /// What it is.
    pub kind: u8,
    /// What is special about it.
    pub flags: u8,
    /// Whether the bit before the stream is set, which nobody uses.
    pub is_reserved_set: bool,
    /// The stream that it belongs to; 0 of the whole connection.
    pub stream: u32,
}

impl Header {
    /// That of a frame; `None` where it is not all there.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, rest @ ..] = bytes.first_chunk::<HEADER>()?;
        let stream = u32::from_be_bytes(*rest);
        Some(Self {
            length: usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).ok()?,
            kind: *kind,
            flags: *flags,
            is_reserved_set: stream >> 31 != 0,
            stream: stream & 0x7fff_ffff,
        })
    }

    /// Whether a flag is set.
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether a header block is in it.
    pub const fn has_block(&self) -> bool {
        matches!(
            self.kind,
            names::HEADERS | names::PUSH_PROMISE | names::CONTINUATION
        )
    }

    /// Whether its type allows padding.
    const fn may_be_padded(&self) -> bool {
        matches!(
            self.kind,
            names::DATA | names::HEADERS | names::PUSH_PROMISE
        )
    }

    /// Whether its payload has padding behind it, and the length of that before it.
    pub const fn is_padded(&self) -> bool {
        self.may_be_padded() && self.has(PADDED)
    }

    /// How long what stands before the block of a frame is, or before the data, without the length of padding.
    const fn before_block(&self) -> usize {
        const PRIORITY: usize = 5;
        const PROMISED: usize = 4;
        match self.kind {
            names::HEADERS if self.has(WITH_PRIORITY) => PRIORITY,
            names::PUSH_PROMISE => PROMISED,
            _ => 0,
        }
    }

    /// Where, in a frame of so many bytes, its data or its part of a header block is: between what its flags put
    /// before it, and the padding. `None` where there is no room for it.
    pub fn block(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let end = bytes.len().min(HEADER + self.length);
        let (padding, from) = if self.is_padded() {
            (usize::from(*bytes.get(HEADER)?), HEADER + 1)
        } else {
            (0, HEADER)
        };
        let start = from + self.before_block();
        let end = end.checked_sub(padding)?;
        (start <= end).then_some(start..end)
    }
}

/// Whether bytes of a stream begin what a client says first; or what a server says first, which may come before it
/// (RFC 9113, section 3.4): its settings, all of which are there and have names.
pub fn is_begun_by(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(b'P') => bytes.starts_with(PREFACE.get(..ENOUGH).unwrap_or(PREFACE)),
        Some(0) => begins_with_settings(bytes),
        _ => false,
    }
}

fn begins_with_settings(bytes: &[u8]) -> bool {
    const SETTING: usize = 6;
    let Some(header) = Header::of(bytes) else {
        return false;
    };
    let is_of_connection = header.kind == names::SETTINGS && header.flags == 0;
    if !is_of_connection || header.stream != 0 || header.is_reserved_set || header.length == 0 {
        return false;
    }
    let settings = bytes.get(HEADER..HEADER + header.length);
    settings.is_some_and(|settings| {
        settings.len().is_multiple_of(SETTING)
            && settings.chunks(SETTING).all(|setting| {
                let number = bits::u16_at(setting, 0).map(u64::from);
                let mut known = names::SETTING_NAMES.iter();
                known.any(|(known, _)| Some(*known) == number)
            })
    })
}

/// How long the frame is, or the preface, that begins with these bytes.
pub fn framing(bytes: &[u8]) -> Framing {
    let known = bytes.len().min(PREFACE.len());
    if bytes.get(..known) == PREFACE.get(..known) {
        return if known == PREFACE.len() {
            Framing::Whole(known)
        } else {
            Framing::NeedsMore
        };
    }
    match Header::of(bytes) {
        Some(header) if HEADER + header.length > MOST_FRAME => Framing::TooLong,
        Some(header) if HEADER + header.length <= bytes.len() => {
            Framing::Whole(HEADER + header.length)
        }
        _ => Framing::NeedsMore,
    }
}

/// The same where bytes before are missing: a segment may begin anywhere in a frame then, and what does not look like
/// the beginning of one is something else.
pub fn framing_behind_a_hole(bytes: &[u8]) -> Framing {
    match Header::of(bytes) {
        Some(header) if is_likely(&header) => framing(bytes),
        _ => Framing::Foreign,
    }
}

/// Whether this may be the header of a frame as programs send it.
fn is_likely(header: &Header) -> bool {
    /// What every program takes without having said so (RFC 9113, section 6.5.2).
    const USUAL: usize = 16_384;
    const OF_STREAM: u8 = END_STREAM | END_HEADERS | PADDED | WITH_PRIORITY;
    let is_of_stream = header.stream > 0;
    !header.is_reserved_set
        && header.length <= USUAL
        && match header.kind {
            names::DATA => is_of_stream && header.flags & !(END_STREAM | PADDED) == 0,
            names::HEADERS => is_of_stream && header.flags & !OF_STREAM == 0,
            names::PRIORITY => is_of_stream && header.length == 5 && header.flags == 0,
            names::RST_STREAM => is_of_stream && header.length == 4 && header.flags == 0,
            names::SETTINGS => {
                !is_of_stream && header.length.is_multiple_of(6) && header.flags & !ACK == 0
            }
            names::PUSH_PROMISE => is_of_stream && header.flags & !(END_HEADERS | PADDED) == 0,
            names::PING => !is_of_stream && header.length == 8 && header.flags & !ACK == 0,
            names::GOAWAY => !is_of_stream && header.length >= 8 && header.flags == 0,
            names::WINDOW_UPDATE => header.length == 4 && header.flags == 0,
            names::CONTINUATION => is_of_stream && header.flags & !END_HEADERS == 0,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
    const PING: &[u8] = &[0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    #[test]
    fn a_connection_is_known_by_the_preface_and_by_the_settings_of_a_server() {
        assert!(is_begun_by(PREFACE));
        assert!(is_begun_by(&PREFACE[..ENOUGH]));
        assert!(is_begun_by(SETTINGS));
        assert!(is_begun_by(&[SETTINGS, PING].concat()));
        let others = [
            &PREFACE[..ENOUGH - 1],
            b"PRI / HTTP/2.0\r\n\r\n",
            &SETTINGS[..14],
            PING,
            &[0, 0, 0, 4, 1, 0, 0, 0, 0],
            &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 100],
            &[0; 40],
            b"",
        ];
        for other in others {
            assert!(!is_begun_by(other), "{other:?}");
        }
    }

    #[test]
    fn a_frame_has_nine_bytes_and_as_many_as_its_length_says() {
        let both = [PREFACE, SETTINGS].concat();
        for end in 1..PREFACE.len() {
            assert_eq!(framing(&both[..end]), Framing::NeedsMore, "{end}");
        }
        assert_eq!(framing(&both), Framing::Whole(PREFACE.len()));
        for end in 1..SETTINGS.len() {
            assert_eq!(framing(&SETTINGS[..end]), Framing::NeedsMore, "{end}");
        }
        let both = [SETTINGS, PING].concat();
        assert_eq!(framing(&both), Framing::Whole(SETTINGS.len()));
        assert_eq!(
            framing(&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]),
            Framing::TooLong
        );
    }

    #[test]
    fn behind_a_hole_only_what_looks_like_a_frame_is_one() {
        assert_eq!(framing_behind_a_hole(PING), Framing::Whole(PING.len()));
        assert_eq!(
            framing_behind_a_hole(&[0, 0, 9, 0, 1, 0, 0, 0, 1]),
            Framing::NeedsMore
        );
        for other in [
            &b"<p>hello, this is a page"[..],
            &PING[2..],
            &[0, 0, 9, 0],
            &[0; 20],
        ] {
            assert_eq!(framing_behind_a_hole(other), Framing::Foreign, "{other:?}");
        }
    }

    #[test]
    fn what_a_frame_carries_stands_between_what_its_flags_announce_and_the_padding() {
        let block = |bytes: &[u8]| Header::of(bytes).unwrap().block(bytes);
        let plain = [0, 0, 3, 1, 4, 0, 0, 0, 1, 1, 2, 3];
        assert_eq!(block(&plain), Some(9..12));
        let padded = [0, 0, 9, 1, 0x2c, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x82, 0, 0];
        assert_eq!(block(&padded), Some(15..16));
        let promise = [0, 0, 5, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0x82];
        assert_eq!(block(&promise), Some(13..14));
        let lies = [0, 0, 2, 0, 8, 0, 0, 0, 1, 200, 0];
        assert_eq!(block(&lies), None);
        assert_eq!(block(&[0, 0, 0, 0, 8, 0, 0, 0, 1]), None);
    }
}
