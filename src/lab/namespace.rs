//! Namespaces: the user namespace that makes a lab possible without root, and who lives in the network ones.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::process;
use std::thread;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{fstat, stat};
use nix::unistd::{Pid, getegid, geteuid};

use super::error::{LabError, Step, failed};
use super::switches::Switches;
use crate::privilege::{self, TO_BUILD_A_LAB, TO_STAY_ROOT};

/// Gives this process what a lab needs, and takes everything else from it: root under `sudo` becomes the
/// user who called it. Call it first of all, before any thread exists, in a command
/// that will build a lab; where the process has the capabilities already, it stays where it is.
///
/// Else the process enters a user namespace of its own, in which it has every capability over what it
/// makes there and none over anything else. It keeps its user and group; programs that it starts have
/// no capabilities. After an error the process may be half-way in: end it.
///
/// # Errors
/// With the reason that was found, where the system does not allow it.
pub fn prepare() -> Result<(), LabError> {
    let needed = [TO_BUILD_A_LAB, &[TO_STAY_ROOT]].concat();
    privilege::become_caller(&needed).map_err(failed(Step::Privilege))?;
    if Switches::read().missing_for_the_lab().is_empty() {
        return privilege::keep_only(TO_BUILD_A_LAB).map_err(failed(Step::Privilege));
    }
    debug_assert!(
        threads() == 1,
        "a user namespace can only be entered before any thread exists"
    );
    let (user, group) = (geteuid(), getegid());
    // Else the maps of a program that has file capabilities belong to root.
    prctl::set_dumpable(true).map_err(failed(Step::UserNamespace))?;
    unshare(CloneFlags::CLONE_NEWUSER).map_err(failed(Step::UserNamespace))?;
    let identity = [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ];
    for (file, content) in identity {
        fs::write(file, content).map_err(failed(Step::UserMap(file)))?;
    }
    Ok(())
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// The network namespace of the calling thread.
///
/// # Errors
/// When `/proc` does not show it.
pub fn current_network() -> io::Result<File> {
    File::open("/proc/thread-self/ns/net")
}

/// Kills every process that lives in one of these network namespaces, this one excepted, and returns
/// when none is left: also those that have left their process group or their terminal.
///
/// Gives up after a fifth of a second: what cannot be killed in that time waits in the kernel.
pub fn end_inhabitants<N: AsFd>(networks: &[N]) {
    let networks: Vec<_> = networks
        .iter()
        .filter_map(|network| fstat(network).ok())
        .map(|found| (found.st_dev, found.st_ino))
        .collect();
    let lives_there = |pid: &Pid| {
        stat(format!("/proc/{pid}/ns/net").as_str())
            .is_ok_and(|found| networks.contains(&(found.st_dev, found.st_ino)))
    };
    for _ in 0..200 {
        let inhabitants: Vec<_> = processes().filter(lives_there).collect();
        if inhabitants.is_empty() {
            return;
        }
        for pid in inhabitants {
            let _ = kill(pid, Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Every process but this one.
fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter(|&number| number != process::id())
        .filter_map(|number| i32::try_from(number).ok())
        .map(Pid::from_raw)
}
