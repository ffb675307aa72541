//! A bind that failed since the address is in use.

use std::net::SocketAddr;

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket};
use super::{Advice, Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "address-in-use",
    title: "The address is still in use, for want of SO_REUSEADDR",
    reason: "The side that closes a TCP connection first keeps it for a minute in the state TIME_WAIT, \
        in case a late segment comes (RFC 9293 section 3.6.1). As long as there is one, Linux gives the \
        port to a new listener only if it says that it knows, and if the socket before had said so, too. \
        So a server that is started again at once finds its own port taken.",
    fix: "Set SO_REUSEADDR before bind, in every server.",
    python: "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)",
    c: "int yes = 1;\nsetsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);",
    shown: Shown::ByWhatWas,
    find,
};

/// Another socket has it, which no option changes.
static TAKEN: Advice = Advice {
    title: "The address is in use: another socket has it",
    reason: "Only one socket at a time can listen at an address and port, and only one UDP socket can have it. \
        SO_REUSEADDR does not help against one that is there: it is for what closed connections leave behind. \
        A server that was started before and still runs, perhaps in the background, is the usual one.",
    fix: "End the program that has it, close its socket first, or take another port. ss -ltnup lists who has \
        which.",
    python: "s.close()   # the one that has it, before the next bind",
    c: "close(s);   // the one that has it, before the next bind",
};

/// A client that takes a port of its own choice.
static BY_A_CLIENT: Advice = Advice {
    title: "A client takes the same port again and again, which is still in use",
    reason: "A connection is known by both addresses and both ports. The side that closes it first keeps it for \
        a minute in the state TIME_WAIT (RFC 9293 section 3.6.1), and with it its own port. A client that binds \
        a fixed port cannot open the next connection meanwhile.",
    fix: "Leave bind to servers: connect gives a client's socket a free port of its own.",
    python: "s = socket.socket()\ns.connect(server)   # no bind",
    c: "int s = socket(AF_INET, SOCK_STREAM, 0);\nconnect(s, server, size);   // no bind",
};

fn find(scene: &Scene) -> Vec<Finding> {
    let sockets = scene.sockets.iter();
    sockets
        .filter_map(|socket| find_in(scene, socket))
        .collect()
}

fn find_in(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let (failed, address) = socket.acts.iter().find_map(|act| match act.deed {
        _ if !act.failed_with(Errno::EADDRINUSE) => None,
        Deed::Bind(address) => Some((act, address)),
        Deed::Listen(_) => Some((act, socket.local?)),
        _ => None,
    })?;
    let before = || {
        let others = scene.sockets.iter();
        others.filter(|other| {
            scene.host_of(other.program) == scene.host_of(socket.program)
                && other.transport == socket.transport
                && other
                    .local
                    .is_some_and(|local| local.port() == address.port())
                && other.first_call() < socket.first_call()
        })
    };
    if let Some(holder) = before().find(|other| has_it(other, address, failed)) {
        return Some(taken(socket, failed, address, holder));
    }
    let allowed = socket.acts.iter().any(|act| act.deed == Deed::ReuseAddress);
    if allowed {
        return None;
    }
    let is_client = |other: &Socket| {
        let mut acts = other.acts.iter();
        acts.any(|act| matches!(act.deed, Deed::Connect(_)))
    };
    let closed_first: Vec<u64> = before()
        .filter_map(|other| other.fin().map(|end| end.frame))
        .collect();
    let (why, advice) = if before().any(is_client) {
        let why = "the connection before, from the same port, is still kept.";
        (why, Some(&BY_A_CLIENT))
    } else if closed_first.is_empty() {
        ("another socket has it.", Some(&TAKEN))
    } else {
        let why = "a connection of the server before was closed from this side.";
        (why, None)
    };
    Some(
        finding(socket, failed, address, why)
            .advising(advice)
            .with_frames(closed_first),
    )
}

/// Whether a socket has taken an address, or one that this is a part of, and not given it back.
fn has_it(other: &Socket, address: SocketAddr, failed: &Act) -> bool {
    let before = |act: &&Act| act.began <= failed.began;
    let mut acts = other.acts.iter().filter(before);
    let took = acts.clone().rfind(|act| {
        let takes = matches!(act.deed, Deed::Bind(_) | Deed::Listen(_));
        takes && act.count().is_some()
    });
    let is_of_all = |address: SocketAddr| address.ip().is_unspecified();
    let overlaps = other
        .local
        .is_some_and(|local| local == address || is_of_all(local) || is_of_all(address));
    let is_closed = acts.any(|act| act.deed == Deed::Close && act.count().is_some());
    let connects = other
        .acts
        .iter()
        .any(|act| matches!(act.deed, Deed::Connect(_)));
    took.is_some() && overlaps && !is_closed && !connects
}

fn taken(socket: &Socket, failed: &Act, address: SocketAddr, holder: &Socket) -> Finding {
    let takes = |wanted: fn(&Deed) -> bool| {
        let mut acts = holder.acts.iter();
        acts.find(|act| wanted(&act.deed) && act.count().is_some())
    };
    let bind = takes(|deed| matches!(deed, Deed::Bind(_)));
    let listen = takes(|deed| matches!(deed, Deed::Listen(_)));
    let listen = listen.filter(|act| act.began <= failed.began);
    let local = holder.local.unwrap_or(address);
    let why = match listen {
        Some(_) => format!("another socket listens on {local}."),
        None => format!("another socket is bound to {local}."),
    };
    let shown = [bind, listen].into_iter().flatten();
    finding(socket, failed, address, &why)
        .advising(&TAKEN)
        .with_calls(shown.map(|act| act.call))
}

fn finding(socket: &Socket, failed: &Act, address: SocketAddr, why: &str) -> Finding {
    let what = match failed.deed {
        Deed::Listen(_) => "listen on",
        _ => "bind to",
    };
    let port = address.port();
    let told = format!("{what} port {port} failed with EADDRINUSE: {why}");
    Finding::in_program(socket.program, told).with_calls([failed.call])
}
