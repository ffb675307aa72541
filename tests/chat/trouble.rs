//! What can go wrong: each says what was being done, to which address, and what to do; with the right
//! exit code, in bounded time.

use std::fs::File;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, socket};
use nix::unistd::Pid;

use crate::program::{Ended, Program};
use crate::server::Server;

/// Runs it with a line to say.
fn saying(line: &str, arguments: &[&str]) -> Ended {
    let mut program = Program::ours(arguments);
    program.types(line);
    program.end()
}

/// It failed, and said all of this.
fn assert_failed(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("netinspect: "), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part:?} in {}", ended.stderr);
    }
}

#[test]
fn a_port_in_use_is_told_over_both_transports() {
    for transport in ["tcp", "udp"] {
        let server = Server::on("127.0.0.1", &["--transport", transport]);
        let port = server.port.to_string();
        let arguments = [
            "server",
            "--bind",
            "127.0.0.1",
            "-p",
            &port,
            "--transport",
            transport,
        ];
        let ended = Program::ours(&arguments).end();
        assert_failed(
            &ended,
            &[&format!("cannot listen on 127.0.0.1:{port}"), "--port"],
        );
    }
}

#[test]
fn an_address_of_another_machine_cannot_be_listened_on() {
    let ended = Program::ours(&["server", "--bind", "203.0.113.1", "-p", "0"]).end();
    assert_failed(&ended, &["203.0.113.1", "does not have that address"]);
}

#[test]
fn a_refused_connection_is_told_with_what_to_do() {
    // Bound and not listening: nobody else gets the port meanwhile.
    let (family, kind) = (AddressFamily::Inet, SockType::Stream);
    let taken = socket(family, kind, SockFlag::SOCK_CLOEXEC, None).unwrap();
    bind(taken.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).unwrap();
    let address: SockaddrIn = getsockname(taken.as_raw_fd()).unwrap();
    let port = address.port().to_string();
    let ended = Program::ours(&["client", "127.0.0.1", "-p", &port]).end();
    drop(taken);
    assert_failed(
        &ended,
        &["127.0.0.1", "refused (RST)", "start the server first"],
    );
}

#[test]
fn a_datagram_that_nobody_takes_is_told() {
    // Who has connected hears nobody else, and nobody else gets the port meanwhile.
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    taken.connect((Ipv4Addr::LOCALHOST, 9)).unwrap();
    let arguments = [
        "client",
        "127.0.0.1",
        "-p",
        &port,
        "--transport",
        "udp",
        "--style",
        "one-shot",
    ];
    assert_failed(&saying("hello\n", &arguments), &["ICMP port unreachable"]);
}

#[test]
fn a_server_that_never_answers_a_datagram_is_waited_for_in_bounds() {
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let arguments = [
        "client",
        "127.0.0.1",
        "-p",
        &port,
        "--transport",
        "udp",
        "--style",
        "one-shot",
    ];
    assert_failed(
        &saying("hello\n", &arguments),
        &["no answer from 127.0.0.1", "2 s"],
    );
}

#[test]
fn a_name_that_leads_nowhere_is_told() {
    let ended = Program::ours(&["client", "no-such-host.invalid"]).end();
    assert_failed(
        &ended,
        &["no-such-host.invalid", "is the name spelled right?"],
    );
}

#[test]
fn a_call_that_makes_no_sense_is_told_with_exit_code_2() {
    for arguments in [
        &["client"][..],
        &["client", "::1", "--style", "twice"],
        &["server", "--bind", "localhost"],
        &["server", "--port", "65536"],
        &["server", "--transport", "sctp"],
    ] {
        let ended = Program::ours(arguments).end();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn input_without_end_and_without_lines_costs_no_memory() {
    let mut server = Server::on("127.0.0.1", &[]);
    let port = server.port.to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
    command.args(["client", "127.0.0.1", "-p", &port]);
    let input = Stdio::from(File::open("/dev/zero").unwrap());
    let client = Program::start_with_stdin(&mut command, input);
    assert_eq!(server.tells(), "joined");
    for _ in 0..200 {
        assert!(server.tells().starts_with(r"\x00"));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", client.id())).unwrap();
    let peak: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("the kernel tells");
    assert!(peak < 64 * 1024, "{peak} KiB");
}

#[test]
fn a_client_that_is_killed_has_left_and_a_signal_ends_the_server() {
    let mut server = Server::on("127.0.0.1", &[]);
    let port = server.port.to_string();
    let mut client = Program::ours(&["client", "127.0.0.1", "-p", &port]);
    client.until("welcome\n");
    assert_eq!(server.tells(), "joined");
    drop(client);
    assert_eq!(server.tells(), "left");
    let id = Pid::from_raw(i32::try_from(server.program.id()).unwrap());
    kill(id, Signal::SIGTERM).unwrap();
    assert_eq!(server.program.end().status.signal(), Some(15));
}
