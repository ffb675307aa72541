//! The frame of WebSocket (RFC 6455, section 5.2): two bytes, perhaps a longer length, perhaps a masking key, and what
//! is said.
//!
//! ```text
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//! |I|S|S|S|  (4)  |A|     (7)     |            (16/64)            |
//! |N|V|V|V|       |S|             |   (if payload len==126/127)   |
//! | |1|2|3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
//! |   Masking-key (32, if MASK set)   |       Payload data ...    |
//! +-----------------------------------+ - - - - - - - - - - - - - +
//! ```

use std::borrow::Cow;
use std::ops::Range;

use super::websocket_names as names;
use crate::model::bits;
use crate::model::framing::Framing;

/// How long a frame may be that is put together, in bytes, with its header; what is longer is shown as it comes.
pub const MOST_FRAME: usize = 1 << 20;

/// How long what a control frame says may be, in bytes (RFC 6455, section 5.5).
pub const MOST_CONTROL: u64 = 125;

/// The 7 bits of length that say that 16 others tell, or 64.
pub const LENGTH_IN_16: u8 = 126;
/// The 7 bits of length that say that 64 others tell it.
pub const LENGTH_IN_64: u8 = 127;

/// How long the part of the header is that every frame has.
pub const FIRST: usize = 2;

/// How long a masking key is.
const KEY: usize = 4;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether the message ends with it.
    pub is_last: bool,
    /// The three bits for extensions; the first one, of a value of 4, says that the message is compressed.
    pub reserved: u8,
    /// What it is.
    pub opcode: u8,
    /// The 7 bits of length as they are.
    pub short_length: u8,
    /// How long what it says is, in bytes.
    pub length: u64,
    /// With what that is masked.
    pub key: Option<[u8; KEY]>,
}

impl Header {
    /// That of a frame; `None` where it is not all there.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let [first, second] = *bytes.first_chunk::<FIRST>()?;
        let short_length = second & 0x7f;
        let header = Self {
            is_last: first & 0x80 != 0,
            reserved: first >> 4 & 0x7,
            opcode: first & 0xf,
            short_length,
            length: match short_length {
                LENGTH_IN_16 => bits::u16_at(bytes, FIRST)?.into(),
                LENGTH_IN_64 => u64::from_be_bytes(*bytes.get(FIRST..)?.first_chunk()?),
                short => short.into(),
            },
            key: None,
        };
        if second & 0x80 == 0 {
            return Some(header);
        }
        let at = FIRST + header.more_length();
        let key = *bytes.get(at..)?.first_chunk()?;
        Some(Self {
            key: Some(key),
            ..header
        })
    }

    /// How long the longer length is, in bytes; 0 where the 7 bits are enough.
    pub const fn more_length(&self) -> usize {
        match self.short_length {
            LENGTH_IN_16 => 2,
            LENGTH_IN_64 => 8,
            _ => 0,
        }
    }

    /// How long the header is, in bytes.
    pub const fn header_length(&self) -> usize {
        let key = if self.key.is_some() { KEY } else { 0 };
        FIRST + self.more_length() + key
    }

    /// Where what it says is; `None` where no memory is as long.
    pub fn payload(&self) -> Option<Range<usize>> {
        let start = self.header_length();
        let end = start.checked_add(usize::try_from(self.length).ok()?)?;
        Some(start..end)
    }

    /// Whether the first of the bits for extensions is set.
    pub const fn is_compressed(&self) -> bool {
        self.reserved & 0x4 != 0
    }

    /// Whether its length is written in more bytes than it needs.
    pub const fn is_length_too_long(&self) -> bool {
        match self.short_length {
            LENGTH_IN_16 => self.length < LENGTH_IN_16 as u64,
            LENGTH_IN_64 => self.length <= u16::MAX as u64,
            _ => false,
        }
    }

    /// Whether it is as RFC 6455 wants it, of a side that masks what it says, or does not.
    fn is_allowed(&self, masks: bool) -> bool {
        let is_short = self.is_last && self.length <= MOST_CONTROL;
        names::is_known(self.opcode)
            && self.reserved & 0x3 == 0
            && self.key.is_some() == masks
            && !self.is_length_too_long()
            && (!names::is_control(self.opcode) || (is_short && self.reserved == 0))
    }
}

/// What a frame says, without the mask: each byte was combined with one of the key, in turns (RFC 6455, section 5.3).
pub fn unmasked(payload: &[u8], key: Option<[u8; KEY]>) -> Cow<'_, [u8]> {
    let Some(key) = key else {
        return Cow::Borrowed(payload);
    };
    let key = key.into_iter().cycle();
    payload
        .iter()
        .zip(key)
        .map(|(byte, key)| byte ^ key)
        .collect()
}

/// How long the frame is that begins with these bytes.
pub fn framing(bytes: &[u8]) -> Framing {
    let Some(header) = Header::of(bytes) else {
        return Framing::NeedsMore;
    };
    match header.payload() {
        Some(payload) if payload.end <= bytes.len() => Framing::Whole(payload.end),
        Some(payload) if payload.end <= MOST_FRAME => Framing::NeedsMore,
        _ => Framing::TooLong,
    }
}

/// The same where bytes before them are missing: they begin with a frame if frames fill them, as they mostly fill what
/// a program sends at once, and each is as this side's are.
pub fn framing_behind_a_hole(bytes: &[u8], masks: bool) -> Framing {
    let mut first = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let is_allowed = Header::of(rest).is_some_and(|header| header.is_allowed(masks));
        let (true, Framing::Whole(length)) = (is_allowed, framing(rest)) else {
            return Framing::Foreign;
        };
        first.get_or_insert(length);
        rest = rest.get(length..).unwrap_or_default();
    }
    first.map_or(Framing::NeedsMore, Framing::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_7_or_16_or_64_bits() {
        let length_of = |bytes: &[u8]| Header::of(bytes).map(|header| header.length);
        assert_eq!(length_of(&[0x81, 125]), Some(125));
        assert_eq!(length_of(&[0x81, 126, 1, 0]), Some(256));
        assert_eq!(
            length_of(&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            Some(65_536)
        );
        for cut in [
            &[][..],
            &[0x81],
            &[0x81, 126, 1],
            &[0x81, 127, 0, 0, 0, 0, 0, 1, 0],
            &[0x81, 0x81, 1, 2, 3],
        ] {
            assert_eq!(Header::of(cut), None, "{cut:?}");
            assert_eq!(framing(cut), Framing::NeedsMore);
        }
    }

    #[test]
    fn the_example_of_the_rfc_is_unmasked() {
        let frame = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        assert_eq!(framing(&frame), Framing::Whole(11));
        let header = Header::of(&frame).unwrap();
        assert_eq!(header.payload(), Some(6..11));
        assert_eq!(&*unmasked(&frame[6..], header.key), b"Hello");
    }

    #[test]
    fn what_is_longer_than_is_kept_is_not_waited_for() {
        let lies = [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(framing(&lies), Framing::TooLong);
        let waited_for = [0x82, 127, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xf6];
        assert_eq!(framing(&waited_for), Framing::NeedsMore);
        let too_long = [0x82, 127, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xf7];
        assert_eq!(framing(&too_long), Framing::TooLong);
    }

    #[test]
    fn behind_a_hole_frames_are_known_by_filling_what_there_is() {
        let two = [0x81, 2, b'h', b'i', 0x89, 0];
        assert_eq!(framing_behind_a_hole(&two, false), Framing::Whole(4));
        assert_eq!(framing_behind_a_hole(&two, true), Framing::Foreign);
        assert_eq!(framing_behind_a_hole(&two[..5], false), Framing::Foreign);
        assert_eq!(framing_behind_a_hole(b"hello", false), Framing::Foreign);
        let masked = [0x88, 0x80, 1, 2, 3, 4];
        assert_eq!(framing_behind_a_hole(&masked, true), Framing::Whole(6));
    }
}
