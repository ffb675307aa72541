//! Cause and effect: which frames carried what a call sent, which brought what a call received, which
//! belong to its connect, accept, shutdown and close.
//!
//! Bytes are counted: the n-th byte that a program handed over is the n-th of the stream, and a segment's
//! sequence number says which it carries. Where counting cannot tell, that is [said](Unclear).

mod cover;
mod datagrams;
mod fragments;
mod segments;
mod spans;
mod streams;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::endpoints::Role;
use crate::decode::Decoder;
use crate::model::call::{Action, Call, CallId, Carrier, Socket};
use crate::model::frame::Frame;
use crate::model::secrets::Secrets;
use crate::model::tie::{Portion, StreamId, Tie, Unclear};
pub use spans::Spans;
pub use wire::{Alert, Asked, Datagram, Seen, Unfinished, Wire};

/// Takes the frames of an exchange, and then ties calls to them.
#[derive(Debug, Default)]
pub struct Weaver {
    wire: Wire,
}

impl Weaver {
    /// From here on, what these secrets open is decrypted.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.wire.decrypt_with(secrets);
    }

    /// Takes the next frame. The other host's kernel got it so many times, whole: 0 when it was lost or
    /// corrupted on the cable, 2 when it was duplicated there.
    pub fn frame(&mut self, decoder: &mut Decoder, frame: &Frame<'_>, deliveries: u32) {
        self.wire.take(decoder, frame, deliveries);
    }

    /// What was on the wire.
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Ties calls to the frames taken.
    pub fn tie(&self, calls: &[Call]) -> Causes {
        let mut ordered: Vec<&Call> = calls.iter().collect();
        ordered.sort_by_key(|call| call.id);
        let mut causes = Causes::default();
        let of = |carrier| {
            let its = ordered.iter().copied();
            its.filter(move |call| has_carrier(call, carrier))
        };
        streams::tie(&self.wire, of(Carrier::Tcp), &mut causes);
        datagrams::tie(&self.wire, of(Carrier::Udp), &mut causes);
        let rings = calls.iter().filter(|call| call.action == Action::OpenRing);
        for call in rings {
            causes.tell(call.id).unclear = Some(Unclear::OutOfSight);
        }
        causes.crowded = crowded(calls);
        causes.sort();
        causes
    }
}

/// The hosts on which more than one thread makes calls.
fn crowded(calls: &[Call]) -> HashSet<Arc<str>> {
    let mut first = HashMap::new();
    let others = calls
        .iter()
        .filter(|call| *first.entry(&call.host).or_insert(call.tid) != call.tid);
    others.map(|call| Arc::clone(&call.host)).collect()
}

/// Whether a call is about a socket of this kind.
fn has_carrier(call: &Call, carrier: Carrier) -> bool {
    let is = |socket: &Socket| socket.carrier == carrier;
    match &call.action {
        Action::CloseAll { sockets, .. } => sockets.iter().any(|(_, socket)| is(socket)),
        _ => call.socket.as_ref().is_some_and(is),
    }
}

/// What calls and frames have to do with each other.
#[derive(Debug, Default)]
pub struct Causes {
    ties: Vec<Tie>,
    by_frame: HashMap<u64, Vec<usize>>,
    told: HashMap<CallId, Told>,
    places: HashMap<u64, Place>,
    crowded: HashSet<Arc<str>>,
}

/// Which connection a socket is an end of, as `tcp.stream` numbers them, and which end.
pub type Place = (u64, Role);

/// What is known of one call beside its ties.
#[derive(Debug, Default)]
struct Told {
    bytes: Option<Range<u64>>,
    stream: Option<StreamId>,
    waited: Option<i64>,
    unclear: Option<Unclear>,
}

impl Causes {
    /// All ties, those of a call side by side, and in the order of the frames.
    pub fn ties(&self) -> &[Tie] {
        &self.ties
    }

    /// The ties of a call.
    pub fn of_call(&self, call: CallId) -> &[Tie] {
        let start = self.ties.partition_point(|tie| tie.call < call);
        let end = self.ties.partition_point(|tie| tie.call <= call);
        self.ties.get(start..end).unwrap_or_default()
    }

    /// The ties of a frame.
    pub fn of_frame(&self, frame: u64) -> impl Iterator<Item = &Tie> {
        let places = self.by_frame.get(&frame).into_iter().flatten();
        places.filter_map(|place| self.ties.get(*place))
    }

    /// The part of its stream that a call moved, where that is known.
    pub fn portion(&self, call: CallId) -> Option<Portion> {
        let told = self.told.get(&call)?;
        Some(Portion {
            stream: told.stream?,
            bytes: told.bytes.clone()?,
        })
    }

    /// Which bytes of its stream a call moved: counted from 0, each way of a TCP socket for itself. Known of a
    /// stream that was not on the cable too.
    pub fn bytes(&self, call: CallId) -> Option<Range<u64>> {
        self.told.get(&call)?.bytes.clone()
    }

    /// Where the TCP socket with this identity belongs, as far as that was on the cable.
    pub fn place(&self, socket: u64) -> Option<Place> {
        self.places.get(&socket).copied()
    }

    /// How many nanoseconds of a `connect` the other side took to answer.
    pub fn waited(&self, call: CallId) -> Option<i64> {
        self.told.get(&call)?.waited
    }

    /// What cannot be known of a call that had to do with the wire.
    pub fn unclear(&self, call: CallId) -> Option<Unclear> {
        self.told.get(&call)?.unclear
    }

    /// Whether the thread that makes a call is not the only one on its host that does.
    pub fn is_one_of_many(&self, call: &Call) -> bool {
        self.crowded.contains(&call.host)
    }

    fn tell(&mut self, call: CallId) -> &mut Told {
        self.told.entry(call).or_default()
    }

    fn sort(&mut self) {
        self.ties.sort_by_key(|tie| (tie.call, tie.frame));
        for (place, tie) in self.ties.iter().enumerate() {
            self.by_frame.entry(tie.frame).or_default().push(place);
        }
    }
}
