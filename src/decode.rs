//! The decoder: walks the layers of a frame, checks them, expands their fields, into re-used memory.
//!
//! Three depths, each with the cost of what it gives and no more: [`Decoder::walk`] finds the layers,
//! [`Decoder::check`] looks at every byte for bad checksums too, [`Decoder::expand`] lists every field.

use crate::model::bits;
use crate::model::fault::{Fault, FaultKind};
use crate::model::frame::Frame;
use crate::model::layer::{self, Decoded, Enclosing, Extent, Layer, MAX_LAYERS, Rest};
use crate::model::protocol::{Expander, Measure, Next, Protocol, Selector, shortage};
use crate::protocols::{data, frame as capture, registry};

#[cfg(test)]
pub mod testing;

/// Decodes one frame after the other into the same memory.
#[derive(Debug, Default)]
pub struct Decoder {
    layers: Vec<Layer>,
    fields: Vec<crate::model::field::Field>,
    field_ends: Vec<usize>,
    faults: Vec<Fault>,
}

impl Decoder {
    /// A decoder with empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the layers of a frame, and what stops the way inwards.
    pub fn walk<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.decoded(frame)
    }

    /// As [`Decoder::walk`], and looks at every byte for what is wrong.
    pub fn check<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.check_layers(frame);
        self.decoded(frame)
    }

    /// As [`Decoder::check`], and lists every field of every layer.
    pub fn expand<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame);
        self.check_layers(frame);
        self.expand_layers(frame);
        self.decoded(frame)
    }

    fn decoded<'a>(&'a self, frame: &'a Frame<'a>) -> Decoded<'a> {
        Decoded {
            frame,
            layers: &self.layers,
            fields: &self.fields,
            field_ends: &self.field_ends,
            faults: &self.faults,
            followed: &[],
        }
    }

    fn find_layers(&mut self, frame: &Frame<'_>) {
        self.layers.clear();
        self.fields.clear();
        self.field_ends.clear();
        self.faults.clear();
        self.layers.push(Layer {
            protocol: &capture::PROTOCOL,
            start: 0,
            header_end: 0,
            end: frame.bytes.len(),
            wire_end: frame.bytes.len().max(frame.wire_length as usize),
            extent: Extent::Whole,
            is_quoted_in_part: false,
            rest: Rest::ByLength,
        });
        let mut next = Next::Selected(Selector::Link(frame.link_type));
        let mut extent = Extent::Whole;
        while let Some(measure) = self.step(frame, next, extent) {
            next = measure.next;
            extent = measure.extent;
        }
        self.settle_ends();
        self.blame_the_capture(frame);
    }

    /// Adds the layer inside the last one; `None` where there is nothing inside.
    fn step(&mut self, frame: &Frame<'_>, next: Next, extent: Extent) -> Option<Measure> {
        let around = *self.layers.last()?;
        let bytes = frame.bytes.get(around.header_end..around.end)?;
        if bytes.is_empty() {
            return None;
        }
        let protocol = if self.layers.len() > MAX_LAYERS {
            self.blame(FaultKind::TooDeep, around.header_end..around.end);
            &data::PROTOCOL
        } else {
            select(next)
        };
        let enclosing = Enclosing {
            frame,
            layers: &self.layers,
            wire_length: around.wire_end.saturating_sub(around.header_end),
            extent: innermost(around.extent, extent),
        };
        let mut measure = (protocol.measure)(bytes, &enclosing);
        let (layer, shortage) = place(protocol, &around, bytes, &enclosing, &measure);
        let fault = measure.fault.take().or(shortage);
        let header = layer.start..layer.header_end;
        self.layers.push(layer);
        if let Some(kind) = fault {
            self.blame(kind, header);
        }
        Some(measure)
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
            let found = layer::view(frame, &self.layers, index).and_then(|view| check(&view));
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
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(view) = layer::view(frame, &self.layers, index) {
                let header = bits::of_bytes(&(layer.start..layer.header_end));
                let trailer = bits::of_bytes(&(layer.start + view.trailer_start..layer.end));
                let mut expander = Expander::new(
                    &mut self.fields,
                    &mut self.faults,
                    &data::GAP,
                    index,
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

/// The protocol that a layer's header announces.
fn select(next: Next) -> &'static Protocol {
    let found = match next {
        Next::Selected(selector) => registry::find(selector),
        Next::Either(first, second) => registry::find(first).or_else(|| registry::find(second)),
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

/// Where a measured layer lies, and what is wrong when its stated payload is not all there.
fn place(
    protocol: &'static Protocol,
    around: &Layer,
    bytes: &[u8],
    enclosing: &Enclosing<'_>,
    measure: &Measure,
) -> (Layer, Option<FaultKind>) {
    let header_length = measure.header_length.min(bytes.len());
    let room = enclosing.wire_length.saturating_sub(header_length);
    let stated = measure.payload_length.unwrap_or(room);
    let overlong = stated > room;
    let start = around.header_end;
    let header_end = start + header_length;
    let wire_end = header_end + stated.min(room);
    let layer = Layer {
        protocol,
        start,
        header_end,
        end: wire_end.min(around.end),
        wire_end,
        extent: enclosing.extent,
        is_quoted_in_part: around.is_quoted_in_part
            || overlong && enclosing.extent == Extent::Quotation,
        rest: measure.rest,
    };
    let fault = overlong.then(|| shortage(bytes.len(), header_length + stated, enclosing));
    (layer, fault)
}
