//! A bind that failed since the address is in use.

use nix::errno::Errno;

use super::scene::{Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "address-in-use",
    title: "The address is still in use, for want of SO_REUSEADDR",
    reason: "The side that closes a TCP connection first keeps it for a minute in the state TIME_WAIT, \
        in case a late segment comes (RFC 9293 section 3.6.1). As long as there is one, Linux gives the \
        port to a new listener only if it says that it knows, and if the socket before had said so, too. \
        So a server that is started again at once finds its own port taken.",
    fix: "Set SO_REUSEADDR before bind, in every server.",
    python: "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)",
    c: "int yes = 1;\nsetsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);",
    shown: Shown::ByWhatWas,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let streams = scene.sockets_of(Transport::Tcp);
    streams
        .filter_map(|socket| find_in(scene, socket))
        .collect()
}

fn find_in(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let (bind, address) = socket.acts.iter().find_map(|act| match act.deed {
        Deed::Bind(address) if act.failed_with(Errno::EADDRINUSE) => Some((act, address)),
        _ => None,
    })?;
    let allowed = socket.acts.iter().any(|act| act.deed == Deed::ReuseAddress);
    if allowed {
        return None;
    }
    let host = scene.host_of(socket.program);
    let before = scene.sockets.iter().filter(|other| {
        scene.host_of(other.program) == host
            && other
                .local
                .is_some_and(|local| local.port() == address.port())
            && other.first_call() < socket.first_call()
    });
    let closed_first: Vec<u64> = before
        .filter_map(|other| other.fin().map(|end| end.frame))
        .collect();
    let why = if closed_first.is_empty() {
        "another socket has it."
    } else {
        "a connection of the server before was closed from this side."
    };
    Some(
        Finding::in_program(
            socket.program,
            format!(
                "bind to port {} failed with EADDRINUSE: {why}",
                address.port()
            ),
        )
        .with_calls([bind.call])
        .with_frames(closed_first),
    )
}
