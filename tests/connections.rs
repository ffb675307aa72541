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
fn the_column_of_a_mark_has_a_one_where_the_mark_is() {
    let names = ["frame.number", "tcp.analysis.retransmission"];
    let marks = fields("odd-segments.pcapng", "tcp.analysis.flags", &names);
    let expected = ["5 ", "7 1", "8 ", "9 ", "11 ", "12 "];
    assert_eq!(marks, expected, "as tshark's, frame by frame");
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
fn an_end_that_came_damaged_moves_nobody() {
    const ESTABLISHED: u8 = 4;
    const FIN_WAIT_1: u8 = 5;
    let rows = fields(
        "damaged.pcapng",
        "tcp.flags.fin == 1",
        &["frame.number", "tcp.state.client", "tcp.state.server"],
    );
    assert_eq!(rows[0], format!("11 {ESTABLISHED} {ESTABLISHED}"));
    assert_eq!(rows[1], format!("14 {FIN_WAIT_1} {ESTABLISHED}"));
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

use netinspect::protocols::tcp_followed::STATES;

/// The transitions of RFC 9293, figure 5, that somebody beside the cable can see: which side, from which
/// state to which, in which recording and frame. All are real kernels'. Three are not here: LISTEN to
/// SYN-SENT, which no socket of Linux does; SYN-SENT to CLOSED by a close, which sends nothing; and
/// TIME-WAIT to CLOSED by time, which sends nothing either.
const TRANSITIONS: &[(&str, &str, &str, &str, &str)] = &[
    ("client", "CLOSED", "SYN-SENT", "half-close.pcapng", "3"),
    (
        "client",
        "SYN-SENT",
        "ESTABLISHED",
        "half-close.pcapng",
        "4",
    ),
    ("server", "LISTEN", "SYN-RECEIVED", "half-close.pcapng", "4"),
    (
        "server",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "half-close.pcapng",
        "5",
    ),
    (
        "client",
        "ESTABLISHED",
        "FIN-WAIT-1",
        "half-close.pcapng",
        "12",
    ),
    (
        "client",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "half-close.pcapng",
        "13",
    ),
    (
        "server",
        "ESTABLISHED",
        "CLOSE-WAIT",
        "half-close.pcapng",
        "13",
    ),
    (
        "server",
        "CLOSE-WAIT",
        "LAST-ACK",
        "half-close.pcapng",
        "15",
    ),
    (
        "client",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "half-close.pcapng",
        "15",
    ),
    ("server", "LAST-ACK", "CLOSED", "half-close.pcapng", "16"),
    ("client", "SYN-SENT", "SYN-RECEIVED", "at-once.pcapng", "4"),
    (
        "client",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "at-once.pcapng",
        "5",
    ),
    ("server", "SYN-SENT", "SYN-RECEIVED", "at-once.pcapng", "5"),
    (
        "server",
        "SYN-RECEIVED",
        "FIN-WAIT-1",
        "closes-early.pcapng",
        "6",
    ),
    (
        "client",
        "ESTABLISHED",
        "FIN-WAIT-1",
        "tcp-one-shot.pcapng",
        "9",
    ),
    (
        "server",
        "FIN-WAIT-1",
        "CLOSING",
        "closes-early.pcapng",
        "8",
    ),
    (
        "server",
        "CLOSING",
        "TIME-WAIT",
        "closes-early.pcapng",
        "11",
    ),
    ("client", "SYN-SENT", "CLOSED", "refused.pcapng", "4"),
    ("server", "SYN-RECEIVED", "LISTEN", "given-up.pcapng", "5"),
    ("client", "ESTABLISHED", "CLOSED", "reset.pcapng", "8"),
    ("server", "ESTABLISHED", "CLOSED", "reset.pcapng", "8"),
    ("server", "FIN-WAIT-1", "CLOSED", "port-again.pcapng", "11"),
    ("client", "TIME-WAIT", "CLOSED", "at-once.pcapng", "20"),
];

#[test]
fn every_transition_that_can_be_seen_is_seen_on_real_traffic() {
    let number = |name: &str| {
        let state = STATES.iter().find(|(_, state)| *state == name);
        state.expect("a state").0.to_string()
    };
    for (side, before, after, fixture, frame) in TRANSITIONS {
        let names = [
            format!("tcp.state.{side}_before"),
            format!("tcp.state.{side}"),
        ];
        let filter = format!("frame.number == {frame}");
        let moved = fields(fixture, &filter, &[&names[0], &names[1]]);
        let expected = format!("{} {}", number(before), number(after));
        assert_eq!(
            moved,
            [expected],
            "{side} {before} → {after} in {fixture}, frame {frame}"
        );
    }
}

/// Each mark, its sentence, and the recording that has it.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "disturbed.pcapng",
        "tcp.analysis.retransmission",
        "the cable lost frame 8; these are the same 1448 bytes again",
    ),
    (
        "disturbed.pcapng",
        "tcp.analysis.duplicate_ack",
        "it still waits for byte",
    ),
    (
        "received.pcapng",
        "tcp.analysis.duplicate_ack",
        "it got again what it had, and still waits for byte 2897",
    ),
    (
        "zero-window.pcapng",
        "tcp.analysis.zero_window",
        "no room left: its program does not read",
    ),
    (
        "zero-window.pcapng",
        "tcp.analysis.window_full",
        "bytes use the other side's room up",
    ),
    (
        "keep-alive.pcapng",
        "tcp.analysis.keep_alive",
        "asks whether the other side is still there",
    ),
    (
        "zero-window.pcapng",
        "tcp.analysis.keep_alive_for_room",
        "asks whether there is room again",
    ),
    (
        "keep-alive.pcapng",
        "tcp.analysis.keep_alive_ack",
        "it is still there",
    ),
    (
        "port-again.pcapng",
        "tcp.analysis.reused_ports",
        "a new connection between the same addresses",
    ),
    (
        "half-close.pcapng",
        "tcp.state.client_before",
        "client SYN-SENT → ESTABLISHED",
    ),
];

#[test]
fn each_mark_says_in_a_sentence_what_it_means_in_tree_and_json() {
    for (fixture, mark, sentence) in SENTENCES {
        for view in ["tree", "json"] {
            let path = common::fixtures::folder().join(fixture);
            let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
                .arg("decode")
                .arg(path)
                .args(["-Y", mark, "--format", view])
                .output()
                .expect("the binary runs");
            let text = String::from_utf8(output.stdout).expect("text");
            assert!(
                text.contains(sentence),
                "{fixture}, {mark}, {view}: {sentence}"
            );
        }
    }
}
