//! The decoder: walks the layers of a frame, checks them, expands their fields, into re-used memory.
//!
//! Three depths, each with the cost of what it gives and no more: [`Decoder::walk`] finds the layers,
//! [`Decoder::check`] looks at every byte for bad checksums too, [`Decoder::expand`] lists every field.
//! Who knows only later that a frame is wanted goes on from where it was with [`Decoder::deepen`].

#![forbid(unsafe_code)]

use std::ops::Range;

use crate::model::assembled::{Assembled, Bytes};
use crate::model::bits;
use crate::model::fault::{Fault, FaultKind};
use crate::model::field::Buffer;
use crate::model::frame::Frame;
use crate::model::layer::{self, Decoded, Enclosing, Extent, Followed, Layer, MAX_LAYERS, Rest};
use crate::model::needs::Depth;
use crate::model::protocol::{Expander, Next, Protocol, Selector, shortage};
use crate::protocols::{data, frame as capture, piece, registry};
use kept::Kept;

pub mod kept;
#[cfg(test)]
pub mod testing;

/// Decodes one frame after the other into the same memory.
#[derive(Debug, Default)]
pub struct Decoder {
    layers: Vec<Layer>,
    fields: Vec<crate::model::field::Field>,
    field_ends: Vec<usize>,
    faults: Vec<Fault>,
    assembled: Vec<Assembled>,
    reached: Depth,
}

impl Decoder {
    /// A decoder with empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the layers of a frame, and what stops the way inwards.
    pub fn walk<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.walked(frame)
    }

    /// Goes on with the frame that was walked last, as deep as is wanted and not done yet.
    #[inline]
    pub fn deepen<'a>(&'a mut self, frame: &'a Frame<'a>, wanted: Depth) -> Decoded<'a> {
        if self.reached < wanted {
            self.go_deeper(frame, wanted);
        }
        self.walked(frame)
    }

    fn go_deeper(&mut self, frame: &Frame<'_>, wanted: Depth) {
        if self.reached < Depth::Check && wanted >= Depth::Check {
            self.check_layers(frame);
        }
        if self.reached < Depth::Expand && wanted >= Depth::Expand {
            self.expand_layers(frame);
        }
        self.reached = wanted;
    }

    /// Puts the frame that was walked last by, with what is known of it from those before.
    pub fn keep(&self, frame: &Frame<'_>, followed: &[Followed], kept: &mut Kept) {
        kept.keep(&self.walked(frame).with_followed(followed), self.reached);
    }

    /// Takes over what was found out about a frame elsewhere, to go on from there.
    fn resume(&mut self, decoded: &Decoded<'_>, reached: Depth) {
        self.layers.clear();
        self.layers.extend_from_slice(decoded.layers);
        self.fields.clear();
        self.fields.extend_from_slice(decoded.fields);
        self.field_ends.clear();
        self.field_ends.extend_from_slice(decoded.field_ends);
        self.faults.clear();
        self.faults.extend_from_slice(decoded.faults);
        self.assembled.clear();
        self.assembled.extend_from_slice(decoded.assembled);
        self.reached = reached;
    }

    /// As [`Decoder::walk`], and looks at every byte for what is wrong.
    pub fn check<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.deepen(frame, Depth::Check)
    }

    /// As [`Decoder::check`], and lists every field of every layer.
    pub fn expand<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.deepen(frame, Depth::Expand)
    }

    /// What is known of the frame that was walked last.
    #[inline]
    pub fn walked<'a>(&'a self, frame: &'a Frame<'a>) -> Decoded<'a> {
        Decoded {
            frame,
            layers: &self.layers,
            fields: &self.fields,
            field_ends: &self.field_ends,
            faults: &self.faults,
            assembled: &self.assembled,
            followed: &[],
        }
    }

    fn find_layers(&mut self, frame: &Frame<'_>) {
        self.layers.clear();
        self.fields.clear();
        self.field_ends.clear();
        self.faults.clear();
        self.assembled.clear();
        self.reached = Depth::Walk;
        self.layers.push(Layer {
            protocol: &capture::PROTOCOL,
            buffer: Buffer::FRAME,
            start: 0,
            header_end: 0,
            end: frame.bytes.len(),
            wire_end: frame.bytes.len().max(frame.wire_length as usize),
            extent: Extent::Whole,
            is_quoted_in_part: false,
            rest: Rest::ByLength,
        });
        self.find_inside(
            frame,
            Inside {
                buffer: Buffer::FRAME,
                start: 0,
                end: frame.bytes.len(),
                wire_end: frame.bytes.len().max(frame.wire_length as usize),
                protocol: select(&Next::Selected(Selector::Link(frame.link_type))),
                extent: Extent::Whole,
                is_quoted_in_part: false,
            },
        );
        self.settle_ends();
        self.blame_the_capture(frame);
    }

    /// Goes on, in the frame that was walked last, inside what it completed: the next layer is in these
    /// bytes, which several frames brought.
    pub fn go_on(&mut self, frame: &Frame<'_>, whole: Assembled, next: Next) {
        let Some(buffer) = Buffer::of_assembled(self.assembled.len()) else {
            return;
        };
        let inside = Inside::whole(buffer, &whole, select(&next));
        self.assembled.push(whole);
        self.find_inside(frame, inside);
    }

    /// Reads anew, in the frame that was walked last, what is inside the layer at `index`: its payload is
    /// what beside the frames before it turns out to be these contents of the protocol `next`, in their order.
    pub fn read_inside(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        protocol: &'static Protocol,
        contents: Vec<Content>,
    ) {
        self.layers.truncate(index + 1);
        self.faults.retain(|fault| fault.layer <= index);
        let Some(around) = self.layers.get(index).copied() else {
            return;
        };
        let inside = |protocol: &'static Protocol, range: Range<usize>| Inside {
            buffer: around.buffer,
            start: around.header_end + range.start,
            end: around.end.min(around.header_end + range.end),
            wire_end: around.end.min(around.header_end + range.end),
            protocol,
            extent: around.extent,
            is_quoted_in_part: around.is_quoted_in_part,
        };
        for content in contents {
            match content {
                Content::Message(range) => self.find_inside(frame, inside(protocol, range)),
                Content::Piece(range) => {
                    self.find_inside(frame, inside(&piece::PROTOCOL, range));
                }
                Content::Whole(whole) => {
                    let Some(buffer) = Buffer::of_assembled(self.assembled.len()) else {
                        return;
                    };
                    let inside = Inside::whole(buffer, &whole, protocol);
                    self.assembled.push(whole);
                    self.find_inside(frame, inside);
                }
            }
        }
    }

    fn find_inside(&mut self, frame: &Frame<'_>, mut inside: Inside) {
        while self.step(frame, &mut inside) {}
    }

    /// Adds the layer that begins there, and goes on to what is in it; `false` where nothing is left.
    ///
    /// What is found is written where it stays, value by value: to copy what was just written costs more than
    /// to find it.
    fn step(&mut self, frame: &Frame<'_>, inside: &mut Inside) -> bool {
        let all = Bytes::new(frame.bytes, &self.assembled);
        let bytes = all.of(inside.buffer).get(inside.start..inside.end);
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return false;
        };
        let is_too_deep = self.layers.len() > MAX_LAYERS;
        if is_too_deep {
            inside.protocol = &data::PROTOCOL;
        }
        let enclosing = Enclosing {
            frame,
            bytes: all,
            layers: &self.layers,
            wire_length: inside.wire_end.saturating_sub(inside.start),
            extent: inside.extent,
        };
        let mut measure = (inside.protocol.measure)(bytes, &enclosing);
        let header_length = measure.header_length.min(bytes.len());
        let room = enclosing.wire_length.saturating_sub(header_length);
        let stated = measure.payload_length.unwrap_or(room);
        let is_overlong = stated > room;
        // What is wrong when the stated payload is not all there.
        let fault = measure.fault.take().or_else(|| {
            is_overlong.then(|| shortage(bytes.len(), header_length + stated, &enclosing))
        });
        let start = inside.start;
        let header_end = start + header_length;
        let wire_end = header_end + stated.min(room);
        let end = wire_end.min(inside.end);
        let extent = inside.extent;
        let is_quoted_in_part =
            inside.is_quoted_in_part || is_overlong && extent == Extent::Quotation;
        if is_too_deep {
            self.blame(FaultKind::TooDeep, start..inside.end);
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
        if let Some(kind) = fault {
            self.blame(kind, start..header_end);
        }
        inside.protocol = select(&measure.next);
        inside.start = header_end;
        inside.end = end;
        inside.wire_end = wire_end;
        inside.extent = innermost(extent, measure.extent);
        inside.is_quoted_in_part = is_quoted_in_part;
        true
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
    fn blame_the_capture(&mut self, frame: &Frame<'_>) {
        let Some(last) = self.layers.last() else {
            return;
        };
        let already_said = self.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::CutByCapture { .. } | FaultKind::CutByQuotation { .. }
            )
        });
        if frame.is_cut() && last.end < last.wire_end && !already_said {
            let kind = FaultKind::CutByCapture {
                needed: (last.wire_end - last.start) as u64,
                present: (last.end - last.start) as u64,
            };
            self.blame(kind, last.start..last.end);
        }
    }

    fn blame(&mut self, kind: FaultKind, bytes: std::ops::Range<usize>) {
        self.faults.push(Fault {
            layer: self.layers.len() - 1,
            kind,
            bits: bits::of_bytes(&bytes),
        });
    }

    fn check_layers(&mut self, frame: &Frame<'_>) {
        for index in 0..self.layers.len() {
            let layer = &self.layers[index];
            let Some(check) = layer.protocol.check else {
                continue;
            };
            let header = layer.start..layer.header_end;
            let bytes = Bytes::new(frame.bytes, &self.assembled);
            let view = layer::view(frame, bytes, &self.layers, index);
            let found = view.and_then(|view| check(&view));
            if let Some(kind) = found {
                self.faults.push(Fault {
                    layer: index,
                    kind,
                    bits: bits::of_bytes(&header),
                });
            }
        }
    }

    fn expand_layers(&mut self, frame: &Frame<'_>) {
        let bytes = Bytes::new(frame.bytes, &self.assembled);
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(view) = layer::view(frame, bytes, &self.layers, index) {
                let header = bits::of_bytes(&(layer.start..layer.header_end));
                let trailer = bits::of_bytes(&(layer.start + view.trailer_start..layer.end));
                let mut expander = Expander::new(
                    &mut self.fields,
                    &mut self.faults,
                    &data::GAP,
                    (index, layer.buffer),
                    header,
                    trailer,
                );
                expander.fixed(&view, layer.protocol.fields);
                (layer.protocol.expand)(&view, &mut expander);
                expander.enter_trailer();
                expander.finish();
            }
            self.field_ends.push(self.fields.len());
        }
    }
}

/// What a part of a payload turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// These bytes of it are a message.
    Message(Range<usize>),
    /// These bytes of it belong to a message that other frames bring too.
    Piece(Range<usize>),
    /// A message that this frame completes.
    Whole(Assembled),
}

/// Bytes that a layer is looked for in.
#[derive(Clone, Copy, Debug)]
struct Inside {
    buffer: Buffer,
    start: usize,
    /// Where they end in the buffer, and where on the wire.
    end: usize,
    wire_end: usize,
    /// What the layer around says that they are.
    protocol: &'static Protocol,
    extent: Extent,
    is_quoted_in_part: bool,
}

impl Inside {
    /// All that was put together.
    const fn whole(buffer: Buffer, whole: &Assembled, protocol: &'static Protocol) -> Self {
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
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "what was just written in parts is copied as a whole only after a wait"
)]
fn select(next: &Next) -> &'static Protocol {
    let found = match next {
        Next::Selected(selector) => registry::find(*selector),
        Next::Either(first, second) => registry::find(*first).or_else(|| registry::find(*second)),
        Next::Data => None,
    };
    found.unwrap_or(&data::PROTOCOL)
}

/// What is inside a part is a part; the quotation is the stronger reason.
fn innermost(around: Extent, inside: Extent) -> Extent {
    match (around, inside) {
        (Extent::Quotation, _) | (_, Extent::Quotation) => Extent::Quotation,
        (Extent::Fragment, _) | (_, Extent::Fragment) => Extent::Fragment,
        (Extent::Whole, Extent::Whole) => Extent::Whole,
    }
}
