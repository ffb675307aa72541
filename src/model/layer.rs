//! One protocol's part of a frame, and what its dissector may see of the layers around it.

use std::borrow::Borrow;

use super::assembled::{Assembled, Bytes};
use super::bits;
use super::fault::{Fault, Severity};
use super::field::{Buffer, Field, FieldDef, Kind, Origin, Place};
use super::frame::Frame;
use super::protocol::Protocol;
use super::value::Value;

/// How many layers inside each other are decoded; what is deeper is shown as bytes.
pub const MAX_LAYERS: usize = 32;

/// One protocol's part of a frame. Offsets are bytes from the start of its buffer.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Which protocol.
    pub protocol: &'static Protocol,
    /// Whether it is in the frame itself, or in what was put together with it.
    pub buffer: Buffer,
    /// Where its header begins.
    pub start: usize,
    /// Where its header ends and its payload begins.
    pub header_end: usize,
    /// Where its payload ends in the captured bytes.
    pub end: usize,
    /// Where its payload ends on the wire; beyond `end` when the capture cut it.
    pub wire_end: usize,
    /// Whether it is there as a whole, or as a part that somebody cut on purpose.
    pub extent: Extent,
    /// Whose the bytes are that follow its payload.
    pub rest: Rest,
}

/// Whose the bytes are that follow a payload, such as the padding of a short frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Those that the layer's stated length covers are its own, those behind them the outer layer's.
    #[default]
    ByLength,
    /// The layer's own, although its stated length does not cover them: Ethernet's padding.
    Kept,
    /// The outer layer's, although no length says so: a tag put into a frame has no end of its own.
    Left,
}

/// Whether a layer stands in a frame as a whole, or as a part that was cut on purpose; the stronger reason last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// All of it, as far as the capture kept it.
    #[default]
    Whole,
    /// The first fragment of a datagram: the rest is in other frames.
    Fragment,
    /// The beginning of a packet, quoted by an ICMP error.
    Quotation,
    /// A quotation of less of it, or of a layer around it, than its own length says.
    PartialQuotation,
}

impl Layer {
    /// Whether it is a part of a message whose other parts are in other frames.
    pub fn is_piece(&self) -> bool {
        self.protocol.is_piece()
    }

    /// Whether an ICMP error quotes it.
    pub fn is_quoted(&self) -> bool {
        self.extent >= Extent::Quotation
    }
}

/// One layer as its dissector sees it when it expands, checks or sums up.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a> {
    /// The captured bytes from its header's start to its payload's end.
    pub bytes: &'a [u8],
    /// What was found of it.
    pub layer: &'a Layer,
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// Whether what it encrypts is told behind it.
    pub is_before_its_plaintext: bool,
    /// What was put together with the frame.
    assembled: &'a [Assembled],
    /// All layers of the frame, outermost first.
    layers: &'a [Layer],
    /// Where it stands among them.
    index: usize,
}

impl<'a> LayerView<'a> {
    /// Length of the header in `bytes`.
    pub const fn header_length(&self) -> usize {
        self.layer.header_end - self.layer.start
    }

    /// The header's bytes.
    pub fn header(&self) -> &'a [u8] {
        let header = self.bytes.get(..self.header_length());
        header.unwrap_or(self.bytes)
    }

    /// The payload's captured bytes, without the trailer.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes
            .get(self.header_length()..self.trailer_start())
            .unwrap_or_default()
    }

    /// Where in `bytes` the layers inside end; what follows is this layer's trailer.
    pub fn trailer_start(&self) -> usize {
        let layer = self.layer;
        let mut end = layer.header_end;
        // Messages stand one behind the other in what carries them.
        for inside in self.layers.iter().skip(self.index + 1) {
            if inside.buffer == layer.buffer && inside.start >= layer.header_end {
                end = end.max(inside.end.min(layer.end));
            }
            // Nearly always the first fills it.
            if end >= layer.end {
                break;
            }
        }
        end - layer.start
    }

    /// Length on the wire of header and payload together.
    pub const fn wire_length(&self) -> usize {
        self.layer.wire_end.saturating_sub(self.layer.start)
    }

    /// Whether every byte of the layer is in the capture, so that a checksum over it can be computed.
    pub fn is_whole(&self) -> bool {
        matches!(self.layer.extent, Extent::Whole | Extent::Quotation)
            && self.bytes.len() >= self.wire_length()
    }

    /// The same, to be summed up where what it encrypts is told behind it.
    #[must_use]
    pub const fn before_its_plaintext(self) -> Self {
        Self {
            is_before_its_plaintext: true,
            ..self
        }
    }

    /// The layers around, outermost first.
    pub fn around(&self) -> &'a [Layer] {
        self.layers.get(..self.index).unwrap_or_default()
    }

    /// The bytes of the header of a layer around.
    pub fn header_of(&self, layer: &Layer) -> Option<&'a [u8]> {
        let bytes = Bytes::new(self.frame, self.assembled);
        bytes.of(layer.buffer).get(layer.start..layer.header_end)
    }
}

/// A decoded frame, borrowed from the decoder's re-used memory.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// Its layers, outermost first; the first is the pseudo-layer of what the capture knows.
    pub layers: &'a [Layer],
    /// The fields of all layers; empty when the frame was only walked.
    pub fields: &'a [Field],
    /// For each layer, where its fields end in `fields`.
    pub field_ends: &'a [usize],
    /// What is wrong.
    pub faults: &'a [Fault],
    /// What was put together with it from several frames; empty when nobody did.
    pub assembled: &'a [Assembled],
    /// What is known of the frame only from those before it; empty when nobody followed them.
    pub followed: &'a [Followed],
}

/// A value of a frame that is known only from the frames before it.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// Index of the layer that it belongs to.
    pub layer: usize,
    /// The value.
    pub field: Field,
}

impl Borrow<Field> for Followed {
    fn borrow(&self) -> &Field {
        &self.field
    }
}

impl<'a> Decoded<'a> {
    /// The frame with what is known from those before it.
    #[must_use]
    pub const fn with_followed(mut self, followed: &'a [Followed]) -> Self {
        self.followed = followed;
        self
    }

    /// What is known of the layer at `index` from the frames before, as it was told: nearly always in one piece.
    pub fn followed_of(&self, index: usize) -> impl Iterator<Item = &'a [Followed]> {
        // Of most layers nothing is: to see that is all that is done for them.
        let first = self.followed.iter().position(|found| found.layer == index);
        let from_first = first.and_then(|first| self.followed.get(first..));
        let pieces = from_first
            .unwrap_or_default()
            .split(move |found| found.layer != index);
        pieces.filter(|piece| !piece.is_empty())
    }

    /// The number that the frames before tell of this field; `None` where they tell none.
    pub fn followed_number(&self, definition: &FieldDef) -> Option<u64> {
        let found = self
            .followed
            .iter()
            .find(|found| std::ptr::eq(found.field.definition, definition))?;
        match found.field.origin {
            Origin::Derived(number) => Some(number),
            Origin::Bits { .. } | Origin::Comment { .. } => None,
        }
    }

    /// The layer at `index` as its dissector sees it; `None` beyond the last.
    #[inline]
    pub fn view(&self, index: usize) -> Option<LayerView<'a>> {
        view(self.frame, self.assembled, self.layers, index)
    }

    /// The bytes that its layers and fields are in.
    pub const fn bytes(&self) -> Bytes<'a> {
        Bytes::new(self.frame, self.assembled)
    }

    /// The value of one of its fields.
    pub fn value(&self, field: &Field) -> Value<'a> {
        field.value(self.bytes())
    }

    /// The bytes of a layer's header, as far as they are there.
    #[inline]
    pub fn header_of(&self, layer: &Layer) -> Option<&'a [u8]> {
        let bytes = self.bytes().of(layer.buffer);
        bytes.get(layer.start..layer.header_end)
    }

    /// The bytes of a layer's header and payload, as far as they are there.
    #[inline]
    pub fn bytes_of(&self, layer: &Layer) -> Option<&'a [u8]> {
        self.bytes().of(layer.buffer).get(layer.start..layer.end)
    }

    /// What a layer is in, where it is not the frame itself.
    pub fn whole_of(&self, layer: &Layer) -> Option<&'a Assembled> {
        self.assembled.get(layer.buffer.assembled()?)
    }

    /// The fields of the layer at `index`, in the order of the wire.
    pub fn fields_of(&self, index: usize) -> &'a [Field] {
        let start = index
            .checked_sub(1)
            .and_then(|before| self.field_ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.field_ends.get(index).copied().unwrap_or(start);
        self.fields.get(start..end).unwrap_or_default()
    }

    /// What is wrong with the layer at `index`.
    pub fn faults_of(&self, index: usize) -> impl Iterator<Item = &'a Fault> {
        self.faults.iter().filter(move |fault| fault.layer == index)
    }

    /// The layers that are bytes of the frame: all but the pseudo-layer of the capture.
    pub fn layers_on_wire(&self) -> impl Iterator<Item = (usize, &'a Layer)> {
        self.layers.iter().enumerate().skip(1)
    }

    /// Of those, the layers that a frame counts at. One that completes a datagram counts as that: the layers of the part
    /// that it brings, which are the first of the whole or bytes without a header, do not count once more.
    pub fn layers_that_count(&self) -> impl Iterator<Item = (usize, &'a Layer)> {
        let innermost = self.layers.last().map(|layer| layer.buffer);
        let is_own =
            move |layer: &Layer| layer.extent == Extent::Whole || Some(layer.buffer) == innermost;
        self.layers_on_wire()
            .filter(move |(_, layer)| is_own(layer))
    }

    /// The innermost layer, outside of any quotation, that names two endpoints.
    pub fn endpoints(&self) -> Option<(&'a Layer, &'static super::protocol::Endpoints)> {
        self.layers
            .iter()
            .rev()
            .filter(|layer| !layer.is_quoted())
            .find_map(|layer| Some((layer, layer.protocol.endpoints.as_ref()?)))
    }

    /// The field of this definition in the layer at `index`, found without expanding the layer; `None` where
    /// it is not there, has no fixed place and cannot be computed.
    pub fn field_in_place(&self, index: usize, definition: &'static FieldDef) -> Option<Field> {
        let origin = match definition.place {
            Place::Fixed { start, length } => {
                let layer = self.layers.get(index)?;
                let header = bits::of_bytes(&(layer.start..layer.header_end));
                let start = header.start.checked_add(start)?;
                let end = start.checked_add(length)?;
                (end <= header.end).then_some(Origin::Bits {
                    buffer: layer.buffer,
                    start,
                    length,
                    layer: start_of(layer),
                })?
            }
            Place::Payload => {
                let layer = self.layers.get(index)?;
                let payload = bits::of_bytes(&(layer.header_end..layer.end));
                (!payload.is_empty()).then_some(Origin::Bits {
                    buffer: layer.buffer,
                    start: payload.start,
                    length: payload.end - payload.start,
                    layer: start_of(layer),
                })?
            }
            Place::Computed(compute) => Origin::Derived(compute(&self.view(index)?)?),
            Place::Varying | Place::Comment | Place::Followed => return None,
        };
        Some(Field {
            definition,
            origin,
            depth: 0,
        })
    }

    /// Appends the value of a field that has a fixed place in `layer`, without expanding the layer.
    pub fn push_value(&self, layer: &Layer, definition: &FieldDef, out: &mut String) {
        let header = self.header_of(layer);
        if let (Some(header), Place::Fixed { start, length }) = (header, definition.place) {
            Value::read(definition, header, &(start..start + length))
                .push_plain(out, definition, 0);
        }
    }

    /// The innermost layer that has a protocol's name to show: what the frame is about.
    pub fn innermost(&self) -> Option<&'a Layer> {
        self.layers
            .iter()
            .rev()
            .find(|layer| !layer.is_quoted() && !layer.protocol.is_plain_data)
    }

    /// What is noteworthy beside the frames before.
    pub fn marks(&self) -> impl Iterator<Item = &'static FieldDef> {
        self.marked().map(|(_, mark)| mark)
    }

    /// What is noteworthy about the layer at `index` beside the frames before.
    pub fn marks_of(&self, index: usize) -> impl Iterator<Item = &'static FieldDef> {
        self.marked()
            .filter(move |(layer, _)| *layer == index)
            .map(|(_, mark)| mark)
    }

    /// The marks and their layers: the headings without a value of their own that stand below another heading
    /// and above nothing.
    fn marked(&self) -> impl Iterator<Item = (usize, &'static FieldDef)> {
        let followed = self.followed;
        // Nearly always all that was found stands below no heading.
        let below = followed.iter().enumerate();
        let below = below.filter(|(_, found)| found.field.depth > 0);
        let is_last_so_deep = move |(index, found): &(usize, &Followed)| {
            let behind = followed.get(index + 1);
            behind.is_none_or(|behind| behind.field.depth <= found.field.depth)
        };
        below
            .filter(is_last_so_deep)
            .map(|(_, found)| (found.layer, found.field.definition))
            .filter(|(_, definition)| definition.kind == Kind::Heading)
    }

    /// What is worst of what is wrong. What is no error does not count; the tree tells it.
    pub fn worst_fault(&self) -> Option<&'a Fault> {
        // Of several that are equally bad, the first: the others may come of it.
        let worst = self.faults.iter().rev().max_by_key(|f| f.kind.severity());
        worst.filter(|fault| fault.kind.severity() > Severity::Note)
    }
}

/// The byte that a layer begins with in its buffer.
fn start_of(layer: &Layer) -> u32 {
    u32::try_from(layer.start).unwrap_or(u32::MAX)
}

/// The layer at `index` of a frame as its dissector sees it.
#[inline]
pub fn view<'a>(
    frame: &'a Frame<'a>,
    assembled: &'a [Assembled],
    layers: &'a [Layer],
    index: usize,
) -> Option<LayerView<'a>> {
    let layer = layers.get(index)?;
    let bytes = Bytes::new(frame, assembled);
    Some(LayerView {
        bytes: bytes.of(layer.buffer).get(layer.start..layer.end)?,
        layer,
        frame,
        is_before_its_plaintext: false,
        assembled,
        layers,
        index,
    })
}
