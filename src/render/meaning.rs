//! What a frame's bytes mean, field by field; or one byte, bit by bit.

use std::fmt::Write as _;

use comfy_table::Cell;

use super::table::{color, heading, plain_grid};
use super::theme::{self, Theme};
use super::{fit, hex, tree, width};
use crate::explain::evidence;
use crate::model::bits;
use crate::model::field::{Buffer, Field, Kind, Role};
use crate::model::layer::{Decoded, Layer};
use crate::model::text;
use crate::model::value::Value;

/// A page of explanations in a theme, so many columns wide.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    theme: Theme,
    columns: usize,
}

impl Page {
    /// An empty page.
    pub const fn new(theme: Theme, columns: usize) -> Self {
        Self { theme, columns }
    }

    /// Appends what each layer of a frame is there for, and what each of its fields means.
    pub fn push_frame(self, decoded: &Decoded<'_>, out: &mut String) {
        let mut line = String::new();
        decoded.push_line(&mut line);
        let title = format!("Frame {}: {line}\n\n", decoded.frame.number);
        self.theme.paint_str(out, theme::heading(), &title);
        for mark in decoded.marks() {
            let told = evidence::told(decoded, mark);
            out.push_str(&textwrap::fill(&told, width::prose(self.columns)));
            out.push_str("\n\n");
        }
        for (index, layer) in decoded.layers_on_wire() {
            self.push_layer(decoded, index, layer, out);
        }
        hex::push_dump(decoded, self.theme, Some(self.columns), out);
    }

    fn push_layer(self, decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut String) {
        let protocol = layer.protocol;
        let style = theme::layer(protocol.standing.osi).bold();
        self.theme.paint_str(out, style, protocol.title);
        let _ = write!(
            out,
            "  OSI {} {}",
            protocol.standing.osi.number(),
            protocol.standing.osi.name()
        );
        if let Some(whole) = decoded.whole_of(layer) {
            let _ = write!(out, ", bytes of the {} from ", whole.whole.name());
            whole.push_frames(out);
        }
        out.push('\n');
        out.push_str(&textwrap::fill(
            protocol.purpose,
            width::prose(self.columns),
        ));
        out.push('\n');
        let mut grid = plain_grid(self.theme, Some(self.columns));
        grid.set_header(["Bytes", "Field", "Value", "What it means"].map(heading));
        for field in decoded.fields_of(index) {
            let color = color(protocol.standing.osi);
            let label = format!(
                "{}{}",
                "  ".repeat(field.depth.into()),
                field.definition.label
            );
            let cells = [
                place_of(field),
                label,
                value_of(field, decoded),
                field.definition.meaning.to_owned(),
            ];
            grid.add_row(cells.map(|text| Cell::new(text).fg(color)));
        }
        out.push_str(&fit::text_of_sentences(&mut grid));
        out.push('\n');
        for fault in decoded.faults_of(index) {
            let _ = writeln!(out, "! {}", fault.kind);
        }
        out.push('\n');
    }

    /// Appends what one byte of a frame is: its layer, its fields, its bits.
    pub fn push_byte(self, decoded: &Decoded<'_>, offset: usize, out: &mut String) {
        let byte = decoded.frame.bytes.get(offset).copied().unwrap_or(0);
        let title = format!(
            "Byte {offset} (0x{offset:x}) of frame {}: 0x{byte:02x} = {byte} = {byte:08b}",
            decoded.frame.number
        );
        self.theme.paint_str(out, theme::heading(), &title);
        if byte.is_ascii_graphic() {
            let _ = write!(out, "  the character {:?}", char::from(byte));
        }
        out.push_str("\n\n");
        for (index, layer) in decoded.layers_on_wire() {
            let touching: Vec<&Field> = decoded
                .fields_of(index)
                .iter()
                .filter(|field| touches(field, offset))
                .collect();
            if touching.is_empty() {
                continue;
            }
            push_standing(layer, offset, out);
            for field in touching {
                self.push_field(field, decoded, out);
            }
        }
    }

    fn push_field(self, field: &Field, decoded: &Decoded<'_>, out: &mut String) {
        let definition = field.definition;
        let part = match definition.role {
            Role::Group => "Part of",
            Role::Detail => "Closer",
            Role::Leaf | Role::Derived => "Field",
        };
        let _ = write!(out, "{part:<8}{} ({})", definition.label, definition.name);
        if definition.kind != Kind::Heading {
            let _ = write!(out, ": {}", value_of(field, decoded));
        }
        out.push('\n');
        let (place, all) = (place_of(field), definition.meaning);
        let text = format!("{place}. {all} {}.", definition.source);
        let options = width::prose(self.columns)
            .initial_indent("        ")
            .subsequent_indent("        ");
        out.push_str(&textwrap::fill(&text, options));
        out.push('\n');
    }
}

fn push_standing(layer: &Layer, offset: usize, out: &mut String) {
    let standing = layer.protocol.standing;
    let _ = writeln!(
        out,
        "Layer   {} {}: {}, byte {} of its {}",
        standing.osi.number(),
        standing.osi.name(),
        layer.protocol.title,
        offset - layer.start,
        layer.protocol.own_bytes()
    );
}

fn touches(field: &Field, offset: usize) -> bool {
    let byte = bits::of_bytes(&(offset..offset + 1));
    field.buffer() == Some(Buffer::FRAME)
        && field
            .bits()
            .is_some_and(|range| range.start < byte.end && range.end > byte.start)
}

/// Which bytes of the frame a field has, and which bits of them where it has not all: `46–47`, `47 bit 3`,
/// `46 bit 4 to 47 bit 7`.
fn place_of(field: &Field) -> String {
    let Some(range) = field.bits() else {
        return "computed".to_owned();
    };
    let last = range.end.saturating_sub(1);
    let (first_byte, last_byte) = (range.start / 8, last / 8);
    let (first_bit, last_bit) = (range.start % 8, last % 8);
    let has_whole_bytes = first_bit == 0 && last_bit == 7;
    match (first_byte == last_byte, has_whole_bytes) {
        (true, true) => first_byte.to_string(),
        (false, true) => format!("{first_byte}–{last_byte}"),
        (true, false) if first_bit == last_bit => format!("{first_byte} bit {first_bit}"),
        (true, false) => format!("{first_byte} bits {first_bit}–{last_bit}"),
        (false, false) => format!("{first_byte} bit {first_bit} to {last_byte} bit {last_bit}"),
    }
}

fn value_of(field: &Field, decoded: &Decoded<'_>) -> String {
    let mut out = String::new();
    match decoded.value(field) {
        Value::None => {}
        Value::Bytes(bytes) if bytes.len() > 8 => {
            text::push_hex_bytes(&mut out, bytes.get(..8).unwrap_or_default());
            let _ = write!(out, "… ({} bytes)", bytes.len());
        }
        value => tree::push_value(field, &value, &mut out),
    }
    out
}
