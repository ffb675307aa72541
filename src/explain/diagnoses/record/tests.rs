//! What a scene has of an exchange.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::*;
use crate::explain::diagnoses::{Diagnosis, Finding, diagnose};
use crate::flow::causes::testing::{Ends, Play, Talk, receive, send, socket};
use crate::model::call::{CallError, Direction, Message};

const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 7), 40000);
const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 6), 12345);
const ENDS: Ends = [CLIENT, SERVER];

fn scene(play: &Play) -> Scene {
    let mut record = Record::default();
    record.program("client", Language::C);
    record.program("server", Language::C);
    record.scene(Exchange {
        calls: &play.calls,
        wire: play.wire(),
        causes: &play.causes(),
        misses_calls: false,
        was_cut_short: false,
    })
}

fn kinds(scene: &Scene) -> Vec<&'static str> {
    let diagnoses = diagnose(scene).into_iter();
    diagnoses.map(|found| found.kind.name).collect()
}

/// Three datagrams, the second of which is between the two fragments of the first.
fn one_around_another() -> Play {
    let [outer, inner, last] = [&[b'o'; 1500][..], &[b'i'; 200], &[b'l'; 300]];
    let mut play = Play::default();
    play.piece(ENDS, 1, outer, 0..1472);
    play.piece(ENDS, 2, inner, 0..200);
    play.piece(ENDS, 1, outer, 1472..1500);
    play.piece(ENDS, 3, last, 0..300);
    play
}

#[test]
fn a_datagram_that_is_cut_is_found_between_the_fragments_of_another() {
    let mut play = one_around_another();
    let server = socket(Carrier::Udp, 2, [SERVER, CLIENT]);
    play.call("server", server, receive(8, b"iiiiiiii"), 8);
    let found = diagnose(&scene(&play));
    let frames: Vec<_> = found
        .iter()
        .map(|found| (found.kind.name, &found.finding.frames))
        .collect();
    assert_eq!(frames, [("datagram-cut", &[2].into())]);
}

#[test]
fn datagrams_that_one_call_receives_are_told_apart_as_it_got_them() {
    let mut play = one_around_another();
    let server = socket(Carrier::Udp, 2, [SERVER, CLIENT]);
    let messages = [(200, b"i"), (1500, b"o"), (300, b"l")].map(|(length, data)| Message {
        address: None,
        room: length,
        length,
        data: data.to_vec(),
    });
    let receive = Action::ReceiveMany {
        peek: false,
        messages: messages.to_vec(),
    };
    play.call("server", server, receive, 3);
    let scene = scene(&play);
    let acts = scene.sockets[0].acts.iter();
    let frames: Vec<_> = acts
        .map(|act| act.datagram.as_ref().unwrap().frame)
        .collect();
    assert_eq!(frames, [2, 1, 4]);
    assert!(kinds(&scene).is_empty());
}

#[test]
fn sockets_of_two_connections_with_the_same_ends_are_paired_by_connection() {
    let mut play = Play::default();
    for inodes in [[2, 3], [4, 5]] {
        let mut talk = play.open(ENDS, inodes);
        play.say(&mut talk, Role::Client, b"hello\n");
        play.close(&mut talk, Role::Client);
        play.close(&mut talk, Role::Server);
    }
    let scene = scene(&play);
    // In the order of their first calls: the listener is the second of the first connection.
    let peers: Vec<_> = scene.sockets.iter().map(|socket| socket.peer).collect();
    assert_eq!(peers, [Some(2), None, Some(0), Some(4), Some(3)]);
}

/// Who looks through all calls or segments for each of them takes minutes.
#[test]
fn a_fault_behind_twenty_thousand_round_trips_is_found() {
    let mut play = Play::default();
    let mut talk = play.open(ENDS, [2, 3]);
    for _ in 0..20_000 {
        play.say(&mut talk, Role::Client, b"ping");
        play.say(&mut talk, Role::Server, b"pong");
    }
    let [client, server] = talk.sockets;
    for says in [b"this", b"that"] {
        play.call("client", client, send(says), 4);
        play.segment(&mut talk, Role::Client, "A", says);
    }
    play.call("server", server, receive(10, b"thisthat"), 8);
    assert_eq!(kinds(&scene(&play)), ["sends-read-as-one"]);
}

/// The client's send fails with EPIPE, and that ends it: what is found.
fn send_into_a_broken_pipe(mut play: Play, socket: call::Socket) -> Vec<(&'static str, Vec<u64>)> {
    let call = play.enter("client", socket, send(b"x"));
    play.fail(call, error(Errno::EPIPE, "EPIPE"));
    let scene = Scene {
        programs: [End::Badly, End::Well].map(program_that_ended).to_vec(),
        ..scene(&play)
    };
    let found = diagnose(&scene).into_iter();
    found
        .map(|found| (found.kind.name, found.finding.frames.into_iter().collect()))
        .collect()
}

fn program_that_ended(end: End) -> Program {
    Program {
        host: String::new(),
        language: Language::C,
        ended: Some(end),
        writes_replacements: false,
    }
}

fn error(errno: Errno, name: &'static str) -> CallError {
    let number = errno as i32;
    CallError { number, name }
}

/// The client's SYN from this port is answered by RST: the number of that frame.
fn refuse(play: &mut Play, port: u16) -> u64 {
    let ends = [SocketAddrV4::new(*CLIENT.ip(), port), SERVER];
    let client = socket(Carrier::Tcp, 2, ends);
    let to = Some(SERVER.into());
    let connect = play.enter("client", client, Action::Connect { to });
    let mut talk = Talk {
        ends,
        sockets: [client; 2],
        next: [1_000; 2],
    };
    play.segment(&mut talk, Role::Client, "S", b"");
    let frame = play.segment(&mut talk, Role::Server, "RA", b"");
    play.fail(connect, error(Errno::ECONNREFUSED, "ECONNREFUSED"));
    frame
}

/// A server listens on port 5000.
fn listen(play: &mut Play) -> call::Socket {
    let local = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 5000);
    let listener = call::Socket {
        peer: None,
        ..socket(Carrier::Tcp, 9, [local, CLIENT])
    };
    play.call("server", listener, Action::Listen { backlog: 5 }, 0);
    listener
}

fn only_finding(play: &Play) -> Finding {
    let [found] = <[Diagnosis; 1]>::try_from(diagnose(&scene(play))).unwrap();
    found.finding
}

#[test]
fn a_refusal_is_shown_by_the_frame_that_its_call_was_told_of() {
    let mut play = Play::default();
    let frame = refuse(&mut play, 40000);
    refuse(&mut play, 40001);
    assert_eq!(only_finding(&play).frames, [frame].into());
}

#[test]
fn a_listener_that_was_closed_before_the_refusal_is_not_said_to_listen() {
    let mut play = Play::default();
    listen(&mut play);
    refuse(&mut play, 40000);
    let told = only_finding(&play).told;
    assert!(told.ends_with("the server listens on port 5000."), "{told}");
    let mut play = Play::default();
    let listener = listen(&mut play);
    play.call("server", listener, Action::Close, 0);
    refuse(&mut play, 40000);
    let told = only_finding(&play).told;
    assert_eq!(told, "Nobody listens at 192.168.1.6:12345.");
}

#[test]
fn the_socket_that_asks_is_not_taken_for_the_server_that_it_does_not_find() {
    let asking = socket(Carrier::Udp, 2, ENDS);
    let refused_beside = |server: Option<call::Socket>| {
        let mut play = Play::default();
        if let Some(server) = server {
            let address = server.local;
            play.call("server", server, Action::Bind { address }, 0);
        }
        let address = asking.local;
        play.call("client", asking, Action::Bind { address }, 0);
        let to = asking.peer;
        let connect = play.enter("client", asking, Action::Connect { to });
        play.fail(connect, error(Errno::ECONNREFUSED, "ECONNREFUSED"));
        only_finding(&play).told
    };
    assert_eq!(refused_beside(None), "Nobody listens at 192.168.1.6:12345.");
    let local = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 5000);
    let server = |carrier| call::Socket {
        peer: None,
        ..socket(carrier, 9, [local, CLIENT])
    };
    let told = refused_beside(Some(server(Carrier::Udp)));
    assert!(told.ends_with("the server listens on port 5000."), "{told}");
    let told = refused_beside(Some(server(Carrier::Tcp)));
    assert_eq!(told, "Nobody listens at 192.168.1.6:12345.");
}

#[test]
fn a_pipe_is_broken_by_the_end_of_the_other_side() {
    let mut play = Play::default();
    let mut talk = play.open(ENDS, [2, 3]);
    play.close(&mut talk, Role::Server);
    let frame = play.segment(&mut talk, Role::Server, "RA", b"");
    assert_eq!(
        send_into_a_broken_pipe(play, talk.sockets[0]),
        [("broken-pipe", vec![4, frame])]
    );
}

#[test]
fn a_program_that_has_shut_its_own_side_down_is_not_told_that_the_other_had_closed() {
    let mut play = Play::default();
    let mut talk = play.open(ENDS, [2, 3]);
    let how = Direction::Sending;
    play.call("client", talk.sockets[0], Action::Shutdown { how }, 0);
    play.segment(&mut talk, Role::Client, "FA", b"");
    play.close(&mut talk, Role::Server);
    assert!(send_into_a_broken_pipe(play, talk.sockets[0]).is_empty());
}

#[test]
fn a_socket_that_was_never_connected_is_not_told_that_the_other_side_had_closed() {
    let client = socket(Carrier::Tcp, 2, ENDS);
    let unconnected = call::Socket {
        local: None,
        peer: None,
        ..client
    };
    assert!(send_into_a_broken_pipe(Play::default(), unconnected).is_empty());
    let mut refused = Play::default();
    refuse(&mut refused, CLIENT.port());
    let found = send_into_a_broken_pipe(refused, client);
    assert_eq!(found, [("connection-refused", vec![2])]);
}

#[test]
fn an_ipv4_address_that_a_socket_of_ipv6_has_is_told_as_it_is_on_the_wire() {
    let mut play = Play::default();
    let to = Some("[::ffff:192.168.1.6]:12345".parse().unwrap());
    let client = socket(Carrier::Tcp, 2, ENDS);
    let connect = play.enter("client", client, Action::Connect { to });
    play.fail(connect, error(Errno::ECONNREFUSED, "ECONNREFUSED"));
    let told = only_finding(&play).told;
    assert_eq!(told, "Nobody listens at 192.168.1.6:12345.");
}
