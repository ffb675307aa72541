//! The byte ruler: the stream of bytes from left to right, above it the sends that wrote it, below it
//! the frames that carried it, and under these the receives that took it. Where their borders do not
//! agree, the eye sees it.
//!
//! ```text
//!           0              5              10
//! sends     ├─ send [4] 5 ─┼─ send [5] 5 ─┤
//! bytes     │ hello        │ world        │
//! frames    ├─ frame 6 ────┼─ frame 7 ────┤
//! receives  ├─ recv [9] 10 ───────────────┤
//! ```
//!
//! A piece of the stream between two borders is an *atom*. An atom is as wide as the labels and the text
//! over it need, not as its bytes are many: what is long is shown by its beginning. What does not fit
//! beside each other goes on in the next *band*.

mod atoms;
mod band;
mod content;
mod fold;
mod strips;

use std::ops::Range;

use super::theme::{self, Theme};
use crate::explain::diagnoses::scene::{Scene, Transport};
use atoms::Atoms;
pub use content::Content;

/// One direction of a conversation, as marks on its stream of bytes.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    /// Who speaks to whom.
    pub heading: String,
    /// The bytes of the stream, as far as they are known.
    pub content: Content,
    /// The calls that wrote the stream.
    pub sends: Vec<Mark>,
    /// The frames that carried it, in the order in which they were seen.
    pub frames: Vec<Mark>,
    /// The calls that took it.
    pub receives: Vec<Mark>,
    /// What is to be learnt from it, in one sentence.
    pub lesson: String,
}

/// A call or a frame over its bytes of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bytes, counted from the start of the stream.
    pub bytes: Range<u64>,
    /// Whether it also carries, gives or takes the end of the stream, which comes after the last byte.
    pub end: bool,
    /// What it is called.
    pub label: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It did its work.
    Done,
    /// It was lost on the way.
    Lost,
    /// There is nothing: these bytes were never sent, carried or taken.
    Missing,
}

/// With which characters it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing, and text of every script.
    Unicode,
    /// Nothing but ASCII.
    Ascii,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// The colours.
    pub theme: Theme,
    /// The characters.
    pub glyphs: Glyphs,
    /// How many cells a line may take.
    pub columns: usize,
}

/// How many atoms of a long stream are shown at its beginning, and how many at its end.
const SHOWN: (usize, usize) = (12, 4);

/// Said where there is no strip.
const NO_STREAM: &str = "no TCP stream carried a byte, so there is none to draw";

/// Said then of UDP: no stream exists whose borders could disagree.
const OF_DATAGRAMS: &str = ": over UDP each datagram
comes whole or not at all, and the story (without -T bytes) ties it to its calls";

/// Appends the strips of every conversation of an exchange.
pub fn push_all(scene: &Scene, pen: Pen, out: &mut String) {
    let strips = strips::of(scene);
    if strips.is_empty() {
        out.push_str(NO_STREAM);
        if scene.sockets_of(Transport::Udp).next().is_some() {
            out.push_str(OF_DATAGRAMS);
        }
        out.push('\n');
    }
    for (index, strip) in strips.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        push(strip, pen, out);
    }
}

/// Appends a strip.
pub fn push(strip: &Strip, pen: Pen, out: &mut String) {
    pen.theme.paint_str(out, theme::heading(), &strip.heading);
    out.push('\n');
    let folded = fold::frames_of(strip, pen.glyphs);
    let atoms = Atoms::of(&folded, pen);
    let count = atoms.len();
    let (head, tail) = if count > SHOWN.0 + SHOWN.1 {
        (SHOWN.0, count - SHOWN.1)
    } else {
        (count, count)
    };
    band::push_all(&folded, &atoms, 0..head, pen, out);
    if head < tail {
        out.push('\n');
        push_fold(strip, &atoms.bytes(head..tail), pen, out);
        band::push_all(&folded, &atoms, tail..count, pen, out);
    }
    if !strip.lesson.is_empty() {
        out.push('\n');
        let width = pen.columns.max(20);
        for line in textwrap::wrap(&strip.lesson, width) {
            out.push_str(&line);
            out.push('\n');
        }
    }
}

/// Says what lies in a piece that is not drawn.
fn push_fold(strip: &Strip, bytes: &Range<u64>, pen: Pen, out: &mut String) {
    let within = |marks: &[Mark]| {
        marks
            .iter()
            .filter(|mark| mark.fate == Fate::Done)
            .filter(|mark| mark.bytes.start < bytes.end && mark.bytes.end > bytes.start)
            .count()
    };
    let dots = if pen.glyphs == Glyphs::Ascii {
        "..."
    } else {
        "⋯"
    };
    let text = format!(
        "{dots} not drawn: bytes {} to {}: {}, {}, {} {dots}",
        bytes.start,
        bytes.end,
        counted(within(&strip.sends), "send"),
        counted(within(&strip.frames), "frame"),
        counted(within(&strip.receives), "receive"),
    );
    let indent = " ".repeat(GUTTER);
    let options = textwrap::Options::new(pen.columns)
        .initial_indent(&indent)
        .subsequent_indent(&indent);
    for line in textwrap::wrap(&text, options) {
        pen.theme.paint_str(out, theme::dim(), &line);
        out.push('\n');
    }
}

/// A number of things: `1 send`, `2 sends`.
pub fn counted(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

/// The cells on the left, for the names of the lanes.
const GUTTER: usize = 10;

#[cfg(test)]
mod tests;
