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

/// The only finding in a scene of two hosts whose addresses are known.
fn found_between_known_hosts(play: &Play) -> Diagnosis {
    let host = |name: &str, end: SocketAddrV4| Host {
        name: name.to_owned(),
        addresses: vec![(*end.ip()).into()],
    };
    let scene = Scene {
        hosts: vec![host("client", CLIENT), host("server", SERVER)],
        programs: [("client", End::Badly), ("server", End::Well)]
            .map(|(host, end)| Program {
                host: host.to_owned(),
                ..program_that_ended(end)
            })
            .to_vec(),
        ..scene(play)
    };
    let [found] = <[Diagnosis; 1]>::try_from(diagnose(&scene)).unwrap();
    found
}

/// A socket of the server's, with this address.
fn of_server(carrier: Carrier, local: &str) -> call::Socket {
    call::Socket {
        local: Some(local.parse().unwrap()),
        peer: None,
        ..socket(carrier, 9, ENDS)
    }
}

/// The server binds a socket and listens.
fn serve(play: &mut Play, local: &str) -> call::Socket {
    let listener = of_server(Carrier::Tcp, local);
    let address = listener.local;
    play.call("server", listener, Action::Bind { address }, 0);
    play.call("server", listener, Action::Listen { backlog: 5 }, 0);
    listener
}

/// The client connects to this address, which fails.
fn connect_in_vain(play: &mut Play, to: &str, errno: Errno, name: &'static str) {
    let to = Some(to.parse().unwrap());
    let client = call::Socket {
        peer: to,
        ..socket(Carrier::Tcp, 2, ENDS)
    };
    let connect = play.enter("client", client, Action::Connect { to });
    play.fail(connect, error(errno, name));
}

fn refused_at(listener: &str, to: &str) -> Diagnosis {
    let mut play = Play::default();
    serve(&mut play, listener);
    connect_in_vain(&mut play, to, Errno::ECONNREFUSED, "ECONNREFUSED");
    found_between_known_hosts(&play)
}

#[test]
fn who_asks_on_its_own_host_is_told_that_the_server_is_on_another_one() {
    for to in [
        "127.0.0.1:9000",
        "0.0.0.0:9000",
        "192.168.1.7:9000",
        "[::1]:9000",
    ] {
        let found = refused_at("0.0.0.0:9000", to);
        let (told, title) = (&found.finding.told, found.title());
        assert!(
            told.contains("is the host of the client itself"),
            "{to}: {told}"
        );
        assert!(told.ends_with("which is called server."), "{to}: {told}");
        assert!(title.contains("on its own host"), "{to}: {title}");
    }
    let found = refused_at("127.0.0.1:9000", "192.168.1.6:9000");
    let told = "Nobody listens at 192.168.1.6:9000: the server listens on 127.0.0.1:9000, which is another address.";
    assert_eq!(found.finding.told, told);
    assert_eq!(found.title(), found.kind.title);
}

#[test]
fn a_listener_of_one_family_is_not_said_to_be_bound_to_another_address() {
    let found = refused_at("[::]:9000", "192.168.1.6:9000");
    assert!(found.finding.told.ends_with("by IPv6 only."), "{found:?}");
    assert!(found.code(Language::Python).contains("IPV6_V6ONLY"));
    let found = refused_at("0.0.0.0:9000", "[fd00::6]:9000");
    assert!(found.finding.told.ends_with("by IPv4 only."), "{found:?}");
}

#[test]
fn a_listener_that_is_gone_or_not_yet_there_is_told_of() {
    let refused = |play: &mut Play| {
        connect_in_vain(
            play,
            "192.168.1.6:9000",
            Errno::ECONNREFUSED,
            "ECONNREFUSED",
        );
        found_between_known_hosts(play).finding.told
    };
    let mut closed = Play::default();
    let listener = serve(&mut closed, "0.0.0.0:9000");
    let close = closed.call("server", listener, Action::Close, 0);
    let told = refused(&mut closed);
    assert!(
        told.ends_with(&format!("had closed that socket by then, in {close}.")),
        "{told}"
    );

    let mut bound = Play::default();
    let unheard = of_server(Carrier::Tcp, "0.0.0.0:9000");
    let address = unheard.local;
    bound.call("server", unheard, Action::Bind { address }, 0);
    let told = refused(&mut bound);
    assert!(told.ends_with("but it did not listen by then."), "{told}");

    let mut by_udp = Play::default();
    let other = of_server(Carrier::Udp, "0.0.0.0:9000");
    by_udp.call("server", other, Action::Bind { address }, 0);
    let told = refused(&mut by_udp);
    assert_eq!(
        told,
        "Nobody listens at 192.168.1.6:9000 by TCP: the server has 0.0.0.0:9000 by UDP."
    );
}

#[test]
fn an_address_whose_bytes_are_the_wrong_way_round_is_told_as_it_was_meant() {
    let mut play = Play::default();
    serve(&mut play, "0.0.0.0:9000");
    connect_in_vain(
        &mut play,
        "6.1.168.192:9000",
        Errno::ENETUNREACH,
        "ENETUNREACH",
    );
    let found = found_between_known_hosts(&play);
    assert_eq!(found.kind.name, "failed-call");
    let told = &found.finding.told;
    assert!(
        told.contains("It is 192.168.1.6, the address of server"),
        "{told}"
    );
}

#[test]
fn an_address_that_another_socket_listens_on_is_not_put_down_to_a_missing_option() {
    let mut play = Play::default();
    serve(&mut play, "0.0.0.0:9000");
    let second = call::Socket {
        inode: 10,
        ..of_server(Carrier::Tcp, "0.0.0.0:9000")
    };
    let address = second.local;
    let bind = play.enter("server", second, Action::Bind { address });
    play.fail(bind, error(Errno::EADDRINUSE, "EADDRINUSE"));
    let found = found_between_known_hosts(&play);
    assert!(
        found
            .finding
            .told
            .ends_with("another socket listens on 0.0.0.0:9000.")
    );
    assert!(!found.fix().contains("SO_REUSEADDR"));
}

/// Both sides receive, and nothing comes; the client's receive is on its first thread or on a second one.
fn both_wait(thread_of_client: u32) -> Vec<&'static str> {
    let mut play = Play::default();
    let talk = play.open(ENDS, [2, 3]);
    let [client, server] = talk.sockets;
    play.enter("client", client, receive(100, b""));
    play.enter("server", server, receive(100, b""));
    let mut calls = play.calls.iter_mut();
    for call in &mut calls {
        call.pid = if &*call.host == "client" { 1 } else { 2 };
        call.tid = call.pid;
    }
    let waiting = play
        .calls
        .iter_mut()
        .rev()
        .find(|call| &*call.host == "client");
    waiting.unwrap().tid = thread_of_client;
    let scene = Scene {
        was_cut_short: true,
        ..scene(&play)
    };
    kinds(&scene)
}

#[test]
fn a_thread_that_waits_beside_another_one_that_may_speak_is_no_deadlock() {
    assert_eq!(both_wait(1), ["both-wait"]);
    assert!(both_wait(7).is_empty());
}

#[test]
fn only_a_program_that_a_signal_ended_is_said_to_be_ended_by_sigpipe() {
    for (end, by_signal) in [(End::Killed, true), (End::Badly, false)] {
        let mut play = Play::default();
        let mut talk = play.open(ENDS, [2, 3]);
        play.close(&mut talk, Role::Server);
        play.segment(&mut talk, Role::Server, "RA", b"");
        let call = play.enter("client", talk.sockets[0], send(b"x"));
        play.fail(call, error(Errno::EPIPE, "EPIPE"));
        let scene = Scene {
            programs: [end, End::Well].map(program_that_ended).to_vec(),
            ..scene(&play)
        };
        let told = &diagnose(&scene)[0].finding.told;
        assert_eq!(told.contains("SIGPIPE"), by_signal, "{told}");
    }
}
