//! A protocol's header drawn to scale from its field table, in rows of 32 bits as RFCs draw it, or of 16 where a row
//! has no room.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! ┌───────────────────────────────┬───────────────────────────────┐
//! │          Source port          │       Destination port        │
//! ├───────────────────────────────┴───────────────────────────────┤
//! ```

use super::width;
use crate::model::field::{FieldDef, Role};
use crate::model::protocol::Protocol;

/// Bits in a row.
const ROW: u32 = 32;

/// Where there is little room.
const NARROW_ROW: u32 = 16;

/// A part of the drawing: a field, or bits that no fixed field has.
#[derive(Clone, Copy)]
struct Cell {
    field: Option<&'static FieldDef>,
    start: u32,
    end: u32,
}

/// Appends the drawing, `columns` cells wide at most; `marked` is filled with dots. Nothing where no field has a fixed
/// place.
pub fn push_header(
    protocol: &Protocol,
    marked: Option<&FieldDef>,
    columns: usize,
    out: &mut String,
) {
    let cells = cells_of(protocol);
    let Some(end) = cells.last().map(|cell| cell.end) else {
        return;
    };
    // Two cells a bit, and the line at the end.
    let row_bits = if columns > 2 * ROW as usize {
        ROW
    } else {
        NARROW_ROW
    };
    let mut drawing = Drawing {
        row_bits,
        cells,
        marked,
        keys: Vec::new(),
    };
    push_ruler(row_bits, out);
    let rows = end.div_ceil(row_bits);
    for row in 0..rows {
        drawing.push_border(row, out);
        drawing.push_row(row, out);
    }
    drawing.push_border(rows, out);
    drawing.push_keys(out);
}

/// The leaves at fixed places in the order of the wire, with what is between them.
fn cells_of(protocol: &Protocol) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for field in protocol.fields {
        let Some((start, length)) = field.drawn() else {
            continue;
        };
        if field.role != Role::Leaf {
            continue;
        }
        let before = cells.last().map_or(0, |cell| cell.end);
        if before < start {
            cells.push(Cell {
                field: None,
                start: before,
                end: start,
            });
        }
        cells.push(Cell {
            field: Some(field),
            start,
            end: start + length,
        });
    }
    cells
}

fn push_ruler(row_bits: u32, out: &mut String) {
    let digits = |of: fn(u32) -> String| (0..row_bits).map(of).collect::<Vec<_>>().join(" ");
    let tens = digits(|bit| {
        if bit % 10 == 0 {
            (bit / 10).to_string()
        } else {
            " ".to_owned()
        }
    });
    out.push(' ');
    out.push_str(tens.trim_end());
    out.push_str("\n ");
    out.push_str(&digits(|bit| (bit % 10).to_string()));
    out.push('\n');
}

struct Drawing<'a> {
    /// How many bits a row has.
    row_bits: u32,
    cells: Vec<Cell>,
    marked: Option<&'a FieldDef>,
    /// Fields too narrow for their label, each with a letter in its place.
    keys: Vec<&'static FieldDef>,
}

impl Drawing<'_> {
    /// The parts of a row: each cell with its first and last column, in bits.
    fn parts(&self, row: u32) -> Vec<(Cell, u32, u32)> {
        let (start, end) = (row * self.row_bits, (row + 1) * self.row_bits);
        self.cells
            .iter()
            .filter(|cell| cell.start < end && cell.end > start)
            .map(|cell| {
                (
                    *cell,
                    cell.start.max(start) - start,
                    cell.end.min(end) - start,
                )
            })
            .collect()
    }

    fn cell_at(&self, bit: u32) -> Option<usize> {
        self.cells
            .iter()
            .position(|cell| (cell.start..cell.end).contains(&bit))
    }

    /// Whether there is a line between two bits.
    fn parted(&self, one: Option<u32>, other: Option<u32>) -> bool {
        let cell = |bit: Option<u32>| bit.and_then(|bit| self.cell_at(bit));
        cell(one) != cell(other)
    }

    /// The line above a row. Where one field goes on from the row above there is none.
    fn push_border(&self, row: u32, out: &mut String) {
        let row_bits = self.row_bits;
        let above = |column: u32| (row > 0).then(|| (row - 1) * row_bits + column);
        let below = |column: u32| Some(row * row_bits + column);
        let mut line = String::new();
        for column in 0..=row_bits {
            let left = column.checked_sub(1);
            let right = (column < row_bits).then_some(column);
            // The four arms of the crossing before this column.
            let up = self.parted(left.and_then(above), right.and_then(above));
            let down = self.parted(left.and_then(below), right.and_then(below));
            let to_left = left.is_some_and(|column| self.parted(above(column), below(column)));
            let to_right = right.is_some_and(|column| self.parted(above(column), below(column)));
            line.push(crossing([up, down, to_left, to_right]));
            if right.is_some() {
                line.push(if to_right { '─' } else { ' ' });
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }

    fn push_row(&mut self, row: u32, out: &mut String) {
        let parts = self.parts(row);
        let texts: Vec<Vec<String>> = parts
            .iter()
            .map(|(cell, first, end)| self.lines_of(*cell, row, columns(*first, *end)))
            .collect();
        let height = texts.iter().map(Vec::len).max().unwrap_or(1).max(1);
        for line in 0..height {
            out.push('│');
            for ((cell, first, end), lines) in parts.iter().zip(&texts) {
                let cells = columns(*first, *end);
                let above = (height - lines.len()) / 2;
                let text = line.checked_sub(above).and_then(|line| lines.get(line));
                let is_marked = cell.field.is_some_and(|field| self.is_marked(field));
                push_centred(text.map_or("", String::as_str), cells, is_marked, out);
                out.push('│');
            }
            out.push('\n');
        }
    }

    /// A group is all that is inside it; a closer look is the field that it looks at.
    fn is_marked(&self, field: &FieldDef) -> bool {
        let bits = |field: &FieldDef| {
            let (start, length) = field.drawn()?;
            Some(start..start + length)
        };
        let marked = self.marked.and_then(bits);
        match (marked, bits(field)) {
            (Some(one), Some(other)) => one.start < other.end && other.start < one.end,
            _ => false,
        }
    }

    /// The label, on as many lines as it needs; a letter where it does not fit. A field of several rows
    /// has its label in the first.
    fn lines_of(&mut self, cell: Cell, row: u32, cells: usize) -> Vec<String> {
        const HIGHEST: usize = 3;
        let Some(field) = cell.field.filter(|_| cell.start / self.row_bits == row) else {
            return Vec::new();
        };
        let options = textwrap::Options::new(cells).break_words(false);
        let lines: Vec<String> = textwrap::wrap(field.label, options)
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect();
        let fits = lines.len() <= HIGHEST && lines.iter().all(|line| width::of(line) <= cells);
        if fits {
            return lines;
        }
        self.keys.push(field);
        vec![key(self.keys.len() - 1)]
    }

    fn push_keys(&self, out: &mut String) {
        for (index, field) in self.keys.iter().enumerate() {
            out.push_str("  ");
            out.push_str(&key(index));
            out.push_str("  ");
            out.push_str(field.label);
            out.push_str("  ");
            out.push_str(field.name);
            out.push_str(if self.is_marked(field) { "  ◀" } else { "" });
            out.push('\n');
        }
    }
}

fn key(index: usize) -> String {
    let letters = "abcdefghijklmnopqrstuvwxyz";
    letters
        .chars()
        .nth(index)
        .map_or_else(|| "*".to_owned(), String::from)
}

/// The columns between the lines around some bits: two a bit, less the line.
const fn columns(first: u32, end: u32) -> usize {
    (2 * (end - first) - 1) as usize
}

fn push_centred(text: &str, cells: usize, is_marked: bool, out: &mut String) {
    let fill = if is_marked { '·' } else { ' ' };
    let free = cells.saturating_sub(width::of(text));
    out.extend(std::iter::repeat_n(fill, free / 2));
    out.push_str(text);
    out.extend(std::iter::repeat_n(fill, free - free / 2));
}

/// The character of a crossing with these arms: up, down, left, right.
const fn crossing(arms: [bool; 4]) -> char {
    match (arms[0], arms[1], arms[2], arms[3]) {
        (true, true, true, true) => '┼',
        (true, true, true, false) => '┤',
        (true, true, false, true) => '├',
        (true, false, true, true) => '┴',
        (false, true, true, true) => '┬',
        (true, false, true, false) => '┘',
        (true, false, false, true) => '└',
        (false, true, true, false) => '┐',
        (false, true, false, true) => '┌',
        (true, _, false, false) | (_, true, false, false) => '│',
        (false, false, true, _) | (false, false, _, true) => '─',
        (false, false, false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::{names, udp};

    #[test]
    fn a_header_is_drawn_to_scale() {
        let mut out = String::new();
        push_header(&udp::PROTOCOL, None, 80, &mut out);
        let expected = [
            " 0                   1                   2                   3",
            " 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1",
            "┌───────────────────────────────┬───────────────────────────────┐",
            "│          Source port          │       Destination port        │",
            "├───────────────────────────────┼───────────────────────────────┤",
            "│            Length             │           Checksum            │",
            "└───────────────────────────────┴───────────────────────────────┘",
        ];
        assert_eq!(out.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn where_32_bits_have_no_room_a_row_has_16() {
        let mut out = String::new();
        push_header(&udp::PROTOCOL, None, 64, &mut out);
        let expected = [
            " 0                   1",
            " 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5",
            "┌───────────────────────────────┐",
            "│          Source port          │",
            "├───────────────────────────────┤",
            "│       Destination port        │",
            "├───────────────────────────────┤",
            "│            Length             │",
            "├───────────────────────────────┤",
            "│           Checksum            │",
            "└───────────────────────────────┘",
        ];
        assert_eq!(out.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_row_of_every_header_is_as_wide_as_the_ruler() {
        for protocol in crate::protocols::registry::ALL {
            for field in names::every_field().filter(|field| field.protocol.name == protocol.name) {
                for columns in [65, 40] {
                    let mut out = String::new();
                    push_header(protocol, Some(field.definition), columns, &mut out);
                    let rows = out.lines().filter(|line| line.starts_with(['│', '├', '┌']));
                    for line in rows {
                        assert!(width::of(line) <= columns, "{}: {line}", protocol.name);
                    }
                }
            }
        }
    }
}
