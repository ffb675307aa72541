//! What is said of names beside addresses: how servers are reached, who signed it, and how it is changed.

use super::{Term, term};

/// In alphabetical order.
pub static ZONES: &[Term] = &[
    term(
        "dnssec",
        &["signed zone", "rrsig"],
        "Answers of DNS that nobody on the way can change unseen: the owner of a zone signs its records (RRSIG) with a key (DNSKEY), and the zone above vouches for that key (DS), up to the root. Even that a name does not exist is signed (NSEC). The records themselves are not hidden: everybody can read them.",
        &[
            "dns.rrsig.signature",
            "dns.dnskey.public_key",
            "dns.ds.digest",
            "dns.nsec.next_domain_name",
            "resource record",
        ],
    ),
    term(
        "dynamic update",
        &["nsupdate", "dns update"],
        "A message that changes a zone in place of asking about it: which zone, what must be there or must not (prerequisites), what is added and what is deleted. All of it is done, or nothing. So a host whose address changes keeps its name; the server wants such messages signed (TSIG) with a key that both know.",
        &[
            "dns.update.effect",
            "dns.count.prerequisites",
            "dns.tsig.mac",
            "name resolution",
        ],
    ),
    term(
        "edns",
        &["opt record", "edns option"],
        "A record named OPT, at the end of a question or an answer, that says what the header of DNS has no room for: how long a datagram may be, whether signatures are wanted, a cookie against forged answers, why a question was refused.",
        &["dns.opt.code", "dns.rr.udp_payload_size", "resource record"],
    ),
    term(
        "https record",
        &["svcb", "service binding"],
        "What a browser asks for beside the address of a name: which versions of HTTP the server speaks (alpn), on which port, at which addresses to begin, and with which key the hello of TLS can be hidden (ech). So it begins with TLS at once, and with HTTP/3 if it can, in place of finding out by trying.",
        &[
            "dns.svcb.svcpriority",
            "dns.svcb.svcparam.alpn",
            "name resolution",
            "tls",
        ],
    ),
];
