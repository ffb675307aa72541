//! What the bytes of a dialogue of lines are, after what was said before.

use etherparse::PacketBuilder;

use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::flow::Flows;
use crate::model::frame::LinkType;
use crate::model::needs::Past;

/// Who speaks, from which byte of its stream on, and what.
type Said<'a> = (Speaker, u32, &'a [u8]);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Client,
    Server,
}

use Speaker::{Client, Server};

/// What each of these segments of a connection to this port brings: its innermost layers, each with its length.
fn brought_by(port: u16, said: &[Said<'_>]) -> Vec<String> {
    brought_with_one_cut(port, said, None)
}

/// The same, where the capture kept not the last two bytes of this one, from 1 on.
fn brought_with_one_cut(port: u16, said: &[Said<'_>], cut: Option<u64>) -> Vec<String> {
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let brought = said
        .iter()
        .zip(1..)
        .map(|((speaker, seq, payload), number)| {
            let (from, to) = match speaker {
                Client => (40_000, port),
                Server => (port, 40_000),
            };
            let builder = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64);
            let mut packet = Vec::new();
            let segment = builder.tcp(from, to, *seq, 64_000).ack(1);
            segment.write(&mut packet, payload).unwrap();
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            if cut == Some(number) {
                frame.bytes = &packet[..packet.len() - 2];
            }
            frame.number = number;
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Everything);
            let layers = decoder.walked(&frame).layers.iter().skip(3);
            let layers =
                layers.map(|layer| format!("{} {}", layer.protocol.name, layer.end - layer.start));
            layers.collect::<Vec<_>>().join(", ")
        });
    brought.collect()
}

#[test]
fn a_letter_is_one_message_whatever_segments_it_came_in_and_commands_follow() {
    let brought = brought_by(
        25,
        &[
            (Server, 1, b"220 ready\r\n"),
            (Client, 1, b"RCPT TO:<bob>\r\nDATA\r\n"),
            (Server, 12, b"250 OK\r\n354 go\r\n"),
            (Client, 22, b"QUIT\r\n"),
            (Client, 28, b".\r\nNOOP\r\n"),
        ],
    );
    assert_eq!(
        brought,
        [
            "smtp 11",
            "smtp 15, smtp 6",
            "smtp 8, smtp 8",
            "tcp.piece 6",
            "tcp.piece 3, smtp 9, smtp 6"
        ]
    );
}

#[test]
fn a_letter_that_is_refused_does_not_come() {
    let brought = brought_by(
        587,
        &[
            (Client, 1, b"DATA\r\n"),
            (Server, 1, b"503 no\r\n"),
            (Client, 7, b"QUIT\r\n"),
        ],
    );
    assert_eq!(brought, ["smtp 6", "smtp 8", "smtp 6"]);
}

#[test]
fn what_is_sent_again_asks_for_nothing() {
    let brought = brought_by(
        25,
        &[
            (Client, 1, b"DATA\r\n"),
            (Server, 1, b"354 go\r\n"),
            (Client, 7, b"Hi\r\n.\r\n"),
            (Client, 1, b"DATA\r\n"),
            (Client, 14, b"QUIT\r\n"),
        ],
    );
    assert_eq!(brought, ["smtp 6", "smtp 8", "smtp 7", "smtp 6", "smtp 6"]);
}

#[test]
fn behind_the_go_ahead_for_tls_bytes_are_data() {
    let tls = b"\x16\x03\x01\x00\x02\n\n";
    for (port, asks, goes, name) in [
        (25, &b"STARTTLS\r\n"[..], &b"220 go ahead\r\n"[..], "smtp"),
        (110, b"STLS\r\n", b"+OK go ahead\r\n", "pop"),
        (21, b"AUTH TLS\r\n", b"234 go ahead\r\n", "ftp"),
    ] {
        let asked = u32::try_from(asks.len()).unwrap();
        let gone = u32::try_from(goes.len()).unwrap();
        let brought = brought_by(
            port,
            &[
                (Client, 1, asks),
                (Server, 1, goes),
                (Client, 1 + asked, tls),
                (Server, 1 + gone, tls),
                (Client, 8 + asked, b"\x17"),
            ],
        );
        let plain = [asked, gone].map(|length| format!("{name} {length}"));
        assert_eq!(brought[..2], plain);
        assert_eq!(brought[2..], ["data 7", "data 7", "data 1"]);
    }
}

#[test]
fn a_text_of_a_mailbox_ends_with_a_dot_where_the_command_asks_for_one() {
    let brought = brought_by(
        110,
        &[
            (Client, 1, b"STAT\r\nRETR 1\r\nNOOP\r\n"),
            (Server, 1, b"+OK 1 9\r\n+OK\r\nHi\r"),
            (Server, 18, b"\n.\r\n+OK\r\n"),
        ],
    );
    assert_eq!(
        brought,
        [
            "pop 6, pop 8, pop 6",
            "pop 9, tcp.piece 8",
            "tcp.piece 4, pop 12, pop 5"
        ]
    );
}

#[test]
fn behind_a_reply_that_the_capture_cut_none_is_taken_for_one_with_a_text() {
    let said: [Said<'_>; 5] = [
        (Client, 1, b"RETR 1\r\n"),
        (Server, 1, b"+OK\r\nHi\r\n.\r\n"),
        (Client, 9, b"QUIT\r\n"),
        (Server, 13, b"+OK bye\r\n"),
        (Client, 15, b"NOOP\r\n"),
    ];
    let brought = brought_with_one_cut(110, &said, Some(2));
    assert_eq!(brought, ["pop 8", "pop 10", "pop 6", "pop 9", "pop 6"]);
}

#[test]
fn of_very_many_messages_in_one_frame_the_last_are_told_as_one() {
    let noops = b"NOOP\r\n".repeat(200);
    let said: [Said<'_>; 2] = [(Client, 1, &noops), (Client, 1201, b"DATA\r\nHi")];
    let brought = brought_by(25, &said);
    let told: Vec<_> = brought[0].split(", ").collect();
    let (last, first) = told.split_last().unwrap();
    assert!(first.iter().all(|layer| *layer == "smtp 6"), "{told:?}");
    assert!((10..32).contains(&first.len()), "{told:?}");
    assert_eq!(*last, format!("smtp {}", noops.len() - 6 * first.len()));
    assert_eq!(brought[1], "smtp 6, tcp.piece 2");
}

/// As who types into a bare connection writes them: the server may take such a letter.
#[test]
fn a_letter_whose_lines_end_otherwise_has_ended_when_the_server_says_so() {
    let brought = brought_by(
        25,
        &[
            (Client, 1, b"DATA\n"),
            (Server, 1, b"354 go\r\n"),
            (Client, 6, b"hi\n.\n"),
            (Server, 9, b"250 OK\r\n"),
            (Client, 11, b"QUIT\n"),
        ],
    );
    assert_eq!(brought[2..], ["tcp.piece 5", "smtp 8", "smtp 5, smtp 5"]);
}

#[test]
fn a_literal_of_imap_comes_when_it_may_and_is_known_by_its_length() {
    let brought = brought_by(
        143,
        &[
            (Client, 1, b"a APPEND x {12}\r\n"),
            (Server, 1, b"+ go\r\n"),
            (Client, 18, b"b NOOP\r\n"),
            (Client, 26, b"c NO\r\nd NOOP\r\n"),
            (Server, 7, b"* 1 FETCH (BODY[] {8}\r\na OK\r\n"),
            (Server, 36, b")b)\r\na OK\r\n"),
        ],
    );
    assert_eq!(
        brought,
        [
            "imap 17",
            "imap 6",
            "tcp.piece 8",
            "tcp.piece 4, imap 12, imap 10",
            "tcp.piece 29",
            "tcp.piece 11, imap 40",
        ]
    );
}

#[test]
fn a_literal_of_imap_that_is_refused_does_not_come() {
    let brought = brought_by(
        143,
        &[
            (Client, 1, b"a APPEND x {12}\r\n"),
            (Server, 1, b"a NO full\r\n"),
            (Client, 18, b"b NOOP\r\n"),
        ],
    );
    assert_eq!(brought, ["imap 17", "imap 11", "imap 8"]);
}

#[test]
fn behind_the_go_ahead_of_imap_for_tls_come_its_records() {
    let brought = brought_by(
        143,
        &[
            (Client, 1, b"a STARTTLS\r\n"),
            (Server, 1, b"a OK go\r\n"),
            (Client, 13, b"\x16\x03\x01\x00\x04\x01\x00\x00\x00"),
        ],
    );
    assert_eq!(brought, ["imap 12", "imap 9", "tls 9"]);
}
