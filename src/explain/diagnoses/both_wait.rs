//! Two sides that both wait for the other to speak.

use super::scene::{Deed, Scene, Socket, Transport};
use super::{Advice, Finding, Kind, Shown, byte_order, bytes, framing, tls_against_plain};

/// The kind.
pub static KIND: Kind = Kind {
    name: "both-wait",
    title: "Both sides wait for the other to speak",
    reason: "Each program waits in a receive on the same connection, and nothing is on its way: all \
        that was sent has been read. Unless another thread speaks, such as one that waits for what \
        somebody types, neither will ever return. Who speaks when, and how the other knows that it has \
        heard all, is what a protocol has to say; TCP does not.",
    fix: "Let one side speak first, and say where a message ends: by a line feed, by its length in front, or by shutting \
        down one's direction. Who reads until a receive returns 0 waits until the other has closed or done that.",
    python: "s.sendall(question)\ns.shutdown(socket.SHUT_WR)   # that was all\nanswer = s.recv(1024)",
    c: "send(s, question, size, 0);\nshutdown(s, SHUT_WR);   // that was all\nrecv(s, answer, sizeof answer, 0);",
    shown: Shown::ByWhatWasNot,
    find,
};

static HALFWAY: Advice = Advice {
    title: "Both sides wait for the other to speak",
    reason: "Each program waits in a receive on the same connection, and nothing is on its way: all that was sent has \
        been read. Who has read it waits for more, or for the end: it does not know that the message is whole. \
        TCP carries bytes and does not say where a message ends; that is what a protocol is for.",
    fix: "Say where the message ends: by a line feed, by its length in front, or by shutting down one's direction. Who \
        reads until a receive returns 0 waits until the other has closed or done that.",
    python: "s.sendall(question)\ns.shutdown(socket.SHUT_WR)   # that was all\nanswer = s.recv(1024)",
    c: "send(s, question, size, 0);\nshutdown(s, SHUT_WR);   // that was all\nrecv(s, answer, sizeof answer, 0);",
};

static KEPT_ALIVE: Advice = Advice {
    title: "The answer is whole, and the client waits for an end that does not come",
    reason: "In HTTP/1.1 a connection stays open for the next request, unless one side says otherwise (RFC 9112 section \
        9.3). Where the answer ends, its header tells: Content-Length, or the last chunk. Who reads until a receive \
        returns 0 waits until the server gets tired of it.",
    fix: "Read as many bytes as Content-Length says, or ask the server to close after its answer.",
    python: "s.sendall(b\"GET / HTTP/1.1\\r\\nHost: server\\r\\n\"\n          b\"Connection: close\\r\\n\\r\\n\")",
    c: "char question[] = \"GET / HTTP/1.1\\r\\nHost: server\\r\\n\"\n                  \"Connection: close\\r\\n\\r\\n\";",
};

static BY_DATAGRAMS: Advice = Advice {
    title: "Both sides wait for the other's datagram",
    reason: "Each program waits in a receive, and nothing is on its way: every datagram that was sent has been taken. \
        A receive takes one whole datagram, however short, and never a part of it together with the next one. \
        Unless another thread speaks, neither will ever return.",
    fix: "Answer every datagram that asks something, and count datagrams, not their bytes. As any of them may get lost, \
        wait no longer than makes sense, and ask again.",
    python: "data, address = s.recvfrom(65535)\ns.sendto(answer, address)   # to each",
    c: "n = recvfrom(s, data, sizeof data, 0, from, &size);\nsendto(s, answer, length, 0, from, size);   // to each",
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_cut_short();
    let by_stream = pairs.filter_map(|(one, other)| find_between(scene, one, other));
    let asking = scene.sockets_of(Transport::Udp);
    let by_datagrams = asking.filter_map(|socket| find_asking(scene, socket));
    by_stream.chain(by_datagrams).collect()
}

/// The receive that a socket's program waits in, where none of the threads that use sockets can speak.
fn waits(scene: &Scene, socket: &Socket) -> Option<u64> {
    let act = socket.waits_to_receive()?;
    scene.is_at_rest(act.process).then_some(act.call)
}

fn find_between(scene: &Scene, one: &Socket, other: &Socket) -> Option<Finding> {
    let calls = [waits(scene, one)?, waits(scene, other)?];
    let all_is_read = one.has_read_all_of(other) && other.has_read_all_of(one);
    let nobody_ended = one.fin().is_none() && other.fin().is_none();
    let is_told_otherwise =
        byte_order::is_between(one, other) || tls_against_plain::is_between(one, other);
    let last = one
        .sent
        .iter()
        .chain(&other.sent)
        .map(|segment| segment.frame)
        .max();
    (all_is_read && nobody_ended && !is_told_otherwise)
        .then(|| tell(scene, one, other).with_calls(calls).with_frames(last))
}

/// Who has spoken last, and what the other one waits for.
fn tell(scene: &Scene, one: &Socket, other: &Socket) -> Finding {
    let last_sent = |socket: &Socket| socket.sends().filter_map(|act| act.ended).max();
    let (one_spoke, other_spoke) = (last_sent(one), last_sent(other));
    if one_spoke.is_none() && other_spoke.is_none() {
        let told = "Neither side has sent anything: each waits for the other's first word.";
        return Finding::in_program(one.program, told.to_owned());
    }
    let (speaker, listener) = if one_spoke > other_spoke {
        (one, other)
    } else {
        (other, one)
    };
    let [speaks, hears] = [speaker, listener].map(|socket| scene.who_begins(socket.program));
    let bytes = bytes(speaker.written());
    if framing::is_whole_answer(speaker) {
        let told = format!(
            "{speaks} has sent a whole answer of HTTP, {bytes} with its header, and keeps the connection open for the \
             next request. {hears} has read it all, and reads on."
        );
        return Finding::in_program(listener.program, told).advising(&KEPT_ALIVE);
    }
    let told = format!(
        "{speaks} has sent {bytes}, and now waits to receive. {hears} has read them all, and waits for more, or for \
         their end."
    );
    Finding::in_program(one.program, told).advising(&HALFWAY)
}

/// Somebody who has sent datagrams to another one and waits for an answer, while that one waits for more.
fn find_asking(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let remote = socket.remote.filter(|_| scene.was_cut_short)?;
    let other = scene.sockets_of(Transport::Udp).find(|other| {
        let is_bound = other
            .acts
            .iter()
            .any(|act| matches!(act.deed, Deed::Bind(_)));
        let is_there = other
            .local
            .is_some_and(|local| local.port() == remote.port());
        is_bound && is_there && scene.host_with(remote.ip()) == Some(scene.host_of(other.program))
    })?;
    let calls = [waits(scene, socket)?, waits(scene, other)?];
    let sent = socket.sends().count();
    let taken = other.receives().count();
    let is_told_otherwise =
        !scene.lost.is_empty() || !socket.refusals.is_empty() || !other.refusals.is_empty();
    if sent == 0 || taken < sent || is_told_otherwise {
        return None;
    }
    let [asks, hears] = [socket, other].map(|socket| scene.who_begins(socket.program));
    let datagrams = match sent {
        1 => "a datagram, and waits for an answer".to_owned(),
        _ => format!("{sent} datagrams, and waits for an answer"),
    };
    let told = format!(
        "{asks} has sent {datagrams}. {hears} has taken what was sent, and waits for more."
    );
    let frames = other
        .receives()
        .filter_map(|act| Some(act.datagram.as_ref()?.frame));
    Some(
        Finding::in_program(other.program, told)
            .advising(&BY_DATAGRAMS)
            .with_calls(calls)
            .with_frames(frames),
    )
}
