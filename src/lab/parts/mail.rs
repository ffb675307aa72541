//! A mail server and a program that hands a letter in: SMTP (RFC 5321).

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::TcpStream;

use super::accept;

/// Where mail servers take letters.
const PORT: u16 = 25;

/// What ends a letter: a dot alone on its line.
const END: &str = ".";

/// A server that takes letters until its client says goodbye.
pub fn take() -> io::Result<()> {
    let stream = accept(PORT)?;
    let mut lines = BufReader::new(&stream).lines();
    (&stream).write_all(b"220 mail.example is ready\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let reply = match line.split(' ').next() {
            Some("EHLO") => "250 mail.example greets you",
            Some("MAIL" | "RCPT") => "250 OK",
            Some("DATA") => {
                (&stream).write_all(b"354 end it with a dot on a line of its own\r\n")?;
                let letter = lines.by_ref().map_while(Result::ok);
                let count = letter.take_while(|line| line != END).count();
                println!("a letter of {count} lines");
                "250 OK, it is mine now"
            }
            Some("QUIT") => {
                return (&stream).write_all(b"221 goodbye\r\n");
            }
            _ => "500 I do not know this",
        };
        (&stream).write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}

/// What the client says, each when the one before is answered.
const COMMANDS: [&str; 6] = [
    "EHLO client.example",
    "MAIL FROM:<ada@example.org>",
    "RCPT TO:<bob@example.org>",
    "DATA",
    "From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n.",
    "QUIT",
];

/// A client that hands in one letter.
pub fn hand_in(host: &str) -> io::Result<()> {
    let stream = TcpStream::connect((host, PORT))?;
    let mut replies = BufReader::new(&stream).lines();
    // The server speaks first.
    hear(&mut replies)?;
    for command in COMMANDS {
        (&stream).write_all(format!("{command}\r\n").as_bytes())?;
        hear(&mut replies)?;
    }
    Ok(())
}

/// Hears a reply: the server's digits 2 and 3 mean that all is well.
fn hear(replies: &mut impl Iterator<Item = io::Result<String>>) -> io::Result<()> {
    let reply = replies.next().transpose()?.unwrap_or_default();
    println!("{reply}");
    if reply.starts_with(['2', '3']) {
        Ok(())
    } else {
        Err(io::Error::other("the server refuses"))
    }
}
