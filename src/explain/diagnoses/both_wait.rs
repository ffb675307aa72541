//! Two sides that both wait for the other to speak.

use super::scene::{Scene, Socket};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "both-wait",
    title: "Both sides wait for the other to speak",
    reason: "Each program waits in a receive on the same connection, and nothing is on its way: all \
        that was sent has been read. Unless another thread speaks, such as one that waits for what \
        somebody types, neither will ever return. Who speaks when, and how the other knows that it has \
        heard all, is what a protocol has to say; TCP does not.",
    fix: "Let one side speak first. Who reads until a receive returns 0 waits until the other has closed or \
        shut down its direction: say so, or mark the end of the message, by a line feed or its length.",
    python: "s.sendall(question)\ns.shutdown(socket.SHUT_WR)   # that was all\nanswer = s.recv(1024)",
    c: "send(s, question, size, 0);\nshutdown(s, SHUT_WR);   // that was all\nrecv(s, answer, sizeof answer, 0);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_cut_short();
    pairs
        .filter_map(|(one, other)| find_between(scene, one, other))
        .collect()
}

fn find_between(scene: &Scene, one: &Socket, other: &Socket) -> Option<Finding> {
    let calls = [one.waits_to_receive()?, other.waits_to_receive()?].map(|act| act.call);
    let all_is_read = one.has_read_all_of(other) && other.has_read_all_of(one);
    let nobody_ended = one.fin().is_none() && other.fin().is_none();
    let last = one
        .sent
        .iter()
        .chain(&other.sent)
        .map(|segment| segment.frame)
        .max();
    (all_is_read && nobody_ended).then(|| {
        Finding::in_program(one.program, tell(scene, one, other))
            .with_calls(calls)
            .with_frames(last)
    })
}

/// Who has spoken last, and what the other one waits for.
fn tell(scene: &Scene, one: &Socket, other: &Socket) -> String {
    let last_sent = |socket: &Socket| socket.sends().filter_map(|act| act.ended).max();
    let (one_spoke, other_spoke) = (last_sent(one), last_sent(other));
    if one_spoke.is_none() && other_spoke.is_none() {
        return "Neither side has sent anything: each waits for the other's first word.".to_owned();
    }
    let (speaker, listener) = if one_spoke > other_spoke {
        (one, other)
    } else {
        (other, one)
    };
    format!(
        "The {} has sent {} bytes and waits for an answer. The {} has read them all and waits for more, \
         or for their end.",
        scene.host_of(speaker.program),
        speaker.written(),
        scene.host_of(listener.program)
    )
}
