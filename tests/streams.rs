//! Standard streams that are full, closed or read no further, and too few descriptors: every command ends
//! with an exit code of its own, and none panics.

mod common;

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};

use common::fixtures::folder;

/// Commands that print, each in the folder of the fixtures.
const COMMANDS: [&[&str]; 14] = [
    &["decode", "tcp-loop.pcapng"],
    &["decode", "tcp-loop.pcapng", "-T", "json"],
    &["stats", "tcp-loop.pcapng"],
    &["follow", "tcp-loop.pcapng"],
    &[
        "follow",
        "odd-segments.pcapng",
        "--as",
        "raw",
        "--stream",
        "0",
    ],
    &["sequence", "tcp-loop.pcapng"],
    &["explain", "tcp-loop.pcapng", "--frame", "3"],
    &["explain", "port"],
    &["models"],
    &["interfaces"],
    &["fields"],
    &["protocols"],
    &["lessons"],
    &["--version", "-v"],
];

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
    command.current_dir(folder()).args(arguments);
    command
}

fn full() -> Stdio {
    File::create("/dev/full").unwrap().into()
}

fn code(status: ExitStatus, arguments: &[&str]) -> i32 {
    let code = status.code();
    code.unwrap_or_else(|| panic!("{arguments:?} is ended by a signal: {status}"))
}

#[test]
fn a_full_output_is_an_error_that_is_told() {
    for arguments in COMMANDS {
        let output = command(arguments).stdout(full()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(code(output.status, arguments), 1, "{arguments:?}: {told}");
        assert!(
            told.contains("cannot write to standard output: No space left"),
            "{arguments:?}: {told}"
        );
    }
}

#[test]
fn what_cannot_be_told_on_standard_error_changes_no_exit_code() {
    let wrong: [(&[&str], i32); 4] = [
        (&["decode", "nothing.pcapng"], 1),
        (&["decode", "tcp-loop.pcapng", "-Y", "tcp.prt"], 2),
        (&["follow", "port-again.pcapng"], 0),
        (
            &["follow", "snapped.pcapng", "--as", "raw", "--stream", "0"],
            0,
        ),
    ];
    for (arguments, expected) in wrong {
        let status = command(arguments)
            .stdout(Stdio::null())
            .stderr(full())
            .status();
        assert_eq!(code(status.unwrap(), arguments), expected, "{arguments:?}");
    }
}

#[test]
fn closed_streams_are_no_reason_to_panic() {
    for arguments in COMMANDS {
        for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            let script = format!("exec \"$0\" \"$@\" >/dev/null {closed}");
            let status = Command::new("bash")
                .args(["-c", &script, env!("CARGO_BIN_EXE_netinspect")])
                .args(arguments)
                .current_dir(folder())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(code(status, arguments), 0, "{arguments:?} {closed}");
        }
    }
}

#[test]
fn six_descriptors_are_enough_to_read_a_capture() {
    let status = Command::new("bash")
        .args(["-c", "ulimit -n 6; exec \"$0\" \"$@\" >/dev/null"])
        .arg(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "tcp-loop.pcapng.gz"])
        .current_dir(folder())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}
