//! The layer card: one frame as all seven OSI layers see it, beside the five and four of TCP/IP.
//!
//! It springs the traps that learners fall into: layers 5 and 6 have no bytes of their own here, and it
//! says who does their work; layer 1 is not in any capture, and it says what would be on the wire; the
//! sender reads the card downwards, the receiver upwards.

use comfy_table::{Cell, CellAlignment};

use super::hex;
use super::table::{color, heading, plain_grid};
use super::theme::{self, Theme};
use super::{Depth, View};
use crate::model::layer::{Decoded, Layer, push_bytes};
use crate::model::reference::{OsiLayer, TcpIpLayer};
use crate::model::text;

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
    fn depth(&self) -> Depth {
        Depth::Check
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        self.push_title(decoded, out);
        self.push_grid(decoded, out);
        out.push('\n');
        hex::push_dump(decoded, self.theme, out);
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
        out.push_str("   the sender reads down ▼, the receiver up ▲\n");
    }

    fn push_grid(&self, decoded: &Decoded<'_>, out: &mut String) {
        let mut grid = plain_grid(self.theme, Some(self.columns));
        grid.set_header(["OSI", "TCP/IP 5 · 4", "In this frame", "Bytes"].map(heading));
        if let Some(bytes) = grid.column_mut(3) {
            bytes.set_cell_alignment(CellAlignment::Right);
        }
        for osi in OsiLayer::FROM_TOP {
            let facts = osi.facts();
            let said = Said::of(osi, decoded);
            let color = color(osi);
            grid.add_row([
                Cell::new(format!("{} {}", osi.number(), facts.name)).fg(color),
                Cell::new(both_names(facts.tcp_ip)).fg(color),
                Cell::new(said.text).fg(color),
                Cell::new(said.bytes).fg(color),
            ]);
        }
        out.push_str(&grid.trim_fmt());
        out.push('\n');
    }
}

fn both_names(layer: TcpIpLayer) -> String {
    let (five, four) = (layer.name_of_five(), layer.name_of_four());
    if five == four {
        five.to_owned()
    } else {
        format!("{five} · {four}")
    }
}

/// What the card says of one layer.
struct Said {
    text: String,
    bytes: String,
}

impl Said {
    fn of(osi: OsiLayer, decoded: &Decoded<'_>) -> Self {
        if osi == OsiLayer::Physical {
            return Self {
                text: on_the_cable(decoded.frame.wire_length),
                bytes: "–".to_owned(),
            };
        }
        let mut text = String::new();
        let mut bytes = String::new();
        let present = decoded
            .layers_on_wire()
            .filter(|(_, layer)| layer.protocol.standing.osi == osi);
        for (index, layer) in present {
            if !text.is_empty() {
                text.push('\n');
                bytes.push('\n');
            }
            push_layer(decoded, index, layer, &mut text);
            push_span(layer, &mut bytes);
        }
        if text.is_empty() {
            text.push_str(osi.facts().without_bytes);
            bytes.push_str("0 bytes");
        }
        Self { text, bytes }
    }
}

fn push_layer(decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut String) {
    out.push_str(layer.protocol.label);
    out.push(' ');
    out.push_str(layer.protocol.standing.pdu.name());
    if layer.is_quoted() {
        out.push_str(" (quoted)");
    }
    out.push_str(": ");
    if let Some(endpoints) = &layer.protocol.endpoints {
        decoded.push_value(layer, endpoints.source, out);
        out.push_str(" → ");
        decoded.push_value(layer, endpoints.destination, out);
        out.push_str(", ");
    }
    decoded.push_summary(index, out);
    for fault in decoded.faults_of(index) {
        out.push_str("\n! ");
        out.push_str(&fault.kind.to_string());
    }
}

fn push_span(layer: &Layer, out: &mut String) {
    text::push_number(out, layer.start as u64);
    out.push('–');
    text::push_number(
        out,
        layer.header_end.saturating_sub(1).max(layer.start) as u64,
    );
    out.push_str(": ");
    push_bytes(out, layer.header_end - layer.start);
}

/// Bytes that an Ethernet card adds on the cable: preamble and start delimiter, FCS (IEEE 802.3,
/// clause 3.1.1), and the gap to the next frame (clause 4.4.2).
const PREAMBLE: u64 = 8;
const FCS: u64 = 4;
const GAP: u64 = 12;

/// What would be on an Ethernet cable beside the frame, and how long it would take.
fn on_the_cable(wire_length: u32) -> String {
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
    format!(
        "{}. On an Ethernet cable the card adds {PREAMBLE} bytes of preamble, {padded}{FCS} of FCS and a gap of {GAP}: {total} bytes, {} at 10, {} at 100, {} at 1000 Mbit/s",
        OsiLayer::Physical.facts().without_bytes,
        microseconds(10),
        microseconds(100),
        microseconds(1_000),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_frame_is_padded_on_the_cable() {
        let text = on_the_cable(42);
        assert!(text.contains("18 of padding"), "{text}");
        assert!(text.contains("84 bytes, 67.20 µs at 10"), "{text}");
    }

    #[test]
    fn a_full_frame_is_not() {
        let text = on_the_cable(1514);
        assert!(!text.contains("padding"), "{text}");
        assert!(text.contains("1538 bytes"), "{text}");
    }
}
