//! Messages of a stream: where they end, and what is told of one that does not.

use etherparse::PacketBuilder;

use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::flow::Flows;
use crate::model::frame::LinkType;
use crate::model::needs::Past;

/// What a segment carries and whether it ends its direction.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Client(u32, &'a [u8]),
    Server(u32, &'a [u8]),
    ServerFin(u32, &'a [u8]),
    ServerRst(u32),
    /// The server has taken all before this number.
    ServerAck(u32),
}

/// What each of these segments says beyond its own header, and what is wrong with it.
fn said(segments: &[Sent<'_>], past: Past) -> Vec<String> {
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let told = segments.iter().zip(1..).map(|(sent, number)| {
        let (ports, seq, payload) = match *sent {
            Sent::Client(seq, payload) => ((40_000, 80), seq, payload),
            Sent::Server(seq, payload) | Sent::ServerFin(seq, payload) => {
                ((80, 40_000), seq, payload)
            }
            Sent::ServerRst(seq) => ((80, 40_000), seq, &b""[..]),
            Sent::ServerAck(_) => ((80, 40_000), 1, &b""[..]),
        };
        let builder = PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64);
        let ack = match *sent {
            Sent::ServerAck(ack) => ack,
            _ => 1,
        };
        let segment = builder.tcp(ports.0, ports.1, seq, 64_000).ack(ack);
        let segment = match sent {
            Sent::Client(..) | Sent::Server(..) | Sent::ServerAck(_) => segment,
            Sent::ServerFin(..) => segment.fin(),
            Sent::ServerRst(_) => segment.rst(),
        };
        let mut packet = Vec::new();
        segment.write(&mut packet, payload).unwrap();
        let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
        frame.number = number;
        decoder.walk(&frame);
        flows.assemble(&mut decoder, &frame, past);
        let decoded = decoder.walked(&frame);
        let mut said = String::new();
        let behind_tcp = 3;
        decoded.push_inside(behind_tcp, &mut said);
        for fault in decoded.faults {
            said.push_str("  !");
            decoded.push_fault(fault, &mut said);
        }
        said.trim().to_owned()
    });
    told.collect()
}

const NOT_WHOLE: &str = "!HTTP: not whole: the connection ended before the message did";

#[test]
fn an_answer_to_head_ends_with_its_header() {
    let head = b"HEAD / HTTP/1.1\r\n\r\n";
    let header = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    for past in [Past::Marks, Past::Everything] {
        let told = said(
            &[
                Sent::Client(1, head),
                Sent::Server(1, header),
                Sent::Client(20, b"GET / HTTP/1.1\r\n\r\n"),
                Sent::Server(39, header),
                Sent::Server(77, b"hello"),
            ],
            past,
        );
        assert_eq!(
            told,
            [
                "HEAD / HTTP/1.1",
                "HTTP/1.1 200 OK",
                "GET / HTTP/1.1",
                "[goes on in a later frame]",
                "HTTP/1.1 200 OK  5 bytes  [from frames 4, 5]",
            ]
        );
    }
}

#[test]
fn an_answer_may_be_cut_anywhere_behind_another() {
    let answers =
        b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    for cut in 28..answers.len() - 1 {
        let behind = u32::try_from(cut + 1).unwrap();
        let told = said(
            &[
                Sent::Server(1, &answers[..cut]),
                Sent::Server(behind, &answers[cut..]),
            ],
            Past::Marks,
        );
        let expected = "HTTP/1.1 404 Not Found  [from frames 1, 2]";
        assert_eq!(told[1], expected, "cut at {cut}");
    }
}

#[test]
fn which_of_several_answers_is_one_to_head_is_told_by_the_order_of_the_requests() {
    let asked = b"GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    let header = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let answers = [
        &b"HTTP/1.1 100 Continue\r\n\r\n"[..],
        header,
        b"hello",
        header,
        header,
        b"world",
    ]
    .concat();
    let whole = "HTTP/1.1 200 OK  5 bytes";
    let in_one = said(
        &[Sent::Client(1, asked), Sent::Server(1, &answers)],
        Past::Marks,
    );
    let expected = format!("HTTP/1.1 100 Continue  {whole}  HTTP/1.1 200 OK  {whole}");
    assert_eq!(in_one[1], expected);
    let in_two = said(
        &[
            Sent::Client(1, asked),
            Sent::Server(1, &answers[..100]),
            Sent::Server(101, &answers[100..]),
        ],
        Past::Marks,
    );
    let expected = format!("HTTP/1.1 200 OK  {whole}  [from frames 2, 3]");
    assert_eq!(in_two[2], expected);
}

#[test]
fn behind_the_go_ahead_for_another_protocol_nothing_is_a_message() {
    let upgraded = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi";
    let told = said(&[Sent::Server(1, upgraded)], Past::Marks);
    assert_eq!(told, ["HTTP/1.1 101 Switching Protocols"]);
}

#[test]
fn in_a_tunnel_another_protocol_is_spoken_whatever_segments_it_was_asked_for_in() {
    let told = said(
        &[
            Sent::Client(1, b"CONNECT server:443 HTTP/1.1\r\n"),
            Sent::Client(30, b"\r\n"),
            Sent::Client(32, b"\x15\x03\x03\0\x02\x02"),
            Sent::Client(38, b"\x30"),
        ],
        Past::Marks,
    );
    assert_eq!(
        told[2..],
        [
            "[goes on in a later frame]",
            "Alert (Level: Fatal, Description: Unknown CA)  [from frames 3, 4]",
        ]
    );
}

#[test]
fn a_record_behind_a_message_that_does_not_go_on_keeps_its_first_byte() {
    let begun = [&[22, 3, 3, 2, 92, 11, 0, 4, 180][..], &[7; 600]].concat();
    let told = said(
        &[
            Sent::Client(1, &begun),
            Sent::Client(610, &[20, 3, 3, 0, 1, 1]),
        ],
        Past::Marks,
    );
    assert_eq!(told[1], "Certificate  Change Cipher Spec  [from frame 1]");
}

#[test]
fn a_tunnel_that_is_granted_is_no_body() {
    let told = said(
        &[
            Sent::Client(1, b"CONNECT server:443 HTTP/1.1\r\n\r\n"),
            Sent::Server(1, b"HTTP/1.1 200 OK\r\n\r\n"),
            Sent::Client(32, b"\x15\x03\x03\0\x02\x02\x30"),
        ],
        Past::Marks,
    );
    assert_eq!(
        told,
        [
            "CONNECT server:443 HTTP/1.1",
            "HTTP/1.1 200 OK",
            "Alert (Level: Fatal, Description: Unknown CA)",
        ]
    );
}

#[test]
fn a_body_without_a_length_is_whole_when_its_connection_ends() {
    let header = b"HTTP/1.0 200 OK\r\n\r\n";
    let in_one = said(
        &[Sent::ServerFin(1, b"HTTP/1.0 200 OK\r\n\r\nhello")],
        Past::Marks,
    );
    assert_eq!(in_one, ["HTTP/1.0 200 OK  5 bytes"]);
    let with_the_last = said(
        &[Sent::Server(1, header), Sent::ServerFin(20, b"hello")],
        Past::Marks,
    );
    assert_eq!(
        with_the_last[1],
        "HTTP/1.0 200 OK  5 bytes  [from frames 1, 2]"
    );
    let before_the_end = said(
        &[
            Sent::Server(1, header),
            Sent::Server(20, b"hello"),
            Sent::ServerFin(25, b""),
        ],
        Past::Marks,
    );
    assert_eq!(
        before_the_end[2],
        "HTTP/1.0 200 OK  5 bytes  [from frames 1, 2]"
    );
}

#[test]
fn an_end_that_came_before_the_last_bytes_ends_the_message_behind_them() {
    let told = said(
        &[
            Sent::Server(1, b"HTTP/1.0 200 OK\r\n\r\n"),
            Sent::ServerFin(25, b""),
            Sent::Server(20, b"hello"),
        ],
        Past::Marks,
    );
    assert_eq!(
        told[1..],
        ["", "HTTP/1.0 200 OK  5 bytes  [from frames 1, 3]"]
    );
}

#[test]
fn a_message_that_is_shorter_than_it_says_is_told_where_its_connection_ends() {
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    let told = said(&[Sent::ServerFin(1, short)], Past::Marks);
    assert_eq!(told, [format!("HTTP/1.1 200 OK  5 bytes  {NOT_WHOLE}")]);
    for end in [Sent::ServerFin(44, b""), Sent::ServerRst(44)] {
        let told = said(&[Sent::Server(1, short), end], Past::Marks);
        assert_eq!(
            told[1],
            format!("HTTP/1.1 200 OK  5 bytes  [from frame 1]  {NOT_WHOLE}")
        );
    }
}

#[test]
fn a_body_without_a_length_is_not_whole_where_its_connection_is_broken_off() {
    let told = said(
        &[
            Sent::Server(1, b"HTTP/1.0 200 OK\r\n\r\nhel"),
            Sent::ServerRst(23),
        ],
        Past::Marks,
    );
    assert_eq!(
        told[1],
        format!("HTTP/1.0 200 OK  3 bytes  [from frame 1]  {NOT_WHOLE}")
    );
}

#[test]
fn a_stream_of_events_is_shown_as_it_comes() {
    let told = said(
        &[
            Sent::Server(
                1,
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
            ),
            Sent::ServerFin(63, b""),
        ],
        Past::Marks,
    );
    assert_eq!(told, ["HTTP/1.1 200 OK  9 bytes of text/event-stream", ""]);
}

#[test]
fn a_message_whose_end_is_not_waited_for_any_more_says_so() {
    const TOO_LONG: &str =
        "!HTTP: longer than what is kept of a message: the rest is shown as it comes";
    let in_chunks = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &b"1\r\na\r\n".repeat(1025),
    ]
    .concat();
    let told = said(&[Sent::Server(1, &in_chunks)], Past::Marks);
    assert_eq!(told, [format!("HTTP/1.1 200 OK  in chunks  {TOO_LONG}")]);
    let long = vec![b'x'; 1 << 15];
    for (header, bound) in [
        (&b"HTTP/1.1 200 OK\r\nX: "[..], 1 << 16),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n",
            1 << 20,
        ),
    ] {
        let mut seq = 1 + u32::try_from(header.len()).unwrap();
        let mut segments = vec![Sent::Server(1, header)];
        for _ in 0..bound / long.len() {
            segments.push(Sent::Server(seq, &long));
            seq += 1 << 15;
        }
        let told = said(&segments, Past::Marks);
        assert!(told.last().unwrap().ends_with(TOO_LONG), "{told:?}");
    }
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
const ACKNOWLEDGES: &[u8] = &[0, 0, 0, 4, 1, 0, 0, 0, 0];
/// `GET /`, and an entry `a: xyz`.
const ASKS: &[u8] = &[
    0, 0, 9, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x40, 1, b'a', 3, b'x', b'y', b'z',
];
/// `GET` of what the entry has.
const ASKS_AGAIN: &[u8] = &[0, 0, 3, 1, 5, 0, 0, 0, 3, 0x82, 0x84, 0xbe];
const ANSWERS: &[u8] = &[0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88];

#[test]
fn what_a_server_says_is_http2_where_its_client_has_begun_so() {
    let told = said(
        &[
            Sent::Client(1, PREFACE),
            Sent::Server(1, ACKNOWLEDGES),
            Sent::Client(25, ASKS),
            Sent::Server(10, ANSWERS),
        ],
        Past::Marks,
    );
    let expected = [
        "Magic",
        "SETTINGS[0]",
        "HEADERS[1]: GET /",
        "HEADERS[1]: 200 OK",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_a_client_says_is_http2_where_the_server_was_first() {
    let told = said(
        &[
            Sent::Server(1, SETTINGS),
            Sent::Client(1, &PREFACE[..10]),
            Sent::Client(11, &[&PREFACE[10..], ACKNOWLEDGES].concat()),
        ],
        Past::Marks,
    );
    assert_eq!(
        told,
        [
            "SETTINGS[0]",
            "[goes on in a later frame]",
            "Magic  SETTINGS[0]  [from frames 2, 3]"
        ]
    );
}

#[test]
fn a_frame_of_http2_is_read_where_it_is_whole_and_its_header_refers_to_earlier_ones() {
    let begins = [PREFACE, ASKS].concat();
    let told = said(
        &[
            Sent::Client(1, &begins[..30]),
            Sent::Client(31, &begins[30..]),
            Sent::Client(43, ASKS_AGAIN),
        ],
        Past::Marks,
    );
    assert_eq!(
        told,
        [
            "Magic  [the last 6 bytes go on in a later frame]",
            "HEADERS[1]: GET /  [from frames 1, 2]",
            "HEADERS[3]: GET /",
        ]
    );
}

#[test]
fn a_server_of_http1_that_is_asked_in_http2_is_read_as_what_it_is() {
    let told = said(
        &[
            Sent::Client(1, PREFACE),
            Sent::Server(1, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        ],
        Past::Marks,
    );
    assert_eq!(told, ["Magic", "HTTP/1.1 400 Bad Request"]);
}

#[test]
fn both_go_on_in_http2_where_the_client_has_asked_for_that_in_http1() {
    let upgrade = b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n";
    let agrees = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n";
    let at = |bytes: &[u8]| u32::try_from(bytes.len() + 1).unwrap();
    let told = said(
        &[
            Sent::Client(1, upgrade),
            Sent::Server(1, agrees),
            Sent::Client(at(upgrade), PREFACE),
            Sent::Server(at(agrees), ANSWERS),
        ],
        Past::Marks,
    );
    let both = [
        "GET / HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols",
        "Magic",
        "HEADERS[1]: 200 OK",
    ];
    assert_eq!(told, both);
}

/// Frames of HTTP/2 have no marks by which one could be found again, but most look like none.
#[test]
fn behind_bytes_that_the_capture_missed_frames_are_found_again_and_nothing_is_invented() {
    let missed = u32::try_from(PREFACE.len() + ASKS.len() + 1).unwrap();
    let told = said(
        &[
            Sent::Client(1, PREFACE),
            Sent::Client(missed, b"in the middle of a body"),
            Sent::ServerAck(missed + 23),
            Sent::Client(missed + 23, ASKS_AGAIN),
            Sent::Client(missed + 35, ASKS),
            Sent::Client(missed + 53, ASKS_AGAIN),
        ],
        Past::Marks,
    );
    let not_known = "HEADERS[3]: GET / (some of it came in bytes that were not captured)";
    assert_eq!(
        told[3..],
        [not_known, "HEADERS[1]: GET /", "HEADERS[3]: GET /"]
    );
}
