//! A web server and its client: HTTP/1.1 (RFC 9112), several requests on one connection.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use super::accept;

/// Where web servers listen.
const PORT: u16 = 80;

/// The one page that there is.
const PAGE: &str = "<!doctype html>\n<title>Hello</title>\n<p>One page, in two pieces.</p>\n";

/// How much of a page is read and sent at a time, in bytes: for a real one, some thousands.
const BLOCK: usize = 40;

/// A server that answers requests until its client goes.
pub fn serve() -> io::Result<()> {
    let stream = accept(PORT)?;
    // As web servers do: a block that is short shall not wait until the one before is acknowledged.
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(&stream);
    while let Some(request) = read_head(&mut requests)? {
        let line = request.lines().next().unwrap_or_default();
        println!("{line}");
        let (status, page) = match line.split(' ').nth(1) {
            Some("/") => ("200 OK", PAGE),
            _ => ("404 Not Found", ""),
        };
        let length = page.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n"
        );
        (&stream).write_all(head.as_bytes())?;
        for block in page.as_bytes().chunks(BLOCK) {
            (&stream).write_all(block)?;
        }
    }
    println!("the client has gone");
    Ok(())
}

/// A client that asks for the page, and then on the same connection, as browsers do, for the site's icon.
pub fn fetch(host: &str) -> io::Result<()> {
    let stream = TcpStream::connect((host, PORT))?;
    let mut answers = BufReader::new(&stream);
    for target in ["/", "/favicon.ico"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        (&stream).write_all(request.as_bytes())?;
        let head = read_head(&mut answers)?.unwrap_or_default();
        let length = content_length(&head);
        let mut body = Vec::new();
        answers.by_ref().take(length).read_to_end(&mut body)?;
        let line = head.lines().next().unwrap_or_default();
        let status = line.split_once(' ').map_or(line, |(_, status)| status);
        println!("GET {target}: {status}, {} bytes of body", body.len());
    }
    Ok(())
}

/// The lines up to the blank one that ends them; `None` where nothing comes any more.
fn read_head(lines: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = String::new();
    while lines.read_line(&mut head)? > 0 {
        if head.ends_with("\r\n\r\n") {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

/// How many bytes follow the head; without a word, none.
fn content_length(head: &str) -> u64 {
    let mut lengths = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse().ok())?
    });
    lengths.next().unwrap_or(0)
}
