//! The two ways in which frames of an interface come from the kernel.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, IntoRawFd as _};
use std::time::Duration;

use pnet::datalink::{self, Channel, Config, DataLinkReceiver, NetworkInterface};

use super::pcap::LONGEST_FRAME;
use crate::sys::packet_ring::{PacketRing, Shape};
use crate::sys::packet_socket::{FrameMetadata, PacketSocket};

/// Frames that wait in the kernel, the first one first.
pub(super) trait Queue {
    /// What the kernel notes about the next frame; `None` when none can be taken now.
    fn peek(&mut self) -> io::Result<Option<FrameMetadata>>;

    /// Takes the frame that [`Queue::peek`] told of.
    fn take(&mut self) -> io::Result<&[u8]>;

    /// Whether frames have come that cannot be taken yet.
    fn keeps_back(&mut self) -> io::Result<bool>;

    /// How many frames the kernel threw away since the last call, because the queue was full.
    fn drops(&mut self) -> io::Result<u32>;

    /// Readable when there may be a frame.
    fn descriptor(&self) -> BorrowedFd<'_>;
}

/// How frames are to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Each as soon as it is there: for few, whose moment counts.
    AtOnce,
    /// Some hundredths of a second later, when few come; but many more are kept while we are busy.
    InBlocks,
}

impl Feed {
    /// Begins to hear an interface. Where the kernel has no blocks to give, frames come at once.
    pub(super) fn open(self, interface: &NetworkInterface) -> io::Result<Box<dyn Queue + Send>> {
        if self == Self::InBlocks
            && let Ok(ring) = Ring::open(interface)
        {
            return Ok(Box::new(ring));
        }
        Ok(Box::new(Datalink::open(interface)?))
    }
}

fn socket_for(interface: &NetworkInterface) -> io::Result<PacketSocket> {
    let socket = PacketSocket::open()?;
    if interface.is_loopback() {
        // A loopback shows each frame on its way out and on its way in.
        socket.ignore_outgoing()?;
    }
    Ok(socket)
}

/// A `pnet` datalink channel: two system calls and more for each frame.
///
/// `pnet` alone gives neither time nor direction, and on a loopback each frame twice. So its channel is
/// given a packet socket of ours, from which the kernel's notes on each frame are read just before
/// `pnet` takes the frame itself.
struct Datalink {
    socket: PacketSocket,
    receiver: Box<dyn DataLinkReceiver>,
}

/// What the kernel keeps for a channel, in bytes.
const RECEIVE_BUFFER: usize = 4 << 20;

/// How long `pnet` waits for a frame that is there.
const PATIENCE: Duration = Duration::from_millis(50);

impl Datalink {
    fn open(interface: &NetworkInterface) -> io::Result<Self> {
        let socket = socket_for(interface)?;
        socket.set_receive_buffer(RECEIVE_BUFFER)?;
        let config = Config {
            // pnet closes what it is given.
            socket_fd: Some(socket.duplicate()?.into_raw_fd()),
            read_buffer_size: LONGEST_FRAME as usize,
            promiscuous: !interface.is_loopback(),
            read_timeout: Some(PATIENCE),
            ..Config::default()
        };
        let Channel::Ethernet(_, receiver) = datalink::channel(interface, config)? else {
            return Err(io::Error::other("it is no Ethernet-like interface"));
        };
        // What came before the socket was bound to this interface alone does not count.
        let _ = socket.statistics();
        Ok(Self { socket, receiver })
    }
}

impl Queue for Datalink {
    fn peek(&mut self) -> io::Result<Option<FrameMetadata>> {
        self.socket.peek()
    }

    fn take(&mut self) -> io::Result<&[u8]> {
        self.receiver.next()
    }

    fn keeps_back(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    fn drops(&mut self) -> io::Result<u32> {
        Ok(self.socket.statistics()?.drops)
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A ring of blocks that the kernel fills, without a system call for each frame.
struct Ring {
    blocks: PacketRing,
    /// Frames that the kernel has put into the ring, as far as it was asked, without those taken.
    unread: u32,
    drops: u32,
    /// What befell the interface, told when nothing that came before is left.
    trouble: Option<io::Error>,
}

/// 64 MiB, or 350,000 datagrams of 64 bytes: a second of the worst flood, of which this program, when it has
/// a core, is never that far behind. A block has room for a loopback's longest frame, and is ours after 20
/// milliseconds at the latest: nobody sees that, and frames that come singly fill the ring after ten seconds.
const SHAPE: Shape = Shape {
    block: 128 << 10,
    blocks: 512,
    timeout: 20,
};

impl Ring {
    fn open(interface: &NetworkInterface) -> io::Result<Self> {
        let socket = socket_for(interface)?;
        let is_promiscuous = !interface.is_loopback();
        let blocks = PacketRing::listen(socket, SHAPE, interface.index, is_promiscuous)?;
        Ok(Self {
            blocks,
            unread: 0,
            drops: 0,
            trouble: None,
        })
    }

    /// Asks the kernel for its counts, which it begins anew then.
    fn count(&mut self) -> io::Result<()> {
        let since = self.blocks.statistics()?;
        // Of what is taken before it was asked for, this falls below zero and comes back.
        self.unread = self
            .unread
            .wrapping_add(since.packets.wrapping_sub(since.drops));
        self.drops = self.drops.wrapping_add(since.drops);
        Ok(())
    }
}

impl Queue for Ring {
    fn peek(&mut self) -> io::Result<Option<FrameMetadata>> {
        if let Some(known) = self.blocks.peek()? {
            return Ok(Some(known));
        }
        if self.trouble.is_none() {
            self.trouble = self.blocks.trouble()?;
        }
        if self.trouble.is_some() && !self.keeps_back()? {
            return self.trouble.take().map_or(Ok(None), Err);
        }
        Ok(None)
    }

    fn take(&mut self) -> io::Result<&[u8]> {
        self.unread = self.unread.wrapping_sub(1);
        Ok(self.blocks.take())
    }

    fn keeps_back(&mut self) -> io::Result<bool> {
        self.count()?;
        Ok(self.unread != 0)
    }

    fn drops(&mut self) -> io::Result<u32> {
        self.count()?;
        Ok(std::mem::take(&mut self.drops))
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.blocks.as_fd()
    }
}
