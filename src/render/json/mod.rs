//! JSON: one object a frame, numbers as numbers, no repeated keys, the byte range with every field.

use std::borrow::Cow;
use std::sync::Arc;

use fields::{Nesting, Objects};
use pieces::{push_range, push_string, push_text};

use super::View;
use super::diagnoses::Told;
use super::shape::{Part, Shapes};
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::assembled::Assembled;
use crate::model::draft::Draft;
use crate::model::fault::Fault;
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
    /// What stands before the next object.
    fn before_object(&mut self) -> &'static str {
        match (std::mem::replace(&mut self.written, true), self.framing) {
            (true, Framing::Array) => ",\n",
            (false, _) | (_, Framing::Lines) => "",
        }
    }

    /// What stands behind an object.
    const fn behind_object(&self) -> &'static str {
        match self.framing {
            Framing::Lines => "\n",
            Framing::Array => "",
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
        out.push_str(self.before_object());
        self.put_frame(decoded, out);
        out.push_by(|out| calls::push_calls_of(decoded.frame.number, &self.causes, out));
        out.put(b"}");
        out.push_str(self.behind_object());
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
                out.push_str(self.before_object());
                calls::push_omitted(omitted, out);
                out.push_str(self.behind_object());
                &[]
            }
        };
        for call in calls {
            out.push_str(self.before_object());
            calls::push_call(call, &self.causes, out);
            out.push_str(self.behind_object());
        }
    }

    fn diagnoses(&mut self, told: &Told<'_>, out: &mut String) -> bool {
        out.push_str(self.before_object());
        diagnoses::push_diagnoses(told, out);
        out.push_str(self.behind_object());
        true
    }

    fn end(&mut self, out: &mut String) {
        if self.framing == Framing::Array {
            out.push_str(if self.written { "\n]\n" } else { "]\n" });
        }
    }
}

/// Puts what the capture knows of a frame.
fn put_captured(frame: &Frame<'_>, out: &mut Draft) {
    out.put(br#"{"number":"#);
    out.put_number(frame.number);
    out.put(br#","time_ns":"#);
    out.put_signed(frame.time.nanoseconds());
    out.put(br#","length":"#);
    out.put_number(frame.wire_length.into());
    out.put(br#","captured":"#);
    out.put_number(frame.bytes.len() as u64);
    if let Some(interface) = frame.interface {
        out.put(br#","interface":"#);
        out.put_number(interface.into());
    }
    match frame.direction {
        Some(Direction::Inbound) => out.put(br#","direction":"inbound""#),
        Some(Direction::Outbound) => out.put(br#","direction":"outbound""#),
        None => {}
    }
    if let Some(comment) = frame.comment {
        out.put(br#","comment":"#);
        out.push_by(|out| {
            push_string(out, &one_a_line(comment));
        });
    }
}

/// The comments of a frame as one text.
fn one_a_line(comments: &[u8]) -> Cow<'_, [u8]> {
    if comments.contains(&0) {
        let line = |byte: &u8| if *byte == 0 { b'\n' } else { *byte };
        Cow::Owned(comments.iter().map(line).collect())
    } else {
        Cow::Borrowed(comments)
    }
}

impl Json {
    /// Puts the object of a frame without its end.
    fn put_frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        put_captured(decoded.frame, out);
        out.put(br#","summary":"#);
        decoded.put_line(&mut self.line);
        out.push_by(|out| push_text(out, self.line.text()));
        self.line.text().clear();
        if !decoded.assembled.is_empty() {
            out.push_by(|out| push_assembled(decoded.assembled, out));
        }
        out.put(br#","layers":["#);
        for (index, layer) in decoded.layers_on_wire() {
            if index > 1 {
                out.put(b",");
            }
            self.put_layer(decoded, index, layer, out);
            out.put(b"}");
        }
        out.put(b"]");
    }

    /// Puts a layer without its end: with its fields, and what is known of it from the frames before, as an array,
    /// and with its faults.
    fn put_layer(&mut self, decoded: &Decoded<'_>, index: usize, layer: &Layer, out: &mut Draft) {
        let part = Part {
            layer: Some(layer),
            fields: decoded.fields_of(index),
        };
        let (objects, mut nesting) = (&mut self.objects, Nesting::default());
        self.shapes.push(decoded, &part, &mut nesting, objects, out);
        self.shapes
            .push_followed(decoded, index, &mut nesting, objects, out);
        nesting.leave(out);
        out.put(b"]");
        if decoded.faults_of(index).next().is_some() {
            out.push_by(|out| push_faults(decoded.faults_of(index), out));
        }
    }
}

/// Appends what was put together with the frame: the buffers that ranges of layers elsewhere are in.
fn push_assembled(assembled: &[Assembled], out: &mut String) {
    for (index, whole) in assembled.iter().enumerate() {
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
    out.push(']');
}

fn push_faults<'a>(faults: impl Iterator<Item = &'a Fault>, out: &mut String) {
    for (index, fault) in faults.enumerate() {
        out.push_str(if index == 0 { ",\"faults\":[" } else { "," });
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
    out.push(']');
}
