//! What is compared: the same work as two programs are asked for it, and how it is seen that both did it.

use std::fmt::Write as _;

use serde_json::Value;

use super::traffic::Traffic;

/// One piece of work for two programs.
pub struct Work {
    /// What it is, as the table says it.
    pub name: &'static str,
    /// What is in the capture.
    pub traffic: Traffic,
    /// Which size of it.
    pub size: Size,
    /// Our arguments, before the file.
    pub ours: &'static [&'static str],
    /// The other program.
    pub other: Other,
    /// Its arguments; the file takes the place of `FILE`, or comes last where that is nowhere.
    pub theirs: &'static [&'static str],
    /// Whether the other program is told a time zone, so that it need not look for the local one.
    pub is_told_time_zone: bool,
    /// How many times as quick we mean to be.
    pub target: f64,
    /// On which cores either side may run.
    pub cores: Cores,
    /// Arguments of both sides for the look at what they say, where it takes others.
    pub checked: Option<(&'static [&'static str], &'static [&'static str])>,
    /// What both outputs must agree on.
    pub gist: Gist,
}

/// On which cores the two sides may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cores {
    /// On all, both of them.
    All,
    /// On one, both of them.
    One,
}

/// How large a capture the slower program can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// All of it.
    Whole,
    /// So many frames of its beginning, for tshark, whose costs a frame are the same from first to last: enough
    /// that its start-up is a tenth of its time at most.
    Beginning(u32),
    /// Ten frames.
    Ten,
}

/// Whom we are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// tcpdump.
    Tcpdump,
    /// tshark.
    Tshark,
    /// Ourselves, with other options.
    Ourselves,
}

impl Work {
    /// The other program, and what it is told of time zones.
    pub fn against(&self) -> String {
        let told = if self.is_told_time_zone {
            "TZ=UTC0 "
        } else {
            ""
        };
        format!("{told}{}", self.other.name())
    }
}

impl Other {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcpdump => "tcpdump",
            Self::Tshark => "tshark",
            Self::Ourselves => "netinspect",
        }
    }
}

/// The part of two outputs that must be the same: ours and the other's, each in one form.
pub struct Gist {
    /// Of our output.
    pub ours: fn(&str) -> String,
    /// Of the other's.
    pub theirs: fn(&str) -> String,
}

impl Gist {
    /// Both say it in one form.
    const fn same(of: fn(&str) -> String) -> Self {
        Self {
            ours: of,
            theirs: of,
        }
    }
}

/// The place of the file among the arguments of a program.
pub const FILE: &str = "FILE";

/// What most works have.
const USUAL: Work = Work {
    name: "list",
    traffic: Traffic::Chat,
    size: Size::Whole,
    ours: &["decode", "--threads", "1"],
    other: Other::Tcpdump,
    theirs: &["-nn", "-r", FILE],
    is_told_time_zone: false,
    target: 1.0,
    cores: Cores::All,
    checked: None,
    gist: Gist::same(count_lines),
};

/// The list, where tcpdump does not lose time with time zones.
pub const TOLD_TIME_ZONE: Work = Work {
    is_told_time_zone: true,
    ..USUAL
};

const FILTER_AND_COUNT: Work = Work {
    name: "filter and count",
    ours: &[
        "decode",
        "--threads",
        "1",
        "-Y",
        "tcp.flags.syn == 1",
        "--count-only",
    ],
    theirs: &["-nn", "--count", "-r", FILE, SYN],
    // Its program passes over what is in IPv6 or behind a tag; to see that both count alike, so do we.
    checked: Some((
        &[
            "decode",
            "-Y",
            "tcp.flags.syn == 1 and ip and not vlan",
            "--count-only",
        ],
        &["-nn", "--count", "-r", FILE, SYN],
    )),
    gist: Gist::same(first_word),
    ..USUAL
};

const CONVERSATIONS: &[&str] = &[
    "stats",
    "--threads",
    "1",
    "--by",
    "conversations",
    "--layer",
    "tcp",
];

const LIST_BY_TWO: Work = Work {
    name: "list, two threads",
    ours: &["decode", "--threads", "2"],
    other: Other::Ourselves,
    theirs: &["decode", "--threads", "1"],
    target: 1.4,
    gist: Gist::same(str::to_owned),
    ..USUAL
};

const JSON_BY_TWO: Work = Work {
    name: "JSON, two threads",
    size: Size::Beginning(100_000),
    ours: &["decode", "--threads", "2", "--format", "ndjson"],
    theirs: &["decode", "--threads", "1", "--format", "ndjson"],
    target: 1.25,
    ..LIST_BY_TWO
};

const CONVERSATIONS_BY_TWO: Work = Work {
    name: "TCP conversations, two threads",
    ours: &[
        "stats",
        "--threads",
        "2",
        "--by",
        "conversations",
        "--layer",
        "tcp",
    ],
    theirs: CONVERSATIONS,
    target: 1.2,
    ..LIST_BY_TWO
};

/// Everything that is compared.
pub const WORKS: &[Work] = &[
    Work {
        target: 25.0,
        ..USUAL
    },
    Work {
        size: Size::Beginning(200_000),
        ..TOLD_TIME_ZONE
    },
    Work {
        traffic: Traffic::Few,
        target: 6.0,
        ..TOLD_TIME_ZONE
    },
    Work {
        traffic: Traffic::Bulk,
        target: 6.0,
        ..USUAL
    },
    Work {
        size: Size::Beginning(200_000),
        other: Other::Tshark,
        theirs: &["-n", "-r", FILE],
        target: 40.0,
        gist: Gist::same(numbers_and_ends),
        ..USUAL
    },
    Work {
        name: "whole tree as text",
        size: Size::Beginning(100_000),
        ours: &["decode", "--threads", "1", "-V"],
        other: Other::Tshark,
        theirs: &["-n", "-V", "-r", FILE],
        target: 60.0,
        gist: Gist::same(source_ports),
        ..USUAL
    },
    Work {
        name: "JSON, all fields",
        size: Size::Beginning(50_000),
        ours: &["decode", "--threads", "1", "--format", "ndjson"],
        other: Other::Tshark,
        theirs: &["-n", "-T", "json", "-r", FILE],
        target: 80.0,
        gist: Gist {
            ours: sequence_numbers_by_us,
            theirs: sequence_numbers_by_tshark,
        },
        ..USUAL
    },
    Work {
        name: "three fields",
        size: Size::Beginning(100_000),
        ours: &[
            "decode",
            "--threads",
            "1",
            "-e",
            "ip.src",
            "-e",
            "tcp.srcport",
            "-e",
            "tcp.len",
        ],
        other: Other::Tshark,
        theirs: &[
            "-n",
            "-T",
            "fields",
            "-e",
            "ip.src",
            "-e",
            "tcp.srcport",
            "-e",
            "tcp.len",
            "-r",
            FILE,
        ],
        target: 100.0,
        gist: Gist {
            ours: without_first_line,
            theirs: str::to_owned,
        },
        ..USUAL
    },
    Work {
        target: 1.5,
        ..FILTER_AND_COUNT
    },
    Work {
        traffic: Traffic::Bulk,
        target: 1.3,
        ..FILTER_AND_COUNT
    },
    Work {
        name: "filter and count the same",
        theirs: &["-nn", "--count", "-r", FILE, EVERY_SYN],
        checked: None,
        ..FILTER_AND_COUNT
    },
    Work {
        name: "filter and print",
        size: Size::Beginning(200_000),
        ours: &["decode", "--threads", "1", "-Y", "tcp.flags.syn == 1"],
        other: Other::Tshark,
        theirs: &["-n", "-Y", "tcp.flags.syn == 1", "-r", FILE],
        target: 100.0,
        gist: Gist::same(numbers_and_ends),
        ..USUAL
    },
    Work {
        name: "TCP conversations",
        size: Size::Beginning(200_000),
        ours: CONVERSATIONS,
        other: Other::Tshark,
        theirs: &["-n", "-q", "-z", "conv,tcp", "-r", FILE],
        target: 40.0,
        gist: Gist::same(count_connections),
        ..USUAL
    },
    Work {
        name: "start-up",
        size: Size::Ten,
        ..USUAL
    },
    LIST_BY_TWO,
    JSON_BY_TWO,
    CONVERSATIONS_BY_TWO,
    Work {
        name: "list, two threads on one core",
        target: 0.95,
        cores: Cores::One,
        ..LIST_BY_TWO
    },
    Work {
        name: "JSON, two threads on one core",
        target: 0.95,
        cores: Cores::One,
        ..JSON_BY_TWO
    },
    Work {
        name: "TCP conversations, two threads on one core",
        target: 0.95,
        cores: Cores::One,
        ..CONVERSATIONS_BY_TWO
    },
];

/// What is compiled to a BPF program: the byte is at that place behind IPv4 without a tag alone.
const SYN: &str = "tcp[13] & 2 != 0";

/// The same of IPv6 and behind a tag too.
const EVERY_SYN: &str = "tcp[13] & 2 != 0 or (ip6 and ip6[6] == 6 and ip6[53] & 2 != 0) or (vlan and (tcp[13] & 2 != 0 or (ip6 and ip6[6] == 6 and ip6[53] & 2 != 0)))";

fn count_lines(text: &str) -> String {
    text.lines().count().to_string()
}

fn without_first_line(text: &str) -> String {
    text.split_once('\n')
        .map_or("", |(_, rest)| rest)
        .to_owned()
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or("").to_owned()
}

/// The number of each frame, and between which IP addresses it goes.
fn numbers_and_ends(text: &str) -> String {
    let told = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [number, _, from, "→", to, ..] if from.contains(['.', ':']) => {
                format!("{number} {from} {to}\n")
            }
            [number, ..] => format!("{number}\n"),
            [] => String::new(),
        }
    });
    told.collect()
}

fn source_ports(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().to_ascii_lowercase());
    lines
        .filter_map(|line| Some(format!("{}\n", line.strip_prefix("source port: ")?)))
        .collect()
}

fn sequence_numbers_by_us(text: &str) -> String {
    let frames = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut out = String::new();
    for frame in frames {
        for layer in frame["layers"].as_array().unwrap() {
            for field in layer["fields"].as_array().unwrap() {
                if field["name"] == "tcp.seq_raw" {
                    let _ = writeln!(out, "{} {}", frame["number"], field["value"]);
                }
            }
        }
    }
    out
}

fn sequence_numbers_by_tshark(text: &str) -> String {
    let frames: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut out = String::new();
    for frame in &frames {
        let layers = &frame["_source"]["layers"];
        if let (Some(number), Some(seq)) = (
            layers["frame"]["frame.number"].as_str(),
            layers["tcp"]["tcp.seq_raw"].as_str(),
        ) {
            let _ = writeln!(out, "{number} {seq}");
        }
    }
    out
}

/// How many lines tell of a connection to the port of the chat.
fn count_connections(text: &str) -> String {
    let is_one = |line: &&str| {
        line.split(|c: char| !c.is_ascii_digit())
            .any(|word| word == "12345")
    };
    text.lines().filter(is_one).count().to_string()
}
