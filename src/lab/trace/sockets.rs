//! Which socket a descriptor stands for.

use std::collections::HashMap;
use std::fs;
use std::os::fd::AsFd;

use crate::model::call::{Carrier, Socket};
use crate::sys::{child, foreign_socket};

/// How many sockets are known at a time; beyond, all are asked again.
const KNOWN_LIMIT: usize = 10_000;

/// The descriptors of input, output and errors.
pub const STANDARD_STREAMS: [i32; 3] =
    [libc::STDIN_FILENO, libc::STDOUT_FILENO, libc::STDERR_FILENO];

/// The sockets that a program and its children have shown, by their identity.
#[derive(Debug, Default)]
pub struct Sockets {
    /// `None`: no internet socket.
    known: HashMap<u64, Option<Socket>>,
    /// What descriptors were of that a process has closed.
    closed: HashMap<(i32, i32), Socket>,
}

impl Sockets {
    /// The internet socket that a thread of a process has as `descriptor`, where it is one; as it was when it was
    /// [last asked](Self::find_again).
    pub fn find(&mut self, thread: i32, process: i32, descriptor: i32) -> Option<Socket> {
        let inode = inode(thread, descriptor)?;
        match self.known.get(&inode) {
            Some(known) => *known,
            None => self.ask(inode, process, descriptor),
        }
    }

    /// The same, as it is now: a call may just have given it an address.
    pub fn find_again(&mut self, thread: i32, process: i32, descriptor: i32) -> Option<Socket> {
        let inode = inode(thread, descriptor)?;
        match self.known.get(&inode) {
            Some(None) => None,
            Some(Some(socket)) if socket.peer.is_some() && socket.carrier == Carrier::Tcp => {
                Some(*socket)
            }
            _ => self.ask(inode, process, descriptor),
        }
    }

    /// The internet socket that a process had as `descriptor`, where nothing is behind that any more.
    pub fn former(&self, thread: i32, process: i32, descriptor: i32) -> Option<Socket> {
        let former = self.closed.get(&(process, descriptor))?;
        (!is_open(thread, descriptor)).then_some(*former)
    }

    /// A process has closed a descriptor of a socket.
    pub fn note_closed(&mut self, process: i32, descriptor: i32, socket: Socket) {
        if self.closed.len() >= KNOWN_LIMIT {
            self.closed.clear();
        }
        self.closed.insert((process, descriptor), socket);
    }

    /// A process has ended: its number may become another one's.
    pub fn forget(&mut self, process: i32) {
        self.closed.retain(|(of, _), _| *of != process);
    }

    /// All internet sockets that a thread has, with their descriptors, in the order of these.
    pub fn all(&mut self, thread: i32, process: i32) -> Vec<(i32, Socket)> {
        let found = descriptors(thread).into_iter();
        let sockets = found.filter_map(|one| Some((one, self.find(thread, process, one)?)));
        sockets.collect()
    }

    /// Of these, those that another program would not get: they are closed when it is executed.
    pub fn all_closed_on_exec(&mut self, thread: i32, process: i32) -> Vec<(i32, Socket)> {
        let mut all = self.all(thread, process);
        all.retain(|(descriptor, _)| is_closed_on_exec(thread, *descriptor));
        all
    }

    /// The internet sockets that are waited for through an epoll descriptor. The kernel tells: the set is one
    /// for every descriptor of it, in every process, and so are those in it, whatever becomes of the numbers
    /// that they had.
    pub fn of_epoll(&mut self, thread: i32, process: i32, epoll: i32) -> Vec<(i32, Socket)> {
        let told = fs::read_to_string(format!("/proc/{thread}/fdinfo/{epoll}")).unwrap_or_default();
        let targets = told.lines().filter_map(parse_target);
        let sockets = targets.filter_map(|(descriptor, target)| {
            let socket = match self.known.get(&target) {
                Some(known) => *known,
                None if inode(thread, descriptor) == Some(target) => {
                    self.find(thread, process, descriptor)
                }
                None => None,
            };
            Some((descriptor, socket?))
        });
        // The kernel has them in an order of its own.
        let mut sockets: Vec<_> = sockets.collect();
        sockets.sort_unstable_by_key(|(descriptor, _)| *descriptor);
        sockets
    }

    fn ask(&mut self, inode: u64, process: i32, descriptor: i32) -> Option<Socket> {
        let process = child::pidfd(process.unsigned_abs()).ok()?;
        let asked = foreign_socket::ask(process.as_fd(), descriptor).ok()?;
        let socket = matches!(asked.family, libc::AF_INET | libc::AF_INET6).then_some(Socket {
            inode,
            carrier: carrier_of(asked.protocol),
            local: asked.local,
            peer: asked.peer,
        });
        if self.known.len() >= KNOWN_LIMIT {
            self.known.clear();
        }
        self.known.insert(inode, socket);
        socket
    }
}

/// What carries the bytes of a socket of this protocol.
pub const fn carrier_of(protocol: i32) -> Carrier {
    match protocol {
        libc::IPPROTO_TCP => Carrier::Tcp,
        libc::IPPROTO_UDP => Carrier::Udp,
        libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6 => Carrier::Icmp,
        _ => Carrier::Other,
    }
}

/// Whether a thread has something as each of its standard streams.
pub fn has_standard_streams(thread: i32) -> bool {
    let mut streams = STANDARD_STREAMS.into_iter();
    streams.all(|stream| is_open(thread, stream))
}

fn is_open(thread: i32, descriptor: i32) -> bool {
    fs::symlink_metadata(format!("/proc/{thread}/fd/{descriptor}")).is_ok()
}

/// The identity of the socket behind a thread's descriptor.
fn inode(thread: i32, descriptor: i32) -> Option<u64> {
    let link = fs::read_link(format!("/proc/{thread}/fd/{descriptor}")).ok()?;
    let inside = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
    inside.parse().ok()
}

/// The descriptors that a thread has.
fn descriptors(thread: i32) -> Vec<i32> {
    let entries = fs::read_dir(format!("/proc/{thread}/fd"))
        .into_iter()
        .flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut descriptors: Vec<i32> = names.collect();
    descriptors.sort_unstable();
    descriptors
}

fn is_closed_on_exec(thread: i32, descriptor: i32) -> bool {
    let told =
        fs::read_to_string(format!("/proc/{thread}/fdinfo/{descriptor}")).unwrap_or_default();
    let flags = told.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & libc::O_CLOEXEC != 0)
}

/// A line of what the kernel tells of an epoll descriptor: the number that a target had when it was added,
/// and its identity. `tfd:        5 events:       19 data:                5  pos:0 ino:57 sdev:8`
fn parse_target(line: &str) -> Option<(i32, u64)> {
    let (descriptor, rest) = line.strip_prefix("tfd:")?.split_once("events:")?;
    let (_, inode) = rest.split_once("ino:")?;
    let inode = inode.split_whitespace().next()?;
    Some((
        descriptor.trim().parse().ok()?,
        u64::from_str_radix(inode, 16).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_of_an_epoll_descriptor_are_read_as_the_kernel_writes_them() {
        let line = "tfd:        5 events:       19 data:                5  pos:0 ino:2f sdev:8";
        assert_eq!(parse_target(line), Some((5, 0x2f)));
        for line in ["pos:\t0", "ino:\t1071", "tfd: x events: 1 ino:1", ""] {
            assert_eq!(parse_target(line), None, "{line}");
        }
    }
}
