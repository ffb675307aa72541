//! A wait that the program's own timer ended, and with which it gave up.

use std::fmt::Write as _;

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown, host_unreachable};
use crate::model::duration;
use crate::model::frame::Timestamp;

/// The kind.
pub static KIND: Kind = Kind {
    name: "own-timeout",
    title: "A program gave up, since its own timer ended its wait",
    reason: "A timeout is the program's own: what it gave to settimeout, SO_RCVTIMEO, poll or select. When \
        the time is over, the call comes back without what it waited for. TCP would have waited on, for \
        hours if need be, and the other side hears of it only when this one closes. So the question is not \
        why the call failed, but why nothing came.",
    fix: "Look at what the other side did meanwhile: does it know that the question is complete, by a line \
        feed, a length or the end of the stream? A longer time helps only where the answer is on its way. \
        Who goes on after a timeout opens a new connection: on the old one, the late answer would be taken \
        for the next.",
    python: "try:\n    answer = s.recv(1024)\nexcept TimeoutError:\n    s.close()   # and ask again on a new connection",
    c: "if (recv(s, answer, sizeof answer, 0) < 0 && errno == EAGAIN)\n    close(s);   // and ask again on a new connection",
    shown: Shown::ByWhatWas,
    find,
};

/// What lasts at least so long has waited; a call that shall not wait is over sooner, also on a busy machine. In
/// nanoseconds.
const WAITED: i64 = 5_000_000;

fn find(scene: &Scene) -> Vec<Finding> {
    let sockets = scene.sockets.iter();
    let of_failed = sockets.filter(|socket| scene.has_failed(socket.program));
    of_failed
        .filter_map(|socket| find_in(scene, socket))
        .collect()
}

/// The wait that ended what was done with a socket, since its time was over.
pub(super) fn last_wait(socket: &Socket) -> Option<&Act> {
    let mut done = socket.acts.iter().rev();
    let wait = done.find(|act| is_about_bytes(act))?;
    is_timed_out(wait).then_some(wait)
}

fn find_in(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let wait = last_wait(socket)?;
    let left = wait.ended?;
    // An open connection is refused only afterwards.
    let is_refused = !socket.refusals.is_empty() && !socket.was_open();
    let is_not_found = host_unreachable::nobody_answers(scene, socket).is_some();
    let tells_otherwise = is_refused || is_not_found || has_lost(scene, socket);
    if tells_otherwise || goes_on(scene, socket.program, left) {
        return None;
    }
    let peer = socket.peer_of(scene);
    let other = peer.and_then(|peer| act_at(peer, left));
    let mut told = String::from("After ");
    duration::push(left.since(wait.began), &mut told);
    told.push_str(" its own timer ended its wait for ");
    push_wanted(socket, &mut told);
    told.push('.');
    push_meanwhile(scene, socket, peer, other, &mut told);
    let last = socket.sent.iter().rev().find(|sent| sent.time <= left);
    let calls = [Some(wait), other].into_iter().flatten();
    Some(
        Finding::in_program(socket.program, told)
            .with_calls(calls.map(|act| act.call))
            .with_frames(last.map(|segment| segment.frame)),
    )
}

/// Whether it moves bytes or opens a connection, or waits until that can be done.
const fn is_about_bytes(act: &Act) -> bool {
    matches!(
        act.deed,
        Deed::Connect(_) | Deed::Send { .. } | Deed::Receive { .. } | Deed::Await
    )
}

/// Whether it came back because its time was over.
fn is_timed_out(act: &Act) -> bool {
    let is_over = match act.deed {
        Deed::Await => act.count() == Some(0),
        Deed::Receive { .. } | Deed::Send { .. } => act.failed_with(Errno::EAGAIN),
        Deed::Connect(_) => act.failed_with(Errno::EINPROGRESS),
        _ => false,
    };
    let lasted = act.ended.map(|ended| ended.since(act.began));
    is_over && lasted >= Some(WAITED)
}

/// Whether a datagram to or from it was lost: that is told for itself.
fn has_lost(scene: &Scene, socket: &Socket) -> bool {
    let port = socket.local.map(|local| local.port());
    let mut lost = scene.lost.iter();
    socket.transport == Transport::Udp
        && lost.any(|lost| {
            [lost.sender, lost.receiver]
                .map(|end| Some(end.port()))
                .contains(&port)
        })
}

/// Whether a program did more with any of its sockets than to put them away.
fn goes_on(scene: &Scene, program: usize, from: Timestamp) -> bool {
    let own = scene.sockets.iter();
    let mut own = own.filter(|socket| socket.program == program);
    own.any(|socket| {
        let mut acts = socket.acts.iter();
        acts.any(|act| act.began >= from && (is_about_bytes(act) || act.deed == Deed::Accept))
    })
}

/// The call that a program was in with its socket at a time.
fn act_at(socket: &Socket, time: Timestamp) -> Option<&Act> {
    socket.acts.iter().rev().find(|act| {
        let is_over = act.ended.is_some_and(|ended| ended <= time);
        is_about_bytes(act) && act.began < time && !is_over
    })
}

/// What it waited for, as far as what it did before tells.
fn push_wanted(socket: &Socket, out: &mut String) {
    let has_connection = socket.transport == Transport::Udp || socket.was_open();
    let mut moved = socket.acts.iter().rev();
    let last = moved.find(|act| act.length() > 0);
    match last.map(|act| &act.deed) {
        _ if !has_connection => out.push_str("the connection to open"),
        Some(Deed::Send { asked }) if last.and_then(Act::count) < Some(*asked) => {
            out.push_str("room to send the rest");
        }
        Some(Deed::Send { .. }) => out.push_str("an answer to what it had sent"),
        Some(_) => out.push_str("more than what had come"),
        None => out.push_str("the other side's first word"),
    }
}

/// What the other side did at that time.
fn push_meanwhile(
    scene: &Scene,
    socket: &Socket,
    peer: Option<&Socket>,
    act: Option<&Act>,
    out: &mut String,
) {
    let Some(peer) = peer else {
        if socket.transport == Transport::Tcp && socket.was_open() {
            out.push_str(" The other program had not accepted the connection.");
        }
        return;
    };
    let waits = |act: &Act| act.deed.is_receive() || act.deed == Deed::Await;
    let who = scene.who_begins(peer.program);
    let told = match act {
        Some(act) if waits(act) && socket.written() == 0 => "waited too",
        Some(act) if waits(act) => {
            "had read what was sent, and waited too, for more or for the end"
        }
        Some(_) => "was still busy with the same connection",
        None if !peer.has_read_all_of(socket) => "had not read what was sent",
        None => "did something else meanwhile",
    };
    let _ = write!(out, " {who} {told}.");
}
