//! Sheets for people: tables, and bars where a column draws them.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table as Grid};

use super::lines::{GAP, lines};
use super::sheets::TABLE_FULL;
use super::{Cell, Column, Part, Row, Sheet};
use crate::model::text;
use crate::render::fit;
use crate::render::table::{heading, plain_grid};
use crate::render::theme::{self, Theme};
use crate::render::width;

/// How many rows are fitted into a terminal: all of them are laid out at once.
const MOST_FITTED: usize = 10_000;

/// A sheet as a table under its title, or as several, in pieces of text. It is `columns` cells wide where
/// that is given and its rows are not too many, and else as wide as it needs.
pub fn table<'a>(
    sheet: &'a Sheet<'a>,
    theme: Theme,
    columns: Option<usize>,
) -> impl Iterator<Item = String> {
    let columns_of_table = columns.filter(|_| sheet.rows.len() <= MOST_FITTED);
    let bars = Bars::of(sheet);
    let all = shown_columns(sheet);
    let has_none = !sheet.parts.is_empty() && sheet.rows.is_empty() && sheet.others.is_none();
    let none = has_none.then(|| {
        let mut text = String::new();
        push_title(&sheet.title, theme, columns, &mut text);
        text.push_str("there are none\n");
        text
    });
    let parts: Vec<(&str, Vec<Shown>)> = match sheet.parts {
        _ if has_none => Vec::new(),
        [] => vec![(&sheet.title, all)],
        parts => parts
            .iter()
            .map(|part| (part.title, of_part(&all, part)))
            .collect(),
    };
    let tables = parts
        .into_iter()
        .enumerate()
        .flat_map(move |(index, (title, shown))| {
            let mut head = String::from(if index > 0 { "\n" } else { "" });
            push_title(title, theme, columns, &mut head);
            let table: Box<dyn Iterator<Item = String>> = match columns_of_table {
                Some(columns) => Box::new(fitted(sheet, &shown, bars, theme, columns)),
                None => Box::new(lines(sheet, shown, bars, theme)),
            };
            std::iter::once(head).chain(table)
        });
    none.into_iter().chain(tables)
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
pub struct Shown {
    /// Its place in a row.
    pub index: usize,
    /// What it is called.
    pub column: Column,
    /// Whether it holds numbers, which stand at its right.
    pub is_of_numbers: bool,
    /// The width of its widest cell, in cells of a terminal.
    pub width: usize,
}

/// Without the columns that say what the title or the indentation says, and those that are empty.
fn shown_columns(sheet: &Sheet<'_>) -> Vec<Shown> {
    let begin = |(index, column): (usize, &Column)| Shown {
        index,
        column: *column,
        is_of_numbers: true,
        width: width::of(column.heading),
    };
    let mut columns: Vec<Shown> = sheet.columns.iter().enumerate().map(begin).collect();
    let mut has_values = vec![sheet.rows.is_empty(); columns.len()];
    let mut text = String::new();
    for row in sheet.all_rows() {
        for ((shown, has_value), cell) in columns.iter_mut().zip(&mut has_values).zip(&row.cells) {
            *has_value |= *cell != Cell::Empty;
            shown.is_of_numbers &= !is_text(cell);
            text.clear();
            push_cell(&row, shown.index, &mut text);
            shown.width = shown.width.max(width::of(&text));
        }
    }
    let is_said = |shown: &Shown| ["layer", "path"].contains(&shown.column.name);
    let columns = columns.into_iter().zip(has_values);
    columns
        .filter(|(shown, has_values)| *has_values && !is_said(shown))
        .map(|(shown, _)| shown)
        .collect()
}

/// Whether a cell stands at the left of its column. The words in place of a row's name stand in whatever is first.
fn is_text(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => text != TABLE_FULL,
        Cell::Address(_) => true,
        _ => false,
    }
}

/// A table of `columns` cells, with its rows in these columns of the sheet.
fn fitted(
    sheet: &Sheet<'_>,
    shown: &[Shown],
    bars: Option<Bars>,
    theme: Theme,
    columns: usize,
) -> impl Iterator<Item = String> + use<> {
    let others: usize = shown.iter().map(|shown| shown.width + GAP.len()).sum();
    let bars = bars.and_then(|bars| bars.within(columns.saturating_sub(others + 2)));
    let mut grid = plain_grid(theme, Some(columns));
    let headings = shown.iter().map(|shown| heading(shown.column.heading));
    grid.set_header(headings.chain(bars.iter().map(|_| heading(""))));
    for row in sheet.all_rows() {
        let cells = shown.iter().map(|shown| {
            let mut text = String::new();
            push_cell(&row, shown.index, &mut text);
            text
        });
        grid.add_row(cells.chain(bars.map(|bars| bars.draw(&row))));
    }
    align(&mut grid, shown);
    std::iter::once(fit::text_of(&mut grid) + "\n")
}

/// Numbers stand at the right of their column.
pub fn align(grid: &mut Grid, shown: &[Shown]) {
    for (column, shown) in grid.column_iter_mut().zip(shown) {
        if shown.is_of_numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Appends what stands in a row at this place.
pub fn push_cell(row: &Row, index: usize, out: &mut String) {
    match row.cells.get(index) {
        None | Some(Cell::Empty) => {}
        Some(Cell::Text(text)) => {
            if index == 0 {
                text::push_blanks(out, 2 * row.depth);
            }
            text::push_escaped(out, text.as_bytes());
        }
        Some(Cell::Address(peer)) => peer.push_address(out),
        Some(Cell::Number(number)) => text::push_number(out, *number),
        Some(Cell::Average(value)) => {
            let _ = write!(out, "{value:.2}");
        }
        Some(Cell::Share(share)) => {
            let _ = write!(out, "{:.1} %", share * 100.0);
        }
        Some(Cell::RoundTrip(nanoseconds)) => text::push_milliseconds(out, *nanoseconds),
        // Microseconds are what most captures have.
        Some(Cell::Seconds(nanoseconds)) => text::push_microseconds(out, *nanoseconds),
    }
}

/// Bars of eighths of cells, the longest as long as all have room.
#[derive(Clone, Copy, Debug)]
pub struct Bars {
    column: usize,
    greatest: u64,
    /// Room for a bar, in cells.
    room: u64,
}

/// The most room that a bar gets.
const ROOM: u64 = 30;

/// In less room, bars tell nothing.
const LEAST_ROOM: u64 = 8;

impl Bars {
    fn of(sheet: &Sheet<'_>) -> Option<Self> {
        let column = sheet.column(sheet.bars?)?;
        let numbers = sheet.rows.iter().map(|row| number(&row, column));
        Some(Self {
            column,
            greatest: numbers.max().unwrap_or(0),
            room: ROOM,
        })
    }

    /// Bars that need no more cells than these; none where they are too few.
    fn within(self, cells: usize) -> Option<Self> {
        let room = self.room.min(cells as u64);
        (room >= LEAST_ROOM).then_some(Self { room, ..self })
    }

    /// The bar of a row.
    pub fn draw(&self, row: &Row) -> String {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let number = u128::from(number(row, self.column).min(self.greatest));
        let eighths =
            (number * u128::from(self.room * 8)).div_ceil(u128::from(self.greatest.max(1)));
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
    fn bars_get_the_room_that_the_numbers_leave_and_none_where_it_is_too_little() {
        for (columns, cells) in [(30, 20), (20, 10), (16, 0)] {
            let table = drawn(vec![240, 4, 0], Some(columns));
            assert_eq!(table.matches('█').count(), cells, "{table}");
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
    fn several_tables_without_a_row_are_a_word() {
        const PARTS: &[Part] = &[Part {
            title: "Ports",
            columns: &["port"],
        }];
        let sheet = Sheet {
            title: "Things".to_owned(),
            columns: COLUMNS,
            parts: PARTS,
            bars: None,
            rows: Rows::of(Vec::new(), |(): &()| Row {
                depth: 0,
                cells: Vec::new(),
            }),
            others: None,
        };
        let told: String = table(&sheet, Theme::Plain, Some(60)).collect();
        assert_eq!(told, "Things\nthere are none\n");
    }

    #[test]
    fn a_table_that_needs_no_fitting_looks_like_one_that_fits() {
        for numbers in [vec![7], vec![240, 4, 1_000_000_000], (0..2_500).collect()] {
            assert_eq!(drawn(numbers.clone(), None), drawn(numbers, Some(200)));
        }
    }

    #[test]
    fn more_rows_than_can_be_laid_out_at_once_are_all_there() {
        let table = drawn(vec![1_000_000; MOST_FITTED + 1], Some(20));
        assert_eq!(
            table.lines().count(),
            MOST_FITTED + 1 + 5,
            "a title, a head, three lines"
        );
    }
}
