//! A write to a connection that the other side has closed.

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "broken-pipe",
    title: "The program wrote to a connection that the other side had closed",
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
    if !scene.has_failed(socket.program) || has_ended_its_own_side(socket, send) {
        return None;
    }
    let ends = ends_of_the_other_side(scene, socket, send);
    let told = if scene.was_killed(socket.program) {
        "The other side had closed, and a send was tried all the same: SIGPIPE ended the program."
    } else {
        "The other side had closed, and a send was tried all the same."
    };
    (!ends.is_empty()).then(|| {
        Finding::in_program(socket.program, told.to_owned())
            .with_calls([send.call])
            .with_frames(ends)
    })
}

/// Whether the program itself had said that it would send no more.
fn has_ended_its_own_side(socket: &Socket, send: &Act) -> bool {
    socket.fin().is_some_and(|fin| Some(fin.time) <= send.ended)
}

/// The frames with which the other side had ended an open connection when the send failed.
fn ends_of_the_other_side(scene: &Scene, socket: &Socket, send: &Act) -> Vec<u64> {
    let Some(peer) = socket.peer_of(scene) else {
        // One that was never accepted is ended by its host.
        let told = send.told_end.filter(|_| socket.was_open());
        return told.into_iter().collect();
    };
    let before = || {
        let sent = peer.sent.iter();
        sent.filter(|segment| Some(segment.time) <= send.ended)
    };
    let fin = before().find(|segment| segment.flags.fin());
    let rst = before().find(|segment| segment.flags.rst());
    let ends = fin.into_iter().chain(rst);
    ends.map(|segment| segment.frame).collect()
}
