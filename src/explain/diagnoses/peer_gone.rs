//! A call that waits for somebody who is no longer there.

use super::nobody_there::Refusal;
use super::scene::{Scene, Socket, Transport};
use super::{Finding, Kind, Shown, own_timeout};

/// The kind.
pub static KIND: Kind = Kind {
    name: "peer-gone",
    title: "A call waits for a peer that is gone",
    reason: "A blocking call waits until something happens on its socket. After a cut cable nothing ever \
        does: TCP gives up only after many minutes, and only if it has something to send. Of a datagram \
        that nobody took the kernel is told, by ICMP; but it tells the program only on a UDP socket \
        that is connected.",
    fix: "Wait no longer than makes sense, and treat silence as an answer. Connect a UDP socket that speaks \
        to one other only: then its receive fails with \"connection refused\".",
    python: "s.settimeout(5)   # in front of: except TimeoutError:\ns.connect(server)   # UDP too",
    c: "struct timeval t = {5, 0};\nsetsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);\nconnect(s, server, size);   // UDP too",
    shown: Shown::ByWhatWas,
    find,
};

/// A segment that has been sent so often without an ACK has nobody to hear it.
const UNHEARD: usize = 3;

fn find(scene: &Scene) -> Vec<Finding> {
    let sockets = scene.sockets.iter();
    sockets
        .filter_map(|socket| match socket.transport {
            Transport::Udp => find_unheard(scene, socket),
            Transport::Tcp => find_cut_off(scene, socket),
        })
        .collect()
}

/// A UDP socket that is not told that nobody is there.
fn find_unheard(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let blocked = socket.blocked_in().filter(|_| scene.was_cut_short);
    let given_up = || own_timeout::last_wait(socket).filter(|_| scene.has_failed(socket.program));
    let call = blocked.or_else(given_up)?;
    // Who answers does not wait for the one that it answered last.
    let mut moved = socket.acts.iter().filter(|act| act.length() > 0);
    if moved.next().is_some_and(|act| act.deed.is_receive()) {
        return None;
    }
    let refusal = Refusal {
        scene,
        socket,
        address: socket.remote?,
        time: Some(call.began),
    };
    let is_refused = !socket.refusals.is_empty();
    let is_alone = is_refused || refusal.is_own_host() && refusal.nobody_serves();
    if !is_alone {
        return None;
    }
    let why = refusal.why();
    let waits = match blocked {
        Some(_) => "it waits for an answer that cannot come.",
        None => "it waited until its own timer ended that.",
    };
    let told = format!(
        "The host of that address says that nobody is there, but the program is not told: {waits} {}",
        why.told
    );
    Some(
        Finding::in_program(socket.program, told)
            .advising(why.advice)
            .with_calls([call.call].into_iter().chain(why.call))
            .with_frames(socket.refusals.iter().copied()),
    )
}

fn find_cut_off(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let call = socket.blocked_in().filter(|_| scene.was_cut_short)?;
    let frames = unheard(socket);
    let told = "The same bytes were sent again and again and nobody acknowledged them: the other side cannot be reached.";
    (!frames.is_empty()).then(|| {
        Finding::in_program(socket.program, told.to_owned())
            .with_calls([call.call])
            .with_frames(frames)
    })
}

/// The frames that carried the last bytes, where they were carried often and in vain.
fn unheard(socket: &Socket) -> Vec<u64> {
    let Some(last) = socket.sent.last() else {
        return Vec::new();
    };
    let takes_numbers = !last.bytes.is_empty() || last.flags.syn();
    let tries: Vec<u64> = socket
        .sent
        .iter()
        .filter(|segment| segment.bytes.start == last.bytes.start)
        .filter(|segment| segment.bytes.is_empty() == last.bytes.is_empty())
        .map(|segment| segment.frame)
        .collect();
    if takes_numbers && tries.len() >= UNHEARD {
        tries
    } else {
        Vec::new()
    }
}
