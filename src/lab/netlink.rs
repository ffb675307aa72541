//! Questions to the kernel's routing socket, one at a time, each with its answer: rtnetlink(7).

use std::io;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// A routing socket of the network namespace that the calling thread is in.
pub struct Netlink {
    socket: Socket,
}

impl Netlink {
    /// Opens a socket.
    ///
    /// # Errors
    /// What socket(2) says.
    pub fn open() -> io::Result<Self> {
        let socket = Socket::new(NETLINK_ROUTE)?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self { socket })
    }

    /// Asks the kernel to do something, and waits until it says that it is done.
    ///
    /// `flags` go with the request: `NLM_F_CREATE` and the like.
    ///
    /// # Errors
    /// The kernel's own error number.
    pub fn order(&self, request: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        self.send(request, flags | NLM_F_ACK)?;
        match self.receive()? {
            None => Ok(()),
            Some(answer) => Err(unexpected(&answer)),
        }
    }

    /// Asks the kernel for one object.
    ///
    /// # Errors
    /// The kernel's own error number.
    pub fn ask(&self, request: RouteNetlinkMessage) -> io::Result<RouteNetlinkMessage> {
        self.send(request, 0)?;
        self.receive()?
            .ok_or_else(|| io::Error::other("the kernel answered a question with nothing"))
    }

    fn send(&self, request: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.socket.send(&bytes, 0).map(|_| ())
    }

    fn receive(&self) -> io::Result<Option<RouteNetlinkMessage>> {
        let (bytes, _) = self.socket.recv_from_full()?;
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        match answer.payload {
            NetlinkPayload::Error(error) if error.code.is_none() => Ok(None),
            NetlinkPayload::Error(error) => Err(error.to_io()),
            NetlinkPayload::InnerMessage(message) => Ok(Some(message)),
            other => Err(unexpected(&other)),
        }
    }
}

fn unexpected(answer: &impl std::fmt::Debug) -> io::Error {
    io::Error::other(format!(
        "the kernel answered with something else: {answer:?}"
    ))
}
