//! Nothing comes back: the client asks again, and gives up.

use super::{CHAT, Lesson, Says, see, see_none, see_several};

pub const LESSON: Lesson = Lesson {
    name: "timeout",
    title: "nothing comes back: asked again, and given up",
    story: "The server listens, but the cable swallows every SYN, as many a firewall does. The client's kernel is set to give up after three seconds instead of about two minutes (net.ipv4.tcp_syn_retries is 1 instead of 6). In that time it asks once more, and from Linux 6.5 on twice: newer kernels ask every second at first.",
    faults: &["drop all where tcp.flags.syn == 1"],
    client_sysctls: &[("net.ipv4.tcp_syn_retries", "1")],
    says: Says::InTurn(&[]),
    look: "Look at the times of the SYNs, and at how long the client's program hangs in connect().",
    see: &[
        see_several(
            2,
            "tcp.flags.syn == 1 and frame.fate == \"lost\"",
            "The same SYN again and again, with the same sequence number: each is lost on the cable.",
        ),
        see(
            "tcp.analysis.rto > 0.9",
            "The kernel waits a second before it asks again.",
        ),
        see_none(
            "tcp.srcport == 12345",
            "From the server, not a word: it has never heard of it.",
        ),
    ],
    question: "Your client hangs in connect() for two minutes, and a colleague's fails at once with \"connection refused\". Which of you has the firewall?",
    answer: "You. Silence means that nobody answered: a firewall that drops, a host that is off, a wrong route. A refusal is an answer: there is a host, and its kernel says no.",
    ..CHAT
};
