//! Layers that have the same fields at the same places, and how a view writes them.
//!
//! Most layers of a capture have one of a few shapes: only their values differ. What is decided by the shape is
//! found out once: what stands before each value, and which fields can be written as one because their values
//! come again together.

use std::ops::Range;

use super::memo::Memo;
use crate::model::bits;
use crate::model::field::{Buffer, ByteOrder, Field, Kind, Origin, Symbols};
use crate::model::layer::{Decoded, Extent, Followed, Layer};
use crate::model::value::Value;

/// How many shapes are remembered, each at one place; a newer one that belongs there takes it.
const REMEMBERED: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 9;

/// How many fields a shape has at least: a layer of fewer is mostly a payload, whose length is seldom the same.
const FEWEST_FIELDS: usize = 3;

/// How many fields a shape has at most: with the next bound, what foreign bytes can make a view remember stays
/// below 8 MiB.
const MOST_FIELDS: usize = 64;

/// How many fields are written as one.
const LONGEST_RUN: usize = 16;

/// How many bytes they touch: what fits a number.
const MOST_BYTES: usize = 16;

/// How a view writes fields.
pub trait Writer {
    /// What the next field's text depends on, of those before it in the layer.
    type State: Copy + Default + PartialEq;

    /// Appends what stands before the fields of a layer that is in the frame itself.
    fn head(&mut self, decoded: &Decoded<'_>, layer: &Layer, out: &mut String);

    /// Appends what stands before the value of a field of whole bytes.
    fn before(&mut self, field: &Field, state: &mut Self::State, out: &mut String);

    /// Appends such a value, which has no name and counts in ones: a number, or a time in nanoseconds.
    fn number(&mut self, field: &Field, number: u64, out: &mut String);

    /// Appends such a value of another kind.
    fn value(&mut self, field: &Field, value: &Value<'_>, out: &mut String);

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

    /// Whether the frame may have something to say about a field beyond its value.
    fn has_remark(&self, field: &Field) -> bool;

    /// Appends that.
    fn remark(&mut self, field: &Field, decoded: &Decoded<'_>, out: &mut String);

    /// Appends what ends a field.
    fn end(&mut self, out: &mut String);
}

/// The shapes that a view knows, and texts of fields of them.
#[derive(Debug)]
pub struct Shapes<S> {
    slots: Vec<Slot<S>>,
    texts: Memo,
    /// Which subject of texts is new.
    next_subject: u64,
    /// Memory for what is known of a layer from the frames before, used again for the next.
    followed: Vec<Field>,
}

/// A place for a shape.
#[derive(Debug)]
struct Slot<S> {
    /// What was written last that belongs here: what comes twice in a row is worth a shape.
    last: Option<Key>,
    shape: Option<Shape<S>>,
}

/// A layer's fields, or some that are told beside it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The layer, where its head is written too.
    pub layer: Option<&'a Layer>,
    /// The fields.
    pub fields: &'a [Field],
}

/// What decides the head of a part, and a sum of its fields' definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    /// Address of the protocol; 0 without a head.
    protocol: usize,
    start: usize,
    end: usize,
    extent: Extent,
    sum: u64,
}

/// How a part with such fields is written.
#[derive(Debug)]
struct Shape<S> {
    key: Key,
    before: S,
    /// The fields; of those that are computed, no value.
    fields: Vec<Field>,
    /// Where the last of them ends in the frame, in bytes.
    end: usize,
    steps: Vec<Step<S>>,
    /// What stands behind the last step.
    rest: String,
    after: S,
}

/// Fields that are written in one go.
#[derive(Debug)]
struct Step<S> {
    /// What stands between the value of the last step and what this one writes: always the same.
    before: String,
    first: usize,
    count: usize,
    state: S,
    has_remark: bool,
    habit: Habit,
    how: How,
}

/// How a step is written.
#[derive(Debug)]
enum How {
    /// As the last time that these bytes of the frame were the same.
    Read { subject: u64, bytes: Range<usize> },
    /// As the last time that the same was computed.
    Computed { subject: u64 },
    /// One value.
    Value,
    /// One number, in network byte order.
    Number,
}

impl<S> Default for Shapes<S> {
    /// Nothing was written yet.
    fn default() -> Self {
        let empty = || Slot {
            last: None,
            shape: None,
        };
        Self {
            slots: (0..REMEMBERED).map(|_| empty()).collect(),
            texts: Memo::default(),
            next_subject: 0,
            followed: Vec::new(),
        }
    }
}

impl<S: Copy + Default + PartialEq> Shapes<S> {
    /// Appends a part as `writer` writes it.
    pub fn push<W: Writer<State = S>>(
        &mut self,
        decoded: &Decoded<'_>,
        part: &Part<'_>,
        state: &mut S,
        writer: &mut W,
        out: &mut String,
    ) {
        let Some(key) = Key::of(part) else {
            return push_plainly(decoded, part, state, writer, out);
        };
        let Some(slot) = self.slots.get_mut(key.place()) else {
            return;
        };
        let knows = |shape: &Shape<S>| shape.is_of(&key, part, *state, decoded);
        if let Some(shape) = slot.shape.as_ref().filter(|shape| knows(shape)) {
            shape.push(decoded, part, &mut self.texts, writer, out);
            *state = shape.after;
            slot.last = Some(key);
            return;
        }
        if slot.last == Some(key) {
            slot.shape = Shape::new(key, decoded, part, *state, writer, &mut self.next_subject);
        }
        slot.last = Some(key);
        push_plainly(decoded, part, state, writer, out);
    }

    /// Appends what is known of the layer at `index` from the frames before, as `writer` writes it.
    pub fn push_followed<W: Writer<State = S>>(
        &mut self,
        decoded: &Decoded<'_>,
        index: usize,
        state: &mut S,
        writer: &mut W,
        out: &mut String,
    ) {
        let is_of_layer = |found: &Followed| found.layer == index;
        let Some(first) = decoded.followed.iter().position(is_of_layer) else {
            return;
        };
        let mut fields = std::mem::take(&mut self.followed);
        fields.clear();
        // Nearly always they are behind each other, and such are copied in one go.
        let rest = decoded.followed.get(first..).unwrap_or_default();
        let others = rest.iter().position(|found| !is_of_layer(found));
        let (run, rest) = rest.split_at(others.unwrap_or(rest.len()));
        fields.extend(run.iter().map(|found| found.field));
        let behind = rest.iter().filter(|found| is_of_layer(found));
        fields.extend(behind.map(|found| found.field));
        let part = Part {
            layer: None,
            fields: &fields,
        };
        self.push(decoded, &part, state, writer, out);
        self.followed = fields;
    }
}

fn push_plainly<W: Writer>(
    decoded: &Decoded<'_>,
    part: &Part<'_>,
    state: &mut W::State,
    writer: &mut W,
    out: &mut String,
) {
    if let Some(layer) = part.layer {
        writer.head(decoded, layer, out);
    }
    for field in part.fields {
        writer.field(field, decoded, state, out);
        if writer.has_remark(field) {
            writer.remark(field, decoded, out);
        }
        writer.end(out);
    }
}

// An odd number of which no bit tells of another: the golden section of 2⁶⁴.
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Key {
    /// `None` of what has no shape that comes again: there are few fields or many, or the layer is in what was
    /// put together.
    fn of(part: &Part<'_>) -> Option<Self> {
        if !(FEWEST_FIELDS..=MOST_FIELDS).contains(&part.fields.len()) {
            return None;
        }
        let sum = part.fields.iter().fold(0, |sum: u64, field| {
            let definition = std::ptr::from_ref(field.definition).addr() as u64;
            sum.rotate_left(5).wrapping_add(definition)
        });
        let headless = Self {
            protocol: 0,
            start: 0,
            end: 0,
            extent: Extent::Whole,
            sum,
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

impl<S: Copy + Default + PartialEq> Shape<S> {
    /// The shape of a part; `None` where some of it is not in the frame itself, or a remark may follow what is
    /// read from it.
    fn new<W: Writer<State = S>>(
        key: Key,
        decoded: &Decoded<'_>,
        part: &Part<'_>,
        before: S,
        writer: &mut W,
        next_subject: &mut u64,
    ) -> Option<Self> {
        let has_no_shape = |field: &Field| {
            let buffer = field.buffer();
            buffer.is_some_and(|it| it != Buffer::FRAME || writer.has_remark(field))
        };
        if part.fields.iter().any(has_no_shape) {
            return None;
        }
        let mut shape = Self {
            key,
            before,
            fields: part.fields.to_vec(),
            end: 0,
            steps: Vec::new(),
            rest: String::new(),
            after: before,
        };
        if let Some(layer) = part.layer {
            writer.head(decoded, layer, &mut shape.rest);
        }
        for (index, field) in part.fields.iter().enumerate() {
            shape.end = shape.end.max(bytes_of(field).end);
            shape.add_field(index, field, writer, *next_subject);
            *next_subject += 1;
        }
        Some(shape)
    }

    /// Adds the step that writes the field at `index`.
    fn add_field<W: Writer<State = S>>(
        &mut self,
        index: usize,
        field: &Field,
        writer: &mut W,
        subject: u64,
    ) {
        let state = self.after;
        let has_remark = writer.has_remark(field);
        let how = How::of(field, has_remark, subject);
        let is_bare = matches!(how, How::Value | How::Number);
        let (mut before, mut after) = (std::mem::take(&mut self.rest), String::new());
        let mut own = String::new();
        writer.before(field, &mut self.after, &mut own);
        if is_bare {
            before.push_str(&own);
            writer.after(field, &mut after);
            writer.end(&mut after);
        }
        self.rest = after;
        self.add(Step {
            before,
            first: index,
            count: 1,
            state,
            has_remark,
            habit: Habit::of(field),
            how,
        });
    }

    /// Adds a step, joined with the last where both can be written as one.
    fn add(&mut self, step: Step<S>) {
        let is_joined = self.steps.last_mut().is_some_and(|last| last.join(&step));
        if !is_joined {
            self.steps.push(step);
        }
    }

    /// Whether this is the shape of a part in this state, and all its bytes are there.
    fn is_of(&self, key: &Key, part: &Part<'_>, state: S, decoded: &Decoded<'_>) -> bool {
        self.key == *key
            && self.before == state
            && self.end <= decoded.frame.bytes.len()
            && are_alike(&self.fields, part.fields)
    }

    /// Appends a part of this shape.
    fn push<W: Writer<State = S>>(
        &self,
        decoded: &Decoded<'_>,
        part: &Part<'_>,
        texts: &mut Memo,
        writer: &mut W,
        out: &mut String,
    ) {
        for step in &self.steps {
            let fields = part.fields.get(step.first..step.first + step.count);
            step.push(fields.unwrap_or_default(), decoded, texts, writer, out);
        }
        out.push_str(&self.rest);
    }
}

/// Whether they are the same but for what is read or computed.
fn are_alike(fields: &[Field], others: &[Field]) -> bool {
    let is_alike = |(field, other): (&Field, &Field)| {
        let has_same_place = match (field.origin, other.origin) {
            (Origin::Derived(_), Origin::Derived(_)) => true,
            (place, other) => place == other,
        };
        std::ptr::eq(field.definition, other.definition)
            && field.depth == other.depth
            && has_same_place
    };
    fields.len() == others.len() && fields.iter().zip(others).all(is_alike)
}

impl<S: Copy + Default + PartialEq> Step<S> {
    /// Takes the fields of the next step too, where their values come again together; whether it did.
    fn join(&mut self, next: &Self) -> bool {
        let (How::Read { bytes, .. }, How::Read { bytes: more, .. }) = (&mut self.how, &next.how)
        else {
            return false;
        };
        let all = match (bytes.len(), more.len()) {
            (_, 0) => bytes.clone(),
            (0, _) => more.clone(),
            _ => bytes.start.min(more.start)..bytes.end.max(more.end),
        };
        let is_joined = [self.habit, next.habit] == [Habit::Steady; 2]
            && next.before.is_empty()
            && !(self.has_remark || next.has_remark)
            && self.count < LONGEST_RUN
            && all.len() <= MOST_BYTES;
        if is_joined {
            *bytes = all;
            self.count += next.count;
        }
        is_joined
    }

    /// Appends these fields.
    fn push<W: Writer<State = S>>(
        &self,
        fields: &[Field],
        decoded: &Decoded<'_>,
        texts: &mut Memo,
        writer: &mut W,
        out: &mut String,
    ) {
        if !self.before.is_empty() {
            out.push_str(&self.before);
        }
        match &self.how {
            How::Value => {
                if let Some(field) = fields.first() {
                    writer.value(field, &decoded.value(field), out);
                }
            }
            How::Number => {
                if let Some(field) = fields.first() {
                    writer.number(field, number_of(field, decoded.frame.bytes), out);
                }
            }
            How::Read { subject, bytes } => {
                let number = number_at(decoded.frame.bytes, bytes);
                texts.push(*subject, number, out, |out| {
                    self.push_fields(fields, decoded, writer, out);
                });
            }
            How::Computed { subject } => {
                let computed = fields.first().map(|field| field.origin);
                let Some(Origin::Derived(number)) = computed else {
                    return;
                };
                texts.push(*subject, number.into(), out, |out| {
                    self.push_fields(fields, decoded, writer, out);
                });
            }
        }
        if self.has_remark {
            for field in fields {
                writer.remark(field, decoded, out);
                writer.end(out);
            }
        }
    }

    /// Appends these fields; where a remark follows, without their end.
    fn push_fields<W: Writer<State = S>>(
        &self,
        fields: &[Field],
        decoded: &Decoded<'_>,
        writer: &mut W,
        out: &mut String,
    ) {
        let mut state = self.state;
        for field in fields {
            writer.field(field, decoded, &mut state, out);
            if !self.has_remark {
                writer.end(out);
            }
        }
    }
}

impl How {
    /// How a field is written by itself; what a remark may follow, without its end.
    fn of(field: &Field, has_remark: bool, subject: u64) -> Self {
        let definition = field.definition;
        let is_number = matches!(
            definition.kind,
            Kind::Number(_) | Kind::Time | Kind::Duration
        );
        match (Habit::of(field), field.origin) {
            (_, Origin::Derived(_)) if has_remark => Self::Computed { subject },
            (Habit::New, _) if is_number && definition.order == ByteOrder::Network => Self::Number,
            (Habit::New, _) => Self::Value,
            (_, Origin::Derived(_)) => Self::Computed { subject },
            (_, Origin::Bits { .. }) => Self::Read {
                subject,
                bytes: bytes_of(field),
            },
        }
    }
}

/// How the values of a field come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It has few, and so have it and its neighbours together.
    Steady,
    /// It has some that come again, each beside many of its neighbours.
    Alone,
    /// Nearly each time another; always one, of whole bytes.
    New,
}

impl Habit {
    fn of(field: &Field) -> Self {
        let definition = field.definition;
        let length = match field.origin {
            Origin::Bits { length, .. } => length,
            Origin::Derived(_) => u64::BITS,
        };
        let has_whole_bytes = match field.origin {
            Origin::Bits { start, length, .. } => start % 8 == 0 && length % 8 == 0,
            Origin::Derived(_) => true,
        };
        let has_names = !matches!(definition.symbols, Symbols::None) || definition.scale > 1;
        let is_one = has_whole_bytes && length <= u64::BITS;
        match definition.kind {
            Kind::Flag | Kind::Heading | Kind::Mac => Self::Steady,
            Kind::Number(_) if length < 16 || has_names => Self::Steady,
            Kind::Bytes | Kind::Text if length <= 32 => Self::Steady,
            Kind::Bytes | Kind::Text | Kind::Ipv4 => Self::New,
            Kind::Ipv6 if length == 128 => Self::New,
            Kind::Number(_) | Kind::Time | Kind::Duration if is_one => Self::New,
            Kind::Number(_) | Kind::Time | Kind::Duration | Kind::Ipv6 => Self::Alone,
        }
    }
}

/// The bytes of the frame that the text of a field depends on.
fn bytes_of(field: &Field) -> Range<usize> {
    match field.bits() {
        Some(bits) if field.definition.kind != Kind::Heading => {
            bits.start as usize / 8..bits.end.div_ceil(8) as usize
        }
        _ => 0..0,
    }
}

/// What was computed, or is in bits of the frame that are there.
#[inline]
fn number_of(field: &Field, bytes: &[u8]) -> u64 {
    match field.origin {
        Origin::Derived(number) => number,
        Origin::Bits { start, length, .. } => {
            bits::number(bytes, &(start..start + length)).unwrap_or(0)
        }
    }
}

/// Up to sixteen bytes that are there, as a number.
fn number_at(bytes: &[u8], range: &Range<usize>) -> u128 {
    // Nearly always there are sixteen bytes from the first on.
    if let Some(sixteen) = bytes.get(range.start..).and_then(<[u8]>::first_chunk)
        && !range.is_empty()
    {
        return u128::from_be_bytes(*sixteen) >> (8 * (MOST_BYTES - range.len()));
    }
    let few = bytes.get(range.clone()).unwrap_or_default();
    few.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
