//! Sheets for people: tables, and bars where a column draws them.

use comfy_table::{CellAlignment, ColumnConstraint, Table as Grid, TableStyle, Width};
use unicode_width::UnicodeWidthStr as _;

use super::sheets::TABLE_FULL;
use super::{Cell, Column, Part, Row, Sheet};
use crate::model::text;
use crate::render::table::{RULE, heading, plain_grid};
use crate::render::theme::{self, Theme};

/// More rows than anyone sees at once. A table of more is laid out in pieces of so many, each as wide as the
/// widest row of all needs it, so that its memory does not grow with its rows.
const PIECE: usize = 10_000;

/// A sheet as a table under its title, or as several, in pieces of text. It is `columns` cells wide where
/// that is given and all its rows are in one piece.
pub fn table<'a>(
    sheet: &'a Sheet<'a>,
    theme: Theme,
    columns: Option<usize>,
) -> impl Iterator<Item = String> {
    let all = shown_columns(sheet);
    let bars = Bars::of(sheet);
    let parts: Vec<(&str, Vec<Shown>)> = match sheet.parts {
        [] => vec![(&sheet.title, all)],
        parts => parts
            .iter()
            .map(|part| (part.title, of_part(&all, part)))
            .collect(),
    };
    parts
        .into_iter()
        .enumerate()
        .flat_map(move |(index, (title, shown))| {
            let mut head = String::from(if index > 0 { "\n" } else { "" });
            push_title(title, theme, columns, &mut head);
            std::iter::once(head).chain(pieces(sheet, shown, bars, theme, columns))
        })
}

fn of_part(all: &[Shown], part: &Part) -> Vec<Shown> {
    let is_in = |shown: &&Shown| shown.index == 0 || part.columns.contains(&shown.column.name);
    all.iter().filter(is_in).copied().collect()
}

fn push_title(title: &str, theme: Theme, columns: Option<usize>, out: &mut String) {
    let title = columns.map_or_else(
        || title.to_owned(),
        |columns| textwrap::fill(title, columns),
    );
    theme.paint_str(out, theme::heading(), &title);
    out.push('\n');
}

/// A column that is shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    index: usize,
    column: Column,
    is_of_numbers: bool,
    /// The width of its widest cell, where the rows are too many for one piece.
    width: usize,
}

/// Without the columns that say what the title or the indentation says, and those that are empty.
fn shown_columns(sheet: &Sheet<'_>) -> Vec<Shown> {
    let is_long = sheet.rows.len() > PIECE;
    let begin = |(index, column): (usize, &Column)| Shown {
        index,
        column: *column,
        is_of_numbers: true,
        width: column.heading.width(),
    };
    let mut columns: Vec<Shown> = sheet.columns.iter().enumerate().map(begin).collect();
    let mut has_values = vec![sheet.rows.is_empty(); columns.len()];
    for row in sheet.all_rows() {
        for ((shown, has_value), cell) in columns.iter_mut().zip(&mut has_values).zip(&row.cells) {
            *has_value |= *cell != Cell::Empty;
            let is_text = matches!(cell, Cell::Text(text) if text != TABLE_FULL);
            shown.is_of_numbers &= !is_text;
            if is_long {
                shown.width = shown.width.max(shown_text(&row, shown.index).width());
            }
        }
    }
    let is_said = |shown: &Shown| ["layer", "path"].contains(&shown.column.name);
    let columns = columns.into_iter().zip(has_values);
    columns
        .filter(|(shown, has_values)| *has_values && !is_said(shown))
        .map(|(shown, _)| shown)
        .collect()
}

/// The rows in these columns, piece by piece; one of no rows is its head.
fn pieces<'a>(
    sheet: &'a Sheet<'a>,
    shown: Vec<Shown>,
    bars: Option<Bars>,
    theme: Theme,
    columns: Option<usize>,
) -> impl Iterator<Item = String> {
    let mut rows = sheet.all_rows().peekable();
    let is_long = sheet.rows.len() > PIECE;
    let mut is_first = true;
    std::iter::from_fn(move || {
        if !is_first && rows.peek().is_none() {
            return None;
        }
        let mut grid = plain_grid(theme, columns.filter(|_| !is_long));
        if is_first {
            let headings = shown.iter().map(|shown| heading(shown.column.heading));
            grid.set_header(headings.chain(bars.iter().map(|_| heading(""))));
        }
        for row in rows.by_ref().take(PIECE) {
            let cells = shown.iter().map(|shown| shown_text(&row, shown.index));
            grid.add_row(cells.chain(bars.map(|bars| bars.draw(&row))));
        }
        align(&mut grid, &shown, is_long);
        rule(&mut grid, is_first, rows.peek().is_none());
        is_first = false;
        Some(grid.trim_fmt() + "\n")
    })
}

fn align(grid: &mut Grid, shown: &[Shown], is_long: bool) {
    for (position, shown) in shown.iter().enumerate() {
        let Some(column) = grid.column_mut(position) else {
            continue;
        };
        if shown.is_of_numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if is_long {
            let with_padding = u16::try_from(shown.width + 2).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(with_padding)));
        }
    }
}

/// Draws the lines of a table only where it begins and ends.
fn rule(grid: &mut Grid, is_first: bool, is_last: bool) {
    // It makes room between the columns too, so every piece has it, also without a head.
    let mut style = TableStyle::new().header_separator(RULE);
    if is_first {
        style = style.top_border(RULE);
    }
    if is_last {
        style = style.bottom_border(RULE);
    }
    grid.load_style(style);
}

fn shown_text(row: &Row, index: usize) -> String {
    let mut out = String::new();
    match row.cells.get(index) {
        None | Some(Cell::Empty) => {}
        Some(Cell::Text(text)) => {
            if index == 0 {
                out.push_str(&"  ".repeat(row.depth));
            }
            text::push_escaped(&mut out, text.as_bytes());
        }
        Some(Cell::Number(number)) => text::push_number(&mut out, *number),
        Some(Cell::Average(value)) => out = format!("{value:.2}"),
        Some(Cell::Share(share)) => out = format!("{:.1} %", share * 100.0),
        Some(Cell::RoundTrip(nanoseconds)) => text::push_milliseconds(&mut out, *nanoseconds),
        Some(Cell::Seconds(nanoseconds)) => {
            text::push_seconds(&mut out, *nanoseconds);
            // Microseconds are what most captures have.
            out.truncate(out.len().saturating_sub(3));
        }
    }
    out
}

/// Bars of eighths of cells, the longest as long as all have room.
#[derive(Clone, Copy, Debug)]
struct Bars {
    column: usize,
    greatest: u64,
}

/// Room for a bar, in cells.
const ROOM: u64 = 30;

impl Bars {
    fn of(sheet: &Sheet<'_>) -> Option<Self> {
        let column = sheet.column(sheet.bars?)?;
        let numbers = sheet.rows.iter().map(|row| number(&row, column));
        Some(Self {
            column,
            greatest: numbers.max().unwrap_or(0),
        })
    }

    fn draw(&self, row: &Row) -> String {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let number = u128::from(number(row, self.column).min(self.greatest));
        let eighths = (number * u128::from(ROOM * 8)).div_ceil(u128::from(self.greatest.max(1)));
        let eighths = usize::try_from(eighths).unwrap_or_default();
        let mut bar = "█".repeat(eighths / 8);
        bar.push_str(PARTS[eighths % 8]);
        bar
    }
}

fn number(row: &Row, column: usize) -> u64 {
    match row.cells.get(column) {
        Some(Cell::Number(number)) => *number,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::statistics::Rows;

    const COLUMNS: &[Column] = &[
        Column {
            name: "bytes",
            heading: "Bytes",
        },
        Column {
            name: "port",
            heading: "Port",
        },
    ];

    fn drawn(numbers: Vec<u64>, columns: Option<usize>) -> String {
        let row = |number: &u64| Row {
            depth: 0,
            cells: vec![Cell::Number(*number), Cell::Empty],
        };
        let sheet = Sheet {
            title: "Bytes".to_owned(),
            columns: COLUMNS,
            parts: &[],
            bars: Some("bytes"),
            rows: Rows::of(numbers, row),
            others: None,
        };
        table(&sheet, Theme::Plain, columns).collect()
    }

    #[test]
    fn the_greatest_number_has_the_longest_bar_and_none_has_none() {
        let table = drawn(vec![240, 4, 0], Some(60));
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        for row in [&["240", &"█".repeat(30)][..], &["4", "▌"], &["0"]] {
            assert!(rows.iter().any(|shown| shown == row), "{row:?} in\n{table}");
        }
    }

    #[test]
    fn a_column_without_values_is_not_shown() {
        assert!(!drawn(vec![1], Some(60)).contains("Port"));
    }

    #[test]
    fn a_sheet_without_rows_is_its_head() {
        let table = drawn(Vec::new(), Some(60));
        assert!(table.contains("Bytes") && table.contains("Port"), "{table}");
    }

    #[test]
    fn a_table_in_pieces_looks_like_one_in_one_piece() {
        let numbers = |count: usize| (0..count as u64).map(|number| number * 1_000_000);
        let long = drawn(numbers(2 * PIECE + 7).collect(), None);
        let last: String = drawn(numbers(2 * PIECE + 7).skip(PIECE + 8).collect(), None);
        let ends = |table: &str| -> Vec<String> {
            table
                .lines()
                .rev()
                .take(PIECE - 1)
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(ends(&long), ends(&last));
        assert_eq!(
            long.lines().count(),
            2 * PIECE + 7 + 5,
            "a title, a head, three lines"
        );
    }
}
