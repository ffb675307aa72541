//! A small table of numbers side by side, and what they say.

use std::fmt::Write as _;

use super::theme::{self, Theme};
use super::width;

/// Things compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What for.
    pub title: &'static str,
    /// What is compared.
    pub columns: Vec<String>,
    /// In what.
    pub rows: Vec<Row>,
    /// What it says, a sentence each.
    pub remarks: Vec<String>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is counted.
    pub what: &'static str,
    /// How many, in the order of the columns.
    pub values: Vec<u64>,
}

/// Cells of a number.
const NUMBER: usize = 8;

impl Comparison {
    /// Appends the table and its remarks.
    pub fn push(&self, theme: Theme, out: &mut String) {
        let named = self.rows.iter().map(|row| width::of(row.what));
        let cells = named.max().unwrap_or(0).max(width::of(self.title));
        let mut heading = format!("{:<cells$}", self.title);
        for column in &self.columns {
            let _ = write!(heading, "{column:>NUMBER$}");
        }
        theme.paint_str(out, theme::heading(), &heading);
        out.push('\n');
        for row in &self.rows {
            let start = out.len();
            out.push_str(row.what);
            width::pad(out, start, cells);
            for value in &row.values {
                let _ = write!(out, "{value:>NUMBER$}");
            }
            out.push('\n');
        }
        for remark in &self.remarks {
            let _ = write!(out, "\n{remark}");
        }
        out.push_str("\n\n");
    }
}
