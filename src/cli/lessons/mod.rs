//! Lessons: each is an exchange that really takes place in the lab, what to look at in it, what is to be
//! seen, and a question with its answer. One file a lesson, to be read by whoever teaches; `teach` runs them.

mod arp_fail;
mod byte_stream;
mod encapsulation;
mod half_close;
mod handshake;
mod http;
mod mail;
mod mtu_and_fragments;
mod nagle;
mod name;
mod out_of_order;
mod parts;
mod refused;
mod reset;
mod retransmission;
mod teach;
mod time_wait;
mod timeout;
mod udp_loss;
mod utf8_split;
mod zero_window;

use std::fmt::Write as _;

use super::error::CliError;
use super::output::{Screen, print};
use super::watch::Card;
use crate::render::theme;

pub use parts::PartArgs;
pub use teach::{Showing, teach};

/// A lesson.
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What the two programs do, and what happens to them.
    pub story: &'static str,
    /// Faults of the cable.
    pub faults: &'static [&'static str],
    /// The longest packet, where it is not Ethernet's.
    pub mtu: Option<u16>,
    /// Settings of the server's kernel: name and value.
    pub server_sysctls: &'static [(&'static str, &'static str)],
    /// Settings of the client's kernel.
    pub client_sysctls: &'static [(&'static str, &'static str)],
    /// The server: arguments of this program. It says a first line when it is ready.
    pub server: Option<&'static [&'static str]>,
    /// The client, likewise.
    pub client: &'static [&'static str],
    /// What the client is given to say.
    pub says: Says,
    /// What to look at.
    pub look: &'static str,
    /// What is to be seen; each is checked on the frames that really came.
    pub see: &'static [See],
    /// What is shown after the exchange.
    pub card: Card,
    /// A question.
    pub question: &'static str,
    /// Its answer.
    pub answer: &'static str,
}

/// What the client is given to say.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    /// Line by line, each when the one before has arrived.
    InTurn(&'static [&'static str]),
    /// All lines at once.
    AtOnce(&'static [&'static str]),
}

/// Something that is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct See {
    /// In words.
    pub what: &'static str,
    /// The frames that show it, as a display filter.
    pub filter: &'static str,
    /// How many there must be.
    pub frames: Frames,
}

/// How many frames must pass a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// So many, or more.
    AtLeast(usize),
    /// None.
    None,
}

impl Frames {
    /// Whether so many are right.
    pub const fn are(self, count: usize) -> bool {
        match self {
            Self::AtLeast(least) => count >= least,
            Self::None => count == 0,
        }
    }
}

/// A frame that passes the filter shows it.
const fn see(filter: &'static str, what: &'static str) -> See {
    See {
        what,
        filter,
        frames: Frames::AtLeast(1),
    }
}

/// So many frames or more show it.
const fn see_several(least: usize, filter: &'static str, what: &'static str) -> See {
    See {
        what,
        filter,
        frames: Frames::AtLeast(least),
    }
}

/// No frame passes the filter: that shows it.
const fn see_none(filter: &'static str, what: &'static str) -> See {
    See {
        what,
        filter,
        frames: Frames::None,
    }
}

/// What lessons have in common: the chat over TCP, undisturbed.
const CHAT: Lesson = Lesson {
    name: "",
    title: "",
    story: "",
    faults: &[],
    mtu: None,
    server_sysctls: &[],
    client_sysctls: &[],
    server: Some(&["server", "--bind", "192.168.1.6"]),
    client: &["client", "192.168.1.6"],
    says: Says::InTurn(&["hello"]),
    look: "",
    see: &[],
    card: Card::None,
    question: "",
    answer: "",
};

/// Every lesson, in the order in which they are best taken.
pub const LESSONS: &[Lesson] = &[
    encapsulation::LESSON,
    handshake::LESSON,
    byte_stream::LESSON,
    nagle::LESSON,
    half_close::LESSON,
    time_wait::LESSON,
    refused::LESSON,
    timeout::LESSON,
    retransmission::LESSON,
    out_of_order::LESSON,
    zero_window::LESSON,
    reset::LESSON,
    udp_loss::LESSON,
    arp_fail::LESSON,
    mtu_and_fragments::LESSON,
    utf8_split::LESSON,
    name::LESSON,
    http::LESSON,
    mail::LESSON,
];

/// The lesson of this name.
///
/// # Errors
///
/// There is none; the message names those there are.
pub fn named(name: &str) -> Result<&'static Lesson, String> {
    LESSONS
        .iter()
        .find(|lesson| lesson.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = LESSONS.iter().map(|lesson| lesson.name).collect();
            format!("there are {}", names.join(", "))
        })
}

/// Lists the lessons.
///
/// # Errors
///
/// Standard output is closed or cannot be written.
pub fn list(screen: Screen) -> Result<(), CliError> {
    let mut out = String::new();
    screen
        .theme
        .paint_str(&mut out, theme::heading(), "Lessons");
    out.push_str("  each runs for real: netinspect run-demo --lesson NAME\n\n");
    for lesson in LESSONS {
        let _ = writeln!(out, "  {:<18} {}", lesson.name, lesson.title);
    }
    print(&out)
}
