//! What stands below what: arrows, the states between them, and what passes without a frame.

use std::collections::{BTreeSet, HashMap};

use super::happenings::{CallStep, Happening};
use super::lanes::{Lanes, Reach};
use crate::explain::step::{Note, Step};
use crate::flow::endpoints::Role;

/// Whether time is drawn to scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// One frame below the other; a long time without any is told, not drawn.
    #[default]
    Folded,
    /// A wait is as many blank rows as it is long; what happens takes none of them.
    ToTime,
}

/// One row, from left to right.
#[derive(Clone, Debug)]
pub enum Row<'a> {
    /// A frame.
    Frame(Arrow<'a>),
    /// Something noteworthy about the frame above it.
    Note(Arrow<'a>, &'a Note),
    /// Lanes, and the states that they have come into.
    States(Vec<(usize, String)>),
    /// A program enters its kernel or comes back.
    Call(Crossing<'a>),
    /// So many nanoseconds without a frame.
    Idle(i64),
    /// Time that passes: always the same.
    Blank,
}

/// A program and its kernel.
#[derive(Clone, Copy, Debug)]
pub struct Crossing<'a> {
    /// What happens.
    pub call: &'a CallStep,
    /// The lane of the program.
    pub program: usize,
    /// The lane of its kernel.
    pub kernel: usize,
}

/// Which way a call crosses from the program into the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// In, and the program waits.
    In,
    /// Back.
    Back,
    /// In and back, and nothing happened in between.
    InAndBack,
}

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
pub struct Arrow<'a> {
    /// What it is.
    pub step: &'a Step,
    /// From which lane to where; `None` where the frame does not say.
    pub way: Option<(usize, Reach)>,
}

/// Rows in their order.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    /// The rows.
    pub list: Vec<Row<'a>>,
    /// Of each row, the lanes of programs that are inside a call.
    pub waiting: Vec<Vec<usize>>,
    /// The nanoseconds that a blank row is, where time is drawn to scale.
    pub row_time: Option<i64>,
    /// The states that are drawn, by connection and side.
    states: HashMap<(u64, bool), &'static str>,
    tell_stream: bool,
}

/// A time without a frame is worth telling from this on, whatever is usual in the capture.
const ALWAYS_IDLE: i64 = 200_000_000;
/// A shorter one is never.
const NEVER_IDLE: i64 = 1_000_000;
/// To scale, the whole time is at most about so many blank rows; at most twice as many where all waits are rounded up.
const ROWS_TO_SCALE: i64 = 40;

impl<'a> Rows<'a> {
    /// The rows of these happenings.
    pub fn of(happenings: &'a [Happening], lanes: &Lanes, scale: Scale) -> Self {
        let places = happenings
            .iter()
            .filter_map(|happening| happening.step()?.connection);
        let streams: BTreeSet<u64> = places.map(|place| place.stream).collect();
        let mut rows = Self {
            row_time: (scale == Scale::ToTime).then(|| time_of_a_row(happenings)),
            tell_stream: streams.len() > 1,
            ..Self::default()
        };
        let idle = idle_from(happenings);
        let mut before = happenings.first().map_or(0, Happening::time);
        let mut latest = before;
        let mut inside: Vec<usize> = Vec::new();
        for happening in happenings {
            let time = happening.time();
            match rows.row_time {
                // Where a clock was set back, no time passes twice.
                Some(row_time) => rows.push_blanks(time.saturating_sub(latest), row_time),
                None => rows.push_idle(time.saturating_sub(before), idle),
            }
            before = time;
            latest = latest.max(time);
            rows.note_waiting(&inside);
            match happening {
                Happening::Frame(step) => rows.push_step(step, lanes),
                Happening::Call(call) => rows.push_call(call, lanes, &mut inside),
            }
            rows.note_waiting(&inside);
        }
        rows
    }

    /// Draws a moment of a call, and notes which programs are inside of one behind it.
    fn push_call(&mut self, call: &'a CallStep, lanes: &Lanes, inside: &mut Vec<usize>) {
        let Some([program, kernel]) = lanes.program_and_kernel(&call.host) else {
            return;
        };
        match call.turn {
            Turn::In => inside.push(program),
            Turn::Back => {
                let place = inside.iter().position(|lane| *lane == program);
                place.map(|place| inside.swap_remove(place));
            }
            Turn::InAndBack => {}
        }
        self.list.push(Row::Call(Crossing {
            call,
            program,
            kernel,
        }));
    }

    /// Rows that have been added since stand beside these programs' waiting.
    fn note_waiting(&mut self, inside: &[usize]) {
        self.waiting.resize(self.list.len(), inside.to_vec());
    }

    fn push_blanks(&mut self, passed: i64, row_time: i64) {
        let rounded = passed.saturating_add(row_time / 2) / row_time;
        self.list.extend((0..rounded).map(|_| Row::Blank));
    }

    fn push_idle(&mut self, passed: i64, idle: i64) {
        if passed >= idle {
            self.list.push(Row::Idle(passed));
        }
    }

    fn push_step(&mut self, step: &'a Step, lanes: &Lanes) {
        let way = step.ends.and_then(|ends| lanes.way(&ends));
        let arrow = Arrow { step, way };
        let sides = arrow.sides();
        if let Some((place, sides)) = step.connection.zip(sides) {
            let befores = [place.client.before, place.server.before];
            self.push_states(place.stream, befores, sides);
            let [client, server] = match place.sender {
                Role::Client => [place.client.after, None],
                Role::Server => [None, place.server.after],
            };
            self.push_states(place.stream, [client, server], sides);
        }
        self.list.push(Row::Frame(arrow));
        let notes = step.notes.iter().map(|note| Row::Note(arrow, note));
        self.list.extend(notes);
        if let Some((place, sides)) = step.connection.zip(sides) {
            // What never arrives changes nothing where it does not.
            let afters = match place.sender {
                _ if !step.is_lost => [place.client.after, place.server.after],
                Role::Client => [place.client.after, None],
                Role::Server => [None, place.server.after],
            };
            self.push_states(place.stream, afters, sides);
        }
    }

    /// Draws what has changed of the states of client and server, on their lanes.
    fn push_states(&mut self, stream: u64, states: [Option<&'static str>; 2], lanes: [usize; 2]) {
        let mut row = Vec::new();
        for ((state, lane), is_client) in states.into_iter().zip(lanes).zip([true, false]) {
            let Some(state) = state else { continue };
            if self.states.insert((stream, is_client), state) == Some(state) {
                continue;
            }
            let text = if self.tell_stream {
                format!("{state} (stream {stream})")
            } else {
                state.to_owned()
            };
            row.push((lane, text));
        }
        if row.is_empty() {
            return;
        }
        match self.list.last_mut() {
            Some(Row::States(above)) if are_apart(above, &row) => above.append(&mut row),
            _ => self.list.push(Row::States(row)),
        }
    }
}

impl Arrow<'_> {
    /// The lanes of the client and of the server of its connection.
    fn sides(&self) -> Option<[usize; 2]> {
        let (from, Reach::Lane(to)) = self.way? else {
            return None;
        };
        Some(match self.step.connection?.sender {
            Role::Client => [from, to],
            Role::Server => [to, from],
        })
    }
}

fn are_apart(above: &[(usize, String)], row: &[(usize, String)]) -> bool {
    row.iter()
        .all(|(lane, _)| above.iter().all(|(other, _)| lane != other))
}

/// From which time on a gap is told: ten times the usual one.
fn idle_from(happenings: &[Happening]) -> i64 {
    let times = happenings.iter().map(Happening::time);
    let mut gaps: Vec<i64> = times
        .clone()
        .zip(times.skip(1))
        .map(|(before, after)| after.saturating_sub(before))
        .collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(0);
    usual.saturating_mul(10).clamp(NEVER_IDLE, ALWAYS_IDLE)
}

/// A round number of nanoseconds that draws the whole time on a few screens.
fn time_of_a_row(happenings: &[Happening]) -> i64 {
    let times = happenings.iter().map(Happening::time);
    // The last is not the latest where a clock was set back.
    let (Some(first), Some(latest)) = (times.clone().next(), times.max()) else {
        return 1;
    };
    let least = latest.saturating_sub(first) / ROWS_TO_SCALE;
    let mut ten: i64 = 1;
    while ten < i64::MAX / 100 {
        for digit in [1, 2, 5] {
            if digit * ten >= least {
                return digit * ten;
            }
        }
        ten *= 10;
    }
    ten
}
