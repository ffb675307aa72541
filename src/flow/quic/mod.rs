//! QUIC connections: which packets a datagram has, and what is in those whose keys are known.
//!
//! The keys of the first flight are made of the connection ID that it is for, which everybody reads; those of the rest
//! are made of secrets of a key log, which are named as those of TLS are. A connection is known by the addresses and
//! ports of its datagrams; one that moves to others is not followed there. Memory is bounded.

mod connection;
mod crypto;
#[cfg(test)]
mod examples;
mod keys;
mod retry;
#[cfg(test)]
mod tests;

use foldhash::fast::RandomState;
use lru::LruCache;

use super::decryption::Opened;
use super::endpoints::{Pair, Way};
use super::telling::Telling;
use super::udp;
use crate::decode::Decoder;
use crate::model::fault::FaultKind;
use crate::model::frame::Frame;
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::secrets::Secrets;
use crate::protocols::quic_header::{self as header, FIXED, Kind, LONG, Packet};
use crate::protocols::{data, quic};
use connection::Connection;
pub use crypto::MOST_AHEAD;
use keys::Keys;

/// How many connections are remembered.
pub const MOST_CONNECTIONS: usize = 10_000;

/// How many bytes of handshakes that are not whole are kept of all of them together.
pub const MOST_BYTES: usize = 16 << 20;

/// How many packets of a datagram are told apart.
pub const MOST_PACKETS: usize = 16;

/// The QUIC connections of a capture.
#[derive(Debug)]
pub struct Quic {
    secrets: Secrets,
    connections: LruCache<Pair, Connection, RandomState>,
    begun: u64,
    bytes: usize,
}

impl Default for Quic {
    fn default() -> Self {
        Self {
            secrets: Secrets::default(),
            connections: LruCache::unbounded_with_hasher(RandomState::default()),
            begun: 0,
            bytes: 0,
        }
    }
}

/// A packet of a datagram, and what was in it.
struct Heard {
    packet: Packet,
    opened: Vec<Opened>,
    /// Of a Retry, whether it is one of the server's, as far as its tag tells.
    is_genuine: Option<bool>,
    /// Whether further packets stand in its layer, which are not told apart.
    has_the_rest: bool,
}

impl Heard {
    /// With the packets behind it up to the end of a datagram of so many bytes.
    fn with_the_rest(mut self, length: usize) -> Self {
        self.packet.filled = length;
        self.has_the_rest = true;
        self
    }
}

impl Quic {
    /// Looks for secrets here from now on.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// Whether a frame may have packets of QUIC: its innermost layer is that, or nobody has claimed it while there are
    /// connections.
    #[inline]
    pub fn concerns(&self, decoded: &Decoded<'_>) -> bool {
        let Some(last) = decoded.layers.last() else {
            return false;
        };
        std::ptr::eq(last.protocol, &raw const quic::PROTOCOL)
            || !self.connections.is_empty()
                && std::ptr::eq(last.protocol, &raw const data::PROTOCOL)
    }

    /// Reads the packets of a frame's datagram; tells which connection they belong to.
    #[inline(never)]
    pub fn read(&mut self, decoder: &mut Decoder, frame: &Frame<'_>, telling: &mut Telling<'_>) {
        let decoded = decoder.walked(frame);
        let Some((index, sender, receiver)) = udp::datagram(&decoded) else {
            return;
        };
        let Some(view) = decoded.view(index) else {
            return;
        };
        let is_inside = decoded.layers.len() == index + 2;
        if view.layer.extent != Extent::Whole || !is_inside {
            return;
        }
        let (pair, way) = Pair::of(sender, receiver);
        let known = self.connections.peek(&pair);
        let id = known.and_then(|known| known.id_length(way));
        let payload = view.payload();
        let form = payload.first().map_or(0, |first| first & (LONG | FIXED));
        match (is_quic(decoded.layers.last()), id) {
            // At another port, a short header is one only of a connection that is known.
            (false, None) => return,
            (false, Some(_)) if form != FIXED => return,
            // And at the port of QUIC, what has neither bit set is something else.
            (true, None) if form == 0 => {
                let whole = 0..payload.len();
                decoder.forget_inside(index);
                decoder.read_part(frame, index, &data::PROTOCOL, whole.clone(), whole.end);
                return;
            }
            _ => {}
        }
        let is_cut = view.layer.end < view.layer.wire_end;
        let payload = payload.to_vec();
        let heard = self.hear(&payload, &pair, way, frame.number, id);
        let is_genuine = heard.first().and_then(|heard| heard.is_genuine);
        if !is_cut {
            read_packets(decoder, frame, index, heard, id);
        }
        if let Some(connection) = self.connections.peek(&pair)
            && telling.is_everything()
        {
            telling.of_layer(index + 1);
            telling.number(&quic::CONNECTION, connection.number);
            telling.number_if_any(&quic::IS_GENUINE, is_genuine.map(u64::from));
        }
    }

    /// Hears the packets of a datagram between these two.
    fn hear(
        &mut self,
        payload: &[u8],
        pair: &Pair,
        way: Way,
        frame: u64,
        id: Option<usize>,
    ) -> Vec<Heard> {
        let mut all: Vec<Heard> = Vec::new();
        for packet in header::packets(payload, id).take(MOST_PACKETS + 1) {
            if all.len() == MOST_PACKETS {
                let last = all.pop();
                all.extend(last.map(|last| last.with_the_rest(payload.len())));
                break;
            }
            let opened = self.hear_packet(payload, &packet, pair, way, frame);
            let connection = self.connections.peek(pair);
            let is_genuine = connection.and_then(|known| known.is_genuine(payload, &packet));
            all.push(Heard {
                packet,
                opened,
                is_genuine,
                has_the_rest: false,
            });
        }
        all
    }

    fn hear_packet(
        &mut self,
        payload: &[u8],
        packet: &Packet,
        pair: &Pair,
        way: Way,
        frame: u64,
    ) -> Vec<Opened> {
        if packet.kind != Kind::OneRtt {
            self.meet(payload, packet, pair, way);
        }
        let Some(connection) = self.connections.get_mut(pair) else {
            return Vec::new();
        };
        let Some(bytes) = payload.get(packet.start..packet.end) else {
            return Vec::new();
        };
        let before = connection.cost();
        let at = packet.rest - packet.start;
        let opened = connection.hear(packet.kind, bytes, at, (way, frame), &self.secrets);
        self.bytes = self.bytes + connection.cost() - before;
        while self.bytes > MOST_BYTES && self.forget_one() {}
        opened
    }

    /// Takes note of a long header: it may begin a connection, or begin one anew whose keys are made of another
    /// connection ID.
    fn meet(&mut self, payload: &[u8], packet: &Packet, pair: &Pair, way: Way) {
        if !self.connections.contains(pair) {
            self.put(*pair, way);
        }
        if packet.kind == Kind::Initial {
            self.meet_initial(payload, packet, pair, way);
        }
        if let Some(connection) = self.connections.peek_mut(pair) {
            connection.note(payload, packet, way);
        }
    }

    /// Goes over to the keys of an Initial's own connection ID, where they open it, and those so far do not.
    fn meet_initial(&mut self, payload: &[u8], packet: &Packet, pair: &Pair, way: Way) {
        let (Some(bytes), Some(id), Some(version), Some(connection)) = (
            payload.get(packet.start..packet.end),
            payload.get(packet.destination.clone()),
            packet.version,
            self.connections.peek(pair),
        ) else {
            return;
        };
        let at = packet.rest - packet.start;
        if connection.opens_initial(bytes, at, way) {
            return;
        }
        let goes_on = connection.goes_on_at(id);
        let keys = Keys::initial(version, id);
        let opens = |[client, _]: &[Keys; 2]| connection::opens(client, bytes, at);
        let Some(keys) = keys.filter(opens) else {
            return;
        };
        if !goes_on {
            self.put(*pair, way);
        }
        if let Some(connection) = self.connections.peek_mut(pair) {
            self.bytes -= connection.cost();
            connection.begin(version, way, keys);
        }
    }

    /// Puts a new connection between these two.
    fn put(&mut self, pair: Pair, way: Way) {
        if self.connections.len() >= MOST_CONNECTIONS && !self.connections.contains(&pair) {
            self.forget_one();
        }
        let before = self.connections.put(pair, Connection::new(self.begun, way));
        self.bytes -= before.map_or(0, |before| before.cost());
        self.begun += 1;
    }

    /// Forgets the connection that spoke longest ago; whether there was one.
    fn forget_one(&mut self) -> bool {
        let gone = self.connections.pop_lru();
        self.bytes -= gone.as_ref().map_or(0, |(_, gone)| gone.cost());
        gone.is_some()
    }
}

fn is_quic(layer: Option<&Layer>) -> bool {
    layer.is_some_and(|layer| std::ptr::eq(layer.protocol, &raw const quic::PROTOCOL))
}

/// Has the decoder read the packets of the datagram at `index`, each with what was in it.
fn read_packets(
    decoder: &mut Decoder,
    frame: &Frame<'_>,
    index: usize,
    heard: Vec<Heard>,
    id: Option<usize>,
) {
    if heard.is_empty() {
        return;
    }
    decoder.forget_inside(index);
    let are_all = !heard.iter().any(|heard| heard.has_the_rest);
    let mut are_told = true;
    for Heard { packet, opened, .. } in heard {
        // Behind a long header, how long the connection ID of a short one is stands there.
        let is_known = id.is_some() || packet.start > 0;
        let header_length = if packet.kind == Kind::OneRtt && is_known {
            packet.rest - packet.start
        } else {
            packet.filled - packet.start
        };
        let range = packet.start..packet.filled;
        decoder.read_part(frame, index, &quic::PROTOCOL, range, header_length);
        for Opened { whole, protocol } in opened {
            are_told &= decoder.read_also(frame, index, protocol, whole);
        }
    }
    if !are_all {
        decoder.blame(index, FaultKind::TooManyMessages);
    }
    if !are_told {
        decoder.blame(index, FaultKind::TooManyCompleted);
    }
}
