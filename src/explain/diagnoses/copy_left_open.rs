//! A socket that one process closed, and another one still has.

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "copy-left-open",
    title: "A socket was closed, but a copy of it is still open",
    reason: "fork gives the new process a copy of every socket. The kernel sends the FIN when the last copy \
        is closed, not before: this one was closed by the process that talked on it, another process \
        still has it, and the other side waits for an end that does not come.",
    fix: "After fork, close in each process what the other one is there for: the client's socket in the \
        parent, the listening one in the child.",
    python: "if os.fork() == 0: serve(conn); os._exit(0)\nconn.close()   # in the parent",
    c: "if (fork() == 0) { serve(conn); _exit(0); }\nclose(conn);   // in the parent",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let streams = scene.sockets_of(Transport::Tcp);
    streams
        .filter(|socket| !scene.has_ended(socket.program))
        .filter_map(|socket| find_in(socket, socket.peer_of(scene)?))
        .collect()
}

fn find_in(socket: &Socket, peer: &Socket) -> Option<Finding> {
    let waiting = peer.waits_to_receive()?;
    let close = closed_by_who_talked(socket)?;
    let last = socket.sent.last().map(|segment| segment.frame);
    // Behind bytes that have not come through, the FIN waits as they do.
    let goes_on = !socket.has_ended_its_side() && peer.has_read_all_of(socket);
    goes_on.then(|| {
        Finding::in_program(
            socket.program,
            "The process that talked on it closed the socket, and no FIN went out: another process has \
             a copy."
                .to_owned(),
        )
        .with_calls([close.call, waiting.call])
        .with_frames(last)
    })
}

/// The close by the process that sent or received last. In a server that forks, the parent closes what its child
/// goes on with.
fn closed_by_who_talked(socket: &Socket) -> Option<&Act> {
    let mut backwards = socket.acts.iter().rev();
    let talked = backwards.find(|act| act.deed.is_receive() || act.deed.is_send())?;
    let mut acts = socket.acts.iter().rev();
    acts.find(|act| {
        act.deed == Deed::Close && act.process == talked.process && act.count().is_some()
    })
}
