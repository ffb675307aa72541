//! A call that waits for somebody who is no longer there.

use super::scene::{Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

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
    if !scene.was_cut_short {
        return Vec::new();
    }
    let sockets = scene.sockets.iter();
    sockets.filter_map(find_in).collect()
}

fn find_in(socket: &Socket) -> Option<Finding> {
    let call = socket.blocked_in()?;
    let (told, frames) = match socket.transport {
        Transport::Udp => (
            "The other host says that nobody is at that port, but the program is not told: it waits \
             for an answer that cannot come.",
            socket.refusals.clone(),
        ),
        Transport::Tcp => (
            "The same bytes were sent again and again and nobody acknowledged them: the other side \
             cannot be reached.",
            unheard(socket),
        ),
    };
    let is_gone = !frames.is_empty();
    is_gone.then(|| {
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
