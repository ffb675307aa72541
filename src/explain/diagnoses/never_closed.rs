//! A socket that was never closed, though the other side has gone.

use super::scene::{Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "never-closed",
    title: "A socket is never closed, though the other side has gone",
    reason: "The other side has closed, and the kernel waits for this program to close too: the \
        connection stays in the state CLOSE_WAIT. It keeps its memory and its file descriptor as long \
        as the program runs; a server that does this with every client runs out of them.",
    fix: "Close the socket when a receive has returned 0.",
    python: "with conn:   # closes it at the end of the block",
    c: "close(conn);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let left: Vec<&Socket> = scene
        .sockets_of(Transport::Tcp)
        .filter(|socket| is_left_open(scene, socket))
        .collect();
    let Some(first) = left.first() else {
        return Vec::new();
    };
    let told = match left.len() {
        1 => "A connection that its client had ended was still open when everything was over."
            .to_owned(),
        count => format!(
            "{count} connections that the other side had ended were still open when everything was over."
        ),
    };
    let ends = left
        .iter()
        .filter_map(|socket| socket.peer_of(scene)?.fin());
    let last_calls = left.iter().filter_map(|socket| socket.acts.last());
    vec![
        Finding::in_program(first.program, told)
            .with_calls(last_calls.map(|act| act.call))
            .with_frames(ends.map(|end| end.frame)),
    ]
}

/// The other side's end was heard, and the program did other things since, but not its part.
fn is_left_open(scene: &Scene, socket: &Socket) -> bool {
    let Some(end) = socket.peer_of(scene).and_then(|peer| peer.fin()) else {
        return false;
    };
    let heard = socket.acts.iter().filter(|act| act.returned_end()).count();
    let went_on = || {
        let others = scene.sockets.iter();
        others
            .filter(|other| other.program == socket.program && !std::ptr::eq(*other, socket))
            .flat_map(|other| &other.acts)
            .any(|act| act.began > end.time)
    };
    // More receives than one of 0 are another fault: the loop that does not end.
    let is_open = heard == 1 && !scene.has_ended(socket.program) && !socket.has_ended_its_side();
    is_open && went_on()
}
