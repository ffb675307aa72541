//! Live capture on the loopback, the list of interfaces, and any two programs in the lab, on the built
//! program.

mod common;

use std::net::UdpSocket;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::missing;
use common::place::for_each_user;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use serde_json::Value;

/// Captures on the loopback with these options, while datagrams to a port of ours pass by.
fn capturing(options: &[&str], act: impl FnOnce(u32)) -> Option<Output> {
    if !geteuid().is_root() {
        missing("root, to capture");
        return None;
    }
    let child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["capture", "-i", "lo"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    act(child.id());
    Some(child.wait_with_output().expect("our child"))
}

/// Sends datagrams to a port of ours for so long; the port.
fn chatter(time: Duration) -> u16 {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let end = Instant::now() + time;
    while Instant::now() < end {
        sender.send_to(b"live", address).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    address.port()
}

#[test]
fn a_count_of_frames_ends_the_capture_and_counts_those_that_pass_the_filter() {
    let options = ["--count", "5", "--duration", "20", "-Y", "udp.length == 12"];
    let Some(output) = capturing(&options, |_| {
        chatter(Duration::from_millis(700));
    }) else {
        return;
    };
    let told = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(
        told.lines()
            .all(|line| line.contains("UDP") && line.contains("4 bytes")),
        "{told}"
    );
    assert!(
        errors.contains("5 frames captured, 0 dropped by the kernel"),
        "{errors}"
    );
}

#[test]
fn a_time_ends_the_capture() {
    let begin = Instant::now();
    let Some(output) = capturing(&["--duration", "0.4"], |_| {}) else {
        return;
    };
    assert!(output.status.success());
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn ctrl_c_leaves_a_whole_file_of_what_was_seen_each_frame_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("live.pcapng");
    let name = path.to_str().unwrap();
    let mut port = 0;
    let Some(output) = capturing(&["--write", name], |pid| {
        port = chatter(Duration::from_millis(500));
        kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGINT).unwrap();
    }) else {
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
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
    if Command::new("python3").arg("--version").output().is_err() {
        missing("python3");
        return;
    }
    for_each_user(|place, user| {
        let server = "python3 -c 'import socket; s = socket.create_server((\"192.168.1.6\", 80)); c, _ = s.accept(); c.sendall(c.recv(100).upper())'";
        let client = "python3 -c 'import socket; s = socket.create_connection((\"server\", 80)); s.sendall(b\"ping\"); print(s.recv(100))'";
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
