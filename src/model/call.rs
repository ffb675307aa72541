//! One system call of a program on a socket: what was asked, what came of it, and when.
//!
//! The lab records calls; what each has to do with frames is a [tie](super::tie).

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::frame::Timestamp;

/// The place of a call in its recording, in the order in which the calls were entered; from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// One system call that a program made on a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its place among all calls.
    pub id: CallId,
    /// The name of the host that the program runs on.
    pub host: Arc<str>,
    /// The program's name as the kernel has it: 15 bytes at most, foreign text.
    pub program: Arc<str>,
    /// The process, as the system counts.
    pub pid: u32,
    /// The thread; of the first thread the same number as the process.
    pub tid: u32,
    /// The kernel's name of the call, such as `sendto`.
    pub name: &'static str,
    /// What it was asked to do, and what it handed over.
    pub action: Action,
    /// The names of the flags with which it sends or receives, such as `MSG_MORE`.
    pub flags: Vec<&'static str>,
    /// The file descriptor that it was about; none for `socket` and for waits.
    pub descriptor: Option<i32>,
    /// The socket behind that descriptor; of `socket` the new one. `None` where none could be found.
    pub socket: Option<Socket>,
    /// Of a call that failed since its descriptor is none any more (`EBADF`): the socket that it was of.
    pub former: Option<Socket>,
    /// When the kernel was entered.
    pub entered: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

impl Call {
    /// When it was left; `None` of a call that never was.
    pub const fn left(&self) -> Option<Timestamp> {
        match self.outcome {
            Outcome::Returned { at, .. } | Outcome::Failed { at, .. } => Some(at),
            Outcome::NeverReturned => None,
        }
    }

    /// What it returned; `None` where it failed or never returned.
    pub const fn returned(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Returned { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The error that it failed with, or that was asked for and there (`SO_ERROR`).
    pub const fn error(&self) -> Option<CallError> {
        match (self.outcome, &self.action) {
            (Outcome::Failed { error, .. }, _) => Some(error),
            (
                _,
                Action::GetOption {
                    value: Some(OptionValue::Error(error)),
                    ..
                },
            ) => Some(*error),
            _ => None,
        }
    }

    /// How many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let data = match &self.action {
            Action::Send { data, .. } | Action::Receive { data, .. } => data.len(),
            Action::SendMany { messages } | Action::ReceiveMany { messages, .. } => {
                let data: usize = messages.iter().map(|message| message.data.len()).sum();
                data + size_of_val(messages.as_slice())
            }
            Action::Wait { sockets, .. } | Action::CloseAll { sockets, .. } => {
                size_of_val(sockets.as_slice())
            }
            _ => 0,
        };
        size_of::<Self>() + data
    }

    /// An IPv4 address that the call, or its socket, has in the spelling of IPv6 (RFC 4291, section 2.5.5.2):
    /// `::ffff:192.168.1.7`.
    pub fn mapped_address(&self) -> Option<Ipv4Addr> {
        let of_socket = |socket: &Option<Socket>| socket.and_then(|socket| socket.peer);
        let of_action = match &self.action {
            Action::Bind { address } | Action::AskAddress { address } => *address,
            Action::Accept { connection } => of_socket(connection),
            Action::Connect { to } | Action::Send { to, .. } => *to,
            Action::Receive { from, .. } => *from,
            _ => None,
        };
        [of_action, of_socket(&self.socket)]
            .into_iter()
            .flatten()
            .find_map(|address| match address.ip() {
                IpAddr::V6(address) => address.to_ipv4_mapped(),
                IpAddr::V4(_) => None,
            })
    }

    /// How many bytes it handed to the kernel or took from it; `None` of a call that moves none, failed
    /// or never returned.
    pub fn moved(&self) -> Option<u64> {
        match &self.action {
            Action::Send { .. } | Action::Receive { .. } => self.returned(),
            Action::SendMany { .. } | Action::ReceiveMany { .. } => {
                self.returned()?;
                Some(self.messages().map(|message| message.length).sum())
            }
            _ => None,
        }
    }

    /// Of a call that moves several messages at once, those that it moved.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        let messages = match &self.action {
            Action::SendMany { messages } | Action::ReceiveMany { messages, .. } => messages,
            _ => [].as_slice(),
        };
        let moved = usize::try_from(self.returned().unwrap_or(0)).unwrap_or(usize::MAX);
        messages.iter().take(moved)
    }

    /// Whether it is a receive that was told the end of its stream: of a call with room, 0 bytes.
    pub fn was_told_the_end(&self) -> bool {
        let room = match &self.action {
            Action::Receive { room, .. } => *room,
            Action::ReceiveMany { messages, .. } => room_of(messages),
            _ => return false,
        };
        room > 0 && self.moved() == Some(0)
    }
}

/// How many bytes messages have or have room for, in all.
pub fn room_of(messages: &[Message]) -> u64 {
    let rooms = messages.iter().map(|message| message.room);
    rooms.fold(0, u64::saturating_add)
}

/// Calls of the program of one host that are not told one by one, since there were too many or they could not be
/// followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omitted {
    /// The name of the host.
    pub host: Arc<str>,
    /// How many: its last ones. `None` where nobody could count them.
    pub calls: Option<u64>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Returned {
        /// When.
        at: Timestamp,
        /// What it returned.
        value: u64,
    },
    /// It failed.
    Failed {
        /// When.
        at: Timestamp,
        /// The error.
        error: CallError,
    },
    /// The program was still in it when it ended, or was ended.
    NeverReturned,
}

/// The value of a socket option: socket(7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// A number; of a switch, 0 is off.
    Number(i32),
    /// What went wrong at the socket since it was last asked (`SO_ERROR`).
    Error(CallError),
    /// How long a call waits at most.
    Wait {
        /// 0: for ever.
        microseconds: u64,
    },
    /// Whether `close` waits until all is sent (`SO_LINGER`).
    Linger {
        /// For how long at most, 0: it breaks the connection off; `None` where it does not wait.
        seconds: Option<i32>,
    },
}

/// The kernel's number of an error, with its name: errno(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallError {
    /// The number.
    pub number: i32,
    /// Its name, such as `ECONNREFUSED`.
    pub name: &'static str,
}

impl CallError {
    /// What it means, in the C library's words, as perror(3) has them: `Connection refused`.
    pub fn meaning(&self) -> String {
        let mut words = io::Error::from_raw_os_error(self.number).to_string();
        // The standard library adds the number.
        words.truncate(words.rfind(" (os error").unwrap_or(words.len()));
        words
    }
}

/// What a call was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make a socket.
    Open {
        /// For which addresses.
        family: Family,
        /// What is to carry its bytes: told before there is a socket, and where there is none in the end.
        carrier: Carrier,
    },
    /// Give it an address of this host.
    Bind {
        /// Which; `None` where it is of no internet family.
        address: Option<SocketAddr>,
    },
    /// Take connections.
    Listen {
        /// How many may wait.
        backlog: i32,
    },
    /// Take the next connection.
    Accept {
        /// The socket of that connection.
        connection: Option<Socket>,
    },
    /// Connect to another socket.
    Connect {
        /// Which; `None` where it is of no internet family.
        to: Option<SocketAddr>,
    },
    /// Hand bytes to the kernel.
    Send {
        /// How many it wanted to hand over.
        asked: u64,
        /// To whom, where the call says so.
        to: Option<SocketAddr>,
        /// The first of the bytes that the kernel took.
        data: Vec<u8>,
    },
    /// Take bytes from the kernel.
    Receive {
        /// How many it had room for.
        room: u64,
        /// From whom, where the call was told.
        from: Option<SocketAddr>,
        /// Whether the bytes stay, to be received again (`MSG_PEEK`).
        peek: bool,
        /// The first of the bytes that it got.
        data: Vec<u8>,
    },
    /// Hand several messages to the kernel at once.
    SendMany {
        /// They; the call returns how many of them it took.
        messages: Vec<Message>,
    },
    /// Take several messages from the kernel at once.
    ReceiveMany {
        /// Whether they stay, to be received again (`MSG_PEEK`).
        peek: bool,
        /// They; the call returns how many it got.
        messages: Vec<Message>,
    },
    /// End one direction, or both.
    Shutdown {
        /// Which.
        how: Direction,
    },
    /// Give the descriptor up.
    Close,
    /// Give several descriptors up at once, as `close_range` does, `execve` with those that are marked so,
    /// and the end of a process with all of them: `exit`, which returns the code that the process ended
    /// with, or 128 and the number of the signal that ended it.
    CloseAll {
        /// The sockets behind them, with the descriptors.
        sockets: Vec<(i32, Socket)>,
        /// The signal that ended the process, as `SIGKILL`.
        signal: Option<&'static str>,
    },
    /// Make a ring through which calls could be made that nobody sees (`io_uring`). It is refused.
    OpenRing,
    /// Choose an option.
    SetOption {
        /// Its name, such as `SO_REUSEADDR`; `None` of one that has no name here.
        option: Option<&'static str>,
        /// Its value, where it is a number or a time.
        value: Option<OptionValue>,
    },
    /// Ask for an option.
    GetOption {
        /// Its name.
        option: Option<&'static str>,
        /// Its value, where it is a number or a time.
        value: Option<OptionValue>,
    },
    /// Say whether calls on the socket may wait (`O_NONBLOCK`, `FIONBIO`).
    SetBlocking {
        /// Whether they may.
        blocking: bool,
    },
    /// Ask for the address of the socket or of its peer.
    AskAddress {
        /// The answer.
        address: Option<SocketAddr>,
    },
    /// Have one more descriptor of the same socket.
    Duplicate,
    /// Wait until one of several descriptors can be used.
    Wait {
        /// The sockets waited for, with their descriptors, where the call names them.
        sockets: Vec<(i32, Socket)>,
        /// Whether it waits for something else too, or may: a terminal, a pipe, a signal.
        others: bool,
        /// How long at most, in milliseconds; `None`: for ever.
        timeout_ms: Option<u64>,
    },
}

/// One of several messages that a call moves at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// To whom it is to go, or from whom it came, where the call says so.
    pub address: Option<SocketAddr>,
    /// How many bytes it has, or has room for.
    pub room: u64,
    /// How many of them were moved.
    pub length: u64,
    /// The first of these.
    pub data: Vec<u8>,
}

/// For which addresses a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 (`AF_INET`).
    Ipv4,
    /// IPv6 (`AF_INET6`), and IPv4 where it is not told to keep to IPv6.
    Ipv6,
}

/// Which half of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What the program receives.
    Receiving,
    /// What the program sends.
    Sending,
    /// The two of them.
    Both,
}

/// What carries a socket's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP or `ICMPv6`, as of `ping`.
    Icmp,
    /// An internet protocol that is none of these.
    Other,
}

/// A socket, as it was at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its identity, the same for every descriptor, thread and process that shares it.
    pub inode: u64,
    /// What carries its bytes.
    pub carrier: Carrier,
    /// Its own address, when it had one.
    pub local: Option<SocketAddr>,
    /// The address that it is connected to, when it was.
    pub peer: Option<SocketAddr>,
}
