//! What the lab looks like: its two hosts, and what can be chosen about them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::Fault;

/// Which of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The host that is called `server`.
    Server,
    /// The host that is called `client`.
    Client,
}

impl Role {
    /// Both hosts, the server first.
    pub const BOTH: [Self; 2] = [Self::Server, Self::Client];

    /// The host's name, which resolves inside the lab.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// The host at the other end of the cable.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }

    /// The address of the host's interface on the cable: locally administered, and readable.
    pub const fn mac(self) -> [u8; 6] {
        match self {
            Self::Server => [2, 0, 0, 0, 0, 6],
            Self::Client => [2, 0, 0, 0, 0, 7],
        }
    }

    /// The host's IPv4 address; the network is 192.168.1.0/24.
    pub const fn ipv4(self) -> Ipv4Addr {
        match self {
            Self::Server => Ipv4Addr::new(192, 168, 1, 6),
            Self::Client => Ipv4Addr::new(192, 168, 1, 7),
        }
    }

    /// The host's IPv6 address, where [`Settings::ipv6`] is chosen; the network is `fd00::/64`.
    pub const fn ipv6(self) -> Ipv6Addr {
        match self {
            Self::Server => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 6),
            Self::Client => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 7),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be chosen about a lab. The default is IPv4 alone, untagged, with an MTU of 1500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether the hosts have IPv6 addresses too.
    pub ipv6: bool,
    /// Makes the cable a trunk of this VLAN between two switches: every frame on it has an IEEE 802.1Q
    /// tag. The hosts stand at access ports, where it is put on and taken off, and do not see it.
    pub vlan: Option<VlanId>,
    /// The longest packet that passes.
    pub mtu: Mtu,
    /// What goes wrong on the cable, each for itself and in this order.
    pub faults: Vec<Fault>,
    /// Settings of the server's kernel.
    pub server_sysctls: Vec<Sysctl>,
    /// Settings of the client's kernel.
    pub client_sysctls: Vec<Sysctl>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ipv6: false,
            vlan: None,
            mtu: Mtu::ETHERNET,
            faults: Vec::new(),
            server_sysctls: Vec::new(),
            client_sysctls: Vec::new(),
        }
    }
}

impl Settings {
    /// The kernel settings of one host.
    pub fn sysctls(&self, role: Role) -> &[Sysctl] {
        match role {
            Role::Server => &self.server_sysctls,
            Role::Client => &self.client_sysctls,
        }
    }
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
