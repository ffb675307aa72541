//! Statistics as sheets of typed cells, which know their order, and their three outputs: a table for people,
//! JSON and CSV for programs.

mod connections;
mod data;
mod lines;
mod rows;
mod sheets;
mod table;

pub use connections::connections;
pub use data::{Objects, csv};
pub use rows::{Direction, Rows};
pub use sheets::{conversations, endpoints, hierarchy, intervals, lengths};
pub use table::table;

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::flow::statistics::peers::Peer;

/// One column: its name for programs and for sorting, its heading for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its heading.
    pub heading: &'static str,
}

/// What stands in a row and a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, as the port of a network card.
    #[default]
    Empty,
    /// Text that is safe to show.
    Text(Cow<'static, str>),
    /// The address of a peer, without its port.
    Address(Peer),
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
    /// What rows are sorted by: an address by its text, as it is read.
    fn into_key(self) -> Self {
        match self {
            Self::Address(peer) => Self::Text(peer.to_string().into()),
            other => other,
        }
    }

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
pub struct Sheet<'a> {
    /// What its rows are, for people.
    pub title: String,
    /// Its columns.
    pub columns: &'static [Column],
    /// The tables that people get it in, below one another; none: one table of all columns.
    pub parts: &'static [Part],
    /// The column, if any, that people get drawn as bars.
    pub bars: Option<&'static str>,
    /// Its rows.
    pub rows: Rows<'a>,
    /// What stands last, whatever the order: frames for which there was no place.
    pub others: Option<Row>,
}

impl Sheet<'_> {
    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// All rows, the others last.
    fn all_rows(&self) -> impl Iterator<Item = Row> {
        self.rows.iter().chain(self.others.clone())
    }
}
