//! A call that failed for a reason that its error names, if one knows what it means there.

use std::net::{IpAddr, Ipv4Addr};

use nix::errno::Errno;

use super::scene::{Act, Deed, Scene, Socket, Transport};
use super::{Advice, Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "failed-call",
    title: "A call failed, since it was made at the wrong time or with the wrong address",
    reason: "Each call on a socket has its place: bind, listen and accept for who waits, connect for who comes, send and \
        receive on a socket that is connected. One that comes too early, on the wrong socket or with an address that \
        cannot be used here fails at once, and its error says why in a word or two.",
    fix: "Look what the error means for this call: its manual page lists them under ERRORS.",
    python: "except OSError as error: print(error)   # and do not go on",
    c: "if (connect(s, address, size) < 0) { perror(\"connect\"); return 1; }",
    shown: Shown::ByWhatWas,
    find,
};

/// What an error means for a call.
struct Meaning {
    error: Errno,
    /// Of which calls.
    call: fn(&Act, &Socket) -> bool,
    /// Whether others try this on purpose, as Python's ssl receives on a listener, so that it counts only where the
    /// program gave up then.
    may_be_tried: bool,
    told: &'static str,
    advice: Advice,
}

static MEANINGS: &[Meaning] = &[
    Meaning {
        error: Errno::EINVAL,
        call: |act, socket| act.deed == Deed::Accept && socket.transport == Transport::Tcp,
        may_be_tried: false,
        told: "accept failed with EINVAL: the socket does not listen.",
        advice: Advice {
            title: "accept was called on a socket that does not listen",
            reason: "accept takes a connection out of the queue of a listening socket, and a socket has that queue from \
                listen on. bind alone gives it only its address.",
            fix: "Call listen between bind and accept.",
            python: "s.bind((\"\", port))\ns.listen()\nconn, address = s.accept()",
            c: "bind(s, address, size);\nlisten(s, SOMAXCONN);\nint conn = accept(s, NULL, NULL);",
        },
    },
    Meaning {
        error: Errno::ENOTCONN,
        call: |act, socket| moves_bytes(act) && has_listened(socket),
        may_be_tried: true,
        told: "The call failed with ENOTCONN: its socket listens, and no bytes ever come there.",
        advice: Advice {
            title: "The program sends or receives on the listening socket",
            reason: "A listening socket only takes connections. accept returns another socket for each of them, and the \
                bytes of that connection are sent and received there.",
            fix: "Send and receive on the socket that accept has returned.",
            python: "conn, address = s.accept()\ndata = conn.recv(1024)   # not s.recv",
            c: "int conn = accept(s, NULL, NULL);\nrecv(conn, data, sizeof data, 0);   // not recv(s",
        },
    },
    Meaning {
        error: Errno::ENOTCONN,
        call: |act, socket| moves_bytes(act) && !socket.was_open() && socket.refusals.is_empty(),
        may_be_tried: true,
        told: "The call failed with ENOTCONN: its socket is not connected to anybody.",
        advice: Advice {
            title: "The program sends or receives on a socket that is not connected",
            reason: "A TCP socket carries bytes only when it is connected: a client's after connect has returned without an \
                error, a server's when accept has returned it.",
            fix: "Connect first, and do not go on when that fails.",
            python: "s.connect(server)\ns.sendall(data)",
            c: "if (connect(s, server, size) < 0) { perror(\"connect\"); return 1; }\nsend(s, data, length, 0);",
        },
    },
    Meaning {
        error: Errno::EDESTADDRREQ,
        call: |act, socket| act.deed.is_send() && socket.transport == Transport::Udp,
        may_be_tried: false,
        told: "The send failed with EDESTADDRREQ: nobody has said to whom.",
        advice: Advice {
            title: "A datagram was sent without an address",
            reason: "A UDP socket may speak to many. To whom a datagram goes says the call that sends it, or once and for all \
                connect.",
            fix: "Give the address with each datagram, or connect the socket.",
            python: "s.sendto(data, (\"server\", port))",
            c: "sendto(s, data, length, 0, server, size);",
        },
    },
    Meaning {
        error: Errno::EISCONN,
        call: |act, _| matches!(act.deed, Deed::Connect(_)),
        may_be_tried: true,
        told: "connect failed with EISCONN: the socket has a connection already.",
        advice: Advice {
            title: "connect was called on a socket that is connected",
            reason: "A TCP socket is for one connection. When that is over, or another one is wanted, it takes another socket.",
            fix: "Make a new socket for each connection.",
            python: "s = socket.socket()\ns.connect(server)",
            c: "int s = socket(AF_INET, SOCK_STREAM, 0);\nconnect(s, server, size);",
        },
    },
    Meaning {
        error: Errno::EADDRNOTAVAIL,
        call: |act, _| matches!(act.deed, Deed::Bind(_)),
        may_be_tried: true,
        told: "bind failed with EADDRNOTAVAIL: this host has no such address.",
        advice: Advice {
            title: "bind was given an address that its host does not have",
            reason: "bind says which of its own host's addresses a socket is to have. Whom it wants to speak to, a client says to \
                connect.",
            fix: "Bind to every address of the host, or to one that it has; the address of the other side goes to connect.",
            python: "s.bind((\"\", port))",
            c: "address.sin_addr.s_addr = htonl(INADDR_ANY);\nbind(s, (struct sockaddr *)&address, sizeof address);",
        },
    },
    Meaning {
        error: Errno::ENETUNREACH,
        call: |act, _| matches!(act.deed, Deed::Connect(_)) || act.deed.is_send(),
        may_be_tried: true,
        told: "The call failed with ENETUNREACH: there is no route to",
        advice: Advice {
            title: "There is no way to that network",
            reason: "A host sends directly to the addresses of its own network, and to others by a router. Where it knows neither \
                the network nor a router, it sends nothing. Mostly the address is wrong: another network's, or its bytes \
                are the wrong way round.",
            fix: "Look whether the address is that of the other host. In C, inet_addr and inet_pton give it in the network's \
                order already: no htonl or ntohl after that.",
            python: "s.connect((\"server\", port))",
            c: "inet_pton(AF_INET, \"192.168.1.6\", &address.sin_addr);   // no htonl",
        },
    },
    Meaning {
        error: Errno::EINPROGRESS,
        call: |act, socket| {
            // Who waits for it asks for SO_ERROR afterwards.
            let mut later = socket.acts.iter().filter(|other| other.call > act.call);
            matches!(act.deed, Deed::Connect(_))
                && later.all(|other| matches!(other.deed, Deed::Close | Deed::Other))
        },
        may_be_tried: true,
        told: "connect returned with EINPROGRESS, since the socket shall not wait: the connection opens meanwhile. The \
            program took that for a failure.",
        advice: Advice {
            title: "A connect that does not wait was taken for one that failed",
            reason: "On a socket that does not wait (O_NONBLOCK), connect only begins: it returns with EINPROGRESS before the \
                other side has answered. That it is open is told by poll or select, when the socket can be written to, \
                and how it went by SO_ERROR.",
            fix: "Let the socket wait until it is connected, or wait by poll or select and ask for SO_ERROR.",
            python: "s.connect(server)\ns.setblocking(False)   # only now",
            c: "struct pollfd wait = {s, POLLOUT, 0};\npoll(&wait, 1, -1);\ngetsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);",
        },
    },
    Meaning {
        error: Errno::EMSGSIZE,
        call: |act, socket| act.deed.is_send() && socket.transport == Transport::Udp,
        may_be_tried: true,
        told: "The send failed with EMSGSIZE: the datagram is too long, and nothing of it was sent.",
        advice: Advice {
            title: "A datagram was too long to be sent",
            reason: "A datagram goes as a whole or not at all. UDP over IPv4 takes 65507 bytes at most, and what is longer than \
                some 1400 bytes already goes in fragments, all of which have to arrive.",
            fix: "Send less in each datagram, and number them, or use TCP.",
            python: "for start in range(0, len(data), 1400):\n    s.sendto(data[start:start + 1400], address)",
            c: "for (size_t at = 0; at < length; at += 1400)\n    sendto(s, data + at, min(length - at, 1400), 0, to, size);",
        },
    },
    Meaning {
        error: Errno::EACCES,
        call: |act, socket| {
            let sends = act.deed.is_send() || matches!(act.deed, Deed::Connect(_));
            sends && socket.transport == Transport::Udp
        },
        may_be_tried: true,
        told: "The call failed with EACCES: the address is that of everybody on the network.",
        advice: Advice {
            title: "A datagram to everybody needs SO_BROADCAST",
            reason: "What goes to a broadcast address reaches every host of the network. So that nobody does that by mistake, \
                a socket has to be told that it may.",
            fix: "Set SO_BROADCAST before sending to a broadcast address.",
            python: "s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)",
            c: "int yes = 1;\nsetsockopt(s, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);",
        },
    },
];

fn moves_bytes(act: &Act) -> bool {
    act.deed.is_receive() || act.deed.is_send()
}

fn has_listened(socket: &Socket) -> bool {
    let mut acts = socket.acts.iter();
    acts.any(|act| matches!(act.deed, Deed::Listen(_)) && act.count().is_some())
}

fn find(scene: &Scene) -> Vec<Finding> {
    let mut told: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    for socket in &scene.sockets {
        for meaning in MEANINGS {
            let is_meant =
                |act: &&Act| act.failed_with(meaning.error) && (meaning.call)(act, socket);
            let Some(act) = socket.acts.iter().find(is_meant) else {
                continue;
            };
            let is_settled = meaning.may_be_tried && !ended_by(scene, socket, act);
            let name = (socket.program, meaning.told);
            if is_settled || told.contains(&name) {
                continue;
            }
            told.push(name);
            found.push(
                Finding::in_program(socket.program, tell(scene, socket, act, meaning))
                    .advising(&meaning.advice)
                    .with_calls([act.call]),
            );
            break;
        }
    }
    found
}

/// Whether a program failed, and did nothing more with any socket after a call than to close it.
fn ended_by(scene: &Scene, socket: &Socket, act: &Act) -> bool {
    let own = scene
        .sockets
        .iter()
        .filter(|other| other.program == socket.program);
    let mut later = own
        .flat_map(|other| &other.acts)
        .filter(|other| other.call > act.call);
    scene.has_failed(socket.program)
        && later.all(|other| matches!(other.deed, Deed::Close | Deed::Other | Deed::Await))
}

fn tell(scene: &Scene, socket: &Socket, act: &Act, meaning: &Meaning) -> String {
    let mut told = meaning.told.to_owned();
    let address = match act.deed {
        Deed::Bind(address) | Deed::Connect(address) => Some(address.ip()),
        _ => socket.remote.map(|remote| remote.ip()),
    };
    let Some(address) = address else {
        return told;
    };
    if meaning.error == Errno::ENETUNREACH {
        told = format!("{told} {address}.");
    }
    let turned = turned(address)
        .filter(|_| matches!(meaning.error, Errno::ENETUNREACH | Errno::EADDRNOTAVAIL));
    let host = scene
        .host_with(address)
        .filter(|_| meaning.error == Errno::EADDRNOTAVAIL);
    if let Some(host) = host {
        told = format!("{told} {address} is the address of {host}.");
    } else if let Some((turned, host)) =
        turned.and_then(|turned| Some((turned, scene.host_with(turned)?)))
    {
        told = format!(
            "{told} It is {turned}, the address of {host}, with its bytes the other way round."
        );
    }
    told
}

/// An address with its bytes the other way round.
fn turned(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(Ipv4Addr::from_bits(address.to_bits().swap_bytes()).into()),
        IpAddr::V6(_) => None,
    }
}
