//! The two reference models: the seven layers of OSI, and TCP/IP in its five- and four-layer forms.

/// A layer of the OSI reference model (ISO/IEC 7498-1, clause 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsiLayer {
    /// Layer 1: signals.
    Physical = 1,
    /// Layer 2: frames on one link.
    DataLink = 2,
    /// Layer 3: packets across networks.
    Network = 3,
    /// Layer 4: from program to program.
    Transport = 4,
    /// Layer 5: the dialogue.
    Session = 5,
    /// Layer 6: how bytes become meaning.
    Presentation = 6,
    /// Layer 7: what the programs say.
    Application = 7,
}

impl OsiLayer {
    /// All seven, from the top as textbooks draw them.
    pub const FROM_TOP: [Self; 7] = [
        Self::Application,
        Self::Presentation,
        Self::Session,
        Self::Transport,
        Self::Network,
        Self::DataLink,
        Self::Physical,
    ];

    /// Its number, 1 to 7.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Everything that is to be said of the layer, whatever the frame.
    pub const fn facts(self) -> &'static LayerFacts {
        match self {
            Self::Physical => &PHYSICAL,
            Self::DataLink => &DATA_LINK,
            Self::Network => &NETWORK,
            Self::Transport => &TRANSPORT,
            Self::Session => &SESSION,
            Self::Presentation => &PRESENTATION,
            Self::Application => &APPLICATION,
        }
    }
}

/// A layer of the TCP/IP model in the five-layer form of textbooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TcpIpLayer {
    /// Signals; RFC 1122 counts it to the link layer.
    Physical = 1,
    /// One link: Ethernet, ARP.
    DataLink = 2,
    /// Across networks: IP, ICMP.
    Network = 3,
    /// From program to program: TCP, UDP.
    Transport = 4,
    /// Everything above: OSI's session, presentation and application layers in one.
    Application = 5,
}

impl TcpIpLayer {
    /// Its name in the five-layer form.
    pub const fn name_of_five(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::DataLink => "data link",
            Self::Network => "network",
            Self::Transport => "transport",
            Self::Application => "application",
        }
    }

    /// Its name in the four-layer form of RFC 1122, section 1.1.3.
    pub const fn name_of_four(self) -> &'static str {
        match self {
            Self::Physical | Self::DataLink => "link",
            Self::Network => "internet",
            Self::Transport => "transport",
            Self::Application => "application",
        }
    }
}

/// What is true of an OSI layer in every frame.
#[derive(Debug)]
pub struct LayerFacts {
    /// The layer's name.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// What its protocol data unit is called.
    pub pdu: &'static str,
    /// The address it uses.
    pub address: &'static str,
    /// Protocols that people name as its examples; those that are decoded are marked by the views.
    pub examples: &'static [&'static str],
    /// The layer of the TCP/IP model that does its work.
    pub tcp_ip: TcpIpLayer,
    /// Who does its work when no bytes of a frame belong to it.
    pub without_bytes: &'static str,
}

static APPLICATION: LayerFacts = LayerFacts {
    name: "application",
    purpose: "what the two programs say to each other",
    pdu: "message",
    address: "names: URL, mailbox, host name",
    examples: &["chat", "HTTP", "DNS", "FTP", "SMTP", "POP3"],
    tcp_ip: TcpIpLayer::Application,
    without_bytes: "this frame carries no message: it is there for the layers below",
};
static PRESENTATION: LayerFacts = LayerFacts {
    name: "presentation",
    purpose: "how bytes become meaning: character sets, compression, encryption",
    pdu: "message",
    address: "none",
    examples: &["UTF-8", "TLS", "gzip", "JSON"],
    tcp_ip: TcpIpLayer::Application,
    without_bytes: "no bytes of its own: the programs turn what they say into bytes",
};
static SESSION: LayerFacts = LayerFacts {
    name: "session",
    purpose: "the dialogue: who may speak, how it starts and ends",
    pdu: "message",
    address: "none",
    examples: &["NetBIOS session", "RPC session", "SIP dialogue"],
    tcp_ip: TcpIpLayer::Application,
    without_bytes: "no bytes of its own: TCP/IP has no session protocol; the two programs keep the dialogue",
};
static TRANSPORT: LayerFacts = LayerFacts {
    name: "transport",
    purpose: "from program to program: ports; with TCP also order, repeats and flow control",
    pdu: "segment (TCP), datagram (UDP)",
    address: "port number",
    examples: &["TCP", "UDP", "QUIC"],
    tcp_ip: TcpIpLayer::Transport,
    without_bytes: "no bytes: this frame is not for a program but for the network itself",
};
static NETWORK: LayerFacts = LayerFacts {
    name: "network",
    purpose: "from host to host, across any number of networks",
    pdu: "packet",
    address: "IP address",
    examples: &["IPv4", "IPv6", "ICMP", "ICMPv6", "IGMP"],
    tcp_ip: TcpIpLayer::Network,
    without_bytes: "no bytes: this frame does not leave its link",
};
static DATA_LINK: LayerFacts = LayerFacts {
    name: "data link",
    purpose: "from one network card to the next, on the same link",
    pdu: "frame",
    address: "MAC address",
    examples: &["Ethernet", "VLAN", "ARP", "LLC"],
    tcp_ip: TcpIpLayer::DataLink,
    without_bytes: "no bytes: this capture holds no link-layer header",
};
static PHYSICAL: LayerFacts = LayerFacts {
    name: "physical",
    purpose: "signals on copper, glass or air",
    pdu: "bits",
    address: "none",
    examples: &["100BASE-TX", "1000BASE-T", "802.11 radio"],
    tcp_ip: TcpIpLayer::Physical,
    without_bytes: "not in any capture: the network card has taken the signal apart before",
};

/// What a protocol's data unit is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// Data link layer.
    Frame,
    /// Network layer.
    Packet,
    /// TCP.
    Segment,
    /// UDP.
    Datagram,
    /// Above the transport layer, and control messages.
    Message,
    /// TLS.
    Record,
}

impl Pdu {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Packet => "packet",
            Self::Segment => "segment",
            Self::Datagram => "datagram",
            Self::Message => "message",
            Self::Record => "record",
        }
    }
}

/// Where a protocol stands in both models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its layer in the OSI model.
    pub osi: OsiLayer,
    /// Its layer in the TCP/IP model.
    pub tcp_ip: TcpIpLayer,
    /// What its data unit is called.
    pub pdu: Pdu,
}

impl Standing {
    /// Whether it is what programs say to each other, and how they say it: all that TCP/IP leaves to them.
    pub const fn is_of_programs(&self) -> bool {
        matches!(self.tcp_ip, TcpIpLayer::Application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seven_layers_are_numbered_from_the_bottom() {
        let numbers: Vec<u8> = OsiLayer::FROM_TOP.iter().map(|l| l.number()).collect();
        assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    }
}
