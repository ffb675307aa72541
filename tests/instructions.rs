//! What a frame costs, in instructions: a bound against changes that make a path much dearer unseen.
//! Counts of instructions do not depend on who else uses the machine, as times do.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use netinspect::capture::write::{Existing, Writer};
use netinspect::capture::{self, Interface};

/// The work, and how many instructions a frame may cost in a build without optimisation: about twice what it
/// cost when this was written.
const WORKS: &[(&[&str], u64)] = &[
    (&[], 100_000),
    (&["-T", "ndjson"], 450_000),
    (&["-V"], 450_000),
    (
        &["-e", "ip.src", "-e", "tcp.srcport", "-e", "tcp.len"],
        50_000,
    ),
    (&["-Y", "tcp.port == 12345", "--count-only"], 31_000),
];

/// Writes the frames of a recorded chat again and again.
fn write_chat(to: &Path, times: usize) {
    let recorded = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/tcp-loop.pcapng"
    ));
    let link = capture::open(recorded)
        .unwrap()
        .next_frame()
        .unwrap()
        .unwrap()
        .link_type;
    let mut writer = Writer::create(to, &[Interface::of_link(link)], Existing::Keep).unwrap();
    for _ in 0..times {
        let mut source = capture::open(recorded).unwrap();
        while let Some(frame) = source.next_frame().unwrap() {
            writer.frame(&frame, None).unwrap();
        }
    }
    writer.flush().unwrap();
}

/// The instructions of a run over the first `frames` frames; `None` without valgrind.
fn instructions(file: &Path, options: &[&str], frames: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env!("CARGO_BIN_EXE_netinspect"))
        .arg("decode")
        .arg(file)
        .args(options)
        .args(["-c", &frames.to_string()])
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, counted) = told.split_once("Collected : ").expect(&told);
    let count = counted.split_whitespace().next().unwrap();
    Some(count.parse().unwrap())
}

#[test]
fn a_frame_costs_no_more_instructions_than_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.pcap");
    write_chat(&file, 30);
    for (options, bound) in WORKS {
        let Some(few) = instructions(&file, options, 100) else {
            return common::missing("valgrind");
        };
        let more = instructions(&file, options, 400).unwrap();
        let each = (more - few) / 300;
        eprintln!("{options:?}: {each} instructions a frame, {bound} allowed");
        assert!(
            each <= *bound,
            "{options:?}: {each} instructions a frame, and {bound} are allowed"
        );
    }
    fs::remove_file(file).unwrap();
}
