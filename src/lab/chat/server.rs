//! The chat's server.

use std::collections::HashSet;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;

use super::{ChatError, Style, Transport, plain, printed, say, talking};
use crate::model::utf8::Utf8Pieces;
use crate::protocols::chat_wire::{RECEIVE_BYTES, WELCOME};

/// What the server is to do.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// What carries the chat.
    pub transport: Transport,
    /// How it goes.
    pub style: Style,
    /// The address to listen on; `None` for all of this host's, of both families.
    pub address: Option<IpAddr>,
    /// The port; 0 for any that is free.
    pub port: u16,
}

/// How many clients are served at once in the loop style; further ones wait in the kernel's queue.
pub const MOST_CLIENTS: usize = 64;

/// How many UDP clients are remembered; when more come, all are forgotten and welcomed anew.
pub const MOST_PEERS: usize = 1024;

/// Serves: one client in the one-shot style, all that come in the loop style.
///
/// # Errors
///
/// The port cannot be had, or talking to the one client fails.
pub fn run(settings: &ServerSettings) -> Result<(), ChatError> {
    match settings.transport {
        Transport::Tcp => {
            let listener = listen(settings, TcpListener::bind)?;
            announce(settings, listener.local_addr());
            match settings.style {
                Style::OneShot => serve_one(&listener),
                Style::Loop => serve_all(&listener),
            }
        }
        Transport::Udp => {
            let socket = listen(settings, UdpSocket::bind)?;
            announce(settings, socket.local_addr());
            serve_datagrams(&socket, settings.style)
        }
    }
}

/// Binds to the address wanted; without one to both families, or IPv4 where there is no IPv6.
fn listen<T>(
    settings: &ServerSettings,
    bind: impl Fn(SocketAddr) -> io::Result<T>,
) -> Result<T, ChatError> {
    let port = settings.port;
    let wanted = settings.address.unwrap_or(Ipv6Addr::UNSPECIFIED.into());
    let address = SocketAddr::new(wanted, port);
    match bind(address) {
        Err(error) if settings.address.is_none() && error.kind() != io::ErrorKind::AddrInUse => {
            let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
            bind(address).map_err(|source| ChatError::Listen { address, source })
        }
        bound => bound.map_err(|source| ChatError::Listen { address, source }),
    }
}

fn announce(settings: &ServerSettings, address: io::Result<SocketAddr>) {
    let address = address.map_or_else(|_| "?".to_owned(), |address| plain(address).to_string());
    let (transport, style) = (settings.transport.name(), settings.style.name());
    say(&format!(
        "listening on {address} ({transport}, {style} style)"
    ));
}

fn serve_one(listener: &TcpListener) -> Result<(), ChatError> {
    let (mut stream, peer) = listener.accept().map_err(talking("waiting for a client"))?;
    let peer = plain(peer);
    say(&format!("{peer} connected"));
    stream
        .write_all(WELCOME)
        .map_err(talking(format!("sending to {peer}")))?;
    let mut buffer = [0; RECEIVE_BYTES];
    let count = stream
        .read(&mut buffer)
        .map_err(talking(format!("receiving from {peer}")))?;
    if count == 0 {
        say(&format!("{peer} left without a word"));
    } else {
        say(&format!("{peer}: {}", printed(&buffer[..count])));
    }
    Ok(())
}

fn serve_all(listener: &TcpListener) -> Result<(), ChatError> {
    let serving = Arc::new(AtomicUsize::new(0));
    loop {
        if serving.load(Ordering::Acquire) >= MOST_CLIENTS {
            say(&format!(
                "{MOST_CLIENTS} clients are here, and no more are served at once: the next waits until one leaves"
            ));
        }
        while serving.load(Ordering::Acquire) >= MOST_CLIENTS {
            thread::sleep(A_WHILE);
        }
        match listener.accept() {
            Ok((stream, peer)) => {
                serving.fetch_add(1, Ordering::AcqRel);
                let leaving = Arc::clone(&serving);
                let started = thread::Builder::new().spawn(move || {
                    serve(stream, plain(peer));
                    leaving.fetch_sub(1, Ordering::AcqRel);
                });
                if let Err(error) = started {
                    serving.fetch_sub(1, Ordering::AcqRel);
                    say(&format!("{peer} cannot be served: {error}"));
                }
            }
            Err(error) if is_of_one_client(&error) => {}
            Err(error) if is_want_of_room(&error) => thread::sleep(A_WHILE),
            Err(error) => return Err(talking("waiting for a client")(error)),
        }
    }
}

/// Until there may be room again.
const A_WHILE: Duration = Duration::from_millis(10);

/// Whether an error of accept(2) is about the client that would have come: it gave up between its SYN and our accept,
/// or the network to it has failed.
fn is_of_one_client(error: &io::Error) -> bool {
    let known = error.raw_os_error().map(Errno::from_raw);
    matches!(
        known,
        Some(
            Errno::ECONNABORTED
                | Errno::EPROTO
                | Errno::ENETDOWN
                | Errno::ENETUNREACH
                | Errno::EHOSTDOWN
                | Errno::EHOSTUNREACH
                | Errno::ENONET
                | Errno::EINTR
        )
    )
}

/// Whether an error of accept(2) is that there are too many descriptors, or too little memory, just now.
fn is_want_of_room(error: &io::Error) -> bool {
    let known = error.raw_os_error().map(Errno::from_raw);
    matches!(
        known,
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)
    )
}

/// Talks to one client until it leaves; nothing that it does ends the server.
fn serve(mut stream: TcpStream, peer: SocketAddr) {
    say(&format!("{peer} joined"));
    match receive_all(&mut stream, peer) {
        Ok(()) => say(&format!("{peer} left")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
            say(&format!("{peer} broke the connection off (RST)"));
        }
        Err(error) => say(&format!("{peer} was lost: {error}")),
    }
}

fn receive_all(stream: &mut TcpStream, peer: SocketAddr) -> io::Result<()> {
    stream.write_all(WELCOME)?;
    let mut pieces = Utf8Pieces::default();
    let mut buffer = [0; RECEIVE_BYTES];
    loop {
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let text = if count == 0 {
            // The end of the stream: the client will send nothing more, ever.
            printed(pieces.begun())
        } else {
            printed(&pieces.complete(&buffer[..count]))
        };
        if !text.is_empty() {
            say(&format!("{peer}: {text}"));
        }
        if count == 0 {
            return Ok(());
        }
    }
}

/// The longest datagram that there can be.
const LONGEST_DATAGRAM: usize = 65_535;

fn serve_datagrams(socket: &UdpSocket, style: Style) -> Result<(), ChatError> {
    say("over UDP there is no connection: nobody is told when a client goes");
    let mut welcomed = HashSet::new();
    let mut buffer = vec![0; LONGEST_DATAGRAM];
    loop {
        let (count, peer) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            // An ICMP error that an answer of ours has met; it does not concern the others.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return Err(talking("waiting for a datagram")(error)),
        };
        let shown = plain(peer);
        say(&format!("{shown}: {}", printed(&buffer[..count])));
        if welcomed.len() >= MOST_PEERS {
            welcomed.clear();
        }
        if welcomed.insert(peer)
            && let Err(error) = socket.send_to(WELCOME, peer)
        {
            say(&format!("{shown} cannot be answered: {error}"));
        }
        if style == Style::OneShot {
            return Ok(());
        }
    }
}
