//! What a view wrote of a field the last time. The same field with the same value at the same place reads the
//! same, and most fields of a capture are so: a version, a header length, flags that are not set. To copy what
//! was written then is several times quicker than to write it anew.

use crate::model::assembled::Bytes;
use crate::model::bits;
use crate::model::field::{Field, FieldDef, Kind, Origin, Place};

/// How many texts are remembered: few enough that they stay in a processor's cache. A power of two.
const REMEMBERED: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 11;

/// Texts of fields, each at one place; a newer one that belongs there takes it.
#[derive(Debug)]
pub struct Memo {
    texts: Vec<Option<(Said, String)>>,
}

/// All that decides how a field, with what is nested in it, reads.
#[derive(Clone, Copy, Debug)]
struct Said {
    definition: &'static FieldDef,
    /// First bit and length; none of what is computed.
    bits: (u32, u32),
    depth: u8,
    /// How many fields are nested in it.
    nested: usize,
    /// Its bits as a number, or what was computed.
    number: u64,
}

impl Default for Memo {
    /// Nothing was written yet.
    fn default() -> Self {
        Self {
            texts: (0..REMEMBERED).map(|_| None).collect(),
        }
    }
}

impl Memo {
    /// Appends `unit`, as [`next_unit`] gives it, as `write` appends it.
    pub fn push(
        &mut self,
        unit: &[Field],
        bytes: Bytes<'_>,
        out: &mut String,
        write: impl FnOnce(&mut String),
    ) {
        let said = Said::of(unit, bytes);
        let Some((said, slot)) =
            said.and_then(|said| Some((said, self.texts.get_mut(said.place())?)))
        else {
            write(out);
            return;
        };
        match slot {
            Some((before, text)) if before.is(&said) => out.push_str(text),
            _ => {
                let start = out.len();
                write(out);
                let written = out.get(start..).unwrap_or_default();
                let (before, text) = slot.get_or_insert_with(|| (said, String::new()));
                *before = said;
                text.clear();
                text.push_str(written);
            }
        }
    }
}

/// The first of these fields, with all that is nested in it where that is decided by its bits alone; and the
/// fields behind. Nothing where there is none.
pub fn next_unit(fields: &[Field]) -> Option<(&[Field], &[Field])> {
    let first = fields.first()?;
    let mut nested = 0;
    let deeper = |field: &&Field| field.depth > first.depth;
    for field in fields.iter().skip(1).take_while(deeper) {
        if !is_fixed_inside(field, first) {
            nested = 0;
            break;
        }
        nested += 1;
    }
    fields.split_at_checked(1 + nested)
}

/// Whether both are always at the same bits of their header, the one inside the other: then it is there
/// whenever the other is.
fn is_fixed_inside(field: &Field, around: &Field) -> bool {
    let is_fixed = |field: &Field| matches!(field.definition.place, Place::Fixed { .. });
    let is_inside = || match (field.bits(), around.bits()) {
        (Some(inside), Some(around)) => inside.start >= around.start && inside.end <= around.end,
        _ => false,
    };
    is_fixed(around) && is_fixed(field) && is_inside()
}

impl Said {
    /// `None` where a text would hardly be of use again, or its value does not fit 64 bits.
    fn of(unit: &[Field], bytes: Bytes<'_>) -> Option<Self> {
        let field = unit.first()?;
        let (bits, number) = match field.origin {
            _ if is_new_each_time(field) => return None,
            Origin::Derived(number) => ((0, 0), number),
            Origin::Bits {
                buffer,
                start,
                length,
            } => {
                let range = start..start.checked_add(length)?;
                ((start, length), bits::number(bytes.of(buffer), &range)?)
            }
        };
        Some(Self {
            definition: field.definition,
            bits,
            depth: field.depth,
            nested: unit.len() - 1,
            number,
        })
    }

    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.definition, other.definition)
            && self.number == other.number
            && self.bits == other.bits
            && self.depth == other.depth
            && self.nested == other.nested
    }

    /// Where its text is remembered.
    fn place(&self) -> usize {
        // An odd number of which no bit tells of another: the golden section of 2⁶⁴.
        const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;
        let definition = std::ptr::from_ref(self.definition).addr() as u64;
        let (start, length) = self.bits;
        let mixed =
            definition ^ u64::from(start) << 32 ^ u64::from(length) << 52 ^ u64::from(self.depth);
        let mixed = mixed.wrapping_mul(SCATTER) ^ self.number;
        (mixed.wrapping_mul(SCATTER) >> (u64::BITS - PLACE_BITS)) as usize
    }
}

/// Moments, and numbers of 32 bits that stand for nothing else: sequence numbers, clocks.
fn is_new_each_time(field: &Field) -> bool {
    match field.definition.kind {
        Kind::Time | Kind::Duration => true,
        Kind::Number(_) => field.bits().is_some_and(|bits| bits.len() >= 32),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::field::Buffer;

    static PORT: FieldDef = FieldDef::decimal("x.port", "Port");

    fn at(start: u32) -> Field {
        Field {
            definition: &PORT,
            origin: Origin::Bits {
                buffer: Buffer::FRAME,
                start,
                length: 16,
            },
            depth: 0,
        }
    }

    fn told(memo: &mut Memo, field: Field, bytes: &[u8], text: &str) -> String {
        let mut out = String::new();
        let bytes = Bytes::of_frame(bytes);
        memo.push(&[field], bytes, &mut out, |out| out.push_str(text));
        out
    }

    #[test]
    fn the_same_value_at_the_same_place_is_not_written_again_and_any_other_is() {
        let mut memo = Memo::default();
        assert_eq!(told(&mut memo, at(0), &[0, 80, 0, 80], "first"), "first");
        assert_eq!(told(&mut memo, at(0), &[0, 80, 9, 9], "again"), "first");
        assert_eq!(told(&mut memo, at(0), &[0, 81, 0, 80], "value"), "value");
        assert_eq!(told(&mut memo, at(16), &[0, 80, 0, 80], "place"), "place");
    }
}
