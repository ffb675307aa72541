//! Frames made of arbitrary bytes that are right where it counts: lengths, checksums, a few hosts and ports
//! that meet again. Random bytes alone would hardly get past the first header, nor ever make a conversation.

use arbitrary::{Arbitrary, Result, Unstructured};
use etherparse::checksum::Sum16BitWords;

/// Frames that belong together, in their order.
#[derive(Clone, Debug)]
pub struct Exchange(pub Vec<Generated>);

/// How many frames belong together at most.
const FRAMES: usize = 40;

impl<'a> Arbitrary<'a> for Exchange {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut frames = Vec::new();
        while !bytes.is_empty() && frames.len() < FRAMES {
            frames.push(bytes.arbitrary()?);
        }
        Ok(Self(frames))
    }
}

/// Bytes as long as the first of them says: the crate's own lists mostly end after two.
#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

impl<'a> Arbitrary<'a> for Bytes {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let length = usize::from(u8::arbitrary(bytes)? / 2).min(bytes.len());
        Ok(Self(bytes.bytes(length)?.to_vec()))
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A frame on Ethernet.
#[derive(Arbitrary, Clone, Debug)]
pub struct Generated {
    /// Since the frame before.
    pub gap_microseconds: u16,
    /// How many bytes the capture cut off.
    pub missing: u8,
    tags: [Option<u16>; 2],
    network: Network,
    /// A byte that is changed when all is done, and what it is changed by.
    damage: Option<(u16, u8)>,
}

#[derive(Arbitrary, Clone, Debug)]
enum Network {
    Arp(Box<[u8; 20]>),
    V4 {
        way: Way,
        identification: u8,
        fragment: Option<(u8, bool)>,
        options: Bytes,
        inside: Transport,
    },
    V6 {
        way: Way,
        extensions: [Option<(u8, Bytes)>; 3],
        inside: Transport,
    },
    Llc(Bytes),
    Other(u16, Bytes),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Way {
    ClientToServer,
    ServerToClient,
}

#[derive(Arbitrary, Clone, Debug)]
enum Transport {
    Tcp {
        is_chat: bool,
        seq: u8,
        ack: u8,
        flags: u8,
        window: u16,
        options: Bytes,
        data: Bytes,
    },
    Udp {
        is_chat: bool,
        data: Bytes,
    },
    Icmp {
        kind: u8,
        code: u8,
        body: Bytes,
    },
    Igmp {
        kind: u8,
        body: Bytes,
    },
    InIp(Box<Transport>),
    Other(u8, Bytes),
}

/// Numbers of protocols in IP that have no checksum of their own, and nothing inside that would have one.
const OTHERS: [u8; 6] = [33, 47, 50, 59, 89, 253];

impl Generated {
    /// Whether its checksums are right: nothing damages them, and no option or extension header says that
    /// the packet is for another address, which the checksum would cover instead.
    pub fn has_right_checksums(&self) -> bool {
        let is_damaged = self.damage.is_some_and(|(_, change)| change != 0);
        let is_extended = match &self.network {
            Network::V4 { options, .. } => !options.is_empty(),
            Network::V6 { extensions, .. } => extensions.iter().flatten().count() > 0,
            _ => false,
        };
        !is_damaged && !is_extended
    }

    /// Writes the frame into `out`, in place of what was there.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend([2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7]);
        for tag in self.tags.iter().flatten() {
            out.extend([0x81, 0]);
            out.extend(tag.to_be_bytes());
        }
        self.network.write(out);
        if let Some((place, change)) = self.damage
            && let Some(byte) = out.get_mut(usize::from(place))
        {
            *byte ^= change;
        }
    }
}

impl Network {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Arp(addresses) => {
                out.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
                out.extend(addresses.as_slice());
            }
            Self::V4 {
                way,
                identification,
                fragment,
                options,
                inside,
            } => {
                let mut packet = vec![0; 20];
                packet.extend(options.iter().take(40));
                packet.resize(packet.len().next_multiple_of(4), 0);
                let header = packet.len();
                let (source, destination) = way.ends();
                packet[0] = 0x40 | u8::try_from(header / 4).unwrap_or(5);
                packet[5] = *identification;
                if let Some((offset, more)) = fragment {
                    packet[6] = u8::from(*more) << 5;
                    packet[7] = *offset;
                }
                packet[8] = 64;
                packet[9] = inside.number(4);
                packet[12..16].copy_from_slice(&[192, 168, 1, source]);
                packet[16..20].copy_from_slice(&[192, 168, 1, destination]);
                let pseudo = Sum16BitWords::new()
                    .add_4bytes([192, 168, 1, source])
                    .add_4bytes([192, 168, 1, destination]);
                inside.write(4, pseudo, *way, &mut packet);
                let length = u16::try_from(packet.len()).unwrap_or(u16::MAX);
                packet[2..4].copy_from_slice(&length.to_be_bytes());
                let sum = Sum16BitWords::new().add_slice(&packet[..header]);
                packet[10..12].copy_from_slice(&sum.ones_complement().to_be().to_be_bytes());
                out.extend([8, 0]);
                out.extend(packet);
            }
            Self::V6 {
                way,
                extensions,
                inside,
            } => {
                let (source, destination) = way.ends();
                let mut packet = vec![0x60, 0, 0, 0, 0, 0, 0, 64];
                for host in [source, destination] {
                    packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]);
                }
                let pseudo = Sum16BitWords::new().add_slice(&packet[8..40]);
                let mut next = 6;
                for (kind, body) in extensions.iter().flatten() {
                    packet[next] = [0, 43, 44, 60][usize::from(*kind % 4)];
                    next = packet.len();
                    let length = (body.len().min(60) + 2).next_multiple_of(8);
                    let end = next + length;
                    packet.extend([0, u8::try_from(length / 8 - 1).unwrap_or(0)]);
                    packet.extend(body.iter().take(60));
                    packet.resize(end, 0);
                }
                packet[next] = inside.number(6);
                inside.write(6, pseudo, *way, &mut packet);
                let length = u16::try_from(packet.len() - 40).unwrap_or(u16::MAX);
                packet[4..6].copy_from_slice(&length.to_be_bytes());
                out.extend([0x86, 0xdd]);
                out.extend(packet);
            }
            Self::Llc(body) => {
                let body = &**body;
                let length = u16::try_from(body.len()).unwrap_or(0);
                out.extend(length.to_be_bytes());
                out.extend(body);
            }
            Self::Other(ether_type, body) => {
                out.extend(ether_type.to_be_bytes());
                out.extend(body.iter());
            }
        }
    }
}

impl Way {
    fn ends(self) -> (u8, u8) {
        match self {
            Self::ClientToServer => (7, 6),
            Self::ServerToClient => (6, 7),
        }
    }

    fn ports(self, server: u16) -> [u8; 4] {
        let server = server.to_be_bytes();
        let client = [0x9c, 0x40];
        match self {
            Self::ClientToServer => [client[0], client[1], server[0], server[1]],
            Self::ServerToClient => [server[0], server[1], client[0], client[1]],
        }
    }
}

impl Transport {
    fn number(&self, version: u8) -> u8 {
        match self {
            Self::Tcp { .. } => 6,
            Self::Udp { .. } => 17,
            Self::Icmp { .. } if version == 6 => 58,
            Self::Icmp { .. } => 1,
            Self::Igmp { .. } => 2,
            Self::InIp(_) => 4,
            Self::Other(number, _) => OTHERS[usize::from(*number) % OTHERS.len()],
        }
    }

    fn write(&self, version: u8, pseudo: Sum16BitWords, way: Way, packet: &mut Vec<u8>) {
        let start = packet.len();
        match self {
            Self::Tcp {
                is_chat,
                seq,
                ack,
                flags,
                window,
                options,
                data,
            } => {
                let words = options.len().min(40).div_ceil(4);
                let port = if *is_chat { CHAT } else { port_of(*window) };
                packet.extend(way.ports(port));
                // Near the end of the circle, so that numbers go round.
                packet.extend((u32::MAX - 100).wrapping_add(u32::from(*seq)).to_be_bytes());
                packet.extend((u32::MAX - 100).wrapping_add(u32::from(*ack)).to_be_bytes());
                packet.extend([u8::try_from(5 + words).unwrap_or(5) << 4, *flags]);
                packet.extend(window.to_be_bytes());
                packet.extend([0; 4]);
                packet.extend(options.iter().take(40));
                packet.resize(start + 20 + 4 * words, 0);
                match port {
                    CHAT => packet.extend(data.iter()),
                    WEB => packet.extend(data.iter().flat_map(of_the_web)),
                    NAMES => packet.extend(data.iter().flat_map(of_names)),
                    _ => packet.extend(data.iter().flat_map(of_lines)),
                }
                put_sum(packet, start, start + 16, Some((pseudo, 6)));
            }
            Self::Udp { is_chat, data } => {
                packet.extend(way.ports(if *is_chat { CHAT } else { NAMES }));
                let names = data.iter().flat_map(of_names);
                let data: Vec<u8> = match is_chat {
                    true => data.to_vec(),
                    false => names.copied().collect(),
                };
                let length = 8 + data.len();
                packet.extend(u16::try_from(length).unwrap_or(8).to_be_bytes());
                packet.extend([0; 2]);
                packet.extend(data);
                put_sum(packet, start, start + 6, Some((pseudo, 17)));
            }
            Self::Icmp { kind, code, body } => {
                packet.extend([*kind, *code, 0, 0]);
                packet.extend(body.iter());
                let pseudo = (version == 6).then_some((pseudo, 58));
                put_sum(packet, start, start + 2, pseudo);
            }
            Self::Igmp { kind, body } => {
                packet.extend([*kind, 0, 0, 0]);
                packet.extend(body.iter());
                put_sum(packet, start, start + 2, None);
            }
            Self::Other(_, body) => packet.extend(body.iter()),
            Self::InIp(inside) => {
                let inner = Network::V4 {
                    way,
                    identification: 0,
                    fragment: None,
                    options: Bytes(Vec::new()),
                    inside: (**inside).clone(),
                };
                let mut frame = Vec::new();
                inner.write(&mut frame);
                packet.extend(frame.iter().skip(2));
            }
        }
    }
}

/// The ports of servers.
const CHAT: u16 = 12345;

const WEB: u16 = 8080;

const NAMES: u16 = 53;

/// The port of a segment of another program than the chat: in most of them, what holds dialogues of lines or DNS.
fn port_of(window: u16) -> u16 {
    *[25, 110, 21, 587, NAMES]
        .get(usize::from(window % 8))
        .unwrap_or(&WEB)
}

/// Pieces of DNS, which make messages in some orders: headers, names, pointers, records; and lengths before them.
const OF_NAMES: [&[u8]; 24] = [
    b"\0\x01\x01\0\0\x01\0\0\0\0\0\0",
    b"\0\x01\x81\x83\0\x01\0\x02\0\x01\0\x01",
    b"\0\x01\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x01a\x03lab\0",
    b"\x06server\x03lab\0\0\x01\0\x01",
    b"\x01a",
    b"\xc0\x0c",
    b"\xc0\x0e",
    b"\xc0\x17",
    b"\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\0\0\x01",
    b"\xc0\x0c\0\x05\0\x01\0\0\x01\x2c\0\x04\x01b\xc0\x0c",
    b"\xc0\x0c\0\x10\0\x01\0\0\x01\x2c\0\x06\x02hi\x02\x1b\xff",
    b"\0\0\x29\x04\xd0\0\0\x80\0\0\x0c\0\x0a\0\x08cookies!",
    b"\0\x21\0\x01\0\0\0\x09\0\x08\0\0\0\0\0\x35\xc0\x0c",
    b"\0\x18",
    b"\0\x02",
    b"\0\x01\x28\0\0\x01\0\x01\0\x01\0\x01",
    b"\xc0\x0c\0\xff\0\xfe\0\0\0\0\0\0",
    b"\xc0\x0c\0\x41\0\x01\0\0\x01\x2c\0\x10\0\x01\0\0\x01\0\x03\x02h2\0\x03\0\x02\x20\xfb",
    b"\0\0\x29\x04\xd0\0\0\0\0\0\x0b\0\x08\0\x07\0\x01\x18\0\xc0\xa8\x01",
    b"\xc0\x0c\0\x2e\0\x01\0\0\x01\x2c\0\x16\0\x01\x0d\x02\0\0\x01\x2c\x6b\x31\x94\x1f\x6b\x0a\x07\x1f\x88\x6d\xc0\x0csi",
    b"\xc0\x0c\0\x2f\0\x01\0\0\x01\x2c\0\x05\xc0\x0c\0\x01\xff",
    b"\xc0\x0c\0\x30\0\x01\0\0\x01\x2c\0\x06\x01\x01\x03\x0dke",
    b"\0\x32\0\x01\0\0\x01\x2c\0\x0b\x01\0\0\0\x01\xc0\x02\xff\0\0\x01",
];

/// One of these, or the byte itself.
fn of_names(byte: &u8) -> &[u8] {
    let piece = OF_NAMES.get(usize::from(*byte % 32)).copied();
    piece.unwrap_or(std::slice::from_ref(byte))
}

/// Pieces of HTTP, which make messages in some orders.
const OF_THE_WEB: [&[u8]; 16] = [
    b"GET / HTTP/1.1\r\n",
    b"POST /form HTTP/1.1\n",
    b"GET /",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 204 \r\n",
    b"Host: server\r\n",
    b"Content-Length: 3\r\n",
    b"content-length:18446744073709551615\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b":",
];

/// Pieces of TLS, which make records in some orders.
const OF_TLS: [&[u8]; 14] = [
    b"\x14\x03\x03\0\x01\x01",
    b"\x15\x03\x03\0\x02\x02\x30",
    b"\x16\x03\x01\0\x50\x01\0\0\x4c\x03\x03",
    b"\x16\x03\x03\x02\0\x0b\0\x07\0\0\x06\xfd\0\0\x05",
    b"\x16\x03\x03\0\x40\x02\0\0\x3c\x03\x03",
    b"\x17\x03\x03\0\x10",
    b"\x17\x03\x03\x40\0",
    b"abcdefghijklmnopqrstuvwxyz012345",
    b"\x04abcd\0\x04\x13\x01\x0a\x0a\x01\0\xff\xff",
    b"\0\0\0\x09\0\x07\0\0\x04host",
    b"\0\x10\0\x05\0\x03\x02h2",
    b"\0\x2b\0\x03\x02\x03\x04",
    b"\0\x33\0\x08\0\x06\0\x1d\0\x02ab",
    b"\x0e\0\0\0",
];

/// Pieces of HTTP/2, which make frames in some orders, with headers that refer to others.
const OF_FRAMES: [&[u8]; 16] = [
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64",
    b"\0\0\0\x04\x01\0\0\0\0",
    b"\0\0\x04\x01\x05\0\0\0\x01\x82\x84\x86\xbe",
    b"\0\0\x07\x01\x04\0\0\0\x01\x40\x01a\x03xyz",
    b"\0\0\x03\x01\0\0\0\0\x03\x3f\xe1\x1f",
    b"\0\0\x03\x09\x04\0\0\0\x03\xbe\x41\x80",
    b"\0\0\x05\x01\x2d\0\0\0\x05\x02\x80\0\0\x01",
    b"\0\0\x06\x05\x04\0\0\0\x01\0\0\0\x02\x82\x84",
    b"\0\0\x04\0\x01\0\0\0\x01data",
    b"\0\0\x05\0\x08\0\0\0\x01\xffdata",
    b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08",
    b"\0\0\x08\x06\0\0\0\0\0pingping",
    b"\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\x0b",
    b"\0\0\x04\x08\0\x80\0\0\0\x80\0\x10\0",
    b"\xff\xff\xff\x09\0\0\0\0\x01",
];

/// Pieces of the dialogues of SMTP, POP3 and FTP, which make messages in some orders.
const OF_LINES: [&[u8]; 24] = [
    b"MAIL FROM:<a@b>\r\n",
    b"DATA\r\n",
    b"354 go\r\n",
    b"250-a\r\n",
    b"250 b\n",
    b"550 no\r\n",
    b"STARTTLS\r\n",
    b"220 go\r\n",
    b"BDAT 3 LAST\r\n",
    b"BDAT 18446744073709551615\r\n",
    b"AUTH PLAIN\r\n",
    b"AGEAYg==\r\n",
    b"RETR 1\r\n",
    b"LIST\r\n",
    b"STLS\r\n",
    b"+OK\r\n",
    b"-ERR\r\n",
    b"PORT 1,2,3,4,5,6\r\n",
    b"EPRT |1|1.2.3.4|5|\r\n",
    b"227 (1,2,3,4,5,6)\r\n",
    b"229 (|||7|)\r\n",
    b"\r\n",
    b".\r\n",
    b"..",
];

/// One of these, or the byte itself.
fn of_lines(byte: &u8) -> &[u8] {
    let piece = OF_LINES.get(usize::from(*byte % 48)).copied();
    piece.unwrap_or(std::slice::from_ref(byte))
}

/// One of these, or the byte itself.
fn of_the_web(byte: &u8) -> &[u8] {
    let mut pieces = OF_THE_WEB.iter().chain(&OF_TLS).chain(&OF_FRAMES);
    let piece = pieces.nth(usize::from(*byte % 64)).copied();
    piece.unwrap_or(std::slice::from_ref(byte))
}

/// Puts the checksum of what stands from `start` on at `place`, over the pseudo-header too where there is
/// one.
fn put_sum(packet: &mut [u8], start: usize, place: usize, pseudo: Option<(Sum16BitWords, u8)>) {
    let length = u32::try_from(packet.len() - start).unwrap_or(0);
    let sum = match pseudo {
        Some((mut sum, protocol)) => sum
            .add_4bytes(length.to_be_bytes())
            .add_2bytes([0, protocol]),
        None => Sum16BitWords::new(),
    };
    let sum = sum.add_slice(&packet[start..]).ones_complement().to_be();
    packet[place..place + 2].copy_from_slice(&sum.to_be_bytes());
}
