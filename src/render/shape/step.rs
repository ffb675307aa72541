//! A step: fields whose text is made in one go, and where it comes from.

use std::borrow::Borrow;
use std::ops::Range;

use super::habit::Habit;
use super::{Memo, Writer};
use crate::model::bits::{self, BitRange};
use crate::model::draft::Draft;
use crate::model::field::{ByteOrder, Field, Kind, Origin};
use crate::model::layer::Decoded;
use crate::model::stencil::Stencil;

/// How many fields are written as one.
const LONGEST_RUN: usize = 16;

/// How many bytes they touch: what fits a number.
const MOST_BYTES: usize = 16;

/// Fields that are written in one go.
#[derive(Debug)]
pub(super) struct Step<W: Writer> {
    /// What stands between the value of the last step and what this one writes: always the same.
    pub(super) before: Stencil,
    /// Which of the part's fields they are.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) state: W::State,
    pub(super) has_remark: bool,
    pub(super) habit: Habit,
    pub(super) how: How<W::Style>,
}

/// How a step is written.
#[derive(Debug)]
pub(super) enum How<Style> {
    /// As the last time that these bytes of the frame were the same.
    Read { subject: u64, bytes: Range<usize> },
    /// As the last time that the same was computed.
    Computed { subject: u64 },
    /// One value.
    Value,
    /// One number, in network byte order, at these bits of the frame.
    Number { style: Style, bits: BitRange },
    /// One number that was computed.
    Told { style: Style },
}

impl<W: Writer> Step<W> {
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

    /// Puts its fields of those of the part; whether it could, which it cannot where a number is odd.
    pub(super) fn push<F: Borrow<Field>>(
        &self,
        fields: &[F],
        decoded: &Decoded<'_>,
        texts: &mut Memo,
        writer: &mut W,
        out: &mut Draft,
    ) -> bool {
        out.put_stencil(&self.before);
        match &self.how {
            How::Value => {
                if let Some(field) = self.field(fields) {
                    W::value(field, &decoded.value(field), out);
                }
            }
            How::Number { style, bits } => {
                let number = bits::number(decoded.frame.bytes, bits).unwrap_or(0);
                if W::is_odd(*style, number) {
                    return false;
                }
                W::number(*style, number, out);
            }
            How::Told { style } => {
                let number = self.told(fields);
                if W::is_odd(*style, number) {
                    return false;
                }
                W::number(*style, number, out);
            }
            How::Read { subject, bytes } => {
                let number = number_at(decoded.frame.bytes, bytes);
                texts.push(*subject, number, out, |out| {
                    self.push_fields(fields, decoded, writer, out);
                });
            }
            How::Computed { subject } => {
                let number = self.told(fields).into();
                texts.push(*subject, number, out, |out| {
                    self.push_fields(fields, decoded, writer, out);
                });
            }
        }
        if self.has_remark {
            out.push_by(|out| {
                for field in self.own(fields) {
                    writer.remark(field, decoded, out);
                    writer.end(out);
                }
            });
        }
        true
    }

    /// Which of the part's fields it writes.
    fn own<'a, F: Borrow<Field>>(&self, fields: &'a [F]) -> impl Iterator<Item = &'a Field> {
        let own = fields.get(self.first..self.first + self.count);
        own.unwrap_or_default().iter().map(F::borrow)
    }

    /// Its first field, mostly the only one.
    #[inline]
    fn field<'a, F: Borrow<Field>>(&self, fields: &'a [F]) -> Option<&'a Field> {
        fields.get(self.first).map(F::borrow)
    }

    /// What was computed for its field.
    #[inline]
    fn told<F: Borrow<Field>>(&self, fields: &[F]) -> u64 {
        match self.field(fields).map(|field| field.origin) {
            Some(Origin::Derived(number)) => number,
            Some(Origin::Bits { .. } | Origin::Comment { .. }) | None => 0,
        }
    }

    /// Appends its fields; where a remark follows, without their end.
    fn push_fields<F: Borrow<Field>>(
        &self,
        fields: &[F],
        decoded: &Decoded<'_>,
        writer: &mut W,
        out: &mut String,
    ) {
        let mut state = self.state;
        for field in self.own(fields) {
            writer.field(field, decoded, &mut state, out);
            if !self.has_remark {
                writer.end(out);
            }
        }
    }
}

impl<Style> How<Style> {
    /// How a field is written by itself; what a remark may follow, without its end.
    pub(super) fn of<W: Writer<Style = Style>>(
        field: &Field,
        has_remark: bool,
        subject: u64,
    ) -> Self {
        let definition = field.definition;
        let is_number = matches!(
            definition.kind,
            Kind::Number(_) | Kind::Time | Kind::Duration
        );
        match (Habit::of(field), field.origin) {
            (_, Origin::Derived(_)) if has_remark => Self::Computed { subject },
            (Habit::New, Origin::Derived(_)) if is_number => Self::Told {
                style: W::style(field),
            },
            (Habit::New, Origin::Bits { start, length, .. })
                if is_number && definition.order == ByteOrder::Network =>
            {
                Self::Number {
                    style: W::style(field),
                    bits: start..start + length,
                }
            }
            (Habit::New, _) => Self::Value,
            (_, Origin::Derived(_)) => Self::Computed { subject },
            (_, Origin::Bits { .. } | Origin::Comment { .. }) => Self::Read {
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
