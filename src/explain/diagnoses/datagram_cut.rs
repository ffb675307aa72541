//! A datagram that a small buffer cut.

use super::scene::{Scene, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "datagram-cut",
    title: "A datagram was cut, since the buffer was too small",
    reason: "A receive on a UDP socket takes exactly one datagram. What does not fit into the buffer is \
        thrown away, without an error; the next receive takes the next datagram, not the rest.",
    fix: "Give the receive room for the longest datagram that can come: 65535 bytes are always enough.",
    python: "data, address = s.recvfrom(65535)",
    c: "char data[65535];\nrecvfrom(s, data, sizeof data, 0, NULL, NULL);",
    shown: Shown::ByWhatWas,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let datagrams = scene.sockets_of(Transport::Udp);
    datagrams
        .filter_map(|socket| {
            let (act, datagram) = socket.acts.iter().find_map(|act| {
                let datagram = act.datagram.as_ref()?;
                (datagram.length > act.count()?).then_some((act, datagram))
            })?;
            Some(
                Finding::in_program(
                    socket.program,
                    format!(
                        "A datagram of {} bytes came, the buffer had room for {}: {} bytes are gone.",
                        datagram.length,
                        act.length(),
                        datagram.length - act.length()
                    ),
                )
                .with_calls([act.call])
                .with_frames([datagram.frame]),
            )
        })
        .collect()
}
