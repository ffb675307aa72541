//! The chat's two programs: as in the socket tutorials, with the tutorials' faults mended.
//!
//! They are ordinary programs over ordinary sockets: they know nothing of the lab, and talk to any
//! program that speaks plain text on a socket. They use `protocols::chat_wire`, so that what they send
//! cannot drift from what the dissector reads.

use std::io::{self, Write};
use std::net::SocketAddr;

use thiserror::Error;

use crate::model::text;

pub mod client;
pub mod server;

/// What carries the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A connection with a stream of bytes each way.
    Tcp,
    /// Single datagrams.
    Udp,
}

impl Transport {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// How the chat goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// One message each way.
    OneShot,
    /// Messages until the client leaves.
    Loop,
}

impl Style {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneShot => "one-shot",
            Self::Loop => "loop",
        }
    }
}

/// Why a chat program ended early.
#[derive(Debug, Error)]
pub enum ChatError {
    /// The server cannot have its port.
    #[error("cannot listen on {address}: {}", listen_cause(.source, .address.port()))]
    Listen {
        /// What it asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The client cannot find out the server's address.
    #[error(
        "cannot find the address of {host}: {source}; is the name spelled right? an address such as 192.168.1.6 works too"
    )]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// The client cannot reach the server.
    #[error("cannot connect to {address}: {}", connect_cause(.source))]
    Connect {
        /// The address tried last.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Sending or receiving failed.
    #[error("while {doing}: {}", talk_cause(.source))]
    Talk {
        /// What was being done, and with whom.
        doing: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server did not answer.
    #[error(
        "no answer from {address} within {seconds} s: over UDP nobody tells whether the message was lost, or nobody is there"
    )]
    NoAnswer {
        /// The server.
        address: SocketAddr,
        /// How long the client waited.
        seconds: u64,
    },
}

fn listen_cause(error: &io::Error, port: u16) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another program has port {port} already; end it, or choose another port with --port"
        ),
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for root alone; choose one from 1024 up, or use sudo".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this host does not have that address (see `netinspect interfaces`)".to_owned()
        }
        _ => error.to_string(),
    }
}

fn connect_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "refused (RST): the host is there, but no program listens on that port; start the server first".to_owned()
        }
        io::ErrorKind::TimedOut => {
            "no answer to any SYN: the host is off, or a firewall drops the packets".to_owned()
        }
        io::ErrorKind::HostUnreachable => {
            "no route, or nobody answers ARP for that address".to_owned()
        }
        _ => error.to_string(),
    }
}

fn talk_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset => {
            "the other side broke the connection off (RST)".to_owned()
        }
        io::ErrorKind::ConnectionRefused => {
            "refused (ICMP port unreachable): no program has that port".to_owned()
        }
        io::ErrorKind::BrokenPipe => "the other side has closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

fn talking(doing: impl Into<String>) -> impl FnOnce(io::Error) -> ChatError {
    let doing = doing.into();
    move |source| ChatError::Talk { doing, source }
}

/// An address as people write it: an IPv4 client of a socket for both families as plain IPv4.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Prints a line at once. Where nobody reads it any more, that is no reason to stop talking.
fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// What came, fit for a terminal.
fn printed(bytes: &[u8]) -> String {
    let mut text = String::new();
    text::push_printed(&mut text, bytes);
    text
}
