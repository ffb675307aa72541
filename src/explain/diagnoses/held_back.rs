//! A small send that Nagle's algorithm held back until a delayed ACK came.

use super::scene::{Act, Deed, Scene, SentSegment, Socket};
use super::{Finding, Kind, Shown};
use crate::flow::causes::Spans;
use crate::model::frame::Timestamp;

/// The kind.
pub static KIND: Kind = Kind {
    name: "held-back",
    title: "A small send waited for a delayed ACK (Nagle's algorithm)",
    reason: "While a small segment is not acknowledged, the sender's kernel keeps further small sends \
        back (Nagle's algorithm, RFC 9293 section 3.7.4). The receiver's kernel keeps its ACK back too, \
        for some 40 ms, in the hope of an answer to send it with (RFC 9293 section 3.8.6.3). But the \
        answer cannot come before the rest of the question. So write, write, read waits 40 ms each time, \
        and nothing is lost.",
    fix: "Put together what belongs together and send it at once; or switch Nagle's algorithm off.",
    python: "s.sendall(head + body)\ns.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)   # or",
    c: "int yes = 1;\nsetsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);",
    shown: Shown::ByWhatWas,
    find,
};

/// The shortest time that Linux delays an ACK is 40 ms; the clock of one stop is not that of another.
const DELAYED: i64 = 35_000_000;

/// When an ACK lets a segment go, it goes within this time.
const AT_ONCE: i64 = 10_000_000;

/// A segment of at least this size is not small: it need not wait.
const SMALL: u64 = 536;

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(socket, peer))
        .collect()
}

/// A send, the frame of the one before it, the ACK of that, and its own frame; how long it waited.
struct Held {
    calls: [u64; 2],
    frames: [u64; 3],
    waited: i64,
}

fn find_in(sender: &Socket, receiver: &Socket) -> Option<Finding> {
    let traffic = Traffic::between(sender, receiver);
    let pairs = sender.sends().zip(sender.sends().skip(1));
    let held: Vec<Held> = pairs
        .filter_map(|(before, send)| traffic.held_back(before, send))
        .collect();
    let first = held.first()?;
    if sender.acts.iter().any(|act| act.deed == Deed::NoDelay) {
        return None;
    }
    let waited: i64 = held.iter().map(|held| held.waited).sum();
    let times = if held.len() == 1 { "once" } else { "each time" };
    Some(
        Finding::in_program(
            sender.program,
            format!(
                "{} small {} held back {times} until the ACK of the one before came: {} ms in all.",
                held.len(),
                if held.len() == 1 {
                    "send was"
                } else {
                    "sends were"
                },
                waited / 1_000_000
            ),
        )
        .with_calls(first.calls)
        .with_frames(first.frames),
    )
}

/// What was on the wire between a sender and a receiver.
struct Traffic<'a> {
    sent: Spans<&'a SentSegment>,
    /// What came back, by time.
    back: Vec<&'a SentSegment>,
}

impl<'a> Traffic<'a> {
    fn between(sender: &'a Socket, receiver: &'a Socket) -> Self {
        let sent = sender.sent.iter();
        let mut back: Vec<_> = receiver.sent.iter().collect();
        back.sort_by_key(|segment| segment.time);
        Self {
            sent: sent
                .map(|segment| (segment.bytes.clone(), segment))
                .collect(),
            back,
        }
    }

    fn held_back(&self, before: &Act, send: &Act) -> Option<Held> {
        let frame = self.first_carrying(send.bytes.start)?;
        let in_flight = self.first_carrying(before.bytes.start)?;
        let waited = frame.time.since(send.began);
        if send.length() >= SMALL || waited < DELAYED / 2 {
            return None;
        }
        let acknowledgment = self.acknowledgment(before.bytes.end, frame.time)?;
        let delayed = acknowledgment.time.since(in_flight.time);
        let is_held = acknowledgment.bytes.is_empty()
            && acknowledgment.time > send.began
            && delayed >= DELAYED;
        is_held.then_some(Held {
            calls: [before.call, send.call],
            frames: [in_flight.frame, acknowledgment.frame, frame.frame],
            waited,
        })
    }

    /// The first segment that carried this byte.
    fn first_carrying(&self, byte: u64) -> Option<&'a SentSegment> {
        let carrying = self.sent.with(byte).copied();
        carrying.min_by_key(|segment| segment.frame)
    }

    /// The last segment that acknowledged up to here, just before a time.
    fn acknowledgment(&self, end: u64, time: Timestamp) -> Option<&'a SentSegment> {
        let before = self.back.partition_point(|segment| segment.time <= time);
        let latest = self.back.get(..before)?.iter().rev().copied();
        latest
            .take_while(|segment| time.since(segment.time) <= AT_ONCE)
            .find(|segment| segment.acknowledged >= Some(end))
    }
}
