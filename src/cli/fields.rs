//! `netinspect fields` and `netinspect protocols`: what can be asked for by name.

use std::collections::HashSet;

use clap::{Args, ValueEnum};
use comfy_table::Cell;
use regex::RegexBuilder;
use serde::Serialize;

use super::error::CliError;
use super::output::{Screen, print, write_bytes};
use crate::model::field::Role;
use crate::model::source::Source;
use crate::protocols::names::{self, FieldOf};
use crate::protocols::registry;
use crate::render::fit;
use crate::render::table::{color, heading, plain_grid};
use crate::render::topic;

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table for people
    #[default]
    Table,
    /// One JSON array
    Json,
}

/// List every field: name, type, protocol, meaning and source
#[derive(Args, Debug)]
pub struct FieldsArgs {
    /// Only fields whose name or label this regular expression finds, in letters of either case
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,

    /// How to write the list
    #[arg(long, short = 'T', value_enum, default_value_t)]
    format: ListFormat,
}

/// A field, for programs.
#[derive(Serialize)]
struct FieldRow {
    name: &'static str,
    label: &'static str,
    r#type: String,
    protocol: &'static str,
    unit: &'static str,
    joint: Option<&'static str>,
    derived: bool,
    meaning: &'static str,
    source: String,
}

impl FieldRow {
    fn new(field: FieldOf) -> Self {
        let definition = field.definition;
        Self {
            name: definition.name,
            label: definition.label,
            r#type: topic::type_of(definition),
            protocol: field.protocol.name,
            unit: definition.unit,
            joint: definition.joint,
            derived: definition.role == Role::Derived,
            meaning: definition.meaning,
            source: definition.source.to_string(),
        }
    }
}

impl FieldsArgs {
    /// Prints the list.
    ///
    /// # Errors
    ///
    /// No field fits the pattern, or standard output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let wanted = self.pattern.as_deref().unwrap_or("");
        let pattern = RegexBuilder::new(wanted)
            .case_insensitive(true)
            .build()
            .map_err(|error| CliError::Failed(format!("the pattern cannot be read: {error}")))?;
        let fits = |field: &FieldOf| {
            let definition = field.definition;
            let joint = definition.joint.unwrap_or("");
            [definition.name, definition.label, joint]
                .iter()
                .any(|text| pattern.is_match(text))
        };
        let mut found: Vec<FieldOf> = names::every_field().filter(fits).collect();
        // Two headers of IPv6 share the fields of their options.
        let mut seen = HashSet::new();
        found.retain(|field| seen.insert(field.definition.name));
        if found.is_empty() {
            let help = names::hint(wanted).map(|hint| format!("; {hint}"));
            return Err(CliError::Failed(format!(
                "no field has \"{}\" in its name{}",
                wanted.escape_debug(),
                help.unwrap_or_default()
            )));
        }
        match self.format {
            ListFormat::Table => print(&field_table(&found, screen)),
            ListFormat::Json => {
                print_json(&found.into_iter().map(FieldRow::new).collect::<Vec<_>>())
            }
        }
    }
}

fn field_table(fields: &[FieldOf], screen: Screen) -> String {
    let mut grid = plain_grid(screen.theme, Some(screen.table_columns()));
    grid.set_header(["Name", "Protocol and type", "Meaning", "Source"].map(heading));
    for field in fields {
        let color = color(field.protocol.standing.osi);
        let definition = field.definition;
        let cells = [
            definition.name.to_owned(),
            format!("{}: {}", field.protocol.label, topic::type_of(definition)),
            definition.meaning.to_owned(),
            definition.source.to_string(),
        ];
        grid.add_row(cells.map(|text| Cell::new(text).fg(color)));
    }
    format!(
        "{}\n{} fields\n",
        fit::text_of_sentences(&mut grid),
        fields.len()
    )
}

/// List every protocol: its layer in both models, where it is defined, how many fields it has
#[derive(Args, Debug)]
pub struct ProtocolsArgs {
    /// How to write the list
    #[arg(long, short = 'T', value_enum, default_value_t)]
    format: ListFormat,
}

/// A protocol, for programs.
#[derive(Serialize)]
struct ProtocolRow {
    name: &'static str,
    title: &'static str,
    purpose: &'static str,
    osi: Option<u8>,
    tcp_ip: Option<&'static str>,
    pdu: Option<&'static str>,
    sources: Vec<String>,
    fields: usize,
}

impl ProtocolsArgs {
    /// Prints the list.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let rows: Vec<ProtocolRow> = registry::ALL
            .iter()
            .map(|protocol| {
                let place = protocol.place_in_models();
                ProtocolRow {
                    name: protocol.name,
                    title: protocol.title,
                    purpose: protocol.purpose,
                    osi: place.map(|standing| standing.osi.number()),
                    tcp_ip: place.map(|standing| standing.tcp_ip.name_of_five()),
                    pdu: place.map(|standing| standing.pdu.name()),
                    sources: protocol.sources.iter().map(Source::to_string).collect(),
                    fields: protocol.fields.len(),
                }
            })
            .collect();
        match self.format {
            ListFormat::Json => print_json(&rows),
            ListFormat::Table => print(&protocol_table(screen)),
        }
    }
}

fn protocol_table(screen: Screen) -> String {
    let mut grid = plain_grid(screen.theme, Some(screen.table_columns()));
    grid.set_header(["Name", "Title", "OSI", "TCP/IP", "Defined in", "Fields"].map(heading));
    for protocol in registry::ALL {
        let place = protocol.place_in_models();
        let [osi, tcp_ip] = place.map_or_else(Default::default, |standing| {
            [
                format!("{} {}", standing.osi.number(), standing.osi.name()),
                standing.tcp_ip.name_of_five().to_owned(),
            ]
        });
        let sources: Vec<String> = protocol.sources.iter().map(Source::to_string).collect();
        let cells = [
            protocol.name.to_owned(),
            protocol.title.to_owned(),
            osi,
            tcp_ip,
            sources.join(", "),
            protocol.fields.len().to_string(),
        ];
        grid.add_row(cells.map(|text| Cell::new(text).fg(color(protocol.standing.osi))));
    }
    format!(
        "{}\n{} protocols\n",
        fit::text_of_sentences(&mut grid),
        registry::ALL.len()
    )
}

fn print_json(rows: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(rows)
        .map_err(|error| CliError::Failed(format!("cannot write JSON: {error}")))?;
    write_bytes(format!("{text}\n").as_bytes())
}
