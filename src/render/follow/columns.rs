//! A conversation side by side: the client left, the server right, time runs down.

use super::pieces::Pieces;
use super::{Summary, Transcript, push_title, style_of};
use crate::flow::endpoints::Role;
use crate::flow::follow::{Ends, Happening};
use crate::model::text;
use crate::render::theme::{self, Theme};
use crate::render::width;

/// The side-by-side view.
#[derive(Debug)]
pub struct SideBySide {
    theme: Theme,
    columns: usize,
    /// How many cells each side has.
    cells: usize,
    pieces: Pieces,
}

/// The frame's number and two blanks.
const NUMBER: usize = 8;

/// Between the sides.
const RULE: &str = " │ ";

impl SideBySide {
    /// A view in a theme, `columns` cells wide.
    pub fn new(theme: Theme, columns: usize) -> Self {
        Self {
            theme,
            columns,
            cells: columns.saturating_sub(NUMBER + RULE.len() - 2) / 2,
            pieces: Pieces::default(),
        }
    }

    fn push_row(
        &self,
        number: Option<u64>,
        by: Role,
        style: anstyle::Style,
        line: &str,
        out: &mut String,
    ) {
        let start = out.len();
        width::push_right(out, NUMBER - 2, |out| {
            if let Some(number) = number {
                text::push_number(out, number);
            }
        });
        out.push_str("  ");
        if by == Role::Client {
            self.theme.paint_str(out, style, line);
        }
        let left = if by == Role::Client {
            width::of(line)
        } else {
            0
        };
        for _ in left..self.cells {
            out.push(' ');
        }
        out.push_str(RULE);
        if by == Role::Server {
            self.theme.paint_str(out, style, line);
        }
        let end = out.trim_end_matches(' ').len().max(start);
        out.truncate(end);
        out.push('\n');
    }
}

impl Transcript for SideBySide {
    fn begin(&mut self, ends: &Ends, out: &mut String) {
        push_title(ends, self.theme, Some(self.columns), out);
        let start = out.len() + 1;
        self.theme.paint(out, theme::dim(), |out| {
            out.push_str("\n frame  client");
            width::pad(out, start, NUMBER + self.cells);
            out.push_str(RULE);
            out.push_str("server\n");
        });
    }

    fn happening(&mut self, happening: &Happening<'_>, summary: &Summary, out: &mut String) {
        let Some(entry) = self.pieces.entry(happening, summary) else {
            return;
        };
        let cells = Some(self.cells);
        let said = width::lines(&entry.text, cells).map(|line| (line, style_of(entry.by)));
        let remarks = width::lines(&entry.remark, cells).map(|line| (line, theme::dim()));
        for (index, (line, style)) in said.chain(remarks).enumerate() {
            let number = entry.frame.filter(|_| index == 0);
            self.push_row(number, entry.by, style, line, out);
        }
    }

    fn end(&mut self, ends: &Ends, summary: &Summary, out: &mut String) {
        out.push('\n');
        summary.push(ends, self.theme, Some(self.columns), out);
    }
}
