//! What socket programmers get wrong, found from calls and frames together: each with its evidence, the
//! reason in plain words, and the fix.
//!
//! One file a diagnosis: its texts, and a function that looks for it in a [`Scene`]. To add one, write
//! the file and its two lines here.

mod address_in_use;
mod backlog_overflow;
mod both_send;
mod both_wait;
mod broken_pipe;
mod byte_order;
mod character_cut;
mod closed_unread;
mod connection_refused;
mod copy_left_open;
mod datagram_cut;
mod datagram_lost;
mod end_taken_for_data;
mod failed_call;
mod framing;
mod held_back;
mod host_unreachable;
mod message_not_whole;
mod never_closed;
mod nobody_reads;
mod nobody_there;
mod not_accepted;
mod own_timeout;
mod part_taken_for_whole;
mod peer_gone;
pub mod record;
mod rest_never_sent;
pub mod scene;
mod sends_read_as_one;
mod tls_against_plain;
mod tls_alert;

use std::collections::BTreeSet;

use scene::{Language, Scene};

use crate::model::text;

/// Every kind of diagnosis, what others follow from first.
pub static KINDS: &[&Kind] = &[
    &address_in_use::KIND,
    &connection_refused::KIND,
    &host_unreachable::KIND,
    &failed_call::KIND,
    &backlog_overflow::KIND,
    &not_accepted::KIND,
    &both_wait::KIND,
    &both_send::KIND,
    &nobody_reads::KIND,
    &byte_order::KIND,
    &own_timeout::KIND,
    &peer_gone::KIND,
    &datagram_lost::KIND,
    &tls_against_plain::KIND,
    &tls_alert::KIND,
    &end_taken_for_data::KIND,
    &sends_read_as_one::KIND,
    &part_taken_for_whole::KIND,
    &character_cut::KIND,
    &rest_never_sent::KIND,
    &message_not_whole::KIND,
    &datagram_cut::KIND,
    &closed_unread::KIND,
    &never_closed::KIND,
    &copy_left_open::KIND,
    &held_back::KIND,
    &broken_pipe::KIND,
];

/// A kind of diagnosis.
#[derive(Debug)]
pub struct Kind {
    /// Its name, in lower case with hyphens.
    pub name: &'static str,
    /// What is wrong, in one line.
    pub title: &'static str,
    /// Why that happens, in plain words.
    pub reason: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// The line of Python to write.
    pub python: &'static str,
    /// The line of C to write.
    pub c: &'static str,
    /// What shows that it is there.
    pub shown: Shown,
    /// Where in an exchange it is found.
    find: fn(&Scene) -> Vec<Finding>,
}

/// What shows that a fault is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Calls that were made.
    ByWhatWas,
    /// Calls that were not made. Where the last calls of a program are missing, nobody can say.
    ByWhatWasNot,
}

/// What is told of a fault where more is known of it than its kind says.
#[derive(Debug, PartialEq, Eq)]
pub struct Advice {
    /// What is wrong, in one line.
    pub title: &'static str,
    /// Why that happens, in plain words.
    pub reason: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// The line of Python to write.
    pub python: &'static str,
    /// The line of C to write.
    pub c: &'static str,
}

/// A kind of fault, found in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The program at fault, by its place among those of the scene.
    pub program: usize,
    /// What happened here, in one or two sentences.
    pub told: String,
    /// What to tell instead of what the kind says.
    pub advice: Option<&'static Advice>,
    /// The numbers of the calls that show it, in the order of the story.
    pub calls: Vec<u64>,
    /// The numbers of the frames that show it, in order.
    pub frames: BTreeSet<u64>,
}

/// One finding and what it means.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What is wrong.
    pub kind: &'static Kind,
    /// Where it shows.
    pub finding: Finding,
}

impl Finding {
    fn in_program(program: usize, told: String) -> Self {
        Self {
            program,
            told,
            advice: None,
            calls: Vec::new(),
            frames: BTreeSet::new(),
        }
    }

    fn with_calls(mut self, calls: impl IntoIterator<Item = u64>) -> Self {
        self.calls.extend(calls);
        self
    }

    fn advising(mut self, advice: impl Into<Option<&'static Advice>>) -> Self {
        self.advice = advice.into();
        self
    }

    fn with_frames(mut self, frames: impl IntoIterator<Item = u64>) -> Self {
        self.frames.extend(frames);
        self
    }
}

impl Diagnosis {
    /// What is wrong, in one line.
    pub fn title(&self) -> &'static str {
        let advice = self.finding.advice;
        advice.map_or(self.kind.title, |advice| advice.title)
    }

    /// Why that happens, in plain words.
    pub fn reason(&self) -> &'static str {
        let advice = self.finding.advice;
        advice.map_or(self.kind.reason, |advice| advice.reason)
    }

    /// What to do.
    pub fn fix(&self) -> &'static str {
        let advice = self.finding.advice;
        advice.map_or(self.kind.fix, |advice| advice.fix)
    }

    /// The line to write, in a language.
    pub fn code(&self, language: Language) -> &'static str {
        let advice = self.finding.advice;
        match language {
            Language::Python => advice.map_or(self.kind.python, |advice| advice.python),
            Language::C => advice.map_or(self.kind.c, |advice| advice.c),
        }
    }
}

/// A count of bytes: `1 byte`, `20 bytes`.
fn bytes(count: u64) -> String {
    let mut told = String::new();
    text::push_byte_count(&mut told, usize::try_from(count).unwrap_or(usize::MAX));
    told
}

/// The kinds that cannot be looked for in a scene, since calls are missing in it.
pub fn not_looked_for(scene: &Scene) -> impl Iterator<Item = &'static Kind> {
    let misses_calls = scene.misses_calls;
    let kinds = KINDS.iter().copied();
    kinds.filter(move |kind| misses_calls && kind.shown == Shown::ByWhatWasNot)
}

/// Everything that is wrong in a scene.
pub fn diagnose(scene: &Scene) -> Vec<Diagnosis> {
    let looked_for = KINDS
        .iter()
        .filter(|kind| !(scene.misses_calls && kind.shown == Shown::ByWhatWasNot));
    let found = looked_for.flat_map(|kind| {
        let findings = (kind.find)(scene).into_iter();
        findings.map(|finding| Diagnosis { kind, finding })
    });
    found.collect()
}
