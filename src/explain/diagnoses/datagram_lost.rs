//! A datagram that was lost, and that nobody sends again.

use std::net::SocketAddr;

use super::scene::{Deed, Lost, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "datagram-lost",
    title: "A datagram was lost, and nobody sends it again",
    reason: "UDP does not know whether a datagram has arrived: what is lost stays lost, unless a program \
        sends it again. A receive without a timeout waits for ever then.",
    fix: "Wait for the answer no longer than makes sense, then send the question again, a few times.",
    python: "s.settimeout(1)\nfor attempt in range(3):\n    s.sendto(question, server)   # and try to receive",
    c: "struct timeval t = {1, 0};\nsetsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    if !scene.was_cut_short {
        return Vec::new();
    }
    let waiting = scene.sockets_of(Transport::Udp);
    waiting
        .filter_map(|socket| find_in(scene, socket))
        .collect()
}

fn find_in(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let receive = socket.waits_to_receive()?;
    let asked = socket.sends().last()?;
    // Who has bound its socket waits for whoever comes.
    if socket
        .acts
        .iter()
        .any(|act| matches!(act.deed, Deed::Bind(_)))
    {
        return None;
    }
    let since = asked.began;
    let lost = scene.lost.iter().find(|lost| {
        lost.time >= since && (is_of(socket, lost.sender) || is_of(socket, lost.receiver))
    })?;
    Some(
        Finding::in_program(socket.program, tell(socket, lost))
            .with_calls([asked.call, receive.call])
            .with_frames([lost.frame]),
    )
}

fn tell(socket: &Socket, lost: &Lost) -> String {
    let what = if is_of(socket, lost.sender) {
        "What it sent last"
    } else {
        "The answer"
    };
    format!(
        "{what}, frame {}, was lost on the cable. The program waits for an answer that nobody will send.",
        lost.frame
    )
}

/// Whether this is the socket's own address; one that is bound to every address of its host has all of them.
fn is_of(socket: &Socket, address: SocketAddr) -> bool {
    socket.local.is_some_and(|local| {
        local.port() == address.port()
            && (local.ip().is_unspecified() || local.ip() == address.ip())
    })
}
