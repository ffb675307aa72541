//! What is told of a mark, in exchanges that have it.

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

use super::*;
use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::flow::Flows;
use crate::model::frame::{Frame, LinkType, Timestamp};
use crate::model::needs::Past;

const LOST: Option<&[u8]> = Some(b"lost on the cable: drop 1st");
const CORRUPTED: Option<&[u8]> = Some(b"corrupted on the cable at byte 44: corrupt 1st");

type Sent = (
    PacketBuilderStep<TcpHeader>,
    &'static [u8],
    Option<&'static [u8]>,
);

fn client(number: u32) -> PacketBuilderStep<TcpHeader> {
    PacketBuilder::ipv4([10, 0, 0, 7], [10, 0, 0, 6], 64).tcp(40_000, 12_345, number, 64_000)
}

fn server(number: u32) -> PacketBuilderStep<TcpHeader> {
    server_with(number, 64_000)
}

fn server_with(number: u32, window: u16) -> PacketBuilderStep<TcpHeader> {
    PacketBuilder::ipv4([10, 0, 0, 6], [10, 0, 0, 7], 64).tcp(12_345, 40_000, number, window)
}

/// What is told of the last of these segments, which are 100 ms apart and have these comments.
fn told_of_the_last(sent: Vec<Sent>) -> Vec<String> {
    let mut decoder = Decoder::new();
    let mut flows = Flows::default();
    let mut said = Vec::new();
    for (index, (segment, payload, comment)) in (0..).zip(sent) {
        let mut packet = Vec::new();
        segment.write(&mut packet, payload).unwrap();
        if comment == CORRUPTED {
            packet[44] ^= 1;
        }
        let frame = Frame {
            number: index + 1,
            time: Timestamp::from_nanoseconds(index.cast_signed() * 100_000_000),
            comment,
            ..frame_of(LinkType::IPV4, &packet, packet.len())
        };
        decoder.walk(&frame);
        let decoded = decoder.expand(&frame);
        let decoded = decoded.with_followed(flows.follow(&decoded, Past::Everything));
        said = decoded.marks().map(|mark| told(&decoded, mark)).collect();
    }
    said
}

#[test]
fn a_syn_comes_again_because_the_cable_lost_the_answer_to_it() {
    let said = told_of_the_last(vec![
        (client(1000).syn(), b"", None),
        (server(5000).syn().ack(1001), b"", LOST),
        (client(1000).syn(), b"", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: the cable lost frame 2, the answer to frame 1; this is the same SYN again, 200 ms later, because no answer came"
        ]
    );
}

#[test]
fn a_syn_ack_comes_again_because_the_cable_lost_it() {
    let said = told_of_the_last(vec![
        (client(1000).syn(), b"", None),
        (server(5000).syn().ack(1001), b"", LOST),
        (server(5000).syn().ack(1001), b"", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: the cable lost frame 2; this is the same SYN ACK again, 100 ms later, because no ACK came"
        ]
    );
}

#[test]
fn a_syn_with_the_ack_of_another_is_no_repetition_of_a_syn_ack() {
    let said = told_of_the_last(vec![
        (client(1000).syn(), b"", None),
        (server(5000).syn(), b"", None),
        (client(1000).syn().ack(5001), b"", None),
    ]);
    assert_eq!(
        said,
        ["Retransmission: its SYN of frame 1, now with the ACK of the other's: both ask at once"]
    );
}

#[test]
fn a_syn_that_nobody_has_answered_says_which_it_repeats() {
    let said = told_of_the_last(vec![
        (client(1000).syn(), b"", None),
        (client(1000).syn(), b"", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: frame 1 once more: the same SYN again, 100 ms later, because no answer came"
        ]
    );
}

#[test]
fn bytes_that_the_cable_corrupted_come_again_because_their_checksum_was_wrong() {
    let said = told_of_the_last(vec![
        (client(1000).ack(5000), b"hello", CORRUPTED),
        (client(1000).ack(5000), b"hello", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: the cable corrupted frame 1, and the receiver's kernel dropped it for its checksum; these are the same 5 bytes again, 100 ms later, because no ACK came"
        ]
    );
}

#[test]
fn bytes_whose_ack_the_cable_lost_come_again_in_vain() {
    let said = told_of_the_last(vec![
        (server(5000).ack(1000), b"welcome", None),
        (client(1000).ack(5007), b"", LOST),
        (server(5000).ack(1000), b"welcome", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: the cable lost frame 2, the ACK of frame 1; these are the same 7 bytes again, 200 ms later",
            "Spurious retransmission: sent in vain: the other side has these bytes already"
        ]
    );
}

/// A sender that hears nothing begins again with the first.
#[test]
fn of_several_segments_whose_one_ack_the_cable_lost_each_is_known_when_it_comes_again() {
    let sent = |number, payload: &'static str| (server(number).ack(1000), payload.as_bytes(), None);
    let lost = |number| (client(1000).ack(number), "".as_bytes(), LOST);
    let two_lost = vec![
        sent(5000, "w"),
        sent(5001, "el"),
        lost(5003),
        sent(5003, "come"),
        lost(5007),
        sent(5001, "el"),
    ];
    assert_eq!(
        told_of_the_last(two_lost)[0],
        "Retransmission: the cable lost frame 5, the ACK of frame 2; these are the same 2 bytes again, 400 ms later"
    );
    let one_lost = vec![
        sent(5000, "wel"),
        sent(5003, "come"),
        lost(5007),
        sent(5000, "wel"),
    ];
    assert_eq!(
        told_of_the_last(one_lost),
        [
            "Retransmission: the cable lost frame 3, the ACK of frame 1; these are the same 3 bytes again, 300 ms later",
            "Spurious retransmission: sent in vain: the other side has these bytes already"
        ]
    );
}

#[test]
fn of_several_segments_that_one_ack_confirms_the_last_is_known_when_it_comes_again() {
    let said = told_of_the_last(vec![
        (server(5000).ack(1000), b"wel", None),
        (server(5003).ack(1000), b"come", None),
        (client(1000).ack(5007), b"", None),
        (server(5003).ack(1000), b"come", None),
    ]);
    assert_eq!(
        said,
        [
            "Retransmission: frame 2 once more: the same 4 bytes again, 200 ms later",
            "Spurious retransmission: sent in vain: frame 3 had acknowledged these bytes; it was lost or late"
        ]
    );
}

#[test]
fn a_duplicate_ack_tells_of_a_gap_only_where_a_block_shows_it() {
    let reason = |came| {
        let mut out = String::new();
        push_reason(came, 9, &mut out);
        out
    };
    assert_eq!(
        reason(None),
        "it asks for byte 9 again: it got what it had, or what does not follow"
    );
    assert_eq!(
        reason(Some(Came::BehindGap)),
        "it still waits for byte 9; what it got since does not follow"
    );
    assert_eq!(reason(Some(Came::Again)), "it got again what it had");
}

#[test]
fn an_rst_that_is_not_taken_says_which_window_it_missed() {
    let opening = || {
        vec![
            (client(1000).syn(), &b""[..], None),
            (server(5000).syn().ack(1001), &b""[..], None),
            (client(1001).ack(5001), &b""[..], None),
        ]
    };
    let told_of = |segment| {
        let mut sent = opening();
        sent.push((segment, b"", None));
        told_of_the_last(sent)
    };
    assert_eq!(
        told_of(server(99_000).rst()),
        [
            "RST not taken: its number 94000 is outside of the receiver's window of 64000 bytes from 1 on, so it is an old one or a guess, and changes nothing (RFC 9293, section 3.5.3)"
        ]
    );
    assert!(told_of(server(5001).rst()).is_empty());
}

#[test]
fn who_asks_does_not_take_an_rst_or_a_syn_ack_that_does_not_acknowledge_its_syn() {
    let told_of_answer =
        |answer| told_of_the_last(vec![(client(1000).syn(), b"", None), (answer, b"", None)]);
    assert_eq!(
        told_of_answer(server(0).rst().ack(77)),
        [
            "RST not taken: who has asked, and was not answered yet, is refused only by what acknowledges its SYN (RFC 9293, section 3.10.7.3)"
        ]
    );
    assert_eq!(
        told_of_answer(server(5000).syn().ack(77)),
        [
            "SYN ACK not taken: it acknowledges what the other side has not sent, so it agrees to nothing: most likely it answers an older SYN"
        ]
    );
    assert!(told_of_answer(server(0).rst().ack(1001)).is_empty());
}

#[test]
fn a_keep_alive_asks_for_room_where_the_window_was_0_and_else_for_an_answer() {
    let asked_behind = |window| {
        let mut told = told_of_the_last(vec![
            (client(1000).ack(5000), b"hello", None),
            (server_with(5000, window).ack(1005), b"", None),
            (client(1004).ack(5000), b"", None),
        ]);
        told.swap_remove(0)
    };
    assert_eq!(
        asked_behind(0),
        "Keep-alive: asks whether there is room again (the other side's window was 0), with the number of a byte that it has acknowledged already, so that it must answer"
    );
    assert_eq!(
        asked_behind(64_000),
        "Keep-alive: asks whether the other side is still there, with the number of a byte that it has acknowledged already, so that it must answer"
    );
}
