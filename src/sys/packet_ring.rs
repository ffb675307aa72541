//! A ring of blocks shared with the kernel, which fills them with frames: packet(7), `PACKET_RX_RING` in its
//! third version. Many frames come with one system call, and none is copied.

use std::io;
use std::mem::{offset_of, size_of};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};

use super::packet_socket::{FrameMetadata, KernelNotes, PacketSocket, Statistics};

/// How large a ring is, and how long it keeps frames back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of a block: a power of two, and pages. A longer frame is cut to what a block has room for.
    pub block: u32,
    /// How many blocks.
    pub blocks: u32,
    /// After how many milliseconds at most a block is handed over that is not full.
    pub timeout: u32,
}

/// A packet socket with a ring, bound to one interface.
#[derive(Debug)]
pub struct PacketRing {
    socket: PacketSocket,
    memory: Blocks,
    /// The block that is read, or waited for.
    block: usize,
    /// What is left of it; `None` while the kernel has it.
    page: Option<Page>,
    /// The next frame, once looked at.
    next: Option<Entry>,
}

/// A block that is being read.
#[derive(Clone, Copy, Debug)]
struct Page {
    /// How many frames are still to be read.
    left: u32,
    /// Where the next one's header begins.
    at: usize,
}

/// A frame in a block.
#[derive(Clone, Debug)]
struct Entry {
    known: FrameMetadata,
    bytes: Range<usize>,
    /// Where the next one's header begins, if there is one.
    next: usize,
}

impl PacketRing {
    /// Gives the socket a ring, and lets it hear the interface of this number.
    ///
    /// # Errors
    /// `ENOMEM` when there is not so much memory, `ENOPROTOOPT` or `EINVAL` from kernels without such rings.
    pub fn listen(
        socket: PacketSocket,
        shape: Shape,
        interface: u32,
        promiscuous: bool,
    ) -> io::Result<Self> {
        socket.set(libc::PACKET_VERSION, &libc::tpacket_versions::TPACKET_V3)?;
        let request = libc::tpacket_req3 {
            tp_block_size: shape.block,
            tp_block_nr: shape.blocks,
            // Frames take what they need of a block.
            tp_frame_size: shape.block,
            tp_frame_nr: shape.blocks,
            tp_retire_blk_tov: shape.timeout,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        socket.set(libc::PACKET_RX_RING, &request)?;
        let memory = Blocks::map(&socket, shape)?;
        socket.bind(interface, promiscuous)?;
        Ok(Self {
            socket,
            memory,
            block: 0,
            page: None,
            next: None,
        })
    }

    /// What is known of the next frame; `None` when the kernel has handed over none.
    ///
    /// # Errors
    /// The ring's book-keeping contradicts itself.
    pub fn peek(&mut self) -> io::Result<Option<FrameMetadata>> {
        if self.next.is_none() && self.turn_to_a_frame()? {
            let (Some(page), Some(block)) = (self.page, self.memory.ours(self.block)) else {
                return Err(contradiction());
            };
            let entry = Entry::read(block, page.at).ok_or_else(contradiction)?;
            if page.left > 1 && entry.next <= page.at {
                return Err(contradiction());
            }
            self.next = Some(entry);
        }
        Ok(self.next.as_ref().map(|entry| entry.known))
    }

    /// Takes the frame that [`PacketRing::peek`] told of; without one, no bytes.
    pub fn take(&mut self) -> &[u8] {
        let Some((entry, page)) = self.next.take().zip(self.page.as_mut()) else {
            return &[];
        };
        page.left = page.left.saturating_sub(1);
        page.at = entry.next;
        let block = self.memory.ours(self.block).unwrap_or_default();
        block.get(entry.bytes).unwrap_or_default()
    }

    /// The counts since the last call: reading them sets them back to zero.
    ///
    /// # Errors
    /// What getsockopt(2) says.
    pub fn statistics(&self) -> io::Result<Statistics> {
        self.socket.statistics()
    }

    /// What befell the socket since the last call, such as `ENETDOWN`: it is told once.
    ///
    /// # Errors
    /// What getsockopt(2) says.
    pub fn trouble(&self) -> io::Result<Option<io::Error>> {
        self.socket.trouble()
    }

    /// Goes on to the block with the next frame; `false` while the kernel has it.
    fn turn_to_a_frame(&mut self) -> io::Result<bool> {
        while self.page.is_none_or(|page| page.left == 0) {
            if self.page.take().is_some() {
                self.memory.give_back(self.block);
                self.block = (self.block + 1) % self.memory.count;
            }
            let Some(block) = self.memory.ours(self.block) else {
                return Ok(false);
            };
            self.page = Some(Page::of(block).ok_or_else(contradiction)?);
        }
        Ok(true)
    }
}

impl AsFd for PacketRing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn contradiction() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the ring that the kernel fills names a frame outside of its block",
    )
}

/// Where the description of a block has what.
const STATUS: usize =
    offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, block_status);
const FRAMES: usize =
    offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, num_pkts);
const FIRST: usize = offset_of!(libc::tpacket_block_desc, hdr)
    + offset_of!(libc::tpacket_hdr_v1, offset_to_first_pkt);

/// Behind a frame's header, aligned: the address of who sent it.
const ADDRESS: usize = size_of::<libc::tpacket3_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT);

impl Page {
    fn of(block: &[u8]) -> Option<Self> {
        Some(Self {
            left: number(block, FRAMES)?,
            at: usize::try_from(number(block, FIRST)?).ok()?,
        })
    }
}

impl Entry {
    /// Reads the header at this place; `None` when it, or the frame, reaches out of the block.
    fn read(block: &[u8], at: usize) -> Option<Self> {
        let header = block.get(at..)?;
        let long = |field: usize| number(header, field);
        let place = |field: usize| usize::try_from(long(field)?).ok();
        let variant = offset_of!(libc::tpacket3_hdr, hv1);
        let tci = long(variant + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tci))?;
        let begin = short(header, offset_of!(libc::tpacket3_hdr, tp_mac))?;
        let begin = at.checked_add(usize::from(begin))?;
        let length = place(offset_of!(libc::tpacket3_hdr, tp_snaplen))?;
        let bytes = begin..begin.checked_add(length)?;
        block.get(bytes.clone())?;
        let notes = KernelNotes {
            seconds: i64::from(long(offset_of!(libc::tpacket3_hdr, tp_sec))?),
            nanoseconds: i64::from(long(offset_of!(libc::tpacket3_hdr, tp_nsec))?),
            status: long(offset_of!(libc::tpacket3_hdr, tp_status))?,
            packet_type: *header.get(ADDRESS + offset_of!(libc::sockaddr_ll, sll_pkttype))?,
            wire_length: long(offset_of!(libc::tpacket3_hdr, tp_len))?,
            // The upper half is not used.
            tci: u16::try_from(tci & 0xffff).ok()?,
            tpid: short(
                header,
                variant + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tpid),
            )?,
        };
        let next = place(offset_of!(libc::tpacket3_hdr, tp_next_offset))?;
        Some(Self {
            known: notes.describe(),
            bytes,
            next: at.checked_add(next)?,
        })
    }
}

/// The number at this place, as this machine writes it.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().map(u32::from_ne_bytes).ok()
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().map(u16::from_ne_bytes).ok()
}

/// The shared memory: blocks behind each other, each of which belongs to the kernel or to us.
#[derive(Debug)]
struct Blocks {
    start: NonNull<u8>,
    count: usize,
    size: usize,
}

// SAFETY: the memory is this process's, whichever thread looks at it; nothing in `Blocks` is shared.
unsafe impl Send for Blocks {}

impl Blocks {
    fn map(socket: &PacketSocket, shape: Shape) -> io::Result<Self> {
        let size = usize::try_from(shape.block).map_err(io::Error::other)?;
        let count = usize::try_from(shape.blocks).map_err(io::Error::other)?;
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let length = size.checked_mul(count).ok_or_else(too_large)?;
        // SAFETY: a new mapping at a place that the kernel chooses, of a descriptor that is open.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                socket.as_fd().as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(too_large)?;
        Ok(Self { start, count, size })
    }

    /// A block that the kernel has handed over, until it is [given back](Blocks::give_back).
    fn ours(&self, block: usize) -> Option<&[u8]> {
        // Acquire: what the kernel wrote before it handed the block over is seen.
        let status = self.status(block)?.load(Ordering::Acquire);
        let begin = block.checked_mul(self.size)?;
        (status & libc::TP_STATUS_USER != 0).then(|| {
            // SAFETY: `status` has seen that there is such a block, so it lies in the mapping, which lives
            // as long as `self`. The kernel does not write to it before it is given back, for which nobody
            // may borrow it any more.
            unsafe { slice::from_raw_parts(self.start.as_ptr().add(begin), self.size) }
        })
    }

    fn give_back(&mut self, block: usize) {
        if let Some(status) = self.status(block) {
            // Release: what was read of it was read before.
            status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        }
    }

    /// Who has a block; `None` when there is no such block.
    fn status(&self, block: usize) -> Option<&AtomicU32> {
        if block >= self.count || self.size < STATUS + size_of::<u32>() {
            return None;
        }
        // SAFETY: it lies in the mapping, by the line above; a block begins at a page, and the word at a
        // multiple of four. Kernel and we change it in one piece.
        Some(unsafe {
            AtomicU32::from_ptr(self.start.as_ptr().add(block * self.size + STATUS).cast())
        })
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing borrows from it any more. Its length did not overflow.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.count * self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Direction, Timestamp};
    use crate::sys::packet_socket::VlanTag;

    /// Where the frame of `block` is described.
    const AT: usize = 64;

    /// A block with one frame, as the kernel lays it out.
    fn block() -> Vec<u8> {
        let mut block = vec![0; 256];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(FRAMES, &1_u32.to_ne_bytes());
        put(FIRST, &64_u32.to_ne_bytes());
        let status = libc::TP_STATUS_VLAN_VALID | libc::TP_STATUS_VLAN_TPID_VALID;
        // Next, seconds, nanoseconds, bytes kept, bytes on the wire, status.
        for (place, value) in [0, 7, 9, 20, 1500, status].into_iter().enumerate() {
            put(AT + place * 4, &value.to_ne_bytes());
        }
        put(AT + 24, &96_u16.to_ne_bytes());
        put(AT + 32, &0x600a_u32.to_ne_bytes());
        put(AT + 36, &0x88a8_u16.to_ne_bytes());
        put(AT + 48 + 10, &[libc::PACKET_OUTGOING]);
        put(AT + 96, b"twenty bytes of data");
        block
    }

    #[test]
    fn a_frame_is_read_with_what_the_kernel_notes_of_it() {
        let block = block();
        let page = Page::of(&block).unwrap();
        assert_eq!((page.left, page.at), (1, AT));
        let entry = Entry::read(&block, page.at).unwrap();
        assert_eq!(&block[entry.bytes], b"twenty bytes of data");
        let known = entry.known;
        assert_eq!(known.time, Timestamp::from_nanoseconds(7_000_000_009));
        assert_eq!(known.wire_length, 1500);
        assert_eq!(known.direction, Direction::Outbound);
        let tag = VlanTag {
            tpid: 0x88a8,
            tci: 0x600a,
        };
        assert_eq!(known.vlan, Some(tag));
    }

    #[test]
    fn what_reaches_out_of_its_block_is_not_read() {
        let whole = block();
        for end in 0..AT + 96 + 20 {
            assert!(Entry::read(&whole[..end], AT).is_none(), "{end} bytes");
        }
        for at in [whole.len() - 1, whole.len(), usize::MAX] {
            assert!(Entry::read(&whole, at).is_none(), "a header at {at}");
        }
        // Any byte may be anything: either it is refused, or it lies inside.
        for place in 0..whole.len() {
            for value in [0x7f, 0x80, 0xff] {
                let mut block = whole.clone();
                block[place] = value;
                if let Some(entry) = Entry::read(&block, AT) {
                    assert!(entry.bytes.end <= block.len(), "byte {place} is {value}");
                }
            }
        }
    }
}
