//! JSON: one object a frame, numbers as numbers, no repeated keys, the byte range with every field.

use std::fmt::Write as _;
use std::sync::Arc;

use super::diagnoses::{self, Told};
use super::shape::{Part, Shapes, Writer};
use super::{View, json_calls};
use crate::explain::diagnoses::{Diagnosis, not_looked_for};
use crate::explain::evidence;
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::call::Call;
use crate::model::field::{Field, Kind, Role};
use crate::model::frame::{Direction, Frame};
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::needs::Needs;
use crate::model::text;
use crate::model::value::Value;

/// How the objects are strung together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One array.
    Array,
    /// One object a line.
    Lines,
}

/// The JSON view.
#[derive(Debug)]
pub struct Json {
    framing: Framing,
    written: bool,
    causes: Arc<Causes>,
    /// Memory for a line, used again for the next frame.
    line: String,
    objects: Objects,
    shapes: Shapes<Nesting>,
}

impl Json {
    /// A JSON view.
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            written: false,
            causes: Arc::default(),
            line: String::new(),
            objects: Objects::default(),
            shapes: Shapes::default(),
        }
    }
}

impl Json {
    fn begin_object(&mut self, out: &mut String) {
        if self.written && self.framing == Framing::Array {
            out.push_str(",\n");
        }
        self.written = true;
    }

    fn end_object(&self, out: &mut String) {
        if self.framing == Framing::Lines {
            out.push('\n');
        }
    }
}

impl View for Json {
    fn needs(&self) -> Needs {
        Needs::EVERYTHING
    }

    fn begin(&mut self, out: &mut String) {
        if self.framing == Framing::Array {
            out.push_str("[\n");
        }
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        self.begin_object(out);
        self.push_frame(decoded, out);
        json_calls::push_calls_of(decoded.frame.number, &self.causes, out);
        self.end_object(out);
    }

    fn causes(&mut self, causes: &Arc<Causes>) {
        self.causes = Arc::clone(causes);
    }

    fn call(&mut self, moment: &Moment<'_>, _: i64, out: &mut String) {
        let calls = match moment {
            Moment::Entered(call) | Moment::Whole(call) => std::slice::from_ref(call),
            Moment::Again(calls) => calls.as_slice(),
            // Told where it was entered.
            Moment::Frame(_) | Moment::Left(_) => &[],
            Moment::Omitted(omitted) => {
                self.begin_object(out);
                json_calls::push_omitted(omitted, out);
                self.end_object(out);
                &[]
            }
        };
        for call in calls {
            self.begin_object(out);
            json_calls::push_call(call, &self.causes, out);
            self.end_object(out);
        }
    }

    fn diagnoses(&mut self, told: &Told<'_>, out: &mut String) -> bool {
        self.begin_object(out);
        push_diagnoses(told, out);
        self.end_object(out);
        true
    }

    fn end(&mut self, out: &mut String) {
        if self.framing == Framing::Array {
            out.push_str(if self.written { "\n]\n" } else { "]\n" });
        }
    }
}

/// One object with every diagnosis: its name, where it shows, why, and the fix; and the names of those that
/// could not be looked for, where calls are missing.
fn push_diagnoses(told: &Told<'_>, out: &mut String) {
    out.push('{');
    push_key(out, "diagnoses");
    out.push('[');
    for (index, diagnosis) in told.diagnoses.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_diagnosis(diagnosis, told, out);
    }
    out.push(']');
    let unknown: Vec<_> = not_looked_for(told.scene).map(|kind| kind.name).collect();
    if !unknown.is_empty() {
        // Names have no character that JSON escapes.
        let _ = write!(out, ",\"not_looked_for\":[\"{}\"]", unknown.join("\",\""));
    }
    out.push('}');
}

fn push_diagnosis(diagnosis: &Diagnosis, told: &Told<'_>, out: &mut String) {
    let (kind, finding) = (diagnosis.kind, &diagnosis.finding);
    let texts = [
        ("name", kind.name),
        ("title", kind.title),
        ("host", told.scene.host_of(finding.program)),
        ("found", &finding.told),
        ("reason", kind.reason),
        ("fix", kind.fix),
        ("code", told.code_of(diagnosis)),
    ];
    out.push('{');
    for (key, text) in texts {
        push_key(out, key);
        push_string(out, text.as_bytes());
        out.push(',');
    }
    push_key(out, "calls");
    out.push('[');
    for (index, call) in told.calls_of(diagnosis).enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_call(call, out);
    }
    out.push(']');
    out.push(',');
    push_key(out, "frames");
    push_numbers(finding.frames.iter().copied(), out);
    out.push('}');
}

fn push_call(call: &Call, out: &mut String) {
    out.push('{');
    push_key(out, "call");
    text::push_number(out, call.id.0);
    out.push(',');
    push_key(out, "host");
    push_string(out, call.host.as_bytes());
    out.push(',');
    push_key(out, "text");
    let mut line = String::new();
    diagnoses::push_call(call, &mut line);
    push_string(out, line.as_bytes());
    out.push('}');
}

fn push_numbers(numbers: impl Iterator<Item = u64>, out: &mut String) {
    out.push('[');
    for (index, number) in numbers.enumerate() {
        if index > 0 {
            out.push(',');
        }
        text::push_number(out, number);
    }
    out.push(']');
}

/// Appends what the capture knows of a frame.
fn push_captured(frame: &Frame<'_>, out: &mut String) {
    out.push_str(r#"{"number":"#);
    text::push_number(out, frame.number);
    out.push_str(r#","time_ns":"#);
    push_signed(out, frame.time.nanoseconds());
    out.push_str(r#","length":"#);
    text::push_number(out, u64::from(frame.wire_length));
    out.push_str(r#","captured":"#);
    text::push_number(out, frame.bytes.len() as u64);
    if let Some(interface) = frame.interface {
        out.push_str(r#","interface":"#);
        text::push_number(out, u64::from(interface));
    }
    if let Some(direction) = frame.direction {
        out.push_str(r#","direction":"#);
        out.push_str(match direction {
            Direction::Inbound => "\"inbound\"",
            Direction::Outbound => "\"outbound\"",
        });
    }
    if let Some(comment) = frame.comment {
        out.push_str(r#","comment":"#);
        push_string(out, comment);
    }
}

impl Json {
    fn push_frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        push_captured(decoded.frame, out);
        out.push_str(r#","summary":"#);
        self.line.clear();
        decoded.push_line(&mut self.line);
        push_text(out, &self.line);
        push_assembled(decoded, out);
        out.push_str(r#","layers":["#);
        for (index, layer) in decoded.layers_on_wire() {
            if index > 1 {
                out.push(',');
            }
            self.push_layer(decoded, index, layer, out);
            push_faults(decoded, index, out);
            out.push('}');
        }
        out.push_str("]}");
    }

    /// Appends a layer up to its faults: with its fields, and what is known of it from the frames before, as an
    /// array.
    fn push_layer(&mut self, decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut String) {
        let part = Part {
            layer: Some(layer),
            fields: decoded.fields_of(index),
        };
        let (objects, mut nesting) = (&mut self.objects, Nesting::default());
        self.shapes.push(decoded, &part, &mut nesting, objects, out);
        self.shapes
            .push_followed(decoded, index, &mut nesting, objects, out);
        nesting.leave(out);
        out.push(']');
    }
}

/// How JSON writes fields: each as an object, whose end is left open.
#[derive(Debug, Default)]
struct Objects {
    /// Memory for a sentence, used again for the next.
    sentence: String,
}

impl Writer for Objects {
    type State = Nesting;

    fn head(&mut self, _: &Decoded<'_>, layer: &Layer, out: &mut String) {
        push_head(layer, out);
        out.push('[');
    }

    fn before(&mut self, field: &Field, nesting: &mut Nesting, out: &mut String) {
        nesting.enter(field, out);
        push_place(field, out);
        if field.definition.kind != Kind::Heading {
            out.push_str(VALUE);
        }
    }

    #[inline]
    fn number(&mut self, field: &Field, number: u64, out: &mut String) {
        match field.definition.kind {
            Kind::Time | Kind::Duration => push_signed(out, number.cast_signed()),
            _ => text::push_number(out, number),
        }
    }

    fn value(&mut self, field: &Field, value: &Value<'_>, out: &mut String) {
        push_bare_value(field, value, out);
    }

    fn after(&mut self, _: &Field, _: &mut String) {}

    fn field(
        &mut self,
        field: &Field,
        decoded: &Decoded<'_>,
        nesting: &mut Nesting,
        out: &mut String,
    ) {
        nesting.enter(field, out);
        push_place(field, out);
        let value = decoded.value(field);
        if value != Value::None {
            out.push_str(VALUE);
            push_value(field, &value, out);
        }
    }

    /// What a mark means in this frame.
    fn remark(&mut self, field: &Field, decoded: &Decoded<'_>, out: &mut String) {
        self.sentence.clear();
        evidence::push_sentence(decoded, field.definition, &mut self.sentence);
        if !self.sentence.is_empty() {
            out.push_str(r#","says":"#);
            push_text(out, &self.sentence);
        }
    }

    fn end(&mut self, _: &mut String) {}
}

/// What stands before a value.
const VALUE: &str = r#","value":"#;

/// The objects that fields are written as: those that follow deeper are nested in the one before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Nesting {
    before: Option<u8>,
    /// How many arrays of nested fields are open.
    open: u8,
}

impl Nesting {
    /// Appends what stands before the object of the next field, whose end is left open.
    fn enter(&mut self, field: &Field, out: &mut String) {
        match self.before {
            None => {}
            Some(before) if field.depth > before => {
                out.push_str(",\"fields\":[");
                self.open += 1;
            }
            Some(before) => {
                out.push('}');
                for _ in field.depth..before.min(field.depth + self.open) {
                    out.push_str("]}");
                    self.open -= 1;
                }
                out.push(',');
            }
        }
        self.before = Some(field.depth);
        out.push('{');
    }

    /// Appends the end of all that is open.
    fn leave(self, out: &mut String) {
        if self.before.is_some() {
            out.push('}');
            for _ in 0..self.open {
                out.push_str("]}");
            }
        }
    }
}

/// Appends what was put together with the frame: the buffers that ranges of layers elsewhere are in.
fn push_assembled(decoded: &Decoded<'_>, out: &mut String) {
    for (index, whole) in decoded.assembled.iter().enumerate() {
        out.push_str(if index == 0 {
            ",\"assembled\":[{"
        } else {
            ",{"
        });
        out.push_str(r#""buffer":"#);
        text::push_number(out, index as u64 + 1);
        out.push_str(r#","whole":"#);
        push_text(out, whole.whole.name());
        out.push_str(r#","length":"#);
        text::push_number(out, whole.bytes.len() as u64);
        out.push_str(r#","parts":"#);
        for (index, part) in whole.parts.iter().enumerate() {
            out.push_str(if index == 0 { "[{" } else { ",{" });
            out.push_str(r#""frame":"#);
            text::push_number(out, part.frame);
            out.push_str(r#","range":"#);
            push_range(out, part.offset, part.offset + part.length);
            out.push('}');
        }
        out.push_str("]}");
    }
    if !decoded.assembled.is_empty() {
        out.push(']');
    }
}

/// Appends what a layer is, up to its fields.
fn push_head(layer: &Layer, out: &mut String) {
    let standing = layer.protocol.standing;
    out.push_str(r#"{"protocol":"#);
    push_text(out, layer.protocol.name);
    out.push_str(r#","range":"#);
    push_range(out, layer.start as u64, layer.header_end as u64);
    if let Some(index) = layer.buffer.assembled() {
        out.push_str(r#","buffer":"#);
        text::push_number(out, index as u64 + 1);
    }
    out.push_str(r#","osi":"#);
    text::push_number(out, u64::from(standing.osi.number()));
    out.push_str(r#","tcp_ip":"#);
    push_text(out, standing.tcp_ip.name_of_five());
    out.push_str(r#","pdu":"#);
    push_text(out, standing.pdu.name());
    match layer.extent {
        Extent::Whole => {}
        Extent::Fragment => out.push_str(",\"fragment\":true"),
        Extent::Quotation => out.push_str(",\"quoted\":true"),
    }
    out.push_str(r#","fields":"#);
}

fn push_faults(decoded: &Decoded<'_>, index: usize, out: &mut String) {
    let mut separator = ",\"faults\":[";
    for fault in decoded.faults_of(index) {
        out.push_str(separator);
        separator = ",";
        out.push_str(r#"{"severity":"#);
        push_text(out, fault.kind.severity().name());
        out.push_str(r#","message":"#);
        push_text(out, &fault.kind.to_string());
        if !fault.bits.is_empty() {
            out.push_str(r#","range":"#);
            let (start, end) = (fault.bits.start / 8, fault.bits.end.div_ceil(8));
            push_range(out, u64::from(start), u64::from(end));
        }
        out.push('}');
    }
    if separator == "," {
        out.push(']');
    }
}

/// Appends all of a field that its value has no part in.
fn push_place(field: &Field, out: &mut String) {
    let definition = field.definition;
    // No name has a character that JSON escapes.
    out.push_str(r#""name":""#);
    out.push_str(definition.name);
    out.push('"');
    match field.bits() {
        Some(range) => {
            out.push_str(r#","range":"#);
            let (start, end) = (range.start / 8, range.end.div_ceil(8));
            push_range(out, u64::from(start), u64::from(end));
            if range.start % 8 != 0 || range.end % 8 != 0 {
                out.push_str(r#","bits":"#);
                push_range(out, u64::from(range.start), u64::from(range.end));
            }
        }
        None => out.push_str(",\"derived\":true"),
    }
    if definition.role == Role::Detail {
        out.push_str(",\"detail\":true");
    }
}

/// Appends the value of a field, and the name of that.
fn push_value(field: &Field, value: &Value<'_>, out: &mut String) {
    push_bare_value(field, value, out);
    if let Some(symbol) = value.symbol(field.definition) {
        out.push_str(r#","symbol":"#);
        push_text(out, symbol);
    }
}

fn push_bare_value(field: &Field, value: &Value<'_>, out: &mut String) {
    match value {
        Value::None => {}
        Value::Number(number) => text::push_number(out, *number),
        Value::Flag(set) => out.push_str(if *set { "true" } else { "false" }),
        Value::Time(nanoseconds) | Value::Duration(nanoseconds) => push_signed(out, *nanoseconds),
        Value::Text(bytes) => {
            if push_string(out, bytes) == Reading::Replaced {
                out.push_str(r#","bytes":"#);
                push_hex_string(out, bytes);
            }
        }
        Value::Bytes(bytes) => push_hex_string(out, bytes),
        Value::Mac(_) | Value::Ipv4(_) | Value::Ipv6(_) => {
            out.push('"');
            value.push_plain(out, field.definition, 0);
            out.push('"');
        }
    }
}

/// Appends `"key":`.
pub(super) fn push_key(out: &mut String, key: &str) {
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
}

pub(super) fn push_range(out: &mut String, start: u64, end: u64) {
    out.push('[');
    text::push_number(out, start);
    out.push(',');
    text::push_number(out, end);
    out.push(']');
}

/// Appends a number that may be negative.
pub(super) fn push_signed(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends bytes as a JSON string of hexadecimal digits.
pub(super) fn push_hex_string(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for byte in bytes {
        text::push_hex(out, *byte);
    }
    out.push('"');
}

/// Appends a text of ours as a JSON string: names, and sentences in which what is foreign was escaped already.
fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped_in_text) {
        let (plain, behind) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = behind.chars();
        if let Some(character) = characters.next() {
            push_character(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a byte of a text of ours must be escaped: to look it up is quicker than to compare it four times.
fn is_escaped_in_text(byte: u8) -> bool {
    static ESCAPED: [bool; 256] = {
        let mut escaped = [false; 256];
        let mut byte: u8 = 0;
        while byte < 0x80 {
            escaped[byte as usize] = matches!(byte, b'"' | b'\\' | ..b' ' | 0x7f);
            byte += 1;
        }
        escaped
    };
    ESCAPED[usize::from(byte)]
}

/// How bytes were read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// They are UTF-8.
    Whole,
    /// Some are not, and were replaced.
    Replaced,
}

/// Appends a JSON string. What is not UTF-8 becomes U+FFFD; what could steer a terminal is escaped
/// though JSON would allow it.
pub(super) fn push_string(out: &mut String, bytes: &[u8]) -> Reading {
    out.push('"');
    if let Ok(text) = std::str::from_utf8(bytes) {
        text::push_escaping(out, text, b"\"\\", push_character);
        out.push('"');
        return Reading::Whole;
    }
    for chunk in bytes.utf8_chunks() {
        text::push_escaping(out, chunk.valid(), b"\"\\", push_character);
        if !chunk.invalid().is_empty() {
            out.push('\u{fffd}');
        }
    }
    out.push('"');
    Reading::Replaced
}

fn push_character(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if text::is_hidden(character) => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        _ => out.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_any_bytes_is_json_and_steers_no_terminal() {
        let mut out = String::new();
        push_string(&mut out, b"a\"\\\x1b\x7f\xff\xe2\x80\xae");
        assert_eq!(out, "\"a\\\"\\\\\\u001b\\u007f\u{fffd}\\u202e\"");
        let value: String = serde_json::from_str(&out).unwrap();
        assert_eq!(value, "a\"\\\u{1b}\u{7f}\u{fffd}\u{202e}");
    }
}
