//! What following a connection tells of one segment.

use super::analysis::Findings;
use super::flight::Figures;
use super::segment::Blocks;
use super::segment::Segment;
use super::sequence::Seq;
use super::side::Side;
use super::states::{Change, State};
use crate::flow::endpoints::Role;
use crate::flow::turns::Turns;

/// What is noteworthy about one segment, and where it stands in its stream.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// The number of its connection.
    pub stream: u64,
    /// Who sent it.
    pub role: Role,
    /// The number that its first byte has where it goes on in order.
    pub awaited: Seq,
    /// Before which number the other side has taken all, as it said last; 0 where it said nothing.
    pub last_ack: Seq,
    /// What is noteworthy.
    pub findings: Findings,
    /// What looks like trouble and is none.
    pub false_alarms: FalseAlarms,
}

/// Everything that following tells of one segment beside its marks.
#[derive(Clone, Copy, Debug)]
pub struct Told<'r> {
    /// The turns of the dialogue, where it says something that was not said before.
    pub turns: Option<Turns>,
    /// What was seen of the connection before it.
    pub completeness: u8,
    /// Its sequence number, from the sender's SYN.
    pub seq: u32,
    /// The number behind it.
    pub next: u32,
    /// Its acknowledgment number, from the other's SYN; without the ACK flag 0.
    pub ack: u32,
    /// The blocks that it says have arrived beyond that, and the number of the other's SYN.
    pub blocks: Option<(&'r Blocks, Seq)>,
    /// Its window in bytes.
    pub window: u32,
    /// The round trip of the handshake in nanoseconds, once known.
    pub round_trip: Option<i64>,
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
    /// Of an RST that its receiver does not take for its number: which window it missed.
    pub missed: Option<Missed>,
    /// For a FIN: whether it is the first one's side that closes.
    pub closes_first: Option<bool>,
    /// What the segments in flight tell of it.
    pub figures: Figures,
    /// How long ago the clock value was sent that it echoes, in nanoseconds.
    pub echoed_after: Option<i64>,
}

/// The state of a side, and how it came there.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Its state after the segment, once known.
    pub state: Option<State>,
    /// What the segment changed.
    pub change: Option<Change>,
}

/// The window of the receiver that a segment is not in.
#[derive(Clone, Copy, Debug)]
pub struct Missed {
    /// The number that it begins with, from the sender's SYN.
    pub awaited: u32,
    /// How many numbers it has.
    pub room: u32,
}

impl Missed {
    /// By an RST that is not taken; `None` where the receiver has acknowledged nothing yet, and so has none.
    pub fn by_reset(sender: &Side, receiver: &Side) -> Option<Self> {
        let awaited = Some(receiver.last_ack).filter(|ack| *ack != Seq(0))?;
        Some(Self {
            awaited: awaited.since(sender.base?),
            room: receiver.room()?,
        })
    }
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

impl FalseAlarms {
    /// Of a segment, before its sender moves on.
    pub fn of(sender: &mut Side, receiver: &Side, segment: &Segment, began_late: bool) -> Self {
        let is_longer = |most| segment.length > u32::from(most);
        Self {
            copy_of: sender.same_packet(segment),
            is_oversized: receiver.mss.is_some_and(is_longer),
            began_late,
        }
    }

    /// Whether there is one.
    pub const fn are_any(&self) -> bool {
        self.copy_of.is_some() || self.is_oversized || self.began_late
    }
}

impl Standing {
    /// Of a side on which a segment has no effect.
    pub const fn unchanged(side: &Side) -> Self {
        Self {
            state: side.story.standing.state,
            change: None,
        }
    }

    /// How the sender and the receiver of a segment stand after it, which `arrives` or not.
    pub fn of_both(
        sender: &mut Side,
        receiver: &mut Side,
        segment: &Segment,
        is_next: bool,
        arrives: bool,
    ) -> [Self; 2] {
        let mut sent = sender.story.standing.sends(segment);
        let received = arrives.then(|| receiver.story.standing.receives(segment, is_next));
        if let Some(Some(Change {
            before: Some(State::SynReceived),
            after: State::Established,
        })) = received
        {
            sent = sender.story.standing.has_answered().or(sent);
        }
        [
            Self {
                state: sender.story.standing.state,
                change: sent,
            },
            Self {
                state: receiver.story.standing.state,
                change: received.flatten(),
            },
        ]
    }
}
