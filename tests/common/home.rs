//! The network that a program of a lab lives in, and whether somebody still does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The network namespace of a process. It is held: a number that is free again is the next lab's.
#[derive(Debug)]
pub struct Home {
    link: PathBuf,
    _held: File,
}

impl Home {
    /// That of the process of this number, which lives.
    pub fn of(pid: &str) -> Self {
        let path = format!("/proc/{pid}/ns/net");
        Self {
            _held: File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}")),
            link: fs::read_link(&path).unwrap_or_else(|error| panic!("{path}: {error}")),
        }
    }

    /// Whether a process lives in it.
    pub fn is_inhabited(&self) -> bool {
        let processes = fs::read_dir("/proc").expect("readable").flatten();
        let lives_in = |process: &Path| fs::read_link(process.join("ns/net")).ok();
        processes
            .map(|process| process.path())
            .any(|process| lives_in(&process).as_ref() == Some(&self.link))
    }
}
