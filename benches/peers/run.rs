//! Running a program to the end of its output, against the clock.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::work::{Cores, FILE, Other, Work};

const OURSELVES: &str = env!("CARGO_BIN_EXE_netinspect");

/// Our side of a work.
pub fn ours(work: &Work, file: &Path) -> Command {
    let mut command = program(OURSELVES, work.cores == Cores::One);
    command.args(work.ours).arg(file);
    command
}

/// The other side. tcpdump looks up the local time zone for every line where it is not told one; it is told where
/// the work says so.
pub fn theirs(work: &Work, file: &Path) -> Command {
    let name = match work.other {
        Other::Ourselves => OURSELVES,
        other => other.name(),
    };
    let mut command = program(name, work.cores != Cores::All);
    push_arguments(&mut command, work.theirs, file);
    if work.is_told_time_zone {
        command.env("TZ", "UTC0");
    }
    command
}

/// Both sides, to look at what they say.
pub fn both_to_check(work: &Work, file: &Path) -> (Command, Command) {
    let (mut ours, mut theirs) = (ours(work, file), theirs(work, file));
    if let Some((our_arguments, their_arguments)) = work.checked {
        ours = program(OURSELVES, false);
        ours.args(our_arguments).arg(file);
        theirs = program(work.other.name(), false);
        push_arguments(&mut theirs, their_arguments, file);
    }
    (ours, theirs)
}

fn push_arguments(command: &mut Command, arguments: &[&str], file: &Path) {
    for argument in arguments {
        match *argument {
            FILE => command.arg(file),
            other => command.arg(other),
        };
    }
    if !arguments.contains(&FILE) {
        command.arg(file);
    }
}

fn program(name: &str, on_one_core: bool) -> Command {
    if !on_one_core {
        return Command::new(name);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0", name]);
    command
}

/// How long it takes from the start to the end of the output; what it writes goes nowhere.
pub fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut output = child.stdout.take().expect("it is a pipe");
    let mut nowhere = File::create("/dev/null").expect("it is there");
    // The kernel hands it on without a copy: who reads shares the cores with what is measured.
    io::copy(&mut output, &mut nowhere).expect("it can be read");
    let status = child.wait().expect("it ends");
    let taken = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    taken
}

/// How many lines it writes in a second, watched until its end or for so long.
pub fn lines_per_second(mut command: Command, longest: Duration) -> f64 {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut output = child.stdout.take().expect("it is a pipe");
    let mut piece = vec![0; 256 * 1024];
    let mut lines = 0;
    while start.elapsed() < longest {
        let count = output.read(&mut piece).expect("it can be read");
        if count == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &piece[..count]).count();
    }
    let taken = start.elapsed();
    // Where it is still at work, nobody waits for it.
    let _ = child.kill();
    let _ = child.wait();
    #[expect(clippy::cast_precision_loss, reason = "there are not that many lines")]
    let lines = lines as f64;
    lines / taken.as_secs_f64()
}

/// All that it writes.
pub fn text(mut command: Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

/// The most memory that it has at once, in KiB, as GNU time tells it.
pub fn memory(command: &Command, input: Stdio) -> Option<u64> {
    let told = command.get_envs();
    let told = told.filter_map(|(name, value)| Some((name, value?)));
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(command.get_program())
        .args(command.get_args())
        .envs(told)
        .stdin(input)
        .stdout(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .last()?
        .trim()
        .parse()
        .ok()
}
