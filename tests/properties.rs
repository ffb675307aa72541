//! What holds for every frame, however broken: no panic, every bit with one owner, text that steers no
//! terminal, JSON that is JSON.

mod common;

use arbitrary::{Arbitrary, Unstructured};
use common::decoding::frame;
use common::generated::{Exchange, Generated};
use common::laws;
use netinspect::decode::Decoder;
use netinspect::model::assembled::{Assembled, Part, Whole};
use netinspect::model::fault::FaultKind;
use netinspect::model::frame::LinkType;
use netinspect::model::needs::Depth;
use netinspect::model::secrets::Secrets;
use netinspect::protocols::registry::named;
use proptest::collection::vec;
use proptest::prelude::*;

/// Link types that this program decodes, and one that nobody knows.
const LINKS: [u16; 9] = [0, 1, 101, 108, 113, 228, 229, 276, 9999];

fn link_type() -> impl Strategy<Value = LinkType> {
    proptest::sample::select(&LINKS[..]).prop_map(LinkType)
}

/// Bytes that look like frames: a few true headers, then anything. Random bytes alone would hardly
/// ever get past the `EtherType`.
fn frame_like() -> impl Strategy<Value = Vec<u8>> {
    let ethernet =
        proptest::sample::select(&[0x0800u16, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x0026][..]);
    let protocol =
        proptest::sample::select(&[0u8, 1, 2, 4, 6, 17, 41, 43, 44, 50, 51, 58, 60, 89][..]);
    (ethernet, protocol, 5u8..=15, vec(any::<u8>(), 0..200)).prop_map(
        |(ether_type, protocol, words, rest)| {
            let mut bytes = vec![2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7];
            bytes.extend(ether_type.to_be_bytes());
            match ether_type {
                0x0800 => {
                    let length = u16::try_from(rest.len() + 20).unwrap();
                    bytes.extend([0x40 | words, 0]);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend([
                        0, 1, 0, 0, 64, protocol, 0, 0, 192, 168, 1, 7, 192, 168, 1, 6,
                    ]);
                }
                0x86dd => {
                    let length = u16::try_from(rest.len()).unwrap();
                    bytes.extend([0x60, 0, 0, 0]);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend([protocol, 64]);
                    bytes.extend([0xfd; 32]);
                }
                _ => {}
            }
            bytes.extend(rest);
            bytes
        },
    )
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![frame_like(), vec(any::<u8>(), 0..120)]
}

/// Words of the language, in any order.
fn filter_like() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(
        &[
            "tcp.port",
            "ip.src",
            "ip.addr",
            "chat.text",
            "tcp.flags",
            "frame",
            "eth.dst",
            "tcp",
            "==",
            "!=",
            ">",
            "in",
            "{",
            "}",
            "..",
            "(",
            ")",
            "[",
            "]",
            ":",
            "and",
            "or",
            "not",
            "contains",
            "matches",
            "&",
            "+",
            "-",
            "12345",
            "0x10",
            "192.168.1.6",
            "192.168.0.0/16",
            "02:00:00",
            "\"wel\"",
            "len(",
            "any",
            "all",
            "#1",
            "upper(",
            "1",
            "",
        ][..],
    );
    vec(word, 0..9).prop_map(|words| words.join(" "))
}

/// Words of faults, in any order.
fn fault_like() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(
        &[
            "drop",
            "delay",
            "duplicate",
            "swap",
            "corrupt",
            "cut",
            "loss",
            "rate",
            "mtu",
            "50ms",
            "1.5s",
            "byte",
            "66",
            "10%",
            "seed",
            "1mbit",
            "600",
            "1st",
            "2nd",
            "every",
            "3rd",
            "all",
            "from",
            "client",
            "where",
            "tcp.len > 0",
            "udp",
            "\"\u{202e}\\\"",
            "\n",
            "\t",
            "é",
        ][..],
    );
    vec(word, 0..9).prop_map(|words| words.join(" "))
}

/// What looks like a line of a key log.
fn key_log_line() -> impl Strategy<Value = String> {
    let label =
        proptest::sample::select(&["CLIENT_RANDOM", "SERVER_TRAFFIC_SECRET_0", "#", ""][..]);
    (label, "[0-9a-f]{60,68}", "[0-9a-fg ]{0,140}")
        .prop_map(|(label, random, secret)| format!("{label} {random} {secret}"))
}

/// A packet of IPv4 with a segment of TCP from one port that nobody claims to another.
fn in_segment(payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    etherparse::PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 6], 64)
        .tcp(40_000, 8_001, 1, 64_000)
        .write(&mut packet, payload)
        .unwrap();
    packet
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_law_holds_of_any_frame(
        bytes in any_bytes(), link in link_type(), missing in 0u32..40,
    ) {
        laws::frame::holds(&frame(&bytes, link, missing));
    }

    #[test]
    fn every_law_holds_of_whatever_was_encrypted(
        kind in proptest::sample::select(&[4u8, 5, 8, 11, 15, 20, 24, 99][..]),
        mut body in vec(any::<u8>(), 0..120),
        missing in 0usize..4,
        short in vec(0u8..4, 0..12),
    ) {
        // Lengths inside are mostly small: those of anything would end the reading at once.
        body.splice(..short.len().min(body.len()), short);
        let length = u8::try_from(body.len()).unwrap();
        let mut message = [&[kind, 0, 0, length], &body[..]].concat();
        message.truncate(message.len() - missing);
        let record = [&[23, 3, 3, 0, 20][..], &[7; 20]].concat();
        let bytes = in_segment(&record);
        let frame = frame(&bytes, LinkType::IPV4, 0);
        let mut decoder = Decoder::new();
        decoder.walk(&frame);
        let whole = Assembled {
            whole: Whole::Plaintext,
            bytes: message,
            parts: vec![Part { frame: 1, offset: 0, length: 1 }],
        };
        let opened = named("tls.opened").unwrap();
        prop_assert!(decoder.read_also(&frame, 2, opened, whole));
        laws::frame::holds_of(&decoder.deepen(&frame, Depth::Expand));
    }

    #[test]
    fn any_bytes_are_a_key_log_in_which_each_line_has_one_secret_at_most(
        lines in vec(key_log_line(), 0..6),
    ) {
        let log = lines.join("\n");
        let count = Secrets::default().take_down(log.as_bytes());
        prop_assert!(count <= lines.len());
        Secrets::default().take_down(&log.into_bytes().iter().map(|byte| byte ^ 0x80).collect::<Vec<_>>());
    }

    #[test]
    fn generated_frames_have_right_checksums_where_nothing_damages_them(
        seed in vec(any::<u8>(), 40..400),
    ) {
        let generated: Generated = Unstructured::new(&seed).arbitrary().unwrap();
        let mut bytes = Vec::new();
        generated.write(&mut bytes);
        let mut decoder = Decoder::new();
        let frame = frame(&bytes, LinkType::ETHERNET, 0);
        let faults = decoder.check(&frame).faults;
        let wrong = faults.iter().find(|fault| matches!(fault.kind, FaultKind::BadChecksum { .. }));
        prop_assert!(!generated.has_right_checksums() || wrong.is_none(), "{:?} {:?}", wrong, generated);
    }

    #[test]
    fn any_text_is_a_fault_that_is_read_back_or_an_error_with_its_place(text in fault_like()) {
        laws::fault::holds(&text);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error(text in filter_like(), bytes in any_bytes()) {
        laws::filter::holds(&text, &bytes);
    }
}

/// Holds every law of a connection in which the client (`true`) and the server say this in turns, in segments of these
/// lengths, of which the capture has not the one with this number.
fn follow_talk(said: impl Iterator<Item = (bool, Vec<u8>)>, lengths: &[usize], lost: usize) {
    const SERVER: u16 = 8_001;
    let mut follower = laws::exchange::Follower::default();
    let mut next = [1u32, 1];
    let mut number = 0;
    for (is_client, part) in said {
        let ports = if is_client {
            [40_000, SERVER]
        } else {
            [SERVER, 40_000]
        };
        let mut rest = part.as_slice();
        while !rest.is_empty() {
            number += 1;
            let length = lengths[number % lengths.len()].min(rest.len());
            let (payload, behind) = rest.split_at(length);
            let seq = next[usize::from(is_client)];
            let ack = next[usize::from(!is_client)];
            next[usize::from(is_client)] += u32::try_from(length).unwrap();
            rest = behind;
            if number == lost {
                continue;
            }
            let mut packet = Vec::new();
            etherparse::PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64)
                .tcp(ports[0], ports[1], seq, 64_000)
                .ack(ack)
                .write(&mut packet, payload)
                .unwrap();
            let mut frame = frame(&packet, LinkType::IPV4, 0);
            frame.number = number as u64;
            follower.follow(&frame);
        }
    }
    follower.end();
}

/// A frame of HTTP/2 on one of a few streams: its type, its flags, its payload, and how much its length lies.
fn frame_of_http2() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![Just(1u8), Just(9), 0u8..12];
    // Bytes of field lines: indexes, lengths that are mostly small, and anything.
    let byte = prop_oneof![
        0u8..8,
        0x3cu8..0x48,
        0x7eu8..0x90,
        0xbcu8..0xc4,
        any::<u8>()
    ];
    let lie = prop_oneof![8 => Just(0i8), 1 => -3i8..4];
    (kind, any::<u8>(), 0u8..4, vec(byte, 0..60), lie).prop_map(
        |(kind, flags, stream, payload, lie)| {
            let length = u8::try_from(payload.len())
                .unwrap()
                .saturating_add_signed(lie);
            [&[0, 0, length, kind, flags, 0, 0, 0, stream], &payload[..]].concat()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_law_holds_of_whatever_frames_of_http2_a_connection_has(
        said in vec((any::<bool>(), frame_of_http2()), 1..40),
        lengths in vec(1usize..90, 1..8),
        lost in 0usize..60,
    ) {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        follow_talk(std::iter::once((true, preface)).chain(said), &lengths, lost);
    }
}

/// A frame of WebSocket: its first byte, whether it is masked, its payload, and how much its length lies.
fn frame_of_web_socket() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        Just(0x01u8),
        Just(0x81),
        Just(0xc1),
        Just(0x41),
        Just(0x00),
        Just(0x80),
        Just(0x88),
        Just(0x89),
        any::<u8>()
    ];
    // What DEFLATE makes of a word, and anything.
    let payload = prop_oneof![
        Just(vec![0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
        vec(any::<u8>(), 0..60)
    ];
    let lie = prop_oneof![8 => Just(0i8), 1 => -3i8..4];
    (first, any::<bool>(), payload, lie).prop_map(|(first, is_masked, payload, lie)| {
        let length = u8::try_from(payload.len())
            .unwrap()
            .saturating_add_signed(lie);
        let (mask, key) = if is_masked {
            (0x80, vec![0; 4])
        } else {
            (0, Vec::new())
        };
        [&[first, mask | length], &key[..], &payload[..]].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_law_holds_of_whatever_frames_of_web_socket_a_connection_has(
        said in vec((any::<bool>(), frame_of_web_socket()), 1..40),
        lengths in vec(1usize..90, 1..8),
        lost in 3usize..60,
        extensions in prop_oneof![
            Just(""),
            Just("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            Just("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"),
        ],
    ) {
        let asks = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let agrees = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n{extensions}\r\n"
        );
        let handshake = [(true, asks), (false, agrees.into_bytes())];
        follow_talk(handshake.into_iter().chain(said), &lengths, lost);
    }
}

/// A packet of QUIC, or what looks like one: its first byte, its version, both connection IDs, and what follows.
fn packet_of_quic() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        Just(0xc3u8),
        Just(0xe0),
        Just(0xf0),
        Just(0x40),
        any::<u8>()
    ];
    let version = prop_oneof![
        4 => Just(1u32),
        1 => Just(0x6b33_43cf),
        1 => Just(0),
        1 => any::<u32>(),
    ];
    let length = prop_oneof![4 => 0u8..40, 1 => any::<u8>()];
    let (ids, token) = (vec(0u8..3, 0..4), vec(any::<u8>(), 0..4));
    (first, version, ids, token, length, vec(any::<u8>(), 0..60)).prop_map(
        |(first, version, id, token, length, rest)| {
            let mut packet = vec![first];
            if first & 0x80 != 0 {
                packet.extend(version.to_be_bytes());
                packet.push(u8::try_from(id.len()).unwrap());
                packet.extend(&id);
                packet.push(0);
                if first & 0x30 == 0 {
                    packet.push(u8::try_from(token.len()).unwrap());
                    packet.extend(token);
                }
                packet.push(length);
            } else {
                packet.extend(&id);
            }
            packet.extend(rest);
            packet
        },
    )
}

/// A frame of QUIC: its type, numbers that are mostly small, and anything.
fn frame_of_quic() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![4 => 0u8..0x20, 1 => 0x30u8..0x32, 1 => any::<u8>()];
    let byte = prop_oneof![6 => 0u8..8, 1 => any::<u8>()];
    (kind, vec(byte, 0..24)).prop_map(|(kind, rest)| [&[kind], &rest[..]].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_law_holds_of_whatever_packets_of_quic_are_exchanged(
        said in vec((any::<bool>(), vec(packet_of_quic(), 1..5)), 1..12),
        port in prop_oneof![Just(443u16), Just(8_443)],
    ) {
        let mut follower = laws::exchange::Follower::default();
        for (number, (is_client, packets)) in (1..).zip(said) {
            let ports = if is_client { [40_000, port] } else { [port, 40_000] };
            let mut packet = Vec::new();
            etherparse::PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64)
                .udp(ports[0], ports[1])
                .write(&mut packet, &packets.concat())
                .unwrap();
            let mut frame = frame(&packet, LinkType::IPV4, 0);
            frame.number = number;
            follower.follow(&frame);
        }
        follower.end();
    }

    #[test]
    fn every_law_holds_of_whatever_frames_a_packet_of_quic_has(
        first in prop_oneof![Just(0xc0u8), Just(0x40), any::<u8>()],
        frames in vec(frame_of_quic(), 0..12),
    ) {
        let mut packet = Vec::new();
        etherparse::PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 6], 64)
            .udp(40_000, 443)
            .write(&mut packet, &[0x40; 30])
            .unwrap();
        let frame = frame(&packet, LinkType::IPV4, 0);
        let mut decoder = Decoder::new();
        decoder.walk(&frame);
        let whole = Assembled {
            whole: Whole::Plaintext,
            bytes: [&[first, 0, 0, 0, 0, 0, 0, 0, 7], &frames.concat()[..]].concat(),
            parts: vec![Part { frame: 1, offset: 0, length: 1 }],
        };
        let opened = named("quic.opened").unwrap();
        prop_assert!(decoder.read_also(&frame, 2, opened, whole));
        laws::frame::holds_of(&decoder.deepen(&frame, Depth::Expand));
    }
}

proptest! {
    // Each case is up to 40 frames in every view.
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_law_holds_of_frames_that_belong_together(seed in vec(any::<u8>(), 200..2000)) {
        let exchange = Exchange::arbitrary(&mut Unstructured::new(&seed)).unwrap();
        laws::exchange::of_generated(&exchange);
    }
}
