//! The frames of QUIC, of which a packet has one behind the other (RFC 9000, section 19): a type, and what that type
//! has, mostly numbers that say in their first bits how long they are.

use std::ops::Range;

use super::quic_frame_fields as fields;
use super::quic_header::varint;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;

/// What stands next in a frame.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A number that says how long it is.
    Number(&'static FieldDef),
    /// The number of a stream.
    Stream(&'static FieldDef),
    /// How many bytes of something stand before the data.
    Offset(&'static FieldDef),
    /// A number of one byte.
    Byte(&'static FieldDef),
    /// So many bytes.
    Bytes(&'static FieldDef, usize),
    /// As many bytes as the number before says.
    Counted(&'static FieldDef),
    /// All that is left of the packet.
    Rest(&'static FieldDef),
    /// Pairs of numbers, as many as the number before the last one says.
    Pairs(&'static FieldDef, &'static FieldDef),
}

use Part::{Byte, Bytes, Counted, Number, Offset, Pairs, Rest, Stream};

const PADDING: u64 = 0x00;
const CRYPTO: u64 = 0x06;
const STREAMS: std::ops::RangeInclusive<u64> = 0x08..=0x0f;

/// What frames have behind their type: the first and the last type that is laid out so.
static LAYOUTS: &[(u64, u64, &[Part])] = &[
    (PADDING, 0x01, &[]),
    (
        0x02,
        0x02,
        &[
            Number(&fields::ACK_LARGEST),
            Number(&fields::ACK_DELAY),
            Number(&fields::ACK_COUNT),
            Number(&fields::ACK_FIRST),
            Pairs(&fields::ACK_GAP, &fields::ACK_RANGE),
        ],
    ),
    (
        0x03,
        0x03,
        &[
            Number(&fields::ACK_LARGEST),
            Number(&fields::ACK_DELAY),
            Number(&fields::ACK_COUNT),
            Number(&fields::ACK_FIRST),
            Pairs(&fields::ACK_GAP, &fields::ACK_RANGE),
            Number(&fields::ECT0),
            Number(&fields::ECT1),
            Number(&fields::ECN_CE),
        ],
    ),
    (
        0x04,
        0x04,
        &[
            Stream(&fields::RESET_STREAM),
            Number(&fields::RESET_ERROR),
            Number(&fields::RESET_SIZE),
        ],
    ),
    (
        0x05,
        0x05,
        &[Stream(&fields::STOP_STREAM), Number(&fields::STOP_ERROR)],
    ),
    (
        CRYPTO,
        CRYPTO,
        &[
            Offset(&fields::CRYPTO_OFFSET),
            Number(&fields::CRYPTO_LENGTH),
            Counted(&fields::CRYPTO_DATA),
        ],
    ),
    (
        0x07,
        0x07,
        &[Number(&fields::TOKEN_LENGTH), Counted(&fields::TOKEN)],
    ),
    (
        0x08,
        0x09,
        &[Stream(&fields::STREAM_ID), Rest(&fields::STREAM_DATA)],
    ),
    (
        0x0a,
        0x0b,
        &[
            Stream(&fields::STREAM_ID),
            Number(&fields::STREAM_LENGTH),
            Counted(&fields::STREAM_DATA),
        ],
    ),
    (
        0x0c,
        0x0d,
        &[
            Stream(&fields::STREAM_ID),
            Offset(&fields::STREAM_OFFSET),
            Rest(&fields::STREAM_DATA),
        ],
    ),
    (
        0x0e,
        0x0f,
        &[
            Stream(&fields::STREAM_ID),
            Offset(&fields::STREAM_OFFSET),
            Number(&fields::STREAM_LENGTH),
            Counted(&fields::STREAM_DATA),
        ],
    ),
    (0x10, 0x10, &[Number(&fields::MAX_DATA)]),
    (
        0x11,
        0x11,
        &[
            Number(&fields::MAX_STREAM),
            Number(&fields::MAX_STREAM_DATA),
        ],
    ),
    (0x12, 0x13, &[Number(&fields::MAX_STREAMS)]),
    (0x14, 0x14, &[Number(&fields::BLOCKED_LIMIT)]),
    (
        0x15,
        0x15,
        &[
            Number(&fields::BLOCKED_STREAM),
            Number(&fields::BLOCKED_LIMIT),
        ],
    ),
    (0x16, 0x17, &[Number(&fields::STREAMS_LIMIT)]),
    (
        0x18,
        0x18,
        &[
            Number(&fields::NEW_SEQUENCE),
            Number(&fields::NEW_RETIRE),
            Byte(&fields::NEW_LENGTH),
            Counted(&fields::NEW_ID),
            Bytes(&fields::NEW_RESET, 16),
        ],
    ),
    (0x19, 0x19, &[Number(&fields::RETIRE_SEQUENCE)]),
    (0x1a, 0x1a, &[Bytes(&fields::CHALLENGE, 8)]),
    (0x1b, 0x1b, &[Bytes(&fields::RESPONSE, 8)]),
    (
        0x1c,
        0x1c,
        &[
            Number(&fields::ERROR),
            Number(&fields::ERROR_FRAME),
            Number(&fields::REASON_LENGTH),
            Counted(&fields::REASON),
        ],
    ),
    (
        0x1d,
        0x1d,
        &[
            Number(&fields::ERROR_APP),
            Number(&fields::REASON_LENGTH),
            Counted(&fields::REASON),
        ],
    ),
    (0x1e, 0x1e, &[]),
    (0x30, 0x30, &[Rest(&fields::DATAGRAM)]),
    (
        0x31,
        0x31,
        &[Number(&fields::DATAGRAM_LENGTH), Counted(&fields::DATAGRAM)],
    ),
];

/// What a frame of this type has behind its type; `None` of a type that is not known here.
fn parts(kind: u64) -> Option<&'static [Part]> {
    let mut known = LAYOUTS.iter();
    let (_, _, parts) = known.find(|(first, last, _)| (*first..=*last).contains(&kind))?;
    Some(*parts)
}

/// A frame in the plaintext of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its type.
    pub kind: u64,
    /// Where it is.
    pub place: Range<usize>,
    /// The stream that it is about, where it is one of data or of its end.
    pub stream: Option<u64>,
    /// How many bytes stand before its data.
    pub offset: u64,
    /// Where its data is, of the handshake or of a stream.
    pub data: Range<usize>,
    /// What keeps the rest of the packet from being read.
    pub flaw: Option<Flaw>,
}

/// Why what is behind cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The type is not known, so nobody can tell where the frame ends.
    UnknownType,
    /// It ends behind the packet.
    EndsEarly,
}

impl Frame {
    /// Whether it has bytes of the handshake.
    pub const fn is_crypto(&self) -> bool {
        self.kind == CRYPTO
    }

    /// Whether it has bytes of a stream.
    pub fn is_stream(&self) -> bool {
        STREAMS.contains(&self.kind)
    }
}

/// The frames behind the first `start` bytes; the last one has a flaw where that keeps others from being read.
pub fn frames(bytes: &[u8], start: usize) -> impl Iterator<Item = Frame> {
    let mut at = start;
    std::iter::from_fn(move || {
        let frame = (at < bytes.len()).then(|| read(bytes, at, &mut |_, _| {}))?;
        at = if frame.flaw.is_some() {
            bytes.len()
        } else {
            frame.place.end
        };
        Some(frame)
    })
}

/// Reads the frame that begins there; `tell` hears its fields and where they are.
fn read(
    bytes: &[u8],
    start: usize,
    tell: &mut impl FnMut(&'static FieldDef, Range<usize>),
) -> Frame {
    let mut frame = Frame {
        place: start..bytes.len(),
        ..Frame::default()
    };
    let Some((kind, place)) = varint(bytes, start) else {
        frame.flaw = Some(Flaw::EndsEarly);
        return frame;
    };
    frame.kind = kind;
    tell(&fields::TYPE, place.clone());
    if kind == PADDING {
        let behind = bytes.get(place.end..).unwrap_or_default();
        let more = behind.iter().take_while(|byte| **byte == 0).count();
        frame.place.end = place.end + more;
        tell(&fields::PADDING, place.end..frame.place.end);
        return frame;
    }
    let Some(parts) = parts(kind) else {
        frame.flaw = Some(Flaw::UnknownType);
        return frame;
    };
    match read_parts(bytes, place.end, parts, &mut frame, tell) {
        Some(end) => frame.place.end = end,
        None => frame.flaw = Some(Flaw::EndsEarly),
    }
    frame
}

/// Reads the parts of a frame, from there on; where it ends. `None` where that is behind the packet.
fn read_parts(
    bytes: &[u8],
    mut at: usize,
    parts: &[Part],
    frame: &mut Frame,
    tell: &mut impl FnMut(&'static FieldDef, Range<usize>),
) -> Option<usize> {
    let (mut before, mut last) = (0, 0);
    for part in parts {
        let mut number = |field: &'static FieldDef, at: &mut usize| {
            let (number, place) = varint(bytes, *at)?;
            *at = place.end;
            tell(field, place);
            Some(number)
        };
        match *part {
            Number(field) => (before, last) = (last, number(field, &mut at)?),
            Stream(field) => frame.stream = Some(number(field, &mut at)?),
            Offset(field) => frame.offset = number(field, &mut at)?,
            Byte(field) => {
                last = u64::from(*bytes.get(at)?);
                tell(field, at..at + 1);
                at += 1;
            }
            Pairs(gap, range) => {
                for _ in 0..before {
                    number(gap, &mut at)?;
                    number(range, &mut at)?;
                }
            }
            Bytes(field, length) => at = take(bytes, at, length, field, frame, tell)?,
            Counted(field) => {
                let length = usize::try_from(last).ok()?;
                at = take(bytes, at, length, field, frame, tell)?;
            }
            Rest(field) => at = take(bytes, at, bytes.len() - at, field, frame, tell)?,
        }
    }
    Some(at)
}

/// Takes so many bytes of a frame; where they end.
fn take(
    bytes: &[u8],
    at: usize,
    length: usize,
    field: &'static FieldDef,
    frame: &mut Frame,
    tell: &mut impl FnMut(&'static FieldDef, Range<usize>),
) -> Option<usize> {
    let place = at..at.checked_add(length)?;
    bytes.get(place.clone())?;
    if frame.is_crypto() || frame.is_stream() {
        frame.data = place.clone();
    }
    tell(field, place.clone());
    Some(place.end)
}

/// Tells the frames behind the first `start` bytes of a packet.
pub fn expand(bytes: &[u8], start: usize, out: &mut Expander<'_>) {
    for frame in frames(bytes, start) {
        out.bytes(&fields::FRAME, frame.place.clone());
        let mut end = frame.place.start;
        read(bytes, frame.place.start, &mut |field, place| {
            end = end.max(place.end);
            expand_field(field, place, &frame, bytes, out);
        });
        let rest = end..frame.place.end;
        match frame.flaw {
            None => {}
            Some(Flaw::UnknownType) => {
                out.bytes(&fields::UNKNOWN, rest);
                let why = "is a type of frame that is not known";
                out.fault(frame.place.clone(), FaultKind::BadValue { why });
            }
            Some(Flaw::EndsEarly) => {
                out.bytes(&fields::CUT, rest);
                let present = frame.place.len() as u64;
                out.fault(
                    frame.place.clone(),
                    FaultKind::TooShort {
                        needed: present + 1,
                        present,
                        believed: Believed::Enclosing("QUIC"),
                    },
                );
            }
        }
    }
}

fn expand_field(
    field: &'static FieldDef,
    place: Range<usize>,
    frame: &Frame,
    bytes: &[u8],
    out: &mut Expander<'_>,
) {
    out.bytes(field, place.clone());
    let is = |other: &'static FieldDef| std::ptr::eq(field, other);
    let bits_of_last = |bit: u32| {
        let byte = u32::try_from(place.end.saturating_sub(1)).unwrap_or(u32::MAX);
        byte.saturating_mul(8).saturating_add(bit)
    };
    if is(&fields::TYPE) && frame.kind == PADDING {
        out.derived_beside(&fields::PADDING_LENGTH, frame.place.len() as u64);
    } else if is(&fields::TYPE) && frame.is_stream() {
        for (detail, bit) in [(&fields::FIN, 7), (&fields::LEN, 6), (&fields::OFF, 5)] {
            out.bits(detail, bits_of_last(bit), 1);
        }
    } else if is(&fields::STREAM_ID) {
        out.bits(&fields::INITIATOR, bits_of_last(7), 1);
        out.bits(&fields::DIRECTION, bits_of_last(6), 1);
    } else if is(&fields::ERROR)
        && let Some((error @ 0x0100..=0x01ff, _)) = varint(bytes, place.start)
    {
        out.derived_beside(&fields::ERROR_ALERT, error & 0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of frames, where they are, and what is wrong with the last.
    fn all(bytes: &[u8]) -> Vec<(u64, Range<usize>, Option<Flaw>)> {
        frames(bytes, 0)
            .map(|frame| (frame.kind, frame.place, frame.flaw))
            .collect()
    }

    #[test]
    fn frames_stand_one_behind_the_other_and_padding_is_told_together() {
        let bytes = [
            1, 0, 0, 0, 2, 9, 0, 1, 3, 0, 2, 6, 0x40, 5, 2, 7, 7, 0x0f, 4, 1, 2, 8, 8, 0x1e,
        ];
        assert_eq!(
            all(&bytes),
            [
                (1, 0..1, None),
                (0, 1..4, None),
                (2, 4..11, None),
                (6, 11..17, None),
                (15, 17..23, None),
                (0x1e, 23..24, None),
            ]
        );
        let crypto = frames(&bytes, 0).find(Frame::is_crypto).unwrap();
        assert_eq!((crypto.offset, crypto.data), (5, 15..17));
        let stream = frames(&bytes, 0).find(Frame::is_stream).unwrap();
        assert_eq!(
            (stream.stream, stream.offset, stream.data),
            (Some(4), 1, 21..23)
        );
    }

    #[test]
    fn data_without_a_length_has_the_rest_of_the_packet() {
        let frame = read(&[0x08, 4, 1, 1, 1], 0, &mut |_, _| {});
        assert_eq!((frame.place, frame.data), (0..5, 2..5));
    }

    #[test]
    fn behind_a_frame_that_cannot_be_read_nothing_is() {
        assert_eq!(
            all(&[1, 0x40, 0x99, 1, 1])[1],
            (0x99, 1..5, Some(Flaw::UnknownType))
        );
        let early: [&[u8]; 6] = [
            &[6, 0, 9, 1],
            &[6, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            &[
                2, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 1, 1,
            ],
            &[0x18, 1, 0, 200, 1],
            &[0x1a, 1, 2],
            &[0x40],
        ];
        for bytes in early {
            let all = all(bytes);
            assert_eq!(all.len(), 1, "{bytes:?}");
            assert_eq!(all[0].2, Some(Flaw::EndsEarly), "{bytes:?}");
            assert_eq!(all[0].1, 0..bytes.len(), "{bytes:?}");
        }
    }
}
