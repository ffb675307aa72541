//! Following one conversation: what its two sides say, in the order in which it can be read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::endpoints::{Endpoint, Role};
use super::reassembly::stream::{Event, Missing, Origin, Part};
use super::tcp::{self, Connections, Segment};
use super::telling::Telling;
use super::udp::{self, Dialogues};
use crate::model::layer::{Decoded, Extent, Followed};
use crate::model::needs::Past;
pub use direction::MOST_BEHIND_A_HOLE;
use direction::{Direction, speaks};
pub use doubtful::MOST_DOUBTFUL;
pub use inside_tls::InsideTls;

mod direction;
mod doubtful;
mod inside_tls;

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

impl Follower {
    /// A follower that has seen nothing.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            found: None,
            connections: Connections::default(),
            dialogues: Dialogues::default(),
            followed: Vec::new(),
            client: Direction::new(Role::Client),
            server: Direction::new(Role::Server),
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
        self.client.finish(&mut tell);
        self.server.finish(&mut tell);
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
        if segment.flags.ack() && !placed.is_refused() {
            self.direction(by.other())
                .acknowledge(segment.ack, &mut tell);
        }
        if segment.flags.syn() && (self.client.has_broken_off() || self.server.has_broken_off()) {
            self.client.begin_anew();
            self.server.begin_anew();
        }
        let direction = self.direction(by);
        if segment.flags.syn() {
            let what = if segment.flags.ack() {
                What::Agrees(origin)
            } else {
                What::Opens(origin)
            };
            direction.open(placed.awaited, what, &mut tell);
        }
        // What nobody takes may be of somebody else.
        if segment.flags.rst() && placed.is_refused() {
            return;
        }
        let part = part_of(decoded, segment, origin);
        let is_intact = segment.is_intact(decoded);
        direction.send(part, segment.flags.rst(), is_intact, &mut tell);
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
        let offset = self.direction(placed.role).say(length);
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

#[cfg(test)]
mod tests;
