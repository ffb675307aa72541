//! What is noteworthy about a segment beside those before it: Wireshark's names, rules and precedence.

use bitflags::bitflags;

use super::segment::Segment;
use super::sequence::Seq;
use super::side::{Asked, Duplicates, Furthest, Side, Window};

/// How soon after the duplicate acknowledgments a repetition counts as their effect, in nanoseconds.
const FAST: i64 = 20_000_000;

/// How late a segment may be overtaken while no round trip is known, in nanoseconds.
const OVERTAKEN: i64 = 3_000_000;

/// What was found about one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Why its bytes are not new.
    pub repeat: Option<Repeat>,
    /// It repeats an acknowledgment: the how-manieth time, and of which frame.
    pub duplicate_ack: Option<(u32, u64)>,
    /// What else.
    pub signs: Signs,
}

bitflags! {
    /// Findings of which there is no more to say. In one number, so that a processor that asks whether there are any
    /// does not wait for bytes that were written one by one.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Signs: u16 {
        /// There is a gap before it.
        const LOST_SEGMENT = 1 << 0;
        /// It acknowledges what was not seen, which is told once.
        const ACK_LOST_SEGMENT = 1 << 1;
        /// It acknowledges what was not seen, told or not.
        const ACKNOWLEDGES_UNSEEN = 1 << 2;
        /// It asks whether the other side is there.
        const KEEP_ALIVE = 1 << 3;
        /// It answers that.
        const KEEP_ALIVE_ACK = 1 << 4;
        /// Its sender has no room.
        const ZERO_WINDOW = 1 << 5;
        /// It asks whether there is room.
        const ZERO_WINDOW_PROBE = 1 << 6;
        /// It answers that there is none.
        const ZERO_WINDOW_PROBE_ACK = 1 << 7;
        /// It tells of another amount of room and of nothing else.
        const WINDOW_UPDATE = 1 << 8;
        /// It uses the other side's room up.
        const WINDOW_FULL = 1 << 9;
        /// It opens a new connection between the ends of an earlier one.
        const REUSED_PORTS = 1 << 10;
        /// Its receiver does not take it, by its numbers. No finding of Wireshark's.
        const REFUSED = 1 << 11;
    }
}

/// Why a segment's bytes are not new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// They had been acknowledged.
    Spurious,
    /// Duplicate acknowledgments asked for them.
    Fast,
    /// A later segment has overtaken them.
    OutOfOrder,
    /// No acknowledgment came; this was the furthest that had been sent.
    Timeout(Furthest),
}

impl Findings {
    /// Whether anything is not as in an undisturbed exchange.
    pub const fn are_noteworthy(&self) -> bool {
        const OTHERS: Signs = Signs::ACKNOWLEDGES_UNSEEN.union(Signs::REFUSED);
        let signs = self.signs.difference(OTHERS);
        self.repeat.is_some() || self.duplicate_ack.is_some() || !signs.is_empty()
    }

    /// Whether there is this sign.
    pub const fn show(&self, sign: Signs) -> bool {
        self.signs.contains(sign)
    }

    const fn asks(&self) -> Asked {
        if self.show(Signs::KEEP_ALIVE) {
            Asked::KeepAlive
        } else if self.show(Signs::ZERO_WINDOW_PROBE) {
            Asked::Room
        } else {
            Asked::Nothing
        }
    }
}

/// Finds what is noteworthy about a segment, and moves both sides on. `round_trip` is that of the
/// handshake in nanoseconds, once known.
pub fn analyse(
    sender: &mut Side,
    receiver: &mut Side,
    segment: &Segment,
    round_trip: Option<i64>,
) -> Findings {
    let mut found = Findings::default();
    begin(sender, receiver, segment);
    look_at_numbers(sender, receiver, segment, &mut found);
    look_at_acknowledgment(sender, receiver, segment, &mut found);
    if !found.show(Signs::KEEP_ALIVE) {
        found.repeat = repeat(sender, receiver, segment, round_trip);
    }
    move_on(sender, segment, &found);
    found
}

/// The first segment of a side tells where its stream begins, and so does an acknowledgment of it.
fn begin(sender: &mut Side, receiver: &mut Side, segment: &Segment) {
    let flags = segment.flags;
    sender.base.get_or_insert(if flags.syn() {
        segment.seq
    } else {
        segment.seq.minus_one()
    });
    if flags.ack() {
        receiver.base.get_or_insert(segment.ack.minus_one());
    }
}

fn look_at_numbers(
    sender: &mut Side,
    receiver: &mut Side,
    segment: &Segment,
    found: &mut Findings,
) {
    let next = sender.next();
    let is_next = next == Some(segment.seq);
    let is_plain = segment.flags.are_plain();
    if segment.length == 1 && is_next && receiver.window.is_some_and(|window| window.field == 0) {
        found.signs |= Signs::ZERO_WINDOW_PROBE;
        return;
    }
    found
        .signs
        .set(Signs::ZERO_WINDOW, segment.window == 0 && is_plain);
    if let Some(next) = next.filter(|_| !is_next) {
        found.signs |= of_another_place(next, segment);
    }
    if segment.length > 0 {
        found
            .signs
            .set(Signs::WINDOW_FULL, is_plain && fills(receiver, segment));
    } else if is_plain && is_next && segment.ack == sender.last_ack {
        look_at_repetition(sender, receiver, segment, found);
    }
}

/// Of a segment that does not begin where its sender has come to.
fn of_another_place(next: Seq, segment: &Segment) -> Signs {
    let mut signs = Signs::empty();
    let flags = segment.flags;
    signs.set(
        Signs::LOST_SEGMENT,
        next.is_before(segment.seq) && !flags.rst(),
    );
    signs.set(
        Signs::KEEP_ALIVE,
        segment.length <= 1 && flags.are_plain() && next.minus_one() == segment.seq,
    );
    signs
}

/// Whether a segment uses up the room that its receiver has told of.
fn fills(receiver: &Side, segment: &Segment) -> bool {
    receiver
        .room()
        .is_some_and(|room| segment.seq.plus(segment.length) == receiver.last_ack.plus(room))
}

/// Of an empty segment that acknowledges what its sender has acknowledged before.
fn look_at_repetition(sender: &mut Side, receiver: &Side, segment: &Segment, found: &mut Findings) {
    let has_room = segment.window > 0;
    let same_window = sender
        .window
        .is_some_and(|window| window.field == segment.window);
    match (has_room, same_window, receiver.asked) {
        (true, false, _) => found.signs |= Signs::WINDOW_UPDATE,
        (true, true, Asked::KeepAlive) => found.signs |= Signs::KEEP_ALIVE_ACK,
        (true, true, _) => {
            found.duplicate_ack = Some((sender.duplicates.count_one(), sender.ack_frame));
        }
        (false, true, Asked::Room) => found.signs |= Signs::ZERO_WINDOW_PROBE_ACK,
        (false, _, _) => {}
    }
}

fn look_at_acknowledgment(
    sender: &mut Side,
    receiver: &mut Side,
    segment: &Segment,
    found: &mut Findings,
) {
    if segment.ack != sender.last_ack {
        sender.ack_frame = segment.frame;
        sender.duplicates = Duplicates::default();
    }
    let beyond = receiver
        .without_gap
        .is_some_and(|seen| seen.is_before(segment.ack));
    if !beyond || !segment.flags.ack() {
        return;
    }
    found.signs |= Signs::ACKNOWLEDGES_UNSEEN;
    if receiver.without_gap != receiver.next() {
        found.signs |= Signs::ACK_LOST_SEGMENT;
        receiver.without_gap = receiver.next();
        return;
    }
    // Told once, until the other side says something new.
    found.signs.set(
        Signs::ACK_LOST_SEGMENT,
        receiver.duplicates == Duplicates::default(),
    );
    receiver.duplicates = Duplicates::Missed;
}

fn repeat(
    sender: &Side,
    receiver: &Side,
    segment: &Segment,
    round_trip: Option<i64>,
) -> Option<Repeat> {
    if !segment.takes_numbers() {
        return None;
    }
    let end = segment.seq.plus(segment.length);
    if segment.length > 0 && receiver.last_ack != Seq(0) && end.is_at_most(receiver.last_ack) {
        return Some(Repeat::Spurious);
    }
    let sent = sender.sent?;
    // Behind a probe of one byte, the byte comes again with more: that is new.
    let is_probed_byte = segment.length > 1 && sent.next.minus_one() == segment.seq;
    if is_probed_byte || !segment.seq.is_before(sent.next) {
        return None;
    }
    let is_asked_for = receiver.last_ack == segment.seq;
    let is_soon = segment.time.since(receiver.last_time) < FAST;
    if receiver.duplicates.may_ask() && is_soon && is_asked_for {
        return Some(Repeat::Fast);
    }
    let threshold = round_trip.filter(|time| *time != 0).unwrap_or(OVERTAKEN);
    if segment.time.since(sent.time) < threshold && sent.next != segment.next_seq() {
        return Some(Repeat::OutOfOrder);
    }
    Some(Repeat::Timeout(sent))
}

fn move_on(sender: &mut Side, segment: &Segment, found: &Findings) {
    if !found.show(Signs::ZERO_WINDOW_PROBE) {
        let next = segment.next_seq();
        if sender.next().is_none_or(|known| known.is_before(next)) {
            sender.sent = Some(Furthest {
                next,
                frame: segment.frame,
                time: segment.time,
            });
        }
        if sender.without_gap.is_none_or(|seen| seen == segment.seq) {
            sender.without_gap = sender.next();
        }
    }
    sender.window = Some(Window {
        field: segment.window,
        is_of_syn: segment.flags.syn(),
    });
    sender.last_ack = segment.ack;
    sender.last_time = segment.time;
    sender.asked = found.asks();
}
