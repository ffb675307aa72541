//! An exchange that is kept until its end, since only then is it known which call a frame belongs to.

use std::sync::Arc;

use crate::decode::Decoder;
use crate::explain::diagnoses::record;
use crate::explain::timeline::{self, Moment};
use crate::flow::causes::{Causes, Weaver};
use crate::lab::RecordedFrame;
use crate::model::call::{Call, Omitted};
use crate::model::fate::{Fate, Harm};
use crate::model::frame::Timestamp;
use crate::model::secrets::Secrets;

/// How many bytes of frames and calls are kept.
const KEPT_BYTES: usize = 64 << 20;

/// Frames and calls, as they came.
#[derive(Debug, Default)]
pub struct Ledger {
    frames: Vec<RecordedFrame>,
    calls: Vec<Call>,
    omitted: Vec<Omitted>,
    bytes: usize,
}

impl Ledger {
    /// Takes a frame in.
    pub fn frame(&mut self, frame: RecordedFrame) {
        self.bytes += size_of::<RecordedFrame>() + frame.bytes.len();
        self.frames.push(frame);
    }

    /// Notes that a frame which was on its way has been delivered, where it is one of these.
    pub fn delivered(&mut self, number: u64) {
        let place = self.frames.binary_search_by_key(&number, |f| f.number);
        if let Some(frame) = place.ok().and_then(|place| self.frames.get_mut(place)) {
            frame.deliveries += 1;
        }
    }

    /// Takes a call in.
    pub fn call(&mut self, call: Call) {
        self.bytes += call.weight();
        self.calls.push(call);
    }

    /// Takes in how many calls of a program are missing.
    pub fn omitted(&mut self, omitted: Omitted) {
        self.omitted.push(omitted);
    }

    /// Whether no more should be kept.
    pub const fn is_full(&self) -> bool {
        self.bytes > KEPT_BYTES
    }

    /// Ties the calls to the frames, which are decrypted with these secrets.
    pub fn close(mut self, secrets: Option<Secrets>) -> Closed {
        self.calls.sort_by_key(|call| call.id);
        let mut decoder = Decoder::new();
        let mut weaver = Weaver::default();
        if let Some(secrets) = secrets {
            weaver.decrypt_with(secrets);
        }
        for recorded in &self.frames {
            let frame = recorded.frame();
            weaver.frame(&mut decoder, &frame, deliveries(recorded));
        }
        Closed {
            causes: Arc::new(weaver.tie(&self.calls)),
            weaver,
            is_cut: self.is_full(),
            frames: self.frames,
            calls: self.calls,
            omitted: self.omitted,
        }
    }
}

/// An exchange with its causes and effects.
#[derive(Debug)]
pub struct Closed {
    /// The frames, in their order.
    pub frames: Vec<RecordedFrame>,
    /// The calls, in theirs.
    pub calls: Vec<Call>,
    /// How many more there were.
    pub omitted: Vec<Omitted>,
    /// What they have to do with each other.
    pub causes: Arc<Causes>,
    /// What was on the wire.
    weaver: Weaver,
    /// Whether it was closed before its end, since it got too long.
    is_cut: bool,
}

impl Closed {
    /// Frames and calls in one time line.
    pub fn moments(&self) -> Vec<Moment<'_>> {
        let times: Vec<_> = self.frames.iter().map(|frame| frame.time).collect();
        timeline::of(&times, &self.calls, &self.omitted)
    }

    /// All of it, for who judges it; `was_cut_short` where the programs took too long.
    pub fn exchange(&self, was_cut_short: bool) -> record::Exchange<'_> {
        record::Exchange {
            calls: &self.calls,
            wire: self.weaver.wire(),
            causes: &self.causes,
            misses_calls: self.is_cut || !self.omitted.is_empty(),
            was_cut_short,
        }
    }

    /// When the first frame was on the cable; without frames, when the first call was entered.
    pub fn begin(&self) -> Timestamp {
        let first = self.frames.first().map(|frame| frame.time);
        let entered = || self.calls.first().map(|call| call.entered);
        first.or_else(entered).unwrap_or_default()
    }
}

/// How often the other host's kernel got a frame whole.
fn deliveries(recorded: &RecordedFrame) -> u32 {
    let frame = recorded.frame();
    let is_corrupted = |harm: Harm<'_>| matches!(harm.fate, Fate::Corrupted(_));
    if frame.harms().any(is_corrupted) {
        0
    } else {
        recorded.deliveries
    }
}
