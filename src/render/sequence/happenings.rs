//! What is drawn: frames, and moments of calls.

use std::sync::Arc;

use super::rows::Turn;
use crate::explain::step::Step;
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::call::{Action, Call, CallId};
use crate::render::calls::{
    push_duration, push_maker, push_omitted, push_request, push_result, push_ties,
};

/// Something to draw.
#[derive(Debug)]
pub enum Happening {
    /// A frame.
    Frame(Box<Step>),
    /// A program enters its kernel, or comes back.
    Call(CallStep),
}

/// A moment of a call.
#[derive(Debug)]
pub struct CallStep {
    /// The name of the host.
    pub host: Arc<str>,
    /// The number of the call, where it is about one.
    pub number: Option<CallId>,
    /// How many calls begin with it.
    pub begun: u64,
    /// When: nanoseconds since the first frame.
    pub time: i64,
    /// Which way the program goes.
    pub turn: Turn,
    /// What is asked, or what came of it, or both.
    pub told: String,
}

impl Happening {
    /// When it happened: nanoseconds since the first frame.
    pub const fn time(&self) -> i64 {
        match self {
            Self::Frame(step) => step.time,
            Self::Call(call) => call.time,
        }
    }

    /// The frame, where it is one.
    pub const fn step(&self) -> Option<&Step> {
        match self {
            Self::Frame(step) => Some(step),
            Self::Call(_) => None,
        }
    }
}

impl CallStep {
    /// A moment of a call; `None` of what is no call, and of a question about a socket, which changes nothing
    /// and moves nothing.
    pub fn of(moment: &Moment<'_>, time: i64, causes: Option<&Causes>) -> Option<Self> {
        let mut told = String::new();
        let (call, begun, turn) = match moment {
            Moment::Frame(_) => return None,
            Moment::Entered(call) => {
                push_request(call, &mut told);
                told.push_str(" …");
                (*call, 1, Turn::In)
            }
            Moment::Left(call) => {
                told.push_str(call.name);
                push_end(call, causes, &mut told);
                (*call, 0, Turn::Back)
            }
            Moment::Whole(call) => {
                push_request(call, &mut told);
                push_end(call, causes, &mut told);
                (*call, 1, Turn::InAndBack)
            }
            Moment::Again(calls) => {
                told = format!("the same {} times more", calls.len());
                (*calls.first()?, calls.len() as u64, Turn::InAndBack)
            }
            Moment::Omitted(omitted) => {
                push_omitted(omitted, &mut told);
                let host = Arc::clone(&omitted.host);
                let turn = Turn::InAndBack;
                return Some(Self {
                    host,
                    number: None,
                    begun: omitted.calls.unwrap_or(0),
                    time,
                    turn,
                    told,
                });
            }
        };
        if let Some(causes) = causes {
            let mut maker = String::new();
            push_maker(call, causes, &mut maker);
            told.insert_str(0, &maker);
        }
        is_drawn(call).then(|| Self {
            host: Arc::clone(&call.host),
            number: (!matches!(moment, Moment::Again(_))).then_some(call.id),
            begun,
            time,
            turn,
            told,
        })
    }
}

fn push_end(call: &Call, causes: Option<&Causes>, out: &mut String) {
    out.push(' ');
    push_result(call, out);
    let before = out.len();
    if let Some(causes) = causes {
        push_ties(call, causes, out);
    }
    if out.len() > before {
        out.insert_str(before, "  ");
    }
    push_duration(call, out);
}

const fn is_drawn(call: &Call) -> bool {
    !matches!(
        call.action,
        Action::GetOption { .. } | Action::AskAddress { .. } | Action::Duplicate
    )
}
