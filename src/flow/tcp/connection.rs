//! One connection, as far as its segments have told.

use super::analysis::{self, Findings};
use super::segment::Segment;
use super::side::{Scale, Side};
use super::states::{Change, State};
use crate::flow::endpoints::{Role, Way};
use crate::model::frame::Timestamp;

/// A connection between two ends.
#[derive(Debug)]
pub struct Connection {
    /// Its number in the capture, from 0.
    pub stream: u64,
    first: Timestamp,
    previous: Timestamp,
    low: Side,
    high: Side,
    client: Way,
    seen: Seen,
    syn: Option<Timestamp>,
    round_trip: Option<i64>,
    first_fin: Option<Way>,
}

/// What has been seen of a connection, as Wireshark sums it up.
#[derive(Clone, Copy, Debug, Default)]
struct Seen(u8);

impl Seen {
    const SYN: u8 = 1;
    const SYN_ACK: u8 = 2;
    const ACK: u8 = 4;
    const DATA: u8 = 8;
    const FIN: u8 = 16;
    const RST: u8 = 32;

    const fn add(&mut self, segment: &Segment) {
        let flags = segment.flags;
        self.0 |= match (flags.syn(), flags.ack()) {
            (true, true) => Self::SYN_ACK,
            (true, false) => Self::SYN,
            (false, _) if segment.length > 0 => Self::DATA,
            (false, true) if !flags.fin() && !flags.rst() => Self::ACK,
            (false, _) => 0,
        };
        if flags.fin() {
            self.0 |= Self::FIN;
        }
        if flags.rst() {
            self.0 |= Self::RST;
        }
    }

    const fn has_ended(self) -> bool {
        self.0 & (Self::FIN | Self::RST) != 0
    }
}

/// Everything that following tells of one segment.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The number of its connection.
    pub stream: u64,
    /// Who sent it.
    pub role: Role,
    /// What was seen of the connection before it.
    pub completeness: u8,
    /// Its sequence number, from the sender's SYN.
    pub seq: u32,
    /// The number behind it.
    pub next: u32,
    /// Its acknowledgment number, from the other's SYN; without the ACK flag 0.
    pub ack: u32,
    /// Its window in bytes.
    pub window: u32,
    /// What its window is multiplied with; `None` where that is not known, and in a SYN.
    pub scale: Option<u64>,
    /// Nanoseconds since the first segment of the connection.
    pub since_first: i64,
    /// Nanoseconds since the segment before.
    pub since_previous: i64,
    /// What it does to the client.
    pub client: Standing,
    /// What it does to the server.
    pub server: Standing,
    /// For a FIN: whether it is the first one's side that closes.
    pub closes_first: Option<bool>,
    /// What is noteworthy.
    pub findings: Findings,
    /// The round trip of the handshake in nanoseconds, once known.
    pub round_trip: Option<i64>,
    /// How long ago the clock value was sent that it echoes, in nanoseconds.
    pub echoed_after: Option<i64>,
    /// What looks like trouble and is none.
    pub false_alarms: FalseAlarms,
}

/// The state of a side, and how it came there.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Its state after the segment, once known.
    pub state: Option<State>,
    /// What the segment changed.
    pub change: Option<Change>,
}

/// What looks like trouble in a capture and is none of the exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct FalseAlarms {
    /// The frame that holds the same packet.
    pub copy_of: Option<u64>,
    /// It is longer than the other side takes: cut or joined by a network card.
    pub is_oversized: bool,
    /// It is the first of a connection that was opened before the capture.
    pub began_late: bool,
}

impl Connection {
    /// A connection that begins with this segment.
    pub fn new(stream: u64, segment: &Segment, way: Way) -> Self {
        Self {
            stream,
            first: segment.time,
            previous: segment.time,
            low: Side::default(),
            high: Side::default(),
            client: likely_client(segment, way),
            seen: Seen::default(),
            syn: None,
            round_trip: None,
            first_fin: None,
        }
    }

    /// Whether this segment cannot belong to it: it opens a new one between the same ends.
    pub fn is_over_with(&self, segment: &Segment, way: Way) -> bool {
        let base = self.side(way).base;
        segment.flags.ask_to_open()
            && base.is_some_and(|base| base != segment.seq || self.seen.has_ended())
    }

    /// What a segment of it tells.
    pub fn follow(&mut self, segment: &Segment, way: Way) -> Told {
        let completeness = self.seen.0;
        let began_late = self.previous == self.first && self.nothing_sent() && !segment.flags.syn();
        let previous = std::mem::replace(&mut self.previous, segment.time);
        self.seen.add(segment);
        self.begin_again(segment, way);

        let client = self.client;
        let round_trip = self.round_trip;
        let (sender, receiver) = self.sides(way);
        let false_alarms = FalseAlarms {
            copy_of: sender.same_packet(segment),
            is_oversized: receiver
                .mss
                .is_some_and(|most| segment.length > u32::from(most)),
            began_late,
        };
        let is_next = sender
            .without_gap
            .is_none_or(|next| segment.seq.is_at_most(next));
        let echoed_after = receiver.echoed_after(segment);
        let findings = analysis::analyse(sender, receiver, segment, round_trip);
        agree_on_scale(sender, receiver, segment);
        sender.remember(segment);
        let sent = sender.standing.sends(segment);
        let received = receiver.standing.receives(segment, is_next);
        let sending = Standing {
            state: sender.standing.state,
            change: sent,
        };
        let receiving = Standing {
            state: receiver.standing.state,
            change: received,
        };
        let (of_client, of_server) = if way == client {
            (sending, receiving)
        } else {
            (receiving, sending)
        };
        let scaled = if segment.flags.syn() {
            Scale::Unknown
        } else {
            sender.scale
        };
        let seq = segment.seq.since(sender.base.unwrap_or_default());
        let told = Told {
            stream: 0,
            role: Role::of(way, client),
            completeness,
            seq,
            next: seq.wrapping_add(segment.next_seq().since(segment.seq)),
            ack: if segment.flags.ack() {
                segment.ack.since(receiver.base.unwrap_or_default())
            } else {
                0
            },
            window: scaled
                .bytes(segment.window)
                .unwrap_or(u32::from(segment.window)),
            scale: scaled.factor(),
            since_first: 0,
            since_previous: segment.time.since(previous),
            client: of_client,
            server: of_server,
            closes_first: None,
            findings,
            round_trip: None,
            echoed_after,
            false_alarms,
        };
        self.time_handshake(segment, way);
        Told {
            stream: self.stream,
            round_trip: self.round_trip,
            since_first: segment.time.since(self.first),
            closes_first: segment
                .flags
                .fin()
                .then(|| *self.first_fin.get_or_insert(way) == way),
            ..told
        }
    }

    /// A SYN with the same number asks once more; what was told since by an RST does not count.
    fn begin_again(&mut self, segment: &Segment, way: Way) {
        let (sender, _) = self.sides(way);
        if segment.flags.ask_to_open()
            && sender.base == Some(segment.seq)
            && let (Some(sent), Some(seen)) = (&mut sender.sent, sender.without_gap)
        {
            sent.next = seen;
        }
        // An agreement with another number is to another question.
        if segment.flags.syn() && segment.flags.ack() && sender.base.is_some() {
            sender.base = Some(segment.seq);
        }
    }

    /// The handshake is over with the first acknowledgment that neither opens nor says anything new.
    fn time_handshake(&mut self, segment: &Segment, way: Way) {
        if segment.flags.ask_to_open() {
            self.syn = Some(segment.time);
            return;
        }
        let is_first = |side: &Side, number| side.base.is_some_and(|base| base.plus(1) == number);
        let is_third = is_first(self.side(way), segment.seq)
            && is_first(self.side(way.back()), segment.ack)
            && segment.flags.ack()
            && !segment.flags.syn();
        if let (None, true, Some(syn)) = (self.round_trip, is_third, self.syn) {
            self.round_trip = Some(segment.time.since(syn));
        }
    }

    const fn nothing_sent(&self) -> bool {
        self.low.sent.is_none() && self.high.sent.is_none()
    }

    const fn side(&self, way: Way) -> &Side {
        match way {
            Way::FromLow => &self.low,
            Way::FromHigh => &self.high,
        }
    }

    /// The sender and the receiver of what goes this way.
    const fn sides(&mut self, way: Way) -> (&mut Side, &mut Side) {
        match way {
            Way::FromLow => (&mut self.low, &mut self.high),
            Way::FromHigh => (&mut self.high, &mut self.low),
        }
    }
}

/// Who asks is the client; where that was not seen, whose port is the higher one.
fn likely_client(segment: &Segment, way: Way) -> Way {
    let is_sender = match (segment.flags.syn(), segment.flags.ack()) {
        (true, asked_before) => !asked_before,
        (false, _) => segment.sender.port() >= segment.receiver.port(),
    };
    if is_sender { way } else { way.back() }
}

/// Windows are scaled when both SYNs offer it (RFC 7323, section 2.2).
fn agree_on_scale(sender: &mut Side, receiver: &mut Side, segment: &Segment) {
    let Some(options) = segment.options.filter(|_| segment.flags.syn()) else {
        return;
    };
    match options.window_scale {
        None => {
            sender.scale = Scale::Unused;
            receiver.scale = Scale::Unused;
        }
        Some(_) if segment.flags.ack() && receiver.scale == Scale::Unused => {
            sender.scale = Scale::Unused;
        }
        Some(shift) => sender.scale = Scale::Shift(shift),
    }
}
