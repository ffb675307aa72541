//! One conversation, as its two sides hold it: in turn, side by side, in hexadecimal, or as JSON.

pub mod columns;
pub mod hex;
pub mod json;
pub mod list;
mod pieces;
mod summary;
pub mod turns;

pub use summary::Summary;

use anstyle::{AnsiColor, Style};

use super::theme::{self, Theme};
use super::width;
use crate::flow::endpoints::Role;
use crate::flow::follow::{Ends, Happening};
use crate::flow::reassembly::stream::Missing;

/// Something that writes a conversation down while it is followed.
pub trait Transcript {
    /// Appends what stands before everything.
    fn begin(&mut self, ends: &Ends, out: &mut String);

    /// Appends what happens; `summary` has counted it already.
    fn happening(&mut self, happening: &Happening<'_>, summary: &Summary, out: &mut String);

    /// Appends what stands behind everything.
    fn end(&mut self, ends: &Ends, summary: &Summary, out: &mut String);
}

/// The style of what a side says.
const fn style_of(role: Role) -> Style {
    match role {
        Role::Client => AnsiColor::Cyan.on_default(),
        Role::Server => AnsiColor::Magenta.on_default(),
    }
}

/// Appends lines, broken between words where they are longer than `columns` cells.
fn push_wrapped(columns: Option<usize>, lines: &str, out: &mut String) {
    for line in lines.lines() {
        let start = out.len();
        out.push_str(line);
        if let Some(columns) = columns {
            width::wrap(out, start, columns, 2);
        }
        out.push('\n');
    }
}

fn push_title(ends: &Ends, theme: Theme, columns: Option<usize>, out: &mut String) {
    use std::fmt::Write as _;
    let start = out.len();
    theme.paint(out, theme::heading(), |out| {
        let _ = write!(out, "{} stream {}", ends.transport.label(), ends.stream);
    });
    for (role, end) in [(Role::Client, ends.client), (Role::Server, ends.server)] {
        out.push_str("   ");
        theme.paint(out, style_of(role), |out| {
            let _ = write!(out, "{} {end}", role.name());
        });
    }
    if let Some(columns) = columns {
        width::fold(out, start, columns);
    }
    out.push('\n');
}

/// Why bytes are missing, as a clause.
pub const fn reason(why: Missing) -> &'static str {
    match why {
        Missing::NotCaptured => {
            "the other side has acknowledged them, but the capture has not seen them"
        }
        Missing::CutByCapture => "the capture kept only the beginning of their frame",
        Missing::NeverCame => "neither they nor an acknowledgment came before the capture ended",
        Missing::GivenUp => "too much waited behind them, and they were given up",
    }
}
