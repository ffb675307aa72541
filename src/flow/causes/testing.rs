//! Exchanges that are made up, for tests.

use std::net::{SocketAddr, SocketAddrV4};
use std::ops::Range;

use etherparse::{IpFragOffset, IpNumber, Ipv4Header, PacketBuilder};

use super::{Causes, Weaver, Wire};
use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::model::call::{Action, Call, CallId, Carrier, Outcome, Socket};
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
            descriptor: None,
            socket: Some(socket),
            entered,
            outcome: Outcome::NeverReturned,
        });
        id
    }

    /// That call returns.
    pub fn leave(&mut self, call: CallId, value: u64) {
        let at = self.next_moment();
        let mut calls = self.calls.iter_mut();
        calls.rfind(|one| one.id == call).unwrap().outcome = Outcome::Returned { at, value };
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

/// Bytes are taken by who has room for so many.
pub fn receive(room: u64, says: &[u8]) -> Action {
    Action::Receive {
        room,
        from: None,
        peek: false,
        data: says.to_vec(),
    }
}
