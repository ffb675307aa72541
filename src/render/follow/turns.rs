//! A conversation in turn: one entry below the other, in the order in which it can be read.

use super::pieces::{Entry, Pieces};
use super::{Summary, Transcript, push_title, style_of};
use crate::flow::follow::{Ends, Happening};
use crate::model::text;
use crate::render::theme::{self, Theme};
use crate::render::width;

/// The text view.
#[derive(Debug)]
pub struct InTurn {
    theme: Theme,
    /// The width of the terminal; `None` where nobody looks at one, and lines stay whole.
    columns: Option<usize>,
    pieces: Pieces,
}

/// Before the text: turn, frame, speaker, bytes.
const GUTTER: usize = 28;

impl InTurn {
    /// A view in a theme; lines are broken at `columns` cells where given.
    pub fn new(theme: Theme, columns: Option<usize>) -> Self {
        Self {
            theme,
            columns,
            pieces: Pieces::default(),
        }
    }

    fn push_gutter(&self, entry: &Entry, out: &mut String) {
        let number = |out: &mut String, number: Option<u64>, cells: usize| {
            width::push_right(out, cells, |out| {
                if let Some(number) = number {
                    text::push_number(out, number);
                }
            });
        };
        number(out, entry.turn.map(u64::from), 4);
        number(out, entry.frame, 7);
        out.push_str("  ");
        self.theme
            .paint_str(out, style_of(entry.by), entry.by.name());
        number(out, entry.bytes, 7);
        out.push_str("  ");
    }
}

impl Transcript for InTurn {
    fn begin(&mut self, ends: &Ends, out: &mut String) {
        push_title(ends, self.theme, self.columns, out);
        self.theme
            .paint_str(out, theme::dim(), "\nturn  frame  who      bytes\n");
    }

    fn happening(&mut self, happening: &Happening<'_>, summary: &Summary, out: &mut String) {
        let Some(entry) = self.pieces.entry(happening, summary) else {
            return;
        };
        self.push_gutter(&entry, out);
        let cells = self.columns.map(|columns| columns.saturating_sub(GUTTER));
        let said = width::lines(&entry.text, cells).map(|line| (line, style_of(entry.by)));
        let remarks = width::lines(&entry.remark, cells).map(|line| (line, theme::dim()));
        for (index, (line, style)) in said.chain(remarks).enumerate() {
            if index > 0 {
                out.push('\n');
                width::pad(out, out.len(), GUTTER);
            }
            self.theme.paint_str(out, style, line);
        }
        out.push('\n');
    }

    fn end(&mut self, ends: &Ends, summary: &Summary, out: &mut String) {
        out.push('\n');
        summary.push(ends, self.theme, self.columns, out);
    }
}
