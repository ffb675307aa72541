//! The system calls by which programs speak to the network, and what each does on the wire.

use super::{Term, term};

/// In alphabetical order.
pub static CALLS: &[Term] = &[
    term(
        "accept",
        &["accept4"],
        "Takes the next connection from the listening socket's queue and returns a new socket for it; the listening one goes on listening. It waits while there is none. Nothing goes on the wire: the kernels shook hands before.",
        &["backlog", "handshake", "server"],
    ),
    term(
        "bind",
        &["INADDR_ANY", "0.0.0.0"],
        "Gives a socket its own address and port. 0.0.0.0 (or ::) stands for every address of the host; bound to 127.0.0.1 it is reached from the same host only. With port 0 the kernel picks one. Nothing goes on the wire.",
        &["port", "server", "EADDRINUSE", "EADDRNOTAVAIL"],
    ),
    term(
        "close",
        &["close_range"],
        "Gives the socket back. Once no copy of it is left (dup, fork), TCP sends a FIN after all that is still to be sent; where bytes have come that nobody read, it sends RST. The kernel goes on with the rest of the connection by itself.",
        &["fin", "closed-unread", "SO_LINGER", "half-close"],
    ),
    term(
        "connect",
        &[],
        "On a TCP socket: sends the SYN and returns when the answer has come, one round trip later. On a UDP socket: sends nothing; the kernel notes where send goes, takes datagrams from there only, and reports that host's errors.",
        &["handshake", "SYN-SENT", "EINPROGRESS", "ECONNREFUSED"],
    ),
    term(
        "dup",
        &["dup2", "dup3", "pidfd_getfd"],
        "Makes another number for the same socket, as fork does for the new process: one socket, closed only when its last copy is.",
        &["close", "fork"],
    ),
    term(
        "execve",
        &["execveat", "O_CLOEXEC", "close-on-exec"],
        "Runs another program in this process. Its sockets stay open, but for those that are marked close-on-exec.",
        &["fork", "close"],
    ),
    term(
        "fork",
        &["clone", "vfork"],
        "Makes a copy of the process, with copies of all its sockets. A server that forks for each client must close the client's socket in the parent, and the listening one in the child: as long as one copy is open, no FIN is sent.",
        &["close", "never-closed", "server"],
    ),
    term(
        "getsockname",
        &["getpeername"],
        "Asks the kernel for a socket's own address and port (getsockname), or for the other side's (getpeername): so a client learns which port it was given. Nothing goes on the wire.",
        &["ephemeral port", "four-tuple"],
    ),
    term(
        "io_uring",
        &["io_uring_setup", "io_uring_enter", "io_uring_register"],
        "A newer way to ask the kernel: by a queue in shared memory, not call by call. Who follows calls sees nothing of it, so that followed programs are told that the kernel has none.",
        &["poll"],
    ),
    term(
        "ioctl",
        &["FIONREAD", "FIONBIO"],
        "Asks for this and that: FIONREAD how many bytes could be received now, FIONBIO that calls shall not wait.",
        &["non-blocking"],
    ),
    term(
        "listen",
        &[],
        "From now on the kernel completes handshakes for this socket's port by itself and keeps the connections in a queue of the given length; the state is called LISTEN. Before it, who connects is refused. Nothing goes on the wire.",
        &["backlog", "accept", "handshake"],
    ),
    term(
        "nanosleep",
        &["clock_nanosleep", "sleep", "restart_syscall"],
        "The program waits for a time, not for the network. What comes meanwhile waits in the kernel's buffers. Where a sleep seems to mend a program, two sides were not agreed on who speaks next.",
        &["byte stream", "both-wait"],
    ),
    term(
        "non-blocking",
        &["O_NONBLOCK", "blocking", "fcntl"],
        "A call mostly waits (blocks) until it can do something. On a socket with O_NONBLOCK it returns at once: with what can be done now, or with EAGAIN. Then poll, select or epoll tells when to ask again.",
        &["EAGAIN", "EINPROGRESS", "poll"],
    ),
    term(
        "poll",
        &[
            "select",
            "epoll",
            "ppoll",
            "pselect6",
            "epoll_wait",
            "epoll_pwait",
            "epoll_pwait2",
            "event loop",
        ],
        "Waits until one of many sockets can be read or written, so that one thread serves many clients. \"Readable\" says that a receive would not wait: for some bytes, for the end of the stream, or for an error. It does not say that a whole message is there.",
        &["non-blocking", "byte stream", "end of file"],
    ),
    term(
        "recv",
        &["read", "readv", "recvfrom", "recvmsg", "recvmmsg", "preadv"],
        "Takes bytes out of the kernel's buffer, and waits while there are none. TCP: at least one and at most as many as were asked for, however they were sent; 0 is the end of the stream. UDP: one datagram; what does not fit is lost.",
        &["byte stream", "end of file", "datagram-cut", "flow control"],
    ),
    term(
        "seccomp",
        &["prctl"],
        "A program gives up system calls that it does not need, so that whoever takes it over cannot make them.",
        &["socket"],
    ),
    term(
        "send",
        &[
            "write", "writev", "sendto", "sendmsg", "sendmmsg", "pwritev",
        ],
        "Copies bytes into the kernel's buffer and returns how many it took, perhaps fewer than given; it waits while the buffer is full. It says nothing of arrival, and how TCP cuts the bytes into segments is the kernel's business. UDP sends one datagram a call.",
        &["byte stream", "segment", "flow control", "nagle"],
    ),
    term(
        "sendfile",
        &["splice"],
        "Sends bytes of a file, or of a pipe, that the program never sees: the kernel moves them by itself. On the wire it is as any send.",
        &["send"],
    ),
    term(
        "setsockopt",
        &["getsockopt", "socket option"],
        "Sets, or asks for, an option of a socket: how long calls wait, how large its buffers are, what close does.",
        &[
            "SO_REUSEADDR",
            "SO_RCVTIMEO",
            "SO_RCVBUF",
            "SO_LINGER",
            "nagle",
        ],
    ),
    term(
        "signal",
        &["SIGPIPE", "SIGINT", "SIGKILL"],
        "The kernel interrupts a program: SIGINT is Ctrl-C, SIGKILL ends it at once, SIGPIPE comes when it sends where nobody can receive any more and ends it unless it is prepared. However a program ends, the kernel closes its sockets.",
        &["EPIPE", "EINTR", "close"],
    ),
];
