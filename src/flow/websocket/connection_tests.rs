//! A connection from its handshake on, with its bytes written out.

use crate::decode::Decoder;
use crate::decode::testing::{Seen, frame_of, seen_in};
use crate::flow::Flows;
use crate::model::frame::LinkType;
use crate::model::needs::{Depth, Past};
use etherparse::PacketBuilder;

const CLIENT: u16 = 40_000;
const SERVER: u16 = 8_001;

const ASKS: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const AGREES: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

const COMPRESSES: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/// A connection, of which each segment follows the one before.
struct Talk {
    decoder: Decoder,
    flows: Flows,
    next: [u32; 2],
    number: u64,
}

impl Talk {
    /// One that has asked for WebSocket.
    fn asked() -> Self {
        let mut talk = Self {
            decoder: Decoder::new(),
            flows: Flows::default(),
            next: [1, 1],
            number: 0,
        };
        talk.says(CLIENT, ASKS);
        talk
    }

    /// One in which the server has agreed with this.
    fn agreed(answer: &[u8]) -> Self {
        let mut talk = Self::asked();
        talk.says(SERVER, answer);
        talk
    }

    /// What a segment from this port says.
    fn says(&mut self, port: u16, payload: &[u8]) -> Seen {
        let [own, other] = if port == CLIENT { [0, 1] } else { [1, 0] };
        let mut packet = Vec::new();
        PacketBuilder::ipv4([192, 168, 1, 7], [192, 168, 1, 7], 64)
            .tcp(port, CLIENT + SERVER - port, self.next[own], 64_000)
            .ack(self.next[other])
            .write(&mut packet, payload)
            .unwrap();
        self.next[own] += u32::try_from(payload.len()).unwrap();
        self.number += 1;
        let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
        frame.number = self.number;
        self.decoder.walk(&frame);
        self.flows
            .assemble(&mut self.decoder, &frame, Past::Everything);
        let decoded = self.decoder.deepen(&frame, Depth::Expand);
        seen_in(&decoded)
    }

    /// A number that is known of the last segment from those before.
    fn followed(&self, name: &str) -> Option<u64> {
        use crate::model::field::Origin;
        let mut followed = self.flows.followed().iter();
        let found = followed.find(|found| found.field.definition.name == name)?;
        match found.field.origin {
            Origin::Derived(number) => Some(number),
            _ => None,
        }
    }
}

#[test]
fn what_a_server_says_is_read_where_it_stands() {
    let seen = Talk::agreed(AGREES).says(SERVER, b"\x81\x07welcome");
    assert_eq!(seen.layers, ["ip", "tcp", "websocket"]);
    assert!(seen.line.contains("  text \"welcome\""), "{}", seen.line);
    assert_eq!(
        seen.fields("websocket"),
        [
            "websocket.fin 1",
            "websocket.rsv 0x0",
            "  - websocket.pmc 0",
            "websocket.opcode 1 (Text)",
            "websocket.mask 0",
            "websocket.payload_length 7",
            "websocket.payload.text welcome",
        ]
    );
}

#[test]
fn what_a_client_says_is_told_as_it_stands_and_without_its_mask() {
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let seen = Talk::agreed(AGREES).says(CLIENT, hello);
    assert_eq!(seen.layers, ["ip", "tcp", "websocket", "websocket.message"]);
    assert!(
        seen.line.contains("  text \"Hello\" (masked)"),
        "{}",
        seen.line
    );
    assert_eq!(
        seen.fields("websocket")[4..],
        [
            "websocket.mask 1",
            "websocket.payload_length 5",
            "websocket.masking_key 37:fa:21:3d",
            "websocket.masked_payload 7f:9f:4d:51:58",
        ]
    );
    assert_eq!(
        seen.fields("websocket.message"),
        [
            "websocket.message.masked 1",
            "websocket.message.compressed 0",
            "websocket.message.goes_on 0",
            "websocket.message.opcode 1 (Text)",
            "websocket.message.end 0 (all of it)",
            "websocket.payload.text Hello",
        ]
    );
}

#[test]
fn frames_that_come_with_the_answer_to_the_handshake_are_read() {
    let with_both = [AGREES, b"\x81\x05first", b"\x89\x00"].concat();
    let mut talk = Talk::asked();
    let seen = talk.says(SERVER, &with_both);
    assert_eq!(seen.layers, ["ip", "tcp", "http", "websocket", "websocket"]);
    assert!(
        seen.line.contains("text \"first\"  ping, 0 bytes"),
        "{}",
        seen.line
    );
    assert_eq!(talk.followed("http.sec_websocket_accept.fits"), Some(1));
    assert_eq!(talk.followed("http.request_in"), Some(1));
}

#[test]
fn an_answer_that_does_not_fit_the_key_is_told() {
    let other = String::from_utf8_lossy(AGREES).replace("s3pP", "AAAA");
    let talk = Talk::agreed(other.as_bytes());
    assert_eq!(talk.followed("http.sec_websocket_accept.fits"), Some(0));
}

#[test]
fn a_frame_in_several_segments_is_told_where_it_is_whole() {
    let mut talk = Talk::agreed(AGREES);
    let piece = talk.says(SERVER, b"\x81");
    assert_eq!(piece.layers, ["ip", "tcp", "tcp.piece"]);
    talk.says(SERVER, b"\x0bin three");
    let seen = talk.says(SERVER, b"...\x81\x04next");
    assert!(
        seen.line.contains("text \"in three...\"  text \"next\""),
        "{}",
        seen.line
    );
    assert!(seen.line.contains("[from frames 3, 4, 5]"), "{}", seen.line);
}

#[test]
fn a_message_in_several_frames_is_told_with_the_last_and_control_frames_may_stand_between() {
    let mut talk = Talk::agreed(AGREES);
    let seen = talk.says(SERVER, b"\x01\x03Hel");
    assert!(
        seen.line.contains("beginning of a text \"Hel\""),
        "{}",
        seen.line
    );
    let seen = talk.says(SERVER, b"\x00\x01l");
    assert_eq!(
        seen.chosen("websocket", &["websocket.payload."]),
        ["websocket.payload.continue 6c"]
    );
    let seen = talk.says(SERVER, b"\x8a\x01?\x80\x01o");
    assert_eq!(
        seen.layers,
        ["ip", "tcp", "websocket", "websocket", "websocket.message"]
    );
    assert!(
        seen.line
            .contains("pong, 1 byte  text \"Hello\"  [from frames 3, 4, 5]"),
        "{}",
        seen.line
    );
    assert_eq!(talk.followed("websocket.fragment.count"), Some(3));
    assert_eq!(talk.followed("websocket.reassembled.length"), Some(5));
}

#[test]
fn a_compressed_message_is_decompressed_where_both_have_agreed_on_it() {
    let hello = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    let seen = Talk::agreed(COMPRESSES).says(SERVER, hello);
    assert!(
        seen.line.contains("  text \"Hello\" (compressed)"),
        "{}",
        seen.line
    );
    assert_eq!(
        seen.chosen("websocket", &["websocket.pmc", "websocket.payload"]),
        [
            "- websocket.pmc 1",
            "websocket.payload_length 7",
            "websocket.payload f2:48:cd:c9:c9:07:00"
        ]
    );
    let seen = Talk::agreed(AGREES).says(SERVER, hello);
    assert!(
        seen.line
            .contains("text (compressed, not read: it cannot be decompressed)"),
        "{}",
        seen.line
    );
    assert_eq!(seen.faults.len(), 1);
}

#[test]
fn a_code_says_why_the_connection_is_closed() {
    let close = |payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        Talk::agreed(AGREES).says(SERVER, &[&[0x88, length], payload].concat())
    };
    let seen = close(b"\x03\xe8bye");
    assert!(
        seen.line.contains("  close 1000 (normal closure) \"bye\""),
        "{}",
        seen.line
    );
    assert_eq!(
        seen.fields("websocket")[6..],
        [
            "websocket.payload.close",
            "  websocket.payload.close.status_code 1000 (normal closure)",
            "  websocket.payload.close.reason bye",
        ]
    );
    assert_eq!(close(b"").faults.len(), 0);
    assert_eq!(close(b"\x03").faults.len(), 1);
    assert_eq!(close(b"\x03\xee").faults.len(), 1, "1006 is never sent");
}

#[test]
fn what_no_frame_may_be_is_a_fault() {
    let faults = |frame: &[u8]| Talk::agreed(AGREES).says(SERVER, frame).faults.len();
    assert_eq!(faults(b"\x82\x01x"), 0);
    assert_eq!(faults(b"\x92\x01x"), 1, "a reserved bit");
    assert_eq!(faults(b"\x83\x01x"), 1, "a kind that nobody has defined");
    assert_eq!(faults(b"\x09\x01x"), 1, "a ping in pieces");
    assert_eq!(
        faults(b"\x82\x7e\x00\x01x"),
        1,
        "a length that is written too long"
    );
}

#[test]
fn more_frames_than_are_told_apart_are_told_together() {
    let many = b"\x81\x02hi".repeat(60);
    let seen = Talk::agreed(AGREES).says(SERVER, &many);
    assert!(
        seen.line.contains("text \"hi\", text \"hi\""),
        "{}",
        seen.line
    );
    assert!(seen.line.contains(" more"), "{}", seen.line);
}

#[test]
fn behind_bytes_that_are_missing_frames_are_found_again() {
    let mut talk = Talk::agreed(AGREES);
    talk.says(SERVER, b"\x81\x02hi");
    talk.next[1] += 100;
    talk.says(SERVER, b"\x81\x06behind");
    // The client has taken what the capture missed.
    talk.says(CLIENT, b"\x81\x82\x00\x00\x00\x00hi");
    let seen = talk.says(SERVER, b"\x81\x05again");
    assert!(seen.line.contains("text \"again\""), "{}", seen.line);
}
