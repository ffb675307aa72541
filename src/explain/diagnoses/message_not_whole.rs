//! A connection that its program ended inside a message.

use super::scene::{Deed, Scene, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "message-not-whole",
    title: "A connection was closed before its message was whole",
    reason: "A message says where it ends: by a length, as HTTP's Content-Length, or by a mark, as the empty \
        line behind a header. Its receiver waits for all of that. The end of the connection says only that \
        nothing more comes, so what came before is a broken message to it.",
    fix: "Announce what is sent: count its bytes, not its characters, once it is what will be sent. End a header \
        with an empty line.",
    python: "body = text.encode()\nhead = f\"HTTP/1.1 200 OK\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n\"\nconn.sendall(head.encode() + body)",
    c: "dprintf(conn, \"HTTP/1.1 200 OK\\r\\n\");\ndprintf(conn, \"Content-Length: %zu\\r\\n\\r\\n\", size);\nwrite(conn, body, size);",
    shown: Shown::ByWhatWas,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let unfinished = scene.unfinished.iter();
    unfinished
        .filter_map(|message| {
            let mut senders = scene.sockets_of(Transport::Tcp);
            let sender = senders.find(|socket| {
                socket
                    .sent
                    .iter()
                    .any(|segment| segment.frame == message.end)
            })?;
            let sends = sender.sends().filter(|send| {
                let frames = sender.frames_of(&send.bytes);
                frames.iter().any(|frame| message.frames.contains(frame))
            });
            let end = sender
                .acts
                .iter()
                .rfind(|act| matches!(act.deed, Deed::Shutdown | Deed::Close));
            Some(
                Finding::in_program(
                    sender.program,
                    format!(
                        "Frame {} ends the connection, but not the message of {}: {} bytes of it were sent, and it says that there are more.",
                        message.end, message.protocol, message.length
                    ),
                )
                .with_calls(sends.chain(end).map(|act| act.call))
                .with_frames(message.frames.iter().copied().chain([message.end])),
            )
        })
        .collect()
}
