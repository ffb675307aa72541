//! `netinspect stats`: the figures of every fixture are tshark's, and what goes wrong is told.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use common::fixtures::{captures, folder};
use common::tshark;
use serde_json::Value;

fn stats(path: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg("stats")
        .arg(path)
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn stats_of(name: &str, arguments: &[&str]) -> String {
    let output = stats(&folder().join(name), arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn rows(path: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = stats(path, &[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).expect("JSON, also of a damaged capture")
}

/// The lines of one of tshark's statistics.
fn by_tshark(path: &Path, statistics: &str) -> Vec<String> {
    let output = tshark::reading(path)
        .args(["-q", "-z", statistics])
        .output()
        .expect("it is here");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn name_of(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Compares what both say of every fixture; `ours` and `theirs` give lines in one form, in any order.
fn compare(
    what: &str,
    differ_on_purpose: &[(&str, &str)],
    ours: impl Fn(&Path) -> Vec<String>,
    theirs: impl Fn(&Path) -> Vec<String>,
) {
    if !tshark::is_here() {
        return;
    }
    let mut differences = Vec::new();
    for path in captures() {
        let [mut ours, mut theirs] = [ours(&path), theirs(&path)];
        ours.sort();
        theirs.sort();
        let name = name_of(&path);
        let on_purpose = differ_on_purpose.iter().find(|(known, _)| *known == name);
        match on_purpose {
            Some((_, reason)) if ours == theirs => {
                differences.push(format!("{name}: no longer different ({reason})"));
            }
            None if ours != theirs => {
                differences.push(format!("{name}\n ours {ours:#?}\n tshark's {theirs:#?}"));
            }
            _ => {}
        }
    }
    assert!(differences.is_empty(), "{what}: {}", differences.join("\n"));
}

/// Protocols of one side, each with the reason why the other has none at that place.
const PROTOCOLS_OF_ONE_SIDE: &[(&str, &str)] = &[
    ("chat", "tshark does not know the chat: its data"),
    (
        "data",
        "what nobody decodes differs, and tshark counts what ICMP errors quote as data too",
    ),
    ("cdp", "we do not know it: our data"),
    (
        "pkt_comment",
        "the capture file's comment, not a protocol on the wire",
    ),
    (
        "_ws.malformed",
        "a mark of tshark's, not a protocol; ours are faults",
    ),
    (
        "_ws.short",
        "a mark of tshark's, not a protocol; ours are faults",
    ),
];

fn is_of_one_side(protocol: &str) -> bool {
    PROTOCOLS_OF_ONE_SIDE
        .iter()
        .any(|(name, _)| *name == protocol)
}

fn hierarchy_by_us(path: &Path) -> Vec<String> {
    rows(path, &[])
        .iter()
        .filter(|row| !is_of_one_side(row["protocol"].as_str().unwrap()))
        .map(|row| {
            let path = row["path"].as_str().unwrap();
            format!("{path} {} {}", row["frames"], row["bytes"])
        })
        .collect()
}

fn hierarchy_by_tshark(path: &Path) -> Vec<String> {
    let mut around: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    for line in by_tshark(path, "io,phs") {
        let Some((protocol, figures)) = line.split_once("frames:") else {
            continue;
        };
        let depth = protocol.len() - protocol.trim_start().len();
        around.retain(|(of, _)| *of < depth);
        let protocol = protocol.trim();
        if is_of_one_side(protocol) {
            continue;
        }
        around.push((depth, protocol.to_owned()));
        let path: Vec<&str> = around.iter().map(|(_, name)| name.as_str()).collect();
        let figures = figures.replace("bytes:", "");
        found.push(format!("{} {}", path.join(":"), figures.trim()));
    }
    found
}

#[test]
fn the_protocol_hierarchy_is_tsharks() {
    let on_purpose = [(
        "fields.pcap",
        "a frame whose header is broken on purpose: we do not read what is inside",
    )];
    compare("io,phs", &on_purpose, hierarchy_by_us, hierarchy_by_tshark);
}

/// The levels: our names of the option and of the column, and tshark's.
const LEVELS: &[(&str, &str)] = &[
    ("ethernet", "eth"),
    ("ipv4", "ip"),
    ("ipv6", "ipv6"),
    ("tcp", "tcp"),
    ("udp", "udp"),
];

/// Where the addresses that are counted differ.
fn on_purpose(level: &str) -> &'static [(&'static str, &'static str)] {
    match level {
        "tcp" => &[
            (
                "snapped.pcapng",
                "tshark leaves out segments whose options the capture cut; their ports are there",
            ),
            (
                "fields.pcap",
                "tshark leaves out a segment whose options end too early; its ports are there",
            ),
        ],
        "ipv6" => &[
            (
                "fragments-ipv6.pcapng",
                "tshark leaves out the later fragments, though it counts those of IPv4",
            ),
            (
                "fields.pcap",
                "tshark reads an IPv4 header whose version is broken as IPv6",
            ),
        ],
        _ => &[],
    }
}

/// An address as tshark writes it: with its port where there is one.
fn address(address: &Value, port: &Value) -> String {
    let address = address.as_str().unwrap();
    port.as_u64()
        .map_or_else(|| address.to_owned(), |port| format!("{address}:{port}"))
}

fn conversations_by_us(path: &Path, level: &str) -> Vec<String> {
    rows(path, &["--by", "conversations", "--layer", level])
        .iter()
        .map(|row| {
            let figures = [
                "frames_from_b",
                "bytes_from_b",
                "frames_from_a",
                "bytes_from_a",
            ];
            let figures = figures.map(|name| row[name].to_string()).join(" ");
            let [start, duration] = ["start", "duration"].map(|name| row[name].as_f64().unwrap());
            format!(
                "{} {} {figures} {} {} {start:.9} {duration:.3}",
                address(&row["address_a"], &row["port_a"]),
                address(&row["address_b"], &row["port_b"]),
                row["frames"],
                row["bytes"],
            )
        })
        .collect()
}

fn conversations_by_tshark(path: &Path, level: &str) -> Vec<String> {
    by_tshark(path, &format!("conv,{level}"))
        .iter()
        .filter(|line| line.contains("<->"))
        .map(|line| {
            let words = line.split_whitespace();
            let mut words: Vec<&str> = words.filter(|w| !["<->", "bytes"].contains(w)).collect();
            let duration: f64 = words.pop().unwrap().parse().unwrap();
            format!("{} {duration:.3}", words.join(" "))
        })
        .collect()
}

#[test]
fn the_conversations_are_tsharks_side_for_side() {
    for (ours, theirs) in LEVELS {
        compare(
            &format!("conv,{theirs}"),
            on_purpose(ours),
            |path| conversations_by_us(path, ours),
            |path| conversations_by_tshark(path, theirs),
        );
    }
}

fn endpoints_by_us(path: &Path, level: &str) -> Vec<String> {
    let figures = [
        "port",
        "frames",
        "bytes",
        "frames_sent",
        "bytes_sent",
        "frames_received",
        "bytes_received",
    ];
    rows(path, &["--by", "endpoints", "--layer", level])
        .iter()
        .map(|row| {
            let figures = figures.iter().map(|name| &row[*name]);
            let figures = figures
                .filter(|figure| !figure.is_null())
                .map(Value::to_string);
            let figures: Vec<String> = figures.collect();
            format!("{} {}", row["address"].as_str().unwrap(), figures.join(" "))
        })
        .collect()
}

fn endpoints_by_tshark(path: &Path, level: &str) -> Vec<String> {
    by_tshark(path, &format!("endpoints,{level}"))
        .iter()
        .skip(4)
        .filter(|line| !line.starts_with('='))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn the_endpoints_are_tsharks() {
    for (ours, theirs) in LEVELS {
        compare(
            &format!("endpoints,{theirs}"),
            on_purpose(ours),
            |path| endpoints_by_us(path, ours),
            |path| endpoints_by_tshark(path, theirs),
        );
    }
}

fn lengths_by_us(path: &Path) -> Vec<String> {
    rows(path, &["--by", "lengths"])
        .iter()
        .map(|row| {
            let length = row["length"].as_str().unwrap();
            let name = length
                .replace("all", "Packet Lengths")
                .replace(" more", " greater");
            let average = row["average"]
                .as_f64()
                .map(|average| format!("{average:.2}"));
            let [shortest, longest] =
                ["shortest", "longest"].map(|name| row[name].as_u64().map(|n| n.to_string()));
            let told = [average, shortest, longest].map(|figure| figure.unwrap_or("-".to_owned()));
            format!("{name} {} {}", row["frames"], told.join(" "))
        })
        .collect()
}

fn lengths_by_tshark(path: &Path) -> Vec<String> {
    let is_row = |line: &&String| {
        line.contains('%') && line.contains(char::is_numeric) || line.starts_with(" 0-19")
    };
    by_tshark(path, "plen,tree")
        .iter()
        .filter(is_row)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            // Behind the name: count, average, least, most.
            let name = words
                .iter()
                .position(|word| word.parse::<u64>().is_ok() && *word != "5120");
            words[..name.unwrap() + 4].join(" ")
        })
        .collect()
}

#[test]
fn the_lengths_are_tsharks() {
    compare("plen,tree", &[], lengths_by_us, lengths_by_tshark);
}

/// Frames and bytes of each interval that has any.
fn intervals_by_us(path: &Path, interval: &str) -> Vec<String> {
    rows(path, &["--by", "time", "--interval", interval])
        .iter()
        .map(|row| {
            format!(
                "{:.6} {} {}",
                row["start"].as_f64().unwrap(),
                row["frames"],
                row["bytes"]
            )
        })
        .collect()
}

fn intervals_by_tshark(path: &Path, interval: &str) -> Vec<String> {
    by_tshark(path, &format!("io,stat,{interval}"))
        .iter()
        .filter(|line| line.contains("<>"))
        .map(|line| {
            let words: Vec<&str> = line
                .split(['|', ' '])
                .filter(|word| !word.is_empty())
                .collect();
            let start: f64 = words[0].parse().unwrap();
            let figures = &words[words.len() - 2..];
            format!("{start:.6} {}", figures.join(" "))
        })
        .collect()
}

#[test]
fn the_intervals_are_tsharks() {
    for interval in ["1", "0.01"] {
        compare(
            &format!("io,stat,{interval}"),
            &[],
            |path| intervals_by_us(path, interval),
            |path| intervals_by_tshark(path, interval),
        );
    }
}

#[test]
fn the_hierarchy_is_what_is_shown_where_nothing_else_is_asked_for() {
    let shown = stats_of("vlan.pcapng", &[]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "Protocol hierarchy");
    assert!(lines[5].starts_with("   vlan "), "{shown}");
}

#[test]
fn the_three_formats_have_the_same_figures() {
    let asked = ["--by", "endpoints", "--layer", "udp"];
    let csv = stats_of("udp.pcapng", &[&asked[..], &["--format", "csv"]].concat());
    let mut lines = csv.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().unwrap().collect();
    let rows = rows(&folder().join("udp.pcapng"), &asked);
    assert_eq!(rows.len(), csv.lines().count() - 1);
    let table = stats_of("udp.pcapng", &asked);
    for (row, cells) in rows.iter().zip(lines) {
        let row: BTreeMap<String, Value> = serde_json::from_value(row.clone()).unwrap();
        for (name, cell) in names.iter().zip(cells) {
            assert_eq!(row[*name].to_string().trim_matches('"'), cell);
            assert!(
                *name == "layer" || table.contains(cell),
                "{name} {cell}: {table}"
            );
        }
    }
}

#[test]
fn any_column_sorts_and_reverses() {
    let lengths = |arguments: &[&str]| -> Vec<u64> {
        let asked = [&["--by", "conversations", "--layer", "ethernet"], arguments].concat();
        let rows = rows(&folder().join("frames.pcapng"), &asked);
        rows.iter()
            .map(|row| row["bytes"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(lengths(&["--sort", "bytes"]), [581, 60, 42]);
    assert_eq!(lengths(&["--sort", "bytes", "--reverse"]), [42, 60, 581]);
}

#[test]
fn a_filter_chooses_what_is_counted_and_the_start_stays_that_of_the_capture() {
    let filter = [
        "--by",
        "conversations",
        "--layer",
        "tcp",
        "-Y",
        "tcp.len > 0",
    ];
    let rows = rows(&folder().join("tcp-loop.pcapng"), &filter);
    assert_eq!(rows[0]["frames"], 4);
    assert!(rows[0]["start"].as_f64().unwrap() > 0.0002, "{rows:?}");
}

#[test]
fn a_damaged_capture_shows_what_came_before_then_the_damage() {
    let output = stats(&folder().join("cut.pcap"), &[]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains(" eth "));
    assert!(errors.contains("ends too early"), "{errors}");
}

#[test]
fn what_cannot_be_asked_for_is_a_wrong_call_that_says_what_can() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["--sort", "size"],
            "there is no column \"size\" to sort by; there are protocol, path, frames",
        ),
        (&["--layer", "tcp"], "--layer goes with --by conversations"),
        (&["--interval", "1"], "--interval goes with --by time"),
        (&["--by", "time", "--interval", "0"], "longer than 0"),
        (&["-Y", "tcp.prt"], "tcp.port"),
    ];
    for (arguments, told) in cases {
        let output = stats(&folder().join("udp.pcapng"), arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(told), "{errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_layer_that_no_frame_has_is_a_table_without_rows() {
    let shown = stats_of(
        "arp-nobody.pcapng",
        &["--by", "conversations", "--layer", "tcp"],
    );
    assert!(shown.starts_with("TCP conversations\n"), "{shown}");
    assert_eq!(shown.lines().count(), 5, "{shown}");
}

#[test]
fn more_intervals_than_the_table_holds_are_told() {
    let interval = ["--by", "time", "--interval", "0.0000001", "--format", "csv"];
    let output = stats(&folder().join("tcp-loop.pcapng"), &interval);
    let figures = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert!(
        figures
            .lines()
            .last()
            .unwrap()
            .starts_with("others (table full),")
    );
    assert!(errors.contains("the table is full"), "{errors}");
}
