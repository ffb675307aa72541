//! A listen backlog that was full.

use super::scene::{Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "backlog-overflow",
    title: "The queue of connections that wait for accept was full",
    reason: "The kernel opens connections by itself and keeps them until the program accepts them, but \
        no more than listen() allows. When that many wait, Linux throws further SYNs away without a \
        word. The client's kernel sends the SYN again after a second, and then again and again, ever \
        more rarely: connecting takes long for no visible reason.",
    fix: "Accept at once, and do the work elsewhere; give listen() a backlog for the rush.",
    python: "s.listen(128)",
    c: "listen(s, SOMAXCONN);",
    shown: Shown::ByWhatWasNot,
    find,
};

/// How long a kernel waits before it sends a SYN again, at least.
const AGAIN_AFTER: i64 = 500_000_000;

fn find(scene: &Scene) -> Vec<Finding> {
    let listeners = scene.sockets_of(Transport::Tcp).filter(|socket| {
        let mut acts = socket.acts.iter();
        acts.any(|act| matches!(act.deed, Deed::Listen(_)))
    });
    listeners
        .filter_map(|listener| find_at(scene, listener))
        .collect()
}

fn find_at(scene: &Scene, listener: &Socket) -> Option<Finding> {
    let (listen, backlog) = listener.acts.iter().rev().find_map(|act| match act.deed {
        Deed::Listen(backlog) => Some((act, backlog)),
        _ => None,
    })?;
    let port = listener.local?.port();
    let callers = scene
        .sockets_of(Transport::Tcp)
        .filter(|socket| socket.remote.is_some_and(|remote| remote.port() == port));
    let mut turned_away = Vec::new();
    let mut calls = Vec::new();
    for caller in callers {
        let syns: Vec<_> = caller
            .sent
            .iter()
            .filter(|segment| segment.flags.ask_to_open() && segment.delivered)
            .collect();
        let [first, second, ..] = syns.as_slice() else {
            continue;
        };
        let waiting = scene.waiting_for_accept(listener, first.time);
        if second.time.since(first.time) > AGAIN_AFTER && waiting > backlog {
            turned_away.extend(syns.iter().map(|segment| segment.frame));
            let mut acts = caller.acts.iter();
            calls.extend(
                acts.find(|act| matches!(act.deed, Deed::Connect(_)))
                    .map(|act| act.call),
            );
        }
    }
    if turned_away.is_empty() {
        return None;
    }
    let allowed = match backlog {
        0 => "1 connection".to_owned(),
        _ => format!("{} connections", backlog + 1),
    };
    Some(
        Finding::in_program(
            listener.program,
            format!(
                "listen({backlog}) lets {allowed} wait. That many waited when {} more came; each \
                 had to ask again.",
                calls.len().max(1)
            ),
        )
        .with_calls([listen.call].into_iter().chain(calls))
        .with_frames(turned_away),
    )
}
