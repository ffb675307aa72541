//! What the numbers of DHCP stand for (IANA "Dynamic Host Configuration Protocol (DHCP) and Bootstrap Protocol (BOOTP)
//! Parameters").

/// The name of a number in a list.
pub fn name_of(names: &[(u64, &'static str)], number: u64) -> Option<&'static str> {
    let found = names.iter().find(|(listed, _)| *listed == number);
    found.map(|(_, name)| *name)
}

/// Whether a message asks or answers, as BOOTP says it.
pub const OPERATIONS: &[(u64, &str)] = &[(1, "Boot Request"), (2, "Boot Reply")];

/// What kind of network the client is in (IANA "Hardware Types").
pub const HARDWARE: &[(u64, &str)] = &[
    (1, "Ethernet"),
    (6, "IEEE 802"),
    (7, "ARCNET"),
    (15, "Frame Relay"),
    (16, "ATM"),
    (20, "serial line"),
    (24, "IEEE 1394"),
    (32, "InfiniBand"),
    (255, "no hardware address"),
];

/// What a message is for (RFC 2132, section 9.6, and later ones).
pub const MESSAGES: &[(u64, &str)] = &[
    (1, "Discover"),
    (2, "Offer"),
    (3, "Request"),
    (4, "Decline"),
    (5, "ACK"),
    (6, "NAK"),
    (7, "Release"),
    (8, "Inform"),
    (9, "Force Renew"),
    (10, "Lease query"),
    (11, "Lease Unassigned"),
    (12, "Lease Unknown"),
    (13, "Lease Active"),
    (14, "Bulk Lease Query"),
    (15, "Lease Query Done"),
    (16, "Active LeaseQuery"),
    (17, "Lease Query Status"),
    (18, "TLS"),
];

/// The fields that hold options too.
pub const OVERLOADS: &[(u64, &str)] = &[
    (1, "the file name holds options"),
    (2, "the server's name holds options"),
    (3, "both hold options"),
];

/// How names of NetBIOS are looked up (RFC 2132, section 8.7).
pub const NODE_TYPES: &[(u64, &str)] = &[
    (1, "broadcasts"),
    (2, "asks a name server"),
    (4, "broadcasts, then asks"),
    (8, "asks, then broadcasts"),
];

/// The forms of a DHCP unique identifier.
pub const UNIQUE_FORMS: &[(u64, &str)] = &[
    (1, "link-layer address and time"),
    (2, "of an enterprise"),
    (3, "link-layer address"),
    (4, "UUID"),
];

/// The name of an option.
pub fn option_name(number: u64) -> Option<&'static str> {
    name_of(OPTIONS, number).or(match number {
        224..=254 => Some("of the site"),
        _ => None,
    })
}

const OPTIONS: &[(u64, &str)] = &[
    (0, "padding"),
    (1, "subnet mask"),
    (2, "time offset"),
    (3, "router"),
    (4, "time server"),
    (5, "name server"),
    (6, "domain name server"),
    (7, "log server"),
    (8, "quotes server"),
    (9, "printer server"),
    (10, "Impress server"),
    (11, "resource location server"),
    (12, "host name"),
    (13, "boot file size"),
    (14, "merit dump file"),
    (15, "domain name"),
    (16, "swap server"),
    (17, "root path"),
    (18, "extensions path"),
    (19, "IP forwarding"),
    (20, "non-local source routing"),
    (21, "policy filter"),
    (22, "maximum datagram reassembly size"),
    (23, "default IP time to live"),
    (24, "path MTU aging timeout"),
    (25, "path MTU plateau table"),
    (26, "interface MTU"),
    (27, "all subnets are local"),
    (28, "broadcast address"),
    (29, "perform mask discovery"),
    (30, "mask supplier"),
    (31, "perform router discovery"),
    (32, "router solicitation address"),
    (33, "static route"),
    (34, "trailer encapsulation"),
    (35, "ARP cache timeout"),
    (36, "Ethernet encapsulation"),
    (37, "TCP default time to live"),
    (38, "TCP keep-alive interval"),
    (39, "TCP keep-alive garbage"),
    (40, "NIS domain"),
    (41, "NIS server"),
    (42, "NTP server"),
    (43, "vendor-specific information"),
    (44, "NetBIOS name server"),
    (45, "NetBIOS datagram distribution server"),
    (46, "NetBIOS node type"),
    (47, "NetBIOS scope"),
    (48, "X Window font server"),
    (49, "X Window display manager"),
    (50, "requested IP address"),
    (51, "IP address lease time"),
    (52, "option overload"),
    (53, "DHCP message type"),
    (54, "DHCP server identifier"),
    (55, "parameter request list"),
    (56, "message"),
    (57, "maximum DHCP message size"),
    (58, "renewal time"),
    (59, "rebinding time"),
    (60, "vendor class identifier"),
    (61, "client identifier"),
    (64, "NIS+ domain"),
    (65, "NIS+ server"),
    (66, "TFTP server name"),
    (67, "boot file name"),
    (68, "mobile IP home agent"),
    (69, "SMTP server"),
    (70, "POP3 server"),
    (71, "NNTP server"),
    (72, "WWW server"),
    (73, "finger server"),
    (74, "IRC server"),
    (77, "user class"),
    (78, "directory agent"),
    (79, "service scope"),
    (80, "rapid commit"),
    (81, "client's full domain name"),
    (82, "relay agent information"),
    (85, "NDS servers"),
    (90, "authentication"),
    (93, "client's architecture"),
    (94, "client's network interface"),
    (95, "LDAP"),
    (97, "client machine identifier"),
    (99, "civic location"),
    (100, "time zone, POSIX"),
    (101, "time zone, by name"),
    (108, "IPv6-only preferred"),
    (114, "captive portal"),
    (116, "auto-configuration"),
    (117, "name service search"),
    (118, "subnet selection"),
    (119, "domain search"),
    (120, "SIP servers"),
    (121, "classless static route"),
    (124, "vendor-identifying vendor class"),
    (125, "vendor-identifying information"),
    (138, "CAPWAP access controller"),
    (150, "TFTP server address"),
    (208, "PXELINUX magic"),
    (209, "PXELINUX configuration file"),
    (210, "PXELINUX path prefix"),
    (211, "PXELINUX reboot time"),
    (249, "classless static route (Microsoft)"),
    (252, "proxy auto-discovery"),
    (255, "end"),
];

/// The name of what a relay agent adds (IANA "Relay Agent Sub-Option Codes").
pub fn agent_name(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "circuit ID",
        2 => "remote ID",
        4 => "DOCSIS device class",
        5 => "link selection",
        6 => "subscriber ID",
        7 => "RADIUS attributes",
        8 => "authentication",
        9 => "vendor-specific information",
        10 => "flags",
        11 => "server identifier override",
        12 => "relay agent identifier",
        19 => "source port",
        151 => "virtual subnet selection",
        152 => "virtual subnet selection control",
        _ => return None,
    })
}
