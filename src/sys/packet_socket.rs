//! A socket that hears whole frames, with what the kernel knows about each: packet(7).

use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, getsockopt, setsockopt, socket, sockopt,
};

use crate::model::frame::{ChecksumOffload, Direction, Timestamp};

/// An `AF_PACKET` socket that stamps each frame with nanoseconds and reports its auxiliary data.
///
/// It hears nothing until something binds it to an interface: `pnet` does that with a duplicate, given
/// as `datalink::Config::socket_fd`. Duplicates share one queue: a frame read by `pnet` is gone for
/// [`PacketSocket::peek`] too. `pnet` also makes the socket non-blocking; wait with poll(2).
/// A [`PacketRing`](super::packet_ring::PacketRing) binds it itself, and then nothing is to be read from it.
#[derive(Debug)]
pub struct PacketSocket {
    socket: OwnedFd,
}

/// What the kernel knows about a frame that waits to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMetadata {
    /// When the kernel saw the frame.
    pub time: Timestamp,
    /// Which way it passed the interface.
    pub direction: Direction,
    /// Bytes on the wire, without a tag that was [taken out](FrameMetadata::vlan).
    pub wire_length: u32,
    /// The VLAN tag that the kernel or the card took out of the frame; it stood at byte 12.
    pub vlan: Option<VlanTag>,
    /// Whether the transport checksum is still to be filled in.
    pub checksum_offload: ChecksumOffload,
}

/// An IEEE 802.1Q tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTag {
    /// Tag protocol identifier: 0x8100, or 0x88a8 for a provider's tag.
    pub tpid: u16,
    /// Tag control information: priority, drop eligibility, VLAN identifier.
    pub tci: u16,
}

impl VlanTag {
    /// Writes to `out` the frame with this tag in its place: after the two addresses, at byte 12.
    /// A frame too short to have had one stays as it is.
    pub fn put_back(self, frame: &[u8], out: &mut Vec<u8>) {
        let (addresses, rest) = frame.split_at_checked(12).unwrap_or((frame, &[]));
        out.clear();
        out.extend_from_slice(addresses);
        if addresses.len() == 12 {
            out.extend_from_slice(&self.tpid.to_be_bytes());
            out.extend_from_slice(&self.tci.to_be_bytes());
        }
        out.extend_from_slice(rest);
    }
}

/// What became of the frames that a socket heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames that passed the socket's filter, those dropped included.
    pub packets: u32,
    /// Frames of these that the kernel threw away because the receive buffer was full.
    pub drops: u32,
}

/// What kind of hardware a packet socket is bound to: one of the kernel's `ARPHRD_*`.
///
/// # Errors
/// What getsockname(2) says; `InvalidInput` of a socket of another family.
pub fn hardware_type(socket: BorrowedFd<'_>) -> io::Result<u16> {
    let mut address = MaybeUninit::<libc::sockaddr_ll>::zeroed();
    let mut length = socklen_of::<libc::sockaddr_ll>();
    // SAFETY: `address` is valid for writes of `length` bytes. Some addresses of hardware are longer than a
    // sockaddr_ll has room for; then the kernel cuts them and says so in `length`.
    let result = unsafe {
        libc::getsockname(
            socket.as_raw_fd(),
            address.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: any bytes are a valid sockaddr_ll, and all of them were written: zeros at first.
    let address = unsafe { address.assume_init() };
    if i32::from(address.sll_family) != libc::AF_PACKET {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(address.sll_hatype)
}

impl PacketSocket {
    /// Opens a socket that is bound to nothing.
    ///
    /// # Errors
    /// `PermissionDenied` without `CAP_NET_RAW` in the user namespace that owns the network namespace.
    pub fn open() -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            None,
        )?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        let opened = Self { socket };
        opened.set(libc::PACKET_AUXDATA, &1)?;
        Ok(opened)
    }

    /// Hears only what the interface receives. On a loopback this leaves each frame once, not twice.
    ///
    /// # Errors
    /// `ENOPROTOOPT` before Linux 4.20.
    pub fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::PACKET_IGNORE_OUTGOING, &1)
    }

    /// Asks for a receive buffer of `bytes` and returns the size that was given, in bytes.
    ///
    /// The kernel counts its own book-keeping: it gives twice what is asked for, and each frame takes
    /// some hundred bytes more than its length. Without `CAP_NET_ADMIN` on the host
    /// `net.core.rmem_max` is the limit.
    ///
    /// # Errors
    /// What setsockopt(2) and getsockopt(2) say.
    pub fn set_receive_buffer(&self, bytes: usize) -> io::Result<usize> {
        if setsockopt(&self.socket, sockopt::RcvBufForce, &bytes).is_err() {
            setsockopt(&self.socket, sockopt::RcvBuf, &bytes)?;
        }
        Ok(getsockopt(&self.socket, sockopt::RcvBuf)?)
    }

    /// The counts since the last call: reading them sets them back to zero.
    ///
    /// # Errors
    /// What getsockopt(2) says.
    pub fn statistics(&self) -> io::Result<Statistics> {
        let mut counts = libc::tpacket_stats {
            tp_packets: 0,
            tp_drops: 0,
        };
        let mut length = socklen_of::<libc::tpacket_stats>();
        // SAFETY: `counts` is valid for writes of `length` bytes, and any bytes are a valid tpacket_stats.
        let result = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                ptr::from_mut(&mut counts).cast(),
                &raw mut length,
            )
        };
        if result == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(Statistics {
            packets: counts.tp_packets,
            drops: counts.tp_drops,
        })
    }

    /// Another descriptor of the same socket, for somebody who will close it (`into_raw_fd` for `pnet`).
    ///
    /// # Errors
    /// When the process may open no more files.
    pub fn duplicate(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }

    /// What is known about the frame that the next read will return; `None` when none waits.
    ///
    /// # Errors
    /// What recvmsg(2) says; `ENETDOWN` once after the interface went down.
    pub fn peek(&self) -> io::Result<Option<FrameMetadata>> {
        let mut from = MaybeUninit::<libc::sockaddr_ll>::zeroed();
        let mut control = ControlBuffer([0; CONTROL_BYTES]);
        // SAFETY: every field of msghdr is an integer or a pointer, for which zero is valid.
        let mut message: libc::msghdr = unsafe { mem::zeroed() };
        message.msg_name = from.as_mut_ptr().cast();
        message.msg_namelen = socklen_of::<libc::sockaddr_ll>();
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = CONTROL_BYTES as _;

        let flags = libc::MSG_PEEK | libc::MSG_TRUNC | libc::MSG_DONTWAIT;
        // SAFETY: name and control point to buffers of the lengths given; there is no data buffer.
        let result = unsafe { libc::recvmsg(self.socket.as_raw_fd(), &raw mut message, flags) };
        let Ok(length) = u32::try_from(result) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock => Ok(None),
                _ => Err(error),
            };
        };
        // SAFETY: all bytes were zeroed before, and every field of sockaddr_ll is an integer.
        let from = unsafe { from.assume_init() };
        // SAFETY: recvmsg has just filled `message`, whose control buffer is still alive.
        let known = unsafe { ControlMessages::read(&message) };
        known.describe(length, from.sll_pkttype).map(Some)
    }

    /// What befell the socket since the last call, such as `ENETDOWN`: it is told once.
    ///
    /// # Errors
    /// What getsockopt(2) says.
    pub fn trouble(&self) -> io::Result<Option<io::Error>> {
        let number = getsockopt(&self.socket, sockopt::SocketError)?;
        Ok((number != 0).then(|| io::Error::from_raw_os_error(number)))
    }

    /// Hears all frames of the interface of this number, and no others; those for other stations too, where
    /// it is `promiscuous`.
    pub(super) fn bind(&self, interface: u32, promiscuous: bool) -> io::Result<()> {
        let index = i32::try_from(interface).map_err(io::Error::other)?;
        if promiscuous {
            // SAFETY: every field of packet_mreq is an integer or an array of them.
            let mut membership: libc::packet_mreq = unsafe { mem::zeroed() };
            membership.mr_ifindex = index;
            membership.mr_type = PROMISCUOUS;
            self.set(libc::PACKET_ADD_MEMBERSHIP, &membership)?;
        }
        // SAFETY: every field of sockaddr_ll is an integer or an array of them.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = PACKET_FAMILY;
        address.sll_protocol = EVERY_PROTOCOL.to_be();
        address.sll_ifindex = index;
        // SAFETY: `address` is valid for reads of the length given.
        let result = unsafe {
            libc::bind(
                self.socket.as_raw_fd(),
                ptr::from_ref(&address).cast(),
                socklen_of::<libc::sockaddr_ll>(),
            )
        };
        if result == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Sets an option whose value the kernel reads as a `T`.
    pub(super) fn set<T: Copy>(&self, option: libc::c_int, value: &T) -> io::Result<()> {
        // SAFETY: `value` is valid for reads of the length given; what the kernel does not know it refuses.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                option,
                ptr::from_ref(value).cast(),
                socklen_of::<T>(),
            )
        };
        if result == -1 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

/// `PACKET_MR_PROMISC`, `AF_PACKET` and `ETH_P_ALL`, in the types of the fields that they go into.
const PROMISCUOUS: u16 = 1;
const PACKET_FAMILY: u16 = 17;
const EVERY_PROTOCOL: u16 = 3;

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Room for a timestamp and the auxiliary data with their headers (32 and 40 bytes), and some to spare.
const CONTROL_BYTES: usize = 128;

/// Control messages start with a header that holds a `size_t`.
#[repr(align(8))]
struct ControlBuffer([u8; CONTROL_BYTES]);

/// The control messages that come with a frame.
#[derive(Default)]
struct ControlMessages {
    time: Option<libc::timespec>,
    auxiliary: Option<libc::tpacket_auxdata>,
}

impl ControlMessages {
    /// # Safety
    /// `message` must be as recvmsg(2) left it, and its control buffer alive.
    unsafe fn read(message: &libc::msghdr) -> Self {
        let mut found = Self::default();
        // SAFETY: the caller vouches for `message`; CMSG_FIRSTHDR and CMSG_NXTHDR stay within its buffer
        // and answer null at its end. Payloads are read unaligned, and only where the kernel wrote a
        // message of that kind, whose length is that of the type read.
        unsafe {
            let mut header = libc::CMSG_FIRSTHDR(message);
            while !header.is_null() {
                let payload = libc::CMSG_DATA(header);
                match ((*header).cmsg_level, (*header).cmsg_type) {
                    (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                        found.time = Some(ptr::read_unaligned(payload.cast()));
                    }
                    (libc::SOL_PACKET, libc::PACKET_AUXDATA) => {
                        found.auxiliary = Some(ptr::read_unaligned(payload.cast()));
                    }
                    _ => {}
                }
                header = libc::CMSG_NXTHDR(message, header);
            }
        }
        found
    }

    #[allow(clippy::useless_conversion)] // time_t and c_long are narrower on 32-bit machines
    fn describe(self, length: u32, packet_type: u8) -> io::Result<FrameMetadata> {
        let (Some(time), Some(auxiliary)) = (self.time, self.auxiliary) else {
            return Err(io::Error::other(
                "the kernel gave a frame without its time or auxiliary data",
            ));
        };
        Ok(KernelNotes {
            seconds: i64::from(time.tv_sec),
            nanoseconds: i64::from(time.tv_nsec),
            status: auxiliary.tp_status,
            packet_type,
            // The length read is what a socket filter left of the frame.
            wire_length: auxiliary.tp_len.max(length),
            tci: auxiliary.tp_vlan_tci,
            tpid: auxiliary.tp_vlan_tpid,
        }
        .describe())
    }
}

/// What the kernel notes about a frame, as it writes it.
pub(super) struct KernelNotes {
    pub seconds: i64,
    pub nanoseconds: i64,
    /// `TP_STATUS_` bits.
    pub status: u32,
    /// `sll_pkttype`.
    pub packet_type: u8,
    pub wire_length: u32,
    pub tci: u16,
    pub tpid: u16,
}

impl KernelNotes {
    /// What it means.
    pub fn describe(self) -> FrameMetadata {
        let is = |status: u32| self.status & status != 0;
        let seconds = self.seconds.saturating_mul(1_000_000_000);
        FrameMetadata {
            time: Timestamp::from_nanoseconds(seconds.saturating_add(self.nanoseconds)),
            direction: if self.packet_type == libc::PACKET_OUTGOING {
                Direction::Outbound
            } else {
                Direction::Inbound
            },
            wire_length: self.wire_length,
            vlan: is(libc::TP_STATUS_VLAN_VALID).then(|| VlanTag {
                // Kernels before 3.14 know only one kind of tag and leave its identifier out.
                tpid: if is(libc::TP_STATUS_VLAN_TPID_VALID) {
                    self.tpid
                } else {
                    0x8100
                },
                tci: self.tci,
            }),
            checksum_offload: if is(libc::TP_STATUS_CSUMNOTREADY) {
                ChecksumOffload::FilledInLater
            } else {
                ChecksumOffload::NotKnown
            },
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // the types used here have tens of bytes
fn socklen_of<T>() -> libc::socklen_t {
    mem::size_of::<T>() as libc::socklen_t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_the_kernel_took_out_is_put_back_behind_the_addresses() {
        let frame = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x08, 0x00, 0x45];
        let tag = VlanTag {
            tpid: 0x8100,
            tci: 0x600a,
        };
        let mut out = vec![9];
        tag.put_back(&frame, &mut out);
        let tagged = [
            1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x81, 0x00, 0x60, 0x0a, 0x08, 0x00, 0x45,
        ];
        assert_eq!(out, tagged);
        tag.put_back(&frame[..11], &mut out);
        assert_eq!(out, frame[..11], "too short to have had one");
    }
}
