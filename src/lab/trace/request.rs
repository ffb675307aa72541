//! From a call's registers to what it means: at its entry what is asked, at its end what came of it.

use std::collections::BTreeSet;

use super::memory::{KEPT_BYTES, LIST_LIMIT, Memory, MessageHeader};
use super::options;
use super::sockets::{STANDARD_STREAMS, Sockets, carrier_of};
use super::table::Shape;
use crate::model::call::{Action, Carrier, Direction, Family, Message, OptionValue, Socket};

/// A call that a thread is in.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The thread.
    pub thread: i32,
    /// Its process.
    pub process: i32,
    /// How the arguments are laid out.
    pub shape: Shape,
    /// They.
    pub arguments: [u64; 6],
}

/// What a call is about.
#[derive(Debug)]
pub struct Matter {
    /// Its descriptor, where it has one of its own.
    pub descriptor: Option<i32>,
    /// The socket behind it.
    pub socket: Option<Socket>,
    /// The socket that was behind it, where nothing is.
    pub former: Option<Socket>,
    /// What is to be done with it.
    pub action: Action,
}

/// Which sockets there are.
#[derive(Debug, Default)]
pub struct World {
    sockets: Sockets,
}

impl World {
    /// What a call is about that is just entered; `None` where it is about no internet socket.
    pub fn enter(&mut self, request: &Request) -> Option<Matter> {
        match request.shape {
            Shape::Open => request.opened_family().map(|family| Matter {
                descriptor: None,
                socket: None,
                former: None,
                action: Action::Open {
                    family,
                    carrier: request.opened_carrier(),
                },
            }),
            Shape::OpenRing => Some(Matter {
                descriptor: None,
                socket: None,
                former: None,
                action: Action::OpenRing,
            }),
            Shape::CloseRange => self.enter_close_range(request),
            Shape::Execute => close_all(
                self.sockets
                    .all_closed_on_exec(request.thread, request.process),
            ),
            Shape::Poll
            | Shape::PollPrecise
            | Shape::Select
            | Shape::SelectPrecise
            | Shape::EpollWait
            | Shape::EpollWaitPrecise => self.enter_wait(request),
            Shape::Splice => {
                let receives = self.find(request, request.int(0));
                let (descriptor, socket, action) = match receives {
                    Some(socket) => (request.int(0), Some(socket), request.receive(4)),
                    None => (
                        request.int(2),
                        self.find(request, request.int(2)),
                        request.send(4),
                    ),
                };
                let descriptor = Some(descriptor);
                socket.map(|_| Matter {
                    descriptor,
                    socket,
                    former: None,
                    action,
                })
            }
            _ => {
                let descriptor = request.int(0);
                let socket = self.find(request, descriptor);
                let former = match socket {
                    Some(_) => None,
                    None => Some(self.former(request, descriptor)?),
                };
                Some(Matter {
                    descriptor: Some(descriptor),
                    socket,
                    former,
                    action: request.action()?,
                })
            }
        }
    }

    /// What the end of a process is about, of which this is the last thread; `None` where it has no internet
    /// socket.
    pub fn end(&mut self, thread: i32, process: i32) -> Option<Matter> {
        self.sockets.forget(process);
        close_all(self.sockets.all(thread, process))
    }

    /// Adds to what a call is about what it gave, having returned `value`.
    pub fn leave(&mut self, request: &Request, value: i64, matter: &mut Matter) {
        let Ok(count) = u64::try_from(value) else {
            self.look_again(request, matter);
            return;
        };
        let memory = Memory::of(request.thread);
        let is_of_stream = matter
            .socket
            .is_some_and(|socket| socket.carrier == Carrier::Tcp);
        match &mut matter.action {
            Action::Open { .. } => {
                matter.descriptor = i32::try_from(value).ok();
                matter.socket = matter.descriptor.and_then(|new| self.find(request, new));
            }
            Action::Accept { connection } => {
                *connection = i32::try_from(value)
                    .ok()
                    .and_then(|new| self.find(request, new));
            }
            Action::Send { data, .. } => *data = request.bytes(count),
            // TCP throws them away and leaves the buffer as it was: tcp(7).
            Action::Receive { .. } if is_of_stream && request.flags() & libc::MSG_TRUNC != 0 => {}
            Action::Receive { data, from, .. } => {
                *data = request.bytes(count);
                *from = request.sender();
            }
            Action::SendMany { messages } | Action::ReceiveMany { messages, .. } => {
                request.fill(messages, count);
            }
            Action::GetOption { value, .. } => *value = request.option_value(),
            Action::AskAddress { address } => {
                *address = memory.given_address(request.arguments[1], request.arguments[2]);
            }
            Action::Close => self.note_closed(request, matter.descriptor.zip(matter.socket)),
            Action::CloseAll { sockets, .. } => self.note_closed(request, sockets.iter().copied()),
            _ => {}
        }
        self.look_again(request, matter);
    }

    fn note_closed(&mut self, request: &Request, sockets: impl IntoIterator<Item = (i32, Socket)>) {
        for (descriptor, socket) in sockets {
            self.sockets
                .note_closed(request.process, descriptor, socket);
        }
    }

    /// Asks a socket again that may have got an address by the call.
    fn look_again(&mut self, request: &Request, matter: &mut Matter) {
        let (Some(descriptor), Some(socket)) = (matter.descriptor, matter.socket) else {
            return;
        };
        // Asking costs as much as the call.
        let is_to_have_peer = socket.carrier == Carrier::Tcp && socket.peer.is_none();
        let may_have_changed = match matter.action {
            Action::Bind { .. } | Action::Connect { .. } | Action::Listen { .. } => true,
            Action::Send { .. }
            | Action::Receive { .. }
            | Action::SendMany { .. }
            | Action::ReceiveMany { .. } => socket.local.is_none() || is_to_have_peer,
            Action::GetOption { .. } | Action::AskAddress { .. } | Action::Shutdown { .. } => {
                is_to_have_peer
            }
            _ => false,
        };
        if may_have_changed {
            let now = self
                .sockets
                .find_again(request.thread, request.process, descriptor);
            matter.socket = now.or(matter.socket);
        }
    }

    /// Whether an internet socket is one of the standard streams.
    pub fn has_socket_as_standard_stream(&mut self, request: &Request) -> bool {
        STANDARD_STREAMS
            .into_iter()
            .any(|stream| self.find(request, stream).is_some())
    }

    fn find(&mut self, request: &Request, descriptor: i32) -> Option<Socket> {
        self.sockets
            .find(request.thread, request.process, descriptor)
    }

    fn former(&self, request: &Request, descriptor: i32) -> Option<Socket> {
        self.sockets
            .former(request.thread, request.process, descriptor)
    }

    fn enter_wait(&mut self, request: &Request) -> Option<Matter> {
        let (sockets, others) = self.waited_for(request);
        (!sockets.is_empty()).then(|| Matter {
            descriptor: None,
            socket: None,
            former: None,
            action: Action::Wait {
                sockets,
                others,
                timeout_ms: request.timeout(),
            },
        })
    }

    /// The sockets that a call waits for, and whether it waits, or may wait, for something else too.
    fn waited_for(&mut self, request: &Request) -> (Vec<(i32, Socket)>, bool) {
        let memory = Memory::of(request.thread);
        let [first, second, third, fourth, ..] = request.arguments;
        let descriptors = match request.shape {
            Shape::Poll | Shape::PollPrecise => memory.polled(first, second),
            Shape::Select | Shape::SelectPrecise => {
                let sets = [second, third, fourth];
                let all = sets.into_iter().flat_map(|set| memory.selected(set, first));
                all.collect::<BTreeSet<_>>().into_iter().collect()
            }
            _ => {
                let (thread, process) = (request.thread, request.process);
                return (self.sockets.of_epoll(thread, process, request.int(0)), true);
            }
        };
        let count = descriptors.len();
        let found: Vec<_> = descriptors
            .into_iter()
            .filter_map(|descriptor| Some((descriptor, self.find(request, descriptor)?)))
            .collect();
        // Of a list that is longer, nobody knows what else is in it.
        let is_cut = match request.shape {
            Shape::Poll | Shape::PollPrecise => second > LIST_LIMIT as u64,
            _ => first > LIST_LIMIT as u64,
        };
        let others = found.len() < count || is_cut;
        (found, others)
    }

    fn enter_close_range(&mut self, request: &Request) -> Option<Matter> {
        let [first, last, flags, ..] = request.arguments.map(low_half);
        // Then they are only marked to be closed by the next execve.
        if flags & libc::CLOSE_RANGE_CLOEXEC != 0 {
            return None;
        }
        let mut sockets = self.sockets.all(request.thread, request.process);
        sockets.retain(|(descriptor, _)| (first..=last).contains(&descriptor.unsigned_abs()));
        close_all(sockets)
    }
}

/// What a call is about that closes these; `None` where there are none.
fn close_all(sockets: Vec<(i32, Socket)>) -> Option<Matter> {
    (!sockets.is_empty()).then_some(Matter {
        descriptor: None,
        socket: None,
        former: None,
        action: Action::CloseAll {
            sockets,
            signal: None,
        },
    })
}

/// Of a register, what an `unsigned int` takes.
#[allow(clippy::cast_possible_truncation)] // the upper half of the register is no part of it
const fn low_half(register: u64) -> u32 {
    register as u32
}

impl Request {
    /// Whether it makes an internet socket.
    pub const fn opens_internet(&self) -> bool {
        matches!(self.shape, Shape::Open) && self.opened_family().is_some()
    }

    /// For which internet addresses a call that makes a socket makes it.
    const fn opened_family(&self) -> Option<Family> {
        match self.int(0) {
            libc::AF_INET => Some(Family::Ipv4),
            libc::AF_INET6 => Some(Family::Ipv6),
            _ => None,
        }
    }

    /// What is to carry the bytes of a socket that a call makes: mostly only its type says so.
    const fn opened_carrier(&self) -> Carrier {
        const WITHOUT_FLAGS: i32 = 0xf;
        match (self.int(1) & WITHOUT_FLAGS, self.int(2)) {
            (libc::SOCK_STREAM, libc::IPPROTO_IP) => Carrier::Tcp,
            (libc::SOCK_DGRAM, libc::IPPROTO_IP) => Carrier::Udp,
            (_, protocol) => carrier_of(protocol),
        }
    }

    /// Whether an argument is the number of a standard stream.
    pub fn names_standard_stream(&self, index: usize) -> bool {
        STANDARD_STREAMS.contains(&self.int(index))
    }

    /// An argument as an `int`.
    const fn int(&self, index: usize) -> i32 {
        low_half(self.arguments[index]).cast_signed()
    }

    /// What a call on one socket is to do.
    fn action(&self) -> Option<Action> {
        let memory = Memory::of(self.thread);
        let address = |at: usize| memory.socket_address(self.arguments[at], self.arguments[at + 1]);
        Some(match self.shape {
            Shape::Bind => Action::Bind {
                address: address(1),
            },
            Shape::Listen => Action::Listen {
                backlog: self.int(1),
            },
            Shape::Accept => Action::Accept { connection: None },
            Shape::Connect => Action::Connect { to: address(1) },
            Shape::Write => self.send(2),
            Shape::SendFile => self.send(3),
            Shape::SendTo | Shape::WriteMany | Shape::SendMessage => Action::Send {
                asked: self.room(),
                to: self.receiver(),
                data: Vec::new(),
            },
            Shape::SendMessages => Action::SendMany {
                messages: self.messages(),
            },
            Shape::Read => self.receive(2),
            Shape::ReceiveFrom | Shape::ReadMany | Shape::ReceiveMessage => Action::Receive {
                room: self.room(),
                from: None,
                peek: self.peeks(),
                data: Vec::new(),
            },
            Shape::ReceiveMessages => Action::ReceiveMany {
                peek: self.peeks(),
                messages: self.messages(),
            },
            Shape::Shutdown => Action::Shutdown {
                how: match self.int(1) {
                    libc::SHUT_RD => Direction::Receiving,
                    libc::SHUT_WR => Direction::Sending,
                    _ => Direction::Both,
                },
            },
            Shape::Close => Action::Close,
            Shape::SetOption => Action::SetOption {
                option: options::name(self.arguments[1], self.arguments[2]),
                value: self.option_value(),
            },
            Shape::GetOption => Action::GetOption {
                option: options::name(self.arguments[1], self.arguments[2]),
                value: None,
            },
            Shape::AskAddress => Action::AskAddress { address: None },
            Shape::Fcntl if self.int(1) == libc::F_SETFL => Action::SetBlocking {
                blocking: self.int(2) & libc::O_NONBLOCK == 0,
            },
            Shape::Fcntl | Shape::Duplicate => Action::Duplicate,
            Shape::Ioctl => Action::SetBlocking {
                blocking: memory.int(self.arguments[2])? == 0,
            },
            _ => return None,
        })
    }

    /// The value of the option that the call sets or has asked for.
    fn option_value(&self) -> Option<OptionValue> {
        let [_, level, option, at, ..] = self.arguments;
        options::value(level, option, Memory::of(self.thread), at)
    }

    /// A call that sends as many bytes as this argument says.
    const fn send(&self, length: usize) -> Action {
        Action::Send {
            asked: self.arguments[length],
            to: None,
            data: Vec::new(),
        }
    }

    /// A call that receives as many bytes as this argument says.
    const fn receive(&self, length: usize) -> Action {
        Action::Receive {
            room: self.arguments[length],
            from: None,
            peek: false,
            data: Vec::new(),
        }
    }

    /// The flags with which a call sends or receives.
    pub const fn flags(&self) -> i32 {
        match self.shape {
            Shape::SendTo | Shape::ReceiveFrom | Shape::SendMessages | Shape::ReceiveMessages => {
                self.int(3)
            }
            Shape::SendMessage | Shape::ReceiveMessage => self.int(2),
            _ => 0,
        }
    }

    const fn peeks(&self) -> bool {
        self.flags() & libc::MSG_PEEK != 0
    }

    /// The messages that a call has for the kernel, or room for.
    fn messages(&self) -> Vec<Message> {
        let memory = Memory::of(self.thread);
        let sends = self.shape == Shape::SendMessages;
        let asked = |header: &MessageHeader| Message {
            address: memory
                .socket_address(header.name.0, header.name.1)
                .filter(|_| sends),
            room: room(&memory.buffers(header.buffers.0, header.buffers.1)),
            ..Message::default()
        };
        let headers = memory.message_headers(self.arguments[1], self.arguments[2]);
        headers.iter().map(asked).collect()
    }

    /// Adds to the messages what was moved of the first `count` of them.
    fn fill(&self, messages: &mut [Message], count: u64) {
        let memory = Memory::of(self.thread);
        let headers = memory.message_headers(self.arguments[1], count);
        let mut left = KEPT_BYTES as u64;
        for (message, header) in messages.iter_mut().zip(headers) {
            message.length = header.moved;
            let buffers = memory.buffers(header.buffers.0, header.buffers.1);
            message.data = memory.gather(&buffers, header.moved.min(left));
            left = left.saturating_sub(message.data.len() as u64);
            if self.shape == Shape::ReceiveMessages {
                message.address = memory.socket_address(header.name.0, header.name.1);
            }
        }
    }

    /// Where the bytes are.
    fn buffers(&self) -> Vec<(u64, u64)> {
        let memory = Memory::of(self.thread);
        let [_, second, third, ..] = self.arguments;
        match self.shape {
            Shape::Write | Shape::Read | Shape::SendTo | Shape::ReceiveFrom => {
                vec![(second, third)]
            }
            Shape::WriteMany | Shape::ReadMany => memory.buffers(second, third),
            Shape::SendMessage | Shape::ReceiveMessage => {
                let header = memory.message_header(second);
                header.map_or_else(Vec::new, |MessageHeader { buffers, .. }| {
                    memory.buffers(buffers.0, buffers.1)
                })
            }
            // The bytes never are in the program's memory.
            _ => Vec::new(),
        }
    }

    fn room(&self) -> u64 {
        room(&self.buffers())
    }

    /// The first of the bytes that the call moved.
    fn bytes(&self, count: u64) -> Vec<u8> {
        Memory::of(self.thread).gather(&self.buffers(), count.min(KEPT_BYTES as u64))
    }

    /// Whom a call says that it sends to.
    fn receiver(&self) -> Option<std::net::SocketAddr> {
        let memory = Memory::of(self.thread);
        match self.shape {
            Shape::SendTo => memory.socket_address(self.arguments[4], self.arguments[5]),
            Shape::SendMessage => self.named(),
            _ => None,
        }
    }

    /// From whom a call was told that it received.
    fn sender(&self) -> Option<std::net::SocketAddr> {
        let memory = Memory::of(self.thread);
        match self.shape {
            Shape::ReceiveFrom => memory.given_address(self.arguments[4], self.arguments[5]),
            Shape::ReceiveMessage => self.named(),
            _ => None,
        }
    }

    /// The address in the call's `msghdr`.
    fn named(&self) -> Option<std::net::SocketAddr> {
        let memory = Memory::of(self.thread);
        let header = memory.message_header(self.arguments[1])?;
        memory.socket_address(header.name.0, header.name.1)
    }

    /// How long a wait may last, in milliseconds; `None`: for ever.
    fn timeout(&self) -> Option<u64> {
        const NANOSECONDS: u64 = 1_000_000_000;
        const MICROSECONDS: u64 = 1_000_000;
        let memory = Memory::of(self.thread);
        let precise = |at: usize, units| memory.milliseconds(self.arguments[at], units);
        match self.shape {
            Shape::Poll => u64::try_from(self.int(2)).ok(),
            Shape::EpollWait => u64::try_from(self.int(3)).ok(),
            Shape::PollPrecise => precise(2, NANOSECONDS),
            Shape::EpollWaitPrecise => precise(3, NANOSECONDS),
            Shape::SelectPrecise => precise(4, NANOSECONDS),
            Shape::Select => precise(4, MICROSECONDS),
            _ => None,
        }
    }
}

/// How many bytes these buffers have, in all.
fn room(buffers: &[(u64, u64)]) -> u64 {
    let rooms = buffers.iter().map(|(_, room)| *room);
    rooms.fold(0, u64::saturating_add)
}
