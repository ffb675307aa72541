//! The sequence: an exchange as a ladder. Time runs down, every host has a lane, a frame is an arrow; both
//! sides of a connection show the state that they are in, and what was lost ends midway.
//!
//! `lanes` says who stands where and `rows` what stands below what; the three drawings read both.

mod canvas;
mod happenings;
mod labels;
mod ladder;
mod lanes;
mod mermaid;
mod rows;
mod svg;

pub use lanes::Names;
pub use rows::Scale;

use std::sync::Arc;

use happenings::TimedCall;
use ladder::Ladder;
use lanes::Lanes;
use rows::Rows;
use svg::Svg;

use super::View;
use super::theme::Theme;
use crate::explain::step::Step;
use crate::model::call::Call;
use crate::model::frame::Timestamp;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;

/// How many frames are drawn; those behind them are counted.
const MAX_DRAWN: usize = 10_000;

/// In what a sequence is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Characters, so many cells wide, in a theme.
    Text {
        /// The width in cells.
        columns: usize,
        /// The colours.
        theme: Theme,
    },
    /// An SVG file.
    Svg,
    /// Mermaid text.
    Mermaid,
}

/// More lanes than this have no room in a drawing.
const MOST_LANES: usize = 16;

/// The sequence view. It keeps what it draws until the end, since only then all hosts are known.
#[derive(Debug)]
pub struct Sequence {
    medium: Medium,
    scale: Scale,
    names: Names,
    steps: Vec<Step>,
    beyond: u64,
    /// When the first frame of the capture was seen.
    begin: Timestamp,
    calls: Vec<Call>,
}

impl Sequence {
    /// An empty drawing.
    pub const fn new(medium: Medium, scale: Scale, names: Names) -> Self {
        Self {
            medium,
            scale,
            names,
            steps: Vec::new(),
            beyond: 0,
            begin: Timestamp::from_nanoseconds(0),
            calls: Vec::new(),
        }
    }
}

impl View for Sequence {
    fn needs(&self) -> Needs {
        Needs::STORY
    }

    fn frame(&mut self, decoded: &Decoded<'_>, _: &mut String) {
        if self.steps.len() < MAX_DRAWN {
            let step = Step::of(decoded);
            let begin = decoded.frame.time.nanoseconds().saturating_sub(step.time);
            self.begin = Timestamp::from_nanoseconds(begin);
            self.steps.push(step);
        } else {
            self.beyond += 1;
        }
    }

    fn calls(&mut self, calls: &[Call]) {
        self.calls = calls.iter().take(MAX_DRAWN).cloned().collect();
    }

    fn end(&mut self, out: &mut String) {
        let most_lanes = match self.medium {
            Medium::Text { columns, .. } => ladder::most_lanes(columns).min(MOST_LANES),
            Medium::Svg | Medium::Mermaid => MOST_LANES,
        };
        let calls = self.timed_calls();
        let lanes = Lanes::of(&self.steps, &self.names, most_lanes, &callers(&calls));
        let rows = Rows::of(&self.steps, &calls, &lanes, self.scale);
        let untold = (self.beyond > 0).then(|| labels::more(self.beyond));
        let untold = untold.as_deref();
        match self.medium {
            Medium::Text { columns, theme } => {
                Ladder::new(columns, theme, &lanes).push(&rows, untold, out);
            }
            Medium::Svg => Svg::new(&lanes).push(&rows, untold, out),
            Medium::Mermaid => mermaid::push(&lanes, &rows, untold, out),
        }
    }
}

impl Sequence {
    fn timed_calls(&self) -> Vec<TimedCall<'_>> {
        let since = |time: Timestamp| time.since(self.begin);
        let calls = self.calls.iter().map(|call| TimedCall {
            call,
            entered: since(call.entered),
            left: call.left().map(since),
        });
        calls.collect()
    }
}

/// The hosts whose programs made calls.
fn callers(calls: &[TimedCall<'_>]) -> Vec<Arc<str>> {
    let mut callers: Vec<Arc<str>> = Vec::new();
    for timed in calls {
        if !callers.contains(&timed.call.host) {
            callers.push(Arc::clone(&timed.call.host));
        }
    }
    callers
}
