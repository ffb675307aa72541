//! What arrives is a stream of bytes, cut anywhere, of any kind.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};

use crate::common::PATIENCE;
use crate::program::Program;
use crate::server::Server;

/// A client of our server that sends whatever a test wants.
fn connect(server: &mut Server) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut welcome = [0; 7];
    stream.read_exact(&mut welcome).unwrap();
    assert_eq!(&welcome, b"welcome");
    assert!(["joined", "connected"].contains(&server.tells().as_str()));
    stream
}

#[test]
fn a_character_cut_by_the_1024_byte_receive_is_put_together_again() {
    for before in 1021..=1024 {
        let mut server = Server::on("127.0.0.1", &[]);
        let mut stream = connect(&mut server);
        let message = format!("{}好end", "a".repeat(before));
        stream.write_all(message.as_bytes()).unwrap();
        drop(stream);
        let text = [server.tells(), server.tells()];
        assert_eq!(text.concat(), message);
        assert_eq!(
            text[1],
            if before == 1021 { "end" } else { "好end" },
            "each receive is printed as it comes"
        );
        assert_eq!(server.tells(), "left");
    }
}

#[test]
fn a_character_that_never_ends_is_shown_as_bytes_when_the_client_leaves() {
    let mut server = Server::on("127.0.0.1", &[]);
    let mut stream = connect(&mut server);
    stream.write_all(b"a\xe5\xa5").unwrap();
    assert_eq!(server.tells(), "a");
    drop(stream);
    assert_eq!(server.tells(), r"\xe5\xa5");
    assert_eq!(server.tells(), "left");
}

#[test]
fn bytes_that_are_no_text_are_shown_as_such_and_nothing_dies_of_them() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let mut server = Server::on("127.0.0.1", &[]);
    let mut stream = connect(&mut server);
    stream.write_all(&every_byte).unwrap();
    drop(stream);
    let shown = server.program.until("left\n");
    for part in [
        r"\x00\x01\x02",
        "ABCDEFG",
        r"\x1b\x1c",
        r"\x7f\x80\x81",
        r"\xfe\xff",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    let is_tame = |shown: char| !shown.is_control() || shown == '\n';
    assert!(
        shown.chars().all(is_tame),
        "a control character came through: {shown:?}"
    );
    connect(&mut server);
}

#[test]
fn no_message_can_look_like_a_line_of_the_servers_own() {
    let mut server = Server::on("127.0.0.1", &[]);
    let mut stream = connect(&mut server);
    stream.write_all(b"hello\n10.0.0.1:1 left\n").unwrap();
    assert_eq!(server.tells(), r"hello\n10.0.0.1:1 left\n");
    drop(stream);
    assert_eq!(server.tells(), "left");
}

#[test]
fn a_one_shot_message_is_one_receive_of_1024_bytes() {
    let mut server = Server::on("127.0.0.1", &["--style", "one-shot"]);
    let mut stream = connect(&mut server);
    stream.write_all(&[b'a'; 1500]).unwrap();
    assert_eq!(server.tells(), "a".repeat(1024));
    assert!(server.program.end().status.success());
}

#[test]
fn the_longest_datagram_is_printed_whole_and_an_empty_one_is_no_end() {
    let mut server = Server::on("127.0.0.1", &["--transport", "udp"]);
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    peer.connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    peer.send(b"").unwrap();
    let mut answer = [0; 64];
    let count = peer.recv(&mut answer).unwrap();
    assert_eq!(&answer[..count], b"welcome");
    assert_eq!(server.tells(), "");
    peer.send(&vec![b'x'; 65_507]).unwrap();
    assert_eq!(server.tells(), "x".repeat(65_507));
    peer.send(b"\xe5\xa5").unwrap();
    peer.send(b"\xbd").unwrap();
    assert_eq!(server.tells(), r"\xe5\xa5");
    assert_eq!(
        server.tells(),
        r"\xbd",
        "a datagram is a message of its own"
    );
}

#[test]
fn the_client_prints_what_comes_later_and_ends_with_the_server() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut client = Program::ours(&["client", "127.0.0.1", "-p", &port]);
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"hi \xe5\xa5").unwrap();
    client.until("hi \n");
    stream.write_all(b"\xbd").unwrap();
    client.until("好\n");
    stream.write_all(b"\x1b[2Jnews").unwrap();
    client.until("\\x1b[2Jnews\n");
    drop(stream);
    client.until("the server closed the connection\n");
    assert!(client.end().status.success());
}
