//! The tree: every layer with every field, nested, in the order of the wire.
//!
//! What is computed and not in the packet stands in brackets. Fields that are not whole bytes show
//! their bits in place: `0100 .... = Version: 4`.

use super::shape::{Part, Shapes, Writer};
use super::theme::{self, Theme};
use super::{View, hex, width};
use crate::explain::evidence;
use crate::model::assembled::Bytes;
use crate::model::bits;
use crate::model::draft::{self, Draft};
use crate::model::fault::Fault;
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
    dump: Dump,
    columns: Option<usize>,
    lines: Lines,
    shapes: Shapes<Lines>,
}

impl Tree {
    /// A tree view in a theme; lines are broken at `columns` cells where given.
    pub fn new(theme: Theme, dump: Dump, columns: Option<usize>) -> Self {
        Self {
            dump,
            columns,
            lines: Lines {
                theme,
                sentence: String::new(),
            },
            shapes: Shapes::default(),
        }
    }
}

impl View for Tree {
    fn needs(&self) -> Needs {
        Needs::EVERYTHING
    }

    fn text_per_byte(&self) -> usize {
        64
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let start = out.len();
        let theme = self.lines.theme;
        for (index, layer) in decoded.layers.iter().enumerate() {
            self.put_layer(decoded, index, layer, out);
            for fault in decoded.faults_of(index) {
                out.push_by(|out| push_fault(fault, theme, out));
            }
        }
        if self.dump == Dump::Shown {
            out.push_by(|out| {
                out.push('\n');
                hex::push_dump(decoded, theme, self.columns, out);
            });
        }
        if let Some(columns) = self.columns {
            width::fold(out.text(), start, columns);
        }
        out.put(b"\n");
    }
}

impl Tree {
    /// Puts a layer with its fields, and what is known of it from the frames before, a line each.
    fn put_layer(&mut self, decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut Draft) {
        if index == 0 {
            out.push_by(|out| self.lines.push_frame(decoded, out));
        }
        let part = Part {
            layer: (index > 0).then_some(layer),
            fields: decoded.fields_of(index),
        };
        self.shapes
            .push(decoded, &part, &mut (), &mut self.lines, out);
        self.shapes
            .push_followed(decoded, index, &mut (), &mut self.lines, out);
    }
}

/// How the tree writes fields: each in a line.
#[derive(Debug)]
struct Lines {
    theme: Theme,
    /// Memory for a sentence, used again for the next.
    sentence: String,
}

impl Writer for Lines {
    type State = ();
    type Style = Style;

    fn head(&mut self, decoded: &Decoded<'_>, layer: &Layer, out: &mut String) {
        self.push_head(decoded, layer, out);
    }

    fn before(&mut self, field: &Field, (): &mut (), out: &mut String) {
        push_indent(out, usize::from(field.depth) + 1);
        if field.definition.role == Role::Derived {
            self.theme.begin(out, theme::dim());
            out.push('[');
        }
        out.push_str(field.definition.label);
        out.push_str(": ");
    }

    fn style(field: &Field) -> Style {
        match field.definition.kind {
            Kind::Time | Kind::Duration => Style::Seconds,
            Kind::Number(Base::Hexadecimal) => Style::Hexadecimal {
                digits: hex_digits(field),
            },
            Kind::Number(_) if has_singular(field.definition) => Style::Counted,
            _ => Style::Decimal,
        }
    }

    #[inline]
    fn number(style: Style, number: u64, out: &mut Draft) {
        match style {
            Style::Seconds => out.put_seconds(number.cast_signed()),
            Style::Hexadecimal { digits } => out.put_hex_number(number, digits),
            Style::Decimal | Style::Counted => out.put_number(number),
        }
    }

    #[inline]
    fn is_odd(style: Style, number: u64) -> bool {
        number == 1 && matches!(style, Style::Counted)
    }

    fn value(field: &Field, value: &Value<'_>, out: &mut Draft) {
        put_bare_value(field, value, out);
    }

    fn after(&mut self, field: &Field, out: &mut String) {
        if !matches!(field.definition.kind, Kind::Bytes | Kind::Text) {
            push_unit(field.definition, None, out);
        }
        if field.definition.role == Role::Derived {
            out.push(']');
            self.theme.end(out, theme::dim());
        }
    }

    fn field(&mut self, field: &Field, decoded: &Decoded<'_>, (): &mut (), out: &mut String) {
        push_indent(out, usize::from(field.depth) + 1);
        push_field(field, decoded.bytes(), self.theme, out);
    }

    /// What a mark means here.
    fn remark(&mut self, field: &Field, decoded: &Decoded<'_>, out: &mut String) {
        self.sentence.clear();
        evidence::push_sentence(decoded, field.definition, &mut self.sentence);
        if !self.sentence.is_empty() {
            out.push(' ');
            self.theme.paint_str(out, theme::dim(), &self.sentence);
        }
    }

    fn end(&mut self, out: &mut String) {
        out.push('\n');
    }
}

/// How the tree writes a number.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// It counts nanoseconds, and is shown as seconds.
    Seconds,
    /// With at least so many digits.
    Hexadecimal { digits: usize },
    /// As it is.
    Decimal,
    /// As it is; it counts what is called otherwise where there is only one.
    Counted,
}

impl Lines {
    fn push_frame(&self, decoded: &Decoded<'_>, out: &mut String) {
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
    }

    fn push_head(&self, decoded: &Decoded<'_>, layer: &Layer, out: &mut String) {
        let standing = layer.protocol.standing;
        let style = theme::layer(standing.osi).bold();
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
                Extent::Quotation | Extent::PartialQuotation => out.push_str(" · quoted"),
            }
        });
        out.push('\n');
    }
}

fn push_fault(fault: &Fault, theme: Theme, out: &mut String) {
    push_indent(out, 1);
    let severity = fault.kind.severity();
    theme.paint(out, theme::fault(severity), |out| {
        push_formatted(out, format_args!("[{}: {}]", severity.name(), fault.kind));
    });
    out.push('\n');
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
    if definition.role == Role::Derived
        && let Some(symbol) = symbol
    {
        out.push_str(symbol);
        return;
    }
    draft::append(out, |out| put_bare_value(field, value, out));
    if matches!(value, Value::Text(_) | Value::Bytes(_)) {
        return;
    }
    push_unit(definition, value.as_number(), out);
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

/// Puts the value alone.
fn put_bare_value(field: &Field, value: &Value<'_>, out: &mut Draft) {
    match value {
        Value::Text(bytes) => {
            out.put(b"\"");
            text::put_escaped(out, bytes);
            out.put(b"\"");
        }
        Value::Domain { .. } => value.put_plain(out, field.definition, 0),
        Value::Bytes(bytes) => put_some_bytes(out, bytes),
        _ => value.put_plain(out, field.definition, hex_digits(field)),
    }
}

/// Whether one of what it counts is called otherwise than several.
fn has_singular(definition: &FieldDef) -> bool {
    definition.unit_of(Some(1)) != definition.unit_of(None)
}

fn push_unit(definition: &FieldDef, number: Option<u64>, out: &mut String) {
    let unit = definition.unit_of(number);
    if !unit.is_empty() {
        out.push(' ');
        out.push_str(unit);
    }
}

/// The first bytes; a payload of a thousand is what the dump is for.
fn put_some_bytes(out: &mut Draft, bytes: &[u8]) {
    const SHOWN: usize = 32;
    text::put_hex_bytes(out, bytes.get(..SHOWN).unwrap_or(bytes));
    if bytes.len() > SHOWN {
        out.push_str("… (");
        out.put_byte_count(bytes.len());
        out.put(b")");
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
    const SPACES: &str = "                                                                ";
    match SPACES.get(..4 * depth) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(std::iter::repeat_n(' ', 4 * depth)),
    }
}

fn push_formatted(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    let _ = out.write_fmt(arguments);
}
