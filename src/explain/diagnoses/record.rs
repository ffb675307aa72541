//! Putting a [`Scene`] together: programs as they are known, and calls and frames with what ties them.

mod pairs;

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use nix::errno::Errno;

use super::scene::{
    Act, Alert, Datagram, Deed, End, Host, Language, Lost, Outcome, Program, Scene, SentSegment,
    Socket, Transport,
};
use crate::flow::causes::{Causes, Place, Seen, Wire};
use crate::flow::endpoints::{Endpoint, Role};
use crate::model::call::{self, Action, Call, CallId, Carrier, OptionValue};
use crate::model::tie::Bond;

/// What is known of the programs so far.
#[derive(Debug, Default)]
pub struct Record {
    hosts: Vec<Host>,
    programs: Vec<Program>,
}

/// What happened between them.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The calls, in the order of their beginnings.
    pub calls: &'a [Call],
    /// The frames.
    pub wire: &'a Wire,
    /// What they have to do with each other.
    pub causes: &'a Causes,
    /// Whether calls are missing: the last ones of some program.
    pub misses_calls: bool,
    /// Whether the programs took too long.
    pub was_cut_short: bool,
}

impl Record {
    /// There is a host with these addresses.
    pub fn host(&mut self, name: &str, addresses: &[IpAddr]) {
        self.hosts.push(Host {
            name: name.to_owned(),
            addresses: addresses.to_vec(),
        });
    }

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

    fn program_on(&mut self, host: &str) -> Option<&mut Program> {
        let mut programs = self.programs.iter_mut();
        programs.find(|program| program.host == host)
    }

    /// The scene of an exchange.
    pub fn scene(&self, exchange: Exchange<'_>) -> Scene {
        let (mut sockets, places) = self.sockets(exchange);
        let segments = by_place(exchange.wire);
        let datagrams = by_first_frame(exchange.wire);
        for (socket, place) in sockets.iter_mut().zip(&places) {
            if socket.transport == Transport::Udp {
                exchange.match_datagrams(socket, &datagrams);
            }
            exchange.add_frames(socket, *place, &segments);
        }
        pairs::pair(&mut sockets, &places);
        Scene {
            hosts: self.hosts.clone(),
            programs: self.programs.clone(),
            sockets,
            asked: exchange.wire.asked.clone(),
            lost: lost(exchange.wire),
            unfinished: exchange.wire.unfinished.clone(),
            was_cut_short: exchange.was_cut_short,
            misses_calls: exchange.misses_calls,
        }
    }

    /// Every socket with the calls on it, and beside them the places of the sockets.
    fn sockets(&self, exchange: Exchange<'_>) -> (Vec<Socket>, Vec<Option<Place>>) {
        let mut known = Sockets::default();
        for call in exchange.calls {
            let Some(program) = self.programs.iter().position(|p| *p.host == *call.host) else {
                continue;
            };
            if let Some(about) = &call.socket {
                known.of(program, about).note(call, about, exchange.causes);
            }
            match &call.action {
                Action::Accept {
                    connection: Some(connection),
                } => {
                    known.of(program, connection);
                }
                Action::Wait {
                    sockets,
                    others: false,
                    ..
                } if matches!(call.returned(), None | Some(0)) => {
                    for (_, about) in sockets {
                        let part = Part::without_bytes(Deed::Await);
                        known
                            .of(program, about)
                            .push_act(call, part, exchange.causes);
                    }
                }
                // Another program that is executed takes nothing from the one that goes on.
                Action::CloseAll { sockets, .. } if call.name != "execve" => {
                    for (_, about) in sockets {
                        let socket = known.of(program, about);
                        socket.push_act(call, Part::without_bytes(Deed::Close), exchange.causes);
                    }
                }
                _ => {}
            }
        }
        let places = known
            .inodes
            .iter()
            .map(|inode| exchange.causes.place(*inode));
        let places = places.collect();
        (known.list, places)
    }
}

/// Sockets, each known by its identity.
#[derive(Default)]
struct Sockets {
    list: Vec<Socket>,
    /// Beside each, its identity.
    inodes: Vec<u64>,
    by_inode: HashMap<u64, usize>,
}

impl Sockets {
    fn of(&mut self, program: usize, about: &call::Socket) -> &mut Socket {
        let place = *self.by_inode.entry(about.inode).or_insert_with(|| {
            self.list.push(Socket::new(program, about));
            self.inodes.push(about.inode);
            self.list.len() - 1
        });
        &mut self.list[place]
    }
}

/// The datagrams, by the number of the frame that each begins in.
fn by_first_frame(wire: &Wire) -> HashMap<u64, Datagram> {
    let datagrams = wire.datagrams.iter();
    let begun = datagrams.filter_map(|datagram| {
        let frame = datagram.pieces.first()?.frame;
        let length = datagram.length;
        Some((frame, Datagram { frame, length }))
    });
    begun.collect()
}

/// The datagrams that never arrived.
fn lost(wire: &Wire) -> Vec<Lost> {
    let address = |end: Endpoint| SocketAddr::new(end.address(), end.port());
    let lost = wire
        .datagrams
        .iter()
        .filter(|datagram| datagram.deliveries == 0);
    lost.filter_map(|datagram| {
        Some(Lost {
            frame: datagram.pieces.first()?.frame,
            time: datagram.first,
            sender: address(datagram.sender),
            receiver: address(datagram.receiver),
        })
    })
    .collect()
}

/// The segments of each side of each connection.
fn by_place(wire: &Wire) -> HashMap<Place, Vec<&Seen>> {
    let mut segments: HashMap<Place, Vec<&Seen>> = HashMap::new();
    for seen in &wire.segments {
        let of = segments.entry((seen.connection, seen.from)).or_default();
        of.push(seen);
    }
    segments
}

impl Exchange<'_> {
    fn add_frames(
        self,
        socket: &mut Socket,
        place: Option<Place>,
        segments: &HashMap<Place, Vec<&Seen>>,
    ) {
        let (port, remote) = (
            socket.local.map(|local| local.port()),
            socket.remote.map(Endpoint::from),
        );
        let refused = self
            .wire
            .undelivered
            .iter()
            .filter(|one| Some(one.sender.port()) == port && Some(one.receiver) == remote);
        socket.refusals.extend(refused.map(|one| one.frame));
        let Some((connection, role)) = place else {
            return;
        };
        let of = |role: Role| segments.get(&(connection, role)).into_iter().flatten();
        socket.sent = of(role).map(|seen| sent(seen)).collect();
        let alerts = self.wire.alerts.iter();
        let alerts = alerts.filter(|one| (one.connection, one.from) == (connection, role));
        socket.alerts = alerts
            .map(|one| Alert {
                frame: one.frame,
                number: one.number,
                name: one.name,
            })
            .collect();
        let resets = of(role.other()).filter(|seen| seen.flags.rst());
        socket.refusals.extend(resets.map(|seen| seen.frame));
    }

    /// Notes the datagram that each receive took.
    fn match_datagrams(self, socket: &mut Socket, datagrams: &HashMap<u64, Datagram>) {
        // A call that received several is as many acts.
        for acts in socket.acts.chunk_by_mut(|one, next| one.call == next.call) {
            let Some(first) = acts.first() else { continue };
            let ties = self.causes.of_call(CallId(first.call)).iter();
            let mut brought: Vec<_> = ties
                .filter(|tie| tie.bond == Bond::Brought)
                .filter_map(|tie| Some((tie.bytes.as_ref()?, datagrams.get(&tie.frame)?)))
                .collect();
            // As the call got them, which is not as they began.
            brought.sort_by_key(|(bytes, _)| (bytes.stream.start, bytes.stream.end));
            for (act, (_, datagram)) in acts.iter_mut().zip(brought) {
                act.datagram = act.deed.is_receive().then(|| datagram.clone());
            }
        }
    }
}

fn sent(seen: &Seen) -> SentSegment {
    SentSegment {
        frame: seen.frame,
        time: seen.time,
        bytes: seen.carries.clone(),
        flags: seen.flags,
        acknowledged: seen.acknowledged,
        delivered: seen.arrived,
    }
}

/// An address as frames have it: that of IPv4 where a socket of IPv6 has it mapped, `::ffff:192.168.1.7`.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl Socket {
    fn new(program: usize, about: &call::Socket) -> Self {
        Self {
            program,
            transport: match about.carrier {
                Carrier::Tcp => Transport::Tcp,
                Carrier::Udp | Carrier::Icmp | Carrier::Other => Transport::Udp,
            },
            local: about.local.map(plain),
            remote: about.peer.map(plain),
            peer: None,
            acts: Vec::new(),
            sent: Vec::new(),
            alerts: Vec::new(),
            refusals: Vec::new(),
        }
    }

    fn note(&mut self, call: &Call, about: &call::Socket, causes: &Causes) {
        self.local = about.local.map(plain).or(self.local);
        self.remote = about.peer.map(plain).or(self.remote);
        match (&call.action, self.transport) {
            (Action::Connect { to: Some(to) }, _)
            | (Action::Send { to: Some(to), .. }, Transport::Udp) => self.remote = Some(plain(*to)),
            _ => {}
        }
        for part in parts(call, self.transport, causes) {
            self.push_act(call, part, causes);
        }
    }

    fn push_act(&mut self, call: &Call, part: Part<'_>, causes: &Causes) {
        let Part {
            deed,
            moved,
            bytes,
            content,
        } = part;
        self.acts.push(Act {
            call: call.id.0,
            process: call.pid,
            thread: call.tid,
            ends_process: call.name == "exit",
            outcome: match (call.error(), call.outcome) {
                (Some(error), _) => Outcome::Failed(Errno::from_raw(error.number)),
                (None, call::Outcome::Returned { value, .. }) => {
                    Outcome::Done(moved.unwrap_or(value))
                }
                (None, _) => Outcome::Unfinished,
            },
            began: call.entered,
            ended: call.left(),
            bytes: bytes.unwrap_or(0..0),
            content: content.into_owned(),
            deed,
            datagram: None,
            told_end: told_end(call, causes),
        });
    }
}

/// The frame with the end of the connection, or the refusal, that a call was told of.
fn told_end(call: &Call, causes: &Causes) -> Option<u64> {
    let mut ties = causes.of_call(call.id).iter();
    let told = ties.find(|tie| matches!(tie.bond, Bond::ToldEnd(_) | Bond::ToldRefusal))?;
    Some(told.frame)
}

/// What a call means to the diagnoses; one that moves several datagrams means as many acts.
struct Part<'a> {
    deed: Deed,
    /// How many bytes were moved, where the call moves any.
    moved: Option<u64>,
    /// Which bytes of its stream these are.
    bytes: Option<Range<u64>>,
    content: Cow<'a, [u8]>,
}

impl Part<'_> {
    const fn without_bytes(deed: Deed) -> Self {
        Self {
            deed,
            moved: None,
            bytes: None,
            content: Cow::Borrowed(&[]),
        }
    }
}

fn parts<'a>(call: &'a Call, transport: Transport, causes: &Causes) -> Vec<Part<'a>> {
    let bytes = causes.bytes(call.id);
    let deed: fn(u64) -> Deed = match &call.action {
        Action::SendMany { .. } => |asked| Deed::Send { asked },
        Action::ReceiveMany { peek: false, .. } => |asked| Deed::Receive { asked },
        action => {
            let (deed, content) = read(action);
            // What is only looked at stays.
            let moved = call.moved().filter(|_| deed != Deed::Other);
            return vec![Part {
                bytes: moved.map(|moved| bytes.unwrap_or(0..moved)),
                moved,
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
                bytes: Some(0..message.length),
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
        bytes,
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
        } => (Deed::Bind(plain(*address)), &[]),
        Action::Listen { backlog } => (Deed::Listen((*backlog).max(0).unsigned_abs().into()), &[]),
        Action::Accept { .. } => (Deed::Accept, &[]),
        Action::Connect { to: Some(to) } => (Deed::Connect(plain(*to)), &[]),
        Action::Send { asked, data, .. } => (Deed::Send { asked: *asked }, data),
        Action::Receive {
            room,
            data,
            peek: false,
            ..
        } => (Deed::Receive { asked: *room }, data),
        Action::Shutdown { .. } => (Deed::Shutdown, &[]),
        Action::Close => (Deed::Close, &[]),
        Action::GetOption {
            option: Some("SO_ERROR"),
            ..
        } => (Deed::AskError, &[]),
        Action::SetOption {
            option: Some(option),
            value,
        } if *value != Some(OptionValue::Number(0)) => match *option {
            "SO_REUSEADDR" => (Deed::ReuseAddress, &[]),
            "TCP_NODELAY" => (Deed::NoDelay, &[]),
            _ => (Deed::Other, &[]),
        },
        _ => (Deed::Other, &[]),
    }
}

#[cfg(test)]
mod tests;
