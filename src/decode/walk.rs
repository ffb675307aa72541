//! The walk: from the link inwards, layer by layer, as each announces what is inside it.

use std::ops::Range;

use super::Decoder;
use crate::model::assembled::{Assembled, Bytes};
use crate::model::bits;
use crate::model::fault::{Fault, FaultKind};
use crate::model::field::Buffer;
use crate::model::frame::Frame;
use crate::model::layer::{Enclosing, Extent, Layer, MAX_LAYERS, Rest};
use crate::model::needs::Depth;
use crate::model::protocol::{Next, Protocol, Selector, shortage};
use crate::protocols::{data, frame as capture, registry};

impl Decoder {
    /// Finds the layers of a frame; only the headers where no more is wanted.
    pub(super) fn find_layers(&mut self, frame: &Frame<'_>, wanted: Depth) {
        self.forget();
        self.reached = wanted.min(Depth::Walk);
        let end = frame.bytes.len();
        let wire_end = end.max(frame.wire_length as usize);
        self.layers.push(Layer {
            protocol: &capture::PROTOCOL,
            buffer: Buffer::FRAME,
            start: 0,
            header_end: 0,
            end,
            wire_end,
            extent: Extent::Whole,
            is_quoted_in_part: false,
            rest: Rest::ByLength,
        });
        self.find_inside(
            frame,
            Inside {
                buffer: Buffer::FRAME,
                start: 0,
                end,
                wire_end,
                protocol: select(&Next::selected(Selector::Link(frame.link_type))),
                extent: Extent::Whole,
                is_quoted_in_part: false,
            },
        );
        if self.has_rests {
            self.settle_ends();
        }
        // Of what was not looked for, nothing is missed.
        if self.reached == Depth::Walk && frame.is_cut() {
            self.blame_the_capture();
        }
    }

    /// Begins with the next frame. A list that is empty mostly is left alone: what was just written is waited
    /// for when it is read together with what stands beside it.
    #[inline]
    fn forget(&mut self) {
        self.layers.clear();
        self.has_rests = false;
        if !self.field_ends.is_empty() {
            self.fields.clear();
            self.field_ends.clear();
        }
        if !self.faults.is_empty() {
            self.faults.clear();
        }
        if !self.assembled.is_empty() {
            self.assembled.clear();
        }
    }

    pub(super) fn find_inside(&mut self, frame: &Frame<'_>, inside: Inside) {
        let mut walk = Walk {
            frame,
            assembled: &self.assembled,
            bytes: Bytes::new(frame.bytes, &self.assembled).of(inside.buffer),
            wanted: self.reached,
            layers: &mut self.layers,
            faults: &mut self.faults,
            has_rests: false,
            inside,
        };
        while walk.step() {}
        self.has_rests |= walk.has_rests;
    }

    /// Gives the bytes that follow a payload to the layer that owns them, from the inside out.
    fn settle_ends(&mut self) {
        for index in (1..self.layers.len()).rev() {
            let bounded_by = match self.layers[index].rest {
                Rest::ByLength => continue,
                Rest::Kept => self.layers.get(index - 1),
                Rest::Left => self.layers.get(index + 1),
            };
            if let Some(&Layer { end, wire_end, .. }) = bounded_by {
                self.layers[index].end = end;
                self.layers[index].wire_end = wire_end;
            }
        }
    }

    /// Says once, at the innermost layer, that the capture kept less than the wire had.
    fn blame_the_capture(&mut self) {
        let Some(last) = self.layers.last() else {
            return;
        };
        let already_said = self.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::CutByCapture { .. } | FaultKind::CutByQuotation { .. }
            )
        });
        if last.end < last.wire_end && !already_said {
            let kind = FaultKind::CutByCapture {
                needed: (last.wire_end - last.start) as u64,
                present: (last.end - last.start) as u64,
            };
            let place = last.start..last.end;
            blame(&mut self.faults, &self.layers, kind, place);
        }
    }
}

/// The way inwards through one buffer.
struct Walk<'a> {
    frame: &'a Frame<'a>,
    assembled: &'a [Assembled],
    /// The buffer that the layers are in.
    bytes: &'a [u8],
    wanted: Depth,
    layers: &'a mut Vec<Layer>,
    faults: &'a mut Vec<Fault>,
    has_rests: bool,
    /// Where the next layer is.
    inside: Inside,
}

impl Walk<'_> {
    /// Adds the layer that begins there, and goes on to what is in it; `false` where nothing is left.
    ///
    /// What is found is written where it stays, value by value: to copy what was just written costs more than
    /// to find it.
    #[inline]
    fn step(&mut self) -> bool {
        let inside = &mut self.inside;
        let bytes = self.bytes.get(inside.start..inside.end);
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return false;
        };
        let is_too_deep = self.layers.len() > MAX_LAYERS;
        if is_too_deep {
            inside.protocol = &data::PROTOCOL;
        }
        let enclosing = Enclosing {
            frame: self.frame,
            assembled: self.assembled,
            layers: self.layers,
            wire_length: inside.wire_end.saturating_sub(inside.start),
            extent: inside.extent,
        };
        let measure = (inside.protocol.measure)(bytes, &enclosing);
        let header_length = measure.header_length.min(bytes.len());
        let room = enclosing.wire_length.saturating_sub(header_length);
        let stated = measure.payload_length.unwrap_or(room);
        let is_overlong = stated > room;
        let fault = if measure.fault.is_none() && !is_overlong {
            None
        } else {
            // Where the stated payload is not all there, that is what is wrong.
            let overlong = || shortage(bytes.len(), header_length + stated, &enclosing);
            Some(measure.fault.unwrap_or_else(overlong))
        };
        let start = inside.start;
        let header_end = start + header_length;
        let wire_end = header_end + stated.min(room);
        let end = wire_end.min(inside.end);
        let extent = inside.extent;
        let is_quoted_in_part =
            inside.is_quoted_in_part || is_overlong && extent == Extent::Quotation;
        if is_too_deep {
            blame(
                self.faults,
                self.layers,
                FaultKind::TooDeep,
                start..inside.end,
            );
        }
        self.layers.push(Layer {
            protocol: inside.protocol,
            buffer: inside.buffer,
            start,
            header_end,
            end,
            wire_end,
            extent,
            is_quoted_in_part,
            rest: measure.rest,
        });
        self.has_rests |= measure.rest != Rest::ByLength;
        if let Some(kind) = fault {
            blame(self.faults, self.layers, kind, start..header_end);
        }
        if self.wanted == Depth::Headers && measure.next.is_by_ports() {
            return false;
        }
        inside.protocol = select(&measure.next);
        inside.start = header_end;
        inside.end = end;
        inside.wire_end = wire_end;
        // What is inside a part is a part.
        inside.extent = match measure.extent {
            Extent::Whole => extent,
            part => extent.max(part),
        };
        inside.is_quoted_in_part = is_quoted_in_part;
        true
    }
}

/// Says what is wrong with the last layer.
fn blame(faults: &mut Vec<Fault>, layers: &[Layer], kind: FaultKind, bytes: Range<usize>) {
    faults.push(Fault {
        layer: layers.len() - 1,
        kind,
        bits: bits::of_bytes(&bytes),
    });
}

/// Bytes that a layer is looked for in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside {
    pub(super) buffer: Buffer,
    pub(super) start: usize,
    /// Where they end in the buffer, and where on the wire.
    pub(super) end: usize,
    pub(super) wire_end: usize,
    /// What the layer around says that they are.
    pub(super) protocol: &'static Protocol,
    pub(super) extent: Extent,
    pub(super) is_quoted_in_part: bool,
}

impl Inside {
    /// All that was put together.
    pub(super) const fn whole(
        buffer: Buffer,
        whole: &Assembled,
        protocol: &'static Protocol,
    ) -> Self {
        Self {
            buffer,
            start: 0,
            end: whole.bytes.len(),
            wire_end: whole.bytes.len(),
            protocol,
            extent: Extent::Whole,
            is_quoted_in_part: false,
        }
    }
}

/// The protocol that a layer's header announces.
///
/// What was just written in parts is looked at in parts: copied as a whole, it would be waited for.
pub(super) fn select(next: &Next) -> &'static Protocol {
    let found = match next {
        Next::Selected(key) => registry::find(*key),
        Next::Either(first, second) => registry::find(*first).or_else(|| registry::find(*second)),
        Next::Data => None,
    };
    found.unwrap_or(&data::PROTOCOL)
}
