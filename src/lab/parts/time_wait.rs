//! A server that closes first, and is started again.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn};
use nix::sys::socket::{bind, listen, socket};

use super::read_to_end;
use crate::protocols::chat_wire::PORT;

/// A server that closes first, and then does once more what it did at its start.
pub fn start_again() -> io::Result<()> {
    let listener = listen_without_reuse()?;
    println!("listening on port {PORT}");
    let mut stream = listener.accept()?.0;
    stream.write_all(b"goodbye")?;
    stream.shutdown(Shutdown::Write)?;
    read_to_end(&mut stream)?;
    drop((stream, listener));
    println!("closed; and now once more from the start");
    match listen_without_reuse() {
        Ok(_) => println!("listening on port {PORT}"),
        Err(error) => println!("bind: {}", error.desc()),
    }
    Ok(())
}

/// The standard library would set `SO_REUSEADDR`.
fn listen_without_reuse() -> nix::Result<TcpListener> {
    let flags = SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    bind(socket.as_raw_fd(), &SockaddrIn::new(0, 0, 0, 0, PORT))?;
    listen(&socket, Backlog::new(1)?)?;
    Ok(TcpListener::from(socket))
}

/// A client that reads to the end, and then closes.
pub fn hear_end(host: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, PORT))?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    println!("read \"{said}\", and then 0: the server's end");
    Ok(())
}
