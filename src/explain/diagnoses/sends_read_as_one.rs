//! Several sends that one receive read.

use super::framing;
use super::scene::{Act, Scene, Socket};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "sends-read-as-one",
    title: "One receive read what several sends wrote",
    reason: "TCP carries a stream of bytes. Where one send ended and the next began is not in it, so a \
        receive returns whatever has arrived by then. If each send was a message, nothing in these \
        bytes says where one ends.",
    fix: "Unless all messages are equally long, mark the end of every message, such as by a line feed, or send its length before it; and read \
        up to there.",
    python: "s.sendall(message + b\"\\n\")\nfor line in conn.makefile(\"rb\"):",
    c: "uint32_t size = htonl(length);\nsend(s, &size, 4, 0);\nsend(s, message, length, 0);",
    shown: Shown::ByWhatWas,
    find,
};

/// Sends of at least so many bytes on average are a file in pieces rather than messages.
const BULK: u64 = 512;

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(socket, peer))
        .collect()
}

fn find_in(reader: &Socket, writer: &Socket) -> Option<Finding> {
    let all: u64 = writer.sends().map(Act::length).sum();
    let is_bulk = all >= BULK * writer.sends().count() as u64;
    if is_bulk || framing::shows_borders(&framing::content(writer.sends())) {
        return None;
    }
    let sends = writer.sends_by_bytes();
    let read = |receive: &Act| -> Vec<u64> {
        let touched = sends.touching(receive.bytes.clone());
        touched.map(|send| send.call).collect()
    };
    // A receive that filled its buffer knew what it wanted.
    let merged: Vec<(&Act, Vec<u64>)> = reader
        .receives()
        .filter(|receive| !receive.is_full())
        .map(|receive| (receive, read(receive)))
        .filter(|(_, sends)| sends.len() > 1)
        .collect();
    let (first, read) = merged.first()?;
    let frames = writer.frames_of(&first.bytes);
    Some(
        Finding::in_program(
            reader.program,
            format!(
                "One receive returned {} bytes: those of {} sends together.",
                first.length(),
                read.len()
            ),
        )
        .with_calls(read.iter().copied().chain([first.call]))
        .with_frames(frames),
    )
}
