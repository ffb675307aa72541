//! A port of the cable: where the frames of one host come in, and those for it go out.

use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, IntoRawFd};
use std::sync::Arc;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pnet::datalink::{self, Channel, DataLinkReceiver, DataLinkSender};

use super::error::{LabError, Step, failed};
use super::settings::HostName;
use super::wire::WireError;
use crate::sys::packet_socket::{FrameMetadata, PacketSocket, VlanTag};

/// How many bytes of frames may wait at a port, as the kernel counts them.
const RECEIVE_BUFFER: usize = 8 << 20;
/// More than the longest frame: an MTU of 65,535 and an Ethernet header.
const FRAME_LIMIT: usize = 1 << 17;

/// One end of the cable: what comes in here goes out at the other one.
pub(super) struct Port {
    /// The host behind it.
    pub from: HostName,
    /// Its number as an interface of the recording.
    pub number: u32,
    pub socket: Arc<PacketSocket>,
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
    /// The frame that will be read next.
    pub waiting: Option<FrameMetadata>,
}

impl Port {
    /// Opens the port on the interface `name`, in the calling thread's network namespace.
    pub fn open(from: HostName, number: u32, name: &str) -> Result<Self, LabError> {
        Self::try_open(from, number, name).map_err(failed(Step::Port(from)))
    }

    fn try_open(from: HostName, number: u32, name: &str) -> io::Result<Self> {
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
            number,
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

    /// Looks for the frame that will be read next.
    pub fn look(&mut self) -> Result<(), WireError> {
        if self.waiting.is_none() {
            self.waiting = self.socket.peek().map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Reads that frame.
    pub fn take(&mut self, metadata: FrameMetadata) -> Result<Vec<u8>, WireError> {
        self.waiting = None;
        match self.receiver.next() {
            Ok(bytes) => Ok(with_tag(bytes, metadata.vlan)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Hands a frame to the host behind this port; `false` when its queue is full.
    pub fn send(&mut self, bytes: &[u8]) -> Result<bool, WireError> {
        match self.sender.send_to(bytes, None) {
            Some(Ok(())) => Ok(true),
            Some(Err(error)) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(false),
            Some(Err(error)) => Err(self.error(error)),
            None => Err(self.error(io::Error::other("pnet has no room for the frame"))),
        }
    }

    fn error(&self, source: io::Error) -> WireError {
        WireError::Port {
            port: self.from,
            source,
        }
    }
}

/// The frame with its VLAN tag, where it has one.
pub(super) fn with_tag(bytes: &[u8], vlan: Option<VlanTag>) -> Vec<u8> {
    let Some(tag) = vlan else {
        return bytes.to_vec();
    };
    let mut tagged = Vec::new();
    tag.put_back(bytes, &mut tagged);
    tagged
}

/// The frame without the cable's own tag, for the hosts; `None` when the tag is no longer that one, since
/// then the switch at the end of the trunk takes the frame for another network's.
pub(super) fn without_tag(bytes: &[u8], trunk: Option<VlanTag>) -> Option<Cow<'_, [u8]>> {
    let Some(trunk) = trunk else {
        return Some(Cow::Borrowed(bytes));
    };
    let (addresses, rest) = bytes.split_at_checked(12)?;
    let (tag, rest) = rest.split_at_checked(4)?;
    let [tpid, tci] = [trunk.tpid.to_be_bytes(), trunk.tci.to_be_bytes()];
    (tag == [tpid, tci].concat()).then(|| Cow::Owned([addresses, rest].concat()))
}
