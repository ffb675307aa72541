//! One connection, as far as its segments have told.

use super::acceptance;
use super::analysis::{self, Signs};
use super::flight::Figures;
use super::segment::{Reports, Segment};
use super::sequence::Seq;
use super::side::{Scale, Side};
use super::sides::Sides;
use super::told::{FalseAlarms, Marks, Missed, Standing, Told};
use crate::flow::endpoints::{Role, Way};
use crate::flow::turns::Turns;
use crate::model::fate::Arrival;
use crate::model::frame::Timestamp;

/// A connection between two ends.
#[derive(Debug)]
#[repr(C)] // As a side: what every segment asks for lies together.
pub struct Connection {
    /// Its number in the capture, from 0.
    pub stream: u64,
    handshake: Handshake,
    client: Way,
    /// What was seen of it; `None` before its first segment.
    seen: Option<Seen>,
    first_fin: Option<Way>,
    sides: Sides,
    first: Timestamp,
    previous: Timestamp,
    turns: Turns,
}

/// How long the handshake takes: until the first acknowledgment behind the last SYN.
#[derive(Clone, Copy, Debug)]
enum Handshake {
    /// Nobody was seen to ask.
    NotSeen,
    /// Somebody asked.
    Asked(Timestamp),
    /// It took so many nanoseconds.
    Took(i64),
}

impl Handshake {
    const fn round_trip(self) -> Option<i64> {
        match self {
            Self::Took(time) => Some(time),
            Self::NotSeen | Self::Asked(_) => None,
        }
    }

    fn go_on(&mut self, segment: &Segment) {
        let flags = segment.flags;
        match *self {
            Self::NotSeen | Self::Asked(_) if flags.ask_to_open() => {
                *self = Self::Asked(segment.time);
            }
            Self::Asked(asked) if flags.ack() && !flags.syn() && segment.time != asked => {
                *self = Self::Took(segment.time.since(asked));
            }
            Self::NotSeen | Self::Asked(_) | Self::Took(_) => {}
        }
    }
}

/// What has been seen of a connection, as Wireshark sums it up.
#[derive(Clone, Copy, Debug)]
struct Seen(u8);

impl Seen {
    /// A SYN without ACK.
    const SYN: u8 = 1;
    const SYN_ACK: u8 = 2;
    const ACK: u8 = 4;
    const DATA: u8 = 8;
    const FIN: u8 = 16;
    const RST: u8 = 32;

    /// The first segment of a connection counts only when it asks to open it, and then its data too (RFC 7413).
    const fn begun_with(segment: &Segment) -> Self {
        Self(match (segment.flags.ask_to_open(), segment.length) {
            (true, 0) => Self::SYN,
            (true, _) => Self::SYN | Self::DATA,
            (false, _) => 0,
        })
    }

    const fn add(&mut self, segment: &Segment) {
        let flags = segment.flags;
        self.0 |= match (flags.syn(), flags.ack()) {
            (true, true) => Self::SYN_ACK,
            (false, true) if segment.length > 0 => Self::DATA,
            (false, true) => Self::ACK,
            (_, false) => 0,
        };
        if flags.fin() && flags.ack() {
            self.0 |= Self::FIN;
        }
        if flags.rst() {
            self.0 |= Self::RST;
        }
    }
}

impl Connection {
    /// How many of its segments wait for an acknowledgment.
    pub fn outstanding(&self) -> usize {
        self.sides.outstanding()
    }

    /// Forgets them.
    pub fn forget_outstanding(&mut self) {
        self.sides.forget_outstanding();
    }

    /// A connection that begins with this segment.
    pub fn new(stream: u64, segment: &Segment) -> Self {
        Self {
            stream,
            first: segment.time,
            previous: segment.time,
            sides: Sides::begin(segment.way),
            client: likely_client(segment),
            seen: None,
            handshake: Handshake::NotSeen,
            first_fin: None,
            turns: Turns::default(),
        }
    }

    /// Whether this segment cannot belong to it: it opens a new one between the same ends.
    pub fn is_over_with(&self, segment: &Segment) -> bool {
        let base = || self.sides.sender(segment.way).and_then(|side| side.base);
        segment.flags.ask_to_open() && base().is_some_and(|base| base != segment.seq)
    }

    /// What was seen of it, as Wireshark's sum.
    pub fn completeness(&self) -> u8 {
        self.seen.map_or(0, |seen| seen.0)
    }

    /// Takes its next segment: what is noteworthy about it.
    ///
    /// `is_reused` of the first segment of a connection between the ends of an earlier one.
    pub fn mark(&mut self, segment: &Segment, is_reused: bool) -> Marks {
        let signs = self.begin_again(segment) | reused(is_reused);
        self.go_on(segment, signs)
    }

    /// As [`Connection::mark`], and everything else that it tells; heard by `tell` where it lies: it is long.
    pub fn follow<T>(
        &mut self,
        segment: &Segment,
        reports: &Reports,
        is_reused: bool,
        tell: impl FnOnce(&Marks, &Told<'_>) -> T,
    ) -> T {
        let signs = self.begin_again(segment) | reused(is_reused);
        let before = self.before(segment);
        let marks = self.go_on(segment, signs);
        let is_refused = signs.contains(Signs::REFUSED);
        // Wireshark counts the SYN itself here.
        let completeness = if is_reused {
            self.completeness()
        } else {
            before.completeness
        };
        let (role, findings) = (marks.role, &marks.findings);
        let closes_first = segment.flags.fin().then(|| {
            let first = self.first_fin.get_or_insert(segment.way);
            *first == segment.way
        });
        let since_first = segment.time.since(self.first);
        let round_trip = self.handshake.round_trip();
        let previous = std::mem::replace(&mut self.previous, segment.time);
        self.sides.lend(segment.way, |sender, receiver| {
            let figures = Figures::of(sender, receiver, segment, findings);
            sender.story.remember(segment, reports);
            let is_damaged =
                reports.is_intact == Some(false) && sender.story.standing.has_sent_intact;
            // An RST that is not taken need not be of whom it says.
            let is_refused_reset = is_refused && segment.flags.rst();
            let has_no_effect = is_damaged || is_refused_reset;
            let [sending, receiving] = if has_no_effect {
                [Standing::unchanged(sender), Standing::unchanged(receiver)]
            } else {
                let arrives = segment.arrival == Arrival::AsSent && !is_refused;
                Standing::of_both(sender, receiver, segment, before.is_next, arrives)
            };
            let (client, server) = match role {
                Role::Client => (sending, receiving),
                Role::Server => (receiving, sending),
            };
            let scale = if segment.flags.syn() {
                Scale::Unknown
            } else {
                sender.scale
            };
            let seq = segment.seq.since(sender.base.unwrap_or_default());
            let acknowledged = || segment.ack.since(receiver.base.unwrap_or_default());
            let window = segment.window;
            let told = Told {
                turns: before.turns,
                completeness,
                seq,
                next: seq.wrapping_add(segment.next_seq().since(segment.seq)),
                ack: segment.flags.ack().then(acknowledged).unwrap_or(0),
                blocks: reports
                    .blocks
                    .as_ref()
                    .map(|blocks| (blocks, receiver.base.unwrap_or_default())),
                window: scale.bytes(window).unwrap_or(u32::from(window)),
                round_trip,
                scale: scale.factor(),
                since_first,
                since_previous: segment.time.since(previous),
                client,
                server,
                missed: is_refused_reset
                    .then(|| Missed::by_reset(sender, receiver))
                    .flatten(),
                closes_first,
                figures,
                echoed_after: receiver.story.echoed_after(segment, reports),
            };
            tell(&marks, &told)
        })
    }

    /// What it is before a segment, for the story.
    fn before(&mut self, segment: &Segment) -> Before {
        let sender = self.sides.sender(segment.way);
        let says_something = says_something_new(sender, segment);
        let without_gap = sender.and_then(|sender| sender.without_gap);
        Before {
            completeness: self.completeness(),
            turns: says_something.then(|| {
                self.turns.speaks(Role::of(segment.way, self.client));
                self.turns
            }),
            is_next: without_gap.is_none_or(|next| segment.seq.is_at_most(next)),
        }
    }

    /// Moves both sides on; `signs` are what was found before.
    fn go_on(&mut self, segment: &Segment, signs: Signs) -> Marks {
        let is_anew = signs.contains(Signs::REUSED_PORTS);
        let began_late = self.seen.is_none() && !segment.flags.syn();
        match &mut self.seen {
            // Of one more connection between the same ends, Wireshark counts the SYN alone.
            None if is_anew => self.seen = Some(Seen(Seen::SYN)),
            None => self.seen = Some(Seen::begun_with(segment)),
            Some(seen) => seen.add(segment),
        }
        let round_trip = self.handshake.round_trip();
        self.handshake.go_on(segment);
        let (stream, role) = (self.stream, Role::of(segment.way, self.client));
        self.sides.lend(segment.way, move |sender, receiver| {
            let false_alarms = FalseAlarms::of(sender, receiver, segment, began_late);
            let mut findings = analysis::analyse(sender, receiver, segment, round_trip);
            findings.signs |= signs;
            agree_on_scale(sender, receiver, segment);
            sender.remember(segment);
            Marks {
                stream,
                role,
                awaited: sender.go_on(segment),
                last_ack: receiver.last_ack,
                findings,
                false_alarms,
            }
        })
    }

    /// What is found of a segment that opens or breaks off before the sides move on.
    fn begin_again(&mut self, segment: &Segment) -> Signs {
        if segment.flags.open_or_break_off() {
            self.judge(segment)
        } else {
            Signs::empty()
        }
    }

    /// As [`Connection::begin_again`], of one that does.
    #[cold]
    #[inline(never)]
    fn judge(&mut self, segment: &Segment) -> Signs {
        let mut signs = Signs::empty();
        let [sender, receiver] =
            [segment.way, segment.way.back()].map(|way| self.sides.sender(way));
        let is_refused = receiver.is_some_and(|receiver| {
            acceptance::is_refused(sender.unwrap_or(&Side::default()), receiver, segment)
        });
        signs.set(Signs::REFUSED, is_refused);
        if segment.flags.syn() {
            signs |= reused(self.agrees_anew(segment));
        }
        signs
    }

    /// A SYN with the same number asks once more; what was told since by an RST does not count. Whether the
    /// sender agrees to another connection than it did before.
    fn agrees_anew(&mut self, segment: &Segment) -> bool {
        let flags = segment.flags;
        let acknowledged = self
            .sides
            .sender(segment.way.back())
            .map(|side| side.last_ack)
            .filter(|ack| *ack != Seq(0));
        let Some(sender) = self.sides.sender_mut(segment.way) else {
            return false;
        };
        if flags.ask_to_open()
            && sender.base == Some(segment.seq)
            && let (Some(sent), Some(seen)) = (&mut sender.sent, sender.without_gap)
        {
            sent.next = seen;
        }
        // An agreement with another number is to another question.
        let agreed = sender
            .base
            .filter(|base| flags.ack() && *base != segment.seq);
        if let Some(agreed) = agreed {
            sender.base = Some(segment.seq);
            // Who has only refused had no number of its own: its RST has 0 (RFC 9293, section 3.10.7.1).
            if sender.next() == Some(Seq(0)) {
                sender.sent = None;
                sender.without_gap = None;
            }
            // What the other side has taken, counts; and so does what was said since.
            let first = Some(agreed.plus(1));
            if sender.awaited == first && acknowledged != first {
                sender.awaited = None;
            }
        }
        agreed.is_some()
    }
}

/// Where a connection begins between ends that had one.
const fn reused(is_reused: bool) -> Signs {
    if is_reused {
        Signs::REUSED_PORTS
    } else {
        Signs::empty()
    }
}

/// What a connection is before a segment, as far as the story tells of it.
struct Before {
    completeness: u8,
    turns: Option<Turns>,
    /// Whether nothing before the segment is missing.
    is_next: bool,
}

/// Whether a segment carries bytes that its sender has not sent before.
fn says_something_new(sender: Option<&Side>, segment: &Segment) -> bool {
    let end = segment.seq.plus(segment.length);
    let next = sender.and_then(Side::next);
    segment.length > 0 && next.is_none_or(|next| next.is_before(end))
}

/// Who asks is the client; where that was not seen, whose port is the higher one.
fn likely_client(segment: &Segment) -> Way {
    let is_sender = match (segment.flags.syn(), segment.flags.ack()) {
        (true, asked_before) => !asked_before,
        (false, _) => segment.sender().port() >= segment.receiver().port(),
    };
    if is_sender {
        segment.way
    } else {
        segment.way.back()
    }
}

/// Windows are scaled when both SYNs offer it (RFC 7323, section 2.2). Of a side that was not heard yet,
/// nothing is noted: it hears of it when it speaks.
fn agree_on_scale(sender: &mut Side, receiver: &mut Side, segment: &Segment) {
    if sender.scale == Scale::Unknown && receiver.scale == Scale::Unused {
        sender.scale = Scale::Unused;
    }
    let Some(offers) = segment.offers else {
        return;
    };
    if let Some(shift) = offers.window_scale {
        sender.scale = Scale::Shift(shift);
    }
    if sender.scale == Scale::Unknown {
        sender.scale = Scale::Unused;
        if receiver.window.is_some() {
            receiver.scale = Scale::Unused;
        }
    } else if segment.flags.ack() && receiver.scale == Scale::Unused {
        sender.scale = Scale::Unused;
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::model::frame::LinkType;

    /// What was seen of a connection that begins with a SYN that carries this.
    fn seen_of_a_syn_with(payload: &[u8]) -> u8 {
        let syn = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 6], 64)
            .tcp(40_000, 12_345, 1, 64_000)
            .syn();
        let mut packet = Vec::new();
        syn.write(&mut packet, payload).unwrap();
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let syn = Segment::of(&Decoder::new().walk(&frame)).unwrap();
        let mut connection = Connection::new(0, &syn);
        connection.mark(&syn, false);
        connection.completeness()
    }

    #[test]
    fn the_data_of_the_syn_that_opens_a_connection_are_seen() {
        assert_eq!(seen_of_a_syn_with(b""), Seen::SYN);
        assert_eq!(seen_of_a_syn_with(b"hello"), Seen::SYN | Seen::DATA);
    }

    #[test]
    fn a_connection_takes_what_the_readme_says() {
        // With its place in the memory: its ends, their hash, when it spoke, in the table and among the silent.
        let place = size_of::<crate::flow::endpoints::Pair>() + 2 * 8 + 2 * 9 + 16;
        assert!(size_of::<Connection>() + place <= 400, "one side heard");
        assert!(
            size_of::<Connection>() + size_of::<Side>() + place <= 600,
            "both sides"
        );
        // The allocator gives 208 for up to 200.
        assert!(size_of::<Side>() <= 200);
    }
}
