//! Two sides that both wait for the other to speak.

use super::scene::{Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "both-wait",
    title: "Both sides wait for the other to speak first",
    reason: "Each program is inside a receive on the same connection, and nothing is on its way: all \
        that was sent has been read. Neither will ever return. Who speaks when is what a protocol has \
        to say; TCP does not.",
    fix: "Let one side send first, and the other receive first. Where a message is awaited in full, make \
        sure that the whole of it is sent.",
    python: "s.sendall(question)\nanswer = s.recv(1024)",
    c: "send(s, question, size, 0);\nrecv(s, answer, sizeof answer, 0);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    if !scene.was_cut_short {
        return Vec::new();
    }
    let pairs = scene
        .sockets
        .iter()
        .enumerate()
        .filter_map(|(index, socket)| {
            let peer = socket.peer.filter(|peer| *peer > index)?;
            Some((socket, scene.sockets.get(peer)?))
        });
    pairs
        .filter(|(socket, _)| socket.transport == Transport::Tcp)
        .filter_map(|(one, other)| find_between(one, other))
        .collect()
}

fn find_between(one: &Socket, other: &Socket) -> Option<Finding> {
    let waits = |socket: &Socket| {
        let call = socket.blocked_in()?;
        call.deed.is_receive().then_some(call.call)
    };
    let calls = [waits(one)?, waits(other)?];
    let all_is_read = one.has_read_all_of(other) && other.has_read_all_of(one);
    let nobody_ended = one.fin().is_none() && other.fin().is_none();
    let last = one
        .sent
        .iter()
        .chain(&other.sent)
        .map(|segment| segment.frame)
        .max();
    (all_is_read && nobody_ended).then(|| {
        Finding::in_program(
            one.program,
            "A receive on each side never returned, and no byte was on its way.".to_owned(),
        )
        .with_calls(calls)
        .with_frames(last)
    })
}
