//! Disturbed conversations carry the same numbers and marks here as in tshark, frame by frame.

#[path = "../common/mod.rs"]
mod common;
mod generator;

use std::collections::BTreeSet;
use std::path::Path;

use common::tshark;
use netinspect::capture::write::{Existing, Writer};
use netinspect::capture::{self, Interface};
use netinspect::decode::Decoder;
use netinspect::flow::Flows;
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use netinspect::model::needs::Past;
use netinspect::model::value::Value;
use netinspect::protocols::tcp_followed;

/// What is compared: every field that both follow.
fn names() -> Vec<&'static str> {
    let known = tshark::field_names();
    let ours = tcp_followed::FIELDS.iter().map(|field| field.name);
    // The heading of the analysis: tshark draws it over nothing, too.
    let is_compared = |name: &&str| known.contains(*name) && *name != "tcp.analysis";
    ours.filter(is_compared).collect()
}

type Row = Vec<String>;

fn rows_by_tshark(path: &Path, names: &[&str]) -> Vec<Row> {
    let mut command = tshark::reading(path);
    command.args(["-T", "fields", "-E", "occurrence=f"]);
    for name in names {
        command.args(["-e", name]);
    }
    let output = command.output().expect("it is here");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("fields are text");
    let row = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().map(row).collect()
}

fn rows_by_us(path: &Path, names: &[&str]) -> Vec<Row> {
    let mut source = capture::open(path).expect("it was just written");
    let mut decoder = Decoder::new();
    let mut flows = Flows::default();
    let mut rows = Vec::new();
    while let Some(frame) = source.next_frame().expect("it is whole") {
        let decoded = decoder.walk(&frame);
        let followed = flows.follow(&decoded, Past::Everything);
        let mut row = vec![String::new(); names.len()];
        for followed in followed {
            let field = &followed.field;
            let Some(at) = names.iter().position(|name| *name == field.definition.name) else {
                continue;
            };
            match field.value(decoded.bytes()) {
                Value::None => row[at].push('1'),
                value => value.push_plain(&mut row[at], field.definition, 0),
            }
        }
        rows.push(row);
    }
    rows
}

fn write(path: &Path, seen: &[generator::Seen]) {
    let interface = Interface::of_link(LinkType::ETHERNET);
    let mut writer = Writer::create(path, &[interface], Existing::Overwrite).expect("a file");
    for (number, seen) in (1..).zip(seen) {
        let frame = Frame {
            number,
            time: Timestamp::from_nanoseconds(seen.time),
            link_type: LinkType::ETHERNET,
            interface: Some(0),
            direction: None,
            wire_length: u32::try_from(seen.bytes.len()).expect("short"),
            checksum_offload: ChecksumOffload::NotKnown,
            comment: None,
            bytes: &seen.bytes,
        };
        writer.frame(&frame, None).expect("it is written");
    }
    writer.flush().expect("it is written");
}

/// The seed of the conversations, and how many; another one is tried with `NETINSPECT_SEED`.
const SEED: u64 = 2026;
const CONVERSATIONS: u16 = 600;

/// What a comparison means only where it occurs: each mark, and how often it must at least.
const REACHED: u32 = 10;

fn seed() -> u64 {
    let chosen = std::env::var("NETINSPECT_SEED").ok();
    chosen.map_or(SEED, |seed| seed.parse().expect("a number"))
}

#[test]
fn disturbed_conversations_have_the_same_numbers_and_marks_in_tshark() {
    if !tshark::is_here() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("disturbed.pcap");
    write(&path, &generator::conversations(seed(), CONVERSATIONS));
    let names = names();
    let (theirs, ours) = (rows_by_tshark(&path, &names), rows_by_us(&path, &names));
    assert_eq!(theirs.len(), ours.len(), "frames");
    let differences = differences(&names, &theirs, &ours);
    assert!(
        differences.is_empty(),
        "{} connections differ (seed {}):\n{}",
        differences.len(),
        seed(),
        differences.join("\n")
    );
    for (at, name) in names.iter().enumerate() {
        let reached = theirs.iter().filter(|row| !row[at].is_empty()).count();
        assert!(
            reached >= REACHED as usize,
            "{name} occurs {reached} times only"
        );
    }
}

/// The first frame of each connection that differs: what differs behind it may come of it.
fn differences(names: &[&str], theirs: &[Row], ours: &[Row]) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for (number, (theirs, ours)) in (1..).zip(theirs.iter().zip(ours)) {
        let differ = (0..names.len())
            .filter(|at| theirs[*at] != ours[*at])
            .filter(|at| !tshark::differs_on_purpose(names[*at], &theirs[*at], &ours[*at]))
            .filter(|at| !is_told_with_a_syn(names, *at, theirs));
        let told_of: Vec<String> = differ
            .map(|at| format!("{} {:?} (tshark {:?})", names[at], ours[at], theirs[at]))
            .collect();
        if !told_of.is_empty() && told.insert(ours[0].clone()) {
            found.push(format!(
                "frame {number}, stream {}: {}",
                ours[0],
                told_of.join(", ")
            ));
        }
    }
    found
}

/// tshark tells the round trip of the handshake with a SYN that comes when the other side has already
/// acknowledged it; we tell it with segments about which there is more to say.
fn is_told_with_a_syn(names: &[&str], at: usize, theirs: &Row) -> bool {
    let syn = names.iter().position(|name| *name == "tcp.connection.syn");
    names[at] == "tcp.analysis.initial_rtt" && syn.is_some_and(|syn| !theirs[syn].is_empty())
}
