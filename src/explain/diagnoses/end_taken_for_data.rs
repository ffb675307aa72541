//! A receive of 0 taken for data.

use super::scene::{Deed, Scene, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "end-taken-for-data",
    title: "A receive of 0 is taken for data",
    reason: "A receive that returns 0 bytes is no message. It says that the other side has closed and \
        that nothing will ever come again. A loop that does not look for it never ends: each receive \
        returns 0 at once.",
    fix: "Leave the loop when a receive returns nothing.",
    python: "if not data: break",
    c: "if (size == 0) break;",
    shown: Shown::ByWhatWas,
    find,
};

/// So many receives of 0 in a row are a loop: one tells of the end, and careful readers ask twice.
const IN_A_ROW: usize = 4;

fn find(scene: &Scene) -> Vec<Finding> {
    let streams = scene.sockets_of(Transport::Tcp);
    streams
        .filter_map(|socket| {
            let zeros: Vec<_> = socket
                .acts
                .iter()
                .filter(|act| act.returned_end())
                .collect();
            let received_on = socket.acts.iter().rev().find(|act| {
                matches!(act.deed, Deed::Receive { .. }) && act.count().is_some()
            })?;
            if zeros.len() < IN_A_ROW || !received_on.returned_end() {
                return None;
            }
            let end = socket.peer_of(scene).and_then(|peer| peer.fin());
            Some(
                Finding::in_program(
                    socket.program,
                    format!(
                        "{} receives in a row returned 0 on the same connection: after the first, there was nothing to wait for.",
                        zeros.len()
                    ),
                )
                .with_calls(zeros.iter().take(IN_A_ROW).map(|act| act.call))
                .with_frames(end.map(|end| end.frame)),
            )
        })
        .collect()
}
