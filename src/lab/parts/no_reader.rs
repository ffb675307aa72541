//! Who does not read stops the one who writes.

use std::io::{self, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::SndBuf;

use super::{accept, read_to_end};
use crate::protocols::chat_wire::PORT;

/// Longer than it takes to fill the window, and long enough for a probe of it.
const NAP: Duration = Duration::from_millis(700);

/// Long enough for what is printed to be seen before what comes of it.
const BREATH: Duration = Duration::from_millis(20);

/// A server that does not read for a while.
pub fn read_late() -> io::Result<()> {
    let mut stream = accept(PORT)?;
    println!("a client is here, and I do not read");
    thread::sleep(NAP);
    println!("now I read");
    thread::sleep(BREATH);
    println!("read {} bytes", read_to_end(&mut stream)?);
    Ok(())
}

const MUCH: usize = 24_000;

/// So little that [`MUCH`] does not fit, and `send` must wait: the kernel takes twice as much, and needs a
/// part of it for itself.
const ROOM_TO_SEND: usize = 6_000;

/// A client that sends 24,000 bytes at once.
pub fn send_much(host: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, PORT))?;
    setsockopt(&stream, SndBuf, &ROOM_TO_SEND)?;
    stream.write_all(&b"x".repeat(MUCH))?;
    println!("send() has taken {MUCH} bytes; that does not mean that anybody has read them");
    stream.shutdown(Shutdown::Write)?;
    read_to_end(&mut stream)?;
    println!("the server has closed, too: now they are read");
    Ok(())
}
