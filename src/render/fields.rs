//! Chosen fields, one line a frame: tab-separated for scripts, or CSV.

use std::fmt;

use super::View;
use crate::model::draft::{self, Draft};
use crate::model::field::Field;
use crate::model::layer::Decoded;
use crate::model::needs::{Depth, Needs, Past};
use crate::model::protocol::Protocol;
use crate::model::value::Value;
use crate::protocols::names::{self, FieldOf, Named};

/// What stands between two columns, and how a value that holds it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separation {
    /// Tabs; values hold none, since control characters are escaped.
    Tabs,
    /// Commas, values quoted where needed (RFC 4180).
    Commas,
}

/// One column: what was asked for, and what it stands for.
#[derive(Debug)]
pub struct Column {
    name: String,
    wanted: Wanted,
    needs: Needs,
}

#[derive(Debug)]
enum Wanted {
    /// A protocol.
    Protocol(&'static Protocol),
    /// A field whose values have their place in a header or are computed: read there, and no field is listed.
    InPlace(&'static [FieldOf]),
    /// A field whose values are among the listed, or known from the frames before.
    Listed(&'static [FieldOf]),
    /// The one-line description.
    Line,
    /// The innermost protocol's label.
    Label,
}

impl Wanted {
    fn needs(&self) -> Needs {
        match self {
            Self::Line => Needs::LINE,
            Self::Label => Needs::new(Depth::Walk, Past::Marks),
            Self::Protocol(protocol) => protocol.needs(),
            Self::InPlace(fields) | Self::Listed(fields) => fields
                .iter()
                .map(FieldOf::needs)
                .fold(Needs::HEADERS, Needs::and),
        }
    }

    fn of(named: &'static Named) -> Self {
        match named {
            Named::Protocol(protocol) => Self::Protocol(protocol),
            Named::Fields(fields) => {
                let places = fields.iter().map(|field| field.definition.place.needs());
                let needs = places.fold(Needs::HEADERS, Needs::and);
                if needs.depth <= Depth::Walk && needs.past == Past::Nothing {
                    Self::InPlace(fields)
                } else {
                    Self::Listed(fields)
                }
            }
        }
    }
}

/// A name that is no field.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownField(String);

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no field \"{}\"; ", self.0.escape_debug())?;
        match names::hint(&self.0) {
            Some(question) => f.write_str(&question),
            None => f.write_str("fields are named as in Wireshark, such as ip.src or tcp.port"),
        }
    }
}

impl std::error::Error for UnknownField {}

impl Column {
    /// The column of this name.
    ///
    /// # Errors
    ///
    /// The name is no field, no protocol and no column.
    pub fn named(name: &str) -> Result<Self, UnknownField> {
        let wanted = match name {
            "_ws.col.info" | "_ws.col.Info" => Wanted::Line,
            "_ws.col.protocol" | "_ws.col.Protocol" => Wanted::Label,
            _ => Wanted::of(names::find(name).ok_or_else(|| UnknownField(name.to_owned()))?),
        };
        Ok(Self {
            name: name.to_owned(),
            needs: wanted.needs(),
            wanted,
        })
    }

    fn put_values(&self, decoded: &Decoded<'_>, out: &mut Draft) {
        match &self.wanted {
            Wanted::Line => decoded.put_line(out),
            Wanted::Label => {
                out.push_str(decoded.innermost().map_or("", |layer| layer.protocol.label));
            }
            Wanted::Protocol(protocol) => {
                let mut layers = decoded.layers.iter();
                if layers.any(|layer| std::ptr::eq(layer.protocol, *protocol)) {
                    out.put(b"1");
                }
            }
            Wanted::InPlace(fields) => put_where_they_lie(fields, decoded, out),
            Wanted::Listed(fields) => put_found(fields, decoded, out),
        }
    }
}

/// Puts values that have their place in a header or are computed.
fn put_where_they_lie(wanted: &[FieldOf], decoded: &Decoded<'_>, out: &mut Draft) {
    let mut separator = "";
    for (index, layer) in decoded.layers.iter().enumerate() {
        for field in wanted {
            if std::ptr::eq(field.protocol, layer.protocol)
                && let Some(field) = decoded.field_in_place(index, field.definition)
            {
                put_next(&field, decoded, &mut separator, out);
            }
        }
    }
}

/// Puts values that are among the listed fields, or known from the frames before.
fn put_found(wanted: &[FieldOf], decoded: &Decoded<'_>, out: &mut Draft) {
    let mut separator = "";
    let followed = decoded.followed.iter().map(|found| &found.field);
    let found = decoded.fields.iter().chain(followed).filter(|field| {
        wanted
            .iter()
            .any(|wanted| std::ptr::eq(wanted.definition, field.definition))
    });
    for field in found {
        put_next(field, decoded, &mut separator, out);
    }
}

/// Puts one more value of a cell.
fn put_next(field: &Field, decoded: &Decoded<'_>, separator: &mut &'static str, out: &mut Draft) {
    out.push_str(separator);
    *separator = ",";
    let digits = super::tree::hex_digits(field);
    match decoded.value(field) {
        // It is there, which is all that it says.
        Value::None => out.put(b"1"),
        value => value.put_plain(out, field.definition, digits),
    }
}

/// The fields view.
#[derive(Debug)]
pub struct Fields {
    columns: Vec<Column>,
    separation: Separation,
}

impl Fields {
    /// A view of these columns, under a line of their names.
    pub const fn new(columns: Vec<Column>, separation: Separation) -> Self {
        Self {
            columns,
            separation,
        }
    }

    fn put_row<'a>(&'a self, out: &mut Draft, put_cell: impl Fn(&'a Column, &mut Draft)) {
        for (index, column) in self.columns.iter().enumerate() {
            let is_first = index == 0;
            match self.separation {
                Separation::Tabs => {
                    out.put_some(*b"\t", usize::from(!is_first));
                    put_cell(column, out);
                }
                Separation::Commas => {
                    out.put_some(*b",", usize::from(!is_first));
                    out.push_by(|text| {
                        draft::append(text, |out| put_cell(column, out));
                        quote(text, 0);
                    });
                }
            }
        }
        out.put(b"\n");
    }
}

impl View for Fields {
    fn needs(&self) -> Needs {
        let columns = self.columns.iter().map(|column| column.needs);
        columns.fold(Needs::HEADERS, Needs::and)
    }

    fn begin(&mut self, out: &mut String) {
        draft::append(out, |out| {
            self.put_row(out, |column, out| out.push_str(&column.name));
        });
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        self.put_row(out, |column, out| column.put_values(decoded, out));
    }
}

/// Puts what was appended since byte `start` into quotes where CSV needs them.
pub(super) fn quote(out: &mut String, start: usize) {
    if out[start..].contains(['"', ',']) {
        let value = out.split_off(start).replace('"', "\"\"");
        out.push('"');
        out.push_str(&value);
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_advised_for_one_of_wiresharks_is_there() {
        for (name, advice) in names::WRITTEN_OTHERWISE {
            let words = advice.split([' ', ',']);
            let advised: Vec<&str> = words.filter(|word| word.contains('.')).collect();
            assert!(!advised.is_empty(), "{name}");
            for word in advised {
                assert!(Column::named(word).is_ok(), "{name}: {word}");
            }
        }
    }

    #[test]
    fn a_misspelt_field_gets_the_nearest_ones() {
        let error = Column::named("ip.scr").unwrap_err();
        assert!(error.to_string().contains("did you mean"), "{error}");
        assert!(error.to_string().contains("ip.src"), "{error}");
    }

    #[test]
    fn a_value_with_a_comma_is_quoted_in_csv() {
        let mut out = String::from("a,");
        let start = out.len();
        out.push_str("x,\"y\"");
        quote(&mut out, start);
        assert_eq!(out, "a,\"x,\"\"y\"\"\"");
    }
}
