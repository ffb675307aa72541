//! Which socket a descriptor stands for.

use std::collections::HashMap;
use std::fs;
use std::os::fd::AsFd;

use crate::model::call::{Carrier, Socket};
use crate::sys::{child, foreign_socket};

/// How many sockets are known at a time; beyond, all are asked again.
const KNOWN_LIMIT: usize = 10_000;

/// The sockets that a program and its children have shown, by their identity.
#[derive(Debug, Default)]
pub struct Sockets {
    /// `None`: no internet socket.
    known: HashMap<u64, Option<Socket>>,
}

impl Sockets {
    /// The internet socket that a thread of a process has as `descriptor`, where it is one.
    pub fn find(&mut self, thread: i32, process: i32, descriptor: i32) -> Option<Socket> {
        let inode = inode(thread, descriptor)?;
        match self.known.get(&inode) {
            Some(None) => None,
            Some(Some(socket)) if socket.local.is_some() => Some(*socket),
            _ => self.ask(inode, process, descriptor),
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

    fn ask(&mut self, inode: u64, process: i32, descriptor: i32) -> Option<Socket> {
        let process = child::pidfd(process.unsigned_abs()).ok()?;
        let asked = foreign_socket::ask(process.as_fd(), descriptor).ok()?;
        let carrier = match (asked.kind, asked.protocol) {
            (_, libc::IPPROTO_TCP) => Carrier::Tcp,
            (_, libc::IPPROTO_UDP) => Carrier::Udp,
            _ => Carrier::Other,
        };
        let socket = matches!(asked.family, libc::AF_INET | libc::AF_INET6).then_some(Socket {
            inode,
            carrier,
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

/// The identity of the socket behind a thread's descriptor.
fn inode(thread: i32, descriptor: i32) -> Option<u64> {
    let link = fs::read_link(format!("/proc/{thread}/fd/{descriptor}")).ok()?;
    let inside = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
    inside.parse().ok()
}
