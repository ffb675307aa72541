//! A connection that was refused.

use std::net::SocketAddr;

use nix::errno::Errno;

use super::nobody_there::Refusal;
use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Advice, Finding, Kind, Shown, own_timeout};

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

static ELSEWHERE: Advice = Advice {
    title: "The answer went to a port that did not ask",
    reason: "A UDP client that binds no port gets a free one from the kernel, and waits for the answer there. Which one that \
        is, the server learns from each datagram: recvfrom gives the address and port that it came from.",
    fix: "Send the answer to the address that recvfrom has given, with its port.",
    python: "data, address = s.recvfrom(65535)\ns.sendto(answer, address)",
    c: "recvfrom(s, data, sizeof data, 0, (struct sockaddr *)&from, &size);\nsendto(s, answer, length, 0, (struct sockaddr *)&from, size);",
};

fn find(scene: &Scene) -> Vec<Finding> {
    let mut told: Vec<SocketAddr> = Vec::new();
    let mut found: Vec<(SocketAddr, Finding)> = Vec::new();
    for socket in &scene.sockets {
        let Some((act, address)) = refused(socket) else {
            continue;
        };
        if told.contains(&address) || works_in_the_end(scene, socket, act, address) {
            continue;
        }
        told.push(address);
        let refusal = Refusal {
            scene,
            socket,
            address,
            time: act.ended,
        };
        if refusal.follows_from_a_failure() {
            continue;
        }
        let why = refusal.why();
        // Who tries every address of a name is told once.
        let is_told = |(told, before): &(SocketAddr, Finding)| {
            before.program == socket.program
                && before.advice == why.advice
                && why.advice.is_some()
                && told.port() == address.port()
        };
        if found.iter().any(is_told) {
            continue;
        }
        found.push((
            address,
            Finding::in_program(socket.program, why.told)
                .advising(why.advice)
                .with_calls([act.call].into_iter().chain(why.call))
                .with_frames(refusals_of(socket, act)),
        ));
    }
    let found = found.into_iter().map(|(_, finding)| finding);
    let answering = scene.sockets_of(Transport::Udp);
    let elsewhere = answering.filter_map(|socket| answers_elsewhere(scene, socket));
    found.chain(elsewhere).collect()
}

/// A datagram to a port that nobody has, while the one that asked waits for it at another one.
fn answers_elsewhere(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let (to, local) = (socket.remote?, socket.local?);
    let host = scene
        .host_with(to.ip())
        .filter(|_| !socket.refusals.is_empty())?;
    let asking = scene.sockets_of(Transport::Udp).find(|other| {
        let asks = other.remote.map(|remote| remote.port()) == Some(local.port());
        let waits = other
            .waits_to_receive()
            .or_else(|| own_timeout::last_wait(other));
        scene.host_of(other.program) == host && asks && waits.is_some()
    })?;
    let asked_from = asking.local.filter(|local| local.port() != to.port())?;
    let told = format!(
        "The datagram went to port {} of {host}, where nobody is: {} asked from port {}, and waits there.",
        to.port(),
        scene.who(asking.program),
        asked_from.port()
    );
    let send = socket.sends().last()?;
    Some(
        Finding::in_program(socket.program, told)
            .advising(&ELSEWHERE)
            .with_calls([send.call])
            .with_frames(socket.refusals.iter().copied()),
    )
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
fn works_in_the_end(scene: &Scene, refused: &Socket, told: &Act, address: SocketAddr) -> bool {
    let mut same = scene.sockets.iter().filter(|other| {
        other.program == refused.program
            && other.transport == refused.transport
            && other.remote == Some(address)
    });
    let later = Some(told.began);
    let done = |socket: &Socket, wanted: fn(&Deed) -> bool| {
        let mut acts = socket.acts.iter();
        acts.any(|act| wanted(&act.deed) && act.count().is_some() && act.ended > later)
    };
    let was_opened = |socket: &Socket| {
        let mut sent = socket.sent.iter();
        socket.was_open() && sent.any(|segment| segment.flags.syn() && Some(segment.time) > later)
    };
    same.any(|other| match refused.transport {
        Transport::Tcp => was_opened(other) || done(other, |deed| matches!(deed, Deed::Connect(_))),
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
