//! Words that can be explained: those of a first course, the states of TCP, the calls that programs make, and
//! the errors that these return.

mod applications;
mod calls;
mod certificates;
mod clocks;
mod concepts;
mod errors;
mod leases;
mod options;
mod programs;
mod quic;
mod states;
mod tools;
mod transport;
mod websocket;
mod zones;

/// A term.
#[derive(Debug)]
pub struct Term {
    /// The term as people say it: `byte stream`.
    pub name: &'static str,
    /// Other words for it.
    pub also: &'static [&'static str],
    /// What it is.
    pub text: &'static str,
    /// What to look up next: fields, protocols, layers, other terms, diagnoses.
    pub see: &'static [&'static str],
}

const fn term(
    name: &'static str,
    also: &'static [&'static str],
    text: &'static str,
    see: &'static [&'static str],
) -> Term {
    Term {
        name,
        also,
        text,
        see,
    }
}

/// Terms of one subject: what they are about, and all of them.
pub type Subject = (&'static str, &'static [Term]);

/// Every term, subject by subject, in the order in which one meets them.
pub fn subjects() -> [Subject; 15] {
    [
        ("Networks and layers", concepts::CONCEPTS),
        ("TCP", transport::TRANSPORT),
        ("States of TCP", states::STATES),
        ("QUIC", quic::QUIC),
        ("Applications", applications::APPLICATIONS),
        ("WebSocket", websocket::WEBSOCKET),
        ("Certificates", certificates::CERTIFICATES),
        ("Names", zones::ZONES),
        ("Addresses that are lent", leases::LEASES),
        ("Clocks", clocks::CLOCKS),
        ("Socket programs", programs::PROGRAMS),
        ("System calls", calls::CALLS),
        ("Options and flags of sockets", options::OPTIONS),
        ("Errors", errors::ERRORS),
        ("This program and its kin", tools::TOOLS),
    ]
}

fn all() -> impl Iterator<Item = &'static Term> {
    subjects().into_iter().flat_map(|(_, terms)| terms)
}

/// The term of this name, or with this other word for it, however it is capitalised.
pub fn find(name: &str) -> Option<&'static Term> {
    let wanted = normal(name);
    all()
        .find(|term| normal(term.name) == wanted)
        .or_else(|| all().find(|term| term.also.iter().any(|other| normal(other) == wanted)))
}

/// Every name and other word.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().flat_map(|term| std::iter::once(term.name).chain(term.also.iter().copied()))
}

/// Capitals, hyphens, underscores and the parentheses of a call make no difference.
fn normal(name: &str) -> String {
    let name = name.strip_suffix("()").unwrap_or(name);
    name.to_lowercase().replace(['-', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;
    use crate::protocols::tcp_followed::STATES;

    #[test]
    fn the_terms_stand_in_order_and_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for name in names() {
            assert!(seen.insert(normal(name)), "{name} is there twice");
        }
        for (subject, list) in subjects() {
            // States stand as a connection comes through them.
            let is_free = std::ptr::eq(list, states::STATES);
            let is_sorted = list.is_sorted_by_key(|term| normal(term.name));
            assert!(is_free || is_sorted, "{subject}");
        }
    }

    #[test]
    fn what_a_term_points_to_is_there_and_is_not_itself() {
        for term in all() {
            for other in term.see {
                let found = Topic::find(other).unwrap_or_else(|_| panic!("{}: {other}", term.name));
                let itself = matches!(found, Topic::Term(found) if found.name == term.name);
                assert!(!itself, "{}: {other}", term.name);
            }
        }
    }

    #[test]
    fn every_state_of_tcp_is_explained() {
        for (_, name) in STATES {
            assert!(Topic::find(name).is_ok(), "{name}");
        }
    }

    /// Each was asked for by somebody who learns, in the words in which it was asked.
    #[test]
    fn what_a_course_and_its_exercises_say_is_explained() {
        let asked = "3-way handshake, SYN ACK, URG, urgent pointer, acknowledgment number, sliding window, cwnd, \
            ssthresh, window scaling, silly window syndrome, tail loss probe, TLP, RACK, retransmission timeout, \
            MSL, maximum segment lifetime, half-open, simultaneous open, SYN flood, SYN cookie, timestamp, \
            bandwidth-delay product, goodput, jitter, pipelining, \
            file descriptor, fd, errno, sendall, htonl, ntohs, sockaddr, AF_INET, address family, gethostbyname, \
            inet_pton, raw socket, unix socket, socketpair, thread, asyncio, receive buffer, send buffer, \
            connection reset by peer, Name or service not known, \
            framing, delimiter, length prefix, short read, partial read, short write, deadlock, sticky packet, \
            serialization, ASCII, \
            unicast, anycast, hub, firewall, proxy, tunnel, VPN, traceroute, arp cache, subnet mask, routing table, \
            longest prefix match, link-local, SLAAC, OUI, preamble, padding, trailer, collision, CSMA/CD, \
            half duplex, full duplex, jumbo frame, DF bit, more fragments, DSCP, QoS, decapsulation, \
            demultiplexing, well-known port, interface, NIC, loopback interface, lo, \
            CNAME, A record, resolver, domain name, ALPN, cookie, HTTP/3, SSH, telnet, stateless, peer to peer, \
            client-server, man in the middle, spoofing, \
            display filter, capture filter, BPF, GRO, network namespace, veth, lab, Wireshark, tcpdump, hexdump";
        for word in asked.split(", ") {
            assert!(find(word).is_some(), "{word}");
        }
    }

    #[test]
    fn capitals_hyphens_and_parentheses_make_no_difference() {
        assert_eq!(find("TIME-WAIT").unwrap().name, "TIME_WAIT");
        assert_eq!(find("粘包").unwrap().name, "byte stream");
        assert_eq!(find("connect()").unwrap().name, "connect");
    }
}
