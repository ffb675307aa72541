//! Sheets for people: tables, and bars where a column draws them.

use comfy_table::{Cell as GridCell, CellAlignment};

use super::{Cell, Row, Sheet};
use crate::model::text;
use crate::render::table::{heading, plain_grid};
use crate::render::theme::{self, Theme};

/// Appends a sheet as a table under its title, or as several, `columns` cells wide where given.
pub fn push_table(sheet: &Sheet, theme: Theme, columns: Option<usize>, out: &mut String) {
    let shown = shown_columns(sheet);
    if sheet.parts.is_empty() {
        push_part(sheet, &sheet.title, &shown, theme, columns, out);
    }
    for (index, part) in sheet.parts.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let names = sheet.columns.iter().map(|column| column.name);
        let in_part = (0..).zip(names).filter(|(index, name)| {
            shown.contains(index) && (*index == 0 || part.columns.contains(name))
        });
        let shown: Vec<usize> = in_part.map(|(index, _)| index).collect();
        push_part(sheet, part.title, &shown, theme, columns, out);
    }
}

/// Appends the columns at these indices as a table.
fn push_part(
    sheet: &Sheet,
    title: &str,
    shown: &[usize],
    theme: Theme,
    columns: Option<usize>,
    out: &mut String,
) {
    let bars = Bars::of(sheet);
    let title = columns.map_or_else(
        || title.to_owned(),
        |columns| textwrap::fill(title, columns),
    );
    theme.paint_str(out, theme::heading(), &title);
    out.push('\n');
    let mut grid = plain_grid(theme, columns);
    let mut header: Vec<GridCell> = Vec::new();
    header.extend(
        shown
            .iter()
            .filter_map(|index| sheet.columns.get(*index))
            .map(|column| heading(column.heading)),
    );
    header.extend(bars.iter().map(|_| heading("")));
    grid.set_header(header);
    for (position, index) in shown.iter().enumerate() {
        if let (true, Some(column)) = (is_of_numbers(sheet, *index), grid.column_mut(position)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in sheet.all_rows() {
        let cells = shown.iter().map(|index| shown_text(row, *index));
        let bar = bars.as_ref().map(|bars| bars.draw(row));
        grid.add_row(cells.chain(bar));
    }
    out.push_str(&grid.trim_fmt());
    out.push('\n');
}

/// Without the columns that say what the title or the indentation says, and those that are empty.
fn shown_columns(sheet: &Sheet) -> Vec<usize> {
    let has_values = |index: usize| {
        let mut cells = sheet.all_rows().filter_map(|row| row.cells.get(index));
        sheet.rows.is_empty() || cells.any(|cell| *cell != Cell::Empty)
    };
    let columns = sheet.columns.iter().enumerate();
    columns
        .filter(|(index, column)| !["layer", "path"].contains(&column.name) && has_values(*index))
        .map(|(index, _)| index)
        .collect()
}

fn is_of_numbers(sheet: &Sheet, index: usize) -> bool {
    let mut cells = sheet.rows.iter().filter_map(|row| row.cells.get(index));
    cells.all(|cell| !matches!(cell, Cell::Text(_)))
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
struct Bars {
    column: usize,
    greatest: u64,
}

/// Room for a bar, in cells.
const ROOM: u64 = 30;

impl Bars {
    fn of(sheet: &Sheet) -> Option<Self> {
        let column = sheet.column(sheet.bars?)?;
        let numbers = sheet.rows.iter().map(|row| number(row, column));
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
    use crate::render::statistics::Column;

    fn sheet(numbers: &[u64]) -> Sheet {
        let row = |number: &u64| Row {
            depth: 0,
            cells: vec![Cell::Number(*number), Cell::Empty],
        };
        Sheet {
            title: "Bytes".to_owned(),
            columns: &[
                Column {
                    name: "bytes",
                    heading: "Bytes",
                },
                Column {
                    name: "port",
                    heading: "Port",
                },
            ],
            parts: &[],
            bars: Some("bytes"),
            rows: numbers.iter().map(row).collect(),
            others: None,
        }
    }

    fn table(numbers: &[u64]) -> String {
        let mut out = String::new();
        push_table(&sheet(numbers), Theme::Plain, Some(60), &mut out);
        out
    }

    #[test]
    fn the_greatest_number_has_the_longest_bar_and_none_has_none() {
        let table = table(&[240, 4, 0]);
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
        assert!(!table(&[1]).contains("Port"));
    }

    #[test]
    fn a_sheet_without_rows_is_its_head() {
        let table = table(&[]);
        assert!(table.contains("Bytes") && table.contains("Port"), "{table}");
    }
}
