//! `netinspect sequence`: an exchange as a ladder, in the terminal, as SVG and as Mermaid text.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::fixtures::{captures, folder};
use common::lab;
use common::place::{has_python, python};
use etherparse::PacketBuilder;
use netinspect::capture::Interface;
use netinspect::capture::write::{Existing, Writer};
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use netinspect::render::width;

fn sequence(path: &Path, columns: usize, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg("sequence")
        .arg(path)
        .args(arguments)
        .env("COLUMNS", columns.to_string())
        .output()
        .expect("the program starts")
}

fn drawn(path: &Path, columns: usize, arguments: &[&str]) -> String {
    let output = sequence(path, columns, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn loop_drawn(arguments: &[&str]) -> String {
    drawn(&folder().join("tcp-loop.pcapng"), 80, arguments)
}

/// A capture of these frames, a millisecond apart, each with its comment.
fn capture_of(frames: &[(Vec<u8>, Option<&str>)]) -> tempfile::TempPath {
    let path = tempfile::Builder::new()
        .suffix(".pcapng")
        .tempfile()
        .unwrap()
        .into_temp_path();
    let interfaces = [Interface::of_link(LinkType::ETHERNET)];
    let mut writer = Writer::create(&path, &interfaces, Existing::Overwrite).unwrap();
    for (index, (bytes, comment)) in (0..).zip(frames) {
        let frame = Frame {
            number: index + 1,
            time: Timestamp::from_nanoseconds(i64::try_from(index).unwrap() * 1_000_000),
            link_type: LinkType::ETHERNET,
            interface: Some(0),
            direction: None,
            wire_length: u32::try_from(bytes.len()).unwrap(),
            checksum_offload: ChecksumOffload::NotKnown,
            comment: None,
            bytes,
        };
        writer.frame(&frame, *comment).unwrap();
    }
    writer.flush().unwrap();
    path
}

fn datagram(from: u8, to: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, from], [2, 0, 0, 0, 0, to])
        .ipv4([10, 0, 0, from], [10, 0, 0, to], 64)
        .udp(40_000, 12_345)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

/// What tries to get out of a text into the terminal, the file or the diagram.
const HOSTILE: &[u8] =
    b"\x1b[31m</text><script>alert(1)</script>;\nP1->>P2: x #59; %%{init:{}}%% end style: #a;";

#[test]
fn both_sides_show_their_states_and_every_frame_its_relative_numbers() {
    let shown = loop_drawn(&[]);
    let at = |text: &str| {
        shown
            .find(text)
            .unwrap_or_else(|| panic!("{text} in\n{shown}"))
    };
    let told = [
        "client",
        "192.168.1.7:33572",
        "CLOSED",
        "LISTEN │",
        "SYN-SENT",
        "SYN  seq 0 ─",
        "SYN-RECEIVED │",
        "◀ SYN ACK  seq 0 ack 1",
        "ESTABLISHED",
        "ACK  seq 1 ack 1 ─",
        "ESTABLISHED │",
        "PSH ACK  seq 1 ack 1 len 7  \"welcome\"",
        "\"你好\"",
        "FIN-WAIT-1",
        "FIN ACK  seq 24",
        "CLOSE-WAIT │",
        "LAST-ACK │",
        "FIN ACK  seq 8",
        "TIME-WAIT",
    ];
    assert!(
        told.windows(2).all(|pair| at(pair[0]) <= at(pair[1])),
        "{shown}"
    );
}

#[test]
fn no_line_is_wider_than_the_terminal_and_every_frame_is_there() {
    for columns in [40, 60, 80] {
        for path in captures() {
            let output = sequence(&path, columns, &[]);
            let shown = String::from_utf8(output.stdout).expect("UTF-8");
            let widest = shown.lines().map(width::of).max().unwrap();
            assert!(widest <= columns, "{path:?} at {columns}:\n{shown}");
            let list = Command::new(env!("CARGO_BIN_EXE_netinspect"))
                .arg("decode")
                .arg(&path)
                .output()
                .unwrap();
            let frames = String::from_utf8(list.stdout).unwrap().lines().count();
            let numbers = shown.lines().filter_map(|line| {
                let number = line.split_whitespace().next()?;
                number.parse::<usize>().ok()
            });
            assert!(numbers.eq(1..=frames), "{path:?} at {columns}:\n{shown}");
        }
    }
}

#[test]
fn a_long_wait_is_folded_and_told_and_to_scale_it_is_drawn() {
    let folded = loop_drawn(&[]);
    assert!(folded.contains("… 11.9 ms later …"), "{folded}");
    let scaled = loop_drawn(&["--to-scale"]);
    assert!(
        scaled
            .starts_with("To scale: an empty line is 2 ms in which nothing happens; for less than"),
        "{scaled}"
    );
    assert!(!scaled.contains("later"), "{scaled}");
}

#[test]
fn equal_waits_are_equally_long_to_scale_whatever_was_drawn_before_them() {
    let scaled = loop_drawn(&["--to-scale"]);
    let is_blank = |line: &&str| line.chars().all(|character| " │".contains(character));
    let mut blanks = Vec::new();
    let mut lines = scaled.lines().skip_while(|line| !line.contains("time ms"));
    while let Some(line) = lines.next() {
        if is_blank(&line) {
            blanks.push(1 + lines.by_ref().take_while(is_blank).count());
        }
    }
    // 12.0, 10.4, 10.2 and 10.3 ms.
    assert_eq!(blanks, [6, 5, 5, 5], "{scaled}");
    let svg = loop_drawn(&["--to-scale", "--as", "svg"]);
    let ticks = "x1=\"187\"";
    assert_eq!(svg.matches(ticks).count(), 21, "{svg}");
    assert!(svg.contains("To scale: a tick is 2 ms"), "{svg}");
}

#[test]
fn a_frame_that_the_cable_lost_ends_midway_and_changes_nothing_where_it_never_arrived() {
    let lost = Some("lost on the cable: drop 1st from client");
    let client = |number| {
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([10, 0, 0, 7], [10, 0, 0, 6], 64)
            .tcp(40_000, 12_345, number, 64_000)
    };
    let server = PacketBuilder::ethernet2([4; 6], [2; 6])
        .ipv4([10, 0, 0, 6], [10, 0, 0, 7], 64)
        .tcp(12_345, 40_000, 5000, 64_000);
    let segments = vec![
        (client(1000).syn(), &b""[..], None),
        (server.syn().ack(1001), b"", None),
        (client(1001).ack(5001), b"", lost),
        (client(1001).psh().ack(5001), b"hello", None),
    ];
    let frames: Vec<_> = segments
        .into_iter()
        .map(|(segment, payload, comment)| {
            let mut bytes = Vec::new();
            segment.write(&mut bytes, payload).unwrap();
            (bytes, comment)
        })
        .collect();
    let path = capture_of(&frames);
    let shown = drawn(&path, 80, &[]);
    let lines: Vec<&str> = shown.lines().collect();
    let line_of = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    let third = lines[line_of("  3     2.000")];
    assert!(third.contains("─✗") && !third.contains('▶'), "{shown}");
    assert!(line_of("\"hello\"") < line_of("ESTABLISHED │"), "{shown}");
    let mermaid = drawn(&path, 80, &["--as", "mermaid"]);
    assert!(mermaid.contains("P1-xP2: 3 · 2.000 ms · ACK"), "{mermaid}");
    let svg = drawn(&path, 80, &["--as", "svg"]);
    assert!(svg.contains("<line class=\"lost arrow\""), "{svg}");
}

#[test]
fn every_svg_is_one_well_formed_file_that_asks_for_no_other() {
    for path in captures() {
        let output = sequence(&path, 80, &["--as", "svg"]);
        let svg = String::from_utf8(output.stdout).expect("UTF-8");
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| {
            panic!("{}: {error}\n{svg}", path.display());
        });
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let known = ["svg", "title", "style", "rect", "line", "path", "text"];
            assert!(known.contains(&node.tag_name().name()), "{node:?}");
            for attribute in node.attributes() {
                assert!(!attribute.name().contains("href"), "{node:?}");
            }
        }
        assert!(!svg.contains("url("), "{svg}");
    }
}

#[test]
fn no_payload_gets_out_of_its_text() {
    let path = capture_of(&[(datagram(7, 6, HOSTILE), None)]);
    let text = drawn(&path, 200, &[]);
    assert!(
        !text.contains('\x1b') && text.contains("\\x1b[31m"),
        "{text}"
    );
    let svg = drawn(&path, 80, &["--as", "svg"]);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let scripts = document
        .descendants()
        .filter(|node| node.tag_name().name() == "script");
    assert_eq!(scripts.count(), 0);
    let mermaid = drawn(&path, 80, &["--as", "mermaid"]);
    assert_eq!(mermaid.lines().count(), 4, "{mermaid}");
    assert_is_mermaid(&mermaid);
}

/// The part of the grammar of Mermaid's sequence diagrams that we write: a text holds no character that
/// means something, but for whole character codes.
fn assert_is_mermaid(diagram: &str) {
    let text = r#"(?:[\w .,?!()=/'"·→…×-]|#\d+;)*"#;
    let line = format!(
        r"^    (?:participant P\d+ as (?:{text}<br/>)?{text}|Note over P\d+(?:,P\d+)?: {text}|P\d+(?:->>|-->>|-x)P\d+: {text})$"
    );
    let line = regex::Regex::new(&line).unwrap();
    let mut lines = diagram.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    for found in lines {
        assert!(line.is_match(found), "{found}");
    }
}

#[test]
fn every_mermaid_text_keeps_to_the_grammar_and_below_what_mermaid_takes() {
    for path in captures() {
        let output = sequence(&path, 80, &["--as", "mermaid"]);
        let diagram = String::from_utf8(output.stdout).expect("UTF-8");
        assert_is_mermaid(&diagram);
        assert!(diagram.len() <= 50_000, "{}", path.display());
    }
}

#[test]
fn every_host_has_a_lane_and_those_without_room_share_the_last() {
    let three: Vec<_> = [(7, 6), (6, 7), (8, 6), (6, 8)]
        .map(|(from, to)| (datagram(from, to, b"hi"), None))
        .into();
    let shown = drawn(&capture_of(&three), 60, &[]);
    let heads: Vec<&str> = shown.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        heads,
        ["#", "time", "ms", "10.0.0.7", "10.0.0.6", "10.0.0.8"],
        "{shown}"
    );
    let many: Vec<_> = (1..60)
        .map(|host| (datagram(host, 200, b"hi"), None))
        .collect();
    let shown = drawn(&capture_of(&many), 80, &[]);
    assert!(shown.contains("others"), "{shown}");
    assert!(shown.lines().all(|line| width::of(line) <= 80), "{shown}");
}

#[test]
fn one_connection_can_be_chosen_or_what_a_filter_passes_or_the_first_frames() {
    let path = folder().join("tcp-loop.pcapng");
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let shown = drawn(&path, 80, arguments);
        let numbers = shown.lines().filter_map(|line| {
            let number = line.split_whitespace().next()?;
            number.parse().ok()
        });
        numbers.collect()
    };
    assert_eq!(numbers(&["--stream", "0"]), (3..=16).collect::<Vec<_>>());
    assert_eq!(numbers(&["-Y", "tcp.len > 0"]), [6, 8, 10, 12]);
    assert_eq!(
        numbers(&["-Y", "tcp.len > 0", "--stream", "0", "-c", "2"]),
        [6, 8]
    );
    // States are those of the connection, whatever is drawn of it.
    let shown = drawn(&path, 80, &["-Y", "tcp.len > 0"]);
    assert!(shown.contains("│ ESTABLISHED"), "{shown}");
}

#[test]
fn a_connection_that_is_not_there_is_told_to_be_none() {
    let path = folder().join("tcp-loop.pcapng");
    let told = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(["sequence", path.to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        String::from_utf8(output.stderr).unwrap()
    };
    let errors = told(&["--stream", "1"]);
    assert!(errors.contains("there is no TCP stream 1 in "), "{errors}");
    let errors = told(&["--stream", "0", "-Y", "udp"]);
    assert!(errors.contains("no frame of TCP stream 0 in "), "{errors}");
}

#[test]
fn the_same_view_is_there_wherever_frames_are_shown() {
    let path = folder().join("udp.pcapng");
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg("decode")
        .arg(&path)
        .args(["-T", "sequence"])
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        drawn(&path, 80, &[])
    );
}

#[test]
fn a_damaged_capture_is_drawn_up_to_the_damage() {
    let output = sequence(&folder().join("cut.pcap"), 80, &[]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("SYN  seq 0"), "{shown}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("ends too early"), "{errors}");
}

#[test]
fn what_goes_with_a_sequence_alone_is_refused_elsewhere() {
    let file = folder().join("udp.pcapng");
    let file = file.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (
            &["decode", file, "--as", "svg"],
            "--as and --to-scale go with --format sequence",
        ),
        (
            &["run-demo", "--as", "svg"],
            "--as and --to-scale go with --format sequence",
        ),
        (
            &["run-demo", "--lesson", "handshake", "--to-scale"],
            "--as and --to-scale go with --format sequence",
        ),
        (
            &["run", "--client", "true", "--to-scale"],
            "--as and --to-scale go with --format sequence",
        ),
        (
            &["sequence", "run-demo", "-V"],
            "sequence is a view of its own",
        ),
        (&["sequence"], "required"),
        (&["sequence", file, "-Y", "udp.prt"], "udp.port"),
    ];
    for (arguments, told) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(*arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }
}

#[test]
fn of_a_long_capture_the_beginning_is_drawn_and_the_rest_counted() {
    let frames: Vec<_> = (0..10_050).map(|_| (datagram(7, 6, b"x"), None)).collect();
    let path = capture_of(&frames);
    let shown = drawn(&path, 80, &[]);
    let last = shown.lines().last().unwrap();
    assert!(
        last.starts_with("50 further frames are not drawn"),
        "{last}"
    );
    let mermaid = drawn(&path, 80, &["--as", "mermaid"]);
    assert!(mermaid.len() <= 50_000);
    let last = mermaid.lines().last().unwrap();
    assert!(last.contains("further frames are not drawn"), "{last}");
}

/// The tutorial's one-shot chat in the lab; `None` where there is no lab or no Python.
fn run(arguments: &[&str]) -> Option<String> {
    if !lab::is_here() || !lab::tells_calls() || !has_python() {
        return None;
    }
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let program = |name: &str, host: &str| {
        let path = programs.join(name);
        format!("{} {} {host} 12345", python(), path.display())
    };
    let typed = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(typed.path(), "hello\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["sequence", "run", "--server"])
        .arg(program("one_shot_server.py", "0.0.0.0"))
        .arg("--client")
        .arg(program("one_shot_client.py", "server"))
        .arg("--client-input")
        .arg(typed.path())
        .args(arguments)
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_run_shows_the_calls_of_both_programs_beside_their_kernels_and_the_wire() {
    let Some(shown) = run(&[]) else { return };
    assert!(shown.lines().all(|line| width::of(line) <= 80), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let line_of = |text: &str| {
        let found = lines.iter().position(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("{text} in\n{shown}"))
    };
    // The client waits in connect while the handshake goes over the wire.
    let [connect, syn, open] = ["connect(", "SYN  seq 0", "connect = 0"].map(line_of);
    assert!(connect < syn && syn < open, "{shown}");
    assert!(lines[connect].contains("╎──▶│ connect("), "{shown}");
    assert!(lines[syn].contains("╎   ├─ SYN"), "{shown}");
    assert!(lines[open].contains("│◀──│ connect = 0"), "{shown}");
    // The server's stand on its own side.
    let listen = lines[line_of("listen(")];
    assert!(listen.ends_with("│◀─▶│"), "{shown}");
    // What one sends the other receives, in this order, each tied to the frame.
    let sent = line_of("sendto(");
    let carried = lines.iter().position(|line| line.contains("len ")).unwrap();
    assert!(sent < carried, "{shown}");
    // Where there is no room, a tie goes on in the next line.
    let is_between = |c: char| c.is_whitespace() || "│╎┆◀▶─├┤".contains(c);
    let words: Vec<&str> = shown
        .split(is_between)
        .filter(|word| !word.is_empty())
        .collect();
    let words = words.join(" ");
    assert!(words.contains("→ frame 6, bytes 66–7"), "{shown}");
    assert!(words.contains("← frame 6, bytes 66–7"), "{shown}");
}

#[test]
fn a_run_without_calls_has_no_lanes_for_programs() {
    let Some(shown) = run(&["--no-calls"]) else {
        return;
    };
    assert!(
        !shown.contains("programs") && !shown.contains("connect"),
        "{shown}"
    );
}

#[test]
fn calls_are_drawn_in_every_medium() {
    let (Some(svg), Some(mermaid)) = (run(&["--as", "svg"]), run(&["--as", "mermaid"])) else {
        return;
    };
    let document = roxmltree::Document::parse(&svg).unwrap();
    let mut texts = document.descendants().filter_map(|node| node.text());
    assert!(texts.any(|text| text.starts_with("connect(")), "{svg}");
    assert_is_mermaid(&mermaid);
    assert!(mermaid.contains("participant P1 as programs"), "{mermaid}");
    assert!(mermaid.contains("P1->>P2: connect("), "{mermaid}");
    assert!(mermaid.contains("P2-->>P1: connect = 0"), "{mermaid}");
}
