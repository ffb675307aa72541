//! The decoder: walks the layers of a frame, checks them, expands their fields, into re-used memory.
//!
//! Depths, each with the cost of what it gives and no more: [`Decoder::walk`] finds the layers,
//! [`Decoder::check`] looks at every byte for bad checksums too, [`Decoder::expand`] lists every field.
//! Who knows only later that a frame is wanted goes on from where it was with [`Decoder::deepen`].
//! Who asks something of headers alone is shown them by [`headers::any_header`], and nothing is kept.

#![forbid(unsafe_code)]

use std::ops::Range;

use crate::model::assembled::Assembled;
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::fault::{Fault, FaultKind};
use crate::model::field::Buffer;
use crate::model::frame::Frame;
use crate::model::layer::{self, Decoded, Extent, Followed, Layer};
use crate::model::needs::Depth;
use crate::model::plan::Plans;
use crate::model::protocol::{Next, Protocol};
use crate::protocols::registry::{self, Announced};
use crate::protocols::{data, piece};
use kept::Kept;
use walk::Inside;

pub mod headers;
pub mod kept;
#[cfg(test)]
pub mod testing;
mod walk;

/// Decodes one frame after the other into the same memory.
#[derive(Debug, Default)]
pub struct Decoder {
    layers: Vec<Layer>,
    fields: Vec<crate::model::field::Field>,
    field_ends: Vec<usize>,
    faults: Vec<Fault>,
    assembled: Vec<Assembled>,
    reached: Depth,
    /// Whether any layer has bytes behind its payload whose owner no length tells.
    has_rests: bool,
    plans: Plans,
}

impl Decoder {
    /// A decoder with empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the layers of a frame, and what stops the way inwards.
    pub fn walk<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.walk_to(frame, Depth::Walk)
    }

    /// As [`Decoder::walk`], but no further than is wanted: where only headers are, what ports lead to is not
    /// looked for, and where only the frame is, nothing is.
    #[inline]
    pub fn walk_to<'a>(&'a mut self, frame: &'a Frame<'a>, wanted: Depth) -> Decoded<'a> {
        self.find_layers(frame, wanted);
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

    /// Goes on to what is wanted, which has not been reached.
    fn go_deeper(&mut self, frame: &Frame<'_>, wanted: Depth) {
        if self.reached < Depth::Walk {
            // To go on where the walk stopped would need a place to come back to in every frame.
            self.find_layers(frame, wanted);
        }
        if self.reached < Depth::Check && wanted >= Depth::Check {
            self.check_layers(frame);
        }
        if wanted >= Depth::Expand {
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
        replace(&mut self.layers, decoded.layers);
        replace(&mut self.fields, decoded.fields);
        replace(&mut self.field_ends, decoded.field_ends);
        replace(&mut self.faults, decoded.faults);
        replace(&mut self.assembled, decoded.assembled);
        self.reached = reached;
    }

    /// As [`Decoder::walk`], and looks at every byte for what is wrong.
    pub fn check<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame, Depth::Walk);
        self.deepen(frame, Depth::Check)
    }

    /// As [`Decoder::check`], and lists every field of every layer.
    pub fn expand<'a>(&'a mut self, frame: &'a Frame<'a>) -> Decoded<'a> {
        self.find_layers(frame, Depth::Walk);
        self.deepen(frame, Depth::Expand)
    }

    /// Whether the frame that was walked last has, innermost, a part of something: of a datagram, or of a packet that
    /// an ICMP error quotes.
    #[inline]
    pub fn ends_in_part(&self) -> bool {
        let last = self.layers.last();
        last.is_some_and(|layer| layer.extent != Extent::Whole)
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

    /// Goes on, in the frame that was walked last, inside what it completed: the next layer is in these
    /// bytes, which several frames brought.
    pub fn go_on(&mut self, frame: &Frame<'_>, whole: Assembled, next: Next) {
        if self.reached < Depth::Walk {
            self.find_layers(frame, Depth::Walk);
        }
        let Some(buffer) = Buffer::of_assembled(self.assembled.len()) else {
            return;
        };
        let inside = Inside::whole(buffer, &whole, registry::announced(next), self.layers.len());
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
        self.forget_inside(index);
        let Some(around) = self.layers.get(index).copied() else {
            return;
        };
        let inside = |protocol: &'static Protocol, range: Range<usize>| Inside {
            buffer: around.buffer,
            start: around.header_end + range.start,
            end: around.end.min(around.header_end + range.end),
            wire_end: around.end.min(around.header_end + range.end),
            announced: Announced::of(protocol),
            extent: around.extent,
            around: index + 1,
        };
        let (mut are_too_many, mut are_joined) = (false, false);
        let mut protocol = protocol;
        for content in contents {
            let inside = match content {
                Content::Message(range) => inside(protocol, range),
                Content::Joined(range) => {
                    are_joined = true;
                    inside(protocol, range)
                }
                Content::Piece(range) => inside(piece::of(protocol), range),
                Content::Foreign(range) => inside(&data::PROTOCOL, range),
                Content::NotWhole(why) => {
                    self.blame_the_last(why);
                    continue;
                }
                Content::Whole(whole) => {
                    are_too_many |= !self.read_also(frame, index, protocol, whole);
                    continue;
                }
                Content::InWords(reader, whole) => {
                    are_too_many |= !self.read_also(frame, index, reader, whole);
                    continue;
                }
                Content::GoesOnIn(next) => {
                    protocol = next;
                    continue;
                }
            };
            self.find_inside(frame, inside);
        }
        if are_too_many {
            self.blame(index, FaultKind::TooManyCompleted);
        }
        if are_joined {
            self.blame(index, FaultKind::TooManyMessages);
        }
    }

    /// Says what is wrong with the layer at `index`, at its header.
    pub fn blame(&mut self, index: usize, kind: FaultKind) {
        if let Some(layer) = self.layers.get(index) {
            self.faults.push(Fault {
                layer: index,
                kind,
                bits: bits::of_bytes(&(layer.start..layer.header_end)),
            });
        }
    }

    /// Forgets, of the frame that was walked last, what is inside the layer at `index`, to read it anew.
    pub fn forget_inside(&mut self, index: usize) {
        self.layers.truncate(index + 1);
        self.faults.retain(|fault| fault.layer <= index);
    }

    /// Reads, in the frame that was walked last, these bytes of the payload of the layer at `index` as one of
    /// `protocol`, which takes all of them, and of which so many are its header.
    pub fn read_part(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        protocol: &'static Protocol,
        range: Range<usize>,
        header_length: usize,
    ) {
        let Some(around) = self.layers.get(index).copied() else {
            return;
        };
        let at = |offset: usize| around.end.min(around.header_end + offset);
        let (start, end) = (at(range.start), at(range.end));
        let found = self.layers.len();
        self.find_inside(
            frame,
            Inside {
                buffer: around.buffer,
                start,
                end,
                wire_end: end,
                announced: Announced::of(protocol),
                extent: around.extent,
                around: index + 1,
            },
        );
        if let Some(layer) = self.layers.get_mut(found) {
            layer.header_end = layer.end.min(start + header_length);
        }
    }

    /// Goes on, in the frame that was walked last, beside what is inside the layer at `index`, in bytes that are
    /// `protocol`'s; whether there was room for them.
    pub fn read_also(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        protocol: &'static Protocol,
        whole: Assembled,
    ) -> bool {
        let Some(buffer) = Buffer::of_assembled(self.assembled.len()) else {
            return false;
        };
        let inside = Inside::whole(buffer, &whole, Announced::of(protocol), index + 1);
        self.assembled.push(whole);
        self.find_inside(frame, inside);
        true
    }

    /// Says why the last layer, a message, is not whole.
    fn blame_the_last(&mut self, kind: FaultKind) {
        if let Some((layer, last)) = self.layers.iter().enumerate().next_back() {
            self.faults.push(Fault {
                layer,
                kind,
                bits: bits::of_bytes(&(last.start..last.end)),
            });
        }
    }

    fn check_layers(&mut self, frame: &Frame<'_>) {
        let (layers, assembled) = (self.layers.as_slice(), self.assembled.as_slice());
        for (index, layer) in layers.iter().enumerate() {
            let Some(check) = layer.protocol.check else {
                continue;
            };
            let view = layer::view(frame, assembled, layers, index);
            if let Some(kind) = view.and_then(|view| check(&view)) {
                self.faults.push(Fault {
                    layer: index,
                    kind,
                    bits: bits::of_bytes(&(layer.start..layer.header_end)),
                });
            }
        }
    }

    /// Apart, so that a frame that is only checked makes no room for all of this.
    #[inline(never)]
    fn expand_layers(&mut self, frame: &Frame<'_>) {
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(view) = layer::view(frame, &self.assembled, &self.layers, index) {
                let header = bits::of_bytes(&(layer.start..layer.header_end));
                let trailer = bits::of_bytes(&(layer.start + view.trailer_start()..layer.end));
                let mut expander = Expander::new(
                    &mut self.fields,
                    &mut self.faults,
                    &data::GAP,
                    (index, layer.buffer),
                    header,
                    trailer,
                );
                if !view.is_whole() {
                    expander.note_cut();
                }
                let plan = self.plans.of(layer.protocol, &data::GAP);
                let is_laid = plan.is_some_and(|plan| expander.lay(&view, plan));
                if !is_laid {
                    expander.fixed(&view, layer.protocol.fields);
                }
                (layer.protocol.expand)(&view, &mut expander);
                expander.enter_trailer();
                expander.finish();
            }
            self.field_ends.push(self.fields.len());
        }
    }
}

/// Makes a list the same as another, mostly as empty as it was before.
fn replace<T: Clone>(list: &mut Vec<T>, other: &[T]) {
    if !list.is_empty() {
        list.clear();
    }
    kept::append(list, other);
}

/// What a part of a payload turns out to be.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes of it are a message.
    Message(Range<usize>),
    /// These bytes of it are several messages: more than are told apart.
    Joined(Range<usize>),
    /// These bytes of it belong to a message that other frames bring too.
    Piece(Range<usize>),
    /// These bytes of it belong to no message of the protocol; how they begin may tell what they are.
    Foreign(Range<usize>),
    /// A message that this frame completes.
    Whole(Assembled),
    /// What the message before says, or completes, in words that this protocol reads.
    InWords(&'static Protocol, Assembled),
    /// What follows is this protocol's: the message before has agreed on it.
    GoesOnIn(&'static Protocol),
    /// The message before is not whole, for this reason.
    NotWhole(FaultKind),
}

impl Content {
    /// Which bytes of the payload it is, where it is some of them.
    pub const fn range(&self) -> Option<&Range<usize>> {
        match self {
            Self::Message(range)
            | Self::Joined(range)
            | Self::Piece(range)
            | Self::Foreign(range) => Some(range),
            Self::Whole(_) | Self::InWords(..) | Self::GoesOnIn(_) | Self::NotWhole(_) => None,
        }
    }
}
