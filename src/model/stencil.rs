//! A text that is put again and again.

/// A text that a [`Draft`](super::draft::Draft) puts many times.
#[derive(Clone, Debug)]
pub enum Stencil {
    /// It and what fills it up to a length known beforehand: to copy so much is a few moves.
    Short {
        /// The text, and blanks behind it.
        bytes: [u8; MOST_SHORT],
        /// How many bytes the text has.
        length: u8,
    },
    /// A text that is longer.
    Long(Box<str>),
}

/// The most bytes of a short one: nearly all that a view writes beside a value is shorter.
const MOST_SHORT: usize = 64;

impl Stencil {
    /// One that has this text.
    pub fn new(text: &str) -> Self {
        let mut bytes = [b' '; MOST_SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { bytes, length }
            }
            _ => Self::Long(text.into()),
        }
    }

    /// Whether it has no text.
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Short { length: 0, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft;

    #[test]
    fn a_text_of_any_length_is_put_as_it_is() {
        let all = "0123456789 好 ".repeat(20);
        for (end, _) in all.char_indices() {
            let text = &all[..end];
            let stencil = Stencil::new(text);
            let mut out = String::new();
            draft::append(&mut out, |draft| {
                draft.put_stencil(&stencil);
                draft.put(b"|");
                draft.put_stencil(&stencil);
            });
            assert_eq!(out, format!("{text}|{text}"));
            assert_eq!(stencil.is_empty(), text.is_empty());
        }
    }
}
