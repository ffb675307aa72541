//! The ladder in a terminal.

use std::borrow::Cow;
use std::ops::Range;

use anstyle::Style;

use super::canvas::Canvas;
use super::labels::{self, Untold, labels};
use super::lanes::{Lanes, Part, Reach};
use super::rows::{Arrow, Crossing, Row, Rows, Turn};
use crate::explain::step::Step;
use crate::model::duration;
use crate::model::fault::Severity;
use crate::model::reference::OsiLayer;
use crate::model::text;
use crate::render::theme::{self, Theme};
use crate::render::width;

/// What stands left of the lanes: number and time.
const GUTTER: usize = 15;
/// Arrows shorter than this have no room for a head and a tail.
const LEAST_SPACING: usize = 8;
/// From the line of a program to that of its kernel.
const TO_KERNEL: usize = 4;
/// Longer ones are only harder to follow.
const MOST_SPACING: usize = 66;
/// Fewer cells than this are too few for a sentence.
const LEAST_ROOM: usize = 30;
/// Fewer cells than this are too few for an address and a port.
const LEAST_WORDS: usize = 21;
/// What an arrow takes beside its label: a dash and a blank before it, a blank, a dash and the head behind.
const AROUND_LABEL: usize = 5;

/// How many lanes a terminal of this width has room for.
pub const fn most_lanes(columns: usize) -> usize {
    1 + columns.saturating_sub(GUTTER + 1) / LEAST_SPACING
}

/// Draws rows as lines of text.
#[derive(Debug)]
pub struct Ladder<'a> {
    theme: Theme,
    lanes: &'a Lanes,
    /// The column of each lane's line.
    places: Vec<usize>,
    columns: usize,
}

impl<'a> Ladder<'a> {
    /// A ladder `columns` cells wide.
    pub fn new(columns: usize, theme: Theme, lanes: &'a Lanes) -> Self {
        let gaps = 0..lanes.all().len().saturating_sub(1);
        let narrow = gaps
            .clone()
            .filter(|gap| lanes.are_of_one_host(*gap))
            .count();
        let room = columns.saturating_sub(GUTTER + 1 + narrow * TO_KERNEL);
        let spacing = (room / (gaps.len() - narrow).max(1)).min(MOST_SPACING);
        let mut places = vec![GUTTER];
        let mut at = GUTTER;
        for gap in gaps {
            at += if lanes.are_of_one_host(gap) {
                TO_KERNEL
            } else {
                spacing
            };
            places.push(at);
        }
        Self {
            theme,
            lanes,
            columns: at + 1,
            places,
        }
    }

    /// Appends the heads of the lanes, all rows, and what is not drawn.
    pub fn push(&self, rows: &Rows<'_>, untold: Untold, out: &mut String) {
        if let Some(row_time) = rows.row_time {
            let told = labels::scale(row_time, "an empty line");
            out.push_str(&textwrap::fill(&told, self.columns));
            out.push_str("\n\n");
        }
        self.push_heads(out);
        for (row, waiting) in rows.list.iter().zip(&rows.waiting) {
            self.push_row(row, waiting, out);
        }
        if let Some(untold) = untold.told() {
            out.push_str(&textwrap::fill(&untold, self.columns));
            out.push('\n');
        }
    }

    fn push_heads(&self, out: &mut String) {
        let all = self.lanes.all();
        if all.iter().any(|lane| lane.part == Part::Program) {
            let legend = "Outer lines: the programs, ╎ while one waits in a call; inner: the kernels of their hosts; between them the wire";
            out.push_str(&textwrap::fill(legend, self.columns));
            out.push_str("\n\n");
        }
        let names: Vec<&str> = all.iter().map(|lane| lane.name.as_str()).collect();
        let addresses = all.iter().map(|lane| lane.address.as_str());
        if names.iter().any(|name| !name.is_empty()) {
            self.push_labels(&names, theme::heading(), None, out);
        }
        let addresses: Vec<&str> = addresses.collect();
        self.push_labels(&addresses, theme::heading(), Some("  #   time ms"), out);
    }

    /// Appends a text above each lane, on as many lines as it takes for none to touch another.
    fn push_labels(&self, texts: &[&str], style: Style, gutter: Option<&str>, out: &mut String) {
        let texts = (0..).zip(texts.iter().copied());
        let mut waiting: Vec<(usize, &str)> = texts.filter(|(_, text)| !text.is_empty()).collect();
        while !waiting.is_empty() {
            let mut canvas = Canvas::new(self.columns);
            let mut free_from = 0;
            let mut later = Vec::new();
            for (lane, text) in waiting {
                let at = self.centred(lane, width::of(text));
                if at < free_from {
                    canvas.put(self.place(lane), "│", Style::new());
                    free_from = self.place(lane) + 2;
                    later.push((lane, text));
                } else {
                    canvas.put(at, text, style);
                    free_from = at + width::of(text) + 2;
                }
            }
            waiting = later;
            if waiting.is_empty() {
                canvas.put(0, gutter.unwrap_or_default(), theme::dim());
            }
            canvas.push(self.theme, out);
        }
    }

    /// Where a text begins that is centred on a lane, as far as the edges let it.
    fn centred(&self, lane: usize, cells: usize) -> usize {
        let centred = self.place(lane).saturating_sub(cells / 2);
        centred.min(self.columns.saturating_sub(cells)).max(
            // The gutter is for numbers, as long as there is room beside it.
            (GUTTER - 1).min(self.columns.saturating_sub(cells)),
        )
    }

    fn place(&self, lane: usize) -> usize {
        self.places.get(lane).copied().unwrap_or(GUTTER)
    }

    /// A line with the lanes on it; those of programs that wait in a call are dashed.
    fn line(&self, lane: &str, waiting: &[usize]) -> Canvas {
        let mut canvas = Canvas::new(self.columns);
        for (index, place) in self.places.iter().enumerate() {
            let lane = if waiting.contains(&index) {
                "╎"
            } else {
                lane
            };
            canvas.put(*place, lane, Style::new());
        }
        canvas
    }

    fn push_row(&self, row: &Row<'_>, waiting: &[usize], out: &mut String) {
        match row {
            Row::Frame(arrow) => self.push_frame(arrow, waiting, out),
            Row::Note(arrow, note) => {
                let style = theme::fault(note.severity);
                for line in textwrap::wrap(&note.text, self.room_beside(arrow)) {
                    let mut canvas = self.line("│", waiting);
                    self.put_beside(&mut canvas, arrow, &line, style);
                    canvas.push(self.theme, out);
                }
            }
            Row::States(states) => self.push_states(states, waiting, out),
            Row::Call(crossing) => self.push_call(crossing, waiting, out),
            Row::Idle(passed) => {
                let mut canvas = self.line("┆", waiting);
                let mut told = String::from("… ");
                duration::push(*passed, &mut told);
                told.push_str(" later …");
                let middle = usize::midpoint(self.place(0), self.columns);
                let at = middle.saturating_sub(width::of(&told) / 2);
                canvas.put(at, &told, theme::dim());
                canvas.push(self.theme, out);
            }
            Row::Blank => self.line("│", waiting).push(self.theme, out),
        }
    }

    fn push_frame(&self, arrow: &Arrow<'_>, waiting: &[usize], out: &mut String) {
        let step = arrow.step;
        let mut canvas = self.line("│", waiting);
        put_gutter(&mut canvas, &step.number.to_string(), step.time);
        let labels = labels(step);
        let Some(span) = self.span(arrow) else {
            let (label, _) = &labels[0];
            self.put_beside(&mut canvas, arrow, label, style(step));
            canvas.push(self.theme, out);
            return;
        };
        let room = (span.1 - span.0).saturating_sub(1 + AROUND_LABEL);
        let fits = labels.iter().find(|(label, _)| width::of(label) <= room);
        let (label, rest) = fits.unwrap_or(&labels[labels.len() - 1]);
        self.put_arrow(&mut canvas, arrow, span, width::of(label));
        put_label(&mut canvas, arrow, span, label);
        canvas.push(self.theme, out);
        if !rest.is_empty() {
            let mut canvas = self.line("│", waiting);
            self.put_beside(&mut canvas, arrow, rest, style(step));
            canvas.push(self.theme, out);
        }
    }

    /// From which column to which an arrow reaches; `None` where it goes nowhere else.
    fn span(&self, arrow: &Arrow<'_>) -> Option<Span> {
        let (from, to) = arrow.way?;
        let (first, last) = match to {
            Reach::Lane(to) => (from.min(to), from.max(to)),
            Reach::All => self.lanes.edges().into(),
        };
        (first != last).then(|| (self.place(first), self.place(last)))
    }

    fn put_arrow(&self, canvas: &mut Canvas, arrow: &Arrow<'_>, span: Span, label: usize) {
        let Some((from, to)) = arrow.way else { return };
        let style = style(arrow.step);
        let (left, right) = span;
        let from = self.place(from);
        let is_rightward = from < right;
        let drawn = if arrow.step.is_lost {
            let midway = midway(span, is_rightward, label);
            canvas.put(midway, "✗", style);
            if is_rightward {
                left + 1..midway
            } else {
                midway + 1..right
            }
        } else {
            left + 1..right
        };
        canvas.fill(drawn.clone(), "─", style);
        for crossed in self.places.iter().filter(|place| drawn.contains(place)) {
            canvas.put(*crossed, if to == Reach::All { "┬" } else { "┼" }, style);
        }
        let tail = match (from == left, from == right) {
            (true, _) => "├",
            (_, true) => "┤",
            _ => "┼",
        };
        canvas.put(from, tail, style);
        if is_rightward && drawn.contains(&(right - 1)) {
            canvas.put(right - 1, "▶", style);
        }
        if from > left && drawn.contains(&(left + 1)) {
            canvas.put(left + 1, "◀", style);
        }
    }

    /// Puts a text where the arrow is or would be; further left, where it would not fit.
    fn put_beside(&self, canvas: &mut Canvas, arrow: &Arrow<'_>, text: &str, style: Style) {
        let [first, last] = self.lanes.edges().map(|lane| self.place(lane));
        let mut shown = text.to_owned();
        width::cut(&mut shown, 0, last.saturating_sub(first + 3));
        let latest = last.saturating_sub(width::of(&shown) + 1);
        canvas.put((self.left_of(arrow) + 3).min(latest), &shown, style);
    }

    /// The column of the leftmost lane that a frame touches.
    fn left_of(&self, arrow: &Arrow<'_>) -> usize {
        let first = self.lanes.edges()[0];
        self.place(match arrow.way {
            Some((from, Reach::Lane(to))) => from.min(to),
            _ => first,
        })
    }

    /// How many cells there are for a text below an arrow, without covering its lanes; from the first lane on,
    /// where those are too close together.
    fn room_beside(&self, arrow: &Arrow<'_>) -> usize {
        let [first, last] = self.lanes.edges().map(|lane| self.place(lane));
        let room = last.saturating_sub(self.left_of(arrow) + 4);
        if room < LEAST_ROOM {
            last.saturating_sub(first + 4)
        } else {
            room
        }
    }

    /// Draws a call between a program and its kernel.
    fn put_crossing(&self, canvas: &mut Canvas, crossing: &Crossing<'_>) {
        let [program, kernel] = [crossing.program, crossing.kernel].map(|lane| self.place(lane));
        let style = theme::layer(OsiLayer::Application);
        let (left, right) = (program.min(kernel), program.max(kernel));
        canvas.fill(left + 1..right, "─", style);
        let goes_in = crossing.call.turn != Turn::Back;
        let comes_back = crossing.call.turn != Turn::In;
        let is_left = program < kernel;
        if goes_in && is_left || comes_back && !is_left {
            canvas.put(right - 1, "▶", style);
        }
        if comes_back && is_left || goes_in && !is_left {
            canvas.put(left + 1, "◀", style);
        }
    }

    /// Says what a call is on the side of the wire, in as many lines as it takes: between the lanes there, or below
    /// across all of them, where those are too close together.
    fn push_call(&self, crossing: &Crossing<'_>, waiting: &[usize], out: &mut String) {
        let [first, last] = self.lanes.edges().map(|lane| self.place(lane));
        let is_left = crossing.program < crossing.kernel;
        let until = if is_left {
            last
        } else {
            self.place(crossing.kernel)
        };
        let is_below = until < last && until < first + 3 + LEAST_WORDS;
        let until = if is_below { last } else { until };
        let told = textwrap::wrap(&crossing.call.told, until.saturating_sub(first + 3));
        let blank = is_below.then_some(Cow::Borrowed(""));
        for (index, line) in blank.into_iter().chain(told).enumerate() {
            let mut canvas = self.line("│", waiting);
            if index == 0 {
                let number = crossing.call.number.map(|number| number.to_string());
                put_gutter(&mut canvas, &number.unwrap_or_default(), crossing.call.time);
                self.put_crossing(&mut canvas, crossing);
            }
            let at = if is_left || is_below {
                first + 2
            } else {
                until.saturating_sub(width::of(&line) + 1)
            };
            canvas.put(at, &line, theme::layer(OsiLayer::Application));
            canvas.push(self.theme, out);
        }
    }

    /// Appends states, on as many lines as it takes for none to touch another.
    fn push_states(&self, states: &[(usize, String)], waiting: &[usize], out: &mut String) {
        let mut later: Vec<&(usize, String)> = states.iter().collect();
        while !later.is_empty() {
            let mut canvas = self.line("│", waiting);
            let mut taken: Vec<Range<usize>> = Vec::new();
            later.retain(|(lane, state)| {
                let cells = self.cells_of(*lane, state);
                let touches =
                    |other: &Range<usize>| cells.start <= other.end && other.start <= cells.end;
                if taken.iter().any(touches) {
                    return true;
                }
                canvas.put(cells.start, state, theme::fault(Severity::Note));
                taken.push(cells);
                false
            });
            canvas.push(self.theme, out);
        }
    }

    /// Where the state of a lane stands: at its right, and of the last lane at its left, before the edge.
    fn cells_of(&self, lane: usize, state: &str) -> Range<usize> {
        let (place, cells) = (self.place(lane), width::of(state));
        let latest = self.place(self.lanes.edges()[1]).saturating_sub(cells + 1);
        let start = if lane == 0 {
            place + 2
        } else {
            (place + 2).min(latest)
        };
        start..start + cells
    }
}

/// The first and the last column of an arrow.
type Span = (usize, usize);

/// Where a lost frame ends: in the middle, or where its label has room.
fn midway((left, right): Span, is_rightward: bool, label: usize) -> usize {
    let middle = usize::midpoint(left, right);
    if is_rightward {
        middle.max(left + label + AROUND_LABEL).min(right - 1)
    } else {
        middle
            .min(right.saturating_sub(label + AROUND_LABEL))
            .max(left + 1)
    }
}

/// Labels stand one below the other at the left; that of a frame that was lost on its way to the left stands
/// where it came from.
fn put_label(canvas: &mut Canvas, arrow: &Arrow<'_>, (left, right): Span, label: &str) {
    if label.is_empty() {
        return;
    }
    let padded = format!(" {label} ");
    let goes_left = matches!(arrow.way, Some((from, Reach::Lane(to))) if to < from);
    let at = if arrow.step.is_lost && goes_left {
        right.saturating_sub(width::of(&padded) + 1)
    } else {
        left + 2
    };
    canvas.put(at, &padded, style(arrow.step));
}

fn style(step: &Step) -> Style {
    if step.is_lost {
        theme::fault(Severity::Error)
    } else {
        theme::layer(step.layer)
    }
}

/// Puts a number and when it was.
fn put_gutter(canvas: &mut Canvas, number: &str, time: i64) {
    let at = 3_usize.saturating_sub(number.len());
    canvas.put(at, number, Style::new());
    let mut told = String::new();
    text::push_milliseconds(&mut told, time);
    let at = (GUTTER - 2).saturating_sub(told.len());
    canvas.put(at, &told, theme::dim());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::CallId;
    use crate::render::sequence::happenings::{CallStep, Happening};
    use crate::render::sequence::rows::Scale;

    /// The lines of a ladder of three hosts, that in the middle making a call.
    fn of_the_middle_host(columns: usize, told: &str) -> Vec<String> {
        let hosts = ["b", "server", "c"].map(std::sync::Arc::from);
        let lanes = Lanes::of(&[], &Vec::new(), 16, &hosts);
        let happenings = [Happening::Call(CallStep {
            host: std::sync::Arc::clone(&hosts[1]),
            number: Some(CallId(7)),
            begun: 0,
            time: 1_512_000,
            turn: Turn::Back,
            told: told.to_owned(),
        })];
        let rows = Rows::of(&happenings, &lanes, Scale::Folded);
        let mut out = String::new();
        Ladder::new(columns, Theme::Plain, &lanes).push(&rows, Untold::default(), &mut out);
        let lines = out.lines().skip_while(|line| !line.contains("server"));
        lines.skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn what_the_middle_host_calls_has_its_number_and_covers_neither_the_time_nor_the_lanes_beside_it()
     {
        let lines = of_the_middle_host(80, "recvfrom = 0  ← frame 10 (FIN)  after 4.21 ms");
        let expected = [
            " c7     1.512  │   │   recvfrom = 0  ← frame │──▶│                         │   │",
            "               │   │ 10 (FIN)  after 4.21 ms │   │                         │   │",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn where_lanes_are_close_a_call_is_told_below() {
        let lines = of_the_middle_host(60, "recvfrom = 0  ← frame 10 (FIN)");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with(" c7     1.512  │   │"), "{lines:?}");
        assert!(lines[0].contains("│──▶│"), "{lines:?}");
        let told = "               │   │ recvfrom = 0  ← frame 10 (FIN)";
        assert!(lines[1].starts_with(told), "{lines:?}");
    }

    #[test]
    fn states_that_would_touch_each_other_stand_on_lines_of_their_own() {
        let hosts = ["a", "server", "b"].map(std::sync::Arc::from);
        let lanes = Lanes::of(&[], &Vec::new(), 16, &hosts);
        let all = lanes.all().iter().enumerate();
        let of_hosts = all.filter(|(_, lane)| lane.part == Part::Host);
        let told = ["", "LISTEN (stream 1)", "CLOSED (stream 1)"].map(str::to_owned);
        let states = of_hosts.map(|(lane, _)| lane).zip(told).skip(1);
        let states: Vec<_> = states.collect();
        let lines_of = |columns| {
            let mut out = String::new();
            let ladder = Ladder::new(columns, Theme::Plain, &lanes);
            ladder.push_states(&states, &[], &mut out);
            out.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        for columns in [50, 80, 90] {
            let lines = lines_of(columns);
            assert_eq!(lines.len(), 2, "{lines:?}");
            for (line, (_, state)) in lines.iter().zip(&states) {
                assert!(line.contains(state), "{line}");
            }
        }
        let wide = lines_of(160);
        assert_eq!(wide.len(), 1, "{wide:?}");
    }
}
