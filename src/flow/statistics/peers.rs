//! Who a frame is from and to, at each of its layers that say so.

use std::fmt;

use crate::flow::endpoints::{End, Endpoint, addresses, ends_of};
use crate::model::fault::FaultKind;
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::model::{address, text};
use crate::protocols::{ethernet, ipv4, ipv6, tcp, udp};

/// A layer whose addresses tell conversations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// MAC addresses.
    Ethernet,
    /// IPv4 addresses.
    Ipv4,
    /// IPv6 addresses.
    Ipv6,
    /// Addresses and TCP ports.
    Tcp,
    /// Addresses and UDP ports.
    Udp,
}

impl Level {
    /// All of them, from the link upwards.
    pub const ALL: [Self; 5] = [Self::Ethernet, Self::Ipv4, Self::Ipv6, Self::Tcp, Self::Udp];

    /// The protocol that they are the addresses of.
    pub fn protocol(self) -> &'static Protocol {
        match self {
            Self::Ethernet => &ethernet::PROTOCOL,
            Self::Ipv4 => &ipv4::PROTOCOL,
            Self::Ipv6 => &ipv6::PROTOCOL,
            Self::Tcp => &tcp::PROTOCOL,
            Self::Udp => &udp::PROTOCOL,
        }
    }
}

/// One side of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// A network card's address.
    Mac([u8; 6]),
    /// An IP address.
    Host(Endpoint),
    /// An IP address and a port.
    Socket(Endpoint),
}

impl Peer {
    /// Its port, where it has one.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Socket(endpoint) => Some(endpoint.port()),
            Self::Mac(_) | Self::Host(_) => None,
        }
    }

    /// Appends its address, without the port.
    pub fn push_address(&self, out: &mut String) {
        match self {
            Self::Mac(octets) => text::push_hex_bytes(out, octets),
            Self::Host(endpoint) | Self::Socket(endpoint) => {
                address::push(out, endpoint.address());
            }
        }
    }
}

/// The address, without the port.
impl End for Peer {}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.push_address(&mut out);
        f.pad(&out)
    }
}

/// What one side sent to the other in one frame, at one layer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// The level of that layer.
    pub level: Level,
    /// Who sent.
    pub sender: Peer,
    /// To whom.
    pub receiver: Peer,
    /// How many bytes the frame had on the wire.
    pub wire_length: u32,
    /// When it was seen: nanoseconds since the first frame of the capture.
    pub time: i64,
}

/// What is exchanged at each layer of this level in a frame that was seen so many nanoseconds after the first
/// one: several where packets travel inside packets. What an ICMP error quotes has been counted in the frame
/// that it is quoted from.
pub fn exchanges(decoded: &Decoded<'_>, level: Level, time: i64) -> impl Iterator<Item = Exchange> {
    let protocol = level.protocol();
    decoded
        .layers_that_count()
        .filter(move |(_, layer)| std::ptr::eq(layer.protocol, protocol) && !layer.is_quoted())
        .filter(|(index, _)| can_be(decoded, *index))
        .filter_map(move |(index, layer)| {
            let [sender, receiver] = match level {
                Level::Ethernet => cards(decoded, layer),
                Level::Ipv4 | Level::Ipv6 => hosts(decoded, layer),
                Level::Tcp | Level::Udp => sockets(decoded, index),
            }?;
            Some(Exchange {
                level,
                sender,
                receiver,
                wire_length: decoded.frame.wire_length,
                time,
            })
        })
}

/// Whether the header is what it says that it is; of one with a version or a length that cannot be, the
/// addresses need not be addresses.
fn can_be(decoded: &Decoded<'_>, index: usize) -> bool {
    let mut faults = decoded.faults_of(index);
    !faults.any(|fault| matches!(fault.kind, FaultKind::BadValue { .. }))
}

fn cards(decoded: &Decoded<'_>, layer: &Layer) -> Option<[Peer; 2]> {
    let header = decoded.header_of(layer)?;
    let destination: &[u8; 6] = header.first_chunk()?;
    let source: &[u8; 6] = header.get(6..)?.first_chunk()?;
    Some([Peer::Mac(*source), Peer::Mac(*destination)])
}

fn hosts(decoded: &Decoded<'_>, layer: &Layer) -> Option<[Peer; 2]> {
    let (source, destination) = addresses(decoded, layer)?;
    Some([source, destination].map(|address| Peer::Host(Endpoint::new(address, 0))))
}

fn sockets(decoded: &Decoded<'_>, index: usize) -> Option<[Peer; 2]> {
    let (sender, receiver) = ends_of(decoded, index)?;
    Some([sender, receiver].map(Peer::Socket))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{udp, with_frame};
    use super::*;

    fn shown(bytes: &[u8], level: Level) -> Vec<String> {
        let mut shown = Vec::new();
        with_frame(bytes, |decoded| {
            shown.extend(exchanges(decoded, level, 0).map(|exchange| {
                let Exchange {
                    sender, receiver, ..
                } = exchange;
                format!(
                    "{sender} {:?} > {receiver} {:?}",
                    sender.port(),
                    receiver.port()
                )
            }));
        });
        shown
    }

    #[test]
    fn each_layer_has_its_own_addresses() {
        let bytes = udp(1, 2);
        let ethernet = "02:02:02:02:02:02 None > 04:04:04:04:04:04 None";
        assert_eq!(shown(&bytes, Level::Ethernet), [ethernet]);
        assert_eq!(
            shown(&bytes, Level::Ipv4),
            ["10.0.0.1 None > 10.0.0.1 None"]
        );
        assert_eq!(
            shown(&bytes, Level::Udp),
            ["10.0.0.1 Some(1) > 10.0.0.1 Some(2)"]
        );
        assert!(shown(&bytes, Level::Tcp).is_empty());
    }

    #[test]
    fn the_addresses_of_a_header_that_cannot_be_are_not_believed() {
        let mut bytes = udp(1, 2);
        bytes[14] = 0x43; // version 4, a header of 12 bytes
        assert!(shown(&bytes, Level::Ipv4).is_empty());
        assert_eq!(shown(&bytes, Level::Ethernet).len(), 1);
    }

    #[test]
    fn ports_that_were_not_captured_are_not_guessed() {
        let bytes = udp(1, 2);
        assert!(shown(&bytes[..14 + 20 + 3], Level::Udp).is_empty());
    }
}
