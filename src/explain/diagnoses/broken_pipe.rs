//! A write to a connection that the other side has closed.

use nix::errno::Errno;

use super::scene::{Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "broken-pipe",
    title: "The program wrote to a closed connection, and that ended it (SIGPIPE)",
    reason: "The other side has closed. The first send after that still works: it is answered by RST. \
        The next one fails with EPIPE, and beside it the kernel sends the signal SIGPIPE, which ends a \
        program that has not said otherwise. Python has, and raises BrokenPipeError instead.",
    fix: "Ask for the error instead of the signal, and stop when a send fails or a receive returns 0.",
    python: "except (BrokenPipeError, ConnectionResetError): break",
    c: "if (send(s, data, size, MSG_NOSIGNAL) < 0) break;",
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
    let send = socket
        .acts
        .iter()
        .find(|act| matches!(act.deed, Deed::Send { .. }) && act.failed_with(Errno::EPIPE))?;
    if !scene.has_failed(socket.program) {
        return None;
    }
    let peer = socket.peer_of(scene);
    let end = peer.and_then(|peer| peer.fin());
    let reset = peer.and_then(|peer| peer.sent.iter().find(|segment| segment.flags.rst()));
    Some(
        Finding::in_program(
            socket.program,
            "The other side had closed, and a send was tried all the same.".to_owned(),
        )
        .with_calls([send.call])
        .with_frames(end.into_iter().chain(reset).map(|segment| segment.frame)),
    )
}
