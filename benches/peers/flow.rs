//! One exchange of the generated traffic, frame by frame, with valid lengths and checksums.

use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, IpHeaders, Ipv4Extensions, Ipv4Header,
    Ipv6Extensions, Ipv6FlowLabel, Ipv6Header, PacketBuilder, PacketBuilderStep, TcpOptionElement,
    VlanId, ip_number,
};
use fastrand::Rng;

/// Between whom an exchange goes, and how. The client is end 0, the server end 1.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    addresses: [Address; 2],
    ports: [u16; 2],
    vlan: Option<VlanId>,
}

#[derive(Clone, Copy, Debug)]
enum Address {
    V4([u8; 4]),
    V6([u8; 16]),
}

/// The port of the chat.
const CHAT: u16 = 12345;

const NOBODYS: u16 = 9000;

const DNS: u16 = 53;

impl Path {
    /// The way of the exchange `number` to a server's port: 18 of 100 by IPv6, 12 of 100 with a VLAN tag.
    pub fn new(number: u32, server_port: u16, rng: &mut Rng) -> Self {
        let host = number.to_be_bytes();
        let server = rng.u8(1..250);
        let addresses = if rng.u8(..100) < 18 {
            let mut client = [0; 16];
            client[0] = 0xfd;
            client[12..].copy_from_slice(&host);
            let mut peer = [0; 16];
            peer[0] = 0xfd;
            peer[1] = 1;
            peer[15] = server;
            [Address::V6(client), Address::V6(peer)]
        } else {
            let client = [10, host[1], host[2], host[3]];
            [Address::V4(client), Address::V4([192, 168, 1, server])]
        };
        let vlan = (rng.u8(..100) < 12).then(|| VlanId::try_new(u16::from(server)).unwrap());
        Self {
            addresses,
            ports: [rng.u16(32768..60999), server_port],
            vlan,
        }
    }

    /// IPv4 without a tag, to one server and a port that no protocol is known by.
    pub fn plain(client: [u8; 4], client_port: u16) -> Self {
        Self {
            addresses: [Address::V4(client), Address::V4([192, 168, 1, 6])],
            ports: [client_port, NOBODYS],
            vlan: None,
        }
    }

    fn mac(end: usize) -> [u8; 6] {
        [2, 0, 0, 0, 0, if end == 0 { 7 } else { 6 }]
    }

    /// A packet from end `from` to the other, as far as the IP header.
    fn packet(&self, from: usize) -> PacketBuilderStep<IpHeaders> {
        let to = 1 - from;
        let ethernet = PacketBuilder::ethernet2(Self::mac(from), Self::mac(to));
        let ip = self.ip_header(from);
        match self.vlan {
            Some(id) => ethernet.single_vlan(id).ip(ip),
            None => ethernet.ip(ip),
        }
    }

    fn ip_header(&self, from: usize) -> IpHeaders {
        match (self.addresses[from], self.addresses[1 - from]) {
            (Address::V4(source), Address::V4(destination)) => {
                let mut header =
                    Ipv4Header::new(0, 64, ip_number::TCP, source, destination).unwrap();
                header.dont_fragment = true;
                IpHeaders::Ipv4(header, Ipv4Extensions::default())
            }
            (Address::V6(source), Address::V6(destination)) => {
                let header = Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: 0,
                    next_header: ip_number::TCP,
                    hop_limit: 64,
                    source,
                    destination,
                };
                IpHeaders::Ipv6(header, Ipv6Extensions::default())
            }
            _ => unreachable!("both ends speak the same"),
        }
    }
}

/// An exchange that goes on.
#[derive(Debug)]
pub enum Flow {
    /// A TCP chat.
    Tcp(Tcp),
    /// Datagrams back and forth; so many are left.
    Udp(Path, u32),
    /// A question and its answer; so many frames are left.
    Dns(Path, u32),
    /// Who has this address? so many frames are left.
    Arp([u8; 4], u32),
}

impl Flow {
    /// The exchange `number`, of the mixture that chats are made of, with so many messages.
    pub fn of_mixture(number: u32, messages: std::ops::Range<u32>, rng: &mut Rng) -> Self {
        match rng.u8(..100) {
            0..64 => {
                let path = Path::new(number, CHAT, rng);
                Self::Tcp(Tcp::new(path, rng.u32(messages), rng))
            }
            64..81 => Self::Udp(Path::new(number, CHAT, rng), rng.u32(messages)),
            81..98 => Self::Dns(Path::new(number, DNS, rng), 2),
            _ => {
                let [_, b, c, d] = number.to_be_bytes();
                Self::Arp([10, b, c, d], 2)
            }
        }
    }

    /// Appends the next frame; whether there are more.
    pub fn next(&mut self, rng: &mut Rng, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.next(rng, out),
            Self::Udp(path, left) => {
                *left -= 1;
                let from = (*left % 2) as usize;
                push_udp(path, from, &text(rng.usize(5..=200)), out);
                *left > 0
            }
            Self::Dns(path, left) => {
                *left -= 1;
                push_dns(path, *left == 0, out);
                *left > 0
            }
            Self::Arp(address, left) => {
                *left -= 1;
                push_arp(*address, *left == 0, out);
                *left > 0
            }
        }
    }
}

/// A TCP connection from its handshake to its end.
#[derive(Debug)]
pub struct Tcp {
    path: Path,
    /// The next sequence number of each end.
    next: [u32; 2],
    clock: u32,
    step: Step,
    messages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Syn,
    SynAck,
    Open,
    Message,
    /// Acknowledges what the other end has sent.
    Acknowledge(usize),
    FinAck,
    Last,
}

impl Tcp {
    /// A connection with so many messages.
    pub fn new(path: Path, messages: u32, rng: &mut Rng) -> Self {
        Self {
            path,
            next: [rng.u32(..), rng.u32(..)],
            clock: rng.u32(..),
            step: Step::Syn,
            messages,
        }
    }

    fn next(&mut self, rng: &mut Rng, out: &mut Vec<u8>) -> bool {
        self.clock = self.clock.wrapping_add(1);
        self.step = match self.step {
            Step::Syn => {
                self.push_syn(out);
                Step::SynAck
            }
            Step::SynAck => {
                self.push_syn_ack(out);
                Step::Open
            }
            Step::Open => {
                self.push(0, Mark::None, b"", out);
                Step::Message
            }
            Step::Message if self.messages == 0 => {
                self.push(0, Mark::Fin, b"", out);
                Step::FinAck
            }
            Step::Message => {
                self.messages -= 1;
                let from = rng.usize(..2);
                self.push(from, Mark::Psh, &text(rng.usize(5..=200)), out);
                Step::Acknowledge(1 - from)
            }
            Step::Acknowledge(from) => {
                self.push(from, Mark::None, b"", out);
                Step::Message
            }
            Step::FinAck => {
                self.push(1, Mark::Fin, b"", out);
                Step::Last
            }
            Step::Last => {
                self.push(0, Mark::None, b"", out);
                return false;
            }
        };
        true
    }

    /// Appends the question of the handshake.
    pub fn push_syn(&mut self, out: &mut Vec<u8>) {
        let options = self.syn_options();
        let [client, _] = self.next;
        self.next[0] = client.wrapping_add(1);
        let [from, to] = self.path.ports;
        let packet = self.path.packet(0).tcp(from, to, client, 64240);
        let packet = packet.syn().options(&options).unwrap();
        packet.write_to_vec(out, b"").unwrap();
    }

    fn push_syn_ack(&mut self, out: &mut Vec<u8>) {
        let options = self.syn_options();
        let [client, server] = self.next;
        self.next[1] = server.wrapping_add(1);
        let [to, from] = self.path.ports;
        let packet = self.path.packet(1).tcp(from, to, server, 65160);
        let packet = packet.syn().ack(client).options(&options).unwrap();
        packet.write_to_vec(out, b"").unwrap();
    }

    fn syn_options(&self) -> [TcpOptionElement; 5] {
        [
            TcpOptionElement::MaximumSegmentSize(1460),
            TcpOptionElement::SelectiveAcknowledgementPermitted,
            TcpOptionElement::Timestamp(self.clock, 0),
            TcpOptionElement::Noop,
            TcpOptionElement::WindowScale(7),
        ]
    }

    /// Appends a segment of end `from` with this payload.
    pub fn push(&mut self, from: usize, mark: Mark, payload: &[u8], out: &mut Vec<u8>) {
        let (own, other) = (self.next[from], self.next[1 - from]);
        let taken = u32::try_from(payload.len()).unwrap() + u32::from(mark == Mark::Fin);
        self.next[from] = own.wrapping_add(taken);
        let (source, destination) = (self.path.ports[from], self.path.ports[1 - from]);
        let packet = self.path.packet(from).tcp(source, destination, own, 509);
        let packet = match mark {
            Mark::None => packet,
            Mark::Psh => packet.psh(),
            Mark::Fin => packet.fin(),
        };
        let clocks = TcpOptionElement::Timestamp(self.clock, self.clock.wrapping_sub(1));
        let options = [TcpOptionElement::Noop, TcpOptionElement::Noop, clocks];
        let packet = packet.ack(other).options(&options).unwrap();
        packet.write_to_vec(out, payload).unwrap();
    }
}

/// What a segment does besides carrying bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    None,
    /// Asks to hand the bytes on.
    Psh,
    /// Ends a direction.
    Fin,
}

/// Words of this many bytes.
fn text(length: usize) -> Vec<u8> {
    b"the quick brown fox jumps over the lazy dog and says hello. "
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect()
}

fn push_udp(path: &Path, from: usize, payload: &[u8], out: &mut Vec<u8>) {
    let (source, destination) = (path.ports[from], path.ports[1 - from]);
    let packet = path.packet(from).udp(source, destination);
    packet.write_to_vec(out, payload).unwrap();
}

/// RFC 1035, section 4.1: the header, the question, and in an answer one address.
fn push_dns(path: &Path, is_answer: bool, out: &mut Vec<u8>) {
    let mut message = Vec::with_capacity(64);
    message.extend(path.ports[0].to_be_bytes());
    let flags: u16 = if is_answer { 0x8180 } else { 0x0100 };
    message.extend(flags.to_be_bytes());
    message.extend([0, 1, 0, u8::from(is_answer), 0, 0, 0, 0]);
    message.extend(b"\x04host\x07example\x00\x00\x01\x00\x01");
    if is_answer {
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 7]);
    }
    push_udp(path, usize::from(is_answer), &message, out);
}

fn push_arp(address: [u8; 4], is_answer: bool, out: &mut Vec<u8>) {
    let server = [192, 168, 1, 6];
    let from = usize::from(is_answer);
    let (operation, to, ends) = if is_answer {
        (ArpOperation::REPLY, Path::mac(0), [server, address])
    } else {
        (ArpOperation::REQUEST, [0xff; 6], [address, server])
    };
    let asked = if is_answer { to } else { [0; 6] };
    let packet = ArpPacket::new(
        ArpHardwareId::ETHERNET,
        EtherType::IPV4,
        operation,
        &Path::mac(from),
        &ends[0],
        &asked,
        &ends[1],
    );
    let builder = PacketBuilder::ethernet2(Path::mac(from), to).arp(packet.unwrap());
    builder.write_to_vec(out).unwrap();
}
