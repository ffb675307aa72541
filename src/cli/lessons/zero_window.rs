//! A receiver without room stops the sender.

use super::{CHAT, Lesson, Says, see};

pub const LESSON: Lesson = Lesson {
    name: "zero-window",
    title: "who does not read stops the one who writes",
    story: "The client sends 24,000 bytes. The server's program does not read for 0.7 seconds, and its kernel has little room for bytes that wait (net.ipv4.tcp_rmem is 8192). The client's kernel, too, keeps few of those that are not acknowledged (SO_SNDBUF).",
    server_sysctls: &[("net.ipv4.tcp_rmem", "4096 8192 8192")],
    server: Some(&["part", "read-late"]),
    client: &["part", "send-much", "192.168.1.6"],
    says: Says::InTurn(&[]),
    look: "Look at the window in the server's acknowledgments: so many bytes it still has room for.",
    see: &[
        see(
            "tcp.srcport == 12345 and tcp.analysis.zero_window",
            "The server's kernel: no room left. The client stops, though nothing was lost and the cable is idle.",
        ),
        see(
            "tcp.dstport == 12345 and (tcp.analysis.zero_window_probe or tcp.analysis.keep_alive)",
            "After a while the client's kernel asks whether there is room now, for the message that says so might have been lost. (It looks like a keep-alive: a byte number that is known already.)",
        ),
        see(
            "tcp.srcport == 12345 and tcp.analysis.window_update",
            "The program reads, and the window opens again.",
        ),
        see(
            "tcp.dstport == 12345 and tcp.flags.fin == 1",
            "In the end every byte has crossed, and the end itself.",
        ),
    ],
    question: "The client's program wanted to send 24,000 bytes and had to wait in its call of send(). For whom?",
    answer: "For the server's program: bytes that it does not read fill the server's kernel, then the window closes, then they fill the client's kernel, and then send() blocks. So a slow reader slows its writer down, and two that only write to each other wait for ever.",
    ..CHAT
};
