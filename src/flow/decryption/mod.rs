//! TLS connections that are read with the secrets of a key log.
//!
//! What both sides sent in the open tells whose secrets are wanted and which cipher suite; from there on each record
//! is opened in its order. Without secrets, or where records are missing, what is encrypted stays so. Memory is
//! bounded.

mod connection;
pub(super) mod keys;
pub(super) mod lane;
pub(super) mod suite;

use foldhash::fast::RandomState;
use lru::LruCache;

use super::endpoints::Role;
use crate::model::assembled::Assembled;
use crate::model::protocol::Protocol;
use crate::model::secrets::{ClientRandom, Secrets};
use crate::protocols::{piece, tls_opened};
use connection::Connection;
pub use connection::Heard;
pub use lane::MOST_MESSAGE;

/// How many connections are remembered whose hellos were seen.
pub const MOST_CONNECTIONS: usize = 10_000;

/// How many bytes of messages that are not whole are kept of all of them together.
pub const MOST_BYTES: usize = 64 << 20;

/// The TLS connections of a capture.
#[derive(Debug)]
pub struct Decryption {
    secrets: Secrets,
    connections: LruCache<u64, Connection, RandomState>,
    bytes: usize,
}

impl Default for Decryption {
    fn default() -> Self {
        Self {
            secrets: Secrets::default(),
            connections: LruCache::unbounded_with_hasher(RandomState::default()),
            bytes: 0,
        }
    }
}

/// What a record had in it, or several together.
#[derive(Debug)]
pub struct Opened {
    /// The bytes, and which frames they came in.
    pub whole: Assembled,
    /// Whose they are.
    pub protocol: &'static Protocol,
}

impl Opened {
    /// Whether TLS says it to itself.
    pub fn is_of_tls(&self) -> bool {
        std::ptr::eq(self.protocol, &raw const tls_opened::PROTOCOL)
    }

    /// Whether it is a piece of a message.
    fn is_piece(&self) -> bool {
        std::ptr::eq(self.protocol, &raw const piece::PROTOCOL)
    }
}

impl Decryption {
    /// Looks for secrets here from now on.
    pub fn look_in(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// Who listens to the records of a segment that the side in this role sent on this stream.
    pub const fn listener(&mut self, stream: u64, role: Role, heard: Heard) -> Listener<'_> {
        Listener {
            decryption: self,
            stream,
            role,
            heard,
            opened: Vec::new(),
        }
    }

    /// What this records' bytes have in them; the connection is known by the client's hello.
    fn hear(&mut self, heard: &mut Heard, role: Role, stream: u64, records: &[u8]) -> Vec<Opened> {
        if let Some(random) = connection::client_random(records) {
            self.begin(stream, role, random, heard.inside);
        }
        let Some(connection) = self.connections.get_mut(&stream) else {
            return Vec::new();
        };
        let before = connection.cost();
        let opened = connection.hear(heard, role, records, &self.secrets);
        let after = connection.cost();
        self.bytes = self.bytes + after - before;
        while self.bytes > MOST_BYTES && self.forget_one() {}
        opened
    }

    /// A client says hello; where the server asked for another one, it is the same connection.
    fn begin(
        &mut self,
        stream: u64,
        client: Role,
        random: ClientRandom,
        inside: Option<&'static Protocol>,
    ) {
        let known = self.connections.peek(&stream);
        if known.is_some_and(|known| known.is_begun_by(&random)) {
            return;
        }
        if known.is_none() && self.connections.len() >= MOST_CONNECTIONS {
            self.forget_one();
        }
        let before = self
            .connections
            .put(stream, Connection::new(client, random, inside));
        self.bytes -= before.map_or(0, |before| before.cost());
    }

    /// Records that this side sent on this stream are missing.
    pub fn lose(&mut self, stream: u64, role: Role) {
        if let Some(connection) = self.connections.get_mut(&stream) {
            self.bytes -= connection.cost();
            connection.lose(role);
            self.bytes += connection.cost();
        }
    }

    /// Forgets the connection that spoke longest ago; whether there was one.
    fn forget_one(&mut self) -> bool {
        let gone = self.connections.pop_lru();
        self.bytes -= gone.as_ref().map_or(0, |(_, gone)| gone.cost());
        gone.is_some()
    }
}

/// Listens to the records of a segment, in their order.
#[derive(Debug)]
pub struct Listener<'a> {
    decryption: &'a mut Decryption,
    stream: u64,
    role: Role,
    heard: Heard,
    opened: Vec<Opened>,
}

impl Listener<'_> {
    /// Hears whole records.
    pub fn hear(&mut self, records: &[u8]) {
        let opened = self
            .decryption
            .hear(&mut self.heard, self.role, self.stream, records);
        self.opened.extend(opened);
    }

    /// Some are missing.
    pub fn lose(&mut self) {
        self.decryption.lose(self.stream, self.role);
    }

    /// What was in them.
    pub fn into_opened(mut self) -> Vec<Opened> {
        lane::drop_overtaken(&mut self.opened);
        lane::join_handshake(&mut self.opened);
        self.opened
    }
}

#[cfg(test)]
mod tests;
