//! A bounded flood of small datagrams on the loopback of a network namespace of its own.

use std::io::IoSlice;
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, sendmmsg};

/// Runs `act` on a thread in a new network namespace, whose loopback is up; what it starts is there too.
/// Needs root.
pub fn in_namespace<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    let inside = || {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may make a namespace");
        let up = Command::new("ip")
            .args(["link", "set", "lo", "up"])
            .status();
        assert!(up.is_ok_and(|status| status.success()), "ip sets lo up");
        act()
    };
    thread::scope(|scope| scope.spawn(inside).join().expect("it says itself why"))
}

/// Datagrams in one system call.
const AT_ONCE: usize = 512;

/// Two sockets of which the one sends and the other never reads.
pub struct Flood {
    sender: UdpSocket,
    _receiver: UdpSocket,
}

impl Flood {
    /// Nothing is sent yet.
    pub fn new() -> Self {
        let bind = || UdpSocket::bind("127.0.0.1:0").expect("a port is free");
        let (sender, receiver) = (bind(), bind());
        let address = receiver.local_addr().expect("it is bound");
        sender.connect(address).expect("a port of ours");
        Self {
            sender,
            _receiver: receiver,
        }
    }

    /// Sends so many datagrams of `length` bytes, as fast as the system takes them; how long that takes.
    pub fn send(&self, count: usize, length: usize) -> Duration {
        let payload = vec![b'x'; length];
        let slices = [[IoSlice::new(&payload)]; AT_ONCE];
        let mut headers = MultiHeaders::<()>::preallocate(AT_ONCE, None);
        let nobody: [Option<()>; AT_ONCE] = [None; AT_ONCE];
        let nothing: [ControlMessage<'_>; 0] = [];
        let begin = Instant::now();
        let mut left = count;
        while left > 0 {
            let now = &slices[..left.min(AT_ONCE)];
            let file = self.sender.as_raw_fd();
            let flags = MsgFlags::empty();
            let sent = sendmmsg(file, &mut headers, now, nobody, nothing, flags);
            left -= sent.expect("the loopback takes all").count();
        }
        begin.elapsed()
    }
}
