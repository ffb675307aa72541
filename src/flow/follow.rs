//! Following one conversation: what its two sides say, in the order in which it can be read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

pub use super::doubtful::MOST_DOUBTFUL;
use super::doubtful::{Doubtful, Doubts};
use super::endpoints::{Endpoint, Role};
use super::reassembly::stream::{Assembler, Bounds, Event, Missing, Origin, Part};
use super::tcp::{self, Connections, Segment, Seq};
use super::telling::Telling;
use super::udp::{self, Dialogues};
use crate::model::layer::{Decoded, Extent, Followed};
use crate::model::needs::Past;

/// What carries a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A connection, whose segments carry a stream each way.
    Tcp,
    /// Datagrams, each a message of its own.
    Udp,
}

impl Transport {
    /// The name in filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// Which conversation is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The first one, of this transport where it is said.
    First(Option<Transport>),
    /// The one with this number.
    Number(Transport, u64),
}

/// The two ends of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What carries it.
    pub transport: Transport,
    /// Its number.
    pub stream: u64,
    /// Who began it, as far as is known.
    pub client: Endpoint,
    /// Who was spoken to.
    pub server: Endpoint,
}

/// Something that one side does.
#[derive(Clone, Copy, Debug)]
pub struct Happening<'a> {
    /// Who.
    pub by: Role,
    /// What.
    pub what: What<'a>,
}

/// What a side does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// It opens the connection; the other side may do so too, at once.
    Opens(Origin),
    /// It agrees to open it: it has heard the other side.
    Agrees(Origin),
    /// It says something, says it again, or what it says is missing.
    Speaks(Event<'a>),
    /// It has no more to say.
    Ends(Origin),
    /// It breaks off.
    BreaksOff(Origin),
    /// What it sent came damaged, and nobody took it.
    IsDamaged(Origin),
}

/// What is known of each conversation of a capture.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Between whom.
    pub ends: Ends,
    /// Its first frame.
    pub first_frame: u64,
    /// How many frames it has.
    pub frames: u64,
    /// How many bytes the client's and the server's frames carried, repetitions included.
    bytes: [u64; 2],
}

impl Listed {
    /// How many bytes this side's frames carried.
    pub const fn bytes_of(&self, role: Role) -> u64 {
        let [client, server] = self.bytes;
        match role {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

/// How many conversations are listed.
const LISTED: usize = 10_000;

/// How many bytes may wait behind a hole of the one conversation that is followed, each way: what the largest
/// usual window lets a sender send.
pub const MOST_BEHIND_A_HOLE: usize = 16 << 20;

/// What may wait and be remembered of it, each way.
const BOUNDS: Bounds = Bounds {
    waiting: MOST_BEHIND_A_HOLE,
    history: 1 << 20,
};

/// Follows one conversation of a capture; it must see all frames, in their order.
#[derive(Debug)]
pub struct Follower {
    wanted: Wanted,
    found: Option<Ends>,
    connections: Connections,
    dialogues: Dialogues,
    followed: Vec<Followed>,
    client: Direction,
    server: Direction,
    listed: Vec<Listed>,
    places: HashMap<(Transport, u64), usize, RandomState>,
    is_list_full: bool,
}

/// One direction of the conversation that is followed.
#[derive(Debug)]
struct Direction {
    assembler: Assembler,
    doubts: Doubts,
    has_opened: bool,
    has_ended: bool,
    has_broken_off: bool,
    /// Bytes of datagrams so far.
    said: u64,
}

impl Direction {
    fn new() -> Self {
        Self {
            assembler: Assembler::new(BOUNDS),
            doubts: Doubts::default(),
            has_opened: false,
            has_ended: false,
            has_broken_off: false,
            said: 0,
        }
    }
}

impl Direction {
    /// Takes a segment of this side.
    fn take(&mut self, by: Role, part: Part<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        let assembler = &mut self.assembler;
        assembler.take(part, &mut |event| tell(speaks(by, event)));
        if part.is_last && !std::mem::replace(&mut self.has_ended, true) {
            let what = What::Ends(part.origin);
            tell(Happening { by, what });
        }
    }

    /// What an RST carries is a remark on it, and no part of the stream (RFC 9293, section 3.5.3).
    fn break_off(&mut self, by: Role, origin: Origin, tell: &mut impl FnMut(Happening<'_>)) {
        // It is sent as often as the other side speaks on.
        if !std::mem::replace(&mut self.has_broken_off, true) {
            let what = What::BreaksOff(origin);
            tell(Happening { by, what });
        }
    }

    /// The other side has taken all before this number.
    fn acknowledge(&mut self, by: Role, ack: Seq, tell: &mut impl FnMut(Happening<'_>)) {
        while let Some(doubtful) = self.doubts.acknowledged(ack) {
            self.settle(by, &doubtful, tell);
        }
        let assembler = &mut self.assembler;
        assembler.acknowledge(ack, &mut |event| tell(speaks(by, event)));
    }

    /// Puts a segment by whose checksum is wrong.
    fn doubt(&mut self, by: Role, part: &Part<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        self.doubts.add(Doubtful::new(part));
        while let Some(doubtful) = self.doubts.beyond_bounds() {
            self.settle(by, &doubtful, tell);
        }
    }

    /// A segment whose checksum is wrong counts where no other brought the same.
    fn settle(&mut self, by: Role, doubtful: &Doubtful, tell: &mut impl FnMut(Happening<'_>)) {
        let only_ends = doubtful.part().length == 0;
        let came_otherwise =
            self.assembler.has_all_before(doubtful.end()) || only_ends && self.has_ended;
        if came_otherwise && self.doubts.are_founded {
            let what = What::IsDamaged(doubtful.origin);
            tell(Happening { by, what });
        } else {
            self.take(by, doubtful.part(), tell);
        }
    }
}

impl Follower {
    /// A follower that has seen nothing.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            found: None,
            connections: Connections::default(),
            dialogues: Dialogues::default(),
            followed: Vec::new(),
            client: Direction::new(),
            server: Direction::new(),
            listed: Vec::new(),
            places: HashMap::default(),
            is_list_full: false,
        }
    }

    /// Takes the next frame; `tell` hears what is said in the conversation with it.
    pub fn take(&mut self, decoded: &Decoded<'_>, tell: &mut impl FnMut(&Ends, Happening<'_>)) {
        self.followed.clear();
        let mut telling = Telling::new(&mut self.followed, Past::Marks);
        let segment = Segment::of(decoded);
        let connections = &mut self.connections;
        let segment = segment
            .as_ref()
            .map(|segment| connections.follow(segment, decoded, &mut telling));
        let datagram = self.dialogues.follow(decoded, &mut telling);
        if let Some(placed) = segment {
            self.take_segment(decoded, &placed, tell);
        }
        if let Some(placed) = datagram {
            self.take_datagram(decoded, &placed, tell);
        }
    }

    /// The capture is over: tells what still waited, and what never came.
    pub fn finish(&mut self, tell: &mut impl FnMut(&Ends, Happening<'_>)) {
        let Some(ends) = self.found else {
            return;
        };
        let mut tell = |happening: Happening<'_>| tell(&ends, happening);
        for by in [Role::Client, Role::Server] {
            let direction = self.direction(by);
            while let Some(doubtful) = direction.doubts.first() {
                direction.settle(by, &doubtful, &mut tell);
            }
            if let Some(origin) = direction.doubts.break_off() {
                direction.break_off(by, origin, &mut tell);
            }
            let assembler = &mut direction.assembler;
            assembler.finish(&mut |event| tell(speaks(by, event)));
        }
    }

    /// The conversation that is followed, once it was found.
    pub const fn found(&self) -> Option<Ends> {
        self.found
    }

    /// The conversations so far that could have been meant; the first 10,000.
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Whether there are more than are listed.
    pub const fn is_list_full(&self) -> bool {
        self.is_list_full
    }

    /// How many conversations were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.connections.forgotten() + self.dialogues.forgotten()
    }

    fn take_segment(
        &mut self,
        decoded: &Decoded<'_>,
        placed: &tcp::Placed<'_>,
        tell: &mut impl FnMut(&Ends, Happening<'_>),
    ) {
        let segment = placed.segment;
        let ends = Ends {
            transport: Transport::Tcp,
            stream: placed.stream,
            client: client_of(placed.role, segment.sender(), segment.receiver()),
            server: client_of(placed.role, segment.receiver(), segment.sender()),
        };
        let length = u64::from(segment.length);
        let Some(ends) = self.wanted(ends, placed.role, segment.frame, length) else {
            return;
        };
        let mut tell = |happening: Happening<'_>| tell(&ends, happening);
        let by = placed.role;
        let origin = Origin::of(decoded.frame);
        // The acknowledgment first: what it tells of was before it.
        if segment.flags.ack() {
            let other = by.other();
            self.direction(other)
                .acknowledge(other, segment.ack, &mut tell);
        }
        if segment.flags.syn() && !self.direction(by).has_opened {
            self.direction(by).has_opened = true;
            let what = if segment.flags.ack() {
                What::Agrees(origin)
            } else {
                What::Opens(origin)
            };
            tell(Happening { by, what });
        }
        let part = part_of(decoded, segment, origin);
        let breaks_off = segment.flags.rst();
        let direction = self.direction(by);
        let is_intact = segment.is_intact(decoded);
        direction.doubts.are_founded |= is_intact == Some(true);
        let says_something = part.length > 0 || part.is_last || breaks_off;
        let is_damaged = says_something && is_intact == Some(false);
        match (is_damaged, breaks_off) {
            (true, true) => direction.doubts.add_break_off(origin),
            (true, false) => direction.doubt(by, &part, &mut tell),
            (false, true) => direction.break_off(by, origin, &mut tell),
            (false, false) => {
                if let Some(refuted) = direction.doubts.break_off() {
                    let what = What::IsDamaged(refuted);
                    tell(Happening { by, what });
                }
                direction.take(by, part, &mut tell);
            }
        }
    }

    fn take_datagram(
        &mut self,
        decoded: &Decoded<'_>,
        placed: &udp::Placed,
        tell: &mut impl FnMut(&Ends, Happening<'_>),
    ) {
        let Some(view) = decoded.view(placed.layer) else {
            return;
        };
        // The first fragment alone; the last one to come completes the datagram.
        if view.layer.extent != Extent::Whole {
            return;
        }
        let length = view.wire_length().saturating_sub(view.header_length()) as u64;
        let ends = Ends {
            transport: Transport::Udp,
            stream: placed.stream,
            client: client_of(placed.role, placed.sender, placed.receiver),
            server: client_of(placed.role, placed.receiver, placed.sender),
        };
        let frame = decoded.frame.number;
        let Some(ends) = self.wanted(ends, placed.role, frame, length) else {
            return;
        };
        let direction = self.direction(placed.role);
        let offset = direction.said;
        direction.said += length;
        let bytes = view.payload();
        let mut speak = |event| tell(&ends, speaks(placed.role, event));
        speak(Event::Bytes {
            offset,
            bytes,
            origin: Origin::of(decoded.frame),
        });
        let present = bytes.len() as u64;
        if present < length {
            speak(Event::Gap {
                offset: offset + present,
                length: length - present,
                why: Missing::CutByCapture,
            });
        }
    }

    /// Lists a frame of a conversation; gives its ends where it is the one that is followed.
    fn wanted(&mut self, ends: Ends, by: Role, frame: u64, bytes: u64) -> Option<Ends> {
        let transport = match self.wanted {
            Wanted::First(transport) => transport,
            Wanted::Number(transport, _) => Some(transport),
        };
        if transport.is_some_and(|transport| transport != ends.transport) {
            return None;
        }
        self.list(ends, by, frame, bytes);
        if let (None, Wanted::Number(_, number)) = (self.found, self.wanted)
            && number != ends.stream
        {
            return None;
        }
        let found = *self.found.get_or_insert(ends);
        (found.transport == ends.transport && found.stream == ends.stream).then_some(found)
    }

    fn list(&mut self, ends: Ends, by: Role, frame: u64, bytes: u64) {
        let key = (ends.transport, ends.stream);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.listed.len() < LISTED => {
                self.places.insert(key, self.listed.len());
                self.listed.push(Listed {
                    ends,
                    first_frame: frame,
                    frames: 0,
                    bytes: [0; 2],
                });
                self.listed.len() - 1
            }
            None => {
                self.is_list_full = true;
                return;
            }
        };
        if let Some(listed) = self.listed.get_mut(place) {
            listed.frames += 1;
            let [client, server] = &mut listed.bytes;
            *match by {
                Role::Client => client,
                Role::Server => server,
            } += bytes;
        }
    }

    const fn direction(&mut self, role: Role) -> &mut Direction {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

/// Which of the two is the client, where the sender plays this part.
const fn client_of(role: Role, sender: Endpoint, receiver: Endpoint) -> Endpoint {
    match role {
        Role::Client => sender,
        Role::Server => receiver,
    }
}

/// What a segment brings to the stream.
fn part_of<'a>(decoded: &Decoded<'a>, segment: &Segment, origin: Origin) -> Part<'a> {
    let payload = decoded.view(segment.layer).map(|view| view.payload());
    let most = usize::try_from(segment.length).unwrap_or(usize::MAX);
    let payload = payload.unwrap_or_default();
    Part {
        seq: segment.first_byte(),
        bytes: payload.get(..most).unwrap_or(payload),
        length: segment.length,
        is_last: segment.flags.fin(),
        origin,
    }
}

const fn speaks(by: Role, event: Event<'_>) -> Happening<'_> {
    let what = What::Speaks(event);
    Happening { by, what }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::model::frame::LinkType;

    /// A segment of a conversation, as it was captured.
    #[derive(Clone, Copy)]
    struct Sent {
        by: Role,
        seq: u32,
        ack: u32,
        flags: &'static str,
        says: &'static str,
        is_intact: bool,
    }

    const fn sent(by: Role, seq: u32, ack: u32, flags: &'static str, says: &'static str) -> Sent {
        Sent {
            by,
            seq,
            ack,
            flags,
            says,
            is_intact: true,
        }
    }

    const fn damaged(sent: Sent) -> Sent {
        Sent {
            is_intact: false,
            ..sent
        }
    }

    impl Sent {
        /// In an IPv4 packet.
        fn packet(&self) -> Vec<u8> {
            let (hosts, ports) = match self.by {
                Role::Client => ([[10, 0, 0, 1], [10, 0, 0, 2]], [4000, 80]),
                Role::Server => ([[10, 0, 0, 2], [10, 0, 0, 1]], [80, 4000]),
            };
            let mut builder =
                PacketBuilder::ipv4(hosts[0], hosts[1], 64).tcp(ports[0], ports[1], self.seq, 500);
            for flag in self.flags.chars() {
                builder = match flag {
                    'S' => builder.syn(),
                    'F' => builder.fin(),
                    'R' => builder.rst(),
                    _ => builder.ack(self.ack),
                };
            }
            let mut packet = Vec::new();
            builder.write(&mut packet, self.says.as_bytes()).unwrap();
            packet[37] ^= u8::from(!self.is_intact);
            packet
        }
    }

    const OPENING: [Sent; 3] = [
        sent(Role::Client, 0, 0, "S", ""),
        sent(Role::Server, 0, 1, "SA", ""),
        sent(Role::Client, 1, 1, "A", ""),
    ];

    /// What is told of a conversation that is opened and goes on so.
    fn told(all: &[Sent]) -> Vec<String> {
        let mut follower = Follower::new(Wanted::First(None));
        let mut told = Vec::new();
        let mut tell = |_: &Ends, happening: Happening<'_>| {
            let by = happening.by.name();
            let what = match happening.what {
                What::Opens(_) | What::Agrees(_) => return,
                What::Speaks(Event::Bytes { bytes, origin, .. }) => {
                    let text = String::from_utf8_lossy(bytes);
                    format!("says {text} in frame {}", origin.frame)
                }
                What::Speaks(event) => format!("{event:?}"),
                What::Ends(origin) => format!("ends in frame {}", origin.frame),
                What::BreaksOff(origin) => format!("breaks off in frame {}", origin.frame),
                What::IsDamaged(origin) => format!("is damaged in frame {}", origin.frame),
            };
            told.push(format!("{by} {what}"));
        };
        for (number, sent) in (1..).zip(all) {
            let packet = sent.packet();
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            frame.number = number;
            follower.take(&Decoder::new().walk(&frame), &mut tell);
        }
        follower.finish(&mut tell);
        told
    }

    fn told_behind_opening(all: &[Sent]) -> Vec<String> {
        told(&[&OPENING, all].concat())
    }

    #[test]
    fn what_came_damaged_and_again_counts_as_it_came_again() {
        let told = told_behind_opening(&[
            damaged(sent(Role::Client, 1, 1, "A", "helln")),
            sent(Role::Client, 1, 1, "A", "hello"),
            sent(Role::Server, 1, 6, "A", ""),
        ]);
        assert_eq!(
            told,
            [
                "client says hello in frame 5",
                "client is damaged in frame 4"
            ]
        );
    }

    #[test]
    fn an_end_that_came_damaged_hides_nothing_behind_it() {
        let told = told_behind_opening(&[
            damaged(sent(Role::Client, 1, 1, "FA", "")),
            sent(Role::Client, 1, 1, "A", "hello"),
            sent(Role::Server, 1, 6, "A", ""),
            sent(Role::Client, 6, 1, "FA", ""),
        ]);
        assert_eq!(
            told,
            [
                "client says hello in frame 5",
                "client is damaged in frame 4",
                "client ends in frame 7"
            ]
        );
    }

    #[test]
    fn who_breaks_off_damaged_and_goes_on_has_not_broken_off() {
        let broken = damaged(sent(Role::Client, 1, 1, "RA", ""));
        let goes_on = sent(Role::Client, 1, 1, "A", "hello");
        assert_eq!(
            told_behind_opening(&[broken, goes_on]),
            [
                "client is damaged in frame 4",
                "client says hello in frame 5"
            ]
        );
        assert_eq!(
            told_behind_opening(&[broken]),
            ["client breaks off in frame 4"]
        );
    }

    #[test]
    fn where_all_checksums_are_wrong_all_is_said_as_where_they_are_right() {
        let all = [
            &OPENING[..],
            &[
                sent(Role::Client, 1, 1, "A", "hello"),
                sent(Role::Client, 1, 1, "A", "hello"),
                sent(Role::Server, 1, 6, "A", "welcome"),
                sent(Role::Client, 6, 8, "FA", "bye"),
                sent(Role::Server, 8, 10, "FA", ""),
                sent(Role::Client, 10, 9, "A", ""),
            ],
        ]
        .concat();
        let wrong: Vec<Sent> = all.iter().copied().map(damaged).collect();
        let told = [told(&all), told(&wrong)];
        assert_eq!(told[0].len(), 6);
        assert_eq!(told[0], told[1]);
    }

    #[test]
    fn what_nobody_acknowledges_is_said_at_the_end_of_the_capture() {
        let last = damaged(sent(Role::Client, 1, 1, "FA", "hello"));
        assert_eq!(
            told_behind_opening(&[last]),
            ["client says hello in frame 4", "client ends in frame 4"]
        );
    }
}
