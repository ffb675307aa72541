//! What a view wrote of some fields the last time. The same fields with the same bits at the same place read the
//! same, and most of a capture is so: versions, header lengths, flags. To copy what was written then is several
//! times quicker than to write it anew.

use super::abreast::Abreast;
use crate::model::draft::Draft;
use crate::model::stencil::Stencil;

/// How many places there are for texts, with a few abreast at each: few enough that they stay in a processor's cache.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 8;

/// Texts, each at one place; what comes again stays, and what does not makes room.
#[derive(Debug)]
pub struct Memo {
    places: Vec<Abreast<Text>>,
}

/// What was written, and all that decided it.
#[derive(Debug)]
struct Text {
    of: u64,
    number: u128,
    written: Stencil,
}

impl Default for Memo {
    /// Nothing was written yet.
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Abreast::default()).collect(),
        }
    }
}

impl Memo {
    /// Appends what `write` appends: always the same of the same subject and number.
    #[inline]
    pub fn push(
        &mut self,
        subject: u64,
        number: u128,
        out: &mut Draft,
        write: impl FnOnce(&mut String),
    ) {
        let Some(texts) = self.places.get_mut(place(subject, number)) else {
            return out.push_by(write);
        };
        if let Some(text) = texts.find(|text| text.of == subject && text.number == number) {
            return out.put_stencil(&text.written);
        }
        out.push_by(|out| {
            write(out);
            *texts.place_for_new() = Some(Text {
                of: subject,
                number,
                written: Stencil::new(out),
            });
        });
    }
}

/// Where a text is remembered.
#[expect(
    clippy::cast_possible_truncation,
    reason = "both halves of the number are looked at"
)]
const fn place(subject: u64, number: u128) -> usize {
    // An odd number of which no bit tells of another: the golden section of 2⁶⁴.
    const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;
    let halves = [(number >> 64) as u64, number as u64];
    let sum = (subject ^ halves[0]).wrapping_mul(SCATTER).rotate_left(32);
    ((sum ^ halves[1]).wrapping_mul(SCATTER) >> (u64::BITS - PLACE_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft;
    use crate::render::abreast::ABREAST;

    #[test]
    fn the_same_is_not_written_again_and_anything_else_is() {
        let mut memo = Memo::default();
        let mut told = |subject, number, text: &str| {
            let mut out = String::new();
            draft::append(&mut out, |out| {
                memo.push(subject, number, out, |out| out.push_str(text));
            });
            out
        };
        assert_eq!(told(1, 80, "first"), "first");
        assert_eq!(told(1, 80, "again"), "first");
        assert_eq!(told(1, 81, "number"), "number");
        assert_eq!(told(2, 80, "subject"), "subject");
        assert_eq!(told(1, 80 + (1 << 100), "long"), "long");
    }

    #[test]
    fn more_than_are_remembered_are_written_right() {
        let mut memo = Memo::default();
        for round in [0, 1] {
            for number in 0..3 * (ABREAST * PLACES) as u128 {
                let mut out = String::new();
                draft::append(&mut out, |out| {
                    memo.push(7, number, out, |out| out.push_str(&number.to_string()));
                });
                assert_eq!(out, number.to_string(), "round {round}");
            }
        }
    }
}
