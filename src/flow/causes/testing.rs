//! Exchanges that are made up, for tests.

use std::net::{SocketAddr, SocketAddrV4};
use std::ops::Range;

use etherparse::icmpv4::DestUnreachableHeader;
use etherparse::{Icmpv4Type, IpFragOffset, IpNumber, Ipv4Header, PacketBuilder};

use super::{Causes, Weaver, Wire};
use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::flow::endpoints::Role;
use crate::model::call::{Action, Call, CallError, CallId, Carrier, Outcome, Socket};
use crate::model::frame::{LinkType, Timestamp};

/// An exchange that goes on: everything that happens takes the next moment.
#[derive(Default)]
pub struct Play {
    decoder: Decoder,
    weaver: Weaver,
    /// The calls, in the order of their beginnings.
    pub calls: Vec<Call>,
    frames: u64,
    moments: i64,
}

impl Play {
    /// What was on the wire.
    pub const fn wire(&self) -> &Wire {
        self.weaver.wire()
    }

    /// What calls and frames have to do with each other.
    pub fn causes(&self) -> Causes {
        self.weaver.tie(&self.calls)
    }

    /// A call is made and returns at once.
    pub fn call(&mut self, host: &str, socket: Socket, action: Action, value: u64) -> CallId {
        let call = self.enter(host, socket, action);
        self.leave(call, value);
        call
    }

    /// A call is entered.
    pub fn enter(&mut self, host: &str, socket: Socket, action: Action) -> CallId {
        let id = CallId(self.calls.len() as u64 + 1);
        let entered = self.next_moment();
        self.calls.push(Call {
            id,
            host: host.into(),
            program: host.into(),
            pid: 1,
            tid: 1,
            name: "call",
            action,
            flags: Vec::new(),
            descriptor: None,
            socket: Some(socket),
            former: None,
            entered,
            outcome: Outcome::NeverReturned,
        });
        id
    }

    /// That call returns.
    pub fn leave(&mut self, call: CallId, value: u64) {
        let at = self.next_moment();
        self.settle(call, Outcome::Returned { at, value });
    }

    /// That call fails.
    pub fn fail(&mut self, call: CallId, error: CallError) {
        let at = self.next_moment();
        self.settle(call, Outcome::Failed { at, error });
    }

    fn settle(&mut self, call: CallId, outcome: Outcome) {
        let mut calls = self.calls.iter_mut();
        calls.rfind(|one| one.id == call).unwrap().outcome = outcome;
    }

    /// A client connects to a server, each with a socket of this identity.
    pub fn open(&mut self, ends: Ends, inodes: [u64; 2]) -> Talk {
        let [client, server] = ends;
        let sockets = [
            socket(Carrier::Tcp, inodes[0], [client, server]),
            socket(Carrier::Tcp, inodes[1], [server, client]),
        ];
        let to = Some(server.into());
        let connect = self.enter("client", sockets[0], Action::Connect { to });
        let first = u32::try_from(self.moments).unwrap() * 1_000;
        let mut talk = Talk {
            ends,
            sockets,
            next: [first; 2],
        };
        self.segment(&mut talk, Role::Client, "S", b"");
        self.segment(&mut talk, Role::Server, "SA", b"");
        self.leave(connect, 0);
        self.segment(&mut talk, Role::Client, "A", b"");
        let connection = Some(sockets[1]);
        let listener = Socket {
            inode: LISTENER,
            peer: None,
            ..sockets[1]
        };
        self.call("server", listener, Action::Accept { connection }, 4);
        talk
    }

    /// One side sends bytes in one segment, and the other side receives them, with room for more: the number
    /// of the frame.
    pub fn say(&mut self, talk: &mut Talk, by: Role, says: &[u8]) -> u64 {
        let count = says.len() as u64;
        let (own, other) = (by as usize, by.other() as usize);
        self.call(by.name(), talk.sockets[own], send(says), count);
        let frame = self.segment(talk, by, "A", says);
        let receive = receive(count + 1, says);
        self.call(by.other().name(), talk.sockets[other], receive, count);
        frame
    }

    /// One side closes its socket.
    pub fn close(&mut self, talk: &mut Talk, by: Role) {
        self.call(by.name(), talk.sockets[by as usize], Action::Close, 0);
        self.segment(talk, by, "FA", b"");
    }

    /// A segment is on the wire, and arrives: the number of its frame.
    pub fn segment(&mut self, talk: &mut Talk, by: Role, flags: &str, says: &[u8]) -> u64 {
        let (own, other) = (by as usize, by.other() as usize);
        let (from, to) = (talk.ends[own], talk.ends[other]);
        let hosts = [from, to].map(|end| end.ip().octets());
        let mut builder = PacketBuilder::ipv4(hosts[0], hosts[1], 64).tcp(
            from.port(),
            to.port(),
            talk.next[own],
            500,
        );
        for flag in flags.chars() {
            builder = match flag {
                'S' => builder.syn(),
                'F' => builder.fin(),
                'R' => builder.rst(),
                _ => builder.ack(talk.next[other]),
            };
        }
        let takes_a_number = flags.contains(['S', 'F']);
        talk.next[own] += u32::try_from(says.len()).unwrap() + u32::from(takes_a_number);
        let mut packet = Vec::new();
        builder.write(&mut packet, says).unwrap();
        self.packet(&packet)
    }

    /// A part of a datagram's payload is on the wire, and arrives: a fragment where it is not all of it.
    pub fn piece(&mut self, ends: Ends, identification: u16, says: &[u8], part: Range<usize>) {
        let [from, to] = ends;
        let hosts = ends.map(|end| end.ip().octets());
        let mut packet = Vec::new();
        PacketBuilder::ipv4(hosts[0], hosts[1], 64)
            .udp(from.port(), to.port())
            .write(&mut packet, says)
            .unwrap();
        let datagram = &packet[Ipv4Header::MIN_LEN..];
        // The UDP header goes with the first of the payload.
        let start = if part.start == 0 { 0 } else { part.start + 8 };
        let bytes = &datagram[start..part.end + 8];
        let length = u16::try_from(bytes.len()).unwrap();
        let offset = u16::try_from(start / 8).unwrap();
        let mut header = Ipv4Header::new(length, 64, IpNumber::UDP, hosts[0], hosts[1]).unwrap();
        header.dont_fragment = false;
        header.identification = identification;
        header.more_fragments = part.end < says.len();
        header.fragment_offset = IpFragOffset::try_new(offset).unwrap();
        header.header_checksum = header.calc_header_checksum();
        self.packet(&[&header.to_bytes()[..], bytes].concat());
    }

    /// An ICMP error says that a datagram found nobody at its port: the number of the frame.
    pub fn refusal(&mut self, ends: Ends, says: &[u8]) -> u64 {
        let [from, to] = ends;
        let hosts = ends.map(|end| end.ip().octets());
        let mut refused = Vec::new();
        PacketBuilder::ipv4(hosts[0], hosts[1], 64)
            .udp(from.port(), to.port())
            .write(&mut refused, says)
            .unwrap();
        let error = Icmpv4Type::DestinationUnreachable(DestUnreachableHeader::Port);
        let mut packet = Vec::new();
        PacketBuilder::ipv4(hosts[1], hosts[0], 64)
            .icmpv4(error)
            .write(&mut packet, &refused)
            .unwrap();
        self.packet(&packet)
    }

    fn packet(&mut self, bytes: &[u8]) -> u64 {
        self.frames += 1;
        let mut frame = frame_of(LinkType::IPV4, bytes, bytes.len());
        frame.number = self.frames;
        frame.time = self.next_moment();
        self.weaver.frame(&mut self.decoder, &frame, 1);
        self.frames
    }

    fn next_moment(&mut self) -> Timestamp {
        self.moments += 1;
        Timestamp::from_nanoseconds(self.moments)
    }
}

/// The identity of the socket that listens.
const LISTENER: u64 = 1;

/// A connection.
pub struct Talk {
    /// The client's end, and the server's.
    pub ends: Ends,
    /// The client's socket, and the server's.
    pub sockets: [Socket; 2],
    /// The sequence number of what each sends next.
    pub next: [u32; 2],
}

/// Who sends, and to whom.
pub type Ends = [SocketAddrV4; 2];

/// The socket with this identity at the first of two ends, connected to the other.
pub fn socket(carrier: Carrier, inode: u64, ends: Ends) -> Socket {
    let [local, peer] = ends.map(|end| Some(SocketAddr::V4(end)));
    Socket {
        inode,
        carrier,
        local,
        peer,
    }
}

/// Bytes are handed over.
pub fn send(says: &[u8]) -> Action {
    Action::Send {
        asked: says.len() as u64,
        to: None,
        data: says.to_vec(),
    }
}

/// Bytes are taken by who has room for so many.
pub fn receive(room: u64, says: &[u8]) -> Action {
    Action::Receive {
        room,
        from: None,
        peek: false,
        data: says.to_vec(),
    }
}
