//! One band of the ruler: as many atoms as a line has room for, with every lane over and under them.

use std::ops::Range;

use anstyle::{AnsiColor, Style};

use super::atoms::{Atom, Atoms};
use super::{Fate, GUTTER, Glyphs, Mark, Pen, Strip};
use crate::model::fault::Severity;
use crate::render::theme;
use crate::render::width;

/// The colours of the sends, one after the other: neighbours differ.
const SENDS: [AnsiColor; 5] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
];

/// Appends these atoms in as many bands as they need.
pub(super) fn push_all(
    strip: &Strip,
    atoms: &Atoms,
    range: Range<usize>,
    pen: Pen,
    out: &mut String,
) {
    let room = pen.columns.saturating_sub(GUTTER + 1);
    let mut start = range.start;
    while start < range.end {
        let mut end = start;
        let mut taken = 0;
        while let Some(atom) = atoms.get(end).filter(|_| end < range.end) {
            taken += atom.cells + 1;
            if taken > room && end > start {
                break;
            }
            end += 1;
        }
        let band = Band {
            atoms,
            range: start..end,
            pen,
        };
        out.push('\n');
        band.push(strip, out);
        start = end;
    }
}

struct Band<'a> {
    atoms: &'a Atoms,
    range: Range<usize>,
    pen: Pen,
}

impl Band<'_> {
    fn push(&self, strip: &Strip, out: &mut String) {
        self.push_offsets(out);
        self.push_lane("sends", "", &strip.sends, out);
        self.push_bytes(out);
        self.push_lane("frames", "again", &strip.frames, out);
        self.push_lane("receives", "", &strip.receives, out);
    }

    fn here(&self) -> &[Atom] {
        self.atoms.slice(self.range.clone())
    }

    /// The line of the places in the stream, each at its border.
    fn push_offsets(&self, out: &mut String) {
        let mut line = " ".repeat(GUTTER);
        let mut column = GUTTER;
        let last = self.here().last();
        let borders = self
            .here()
            .iter()
            .map(|atom| (atom.bytes.start, atom.cells + 1))
            .chain(
                last.filter(|atom| !atom.is_end)
                    .map(|atom| (atom.bytes.end, 0)),
            );
        for (offset, cells) in borders {
            let taken = line.len();
            if taken <= column {
                line.extend(std::iter::repeat_n(' ', column - taken));
                line.push_str(&offset.to_string());
            }
            column += cells;
        }
        // The last border may stand so near the edge that its place does not fit behind it.
        if line.len() > self.pen.columns
            && let Some(digits) = line.rfind(' ').map(|blank| line.split_off(blank + 1))
        {
            line.truncate(self.pen.columns.saturating_sub(digits.len()));
            line.push_str(&digits);
        }
        self.pen.theme.paint_str(out, theme::dim(), &line);
        out.push('\n');
    }

    /// The line of the bytes themselves, each piece in the colour of the send that wrote it.
    fn push_bytes(&self, out: &mut String) {
        push_name("bytes", out);
        let border = self.glyph('│', '|');
        for atom in self.here() {
            out.push(border);
            let mut cell = String::from(" ");
            cell.push_str(&atom.text);
            width::cut(&mut cell, 0, atom.cells);
            width::pad(&mut cell, 0, atom.cells);
            let style = if atom.is_end {
                theme::dim()
            } else {
                style_of(atom, Fate::Done)
            };
            self.pen.theme.paint_str(out, style, &cell);
        }
        out.push(border);
        out.push('\n');
    }

    /// The lines of one kind of mark: those that lie over each other get a line each.
    fn push_lane(&self, name: &str, name_of_others: &str, marks: &[Mark], out: &mut String) {
        let mut lines: Vec<Vec<(Range<usize>, &Mark)>> = Vec::new();
        for mark in marks {
            let under = self.atoms.under(mark);
            if under.start >= self.range.end || under.end <= self.range.start || under.is_empty() {
                continue;
            }
            let free = lines.iter_mut().find(|line| {
                line.iter()
                    .all(|(other, _)| other.end <= under.start || under.end <= other.start)
            });
            match free {
                Some(line) => line.push((under, mark)),
                None => lines.push(vec![(under, mark)]),
            }
        }
        if lines.is_empty() {
            push_name(name, out);
            trim_and_end(out);
        }
        for (index, line) in lines.iter().enumerate() {
            push_name(if index == 0 { name } else { name_of_others }, out);
            self.push_line(line, out);
        }
    }

    fn push_line(&self, line: &[(Range<usize>, &Mark)], out: &mut String) {
        let over = |atom: usize| line.iter().position(|(under, _)| under.contains(&atom));
        for index in self.range.clone() {
            let is_first = index == self.range.start;
            let (before, here) = (index.checked_sub(1).and_then(over), over(index));
            if is_first || before.is_none() || before != here {
                self.push_border(before, here, is_first, out);
            }
            match here.and_then(|here| line.get(here)) {
                Some((under, mark)) => self.push_piece(index, under, mark, out),
                None => self.push_nothing(index, out),
            }
        }
        let last = over(self.range.end.saturating_sub(1));
        if last.is_some() && last == over(self.range.end) {
            out.push(self.glyph('…', '~'));
        } else {
            self.push_border(last, None, false, out);
        }
        trim_and_end(out);
    }

    /// The border between two atoms that belong to two marks, or to one and none.
    fn push_border(
        &self,
        left: Option<usize>,
        right: Option<usize>,
        is_first: bool,
        out: &mut String,
    ) {
        out.push(match (left, right) {
            (Some(left), Some(right)) if left == right => self.glyph('…', '~'),
            (Some(_), Some(_)) if !is_first => self.glyph('┼', '|'),
            (_, Some(_)) => self.glyph('├', '|'),
            (Some(_), None) if !is_first => self.glyph('┤', '|'),
            _ => ' ',
        });
    }

    /// One atom's share of a mark: of its line, and of its label, that runs through all of them. The
    /// border to the next atom of the same mark is in it.
    fn push_piece(&self, index: usize, under: &Range<usize>, mark: &Mark, out: &mut String) {
        let Some(atom) = self.atoms.get(index) else {
            return;
        };
        let shown = under.start.max(self.range.start)..under.end.min(self.range.end);
        let cells_of = |range| -> usize {
            let atoms = self.atoms.slice(range).iter();
            atoms.map(|atom| atom.cells + 1).sum()
        };
        let (before, all) = (cells_of(shown.start..index), cells_of(shown.clone()));
        let rule = match mark.fate {
            Fate::Done => self.glyph('─', '-'),
            Fate::Lost => self.glyph('╌', '.'),
            Fate::Missing => ' ',
        };
        let mut text = String::new();
        text.push(rule);
        text.push(' ');
        text.push_str(&mark.label);
        width::cut(&mut text, 0, all.saturating_sub(2));
        text.push(' ');
        let cells = atom.cells + usize::from(index + 1 < shown.end);
        let style = style_of(atom, mark.fate);
        self.pen.theme.paint(out, style, |out| {
            push_cells(&text, before, cells, rule, out);
        });
    }

    fn push_nothing(&self, index: usize, out: &mut String) {
        let cells = self.atoms.get(index).map_or(0, |atom| atom.cells);
        out.extend(std::iter::repeat_n(' ', cells));
    }

    fn glyph(&self, unicode: char, ascii: char) -> char {
        match self.pen.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }
}

fn push_name(name: &str, out: &mut String) {
    let start = out.len();
    out.push_str(name);
    width::pad(out, start, GUTTER);
}

/// Appends `cells` cells of a line that begins with `text` and goes on with `rule`, from cell `from` on.
fn push_cells(text: &str, from: usize, cells: usize, rule: char, out: &mut String) {
    let mut place = 0;
    let mut appended = 0;
    for character in text.chars() {
        let wide = width::of_char(character);
        if place >= from && appended + wide <= cells {
            out.push(character);
            appended += wide;
        }
        place += wide;
    }
    out.extend(std::iter::repeat_n(rule, cells.saturating_sub(appended)));
}

fn style_of(atom: &Atom, fate: Fate) -> Style {
    match (fate, atom.send) {
        (Fate::Lost, _) => theme::fault(Severity::Error),
        (Fate::Missing, _) => theme::fault(Severity::Warning),
        (Fate::Done, Some(send)) => SENDS
            .get(send % SENDS.len())
            .map_or_else(Style::new, |color| color.on_default()),
        (Fate::Done, None) => Style::new(),
    }
}

fn trim_and_end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}
