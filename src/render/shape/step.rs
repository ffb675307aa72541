//! A step: fields whose text is made in one go, and where it comes from.

use std::ops::Range;

use super::habit::Habit;
use super::{Memo, Writer};
use crate::model::bits;
use crate::model::field::{ByteOrder, Field, Kind, Origin};
use crate::model::layer::Decoded;

/// How many fields are written as one.
const LONGEST_RUN: usize = 16;

/// How many bytes they touch: what fits a number.
const MOST_BYTES: usize = 16;

/// Fields that are written in one go.
#[derive(Debug)]
pub(super) struct Step<S> {
    /// What stands between the value of the last step and what this one writes: always the same.
    pub(super) before: String,
    /// Which of the part's fields they are.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) state: S,
    pub(super) has_remark: bool,
    pub(super) habit: Habit,
    pub(super) how: How,
}

/// How a step is written.
#[derive(Debug)]
pub(super) enum How {
    /// As the last time that these bytes of the frame were the same.
    Read { subject: u64, bytes: Range<usize> },
    /// As the last time that the same was computed.
    Computed { subject: u64 },
    /// One value.
    Value,
    /// One number, in network byte order.
    Number,
}

impl<S: Copy + Default + PartialEq> Step<S> {
    /// Takes the fields of the next step too, where their values come again together; whether it did.
    pub(super) fn join(&mut self, next: &Self) -> bool {
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
    pub(super) fn push<W: Writer<State = S>>(
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
    pub(super) fn of(field: &Field, has_remark: bool, subject: u64) -> Self {
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

/// The bytes of the frame that the text of a field depends on.
pub(super) fn bytes_of(field: &Field) -> Range<usize> {
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
