//! The exchange: time runs down, the client stands left and the server right, an arrow a frame, the
//! layers of each and what it is there for. At its end, what the layering cost.

use super::View;
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::Arc;

use super::call_line::CallLine;
use super::list::TimeStyle;
use super::sums::Sums;
use super::theme::{self, Theme};
use super::width;
use crate::explain::timeline::Moment;
use crate::explain::{evidence, refusal, story};
use crate::flow::causes::Causes;
use crate::model::draft::Draft;
use crate::model::fate::{Fate, Harm};
use crate::model::fault::{Fault, Severity};
use crate::model::layer::{Decoded, Layer};
use crate::model::needs::Needs;
use crate::model::text;

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The host on the left.
    Client,
    /// The host on the right.
    Server,
}

/// Tells who sent a frame.
pub type TellSender = fn(&Decoded<'_>) -> Sender;

/// Tells the names of sender and receiver of a frame.
pub type TellEnds = Rc<dyn Fn(&Decoded<'_>) -> [String; 2]>;

/// Between whom frames go.
#[derive(Clone)]
pub enum Lanes {
    /// A client on the left and a server on the right: an arrow says which way.
    Two(TellSender),
    /// Many hosts: each frame names two.
    Many {
        /// Which.
        tell: TellEnds,
        /// The longest of their names, in cells.
        cells: usize,
    },
}

impl Lanes {
    fn push_heading(&self, out: &mut String) {
        match self {
            Self::Two(_) => out.push_str("client server"),
            Self::Many { .. } => out.push_str("from → to"),
        }
    }

    /// How many cells stand for sender and receiver.
    fn cells(&self) -> usize {
        match self {
            Self::Two(_) => ARROW_CELLS,
            Self::Many { cells, .. } => 2 * cells + 3,
        }
    }

    fn push(&self, decoded: &Decoded<'_>, harms: &[Harm<'_>], out: &mut String) {
        match self {
            Self::Two(tell) => out.push_str(arrow(tell(decoded), harms)),
            Self::Many { tell, cells } => {
                let [from, to] = tell(decoded);
                let sign = sign(harms);
                let _ = write!(out, "{from:>cells$} {sign} {to:<cells$}");
            }
        }
    }
}

impl Lanes {
    /// Appends a host's name where it stands.
    fn push_host(&self, host: &str, out: &mut String) {
        let start = out.len();
        match self {
            Self::Two(_) if host == "client" => out.push_str(host),
            Self::Two(_) => width::push_right(out, ARROW_CELLS, |out| out.push_str(host)),
            Self::Many { cells, .. } => width::push_right(out, *cells, |out| out.push_str(host)),
        }
        width::pad(out, start, self.cells());
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Two(_) => "Two",
            Self::Many { .. } => "Many",
        })
    }
}

/// The exchange view.
#[derive(Debug)]
pub struct Exchange {
    theme: Theme,
    columns: usize,
    sums: Sums,
    lanes: Lanes,
    causes: Arc<Causes>,
    /// An IPv4 address that a call had in the spelling of IPv6.
    mapped: Option<Ipv4Addr>,
}

/// Terminals from this width on have room for the layers with blanks between.
const WIDE: usize = 100;

/// Terminals from this width on have room for the layers at all.
const USUAL: usize = 80;

/// Terminals from this width on have room for what a frame says beside its layers; else it stands below them.
const LEAST: usize = 60;

/// How far it stands in there.
const BELOW: usize = 6;

/// An arrow from the one side to the other.
const ARROW_CELLS: usize = 11;

/// What a segment of no message says at most, in cells: `FIN ACK  has no more to say`.
const USUAL_MEANING: usize = 27;

/// How many lines what a frame says may take: as many as the handshake of a server on a usual terminal.
const MOST_LINES: usize = 6;

/// How far the handshake is, `(1 of 3)`, as it is told, and in one word, which it is while a line is broken.
const OF_THREE: [&str; 2] = [" of 3)", "\u{a0}of\u{a0}3)"];

/// Number and time.
const BEFORE_ARROW: usize = 13;

/// The time alone: up to ten seconds with all that is known of it.
const TIME_CELLS: usize = 8;

impl Exchange {
    /// An exchange in a theme, `columns` cells wide.
    pub fn new(theme: Theme, columns: usize, lanes: Lanes) -> Self {
        Self {
            theme,
            columns,
            sums: Sums::default(),
            lanes,
            causes: Arc::default(),
            mapped: None,
        }
    }

    /// Why calls name other addresses than frames, once.
    fn push_mapped(&self, address: Ipv4Addr, out: &mut String) {
        out.push('\n');
        let told = format!(
            "::ffff:{address} in a call is {address}: so a socket of IPv6 sees IPv4, which is what crosses the cable (netinspect explain v4-mapped)"
        );
        for line in textwrap::wrap(&told, self.columns) {
            self.theme.paint_str(out, theme::dim(), &line);
            out.push('\n');
        }
    }

    /// Behind the arrow. Two names may take more room than it, which what they say would miss.
    fn gap(&self) -> &'static str {
        let others = BEFORE_ARROW + self.lanes.cells() + self.layers_cells() + 1;
        let left = self.columns.saturating_sub(others + USUAL_MEANING);
        match (&self.lanes, left) {
            (Lanes::Two(_), _) | (_, 3..) => "   ",
            (_, 2) => "  ",
            _ => " ",
        }
    }

    fn layers_cells(&self) -> usize {
        match self.columns {
            WIDE.. => 29,
            USUAL.. => 23,
            ..LEAST => self
                .columns
                .saturating_sub(BEFORE_ARROW + self.lanes.cells() + 4),
            // What they say is missed more than they are.
            columns => columns.saturating_sub(USUAL - 23).max(8),
        }
    }

    /// Appends the layers and what they say: what of that has no room any more is in lines below. What takes more
    /// than [`MOST_LINES`] stays whole, and is cut.
    fn push_meaning(&mut self, decoded: &Decoded<'_>, line: usize, out: &mut String) -> String {
        let start = out.len();
        self.push_layers(decoded, out);
        self.cut_layers(start, out);
        if self.columns < LEAST {
            let mut below = format!("\n{}", " ".repeat(BELOW));
            story::push_frame(decoded, &mut below);
            width::fold(&mut below, 1, self.columns);
            return below;
        }
        width::pad(out, start, self.layers_cells() + 1);
        let mut meaning = String::new();
        story::push_frame(decoded, &mut meaning);
        let indent = width::of(&out[line..]);
        let [parted, whole] = OF_THREE;
        let mut lines = meaning.replace(parted, whole);
        width::wrap(&mut lines, 0, self.columns.saturating_sub(indent), 0);
        let lines = lines.replace(whole, parted);
        match lines.split_once('\n') {
            Some((first, others)) if others.lines().count() < MOST_LINES => {
                out.push_str(first);
                let next = format!("\n{}", " ".repeat(indent));
                format!("{next}{}", others.replace('\n', &next))
            }
            _ => {
                out.push_str(&meaning);
                String::new()
            }
        }
    }

    /// Cuts the layers that were appended from `start` on where they have no room: the outermost, since these are the
    /// same in all frames.
    fn cut_layers(&self, start: usize, out: &mut String) {
        let (cells, separator) = (self.layers_cells(), self.separator());
        let whole = out.split_off(start);
        let (mut rest, mut shown) = (whole.as_str(), whole.clone());
        while width::of(&shown) > cells
            && let Some((_, inner)) = rest.split_once(separator)
            && inner.contains(separator)
        {
            rest = inner;
            shown = format!("…{separator}{rest}");
        }
        out.push_str(&shown);
        width::cut(out, start, cells);
    }

    fn separator(&self) -> &'static str {
        if self.columns >= WIDE { " · " } else { "·" }
    }

    /// A line of its own below the frame.
    fn push_below(&self, text: &str, style: anstyle::Style, out: &mut String) {
        let mut shown = String::new();
        text::push_escaped(&mut shown, text.as_bytes());
        let indent = " ".repeat(BEFORE_ARROW);
        let (first, next) = (format!("{indent}└ "), format!("{indent}  "));
        let options = textwrap::Options::new(self.columns)
            .initial_indent(&first)
            .subsequent_indent(&next);
        for line in textwrap::wrap(&shown, options) {
            self.theme.paint_str(out, style, &line);
            out.push('\n');
        }
    }

    fn push_layers(&self, decoded: &Decoded<'_>, out: &mut String) {
        let separator = self.separator();
        // Of a message that is whole now, the last piece is no news.
        let is_news = |layer: &Layer| !layer.is_piece() || decoded.assembled.is_empty();
        // Nor is one more message: they stand one behind the other, and not inside each other.
        let is_one_more = |index: usize, layer: &Layer| {
            let before = index
                .checked_sub(1)
                .and_then(|before| decoded.layers.get(before));
            let is_the_same =
                before.is_some_and(|before| before.protocol.label == layer.protocol.label);
            is_the_same && layer.protocol.standing.is_of_programs()
        };
        for (index, layer) in decoded.layers_on_wire() {
            if !is_news(layer) || layer.protocol.is_around_messages() || is_one_more(index, layer) {
                continue;
            }
            if index > 1 {
                out.push_str(separator);
            }
            out.push_str(layer.protocol.label);
        }
    }
}

impl View for Exchange {
    fn needs(&self) -> Needs {
        Needs::STORY
    }

    fn begin(&mut self, out: &mut String) {
        let layers = self.layers_cells();
        self.theme.paint(out, theme::dim(), |out| {
            out.push_str("  #  time ms ");
            let start = out.len();
            self.lanes.push_heading(out);
            width::pad(out, start, self.lanes.cells() + self.gap().len());
            let start = out.len();
            out.push_str("layers");
            if self.columns < LEAST {
                let _ = write!(out, "\n{:BELOW$}what it says", "");
            } else {
                width::pad(out, start, layers + 1);
                out.push_str("what it says");
            }
        });
        out.push('\n');
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let out = out.text();
        self.sums.add(decoded);
        let line = out.len();
        width::push_right(out, 3, |out| text::push_number(out, decoded.frame.number));
        out.push(' ');
        push_time(TimeStyle::Relative.tell(decoded), out);
        out.push(' ');
        let harms: Vec<_> = decoded.frame.harms().collect();
        self.lanes.push(decoded, &harms, out);
        out.push_str(self.gap());
        let below = self.push_meaning(decoded, line, out);
        width::cut(out, line, self.columns);
        out.push_str(&below);
        if self.theme == Theme::Coloured {
            let plain = out.split_off(line);
            let worst = decoded
                .faults
                .iter()
                .map(|fault| fault.kind.severity())
                .max();
            let style = match (worst, decoded.innermost()) {
                (Some(severity @ Severity::Error), _) => theme::fault(severity),
                (_, Some(layer)) => theme::layer(layer.protocol.standing.osi),
                _ => theme::dim(),
            };
            self.theme.paint_str(out, style, &plain);
        }
        out.push('\n');
        for harm in harms {
            // On a slow cable every frame takes its time.
            if !matches!(harm.fate, Fate::Queued(_)) {
                self.push_below(&harm.to_string(), theme::fault(Severity::Error), out);
            }
        }
        if let Some(refused) = refusal::told(decoded) {
            self.push_below(&refused, theme::fault(Severity::Error), out);
        }
        if let Some(fault) = message_fault(decoded) {
            let mut told = String::new();
            decoded.push_fault(fault, &mut told);
            self.push_below(&told, theme::fault(Severity::Error), out);
        }
        for mark in decoded.marks() {
            let told = evidence::told(decoded, mark);
            self.push_below(&told, theme::fault(Severity::Warning), out);
        }
    }

    fn causes(&mut self, causes: &Arc<Causes>) {
        self.causes = Arc::clone(causes);
    }

    fn call(&mut self, moment: &Moment<'_>, time: i64, out: &mut String) {
        if let Moment::Entered(call) | Moment::Left(call) | Moment::Whole(call) = moment {
            self.mapped = self.mapped.or_else(|| call.mapped_address());
        }
        let line = CallLine::of(moment, &self.causes);
        if let Some(line) = line {
            let mut place = String::new();
            if let Some(call) = line.number() {
                width::push_right(&mut place, 3, |place| place.push_str(&call.to_string()));
                place.push(' ');
            }
            let left = (BEFORE_ARROW - 1).saturating_sub(place.len());
            width::push_right(&mut place, left, |place| {
                text::push_milliseconds(place, time);
            });
            place.push(' ');
            self.lanes.push_host(line.host(), &mut place);
            place.push_str(self.gap());
            line.push(&place, self.columns, self.theme, out);
        }
    }

    fn end(&mut self, out: &mut String) {
        self.sums.push(self.theme, self.columns, out);
        if let Some(address) = self.mapped {
            self.push_mapped(address, out);
        }
    }
}

/// What is wrong with a message of a program that the frame brings or ends.
fn message_fault<'a>(decoded: &Decoded<'a>) -> Option<&'a Fault> {
    let fault = decoded.worst_fault()?;
    let layer = decoded.layers.get(fault.layer)?;
    let is_of_program = layer.protocol.standing.is_of_programs() && !layer.is_quoted();
    (is_of_program && fault.kind.severity() == Severity::Error).then_some(fault)
}

/// The arrow of a frame, by what became of it on its way.
fn arrow(sender: Sender, harms: &[Harm<'_>]) -> &'static str {
    let arrows = |fate: Fate| match fate {
        Fate::Lost => ["─────✗     ", "     ✗─────"],
        Fate::Delayed(_) => ["┄┄┄┄┄┄┄┄┄┄▶", "◀┄┄┄┄┄┄┄┄┄┄"],
        Fate::Duplicated => ["─────────▶▶", "◀◀─────────"],
        Fate::Swapped => ["─────⇄────▶", "◀────⇄─────"],
        Fate::Corrupted(_) => ["─────≠────▶", "◀────≠─────"],
        Fate::Queued(_) => UNHARMED,
    };
    let [from_client, from_server] = harms.first().map_or(UNHARMED, |harm| arrows(harm.fate));
    match sender {
        Sender::Client => from_client,
        Sender::Server => from_server,
    }
}

/// The sign between two names, by what became of the frame on its way.
fn sign(harms: &[Harm<'_>]) -> char {
    match harms.first().map(|harm| harm.fate) {
        None | Some(Fate::Queued(_)) => '→',
        Some(Fate::Lost) => '✗',
        Some(Fate::Delayed(_)) => '⇢',
        Some(Fate::Duplicated) => '⇉',
        Some(Fate::Swapped) => '⇄',
        Some(Fate::Corrupted(_)) => '≠',
    }
}

const UNHARMED: [&str; 2] = ["──────────▶", "◀──────────"];

/// Appends a time of so many nanoseconds in milliseconds: the longer it is, with the fewer decimals.
fn push_time(nanoseconds: i64, out: &mut String) {
    width::push_right(out, TIME_CELLS, |out| {
        let start = out.len();
        text::push_milliseconds(out, nanoseconds);
        let point = out.get(start..).and_then(|time| time.find('.'));
        let whole = point.map_or(out.len(), |point| start + point);
        if whole + 1 < start + TIME_CELLS {
            out.truncate(start + TIME_CELLS);
        } else {
            out.truncate(whole);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture;
    use crate::decode::Decoder;
    use crate::flow::Flows;
    use crate::model::draft;
    use crate::model::needs::Past;

    #[test]
    fn a_time_of_minutes_has_fewer_decimals_and_takes_no_more_room() {
        let told = |milliseconds: i64| {
            let mut out = String::new();
            push_time(milliseconds * 1_000_000 + 123_456, &mut out);
            out
        };
        assert_eq!(told(7), "   7.123");
        assert_eq!(told(9_999), "9999.123");
        assert_eq!(told(11_556), "11556.12");
        assert_eq!(told(999_999), "999999.1");
        assert_eq!(told(1_000_000), " 1000000");
        assert_eq!(told(100_000_000), "100000000");
    }

    #[test]
    fn where_there_is_no_room_beside_the_layers_what_a_frame_says_stands_below_them_whole() {
        let tell: TellSender = |_| Sender::Client;
        let mut exchange = Exchange::new(Theme::Plain, 40, Lanes::Two(tell));
        let mut out = String::new();
        exchange.begin(&mut out);
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut source = capture::open(&Path::new(fixtures).join("tcp-loop.pcapng")).unwrap();
        let frame = source.next_frame().unwrap().unwrap();
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        decoder.walk(&frame);
        let decoded = decoder.expand(&frame);
        let decoded = decoded.with_followed(flows.follow(&decoded, Past::Everything));
        draft::append(&mut out, |out| exchange.frame(&decoded, out));
        let expected = [
            "  #  time ms client server layers",
            "      what it says",
            "  1    0.000 ──────────▶   Ethernet·ARP",
            "      who has 192.168.1.6? tell ",
            "        192.168.1.7",
        ];
        assert_eq!(out.lines().collect::<Vec<_>>(), expected);
    }

    /// The frames of a fixture between two of several hosts with names of so many cells.
    fn shown_of(name: &str, columns: usize, cells: usize) -> String {
        let tell: TellEnds = Rc::new(|_| ["a".to_owned(), "server".to_owned()]);
        let mut exchange = Exchange::new(Theme::Plain, columns, Lanes::Many { tell, cells });
        let mut out = String::new();
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut source = capture::open(&Path::new(fixtures).join(name)).unwrap();
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        while let Some(frame) = source.next_frame().unwrap() {
            let decoded = decoder.expand(&frame);
            let followed = flows.follow(&decoded, Past::Everything);
            let decoded = decoded.with_followed(followed);
            draft::append(&mut out, |out| exchange.frame(&decoded, out));
        }
        out
    }

    #[test]
    fn between_several_hosts_a_handshake_has_a_line_a_segment_on_a_usual_terminal() {
        let shown = shown_of("tcp-loop.pcapng", 80, 6);
        let lines: Vec<_> = shown.lines().collect();
        assert!(
            lines
                .iter()
                .any(|line| line.ends_with("SYN  asks to open (1 of 3)")),
            "{shown}"
        );
        assert!(
            lines
                .iter()
                .any(|line| line.ends_with("FIN ACK  has no more to say")),
            "{shown}"
        );
    }

    #[test]
    fn an_answer_of_dns_is_said_to_its_end_on_a_usual_terminal() {
        let shown = shown_of("dns.pcapng", 80, 6);
        let words: Vec<_> = shown.split_whitespace().collect();
        let answer = "67 B Standard query response 0xef18 A server.lab A 192.168.1.6 NS ns.lab";
        assert!(words.join(" ").contains(answer), "{shown}");
    }

    #[test]
    fn how_far_a_handshake_is_stays_in_one_line() {
        let shown = shown_of("tcp-loop.pcapng", 80, 9);
        assert!(
            shown.lines().any(|line| line.trim() == "(1 of 3)"),
            "{shown}"
        );
    }
}
