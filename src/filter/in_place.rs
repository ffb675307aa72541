//! The question that most filters ask, ready to be asked where the value lies: a number at one place in the
//! headers of one protocol, compared with a written one.

use super::plan::{Constant, Operand, OperandKind, Relation};
use super::syntax::Quantifier;
use crate::model::bits;
use crate::model::field::{ByteOrder, FieldDef, Kind, Place};
use crate::model::layer::Decoded;
use crate::model::protocol::Protocol;

/// Whether a number in any header of a protocol compares so.
#[derive(Debug)]
pub struct InPlace {
    protocol: &'static Protocol,
    /// First bit in the header, and how many there are.
    start: u32,
    length: u32,
    /// What a number counts units of.
    scale: u64,
    relation: Relation,
    number: u64,
}

impl InPlace {
    /// The same as this comparison, where it is such a question.
    pub fn of(
        quantifier: Quantifier,
        left: &Operand,
        relation: Relation,
        right: &Operand,
    ) -> Option<Self> {
        let OperandKind::Fields(_, fields, None) = &left.kind else {
            return None;
        };
        let (Quantifier::Any, [field]) = (quantifier, fields.as_slice()) else {
            return None;
        };
        let OperandKind::Constant(Constant::Number(number)) = &right.kind else {
            return None;
        };
        let Place::Fixed { start, length } = field.definition.place else {
            return None;
        };
        Some(Self {
            protocol: field.protocol,
            start,
            length,
            scale: scale_of(field.definition, length)?,
            relation,
            number: u64::try_from(*number).ok()?,
        })
    }

    /// Whether it is so in a frame.
    #[inline]
    pub fn passes(&self, decoded: &Decoded<'_>) -> bool {
        let mut layers = decoded.layers.iter();
        layers.any(|layer| {
            std::ptr::eq(layer.protocol, self.protocol)
                && decoded
                    .header_of(layer)
                    .is_some_and(|header| self.fits(header))
        })
    }

    /// Whether it is so in this header.
    fn fits(&self, header: &[u8]) -> bool {
        let place = self.start..self.start + self.length;
        bits::number(header, &place).is_some_and(|found| {
            let found = found.saturating_mul(self.scale);
            self.relation.fits(found.cmp(&self.number))
        })
    }
}

/// How a field's bits become the number that is compared; `None` where it is not by this alone.
fn scale_of(definition: &FieldDef, bits: u32) -> Option<u64> {
    match (definition.kind, definition.order, bits) {
        (Kind::Number(_), ByteOrder::Network, _) => Some(definition.scale.into()),
        (Kind::Flag, ByteOrder::Network, 1) => Some(1),
        _ => None,
    }
}
