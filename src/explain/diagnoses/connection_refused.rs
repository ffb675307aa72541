//! A connection that was refused.

use std::net::SocketAddr;

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};
use crate::model::frame::Timestamp;

/// The kind.
pub static KIND: Kind = Kind {
    name: "connection-refused",
    title: "Nobody listens at that address",
    reason: "The host is there and has answered, but no program on it listens at this address and port. \
        A server that is bound to 127.0.0.1 hears only programs on its own host; a listener hears \
        nothing before listen() has returned, and after its socket is closed. A TCP connection is \
        refused by RST, a datagram by an ICMP error.",
    fix: "Connect to the port that the server listens on, start the server first, and bind it to every \
        address of its host.",
    python: "s.bind((\"\", port))",
    c: "address.sin_port = htons(port);\naddress.sin_addr.s_addr = htonl(INADDR_ANY);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let mut told: Vec<SocketAddr> = Vec::new();
    let mut found = Vec::new();
    for socket in &scene.sockets {
        let Some((act, address)) = refused(socket) else {
            continue;
        };
        if works_in_the_end(scene, socket, address) || told.contains(&address) {
            continue;
        }
        told.push(address);
        let listeners = listeners(scene, socket, act.ended);
        found.push(
            Finding::in_program(socket.program, explain(&listeners, address))
                .with_calls(
                    [act.call]
                        .into_iter()
                        .chain(binding_of_others(&listeners, address)),
                )
                .with_frames(refusals_of(socket, act)),
        );
    }
    found
}

/// The call that was told of the refusal, and the address that it was about.
fn refused(socket: &Socket) -> Option<(&Act, SocketAddr)> {
    let act = socket
        .acts
        .iter()
        .find(|act| act.failed_with(Errno::ECONNREFUSED))?;
    match act.deed {
        Deed::Connect(address) => Some((act, address)),
        _ => Some((act, socket.remote?)),
    }
}

/// Whether the program got through to the address all the same: who tries again until it works has seen to it.
fn works_in_the_end(scene: &Scene, refused: &Socket, address: SocketAddr) -> bool {
    let mut same = scene.sockets.iter().filter(|other| {
        other.program == refused.program
            && other.transport == refused.transport
            && other.remote == Some(address)
    });
    let done = |socket: &Socket, wanted: fn(&Deed) -> bool| {
        let mut acts = socket.acts.iter();
        acts.any(|act| wanted(&act.deed) && act.count().is_some())
    };
    same.any(|other| match refused.transport {
        Transport::Tcp => other.was_open() || done(other, |deed| matches!(deed, Deed::Connect(_))),
        // A UDP socket is connected without a word: only an answer says that somebody is there.
        Transport::Udp => done(other, Deed::is_receive),
    })
}

/// The frames that refused what a call asked for.
fn refusals_of(socket: &Socket, act: &Act) -> Vec<u64> {
    match act.told_end {
        Some(frame) => vec![frame],
        None => socket.refusals.clone(),
    }
}

/// What others listened on at a time that might have been meant. A program that asks binds its own UDP sockets too:
/// these serve nobody.
fn listeners<'s>(
    scene: &'s Scene,
    refused: &Socket,
    time: Option<Timestamp>,
) -> Vec<(&'s Socket, SocketAddr)> {
    let serves = |socket: &&Socket| {
        let is_own = refused.transport == Transport::Udp && socket.program == refused.program;
        socket.transport == refused.transport && !is_own && socket.was_served_at(time)
    };
    let bound = scene.sockets.iter().filter(serves);
    bound
        .filter_map(|socket| Some((socket, socket.local?)))
        .collect()
}

fn explain(listeners: &[(&Socket, SocketAddr)], address: SocketAddr) -> String {
    let mut others = listeners.iter().map(|(_, local)| *local);
    let on_same_port = others.clone().find(|local| local.port() == address.port());
    match (on_same_port, others.next()) {
        (Some(local), _) => format!(
            "Nobody listens at {address}: the server listens on {local}, which is another address."
        ),
        (None, Some(local)) if local.port().swap_bytes() == address.port() => format!(
            "Nobody listens at {address}: the server listens on port {}. These are the same two bytes \
             the other way round: one of the programs gives its port without htons().",
            local.port()
        ),
        (None, Some(local)) => format!(
            "Nobody listens at {address}: the server listens on port {}.",
            local.port()
        ),
        (None, None) => format!("Nobody listens at {address}."),
    }
}

fn binding_of_others(listeners: &[(&Socket, SocketAddr)], address: SocketAddr) -> Option<u64> {
    let (socket, _) = listeners
        .iter()
        .find(|(_, local)| local.port() == address.port())
        .or_else(|| listeners.first())?;
    let bind = socket
        .acts
        .iter()
        .find(|act| matches!(act.deed, Deed::Bind(_)))?;
    Some(bind.call)
}
