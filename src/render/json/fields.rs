//! Fields as JSON objects, each with those inside it.

use super::pieces::{
    Reading, push_hex_string, push_part_of_text, push_range, push_string, push_text, put_hex_string,
};
use crate::explain::evidence;
use crate::model::base32;
use crate::model::domain_name::DomainName;
use crate::model::draft::{self, Draft};
use crate::model::field::{Field, Kind, Role};
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::text;
use crate::model::value::Value;
use crate::render::shape::Writer;

/// How JSON writes fields: each as an object, whose end is left open.
#[derive(Debug, Default)]
pub struct Objects {
    /// Memory for a sentence, used again for the next.
    sentence: String,
}

impl Writer for Objects {
    type State = Nesting;
    type Style = Sign;

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

    fn style(field: &Field) -> Sign {
        match field.definition.kind {
            Kind::Time | Kind::Duration => Sign::Either,
            _ => Sign::Never,
        }
    }

    #[inline]
    fn number(sign: Sign, number: u64, out: &mut Draft) {
        match sign {
            Sign::Either => out.put_signed(number.cast_signed()),
            Sign::Never => out.put_number(number),
        }
    }

    #[inline]
    fn is_odd(_: Sign, _: u64) -> bool {
        false
    }

    fn value(field: &Field, value: &Value<'_>, out: &mut Draft) {
        put_bare_value(field, value, out);
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

/// Whether a number may be negative.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// It may.
    Either,
    /// It is not.
    Never,
}

/// What stands before a value.
const VALUE: &str = r#","value":"#;

/// The objects that fields are written as: those that follow deeper are nested in the one before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nesting {
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

    /// Puts the end of all that is open.
    pub fn leave(self, out: &mut Draft) {
        if self.before.is_some() {
            out.put(b"}");
            for _ in 0..self.open {
                out.put(b"]}");
            }
        }
    }
}

/// Appends what a layer is, up to its fields.
pub fn push_head(layer: &Layer, out: &mut String) {
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
        Extent::Quotation | Extent::PartialQuotation => out.push_str(",\"quoted\":true"),
    }
    out.push_str(r#","fields":"#);
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
    draft::append(out, |out| put_bare_value(field, value, out));
    if let Some(symbol) = value.symbol(field.definition) {
        out.push_str(r#","symbol":"#);
        push_text(out, symbol);
    }
}

/// Puts the value alone.
fn put_bare_value(field: &Field, value: &Value<'_>, out: &mut Draft) {
    match value {
        Value::None => {}
        Value::Number(number) => out.put_number(*number),
        Value::Flag(true) => out.put(b"true"),
        Value::Flag(false) => out.put(b"false"),
        Value::Time(nanoseconds) | Value::Duration(nanoseconds) => out.put_signed(*nanoseconds),
        Value::Text(bytes) => out.push_by(|out| {
            if push_string(out, bytes) == Reading::Replaced {
                out.push_str(r#","bytes":"#);
                push_hex_string(out, bytes);
            }
        }),
        Value::Domain { message, at } => out.push_by(|out| {
            out.push('"');
            DomainName::new(message, *at as usize).spell(|text| push_part_of_text(out, text));
            out.push('"');
        }),
        Value::Base32(bytes) => {
            out.put(b"\"");
            base32::spell(bytes, |text| out.push_str(text));
            out.put(b"\"");
        }
        Value::Bytes(bytes) => put_hex_string(out, bytes),
        Value::Mac(_) | Value::Ipv4(_) | Value::Ipv6(_) => {
            out.put(b"\"");
            value.put_plain(out, field.definition, 0);
            out.put(b"\"");
        }
    }
}
