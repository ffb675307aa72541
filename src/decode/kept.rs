//! Frames that were decoded and are put by, so that another thread goes on with them.

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
    /// How many bytes these have.
    assembled_bytes: usize,
    followed: Vec<Followed>,
}

/// A frame without its bytes, and how many in each of the lists are its own.
#[derive(Debug)]
struct KeptFrame {
    frame: Frame<'static>,
    reached: Depth,
    bytes: usize,
    /// The length of its comment, behind its bytes.
    comment: Option<usize>,
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
        self.assembled_bytes = 0;
        self.followed.clear();
    }

    /// How many frames there are.
    pub const fn frames(&self) -> usize {
        self.frames.len()
    }

    /// How many bytes they have, with those that were put together.
    pub const fn bytes(&self) -> usize {
        self.bytes.len() + self.assembled_bytes
    }

    /// How many fields of them were found.
    pub const fn fields(&self) -> usize {
        self.fields.len()
    }

    /// Puts a frame by that was decoded as deep as `reached`.
    pub(super) fn keep(&mut self, decoded: &Decoded<'_>, reached: Depth) {
        let frame = *decoded.frame;
        let comment = frame.comment.unwrap_or_default();
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
            bytes: append(&mut self.bytes, frame.bytes),
            comment: frame.comment.map(<[u8]>::len),
            layers: append(&mut self.layers, decoded.layers),
            fields: append(&mut self.fields, decoded.fields),
            field_ends: append(&mut self.field_ends, decoded.field_ends),
            faults: append(&mut self.faults, decoded.faults),
            assembled: append(&mut self.assembled, decoded.assembled),
            followed: append(&mut self.followed, decoded.followed),
        });
        append(&mut self.bytes, comment);
        let assembled = decoded.assembled.iter();
        self.assembled_bytes += assembled.map(|whole| whole.bytes.len()).sum::<usize>();
    }

    /// Lends each frame, decoded as deep as is wanted, to `show`.
    pub fn show(&self, decoder: &mut Decoder, wanted: Depth, mut show: impl FnMut(&Decoded<'_>)) {
        let mut bytes = self.bytes.as_slice();
        let (mut layers, mut fields) = (self.layers.as_slice(), self.fields.as_slice());
        let (mut field_ends, mut faults) = (self.field_ends.as_slice(), self.faults.as_slice());
        let (mut assembled, mut followed) = (self.assembled.as_slice(), self.followed.as_slice());
        for kept in &self.frames {
            let frame = Frame {
                bytes: take(&mut bytes, kept.bytes),
                comment: kept.comment.map(|length| take(&mut bytes, length)),
                ..kept.frame
            };
            let decoded = Decoded {
                frame: &frame,
                layers: take(&mut layers, kept.layers),
                fields: take(&mut fields, kept.fields),
                field_ends: take(&mut field_ends, kept.field_ends),
                faults: take(&mut faults, kept.faults),
                assembled: take(&mut assembled, kept.assembled),
                followed: take(&mut followed, kept.followed),
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
}

/// Appends a frame's own, mostly none; gives how many there are.
pub(super) fn append<T: Clone>(list: &mut Vec<T>, own: &[T]) -> usize {
    if !own.is_empty() {
        list.extend_from_slice(own);
    }
    own.len()
}

/// Takes the next `count` off a list.
fn take<'a, T>(rest: &mut &'a [T], count: usize) -> &'a [T] {
    let (own, behind) = rest.split_at_checked(count).unwrap_or((rest, &[]));
    *rest = behind;
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{frame_of, in_ipv4};
    use crate::model::assembled::Whole;
    use crate::model::frame::LinkType;
    use crate::model::protocol::Next;

    #[test]
    fn what_was_put_together_counts_as_the_frame_does() {
        let packet = in_ipv4(253, b"last");
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let mut decoder = Decoder::new();
        decoder.walk(&frame);
        let whole = Assembled {
            whole: Whole::Datagram,
            bytes: vec![b'x'; 60_000],
            parts: Vec::new(),
        };
        decoder.go_on(&frame, whole, Next::DATA);
        let mut kept = Kept::default();
        decoder.keep(&frame, &[], &mut kept);
        assert_eq!(kept.bytes(), packet.len() + 60_000);
        kept.clear();
        assert_eq!(kept.bytes(), 0);
    }
}
