//! A receive that read a part of what was sent, and was taken for the whole.

use super::framing;
use super::scene::{Act, Deed, Scene, Socket};
use super::tls_against_plain;
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
    // TLS reads its records one after the other, header and content, whatever the program asks for.
    if framing::is_tls(&stream) || tls_against_plain::is_between(reader, writer) {
        return None;
    }
    let read_all = reader.has_read_all_of(writer);
    let (receive, send) = reader
        .acts
        .iter()
        .enumerate()
        .find_map(|(index, receive)| {
            let end = receive.bytes.end;
            let send = sends.with(end).find(|send| send.is_cut_by(receive))?;
            // Who fills a buffer again and again takes the stream in pieces of its own.
            let deliberate = receive.is_full() && (read_all || receive.length() < DELIBERATE);
            let taken_for_whole = !deliberate
                && !goes_on_reading(scene, reader, index, send)
                && !framing::ends_at_a_border(&stream, end);
            taken_for_whole.then_some((receive, send))
        })?;
    let got = if receive.bytes.start > send.bytes.start {
        "Receives"
    } else {
        "A receive"
    };
    Some(
        Finding::in_program(
            reader.program,
            format!(
                "A send wrote {} bytes. {got} returned the first {} of them, and the program went \
                 on to something else.",
                send.length(),
                receive.bytes.end - send.bytes.start
            ),
        )
        .with_calls([send.call, receive.call])
        .with_frames(writer.frames_of(&send.bytes)),
    )
}

/// Whether the program reads on, or takes the send in pieces, each of which it answers.
fn goes_on_reading(scene: &Scene, reader: &Socket, index: usize, send: &Act) -> bool {
    let mut acts = reader
        .acts
        .get(index..)
        .unwrap_or(&[])
        .iter()
        .filter(|act| {
            matches!(
                act.deed,
                Deed::Receive { .. } | Deed::Send { .. } | Deed::Close | Deed::Shutdown
            )
        });
    let receive = acts.next();
    let Some(next) = acts.clone().next() else {
        return !scene.has_ended(reader.program);
    };
    match next.deed {
        Deed::Receive { .. } => true,
        Deed::Send { .. } => {
            let pieces = acts.clone().zip(acts.skip(1));
            receive.is_some_and(|receive| is_echo(receive, next))
                || pieces
                    .filter(|(one, _)| one.length() > 0 && one.bytes.end <= send.bytes.end)
                    .any(|(one, next)| one.deed.is_receive() && next.deed.is_send())
        }
        _ => false,
    }
}

/// Whether what was received goes back, in whatever pieces.
fn is_echo(receive: &Act, send: &Act) -> bool {
    let common = send.content.len().min(receive.content.len());
    common > 0 && send.content.get(..common) == receive.content.get(..common)
}
