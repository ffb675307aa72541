//! Where a fact about a protocol is written down, so that every field can be looked up by its reader.

use std::fmt;

/// The document, and the place in it, that defines a field or a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An RFC: its number and section (`"3.1"`; empty for the whole document).
    Rfc(u16, &'static str),
    /// An IEEE standard and its clause: `("802.3-2022", "3.2.6")`.
    Ieee(&'static str, &'static str),
    /// A registry kept by IANA, by its title.
    Iana(&'static str),
    /// A link-layer header type of the registry at tcpdump.org, by its name.
    LinkTypes(&'static str),
    /// Defined by this program: what it computes, or the chat's own wire format.
    Netinspect(&'static str),
    /// Wireshark's name and rule for what is found by following conversations.
    Wireshark(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rfc(number, "") => write!(f, "RFC {number}"),
            Self::Rfc(number, section) => write!(f, "RFC {number}, section {section}"),
            Self::Ieee(standard, "") => write!(f, "IEEE {standard}"),
            Self::Ieee(standard, clause) => write!(f, "IEEE {standard}, clause {clause}"),
            Self::Iana(registry) => write!(f, "IANA registry \"{registry}\""),
            Self::LinkTypes(name) => write!(f, "link-layer header type {name} (tcpdump.org)"),
            Self::Netinspect(what) => write!(f, "netinspect: {what}"),
            Self::Wireshark(what) => write!(f, "Wireshark: {what}"),
        }
    }
}

/// The RFCs that this program cites, with their titles. None of them is obsoleted by a later one,
/// unless what it defines was itself withdrawn (such fields say so in their meaning).
const RFCS: &[(u16, &str)] = &[
    (768, "User Datagram Protocol"),
    (791, "Internet Protocol"),
    (792, "Internet Control Message Protocol"),
    (826, "An Ethernet Address Resolution Protocol"),
    (
        894,
        "A Standard for the Transmission of IP Datagrams over Ethernet Networks",
    ),
    (951, "Bootstrap Protocol (BOOTP)"),
    (959, "File Transfer Protocol (FTP)"),
    (1035, "Domain names - implementation and specification"),
    (
        1042,
        "A Standard for the Transmission of IP Datagrams over IEEE 802 Networks",
    ),
    (1071, "Computing the Internet Checksum"),
    (1072, "TCP Extensions for Long-Delay Paths"),
    (1112, "Host Extensions for IP Multicasting"),
    (
        1122,
        "Requirements for Internet Hosts - Communication Layers",
    ),
    (1146, "TCP Alternate Checksum Options"),
    (1191, "Path MTU Discovery"),
    (1256, "ICMP Router Discovery Messages"),
    (1350, "The TFTP Protocol (Revision 2)"),
    (
        1644,
        "T/TCP -- TCP Extensions for Transactions Functional Specification",
    ),
    (1693, "An Extension to TCP: Partial Order Service"),
    (1939, "Post Office Protocol - Version 3"),
    (2018, "TCP Selective Acknowledgment Options"),
    (2113, "IP Router Alert Option"),
    (2131, "Dynamic Host Configuration Protocol"),
    (2132, "DHCP Options and BOOTP Vendor Extensions"),
    (
        2136,
        "Dynamic Updates in the Domain Name System (DNS UPDATE)",
    ),
    (2181, "Clarifications to the DNS Specification"),
    (2236, "Internet Group Management Protocol, Version 2"),
    (2308, "Negative Caching of DNS Queries (DNS NCACHE)"),
    (2347, "TFTP Option Extension"),
    (2348, "TFTP Blocksize Option"),
    (2349, "TFTP Timeout Interval and Transfer Size Options"),
    (
        2385,
        "Protection of BGP Sessions via the TCP MD5 Signature Option",
    ),
    (2428, "FTP Extensions for IPv6 and NATs"),
    (2449, "POP3 Extension Mechanism"),
    (2473, "Generic Packet Tunneling in IPv6 Specification"),
    (
        2474,
        "Definition of the Differentiated Services Field (DS Field) in the IPv4 and IPv6 Headers",
    ),
    (
        2563,
        "DHCP Option to Disable Stateless Auto-Configuration in IPv4 Clients",
    ),
    (2595, "Using TLS with IMAP, POP3 and ACAP"),
    (2675, "IPv6 Jumbograms"),
    (2710, "Multicast Listener Discovery (MLD) for IPv6"),
    (2711, "IPv6 Router Alert Option"),
    (
        2782,
        "A DNS RR for specifying the location of services (DNS SRV)",
    ),
    (
        3030,
        "SMTP Service Extensions for Transmission of Large and Binary MIME Messages",
    ),
    (3046, "DHCP Relay Agent Information Option"),
    (
        3168,
        "The Addition of Explicit Congestion Notification (ECN) to IP",
    ),
    (
        3207,
        "SMTP Service Extension for Secure SMTP over Transport Layer Security",
    ),
    (
        3279,
        "Algorithms and Identifiers for the Internet X.509 Public Key Infrastructure Certificate and Certificate Revocation List (CRL) Profile",
    ),
    (
        3397,
        "Dynamic Host Configuration Protocol (DHCP) Domain Search Option",
    ),
    (
        3403,
        "Dynamic Delegation Discovery System (DDDS) Part Three: The Domain Name System (DNS) Database",
    ),
    (
        3442,
        "The Classless Static Route Option for Dynamic Host Configuration Protocol (DHCP) version 4",
    ),
    (
        3527,
        "Link Selection sub-option for the Relay Agent Information Option for DHCPv4",
    ),
    (3596, "DNS Extensions to Support IP Version 6"),
    (3597, "Handling of Unknown DNS Resource Record (RR) Types"),
    (3971, "SEcure Neighbor Discovery (SEND)"),
    (
        3993,
        "Subscriber-ID Suboption for the Dynamic Host Configuration Protocol (DHCP) Relay Agent Option",
    ),
    (4034, "Resource Records for the DNS Security Extensions"),
    (
        4035,
        "Protocol Modifications for the DNS Security Extensions",
    ),
    (4191, "Default Router Preferences and More-Specific Routes"),
    (4217, "Securing FTP with TLS"),
    (
        4255,
        "Using DNS to Securely Publish Secure Shell (SSH) Key Fingerprints",
    ),
    (4286, "Multicast Router Discovery"),
    (4302, "IP Authentication Header"),
    (4303, "IP Encapsulating Security Payload (ESP)"),
    (
        4361,
        "Node-specific Client Identifiers for Dynamic Host Configuration Protocol Version Four (DHCPv4)",
    ),
    (4389, "Neighbor Discovery Proxies (ND Proxy)"),
    (
        4443,
        "Internet Control Message Protocol (ICMPv6) for the Internet Protocol Version 6 (IPv6) Specification",
    ),
    (
        4702,
        "The Dynamic Host Configuration Protocol (DHCP) Client Fully Qualified Domain Name (FQDN) Option",
    ),
    (
        4727,
        "Experimental Values in IPv4, IPv6, ICMPv4, ICMPv6, UDP, and TCP Headers",
    ),
    (4782, "Quick-Start for TCP and IP"),
    (4861, "Neighbor Discovery for IP version 6 (IPv6)"),
    (4884, "Extended ICMP to Support Multi-Part Messages"),
    (4950, "ICMP Extensions for Multiprotocol Label Switching"),
    (4954, "SMTP Service Extension for Authentication"),
    (5001, "DNS Name Server Identifier (NSID) Option"),
    (
        5010,
        "The Dynamic Host Configuration Protocol Version 4 (DHCPv4) Relay Agent Flags Suboption",
    ),
    (
        5011,
        "Automated Updates of DNS Security (DNSSEC) Trust Anchors",
    ),
    (
        5034,
        "The Post Office Protocol (POP3) Simple Authentication and Security Layer (SASL) Authentication Mechanism",
    ),
    (5095, "Deprecation of Type 0 Routing Headers in IPv6"),
    (5107, "DHCP Server Identifier Override Suboption"),
    (
        5155,
        "DNS Security (DNSSEC) Hashed Authenticated Denial of Existence",
    ),
    (5175, "IPv6 Router Advertisement Flags Option"),
    (5227, "IPv4 Address Conflict Detection"),
    (
        5280,
        "Internet X.509 Public Key Infrastructure Certificate and Certificate Revocation List (CRL) Profile",
    ),
    (5321, "Simple Mail Transfer Protocol"),
    (
        5462,
        "Multiprotocol Label Switching (MPLS) Label Stack Entry: \"EXP\" Field Renamed to \"Traffic Class\" Field",
    ),
    (
        5480,
        "Elliptic Curve Cryptography Subject Public Key Information",
    ),
    (5482, "TCP User Timeout Option"),
    (
        5570,
        "Common Architecture Label IPv6 Security Option (CALIPSO)",
    ),
    (5722, "Handling of Overlapping IPv6 Fragments"),
    (
        5746,
        "Transport Layer Security (TLS) Renegotiation Indication Extension",
    ),
    (
        5837,
        "Extending ICMP for Interface and Next-Hop Identification",
    ),
    (5859, "TFTP Server Address Option for DHCPv4"),
    (
        5905,
        "Network Time Protocol Version 4: Protocol and Algorithms Specification",
    ),
    (5925, "The TCP Authentication Option"),
    (5944, "IP Mobility Support for IPv4, Revised"),
    (
        6066,
        "Transport Layer Security (TLS) Extensions: Extension Definitions",
    ),
    (6265, "HTTP State Management Mechanism"),
    (6275, "Mobility Support in IPv6"),
    (6437, "IPv6 Flow Label Specification"),
    (6455, "The WebSocket Protocol"),
    (
        6520,
        "Transport Layer Security (TLS) and Datagram Transport Layer Security (DTLS) Heartbeat Extension",
    ),
    (
        6553,
        "The Routing Protocol for Low-Power and Lossy Networks (RPL) Option for Carrying RPL Information in Data-Plane Datagrams",
    ),
    (
        6554,
        "An IPv6 Routing Header for Source Routes with the Routing Protocol for Low-Power and Lossy Networks (RPL)",
    ),
    (6672, "DNAME Redirection in the DNS"),
    (
        6698,
        "The DNS-Based Authentication of Named Entities (DANE) Transport Layer Security (TLS) Protocol: TLSA",
    ),
    (
        6744,
        "IPv6 Nonce Destination Option for the Identifier-Locator Network Protocol for IPv6 (ILNPv6)",
    ),
    (6762, "Multicast DNS"),
    (6788, "The Line-Identification Option"),
    (6864, "Updated Specification of the IPv4 ID Field"),
    (6891, "Extension Mechanisms for DNS (EDNS(0))"),
    (6918, "Formally Deprecating Some ICMPv4 Message Types"),
    (6925, "The DHCPv4 Relay Agent Identifier Sub-Option"),
    (6971, "Depth-First Forwarding (DFF) in Unreliable Networks"),
    (6994, "Shared Use of Experimental TCP Options"),
    (
        7301,
        "Transport Layer Security (TLS) Application-Layer Protocol Negotiation Extension",
    ),
    (7323, "TCP Extensions for High Performance"),
    (7413, "TCP Fast Open"),
    (7440, "TFTP Windowsize Option"),
    (7541, "HPACK: Header Compression for HTTP/2"),
    (
        7685,
        "A Transport Layer Security (TLS) ClientHello Padding Extension",
    ),
    (7692, "Compression Extensions for WebSocket"),
    (
        7731,
        "Multicast Protocol for Low-Power and Lossy Networks (MPL)",
    ),
    (7766, "DNS Transport over TCP - Implementation Requirements"),
    (
        7822,
        "Network Time Protocol Version 4 (NTPv4) Extension Fields",
    ),
    (7828, "The edns-tcp-keepalive EDNS0 Option"),
    (7830, "The EDNS(0) Padding Option"),
    (7871, "Client Subnet in DNS Queries"),
    (7873, "Domain Name System (DNS) Cookies"),
    (
        8106,
        "IPv6 Router Advertisement Options for DNS Configuration",
    ),
    (8200, "Internet Protocol, Version 6 (IPv6) Specification"),
    (
        8250,
        "IPv6 Performance and Diagnostic Metrics (PDM) Destination Option",
    ),
    (8335, "PROBE: A Utility for Probing Interfaces"),
    (
        8422,
        "Elliptic Curve Cryptography (ECC) Cipher Suites for Transport Layer Security (TLS) Versions 1.2 and Earlier",
    ),
    (8441, "Bootstrapping WebSockets with HTTP/2"),
    (
        8446,
        "The Transport Layer Security (TLS) Protocol Version 1.3",
    ),
    (8547, "TCP-ENO: Encryption Negotiation Option"),
    (
        8573,
        "Message Authentication Code for the Network Time Protocol",
    ),
    (
        8659,
        "DNS Certification Authority Authorization (CAA) Resource Record",
    ),
    (
        8684,
        "TCP Extensions for Multipath Operation with Multiple Addresses",
    ),
    (8754, "IPv6 Segment Routing Header (SRH)"),
    (8781, "Discovering PREF64 in Router Advertisements"),
    (
        8910,
        "Captive-Portal Identification in DHCP and Router Advertisements (RAs)",
    ),
    (8914, "Extended DNS Errors"),
    (8945, "Secret Key Transaction Authentication for DNS (TSIG)"),
    (8999, "Version-Independent Properties of QUIC"),
    (9000, "QUIC: A UDP-Based Multiplexed and Secure Transport"),
    (9001, "Using TLS to Secure QUIC"),
    (
        9051,
        "Internet Message Access Protocol (IMAP) - Version 4rev2",
    ),
    (9110, "HTTP Semantics"),
    (9111, "HTTP Caching"),
    (9112, "HTTP/1.1"),
    (9113, "HTTP/2"),
    (
        9197,
        "Data Fields for In Situ Operations, Administration, and Maintenance (IOAM)",
    ),
    (9221, "An Unreliable Datagram Extension to QUIC"),
    (9268, "IPv6 Minimum Path MTU Hop-by-Hop Option"),
    (9293, "Transmission Control Protocol (TCP)"),
    (9343, "IPv6 Application of the Alternate-Marking Method"),
    (9368, "Compatible Version Negotiation for QUIC"),
    (9369, "QUIC Version 2"),
    (
        9460,
        "Service Binding and Parameter Specification via the DNS (SVCB and HTTPS Resource Records)",
    ),
    (9461, "Service Binding Mapping for DNS Servers"),
    (
        9486,
        "IPv6 Options for In Situ Operations, Administration, and Maintenance (IOAM)",
    ),
    (9673, "IPv6 Hop-by-Hop Options Processing Procedures"),
    (
        9768,
        "More Accurate Explicit Congestion Notification (AccECN) Feedback in TCP",
    ),
    (9776, "Internet Group Management Protocol, Version 3"),
    (
        9777,
        "Multicast Listener Discovery Version 2 (MLDv2) for IPv6",
    ),
    (
        9848,
        "Bootstrapping TLS Encrypted ClientHello with DNS Service Bindings",
    ),
];

/// The title of an RFC that this program cites.
pub fn rfc_title(number: u16) -> Option<&'static str> {
    RFCS.iter()
        .find(|(listed, _)| *listed == number)
        .map(|(_, title)| *title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfcs_are_listed_once_and_in_order() {
        assert!(RFCS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_source_reads_as_a_citation() {
        assert_eq!(
            Source::Rfc(9293, "3.1").to_string(),
            "RFC 9293, section 3.1"
        );
        assert_eq!(Source::Rfc(768, "").to_string(), "RFC 768");
    }
}
