//! The pieces of a stream between two borders, and how wide each is drawn.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{GUTTER, Glyphs, Mark, Pen, Strip};
use crate::model::text;
use crate::render::width;

/// How many cells of an atom's text are shown: of a few atoms more than of many.
const fn text_cells(atoms: usize) -> usize {
    if atoms > 6 { 12 } else { 22 }
}

/// A piece of the stream that no border cuts; the last may be the end of the stream, without a byte.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub bytes: Range<u64>,
    pub is_end: bool,
    /// What stands in it, escaped and cut to what is shown.
    pub text: String,
    /// How many cells lie between its two borders.
    pub cells: usize,
    /// Which send wrote it, counted from the first; with it comes its colour.
    pub send: Option<usize>,
}

/// All atoms of a stream, in order.
#[derive(Clone, Debug)]
pub(super) struct Atoms(Vec<Atom>);

impl Atoms {
    /// Cuts a strip at every border that is in it, and makes each atom as wide as it needs.
    pub fn of(strip: &Strip, pen: Pen) -> Self {
        let marks = || {
            [&strip.sends, &strip.frames, &strip.receives]
                .into_iter()
                .flatten()
        };
        let mut borders = BTreeSet::from([0, strip.content.end()]);
        for mark in marks() {
            borders.extend([mark.bytes.start, mark.bytes.end]);
        }
        let borders: Vec<u64> = borders.into_iter().collect();
        let pieces = borders.windows(2).filter_map(|pair| match pair {
            [start, end] => Some(*start..*end),
            _ => None,
        });
        let text_cells = text_cells(borders.len() - 1);
        let mut atoms: Vec<Atom> = pieces
            .map(|bytes| Atom::of_bytes(bytes, strip, pen, text_cells))
            .collect();
        if marks().any(|mark| mark.end) {
            let end = borders.last().copied().unwrap_or(0);
            atoms.push(Atom::of_end(end, strip));
        }
        let mut atoms = Self(atoms);
        let room = pen.columns.saturating_sub(GUTTER + 2).max(8);
        for mark in marks() {
            atoms.widen_for(mark, room);
        }
        atoms
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, index: usize) -> Option<&Atom> {
        self.0.get(index)
    }

    /// These atoms.
    pub fn slice(&self, range: Range<usize>) -> &[Atom] {
        self.0.get(range).unwrap_or(&[])
    }

    /// The bytes of these atoms.
    pub fn bytes(&self, range: Range<usize>) -> Range<u64> {
        match self.slice(range) {
            [first, .., last] => first.bytes.start..last.bytes.end,
            [only] => only.bytes.clone(),
            [] => 0..0,
        }
    }

    /// Which atoms lie under a mark.
    pub fn under(&self, mark: &Mark) -> Range<usize> {
        let start = self.0.partition_point(|atom| {
            if mark.bytes.is_empty() {
                !atom.is_end
            } else {
                atom.bytes.start < mark.bytes.start
            }
        });
        let end = self.0.partition_point(|atom| {
            (atom.bytes.end <= mark.bytes.end && !atom.is_end) || (mark.end && atom.is_end)
        });
        start..end.max(start)
    }

    /// Makes the atoms under a mark wide enough for its label: all of them alike, the last more.
    fn widen_for(&mut self, mark: &Mark, room: usize) {
        let under = self.under(mark);
        let needed = (width::of(&mark.label) + 3).min(room);
        let Some(atoms) = self.0.get_mut(under) else {
            return;
        };
        let count = atoms.len();
        let taken = atoms.iter().map(|atom| atom.cells + 1).sum::<usize>();
        let mut missing = (needed + 1).saturating_sub(taken);
        for (index, atom) in atoms.iter_mut().enumerate() {
            let more = missing.div_ceil(count - index);
            atom.cells += more;
            missing -= more;
        }
    }
}

impl Atom {
    fn of_bytes(bytes: Range<u64>, strip: &Strip, pen: Pen, text_cells: usize) -> Self {
        let text = text_of(&bytes, strip, pen.glyphs, text_cells);
        let digits = bytes.start.checked_ilog10().unwrap_or(0) as usize + 1;
        Self {
            cells: (width::of(&text) + 2).max(digits),
            send: strip
                .sends
                .iter()
                .position(|send| send.bytes.start <= bytes.start && bytes.end <= send.bytes.end),
            text,
            bytes,
            is_end: false,
        }
    }

    fn of_end(at: u64, strip: &Strip) -> Self {
        Self {
            bytes: at..at,
            is_end: true,
            text: "end".to_owned(),
            cells: 5,
            send: strip.sends.iter().position(|send| send.end),
        }
    }
}

/// The bytes as text, what is long by its beginning.
fn text_of(bytes: &Range<u64>, strip: &Strip, glyphs: Glyphs, cells: usize) -> String {
    let known = strip.content.from(bytes.start);
    let length = usize::try_from(bytes.end - bytes.start).unwrap_or(usize::MAX);
    // More bytes than this are never shown.
    let shown = length.min(4 * cells).min(known.len());
    let content = known.get(..shown).unwrap_or(&[]);
    let mut out = String::new();
    if glyphs == Glyphs::Unicode {
        text::push_escaped(&mut out, content);
        width::cut(&mut out, 0, cells);
    } else {
        let mut escaped = String::new();
        text::push_escaped(&mut escaped, content);
        out.extend(escaped.chars().flat_map(|character| {
            let escape = (!character.is_ascii()).then(|| character.escape_unicode());
            escape
                .into_iter()
                .flatten()
                .chain(Some(character).filter(char::is_ascii))
        }));
        if out.len() > cells {
            out.truncate(cells - 3);
            out.push_str("...");
        }
    }
    out
}
