//! Names of the numbers in Linux cooked captures: kinds of interface, of packet, of protocol.

/// What a packet was to the host that captured it.
pub fn packet_type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "sent to this host",
        1 => "broadcast by somebody else",
        2 => "multicast by somebody else",
        3 => "sent by somebody else to somebody else",
        4 => "sent by this host",
        _ => return None,
    })
}

/// Linux's kinds of interface (`ARPHRD_*` in `linux/if_arp.h`).
pub fn hardware_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "NET/ROM",
        1 => "Ethernet",
        3 => "AX.25",
        6 => "IEEE 802",
        7 => "ARCNET",
        15 => "Frame Relay DLCI",
        19 => "ATM",
        24 => "IEEE 1394",
        27 => "EUI-64",
        32 => "InfiniBand",
        256 => "SLIP",
        257 => "CSLIP",
        270 => "ROSE",
        271 => "X.25",
        280 => "CAN",
        290 => "MCTP",
        512 => "PPP",
        513 => "Cisco HDLC",
        516 => "LAPB",
        518 => "raw HDLC",
        519 => "raw IP",
        768 => "IPv4 in IPv4 tunnel",
        769 => "IPv6 tunnel",
        770 => "Frame Relay access device",
        772 => "loopback",
        773 => "LocalTalk",
        774 => "FDDI",
        776 => "IPv6 in IPv4 tunnel (SIT)",
        778 => "GRE over IPv4",
        779 => "PIM registration",
        783 => "infrared (IrDA)",
        800 => "token ring",
        801 => "IEEE 802.11",
        802 => "IEEE 802.11 with Prism header",
        803 => "IEEE 802.11 with radiotap header",
        804 => "IEEE 802.15.4",
        805 => "IEEE 802.15.4 monitor",
        820 => "Phonet",
        823 => "GRE over IPv6",
        824 => "netlink",
        825 => "IPv6 over 802.15.4",
        826 => "virtual machine sockets monitor",
        0xfffe => "none",
        0xffff => "void",
        _ => return None,
    })
}

/// Linux's numbers of protocols that have no Ethernet type (`ETH_P_*` in `linux/if_ether.h`).
pub fn linux_type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0x0001 => "raw 802.3 (Novell)",
        0x0002 => "AX.25",
        0x0003 => "every protocol",
        0x0004 => "802.2 LLC",
        0x0005 => "SNAP",
        0x0007 => "PPP over WAN",
        0x0008 => "PPP",
        0x0009 => "LocalTalk",
        0x000c => "CAN",
        0x000d => "CAN FD",
        0x000e => "CAN XL",
        0x0011 => "802.2 LLC on token ring",
        0x0017 => "IrDA LAP",
        0x0019 => "Cisco HDLC",
        0x001a => "ARCNET",
        0x00f5 => "Phonet",
        0x00f6 => "IEEE 802.15.4",
        _ => return None,
    })
}

/// Families of netlink (`NETLINK_*` in `linux/netlink.h`).
pub fn family_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "routing and interfaces",
        2 => "programs' own use",
        4 => "socket monitoring",
        5 => "netfilter log",
        6 => "IPsec",
        7 => "SELinux events",
        9 => "audit",
        10 => "forwarding table lookup",
        11 => "connector",
        12 => "netfilter",
        15 => "device events",
        16 => "generic",
        20 => "RDMA",
        21 => "crypto",
        _ => return None,
    })
}
