//! What this program and its kin are made of: captures, filters, and the lab.

use super::{Term, term};

/// In alphabetical order.
pub static TOOLS: &[Term] = &[
    term(
        "capture",
        &["pcap", "pcapng", "packet capture"],
        "A file of frames as an interface saw them, each with its time. It begins at the link layer: preamble, frame check sequence and padding added by the card are mostly not in it.",
        &["frame", "promiscuous mode", "snap length"],
    ),
    term(
        "capture filter",
        &["bpf", "berkeley packet filter", "pcap filter"],
        "Which frames a capture takes at all: a small program (BPF) that the kernel runs on each, written for tcpdump as in port 80. netinspect has none: it takes every frame, and -Y with a display filter chooses what is shown and written. One that is written the capture filter's way gets told how to say it.",
        &["display filter", "capture", "tcpdump"],
    ),
    term(
        "checksum offload",
        &["offload", "tso", "gso", "gro", "lro"],
        "The network card computes checksums and cuts long segments, so a capture on the sending host shows sums that are not yet there and segments longer than the link allows; on the receiving one, several that were put together (GRO). Neither is an error on the wire. In the lab it is switched off.",
        &["tcp.checksum.status", "mtu"],
    ),
    term(
        "display filter",
        &["wireshark filter"],
        "Which frames are shown: a question about their fields in Wireshark's language, as tcp.port == 80 and ip.src == 192.168.1.7, after -Y. A name alone asks whether it is there: tcp.len > 0, but http. --explain-filter says how one is understood.",
        &["capture filter", "wireshark", "tcp.port"],
    ),
    term(
        "hexdump",
        &["hex dump", "hexadecimal"],
        "Bytes as they are: at the left where the line begins, then two hexadecimal digits a byte, and at the right the same as characters, a dot for what is none. decode FILE --frame N has one under each frame; explain FILE --frame N --byte B tells what a byte is.",
        &["ascii", "byte order", "capture"],
    ),
    term(
        "lab",
        &[],
        "What run, run-demo and the lessons are played in: hosts with an address each (server is 192.168.1.6, client 192.168.1.7) and a cable between them on which every frame is seen. They are network namespaces: real kernels and real sockets, apart from your own network. --fault harms the cable, --mtu and --ipv6 change it.",
        &["network namespace", "veth", "loopback"],
    ),
    term(
        "network namespace",
        &["netns", "namespace"],
        "A network of its own inside one Linux kernel: interfaces, addresses, routes, ports and sockets that no other namespace sees. The lab's hosts are namespaces, containers have one each. netinspect doctor tells whether you may make some here.",
        &["lab", "veth", "loopback"],
    ),
    term(
        "promiscuous mode",
        &[],
        "The card hands over every frame that it hears, not only those for it. On a switched network it hears little more.",
        &["capture", "switch"],
    ),
    term(
        "snap length",
        &["snaplen"],
        "How many bytes of each frame a capture keeps. What is beyond is cut by the capture, not missing on the wire.",
        &["capture", "frame.cap_len"],
    ),
    term(
        "tcpdump",
        &[],
        "A program that captures and shows packets, a line each. Its files are read here (netinspect decode FILE, or decode -r FILE), and a pipe, too: tcpdump -U -w - | netinspect decode -. Its capture filters are another language than -Y.",
        &["capture filter", "capture", "wireshark"],
    ),
    term(
        "veth",
        &["virtual ethernet"],
        "Two interfaces that the Linux kernel makes up and joins by a cable that is none: what goes into one comes out of the other. The lab's cables are made of them, so that its frames are real Ethernet, without preamble and FCS.",
        &["lab", "network namespace", "interface"],
    ),
    term(
        "wireshark",
        &["tshark"],
        "The best known program to look at captures; tshark is its text form. Fields and display filters are named here as there, and the files that --write makes open in it. It knows some thousand protocols more; netinspect shows the programs' calls beside their frames.",
        &["display filter", "capture", "tcpdump"],
    ),
];
