//! What calls have to do with frames.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::testing::{Ends, Play, receive, send, socket};
use super::*;
use crate::model::call::CallError;
use crate::model::tie::Bond;

const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 7), 40000);
const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 6), 12345);
const ENDS: Ends = [CLIENT, SERVER];

/// The frames that a call is tied to, and in what way.
fn bonds(causes: &Causes, call: CallId) -> Vec<(u64, Bond)> {
    let ties = causes.of_call(call).iter();
    ties.map(|tie| (tie.frame, tie.bond)).collect()
}

#[test]
fn a_datagram_whose_fragments_all_came_says_nothing_of_another_between_the_same_ends() {
    let [cut, whole] = [[b'c'; 1500], [b'w'; 1500]];
    let mut play = Play::default();
    let client = socket(Carrier::Udp, 2, ENDS);
    let [sent_cut, sent_whole] =
        [cut, whole].map(|says| play.call("client", client, send(&says), 1500));
    play.piece(ENDS, 1, &cut, 0..1472);
    play.piece(ENDS, 2, &whole, 0..1472);
    play.piece(ENDS, 2, &whole, 1472..1500);
    let causes = play.causes();
    assert_eq!(causes.unclear(sent_cut), Some(Unclear::InFragments));
    assert_eq!(causes.unclear(sent_whole), None);
}

#[test]
fn a_call_on_a_udp_socket_that_is_refused_is_tied_to_the_last_icmp_error_before() {
    let mut play = Play::default();
    let client = socket(Carrier::Udp, 2, ENDS);
    let other = SocketAddrV4::new(*SERVER.ip(), 5000);
    play.refusal(ENDS, b"first");
    let frame = play.refusal(ENDS, b"second");
    play.refusal([CLIENT, other], b"to another port");
    let refused = play.enter("client", client, send(b"third"));
    let error = CallError {
        number: nix::errno::Errno::ECONNREFUSED as i32,
        name: "ECONNREFUSED",
    };
    play.fail(refused, error);
    play.refusal(ENDS, b"later");
    assert_eq!(bonds(&play.causes(), refused), [(frame, Bond::ToldRefusal)]);
}

#[test]
fn a_segment_that_carries_two_sends_again_is_tied_to_both() {
    let mut play = Play::default();
    let mut talk = play.open(ENDS, [2, 3]);
    let client = talk.sockets[0];
    let sends = [b"abcd", b"efgh"].map(|says| play.call("client", client, send(says), 4));
    let second_first = talk.next[0] + 4;
    let first = talk.next[0];
    talk.next[0] = second_first;
    let late = play.segment(&mut talk, Role::Client, "A", b"efgh");
    talk.next[0] = first;
    let early = play.segment(&mut talk, Role::Client, "A", b"abcd");
    talk.next[0] = first;
    let again = play.segment(&mut talk, Role::Client, "A", b"abcdefgh");
    let causes = play.causes();
    let ties = sends.map(|call| bonds(&causes, call));
    let tied_to = |frame| vec![(frame, Bond::Carried), (again, Bond::CarriedAgain)];
    assert_eq!(ties, [tied_to(early), tied_to(late)]);
}

#[test]
fn each_of_twenty_thousand_datagrams_is_tied_to_its_own_calls() {
    let mut play = Play::default();
    let client = socket(Carrier::Udp, 2, ENDS);
    let server = socket(Carrier::Udp, 3, [SERVER, CLIENT]);
    for _ in 0..20_000 {
        play.call("client", client, send(b"ping"), 4);
        play.piece(ENDS, 0, b"ping", 0..4);
        play.call("server", server, receive(10, b"ping"), 4);
    }
    let causes = play.causes();
    for (frame, calls) in (1..).zip(play.calls.chunks(2)) {
        for (call, bond) in calls.iter().zip([Bond::Carried, Bond::Brought]) {
            assert_eq!(bonds(&causes, call.id), [(frame, bond)], "{}", call.id);
        }
    }
}

/// Every call is looked up among 40,000 segments: who walks through them each time takes minutes.
#[test]
fn each_of_twenty_thousand_round_trips_is_tied_to_its_own_segments() {
    let mut play = Play::default();
    let mut talk = play.open(ENDS, [2, 3]);
    let handshake = play.calls.len();
    let turns = [(Role::Client, b"ping"), (Role::Server, b"pong")];
    let turns = turns.iter().cycle().take(40_000);
    let frames: Vec<u64> = turns
        .map(|(by, says)| play.say(&mut talk, *by, *says))
        .collect();
    let causes = play.causes();
    // A send and a receive for each frame.
    for (calls, frame) in play.calls[handshake..].chunks(2).zip(frames) {
        for (call, bond) in calls.iter().zip([Bond::Carried, Bond::Brought]) {
            assert_eq!(bonds(&causes, call.id), [(frame, bond)], "{}", call.id);
        }
    }
}

#[test]
fn each_of_two_thousand_connections_is_tied_to_its_own_handshake() {
    let mut play = Play::default();
    for port in 0..2_000 {
        let client = SocketAddrV4::new(*CLIENT.ip(), 40_000 + port);
        let inode = 2 + 2 * u64::from(port);
        let mut talk = play.open([client, SERVER], [inode, inode + 1]);
        play.close(&mut talk, Role::Client);
    }
    let causes = play.causes();
    // Of the three calls and the four frames of each, three frames tie the first two calls.
    for (number, calls) in play.calls.chunks(3).enumerate() {
        let first = number as u64 * 4 + 1;
        for call in &calls[..2] {
            let frames = causes.of_call(call.id).iter().map(|tie| tie.frame);
            assert_eq!(frames.collect::<Vec<_>>(), [first, first + 1, first + 2]);
        }
    }
}
