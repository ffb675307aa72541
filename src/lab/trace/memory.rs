//! Reading another process's memory: buffers, addresses, lists. What is there is the program's own
//! business, so nothing of it is believed further than it reaches.

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

/// How many of a call's bytes are kept.
pub const KEPT_BYTES: usize = 4096;

/// How many buffers or descriptors of a list are looked at: as many buffers as the kernel takes (`IOV_MAX`).
pub const LIST_LIMIT: usize = 1024;

/// How many messages a call can move at once: `UIO_MAXIOV` of sendmmsg(2).
const MESSAGES_LIMIT: usize = 1024;

/// The memory of the process that a thread belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    thread: Pid,
}

impl Memory {
    /// That of this thread's process.
    pub const fn of(thread: i32) -> Self {
        Self {
            thread: Pid::from_raw(thread),
        }
    }

    /// Up to `length` bytes at an address; fewer where no more can be read.
    pub fn bytes(self, address: u64, length: usize) -> Vec<u8> {
        let Ok(base) = usize::try_from(address) else {
            return Vec::new();
        };
        if base == 0 || length == 0 {
            return Vec::new();
        }
        let mut bytes = vec![0; length];
        let remote = [RemoteIoVec { base, len: length }];
        let read = process_vm_readv(self.thread, &mut [IoSliceMut::new(&mut bytes)], &remote);
        bytes.truncate(read.unwrap_or(0));
        bytes
    }

    /// Puts bytes to an address, where there is memory.
    pub fn put(self, address: u64, bytes: &[u8]) {
        if let Ok(base) = usize::try_from(address) {
            let len = bytes.len();
            let remote = [RemoteIoVec { base, len }];
            let _ = process_vm_writev(self.thread, &[IoSlice::new(bytes)], &remote);
        }
    }

    fn array<const N: usize>(self, address: u64) -> Option<[u8; N]> {
        self.bytes(address, N).try_into().ok()
    }

    /// The `int` at an address.
    pub fn int(self, address: u64) -> Option<i32> {
        self.array(address).map(i32::from_ne_bytes)
    }

    /// The 64-bit number at an address.
    pub fn long(self, address: u64) -> Option<u64> {
        self.array(address).map(u64::from_ne_bytes)
    }

    /// A `timespec` or `timeval` at an address, in milliseconds; of the second there are so many `units`
    /// in a second.
    pub fn milliseconds(self, address: u64, units: u64) -> Option<u64> {
        let seconds = self.long(address)?;
        let rest = self.long(address.checked_add(8)?)?;
        seconds
            .checked_mul(1000)?
            .checked_add(rest / (units / 1000))
    }

    /// The internet address in a `sockaddr` of so many bytes.
    pub fn socket_address(self, address: u64, length: u64) -> Option<SocketAddr> {
        let length = usize::try_from(length).ok()?.min(28);
        parse_socket_address(&self.bytes(address, length))
    }

    /// The same, where the length is behind a pointer, as calls that give an address have it.
    pub fn given_address(self, address: u64, length_at: u64) -> Option<SocketAddr> {
        let length = u64::try_from(self.int(length_at)?).ok()?;
        self.socket_address(address, length)
    }

    /// The buffers of a list of so many: where each begins, and how long it is.
    pub fn buffers(self, address: u64, count: u64) -> Vec<(u64, u64)> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(LIST_LIMIT);
        let bytes = self.bytes(address, count * 16);
        let pairs = bytes.as_chunks::<16>().0.iter();
        pairs
            .filter_map(|pair| Some((word(pair, 0)?, word(pair, 1)?)))
            .collect()
    }

    /// The headers of a list of so many messages (`struct mmsghdr`).
    pub fn message_headers(self, address: u64, count: u64) -> Vec<MessageHeader> {
        const SIZE: usize = 64;
        let count = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(MESSAGES_LIMIT);
        let bytes = self.bytes(address, count * SIZE);
        let headers = bytes.as_chunks::<SIZE>().0.iter();
        headers
            .filter_map(|bytes| MessageHeader::parse(bytes))
            .collect()
    }

    /// The header of one message (`struct msghdr`).
    pub fn message_header(self, address: u64) -> Option<MessageHeader> {
        MessageHeader::parse(&self.bytes(address, 56))
    }

    /// The first of `length` bytes that lie in these buffers, one after the other.
    pub fn gather(self, buffers: &[(u64, u64)], length: u64) -> Vec<u8> {
        let mut left = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(KEPT_BYTES);
        let mut gathered = Vec::new();
        for (address, room) in buffers {
            let part = usize::try_from(*room).unwrap_or(usize::MAX).min(left);
            gathered.extend(self.bytes(*address, part));
            left -= part;
        }
        gathered
    }

    /// The descriptors of a list of `pollfd`s.
    pub fn polled(self, address: u64, count: u64) -> Vec<i32> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(LIST_LIMIT);
        let bytes = self.bytes(address, count * 8);
        let entries = bytes.as_chunks::<8>().0.iter();
        entries
            .map(|[a, b, c, d, ..]| i32::from_ne_bytes([*a, *b, *c, *d]))
            .filter(|descriptor| *descriptor >= 0)
            .collect()
    }

    /// The descriptors of an `fd_set`, of those below `count`.
    pub fn selected(self, address: u64, count: u64) -> Vec<i32> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(LIST_LIMIT);
        let bytes = self.bytes(address, count.div_ceil(8));
        (0..count)
            .filter(|bit| {
                bytes
                    .get(bit / 8)
                    .is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
            })
            .filter_map(|bit| i32::try_from(bit).ok())
            .collect()
    }
}

/// Where the parts of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageHeader {
    /// Where its address is, and how many bytes that has.
    pub name: (u64, u64),
    /// Where the list of its buffers is, and how many there are.
    pub buffers: (u64, u64),
    /// How many bytes were moved, as the kernel says in a list of messages.
    pub moved: u64,
}

impl MessageHeader {
    /// `struct msghdr` or `struct mmsghdr`, as 64-bit machines lay them out.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let moved = bytes.get(56..).and_then(|rest| rest.first_chunk::<4>());
        Some(Self {
            name: (word(bytes, 0)?, word(bytes, 1)? & u64::from(u32::MAX)),
            buffers: (word(bytes, 2)?, word(bytes, 3)?),
            moved: moved.map_or(0, |moved| u32::from_ne_bytes(*moved).into()),
        })
    }
}

fn word(bytes: &[u8], index: usize) -> Option<u64> {
    let words = bytes.as_chunks::<8>().0;
    words.get(index).map(|word| u64::from_ne_bytes(*word))
}

/// The internet address in a `sockaddr`.
fn parse_socket_address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(*bytes.first_chunk()?));
    let port = u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    match family {
        libc::AF_INET => {
            let address: [u8; 4] = *bytes.get(4..)?.first_chunk()?;
            Some((Ipv4Addr::from(address), port).into())
        }
        libc::AF_INET6 => {
            let address: [u8; 16] = *bytes.get(8..)?.first_chunk()?;
            Some(SocketAddrV6::new(Ipv6Addr::from(address), port, 0, 0).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_what_is_no_whole_address_is_none() {
        let mut bytes = u16::try_from(libc::AF_INET).unwrap().to_ne_bytes().to_vec();
        bytes.extend([0x30, 0x39, 192, 168, 1, 6]);
        let expected = "192.168.1.6:12345".parse().unwrap();
        assert_eq!(parse_socket_address(&bytes), Some(expected));
        for length in 0..bytes.len() {
            assert_eq!(parse_socket_address(&bytes[..length]), None, "{length}");
        }
    }

    #[test]
    fn memory_that_is_not_there_reads_as_nothing() {
        let own = Memory::of(i32::try_from(std::process::id()).unwrap());
        assert!(own.bytes(8, 100).is_empty());
        assert_eq!(own.socket_address(u64::MAX, 16), None);
        assert_eq!(own.buffers(0, u64::MAX), []);
        assert_eq!(own.message_headers(0, u64::MAX), []);
        assert_eq!(own.message_header(8), None);
        let text = *b"here";
        assert_eq!(own.bytes(text.as_ptr() as u64, 4), text);
    }
}
