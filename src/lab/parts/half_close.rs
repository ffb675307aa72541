//! One direction is closed, the other goes on.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use super::{accept, read_to_end};
use crate::protocols::chat_wire::PORT;

/// A server that reads to the end, and only then says how much that was.
pub fn count() -> io::Result<()> {
    let mut stream = accept(PORT)?;
    let bytes = read_to_end(&mut stream)?;
    println!("read {bytes} bytes, and then 0: the client's end");
    stream.write_all(format!("I got {bytes} bytes").as_bytes())
}

/// A client that says it has no more to say, and goes on listening.
pub fn ask_for_count(host: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, PORT))?;
    stream.write_all(b"one two three")?;
    println!("shutdown(SHUT_WR): I have no more to say");
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("and still I hear: {answer}");
    Ok(())
}
