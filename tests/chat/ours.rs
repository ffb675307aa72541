//! Our server and our client.

use crate::loopbacks;
use crate::program::Program;
use crate::server::Server;

/// Our client, to a server at this address.
fn client(address: &str, port: u16, options: &[&str]) -> Program {
    let port = port.to_string();
    Program::ours(&[&["client", address, "--port", &port], options].concat())
}

#[test]
fn one_shot_is_one_message_each_way_and_the_address() {
    for address in loopbacks() {
        for (transport, joins) in [("tcp", true), ("udp", false)] {
            let options = ["--style", "one-shot", "--transport", transport];
            let mut server = Server::on(address, &options);
            let mut client = client(address, server.port, &options);
            client.types("你好\n");
            let client = client.end();
            assert!(client.stdout.starts_with("welcome\n"), "{}", client.stdout);
            assert!(client.status.success(), "{}", client.stderr);
            if joins {
                assert_eq!(server.tells(), "connected");
            }
            assert_eq!(server.tells(), "你好");
            let server = server.program.end();
            assert_eq!(server.stdout, "");
            assert!(server.status.success());
        }
    }
}

#[test]
fn the_loop_lasts_until_the_client_leaves_and_the_server_goes_on() {
    for address in loopbacks() {
        let mut server = Server::on(address, &[]);
        for _ in 0..2 {
            let mut client = client(address, server.port, &[]);
            assert_eq!(client.line(), "welcome");
            assert_eq!(server.tells(), "joined");
            for message in ["hello", "你好", "tab's and \"quotes\""] {
                client.types(&format!("{message}\n"));
                assert_eq!(server.tells(), message);
            }
            client.types("the last line needs no end");
            let client = client.end();
            assert!(client.status.success(), "{}", client.stderr);
            assert_eq!(client.stdout, "", "where nobody types, nobody is asked to");
            assert_eq!(server.tells(), "the last line needs no end");
            assert_eq!(server.tells(), "left", "{address}");
        }
    }
}

#[test]
fn the_first_datagram_opens_the_dialogue_and_nobody_is_told_of_the_end() {
    for address in loopbacks() {
        let mut server = Server::on(address, &["--transport", "udp"]);
        let mut client = client(address, server.port, &["--transport", "udp"]);
        client.types("one\n");
        client.until("welcome\n");
        client.types("\n");
        client.types("你好\n");
        for wanted in ["one", "", "你好"] {
            assert_eq!(server.tells(), wanted, "{address}");
        }
        let client = client.end();
        assert!(client.status.success(), "{}", client.stderr);
        assert!(
            client.stdout.contains("the server is not told"),
            "{}",
            client.stdout
        );
    }
}

#[test]
fn many_clients_are_served_at_once() {
    const CLIENTS: usize = 12;
    let mut server = Server::on("127.0.0.1", &[]);
    let mut clients: Vec<Program> = (0..CLIENTS)
        .map(|_| client("127.0.0.1", server.port, &[]))
        .collect();
    for client in &mut clients {
        client.until("welcome\n");
        assert_eq!(server.tells(), "joined");
    }
    // The last one to come is heard while the first ones are still there.
    for (number, client) in clients.iter_mut().enumerate().rev() {
        client.types(&format!("I am {number}\n"));
        assert_eq!(server.tells(), format!("I am {number}"));
    }
    drop(clients);
    let mut farewells: Vec<String> = (0..CLIENTS).map(|_| server.tells()).collect();
    farewells.dedup();
    assert_eq!(farewells, ["left"]);
}
