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
pub fn find(selector: Selector) -> Option<&'static Protocol> {
    static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);
    TABLES.find(selector)
}

/// The protocol with this filter name.
pub fn named(name: &str) -> Option<&'static Protocol> {
    ALL.iter().find(|protocol| protocol.name == name).copied()
}

/// The claims of all protocols, one short list a kind: a walk along it is quicker than hashing.
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

type Claims = Vec<(u16, &'static Protocol)>;

impl Tables {
    fn new() -> Self {
        let mut tables = Self::default();
        for protocol in ALL {
            for selector in protocol.parents {
                let (claims, key) = tables.place_of(*selector);
                claims.push((key, protocol));
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

    fn find(&self, selector: Selector) -> Option<&'static Protocol> {
        let (claims, key) = match selector {
            Selector::Link(link) => (&self.links, link.0),
            Selector::EtherType(number) => (&self.ether_types, number),
            Selector::Llc => (&self.llc, 0),
            Selector::LlcSap(sap) => (&self.llc_saps, u16::from(sap)),
            Selector::IpProtocol(number) => (&self.ip_protocols, u16::from(number)),
            Selector::TcpPort(port) => (&self.tcp_ports, port),
            Selector::UdpPort(port) => (&self.udp_ports, port),
        };
        claims
            .iter()
            .find(|(claimed, _)| *claimed == key)
            .map(|(_, protocol)| *protocol)
    }
}
