//! Bytes that are read one behind the other, as TLS writes them: numbers, and vectors, which have their length
//! before them (RFC 8446, section 3.4).

use std::ops::Range;

use super::quic_header::varint;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::frame::Timestamp;

/// Bytes of messages, and when the frame came that they are whole in.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// From the start of the layer on.
    pub bytes: &'a [u8],
    /// By the clock of who captured.
    pub time: Timestamp,
}

/// A place in bytes, and where to stop.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Whether more was to come: then nothing that is missing is wrong.
    is_cut: bool,
}

impl<'a> Reader<'a> {
    /// Of so much as there is of these bytes, the range of which is as was stated.
    pub fn new(bytes: &'a [u8], stated: Range<usize>) -> Self {
        let end = stated.end.min(bytes.len());
        Self {
            bytes,
            at: stated.start.min(end),
            end,
            is_cut: end < stated.end,
        }
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.end - self.at
    }

    /// Where they are.
    pub const fn rest(&self) -> Range<usize> {
        self.at..self.end
    }

    /// Whether more was to come than there is.
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The same, where less is there of what it is in: then what it is may be something else.
    #[must_use]
    pub const fn as_cut_as(self, around: &Self) -> Self {
        Self {
            is_cut: self.is_cut || around.is_cut,
            ..self
        }
    }

    /// The next bytes; `None` where so many are not left.
    pub fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.end)?;
        let taken = self.at..end;
        self.at = end;
        Some(taken)
    }

    /// The next bytes, so many or as many as are left.
    pub fn take_most(&mut self, length: usize) -> Range<usize> {
        let taken = self.at..self.at + length.min(self.left());
        self.at = taken.end;
        taken
    }

    /// The next number, of so many bytes.
    pub fn number(&mut self, width: usize) -> Option<usize> {
        let bytes = self.bytes.get(self.take(width)?)?;
        let add = |number: usize, byte: &u8| number << u8::BITS | usize::from(*byte);
        Some(bytes.iter().fold(0, add))
    }

    /// The next number, whose first bits say how long it is (RFC 9000, section 16).
    pub fn varint(&mut self) -> Option<u64> {
        let (number, place) = varint(self.bytes.get(..self.end)?, self.at)?;
        self.at = place.end;
        Some(number)
    }

    /// These bytes of the same, no further than this reaches.
    #[must_use]
    pub fn within(self, range: Range<usize>) -> Self {
        let end = self.end.min(self.bytes.len());
        Self {
            at: range.start.min(end),
            end: range.end.min(end),
            ..self
        }
    }

    /// The next vector, whose length is a number of so many bytes; as much of it as there is.
    pub fn vector(&mut self, width: usize) -> Option<Self> {
        let length = self.number(width)?;
        Some(self.inside(length))
    }

    /// The next bytes, as many as are there.
    fn inside(&mut self, length: usize) -> Self {
        let stated = self.at..self.at.saturating_add(length);
        let end = stated.end.min(self.end);
        let inside = Self {
            bytes: self.bytes,
            at: self.at,
            end,
            // What a length too long makes of what is inside is told once, at the length.
            is_cut: end < stated.end,
        };
        self.at = end;
        inside
    }

    /// Tells the next bytes as this field. `None` where so many are not left.
    pub fn tell(
        &mut self,
        field: &'static FieldDef,
        length: usize,
        out: &mut Expander<'_>,
    ) -> Option<()> {
        out.bytes(field, self.take(length)?);
        Some(())
    }

    /// Tells all that is left as this field.
    pub fn tell_rest(&mut self, field: &'static FieldDef, out: &mut Expander<'_>) {
        out.bytes(field, self.rest());
        self.at = self.end;
    }

    /// Tells a number as this field, and gives it.
    pub fn tell_number(
        &mut self,
        field: &'static FieldDef,
        width: usize,
        out: &mut Expander<'_>,
    ) -> Option<usize> {
        let from = self.at;
        let number = self.number(width)?;
        out.bytes(field, from..self.at);
        Some(number)
    }

    /// Tells a number as this field, whose first bits say how long it is.
    pub fn tell_varint(&mut self, field: &'static FieldDef, out: &mut Expander<'_>) -> Option<()> {
        let from = self.at;
        self.varint()?;
        out.bytes(field, from..self.at);
        Some(())
    }

    /// Tells the length of a vector as this field, and gives what is in it, as much as there is. That more is
    /// stated than there is, is told as a fault.
    pub fn tell_vector(
        &mut self,
        field: &'static FieldDef,
        width: usize,
        out: &mut Expander<'_>,
    ) -> Option<Self> {
        let from = self.at;
        let length = self.tell_number(field, width, out)?;
        if length > self.left() && !self.is_cut {
            let kind = FaultKind::TooShort {
                needed: length as u64,
                present: self.left() as u64,
                believed: Believed::Enclosing("TLS"),
            };
            out.fault(from..self.end, kind);
        }
        Some(self.inside(length))
    }

    /// Tells a list of items that are all as long, below a heading.
    pub fn tell_items(
        &mut self,
        (heading, item): (&'static FieldDef, &'static FieldDef),
        width: usize,
        out: &mut Expander<'_>,
    ) {
        out.bytes(heading, self.rest());
        while self.tell(item, width, out).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_vectors_are_read_in_their_order() {
        let mut reader = Reader::new(&[1, 0, 2, 7, 8, 9], 0..6);
        assert_eq!(reader.number(1), Some(1));
        let inside = reader.vector(2).unwrap();
        assert_eq!((inside.rest(), inside.is_cut()), (3..5, false));
        assert_eq!(reader.rest(), 5..6);
        assert_eq!(reader.number(2), None);
        assert_eq!(reader.take(1), Some(5..6));
        assert_eq!(reader.take(usize::MAX), None);
    }

    #[test]
    fn of_a_vector_that_is_too_long_there_is_what_is_left() {
        let mut reader = Reader::new(&[200, 7], 0..2);
        let inside = reader.vector(1).unwrap();
        assert_eq!((inside.rest(), inside.is_cut()), (1..2, true));
        assert!(Reader::new(&[7], 0..2).is_cut());
    }
}
