//! The tree: every layer with every field, nested, in the order of the wire.
//!
//! What is computed and not in the packet stands in brackets. Fields that are not whole bytes show
//! their bits in place: `0100 .... = Version: 4`.

use super::memo::{Memo, next_unit};
use super::theme::{self, Theme};
use super::{View, hex};
use crate::explain::evidence;
use crate::model::assembled::Bytes;
use crate::model::bits;
use crate::model::field::{Base, Field, FieldDef, Kind, Role};
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::needs::Needs;
use crate::model::text;
use crate::model::value::Value;

/// Whether the bytes follow each tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    /// They do.
    Shown,
    /// They do not.
    Hidden,
}

/// The tree view.
#[derive(Debug)]
pub struct Tree {
    theme: Theme,
    dump: Dump,
    memo: Memo,
    /// Memory for a sentence, used again for the next.
    sentence: String,
}

impl Tree {
    /// A tree view in a theme.
    pub fn new(theme: Theme, dump: Dump) -> Self {
        Self {
            theme,
            dump,
            memo: Memo::default(),
            sentence: String::new(),
        }
    }
}

impl View for Tree {
    fn needs(&self) -> Needs {
        Needs::EVERYTHING
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        for (index, layer) in decoded.layers.iter().enumerate() {
            self.push_head(decoded, layer, out);
            self.push_fields(decoded, index, out);
            for fault in decoded.faults_of(index) {
                push_indent(out, 1);
                let severity = fault.kind.severity();
                self.theme.paint(out, theme::fault(severity), |out| {
                    push_formatted(out, format_args!("[{}: {}]", severity.name(), fault.kind));
                });
                out.push('\n');
            }
        }
        if self.dump == Dump::Shown {
            out.push('\n');
            hex::push_dump(decoded, self.theme, out);
        }
        out.push('\n');
    }
}

impl Tree {
    /// Appends the fields of a layer, and what is known of it from the frames before, a line each.
    fn push_fields(&mut self, decoded: &Decoded<'_>, index: usize, out: &mut String) {
        let (bytes, theme) = (decoded.bytes(), self.theme);
        let mut fields = decoded.fields_of(index);
        while let Some((unit, behind)) = next_unit(fields) {
            self.memo.push(unit, bytes, out, |out| {
                for field in unit {
                    push_line(field, bytes, theme, out);
                    out.push('\n');
                }
            });
            fields = behind;
        }
        for field in decoded.followed_of(index) {
            let unit = std::slice::from_ref(field);
            self.memo
                .push(unit, bytes, out, |out| push_line(field, bytes, theme, out));
            self.push_evidence(decoded, field.definition, out);
            out.push('\n');
        }
    }

    /// Appends what a mark means here.
    fn push_evidence(&mut self, decoded: &Decoded<'_>, mark: &FieldDef, out: &mut String) {
        self.sentence.clear();
        evidence::push_sentence(decoded, mark, &mut self.sentence);
        if !self.sentence.is_empty() {
            out.push(' ');
            self.theme.paint_str(out, theme::dim(), &self.sentence);
        }
    }

    fn push_head(&self, decoded: &Decoded<'_>, layer: &Layer, out: &mut String) {
        let standing = layer.protocol.standing;
        let style = theme::layer(standing.osi).bold();
        if std::ptr::eq(layer, &raw const decoded.layers[0]) {
            let frame = decoded.frame;
            self.theme.paint(out, theme::heading(), |out| {
                out.push_str("Frame ");
                text::push_number(out, frame.number);
                out.push_str(": ");
                text::push_number(out, u64::from(frame.wire_length));
                out.push_str(" bytes on the wire, ");
                text::push_number(out, frame.bytes.len() as u64);
                out.push_str(" captured");
            });
            out.push('\n');
            return;
        }
        self.theme.paint_str(out, style, layer.protocol.title);
        self.theme.paint(out, theme::dim(), |out| {
            out.push_str("  ");
            out.push_str(standing.pdu.name());
            out.push_str(" · ");
            push_span(decoded, layer, out);
            out.push_str(" · OSI ");
            text::push_number(out, u64::from(standing.osi.number()));
            out.push(' ');
            out.push_str(standing.osi.name());
            out.push_str(" · TCP/IP ");
            out.push_str(standing.tcp_ip.name_of_five());
            match layer.extent {
                Extent::Whole => {}
                Extent::Fragment => out.push_str(" · of a fragment"),
                Extent::Quotation => out.push_str(" · quoted"),
            }
        });
        out.push('\n');
    }
}

fn push_line(field: &Field, bytes: Bytes<'_>, theme: Theme, out: &mut String) {
    push_indent(out, usize::from(field.depth) + 1);
    push_field(field, bytes, theme, out);
}

/// Appends one field: bits in place, label, value, symbol, unit.
pub fn push_field(field: &Field, bytes: Bytes<'_>, theme: Theme, out: &mut String) {
    if field.definition.role == Role::Derived {
        theme.paint(out, theme::dim(), |out| {
            out.push('[');
            push_labelled(field, bytes, out);
            out.push(']');
        });
        return;
    }
    push_bit_places(field, bytes, out);
    push_labelled(field, bytes, out);
}

fn push_labelled(field: &Field, bytes: Bytes<'_>, out: &mut String) {
    out.push_str(field.definition.label);
    let value = field.value(bytes);
    if value == Value::None {
        return;
    }
    out.push_str(": ");
    push_value(field, &value, out);
}

/// Appends the value, what it stands for, and its unit: `20 bytes (5)`, `6 (TCP)`.
pub fn push_value(field: &Field, value: &Value<'_>, out: &mut String) {
    let definition = field.definition;
    let symbol = value.symbol(definition);
    if let Value::Text(bytes) = value {
        out.push('"');
        text::push_escaped(out, bytes);
        out.push('"');
        return;
    }
    if definition.role == Role::Derived
        && let Some(symbol) = symbol
    {
        out.push_str(symbol);
        return;
    }
    if let Value::Bytes(bytes) = value {
        push_some_bytes(out, bytes);
        return;
    }
    value.push_plain(out, definition, hex_digits(field));
    if !definition.unit.is_empty() {
        out.push(' ');
        out.push_str(definition.unit);
    }
    if definition.scale > 1
        && let Some(number) = value.as_number()
    {
        push_formatted(
            out,
            format_args!(" ({})", number / u64::from(definition.scale)),
        );
    }
    if let Some(symbol) = symbol {
        out.push_str(" (");
        out.push_str(symbol);
        out.push(')');
    } else if let Value::Flag(set) = value {
        out.push_str(if *set { " (set)" } else { " (not set)" });
    }
}

/// The first bytes; a payload of a thousand is what the dump is for.
fn push_some_bytes(out: &mut String, bytes: &[u8]) {
    const SHOWN: usize = 32;
    text::push_hex_bytes(out, bytes.get(..SHOWN).unwrap_or(bytes));
    if bytes.len() > SHOWN {
        push_formatted(out, format_args!("… ({} bytes)", bytes.len()));
    }
}

/// How many hexadecimal digits the bytes of a field fill.
pub fn hex_digits(field: &Field) -> usize {
    match (field.definition.kind, field.bits()) {
        (Kind::Number(Base::Hexadecimal), Some(range)) => 2 * range.len().div_ceil(8),
        _ => 1,
    }
}

/// Appends the bytes around a field of odd bits, its own as digits and the others as dots:
/// `0100 .... = `.
fn push_bit_places(field: &Field, bytes: Bytes<'_>, out: &mut String) {
    let Some((buffer, range)) = field.buffer().zip(field.bits()) else {
        return;
    };
    let bytes = bytes.of(buffer);
    let whole_bytes = range.start % 8 == 0 && range.end % 8 == 0;
    if whole_bytes || matches!(field.definition.kind, Kind::Bytes | Kind::Heading) {
        return;
    }
    let first = range.start / 8 * 8;
    let end = range.end.div_ceil(8) * 8;
    let touched = bits::bytes_of(bytes, &(first..end)).iter();
    let each_bit = touched.flat_map(|byte| (0..8).map(move |bit| byte << bit & 0x80 != 0));
    for (bit, is_set) in (first..end).zip(each_bit) {
        if bit > first && (bit - first) % 4 == 0 {
            out.push(' ');
        }
        out.push(match is_set {
            _ if !range.contains(&bit) => '.',
            true => '1',
            false => '0',
        });
    }
    out.push_str(" = ");
}

/// Appends where a layer's header is: `bytes 14–33`, `bytes 0–7 of the datagram from frames 3, 4`; a layer may
/// have none.
fn push_span(decoded: &Decoded<'_>, layer: &Layer, out: &mut String) {
    match layer.header_end.checked_sub(1) {
        Some(last) if last >= layer.start => {
            out.push_str("bytes ");
            text::push_number(out, layer.start as u64);
            out.push('–');
            text::push_number(out, last as u64);
        }
        _ => out.push_str("no bytes"),
    }
    if let Some(whole) = decoded.whole_of(layer) {
        out.push_str(" of the ");
        out.push_str(whole.whole.name());
        out.push_str(" from ");
        whole.push_frames(out);
    }
}

fn push_indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("    ");
    }
}

fn push_formatted(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    let _ = out.write_fmt(arguments);
}
