//! A conversation as one JSON object, written while it is followed.

use super::summary::{Ending, Side};
use super::{Summary, Transcript};
use crate::flow::endpoints::{Endpoint, Role};
use crate::flow::follow::{Ends, Happening, What};
use crate::flow::reassembly::stream::{Event, Missing, Origin};
use crate::model::text;
use crate::render::json::pieces::{push_hex_string, push_key, push_signed, push_string};

/// The JSON view.
#[derive(Debug, Default)]
pub struct Json {
    has_entries: bool,
}

impl Transcript for Json {
    fn begin(&mut self, ends: &Ends, out: &mut String) {
        out.push('{');
        push_word(out, "transport", ends.transport.name());
        push_number(out, "stream", ends.stream);
        push_endpoint(out, Role::Client, ends.client);
        push_endpoint(out, Role::Server, ends.server);
        out.push(',');
        push_key(out, "dialogue");
        out.push('[');
    }

    fn happening(&mut self, happening: &Happening<'_>, summary: &Summary, out: &mut String) {
        out.push_str(if self.has_entries { ",\n{" } else { "\n{" });
        self.has_entries = true;
        push_word(out, "by", happening.by.name());
        match happening.what {
            What::Opens(origin) | What::Agrees(origin) => push_event(out, "opens", origin),
            What::Ends(origin) => push_event(out, "ends", origin),
            What::BreaksOff(origin) => push_event(out, "breaks_off", origin),
            What::IsDamaged(origin) => push_event(out, "comes_damaged", origin),
            What::Speaks(event) => push_speech(event, summary.turns.number(), out),
        }
        out.push('}');
    }

    fn end(&mut self, _: &Ends, summary: &Summary, out: &mut String) {
        out.push_str(if self.has_entries { "\n]," } else { "]," });
        push_key(out, "summary");
        out.push('{');
        for role in [Role::Client, Role::Server] {
            push_key(out, role.name());
            push_side(summary.of(role), summary.turns.of(role), out);
            out.push(',');
        }
        push_course(summary, out);
        if let Some(last) = summary.turns.speaker() {
            out.push(',');
            push_key(out, "spoke_last");
            push_string(out, last.name().as_bytes());
        }
        out.push_str("}}\n");
    }
}

fn push_speech(event: Event<'_>, turn: u32, out: &mut String) {
    match event {
        Event::Bytes {
            offset,
            bytes,
            origin,
        } => {
            push_event(out, "says", origin);
            push_number(out, "turn", turn.into());
            push_number(out, "offset", offset);
            push_number(out, "length", bytes.len() as u64);
            out.push(',');
            push_key(out, "text");
            push_string(out, bytes);
            if std::str::from_utf8(bytes).is_err() {
                out.push(',');
                push_key(out, "bytes");
                push_hex_string(out, bytes);
            }
        }
        Event::Gap {
            offset,
            length,
            why,
        } => {
            out.push(',');
            push_word(out, "what", "missing");
            push_number(out, "turn", turn.into());
            push_number(out, "offset", offset);
            push_number(out, "length", length);
            out.push(',');
            push_word(out, "why", why_name(why));
        }
        Event::Again {
            offset,
            length,
            origin,
        } => {
            push_event(out, "says_again", origin);
            push_number(out, "offset", offset);
            push_number(out, "length", length);
        }
        Event::BehindEnd { length, origin } => {
            push_event(out, "says_behind_end", origin);
            push_number(out, "length", length);
        }
        Event::Conflict { offset, origin } => {
            push_event(out, "differs", origin);
            push_number(out, "offset", offset);
        }
    }
}

const fn why_name(why: Missing) -> &'static str {
    match why {
        Missing::NotCaptured => "not captured",
        Missing::CutByCapture => "cut by the capture",
        Missing::NeverCame => "never came",
        Missing::GivenUp => "given up",
    }
}

fn push_side(side: &Side, turns: u32, out: &mut String) {
    out.push('{');
    push_key(out, "turns");
    text::push_number(out, turns.into());
    push_number(out, "pieces", side.pieces);
    push_number(out, "bytes", side.bytes);
    push_number(out, "bytes_again", side.again);
    push_number(out, "bytes_missing", side.missing);
    push_number(out, "differing_copies", side.conflicts);
    out.push('}');
}

fn push_course(summary: &Summary, out: &mut String) {
    push_key(out, "opened");
    match summary.opened {
        Some((by, frame)) => push_who(by, frame, out),
        None => out.push_str("null"),
    }
    out.push(',');
    push_key(out, "ended");
    out.push('[');
    for (index, (by, how, frame)) in summary.ended.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_who(*by, *frame, out);
        out.pop();
        out.push(',');
        push_word(
            out,
            "how",
            match how {
                Ending::Closed => "closed",
                Ending::BrokeOff => "broke off",
            },
        );
        out.push('}');
    }
    out.push(']');
}

fn push_who(by: Role, frame: u64, out: &mut String) {
    out.push('{');
    push_word(out, "by", by.name());
    push_number(out, "frame", frame);
    out.push('}');
}

fn push_event(out: &mut String, what: &str, origin: Origin) {
    out.push(',');
    push_word(out, "what", what);
    push_number(out, "frame", origin.frame);
    out.push(',');
    push_key(out, "time_ns");
    push_signed(out, origin.time.nanoseconds());
}

fn push_endpoint(out: &mut String, role: Role, endpoint: Endpoint) {
    out.push(',');
    push_key(out, role.name());
    out.push('{');
    push_word(out, "address", &endpoint.address().to_string());
    push_number(out, "port", endpoint.port().into());
    out.push('}');
}

fn push_word(out: &mut String, key: &str, word: &str) {
    push_key(out, key);
    push_string(out, word.as_bytes());
}

fn push_number(out: &mut String, key: &str, number: u64) {
    out.push(',');
    push_key(out, key);
    text::push_number(out, number);
}
