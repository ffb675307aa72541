//! The sequence as an SVG: one file that needs no other, readable on light and on dark.

use std::fmt::Write as _;

use super::labels::{self, Untold, labels};
use super::lanes::{Lanes, Part, Reach};
use super::rows::{Arrow, Crossing, Row, Rows, Turn};
use crate::model::duration;
use crate::model::fault::Severity;
use crate::model::text;
use crate::render::width;

/// Draws rows as an SVG. All lengths are pixels.
#[derive(Debug)]
pub struct Svg<'a> {
    lanes: &'a Lanes,
    /// Where the line of each lane is.
    places: Vec<usize>,
    edges: [usize; 2],
    /// Where the next row begins.
    y: usize,
    body: String,
}

/// What a character of the font takes, about: 0.6 of its height of 13.
const CELL: usize = 8;
/// Left of the first lane: number, time, and half of its head.
const GUTTER: usize = 190;
/// Right of the last lane: half of its head.
const MARGIN: usize = 110;
const HEAD: usize = 64;
/// Where times end.
const TIME: usize = 104;
/// From the line of a program to that of its kernel.
const TO_KERNEL: usize = 40;
const WIDE: usize = 560;
const NARROW: usize = 260;

/// Colours on light, then those that differ on dark. Only what every renderer knows.
const STYLE: &str = "\
.page{fill:#fff}text{font:13px ui-monospace,monospace;fill:#1f2328}
.dim{fill:#59636e}.head{font-weight:bold}.lane{stroke:#b1bac4;stroke-width:1.5}.gap{stroke:#fff;stroke-width:4}.idle{stroke-dasharray:2 5}
.l1,.l2{stroke:#0969da;fill:#0969da}.l3{stroke:#1a7f37;fill:#1a7f37}.l4{stroke:#9a6700;fill:#9a6700}
.l5,.l6{stroke:#0e7490;fill:#0e7490}.l7{stroke:#8250df;fill:#8250df}
.lost,.error{stroke:#cf222e;fill:#cf222e}.warning{fill:#bc4c00}.note{fill:#0e7490}
text.l1,text.l2,text.l3,text.l4,text.l5,text.l6,text.l7,text.lost,text.error{stroke:none}
line.lost{stroke-dasharray:6 4}.arrow{stroke-width:1.5}.state{fill:#ddf4ff;stroke:#54aeff}
@media(prefers-color-scheme:dark){.page{fill:#0d1117}.gap{stroke:#0d1117}text{fill:#e6edf3}.dim{fill:#9198a1}.lane{stroke:#3d444d}
.l1,.l2{stroke:#58a6ff;fill:#58a6ff}.l3{stroke:#3fb950;fill:#3fb950}.l4{stroke:#d29922;fill:#d29922}
.l5,.l6{stroke:#39c5cf;fill:#39c5cf}.l7{stroke:#bc8cff;fill:#bc8cff}.lost,.error{stroke:#ff7b72;fill:#ff7b72}
.warning{fill:#f0883e}.note{fill:#39c5cf}.state{fill:#121d2f;stroke:#1f6feb}}
";

impl<'a> Svg<'a> {
    /// An empty drawing.
    pub fn new(lanes: &'a Lanes) -> Self {
        let [first, last] = lanes.edges();
        let hosts = lanes
            .all()
            .iter()
            .filter(|lane| lane.part == Part::Host)
            .count();
        let spacing = if hosts > 2 { NARROW } else { WIDE };
        let mut places = vec![GUTTER];
        let mut at = GUTTER;
        for gap in 0..lanes.all().len().saturating_sub(1) {
            at += if lanes.are_of_one_host(gap) {
                TO_KERNEL
            } else {
                spacing
            };
            places.push(at);
        }
        Self {
            lanes,
            places,
            edges: [first, last],
            y: HEAD,
            body: String::new(),
        }
    }

    /// Appends the whole file.
    pub fn push(mut self, rows: &Rows<'_>, untold: Untold, out: &mut String) {
        for (row, waiting) in rows.list.iter().zip(&rows.waiting) {
            let (top, before) = (self.y, self.body.len());
            self.draw_row(row);
            let drawn = self.body.split_off(before);
            for lane in waiting {
                self.draw_waiting(*lane, top);
            }
            self.body.push_str(&drawn);
        }
        let end = self.y + 8;
        let scale = |row_time| labels::scale(row_time, "a tick");
        let mut told: Vec<String> = rows.row_time.map(scale).into_iter().collect();
        told.extend(untold.told());
        let height = end + 24 + 20 * told.len();
        let width = self.places.last().copied().unwrap_or(GUTTER) + MARGIN;
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>Sequence of frames</title>\n<style>\n{STYLE}</style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>",
        );
        self.push_lanes(end, out);
        out.push_str(&self.body);
        for (index, text) in told.iter().enumerate() {
            push_text(out, 16, end + 24 + 20 * index, "dim", "start", text);
        }
        out.push_str("</svg>\n");
    }

    fn x(&self, lane: usize) -> usize {
        self.places.get(lane).copied().unwrap_or(GUTTER)
    }

    fn push_lanes(&self, end: usize, out: &mut String) {
        push_text(out, 16, HEAD - 24, "dim", "start", "#");
        push_text(out, TIME, HEAD - 24, "dim", "end", "time ms");
        for (index, lane) in self.lanes.all().iter().enumerate() {
            let x = self.x(index);
            push_text(out, x, 22, "head", "middle", &lane.name);
            push_text(out, x, 40, "head", "middle", &lane.address);
            push_line(out, "lane", [x, HEAD - 14, x, end]);
        }
    }

    fn draw_row(&mut self, row: &Row<'_>) {
        let y = self.y;
        self.y += match row {
            Row::Frame(arrow) => self.draw_frame(arrow, y),
            Row::Note(arrow, note) => {
                let class = match note.severity {
                    Severity::Note => "note",
                    Severity::Warning => "warning",
                    Severity::Error => "error",
                };
                let x = self.left_of(arrow) + 12;
                let lines = textwrap::wrap(&note.text, WIDE / CELL);
                for (index, line) in lines.iter().enumerate() {
                    let y = y + 13 + 18 * index;
                    push_text(&mut self.body, x, y, class, "start", line);
                }
                2 + 18 * lines.len()
            }
            Row::States(states) => {
                for (lane, state) in states {
                    self.draw_state(*lane, state, y);
                }
                28
            }
            Row::Call(crossing) => self.draw_crossing(crossing, y),
            Row::Idle(passed) => {
                let mut told = String::new();
                duration::push(*passed, &mut told);
                told.push_str(" later");
                for x in self.places.clone() {
                    push_line(&mut self.body, "gap", [x, y + 4, x, y + 28]);
                    push_line(&mut self.body, "idle lane", [x, y + 6, x, y + 28]);
                }
                let [first, last] = self.edges;
                let middle = usize::midpoint(self.x(first), self.x(last));
                push_text(&mut self.body, middle, y + 20, "dim", "middle", &told);
                32
            }
            Row::Blank => {
                for x in self.places.clone() {
                    push_line(&mut self.body, "lane", [x - 3, y + 6, x + 3, y + 6]);
                }
                12
            }
        };
    }

    fn draw_state(&mut self, lane: usize, state: &str, y: usize) {
        let width = width::of(state) * CELL + 16;
        let x = self.x(lane);
        let left = x.saturating_sub(width / 2);
        let top = y + 3;
        let _ = writeln!(
            self.body,
            "<rect class=\"state\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"20\" rx=\"10\"/>"
        );
        push_text(&mut self.body, x, y + 18, "", "middle", state);
    }

    /// While a program waits in a call, its line is dashed.
    fn draw_waiting(&mut self, lane: usize, top: usize) {
        let x = self.x(lane);
        push_line(&mut self.body, "gap", [x, top, x, self.y]);
        push_line(&mut self.body, "l7 idle", [x, top, x, self.y]);
    }

    /// Draws a call between a program and its kernel, and says what it is on the side of the wire; how high
    /// that is.
    fn draw_crossing(&mut self, crossing: &Crossing<'_>, y: usize) -> usize {
        let mut time = String::new();
        text::push_milliseconds(&mut time, crossing.call.time);
        push_text(&mut self.body, TIME, y + 15, "dim", "end", &time);
        if let Some(number) = crossing.call.number {
            push_text(&mut self.body, 16, y + 15, "", "start", &number.to_string());
        }
        let [program, kernel] = [crossing.program, crossing.kernel].map(|lane| self.x(lane));
        if crossing.call.turn != Turn::Back {
            push_arrow(&mut self.body, "l7", program, kernel, y + 11, false);
        }
        if crossing.call.turn != Turn::In {
            push_arrow(&mut self.body, "l7", kernel, program, y + 11, false);
        }
        let (x, anchor) = if program < kernel {
            (kernel + 10, "start")
        } else {
            (kernel - 10, "end")
        };
        push_text(&mut self.body, x, y + 15, "l7", anchor, &crossing.call.told);
        24
    }

    /// Draws a frame; how high that is.
    fn draw_frame(&mut self, arrow: &Arrow<'_>, y: usize) -> usize {
        let step = arrow.step;
        let class = if step.is_lost {
            "lost".to_owned()
        } else {
            format!("l{}", step.layer.number())
        };
        let mut time = String::new();
        text::push_milliseconds(&mut time, step.time);
        let mut number = String::new();
        text::push_number(&mut number, step.number);
        push_text(&mut self.body, 16, y + 22, "", "start", &number);
        push_text(&mut self.body, TIME, y + 22, "dim", "end", &time);

        let said = labels(step);
        let left = self.left_of(arrow);
        let Some((from, to)) = arrow.way else {
            push_text(
                &mut self.body,
                left + 12,
                y + 14,
                &class,
                "start",
                &said[0].0,
            );
            return 28;
        };
        let spans = self.spans(from, to);
        let room = spans.iter().map(|(one, other)| one.abs_diff(*other)).max();
        let room = room.unwrap_or(0).saturating_sub(24) / CELL;
        let fitting = said
            .iter()
            .find(|(label, _)| width::of(label) <= room && !label.is_empty());
        let (label, rest) = fitting.unwrap_or(&said[said.len() - 1]);
        let x = spans
            .iter()
            .map(|(one, other)| *one.min(other))
            .min()
            .unwrap_or(left);
        push_text(&mut self.body, x + 12, y + 14, &class, "start", label);
        for (from, to) in spans {
            push_arrow(&mut self.body, &class, from, to, y + 20, step.is_lost);
        }
        if rest.is_empty() {
            return 30;
        }
        push_text(&mut self.body, left + 12, y + 36, &class, "start", rest);
        46
    }

    /// Where the leftmost lane that a frame touches is.
    fn left_of(&self, arrow: &Arrow<'_>) -> usize {
        self.x(match arrow.way {
            Some((from, Reach::Lane(to))) => from.min(to),
            _ => 0,
        })
    }

    /// From where to where lines are drawn for a frame.
    fn spans(&self, from: usize, to: Reach) -> Vec<(usize, usize)> {
        let ends = match to {
            Reach::Lane(to) => vec![to],
            Reach::All => self.edges.to_vec(),
        };
        let others = ends.into_iter().filter(|to| *to != from);
        others.map(|to| (self.x(from), self.x(to))).collect()
    }
}

/// An arrow whose head stands at the lane; of a lost frame a line that ends midway in a cross.
fn push_arrow(out: &mut String, class: &str, from: usize, to: usize, y: usize, is_lost: bool) {
    let end = if is_lost {
        usize::midpoint(from, to)
    } else {
        to
    };
    push_line(out, &format!("{class} arrow"), [from, y, end, y]);
    let (left, right) = (end.saturating_sub(6), end + 6);
    if is_lost {
        let _ = writeln!(
            out,
            "<path class=\"lost arrow\" d=\"M{left} {} L{right} {} M{left} {} L{right} {}\"/>",
            y - 6,
            y + 6,
            y + 6,
            y - 6
        );
        return;
    }
    let base = if to > from {
        to.saturating_sub(9)
    } else {
        to + 9
    };
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{to} {y} L{base} {} L{base} {} Z\"/>",
        y - 4,
        y + 4
    );
}

fn push_line(out: &mut String, class: &str, [x1, y1, x2, y2]: [usize; 4]) {
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
    );
}

fn push_text(out: &mut String, x: usize, y: usize, class: &str, anchor: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">"
    );
    push_escaped(out, text);
    out.push_str("</text>\n");
}

/// Appends a text that cannot end its element; what XML 1.0 (section 2.2) does not allow is replaced.
fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            character if character.is_control() => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_element() {
        let mut out = String::new();
        push_escaped(&mut out, "</text><script>\"&\u{0}\u{ffff}");
        assert_eq!(
            out,
            "&lt;/text&gt;&lt;script&gt;&quot;&amp;\u{fffd}\u{fffd}"
        );
    }
}
