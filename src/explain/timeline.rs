//! Calls and frames in one time line.

use crate::model::call::{Action, Call, Omitted};
use crate::model::frame::Timestamp;

/// Something in the time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment<'a> {
    /// The frame at this place among the frames.
    Frame(usize),
    /// A call is entered, and something else happens before it is left, if it ever is.
    Entered(&'a Call),
    /// That call is left.
    Left(&'a Call),
    /// A call is entered and left, with nothing between.
    Whole(&'a Call),
    /// So many more of the call just told, each with the same result.
    Again(Vec<&'a Call>),
    /// So many calls of a program are not told, those behind the last one that is.
    Omitted(&'a Omitted),
}

/// From how many calls on that do the same again and again, all but the first are told as one.
const MANY: usize = 4;

/// Lays calls among frames that came at these times, and what is not told of them where it is missing. At one
/// time, a call is entered before a frame is on the wire, and left after it.
pub fn of<'a>(frames: &[Timestamp], calls: &'a [Call], omitted: &'a [Omitted]) -> Vec<Moment<'a>> {
    let mut moments: Vec<(Timestamp, u8, u64, Moment<'a>)> = Vec::new();
    for (place, time) in frames.iter().enumerate() {
        moments.push((*time, 1, place as u64, Moment::Frame(place)));
    }
    for call in calls {
        moments.push((call.entered, 0, call.id.0, Moment::Entered(call)));
        if let Some(left) = call.left() {
            moments.push((left, 2, call.id.0, Moment::Left(call)));
        }
    }
    moments.sort_by_key(|(time, rank, place, _)| (*time, *rank, *place));
    let ordered = moments.into_iter().map(|(_, _, _, moment)| moment);
    let mut folded = fold_again(join(ordered.collect()));
    for omitted in omitted {
        let is_of_host = |moment: &Moment<'_>| {
            let entered = moment.entered();
            entered.is_some_and(|call| call.host == omitted.host)
        };
        let last = folded.iter().rposition(is_of_host);
        folded.insert(last.map_or(0, |last| last + 1), Moment::Omitted(omitted));
    }
    folded
}

impl Moment<'_> {
    /// The call that is entered, the last one where there are several.
    fn entered(&self) -> Option<&Call> {
        match self {
            Self::Entered(call) | Self::Whole(call) => Some(call),
            Self::Again(calls) => calls.last().copied(),
            Self::Frame(_) | Self::Left(_) | Self::Omitted(_) => None,
        }
    }
}

/// Makes one of a call's two moments where nothing is between.
fn join(moments: Vec<Moment<'_>>) -> Vec<Moment<'_>> {
    let mut joined: Vec<Moment<'_>> = Vec::with_capacity(moments.len());
    for moment in moments {
        match (joined.last_mut(), &moment) {
            (Some(last), Moment::Left(call)) if is_entry(last, call) => {
                *last = Moment::Whole(call);
            }
            _ => joined.push(moment),
        }
    }
    joined
}

fn is_entry(moment: &Moment<'_>, call: &Call) -> bool {
    matches!(moment, Moment::Entered(entered) if entered.id == call.id)
}

fn fold_again(moments: Vec<Moment<'_>>) -> Vec<Moment<'_>> {
    let mut folded = Vec::with_capacity(moments.len());
    let mut moments = moments.into_iter().peekable();
    while let Some(moment) = moments.next() {
        let Moment::Whole(first) = moment else {
            folded.push(moment);
            continue;
        };
        let mut again = Vec::new();
        while let Some(Moment::Whole(next)) =
            moments.next_if(|next| matches!(next, Moment::Whole(next) if is_same(first, next)))
        {
            again.push(next);
        }
        folded.push(Moment::Whole(first));
        if again.len() + 1 >= MANY {
            folded.push(Moment::Again(again));
        } else {
            folded.extend(again.into_iter().map(Moment::Whole));
        }
    }
    folded
}

/// Whether a call does nothing but what the one before did, and moves no bytes.
fn is_same(one: &Call, other: &Call) -> bool {
    let moves_nothing = matches!(one.action, Action::Receive { .. } | Action::Wait { .. });
    moves_nothing
        && one.tid == other.tid
        && one.name == other.name
        && one.descriptor == other.descriptor
        && one.returned() == Some(0)
        && other.returned() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{CallId, Outcome};

    fn at(nanoseconds: i64) -> Timestamp {
        Timestamp::from_nanoseconds(nanoseconds)
    }

    fn call(id: u64, entered: i64, left: i64) -> Call {
        Call {
            id: CallId(id),
            host: "client".into(),
            program: "test".into(),
            pid: 1,
            tid: 1,
            name: "recvfrom",
            action: Action::Receive {
                room: 1024,
                from: None,
                peek: false,
                data: Vec::new(),
            },
            descriptor: Some(3),
            socket: None,
            former: None,
            flags: Vec::new(),
            entered: at(entered),
            outcome: Outcome::Returned {
                at: at(left),
                value: 0,
            },
        }
    }

    #[test]
    fn at_one_time_a_call_is_entered_before_the_frame_and_left_after_it() {
        let calls = [call(1, 10, 10), call(2, 20, 21)];
        let moments = of(&[at(10)], &calls, &[]);
        let expected = [
            Moment::Entered(&calls[0]),
            Moment::Frame(0),
            Moment::Left(&calls[0]),
            Moment::Whole(&calls[1]),
        ];
        assert_eq!(moments, expected);
    }

    #[test]
    fn calls_that_are_not_told_are_missed_behind_the_last_that_is() {
        let calls = [call(1, 10, 50), call(2, 20, 30)];
        let omitted = [Omitted {
            host: "client".into(),
            calls: Some(7),
        }];
        let moments = of(&[at(40)], &calls, &omitted);
        let expected = [
            Moment::Entered(&calls[0]),
            Moment::Whole(&calls[1]),
            Moment::Omitted(&omitted[0]),
            Moment::Frame(0),
            Moment::Left(&calls[0]),
        ];
        assert_eq!(moments, expected);
    }

    #[test]
    fn a_program_that_turns_in_circles_is_told_once() {
        let calls: Vec<_> = (0..100i64)
            .map(|turn| call(turn.unsigned_abs(), 2 * turn, 2 * turn + 1))
            .collect();
        let moments = of(&[], &calls, &[]);
        let [Moment::Whole(first), Moment::Again(again)] = moments.as_slice() else {
            panic!("{moments:?}");
        };
        assert_eq!((first.id, again.len()), (CallId(0), 99));
    }
}
