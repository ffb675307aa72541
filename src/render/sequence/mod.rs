//! The sequence: an exchange as a ladder. Time runs down, every host has a lane, a frame is an arrow; both
//! sides of a connection show the state that they are in, and what was lost ends midway.
//!
//! `lanes` says who stands where and `rows` what stands below what; the three drawings read both.

mod canvas;
mod happenings;
mod hindsight;
mod labels;
mod ladder;
mod lanes;
mod mermaid;
mod rows;
mod svg;

pub use lanes::Names;
pub use rows::Scale;

use std::sync::Arc;

use happenings::{CallStep, Happening};
use labels::Untold;
use ladder::Ladder;
use lanes::Lanes;
use rows::Rows;
use svg::Svg;

use super::View;
use super::theme::Theme;
use crate::explain::step::Step;
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::draft::Draft;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;

/// How many frames and moments of calls are drawn; those behind them are counted.
pub const MAX_DRAWN: usize = 10_000;

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
    happenings: Vec<Happening>,
    untold: Untold,
    causes: Option<Arc<Causes>>,
}

impl Sequence {
    /// An empty drawing.
    pub const fn new(medium: Medium, scale: Scale, names: Names) -> Self {
        Self {
            medium,
            scale,
            names,
            happenings: Vec::new(),
            untold: Untold {
                frames: 0,
                calls: 0,
            },
            causes: None,
        }
    }
}

impl View for Sequence {
    fn needs(&self) -> Needs {
        Needs::STORY
    }

    fn frame(&mut self, decoded: &Decoded<'_>, _: &mut Draft) {
        if self.happenings.len() < MAX_DRAWN {
            let step = Box::new(Step::of(decoded));
            self.happenings.push(Happening::Frame(step));
        } else {
            self.untold.frames += 1;
        }
    }

    fn causes(&mut self, causes: &Arc<Causes>) {
        self.causes = Some(Arc::clone(causes));
    }

    fn call(&mut self, moment: &Moment<'_>, time: i64, _: &mut String) {
        let Some(call) = CallStep::of(moment, time, self.causes.as_deref()) else {
            return;
        };
        if self.happenings.len() < MAX_DRAWN {
            self.happenings.push(Happening::Call(call));
        } else {
            self.untold.calls += call.begun;
        }
    }

    fn end(&mut self, out: &mut String) {
        let most_lanes = match self.medium {
            Medium::Text { columns, .. } => ladder::most_lanes(columns).min(MOST_LANES),
            Medium::Svg | Medium::Mermaid => MOST_LANES,
        };
        hindsight::fill_in(&mut self.happenings);
        let steps: Vec<&Step> = self.happenings.iter().filter_map(Happening::step).collect();
        let lanes = Lanes::of(&steps, &self.names, most_lanes, &callers(&self.happenings));
        let rows = Rows::of(&self.happenings, &lanes, self.scale);
        match self.medium {
            Medium::Text { columns, theme } => {
                Ladder::new(columns, theme, &lanes).push(&rows, self.untold, out);
            }
            Medium::Svg => Svg::new(&lanes).push(&rows, self.untold, out),
            Medium::Mermaid => mermaid::push(&lanes, &rows, self.untold, out),
        }
    }
}

/// The hosts whose programs made calls.
fn callers(happenings: &[Happening]) -> Vec<Arc<str>> {
    let mut callers: Vec<Arc<str>> = Vec::new();
    for happening in happenings {
        if let Happening::Call(call) = happening
            && !callers.contains(&call.host)
        {
            callers.push(Arc::clone(&call.host));
        }
    }
    callers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::causes::testing::{Play, receive, socket};
    use crate::model::call::Carrier;

    #[test]
    fn calls_that_are_not_drawn_are_counted_each_once() {
        let ends = ["192.168.1.7:40000", "192.168.1.6:5000"].map(|end| end.parse().unwrap());
        let mut play = Play::default();
        let socket = socket(Carrier::Udp, 7, ends);
        play.call("client", socket, receive(2048, b"hello"), 5);
        let call = &play.calls[0];
        for medium in [Medium::Svg, Medium::Mermaid] {
            let mut sequence = Sequence::new(medium, Scale::Folded, Names::new());
            let mut out = String::new();
            for _ in 0..MAX_DRAWN {
                sequence.call(&Moment::Whole(call), 0, &mut out);
            }
            sequence.call(&Moment::Entered(call), 0, &mut out);
            sequence.call(&Moment::Left(call), 0, &mut out);
            sequence.call(&Moment::Again(vec![call; 5]), 0, &mut out);
            sequence.end(&mut out);
            let counted = out.split_once(" further calls are not drawn").unwrap().0;
            let counted = counted.rsplit([' ', '>']).next().unwrap();
            let drawn = out.matches("hello").count();
            assert_eq!(counted.parse(), Ok(MAX_DRAWN - drawn + 6), "{medium:?}");
        }
    }
}
