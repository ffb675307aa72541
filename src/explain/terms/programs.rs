//! The words of socket programs: what they hold, how they wait, and how bytes become messages.

use super::{Term, term};

/// In alphabetical order.
pub static PROGRAMS: &[Term] = &[
    term(
        "address family",
        &["AF_INET", "AF_INET6", "PF_INET"],
        "Which kind of addresses a socket has: AF_INET for IPv4, AF_INET6 for IPv6, AF_UNIX for names on the same host. The address that is given to bind or connect must be of the same.",
        &["EAFNOSUPPORT", "socket", "ip address", "sockaddr"],
    ),
    term(
        "ascii",
        &["us-ascii", "crlf"],
        "A number from 0 to 127 for each letter, digit and sign of English (RFC 20): A is 65 (0x41), a line ends with LF (10), in HTTP, SMTP and FTP with CR LF (13 10). UTF-8 has the same bytes for them.",
        &["utf-8", "presentation"],
    ),
    term(
        "asyncio",
        &["async", "await", "coroutine"],
        "Python's event loop: one thread waits in epoll for all sockets, and goes on with the coroutine whose socket is ready. await gives the others their turn; a call that blocks (time.sleep, a plain recv) holds all of them up. On the wire it is as any other.",
        &["poll", "non-blocking", "thread"],
    ),
    term(
        "deadlock",
        &[],
        "Two wait for each other, for ever. Both in recv, since each thinks that it is the other's turn; or both in send, since neither reads and all buffers are full. run tells which, with the two calls.",
        &["both-wait", "both-send", "flow control"],
    ),
    term(
        "errno",
        &["error number", "strerror", "perror"],
        "Which error a call ended with. In C the call returns -1 and the number is in errno until the next call fails; perror and strerror say it in words. Python raises OSError with the same number.",
        &["ECONNREFUSED", "EAGAIN", "EPIPE"],
    ),
    term(
        "file descriptor",
        &["fd", "descriptor"],
        "The number by which a program names an open file, pipe or socket. 0, 1 and 2 are standard input, output and error, so that the first socket mostly is 3. The kernel gives out the smallest free one: once closed, a number soon stands for something else.",
        &["socket", "EBADF", "EMFILE", "dup"],
    ),
    term(
        "framing",
        &[
            "message framing",
            "delimiter",
            "separator",
            "length prefix",
            "message protocol",
        ],
        "How a receiver knows where a message ends in a stream of bytes: each has the same length, or its length before it (a length prefix), or a separator behind it (a delimiter, such as a line's end), which must then not occur inside. Whoever receives collects bytes until one message is whole, and keeps what is over for the next. run-demo --lesson byte-stream shows what happens without.",
        &[
            "byte stream",
            "content length",
            "part-taken-for-whole",
            "sends-read-as-one",
        ],
    ),
    term(
        "inet_pton",
        &["inet_ntop", "inet_aton", "inet_addr"],
        "Turns an address as people write it into the bytes that go into a packet, and inet_ntop turns it back. It asks nobody and takes no names: that is name resolution. It returns 1 when the text is an address, and 0 when it is not.",
        &["ip address", "name resolution", "sockaddr"],
    ),
    term(
        "raw socket",
        &["SOCK_RAW", "packet socket", "AF_PACKET"],
        "A socket for packets or, with AF_PACKET, whole frames: the program makes and reads the headers itself. ping, traceroute and programs that capture have one; it needs privilege (CAP_NET_RAW).",
        &["icmp", "capture", "EPERM"],
    ),
    term(
        "sendall",
        &["send all"],
        "Python's sendall calls send until all bytes are taken; send alone may take fewer and says how many. In C the loop is yours to write. After an error of sendall nobody knows how many bytes went.",
        &["send", "rest-never-sent"],
    ),
    term(
        "serialization",
        &["serialisation", "marshalling", "deserialization"],
        "Turning a program's values into bytes, and back: as text such as JSON, or in binary, as Python's struct does. Both sides must agree on lengths, byte order and character encoding. A C struct that is sent as it lies in memory agrees with nobody: it has gaps, and the byte order of this computer.",
        &["byte order", "utf-8", "presentation"],
    ),
    term(
        "sockaddr",
        &["struct sockaddr", "sockaddr_in", "sockaddr_in6"],
        "How C gives an address to bind, connect and sendto: the family, then the port and the address in network byte order. sockaddr_in (IPv4) has 16 bytes, sockaddr_in6 28; both are passed as a pointer to struct sockaddr, with their length. In Python it is a tuple: (\"192.168.1.6\", 12345).",
        &["address family", "byte order", "bind", "connect"],
    ),
    term(
        "thread",
        &["threads", "threading", "pthread", "multithreading"],
        "A course of a program that runs beside its others. A server that serves one client after the other lets the second wait; with a thread for each, a recv that waits holds up its own client only. All threads share the sockets: what one closes is closed for all.",
        &["fork", "poll", "accept", "EBADF"],
    ),
    term(
        "unix socket",
        &["unix domain socket", "AF_UNIX", "socketpair"],
        "A socket between programs of the same host, named by a path in place of address and port; socketpair makes two that are connected to each other. Its bytes pass through the kernel only: nothing goes over a network, and no capture shows them.",
        &["socket", "ENOENT", "loopback"],
    ),
];
