//! Two sides that both send and do not read.

use super::scene::{Scene, Socket};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "both-send",
    title: "Both sides send, and neither reads",
    reason: "Each program is inside a send that waits for room. Its own kernel's buffer is full, since the \
        other side's is: that program does not read, it sends too. Neither send will ever return.",
    fix: "Read while there is something to read, also in the middle of sending: ask by poll or select what \
        can be done, or let one thread send and another one receive.",
    python: "readable, writable, _ = select.select([s], [s], [])",
    c: "struct pollfd wait = {s, POLLIN | POLLOUT, 0};\npoll(&wait, 1, -1);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_cut_short();
    pairs
        .filter_map(|(one, other)| find_between(one, other))
        .collect()
}

fn find_between(one: &Socket, other: &Socket) -> Option<Finding> {
    let stuck = |socket: &Socket| -> Option<u64> {
        let call = socket.blocked_in()?;
        call.deed.is_send().then_some(call.call)
    };
    let calls = [stuck(one)?, stuck(other)?];
    let last = |socket: &Socket| socket.sent.last().map(|segment| segment.frame);
    Some(
        Finding::in_program(
            one.program,
            "A send on each side never returned: each waits for the other to read.".to_owned(),
        )
        .with_calls(calls)
        .with_frames(last(one).into_iter().chain(last(other))),
    )
}
