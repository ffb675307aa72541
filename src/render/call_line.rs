//! A moment of a program's calls, as one line of an exchange.

use std::fmt::Write as _;

use super::calls::{push_duration, push_maker, push_omitted, push_request, push_result, push_ties};
use super::theme::{self, Theme};
use super::width;
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::call::{CallId, Omitted};
use crate::model::fault::Severity;

/// A moment of a program's calls, as one line of an exchange, or two where it would be too long.
#[derive(Debug)]
pub struct CallLine {
    number: Option<CallId>,
    host: String,
    what: String,
    ties: String,
    is_trouble: bool,
}

impl CallLine {
    /// The line of a moment; `None` of a frame's.
    pub fn of(moment: &Moment<'_>, causes: &Causes) -> Option<Self> {
        let (mut what, mut ties) = (String::new(), String::new());
        let call = match moment {
            Moment::Frame(_) => return None,
            Moment::Entered(call) => {
                push_request(call, &mut what);
                what.push_str(" …");
                if call.left().is_none() {
                    what.push_str(" never returned");
                    push_ties(call, causes, &mut ties);
                }
                *call
            }
            Moment::Left(call) => {
                let _ = write!(what, "… {} ", call.name);
                push_result(call, &mut what);
                push_ties(call, causes, &mut ties);
                *call
            }
            Moment::Whole(call) => {
                push_request(call, &mut what);
                what.push(' ');
                push_result(call, &mut what);
                // Of what has two lines, their times tell it.
                push_duration(call, &mut what);
                push_ties(call, causes, &mut ties);
                *call
            }
            Moment::Again(calls) => {
                let _ = write!(what, "… and so {} times more", calls.len());
                *calls.last()?
            }
            Moment::Omitted(omitted) => return Some(Self::of_omitted(omitted)),
        };
        let mut maker = String::new();
        push_maker(call, causes, &mut maker);
        what.insert_str(0, &maker);
        let is_trouble = call
            .error()
            .is_some_and(|error| !matches!(error.name, "EAGAIN" | "EINPROGRESS"));
        Some(Self {
            number: (!matches!(moment, Moment::Again(_))).then_some(call.id),
            host: call.host.to_string(),
            what,
            ties,
            is_trouble,
        })
    }

    fn of_omitted(omitted: &Omitted) -> Self {
        let mut what = "… and ".to_owned();
        push_omitted(omitted, &mut what);
        Self {
            number: None,
            host: omitted.host.to_string(),
            what,
            ties: String::new(),
            is_trouble: true,
        }
    }

    /// The number of the call, where it is about one.
    pub const fn number(&self) -> Option<CallId> {
        self.number
    }

    /// The host that it is about.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Appends the line behind `place`: when it was, and the host. Where that takes more than `columns` cells it goes
    /// on below, the frames in a line of their own.
    pub fn push(&self, place: &str, columns: usize, theme: Theme, out: &mut String) {
        let style = if self.is_trouble {
            theme::fault(Severity::Error)
        } else {
            theme::dim()
        };
        let indent = " ".repeat(width::of(place).min(columns / 2) + 2);
        let mut whole = self.what.clone();
        if !self.ties.is_empty() {
            whole.push_str("  ");
            whole.push_str(&self.ties);
        }
        let is_one = width::of(place) + width::of(&whole) <= columns;
        let parts: &[&str] = match self.ties.as_str() {
            _ if is_one => &[&whole],
            "" => &[&self.what],
            ties => &[&self.what, ties],
        };
        for (part, begin) in parts.iter().zip([place, &indent]) {
            let options = textwrap::Options::new(columns)
                .initial_indent(begin)
                .subsequent_indent(&indent);
            for line in textwrap::wrap(part, options) {
                theme.paint_str(out, style, &line);
                out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::causes::testing::{Play, receive, socket};
    use crate::model::call::{Carrier, Outcome};
    use crate::model::frame::Timestamp;

    /// The lines of a call of the client that took so many nanoseconds.
    fn told(taken: i64, columns: usize) -> Vec<String> {
        let ends = ["192.168.1.7:40000", "192.168.1.6:5000"].map(|end| end.parse().unwrap());
        let mut play = Play::default();
        let socket = socket(Carrier::Udp, 7, ends);
        play.enter("client", socket, receive(2048, b""));
        let mut call = play.calls.remove(0);
        let at = Timestamp::from_nanoseconds(call.entered.nanoseconds() + taken);
        call.outcome = Outcome::Returned { at, value: 0 };
        let line = CallLine::of(&Moment::Whole(&call), &Causes::default()).unwrap();
        let mut out = String::new();
        line.push(
            " c1    0.500 client        ",
            columns,
            Theme::Plain,
            &mut out,
        );
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn how_long_a_call_took_is_told_where_it_took_long() {
        let start = " c1    0.500 client        call(up to 2048) = 0";
        assert_eq!(told(999_999, 80), [start]);
        assert_eq!(told(2_004_000_000, 80), [format!("{start}  after 2 s")]);
    }

    #[test]
    fn what_a_call_is_goes_on_below_where_it_has_no_room() {
        let narrow = [
            " c1    0.500 client        call(up to 2048) = 0",
            "                           after 2 s",
        ];
        assert_eq!(told(2_004_000_000, 50), narrow);
    }
}
