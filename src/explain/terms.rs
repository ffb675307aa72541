//! The terms of a first networking course, each in a few plain sentences, with what to look at.

/// A term.
#[derive(Debug)]
pub struct Term {
    /// The term as people say it: `byte stream`.
    pub name: &'static str,
    /// Other words for it.
    pub also: &'static [&'static str],
    /// What it is.
    pub text: &'static str,
    /// What to look up next: fields, protocols, layers, other terms.
    pub see: &'static [&'static str],
}

const fn term(
    name: &'static str,
    also: &'static [&'static str],
    text: &'static str,
    see: &'static [&'static str],
) -> Term {
    Term {
        name,
        also,
        text,
        see,
    }
}

/// All terms, in alphabetical order.
static TERMS: &[Term] = &[
    term(
        "acknowledgment",
        &["ack"],
        "The receiver of a TCP stream tells how far it has it without a hole: the number of the next byte it expects. It says that the kernel has the bytes, not that the program has read them.",
        &["tcp.ack_raw", "sequence number", "sack"],
    ),
    term(
        "address already in use",
        &["eaddrinuse"],
        "A server cannot bind its port: another socket has it, or connections of the server before it are still in TIME_WAIT. Setting SO_REUSEADDR before bind lets the server start all the same.",
        &["time_wait", "port"],
    ),
    term(
        "arp",
        &["address resolution protocol"],
        "Before the first IP packet to a neighbour, the host must know the neighbour's hardware address: it asks everybody on the link who has the IP address, and the owner answers.",
        &["arp.opcode", "mac address", "neighbour discovery"],
    ),
    term(
        "backlog",
        &["listen"],
        "Connections that the kernel has completed and the server has not yet accepted wait in a queue of this length. The handshake is done by the kernel: a client can be connected, and even send, before the server calls accept.",
        &["handshake", "socket"],
    ),
    term(
        "bandwidth",
        &["bit rate", "throughput"],
        "How many bits a second a link can carry (bandwidth), or how many arrive (throughput). Headers, acknowledgments and gaps between frames take their part.",
        &["latency", "encapsulation"],
    ),
    term(
        "broadcast",
        &[],
        "A frame or packet for everybody on the link: hardware address ff:ff:ff:ff:ff:ff. ARP asks so. IPv6 has none and uses multicast.",
        &["eth.dst", "multicast", "arp"],
    ),
    term(
        "byte order",
        &["network byte order", "big endian", "endianness"],
        "Numbers of several bytes are sent most significant byte first on the Internet; htons and ntohs turn them from and to what the computer uses. A port of 12345 sent the wrong way round is 14640.",
        &["port"],
    ),
    term(
        "byte stream",
        &["stream", "message boundary", "粘包"],
        "TCP carries bytes in order and knows no messages: two sends may arrive in one receive, and one send in several. A program that wants messages must mark their ends itself, by a length before each or a separator after it.",
        &["tcp", "segment", "push", "udp"],
    ),
    term(
        "capture",
        &["pcap", "pcapng", "packet capture"],
        "A file of frames as an interface saw them, each with its time. It begins at the link layer: preamble, frame check sequence and padding added by the card are mostly not in it.",
        &["frame", "promiscuous mode", "snap length"],
    ),
    term(
        "checksum",
        &["internet checksum"],
        "A sum over bytes that is sent along, so that the receiver notices damage: IPv4 sums its header, TCP and UDP sum header, payload and the addresses. It guards against accidents, not against people.",
        &["ip.checksum", "tcp.checksum", "checksum offload", "fcs"],
    ),
    term(
        "checksum offload",
        &["offload", "tso", "gso"],
        "The network card computes checksums and cuts long segments, so a capture on the sending host shows sums that are not yet there and segments longer than the link allows. Neither is an error on the wire. In the lab it is switched off.",
        &["tcp.checksum.status", "mtu"],
    ),
    term(
        "client",
        &["client and server"],
        "The program that begins the dialogue. It needs to know the server's address and port; its own port the kernel picks.",
        &["server", "port", "ephemeral port"],
    ),
    term(
        "congestion control",
        &["congestion window", "slow start"],
        "A TCP sender starts slowly and sends faster as acknowledgments come back, until something is lost; then it slows down, so that the network in between is not flooded. How much it may have under way is not written in any header.",
        &["flow control", "retransmission", "ecn"],
    ),
    term(
        "connection",
        &["connection-oriented"],
        "An agreement of two hosts, made by a handshake, that bytes between one pair of addresses and ports belong together. Nothing in between knows of it: it lives in the memory of the two ends.",
        &["handshake", "four-tuple", "tcp"],
    ),
    term(
        "datagram",
        &["connectionless"],
        "A message that travels by itself: it arrives whole or not at all, and not always in order. UDP and IP carry datagrams.",
        &["udp", "packet", "fragmentation"],
    ),
    term(
        "default gateway",
        &["gateway", "default route"],
        "The router that a host gives its packets to when the receiver is not on the same link. The packet keeps its IP addresses; the frame is addressed to the router.",
        &["router", "subnet", "mac address"],
    ),
    term(
        "delayed ack",
        &["delayed acknowledgment"],
        "A receiver may wait up to 40 ms (Linux) or 200 ms before it acknowledges, hoping that an answer will carry the acknowledgment along. Together with Nagle's algorithm this makes pauses without any loss.",
        &["nagle", "acknowledgment"],
    ),
    term(
        "dns",
        &["domain name system", "name resolution"],
        "Turns a name into an address: the program asks a name server, mostly by one UDP datagram to port 53, before it can connect.",
        &["udp", "port"],
    ),
    term(
        "ecn",
        &["explicit congestion notification"],
        "A router whose queue grows marks packets instead of dropping them; the receiver tells the sender, which slows down.",
        &["ip.dsfield.ecn", "tcp.flags.ece", "congestion control"],
    ),
    term(
        "encapsulation",
        &["header", "payload"],
        "Each layer puts its own header before what the layer above gave it and treats that as bytes without meaning: message in segment, segment in packet, packet in frame. The receiver takes the headers off in the other order.",
        &["pdu", "osi", "tcp/ip"],
    ),
    term(
        "end of file",
        &["eof", "recv 0", "read 0"],
        "A receive that returns 0 bytes means that the other side has closed its direction (FIN). It will return 0 for ever: a loop that does not end there spins.",
        &["fin", "half-close"],
    ),
    term(
        "ephemeral port",
        &["dynamic port"],
        "A port that the kernel picks for a client, on Linux from 32768 to 60999, so that answers find their way back. It says nothing about the service.",
        &["port", "client"],
    ),
    term(
        "ethernet",
        &[],
        "The link layer of nearly all wired networks: frames from card to card by hardware address. Wi-Fi frames are mostly shown as Ethernet frames.",
        &["eth", "mac address", "switch"],
    ),
    term(
        "fcs",
        &["frame check sequence", "crc"],
        "Four bytes at the end of an Ethernet frame that the card computes and checks; damaged frames are dropped by the card, so captures hardly ever show it.",
        &["frame", "physical", "checksum"],
    ),
    term(
        "fin",
        &["close", "connection close"],
        "Says that its sender has no more bytes in its direction; the other direction goes on until it sends its own. A connection ends with a FIN and an acknowledgment each way.",
        &["tcp.flags.fin", "half-close", "time_wait", "end of file"],
    ),
    term(
        "flow control",
        &["receive window", "window", "zero window"],
        "The receiver tells how many more bytes it has room for; the sender never has more under way. A program that does not read makes the window shrink to 0, and the sender's send blocks: nothing is lost.",
        &[
            "tcp.window_size_value",
            "window scale",
            "congestion control",
        ],
    ),
    term(
        "four-tuple",
        &["socket pair", "5-tuple"],
        "Two addresses and two ports together name a connection. So one server port serves many clients at once: each differs in its own address or port.",
        &["port", "connection"],
    ),
    term(
        "fragmentation",
        &["fragment"],
        "An IP packet longer than the next link's MTU is cut into fragments, which the receiving host puts together again. If one is lost, all are in vain. In IPv6 only the sender cuts.",
        &["ip.flags.mf", "ip.frag_offset", "mtu", "path mtu discovery"],
    ),
    term(
        "frame",
        &[],
        "The PDU of the link layer: what one network card sends to another. (The \"frame\" at the head of a tool's tree is what the capture knows about it, such as its time: no byte of that is on the wire.)",
        &["pdu", "eth", "capture"],
    ),
    term(
        "half-close",
        &["shutdown"],
        "One direction of a connection is closed and the other goes on: shutdown(SHUT_WR) sends a FIN, and the answer can still come.",
        &["fin", "end of file"],
    ),
    term(
        "handshake",
        &["three-way handshake", "syn"],
        "Three segments open a TCP connection: SYN (I want to talk, my numbers start here), SYN ACK (so do I, I heard you), ACK (I heard you too). The kernels do it; connect returns after the second.",
        &["tcp.flags.syn", "sequence number", "backlog"],
    ),
    term(
        "hop",
        &["hop limit"],
        "One link on the way of a packet. Each router takes one off its time to live.",
        &["ip.ttl", "router", "time to live"],
    ),
    term(
        "host",
        &[],
        "A computer with an address of its own on a network: an end of the dialogue, not a router in between.",
        &["router", "ip address"],
    ),
    term(
        "http",
        &["https", "web"],
        "The web's request and answer, as text over a TCP connection to port 80; HTTPS is the same inside TLS on port 443.",
        &["tcp", "tls", "application"],
    ),
    term(
        "icmp",
        &["ping"],
        "IP's own messages: nobody is at this port, the time to live ran out, are you there? An error quotes the beginning of the packet that it is about.",
        &["icmp.type", "time to live", "port unreachable"],
    ),
    term(
        "ip address",
        &["ipv4 address", "ipv6 address"],
        "Where a host is on the Internet: 32 bits in IPv4, 128 in IPv6. Its first bits name the network, the rest the host in it.",
        &["ip.src", "ipv6.src", "subnet", "mac address"],
    ),
    term(
        "keep-alive",
        &["keepalive"],
        "A probe without news on a connection that has long been quiet, to find out whether the other side still lives. TCP's own comes after two hours by default.",
        &["connection", "rst"],
    ),
    term(
        "latency",
        &["delay", "rtt", "round-trip time"],
        "How long a packet takes; there and back is the round-trip time (RTT). Opening a connection costs one before the first byte.",
        &["bandwidth", "handshake"],
    ),
    term(
        "loopback",
        &["localhost", "127.0.0.1"],
        "A host's way to itself: packets that never reach a card. So there is no ARP, the hardware addresses are zeros, and the MTU is 65536: localhost teaches nothing about layer 2.",
        &["eth", "arp", "mtu"],
    ),
    term(
        "mac address",
        &["hardware address", "ethernet address"],
        "Six bytes that name a network card on its link; three of them name its maker. It reaches as far as the next router: the IP address stays, the MAC addresses change at every hop.",
        &["eth.src", "eth.dst", "arp"],
    ),
    term(
        "mss",
        &["maximum segment size"],
        "The most bytes of the stream that one side will take in one segment; told in the SYN. On Ethernet 1460: an MTU of 1500 less 20 of IPv4 and 20 of TCP.",
        &["tcp.options.mss_val", "mtu", "segment"],
    ),
    term(
        "mtu",
        &["maximum transmission unit"],
        "The longest packet that a link carries: 1500 bytes on Ethernet, 65536 on the loopback.",
        &["mss", "fragmentation", "path mtu discovery"],
    ),
    term(
        "multicast",
        &["multicast group"],
        "One packet for all that have joined a group: addresses from 224.0.0.0 to 239.255.255.255, or beginning with ff in IPv6.",
        &["igmp", "broadcast", "eth.dst.ig"],
    ),
    term(
        "nagle",
        &["nagle's algorithm", "tcp_nodelay"],
        "A sender that has unacknowledged bytes under way holds small further pieces back until the acknowledgment comes. With a receiver that delays its acknowledgments this costs 40 ms a message; TCP_NODELAY switches it off.",
        &["delayed ack", "push"],
    ),
    term(
        "nat",
        &["network address translation"],
        "A router that puts its own address and a port of its own in place of the sender's, so that a whole house shares one address.",
        &["ip.src", "port", "router"],
    ),
    term(
        "neighbour discovery",
        &["ndp", "neighbor discovery"],
        "What ARP is for IPv4: IPv6 asks by ICMPv6, with multicast to those few hosts that could have the address.",
        &["icmpv6", "arp"],
    ),
    term(
        "osi",
        &["osi model", "seven layers"],
        "A model of seven layers: physical, data link, network, transport, session, presentation, application. It is a way to think; the Internet was built to the TCP/IP model, so layers 5 and 6 mostly have no bytes of their own.",
        &["tcp/ip", "encapsulation", "pdu"],
    ),
    term(
        "packet",
        &[],
        "The PDU of the network layer: an IP header and its payload. Loosely, people call frames and segments packets too.",
        &["pdu", "ip", "frame"],
    ),
    term(
        "path mtu discovery",
        &["pmtud", "black hole"],
        "A sender marks its packets \"don't fragment\"; a router for whose next link they are too long drops them and says so by ICMP. Where that message is filtered away, long packets vanish and the connection hangs.",
        &["ip.flags.df", "mtu", "icmp"],
    ),
    term(
        "pdu",
        &["protocol data unit"],
        "What one layer's header and payload together are called: frame (data link), packet (network), segment (TCP) or datagram (UDP), message (above).",
        &["encapsulation", "frame", "packet", "segment", "datagram"],
    ),
    term(
        "port",
        &["port number"],
        "A number from 1 to 65535 that tells which program on a host: servers listen at known ones, clients are given free ones. Those below 1024 need privilege.",
        &["tcp.dstport", "udp.dstport", "ephemeral port", "four-tuple"],
    ),
    term(
        "port unreachable",
        &["econnrefused", "connection refused"],
        "Nobody listens at the port: a TCP connect is answered by RST at once, a UDP datagram by an ICMP error, which the program sees at its next call.",
        &["rst", "icmp", "port"],
    ),
    term(
        "promiscuous mode",
        &[],
        "The card hands over every frame that it hears, not only those for it. On a switched network it hears little more.",
        &["capture", "switch"],
    ),
    term(
        "protocol",
        &[],
        "What two programs have agreed on: which bytes mean what, who may send when, and what happens on errors.",
        &["pdu", "osi"],
    ),
    term(
        "push",
        &["psh"],
        "A flag that asks the receiving kernel to hand over what it has. It is set by the kernel at the end of what there was to send, and does not mark the end of a message.",
        &["tcp.flags.push", "byte stream"],
    ),
    term(
        "retransmission",
        &["timeout", "rto", "packet loss"],
        "A segment that is not acknowledged in time is sent again, each time after a longer wait; the program notices only that it takes longer. Three equal acknowledgments in a row make the sender not wait for the clock.",
        &["acknowledgment", "sack", "tcp"],
    ),
    term(
        "router",
        &["routing"],
        "Passes packets on from one link to another, by the IP address they are for. It takes the frame's header off and makes a new one.",
        &["hop", "default gateway", "switch"],
    ),
    term(
        "rst",
        &["reset", "connection reset", "econnreset"],
        "Breaks a connection off at once: nobody listens here, the program closed with bytes unread or died, or the host has forgotten the connection. The other side's next receive fails with \"connection reset by peer\".",
        &["tcp.flags.reset", "port unreachable", "fin"],
    ),
    term(
        "sack",
        &["selective acknowledgment"],
        "The receiver also names later pieces that it has, so that the sender repeats only what is missing.",
        &["tcp.options.sack", "retransmission", "acknowledgment"],
    ),
    term(
        "segment",
        &[],
        "The PDU of TCP: a header and a piece of the stream. Where a stream is cut into segments has nothing to do with how it was sent.",
        &["pdu", "mss", "byte stream"],
    ),
    term(
        "sequence number",
        &["isn", "initial sequence number"],
        "The position in the stream of a segment's first byte. It starts at a random number, told in the SYN, so that old segments are not taken for new ones; SYN and FIN count as one byte each.",
        &["tcp.seq_raw", "acknowledgment", "handshake"],
    ),
    term(
        "server",
        &["listening socket"],
        "The program that waits: socket, bind to a known port, listen, accept. Each accept gives a new socket for one client.",
        &["client", "backlog", "port"],
    ),
    term(
        "snap length",
        &["snaplen"],
        "How many bytes of each frame a capture keeps. What is beyond is cut by the capture, not missing on the wire.",
        &["capture", "frame.cap_len"],
    ),
    term(
        "socket",
        &["bsd socket"],
        "What a program holds to speak to the network: a number that the kernel gave it. What is written to a TCP socket goes into a buffer of the kernel; send returning says nothing of arrival.",
        &["port", "server", "client", "byte stream"],
    ),
    term(
        "subnet",
        &["cidr", "netmask", "prefix"],
        "Addresses that share their first bits: 192.168.1.0/24 are the 256 that begin with 192.168.1. Hosts in one subnet reach each other without a router.",
        &["ip address", "default gateway"],
    ),
    term(
        "switch",
        &["bridge"],
        "Passes frames on from port to port of one network, by hardware address; it has learnt them from the frames it saw. It changes nothing in them.",
        &["router", "mac address", "vlan"],
    ),
    term(
        "tcp/ip",
        &["internet model", "tcp/ip model"],
        "The model the Internet was built to: link, internet, transport, application (RFC 1122); textbooks count the physical layer apart and make it five.",
        &["osi", "encapsulation"],
    ),
    term(
        "time to live",
        &["ttl"],
        "How many more routers may pass a packet on. At 0 it is dropped and its sender told by ICMP: traceroute sends packets with 1, 2, 3 and so on, and lists who answers.",
        &["ip.ttl", "hop", "icmp"],
    ),
    term(
        "time_wait",
        &["2msl"],
        "The side that closed first remembers the connection for a while (60 s on Linux), in case its last acknowledgment was lost or old segments are still on the way. A server that is started again meanwhile finds its address in use, unless it sets SO_REUSEADDR.",
        &["fin", "address already in use"],
    ),
    term(
        "tls",
        &["ssl", "encryption"],
        "Encrypts and proves the bytes of a TCP stream: after a handshake of its own, only lengths and times can be seen. OSI would put it on layers 5 and 6; opinions differ.",
        &["http", "presentation"],
    ),
    term(
        "utf-8",
        &["unicode", "character encoding"],
        "How characters become bytes: one byte for ASCII, up to four for others; 你 is e4 bd a0. A receive may end in the middle of a character.",
        &["presentation", "byte stream"],
    ),
    term(
        "vlan",
        &["802.1q", "tagged frame"],
        "Several networks on one cable: a tag of four bytes in the Ethernet header says which one a frame belongs to.",
        &["vlan.id", "switch"],
    ),
    term(
        "window scale",
        &[],
        "The window field has 16 bits, too few for fast links: a number in the SYN says by how many bits it is shifted. A capture that begins later cannot know it.",
        &[
            "tcp.options.wscale.shift",
            "tcp.window_size_value",
            "flow control",
        ],
    ),
];

/// The term of this name, or with this other word for it, however it is capitalised.
pub fn find(name: &str) -> Option<&'static Term> {
    let wanted = normal(name);
    TERMS
        .iter()
        .find(|term| normal(term.name) == wanted)
        .or_else(|| {
            TERMS
                .iter()
                .find(|term| term.also.iter().any(|other| normal(other) == wanted))
        })
}

/// Every name and other word.
pub fn names() -> impl Iterator<Item = &'static str> {
    TERMS
        .iter()
        .flat_map(|term| std::iter::once(term.name).chain(term.also.iter().copied()))
}

/// Capitals, hyphens and underscores make no difference.
fn normal(name: &str) -> String {
    name.to_lowercase().replace(['-', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;

    #[test]
    fn the_terms_stand_in_order_and_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for name in names() {
            assert!(seen.insert(normal(name)), "{name} is there twice");
        }
        assert!(TERMS.len() >= 50);
        assert!(TERMS.is_sorted_by_key(|term| normal(term.name)));
    }

    #[test]
    fn what_a_term_points_to_is_there() {
        for term in TERMS {
            for other in term.see {
                assert!(Topic::find(other).is_ok(), "{}: {other}", term.name);
            }
        }
    }

    #[test]
    fn capitals_and_hyphens_make_no_difference() {
        assert_eq!(find("TIME-WAIT").unwrap().name, "time_wait");
        assert_eq!(find("粘包").unwrap().name, "byte stream");
    }
}
