//! The layer card: one frame as all seven OSI layers see it, beside the five and four of TCP/IP.
//!
//! It springs the traps that learners fall into: layers 5 and 6 have no bytes of their own here, and it
//! says who does their work; layer 1 is not in any capture, and it says what would be on the wire; the
//! sender reads the card downwards, the receiver upwards; what is computed stands in brackets.

use std::fmt::Write as _;

use comfy_table::{Cell, CellAlignment};

use super::View;
use super::fit;
use super::hex;
use super::models;
use super::table::{color, heading, plain_grid};
use super::theme::{self, Theme};
use super::width;
use crate::explain::{encoding, evidence, listener, session};
use crate::model::draft::Draft;
use crate::model::field::{FieldDef, Role};
use crate::model::frame::LinkType;
use crate::model::layer::{Decoded, Layer};
use crate::model::needs::Needs;
use crate::model::reference::OsiLayer;
use crate::model::text;
use crate::model::value::Value;

/// The layers view.
#[derive(Debug)]
pub struct Card {
    theme: Theme,
    columns: usize,
}

impl Card {
    /// A card in a theme, `columns` cells wide.
    pub const fn new(theme: Theme, columns: usize) -> Self {
        Self { theme, columns }
    }
}

impl View for Card {
    fn needs(&self) -> Needs {
        Needs::EVERYTHING
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let out = out.text();
        let start = out.len();
        self.push_title(decoded, out);
        width::fold(out, start, self.columns);
        self.push_grid(decoded, out);
        let start = out.len();
        self.theme.paint_str(
            out,
            theme::dim(),
            "[in brackets]: computed here, not in the packet\n\n",
        );
        width::fold(out, start, self.columns);
        hex::push_dump(decoded, self.theme, Some(self.columns), out);
        out.push('\n');
    }
}

impl Card {
    fn push_title(&self, decoded: &Decoded<'_>, out: &mut String) {
        self.theme.paint(out, theme::heading(), |out| {
            out.push_str("Frame ");
            text::push_number(out, decoded.frame.number);
            out.push_str(" through the seven layers");
        });
        out.push_str("   the sender works down ▼, the receiver up ▲\n");
    }

    fn push_grid(&self, decoded: &Decoded<'_>, out: &mut String) {
        let mut grid = plain_grid(self.theme, Some(self.columns));
        let both = models::both_names("TCP/IP: 5", "4 layers", self.columns);
        grid.set_header(["OSI", &both, "In this frame", "Bytes"].map(heading));
        if let Some(bytes) = grid.column_mut(3) {
            bytes.set_cell_alignment(CellAlignment::Right);
        }
        for osi in OsiLayer::FROM_TOP {
            let facts = osi.facts();
            let mut names = [
                format!("{} {}", osi.number(), facts.name),
                models::names_of(facts.tcp_ip, self.columns),
            ];
            for said in Said::of(osi, decoded) {
                let text = UNITS.iter().fold(said.text, |text, [parted, whole]| {
                    text.replace(parted, whole)
                });
                let [osi_name, tcp_ip_name] = std::mem::take(&mut names);
                let cells = [osi_name, tcp_ip_name, text, said.bytes];
                grid.add_row(cells.map(|text| Cell::new(text).fg(color(osi))));
            }
        }
        let grid = fit::text_of_sentences(&mut grid);
        out.push_str(
            &UNITS
                .iter()
                .fold(grid, |grid, [parted, whole]| grid.replace(whole, parted)),
        );
        out.push('\n');
    }
}

/// Units as they are told, and as they are not parted from their numbers while a cell is broken.
const UNITS: [[&str; 2]; 2] = [[" µs", "\u{a0}µs"], [" Mbit/s", "\u{a0}Mbit/s"]];

/// What the card says in one row.
struct Said {
    text: String,
    bytes: String,
}

impl Said {
    /// One row for each protocol of the frame that stands at this layer; one that says why there is none.
    fn of(osi: OsiLayer, decoded: &Decoded<'_>) -> Vec<Self> {
        let mut rows: Vec<Self> = decoded
            .layers_on_wire()
            .filter(|(_, layer)| layer.protocol.standing.osi == osi)
            .map(|(index, layer)| Self::of_protocol(index, layer, decoded))
            .collect();
        if rows.is_empty() {
            rows.push(Self::without_bytes(osi, decoded));
        }
        rows
    }

    fn of_protocol(index: usize, layer: &Layer, decoded: &Decoded<'_>) -> Self {
        let (mut text, mut bytes) = (String::new(), String::new());
        push_layer(decoded, index, layer, &mut text);
        push_span(layer, &mut bytes);
        if let Some(whole) = decoded.whole_of(layer) {
            bytes.push_str("\nof the ");
            bytes.push_str(whole.whole.name());
        }
        Self { text, bytes }
    }

    fn without_bytes(osi: OsiLayer, decoded: &Decoded<'_>) -> Self {
        let mut text = osi.facts().without_bytes.to_owned();
        match osi {
            OsiLayer::Physical if decoded.frame.link_type == LinkType::ETHERNET => {
                push_cable(decoded.frame.wire_length, &mut text);
            }
            OsiLayer::Application => {
                if let Some(heard) = listener::told(decoded) {
                    text = heard;
                }
            }
            OsiLayer::Presentation => encoding::push(decoded, &mut text),
            OsiLayer::Session => {
                let mut said = String::new();
                session::push(decoded, &mut said);
                if !said.is_empty() {
                    text.push_str(". Here: ");
                    text.push_str(&said);
                }
            }
            _ => {}
        }
        Self {
            text,
            bytes: "none".to_owned(),
        }
    }
}

fn push_layer(decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut String) {
    out.push_str(layer.protocol.label);
    if !layer.is_piece() {
        out.push(' ');
        out.push_str(layer.protocol.standing.pdu.name());
    }
    if layer.is_quoted() {
        out.push_str(" (quoted)");
    }
    let named = out.len();
    out.push_str(": ");
    let begun = out.len();
    if let Some(endpoints) = &layer.protocol.endpoints {
        decoded.push_value(layer, endpoints.source, out);
        out.push_str(" → ");
        decoded.push_value(layer, endpoints.destination, out);
        out.push_str(", ");
    }
    decoded.push_summary(index, out);
    // Of some layers there is no more to say than what they are.
    if out.len() == begun {
        out.truncate(named);
    }
    push_computed(decoded, index, out);
    for fault in decoded.faults_of(index) {
        out.push_str("\n! ");
        out.push_str(&fault.kind.to_string());
    }
    let followed = decoded.followed_of(index).flatten();
    let fields = followed.map(|found| &found.field);
    for field in fields.filter(|field| field.depth == 0) {
        let before = out.len();
        evidence::push_sentence(decoded, field.definition, out);
        if out.len() > before {
            out.insert(before, '\n');
        }
    }
    for mark in decoded.marks_of(index) {
        out.push_str("\n! ");
        out.push_str(&evidence::told(decoded, mark));
    }
}

/// Appends what is computed of a layer and is not in it: `[payload length 7 bytes, checksum good]`.
fn push_computed(decoded: &Decoded<'_>, index: usize, out: &mut String) {
    let computed = decoded
        .fields_of(index)
        .iter()
        .filter(|field| field.definition.role == Role::Derived);
    let mut opened = false;
    for field in computed {
        let value = decoded.value(field);
        out.push_str(if opened { ", " } else { "\n[" });
        opened = true;
        push_computed_value(field.definition, &value, out);
    }
    if opened {
        out.push(']');
    }
}

fn push_computed_value(definition: &FieldDef, value: &Value<'_>, out: &mut String) {
    out.push_str(&definition.label.to_lowercase());
    if *value == Value::None {
        return;
    }
    out.push(' ');
    if let Some(symbol) = value.symbol(definition) {
        out.push_str(symbol);
        return;
    }
    value.push_plain(out, definition, 0);
    let unit = definition.unit_of(value.as_number());
    if !unit.is_empty() {
        out.push(' ');
        out.push_str(unit);
    }
}

fn push_span(layer: &Layer, out: &mut String) {
    if layer.header_end == layer.start {
        out.push_str("none");
        return;
    }
    text::push_number(out, layer.start as u64);
    out.push('–');
    text::push_number(out, layer.header_end.saturating_sub(1) as u64);
    out.push_str("  ");
    text::push_number(out, (layer.header_end - layer.start) as u64);
    out.push_str(" B");
}

/// Bytes that an Ethernet card adds on the cable: preamble and start delimiter, FCS (IEEE 802.3,
/// clause 3.1.1), and the gap to the next frame (clause 4.4.2).
const PREAMBLE: u64 = 8;
const FCS: u64 = 4;
const GAP: u64 = 12;

/// Appends what would be on an Ethernet cable beside the frame, and how long it would take.
fn push_cable(wire_length: u32, out: &mut String) {
    let frame = u64::from(wire_length).max(crate::protocols::ethernet::LEAST_LENGTH as u64);
    let padding = frame - u64::from(wire_length);
    let total = PREAMBLE + frame + FCS + GAP;
    let microseconds = |megabits: u64| {
        let nanoseconds = total * 8 * 1_000 / megabits;
        format!("{}.{:02} µs", nanoseconds / 1_000, nanoseconds % 1_000 / 10)
    };
    let padded = if padding > 0 {
        format!("{padding} of padding, ")
    } else {
        String::new()
    };
    let _ = write!(
        out,
        ". Ethernet adds {PREAMBLE} bytes of preamble, {padded}{FCS} of FCS, a gap of {GAP}: {total} in all, {} at 10, {} at 100, {} at 1000 Mbit/s",
        microseconds(10),
        microseconds(100),
        microseconds(1_000),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_frame_is_padded_on_the_cable() {
        let mut text = String::new();
        push_cable(42, &mut text);
        assert!(text.contains("18 of padding"), "{text}");
        assert!(text.contains("84 in all, 67.20 µs at 10"), "{text}");
    }

    #[test]
    fn a_full_frame_is_not() {
        let mut text = String::new();
        push_cable(1514, &mut text);
        assert!(!text.contains("padding"), "{text}");
        assert!(text.contains("1538 in all"), "{text}");
    }
}
