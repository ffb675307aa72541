//! How each TCP connection fared: how it opened and ended, its round trips, what was sent again, what it
//! carried, and what that cost.
//!
//! Nothing is followed here a second time: all comes from the fields that following tells of each segment.

use super::Count;
use super::bounded::{Bounded, MAX_ENTRIES};
use super::peers::Peer;
use crate::flow::endpoints::Role;
use crate::flow::tcp::Segment;
use crate::model::layer::Decoded;
use crate::model::reference::OsiLayer;
use crate::protocols::tcp_followed as followed;

/// A connection, as far as its counted segments tell.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// Its number in the capture.
    pub stream: u64,
    /// Who opened it.
    pub client: Peer,
    /// Whom it was opened to.
    pub server: Peer,
    /// How it opened.
    pub opening: Opening,
    /// How it ended.
    pub ending: Ending,
    /// When its earliest segment was seen: nanoseconds since the first frame of the capture.
    pub start: i64,
    /// When its latest segment was seen.
    pub end: i64,
    /// The round trip of its handshake in nanoseconds, where that was seen.
    pub handshake: Option<i64>,
    /// What the client sent.
    pub from_client: Sent,
    /// What the server sent.
    pub from_server: Sent,
    /// Where its bytes on the wire went.
    pub cost: Cost,
}

/// How a connection opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Before the capture, or unseen by the filter.
    Unseen,
    /// Somebody asked, and the handshake was never completed.
    Asked,
    /// By a handshake.
    Handshake,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Not at all, as far as seen.
    Open,
    /// It never opened: nobody answered.
    Unanswered,
    /// It never opened: the server said no.
    Refused,
    /// This side has said that it has no more to say, the other has not.
    HalfClosed(Role),
    /// Both have said so, this side first.
    Closed(Role),
    /// This side broke it off.
    Reset(Role),
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Segments, with all bytes of their frames.
    pub count: Count,
    /// Bytes of the stream that they carried, those sent again included.
    pub payload: u64,
    /// How many of the segments were sent again.
    pub again: u64,
    /// How many bytes of the stream these carried.
    pub payload_again: u64,
    /// How long it took until what it sent was acknowledged.
    pub round_trips: RoundTrips,
}

/// Round trips in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundTrips {
    count: u64,
    sum: i64,
    least: i64,
    most: i64,
}

/// Where the bytes on the wire went, by layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Headers of the link, tags, padding and trailers.
    pub link: u64,
    /// Headers of the network layer.
    pub network: u64,
    /// TCP headers.
    pub transport: u64,
    /// What TCP carried.
    pub payload: u64,
}

impl RoundTrips {
    fn add(&mut self, nanoseconds: i64) {
        (self.least, self.most) = match self.count {
            0 => (nanoseconds, nanoseconds),
            _ => (self.least.min(nanoseconds), self.most.max(nanoseconds)),
        };
        self.count += 1;
        self.sum = self.sum.saturating_add(nanoseconds);
    }

    /// The least, the mean and the most; `None` where none was seen.
    pub fn spread(&self) -> Option<[i64; 3]> {
        let count = i64::try_from(self.count).ok().filter(|count| *count > 0)?;
        Some([self.least, self.sum / count, self.most])
    }
}

impl Cost {
    /// What is not payload.
    pub const fn headers(&self) -> u64 {
        self.link + self.network + self.transport
    }

    /// A quoted packet is part of the message that quotes it, so the outermost layers count.
    fn add(&mut self, decoded: &Decoded<'_>, segment: &Segment) {
        let sum_of = |osi: OsiLayer| -> u64 {
            let own = decoded.layers_on_wire().take(segment.layer);
            own.filter(|(_, layer)| layer.protocol.standing.osi == osi)
                .map(|(_, layer)| (layer.header_end - layer.start) as u64)
                .sum()
        };
        let network = sum_of(OsiLayer::Network);
        let transport = sum_of(OsiLayer::Transport);
        let payload = u64::from(segment.length);
        let wire = u64::from(decoded.frame.wire_length);
        self.network += network;
        self.transport += transport;
        self.payload += payload;
        self.link += wire.saturating_sub(network + transport + payload);
    }
}

impl Connection {
    fn begin(stream: u64, segment: &Segment, sender: Role, time: i64) -> Self {
        let [from, to] = [segment.sender(), segment.receiver()].map(Peer::Socket);
        let (client, server) = match sender {
            Role::Client => (from, to),
            Role::Server => (to, from),
        };
        Self {
            stream,
            client,
            server,
            opening: Opening::Unseen,
            ending: Ending::Open,
            start: time,
            end: time,
            handshake: None,
            from_client: Sent::default(),
            from_server: Sent::default(),
            cost: Cost::default(),
        }
    }

    /// Both ways together.
    pub const fn total(&self) -> Count {
        self.from_client.count.and(self.from_server.count)
    }

    /// Nanoseconds between its earliest and its latest segment.
    pub const fn duration(&self) -> i64 {
        self.end.saturating_sub(self.start)
    }

    /// Bytes of the stream that were new: what the programs have of it.
    pub const fn new_payload(&self) -> u64 {
        let all = self.from_client.payload + self.from_server.payload;
        all.saturating_sub(self.from_client.payload_again + self.from_server.payload_again)
    }

    /// Bits per second, of so many bytes in the time that it took; `None` where it took none.
    pub fn rate(&self, bytes: u64) -> Option<u64> {
        let nanoseconds = u128::try_from(self.duration()).ok()?;
        let bits = u128::from(bytes) * 8 * 1_000_000_000;
        u64::try_from(bits.checked_div(nanoseconds)?).ok()
    }

    fn sent(&mut self, role: Role) -> &mut Sent {
        match role {
            Role::Client => &mut self.from_client,
            Role::Server => &mut self.from_server,
        }
    }

    fn add(&mut self, decoded: &Decoded<'_>, segment: &Segment, sender: Role, time: i64) {
        self.start = self.start.min(time);
        self.end = self.end.max(time);
        self.cost.add(decoded, segment);
        let payload = u64::from(segment.length);
        let sent = self.sent(sender);
        sent.count.add(decoded.frame.wire_length);
        sent.payload += payload;
        let is_again = decoded.followed_number(&followed::RETRANSMISSION).is_some();
        if is_again {
            sent.again += 1;
            sent.payload_again += payload;
        }
        if let Some(time) = decoded.followed_number(&followed::ACK_RTT) {
            let round_trips = &mut self.sent(sender.other()).round_trips;
            round_trips.add(time.cast_signed());
        }
        let handshake = decoded.followed_number(&followed::INITIAL_RTT);
        // A refusal answers a SYN too.
        if let (Some(time), false) = (handshake, segment.flags.rst()) {
            self.handshake = Some(time.cast_signed());
        }
        self.note_part(decoded, segment, sender);
    }

    /// Whether a SYN begins it: as the first, or again after it was refused or broken off.
    const fn begins_anew(&self) -> bool {
        let is_broken = matches!(self.ending, Ending::Refused | Ending::Reset(_));
        is_broken || matches!(self.opening, Opening::Unseen)
    }

    /// What the segment does to how the connection opened and ends.
    fn note_part(&mut self, decoded: &Decoded<'_>, segment: &Segment, sender: Role) {
        let flags = segment.flags;
        let breaks_off = flags.rst() && is_broken_off(decoded, sender);
        if flags.syn() && self.begins_anew() {
            self.ending = Ending::Unanswered;
        }
        if flags.syn() && self.opening == Opening::Unseen {
            self.opening = Opening::Asked;
        }
        if sender == Role::Client && is_behind_both_syns(decoded, segment) {
            self.opening = Opening::Handshake;
        }
        let is_answered =
            sender == Role::Server || self.from_server.count.frames > 0 && !flags.ask_to_open();
        if self.ending == Ending::Unanswered && is_answered && !flags.rst() {
            self.ending = Ending::Open;
        }
        self.ending = match self.ending {
            Ending::Unanswered if breaks_off && sender == Role::Server => Ending::Refused,
            Ending::Refused => Ending::Refused,
            _ if breaks_off => Ending::Reset(sender),
            Ending::Open if flags.fin() => Ending::HalfClosed(sender),
            Ending::HalfClosed(first) if flags.fin() && first != sender => Ending::Closed(first),
            ending => ending,
        };
    }
}

/// Whether somebody takes an RST, or its sender is behind it: one with numbers of another connection changes nothing.
fn is_broken_off(decoded: &Decoded<'_>, sender: Role) -> bool {
    const LISTEN: u64 = 1; // CLOSED is 0.
    let client = decoded.followed_number(&followed::CLIENT_STATE);
    let server = decoded.followed_number(&followed::SERVER_STATE);
    let (sending, receiving) = match sender {
        Role::Client => (client, server),
        Role::Server => (server, client),
    };
    let is_over = |state: u64| state <= LISTEN;
    sending.is_some_and(is_over) || receiving.is_none_or(is_over)
}

/// Whether a segment of the client confirms that both sides agreed: no round trip tells it where the clock told them one time.
fn is_behind_both_syns(decoded: &Decoded<'_>, segment: &Segment) -> bool {
    const BOTH: u64 = 1 | 2;
    let seen = decoded.followed_number(&followed::COMPLETENESS);
    let flags = segment.flags;
    let confirms = flags.ack() && !flags.syn() && !flags.rst();
    confirms && seen.is_some_and(|seen| seen & BOTH == BOTH)
}

/// The TCP connections of a capture.
#[derive(Debug)]
pub struct Connections {
    table: Bounded<u64, Connection>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            table: Bounded::new(MAX_ENTRIES),
        }
    }
}

impl Connections {
    /// Counts a followed frame, seen so many nanoseconds after the first, where it holds a segment.
    pub fn add(&mut self, decoded: &Decoded<'_>, time: i64) {
        let Some(segment) = Segment::of(decoded) else {
            return;
        };
        let (Some(stream), Some(sender)) = (
            decoded.followed_number(&followed::STREAM),
            decoded.followed_number(&followed::SENDER),
        ) else {
            return;
        };
        let sender = if sender == 0 {
            Role::Client
        } else {
            Role::Server
        };
        let begin = || Connection::begin(stream, &segment, sender, time);
        if let Some(connection) = self.table.entry(stream, decoded.frame.wire_length, begin) {
            connection.add(decoded, &segment, sender, time);
        }
    }

    /// The connections in the order of their numbers.
    pub fn list(&self) -> Vec<&Connection> {
        let mut list: Vec<&Connection> = self.table.iter().map(|(_, told)| told).collect();
        list.sort_unstable_by_key(|connection| connection.stream);
        list
    }

    /// The frames of connections for which there was no place.
    pub const fn others(&self) -> Count {
        self.table.others()
    }
}

#[cfg(test)]
mod tests {
    use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;

    fn packet(step: PacketBuilderStep<TcpHeader>) -> Vec<u8> {
        let mut packet = Vec::new();
        step.write(&mut packet, &[]).unwrap();
        packet
    }

    const CLIENT: [u8; 4] = [192, 168, 1, 7];
    const SERVER: [u8; 4] = [192, 168, 1, 6];

    /// A segment of the client's.
    fn there(seq: u32) -> PacketBuilderStep<TcpHeader> {
        PacketBuilder::ipv4(CLIENT, SERVER, 64).tcp(40_000, 12_345, seq, 64_000)
    }

    /// A segment of the server's.
    fn back(seq: u32) -> PacketBuilderStep<TcpHeader> {
        PacketBuilder::ipv4(SERVER, CLIENT, 64).tcp(12_345, 40_000, seq, 64_000)
    }

    fn handshake() -> [Vec<u8>; 3] {
        [
            packet(there(1).syn()),
            packet(back(8).syn().ack(2)),
            packet(there(2).ack(9)),
        ]
    }

    /// How a connection opened of which these are the packets, all of one time.
    fn opening_of(packets: &[Vec<u8>]) -> Opening {
        told_of(packets).opening
    }

    fn told_of(packets: &[Vec<u8>]) -> Connection {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let mut connections = Connections::default();
        for packet in packets {
            let frame = frame_of(LinkType::IPV4, packet, packet.len());
            let decoded = decoder.walk(&frame);
            let followed = flows.follow(&decoded, Past::Everything);
            connections.add(&decoded.with_followed(followed), 0);
        }
        *connections.list()[0]
    }

    #[test]
    fn a_handshake_that_took_no_time_by_the_clock_was_one_and_needs_the_client_to_confirm() {
        let [asked, agreed, confirmed] = handshake();
        let server_alone = packet(back(9).ack(2));
        let opening = opening_of(&[asked.clone(), agreed.clone(), confirmed.clone()]);
        assert_eq!(opening, Opening::Handshake);
        for unconfirmed in [
            [asked.clone(), agreed, server_alone],
            [asked.clone(), asked, confirmed],
        ] {
            assert_eq!(opening_of(&unconfirmed), Opening::Asked);
        }
    }

    #[test]
    fn an_rst_counts_where_it_is_taken_and_until_the_connection_is_opened_once_more() {
        let [asked, agreed, confirmed] = handshake();
        let refused = packet(back(0).rst().ack(2));
        let blind = packet(back(9_999_999).rst());
        let ends = [
            (vec![&asked, &agreed, &confirmed, &blind], Ending::Open),
            (vec![&asked, &refused], Ending::Refused),
            (vec![&asked, &refused, &asked], Ending::Unanswered),
            (vec![&asked, &refused, &asked, &refused], Ending::Refused),
            (
                vec![&asked, &refused, &asked, &agreed, &confirmed],
                Ending::Open,
            ),
        ];
        for (packets, ending) in ends {
            let packets: Vec<_> = packets.into_iter().cloned().collect();
            assert_eq!(told_of(&packets).ending, ending, "of {}", packets.len());
        }
    }

    /// A clock that was set back makes round trips that took less than no time.
    #[test]
    fn the_least_and_the_most_are_among_those_that_were_seen() {
        let mut seen = RoundTrips::default();
        seen.add(-5);
        seen.add(-3);
        assert_eq!(seen.spread(), Some([-5, -4, -3]));
    }
}
