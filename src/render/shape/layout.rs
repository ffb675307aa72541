//! A shape: the steps in which a part of it is written.

use super::habit::Habit;
use super::step::{How, Step, bytes_of};
use super::{Key, Memo, Part, Writer, may_have_remark};
use crate::model::field::{Buffer, Field, Origin};
use crate::model::layer::Decoded;

/// How a part with such fields is written.
#[derive(Debug)]
pub(super) struct Shape<S> {
    key: Key,
    before: S,
    /// The fields; of those that are computed, no value.
    fields: Vec<Field>,
    /// Where the last of them ends in the frame, in bytes.
    end: usize,
    steps: Vec<Step<S>>,
    /// What stands behind the last step.
    rest: String,
    pub(super) after: S,
}

impl<S: Copy + Default + PartialEq> Shape<S> {
    /// The shape of a part; `None` where some of it is not in the frame itself, or a remark may follow what is
    /// read from it.
    pub(super) fn new<W: Writer<State = S>>(
        key: Key,
        decoded: &Decoded<'_>,
        part: &Part<'_>,
        before: S,
        writer: &mut W,
        next_subject: &mut u64,
    ) -> Option<Self> {
        let has_no_shape = |field: &Field| {
            let buffer = field.buffer();
            buffer.is_some_and(|it| it != Buffer::FRAME || may_have_remark(field))
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
        let has_remark = may_have_remark(field);
        let how = How::of(field, has_remark, subject);
        let is_bare = matches!(how, How::Value | How::Number);
        let (mut before, mut own) = (std::mem::take(&mut self.rest), String::new());
        writer.before(field, &mut self.after, &mut own);
        if is_bare {
            before.push_str(&own);
            writer.after(field, &mut self.rest);
            writer.end(&mut self.rest);
        }
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
    pub(super) fn is_of(
        &self,
        key: &Key,
        part: &Part<'_>,
        state: S,
        decoded: &Decoded<'_>,
    ) -> bool {
        self.key == *key
            && self.before == state
            && self.end <= decoded.frame.bytes.len()
            && are_alike(&self.fields, part.fields)
    }

    /// Appends a part of this shape.
    pub(super) fn push<W: Writer<State = S>>(
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
