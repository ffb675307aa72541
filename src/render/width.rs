//! Fitting text into terminal cells: 你 takes two, a combining accent none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many cells a text takes.
pub fn of(text: &str) -> usize {
    text.width()
}

/// Appends blanks until what was appended since byte `start` of `out` takes `cells` cells. The text
/// since `start` must hold no escape sequences.
pub fn pad(out: &mut String, start: usize, cells: usize) {
    let taken = out.get(start..).map_or(0, of);
    for _ in taken..cells {
        out.push(' ');
    }
}

/// Cuts what was appended since byte `start` of `out` to at most `cells` cells, the last an ellipsis.
pub fn cut(out: &mut String, start: usize, cells: usize) {
    let Some(text) = out.get(start..) else {
        return;
    };
    if of(text) <= cells {
        return;
    }
    let mut taken = 0;
    let keep = text
        .char_indices()
        .find(|(_, character)| {
            taken += character.width().unwrap_or(0);
            taken >= cells
        })
        .map_or(text.len(), |(index, _)| index);
    out.truncate(start + keep);
    if cells > 0 {
        out.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_double() {
        let mut out = String::from("#");
        out.push_str("你好");
        pad(&mut out, 1, 6);
        assert_eq!(out, "#你好  ");
    }

    #[test]
    fn a_cut_text_never_takes_more_cells_than_allowed() {
        for cells in 0..8 {
            let mut out = String::from("a你b好c");
            cut(&mut out, 0, cells);
            assert!(of(&out) <= cells, "{out:?} in {cells}");
        }
    }

    #[test]
    fn a_text_that_fits_is_left_alone() {
        let mut out = String::from("welcome");
        cut(&mut out, 0, 7);
        assert_eq!(out, "welcome");
    }
}
