//! Diagnoses as text: what is wrong, where it shows, why, and what to write instead.

use std::fmt::Write as _;

use super::theme::{self, Theme};
use super::{code, width};
use crate::explain::diagnoses::scene::{Language, Scene};
use crate::explain::diagnoses::{Diagnosis, not_looked_for};
use crate::model::call::{Action, Call, CallId, Outcome, room_of};
use crate::model::fault::Severity;
use crate::model::frame::Timestamp;
use crate::model::text;

/// How many calls of the evidence are written out.
const CALLS_SHOWN: usize = 4;

/// How many frames of the evidence are named.
const FRAMES_SHOWN: usize = 8;

/// The cells before the text of a part, with its name in them.
const MARGIN: usize = 10;

/// The cells before a line of code.
const CODE: usize = MARGIN + 4;

/// What went wrong in an exchange, and what shows it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The diagnoses.
    pub diagnoses: &'a [Diagnosis],
    /// Where they were found.
    pub scene: &'a Scene,
    /// The calls of the exchange, in the order of their beginnings.
    pub calls: &'a [Call],
    /// From when on times count, as those of the frames do.
    pub begin: Timestamp,
}

impl<'a> Told<'a> {
    /// The line of code to write, in the language of the program at fault.
    pub fn code_of(&self, diagnosis: &'a Diagnosis) -> &'static str {
        let program = diagnosis.finding.program;
        let host = self.scene.host_of(program);
        // A shell may have started it.
        let is_python = |call: &Call| *call.host == *host && call.program.starts_with("python");
        let language = if self.calls_of(diagnosis).any(is_python) {
            Language::Python
        } else {
            self.scene.language_of(program)
        };
        diagnosis.code(language)
    }

    /// The calls that show it.
    pub fn calls_of(&self, diagnosis: &'a Diagnosis) -> impl Iterator<Item = &'a Call> {
        let ids = diagnosis.finding.calls.iter();
        ids.filter_map(|id| self.call(CallId(*id)))
    }

    fn call(&self, id: CallId) -> Option<&'a Call> {
        let index = self.calls.binary_search_by_key(&id, |call| call.id).ok()?;
        self.calls.get(index)
    }
}

/// Appends what went wrong, at most `columns` cells wide, and what could not be looked for; nothing where
/// there is nothing to say.
pub fn push(told: &Told<'_>, theme: Theme, columns: usize, out: &mut String) {
    push_found(told, theme, columns, out);
    let unknown: Vec<_> = not_looked_for(told.scene).map(|kind| kind.name).collect();
    if !unknown.is_empty() {
        let text = format!(
            "Not looked for, since calls are missing and what shows it is a call that never came: {}",
            unknown.join(", ")
        );
        out.push_str(if out.is_empty() { "" } else { "\n" });
        out.push_str(&textwrap::fill(&text, width::prose(columns)));
        out.push('\n');
    }
}

fn push_found(told: &Told<'_>, theme: Theme, columns: usize, out: &mut String) {
    let heading = match told.diagnoses.len() {
        0 => return,
        1 => "What went wrong".to_owned(),
        count => format!("What went wrong: {count} things"),
    };
    theme.paint_str(out, theme::heading(), &heading);
    out.push('\n');
    for diagnosis in told.diagnoses {
        let mut page = Page {
            told,
            theme,
            columns,
            out,
        };
        page.push_diagnosis(diagnosis);
    }
}

struct Page<'a> {
    told: &'a Told<'a>,
    theme: Theme,
    columns: usize,
    out: &'a mut String,
}

impl Page<'_> {
    fn push_diagnosis(&mut self, diagnosis: &Diagnosis) {
        let finding = &diagnosis.finding;
        self.out.push('\n');
        let style = theme::fault(Severity::Error);
        self.theme.paint_str(self.out, style, diagnosis.title());
        self.out.push('\n');
        self.push_part("name", diagnosis.kind.name);
        self.push_part(self.told.scene.host_of(finding.program), &finding.told);
        self.push_calls(diagnosis);
        self.push_frames(finding.frames.iter().copied());
        self.push_part("why", diagnosis.reason());
        self.push_part("do", diagnosis.fix());
        let room = self.columns.saturating_sub(CODE);
        for line in code::lines(self.told.code_of(diagnosis), room) {
            let _ = writeln!(self.out, "{:CODE$}{line}", "");
        }
    }

    fn push_calls(&mut self, diagnosis: &Diagnosis) {
        let told = self.told;
        for (index, call) in told.calls_of(diagnosis).take(CALLS_SHOWN).enumerate() {
            let mut line = format!("{}  ", call.id);
            text::push_milliseconds(&mut line, call.entered.since(told.begin));
            let _ = write!(line, " ms  {}  ", call.host);
            push_call(call, &mut line);
            self.push_part(if index == 0 { "calls" } else { "" }, &line);
        }
        let count = diagnosis.finding.calls.len();
        if count > CALLS_SHOWN {
            self.push_part("", &format!("and {} more", count - CALLS_SHOWN));
        }
    }

    fn push_frames(&mut self, frames: impl ExactSizeIterator<Item = u64>) {
        let count = frames.len();
        if count == 0 {
            return;
        }
        let shown: Vec<String> = frames
            .take(FRAMES_SHOWN)
            .map(|frame| frame.to_string())
            .collect();
        let mut line = shown.join(", ");
        if count > FRAMES_SHOWN {
            let _ = write!(line, " and {} more", count - FRAMES_SHOWN);
        }
        self.push_part(if count == 1 { "frame" } else { "frames" }, &line);
    }

    /// A part with its name in the margin, wrapped.
    fn push_part(&mut self, name: &str, told: &str) {
        let room = self.columns.saturating_sub(MARGIN).max(20);
        for (index, line) in textwrap::wrap(told, width::prose(room)).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let margin = format!("  {name:<0$}", MARGIN - 2);
            self.theme.paint_str(self.out, theme::dim(), &margin);
            self.out.push_str(line);
            self.out.push('\n');
        }
    }
}

/// Appends a call as a programmer would write it: `recvfrom(4, 1024) = 0`.
pub fn push_call(call: &Call, out: &mut String) {
    out.push_str(call.name);
    out.push('(');
    let mut arguments = Vec::new();
    arguments.extend(call.descriptor.map(|descriptor| descriptor.to_string()));
    match &call.action {
        Action::Open { .. } => arguments.clear(),
        Action::Bind {
            address: Some(address),
        }
        | Action::Connect { to: Some(address) } => arguments.push(address.to_string()),
        Action::Listen { backlog } => arguments.push(backlog.to_string()),
        Action::Send { asked, .. } => arguments.push(asked.to_string()),
        Action::Receive { room, .. } => arguments.push(room.to_string()),
        Action::SendMany { messages } | Action::ReceiveMany { messages, .. } => {
            arguments.push(format!("{} messages", messages.len()));
            arguments.push(room_of(messages).to_string());
        }
        Action::SetOption {
            option: Some(option),
            ..
        }
        | Action::GetOption {
            option: Some(option),
            ..
        } => arguments.push((*option).to_owned()),
        Action::Wait {
            timeout_ms: Some(time),
            ..
        } => arguments.push(format!("{time} ms")),
        _ => {}
    }
    out.push_str(&arguments.join(", "));
    let _ = match call.outcome {
        Outcome::Returned { value, .. } => match call.error() {
            Some(error) => write!(out, ") told: {}", error.meaning()),
            None if let Action::CloseAll {
                signal: Some(signal),
                ..
            } = &call.action =>
            {
                write!(out, "), ended by {signal}")
            }
            None => write!(out, ") = {value}"),
        },
        // That it goes on is no failure: connect(2).
        Outcome::Failed { error, .. } if error.name == "EINPROGRESS" => {
            write!(out, ") did not wait: {}", error.meaning())
        }
        Outcome::Failed { error, .. } => write!(out, ") failed: {}", error.meaning()),
        Outcome::NeverReturned => write!(out, ") never returned"),
    };
}
