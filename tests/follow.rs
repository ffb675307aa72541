//! `netinspect follow`: what two sides said to each other, as tshark reads it too.

mod common;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::fixtures::{captures, folder};
use common::tshark;
use serde_json::Value;

fn follow(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .current_dir(folder())
        .arg("follow")
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// One conversation: its transport, its number, and what was said: by whom (its address and port), and
/// what, until the other one speaks.
type Turns = Vec<(String, Vec<u8>)>;

/// Adds bytes to the last turn, or begins one.
fn add(turns: &mut Turns, by: &str, bytes: &[u8]) {
    match turns.last_mut() {
        Some((speaker, said)) if speaker == by => said.extend_from_slice(bytes),
        _ => turns.push((by.to_owned(), bytes.to_vec())),
    }
}

fn from_hex(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len() / 2).map(|at| digit(2 * at)).collect()
}

/// A conversation as we follow it; `None` where there is none of this number.
fn followed_by_us(file: &Path, transport: &str, stream: usize) -> Option<Turns> {
    let number = stream.to_string();
    let options = ["--protocol", transport, "--stream", &number, "--as", "json"];
    let output = follow(&[&[file.to_str().unwrap()], &options[..]].concat());
    if output.stdout.is_empty() {
        return None;
    }
    let dialogue: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let address = |role: &str| {
        let end = &dialogue[role];
        format!("{}:{}", end["address"].as_str().unwrap(), end["port"])
    };
    let mut turns = Turns::new();
    for entry in dialogue["dialogue"].as_array().unwrap() {
        if entry["what"] != "says" {
            continue;
        }
        let bytes = match entry["bytes"].as_str() {
            Some(digits) => from_hex(digits),
            None => entry["text"].as_str().unwrap().as_bytes().to_vec(),
        };
        assert_eq!(entry["length"], bytes.len());
        let by = address(entry["by"].as_str().unwrap());
        add(&mut turns, &by, &bytes);
    }
    Some(turns)
}

/// The conversations of these numbers as tshark follows them, all in one run.
fn followed_by_tshark(file: &Path, wanted: &[(&str, usize)]) -> Vec<Turns> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-q", "-r"]).arg(file);
    for (transport, stream) in wanted {
        command.args(["-z", &format!("follow,{transport},raw,{stream}")]);
    }
    let output = command.output().expect("it is here");
    let mut found: Vec<((String, usize), Turns)> = Vec::new();
    let mut nodes = [String::new(), String::new()];
    let mut key = (String::new(), 0);
    for line in text_of(&output.stdout).lines() {
        if let Some(rest) = line.strip_prefix("Follow: ") {
            rest.split(',').next().unwrap().clone_into(&mut key.0);
        } else if let Some(rest) = line.strip_prefix("Filter: ") {
            key.1 = rest.rsplit(' ').next().unwrap().parse().unwrap();
        } else if let Some(rest) = line.strip_prefix("Node 0: ") {
            nodes[0] = rest.replace(['[', ']'], "");
        } else if let Some(rest) = line.strip_prefix("Node 1: ") {
            nodes[1] = rest.replace(['[', ']'], "");
            found.push((key.clone(), Turns::new()));
        } else if let Some((_, turns)) = found.last_mut()
            && !line.is_empty()
            && !line.starts_with('=')
        {
            let by = &nodes[usize::from(line.starts_with('\t'))];
            let bytes = from_hex(line.trim());
            // Its words for a gap stand among the bytes; we say it beside them.
            if !bytes.ends_with(b"bytes missing in capture file]\0") {
                add(turns, by, &bytes);
            }
        }
    }
    wanted
        .iter()
        .map(|(transport, stream)| {
            let is_this = |of: &(String, usize)| of.0 == *transport && of.1 == *stream;
            let index = found.iter().position(|(key, _)| is_this(key)).unwrap();
            found.swap_remove(index).1
        })
        .collect()
}

/// Where we differ on purpose.
const EXCEPTIONS: &[(&str, (&str, usize), &str)] = &[
    (
        "odd-fragments.pcapng",
        ("udp", 1),
        "tshark puts overlapping fragments of IPv6 together, which RFC 5722 forbids; Linux does not either",
    ),
    (
        "damaged.pcapng",
        ("tcp", 0),
        "tshark takes a segment whose checksum is wrong, which its receiver did not (RFC 1122, section 4.2.2.7)",
    ),
];

fn is_exception(name: &str, conversation: (&str, usize)) -> bool {
    let mut all = EXCEPTIONS.iter();
    all.any(|(file, one, _)| *file == name && *one == conversation)
}

fn lengths(turns: &Turns) -> Vec<usize> {
    turns.iter().map(|(_, said)| said.len()).collect()
}

#[test]
fn what_is_said_is_what_tshark_follows_on_every_fixture() {
    if !tshark::is_here() {
        return;
    }
    let mut compared = 0;
    for file in captures() {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut ours = Vec::new();
        for transport in ["tcp", "udp"] {
            let all = (0..).map_while(|stream| {
                let turns = followed_by_us(&file, transport, stream)?;
                Some(((transport, stream), turns))
            });
            ours.extend(all);
        }
        let wanted: Vec<_> = ours.iter().map(|(wanted, _)| *wanted).collect();
        if wanted.is_empty() {
            continue;
        }
        let theirs = followed_by_tshark(&file, &wanted);
        for ((wanted, ours), theirs) in ours.iter().zip(&theirs) {
            if is_exception(&name, *wanted) {
                continue;
            }
            assert!(
                ours == theirs,
                "{name}: {wanted:?}: we follow {:?} bytes, tshark {:?}",
                lengths(ours),
                lengths(theirs)
            );
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared} conversations were compared");
}

#[test]
fn a_conversation_is_shown_in_turn_with_frames_speakers_and_counts() {
    let output = follow(&["tcp-loop.pcapng"]);
    assert!(output.status.success());
    let expected = "\
TCP stream 0   client 192.168.1.7:33572   server 192.168.1.6:12345

turn  frame  who      bytes
          3  client         opens the connection
          4  server         agrees
   1      6  server      7  welcome
   2      8  client      5  hello
         10  client     12  how are you?
         12  client      6  你好
         14  client         ends its side: it has no more to say
         15  server         ends its side: it has no more to say

client says 23 bytes in 3 pieces and 1 turn
server says 7 bytes in 1 piece and 1 turn
opened by the client (frame 3), ended by the client (frame 14), then by the server (frame 15)
";
    assert_eq!(text_of(&output.stdout), expected);
}

#[test]
fn what_came_damaged_over_the_cable_is_told_and_does_not_count() {
    let raw = follow(&["--as", "raw", "--from", "client", "damaged.pcapng"]);
    assert_eq!(raw.stdout, b"helloagain");
    let shown = text_of(&follow(&["damaged.pcapng"]).stdout);
    assert_eq!(shown.matches("came damaged").count(), 2, "{shown}");
    assert!(shown.contains("ended by the client (frame 14)"), "{shown}");
}

#[test]
fn of_two_that_open_at_once_neither_agrees() {
    for file in ["at-once.pcapng", "closes-early.pcapng"] {
        let shown = text_of(&follow(&[file]).stdout);
        for words in [
            "3  client         opens the connection\n",
            "4  server         opens the connection too\n",
            "opened by the client (frame 3) and by the server (frame 4), ended by",
        ] {
            assert!(shown.contains(words), "{words}\n{shown}");
        }
    }
}

#[test]
fn raw_is_every_byte_and_nothing_else_of_both_or_of_one_side() {
    let raw = |options: &[&str]| {
        let output = follow(&[&["tcp-loop.pcapng", "--as", "raw"], options].concat());
        assert!(output.status.success() && output.stderr.is_empty());
        text_of(&output.stdout)
    };
    assert_eq!(raw(&[]), "welcomehellohow are you?你好");
    assert_eq!(raw(&["--from", "client"]), "hellohow are you?你好");
    assert_eq!(raw(&["--from", "server", "--stream", "0"]), "welcome");
}

#[test]
fn a_pipe_and_a_compressed_file_are_followed_alike() {
    let plain = follow(&["tcp-loop.pcapng"]).stdout;
    assert_eq!(follow(&["tcp-loop.pcapng.gz"]).stdout, plain);
    let piped = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["follow", "-"])
        .stdin(Stdio::from(
            File::open(folder().join("tcp-loop.pcapng.gz")).unwrap(),
        ))
        .output()
        .unwrap();
    assert_eq!(piped.stdout, plain);
}

#[test]
fn what_the_capture_has_cut_is_said_in_its_place_and_beside_raw_bytes() {
    let shown = text_of(&follow(&["snapped.pcapng"]).stdout);
    assert!(
        shown.contains("server         7 bytes missing here: the capture kept only the beginning"),
        "{shown}"
    );
    let raw = follow(&["snapped.pcapng", "--as", "raw"]);
    assert!(raw.status.success() && raw.stdout.is_empty());
    let said = text_of(&raw.stderr);
    assert!(
        said.contains("23 bytes of what the client says are missing"),
        "{said}"
    );
}

#[test]
fn damage_is_told_after_what_came_before_it() {
    let output = follow(&["cut.pcap"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text_of(&output.stdout).contains("a classic pcap"));
    assert!(text_of(&output.stderr).contains("ends too early"));
}

#[test]
fn a_call_that_cannot_be_followed_is_told_what_to_do() {
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["tcp-loop.pcapng", "--stream", "7"],
            1,
            "there is no TCP stream 7: the capture has 1",
        ),
        (&["udp.pcapng", "--stream", "0"], 1, "with --protocol udp"),
        (&["icmp-echo.pcapng"], 1, "no conversation to follow"),
        (
            &["tcp-loop.pcapng", "--as", "hex", "--side-by-side"],
            2,
            "goes with --as text",
        ),
        (&["no-such-file"], 1, "no-such-file"),
    ];
    for (arguments, code, words) in cases {
        let output = follow(arguments);
        let said = text_of(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn who_has_named_a_protocol_is_not_told_to_name_one() {
    for (protocol, told) in [
        (
            &[][..],
            "with --stream N, and --protocol udp for one over UDP\n",
        ),
        (&["--protocol", "udp"], "with --stream N\n"),
    ] {
        let output = follow(&[&["dns.pcapng"], protocol].concat());
        let error = text_of(&output.stderr);
        assert!(error.ends_with(told), "{error}");
    }
}

#[test]
fn whose_word_would_be_next_is_told_where_both_could_still_speak() {
    let udp = text_of(&follow(&["udp.pcapng"]).stdout);
    assert!(
        udp.ends_with("the client spoke last: if it waits, then for the server\n"),
        "{udp}"
    );
    let json = follow(&["udp.pcapng", "--as", "json"]).stdout;
    let dialogue: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(dialogue["summary"]["spoke_last"], "client");
    let ended = text_of(&follow(&["tcp-loop.pcapng"]).stdout);
    assert!(!ended.contains("spoke last"), "{ended}");
}

#[test]
fn a_question_to_open_that_nobody_answers_opens_nothing() {
    // A pcap file whose one frame is a SYN.
    let capture = from_hex(
        "d4c3b2a1020004000000000000000000ffff000001000000\
         00f15365000000003600000036000000\
         0200000000060200000000070800\
         45000028000040004006b75dc0a80107c0a80106\
         9c403039000003e8000000005002faf000000000",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("syn.pcap");
    std::fs::write(&file, capture).expect("it can be written");
    let file = file.display().to_string();
    let shown = text_of(&follow(&["--stream", "0", &file]).stdout);
    assert!(
        shown
            .ends_with("opened by the client (frame 1), and nobody has answered: it is not open\n"),
        "{shown}"
    );
}

#[test]
fn side_by_side_no_word_is_broken_where_it_has_room() {
    let file = folder().join("tcp-loop.pcapng");
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg("follow")
        .arg(&file)
        .arg("--side-by-side")
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    let shown = text_of(&output.stdout);
    assert!(
        shown.contains("ends its side: it has no more to\n"),
        "{shown}"
    );
    assert!(
        shown.ends_with("ended by the client (frame 14), then by the\n  server (frame 15)\n"),
        "{shown}"
    );
}

/// As stats call it, too.
#[test]
fn a_connection_that_never_opened_is_refused_and_not_broken_off() {
    let told = text_of(&follow(&["refused.pcapng"]).stdout);
    assert!(told.contains("  refuses\n"), "{told}");
    let end = "opened by the client (frame 3), refused by the server (frame 4)\n";
    assert!(told.ends_with(end), "{told}");
    let told = text_of(&follow(&["reset.pcapng"]).stdout);
    assert!(told.contains("broken off by the "), "{told}");
}
