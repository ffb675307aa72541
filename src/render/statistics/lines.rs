//! A table that is as wide as its widest cells, row by row: nobody's terminal has to hold it, and of a million
//! rows no more than some have to be in memory.

use comfy_table::{ColumnConstraint, TableStyle, Width};

use super::table::{Bars, Shown, align, push_cell};
use super::{Row, Sheet};
use crate::model::text;
use crate::render::table::{RULE, heading, plain_grid};
use crate::render::theme::Theme;
use crate::render::width;

/// How many rows a piece of text has.
const PIECE: usize = 1_000;

/// What stands between two columns.
pub const GAP: &str = "   ";

/// The rows of a sheet in these columns, in pieces of text.
pub fn lines<'a>(
    sheet: &'a Sheet<'a>,
    shown: Vec<Shown>,
    bars: Option<Bars>,
    theme: Theme,
) -> impl Iterator<Item = String> {
    let longest_bar = bars.map_or(0, |bars| {
        let widths = sheet.all_rows().map(|row| width::of(&bars.draw(&row)));
        widths.max().unwrap_or(0)
    });
    let head = head(&shown, bars.map(|_| longest_bar), theme);
    let rule = head.lines().next().unwrap_or_default().to_owned() + "\n";
    let mut rows = sheet.all_rows().peekable();
    let mut line = Line::default();
    let pieces = std::iter::from_fn(move || {
        rows.peek()?;
        let mut piece = String::new();
        for row in rows.by_ref().take(PIECE) {
            line.push(&row, &shown, bars, &mut piece);
        }
        Some(piece)
    });
    std::iter::once(head)
        .chain(pieces)
        .chain(std::iter::once(rule))
}

/// The names of the columns between two lines.
fn head(shown: &[Shown], bars: Option<usize>, theme: Theme) -> String {
    let mut grid = plain_grid(theme, None);
    let headings = shown.iter().map(|shown| heading(shown.column.heading));
    grid.set_header(headings.chain(bars.map(|_| heading(""))));
    let widths = shown.iter().map(|shown| shown.width).chain(bars);
    for (column, width) in grid.column_iter_mut().zip(widths) {
        let with_padding = u16::try_from(width + 2).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(with_padding)));
    }
    align(&mut grid, shown);
    grid.load_style(TableStyle::new().top_border(RULE).header_separator(RULE));
    grid.trim_fmt() + "\n"
}

/// One line after the other, in the same memory.
#[derive(Default)]
struct Line {
    cell: String,
}

impl Line {
    fn push(&mut self, row: &Row, shown: &[Shown], bars: Option<Bars>, out: &mut String) {
        out.push(' ');
        for (position, shown) in shown.iter().enumerate() {
            if position > 0 {
                out.push_str(GAP);
            }
            self.cell.clear();
            push_cell(row, shown.index, &mut self.cell);
            let missing = shown.width.saturating_sub(width::of(&self.cell));
            if shown.is_of_numbers {
                text::push_blanks(out, missing);
            }
            out.push_str(&self.cell);
            if !shown.is_of_numbers {
                text::push_blanks(out, missing);
            }
        }
        if let Some(bars) = bars {
            out.push_str(GAP);
            out.push_str(&bars.draw(row));
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}
