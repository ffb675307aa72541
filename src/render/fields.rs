//! Chosen fields, one line a frame: tab-separated for scripts, or CSV.

use std::fmt;

use super::{Depth, View};
use crate::model::field::FieldDef;
use crate::model::layer::Decoded;
use crate::model::protocol::Protocol;

/// What stands between two columns, and how a value that holds it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separation {
    /// Tabs; values hold none, since control characters are escaped.
    Tabs,
    /// Commas, values quoted where needed (RFC 4180).
    Commas,
}

/// One column: what was asked for, and the definitions it stands for.
#[derive(Debug)]
pub struct Column {
    name: String,
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    /// A field, or several under a joint name.
    Fields(Vec<&'static FieldDef>),
    /// Whether the protocol is there.
    Protocol(&'static Protocol),
    /// The one-line description.
    Line,
    /// The innermost protocol's label.
    Label,
}

/// A name that is no field.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// What was asked for.
    pub name: String,
    /// Names that are near to it, the nearest first.
    pub nearest: Vec<&'static str>,
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no field \"{}\"", self.name.escape_debug())?;
        match self.nearest.as_slice() {
            [] => write!(
                f,
                "; fields are named as in Wireshark, such as ip.src or tcp.port"
            ),
            [only] => write!(f, "; did you mean {only}?"),
            several => write!(f, "; did you mean one of {}?", several.join(", ")),
        }
    }
}

impl std::error::Error for UnknownField {}

impl Column {
    /// The column of this name among the fields of `protocols`.
    ///
    /// # Errors
    ///
    /// The name is no field, no protocol and no column.
    pub fn named(name: &str, protocols: &[&'static Protocol]) -> Result<Self, UnknownField> {
        let wanted = match name {
            "_ws.col.info" | "_ws.col.Info" => Wanted::Line,
            "_ws.col.protocol" | "_ws.col.Protocol" => Wanted::Label,
            _ => fields_named(name, protocols)?,
        };
        Ok(Self {
            name: name.to_owned(),
            wanted,
        })
    }

    fn push_values(&self, decoded: &Decoded<'_>, out: &mut String) {
        match &self.wanted {
            Wanted::Line => decoded.push_line(out),
            Wanted::Label => {
                out.push_str(decoded.innermost().map_or("", |layer| layer.protocol.label));
            }
            Wanted::Protocol(protocol) => {
                let mut layers = decoded.layers.iter();
                if layers.any(|layer| std::ptr::eq(layer.protocol, *protocol)) {
                    out.push('1');
                }
            }
            Wanted::Fields(definitions) => push_fields(definitions, decoded, out),
        }
    }
}

fn push_fields(definitions: &[&'static FieldDef], decoded: &Decoded<'_>, out: &mut String) {
    let wanted = decoded.fields.iter().filter(|field| {
        definitions
            .iter()
            .any(|definition| std::ptr::eq(*definition, field.definition))
    });
    for (index, field) in wanted.enumerate() {
        if index > 0 {
            out.push(',');
        }
        let digits = super::tree::hex_digits(field);
        field
            .value(decoded.frame.bytes)
            .push_plain(out, field.definition, digits);
    }
}

fn fields_named(name: &str, protocols: &[&'static Protocol]) -> Result<Wanted, UnknownField> {
    let all = || protocols.iter().flat_map(|protocol| protocol.fields);
    let found: Vec<_> = all()
        .filter(|field| field.name == name || field.joint == Some(name))
        .copied()
        .collect();
    if !found.is_empty() {
        return Ok(Wanted::Fields(found));
    }
    if let Some(protocol) = protocols.iter().find(|protocol| protocol.name == name) {
        return Ok(Wanted::Protocol(protocol));
    }
    let names = all().map(|field| field.name);
    Err(UnknownField {
        name: name.to_owned(),
        nearest: nearest(name, names),
    })
}

/// The names nearest to `wanted`, the nearest first; at most three, and only such as a typing error
/// could have made.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ranked: Vec<_> = names
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= 0.7)
        .collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
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

    fn push_row<'a>(&'a self, out: &mut String, push_cell: impl Fn(&'a Column, &mut String)) {
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push(match self.separation {
                    Separation::Tabs => '\t',
                    Separation::Commas => ',',
                });
            }
            let start = out.len();
            push_cell(column, out);
            if self.separation == Separation::Commas {
                quote(out, start);
            }
        }
        out.push('\n');
    }
}

impl View for Fields {
    fn depth(&self) -> Depth {
        Depth::Expand
    }

    fn begin(&mut self, out: &mut String) {
        self.push_row(out, |column, out| out.push_str(&column.name));
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        self.push_row(out, |column, out| column.push_values(decoded, out));
    }
}

/// Puts what was appended since byte `start` into quotes where CSV needs them.
fn quote(out: &mut String, start: usize) {
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
    use crate::protocols::registry;

    #[test]
    fn a_misspelt_field_gets_the_nearest_ones() {
        let error = Column::named("ip.scr", registry::ALL).unwrap_err();
        assert_eq!(error.nearest.first(), Some(&"ip.src"));
        assert!(error.to_string().contains("did you mean"), "{error}");
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
