//! The most memory that each view holds, of a file and from a pipe, however the frames are packed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Scale;
use super::file::Container;
use super::report::mebibytes;
use super::run;
use super::traffic::Traffic;

/// A view, and whether what it says of a frame hangs on those before it.
struct View {
    name: &'static str,
    arguments: &'static [&'static str],
    keeps: Kept,
}

/// What a view remembers.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    Connections,
    Conversations,
}

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Connections => "conversations (marks, states)",
            Self::Conversations => "conversations (counts)",
        }
    }
}

const VIEWS: &[View] = &[
    View {
        name: "`-Y 'tcp.flags.syn == 1' --count-only`",
        arguments: &["decode", "-Y", "tcp.flags.syn == 1", "--count-only"],
        keeps: Kept::Nothing,
    },
    View {
        name: "`-e ip.src -e tcp.srcport -e tcp.len`",
        arguments: &[
            "decode",
            "-e",
            "ip.src",
            "-e",
            "tcp.srcport",
            "-e",
            "tcp.len",
        ],
        keeps: Kept::Nothing,
    },
    View {
        name: "the list",
        arguments: &["decode"],
        keeps: Kept::Connections,
    },
    View {
        name: "`-x`",
        arguments: &["decode", "-x"],
        keeps: Kept::Connections,
    },
    View {
        name: "`-V`",
        arguments: &["decode", "-V"],
        keeps: Kept::Connections,
    },
    View {
        name: "`-T ndjson`",
        arguments: &["decode", "-T", "ndjson"],
        keeps: Kept::Connections,
    },
    View {
        name: "`stats --by conversations`",
        arguments: &["stats", "--by", "conversations"],
        keeps: Kept::Conversations,
    },
];

/// A table in Markdown: of each view and capture the most of three ways to read it.
pub fn table(folder: &Path, scale: Scale) -> String {
    let mut out = String::from("| view | remembers |");
    for traffic in Traffic::ALL {
        let frames = traffic.usual_frames() / scale.divisor;
        let _ = write!(out, " {}, {frames} frames |", traffic.name());
    }
    out.push_str("\n| --- | --- |");
    out.push_str(&" ---: |".repeat(Traffic::ALL.len()));
    out.push('\n');
    for view in VIEWS {
        let _ = write!(out, "| {} | {} |", view.name, view.keeps.name());
        for traffic in Traffic::ALL {
            let most = most_of(view, traffic, folder, scale);
            eprintln!(
                "{:>6} MiB  {} of {}",
                mebibytes(most),
                view.name,
                traffic.name()
            );
            let _ = write!(out, " {} |", mebibytes(most));
        }
        out.push('\n');
    }
    out
}

/// A pcap file, a compressed one, and pcapng from a pipe.
fn most_of(view: &View, traffic: Traffic, folder: &Path, scale: Scale) -> Option<u64> {
    let frames = traffic.usual_frames() / scale.divisor;
    let file = |container| {
        let made = traffic.file(folder, frames, container);
        made.expect("it can be written")
    };
    let command = |from: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
        command.args(view.arguments).arg(from);
        command
    };
    let of_file = |container| run::memory(&command(&file(container)), Stdio::null());
    let mut cat = Command::new("cat")
        .arg(file(Container::Pcapng))
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let pipe = cat.stdout.take().expect("it is a pipe");
    let of_pipe = run::memory(&command(Path::new("-")), pipe.into());
    cat.wait().expect("it is our child");
    let all = [of_file(Container::Pcap), of_file(Container::Gzip), of_pipe];
    all.into_iter().max().flatten()
}
