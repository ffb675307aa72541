//! Frames as an interface of this host sees them, through a `pnet` datalink channel.
//!
//! `pnet` alone gives neither time nor direction, and on a loopback each frame twice. So its channel is
//! given a packet socket of ours, from which the kernel's notes on each frame are read just before
//! `pnet` takes the frame itself.

use std::io;
use std::os::fd::{AsFd as _, IntoRawFd as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pnet::datalink::{self, Channel, Config, DataLinkReceiver, NetworkInterface};

use super::error::CaptureError;
use super::interfaces;
use super::source::{Interface, Source};
use crate::model::frame::{Frame, LinkType, Timestamp};
use crate::sys::packet_socket::{FrameMetadata, PacketSocket};

/// When a live capture ends by itself.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// At this moment.
    pub deadline: Option<Instant>,
    /// When somebody sets this.
    pub stopped: Arc<AtomicBool>,
}

/// A live capture on one interface.
pub struct Live {
    socket: PacketSocket,
    receiver: Box<dyn DataLinkReceiver>,
    interfaces: [Interface; 1],
    until: Until,
    /// The moment after which frames do not count any more.
    end: Option<Timestamp>,
    frames: u64,
    drops: u64,
    /// The frame with its VLAN tag put back, where the kernel took it out.
    tagged: Vec<u8>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("interfaces", &self.interfaces)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// What the kernel keeps for us while we are busy, in bytes.
const RECEIVE_BUFFER: usize = 4 << 20;

/// The longest frame: a loopback's 65,536 bytes and its header, and more for offloaded segments.
const LONGEST_FRAME: usize = 1 << 18;

/// How long to wait for a frame before looking whether it is time to stop.
const GLANCE: Duration = Duration::from_millis(50);

impl Live {
    /// Begins to capture on the interface of this name or number.
    ///
    /// # Errors
    ///
    /// There is no such interface, it is switched off, or this user may not capture.
    pub fn open(name: &str, until: Until) -> Result<Self, CaptureError> {
        let interface = interfaces::find(name).ok_or_else(|| CaptureError::NoInterface {
            name: name.escape_debug().to_string(),
            known: interfaces::list()
                .into_iter()
                .map(|interface| interface.name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        let failed = |source: io::Error| CaptureError::Live {
            name: interface.name.clone(),
            source,
        };
        if !interface.is_up() {
            return Err(failed(io::Error::other(
                "it is switched off (ip link set it up first)",
            )));
        }
        let socket = PacketSocket::open().map_err(failed)?;
        if interface.is_loopback() {
            // A loopback shows each frame on its way out and on its way in.
            socket.ignore_outgoing().map_err(failed)?;
        }
        socket.set_receive_buffer(RECEIVE_BUFFER).map_err(failed)?;
        let receiver = Self::channel(&interface, &socket).map_err(failed)?;
        // What came before the socket was bound to this interface alone does not count.
        let _ = socket.statistics();
        Ok(Self {
            socket,
            receiver,
            interfaces: [Interface {
                name: Some(interface.name.clone()),
                ..Interface::of_link(LinkType::ETHERNET)
            }],
            until,
            end: None,
            frames: 0,
            drops: 0,
            tagged: Vec::new(),
        })
    }

    fn channel(
        interface: &NetworkInterface,
        socket: &PacketSocket,
    ) -> io::Result<Box<dyn DataLinkReceiver>> {
        let config = Config {
            // pnet closes what it is given.
            socket_fd: Some(socket.duplicate()?.into_raw_fd()),
            read_buffer_size: LONGEST_FRAME,
            promiscuous: !interface.is_loopback(),
            read_timeout: Some(GLANCE),
            ..Config::default()
        };
        match datalink::channel(interface, config)? {
            Channel::Ethernet(_, receiver) => Ok(receiver),
            _ => Err(io::Error::other("it is no Ethernet-like interface")),
        }
    }

    /// How many frames the kernel threw away because this program was too slow.
    pub fn drops(&mut self) -> u64 {
        let since = self.socket.statistics().unwrap_or_default();
        self.drops += u64::from(since.drops);
        self.drops
    }

    /// Waits for a frame; what the kernel notes about it. `None` when it is time to stop.
    fn wait(&mut self) -> io::Result<Option<FrameMetadata>> {
        loop {
            if self.end.is_none() && self.is_over() {
                self.end = Some(now());
            }
            let waiting = self.socket.peek()?;
            // What came before the end still counts, however late we look.
            if let Some(end) = self.end {
                return Ok(waiting.filter(|known| known.time <= end));
            }
            if waiting.is_some() {
                return Ok(waiting);
            }
            let glance = PollTimeout::try_from(GLANCE).map_err(io::Error::other)?;
            let mut watched = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut watched, glance) {
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.until.stopped.load(Ordering::Relaxed)
            || self
                .until
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// This moment, on the clock that frames are stamped with.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_nanoseconds(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
}

impl Source for Live {
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let name = self.interfaces[0].name.clone().unwrap_or_default();
        let failed = |source| CaptureError::Live { name, source };
        let known = match self.wait() {
            Ok(Some(known)) => known,
            Ok(None) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let bytes = match self.receiver.next() {
            Ok(bytes) => bytes,
            Err(error) => return Err(failed(error)),
        };
        self.frames += 1;
        let bytes = match known.vlan {
            Some(tag) => {
                tag.put_back(bytes, &mut self.tagged);
                &self.tagged
            }
            None => bytes,
        };
        let tag_length = u32::from(known.vlan.is_some()) * 4;
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Ok(Some(Frame {
            number: self.frames,
            time: known.time,
            link_type: LinkType::ETHERNET,
            interface: Some(0),
            direction: Some(known.direction),
            wire_length: (known.wire_length + tag_length).max(captured),
            checksum_offload: known.checksum_offload,
            comment: None,
            bytes,
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}
