//! A host that nobody has found.

use std::net::IpAddr;

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket};
use super::{Finding, Kind, Shown};
use crate::model::duration;

/// The kind.
pub static KIND: Kind = Kind {
    name: "host-unreachable",
    title: "No host answers for that address",
    reason: "Before a packet can go to a neighbour, the kernel asks everybody on the link which network \
        card has the address (ARP, in IPv6 neighbour discovery). Nobody answers: no host has this \
        address, or it is switched off, or the cable is cut. After about three seconds the kernel \
        gives up. \"No route to host\" is its word for that, though there is a route.",
    fix: "Look whether the address is right and the host is there.",
    python: "s.connect((\"192.168.1.6\", port))   # the right one?",
    c: "inet_pton(AF_INET, \"192.168.1.6\", &address.sin_addr);   // right?",
    shown: Shown::ByWhatWas,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let mut told: Vec<(usize, IpAddr)> = Vec::new();
    let mut found = Vec::new();
    for socket in &scene.sockets {
        let Some((act, host)) = in_vain(socket).or_else(|| nobody_answers(scene, socket)) else {
            continue;
        };
        if told.contains(&(socket.program, host)) {
            continue;
        }
        told.push((socket.program, host));
        let questions = scene
            .asked
            .iter()
            .filter(|asked| IpAddr::V4(asked.address) == host)
            .filter(|asked| !act.failed_with(Errno::EHOSTUNREACH) || Some(asked.time) <= act.ended);
        let questions: Vec<u64> = questions.map(|asked| asked.frame).collect();
        found.push(
            Finding::in_program(socket.program, tell(act, host, questions.len()))
                .with_calls([act.call])
                .with_frames(questions),
        );
    }
    found
}

/// The call that failed since a host was not found, and that host.
fn in_vain(socket: &Socket) -> Option<(&Act, IpAddr)> {
    let mut acts = socket.acts.iter();
    let act = acts.find(|act| act.failed_with(Errno::EHOSTUNREACH))?;
    match act.deed {
        Deed::Connect(address) => Some((act, address.ip())),
        _ => Some((act, socket.remote?.ip())),
    }
}

/// The same of one that did not fail by then, or by the program's own timer: to a host that was asked for, and that
/// nothing was sent to after that.
pub(super) fn nobody_answers<'s>(scene: &Scene, socket: &'s Socket) -> Option<(&'s Act, IpAddr)> {
    let mut acts = socket.acts.iter();
    let (act, host) = acts.find_map(|act| match act.deed {
        Deed::Connect(address) if act.count().is_none() => Some((act, address.ip())),
        _ => None,
    })?;
    let is_asked_for = || {
        let mut asked = scene.asked.iter();
        asked.any(|asked| IpAddr::V4(asked.address) == host && asked.time >= act.began)
    };
    let failed = socket.refusals.is_empty() && socket.sent.is_empty() && is_asked_for();
    let gave_up = scene.has_failed(socket.program) || act.ended.is_none() && scene.was_cut_short;
    (failed && gave_up && scene.host_with(host).is_none()).then_some((act, host))
}

fn tell(act: &Act, host: IpAddr, questions: usize) -> String {
    let mut told = match questions {
        0 => format!("Nothing reached {host}"),
        1 => format!("\"Who has {host}?\" was asked once, and nobody answered"),
        times => format!("\"Who has {host}?\" was asked {times} times, and nobody answered"),
    };
    let ended = act.ended.filter(|_| act.failed_with(Errno::EHOSTUNREACH));
    if let Some(ended) = ended {
        told.push_str(": the call failed after ");
        duration::push(ended.since(act.began), &mut told);
    }
    told.push('.');
    told
}
