//! The interfaces of this host, as `pnet` lists them.

use std::net::IpAddr;

use pnet::datalink::{self, NetworkInterface};
use serde::Serialize;

/// An interface of this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostInterface {
    /// The kernel's number.
    pub index: u32,
    /// Its name, as `-i` takes it.
    pub name: String,
    /// Its hardware address, where it has one.
    pub mac: Option<String>,
    /// Its addresses with their prefix lengths: `192.168.1.6/24`.
    pub addresses: Vec<String>,
    /// Whether it is switched on.
    pub up: bool,
    /// Whether it has a carrier, and works.
    pub running: bool,
    /// Whether it leads back to this host.
    pub loopback: bool,
}

/// All interfaces, in the kernel's order.
pub fn list() -> Vec<HostInterface> {
    let mut found: Vec<_> = datalink::interfaces().iter().map(describe).collect();
    found.sort_by_key(|interface| interface.index);
    found
}

/// The first address of an interface, of the family wanted.
pub fn address_of(name: &str, ipv6: bool) -> Option<IpAddr> {
    let addresses = find(name)?.ips;
    let mut addresses = addresses.iter().map(pnet::ipnetwork::IpNetwork::ip);
    addresses.find(|address| match address {
        IpAddr::V4(_) => !ipv6,
        // A link-local address would need its interface named beside it.
        IpAddr::V6(address) => ipv6 && !address.is_unicast_link_local(),
    })
}

/// The interface of this name, or else of this number.
pub(super) fn find(name: &str) -> Option<NetworkInterface> {
    let all = datalink::interfaces();
    let number: Option<u32> = name.parse().ok();
    let named = all.iter().find(|interface| interface.name == name);
    let numbered = || all.iter().find(|it| Some(it.index) == number);
    named.or_else(numbered).cloned()
}

fn describe(interface: &NetworkInterface) -> HostInterface {
    let address = |network: &pnet::ipnetwork::IpNetwork| {
        let address: IpAddr = network.ip();
        format!("{address}/{}", network.prefix())
    };
    HostInterface {
        index: interface.index,
        name: interface.name.clone(),
        mac: interface
            .mac
            .filter(|_| !interface.is_loopback())
            .map(|mac| mac.to_string()),
        addresses: interface.ips.iter().map(address).collect(),
        up: interface.is_up(),
        running: interface.is_running(),
        loopback: interface.is_loopback(),
    }
}
