//! Putting a [`Scene`] together, from calls and frames as they come.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;

use nix::errno::Errno;

use super::scene::{
    Act, Datagram, Deed, End, Language, Outcome, Program, Scene, SentSegment, Socket, Transport,
};
use crate::flow::endpoints::{Endpoint, addresses_around};
use crate::flow::tcp::{Segment, Seq};
use crate::model::bits;
use crate::model::call::{self, Action, Call, Carrier};
use crate::model::layer::{Decoded, Layer};
use crate::protocols::{tcp, udp};

/// What is known of an exchange so far.
#[derive(Debug, Default)]
pub struct Record {
    programs: Vec<Program>,
    calls: Vec<Call>,
    segments: HashMap<(Endpoint, Endpoint), Way>,
    datagrams: Vec<Sent>,
    /// What an ICMP error said could not be delivered, and the frame of the error.
    undeliverable: Vec<(Endpoint, Endpoint, u64)>,
    frames: usize,
    misses_calls: bool,
}

/// One direction of a TCP connection.
#[derive(Debug, Default)]
struct Way {
    /// The number of the SYN.
    start: Option<Seq>,
    sent: Vec<SentSegment>,
}

/// A UDP datagram.
#[derive(Debug)]
struct Sent {
    to: Endpoint,
    frame: u64,
    length: u64,
    content: Vec<u8>,
}

/// More frames and calls than this are not looked at, so that memory stays bounded.
const LIMIT: usize = 500_000;

impl Record {
    /// A program was started on a host.
    pub fn program(&mut self, host: &str, language: Language) {
        self.programs.push(Program {
            host: host.to_owned(),
            language,
            ended: None,
            writes_replacements: false,
        });
    }

    /// The program of a host ended.
    pub fn end(&mut self, host: &str, end: End) {
        if let Some(program) = self.program_on(host) {
            program.ended = Some(end);
        }
    }

    /// The program of a host wrote a line.
    pub fn line(&mut self, host: &str, text: &str) {
        if let Some(program) = self.program_on(host) {
            program.writes_replacements |= text.contains(char::REPLACEMENT_CHARACTER);
        }
    }

    /// A call has ended, or never will.
    pub fn call(&mut self, call: Call) {
        if self.calls.len() < LIMIT {
            self.calls.push(call);
        } else {
            self.misses_calls = true;
        }
    }

    /// Calls are missing: the last ones of some program.
    pub const fn miss_calls(&mut self) {
        self.misses_calls = true;
    }

    /// The calls, in the order of their beginnings.
    pub fn calls(&mut self) -> &[Call] {
        self.calls.sort_by_key(|call| call.id);
        &self.calls
    }

    /// A frame crossed the cable, or was lost on it.
    pub fn frame(&mut self, decoded: &Decoded<'_>, delivered: bool) {
        if self.frames >= LIMIT {
            return;
        }
        self.frames += 1;
        if let Some(segment) = Segment::of(decoded) {
            self.segment(&segment, delivered);
        } else if let Some((from, to)) = undelivered(decoded) {
            self.undeliverable.push((from, to, decoded.frame.number));
        } else if let Some(sent) = datagram(decoded).filter(|_| delivered) {
            self.datagrams.push(sent);
        }
    }

    fn segment(&mut self, segment: &Segment, delivered: bool) {
        let back = self.segments.get(&(segment.receiver, segment.sender));
        let acknowledged = back
            .and_then(|way| way.start)
            .filter(|_| segment.flags.ack())
            .map(|start| u64::from(segment.ack.since(start.plus(1))));
        let way = self
            .segments
            .entry((segment.sender, segment.receiver))
            .or_default();
        if segment.flags.syn() {
            way.start = Some(segment.seq);
        }
        let first = way.start.map_or(segment.seq, |start| start.plus(1));
        let offset = if segment.flags.syn() {
            0
        } else {
            u64::from(segment.seq.since(first))
        };
        way.sent.push(SentSegment {
            frame: segment.frame,
            time: segment.time,
            bytes: offset..offset + u64::from(segment.length),
            flags: segment.flags,
            acknowledged,
            delivered,
        });
    }

    fn program_on(&mut self, host: &str) -> Option<&mut Program> {
        let mut programs = self.programs.iter_mut();
        programs.find(|program| program.host == host)
    }

    /// The scene; `was_cut_short` where the programs took too long.
    pub fn scene(&mut self, was_cut_short: bool) -> Scene {
        self.calls.sort_by_key(|call| call.id);
        let mut sockets = self.sockets();
        for socket in &mut sockets {
            self.add_frames(socket);
        }
        let ends: Vec<_> = sockets
            .iter()
            .map(|socket| (socket.local, socket.remote))
            .collect();
        for (index, socket) in sockets.iter_mut().enumerate() {
            let (Some(local), Some(remote)) = (socket.local, socket.remote) else {
                continue;
            };
            socket.peer = ends
                .iter()
                .rposition(|end| *end == (Some(remote), Some(local)))
                .filter(|peer| *peer != index);
        }
        Scene {
            programs: self.programs.clone(),
            sockets,
            was_cut_short,
            misses_calls: self.misses_calls,
        }
    }

    /// Every socket with the calls on it.
    fn sockets(&self) -> Vec<Socket> {
        let mut sockets: Vec<Socket> = Vec::new();
        let mut places: HashMap<u64, usize> = HashMap::new();
        for call in &self.calls {
            let Some(program) = self.programs.iter().position(|p| *p.host == *call.host) else {
                continue;
            };
            if let Some(about) = &call.socket {
                let place = *places.entry(about.inode).or_insert_with(|| {
                    sockets.push(Socket::new(program, about));
                    sockets.len() - 1
                });
                if let Some(socket) = sockets.get_mut(place) {
                    socket.note(call, about);
                }
            }
            if let Action::CloseAll { sockets: closed } = &call.action
                && call.name != "execve"
            {
                for (_, about) in closed {
                    let place = places.get(&about.inode);
                    if let Some(socket) = place.and_then(|place| sockets.get_mut(*place)) {
                        socket.push_act(
                            call,
                            Part {
                                deed: Deed::Close,
                                moved: None,
                                content: Cow::Borrowed(&[]),
                            },
                        );
                    }
                }
            }
            if let Action::Accept {
                connection: Some(connection),
            } = &call.action
            {
                places.entry(connection.inode).or_insert_with(|| {
                    sockets.push(Socket::new(program, connection));
                    sockets.len() - 1
                });
            }
        }
        sockets
    }

    fn add_frames(&self, socket: &mut Socket) {
        let endpoint = |address: SocketAddr| Endpoint::new(address.ip(), address.port());
        if socket.transport == Transport::Udp {
            self.match_datagrams(socket);
        }
        let Some(remote) = socket.remote.map(endpoint) else {
            return;
        };
        let local = socket.local.map(endpoint);
        let port = local.map(|local| local.port());
        let undeliverable = self
            .undeliverable
            .iter()
            .filter(|(from, to, _)| Some(from.port()) == port && *to == remote);
        socket
            .refusals
            .extend(undeliverable.map(|(_, _, frame)| *frame));
        let own = local.filter(|local| self.segments.contains_key(&(*local, remote)));
        if let Some(way) = own.and_then(|local| self.segments.get(&(local, remote))) {
            socket.sent.clone_from(&way.sent);
        }
        // A socket that was refused has lost its own address before anybody could ask for it.
        let back = self
            .segments
            .iter()
            .filter(|((from, to), _)| *from == remote && own.is_none_or(|own| own == *to));
        let resets = back
            .flat_map(|(_, way)| &way.sent)
            .filter(|segment| segment.flags.rst());
        socket.refusals.extend(resets.map(|segment| segment.frame));
    }

    /// Finds the datagram that each receive took: they come out in the order in which they arrived.
    fn match_datagrams(&self, socket: &mut Socket) {
        let Some(local) = socket.local else {
            return;
        };
        let mut arrived = self.datagrams.iter().filter(|sent| {
            sent.to.port() == local.port()
                && (local.ip().is_unspecified() || sent.to.address() == local.ip())
        });
        for act in &mut socket.acts {
            if act.deed.is_receive() && act.count().is_some() {
                let taken = arrived.find(|sent| sent.content.starts_with(&act.content));
                act.datagram = taken.map(|sent| Datagram {
                    frame: sent.frame,
                    length: sent.length,
                });
            }
        }
    }
}

impl Socket {
    fn new(program: usize, about: &call::Socket) -> Self {
        Self {
            program,
            transport: match about.carrier {
                Carrier::Tcp => Transport::Tcp,
                Carrier::Udp | Carrier::Other => Transport::Udp,
            },
            local: about.local,
            remote: about.peer,
            peer: None,
            acts: Vec::new(),
            sent: Vec::new(),
            refusals: Vec::new(),
        }
    }

    fn note(&mut self, call: &Call, about: &call::Socket) {
        self.local = about.local.or(self.local);
        self.remote = about.peer.or(self.remote);
        match (&call.action, self.transport) {
            (Action::Connect { to: Some(to) }, _)
            | (Action::Send { to: Some(to), .. }, Transport::Udp) => self.remote = Some(*to),
            _ => {}
        }
        for part in parts(call, self.transport) {
            self.push_act(call, part);
        }
    }

    fn push_act(&mut self, call: &Call, part: Part<'_>) {
        let Part {
            deed,
            moved,
            content,
        } = part;
        let before = match deed {
            Deed::Send { .. } | Deed::Receive { .. } => {
                let mut before = self.acts.iter().rev();
                before
                    .find(|act| act.deed.is_like(&deed))
                    .map_or(0, |act| act.bytes.end)
            }
            _ => 0,
        };
        self.acts.push(Act {
            call: call.id.0,
            outcome: match call.outcome {
                call::Outcome::Returned { value, .. } => Outcome::Done(moved.unwrap_or(value)),
                call::Outcome::Failed { error, .. } => {
                    Outcome::Failed(Errno::from_raw(error.number))
                }
                call::Outcome::NeverReturned => Outcome::Unfinished,
            },
            began: call.entered,
            ended: call.left(),
            bytes: before..before + moved.unwrap_or(0),
            content: content.into_owned(),
            deed,
            datagram: None,
        });
    }
}

/// What a call means to the diagnoses; one that moves several datagrams means as many acts.
struct Part<'a> {
    deed: Deed,
    /// How many bytes were moved, where the call moves any.
    moved: Option<u64>,
    content: Cow<'a, [u8]>,
}

fn parts(call: &Call, transport: Transport) -> Vec<Part<'_>> {
    let deed: fn(u64) -> Deed = match &call.action {
        Action::SendMany { .. } => |asked| Deed::Send { asked },
        Action::ReceiveMany { peek: false, .. } => |asked| Deed::Receive { asked },
        action => {
            let (deed, content) = read(action);
            return vec![Part {
                // What is only looked at stays.
                moved: call.moved().filter(|_| deed != Deed::Other),
                deed,
                content: content.into(),
            }];
        }
    };
    if transport == Transport::Udp && call.returned().is_some() {
        let messages = call.messages();
        return messages
            .map(|message| Part {
                deed: deed(message.room),
                moved: Some(message.length),
                content: message.data.as_slice().into(),
            })
            .collect();
    }
    let (Action::SendMany { messages } | Action::ReceiveMany { messages, .. }) = &call.action
    else {
        return Vec::new();
    };
    vec![Part {
        deed: deed(call::room_of(messages)),
        moved: call.moved(),
        content: call
            .messages()
            .flat_map(|message| message.data.iter().copied())
            .collect(),
    }]
}

/// What an action means to the diagnoses, and its bytes.
fn read(action: &Action) -> (Deed, &[u8]) {
    match action {
        Action::Bind {
            address: Some(address),
        } => (Deed::Bind(*address), &[]),
        Action::Listen { backlog } => (Deed::Listen((*backlog).max(0).unsigned_abs().into()), &[]),
        Action::Accept { .. } => (Deed::Accept, &[]),
        Action::Connect { to: Some(to) } => (Deed::Connect(*to), &[]),
        Action::Send { asked, data, .. } => (Deed::Send { asked: *asked }, data),
        Action::Receive {
            room,
            data,
            peek: false,
            ..
        } => (Deed::Receive { asked: *room }, data),
        Action::Shutdown { .. } => (Deed::Shutdown, &[]),
        Action::Close => (Deed::Close, &[]),
        Action::SetOption {
            option: Some(option),
            value,
        } if *value != Some(0) => match *option {
            "SO_REUSEADDR" => (Deed::ReuseAddress, &[]),
            "TCP_NODELAY" => (Deed::NoDelay, &[]),
            _ => (Deed::Other, &[]),
        },
        _ => (Deed::Other, &[]),
    }
}

/// Between whom a TCP segment or UDP datagram was to go, of which an ICMP error says that it could not.
fn undelivered(decoded: &Decoded<'_>) -> Option<(Endpoint, Endpoint)> {
    let layers = decoded.layers.iter();
    let index = layers.enumerate().position(|(_, layer)| {
        layer.is_quoted()
            && (std::ptr::eq(layer.protocol, &raw const udp::PROTOCOL)
                || std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL))
    })?;
    endpoints(decoded, index)
}

fn datagram(decoded: &Decoded<'_>) -> Option<Sent> {
    let index = decoded.layers.iter().rposition(|layer| {
        !layer.is_quoted() && std::ptr::eq(layer.protocol, &raw const udp::PROTOCOL)
    })?;
    let (_, to) = endpoints(decoded, index)?;
    let view = decoded.view(index)?;
    let length = bits::u16_at(view.bytes, 4)?.checked_sub(8)?;
    Some(Sent {
        to,
        frame: decoded.frame.number,
        length: length.into(),
        content: view.bytes.get(8..)?.to_vec(),
    })
}

fn endpoints(decoded: &Decoded<'_>, index: usize) -> Option<(Endpoint, Endpoint)> {
    let header = decoded.header_of(decoded.layers.get(index).map(|layer: &Layer| layer)?)?;
    let (source, destination) = addresses_around(decoded, index)?;
    Some((
        Endpoint::new(source, bits::u16_at(header, 0)?),
        Endpoint::new(destination, bits::u16_at(header, 2)?),
    ))
}
