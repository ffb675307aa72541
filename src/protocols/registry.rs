//! The list of all protocols, and how one is found from what the layer around it announces.

use std::sync::LazyLock;

use crate::model::protocol::{Protocol, Selector};

/// Every protocol, from the link upwards.
pub static ALL: &[&Protocol] = &[
    &super::frame::PROTOCOL,
    &super::ethernet::PROTOCOL,
    &super::vlan::PROTOCOL,
    &super::ieee8021ad::PROTOCOL,
    &super::llc::PROTOCOL,
    &super::stp::PROTOCOL,
    &super::null::PROTOCOL,
    &super::raw::PROTOCOL,
    &super::sll::PROTOCOL,
    &super::arp::PROTOCOL,
    &super::ipv4::PROTOCOL,
    &super::ipv6::PROTOCOL,
    &super::ipv6_hop_by_hop::PROTOCOL,
    &super::ipv6_destination::PROTOCOL,
    &super::ipv6_routing::PROTOCOL,
    &super::ipv6_fragment::PROTOCOL,
    &super::ah::PROTOCOL,
    &super::esp::PROTOCOL,
    &super::igmp::PROTOCOL,
    &super::icmp::PROTOCOL,
    &super::icmpv6::PROTOCOL,
    &super::tcp::PROTOCOL,
    &super::piece::PROTOCOL,
    &super::udp::PROTOCOL,
    &super::chat::PROTOCOL,
    &super::data::PROTOCOL,
];

/// The protocol that claims a selector.
#[inline]
pub fn find(selector: Selector) -> Option<&'static Protocol> {
    static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);
    TABLES.find(selector)
}

/// The protocol with this filter name.
pub fn named(name: &str) -> Option<&'static Protocol> {
    ALL.iter().find(|protocol| protocol.name == name).copied()
}

/// The claims of all protocols, one table a kind.
#[derive(Default)]
struct Tables {
    links: Claims,
    ether_types: Claims,
    llc: Claims,
    llc_saps: Claims,
    ip_protocols: Claims,
    tcp_ports: Claims,
    udp_ports: Claims,
}

impl Tables {
    fn new() -> Self {
        let mut tables = Self::default();
        for protocol in ALL {
            for selector in protocol.parents {
                let (claims, key) = tables.place_of(*selector);
                claims.add(key, protocol);
            }
        }
        tables
    }

    fn place_of(&mut self, selector: Selector) -> (&mut Claims, u16) {
        match selector {
            Selector::Link(link) => (&mut self.links, link.0),
            Selector::EtherType(number) => (&mut self.ether_types, number),
            Selector::Llc => (&mut self.llc, 0),
            Selector::LlcSap(sap) => (&mut self.llc_saps, u16::from(sap)),
            Selector::IpProtocol(number) => (&mut self.ip_protocols, u16::from(number)),
            Selector::TcpPort(port) => (&mut self.tcp_ports, port),
            Selector::UdpPort(port) => (&mut self.udp_ports, port),
        }
    }

    #[inline]
    fn find(&self, selector: Selector) -> Option<&'static Protocol> {
        match selector {
            Selector::Link(link) => self.links.find(link.0),
            Selector::EtherType(number) => self.ether_types.find(number),
            Selector::Llc => self.llc.find(0),
            Selector::LlcSap(sap) => self.llc_saps.find(u16::from(sap)),
            Selector::IpProtocol(number) => self.ip_protocols.find(u16::from(number)),
            Selector::TcpPort(port) => self.tcp_ports.find(port),
            Selector::UdpPort(port) => self.udp_ports.find(port),
        }
    }
}

/// Claimed numbers, each in a place of its own: one look tells whether a number is claimed. Along a list, a
/// processor would guess wrong where to stop.
#[derive(Default)]
struct Claims {
    /// A power of two of places; none where nothing is claimed.
    places: Vec<Option<Claim>>,
}

type Claim = (u16, &'static Protocol);

impl Claims {
    /// The first claim of a number counts.
    fn add(&mut self, key: u16, protocol: &'static Protocol) {
        if self.find(key).is_some() {
            return;
        }
        let mut claims: Vec<Claim> = self.places.drain(..).flatten().collect();
        claims.push((key, protocol));
        // Two numbers that differ have places of their own at last among as many as there are numbers.
        let mut count = claims.len().next_power_of_two();
        loop {
            self.places = vec![None; count];
            let mut is_free = |(key, protocol)| {
                let place = self.place_of(key);
                self.places[place].replace((key, protocol)).is_none()
            };
            if claims.iter().all(|claim| is_free(*claim)) {
                return;
            }
            count *= 2;
        }
    }

    const fn place_of(&self, key: u16) -> usize {
        key as usize & self.places.len().wrapping_sub(1)
    }

    fn find(&self, key: u16) -> Option<&'static Protocol> {
        let (claimed, protocol) = (*self.places.get(self.place_of(key))?)?;
        (claimed == key).then_some(protocol)
    }
}
