//! Statistics as sheets of typed cells, which know their order, and their three outputs: a table for people,
//! JSON and CSV for programs.

mod connections;
mod data;
mod sheets;
mod table;

pub use connections::connections;
pub use data::{Rows, push_csv};
pub use sheets::{conversations, endpoints, hierarchy, intervals, lengths};
pub use table::push_table;

use std::cmp::Ordering;

/// One column: its name for programs and for sorting, its heading for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its heading.
    pub heading: &'static str,
}

/// What stands in a row and a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing, as the port of a network card.
    Empty,
    /// Text that is safe to show.
    Text(String),
    /// A number.
    Number(u64),
    /// An average.
    Average(f64),
    /// A share of the whole, 0 to 1.
    Share(f64),
    /// Nanoseconds, told as seconds.
    Seconds(i64),
    /// Nanoseconds, told as seconds to programs, and as milliseconds to people.
    RoundTrip(i64),
}

impl Cell {
    /// Numbers descend, since the greatest is what is looked for; text ascends.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::Number(one), Self::Number(two)) => two.cmp(one),
            (Self::Average(one), Self::Average(two)) | (Self::Share(one), Self::Share(two)) => {
                two.total_cmp(one)
            }
            (Self::Seconds(one), Self::Seconds(two))
            | (Self::RoundTrip(one), Self::RoundTrip(two)) => two.cmp(one),
            // What has no value comes after what has.
            (Self::Empty, other) if *other != Self::Empty => Ordering::Greater,
            (one, Self::Empty) if *one != Self::Empty => Ordering::Less,
            // A column holds one kind.
            _ => Ordering::Equal,
        }
    }
}

/// Which way rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The greatest number first, text from A to Z.
    Usual,
    /// The other way.
    Reversed,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How many rows it is inside of; it follows the one that it is inside of.
    pub depth: usize,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// Some columns of a sheet with too many for one table. The first column, which tells the rows apart, is in
/// every part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What its columns are about.
    pub title: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
}

/// Figures in rows and columns.
#[derive(Debug)]
pub struct Sheet {
    /// What its rows are, for people.
    pub title: String,
    /// Its columns.
    pub columns: &'static [Column],
    /// The tables that people get it in, below one another; none: one table of all columns.
    pub parts: &'static [Part],
    /// The column, if any, that people get drawn as bars.
    pub bars: Option<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What stands last, whatever the order: frames for which there was no place.
    pub others: Option<Row>,
}

impl Sheet {
    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Sorts the rows by the column at this index; what is inside of a row stays behind it, and what is
    /// equal stays in its order.
    pub fn sort(&mut self, column: usize, direction: Direction) {
        self.rows = sorted(std::mem::take(&mut self.rows), 0, &|one, two| {
            let order = match (one.cells.get(column), two.cells.get(column)) {
                (Some(one), Some(two)) => one.order(two),
                _ => Ordering::Equal,
            };
            match direction {
                Direction::Usual => order,
                Direction::Reversed => order.reverse(),
            }
        });
    }

    /// All rows, the others last.
    fn all_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(&self.others)
    }
}

/// The rows of this depth in order, each followed by those inside it, in order as well.
fn sorted(rows: Vec<Row>, depth: usize, order: &impl Fn(&Row, &Row) -> Ordering) -> Vec<Row> {
    let mut groups: Vec<(Row, Vec<Row>)> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some((_, inside)) if row.depth > depth => inside.push(row),
            _ => groups.push((row, Vec::new())),
        }
    }
    groups.sort_by(|(one, _), (two, _)| order(one, two));
    let ordered = groups.into_iter().flat_map(|(row, inside)| {
        let inside = if inside.is_empty() {
            inside
        } else {
            sorted(inside, depth + 1, order)
        };
        std::iter::once(row).chain(inside)
    });
    ordered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column {
            name: "name",
            heading: "Name",
        },
        Column {
            name: "frames",
            heading: "Frames",
        },
    ];

    fn sheet(rows: &[(usize, &str, u64)]) -> Sheet {
        let row = |(depth, name, frames): &(usize, &str, u64)| Row {
            depth: *depth,
            cells: vec![Cell::Text((*name).to_owned()), Cell::Number(*frames)],
        };
        Sheet {
            title: "Names".to_owned(),
            columns: COLUMNS,
            parts: &[],
            bars: None,
            rows: rows.iter().map(row).collect(),
            others: None,
        }
    }

    fn names(sheet: &Sheet) -> String {
        let name = |row: &Row| match &row.cells[0] {
            Cell::Text(name) => name.clone(),
            other => panic!("{other:?}"),
        };
        sheet.rows.iter().map(name).collect()
    }

    #[test]
    fn numbers_descend_and_text_ascends_unless_reversed() {
        let mut sheet = sheet(&[(0, "b", 1), (0, "a", 2), (0, "c", 3)]);
        sheet.sort(0, Direction::Usual);
        assert_eq!(names(&sheet), "abc");
        sheet.sort(1, Direction::Usual);
        assert_eq!(names(&sheet), "cab");
        sheet.sort(1, Direction::Reversed);
        assert_eq!(names(&sheet), "bac");
    }

    #[test]
    fn what_is_inside_of_a_row_stays_behind_it() {
        let mut sheet = sheet(&[
            (0, "a", 1),
            (1, "b", 1),
            (1, "c", 2),
            (2, "d", 9),
            (0, "e", 5),
        ]);
        sheet.sort(1, Direction::Usual);
        assert_eq!(names(&sheet), "eacdb");
    }
}
