//! Layers that have the same fields at the same places, and how a view writes them.
//!
//! Most layers of a capture have one of a few shapes: only their values differ. What is decided by the shape is
//! found out once: what stands before each value, and which fields can be written as one because their values
//! come again together.
//!
//! Here the shapes are found again; `layout` makes one and writes by it, in steps (`step`), of which each
//! remembers its texts or not as its values come again (`habit`).

use std::borrow::Borrow;
use std::fmt::Debug;

use super::abreast::Abreast;
use super::memo::Memo;
use crate::explain::evidence;
use crate::model::draft::Draft;
use crate::model::field::{Buffer, Field, FieldDef};
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::value::Value;
use layout::Shape;

mod habit;
mod layout;
mod step;

/// At how many places shapes are remembered, a few at each: so many that those of most captures do not drive each
/// other out, whatever the addresses of this run say which belong to the same place.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 10;

/// How many fields a shape has at least: a layer of fewer is mostly a payload, whose length is seldom the same.
const FEWEST_FIELDS: usize = 3;

/// How many fields a shape has at most.
const MOST_FIELDS: usize = 64;

/// How many fields shapes have together before all are forgotten: what foreign bytes can make a view remember stays
/// below 8 MiB.
const MOST_REMEMBERED: usize = 16_384;

/// How a view writes fields.
pub trait Writer {
    /// What the next field's text depends on, of those before it in the layer.
    type State: Copy + Debug + Default + PartialEq;

    /// How a number is written, whatever it is.
    type Style: Copy + Debug;

    /// Appends what stands before the fields of a layer that is in the frame itself.
    fn head(&mut self, decoded: &Decoded<'_>, layer: &Layer, out: &mut String);

    /// Appends what stands before the value of a field of whole bytes.
    fn before(&mut self, field: &Field, state: &mut Self::State, out: &mut String);

    /// How such a value is written that has no name and counts in ones: a number, or a time in nanoseconds.
    fn style(field: &Field) -> Self::Style;

    /// Puts such a number.
    fn number(style: Self::Style, number: u64, out: &mut Draft);

    /// Whether something else stands behind this number than behind others, as a unit in the singular: a part that
    /// has such a number is written field by field.
    fn is_odd(style: Self::Style, number: u64) -> bool;

    /// Puts such a value of another kind.
    fn value(field: &Field, value: &Value<'_>, out: &mut Draft);

    /// Appends what stands behind it, without the end.
    fn after(&mut self, field: &Field, out: &mut String);

    /// Appends a field: all of the above.
    fn field(
        &mut self,
        field: &Field,
        decoded: &Decoded<'_>,
        state: &mut Self::State,
        out: &mut String,
    );

    /// Appends what the frame says about a field beyond its value, where it may say something.
    fn remark(&mut self, field: &Field, decoded: &Decoded<'_>, out: &mut String);

    /// Appends what ends a field.
    fn end(&mut self, out: &mut String);
}

/// The shapes that a view knows, and texts of fields of them.
#[derive(Debug)]
pub struct Shapes<W: Writer> {
    places: Vec<Place<W>>,
    /// How many fields the shapes have had that were made.
    fields: usize,
    texts: Memo,
    /// Which subject of texts is new.
    next_subject: u64,
}

/// A place for shapes.
#[derive(Debug)]
struct Place<W: Writer> {
    /// What was written last that belongs here and had no shape: what comes so twice in a row is worth one.
    last: Option<Key>,
    shapes: Abreast<Shape<W>>,
}

/// A layer's fields, or some that are told beside it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a, F> {
    /// The layer, where its head is written too.
    pub layer: Option<&'a Layer>,
    /// The fields.
    pub fields: &'a [F],
}

/// What decides the head of a part, and a sum of some of its fields' definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    /// Address of the protocol; 0 without a head.
    protocol: usize,
    start: usize,
    end: usize,
    extent: Extent,
    sum: u64,
}

impl<W: Writer> Default for Shapes<W> {
    /// Nothing was written yet.
    fn default() -> Self {
        let empty = || Place {
            last: None,
            shapes: Abreast::default(),
        };
        Self {
            places: (0..PLACES).map(|_| empty()).collect(),
            fields: 0,
            texts: Memo::default(),
            next_subject: 0,
        }
    }
}

impl<W: Writer> Shapes<W> {
    /// Puts a part as `writer` writes it.
    pub fn push<F: Borrow<Field>>(
        &mut self,
        decoded: &Decoded<'_>,
        part: &Part<'_, F>,
        state: &mut W::State,
        writer: &mut W,
        out: &mut Draft,
    ) {
        let Some(key) = Key::of(part) else {
            return push_plainly(decoded, part, state, writer, out);
        };
        let Some(place) = self.places.get_mut(key.place()) else {
            return;
        };
        if let Some(shape) = place
            .shapes
            .find(|shape| shape.is_of(&key, part, *state, decoded))
        {
            if shape.push(decoded, part, &mut self.texts, writer, out) {
                *state = shape.after;
                return;
            }
            return push_plainly(decoded, part, state, writer, out);
        }
        if place.last.replace(key) == Some(key)
            && let Some(shape) =
                Shape::new(key, decoded, part, *state, writer, &mut self.next_subject)
        {
            *place.shapes.place_for_new() = Some(shape);
            self.fields += part.fields.len();
            if self.fields > MOST_REMEMBERED {
                *self = Self::default();
            }
        }
        push_plainly(decoded, part, state, writer, out);
    }

    /// Puts what is known of the layer at `index` from the frames before, as `writer` writes it.
    pub fn push_followed(
        &mut self,
        decoded: &Decoded<'_>,
        index: usize,
        state: &mut W::State,
        writer: &mut W,
        out: &mut Draft,
    ) {
        for piece in decoded.followed_of(index) {
            let part = Part {
                layer: None,
                fields: piece,
            };
            self.push(decoded, &part, state, writer, out);
        }
    }
}

/// Where a definition is: there is one of each.
fn address(definition: &'static FieldDef) -> usize {
    std::ptr::from_ref(definition).addr()
}

/// Whether a frame may have something to say about a field beyond its value.
fn may_have_remark(field: &Field) -> bool {
    evidence::may_say(field.definition)
}

fn push_plainly<W: Writer, F: Borrow<Field>>(
    decoded: &Decoded<'_>,
    part: &Part<'_, F>,
    state: &mut W::State,
    writer: &mut W,
    out: &mut Draft,
) {
    out.push_by(|out| {
        if let Some(layer) = part.layer {
            writer.head(decoded, layer, out);
        }
        for field in part.fields.iter().map(F::borrow) {
            writer.field(field, decoded, state, out);
            if may_have_remark(field) {
                writer.remark(field, decoded, out);
            }
            writer.end(out);
        }
    });
}

// An odd number of which no bit tells of another: the golden section of 2⁶⁴.
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Key {
    /// `None` of what has no shape that comes again: there are few fields or many, or the layer is in what was
    /// put together.
    fn of<F: Borrow<Field>>(part: &Part<'_, F>) -> Option<Self> {
        if !(FEWEST_FIELDS..=MOST_FIELDS).contains(&part.fields.len()) {
            return None;
        }
        let fields = part.fields;
        let some = [fields.first(), fields.get(fields.len() / 2), fields.last()];
        let sum = some.into_iter().flatten().fold(fields.len(), |sum, field| {
            let definition = address(field.borrow().definition);
            sum.rotate_left(5).wrapping_add(definition)
        });
        let headless = Self {
            protocol: 0,
            start: 0,
            end: 0,
            extent: Extent::Whole,
            sum: sum as u64,
        };
        match part.layer {
            None => Some(headless),
            Some(layer) if layer.buffer == Buffer::FRAME => Some(Self {
                protocol: std::ptr::from_ref(layer.protocol).addr(),
                start: layer.start,
                end: layer.header_end,
                extent: layer.extent,
                ..headless
            }),
            Some(_) => None,
        }
    }

    /// Where such a shape is remembered.
    const fn place(&self) -> usize {
        let layer = (self.start << 16) ^ self.end ^ (self.protocol << 32);
        let sum = (layer as u64).wrapping_mul(SCATTER) ^ self.sum;
        (sum.wrapping_mul(SCATTER) >> (u64::BITS - PLACE_BITS)) as usize
    }
}
