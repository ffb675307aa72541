//! Trials that need a process of their own: a lab (its user namespace cannot be left again), and
//! something to trace.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::ptrace;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::{Lab, LabError, Settings, prepare};
use crate::sys::child;

/// The first arguments with which this program starts itself for a trial; one more says which.
pub const ARGUMENTS: [&str; 2] = ["doctor", "--probe"];

/// The trial that builds a lab.
const LAB: &str = "lab";
/// The trial that only waits to be traced.
const WAIT: &str = "wait";

/// The result of building a lab.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LabTrial {
    /// It was built and torn down again, in this many milliseconds.
    Works(f64),
    /// It was not.
    Fails {
        /// What could not be done, and what the kernel said.
        what: String,
        /// The reason that was found.
        why: String,
        /// The ways on.
        what_to_do: String,
    },
}

/// Who makes a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The user that runs this process.
    Same,
    /// `nobody`; only root can become that.
    Nobody,
}

/// The user and group `nobody` has on nearly every system.
const NOBODY: u32 = 65_534;
/// A trial takes milliseconds; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the trial `kind`, in a process that was started with [`ARGUMENTS`]. Nothing else is for it.
pub fn run(kind: &str) -> ExitCode {
    match kind {
        LAB => {
            let report = serde_json::to_vec(&build_a_lab()).unwrap_or_default();
            if io::stdout().write_all(&report).is_err() {
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        WAIT => {
            // Until whoever started this process lets go of the other end.
            let _ = io::stdin().read(&mut [0]);
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(2),
    }
}

fn build_a_lab() -> LabTrial {
    let begin = Instant::now();
    match prepare().and_then(|()| Lab::build(&Settings::default())) {
        Ok(lab) => {
            drop(lab);
            LabTrial::Works(begin.elapsed().as_secs_f64() * 1000.0)
        }
        Err(error) => fails(&error),
    }
}

fn fails(error: &LabError) -> LabTrial {
    LabTrial::Fails {
        what: format!("cannot {}: {}", error.step, error.source),
        why: error.cause.reason(),
        what_to_do: error.cause.ways_on(error.user),
    }
}

/// Has a lab built by a process of its own.
pub(super) fn lab(who: Who) -> io::Result<LabTrial> {
    let mut child = start(LAB, who)?;
    wait_for_end(&mut child)?;
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        io::Error::other(format!(
            "the trial ended with {}, and said nothing",
            output.status
        ))
    })
}

/// Traces a process of its own for a moment.
pub(super) fn trace() -> io::Result<()> {
    let mut child = start(WAIT, Who::Same)?;
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    let seized = ptrace::seize(Pid::from_raw(pid), ptrace::Options::empty());
    child.kill()?;
    child.wait()?;
    Ok(seized?)
}

fn start(kind: &str, who: Who) -> io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.args(ARGUMENTS).arg(kind);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if who == Who::Nobody {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    child::die_with_this_thread(&mut command).spawn()
}

fn wait_for_end(child: &mut Child) -> io::Result<()> {
    let end = child::pidfd(child.id())?;
    let patience = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
    if poll(&mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)], patience)? == 0 {
        child.kill()?;
        child.wait()?;
        return Err(io::Error::new(io::ErrorKind::TimedOut, "the trial hung"));
    }
    Ok(())
}
