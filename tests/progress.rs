//! How far a long capture has been read is shown on standard error, and only where that is a terminal.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use etherparse::PacketBuilder;
use netinspect::capture::Interface;
use netinspect::capture::write::{Existing, Writer};
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// So many that a program which has begun to read them can be stopped before it has read them all.
const FRAMES: u64 = 300_000;
const FEW: u64 = 10;

fn write_capture(path: &Path, frames: u64) {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(1, 2)
        .write(&mut bytes, b"hello")
        .unwrap();
    let interfaces = [Interface::of_link(LinkType::ETHERNET)];
    let mut writer = Writer::create(path, &interfaces, Existing::Overwrite).unwrap();
    for number in 1..=frames {
        let frame = Frame {
            number,
            time: Timestamp::from_nanoseconds(i64::try_from(number).unwrap()),
            link_type: LinkType::ETHERNET,
            interface: Some(0),
            direction: None,
            wire_length: u32::try_from(bytes.len()).unwrap(),
            checksum_offload: ChecksumOffload::NotKnown,
            comment: None,
            bytes: &bytes,
        };
        writer.frame(&frame, None).unwrap();
    }
    writer.flush().unwrap();
}

/// Longer than the program reads without a bar.
const LONG: Duration = Duration::from_millis(1500);

/// How far a process has read a file; `None` where it has not opened it, or has closed it.
fn position(pid: u32, path: &Path) -> Option<u64> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
    let mut files = files.filter(|file| fs::read_link(file.path()).is_ok_and(|of| of == path));
    let number = files.next()?.file_name();
    let told = fs::read_to_string(Path::new(&format!("/proc/{pid}/fdinfo")).join(number)).ok()?;
    let position = told.lines().find_map(|line| line.strip_prefix("pos:"))?;
    position.trim().parse().ok()
}

/// Has a process that has begun to read a file go on only when the bar is due, however fast it reads.
fn hold_while_it_reads(child: &mut Child, path: &Path) {
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    while position(child.id(), path).is_none_or(|read| read == 0) {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "it has read before anybody looked");
        thread::sleep(Duration::from_micros(100));
    }
    kill(pid, Signal::SIGSTOP).unwrap();
    thread::sleep(LONG);
    kill(pid, Signal::SIGCONT).unwrap();
}

/// What the program writes to standard output, and to a terminal that is its standard error; it is held
/// where it has to last.
fn on_a_terminal(arguments: &[&str], path: &Path, is_held: bool) -> [String; 2] {
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let terminal = openpty(&size, None).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
    command
        .args(arguments)
        .arg(path)
        .env("TERM", "xterm")
        .stdout(Stdio::piped())
        .stderr(Stdio::from(terminal.slave));
    let mut child = command.spawn().unwrap();
    // The terminal ends when nobody holds its other side any more.
    drop(command);
    let seen = thread::spawn(move || read_terminal(terminal.master));
    if is_held {
        hold_while_it_reads(&mut child, path);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    [
        String::from_utf8(output.stdout).unwrap(),
        seen.join().unwrap(),
    ]
}

fn read_terminal(master: OwnedFd) -> String {
    let mut seen = Vec::new();
    // At its end a terminal gives an error.
    let _ = File::from(master).read_to_end(&mut seen);
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn a_long_capture_shows_how_far_it_has_been_read_on_a_terminal_alone() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.pcapng");
    write_capture(&long, FRAMES);
    for arguments in [
        &["stats", "--by", "conversations"][..],
        &["decode", "-Y", "udp.port == 9"],
    ] {
        let [_, seen] = on_a_terminal(arguments, &long, true);
        let last = seen.rfind("netinspect: reading ");
        assert!(last.is_some(), "{arguments:?}");
        assert!(seen.contains('%') && seen.contains("left"), "{arguments:?}");
        // At the end it is wiped away.
        assert!(seen.rfind("\x1b[2K") > last, "{arguments:?}");
    }
    let piped = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["stats"])
        .arg(&long)
        .output()
        .unwrap();
    assert!(piped.stderr.is_empty(), "{piped:?}");
}

#[test]
fn a_short_capture_shows_nothing_of_the_kind() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.pcapng");
    write_capture(&short, FEW);
    let [shown, seen] = on_a_terminal(&["stats"], &short, false);
    assert_eq!(seen, "");
    assert!(shown.contains("udp"), "{shown}");
}
