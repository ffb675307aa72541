//! The chat's client.

use std::io::{self, IsTerminal as _, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{ChatError, Style, Transport, plain, printed, say, talking};
use crate::model::utf8::Utf8Pieces;
use crate::protocols::chat_wire::{PROMPT, RECEIVE_BYTES};

/// What the client is to do.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// What carries the chat.
    pub transport: Transport,
    /// How it goes.
    pub style: Style,
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
}

/// How long a client waits for an answer that may never come over UDP, and for a server that does not
/// close its side.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest message in bytes: what a datagram over IPv4 holds. A longer line is sent in pieces.
const LONGEST_MESSAGE: usize = 65_507;

/// Talks to a server until the end of input.
///
/// # Errors
///
/// The server cannot be found or reached, or talking to it fails.
pub fn run(settings: &ClientSettings) -> Result<(), ChatError> {
    let addresses = resolve(settings)?;
    match settings.transport {
        Transport::Tcp => {
            let (stream, address) = connect(&addresses)?;
            let mut peer = Peer::Stream(stream, address);
            match settings.style {
                Style::OneShot => one_message(&mut peer),
                Style::Loop => many_messages(&mut peer),
            }
        }
        Transport::Udp => {
            let mut peer = prepare_datagrams(&addresses)?;
            match settings.style {
                Style::OneShot => one_message(&mut peer)?,
                Style::Loop => many_messages(&mut peer)?,
            }
            say("gone; over UDP the server is not told");
            Ok(())
        }
    }
}

fn resolve(settings: &ClientSettings) -> Result<Vec<SocketAddr>, ChatError> {
    let failed = |source| ChatError::Resolve {
        host: settings.host.escape_debug().to_string(),
        source,
    };
    let found: Vec<_> = (settings.host.as_str(), settings.port)
        .to_socket_addrs()
        .map_err(failed)?
        .collect();
    if found.is_empty() {
        return Err(failed(io::Error::other("the name has no address")));
    }
    Ok(found)
}

fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), ChatError> {
    let mut failure = None;
    for address in addresses {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok((stream, plain(*address))),
            Err(source) => {
                failure = Some(ChatError::Connect {
                    address: *address,
                    source,
                });
            }
        }
    }
    Err(failure.unwrap_or_else(|| talking("connecting")(io::ErrorKind::NotFound.into())))
}

fn prepare_datagrams(addresses: &[SocketAddr]) -> Result<Peer, ChatError> {
    let mut failure = None;
    for address in addresses {
        let any = if address.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let ready = UdpSocket::bind(any).and_then(|socket| {
            // Only sets the address: nothing is sent, and nobody is asked.
            socket.connect(address)?;
            Ok(socket)
        });
        match ready {
            Ok(socket) => return Ok(Peer::Datagrams(socket, plain(*address))),
            Err(source) => {
                failure = Some(ChatError::Connect {
                    address: *address,
                    source,
                });
            }
        }
    }
    Err(failure.unwrap_or_else(|| talking("connecting")(io::ErrorKind::NotFound.into())))
}

/// The server, as the client reaches it.
enum Peer {
    Stream(TcpStream, SocketAddr),
    Datagrams(UdpSocket, SocketAddr),
}

impl Peer {
    const fn address(&self) -> SocketAddr {
        match self {
            Self::Stream(_, address) | Self::Datagrams(_, address) => *address,
        }
    }

    fn send(&mut self, message: &[u8]) -> Result<(), ChatError> {
        let doing = talking(format!("sending to {}", self.address()));
        match self {
            Self::Stream(stream, _) => stream.write_all(message).map_err(doing),
            Self::Datagrams(socket, _) => socket.send(message).map(drop).map_err(doing),
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, ChatError> {
        let doing = talking(format!("receiving from {}", self.address()));
        match self {
            Self::Stream(stream, _) => stream.read(buffer).map_err(doing),
            Self::Datagrams(socket, _) => socket.recv(buffer).map_err(doing),
        }
    }

    /// What a receive of nothing means: over TCP the end, over UDP an empty message.
    const fn ends_with_nothing(&self) -> bool {
        matches!(self, Self::Stream(..))
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stream(stream, _) => stream.as_fd(),
            Self::Datagrams(socket, _) => socket.as_fd(),
        }
    }
}

fn one_message(peer: &mut Peer) -> Result<(), ChatError> {
    let mut stdin = io::stdin().lock().take(LONGEST_MESSAGE as u64);
    let mut bytes = Vec::new();
    io::BufRead::read_until(&mut stdin, b'\n', &mut bytes)
        .map_err(talking("reading the message"))?;
    peer.send(without_line_end(&bytes))?;
    if !is_ready(peer.as_fd(), PATIENCE)? {
        return Err(ChatError::NoAnswer {
            address: peer.address(),
            seconds: PATIENCE.as_secs(),
        });
    }
    let mut buffer = vec![0; RECEIVE_BYTES];
    let count = peer.receive(&mut buffer)?;
    say(&printed(&buffer[..count]));
    Ok(())
}

fn many_messages(peer: &mut Peer) -> Result<(), ChatError> {
    let mut conversation = Conversation {
        pieces: Utf8Pieces::default(),
        typed: Vec::new(),
        sent: false,
        heard: false,
        server_closed: false,
        cursor: Cursor::AtLineStart,
    };
    // Over TCP the server speaks first; over UDP it does not know of us yet.
    if peer.ends_with_nothing() {
        conversation.print_what_comes(peer)?;
    }
    conversation.prompt();
    while !conversation.server_closed {
        let [typed, came] = wait_for_either(peer.as_fd())?;
        if came {
            conversation.print_what_comes(peer)?;
        }
        if typed && !conversation.send_what_was_typed(peer)? {
            return conversation.take_leave(peer);
        }
    }
    say("the server closed the connection");
    Ok(())
}

struct Conversation {
    pieces: Utf8Pieces,
    /// What was typed and is no whole line yet.
    typed: Vec<u8>,
    sent: bool,
    heard: bool,
    server_closed: bool,
    cursor: Cursor,
}

/// Where what is printed next will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    AtLineStart,
    BehindPrompt,
}

impl Conversation {
    fn print_what_comes(&mut self, peer: &mut Peer) -> Result<(), ChatError> {
        let mut buffer = vec![0; RECEIVE_BYTES];
        let count = peer.receive(&mut buffer)?;
        self.heard = true;
        let text = if count == 0 && peer.ends_with_nothing() {
            self.server_closed = true;
            printed(self.pieces.begun())
        } else {
            printed(&self.pieces.complete(&buffer[..count]))
        };
        if !text.is_empty() {
            say(&text);
            self.cursor = Cursor::AtLineStart;
        }
        Ok(())
    }

    /// Sends the lines that are whole; whether there may be more.
    fn send_what_was_typed(&mut self, peer: &mut Peer) -> Result<bool, ChatError> {
        let mut buffer = [0; 4096];
        let count = nix::unistd::read(io::stdin(), &mut buffer)
            .map_err(io::Error::from)
            .map_err(talking("reading what is typed"))?;
        self.typed.extend_from_slice(&buffer[..count]);
        while let Some(length) = next_message(&self.typed) {
            let line: Vec<u8> = self.typed.drain(..length).collect();
            self.send(peer, without_line_end(&line))?;
            self.prompt();
        }
        let input_ends = count == 0;
        if input_ends && !self.typed.is_empty() {
            let line = std::mem::take(&mut self.typed);
            self.send(peer, &line)?;
        }
        Ok(!input_ends)
    }

    /// Asks for a line, where somebody is there to type one and to see it asked for.
    fn prompt(&mut self) {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return;
        }
        let mut stdout = io::stdout().lock();
        let _ = stdout
            .write_all(PROMPT.as_bytes())
            .and_then(|()| stdout.flush());
        self.cursor = Cursor::BehindPrompt;
    }

    fn send(&mut self, peer: &mut Peer, line: &[u8]) -> Result<(), ChatError> {
        self.sent = true;
        peer.send(line)
    }

    /// Says over TCP that nothing more will come, and hears what the server still has to say: over TCP
    /// until it closes, over UDP its first answer.
    fn take_leave(mut self, peer: &mut Peer) -> Result<(), ChatError> {
        // What comes next is not to stand behind a prompt that nobody answers.
        if self.cursor == Cursor::BehindPrompt {
            say("");
        }
        if let Peer::Stream(stream, _) = peer
            && stream.shutdown(Shutdown::Write).is_err()
        {
            return Ok(());
        }
        let deadline = Instant::now() + PATIENCE;
        while self.expects_more(peer) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !is_ready(peer.as_fd(), left)? {
                break;
            }
            self.print_what_comes(peer)?;
        }
        Ok(())
    }

    const fn expects_more(&self, peer: &Peer) -> bool {
        match peer {
            Peer::Stream(..) => !self.server_closed,
            Peer::Datagrams(..) => self.sent && !self.heard,
        }
    }
}

/// The length in bytes of the first message in what was typed, its line end with it.
fn next_message(typed: &[u8]) -> Option<usize> {
    let line_end = typed
        .iter()
        .take(LONGEST_MESSAGE)
        .position(|byte| *byte == b'\n');
    line_end
        .map(|end| end + 1)
        .or_else(|| (typed.len() >= LONGEST_MESSAGE).then_some(LONGEST_MESSAGE))
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_ready(descriptor: BorrowedFd<'_>, patience: Duration) -> Result<bool, ChatError> {
    let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    let mut watched = [PollFd::new(descriptor, PollFlags::POLLIN)];
    poll(&mut watched, patience)
        .map(|count| count > 0)
        .map_err(io::Error::from)
        .map_err(talking("waiting for the server"))
}

/// Waits until something was typed, or something came.
fn wait_for_either(peer: BorrowedFd<'_>) -> Result<[bool; 2], ChatError> {
    let stdin = io::stdin();
    let mut watched = [
        PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
        PollFd::new(peer, PollFlags::POLLIN),
    ];
    poll(&mut watched, PollTimeout::NONE)
        .map_err(io::Error::from)
        .map_err(talking("waiting for the server or the keyboard"))?;
    Ok(watched.map(|watched| watched.any().unwrap_or(true)))
}
