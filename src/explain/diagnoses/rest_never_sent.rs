//! A send that wrote less than it was asked to, and whose rest nobody sent.

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "rest-never-sent",
    title: "A send wrote less than it was asked to, and the rest was never sent",
    reason: "A send hands bytes to the kernel, as many as its buffer has room for, and returns how many \
        that were. Where the program does not wait for room, as on a socket with a timeout or without \
        blocking, they can be fewer than it wanted. The rest is its own to send again.",
    fix: "Send the rest until nothing is left.",
    python: "s.sendall(data)",
    c: "while (size > 0 && (n = send(s, data, size, 0)) > 0) {\n    data += n;\n    size -= n;\n}",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let streams = scene.sockets_of(Transport::Tcp);
    streams.filter_map(find_in).collect()
}

fn find_in(socket: &Socket) -> Option<Finding> {
    let (send, asked) = socket.acts.iter().enumerate().find_map(|(index, act)| {
        let Deed::Send { asked } = act.deed else {
            return None;
        };
        let after = socket.acts.get(index + 1..).unwrap_or(&[]);
        let is_short = act.count().is_some_and(|sent| sent < asked);
        (is_short && !is_continued(act, asked, after)).then_some((act, asked))
    })?;
    Some(
        Finding::in_program(
            socket.program,
            format!(
                "A send was given {asked} bytes and took {}. The other {} never went out.",
                send.length(),
                asked - send.length()
            ),
        )
        .with_calls([send.call])
        .with_frames(socket.frames_of(&send.bytes).into_iter().rev().take(1)),
    )
}

/// Whether a later send is about the rest.
fn is_continued(short: &Act, asked: u64, after: &[Act]) -> bool {
    let rest = asked - short.length();
    after.iter().any(|act| match act.deed {
        // What a call was given beyond what it wrote is not known; its length is.
        Deed::Send { asked } => asked == rest || (asked < rest && act.count() != Some(0)),
        _ => false,
    })
}
