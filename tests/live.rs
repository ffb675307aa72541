//! Live capture on the loopback, the list of interfaces, and any two programs in the lab, on the built
//! program.

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::UdpSocket;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use common::place::{for_each_user, has_python, python};
use common::{PATIENCE, missing};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use serde_json::Value;

/// A capture on the loopback with these options, once it listens; what it tells on standard error.
fn capturing(options: &[&str]) -> Option<(Child, BufReader<ChildStderr>)> {
    if !geteuid().is_root() {
        missing("root, to capture");
        return None;
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["capture", "-i", "lo"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut errors = BufReader::new(child.stderr.take().expect("piped"));
    let mut told = String::new();
    errors.read_line(&mut told).expect("text");
    assert!(told.contains("capturing on lo"), "{told}");
    Some((child, errors))
}

/// Waits until it has ended: whether it succeeded, what it showed, and what it told.
fn end(child: Child, mut errors: BufReader<ChildStderr>) -> (bool, String, String) {
    let output = child.wait_with_output().expect("our child");
    let mut told = String::new();
    errors.read_to_string(&mut told).expect("text");
    let shown = String::from_utf8(output.stdout).expect("text");
    (output.status.success(), shown, told)
}

/// Sends datagrams to a port of ours, one after the other, while `wanted`, of how many there are, says so; the port.
fn chatter(mut wanted: impl FnMut(usize) -> bool) -> u16 {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let begin = Instant::now();
    for sent in 0.. {
        if !wanted(sent) {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{sent} are not enough");
        sender.send_to(b"live", address).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    address.port()
}

#[test]
fn a_count_of_frames_ends_the_capture_and_counts_those_that_pass_the_filter() {
    let options = ["--count", "5", "-Y", "udp.length == 12"];
    let Some((mut child, errors)) = capturing(&options) else {
        return;
    };
    chatter(|_| child.try_wait().expect("our child").is_none());
    let (success, told, errors) = end(child, errors);
    assert!(success, "{errors}");
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(
        told.lines()
            .all(|line| line.contains("UDP") && line.contains("4 bytes")),
        "{told}"
    );
    assert!(
        errors.contains("5 frames captured, ") && errors.contains(" dropped by the kernel"),
        "{errors}"
    );
}

#[test]
fn a_time_ends_the_capture() {
    let begin = Instant::now();
    let Some((child, errors)) = capturing(&["--duration", "0.4"]) else {
        return;
    };
    let (success, _, errors) = end(child, errors);
    assert!(success, "{errors}");
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert!(begin.elapsed() < PATIENCE);
}

#[test]
fn ctrl_c_leaves_a_whole_file_of_what_was_seen_each_frame_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("live.pcapng");
    let name = path.to_str().unwrap();
    let Some((child, errors)) = capturing(&["--write", name]) else {
        return;
    };
    let port = chatter(|sent| sent < 100);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let (success, _, errors) = end(child, errors);
    assert!(success, "{errors}");
    let filter = format!("udp.dstport == {port}");
    let decoded = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", name, "-Y", &filter, "-e", "ip.id"])
        .output()
        .unwrap();
    assert!(decoded.status.success());
    let text = String::from_utf8(decoded.stdout).unwrap();
    let mut identifications: Vec<&str> = text.lines().skip(1).collect();
    let count = identifications.len();
    identifications.sort_unstable();
    identifications.dedup();
    assert!(count > 20, "{count} frames");
    assert_eq!(identifications.len(), count, "a frame is there twice");
}

#[test]
fn interfaces_are_listed_with_their_addresses() {
    let interfaces = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .arg("interfaces")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let table = interfaces(&[]);
    for part in [
        "Name",
        "MAC address",
        "Addresses",
        "State",
        "lo",
        "127.0.0.1/8",
    ] {
        assert!(table.contains(part), "no {part} in {table}");
    }
    let rows: Value = serde_json::from_str(&interfaces(&["--json"])).unwrap();
    let lo = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "lo");
    assert!(lo.is_some(), "{rows}");
}

/// Runs two programs in the lab and gives the frames.
fn run(place: &common::place::Place, user: u32, options: &[&str]) -> String {
    let output = place
        .command(user)
        .arg("run")
        .args(options)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{options:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn any_two_programs_talk_in_the_lab() {
    if !has_python() {
        return;
    }
    for_each_user(|place, user| {
        let python = python();
        let server = &format!(
            "{python} -c 'import socket; s = socket.create_server((\"192.168.1.6\", 80)); c, _ = s.accept(); c.sendall(c.recv(100).upper())'"
        );
        let client = &format!(
            "{python} -c 'import socket; s = socket.create_connection((\"server\", 80)); s.sendall(b\"ping\"); print(s.recv(100))'"
        );
        let text = run(place, user, &["--server", server, "--client", client]);
        for part in [
            "who has 192.168.1.6?",
            "SYN ACK",
            "4 B",
            "client prints │ b'PING'",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    });
}

#[test]
fn a_ping_needs_no_server_and_a_refusal_is_seen() {
    if Command::new("ping").arg("-V").output().is_err() {
        missing("ping");
        return;
    }
    for_each_user(|place, user| {
        let text = run(
            place,
            user,
            &["--client", "ping -c 1 192.168.1.6", "--format", "list"],
        );
        assert!(
            text.contains("echo request") && text.contains("echo reply"),
            "{text}"
        );
    });
}
