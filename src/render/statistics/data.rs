//! Sheets for programs: JSON and CSV, with the same names.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::{Cell, Row, Sheet};
use crate::model::text;
use crate::render::fields::quote;

/// The rows of several sheets as one JSON array of objects, in the order of their columns.
#[derive(Clone, Copy, Debug)]
pub struct Objects<'a>(pub &'a [Sheet<'a>]);

struct Object<'a>(&'a Sheet<'a>, Row);

impl Serialize for Objects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for sheet in self.0 {
            for row in sheet.all_rows() {
                array.serialize_element(&Object(sheet, row))?;
            }
        }
        array.end()
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(sheet, row) = self;
        let mut object = serializer.serialize_map(None)?;
        for (column, cell) in sheet.columns.iter().zip(&row.cells) {
            object.serialize_entry(column.name, cell)?;
        }
        object.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Address(peer) => serializer.collect_str(peer),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Average(value) | Self::Share(value) => serializer.serialize_f64(*value),
            Self::Seconds(nanoseconds) | Self::RoundTrip(nanoseconds) => {
                serializer.serialize_f64(seconds(*nanoseconds))
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for a hundred days")]
fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The rows of several sheets of the same columns as CSV, a line each, behind a line of their names.
pub fn csv<'a>(sheets: &'a [Sheet<'a>]) -> impl Iterator<Item = String> {
    let head = sheets.first().map(|sheet| {
        let names: Vec<&str> = sheet.columns.iter().map(|column| column.name).collect();
        names.join(",") + "\n"
    });
    let rows = sheets.iter().flat_map(Sheet::all_rows);
    head.into_iter().chain(rows.map(|row| line(&row)))
}

fn line(row: &Row) -> String {
    let mut out = String::new();
    for (index, cell) in row.cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let start = out.len();
        push_value(cell, &mut out);
        quote(&mut out, start);
    }
    out.push('\n');
    out
}

fn push_value(cell: &Cell, out: &mut String) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => out.push_str(text),
        Cell::Address(peer) => peer.push_address(out),
        Cell::Number(number) => text::push_number(out, *number),
        Cell::Average(value) | Cell::Share(value) => out.push_str(&value.to_string()),
        Cell::Seconds(nanoseconds) | Cell::RoundTrip(nanoseconds) => {
            text::push_seconds(out, *nanoseconds);
        }
    }
}
