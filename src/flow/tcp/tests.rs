//! The states that the figures of RFC 9293 have, and what does not move them.

use etherparse::PacketBuilder;

use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::flow::Flows;
use crate::flow::endpoints::Role::{self, Client, Server};
use crate::model::frame::LinkType;
use crate::model::needs::Past;
use crate::protocols::tcp_followed as followed;

/// Who sends, its sequence number, what it acknowledges, and its flags.
type Sent = (Role, u32, u32, &'static str);

fn packet((by, seq, ack, flags): Sent) -> Vec<u8> {
    let (hosts, ports) = match by {
        Client => ([[10, 0, 0, 1], [10, 0, 0, 2]], [1_001, 12_345]),
        Server => ([[10, 0, 0, 2], [10, 0, 0, 1]], [12_345, 1_001]),
    };
    let mut builder =
        PacketBuilder::ipv4(hosts[0], hosts[1], 64).tcp(ports[0], ports[1], seq, 1_000);
    for flag in flags.chars() {
        builder = match flag {
            'S' => builder.syn(),
            'F' => builder.fin(),
            'R' => builder.rst(),
            _ => builder.ack(ack),
        };
    }
    let mut packet = Vec::new();
    builder.write(&mut packet, &[]).unwrap();
    packet
}

/// The states of the client and the server after each segment.
fn states(all: &[Sent]) -> Vec<[&'static str; 2]> {
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let states = all.iter().map(|sent| {
        let packet = packet(*sent);
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let decoded = decoder.walk(&frame);
        let told = decoded.with_followed(flows.follow(&decoded, Past::Everything));
        [&followed::CLIENT_STATE, &followed::SERVER_STATE].map(|field| {
            let state = told.followed_number(field);
            state.map_or("?", |state| field.symbols.of(state).unwrap())
        })
    });
    states.collect()
}

const OPENING: [Sent; 3] = [
    (Client, 1_000, 0, "S"),
    (Server, 5_000, 1_001, "SA"),
    (Client, 1_001, 5_001, "A"),
];

fn last_state_behind_opening(all: &[Sent]) -> [&'static str; 2] {
    *states(&[&OPENING, all].concat()).last().unwrap()
}

const OPEN: [&str; 2] = ["ESTABLISHED"; 2];

#[test]
fn an_rst_outside_the_window_changes_nothing() {
    let blind = (Server, 9_999_999, 0, "R");
    assert_eq!(last_state_behind_opening(&[blind]), OPEN);
    let goes_on = [blind, (Client, 1_001, 5_001, "A")];
    assert_eq!(last_state_behind_opening(&goes_on), OPEN);
}

#[test]
fn an_rst_with_the_awaited_number_closes_both_sides() {
    let awaited = (Server, 5_001, 0, "R");
    assert_eq!(last_state_behind_opening(&[awaited]), ["CLOSED"; 2]);
}

#[test]
fn an_rst_behind_a_fin_is_taken_with_the_number_before_and_behind_it() {
    let fin = (Server, 5_001, 1_001, "FA");
    let heard = (Client, 1_001, 5_002, "A");
    for seq in [5_001, 5_002] {
        let states = last_state_behind_opening(&[fin, heard, (Server, seq, 0, "R")]);
        assert_eq!(states, ["CLOSED"; 2], "{seq}");
    }
}

#[test]
fn who_asks_is_refused_only_by_an_rst_that_confirms_its_syn() {
    let asks = (Client, 1_000, 0, "S");
    let told = |flags, ack| states(&[asks, (Server, 0, ack, flags)])[1];
    assert_eq!(told("RA", 1_001), ["CLOSED", "CLOSED"]);
    assert_eq!(told("RA", 77_777), ["SYN-SENT", "?"]);
    assert_eq!(told("R", 0), ["SYN-SENT", "?"]);
}

#[test]
fn a_syn_ack_that_confirms_another_number_opens_nothing_and_is_rejected() {
    let told = states(&[
        (Client, 1_000, 0, "S"),
        (Server, 5_000, 4_242, "SA"),
        (Client, 4_242, 0, "R"),
        (Client, 1_000, 0, "S"),
        (Server, 6_000, 1_001, "SA"),
        (Client, 1_001, 6_001, "A"),
    ]);
    assert_eq!(
        told[1..],
        [
            ["SYN-SENT", "SYN-RECEIVED"],
            ["SYN-SENT", "LISTEN"],
            ["SYN-SENT", "LISTEN"],
            ["ESTABLISHED", "SYN-RECEIVED"],
            OPEN
        ]
    );
}

/// RFC 9293, figure 8. That the client was asking with another number all the time, the capture cannot tell: the one
/// that is answered first is as good.
#[test]
fn an_old_syn_is_rejected_and_the_new_one_opens() {
    let told = states(&[
        (Client, 100, 0, "S"),
        (Client, 90, 0, "S"),
        (Server, 300, 91, "SA"),
        (Client, 91, 0, "R"),
        (Server, 400, 101, "SA"),
        (Client, 101, 401, "A"),
    ]);
    let of_server = told[2..].iter().map(|[_, server]| *server);
    let figure = ["SYN-RECEIVED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED"];
    assert_eq!(of_server.collect::<Vec<_>>(), figure);
    assert_eq!(told[5], OPEN);
}

/// RFC 9293, figure 9.
#[test]
fn who_lost_its_memory_rejects_the_old_connection_and_asks_on() {
    let told = states(&[
        (Client, 400, 0, "S"),
        (Server, 300, 100, "A"),
        (Client, 100, 0, "R"),
        (Client, 400, 0, "S"),
        (Server, 700, 401, "SA"),
        (Client, 401, 701, "A"),
    ]);
    assert_eq!(
        told,
        [
            ["SYN-SENT", "?"],
            ["SYN-SENT", "ESTABLISHED"],
            ["SYN-SENT", "CLOSED"],
            ["SYN-SENT", "CLOSED"],
            ["ESTABLISHED", "SYN-RECEIVED"],
            OPEN
        ]
    );
}

#[test]
fn two_that_ask_at_once_and_are_broken_off_did_not_listen() {
    let told = states(&[
        (Client, 1_000, 0, "S"),
        (Server, 5_000, 0, "S"),
        (Client, 1_000, 5_001, "SA"),
        (Client, 1_001, 0, "R"),
    ]);
    assert_eq!(told[2][1], "ESTABLISHED");
    assert_eq!(told[3], ["CLOSED"; 2]);
}

#[test]
fn of_a_connection_that_was_opened_before_the_capture_an_rst_is_believed() {
    let told = states(&[(Client, 7_000, 0, "A"), (Server, 9_999, 0, "R")]);
    assert_eq!(told[1], ["CLOSED"; 2]);
}
