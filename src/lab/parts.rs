//! Small programs for lessons: what the chat never does, such as not reading, or going without a word.
//!
//! Each is a few plain calls on a plain socket, over TCP, at the chat's port.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::SndBuf;

use crate::protocols::chat_wire::PORT;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A server that reads to the end, and only then says how much that was.
    Count,
    /// A client that says it has no more to say, and goes on listening.
    AskForCount,
    /// A server that does not read for a while.
    ReadLate,
    /// A client that sends 24,000 bytes at once.
    SendMuch,
    /// A server that goes while bytes wait unread.
    LeaveUnread,
    /// A client that sends, and wants to read an answer.
    ExpectAnswer,
}

/// Plays it, against `host` where it is a client.
///
/// # Errors
///
/// What the kernel says to a call.
pub fn play(part: Part, host: &str) -> io::Result<()> {
    match part {
        Part::Count => count(&mut accept()?),
        Part::AskForCount => ask_for_count(TcpStream::connect((host, PORT))?),
        Part::ReadLate => read_late(accept()?),
        Part::SendMuch => send_much(TcpStream::connect((host, PORT))?),
        Part::LeaveUnread => leave_unread(&accept()?),
        Part::ExpectAnswer => expect_answer(TcpStream::connect((host, PORT))?),
    }
}

fn accept() -> io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    println!("listening on port {PORT}");
    Ok(listener.accept()?.0)
}

fn count(stream: &mut TcpStream) -> io::Result<()> {
    let bytes = read_to_end(stream)?;
    println!("read {bytes} bytes, and then 0: the client's end");
    stream.write_all(format!("I got {bytes} bytes").as_bytes())
}

fn ask_for_count(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"one two three")?;
    println!("shutdown(SHUT_WR): I have no more to say");
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("and still I hear: {answer}");
    Ok(())
}

/// Longer than it takes to fill the window, and long enough for a probe of it.
const NAP: Duration = Duration::from_millis(700);

fn read_late(mut stream: TcpStream) -> io::Result<()> {
    println!("a client is here, and I do not read");
    thread::sleep(NAP);
    println!("now I read");
    println!("read {} bytes", read_to_end(&mut stream)?);
    Ok(())
}

const MUCH: usize = 24_000;

/// So little that [`MUCH`] does not fit, and `send` must wait: the kernel takes twice as much, and needs a
/// part of it for itself.
const ROOM_TO_SEND: usize = 6_000;

fn send_much(mut stream: TcpStream) -> io::Result<()> {
    setsockopt(&stream, SndBuf, &ROOM_TO_SEND)?;
    stream.write_all(&b"x".repeat(MUCH))?;
    println!("send() has taken {MUCH} bytes; that does not mean that anybody has read them");
    stream.shutdown(Shutdown::Write)?;
    read_to_end(&mut stream)?;
    println!("the server has closed, too: now they are read");
    Ok(())
}

fn leave_unread(stream: &TcpStream) -> io::Result<()> {
    // Waits until bytes are there, and leaves them there.
    let waiting = stream.peek(&mut [0; 16])?;
    println!("{waiting} bytes wait unread, and I close");
    Ok(())
}

fn expect_answer(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"are you there?")?;
    match stream.read(&mut [0; 64]) {
        Ok(bytes) => println!("read {bytes} bytes"),
        Err(error) => println!("read: {error}"),
    }
    Ok(())
}

fn read_to_end(stream: &mut TcpStream) -> io::Result<u64> {
    io::copy(stream, &mut io::sink())
}
