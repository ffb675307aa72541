//! One TLS connection: what its hellos agreed, and with which keys each side encrypts at the moment.

use super::Opened;
use super::keys::{self, Header, Keys, Version};
use super::lane::{self, Lane, Rules};
use super::suite::Suite;
use crate::flow::answers::Expected;
use crate::flow::endpoints::Role;
use crate::model::protocol::Protocol;
use crate::model::secrets::{ClientRandom, Purpose, Secrets};
use crate::protocols::line_dialogue::{Progress, Speaker};
use crate::protocols::tls_extensions::Hello;
use crate::protocols::tls_handshake::{CLIENT_HELLO, FINISHED, KEY_UPDATE, SERVER_HELLO};
use crate::protocols::tls_record::{self, Content, Record};
use crate::protocols::tls_vectors::Reader;
use crate::protocols::{registry, tls_hellos};

/// A connection whose client has said hello.
#[derive(Debug)]
pub struct Connection {
    /// The part that the client of TLS plays in the TCP connection.
    client: Role,
    random: ClientRandom,
    /// What both go on with, once the server has said hello; not of what is not decrypted.
    agreed: Option<Agreed>,
    /// The client and the server.
    sides: [Side; 2],
    /// What the programs speak, where their ports tell, and how far they are where that tells what comes next.
    inside: Option<&'static Protocol>,
    progress: Progress,
}

/// What both sides go on with.
#[derive(Debug)]
struct Agreed {
    suite: Suite,
    version: Version,
    server_random: Vec<u8>,
}

/// One side.
#[derive(Debug)]
struct Side {
    epoch: Epoch,
    handshake: Lane,
    said: Lane,
}

/// With which keys a side encrypts.
#[derive(Debug)]
enum Epoch {
    /// With none, as far as was seen.
    Open,
    /// With those of the handshake of TLS 1.3.
    Handshake(Keys),
    /// With those for what the programs say; of TLS 1.3, with the secret that they are made of.
    Traffic(Keys, Vec<u8>),
    /// With some that are not known.
    Sealed,
}

/// Where records are heard.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// The number of the frame that they are whole in.
    pub frame: u64,
    /// What the next messages of a program answer.
    pub expected: Expected,
    /// What the programs speak, where their ports tell.
    pub inside: Option<&'static Protocol>,
}

/// The number of TLS 1.2, and of TLS 1.3, as hellos tell it.
const TLS_1_2: u16 = 0x0303;
const TLS_1_3: u16 = 0x0304;

/// The random bytes of a client's hello, where records begin with one.
pub fn client_random(records: &[u8]) -> Option<ClientRandom> {
    let record = Record::of(records).filter(|record| record.content == Content::Handshake)?;
    let mut content = record.content_in(records);
    let kind = content.number(1)?;
    let body = content.vector(3)?;
    let random = tls_hellos::client_random(body).filter(|_| kind == CLIENT_HELLO)?;
    records.get(random)?.try_into().ok()
}

impl Connection {
    /// The connection of a client that has said hello with these random bytes.
    pub fn new(client: Role, random: ClientRandom, inside: Option<&'static Protocol>) -> Self {
        let side = || Side {
            epoch: Epoch::Open,
            handshake: Lane::of_handshake(),
            said: Lane::of_programs(inside),
        };
        Self {
            client,
            random,
            agreed: None,
            sides: [side(), side()],
            inside,
            progress: Progress::default(),
        }
    }

    /// Whether it is the one of this hello, and still in the open.
    pub fn is_begun_by(&self, random: &ClientRandom) -> bool {
        self.random == *random && self.agreed.is_none()
    }

    /// How many bytes it keeps of messages that are not whole.
    pub fn cost(&self) -> usize {
        let of_side = |side: &Side| side.handshake.cost() + side.said.cost();
        self.sides.iter().map(of_side).sum()
    }

    /// Records of this side are missing: what comes behind them cannot be opened.
    pub fn lose(&mut self, role: Role) {
        let index = self.index_of(role);
        if let Some(side) = self.sides.get_mut(index) {
            *side = Side {
                epoch: Epoch::Sealed,
                handshake: Lane::of_handshake(),
                said: Lane::of_programs(self.inside),
            };
        }
        self.progress.lose();
    }

    /// Which of the sides sends in this role.
    fn index_of(&self, role: Role) -> usize {
        usize::from(role != self.client)
    }

    /// Hears whole records of the side in this role: what was encrypted in them, and could be opened.
    pub fn hear(
        &mut self,
        heard: &mut Heard,
        role: Role,
        records: &[u8],
        secrets: &Secrets,
    ) -> Vec<Opened> {
        let index = self.index_of(role);
        let mut opened = Vec::new();
        for record in tls_record::records(records) {
            let (Some(header), Some(content)) = (
                records.get(record.start..).and_then(<[u8]>::first_chunk),
                records.get(record.place()),
            ) else {
                break;
            };
            let is_open = matches!(
                self.sides.get(index).map(|side| &side.epoch),
                Some(Epoch::Open)
            );
            match record.content {
                Content::Handshake if is_open => self.note_hello(records, &record),
                Content::ChangeCipherSpec => self.change_cipher(index, secrets),
                _ => {
                    if let Some((kind, text)) = self.open(index, *header, content, secrets) {
                        self.take(index, kind, text, heard, secrets, &mut opened);
                    }
                }
            }
        }
        opened
    }

    /// Takes note of what a server's hello says that both go on with.
    fn note_hello(&mut self, records: &[u8], record: &Record) {
        let mut content = record.content_in(records);
        while let (Some(kind), Some(body)) = (content.number(1), content.vector(3)) {
            let is_last = kind == SERVER_HELLO
                && tls_hellos::of_server(records, body.clone()) == Hello::Server;
            if is_last {
                self.agreed = agreed(records, body.clone());
                let chosen = tls_hellos::protocol_of_server(body);
                if let Some(name) = chosen.and_then(|place| records.get(place)) {
                    self.agree_on_named(name);
                }
            }
        }
    }

    /// A side of TLS 1.2 encrypts from here on; in TLS 1.3 this says nothing.
    fn change_cipher(&mut self, index: usize, secrets: &Secrets) {
        let of_12 = |agreed: &&Agreed| agreed.version == Version::Tls12;
        let Some(agreed) = self.agreed.as_ref().filter(of_12) else {
            return;
        };
        let keys = secrets
            .find(&self.random, Purpose::Connection)
            .and_then(|master| {
                Keys::of_master(&agreed.suite, &master, &self.random, &agreed.server_random)
            })
            .and_then(|keys| keys.into_iter().nth(index));
        if let Some(side) = self.sides.get_mut(index) {
            side.epoch = keys.map_or(Epoch::Sealed, |keys| Epoch::Traffic(keys, Vec::new()));
        }
    }

    /// Opens a record of a side: what kind of content it has, and that.
    fn open(
        &mut self,
        index: usize,
        header: Header,
        content: &[u8],
        secrets: &Secrets,
    ) -> Option<(u8, Vec<u8>)> {
        let agreed = self.agreed.as_ref()?;
        let side = self.sides.get_mut(index)?;
        if agreed.version == Version::Tls12 {
            let Epoch::Traffic(keys, _) = &mut side.epoch else {
                return None;
            };
            let [kind, ..] = header;
            return Some((kind, keys.open(header, content)?));
        }
        let [handshake, traffic] = purposes(index);
        if matches!(side.epoch, Epoch::Open)
            && let Some(secret) = secrets.find(&self.random, handshake)
            && let Some(keys) = Keys::of_secret(&agreed.suite, &secret)
        {
            side.epoch = Epoch::Handshake(keys);
        }
        let found = match &mut side.epoch {
            Epoch::Handshake(keys) | Epoch::Traffic(keys, _) => keys.open(header, content),
            Epoch::Open | Epoch::Sealed => None,
        };
        if let Some(text) = found {
            return inner(text);
        }
        // The secrets of the handshake may have come too late, or its end not be in the capture.
        if matches!(side.epoch, Epoch::Open | Epoch::Handshake(_)) {
            let secret = secrets.find(&self.random, traffic)?;
            let mut keys = Keys::of_secret(&agreed.suite, &secret)?;
            let text = keys.open(header, content)?;
            side.epoch = Epoch::Traffic(keys, secret);
            return inner(text);
        }
        None
    }

    /// Takes what was in a record.
    fn take(
        &mut self,
        index: usize,
        kind: u8,
        text: Vec<u8>,
        heard: &mut Heard,
        secrets: &Secrets,
        opened: &mut Vec<Opened>,
    ) {
        let [client, server] = &mut self.sides;
        let (side, other) = match index {
            0 => (client, server),
            _ => (server, client),
        };
        let dialogue = self.inside.and_then(registry::dialogue_of);
        let mut rules = Rules {
            expected: heard.expected,
            dialogue: dialogue.map(|dialogue| (dialogue, speaker(index), &mut self.progress)),
        };
        match Content::of(kind) {
            Some(Content::Alert) if text.len() == lane::ALERT => {
                side.said.end(&rules, opened);
                lane::push_alert(text, heard.frame, opened);
            }
            Some(Content::ApplicationData) => {
                side.said.take(text, heard.frame, &mut rules, opened);
                heard.expected = rules.expected;
                other.said.go_on_as(&side.said);
            }
            Some(Content::Handshake) => {
                let from = opened.len();
                side.handshake
                    .take(text, heard.frame, &mut Rules::default(), opened);
                let is_whole = |opened: &&Opened| opened.is_of_tls();
                let whole = opened.iter().skip(from).filter(is_whole);
                for message in whole {
                    let kind = message.whole.bytes.first().copied();
                    self.change_keys(index, kind.map_or(0, usize::from), secrets);
                    if let Some(chosen) = tls_hellos::chosen_protocol(&message.whole.bytes) {
                        self.agree_on_named(chosen);
                    }
                }
            }
            _ => {}
        }
    }

    /// Both sides go on with the protocol of this name, where it is one that its bytes do not tell on both sides.
    fn agree_on_named(&mut self, name: &[u8]) {
        if let Some(protocol) = registry::agreed_by(name) {
            self.agree_on(protocol);
        }
    }

    fn agree_on(&mut self, protocol: &'static Protocol) {
        self.inside.get_or_insert(protocol);
        for side in &mut self.sides {
            side.said.agree_on(protocol);
        }
    }

    /// A side has sent this message of the handshake: it may encrypt with other keys from here on.
    fn change_keys(&mut self, index: usize, kind: usize, secrets: &Secrets) {
        let (Some(agreed), Some(side)) = (&self.agreed, self.sides.get_mut(index)) else {
            return;
        };
        let [_, traffic] = purposes(index);
        let secret = match (&side.epoch, kind) {
            // Where it is not there yet, it is looked for again with the next record.
            (Epoch::Handshake(_), FINISHED) => secrets.find(&self.random, traffic),
            (Epoch::Traffic(_, secret), KEY_UPDATE) => keys::next_secret(&agreed.suite, secret),
            _ => None,
        };
        if let Some(secret) = secret
            && let Some(keys) = Keys::of_secret(&agreed.suite, &secret)
        {
            side.epoch = Epoch::Traffic(keys, secret);
        }
    }
}

/// Who the side is in a dialogue.
const fn speaker(index: usize) -> Speaker {
    match index {
        0 => Speaker::Client,
        _ => Speaker::Server,
    }
}

/// What the secrets are for that a side derives its keys of TLS 1.3 from.
const fn purposes(index: usize) -> [Purpose; 2] {
    match index {
        0 => [Purpose::ClientHandshake, Purpose::ClientTraffic],
        _ => [Purpose::ServerHandshake, Purpose::ServerTraffic],
    }
}

/// What a server's hello says that both go on with; `None` of what is not decrypted.
fn agreed(records: &[u8], body: Reader<'_>) -> Option<Agreed> {
    let agreed = tls_hellos::agreed(body)?;
    Some(Agreed {
        suite: Suite::of(agreed.suite)?,
        version: match agreed.version {
            TLS_1_2 => Version::Tls12,
            TLS_1_3 => Version::Tls13,
            _ => return None,
        },
        server_random: records.get(agreed.random)?.to_vec(),
    })
}

/// The kind of content that TLS 1.3 hides behind it, and the content without what fills it up (RFC 8446, section
/// 5.2).
fn inner(mut text: Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let last = text.iter().rposition(|byte| *byte != 0)?;
    let kind = text.get(last).copied()?;
    text.truncate(last);
    Some((kind, text))
}
