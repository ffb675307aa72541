//! The cable: it relays each frame from one host to the other, and records it.
//!
//! One thread with a `pnet` channel on each of its two ports. Every frame is seen once, with the time at
//! which the kernel had it.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, IntoRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::SigSet;
use pnet::datalink::{self, Channel, DataLinkReceiver, DataLinkSender};

use super::error::{LabError, Step, failed};
use super::event::{Event, EventSender, now};
use super::settings::{Role, VlanId};
use crate::model::frame::{ChecksumOffload, Direction, Frame, LinkType, Timestamp};
use crate::sys::packet_socket::{FrameMetadata, PacketSocket, VlanTag};

/// A frame that crossed the cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFrame {
    /// Its place in the recording, from 1, in the order in which the cable had them.
    pub number: u64,
    /// When the kernel handed it to the cable.
    pub time: Timestamp,
    /// The host that sent it.
    pub from: Role,
    /// Whether the other host's kernel took it; one whose queue is full does not.
    pub delivered: bool,
    /// All of it, from the Ethernet header on.
    pub bytes: Vec<u8>,
}

impl RecordedFrame {
    /// The frame as a capture has it: interface 0 is the server's port, 1 the client's, and each frame is
    /// inbound at the port where it came in.
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            number: self.number,
            time: self.time,
            link_type: LinkType::ETHERNET,
            interface: match self.from {
                Role::Server => 0,
                Role::Client => 1,
            },
            direction: Some(Direction::Inbound),
            wire_length: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            checksum_offload: ChecksumOffload::NotKnown,
            comment: None,
            bytes: &self.bytes,
        }
    }
}

/// Why the cable stopped by itself.
#[derive(Debug, thiserror::Error)]
#[error(
    "the cable's port towards `{port}` failed: {source}; did a program on that host change its interface?"
)]
pub struct CableError {
    /// The host at that port.
    pub port: Role,
    /// What the kernel said.
    pub source: io::Error,
}

/// What became of the frames, when the cable has stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CableReport {
    /// Frames that were recorded.
    pub recorded: u64,
    /// Frames of these that the other host's kernel did not take.
    pub undelivered: u64,
    /// Frames that the kernel threw away before the cable could read them.
    pub lost: u64,
}

/// How many bytes of frames may wait at a port, as the kernel counts them.
const RECEIVE_BUFFER: usize = 8 << 20;
/// More than the longest frame: an MTU of 65,535 and an Ethernet header.
const FRAME_LIMIT: usize = 1 << 17;

/// One end of the cable: what comes in here goes out at the other one.
pub(super) struct Port {
    from: Role,
    socket: Arc<PacketSocket>,
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
    /// The frame that will be read next.
    waiting: Option<FrameMetadata>,
}

impl Port {
    /// Opens the port on the interface `name`, in the calling thread's network namespace.
    pub fn open(from: Role, name: &str) -> Result<Self, LabError> {
        Self::try_open(from, name).map_err(failed(Step::Port(from)))
    }

    fn try_open(from: Role, name: &str) -> io::Result<Self> {
        let interface = datalink::interfaces()
            .into_iter()
            .find(|interface| interface.name == name);
        let interface = interface.ok_or(io::ErrorKind::NotFound)?;
        let socket = PacketSocket::open()?;
        // What the cable itself sends is not news.
        socket.ignore_outgoing()?;
        socket.set_receive_buffer(RECEIVE_BUFFER)?;
        let config = datalink::Config {
            read_buffer_size: FRAME_LIMIT,
            promiscuous: false,
            // pnet closes it, also when it fails.
            socket_fd: Some(socket.duplicate()?.into_raw_fd()),
            ..datalink::Config::default()
        };
        let Channel::Ethernet(sender, receiver) = datalink::channel(&interface, config)? else {
            return Err(io::Error::other(
                "pnet knows a kind of channel that we do not",
            ));
        };
        Ok(Self {
            from,
            socket: Arc::new(socket),
            sender,
            receiver,
            waiting: None,
        })
    }

    /// Waits up to `patience` for the next frame and throws it away.
    pub fn skip_first(&mut self, patience: Duration) -> io::Result<()> {
        let mut watched = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(patience).map_err(io::Error::other)?;
        if poll(&mut watched, patience)? > 0 {
            self.receiver.next()?;
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), CableError> {
        if self.waiting.is_none() {
            self.waiting = self.socket.peek().map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    fn take(&mut self, metadata: FrameMetadata) -> Result<Vec<u8>, CableError> {
        self.waiting = None;
        match self.receiver.next() {
            Ok(bytes) => Ok(with_tag(bytes, metadata.vlan)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Whether the host behind this port took the frame.
    fn send(&mut self, bytes: &[u8]) -> Result<bool, CableError> {
        match self.sender.send_to(bytes, None) {
            Some(Ok(())) => Ok(true),
            Some(Err(error)) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(false),
            Some(Err(error)) => Err(self.error(error)),
            None => Err(self.error(io::Error::other("pnet has no room for the frame"))),
        }
    }

    fn error(&self, source: io::Error) -> CableError {
        CableError {
            port: self.from,
            source,
        }
    }
}

/// The frame with its VLAN tag back in its place, after the two addresses.
fn with_tag(bytes: &[u8], vlan: Option<VlanTag>) -> Vec<u8> {
    match (vlan, bytes.split_at_checked(12)) {
        (Some(VlanTag { tpid, tci }), Some((addresses, rest))) => {
            [addresses, &tpid.to_be_bytes(), &tci.to_be_bytes(), rest].concat()
        }
        _ => bytes.to_vec(),
    }
}

/// The cable between the two hosts.
pub struct Cable {
    stop: Arc<EventFd>,
    pulse: Arc<Pulse>,
    /// Gone when it has stopped.
    ports: Vec<Arc<PacketSocket>>,
    relay: Option<JoinHandle<Stopped>>,
}

/// What the cable's thread leaves behind.
type Stopped = (CableReport, [Port; 2]);

/// When the cable last had a frame.
struct Pulse {
    begin: Instant,
    /// Nanoseconds after `begin`.
    last: AtomicU64,
}

impl Pulse {
    fn beat(&self) {
        let since_begin = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last.store(since_begin, Ordering::SeqCst);
    }

    fn since_last(&self) -> Duration {
        let last = Duration::from_nanos(self.last.load(Ordering::SeqCst));
        self.begin.elapsed().saturating_sub(last)
    }
}

impl Cable {
    /// Starts to relay between two ports. The frames are delivered as events.
    pub(super) fn start(
        ports: [Port; 2],
        vlan: Option<VlanId>,
        events: EventSender,
    ) -> io::Result<Self> {
        let stop = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?);
        let pulse = Arc::new(Pulse {
            begin: Instant::now(),
            last: AtomicU64::new(0),
        });
        let sockets = ports.iter().map(|port| Arc::clone(&port.socket)).collect();
        let relay = Relay {
            ports,
            trunk: vlan.map(|vlan| VlanTag {
                tpid: 0x8100,
                tci: vlan.number(),
            }),
            stop: Arc::clone(&stop),
            pulse: Arc::clone(&pulse),
            events,
            report: CableReport::default(),
        };
        let relay = thread::Builder::new()
            .name("cable".to_owned())
            .spawn(move || relay.run())?;
        Ok(Self {
            stop,
            pulse,
            ports: sockets,
            relay: Some(relay),
        })
    }

    /// How long no frame has come; zero while one waits to be relayed.
    pub fn quiet_for(&self) -> Duration {
        // In this order: the relay notes a frame before it takes it away.
        let waiting = self
            .ports
            .iter()
            .any(|port| port.peek().is_ok_and(|frame| frame.is_some()));
        if waiting {
            Duration::ZERO
        } else {
            self.pulse.since_last()
        }
    }

    /// Relays and records what has come until now, then nothing any more: the hosts are cut off.
    ///
    /// Every recorded frame is then among the events. A second call reports nothing.
    pub fn stop(&mut self) -> CableReport {
        let Some(relay) = self.relay.take() else {
            return CableReport::default();
        };
        let _ = self.stop.write(1);
        let Ok((mut report, ports)) = relay.join() else {
            return CableReport::default();
        };
        let drops = self
            .ports
            .drain(..)
            .filter_map(|port| port.statistics().ok());
        report.lost = drops.map(|counts| u64::from(counts.drops)).sum();
        close_aside(ports);
        report
    }
}

/// The kernel takes 5 to 20 ms to close a packet socket: it waits until no CPU can see it any more.
/// Nobody has to wait with it.
fn close_aside(ports: [Port; 2]) {
    for port in ports {
        // Where no thread can be had, the port is closed here.
        let _ = thread::Builder::new()
            .name("close".to_owned())
            .spawn(move || drop(port));
    }
}

impl fmt::Debug for Cable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cable")
            .field("running", &self.relay.is_some())
            .finish_non_exhaustive()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The cable's thread.
struct Relay {
    ports: [Port; 2],
    /// The tag that every frame has on the cable, and on the cable alone.
    trunk: Option<VlanTag>,
    stop: Arc<EventFd>,
    pulse: Arc<Pulse>,
    events: EventSender,
    report: CableReport,
}

/// How many frames are relayed between two looks at whether to stop.
const TURN: usize = 64;
/// The pause when the frames are not fetched.
const PAUSE_MS: u8 = 1;

impl Relay {
    fn run(mut self) -> Stopped {
        // Signals to this process are for another thread; here they would disturb a wait.
        let _ = SigSet::all().thread_block();
        if let Err(error) = self.relay_until_stopped() {
            self.events.send(Event::CableBroke(error));
        }
        (self.report, self.ports)
    }

    fn relay_until_stopped(&mut self) -> Result<(), CableError> {
        let end_of_time = Timestamp::from_nanoseconds(i64::MAX);
        while !self.wait() {
            let mut turn = 0..TURN;
            while !self.events.is_congested()
                && turn.next().is_some()
                && self.relay_next(end_of_time)?
            {}
        }
        let stopped = now();
        while self.relay_next(stopped)? {}
        Ok(())
    }

    /// Waits until there is something to do; `true` when that is to stop.
    fn wait(&self) -> bool {
        let entry = |source| PollFd::new(source, PollFlags::POLLIN);
        let [first, second] = &self.ports;
        let mut watched = [
            entry(self.stop.as_fd()),
            entry(first.socket.as_fd()),
            entry(second.socket.as_fd()),
        ];
        let found = if self.events.is_congested() {
            poll(&mut watched[..1], PAUSE_MS)
        } else {
            poll(&mut watched, PollTimeout::NONE)
        };
        found.is_err() || watched[0].any().unwrap_or(true)
    }

    /// Relays the earlier of the frames that wait at the two ports, if it came before `until`.
    fn relay_next(&mut self, until: Timestamp) -> Result<bool, CableError> {
        let [first, second] = &mut self.ports;
        first.look()?;
        second.look()?;
        let (from, to) = match (first.waiting, second.waiting) {
            (Some(one), Some(other)) if other.time < one.time => (second, first),
            (Some(_), _) => (first, second),
            (None, _) => (second, first),
        };
        let Some(metadata) = from.waiting.filter(|metadata| metadata.time <= until) else {
            return Ok(false);
        };
        self.pulse.beat();
        let bytes = from.take(metadata)?;
        let delivered = to.send(&bytes)?;
        self.report.recorded += 1;
        self.report.undelivered += u64::from(!delivered);
        self.events.send(Event::Frame(RecordedFrame {
            number: self.report.recorded,
            time: metadata.time,
            from: from.from,
            delivered,
            bytes: if self.trunk.is_some() {
                with_tag(&bytes, self.trunk)
            } else {
                bytes
            },
        }));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_the_kernel_took_out_is_put_back_after_the_addresses() {
        let frame: Vec<u8> = (0..16).collect();
        let tag = VlanTag {
            tpid: 0x8100,
            tci: 0x600a,
        };
        assert_eq!(
            with_tag(&frame, Some(tag)),
            [
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x81, 0x00, 0x60, 0x0a, 12, 13, 14, 15
            ]
        );
        assert_eq!(with_tag(&frame, None), frame);
        assert_eq!(
            with_tag(&frame[..11], Some(tag)),
            frame[..11],
            "too short to have had one"
        );
    }
}
