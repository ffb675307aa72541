//! A socket that was closed before all was read.

use super::scene::{Deed, Scene, Socket};
use super::{Finding, Kind, Shown, bytes};
use super::{framing, tls_against_plain};

/// The kind.
pub static KIND: Kind = Kind {
    name: "closed-unread",
    title: "A socket was closed before everything was read, so the connection was reset",
    reason: "When a program closes a socket and bytes wait in it that nobody has read, the kernel sends \
        RST instead of FIN, to say that data was lost (RFC 9293 section 3.6.1, RFC 2525 section 2.17). \
        At the other side, even an answer that has arrived can be thrown away: its next receive fails \
        with \"connection reset by peer\".",
    fix: "Say first that no more will be sent, then read until a receive returns 0, and only then close.",
    python: "conn.shutdown(socket.SHUT_WR)\nwhile conn.recv(4096): pass\nconn.close()",
    c: "shutdown(s, SHUT_WR);\nwhile (recv(s, data, sizeof data, 0) > 0);\nclose(s);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(scene, socket, peer))
        .collect()
}

fn find_in(scene: &Scene, socket: &Socket, peer: &Socket) -> Option<Finding> {
    if gives_tls_up(scene, socket, peer) {
        return None;
    }
    let reset = socket.sent.iter().find(|segment| segment.flags.rst())?;
    let close = socket.acts.iter().rev().find(|act| act.deed == Deed::Close);
    let arrived = peer
        .sent
        .iter()
        .filter(|segment| segment.delivered && !segment.bytes.is_empty())
        .filter(|segment| segment.time <= reset.time)
        .filter(|segment| close.is_none_or(|close| segment.time <= close.began))
        .map(|segment| segment.bytes.end)
        .max()?;
    let read = socket
        .receives()
        .map(|act| act.bytes.end)
        .max()
        .unwrap_or(0);
    if arrived <= read || is_farewell_of_tls(peer, read) {
        return None;
    }
    let unread = peer.frames_of(&(read..arrived));
    Some(
        Finding::in_program(
            socket.program,
            format!(
                "{} had arrived and {} not read when {}: frame {} is a reset.",
                bytes(arrived - read),
                if arrived - read == 1 { "was" } else { "were" },
                if scene.has_failed(socket.program) {
                    "the program broke down and its socket was closed"
                } else {
                    "the socket was closed"
                },
                reset.frame
            ),
        )
        .with_calls(close.map(|act| act.call))
        .with_frames(unread.into_iter().chain([reset.frame])),
    )
}

/// Whether it was closed since TLS did not come about: what then waits in it, nobody wanted.
fn gives_tls_up(scene: &Scene, socket: &Socket, peer: &Socket) -> bool {
    let speaks_tls = || framing::is_tls(&framing::content(socket.sends().take(1)));
    let has_given_up = || !socket.alerts.is_empty() || scene.has_failed(socket.program);
    tls_against_plain::is_between(socket, peer) || speaks_tls() && has_given_up()
}

/// Whether nothing is left but the alert with which TLS says that no more comes, which many do not wait for: a record of
/// that type, or one of TLS 1.3 that is encrypted and as long (RFC 8446 sections 5.2 and 6.1).
fn is_farewell_of_tls(peer: &Socket, read: u64) -> bool {
    let stream = framing::content(peer.sends());
    let left = usize::try_from(read)
        .ok()
        .and_then(|read| stream.get(read..));
    framing::is_tls(&stream)
        && match left {
            Some([0x15, ..]) => true,
            Some([0x17, 3, 3, 0, 19, rest @ ..]) => rest.len() == 19,
            _ => false,
        }
}
