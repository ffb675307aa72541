//! The words of DHCP: how a host comes by its address.

use super::{Term, term};

/// In alphabetical order.
pub static LEASES: &[Term] = &[
    term(
        "bootp",
        &["bootstrap protocol"],
        "What DHCP is made from: a host without a disk asked for its address and for the file to boot from, and its server knew each host beforehand. DHCP has kept header and ports, and says the rest in options.",
        &["dhcp", "dhcp.file", "dhcp.cookie"],
    ),
    term(
        "broadcast flag",
        &["broadcast bit"],
        "A bit in what a client of DHCP asks: answer to everybody (255.255.255.255), since I cannot take a packet for an address that I do not have yet. Without it, the server sends its answer to the address that it is just giving away, at the client's MAC address.",
        &["dhcp.flags.bc", "dora", "broadcast"],
    ),
    term(
        "dhcp relay",
        &["relay agent", "option 82", "giaddr"],
        "A router that passes the broadcasts of DHCP on to a server in another network, which they would not reach, and the answers back. It writes its own address into the message, by which the server knows of which network the lease must be, and may add on which line the client is (option 82).",
        &[
            "dhcp.ip.relay",
            "dhcp.hops",
            "dhcp.option.agent_information_option.agent_circuit_id",
            "router",
        ],
    ),
    term(
        "dora",
        &["discover, offer, request, ack", "four-way lease"],
        "The four messages by which a host gets an address: Discover (is there a server?), Offer (you could have this one), Request (I take it, and all other servers may forget theirs), ACK (it is yours). The first and the third go to everybody. Who wants its old address back begins with Request.",
        &["lease", "dhcp.option.dhcp", "dhcp.id", "broadcast flag"],
    ),
    term(
        "lease",
        &["dhcp lease", "t1", "t2"],
        "An address that is lent, for so many seconds. After half of them (T1) the client asks its server to go on, and when nobody answers, after 7/8 (T2) any server; when they are over, it must not use the address any more. It may give it back before (Release); a server that does not agree says NAK, and the client begins anew.",
        &[
            "dhcp.option.ip_address_lease_time",
            "dhcp.option.renewal_time_value",
            "dhcp.option.rebinding_time_value",
            "dora",
        ],
    ),
];
