//! A shape: the steps in which a part of it is written.

use std::borrow::Borrow;

use super::habit::Habit;
use super::step::{How, Step, bytes_of};
use super::{Key, Memo, Part, Writer, address, may_have_remark};
use crate::model::draft::Draft;
use crate::model::field::{Buffer, Field, FieldDef, Origin};
use crate::model::layer::Decoded;
use crate::model::stencil::Stencil;

/// How a part with such fields is written.
#[derive(Debug)]
pub(super) struct Shape<W: Writer> {
    key: Key,
    before: W::State,
    /// The fields, without their values.
    outlines: Vec<Outline>,
    /// Where the last of them ends in the frame, in bytes.
    end: usize,
    steps: Vec<Step<W>>,
    /// What stands behind the last step.
    rest: Stencil,
    pub(super) after: W::State,
}

impl<W: Writer> Shape<W> {
    /// The shape of a part; `None` where some of it is not in the frame itself, or a remark may follow what is
    /// read from it.
    pub(super) fn new<F: Borrow<Field>>(
        key: Key,
        decoded: &Decoded<'_>,
        part: &Part<'_, F>,
        before: W::State,
        writer: &mut W,
        next_subject: &mut u64,
    ) -> Option<Self> {
        let has_no_shape = |field: &Field| {
            let buffer = field.buffer();
            let is_read_with_remark = |it| it != Buffer::FRAME || may_have_remark(field);
            buffer.is_some_and(is_read_with_remark)
                || matches!(field.origin, Origin::Comment { .. })
        };
        let fields = || part.fields.iter().map(F::borrow);
        if fields().any(has_no_shape) {
            return None;
        }
        let mut shape = Self {
            key,
            before,
            outlines: fields().map(Outline::of).collect(),
            end: 0,
            steps: Vec::new(),
            rest: Stencil::new(""),
            after: before,
        };
        let mut rest = String::new();
        if let Some(layer) = part.layer {
            writer.head(decoded, layer, &mut rest);
        }
        for (index, field) in fields().enumerate() {
            shape.end = shape.end.max(bytes_of(field).end);
            shape.add_field(index, field, writer, *next_subject, &mut rest);
            *next_subject += 1;
        }
        shape.rest = Stencil::new(&rest);
        Some(shape)
    }

    /// Adds the step that writes the field at `index`; what stands before it is `rest`, and becomes what stands
    /// behind it.
    fn add_field(
        &mut self,
        index: usize,
        field: &Field,
        writer: &mut W,
        subject: u64,
        rest: &mut String,
    ) {
        let state = self.after;
        let has_remark = may_have_remark(field);
        let how = How::of::<W>(field, has_remark, subject);
        let is_bare = matches!(how, How::Value | How::Number { .. } | How::Told { .. });
        let (mut before, mut own) = (std::mem::take(rest), String::new());
        writer.before(field, &mut self.after, &mut own);
        if is_bare {
            before.push_str(&own);
            writer.after(field, rest);
            writer.end(rest);
        }
        self.add(Step {
            before: Stencil::new(&before),
            first: index,
            count: 1,
            state,
            has_remark,
            habit: Habit::of(field),
            how,
        });
    }

    /// Adds a step, joined with the last where both can be written as one.
    fn add(&mut self, step: Step<W>) {
        let is_joined = self.steps.last_mut().is_some_and(|last| last.join(&step));
        if !is_joined {
            self.steps.push(step);
        }
    }

    /// Whether this is the shape of a part in this state, and all its bytes are there.
    pub(super) fn is_of<F: Borrow<Field>>(
        &self,
        key: &Key,
        part: &Part<'_, F>,
        state: W::State,
        decoded: &Decoded<'_>,
    ) -> bool {
        self.key == *key
            && self.before == state
            && self.end <= decoded.frame.bytes.len()
            && have_outlines(part.fields, &self.outlines)
    }

    /// Puts a part of this shape; whether it could. Where a number is odd, nothing is put.
    pub(super) fn push<F: Borrow<Field>>(
        &self,
        decoded: &Decoded<'_>,
        part: &Part<'_, F>,
        texts: &mut Memo,
        writer: &mut W,
        out: &mut Draft,
    ) -> bool {
        let start = out.len();
        for step in &self.steps {
            if !step.push(part.fields, decoded, texts, writer, out) {
                out.truncate(start);
                return false;
            }
        }
        out.put_stencil(&self.rest);
        true
    }
}

/// What a field is but for its value, small and without alternatives: to compare it is a few instructions, and it is
/// done for every field of every frame.
#[derive(Clone, Copy, Debug)]
struct Outline {
    definition: &'static FieldDef,
    /// Its first bit and its length in the frame; [`Outline::COMPUTED`] and [`Outline::ELSEWHERE`], which no bits of
    /// a frame are, where it has none.
    place: u64,
    depth: u8,
}

impl Outline {
    /// Of what is computed: a field on the wire has at least one bit.
    const COMPUTED: u64 = 0;
    /// Of what is in bytes that were put together: no frame has so many bits.
    const ELSEWHERE: u64 = u64::MAX;

    #[inline]
    fn of(field: &Field) -> Self {
        let place = match field.origin {
            // What is noted beside the frame has no shape: its definition alone tells it from all that have.
            Origin::Derived(_) | Origin::Comment { .. } => Self::COMPUTED,
            Origin::Bits { buffer, .. } if buffer != Buffer::FRAME => Self::ELSEWHERE,
            Origin::Bits { start, length, .. } => u64::from(start) << u32::BITS | u64::from(length),
        };
        Self {
            definition: field.definition,
            place,
            depth: field.depth,
        }
    }

    /// In which bits that of a field is another; none where it is the same.
    #[inline]
    fn difference(&self, field: &Field) -> u64 {
        let other = Self::of(field);
        let definition = address(self.definition) ^ address(other.definition);
        definition as u64 | self.place ^ other.place | u64::from(self.depth ^ other.depth)
    }
}

/// Whether these are the fields with these outlines.
fn have_outlines<F: Borrow<Field>>(fields: &[F], outlines: &[Outline]) -> bool {
    // Nearly always they are: to stop at the first that is not would be a question for each.
    let differ = |all, (outline, field): (&Outline, &F)| all | outline.difference(field.borrow());
    fields.len() == outlines.len() && outlines.iter().zip(fields).fold(0, differ) == 0
}
