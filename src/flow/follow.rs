//! Following one conversation: what its two sides say, in the order in which it can be read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::endpoints::{Endpoint, Role};
use super::reassembly::stream::{Assembler, Bounds, Event, Missing, Origin, Part};
use super::tcp::{self, Connections, Segment};
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
    has_opened: bool,
    has_ended: bool,
    has_broken_off: bool,
    /// Bytes of datagrams so far.
    said: u64,
}

impl Direction {
    const fn new() -> Self {
        Self {
            assembler: Assembler::new(BOUNDS),
            has_opened: false,
            has_ended: false,
            has_broken_off: false,
            said: 0,
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
        for by in [Role::Client, Role::Server] {
            let assembler = &mut self.direction(by).assembler;
            assembler.finish(&mut |event| tell(&ends, speaks(by, event)));
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
            let assembler = &mut self.direction(other).assembler;
            assembler.acknowledge(segment.ack, &mut |event| tell(speaks(other, event)));
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
        // What an RST carries is a remark on it, and no part of the stream (RFC 9293, section 3.5.3).
        if segment.flags.rst() {
            // It is sent as often as the other side speaks on.
            if !std::mem::replace(&mut self.direction(by).has_broken_off, true) {
                let what = What::BreaksOff(origin);
                tell(Happening { by, what });
            }
            return;
        }
        let part = part_of(decoded, segment, origin);
        let assembler = &mut self.direction(by).assembler;
        assembler.take(part, &mut |event| tell(speaks(by, event)));
        if segment.flags.fin() && !self.direction(by).has_ended {
            self.direction(by).has_ended = true;
            let what = What::Ends(origin);
            tell(Happening { by, what });
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
