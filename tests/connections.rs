//! Connections as they live, told by the built binary from real recordings.

mod common;

use std::process::Command;

/// What the fields of the frames that pass the filter are, one line a frame.
fn fields(fixture: &str, filter: &str, names: &[&str]) -> Vec<String> {
    let path = common::fixtures::folder().join(fixture);
    let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
    command.arg("decode").arg(path).args(["-Y", filter]);
    for name in names {
        command.args(["-e", name]);
    }
    let output = command.output().expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("fields are text");
    text.lines()
        .skip(1)
        .map(|line| line.replace('\t', " "))
        .collect()
}

const CLIENT: &[&str] = &["tcp.state.client_before", "tcp.state.client"];
const SERVER: &[&str] = &["tcp.state.server_before", "tcp.state.server"];

#[test]
fn a_handshake_moves_the_client_by_two_segments_and_the_server_by_two() {
    let moves = |side: &[&str]| fields("tcp-one-shot.pcapng", side[0], side);
    assert_eq!(
        moves(CLIENT)[..2],
        ["0 2", "2 4"],
        "CLOSED, SYN-SENT, ESTABLISHED"
    );
    assert_eq!(
        moves(SERVER)[..2],
        ["1 3", "3 4"],
        "LISTEN, SYN-RECEIVED, ESTABLISHED"
    );
}

#[test]
fn two_that_close_before_they_hear_of_each_other_both_go_through_closing() {
    let moves = |side: &[&str]| fields("tcp-one-shot.pcapng", side[0], side);
    let closing = ["4 5", "5 8", "8 10"];
    assert_eq!(
        moves(CLIENT)[2..],
        closing,
        "FIN-WAIT-1, CLOSING, TIME-WAIT"
    );
    assert_eq!(
        moves(SERVER)[2..],
        closing,
        "FIN-WAIT-1, CLOSING, TIME-WAIT"
    );
}

#[test]
fn a_refused_client_is_closed_by_the_answer() {
    let moves = fields("refused.pcapng", "tcp.state.client_before", CLIENT);
    assert_eq!(moves, ["0 2", "2 0"]);
    let breaks = fields(
        "refused.pcapng",
        "tcp.connection.rst",
        &["tcp.completeness"],
    );
    assert_eq!(breaks, ["1"], "only a SYN was seen before");
}

#[test]
fn relative_numbers_begin_at_the_syn() {
    let numbers = fields(
        "tcp-one-shot.pcapng",
        "tcp.flags.syn == 1",
        &["tcp.seq", "tcp.nxtseq"],
    );
    assert_eq!(numbers, ["0 1", "0 1"]);
}
