//! Why nobody is at an address: what others were at instead, at that time.

use std::net::{IpAddr, SocketAddr};

use nix::errno::Errno;

use super::Advice;
use super::scene::{Act, Deed, Scene, Socket, Transport};
use crate::model::frame::Timestamp;

/// An address that a socket was refused at.
#[derive(Clone, Copy)]
pub(super) struct Refusal<'s> {
    /// Where that happened.
    pub scene: &'s Scene,
    /// Whose question it was.
    pub socket: &'s Socket,
    /// The address.
    pub address: SocketAddr,
    /// When the program knew, or everything was over.
    pub time: Option<Timestamp>,
}

/// Why nobody is there.
pub(super) struct Why {
    /// The sentence that says so.
    pub told: String,
    /// What to do, where that is not the usual.
    pub advice: Option<&'static Advice>,
    /// The call that shows it.
    pub call: Option<u64>,
}

static OWN_HOST: Advice = Advice {
    title: "The program looks for the server on its own host",
    reason: "127.0.0.1, localhost, ::1 and 0.0.0.0 mean the host that a program itself runs on, and so does \
        that host's own address. What it asks there never gets to the cable. Whoever tries both programs on \
        one machine can use them; with two machines the client has to name the other one.",
    fix: "Connect to the host that the server runs on, by its name or its address.",
    python: "s.connect((\"server\", port))",
    c: "getaddrinfo(\"server\", port, &hints, &found);\nconnect(s, found->ai_addr, found->ai_addrlen);",
};

static ONLY_IPV6: Advice = Advice {
    title: "The server listens by IPv6 only, and is asked by IPv4",
    reason: "A socket of IPv6 that is bound to :: takes connections by IPv4 too, unless IPV6_V6ONLY is set on \
        it: then nobody is there for IPv4, and it is refused.",
    fix: "Switch IPV6_V6ONLY off before bind, listen on a socket of IPv4 too, or connect by IPv6.",
    python: "s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)",
    c: "int no = 0;\nsetsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);",
};

static ONLY_IPV4: Advice = Advice {
    title: "The server listens by IPv4 only, and is asked by IPv6",
    reason: "A socket of IPv4 hears nothing that comes by IPv6. One of IPv6 that is bound to :: hears both, \
        unless IPV6_V6ONLY is set on it.",
    fix: "Listen on a socket of IPv6 that is bound to ::, or connect by IPv4.",
    python: "s = socket.create_server((\"\", port), family=socket.AF_INET6,\n                         dualstack_ipv6=True)",
    c: "int s = socket(AF_INET6, SOCK_STREAM, 0), no = 0;\nsetsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);",
};

static CLOSED: Advice = Advice {
    title: "The server no longer listens",
    reason: "A listener takes connections as long as its socket is open. When it is closed, by close or by the end \
        of its program, who comes then is refused. Connections that were accepted before live on.",
    fix: "Keep the listener open as long as somebody may come, and accept in a loop.",
    python: "while True:\n    conn, address = s.accept()",
    c: "while ((conn = accept(s, NULL, NULL)) >= 0)\n    serve(conn);",
};

static NOT_LISTENING: Advice = Advice {
    title: "The server has bound its socket, but does not listen",
    reason: "bind only gives a socket its address. A TCP socket takes connections from listen on: until then, whoever \
        connects is refused.",
    fix: "Call listen right after bind, and start the client after that.",
    python: "s.bind((\"\", port))\ns.listen()",
    c: "bind(s, address, size);\nlisten(s, SOMAXCONN);",
};

static OTHER_TRANSPORT: Advice = Advice {
    title: "One side uses TCP, the other one UDP",
    reason: "TCP and UDP have ports of their own: port 9000 of the one has nothing to do with port 9000 of the \
        other. A server that listens by TCP hears no datagram, and the other way round.",
    fix: "Make the sockets of both sides of the same type: SOCK_STREAM is TCP, SOCK_DGRAM is UDP.",
    python: "s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)   # TCP",
    c: "int s = socket(AF_INET, SOCK_STREAM, 0);   // TCP",
};

impl<'s> Refusal<'s> {
    /// Why nobody is there.
    pub fn why(self) -> Why {
        let listeners = self.listeners();
        let in_question = listeners.iter().copied().filter(|one| self.is_asked(one));
        let in_question: Vec<_> = in_question.collect();
        let on_port = |one: &&Listener| one.local.port() == self.address.port();
        let here = in_question.iter().find(on_port);
        let why = match (here, in_question.first(), listeners.iter().find(on_port)) {
            (Some(here), ..) => self.at_another_address(here),
            (None, Some(other), _) => self.at_another_port(other),
            (None, None, Some(away)) if self.is_own_host() => self.on_another_host(away),
            (None, None, _) => self.without_a_hint(),
        };
        let address = self.address;
        Why {
            told: format!("Nobody listens at {address}{}", why.told),
            ..why
        }
    }

    /// Whether the server could not get as far as to listen there, or broke down over it: that is told for itself.
    pub fn follows_from_a_failure(self) -> bool {
        let is_meant = |address: SocketAddr| address.port() == self.address.port();
        let mut sockets = self.scene.sockets.iter();
        sockets.any(|socket| {
            let mut acts = socket.acts.iter();
            let failed = acts.any(|act| match act.deed {
                Deed::Bind(address) => act.failed_with(Errno::EADDRINUSE) && is_meant(address),
                Deed::Accept => {
                    act.failed_with(Errno::EINVAL) && socket.local.is_some_and(is_meant)
                }
                _ => false,
            });
            failed && self.is_on_asked_host(socket)
        })
    }

    /// What others listened on at a time that might have been meant. A program that asks binds its own UDP sockets
    /// too: these serve nobody.
    fn listeners(self) -> Vec<Listener<'s>> {
        let serves = |socket: &&Socket| {
            let is_own =
                self.socket.transport == Transport::Udp && socket.program == self.socket.program;
            socket.transport == self.socket.transport && !is_own && socket.was_served_at(self.time)
        };
        let bound = self.scene.sockets.iter().filter(serves);
        let bound = bound.filter_map(|socket| {
            let local = socket.local?;
            Some(Listener { socket, local })
        });
        bound.collect()
    }

    /// Whether a listener stands on the host that is asked, as far as it is known which that is.
    fn is_asked(self, listener: &Listener<'_>) -> bool {
        self.is_on_asked_host(listener.socket)
    }

    fn is_on_asked_host(self, socket: &Socket) -> bool {
        let host = self.scene.host_of(socket.program);
        self.host().is_none_or(|asked| asked == host)
    }

    /// The host that is asked.
    fn host(self) -> Option<&'s str> {
        if self.is_of_any_host() {
            Some(self.scene.host_of(self.socket.program))
        } else {
            self.scene.host_with(self.address.ip())
        }
    }

    fn is_of_any_host(self) -> bool {
        self.address.ip().is_loopback() || self.address.ip().is_unspecified()
    }

    /// Whether no socket at all is at the port.
    pub fn nobody_serves(self) -> bool {
        let mut listeners = self.listeners().into_iter();
        !listeners.any(|one| self.is_asked(&one) && one.local.port() == self.address.port())
    }

    /// Whether it is the host of the program that asks.
    pub fn is_own_host(self) -> bool {
        self.host() == Some(self.scene.host_of(self.socket.program))
    }

    fn at_another_address(self, listener: &Listener<'_>) -> Why {
        let who = self.scene.who(listener.socket.program);
        let local = listener.local;
        let is_of_all = local.ip().is_unspecified();
        let (told, advice) = match (local.ip(), self.address.ip()) {
            (IpAddr::V6(_), IpAddr::V4(_)) if is_of_all => (
                format!(": {who} listens on {local}, by IPv6 only."),
                Some(&ONLY_IPV6),
            ),
            (IpAddr::V4(_), IpAddr::V6(_)) if is_of_all => (
                format!(": {who} listens on {local}, by IPv4 only."),
                Some(&ONLY_IPV4),
            ),
            // Had it been there in time, it would have heard.
            _ if is_of_all => (
                format!(" yet: {who} listens on {local} only since then."),
                None,
            ),
            _ => (
                format!(": {who} listens on {local}, which is another address."),
                None,
            ),
        };
        listener.shows(told, advice)
    }

    fn at_another_port(self, listener: &Listener<'_>) -> Why {
        let who = self.scene.who(listener.socket.program);
        let port = listener.local.port();
        let told = if port.swap_bytes() == self.address.port() {
            format!(
                ": {who} listens on port {port}. These are the same two bytes the other way round: one of \
                 the programs gives its port without htons()."
            )
        } else {
            format!(": {who} listens on port {port}.")
        };
        listener.shows(told, None)
    }

    fn on_another_host(self, listener: &Listener<'_>) -> Why {
        let own = self.scene.who(self.socket.program);
        let other = self.scene.who(listener.socket.program);
        let name = self.scene.host_of(listener.socket.program);
        let told = format!(
            ": {} is the host of {own} itself, and {other} listens on another one, which is called {name}.",
            self.address.ip()
        );
        listener.shows(told, Some(&OWN_HOST))
    }

    fn without_a_hint(self) -> Why {
        if let Some(why) = self.out_of_time().or_else(|| self.by_another_transport()) {
            return why;
        }
        let told = if self.is_of_any_host() {
            format!(
                ", which is on the host of {} itself.",
                self.scene.who(self.socket.program)
            )
        } else {
            ".".to_owned()
        };
        Why {
            told,
            advice: None,
            call: None,
        }
    }

    /// One that was there before, or only takes its place.
    fn out_of_time(self) -> Option<Why> {
        let mut sockets = self.scene.sockets.iter();
        let (socket, local) = sockets.find_map(|socket| {
            let local = socket.local?;
            let is_there = socket.transport == self.socket.transport
                && !std::ptr::eq(socket, self.socket)
                && local.port() == self.address.port()
                && self.is_asked(&Listener { socket, local })
                && socket.acts.iter().any(is_bind);
            is_there.then_some((socket, local))
        })?;
        let who = self.scene.who(socket.program);
        let in_time = |act: &&Act| Some(act.began) <= self.time;
        let bind = socket.acts.iter().find(|act| is_bind(act))?;
        if !in_time(&bind) {
            return Some(Why {
                told: format!(" yet: {who} takes {local} only later, in c{}.", bind.call),
                advice: None,
                call: Some(bind.call),
            });
        }
        let mut before = socket.acts.iter().filter(in_time);
        let listens = |act: &Act| matches!(act.deed, Deed::Listen(_)) && act.count().is_some();
        let served = match self.socket.transport {
            Transport::Tcp => before.clone().any(listens),
            Transport::Udp => before.clone().any(is_bind),
        };
        let close = before.rfind(|act| act.deed == Deed::Close && act.count().is_some());
        let (told, advice, call) = match close {
            Some(close) if served && close.ends_process => (
                format!(": {who} listened on {local}, and had ended by then."),
                &CLOSED,
                close,
            ),
            Some(close) if served => (
                format!(
                    ": {who} listened on {local}, and had closed that socket by then, in c{}.",
                    close.call
                ),
                &CLOSED,
                close,
            ),
            None if !served && self.socket.transport == Transport::Tcp => (
                format!(": {who} has bound a socket to {local}, but it did not listen by then."),
                &NOT_LISTENING,
                bind,
            ),
            _ => return None,
        };
        Some(Why {
            told,
            advice: Some(advice),
            call: Some(call.call),
        })
    }

    /// One that is there by the other transport.
    fn by_another_transport(self) -> Option<Why> {
        let mut sockets = self.scene.sockets.iter();
        let (other, local) = sockets.find_map(|socket| {
            let local = socket.local?;
            let is_there = socket.transport != self.socket.transport
                && socket.program != self.socket.program
                && local.port() == self.address.port()
                && self.is_asked(&Listener { socket, local })
                && socket.was_served_at(self.time);
            is_there.then_some((socket, local))
        })?;
        let (by, asked) = match other.transport {
            Transport::Tcp => ("TCP", "UDP"),
            Transport::Udp => ("UDP", "TCP"),
        };
        let who = self.scene.who(other.program);
        let told = format!(" by {asked}: {who} has {local} by {by}.");
        let listener = Listener {
            socket: other,
            local,
        };
        Some(listener.shows(told, Some(&OTHER_TRANSPORT)))
    }
}

fn is_bind(act: &Act) -> bool {
    matches!(act.deed, Deed::Bind(_)) && act.count().is_some()
}

/// A socket that was open for others, and its address.
#[derive(Clone, Copy)]
struct Listener<'s> {
    socket: &'s Socket,
    local: SocketAddr,
}

impl Listener<'_> {
    fn shows(&self, told: String, advice: Option<&'static Advice>) -> Why {
        let bind = self.socket.acts.iter().find(|act| is_bind(act));
        Why {
            told,
            advice,
            call: bind.map(|bind| bind.call),
        }
    }
}
