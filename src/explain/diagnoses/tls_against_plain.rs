//! One side that speaks TLS, and another one that does not.

use super::framing;
use super::scene::{Act, Deed, Scene, Socket};
use super::{Finding, Kind, Shown};
use crate::model::text;

/// The kind.
pub static KIND: Kind = Kind {
    name: "tls-against-plain",
    title: "One side speaks TLS, and the other one does not",
    reason: "TLS begins with a hello of the client and one of the server, each in a record with a header of \
        its own. A program that does not speak it takes that for a strange message, and what such a program says \
        is no record to TLS: it gives up, with \"wrong version number\", \"record layer failure\" or \
        the like. Both sides have to agree beforehand, mostly by the port: http on one, https on another one.",
    fix: "Speak TLS on both sides or on neither: https:// where the server wraps its sockets, http:// where it does \
        not.",
    python: "context = ssl.create_default_context()   # or on neither side\ns = context.wrap_socket(s, server_hostname=\"server\")",
    c: "SSL_set_fd(ssl, s);\nSSL_connect(ssl);   // or on neither side",
    shown: Shown::ByWhatWas,
    find,
};

/// How many bytes the header of a record has: RFC 8446 section 5.1.
const HEADER: u64 = 5;

/// How many bytes of what was said are shown.
const SHOWN: usize = 16;

/// With what a request of HTTP begins (RFC 9110 section 9.3), as far as a header of TLS is long.
const REQUESTS: [&[u8]; 5] = [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"DELET"];

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(scene, socket, peer))
        .collect()
}

/// Whether one of two ends speaks TLS and the other one does not.
pub(super) fn is_between(socket: &Socket, peer: &Socket) -> bool {
    speaks_into_the_void(socket, peer) || speaks_into_the_void(peer, socket)
}

/// Whether one end speaks TLS, and hears something else.
fn speaks_into_the_void(speaker: &Socket, other: &Socket) -> bool {
    let (said, heard) = (beginning(speaker), beginning(other));
    let is_plain = !heard.is_empty() && !framing::is_tls(&heard);
    is_plain && (framing::is_tls(&said) || said.is_empty() && expects_a_record(speaker, &heard))
}

/// Whether a program that has said nothing expected TLS: it took a header's worth of a request of HTTP, and gave up.
fn expects_a_record(socket: &Socket, heard: &[u8]) -> bool {
    let is_first = |act: &&Act| act.deed.is_receive() && act.count().is_some();
    let mut receives = socket.acts.iter().filter(is_first);
    let takes_header = receives
        .next()
        .is_some_and(|act| act.deed == Deed::Receive { asked: HEADER } && act.is_full());
    let is_request = REQUESTS.iter().any(|request| heard.starts_with(request));
    takes_header && receives.next().is_none() && is_request && socket.has_ended_its_side()
}

fn find_in(scene: &Scene, speaker: &Socket, other: &Socket) -> Option<Finding> {
    if !speaks_into_the_void(speaker, other) {
        return None;
    }
    let (said, heard) = (beginning(speaker), beginning(other));
    let mut told = scene.who_begins(speaker.program);
    told.push_str(match said.first() {
        Some(_) => " speaks TLS",
        None => " waits for the header of a record of TLS, of 5 bytes",
    });
    told.push_str(", and ");
    told.push_str(&scene.who(other.program));
    told.push_str(" does not: its first bytes are \"");
    text::push_escaped(&mut told, heard.get(..SHOWN).unwrap_or(&heard));
    told.push_str("\".");
    let first = |socket: &Socket| {
        let carried = socket.carried().next();
        carried.map(|segment| segment.frame)
    };
    let calls = [speaker.sends().next(), other.sends().next()];
    let calls = calls.into_iter().flatten();
    Some(
        Finding::in_program(speaker.program, told)
            .with_calls(calls.map(|act| act.call))
            .with_frames([first(speaker), first(other)].into_iter().flatten()),
    )
}

/// The first bytes that a program sent.
fn beginning(socket: &Socket) -> Vec<u8> {
    let first = socket.sends().next();
    first.map_or_else(Vec::new, |send| send.content.clone())
}
