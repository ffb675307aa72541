//! Messages with their length before them, `5:hello`, and an answer to each.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use super::accept;
use crate::protocols::chat_wire::PORT;

const ANSWER: &[u8] = b"got it";

/// A server that answers each message when it has it whole.
pub fn answer_each() -> io::Result<()> {
    let stream = accept(PORT)?;
    let mut messages = BufReader::new(&stream);
    while let Some(message) = next_message(&mut messages)? {
        println!("{message}");
        (&stream).write_all(ANSWER)?;
    }
    Ok(())
}

/// The next message, however many receives it takes; `None` at the end.
fn next_message(messages: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut length = Vec::new();
    messages.read_until(b':', &mut length)?;
    let length = String::from_utf8_lossy(&length);
    let Some(length) = length.strip_suffix(':') else {
        return Ok(None);
    };
    let length = length.parse().map_err(io::Error::other)?;
    let mut message = String::new();
    messages.take(length).read_to_string(&mut message)?;
    Ok(Some(message))
}

/// A client that sends messages as a whole, and then one in two sends: first its length, then itself.
pub fn send_in_two(host: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, PORT))?;
    // At first the server's kernel acknowledges at once; when answers have gone with the acknowledgments,
    // it waits for the next.
    for message in ["one", "two", "three", "four"] {
        let whole = format!("{}:{message}", message.len());
        ask(&mut stream, &[&whole], "one send")?;
    }
    ask(&mut stream, &["4:", "five"], "two sends")
}

fn ask(stream: &mut TcpStream, sends: &[&str], how: &str) -> io::Result<()> {
    let begin = Instant::now();
    for bytes in sends {
        stream.write_all(bytes.as_bytes())?;
    }
    stream.read_exact(&mut [0; ANSWER.len()])?;
    let waited = begin.elapsed().as_secs_f64() * 1000.0;
    println!("{how}, and answered after {waited:.1} ms");
    Ok(())
}
