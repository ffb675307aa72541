//! Connections that are read as a listener reads them, with and without secrets.

use super::examples::{self as examples, bytes};
use super::keys::number_in_full;
use super::*;
use crate::decode::testing::{Seen, frame_of, in_ipv4, seen_in};
use crate::flow::Flows;
use crate::flow::decryption::suite::Suite;
use crate::flow::endpoints::Endpoint;
use crate::model::frame::LinkType;
use crate::model::needs::{Depth, Past};
use crate::protocols::quic_header::Version;

const V1: Version = Version::V1;

/// Which side sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Client,
    Server,
}

/// Who listens to a connection at this port of the server.
struct Listener {
    decoder: Decoder,
    flows: Flows,
    port: u16,
    heard: u64,
}

impl Listener {
    fn at(port: u16) -> Self {
        Self {
            decoder: Decoder::new(),
            flows: Flows::default(),
            port,
            heard: 0,
        }
    }

    /// Hears a datagram.
    fn hear(&mut self, by: By, payload: &[u8]) -> Seen {
        let mut ports = [40_000, self.port];
        if by == By::Server {
            ports.reverse();
        }
        let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        let header = [&ports.map(u16::to_be_bytes).concat()[..], &length, &[0, 0]].concat();
        let mut packet = in_ipv4(17, &[&header, payload].concat());
        if by == By::Server {
            let (source, destination) = packet[12..20].split_at_mut(4);
            source.swap_with_slice(destination);
        }
        self.heard += 1;
        let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
        frame.number = self.heard;
        self.decoder.walk(&frame);
        self.flows
            .assemble(&mut self.decoder, &frame, Past::Everything);
        seen_in(&self.decoder.deepen(&frame, Depth::Expand))
    }
}

fn initial_keys(id: &[u8]) -> [Keys; 2] {
    Keys::initial(V1, id).unwrap()
}

#[test]
fn whoever_listens_reads_which_server_a_client_wants() {
    let mut listener = Listener::at(443);
    let seen = listener.hear(By::Client, &bytes(examples::CLIENT));
    let said = "Initial, DCID=8394c8f03e515708  decrypted: PKN: 2, CRYPTO, PADDING  Client Hello (SNI=example.com)";
    assert!(seen.line.ends_with(said), "{}", seen.line);
    assert_eq!(
        seen.layers,
        ["ip", "udp", "quic", "quic.opened", "tls.opened"]
    );
    assert_eq!(
        seen.chosen("quic.opened", &["quic.packet", "quic.padding_length"]),
        [
            "quic.packet_number_length 3 (4 bytes)",
            "quic.packet_number 2",
            "= quic.padding_length 917",
        ]
    );
    assert_eq!(
        seen.chosen(
            "tls.opened",
            &["tls.quic.parameter.initial", "tls.quic.parameter.max"]
        ),
        [
            "- tls.quic.parameter.initial_max_data 4611686018427387903",
            "- tls.quic.parameter.initial_max_stream_data_bidi_local 65535",
            "- tls.quic.parameter.initial_max_stream_data_uni 65535",
            "- tls.quic.parameter.initial_max_streams_bidi 16",
            "- tls.quic.parameter.max_idle_timeout 30000",
            "- tls.quic.parameter.initial_max_streams_uni 16",
            "- tls.quic.parameter.initial_source_connection_id 83:94:c8:f0:3e:51:57:08",
            "- tls.quic.parameter.initial_max_stream_data_bidi_remote 65535",
        ]
    );
    let seen = listener.hear(By::Server, &bytes(examples::SERVER));
    let said = "Initial, SCID=f067a5502a4262b5  decrypted: PKN: 1, ACK, CRYPTO  Server Hello";
    assert!(seen.line.ends_with(said), "{}", seen.line);
}

#[test]
fn packets_are_sealed_as_in_the_examples_of_the_rfcs() {
    let frames = [bytes(examples::CLIENT_HELLO), vec![0; 917]].concat();
    let [client, _] = initial_keys(&examples::ID);
    let sealed = client.seal(2, &bytes(examples::CLIENT_HEADER), &frames);
    assert_eq!(sealed, bytes(examples::CLIENT));
    let [client, _] = Keys::initial(Version::V2, &examples::ID).unwrap();
    let sealed = client.seal(2, &bytes(examples::CLIENT_HEADER_V2), &frames);
    assert!(sealed.starts_with(&bytes(examples::CLIENT_V2)));
}

#[test]
fn a_short_header_that_chacha20_hides_is_shown_and_its_packet_opened() {
    let suite = Suite::of(0x1303).unwrap();
    let keys = Keys::of_secret(V1, &suite, &bytes(examples::CHACHA_SECRET)).unwrap();
    let packet = bytes(examples::CHACHA);
    let header = keys.header.show(&packet, 1).unwrap();
    assert_eq!(header.bytes, [0x42, 0x00, 0xbf, 0xf4]);
    let number = number_in_full(Some(654_360_563), header.number, header.number_length);
    assert_eq!(number, 654_360_564);
    let opened = keys.packet.open(number, &header, &packet[4..]);
    assert_eq!(opened, Some(vec![1]));
}

/// The example of RFC 9000, appendix A.3, and what is near the ends.
#[test]
fn a_number_in_full_is_the_closest_to_the_one_that_is_expected() {
    assert_eq!(number_in_full(Some(0xa82f_30ea), 0x9b32, 2), 0xa82f_9b32);
    assert_eq!(number_in_full(None, 0, 1), 0);
    assert_eq!(number_in_full(Some(0xff), 0, 1), 0x100);
    assert_eq!(number_in_full(Some(0x100), 0xff, 1), 0xff);
    assert_eq!(number_in_full(Some((1 << 62) - 1), 0xff, 1), (1 << 62) - 1);
    assert_eq!(
        number_in_full(Some(u64::MAX), u64::from(u32::MAX), 4),
        u64::MAX
    );
}

#[test]
fn an_initial_that_was_changed_anywhere_is_not_opened() {
    let client = bytes(examples::CLIENT);
    for at in (0..client.len()).step_by(7).chain(0..40) {
        let mut changed = client.clone();
        changed[at] ^= 1;
        let seen = Listener::at(443).hear(By::Client, &changed);
        assert!(!seen.layers.contains(&"quic.opened"), "byte {at}");
    }
}

/// What the secrets of both sides are made of here: a byte for each.
const LOG: [(&str, u8); 4] = [
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 2),
    ("CLIENT_TRAFFIC_SECRET_0", 3),
    ("SERVER_TRAFFIC_SECRET_0", 4),
];

fn secrets() -> Secrets {
    let secrets = Secrets::default();
    let random = "07".repeat(32);
    for (label, byte) in LOG {
        let line = format!("{label} {random} {}", format!("{byte:02x}").repeat(32));
        assert_eq!(secrets.take_down(line.as_bytes()), 1);
    }
    secrets
}

fn suite() -> Suite {
    Suite::of(0x1301).unwrap()
}

fn keys_of(byte: u8) -> Keys {
    Keys::of_secret(V1, &suite(), &[byte; 32]).unwrap()
}

/// The connection IDs of both sides.
const CLIENT_ID: [u8; 2] = [0xc1, 0xc2];
const SERVER_ID: [u8; 3] = [0x51, 0x52, 0x53];

/// A frame CRYPTO.
fn crypto(offset: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    [&[6, offset, 0x40, length], data].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, u8::try_from(body.len()).unwrap()], body].concat()
}

/// A packet with a long header of this first byte, from one ID to the other, with a number of one byte.
fn long(keys: &Keys, first: u8, ids: [&[u8]; 2], number: u8, frames: &[u8]) -> Vec<u8> {
    let mut header = vec![first, 0, 0, 0, 1];
    for id in ids {
        header.push(u8::try_from(id.len()).unwrap());
        header.extend(id);
    }
    if first & 0x30 == 0 {
        header.push(0);
    }
    let length = u16::try_from(1 + frames.len() + 16).unwrap() | 0x4000;
    header.extend(length.to_be_bytes());
    header.push(number);
    keys.seal(number.into(), &header, frames)
}

const INITIAL: u8 = 0xc0;
const HANDSHAKE: u8 = 0xe0;

/// A packet with a short header, whose phase is this bit.
fn short(keys: &Keys, phase: u8, id: &[u8], number: u8, frames: &[u8]) -> Vec<u8> {
    let header = [&[0x40 | phase], id, &[number]].concat();
    keys.seal(number.into(), &header, frames)
}

/// A connection whose hellos were heard.
fn connected(listener: &mut Listener) {
    let [client, server] = initial_keys(&examples::ID);
    let rest = [0, 0, 2, 0x13, 0x01, 1, 0];
    let hello = message(1, &[&[3, 3], &[7; 32][..], &rest].concat());
    let first = long(
        &client,
        INITIAL,
        [&examples::ID, &CLIENT_ID],
        0,
        &crypto(0, &hello),
    );
    let line = listener.hear(By::Client, &first).line;
    assert!(line.ends_with("Client Hello"), "{line}");
    let rest = [0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4];
    let hello = message(2, &[&[3, 3], &[8; 32][..], &rest].concat());
    let answer = long(
        &server,
        INITIAL,
        [&CLIENT_ID, &SERVER_ID],
        0,
        &crypto(0, &hello),
    );
    let line = listener.hear(By::Server, &answer).line;
    assert!(line.ends_with("Server Hello"), "{line}");
}

/// A STREAM on stream 0 that says this.
fn says(text: &[u8]) -> Vec<u8> {
    [&[0x0a, 0, u8::try_from(text.len()).unwrap()], text].concat()
}

#[test]
fn with_secrets_the_handshake_is_put_together_over_packets_in_whatever_order() {
    let mut listener = Listener::at(443);
    listener.flows.decrypt_with(secrets());
    connected(&mut listener);
    let finished = message(20, &[9; 20]);
    let (begin, end) = finished.split_at(9);
    let ids: [&[u8]; 2] = [&CLIENT_ID, &SERVER_ID];
    let late = long(&keys_of(2), HANDSHAKE, ids, 1, &crypto(9, end));
    let seen = listener.hear(By::Server, &late);
    assert_eq!(seen.layers[2..], ["quic", "quic.opened"]);
    let early = long(&keys_of(2), HANDSHAKE, ids, 0, &crypto(0, begin));
    let seen = listener.hear(By::Server, &early);
    assert_eq!(seen.layers[2..], ["quic", "quic.opened", "tls.opened"]);
    assert!(
        seen.line.ends_with("  Finished  [from frames 3, 4]"),
        "{}",
        seen.line
    );
    let again = listener.hear(By::Server, &early);
    assert_eq!(
        again.layers[2..],
        ["quic", "quic.opened"],
        "it is told once"
    );
}

#[test]
fn without_secrets_what_follows_the_hellos_stays_sealed() {
    let mut listener = Listener::at(443);
    connected(&mut listener);
    let seen = listener.hear(
        By::Client,
        &short(&keys_of(3), 0, &SERVER_ID, 0, &says(b"hello")),
    );
    let said = "Protected Payload, DCID=515253 (25 bytes encrypted)";
    assert!(seen.line.ends_with(said), "{}", seen.line);
    assert_eq!(seen.layers[2..], ["quic"]);
    let to_client = listener.hear(
        By::Server,
        &short(&keys_of(4), 0, &CLIENT_ID, 0, &says(b"hi")),
    );
    assert!(to_client.line.contains("DCID=c1c2 "), "{}", to_client.line);
}

#[test]
fn with_secrets_what_programs_say_is_told_with_keys_that_change() {
    let mut listener = Listener::at(443);
    listener.flows.decrypt_with(secrets());
    connected(&mut listener);
    let old = keys_of(3);
    let next = |secret: &[u8]| keys::next_secret(V1, &suite(), secret).unwrap();
    let new = Keys {
        header: keys_of(3).header,
        packet: keys::PacketKey::of_secret(V1, &suite(), &next(&[3; 32])).unwrap(),
    };
    let mut line_of = |keys: &Keys, phase: u8, number: u8| {
        let packet = short(keys, phase, &SERVER_ID, number, &says(b"hello"));
        let line = listener.hear(By::Client, &packet).line;
        let (_, told) = line.split_once("DCID=515253").unwrap();
        told.to_owned()
    };
    let told = |phase: u8, number: u8| {
        format!("  decrypted: KP{phase}, PKN: {number}, STREAM(0)  5 bytes of data")
    };
    assert_eq!(line_of(&old, 0, 0), told(0, 0));
    assert_eq!(line_of(&new, 4, 3), told(1, 3));
    assert_eq!(line_of(&old, 0, 2), told(0, 2), "it was overtaken");
    assert_eq!(line_of(&new, 4, 4), told(1, 4));
    assert_eq!(line_of(&old, 0, 5), " (25 bytes encrypted)", "not any more");
}

#[test]
fn a_connection_at_another_port_is_known_by_its_long_headers() {
    let mut listener = Listener::at(50_000);
    let packet = short(&keys_of(3), 0, &SERVER_ID, 0, &says(b"hello"));
    assert_eq!(listener.hear(By::Client, &packet).layers[2..], ["data"]);
    connected(&mut listener);
    assert_eq!(listener.hear(By::Client, &packet).layers[2..], ["quic"]);
    let other = listener.hear(By::Client, &[7; 40]);
    assert_eq!(other.layers[2..], ["data"], "the fixed bit is not set");
}

#[test]
fn what_comes_to_the_port_of_quic_without_its_bits_is_something_else() {
    let mut listener = Listener::at(443);
    // A record of DTLS.
    let other = [&[0x16, 0xfe, 0xfd][..], &[0; 30]].concat();
    assert_eq!(listener.hear(By::Client, &other).layers[2..], ["data"]);
    connected(&mut listener);
    let greased = listener.hear(By::Client, &other);
    assert_eq!(
        greased.layers[2..],
        ["quic"],
        "both may have agreed on that"
    );
}

#[test]
fn a_client_that_a_retry_sends_to_another_connection_id_is_heard_on() {
    let mut listener = Listener::at(443);
    let [client, _] = initial_keys(&examples::ID);
    let hello = message(1, &[3; 40]);
    let first = long(
        &client,
        INITIAL,
        [&examples::ID, &CLIENT_ID],
        0,
        &crypto(0, &hello),
    );
    listener.hear(By::Client, &first);
    let header = [&[0xf0, 0, 0, 0, 1, 2], &CLIENT_ID[..], &[3], &SERVER_ID].concat();
    let retry = [&header[..], b"token", &[9; 16]].concat();
    let seen = listener.hear(By::Server, &retry);
    assert!(
        seen.line.ends_with("Retry, DCID=c1c2, SCID=515253"),
        "{}",
        seen.line
    );
    let told = listener.flows.followed().iter().map(|found| found.field);
    let told: Vec<_> = told
        .filter(|field| field.definition.name.starts_with("quic."))
        .map(|field| (field.definition.name, field.origin))
        .collect();
    let derived = crate::model::field::Origin::Derived(0);
    assert_eq!(
        told,
        [
            ("quic.connection.number", derived),
            ("quic.retry_integrity_tag.status", derived),
        ]
    );
    let [client, _] = initial_keys(&SERVER_ID);
    let again = long(
        &client,
        INITIAL,
        [&SERVER_ID, &CLIENT_ID],
        1,
        &crypto(0, &hello),
    );
    let seen = listener.hear(By::Client, &again);
    assert!(
        seen.line.contains("PKN: 1, CRYPTO  Client Hello"),
        "{}",
        seen.line
    );
}

#[test]
fn of_more_packets_than_are_told_apart_the_last_layer_has_the_rest() {
    let empty = [0xc1, 0, 0, 0, 1, 0, 0, 0, 0];
    let seen = Listener::at(443).hear(By::Client, &empty.repeat(MOST_PACKETS + 20));
    let packets = seen.layers.iter().filter(|layer| **layer == "quic");
    assert_eq!(packets.count(), MOST_PACKETS);
    let told = seen
        .faults
        .iter()
        .filter(|fault| fault.contains("messages"));
    assert_eq!(told.count(), 1, "{:?}", seen.faults);
    let seen = Listener::at(443).hear(By::Client, &empty.repeat(MOST_PACKETS));
    assert!(!seen.faults.iter().any(|fault| fault.contains("messages")));
}

/// A pair of ends, one for each number.
fn pair(number: u32) -> (Pair, Way) {
    let end = |bits: u32| Endpoint::new(std::net::Ipv4Addr::from_bits(bits).into(), 443);
    Pair::of(end(number), end(u32::MAX))
}

#[test]
fn of_too_many_connections_the_ones_that_were_silent_for_longest_are_forgotten() {
    let mut quic = Quic::default();
    let packet = [0xe0, 0, 0, 0, 1, 0, 0, 0];
    let most = u32::try_from(MOST_CONNECTIONS).unwrap();
    for number in 0..most + 50 {
        let (pair, way) = pair(number);
        quic.hear(&packet, &pair, way, 1, None);
    }
    assert_eq!(quic.connections.len(), MOST_CONNECTIONS);
    assert!(!quic.connections.contains(&pair(0).0));
    assert!(quic.connections.contains(&pair(most + 49).0));
}

#[test]
fn handshakes_that_are_never_whole_cost_no_more_than_their_bound() {
    let mut quic = Quic::default();
    let [client, _] = initial_keys(&examples::ID);
    // The message says that it has 16 MiB; what comes of it waits.
    let begin = crypto(0, &[1, 0xff, 0xff, 0xff]);
    let more = [&[6, 4, 0x7f, 0xff][..], &[7; 0x3fff]].concat();
    let far = [
        &[6, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0x7f, 0xff][..],
        &[7; 0x3fff],
    ]
    .concat();
    let never = [
        &[6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1][..],
        &[7],
    ]
    .concat();
    let ids: [&[u8]; 2] = [&examples::ID, &CLIENT_ID];
    let datagrams = [begin, more, far, never].map(|frames| long_packet(&client, ids, &frames));
    let connections = u32::try_from(MOST_BYTES / 0x3fff).unwrap() + 100;
    for number in 0..connections {
        let (pair, way) = pair(number);
        for datagram in &datagrams {
            quic.hear(datagram, &pair, way, 1, None);
            assert!(quic.bytes <= MOST_BYTES, "{}", quic.bytes);
        }
    }
    let cost: usize = quic.connections.iter().map(|(_, known)| known.cost()).sum();
    assert_eq!(quic.bytes, cost);
    assert!(quic.connections.len() < usize::try_from(connections).unwrap());
}

/// An Initial with frames of any length, with a number of one byte.
fn long_packet(keys: &Keys, [to, from]: [&[u8]; 2], frames: &[u8]) -> Vec<u8> {
    let mut header = vec![INITIAL, 0, 0, 0, 1];
    for id in [to, from] {
        header.push(u8::try_from(id.len()).unwrap());
        header.extend(id);
    }
    let length = u32::try_from(1 + frames.len() + 16).unwrap() | 0x8000_0000;
    header.push(0);
    header.extend(length.to_be_bytes());
    header.push(0);
    keys.seal(0, &header, frames)
}
