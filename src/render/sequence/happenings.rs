//! Frames and calls in the order in which they happened.

use super::labels::push_time;
use super::lanes::Lanes;
use super::rows::{Crossing, Turn};
use crate::explain::calls::{push_asked, push_outcome};
use crate::explain::step::Step;
use crate::model::call::{Action, Call};

/// A call, and when it was entered and left: nanoseconds since the first frame.
#[derive(Clone, Copy, Debug)]
pub struct TimedCall<'a> {
    /// The call.
    pub call: &'a Call,
    /// When it was entered.
    pub entered: i64,
    /// When it was left, where it was.
    pub left: Option<i64>,
}

/// Something to draw.
#[derive(Debug)]
pub enum Happening<'a> {
    /// A frame.
    Frame(&'a Step),
    /// A program enters its kernel, or comes back.
    Call(Crossing),
}

/// What came first, where two have the same time: a call is entered before its frames are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Entered,
    Frame,
    Left,
}

/// Where a happening comes from: a step, or a call, by its index.
type Mark = (i64, Rank, usize);

/// What takes longer than this in the kernel is told.
const LONG: i64 = 1_000_000;

impl<'a> Happening<'a> {
    /// When it happened: nanoseconds since the first frame.
    pub const fn time(&self) -> i64 {
        match self {
            Self::Frame(step) => step.time,
            Self::Call(crossing) => crossing.time,
        }
    }

    /// All of them in their order. A call during which nothing else happened crosses once, and the same again
    /// and again, as in an endless loop, is one.
    pub fn in_order(steps: &'a [Step], calls: &[TimedCall<'_>], lanes: &Lanes) -> Vec<Self> {
        let mut marks: Vec<Mark> = (0..)
            .zip(steps)
            .map(|(index, step)| (step.time, Rank::Frame, index))
            .collect();
        for (index, call) in (0..).zip(calls).filter(|(_, call)| is_drawn(call.call)) {
            marks.push((call.entered, Rank::Entered, index));
            marks.extend(call.left.map(|left| (left, Rank::Left, index)));
        }
        marks.sort();
        let mut happenings = Vec::with_capacity(marks.len());
        let mut left = marks.into_iter().peekable();
        while let Some((time, rank, index)) = left.next() {
            if rank == Rank::Frame {
                happenings.extend(steps.get(index).map(Self::Frame));
                continue;
            }
            let is_over = |next: &Mark| next.1 == Rank::Left && next.2 == index;
            let turn = match rank {
                Rank::Entered if left.next_if(is_over).is_some() => Turn::InAndBack,
                Rank::Entered => Turn::In,
                _ => Turn::Back,
            };
            let call = calls.get(index);
            let crossing = call.and_then(|call| crossing(call, time, turn, lanes));
            match (happenings.last_mut(), crossing) {
                (Some(Self::Call(before)), Some(again)) if before.is_like(&again) => {
                    before.times += 1;
                }
                (_, crossing) => happenings.extend(crossing.map(Self::Call)),
            }
        }
        happenings
    }
}

fn crossing(timed: &TimedCall<'_>, time: i64, turn: Turn, lanes: &Lanes) -> Option<Crossing> {
    let [program, kernel] = lanes.program_and_kernel(&timed.call.host)?;
    Some(Crossing {
        time,
        program,
        kernel,
        turn,
        told: told(timed, turn),
        times: 1,
    })
}

fn told(timed: &TimedCall<'_>, turn: Turn) -> String {
    let mut out = String::new();
    if turn == Turn::Back {
        out.push_str(timed.call.name);
        out.push(' ');
    } else {
        push_asked(timed.call, &mut out);
    }
    if turn == Turn::In {
        out.push_str(" …");
        return out;
    }
    if turn == Turn::InAndBack {
        out.push(' ');
    }
    push_outcome(timed.call, &mut out);
    let taken = timed.left.map_or(0, |left| left - timed.entered);
    if turn == Turn::Back && taken >= LONG {
        out.push_str("  after ");
        push_time(taken, &mut out);
    }
    out
}

/// Questions about a socket change nothing and move nothing.
const fn is_drawn(call: &Call) -> bool {
    !matches!(
        call.action,
        Action::GetOption { .. } | Action::AskAddress { .. } | Action::Duplicate
    )
}
