//! A receive that read a part of what was sent, and was taken for the whole.

use super::framing;
use super::scene::{Act, Deed, Scene, Socket};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "part-taken-for-whole",
    title: "A receive read a part, which was taken for the whole",
    reason: "TCP carries a stream of bytes, in segments that arrive one after the other. A receive \
        returns what has arrived by then, up to the size of its buffer: often less than one send wrote. \
        The program went on as if that were all.",
    fix: "Receive again until the message is whole: up to the mark that ends it, to the length that was \
        sent before it, or to the end of the stream.",
    python: "while part := conn.recv(65536):\n    letter += part",
    c: "while ((n = recv(s, data + size, sizeof data - size, 0)) > 0)\n    size += n;",
    shown: Shown::ByWhatWasNot,
    find,
};

/// Who asks for fewer bytes than this knows how many it wants.
const DELIBERATE: u64 = 64;

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(scene, socket, peer))
        .collect()
}

fn find_in(scene: &Scene, reader: &Socket, writer: &Socket) -> Option<Finding> {
    let sends = writer.sends_by_bytes();
    let stream = framing::content(writer.sends());
    let cut = reader.acts.iter().enumerate().find_map(|(index, receive)| {
        let end = receive.bytes.end;
        let send = sends.with(end).find(|send| send.is_cut_by(receive))?;
        let deliberate = receive.is_full() && receive.length() < DELIBERATE;
        let taken_for_whole = !deliberate
            && !goes_on_reading(scene, reader, index, receive)
            && !framing::ends_at_a_border(&stream, end);
        taken_for_whole.then_some((receive, send))
    });
    let (receive, send) = cut?;
    Some(
        Finding::in_program(
            reader.program,
            format!(
                "A send wrote {} bytes. A receive returned the first {} of them, and the program did \
                 not read on.",
                send.length(),
                receive.bytes.end - send.bytes.start
            ),
        )
        .with_calls([send.call, receive.call])
        .with_frames(writer.frames_of(&send.bytes).into_iter().take(8)),
    )
}

/// Whether what the program does next with the socket is to receive, or it hands on what it got.
fn goes_on_reading(scene: &Scene, reader: &Socket, index: usize, receive: &Act) -> bool {
    let after = reader.acts.get(index + 1..).unwrap_or(&[]);
    let next = after.iter().find(|act| {
        matches!(
            act.deed,
            Deed::Receive { .. } | Deed::Send { .. } | Deed::Close | Deed::Shutdown
        )
    });
    match next.map(|act| (&act.deed, act)) {
        Some((Deed::Receive { .. }, _)) => true,
        // An echo: every byte goes back, in whatever pieces.
        Some((Deed::Send { .. }, send)) => {
            let common = send.content.len().min(receive.content.len());
            common > 0 && send.content.get(..common) == receive.content.get(..common)
        }
        Some(_) => false,
        None => !scene.has_ended(reader.program),
    }
}
