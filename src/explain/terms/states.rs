//! The states of a TCP connection: RFC 9293, 3.3.2. Each end has its own.

use super::{Term, term};

/// In the order in which a connection comes through them.
pub static STATES: &[Term] = &[
    term(
        "CLOSED",
        &[],
        "No connection at all: a socket before connect or listen, and what is left when everything is over. A segment that comes for it is answered by RST.",
        &["handshake", "rst"],
    ),
    term(
        "SYN-SENT",
        &[],
        "The client has sent its SYN and waits for the answer, and connect waits with it. The kernel sends the SYN again, after one second at first and then ever more rarely; after one to two minutes it gives up: ETIMEDOUT.",
        &["connect", "handshake", "ETIMEDOUT"],
    ),
    term(
        "SYN-RECEIVED",
        &["SYN-RCVD", "SYN-RECV"],
        "The server's kernel has answered the SYN and waits for the client's acknowledgment. The server's program does not know of it yet. Very many of these, which nobody ever completes, are a SYN flood.",
        &["handshake", "listen", "backlog"],
    ),
    term(
        "ESTABLISHED",
        &[],
        "Both sides have heard each other, and bytes may go both ways. It lasts until one side closes, even when nothing is sent for days: a cable that is pulled changes nothing until somebody sends.",
        &["connection", "keep-alive", "fin"],
    ),
    term(
        "FIN-WAIT-1",
        &["FIN-WAIT"],
        "This side closed first: its FIN is sent and not yet acknowledged.",
        &["fin", "FIN-WAIT-2", "CLOSING"],
    ),
    term(
        "FIN-WAIT-2",
        &[],
        "This side's FIN is acknowledged, and the other side has not closed yet. After shutdown that is a half-close, which may last and in which bytes still come. After close, Linux waits 60 s for the other side's FIN and then forgets the connection.",
        &["half-close", "CLOSE-WAIT", "TIME_WAIT"],
    ),
    term(
        "CLOSE-WAIT",
        &[],
        "The other side has closed, and this side's program has not: the kernel waits for it, for ever. A program with many sockets in this state forgets to close them.",
        &["end of file", "never-closed", "LAST-ACK"],
    ),
    term(
        "CLOSING",
        &["simultaneous close"],
        "Both sides closed at once: the FINs crossed, and this side's is not yet acknowledged.",
        &["fin", "TIME_WAIT"],
    ),
    term(
        "LAST-ACK",
        &[],
        "This side closed second: it waits only for the acknowledgment of its own FIN. It needs no TIME_WAIT afterwards; the other side has it.",
        &["fin", "CLOSE-WAIT", "TIME_WAIT"],
    ),
    term(
        "TIME_WAIT",
        &["2MSL"],
        "The side that closed first remembers the connection for a while (60 s on Linux), in case its last acknowledgment was lost or old segments are still on the way. A server that is started again meanwhile finds its address in use, unless it sets SO_REUSEADDR.",
        &["fin", "address already in use"],
    ),
];
