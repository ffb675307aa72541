//! Who talks to whom: the two ends of a conversation, in an order that does not depend on who speaks.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use etherparse::Ipv4Header;

use crate::model::layer::{Decoded, Layer};
use crate::protocols::{ipv4, ipv4_options, ipv6, ipv6_routing};

/// One end of a conversation: an address, and a port where the protocol has them (else 0).
///
/// An IPv4 address is kept as the IPv6 address that stands for it (RFC 4291, section 2.5.5.2), so that
/// one key serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C, packed(2))] // Kept twice for every connection that there is.
pub struct Endpoint {
    /// The address in two numbers: what fits a register needs no memory on its way.
    high: u64,
    low: u64,
    port: u16,
}

/// As numbers, which hash quicker than bytes.
impl Hash for Endpoint {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.high);
        state.write_u64(self.low);
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

    fn of_ipv4(address: [u8; 4]) -> Self {
        Self {
            high: 0,
            low: 0xffff << u32::BITS | u64::from(u32::from_be_bytes(address)),
            port: 0,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "both halves of the number are taken"
    )]
    const fn of_ipv6(address: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(address);
        Self {
            high: (bits >> u64::BITS) as u64,
            low: bits as u64,
            port: 0,
        }
    }

    const fn at_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Its address.
    pub fn address(&self) -> IpAddr {
        self.ipv6().to_canonical()
    }

    fn ipv6(&self) -> Ipv6Addr {
        let [high, low] = [self.high, self.low].map(u128::from);
        Ipv6Addr::from_bits(high << u64::BITS | low)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::new(address.ip(), address.port())
    }
}

/// `192.168.1.6:12345`, `[fd00::6]:12345`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::new(self.address(), self.port).fmt(f)
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

/// What a pair can be made of.
pub trait End: Copy + Ord {
    /// The first where that is wanted, or else the second.
    fn either(is_first: bool, first: Self, second: Self) -> Self {
        if is_first { first } else { second }
    }
}

impl End for Endpoint {
    /// Number by number: chosen as a whole, it would go through memory and be waited for.
    #[inline]
    fn either(is_first: bool, first: Self, second: Self) -> Self {
        Self {
            high: if is_first { first.high } else { second.high },
            low: if is_first { first.low } else { second.low },
            port: if is_first { first.port } else { second.port },
        }
    }
}

impl<E: End> Pair<E> {
    /// The pair that a sender and a receiver make, and which way that is.
    #[expect(
        clippy::inline_always,
        reason = "given through memory, ends are read from it too soon"
    )]
    #[inline(always)]
    pub fn of(sender: E, receiver: E) -> (Self, Way) {
        let is_from_low = sender <= receiver;
        let pair = Self {
            low: E::either(is_from_low, sender, receiver),
            high: E::either(is_from_low, receiver, sender),
        };
        let way = if is_from_low {
            Way::FromLow
        } else {
            Way::FromHigh
        };
        (pair, way)
    }

    /// The end that sends this way.
    pub const fn sender(&self, way: Way) -> E {
        match way {
            Way::FromLow => self.low,
            Way::FromHigh => self.high,
        }
    }
}

/// Where the segment or datagram at `index` comes from and where it goes in the end, whatever stops its packet makes on
/// the way; `None` where its ports are not there.
pub fn ends_of(decoded: &Decoded<'_>, index: usize) -> Option<(Endpoint, Endpoint)> {
    let layer = decoded.layers.get(index)?;
    let ports = *decoded.header_of(layer)?.first_chunk()?;
    ends_around(decoded, index, ports)
}

/// As [`ends_of`], where these are the two ports, as they are on the wire.
#[expect(
    clippy::inline_always,
    reason = "returned through memory, they would be read from it too soon"
)]
#[inline(always)]
pub fn ends_around(
    decoded: &Decoded<'_>,
    index: usize,
    ports: [u8; 4],
) -> Option<(Endpoint, Endpoint)> {
    let around = decoded.layers.get(..index)?;
    let directly = around.last().filter(|layer| !may_have_stops(layer));
    let (source, destination) = match directly.and_then(|packet| hosts(decoded, packet)) {
        Some(hosts) => hosts,
        None => hosts_of_route(decoded, around)?,
    };
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
            end.ipv6().into()
        } else {
            end.address()
        }
    };
    Some((address(source), address(destination)))
}

/// The ends, without ports, that an IP layer goes from and to; `None` of any other layer.
#[expect(clippy::inline_always, reason = "as of both ends")]
#[inline(always)]
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

/// Whether a packet may make stops on its way as its own header says: nearly none has options.
fn may_have_stops(packet: &Layer) -> bool {
    !is_ipv6(packet) && packet.header_end - packet.start > Ipv4Header::MIN_LEN
}

/// The ends of the innermost IP packet among these layers, without ports: where it comes from and where it goes in the
/// end, behind all stops that are ahead of it.
#[cold]
fn hosts_of_route(decoded: &Decoded<'_>, around: &[Layer]) -> Option<(Endpoint, Endpoint)> {
    let mut outwards = around.iter().enumerate().rev();
    let (at, (source, next)) =
        outwards.find_map(|(at, layer)| Some((at, hosts(decoded, layer)?)))?;
    let (packet, inside) = around.get(at..)?.split_first()?;
    Some((source, last_stop(decoded, packet, inside).unwrap_or(next)))
}

/// Where an IP packet goes in the end, with these layers inside it; `None` where no stop is ahead of it (RFC 791,
/// section 3.1; RFC 8200, section 4.4).
fn last_stop(decoded: &Decoded<'_>, packet: &Layer, inside: &[Layer]) -> Option<Endpoint> {
    let header = decoded.header_of(packet)?;
    if is_ipv6(packet) {
        let is_routing =
            |layer: &&Layer| std::ptr::eq(layer.protocol, &raw const ipv6_routing::PROTOCOL);
        let routing = decoded.header_of(inside.iter().rfind(is_routing)?)?;
        let next = *header.get(24..)?.first_chunk()?;
        let last = ipv6_routing::final_destination(routing, next);
        return Some(Endpoint::of_ipv6(last));
    }
    ipv4_options::final_destination(header).map(Endpoint::of_ipv4)
}

fn is_ipv6(layer: &Layer) -> bool {
    std::ptr::eq(layer.protocol, &raw const ipv6::PROTOCOL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::model::frame::LinkType;

    const DATAGRAM: [u8; 8] = [0, 5, 0, 7, 0, 8, 0, 0];

    /// Where the datagram goes that is the last layer of this packet.
    fn receiver(link_type: LinkType, packet: &[u8]) -> String {
        let frame = frame_of(link_type, packet, packet.len());
        let mut decoder = Decoder::new();
        let decoded = decoder.walk(&frame);
        let last = decoded.layers.len() - 1;
        let (_, receiver) = ends_of(&decoded, last).unwrap();
        receiver.to_string()
    }

    /// From 192.168.1.7 to 192.168.1.6, with a loose source route to 192.168.1.9.
    fn on_a_source_route(pointer: u8) -> String {
        #[rustfmt::skip]
        let header = [
            0x47, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 192, 168, 1, 7, 192, 168, 1, 6,
            131, 7, pointer, 192, 168, 1, 9, 0,
        ];
        receiver(LinkType::IPV4, &[&header[..], &DATAGRAM].concat())
    }

    /// From fd00::7 to fd00::6, with a segment routing header whose last stop is fd00::9.
    fn on_segments(left: u8) -> String {
        let mut inside = vec![17, 2, 4, left, 0, 0, 0, 0];
        inside.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        inside.extend(DATAGRAM);
        receiver(LinkType::IPV6, &ipv6::testing::packet(43, &inside))
    }

    #[test]
    fn a_packet_that_makes_stops_goes_to_the_last_one_of_its_route() {
        assert_eq!(on_a_source_route(4), "192.168.1.9:7");
        assert_eq!(on_segments(1), "[fd00::9]:7");
    }

    #[test]
    fn a_packet_that_has_made_all_stops_goes_where_its_header_says() {
        assert_eq!(on_a_source_route(8), "192.168.1.6:7");
        assert_eq!(on_segments(0), "[fd00::6]:7");
    }
}
