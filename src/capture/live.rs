//! Frames as an interface of this host sees them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::error::CaptureError;
use super::interfaces;
pub use super::queue::Feed;
use super::queue::Queue;
use super::source::{Interface, Source};
use crate::model::frame::{Frame, LinkType, Timestamp};
use crate::sys::packet_socket::{FrameMetadata, hardware_type};

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
    queue: Box<dyn Queue + Send>,
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

/// How long to wait for a frame before looking whether it is time to stop.
const GLANCE: Duration = Duration::from_millis(50);

impl Live {
    /// Begins to capture on the interface of this name or number.
    ///
    /// # Errors
    ///
    /// There is no such interface, it is switched off, or this user may not capture.
    pub fn open(name: &str, feed: Feed, until: Until) -> Result<Self, CaptureError> {
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
        let queue = feed.open(&interface).map_err(failed)?;
        let link_type = link_type_of(queue.descriptor()).map_err(failed)?;
        Ok(Self {
            queue,
            interfaces: [Interface {
                name: Some(interface.name.clone()),
                ..Interface::of_link(link_type)
            }],
            until,
            end: None,
            frames: 0,
            drops: 0,
            tagged: Vec::new(),
        })
    }

    /// How many frames the kernel threw away because this program was too slow.
    pub fn drops(&mut self) -> u64 {
        self.drops += u64::from(self.queue.drops().unwrap_or_default());
        self.drops
    }

    /// Waits for a frame; what the kernel notes about it. `None` when it is time to stop.
    fn wait(&mut self) -> io::Result<Option<FrameMetadata>> {
        loop {
            if self.end.is_none() && self.is_over() {
                self.end = Some(now());
            }
            if let Some(known) = self.queue.peek()? {
                // What came before the end still counts, however late we look.
                return Ok(Some(known).filter(|known| self.end.is_none_or(|end| known.time <= end)));
            }
            if self.end.is_some() && !self.queue.keeps_back()? {
                return Ok(None);
            }
            let glance = PollTimeout::try_from(GLANCE).map_err(io::Error::other)?;
            let mut watched = [PollFd::new(self.queue.descriptor(), PollFlags::POLLIN)];
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

impl AsFd for Live {
    /// Readable while a frame can be taken.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.descriptor()
    }
}

/// This moment, on the clock that frames are stamped with.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_nanoseconds(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
}

/// What the frames of an interface begin with, by the kind of hardware that the kernel says it is.
fn link_type_of(socket: BorrowedFd<'_>) -> io::Result<LinkType> {
    match hardware_type(socket)? {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Ok(LinkType::ETHERNET),
        // What has no header of its own: tun, WireGuard, the kernel's tunnels.
        libc::ARPHRD_NONE
        | libc::ARPHRD_TUNNEL
        | libc::ARPHRD_TUNNEL6
        | libc::ARPHRD_SIT
        | libc::ARPHRD_IPGRE => Ok(LinkType::RAW),
        other => Err(io::Error::other(format!(
            "netinspect does not know what its frames begin with (hardware type {other}; it knows Ethernet, and interfaces of IP packets alone)"
        ))),
    }
}

/// The error of a capture on this interface.
fn failed_on([interface]: &[Interface; 1]) -> impl FnOnce(io::Error) -> CaptureError {
    |source| CaptureError::Live {
        name: interface.name.clone().unwrap_or_default(),
        source,
    }
}

impl Source for Live {
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let known = self.wait().map_err(failed_on(&self.interfaces))?;
        let Some(known) = known else {
            return Ok(None);
        };
        let bytes = self.queue.take().map_err(failed_on(&self.interfaces))?;
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
            link_type: self.interfaces[0].link_type,
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
