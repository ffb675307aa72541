//! One line of terminal cells that is drawn on in any order: what is put later covers what was there.

use anstyle::Style;
use unicode_width::UnicodeWidthChar as _;

use crate::render::theme::Theme;

/// A line of cells.
#[derive(Debug)]
pub struct Canvas {
    cells: Vec<Cell>,
}

#[derive(Clone, Debug)]
struct Cell {
    /// A character and what combines with it; empty for the second half of a wide one.
    text: String,
    style: Style,
}

impl Canvas {
    /// A line of this many blank cells.
    pub fn new(columns: usize) -> Self {
        let blank = Cell {
            text: " ".to_owned(),
            style: Style::new(),
        };
        Self {
            cells: vec![blank; columns],
        }
    }

    /// Puts a text at a column. What does not fit on the line is not there.
    pub fn put(&mut self, column: usize, text: &str, style: Style) {
        let mut at = column;
        for character in text.chars() {
            let width = character.width().unwrap_or(0);
            if width == 0 {
                self.combine(at, character);
                continue;
            }
            if at + width > self.cells.len() {
                return;
            }
            self.clear_halves(at, width);
            self.set(at, character.to_string(), style);
            for half in 1..width {
                self.set(at + half, String::new(), style);
            }
            at += width;
        }
    }

    /// Puts the same character into each of these columns.
    pub fn fill(&mut self, columns: std::ops::Range<usize>, character: &str, style: Style) {
        for column in columns {
            self.put(column, character, style);
        }
    }

    fn set(&mut self, column: usize, text: String, style: Style) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = Cell { text, style };
        }
    }

    fn combine(&mut self, behind: usize, character: char) {
        let before = behind.checked_sub(1).and_then(|at| self.cells.get_mut(at));
        if let Some(cell) = before {
            cell.text.push(character);
        }
    }

    /// Half a wide character cannot stay.
    fn clear_halves(&mut self, column: usize, width: usize) {
        let is_half = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.text.is_empty());
        if is_half(self.cells.get(column)) && column > 0 {
            self.set(column - 1, " ".to_owned(), Style::new());
        }
        if is_half(self.cells.get(column + width)) {
            self.set(column + width, " ".to_owned(), Style::new());
        }
    }

    /// Appends the line, without the blanks at its end.
    pub fn push(&self, theme: Theme, out: &mut String) {
        let is_seen = |cell: &Cell| cell.text != " ";
        let end = self
            .cells
            .iter()
            .rposition(is_seen)
            .map_or(0, |last| last + 1);
        let seen = self.cells.get(..end).unwrap_or_default();
        for run in seen.chunk_by(|one, next| one.style == next.style) {
            let style = run.first().map_or(Style::new(), |cell| cell.style);
            theme.paint(out, style, |out| {
                for cell in run {
                    out.push_str(&cell.text);
                }
            });
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(columns: usize, puts: &[(usize, &str)]) -> String {
        let mut canvas = Canvas::new(columns);
        for (column, text) in puts {
            canvas.put(*column, text, Style::new());
        }
        let mut out = String::new();
        canvas.push(Theme::Plain, &mut out);
        out
    }

    #[test]
    fn wide_characters_take_two_cells_and_never_half_of_one() {
        assert_eq!(drawn(8, &[(1, "你好"), (5, "|")]), " 你好|\n");
        assert_eq!(drawn(8, &[(0, "你好"), (1, "|")]), " |好\n");
        assert_eq!(
            drawn(8, &[(0, "你好"), (2, "|")]),
            "你| \n".replace(" \n", "\n")
        );
        assert_eq!(drawn(3, &[(0, "你好")]), "你\n");
    }

    #[test]
    fn combining_characters_stay_with_theirs() {
        assert_eq!(drawn(4, &[(0, "e\u{301}x")]), "e\u{301}x\n");
    }
}
