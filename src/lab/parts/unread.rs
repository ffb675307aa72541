//! Closed with bytes unread.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use super::accept;
use crate::protocols::chat_wire::PORT;

/// A server that goes while bytes wait unread.
pub fn leave_unread() -> io::Result<()> {
    let stream = accept(PORT)?;
    // Waits until bytes are there, and leaves them there.
    let waiting = stream.peek(&mut [0; 16])?;
    println!("{waiting} bytes wait unread, and I close");
    Ok(())
}

/// A client that sends, and wants to read an answer.
pub fn expect_answer(host: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, PORT))?;
    stream.write_all(b"are you there?")?;
    match stream.read(&mut [0; 64]) {
        Ok(bytes) => println!("read {bytes} bytes"),
        Err(error) => println!("read: {error}"),
    }
    Ok(())
}
