//! JSON: one object a frame, numbers as numbers, no repeated keys, the byte range with every field.

use std::sync::Arc;

use fields::{Nesting, Objects};
use pieces::{push_range, push_signed, push_string, push_text};

use super::View;
use super::diagnoses::Told;
use super::shape::{Part, Shapes};
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::draft::Draft;
use crate::model::frame::{Direction, Frame};
use crate::model::layer::{Decoded, Layer};
use crate::model::needs::Needs;
use crate::model::text;

pub mod calls;
mod diagnoses;
mod fields;
pub mod pieces;

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
    line: Draft,
    objects: Objects,
    shapes: Shapes<Objects>,
}

impl Json {
    /// A JSON view.
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            written: false,
            causes: Arc::default(),
            line: Draft::default(),
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

    fn text_per_byte(&self) -> usize {
        64
    }

    fn begin(&mut self, out: &mut String) {
        if self.framing == Framing::Array {
            out.push_str("[\n");
        }
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let out = out.text();
        self.begin_object(out);
        self.push_frame(decoded, out);
        calls::push_calls_of(decoded.frame.number, &self.causes, out);
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
                calls::push_omitted(omitted, out);
                self.end_object(out);
                &[]
            }
        };
        for call in calls {
            self.begin_object(out);
            calls::push_call(call, &self.causes, out);
            self.end_object(out);
        }
    }

    fn diagnoses(&mut self, told: &Told<'_>, out: &mut String) -> bool {
        self.begin_object(out);
        diagnoses::push_diagnoses(told, out);
        self.end_object(out);
        true
    }

    fn end(&mut self, out: &mut String) {
        if self.framing == Framing::Array {
            out.push_str(if self.written { "\n]\n" } else { "]\n" });
        }
    }
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
        decoded.put_line(&mut self.line);
        push_text(out, self.line.text());
        self.line.text().clear();
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
