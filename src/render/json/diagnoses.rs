//! Diagnoses as JSON.

use std::fmt::Write as _;

use super::pieces::{push_key, push_numbers, push_string};
use crate::explain::diagnoses::{Diagnosis, not_looked_for};
use crate::model::call::Call;
use crate::model::text;
use crate::render::diagnoses::{self, Told};

/// One object with every diagnosis: its name, where it shows, why, and the fix; and the names of those that
/// could not be looked for, where calls are missing.
pub fn push_diagnoses(told: &Told<'_>, out: &mut String) {
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
    let finding = &diagnosis.finding;
    let texts = [
        ("name", diagnosis.kind.name),
        ("title", diagnosis.title()),
        ("host", told.scene.host_of(finding.program)),
        ("found", &finding.told),
        ("reason", diagnosis.reason()),
        ("fix", diagnosis.fix()),
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
