//! What the lab looks like: its hosts, and what can be chosen about them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fault::Fault;

/// The name of a host, which tells it from the others of its lab: a letter, then letters, digits and
/// hyphens, 12 at most (the interface `to-NAME` is named after it, and Linux takes 15).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostName {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl HostName {
    const LONGEST: usize = 12;

    /// The host that is called `server`.
    pub const SERVER: Self = Self::written("server");
    /// The host that is called `client`.
    pub const CLIENT: Self = Self::written("client");

    const fn written(name: &str) -> Self {
        let mut bytes = [0; Self::LONGEST];
        bytes
            .split_at_mut(name.len())
            .0
            .copy_from_slice(name.as_bytes());
        #[expect(clippy::cast_possible_truncation)]
        let length = name.len() as u8;
        Self { bytes, length }
    }

    /// A name, or `None` where the text is none.
    pub fn new(text: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = text.len() <= Self::LONGEST
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.bytes().all(known)
            && text != "localhost";
        valid.then(|| Self::written(text))
    }

    /// The host as a sentence names it: `the server`, but `ann`.
    pub fn in_a_sentence(self) -> String {
        match self {
            Self::SERVER | Self::CLIENT => format!("the {self}"),
            _ => self.to_string(),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length.into()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// One of the hosts of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// Its name, which resolves in the whole lab.
    pub name: HostName,
    /// The last byte of its addresses, 1 to 254.
    number: u8,
    /// Settings of its kernel.
    pub sysctls: Vec<Sysctl>,
}

impl HostSettings {
    /// The host `server`: 192.168.1.6.
    pub const SERVER: Self = Self::numbered(HostName::SERVER, 6);
    /// The host `client`: 192.168.1.7.
    pub const CLIENT: Self = Self::numbered(HostName::CLIENT, 7);

    const fn numbered(name: HostName, number: u8) -> Self {
        Self {
            name,
            number,
            sysctls: Vec::new(),
        }
    }

    /// A host with an address of the network 192.168.1.0/24; `None` for another network's, and for the
    /// first and the last of it, which no host can have.
    pub const fn new(name: HostName, address: Ipv4Addr) -> Option<Self> {
        match address.octets() {
            [192, 168, 1, number @ 1..=254] => Some(Self::numbered(name, number)),
            _ => None,
        }
    }

    /// With this setting of its kernel.
    #[must_use]
    pub fn sysctl(mut self, sysctl: Sysctl) -> Self {
        self.sysctls.push(sysctl);
        self
    }

    /// The address of the host's interface: locally administered, and readable.
    pub const fn mac(&self) -> [u8; 6] {
        [2, 0, 0, 0, 0, self.number]
    }

    /// The host's IPv4 address; the network is 192.168.1.0/24.
    pub const fn ipv4(&self) -> Ipv4Addr {
        Ipv4Addr::new(192, 168, 1, self.number)
    }

    /// The host's IPv6 address, where [`Settings::ipv6`] is chosen; the network is `fd00::/64`.
    pub const fn ipv6(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, self.number as u16)
    }

    /// The address by which the host is spoken to: that of IPv6 where it is chosen.
    pub fn address(&self, ipv6: bool) -> IpAddr {
        if ipv6 {
            self.ipv6().into()
        } else {
            self.ipv4().into()
        }
    }
}

/// What can be chosen about a lab. The default is a server and a client, IPv4 alone, untagged, with an MTU
/// of 1500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The hosts, in the order of the ports: two at the ends of a cable, or up to eight around a switch.
    pub hosts: Vec<HostSettings>,
    /// Whether the hosts have IPv6 addresses too.
    pub ipv6: bool,
    /// Makes the cable a trunk of this VLAN between two switches: every frame on it has an IEEE 802.1Q
    /// tag. The hosts stand at access ports, where it is put on and taken off, and do not see it.
    pub vlan: Option<VlanId>,
    /// The longest packet that passes.
    pub mtu: Mtu,
    /// What goes wrong on the cable, each for itself and in this order.
    pub faults: Vec<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: vec![HostSettings::SERVER, HostSettings::CLIENT],
            ipv6: false,
            vlan: None,
            mtu: Mtu::ETHERNET,
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// The most hosts that a lab has.
    pub const MOST_HOSTS: usize = 8;
}

/// An IEEE 802.1Q VLAN identifier: 1 to 4094.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanId(u16);

impl VlanId {
    /// The identifier, or `None` for 0 ("no VLAN"), 4095 (reserved) and numbers of more than 12 bits.
    pub const fn new(number: u16) -> Option<Self> {
        match number {
            1..=4094 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The longest packet that a link carries, in bytes, the Ethernet header not counted: 68 to 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mtu(u16);

impl Mtu {
    /// What Ethernet carries: RFC 894.
    pub const ETHERNET: Self = Self(1500);
    /// What every link must carry for IPv6, in bytes: RFC 8200, section 5.
    pub const LEAST_FOR_IPV6: u16 = 1280;

    /// An MTU, or `None` below the 68 bytes that IPv4 asks of every link (RFC 791, section 3.2).
    pub const fn new(bytes: u16) -> Option<Self> {
        match bytes {
            68.. => Some(Self(bytes)),
            _ => None,
        }
    }

    /// In bytes.
    pub const fn bytes(self) -> u16 {
        self.0
    }
}

/// A setting of a host's network stack, as sysctl(8) writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    name: String,
    value: String,
}

impl Sysctl {
    /// The setting `name` (dotted, below `net.`), or `None` for a name that is not one.
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let known = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let valid = name.starts_with("net.") && name.split('.').all(known);
        valid.then(|| Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Every outgoing connection takes `port` as its own: repeatable, but one at a time.
    pub fn local_port(port: u16) -> Self {
        Self {
            name: "net.ipv4.ip_local_port_range".to_owned(),
            value: format!("{port} {port}"),
        }
    }

    /// The dotted name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value as text.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The file below `/proc/sys` that holds it.
    pub(super) fn path(&self) -> String {
        format!("/proc/sys/{}", self.name.replace('.', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_outside_the_network_stack_or_with_a_path_in_it_is_none() {
        for name in [
            "kernel.hostname",
            "net",
            "net.",
            "net..ipv4",
            "net.../../kernel",
            "net.ipv4/tcp_sack",
            "",
        ] {
            assert_eq!(Sysctl::new(name, "1"), None, "{name}");
        }
    }

    #[test]
    fn a_setting_lies_below_proc_sys_net() {
        let sysctl = Sysctl::new("net.ipv4.tcp_timestamps", "0").expect("a valid name");
        assert_eq!(sysctl.path(), "/proc/sys/net/ipv4/tcp_timestamps");
    }

    #[test]
    fn a_vlan_has_twelve_bits_without_the_reserved_numbers() {
        assert_eq!(VlanId::new(0), None);
        assert_eq!(VlanId::new(1).map(VlanId::number), Some(1));
        assert_eq!(VlanId::new(4094).map(VlanId::number), Some(4094));
        assert_eq!(VlanId::new(4095), None);
    }
}
