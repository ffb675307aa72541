//! The errors that socket calls return: errno(3), and what each mostly means for who learns.

use super::{Term, term};

/// In alphabetical order.
pub static ERRORS: &[Term] = &[
    term(
        "EACCES",
        &["permission denied"],
        "Not allowed: a port below 1024 needs privilege, and sending to a broadcast address needs SO_BROADCAST.",
        &["port", "SO_BROADCAST"],
    ),
    term(
        "EADDRNOTAVAIL",
        &["cannot assign requested address"],
        "bind was asked for an address that no interface of this host has: a server binds its own address, not its client's. From connect: all ports that the kernel could give are taken.",
        &["bind", "ephemeral port"],
    ),
    term(
        "EAFNOSUPPORT",
        &["address family not supported"],
        "The address is of another family than the socket, as an IPv6 address at an IPv4 socket, or the kernel has no such family.",
        &["ip address"],
    ),
    term(
        "EAGAIN",
        &["EWOULDBLOCK", "resource temporarily unavailable"],
        "The call would have had to wait, and was told not to: nothing has come yet, or the buffer is full. Nothing is broken; poll, select or epoll tells when to ask again. Where the socket has a timeout, that has run out.",
        &["non-blocking", "poll", "SO_RCVTIMEO"],
    ),
    term(
        "EAI_AGAIN",
        &["temporary failure in name resolution"],
        "getaddrinfo could not find out whether the name exists: the name server does not answer, or there is no way to it. No connect was tried. Its errors have numbers of their own, apart from errno; Python raises socket.gaierror.",
        &["name resolution", "resolver", "EAI_NONAME"],
    ),
    term(
        "EAI_NONAME",
        &["name or service not known", "gaierror", "NXDOMAIN"],
        "getaddrinfo knows no host of this name: neither the hosts file nor DNS has it; or it is misspelt, with a scheme or a port in it. No connect was tried, and nothing went to the server. In the lab only the names of its hosts are known, as server and client.",
        &["name resolution", "dns.flags.rcode", "lab"],
    ),
    term(
        "EALREADY",
        &["operation already in progress"],
        "connect was called again while the first one is still under way.",
        &["EINPROGRESS", "SYN-SENT"],
    ),
    term(
        "EBADF",
        &["bad file descriptor"],
        "The number is none of an open file or socket: mostly it was closed before, perhaps by another thread. The kernel gives numbers out again, so that with less luck the call goes to a stranger's socket.",
        &["close", "socket"],
    ),
    term(
        "ECONNABORTED",
        &["software caused connection abort"],
        "The connection was over before the program had it.",
        &["accept", "rst"],
    ),
    term(
        "EDESTADDRREQ",
        &["destination address required"],
        "A send on a UDP socket that does not know where to: sendto names an address, or connect sets one.",
        &["connect", "send"],
    ),
    term(
        "EFAULT",
        &["bad address"],
        "A pointer leads to memory that the program does not have: a mistake in the program; no network is involved.",
        &["send", "recv"],
    ),
    term(
        "EHOSTUNREACH",
        &["no route to host", "EHOSTDOWN"],
        "The host cannot be reached: nobody answered ARP (or neighbour discovery) for it or for the router, after about three seconds; or a router said so by ICMP.",
        &["arp", "icmp", "default gateway"],
    ),
    term(
        "EINPROGRESS",
        &["operation now in progress"],
        "connect on a non-blocking socket: the SYN is sent, and the program need not wait. When the socket becomes writable the connect is over; SO_ERROR says how it ended.",
        &["non-blocking", "poll", "SO_ERROR"],
    ),
    term(
        "EINTR",
        &["interrupted system call"],
        "A signal came while the call waited, before it had done anything: it is to be made again. Python and Go do that by themselves, C does not.",
        &["signal"],
    ),
    term(
        "EINVAL",
        &["invalid argument"],
        "What was asked makes no sense here: accept on a socket that does not listen, bind on one that is bound, a wrong length of an address.",
        &["listen", "bind"],
    ),
    term(
        "EISCONN",
        &["transport endpoint is already connected"],
        "The socket is connected already: a new connection needs a new socket.",
        &["connect", "socket"],
    ),
    term(
        "EMFILE",
        &["too many open files", "ENFILE"],
        "The process (EMFILE) or the whole host (ENFILE) has as many open files and sockets as it may: mostly some are never closed. accept fails, and clients wait in the backlog, connected.",
        &["close", "never-closed", "backlog"],
    ),
    term(
        "EMSGSIZE",
        &["message too long"],
        "A datagram is longer than UDP can carry (65,507 bytes over IPv4), or than the way carries where it may not be fragmented.",
        &["datagram", "path mtu discovery"],
    ),
    term(
        "ENETUNREACH",
        &["network is unreachable", "ENETDOWN", "network is down"],
        "The host knows no way to this network, not even a default gateway, or its interface is down: nothing was sent.",
        &["default gateway", "subnet"],
    ),
    term(
        "ENOBUFS",
        &[
            "no buffer space available",
            "ENOMEM",
            "cannot allocate memory",
        ],
        "The kernel has no memory, or no room in a queue, for this.",
        &["SO_RCVBUF"],
    ),
    term(
        "ENOENT",
        &["no such file or directory"],
        "There is no such file: for a socket, one of those that have a path in place of an address and port (Unix sockets), on which nothing goes over a network.",
        &["socket"],
    ),
    term(
        "ENOPROTOOPT",
        &["protocol not available"],
        "The option is not one of this protocol's, as TCP_NODELAY on a UDP socket.",
        &["setsockopt"],
    ),
    term(
        "ENOSYS",
        &["function not implemented"],
        "The kernel does not know this call.",
        &["io_uring"],
    ),
    term(
        "ENOTCONN",
        &["transport endpoint is not connected"],
        "The TCP socket has no connection: never connected, or reset by now; or it is the listening socket, in the place of the one that accept returned.",
        &["accept", "connect", "rst"],
    ),
    term(
        "ENOTSOCK",
        &["socket operation on non-socket"],
        "The number is open, but a file's, a pipe's or the terminal's, not a socket's.",
        &["socket"],
    ),
    term(
        "EOPNOTSUPP",
        &["operation not supported"],
        "This kind of socket cannot do that, as listen on a UDP socket.",
        &["udp", "listen"],
    ),
    term(
        "EPERM",
        &["operation not permitted"],
        "Not allowed without privilege, or a firewall of this host dropped the packet on its way out.",
        &["port"],
    ),
    term(
        "EPIPE",
        &[],
        "A send where nobody can receive any more: this side has shut down its direction, or the other side has answered by RST what came after its close. The signal SIGPIPE comes first and ends a program that is not prepared.",
        &["broken-pipe", "rst", "MSG_NOSIGNAL"],
    ),
    term(
        "EPROTONOSUPPORT",
        &["protocol not supported"],
        "socket was asked for a protocol that does not go with the kind of socket, or that the kernel does not have.",
        &["socket"],
    ),
    term(
        "ETIMEDOUT",
        &["connection timed out"],
        "The other side does not answer at all: SYNs were in vain for one to two minutes, or data for about a quarter of an hour, or keep-alive probes. A firewall that drops looks so; who refuses says RST.",
        &["SYN-SENT", "retransmission", "keep-alive", "rst"],
    ),
];
