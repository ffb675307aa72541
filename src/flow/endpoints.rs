//! Who talks to whom: the two ends of a conversation, in an order that does not depend on who speaks.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::model::layer::{Decoded, Layer};
use crate::protocols::{ipv4, ipv6};

/// One end of a conversation: an address, and a port where the protocol has them (else 0).
///
/// An IPv4 address is kept as the IPv6 address that stands for it (RFC 4291, section 2.5.5.2), so that
/// one key serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    address: [u8; 16],
    port: u16,
}

/// As numbers, which hash quicker than bytes.
impl Hash for Endpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from_ne_bytes(self.address));
        state.write_u16(self.port);
    }
}

impl Endpoint {
    /// The end at this address and port.
    pub fn new(address: IpAddr, port: u16) -> Self {
        let host = match address {
            IpAddr::V4(address) => Self::of_ipv4(address.octets()),
            IpAddr::V6(address) => Self::of_ipv6(address.octets()),
        };
        host.at_port(port)
    }

    const fn of_ipv4([a, b, c, d]: [u8; 4]) -> Self {
        Self::of_ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d])
    }

    const fn of_ipv6(address: [u8; 16]) -> Self {
        Self { address, port: 0 }
    }

    const fn at_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Its address.
    pub fn address(&self) -> IpAddr {
        Ipv6Addr::from(self.address).to_canonical()
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

/// `192.168.1.6:12345`, `[fd00::6]:12345`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::new(self.address(), self.port).fmt(f)
    }
}

/// By their addresses as numbers, which compare quicker than bytes.
impl Ord for Endpoint {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |end: &Self| (u128::from_be_bytes(end.address), end.port);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The two ends of a conversation, the lesser one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair<E = Endpoint> {
    /// The lesser end.
    pub low: E,
    /// The greater end.
    pub high: E,
}

/// Which of the two ends has sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The lesser end.
    FromLow,
    /// The greater end.
    FromHigh,
}

impl Way {
    /// The other way.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::FromLow => Self::FromHigh,
            Self::FromHigh => Self::FromLow,
        }
    }
}

/// The part that an end plays in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It began, as far as is known.
    Client,
    /// It was spoken to.
    Server,
}

impl Role {
    /// The part of who sends this way, where the client sends that way.
    pub fn of(way: Way, client: Way) -> Self {
        if way == client {
            Self::Client
        } else {
            Self::Server
        }
    }

    /// The other part.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl<E: Copy + Ord> Pair<E> {
    /// The pair that a sender and a receiver make, and which way that is.
    pub fn of(sender: E, receiver: E) -> (Self, Way) {
        if sender <= receiver {
            let pair = Self {
                low: sender,
                high: receiver,
            };
            (pair, Way::FromLow)
        } else {
            let pair = Self {
                low: receiver,
                high: sender,
            };
            (pair, Way::FromHigh)
        }
    }

    /// The end that sends this way.
    pub const fn sender(&self, way: Way) -> E {
        match way {
            Way::FromLow => self.low,
            Way::FromHigh => self.high,
        }
    }
}

/// From where to where the segment or datagram at `index` goes; `None` where its ports are not there.
pub fn ends_of(decoded: &Decoded<'_>, index: usize) -> Option<(Endpoint, Endpoint)> {
    let ports: &[u8; 4] = decoded
        .header_of(decoded.layers.get(index)?)?
        .first_chunk()?;
    let mut around = decoded.layers.get(..index)?.iter().rev();
    let (source, destination) = around.find_map(|layer| hosts(decoded, layer))?;
    Some((
        source.at_port(u16::from_be_bytes([ports[0], ports[1]])),
        destination.at_port(u16::from_be_bytes([ports[2], ports[3]])),
    ))
}

/// The addresses that the packet around the layer at `index` goes from and to.
pub fn addresses_around(decoded: &Decoded<'_>, index: usize) -> Option<(IpAddr, IpAddr)> {
    let mut around = decoded.layers.get(..index)?.iter().rev();
    around.find_map(|layer| addresses(decoded, layer))
}

/// The addresses that an IP layer goes from and to; `None` of any other layer.
pub fn addresses(decoded: &Decoded<'_>, layer: &Layer) -> Option<(IpAddr, IpAddr)> {
    let (source, destination) = hosts(decoded, layer)?;
    // What IPv6 carries is one of its addresses, also where that stands for one of IPv4.
    let address = |end: Endpoint| {
        if is_ipv6(layer) {
            Ipv6Addr::from(end.address).into()
        } else {
            end.address()
        }
    };
    Some((address(source), address(destination)))
}

/// The ends, without ports, that an IP layer goes from and to; `None` of any other layer.
fn hosts(decoded: &Decoded<'_>, layer: &Layer) -> Option<(Endpoint, Endpoint)> {
    if std::ptr::eq(layer.protocol, &raw const ipv4::PROTOCOL) {
        let addresses = decoded.header_of(layer)?.get(12..)?;
        let host = |at: usize| Some(Endpoint::of_ipv4(*addresses.get(at..)?.first_chunk()?));
        return Some((host(0)?, host(4)?));
    }
    if is_ipv6(layer) {
        let addresses = decoded.header_of(layer)?.get(8..)?;
        let host = |at: usize| Some(Endpoint::of_ipv6(*addresses.get(at..)?.first_chunk()?));
        return Some((host(0)?, host(16)?));
    }
    None
}

fn is_ipv6(layer: &Layer) -> bool {
    std::ptr::eq(layer.protocol, &raw const ipv6::PROTOCOL)
}
