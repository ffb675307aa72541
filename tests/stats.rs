//! `netinspect stats`: the figures of every fixture are tshark's, and what goes wrong is told.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};
use std::thread;

use common::fixtures::{captures, folder};
use common::tshark;
use netinspect::capture::write::{Existing, Writer};
use netinspect::capture::{self, Interface};
use netinspect::model::frame::{Frame, LinkType};
use serde_json::{Value, json};

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

/// What tshark is asked for, in one run a capture.
const STATISTICS: &[&str] = &[
    "io,phs",
    "conv,eth",
    "conv,ip",
    "conv,ipv6",
    "conv,tcp",
    "conv,udp",
    "endpoints,eth",
    "endpoints,ip",
    "endpoints,ipv6",
    "endpoints,tcp",
    "endpoints,udp",
    "plen,tree",
    "io,stat,1",
    "io,stat,0.01",
];

/// What tshark says of each frame.
const FIELDS: &[&str] = &[
    "tcp.stream",
    "tcp.srcport",
    "frame.len",
    "tcp.len",
    "tcp.analysis.retransmission",
    "tcp.analysis.ack_rtt",
    "tcp.analysis.initial_rtt",
    "frame.time_relative",
];

/// What tshark says of one capture.
#[derive(Debug)]
struct Told {
    fields: Vec<String>,
    statistics: BTreeMap<&'static str, Vec<String>>,
}

impl Told {
    fn of(path: &Path) -> Self {
        let mut command = tshark::reading(path);
        command.args(["-T", "fields"]);
        for field in FIELDS {
            command.args(["-e", field]);
        }
        for statistics in STATISTICS {
            command.args(["-z", statistics]);
        }
        let output = command.output().expect("it is here");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        let is_rule = |line: &&str| !line.is_empty() && line.chars().all(|one| one == '=');
        let mut blocks = lines
            .split(is_rule)
            .map(|block| block.iter().map(|line| (*line).to_owned()).collect());
        let mut fields: Vec<String> = blocks.next().unwrap_or_default();
        fields.retain(|line| !line.is_empty());
        // The last that was asked for comes first.
        let blocks = blocks.filter(|block: &Vec<String>| block.iter().any(|line| !line.is_empty()));
        let mut blocks: Vec<Vec<String>> = blocks.collect();
        blocks.reverse();
        assert_eq!(blocks.len(), STATISTICS.len(), "{}: {text}", path.display());
        Self {
            fields,
            statistics: STATISTICS.iter().copied().zip(blocks).collect(),
        }
    }

    /// Of every fixture; asked for once, by as many at a time as there is room for.
    fn of_fixtures() -> &'static BTreeMap<PathBuf, Self> {
        static TOLD: OnceLock<BTreeMap<PathBuf, Told>> = OnceLock::new();
        TOLD.get_or_init(|| {
            let waiting = Mutex::new(captures());
            let told = Mutex::new(BTreeMap::new());
            let workers = thread::available_parallelism().map_or(2, NonZero::get);
            thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| {
                        loop {
                            let next = waiting.lock().unwrap().pop();
                            let Some(path) = next else { return };
                            let of_path = Self::of(&path);
                            told.lock().unwrap().insert(path, of_path);
                        }
                    });
                }
            });
            told.into_inner().unwrap()
        })
    }
}

/// The lines of one of tshark's statistics of a fixture.
fn by_tshark(path: &Path, statistics: &str) -> &'static [String] {
    &Told::of_fixtures()[path].statistics[statistics]
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
    (
        "frame",
        "what the capture knows, which tshark counts as a protocol when it is asked for fields too",
    ),
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
    (
        "tcp.segments",
        "how tshark names what several segments brought",
    ),
    (
        "tls.segments",
        "how tshark names what several records brought",
    ),
    (
        "websocket.fragments",
        "how tshark names what several frames brought",
    ),
    (
        "websocket.payload.continue",
        "how tshark names what goes on in another frame",
    ),
    (
        "data-text-lines",
        "the body of a message, which is part of it here",
    ),
    (
        "urlencoded-form",
        "the body of a message, which is part of it here",
    ),
    (
        "imf",
        "a letter, which is part of the message that brings it here",
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
    let mut found: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for line in by_tshark(path, "io,phs") {
        let Some((protocol, figures)) = line.split_once("frames:") else {
            continue;
        };
        let depth = protocol.len() - protocol.trim_start().len();
        around.retain(|(of, _)| *of < depth);
        let protocol = protocol.trim();
        // One more message behind the first is inside it in tshark's table.
        let is_one_more = around.last().is_some_and(|(_, last)| last == protocol);
        if is_of_one_side(protocol) || is_one_more {
            continue;
        }
        around.push((depth, protocol.to_owned()));
        let path: Vec<&str> = around.iter().map(|(_, name)| name.as_str()).collect();
        let mut figures = figures
            .split("bytes:")
            .map(|number| number.trim().parse::<u64>().expect("a number"));
        // What is left out between two may have told them apart.
        let sums = found.entry(path.join(":")).or_default();
        for sum in sums {
            *sum += figures.next().expect("frames and bytes");
        }
    }
    let line = |(path, [frames, bytes]): (String, [u64; 2])| format!("{path} {frames} {bytes}");
    found.into_iter().map(line).collect()
}

#[test]
fn the_protocol_hierarchy_is_tsharks() {
    let broken = (
        "fields.pcap",
        "a frame whose header is broken on purpose: we do not read what is inside",
    );
    let quoted = (
        "dns-odd.pcapng",
        "a question that an error quotes is a part of the error; tshark counts it as one more",
    );
    let in_pieces =
        "a piece of a message is none; tshark counts it as one, where it is asked for fields too";
    let with_pieces = [
        "http.pcapng",
        "http-pieces.pcapng",
        "http-ends.pcapng",
        "http2.pcapng",
        "dns.pcapng",
        "dns-pieces.pcapng",
        "certificates.pcapng",
        "imap.pcapng",
        "pop3.pcapng",
        "smtp.pcapng",
        "smtp-pieces.pcapng",
        "smtp-starttls.pcapng",
        "websocket-pieces.pcapng",
    ];
    let with_pieces = with_pieces.map(|name| (name, in_pieces));
    let files = (
        "ftp.pcapng",
        "what belongs to a transfer on another connection is not told here",
    );
    let sealed = ("tls-cbc.pcapng", "CBC is not decrypted");
    let on_purpose = [
        &[broken, quoted, files, sealed],
        &with_pieces[..],
        COMPLETED,
    ]
    .concat();
    compare("io,phs", &on_purpose, hierarchy_by_us, hierarchy_by_tshark);
}

#[test]
fn a_frame_that_passes_the_filter_for_a_protocol_counts_as_one_of_it() {
    for path in captures() {
        for protocol in [
            "tcp", "udp", "chat", "http", "dns", "mdns", "dhcp", "ntp", "tftp", "tls", "smtp",
            "pop", "imap", "ftp",
        ] {
            // What an error quotes is part of the error.
            let filter = format!("{protocol} and not icmp and not icmpv6");
            let rows = rows(&path, &["-Y", &filter]);
            let frames = |counts: &dyn Fn(&Value) -> bool| -> u64 {
                let counted = rows.iter().filter(|row| counts(row));
                counted.map(|row| row["frames"].as_u64().unwrap()).sum()
            };
            let of_it = frames(&|row| row["protocol"] == protocol);
            let of_all = frames(&|row| row["path"] == row["protocol"]);
            assert_eq!(of_it, of_all, "{protocol} in {}", path.display());
        }
    }
}

/// Where a frame completes a datagram, it counts as that; tshark is asked not to put any together, and where it
/// does, the first fragment counts as bytes.
const COMPLETED: &[(&str, &str)] = &[
    ("fragments.pcapng", "a datagram is completed"),
    ("fragments-ipv6.pcapng", "a datagram is completed"),
    ("fragmented-unreachable.pcapng", "a datagram is completed"),
    ("odd-fragments.pcapng", "datagrams are completed"),
    ("udp-long.pcapng", "a datagram is completed"),
];

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
                "odd-fragments.pcapng",
                "tshark leaves out the later fragments, though it counts those of IPv4",
            ),
            (
                "fields.pcap",
                "tshark reads an IPv4 header whose version is broken as IPv6",
            ),
        ],
        "udp" => COMPLETED,
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
            let figures = figures.map(|name| figure(row, name)).join(" ");
            let [start, duration] = ["start", "duration"].map(|name| row[name].as_f64().unwrap());
            // tshark has rounded once already.
            let duration: f64 = format!("{duration:.4}").parse().unwrap();
            format!(
                "{} {} {figures} {} {} {start:.9} {duration:.3}",
                address(&row["address_a"], &row["port_a"]),
                address(&row["address_b"], &row["port_b"]),
                row["frames"],
                figure(row, "bytes"),
            )
        })
        .collect()
}

/// A figure as tshark writes it here: from 10,000 bytes on in whole kilobytes. The bytes of endpoints and of TCP
/// connections are compared to the last.
fn figure(row: &Value, name: &str) -> String {
    let number = row[name].as_u64().unwrap();
    if name.starts_with("bytes") && number >= 10_000 {
        format!("{} kB", number / 1000)
    } else {
        number.to_string()
    }
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
        let mut differ_on_purpose = on_purpose(ours).to_vec();
        if *ours == "tcp" {
            differ_on_purpose.push((
                "port-again.pcapng",
                "a conversation is two ends here; two connections between them are told apart by --by tcp",
            ));
        }
        compare(
            &format!("conv,{theirs}"),
            &differ_on_purpose,
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
        .skip(3)
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

/// What is compared of a connection, as one line: its number, frames, bytes and payload, when it began and
/// how long it took, its handshake, and of the client, then of the server, what was sent again and how long the
/// acknowledgments took. Times are in microseconds, as far as both can tell them.
#[derive(Default)]
struct Figures {
    stream: u64,
    frames: u64,
    bytes: u64,
    payload: u64,
    start: f64,
    end: f64,
    handshake: Option<f64>,
    again: [[u64; 2]; 2],
    round_trips: [Vec<f64>; 2],
}

fn microseconds(seconds: f64) -> String {
    format!("{:.0}", seconds * 1e6)
}

impl Figures {
    fn line(&self) -> String {
        let mut line = format!(
            "{} {} {} {} {} {} {:?} {:?}",
            self.stream,
            self.frames,
            self.bytes,
            self.payload,
            microseconds(self.start),
            microseconds(self.end - self.start),
            self.handshake.map(microseconds),
            self.again,
        );
        for times in &self.round_trips {
            let sum: f64 = times.iter().sum();
            let count = f64::from(u32::try_from(times.len()).unwrap());
            // In whole nanoseconds, as we have it: or else half a microsecond goes up here and down there.
            let mean = (sum * 1e9 / count + 0.001).floor() / 1e9;
            let least = times.iter().copied().reduce(f64::min);
            let most = times.iter().copied().reduce(f64::max);
            let spread = [least, least.map(|_| mean), most].map(|time| time.map(microseconds));
            let _ = write!(line, " {spread:?}");
        }
        line
    }
}

fn connections_by_us(path: &Path) -> Vec<String> {
    let line = |row: &Value| {
        let number = |name: &str| row[name].as_u64().unwrap();
        let seconds = |name: &str| row[name].as_f64();
        let of_side =
            |side: &str| ["min", "mean", "max"].map(|what| seconds(&format!("{side}_rtt_{what}")));
        let again = ["client", "server"].map(|side| {
            ["retransmissions", "retransmitted_bytes"].map(|what| number(&format!("{side}_{what}")))
        });
        let start = seconds("start").unwrap();
        let figures = Figures {
            stream: number("stream"),
            frames: number("frames"),
            bytes: number("bytes"),
            payload: number("payload_bytes"),
            start,
            end: start + seconds("duration").unwrap(),
            handshake: seconds("handshake_rtt"),
            again,
            ..Figures::default()
        };
        // Without times of its own, a line ends where the spreads begin.
        let line = figures.line();
        let beginning = line.split(" [None").next().unwrap().to_owned();
        let spreads = ["client", "server"].map(|side| {
            let spread = of_side(side).map(|time| time.map(microseconds));
            format!(" {spread:?}")
        });
        beginning + &spreads.concat()
    };
    rows(path, &["--by", "tcp"]).iter().map(line).collect()
}

fn connections_by_tshark(path: &Path, told: &Told) -> Vec<String> {
    let clients: BTreeMap<u64, u64> = rows(path, &["--by", "tcp"])
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].as_u64().unwrap();
            (number("stream"), number("client_port"))
        })
        .collect();
    let mut found: BTreeMap<u64, Figures> = BTreeMap::new();
    for line in &told.fields {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| fields[index].parse::<u64>().ok();
        let seconds = |index: usize| fields[index].parse::<f64>().ok();
        let (Some(stream), Some(port)) = (number(0), number(1)) else {
            continue;
        };
        let figures = found.entry(stream).or_insert_with(|| Figures {
            stream,
            start: seconds(7).unwrap(),
            ..Figures::default()
        });
        let payload = number(3).unwrap_or(0);
        figures.frames += 1;
        figures.bytes += number(2).unwrap();
        figures.payload += payload;
        figures.end = seconds(7).unwrap();
        let side = usize::from(clients.get(&stream) != Some(&port));
        if !fields[4].is_empty() {
            figures.again[side][0] += 1;
            figures.again[side][1] += payload;
        }
        figures.round_trips[1 - side].extend(seconds(5));
        // tshark takes a refusal for the end of a handshake.
        figures.handshake = seconds(6).or(figures.handshake);
    }
    found.values().map(Figures::line).collect()
}

#[test]
fn how_the_connections_fared_is_as_tshark_has_it_from_its_fields() {
    const REFUSED: &str = "a refusal is no handshake, so it has no round trip of one";
    let on_purpose = [
        ("refused.pcapng", REFUSED),
        ("cooked-v1.pcap", REFUSED),
        ("cooked-v2.pcap", REFUSED),
        (
            "fields.pcap",
            "a segment whose header length cannot be has no payload that could be counted",
        ),
        (
            "snapped.pcapng",
            "tshark analyses no segment whose options the capture cut; its numbers are there",
        ),
    ];
    compare("tcp fields", &on_purpose, connections_by_us, |path| {
        connections_by_tshark(path, &Told::of_fixtures()[path])
    });
}

#[test]
fn what_a_harmed_connection_sent_again_is_counted_as_tshark_does() {
    if !tshark::is_here() || !common::lab::is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harmed.pcapng");
    let recorded = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args([
            "run-demo",
            "--fault",
            "drop 2nd from client where tcp.len > 0",
        ])
        .args([
            "--fault",
            "drop 1st from server where tcp.len > 0",
            "--write",
        ])
        .arg(&path)
        .output()
        .unwrap();
    assert!(recorded.status.success(), "{recorded:?}");
    let ours = connections_by_us(&path);
    assert_eq!(ours, connections_by_tshark(&path, &Told::of(&path)));
    let row = &rows(&path, &["--by", "tcp"])[0];
    let again = [
        &row["client_retransmitted_bytes"],
        &row["server_retransmitted_bytes"],
    ];
    assert_eq!(again, [12, 7], "{row}");
    // Each byte of the stream counts once for goodput: 30 of 49 that were sent.
    assert_eq!(row["payload_bytes"], 49);
    let seconds = row["duration"].as_f64().unwrap();
    let expected = 30.0 * 8.0 / seconds;
    assert!(
        (row["goodput"].as_f64().unwrap() - expected).abs() <= 1.0,
        "{row}"
    );
    let layers = [
        "link_bytes",
        "network_bytes",
        "transport_bytes",
        "payload_bytes",
    ];
    let sum: u64 = layers.iter().map(|name| row[*name].as_u64().unwrap()).sum();
    assert_eq!(row["bytes"], sum);
    assert_eq!(
        [&row["opening"], &row["ending"]],
        ["handshake", "closed by client"]
    );
}

/// The loop chat, recorded from its first message on.
fn late_capture() -> tempfile::TempPath {
    let path = tempfile::Builder::new()
        .suffix(".pcapng")
        .tempfile()
        .unwrap()
        .into_temp_path();
    let mut source = capture::open(&folder().join("tcp-loop.pcapng")).unwrap();
    let interfaces = [Interface::of_link(LinkType::ETHERNET)];
    let mut writer = Writer::create(&path, &interfaces, Existing::Overwrite).unwrap();
    while let Some(frame) = source.next_frame().unwrap() {
        if frame.number >= 6 {
            let interface = Some(0);
            writer.frame(&Frame { interface, ..frame }, None).unwrap();
        }
    }
    writer.flush().unwrap();
    path
}

#[test]
fn how_a_connection_opened_and_ended_is_told() {
    let cases = [
        ("tcp-loop.pcapng", "tcp", "handshake", "closed by client"),
        (
            "tcp-loop.pcapng",
            "frame.number < 16",
            "handshake",
            "closed by client",
        ),
        (
            "tcp-loop.pcapng",
            "frame.number < 15",
            "handshake",
            "half-closed by client",
        ),
        ("tcp-loop.pcapng", "frame.number < 14", "handshake", "open"),
        ("tcp-loop.pcapng", "frame.number < 5", "asked", "open"),
        ("tcp-loop.pcapng", "frame.number < 4", "asked", "unanswered"),
        // What a filter hides has been followed all the same.
        ("tcp-loop.pcapng", "tcp.len > 0", "handshake", "open"),
        ("refused.pcapng", "tcp", "asked", "refused"),
    ];
    for (name, filter, opening, ending) in cases {
        let row = &rows(&folder().join(name), &["--by", "tcp", "-Y", filter])[0];
        assert_eq!(
            [&row["opening"], &row["ending"]],
            [opening, ending],
            "{name} {filter}"
        );
    }
    let row = &rows(&late_capture(), &["--by", "tcp"])[0];
    assert_eq!(
        [&row["opening"], &row["ending"], &row["handshake_rtt"]],
        [&json!("unseen"), &json!("closed by client"), &Value::Null],
    );
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
