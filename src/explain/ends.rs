//! Who a frame is from and to, as people ask it: hosts, not headers.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::ArpPacketSlice;

use crate::flow::endpoints::{Endpoint, addresses};
use crate::flow::statistics::peers::Peer;
use crate::model::bits;
use crate::model::layer::{Decoded, Layer};
use crate::protocols::{arp, ethernet, tcp, udp};

/// Who a frame is from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Who sent it.
    pub from: Peer,
    /// To whom.
    pub to: Target,
    /// The card that it came from, where the link has cards.
    pub card: Option<[u8; 6]>,
    /// The ports of its TCP or UDP header, the sender's first.
    pub ports: Option<[u16; 2]>,
}

/// To whom a frame is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One other.
    Peer(Peer),
    /// A group, or all that hear it.
    Everyone,
}

impl Ends {
    /// The ends that the innermost layer with addresses names, outside of any quotation; `None` where no
    /// layer names any.
    pub fn of(decoded: &Decoded<'_>) -> Option<Self> {
        let cards = cards(decoded);
        let card = cards.map(|[source, _]| source);
        let to_group = cards.is_some_and(|[_, destination]| destination[0] & 1 == 1);
        let ports = ports(decoded);
        let Some((source, destination)) = hosts(decoded) else {
            let [source, destination] = cards?;
            return Some(Self {
                from: Peer::Mac(source),
                to: target(Peer::Mac(destination), to_group),
                card,
                ports,
            });
        };
        let to_group = to_group || is_of_a_group(destination);
        // Where one host talks with itself, its programs are the two ends.
        let [from, to] = match ports {
            Some([source_port, destination_port]) if source == destination => [
                Peer::Socket(Endpoint::new(source, source_port)),
                Peer::Socket(Endpoint::new(destination, destination_port)),
            ],
            _ => [source, destination].map(|address| Peer::Host(Endpoint::new(address, 0))),
        };
        Some(Self {
            from,
            to: target(to, to_group),
            card,
            ports,
        })
    }
}

const fn target(peer: Peer, to_group: bool) -> Target {
    if to_group {
        Target::Everyone
    } else {
        Target::Peer(peer)
    }
}

fn is_of_a_group(address: IpAddr) -> bool {
    address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

fn cards(decoded: &Decoded<'_>) -> Option<[[u8; 6]; 2]> {
    let header = header_of(decoded, |layer| {
        std::ptr::eq(layer.protocol, &raw const ethernet::PROTOCOL)
    })?;
    let destination: &[u8; 6] = header.first_chunk()?;
    let source: &[u8; 6] = header.get(6..)?.first_chunk()?;
    Some([*source, *destination])
}

/// The addresses of the innermost IP header, or those that an ARP packet is about.
fn hosts(decoded: &Decoded<'_>) -> Option<(IpAddr, IpAddr)> {
    let own = decoded
        .layers
        .iter()
        .rev()
        .filter(|layer| !layer.is_quoted());
    own.map(|layer| addresses(decoded, layer))
        .find_map(|found| found)
        .or_else(|| asked_for(decoded))
}

/// Who asks and who is asked for, or who answers and who had asked. A probe (RFC 5227) asks without an
/// address of its own.
fn asked_for(decoded: &Decoded<'_>) -> Option<(IpAddr, IpAddr)> {
    let header = header_of(decoded, |layer| {
        std::ptr::eq(layer.protocol, &raw const arp::PROTOCOL)
    })?;
    let packet = ArpPacketSlice::from_slice(header).ok()?;
    let address = |bytes: &[u8]| -> Option<Ipv4Addr> {
        let octets: [u8; 4] = bytes.try_into().ok()?;
        (octets != [0; 4]).then(|| octets.into())
    };
    let sender = address(packet.sender_protocol_addr())?;
    let target = address(packet.target_protocol_addr())?;
    Some((sender.into(), target.into()))
}

fn ports(decoded: &Decoded<'_>) -> Option<[u16; 2]> {
    let header = header_of(decoded, |layer| {
        std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL)
            || std::ptr::eq(layer.protocol, &raw const udp::PROTOCOL)
    })?;
    Some([bits::u16_at(header, 0)?, bits::u16_at(header, 2)?])
}

/// The header of the first layer that is wanted and is no quotation.
fn header_of<'a>(decoded: &Decoded<'a>, is_wanted: impl Fn(&Layer) -> bool) -> Option<&'a [u8]> {
    let (_, layer) = decoded
        .layers_on_wire()
        .find(|(_, layer)| is_wanted(layer) && !layer.is_quoted())?;
    decoded.header_of(layer)
}
