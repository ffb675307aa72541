//! What is opened of records that are made as their senders would make them.

use super::keys::{self, Keys};
use super::suite::Suite;
use super::*;
use crate::flow::answers::Expected;
use crate::model::assembled::Part;
use crate::protocols::smtp;

const STREAM: u64 = 0;
const SUITE: u16 = 0x1301;
const CLIENT_RANDOM: [u8; 32] = [7; 32];
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const DATA: u8 = 23;
const FINISHED: [u8; 8] = [20, 0, 0, 4, 9, 9, 9, 9];
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 0];
const CLOSE_NOTIFY: [u8; 2] = [1, 0];

/// What the secrets of both sides are made of here: a byte for each.
const LOG: [(&str, u8); 4] = [
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 2),
    ("CLIENT_TRAFFIC_SECRET_0", 3),
    ("SERVER_TRAFFIC_SECRET_0", 4),
];

fn take_down(secrets: &Secrets, log: &[(&str, u8)]) {
    let random = "07".repeat(32);
    for (label, byte) in log {
        let line = format!("{label} {random} {}", format!("{byte:02x}").repeat(32));
        assert_eq!(secrets.take_down(line.as_bytes()), 1);
    }
}

fn secret(byte: u8) -> Vec<u8> {
    vec![byte; 32]
}

fn keys_of(byte: u8) -> Keys {
    Keys::of_secret(&Suite::of(SUITE).unwrap(), &secret(byte)).unwrap()
}

/// A message of the handshake in a record that everybody can read.
fn in_the_open(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    [&[HANDSHAKE, 3, 3, 0, length + 4, kind, 0, 0, length], body].concat()
}

fn client_hello() -> Vec<u8> {
    let rest = [0, 0, 2, 0x13, 0x01, 1, 0];
    in_the_open(1, &[&[3, 3], &CLIENT_RANDOM[..], &rest].concat())
}

fn server_hello() -> Vec<u8> {
    let rest = [0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4];
    in_the_open(2, &[&[3, 3], &[8; 32][..], &rest].concat())
}

fn heard_in(frame: u64, inside: Option<&'static Protocol>) -> Heard {
    Heard {
        frame,
        expected: Expected::default(),
        inside,
    }
}

/// A connection, and whose records are heard in which frame.
struct Exchange {
    decryption: Decryption,
    frame: u64,
    inside: Option<&'static Protocol>,
}

impl Exchange {
    /// Both have said hello.
    fn begun(secrets: &Secrets) -> Self {
        Self::begun_with(secrets, None)
    }

    /// The same where the port tells what is spoken inside.
    fn begun_with(secrets: &Secrets, inside: Option<&'static Protocol>) -> Self {
        let mut exchange = Self {
            decryption: Decryption::default(),
            frame: 0,
            inside,
        };
        exchange.decryption.look_in(secrets.clone());
        assert!(exchange.hear(Role::Client, &[&client_hello()]).is_empty());
        assert!(exchange.hear(Role::Server, &[&server_hello()]).is_empty());
        exchange
    }

    /// What is opened of a frame with these messages: what each is, and its bytes.
    fn hear(&mut self, role: Role, messages: &[&[u8]]) -> Vec<(&'static str, Vec<u8>)> {
        let opened = self.hear_whole(role, messages).into_iter();
        opened
            .map(|opened| (opened.protocol.name, opened.whole.bytes))
            .collect()
    }

    fn hear_whole(&mut self, role: Role, messages: &[&[u8]]) -> Vec<Opened> {
        self.frame += 1;
        let mut listener =
            self.decryption
                .listener(STREAM, role, heard_in(self.frame, self.inside));
        for message in messages {
            listener.hear(message);
        }
        listener.into_opened()
    }

    fn lose(&mut self, role: Role) {
        self.decryption
            .listener(STREAM, role, heard_in(self.frame, self.inside))
            .lose();
    }
}

/// A connection whose server is done with its handshake, and what it encrypts with from there on.
fn shaken() -> (Exchange, Keys) {
    let secrets = Secrets::default();
    take_down(&secrets, &LOG);
    let mut exchange = Exchange::begun(&secrets);
    let finished = keys_of(2).seal(HANDSHAKE, &FINISHED);
    let opened = exchange.hear(Role::Server, &[&finished]);
    assert_eq!(opened, [("tls.opened", FINISHED.to_vec())]);
    (exchange, keys_of(4))
}

#[test]
fn each_side_is_opened_with_its_own_keys_those_of_its_handshake_first() {
    let (mut exchange, _) = shaken();
    let mut keys = keys_of(1);
    let sealed = keys.seal(HANDSHAKE, &FINISHED);
    let said = keys_of(3).seal(DATA, b"hello");
    assert_eq!(
        exchange.hear(Role::Client, &[&sealed, &said]),
        [
            ("tls.opened", FINISHED.to_vec()),
            ("data", b"hello".to_vec())
        ]
    );
}

#[test]
fn messages_of_the_handshake_in_records_of_their_own_are_told_together() {
    let secrets = Secrets::default();
    take_down(&secrets, &LOG);
    let mut exchange = Exchange::begun(&secrets);
    let mut keys = keys_of(2);
    let extensions = [8, 0, 0, 2, 0, 0];
    let sealed = [&extensions[..], &FINISHED].map(|message| keys.seal(HANDSHAKE, message));
    let opened = exchange.hear(Role::Server, &[&sealed[0], &sealed[1]]);
    let both = [&extensions[..], &FINISHED].concat();
    assert_eq!(opened, [("tls.opened", both)]);
}

#[test]
fn a_message_that_is_cut_anywhere_is_whole_with_its_last_record() {
    let message = [&FINISHED[..], &KEY_UPDATE].concat();
    for at in 1..FINISHED.len() {
        let secrets = Secrets::default();
        take_down(&secrets, &LOG);
        let mut exchange = Exchange::begun(&secrets);
        let mut keys = keys_of(2);
        let first = keys.seal(HANDSHAKE, &message[..at]);
        let second = keys.seal(HANDSHAKE, &message[at..FINISHED.len()]);
        let opened = exchange.hear(Role::Server, &[&first]);
        assert_eq!(opened, [("tcp.piece", message[..at].to_vec())]);
        let opened = exchange.hear(Role::Server, &[&second]);
        assert_eq!(opened, [("tls.opened", FINISHED.to_vec())]);
    }
}

#[test]
fn a_page_in_several_records_names_the_frames_that_brought_it() {
    let (mut exchange, mut keys) = shaken();
    let header = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    let [first, second] = [&header[..], b"welcome"].map(|text| keys.seal(DATA, text));
    let opened = exchange.hear(Role::Server, &[&first]);
    assert_eq!(opened, [("tcp.piece", header.to_vec())]);
    let opened = exchange.hear_whole(Role::Server, &[&second]);
    let [page] = &opened[..] else {
        panic!("{opened:?}");
    };
    assert_eq!(page.protocol.name, "http");
    assert_eq!(page.whole.bytes, [&header[..], b"welcome"].concat());
    let length = header.len() as u64;
    let part = |frame, offset, length| Part {
        frame,
        offset,
        length,
    };
    assert_eq!(page.whole.parts, [part(4, 0, length), part(5, length, 7)]);
}

#[test]
fn a_page_that_is_whole_in_its_frame_has_no_pieces_there() {
    let (mut exchange, mut keys) = shaken();
    let page = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome";
    let (first, second) = page.split_at(30);
    let sealed = [first, second].map(|text| keys.seal(DATA, text));
    let opened = exchange.hear(Role::Server, &[&sealed[0], &sealed[1]]);
    assert_eq!(opened, [("http", page.to_vec())]);
}

#[test]
fn a_page_without_a_length_is_whole_when_the_server_says_that_it_closes() {
    let (mut exchange, mut keys) = shaken();
    let page = b"HTTP/1.0 200 OK\r\n\r\nwelcome";
    let said = keys.seal(DATA, page);
    let closed = keys.seal(ALERT, &CLOSE_NOTIFY);
    let opened = exchange.hear(Role::Server, &[&said]);
    assert_eq!(opened, [("tcp.piece", page.to_vec())]);
    let opened = exchange.hear(Role::Server, &[&closed]);
    assert_eq!(
        opened,
        [
            ("http", page.to_vec()),
            ("tls.opened", CLOSE_NOTIFY.to_vec())
        ]
    );
}

#[test]
fn what_was_said_before_tells_inside_tls_too_what_comes_next() {
    let secrets = Secrets::default();
    take_down(&secrets, &LOG[2..]);
    let mut exchange = Exchange::begun_with(&secrets, Some(&smtp::PROTOCOL));
    let (mut client, mut server) = (keys_of(3), keys_of(4));
    let mut said = |role, text: &[u8]| {
        let keys = match role {
            Role::Client => &mut client,
            Role::Server => &mut server,
        };
        exchange.hear(role, &[&keys.seal(DATA, text)])
    };
    said(Role::Client, b"DATA\r\n");
    said(Role::Server, b"354 go on\r\n");
    let letter = b"QUIT\r\n.\r\n";
    assert_eq!(
        said(Role::Client, &[&letter[..], b"QUIT\r\n"].concat()),
        [("smtp", letter.to_vec()), ("smtp", b"QUIT\r\n".to_vec())]
    );
}

#[test]
fn who_changes_its_keys_is_followed() {
    let (mut exchange, mut keys) = shaken();
    let update = keys.seal(HANDSHAKE, &KEY_UPDATE);
    let next = keys::next_secret(&Suite::of(SUITE).unwrap(), &secret(4)).unwrap();
    let mut keys = Keys::of_secret(&Suite::of(SUITE).unwrap(), &next).unwrap();
    let said = keys.seal(DATA, b"hello");
    let opened = exchange.hear(Role::Server, &[&update, &said]);
    assert_eq!(
        opened,
        [
            ("tls.opened", KEY_UPDATE.to_vec()),
            ("data", b"hello".to_vec())
        ]
    );
}

#[test]
fn what_fills_a_record_up_is_no_part_of_what_is_said() {
    let (mut exchange, mut keys) = shaken();
    let filled = keys.seal(0, &[&b"hello"[..], &[DATA, 0, 0, 0]].concat());
    let opened = exchange.hear(Role::Server, &[&filled]);
    assert_eq!(opened, [("data", b"hello".to_vec())]);
    let nothing = keys.seal(0, &[0; 20]);
    assert_eq!(exchange.hear(Role::Server, &[&nothing]), []);
}

#[test]
fn secrets_that_come_late_open_what_is_said_from_then_on() {
    let secrets = Secrets::default();
    let mut exchange = Exchange::begun(&secrets);
    let finished = keys_of(2).seal(HANDSHAKE, &FINISHED);
    assert_eq!(exchange.hear(Role::Server, &[&finished]), []);
    take_down(&secrets, &LOG);
    let said = keys_of(4).seal(DATA, b"hello");
    let opened = exchange.hear(Role::Server, &[&said]);
    assert_eq!(opened, [("data", b"hello".to_vec())]);
}

#[test]
fn behind_records_that_are_missing_a_side_stays_encrypted_and_the_other_does_not() {
    let (mut exchange, mut keys) = shaken();
    exchange.lose(Role::Server);
    let said = keys.seal(DATA, b"hello");
    assert_eq!(exchange.hear(Role::Server, &[&said]), []);
    let finished = keys_of(1).seal(HANDSHAKE, &FINISHED);
    assert_eq!(exchange.hear(Role::Client, &[&finished]).len(), 1);
}

#[test]
fn a_connection_whose_hello_was_not_seen_stays_encrypted() {
    let secrets = Secrets::default();
    take_down(&secrets, &LOG);
    let mut decryption = Decryption::default();
    decryption.look_in(secrets);
    let mut listener = decryption.listener(STREAM, Role::Server, heard_in(1, None));
    listener.hear(&server_hello());
    listener.hear(&keys_of(2).seal(HANDSHAKE, &FINISHED));
    assert!(listener.into_opened().is_empty());
}

#[test]
fn what_is_kept_of_messages_that_are_not_whole_is_counted() {
    let (mut exchange, mut keys) = shaken();
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n";
    let said = keys.seal(DATA, begun);
    exchange.hear(Role::Server, &[&said]);
    assert_eq!(exchange.decryption.bytes, begun.len() + size_of::<Part>());
    assert!(exchange.decryption.forget_one());
    assert_eq!(exchange.decryption.bytes, 0);
    assert!(!exchange.decryption.forget_one());
}
