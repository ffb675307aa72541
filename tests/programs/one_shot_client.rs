//! The tutorial's client in Rust, its errors told.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() -> std::io::Result<()> {
    let mut stream = TcpStream::connect("192.168.1.6:12345")?;
    let mut data = [0; 1024];
    let size = stream.read(&mut data)?;
    println!("{}", String::from_utf8_lossy(&data[..size]));
    stream.write_all("hello 你好".as_bytes())
}
