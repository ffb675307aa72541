//! An exchange as the diagnoses read it: programs, the sockets that each had, what was done with each
//! socket, and the frames that its side sent.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use nix::errno::Errno;

use crate::flow::causes::{Asked, Spans, Unfinished};
use crate::flow::tcp::Flags;
use crate::model::frame::Timestamp;

/// All that happened.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The hosts, as far as their addresses are known.
    pub hosts: Vec<Host>,
    /// The programs.
    pub programs: Vec<Program>,
    /// The sockets of all programs, in the order of their first calls.
    pub sockets: Vec<Socket>,
    /// The questions who has an address, in the order of their frames.
    pub asked: Vec<Asked>,
    /// The datagrams that never arrived, in the order of their frames.
    pub lost: Vec<Lost>,
    /// The messages inside of which their sender ended its stream, in the order of these ends.
    pub unfinished: Vec<Unfinished>,
    /// Whether the programs were ended since they took too long.
    pub was_cut_short: bool,
    /// Whether calls are missing, since there were too many: the last ones of some program.
    pub misses_calls: bool,
}

/// A host, with or without a program.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// A program on a host.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of its host.
    pub host: String,
    /// Which language its fix is to be told in.
    pub language: Language,
    /// How it ended by itself; `None`: it still ran when everything was over.
    pub ended: Option<End>,
    /// Whether it wrote a replacement character (U+FFFD): bytes that were no text.
    pub writes_replacements: bool,
}

/// A language that a line of code can be told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// C, which others can read too.
    C,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did what it wanted to.
    Well,
    /// It gave up.
    Badly,
    /// A signal ended it.
    Killed,
}

/// How the bytes on a socket are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A stream, without borders.
    Tcp,
    /// Datagrams.
    Udp,
}

/// A socket: what its program did with it, and what its side sent.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Whose it is, by the place among the programs.
    pub program: usize,
    /// How its bytes are kept.
    pub transport: Transport,
    /// Its own address.
    pub local: Option<SocketAddr>,
    /// The address at the other end.
    pub remote: Option<SocketAddr>,
    /// The socket at the other end, by its place among the sockets.
    pub peer: Option<usize>,
    /// The calls on it, in the order of their starts.
    pub acts: Vec<Act>,
    /// The TCP segments that its side sent, in the order in which they were seen.
    pub sent: Vec<SentSegment>,
    /// The alerts of TLS with which its side gave up.
    pub alerts: Vec<Alert>,
    /// The frames that said that nobody is at the other end: RST to a SYN, or ICMP.
    pub refusals: Vec<u64>,
}

/// An alert with which a side gave TLS up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its frame.
    pub frame: u64,
    /// Its number, and the name of that: RFC 8446 section 6.
    pub number: u8,
    /// See `number`.
    pub name: &'static str,
}

/// A call on a socket.
#[derive(Clone, Debug)]
pub struct Act {
    /// The number of the call.
    pub call: u64,
    /// The number of the process that made it.
    pub process: u32,
    /// The number of the thread that did.
    pub thread: u32,
    /// Whether it is the end of that process, with which the kernel closes its sockets.
    pub ends_process: bool,
    /// What was asked for.
    pub deed: Deed,
    /// What came of it.
    pub outcome: Outcome,
    /// When it began.
    pub began: Timestamp,
    /// When it returned.
    pub ended: Option<Timestamp>,
    /// The bytes of the stream that it wrote or took.
    pub bytes: Range<u64>,
    /// These bytes, as far as they were recorded.
    pub content: Vec<u8>,
    /// The datagram that a receive took.
    pub datagram: Option<Datagram>,
    /// The frame with the end of the connection, or the refusal, that it was told of.
    pub told_end: Option<u64>,
}

/// A datagram as it was on the cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Its frame.
    pub frame: u64,
    /// How many bytes of message it had.
    pub length: u64,
}

/// A datagram that never arrived.
#[derive(Clone, Copy, Debug)]
pub struct Lost {
    /// The frame that it was in, or the first of them.
    pub frame: u64,
    /// When that was on the wire.
    pub time: Timestamp,
    /// Who sent it.
    pub sender: SocketAddr,
    /// To whom.
    pub receiver: SocketAddr,
}

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To take this address.
    Bind(SocketAddr),
    /// To take connections, so many of which may wait.
    Listen(u64),
    /// To give out a connection.
    Accept,
    /// To open a connection to this address.
    Connect(SocketAddr),
    /// To send so many bytes.
    Send {
        /// How many it was given.
        asked: u64,
    },
    /// To receive so many bytes at most.
    Receive {
        /// How many there was room for.
        asked: u64,
    },
    /// To say that no more will be sent or received.
    Shutdown,
    /// To give the socket back.
    Close,
    /// To be told when something can be done with it, or with others: `poll` and its kin.
    Await,
    /// To set `SO_REUSEADDR`.
    ReuseAddress,
    /// To set `TCP_NODELAY`.
    NoDelay,
    /// To ask how a connect went that did not wait (`SO_ERROR`).
    AskError,
    /// Anything else.
    Other,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned this.
    Done(u64),
    /// It failed with this error.
    Failed(Errno),
    /// It had not returned when everything was over.
    Unfinished,
}

/// A TCP segment that one side sent.
#[derive(Clone, Debug)]
pub struct SentSegment {
    /// Its frame.
    pub frame: u64,
    /// When it was seen.
    pub time: Timestamp,
    /// The bytes of the stream in it.
    pub bytes: Range<u64>,
    /// Its flags.
    pub flags: Flags,
    /// Up to which byte of the other direction it acknowledges.
    pub acknowledged: Option<u64>,
    /// Whether it came through.
    pub delivered: bool,
}

impl Deed {
    /// Whether it takes bytes.
    pub const fn is_receive(&self) -> bool {
        matches!(self, Self::Receive { .. })
    }

    /// Whether it hands bytes over.
    pub const fn is_send(&self) -> bool {
        matches!(self, Self::Send { .. })
    }
}

impl Scene {
    /// The sockets of a transport.
    pub fn sockets_of(&self, transport: Transport) -> impl Iterator<Item = &Socket> {
        let sockets = self.sockets.iter();
        sockets.filter(move |socket| socket.transport == transport)
    }

    /// The sockets of TCP whose other side is known, each with that one.
    pub fn pairs_of_tcp(&self) -> impl Iterator<Item = (&Socket, &Socket)> {
        let streams = self.sockets_of(Transport::Tcp);
        streams.filter_map(|socket| Some((socket, socket.peer_of(self)?)))
    }

    /// Both ends of each TCP connection on which programs were at work until they had to be ended.
    pub fn pairs_cut_short(&self) -> impl Iterator<Item = (&Socket, &Socket)> {
        let sockets = self.sockets.iter().enumerate();
        let of_tcp =
            sockets.filter(|(_, socket)| self.was_cut_short && socket.transport == Transport::Tcp);
        of_tcp.filter_map(|(index, socket)| {
            let peer = socket.peer.filter(|peer| *peer > index)?;
            Some((socket, self.sockets.get(peer)?))
        })
    }

    /// The name of a program's host.
    pub fn host_of(&self, program: usize) -> &str {
        self.programs
            .get(program)
            .map_or("", |program| &program.host)
    }

    /// A program by the name of its host, as a sentence names it: `the server`, but `ann`.
    pub fn who(&self, program: usize) -> String {
        match self.host_of(program) {
            part @ ("server" | "client") => format!("the {part}"),
            name => name.to_owned(),
        }
    }

    /// The same at the beginning of a sentence.
    pub fn who_begins(&self, program: usize) -> String {
        let who = self.who(program);
        match who.strip_prefix("the ") {
            Some(part) => format!("The {part}"),
            None => who,
        }
    }

    /// The name of the host that has an address.
    pub fn host_with(&self, address: IpAddr) -> Option<&str> {
        let mut hosts = self.hosts.iter();
        let host = hosts.find(|host| host.addresses.contains(&address))?;
        Some(&host.name)
    }

    /// Which language a program's fix is to be told in.
    pub fn language_of(&self, program: usize) -> Language {
        let program = self.programs.get(program);
        program.map_or(Language::C, |program| program.language)
    }

    /// Whether a program ended by itself.
    pub fn has_ended(&self, program: usize) -> bool {
        self.end_of(program).is_some()
    }

    /// Whether a program gave up or was killed.
    pub fn has_failed(&self, program: usize) -> bool {
        matches!(self.end_of(program), Some(End::Badly | End::Killed))
    }

    /// Whether a signal ended a program.
    pub fn was_killed(&self, program: usize) -> bool {
        self.end_of(program) == Some(End::Killed)
    }

    /// Whether a program wrote bytes that were no text.
    pub fn writes_replacements(&self, program: usize) -> bool {
        let program = self.programs.get(program);
        program.is_some_and(|program| program.writes_replacements)
    }

    fn end_of(&self, program: usize) -> Option<End> {
        self.programs.get(program).and_then(|program| program.ended)
    }

    /// Whether every thread of a process that has used a socket is in a call on one that has not returned: then none of
    /// them does anything else, such as to wait for what somebody types.
    pub fn is_at_rest(&self, process: u32) -> bool {
        let acts = || {
            let acts = self.sockets.iter().flat_map(|socket| &socket.acts);
            acts.filter(|act| act.process == process)
        };
        let waiting = acts().filter(|act| act.outcome == Outcome::Unfinished);
        let waiting: HashSet<u32> = waiting.map(|act| act.thread).collect();
        acts().all(|act| waiting.contains(&act.thread))
    }

    /// How many connections to a listener were open and not yet accepted at a time.
    pub fn waiting_for_accept(&self, listener: &Socket, time: Timestamp) -> u64 {
        let Some(local) = listener.local else {
            return 0;
        };
        let callers = self.sockets_of(Transport::Tcp).filter(|socket| {
            socket
                .remote
                .is_some_and(|remote| remote.port() == local.port())
        });
        // The third segment of the handshake opens a connection for the listener.
        let open = callers.filter(|caller| {
            let mut segments = caller.sent.iter();
            segments.any(|segment| !segment.flags.syn() && segment.time <= time)
        });
        let accepted = listener.acts.iter().filter(|act| {
            act.deed == Deed::Accept && act.count().is_some() && act.ended <= Some(time)
        });
        (open.count() as u64).saturating_sub(accepted.count() as u64)
    }
}

impl Socket {
    /// The socket at the other end.
    pub fn peer_of<'a>(&self, scene: &'a Scene) -> Option<&'a Self> {
        scene.sockets.get(self.peer?)
    }

    /// The sends that wrote something.
    pub fn sends(&self) -> impl Iterator<Item = &Act> {
        let acts = self.acts.iter();
        acts.filter(|act| matches!(act.deed, Deed::Send { .. }) && act.length() > 0)
    }

    /// The same, to be found by what they wrote.
    pub fn sends_by_bytes(&self) -> Spans<&Act> {
        self.sends().map(|act| (act.bytes.clone(), act)).collect()
    }

    /// The receives that took something.
    pub fn receives(&self) -> impl Iterator<Item = &Act> {
        let acts = self.acts.iter();
        acts.filter(|act| matches!(act.deed, Deed::Receive { .. }) && act.length() > 0)
    }

    /// The segments of its side that carried bytes.
    pub fn carried(&self) -> impl Iterator<Item = &SentSegment> {
        let sent = self.sent.iter();
        sent.filter(|segment| !segment.bytes.is_empty())
    }

    /// The first segment with which its side said that no more would come.
    pub fn fin(&self) -> Option<&SentSegment> {
        self.sent.iter().find(|segment| segment.flags.fin())
    }

    /// Whether its side has sent more than the question whether to open a connection.
    pub fn was_open(&self) -> bool {
        self.sent.iter().any(|segment| !segment.flags.syn())
    }

    /// Whether its side has said that no more comes, or broken off.
    pub fn has_ended_its_side(&self) -> bool {
        self.sent
            .iter()
            .any(|segment| segment.flags.fin() || segment.flags.rst())
    }

    /// The frames of its side that carried any of these bytes.
    pub fn frames_of(&self, bytes: &Range<u64>) -> Vec<u64> {
        let carried = self
            .sent
            .iter()
            .filter(|segment| overlap(&segment.bytes, bytes));
        carried.map(|segment| segment.frame).collect()
    }

    /// How many bytes of its stream its program has written.
    pub fn written(&self) -> u64 {
        self.sends().map(|act| act.bytes.end).max().unwrap_or(0)
    }

    /// Whether its program has taken all that the other side has sent.
    pub fn has_read_all_of(&self, peer: &Self) -> bool {
        let taken = self.receives().map(|act| act.bytes.end).max().unwrap_or(0);
        taken >= peer.written()
    }

    /// Whether it was open for others at a time: it listened, or was a bound UDP socket.
    pub fn was_served_at(&self, time: Option<Timestamp>) -> bool {
        let done = |wanted: fn(&Deed) -> bool| {
            self.acts
                .iter()
                .any(|act| wanted(&act.deed) && act.count().is_some() && act.ended <= time)
        };
        let was_opened = match self.transport {
            Transport::Tcp => done(|deed| matches!(deed, Deed::Listen(_))),
            Transport::Udp => done(|deed| matches!(deed, Deed::Bind(_))),
        };
        was_opened && !done(|deed| *deed == Deed::Close)
    }

    /// The call that its program was still in when everything was over, where that may wait for ever.
    pub fn blocked_in(&self) -> Option<&Act> {
        self.acts.iter().rev().find(|act| {
            let may_wait = matches!(
                act.deed,
                Deed::Receive { .. } | Deed::Send { .. } | Deed::Connect(_)
            );
            may_wait && act.outcome == Outcome::Unfinished
        })
    }

    /// The receive, or the wait for something to receive, that its program was still in.
    pub fn waits_to_receive(&self) -> Option<&Act> {
        let mut acts = self.acts.iter().rev();
        acts.find(|act| {
            let waits = act.deed.is_receive() || act.deed == Deed::Await;
            waits && act.outcome == Outcome::Unfinished
        })
    }

    /// The number of the first call on it.
    pub fn first_call(&self) -> Option<u64> {
        self.acts.first().map(|act| act.call)
    }
}

impl Act {
    /// What it returned, where it has returned without an error.
    pub const fn count(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Done(count) => Some(count),
            Outcome::Failed(_) | Outcome::Unfinished => None,
        }
    }

    /// How many bytes it wrote or took.
    pub const fn length(&self) -> u64 {
        self.bytes.end.saturating_sub(self.bytes.start)
    }

    /// Whether it failed with this error.
    pub fn failed_with(&self, error: Errno) -> bool {
        self.outcome == Outcome::Failed(error)
    }

    /// Whether it is a receive with room that returned 0: the end of the stream.
    pub fn returned_end(&self) -> bool {
        matches!(self.deed, Deed::Receive { asked } if asked > 0) && self.count() == Some(0)
    }

    /// Whether it is a receive that got all it had room for.
    pub fn is_full(&self) -> bool {
        matches!(self.deed, Deed::Receive { asked } if self.count() >= Some(asked))
    }

    /// Whether a receive ended among the bytes that this send wrote.
    pub fn is_cut_by(&self, receive: &Self) -> bool {
        matches!(receive.deed, Deed::Receive { .. })
            && receive.length() > 0
            && self.bytes.start < receive.bytes.end
            && receive.bytes.end < self.bytes.end
    }
}

fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}
