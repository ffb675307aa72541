//! A send that waits for room, since the other side does not read.

use super::scene::{Outcome, Scene, Socket};
use super::{Finding, Kind, Shown, bytes};

/// The kind.
pub static KIND: Kind = Kind {
    name: "nobody-reads",
    title: "A send waits, since the other side does not read",
    reason: "What was sent waits at the other side's kernel until its program reads it. When the room there is used up, \
        it says so with a window of 0 (RFC 9293 section 3.8.6), and the sender's kernel keeps the rest. When that \
        is full too, send waits until the other program reads, however long that takes.",
    fix: "Read on the other side. Where it may take long, wait for room by poll or select and do something else \
        meanwhile, or give the socket a timeout.",
    python: "# on the other side:\nwhile part := conn.recv(65536): use(part)",
    c: "// on the other side:\nwhile ((n = recv(s, data, sizeof data, 0)) > 0) use(data, n);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(writer, reader)| find_in(scene, writer, reader))
        .collect()
}

fn find_in(scene: &Scene, writer: &Socket, reader: &Socket) -> Option<Finding> {
    let send = writer
        .blocked_in()
        .filter(|act| scene.was_cut_short && act.deed.is_send())?;
    let mut acts = reader.acts.iter();
    let is_busy_with_it = acts.any(|act| act.outcome == Outcome::Unfinished);
    if is_busy_with_it || reader.has_ended_its_side() {
        return None;
    }
    let taken = reader
        .receives()
        .map(|act| act.bytes.end)
        .max()
        .unwrap_or(0);
    let arrived = writer.carried().filter(|segment| segment.delivered);
    let arrived = arrived.map(|segment| segment.bytes.end).max().unwrap_or(0);
    if arrived <= taken {
        return None;
    }
    let told = format!(
        "{} has taken {} of the {} that have arrived, and does something else. The send waits for room.",
        scene.who_begins(reader.program),
        if taken == 0 {
            "none".to_owned()
        } else {
            taken.to_string()
        },
        bytes(arrived),
    );
    let last = |socket: &Socket| socket.sent.last().map(|segment| segment.frame);
    Some(
        Finding::in_program(reader.program, told)
            .with_calls([send.call])
            .with_frames([last(writer), last(reader)].into_iter().flatten()),
    )
}
