//! One QUIC connection: how long its connection IDs are, and with which keys each side seals its packets at the moment.

use std::ops::Range;

use super::crypto::Crypto;
use super::keys::{self, Header, Keys, PacketKey, number_in_full};
use super::retry;
use crate::flow::decryption::suite::Suite;
use crate::flow::decryption::{Opened, lane};
use crate::flow::endpoints::Way;
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::protocol::Protocol;
use crate::model::secrets::{ClientRandom, Purpose, Secrets};
use crate::protocols::quic_frames::{self, Frame};
use crate::protocols::quic_header::{Kind, Packet, Version};
use crate::protocols::quic_opened::{self, FRAMES, PHASE};
use crate::protocols::tls_handshake::{CLIENT_HELLO, SERVER_HELLO};
use crate::protocols::tls_vectors::Reader;
use crate::protocols::{data, tls_hellos};

/// A connection of which a long header was seen.
#[derive(Debug)]
pub struct Connection {
    /// The number by which it is told.
    pub number: u64,
    version: Version,
    /// Which way the client sends.
    client: Way,
    /// How long the connection IDs are that who sends this way has chosen: those of packets that it receives.
    ids: [Option<usize>; 2],
    /// The connection ID that the first Initial was for.
    original: Option<Vec<u8>>,
    /// The connection ID that a Retry wants the next Initial to be for.
    retried: Option<Vec<u8>>,
    random: Option<ClientRandom>,
    suite: Option<Suite>,
    /// The client and the server.
    sides: [Side; 2],
}

/// One side.
#[derive(Debug, Default)]
struct Side {
    initial: Option<Box<Keys>>,
    handshake: Option<Box<Keys>>,
    traffic: Option<Box<Traffic>>,
    spaces: [Space; 3],
}

/// Packets that are counted together: those of a level of encryption (RFC 9000, section 12.3).
#[derive(Debug, Default)]
struct Space {
    /// The largest number that was opened.
    largest: Option<u64>,
    crypto: Crypto,
}

/// The keys for what the programs say, which a side may change.
#[derive(Debug)]
struct Traffic {
    header: keys::HeaderKey,
    secret: Vec<u8>,
    current: PacketKey,
    /// Those before, for packets that were overtaken.
    before: Option<PacketKey>,
    /// The bit that tells the current keys, and the first number that they sealed, as far as was seen.
    phase: u8,
    first: u64,
}

/// What a packet had in it.
struct Plain {
    first: u8,
    number: u64,
    frames: Vec<u8>,
}

/// The levels of encryption.
#[derive(Clone, Copy)]
enum Level {
    Initial,
    Handshake,
    Traffic,
}

impl Level {
    /// That of a packet; `None` of those that are not decrypted.
    const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Initial => Some(Self::Initial),
            Kind::Handshake => Some(Self::Handshake),
            Kind::OneRtt => Some(Self::Traffic),
            Kind::ZeroRtt | Kind::Retry | Kind::VersionNegotiation | Kind::Unknown => None,
        }
    }
}

impl Connection {
    /// The connection with this number, whose first packet this is.
    pub fn new(number: u64, way: Way) -> Self {
        Self {
            number,
            version: Version::V1,
            client: way,
            ids: [None; 2],
            original: None,
            retried: None,
            random: None,
            suite: None,
            sides: [Side::default(), Side::default()],
        }
    }

    /// How many bytes it keeps of a handshake that is not whole.
    pub fn cost(&self) -> usize {
        let spaces = self.sides.iter().flat_map(|side| &side.spaces);
        spaces.map(|space| space.crypto.cost()).sum()
    }

    /// How long the connection ID is of a short header that is sent this way.
    pub fn id_length(&self, way: Way) -> Option<usize> {
        *self.ids.get(index_of(way.back()))?
    }

    /// Whether an Initial was opened.
    fn is_opened(&self) -> bool {
        self.sides.iter().any(|side| side.initial.is_some())
    }

    /// Whether a client's Initial with this connection ID, which the keys so far do not open, goes on with it.
    pub fn goes_on_at(&self, id: &[u8]) -> bool {
        !self.is_opened() || self.retried.as_deref() == Some(id)
    }

    /// Takes note of what the header of a packet says that is sent this way.
    pub fn note(&mut self, datagram: &[u8], packet: &Packet, way: Way) {
        if packet.kind == Kind::OneRtt {
            return;
        }
        if let Some(length) = self.ids.get_mut(index_of(way)) {
            *length = Some(packet.source.len());
        }
        let id = |place: Range<usize>| datagram.get(place).map(<[u8]>::to_vec);
        match packet.kind {
            Kind::Initial if self.original.is_none() => {
                self.original = id(packet.destination.clone());
            }
            Kind::Retry => self.retried = id(packet.source.clone()),
            _ => {}
        }
    }

    /// Whether a Retry answers the first Initial; `None` of other packets, and where none was seen.
    pub fn is_genuine(&self, datagram: &[u8], packet: &Packet) -> Option<bool> {
        let version = packet.version.filter(|_| packet.kind == Kind::Retry)?;
        let retry = datagram.get(packet.start..packet.end)?;
        retry::is_genuine(version, self.original.as_ref()?, retry)
    }

    /// Goes on with keys that are made of this connection ID, of an Initial that the client sends this way.
    pub fn begin(&mut self, version: Version, way: Way, [client, server]: [Keys; 2]) {
        self.version = version;
        self.client = way;
        self.retried = None;
        let side = |keys| Side {
            initial: Some(Box::new(keys)),
            ..Side::default()
        };
        self.sides = [side(client), side(server)];
    }

    /// Which of the sides sends this way.
    fn side(&self, way: Way) -> usize {
        usize::from(way != self.client)
    }

    /// Whether the keys so far open an Initial that is sent this way.
    pub fn opens_initial(&self, packet: &[u8], at: usize, way: Way) -> bool {
        let keys = self.sides.get(self.side(way)).map(|side| &side.initial);
        let Some(Some(keys)) = keys else {
            return false;
        };
        opens(keys, packet, at)
    }

    /// Hears a packet that is sent this way; `at` is where its number begins. What was in it, where that could be
    /// opened: the packet, then the messages of the handshake that are whole with it, and what programs say.
    pub fn hear(
        &mut self,
        kind: Kind,
        packet: &[u8],
        at: usize,
        (way, frame): (Way, u64),
        secrets: &Secrets,
    ) -> Vec<Opened> {
        let Some(level) = Level::of(kind) else {
            return Vec::new();
        };
        let index = self.side(way);
        let Some(plain) = self.open(level, packet, at, index, secrets) else {
            return Vec::new();
        };
        let bytes = plain.into_bytes();
        let messages = self.take(level, &bytes, index, frame);
        let said = quic_frames::frames(&bytes, FRAMES).filter(Frame::is_stream);
        let said = said.filter_map(|said| bytes.get(said.data).map(<[u8]>::to_vec));
        let said: Vec<_> = said.filter(|said| !said.is_empty()).collect();
        let of_data = said
            .into_iter()
            .map(|said| opened(&data::PROTOCOL, said, frame));
        let mut all = vec![opened(&quic_opened::PROTOCOL, bytes, frame)];
        all.extend(messages);
        all.extend(of_data);
        all
    }

    /// Opens a packet, with the keys of its level.
    fn open(
        &mut self,
        level: Level,
        packet: &[u8],
        at: usize,
        index: usize,
        secrets: &Secrets,
    ) -> Option<Plain> {
        self.find_keys(level, index, secrets);
        let (version, suite) = (self.version, self.suite);
        let side = self.sides.get_mut(index)?;
        let space = side.spaces.get_mut(level as usize)?;
        let plain = match level {
            Level::Initial => open(side.initial.as_ref()?, packet, at, space.largest),
            Level::Handshake => open(side.handshake.as_ref()?, packet, at, space.largest),
            Level::Traffic => {
                let traffic = side.traffic.as_mut()?;
                traffic.open(version, &suite?, packet, at, space.largest)
            }
        }?;
        space.largest = space.largest.max(Some(plain.number));
        Some(plain)
    }

    /// Looks for the secrets of a level, as long as they are not there.
    fn find_keys(&mut self, level: Level, index: usize, secrets: &Secrets) {
        let (Some(random), Some(suite), Some(side)) =
            (&self.random, &self.suite, self.sides.get_mut(index))
        else {
            return;
        };
        let [handshake, traffic] = match index {
            0 => [Purpose::ClientHandshake, Purpose::ClientTraffic],
            _ => [Purpose::ServerHandshake, Purpose::ServerTraffic],
        };
        match level {
            Level::Handshake if side.handshake.is_none() => {
                side.handshake = secrets
                    .find(random, handshake)
                    .and_then(|secret| Keys::of_secret(self.version, suite, &secret))
                    .map(Box::new);
            }
            Level::Traffic if side.traffic.is_none() => {
                side.traffic = secrets
                    .find(random, traffic)
                    .and_then(|secret| Traffic::new(self.version, suite, secret))
                    .map(Box::new);
            }
            _ => {}
        }
    }

    /// Takes the handshake out of the frames of a packet: the messages that are whole with it.
    fn take(&mut self, level: Level, plain: &[u8], index: usize, frame: u64) -> Vec<Opened> {
        let mut messages = Vec::new();
        for found in quic_frames::frames(plain, FRAMES).filter(Frame::is_crypto) {
            let space = self.sides.get_mut(index);
            let space = space.and_then(|side| side.spaces.get_mut(level as usize));
            if let (Some(space), Some(bytes)) = (space, plain.get(found.data)) {
                space.crypto.take(found.offset, bytes, frame, &mut messages);
            }
        }
        for message in &messages {
            self.note_message(&message.whole.bytes);
        }
        lane::join_handshake(&mut messages);
        messages
    }

    /// Takes note of what a hello says by which secrets are found, and what they are for.
    fn note_message(&mut self, message: &[u8]) {
        let mut all = Reader::new(message, 0..message.len());
        let (Some(kind), Some(body)) = (all.number(1), all.vector(3)) else {
            return;
        };
        match kind {
            CLIENT_HELLO => {
                let random = tls_hellos::client_random(body);
                let random = random.and_then(|place| message.get(place)?.try_into().ok());
                self.random = random.or(self.random);
            }
            SERVER_HELLO => {
                let agreed = tls_hellos::agreed(body);
                self.suite = agreed
                    .and_then(|agreed| Suite::of(agreed.suite))
                    .or(self.suite);
            }
            _ => {}
        }
    }
}

const fn index_of(way: Way) -> usize {
    match way {
        Way::FromLow => 0,
        Way::FromHigh => 1,
    }
}

/// Whether these keys open a packet that is the first of its sender.
pub fn opens(keys: &Keys, packet: &[u8], at: usize) -> bool {
    open(keys, packet, at, None).is_some()
}

fn open(keys: &Keys, packet: &[u8], at: usize, largest: Option<u64>) -> Option<Plain> {
    let header = keys.header.show(packet, at)?;
    let number = number_in_full(largest, header.number, header.number_length);
    open_with(&keys.packet, &header, number, packet)
}

fn open_with(key: &PacketKey, header: &Header, number: u64, packet: &[u8]) -> Option<Plain> {
    Some(Plain {
        first: *header.bytes.first()?,
        number,
        frames: key.open(number, header, packet.get(header.bytes.len()..)?)?,
    })
}

impl Traffic {
    fn new(version: Version, suite: &Suite, secret: Vec<u8>) -> Option<Self> {
        let Keys { header, packet } = Keys::of_secret(version, suite, &secret)?;
        Some(Self {
            header,
            secret,
            current: packet,
            before: None,
            phase: 0,
            first: 0,
        })
    }

    /// Opens a packet, with the next keys where its sender has changed them (RFC 9001, section 6).
    fn open(
        &mut self,
        version: Version,
        suite: &Suite,
        packet: &[u8],
        at: usize,
        largest: Option<u64>,
    ) -> Option<Plain> {
        let header = self.header.show(packet, at)?;
        let number = number_in_full(largest, header.number, header.number_length);
        let open = |key: &PacketKey| open_with(key, &header, number, packet);
        if header.bytes.first()? & PHASE == self.phase {
            return open(&self.current);
        }
        if let Some(before) = self.before.as_ref().filter(|_| number < self.first) {
            return open(before);
        }
        let secret = keys::next_secret(version, suite, &self.secret)?;
        let next = PacketKey::of_secret(version, suite, &secret)?;
        let plain = open(&next)?;
        self.secret = secret;
        self.before = Some(std::mem::replace(&mut self.current, next));
        self.phase ^= PHASE;
        self.first = number;
        Some(plain)
    }
}

impl Plain {
    /// As `quic_opened` reads it.
    fn into_bytes(self) -> Vec<u8> {
        [&[self.first], &self.number.to_be_bytes()[..], &self.frames].concat()
    }
}

/// Bytes that a frame had encrypted, which are a protocol's.
fn opened(protocol: &'static Protocol, bytes: Vec<u8>, frame: u64) -> Opened {
    let parts = vec![Part::behind(&[], frame, bytes.len())];
    Opened {
        whole: Assembled {
            whole: Whole::Plaintext,
            bytes,
            parts,
        },
        protocol,
    }
}
