//! A program that captures, from its start to what it saw.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A program that can capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// This one.
    Netinspect,
    /// tcpdump.
    Tcpdump,
}

/// What a program saw of a flood.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Who.
    pub program: Program,
    /// Frames in its file.
    pub frames: usize,
    /// Frames that the kernel dropped, by its own count.
    pub dropped: usize,
}

/// A program that captures now.
pub struct Watcher {
    program: Program,
    child: Child,
    file: PathBuf,
    said: PathBuf,
}

impl Program {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Netinspect => "netinspect",
            Self::Tcpdump => "tcpdump",
        }
    }

    /// What stands behind the number of frames that were dropped.
    const fn dropped(self) -> &'static str {
        match self {
            Self::Netinspect => " dropped by the kernel",
            Self::Tcpdump => " packets dropped by kernel",
        }
    }

    /// Starts it, and waits until it listens.
    pub fn start(self) -> Watcher {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = folder.join(format!("{}.pcap", self.name()));
        let said = folder.join(format!("{}.said", self.name()));
        let (mut command, ready) = match self {
            Self::Netinspect => {
                let file = file.with_extension("pcapng");
                let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
                command.args(["capture", "-i", "lo", "--count-only", "--force", "--write"]);
                command.arg(file);
                (command, "Ctrl-C ends it")
            }
            Self::Tcpdump => {
                let mut command = Command::new("tcpdump");
                // As root, or it could not write there.
                command
                    .args(["-Z", "root", "-nn", "-i", "lo", "-w"])
                    .arg(&file);
                (command, "listening on")
            }
        };
        let errors = fs::File::create(&said).expect("target/ can be written");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("the program starts");
        let watcher = Watcher {
            program: self,
            child,
            file,
            said,
        };
        while !watcher.said().contains(ready) {
            thread::sleep(Duration::from_millis(5));
        }
        watcher
    }
}

impl Watcher {
    /// Asks it to end; what it saw.
    pub fn end(mut self) -> Seen {
        let pid = Pid::from_raw(self.child.id().try_into().expect("it is small"));
        kill(pid, Signal::SIGINT).expect("it is our child");
        let status = self.child.wait().expect("it is our child");
        assert!(status.success(), "{}: {status}", self.program.name());
        let said = self.said();
        let file = match self.program {
            Program::Netinspect => self.file.with_extension("pcapng"),
            Program::Tcpdump => self.file.clone(),
        };
        let frames = frames_in(&file);
        // Of the next turn's there is room for one.
        fs::remove_file(file).expect("it was made");
        Seen {
            program: self.program,
            frames,
            dropped: number_before(&said, self.program.dropped()),
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).expect("it was made")
    }
}

/// The number that stands before these words.
fn number_before(said: &str, words: &str) -> usize {
    let before = said.split(words).next().unwrap_or_default();
    let number = before.rsplit(|c: char| !c.is_ascii_digit()).next();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no number before{words}: {said}"))
}

fn frames_in(file: &Path) -> usize {
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "--count-only"])
        .arg(file)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}: not whole", file.display());
    let told = String::from_utf8_lossy(&output.stdout);
    let number = told.split_whitespace().next();
    number
        .and_then(|number| number.parse().ok())
        .expect("it is counted")
}
