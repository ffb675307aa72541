//! Frames that were decoded and are put by, so that another thread goes on with them.

use std::ops::Range;

use super::Decoder;
use crate::model::assembled::Assembled;
use crate::model::fault::Fault;
use crate::model::field::Field;
use crate::model::frame::Frame;
use crate::model::layer::{Decoded, Followed, Layer};
use crate::model::needs::Depth;

/// Frames in their order, each with what was found out about it, in memory that is used again.
#[derive(Debug, Default)]
pub struct Kept {
    bytes: Vec<u8>,
    frames: Vec<KeptFrame>,
    layers: Vec<Layer>,
    fields: Vec<Field>,
    field_ends: Vec<usize>,
    faults: Vec<Fault>,
    assembled: Vec<Assembled>,
    followed: Vec<Followed>,
}

/// A frame without its bytes, and where in the lists its own begin.
#[derive(Debug)]
struct KeptFrame {
    frame: Frame<'static>,
    reached: Depth,
    begin: Place,
    comment: Option<Range<usize>>,
}

/// A place in each of the lists.
#[derive(Clone, Copy, Debug)]
struct Place {
    bytes: usize,
    layers: usize,
    fields: usize,
    field_ends: usize,
    faults: usize,
    assembled: usize,
    followed: usize,
}

impl Kept {
    /// Forgets all frames and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
        self.layers.clear();
        self.fields.clear();
        self.field_ends.clear();
        self.faults.clear();
        self.assembled.clear();
        self.followed.clear();
    }

    /// How many bytes the frames have.
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no frame.
    pub const fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Puts a frame by that was decoded as deep as `reached`.
    pub(super) fn keep(&mut self, decoded: &Decoded<'_>, reached: Depth) {
        let frame = *decoded.frame;
        let begin = self.end();
        self.bytes.extend_from_slice(frame.bytes);
        let comment = frame.comment.map(|comment| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(comment);
            start..self.bytes.len()
        });
        self.layers.extend_from_slice(decoded.layers);
        self.fields.extend_from_slice(decoded.fields);
        self.field_ends.extend_from_slice(decoded.field_ends);
        self.faults.extend_from_slice(decoded.faults);
        self.assembled.extend_from_slice(decoded.assembled);
        self.followed.extend_from_slice(decoded.followed);
        self.frames.push(KeptFrame {
            frame: Frame {
                number: frame.number,
                time: frame.time,
                link_type: frame.link_type,
                interface: frame.interface,
                direction: frame.direction,
                wire_length: frame.wire_length,
                checksum_offload: frame.checksum_offload,
                comment: None,
                bytes: &[],
            },
            reached,
            begin,
            comment,
        });
    }

    /// Lends each frame, decoded as deep as is wanted, to `show`.
    pub fn show(&self, decoder: &mut Decoder, wanted: Depth, mut show: impl FnMut(&Decoded<'_>)) {
        let ends = self.frames.iter().skip(1).map(|next| next.begin);
        for (kept, end) in self.frames.iter().zip(ends.chain([self.end()])) {
            let begin = kept.begin;
            let bytes_end = kept.comment.as_ref().map_or(end.bytes, |range| range.start);
            let frame = Frame {
                bytes: part(&self.bytes, begin.bytes, bytes_end),
                comment: kept.comment.clone().and_then(|range| self.bytes.get(range)),
                ..kept.frame
            };
            let decoded = Decoded {
                frame: &frame,
                layers: part(&self.layers, begin.layers, end.layers),
                fields: part(&self.fields, begin.fields, end.fields),
                field_ends: part(&self.field_ends, begin.field_ends, end.field_ends),
                faults: part(&self.faults, begin.faults, end.faults),
                assembled: part(&self.assembled, begin.assembled, end.assembled),
                followed: part(&self.followed, begin.followed, end.followed),
            };
            if kept.reached >= wanted {
                show(&decoded);
                continue;
            }
            decoder.resume(&decoded, kept.reached);
            let deeper = decoder.deepen(&frame, wanted);
            show(&deeper.with_followed(decoded.followed));
        }
    }

    const fn end(&self) -> Place {
        Place {
            bytes: self.bytes.len(),
            layers: self.layers.len(),
            fields: self.fields.len(),
            field_ends: self.field_ends.len(),
            faults: self.faults.len(),
            assembled: self.assembled.len(),
            followed: self.followed.len(),
        }
    }
}

fn part<T>(list: &[T], start: usize, end: usize) -> &[T] {
    list.get(start..end).unwrap_or_default()
}
