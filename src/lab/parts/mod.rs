//! Small programs for lessons: what the chat never does, such as not reading, or going without a word, and
//! what other protocols do.
//!
//! Each is a few plain calls on a plain socket, at the chat's port where its protocol has none of its own.
//! They talk to each other, in the lab.

mod framed;
mod half_close;
mod mail;
mod name;
mod no_reader;
mod time_wait;
mod unread;
mod web;

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// A program.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// What it is called on the command line.
    pub name: &'static str,
    role: Role,
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Server(fn() -> io::Result<()>),
    /// Against this host.
    Client(fn(&str) -> io::Result<()>),
}

/// Every program, a server beside its client.
const PARTS: &[Part] = &[
    server("count", half_close::count),
    client("ask-for-count", half_close::ask_for_count),
    server("read-late", no_reader::read_late),
    client("send-much", no_reader::send_much),
    server("leave-unread", unread::leave_unread),
    client("expect-answer", unread::expect_answer),
    server("answer-each", framed::answer_each),
    client("send-in-two", framed::send_in_two),
    server("start-again", time_wait::start_again),
    client("hear-end", time_wait::hear_end),
    server("know-name", name::know_name),
    client("ask-name", name::ask_name),
    server("web-server", web::serve),
    client("web-client", web::fetch),
    server("mail-server", mail::take),
    client("mail-client", mail::hand_in),
];

const fn server(name: &'static str, play: fn() -> io::Result<()>) -> Part {
    let role = Role::Server(play);
    Part { name, role }
}

const fn client(name: &'static str, play: fn(&str) -> io::Result<()>) -> Part {
    let role = Role::Client(play);
    Part { name, role }
}

impl Part {
    /// The program of this name.
    ///
    /// # Errors
    ///
    /// There is none; the message names those there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let part = PARTS.iter().find(|part| part.name == name);
        part.copied().ok_or_else(|| {
            let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
            format!("there are {}", names.join(", "))
        })
    }

    /// Plays it, against `host` where it is a client.
    ///
    /// # Errors
    ///
    /// What the kernel says to a call.
    pub fn play(self, host: &str) -> io::Result<()> {
        match self.role {
            Role::Server(play) => play(),
            Role::Client(play) => play(host),
        }
    }
}

/// The first client that comes to a port.
fn accept(port: u16) -> io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    println!("listening on port {port}");
    Ok(listener.accept()?.0)
}

fn read_to_end(stream: &mut TcpStream) -> io::Result<u64> {
    io::copy(stream, &mut io::sink())
}
