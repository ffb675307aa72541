//! What somebody types, line by line, while other things go on.

use std::fs::File;
use std::io::{self, BufRead as _, Seek as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Something typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, without its end.
    Line(String),
    /// The end of input: Ctrl-D.
    End,
}

/// Whether whoever reads standard input finds its end at once: a file that is read already, a pipe that nobody writes
/// into any more, or `/dev/null`, which it is too where it was closed when the program began.
pub fn is_at_end() -> bool {
    let stdin = io::stdin();
    let look = || -> io::Result<bool> {
        // Another name for the same open file: where that is read up to, stays.
        let mut file = File::from(stdin.as_fd().try_clone_to_owned()?);
        let metadata = file.metadata()?;
        if metadata.is_file() {
            return Ok(file.stream_position()? >= metadata.len());
        }
        let is_null = metadata.file_type().is_char_device() && metadata.rdev() == NULL_DEVICE;
        let mut polled = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO)?;
        let events = polled[0].revents().unwrap_or(PollFlags::empty());
        let is_left = events.contains(PollFlags::POLLHUP) && !events.contains(PollFlags::POLLIN);
        Ok(is_null || is_left)
    };
    look().unwrap_or(false)
}

/// `/dev/null` (the kernel's Documentation/admin-guide/devices.txt).
const NULL_DEVICE: u64 = libc::makedev(1, 3);

/// Lines from standard input, read by a thread of their own.
#[derive(Debug)]
pub struct Typing {
    lines: Receiver<String>,
}

impl Typing {
    /// Begins to read.
    pub fn begin() -> Self {
        let (sender, lines) = mpsc::channel();
        // The thread is left behind where it waits for a line at the end; the process takes it along.
        thread::spawn(move || {
            for line in io::stdin().lock().split(b'\n') {
                let Ok(line) = line else { break };
                let text = String::from_utf8_lossy(&line).into_owned();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        Self { lines }
    }

    /// What was typed, when something is within `patience`.
    pub fn next(&self, patience: Duration) -> Option<Typed> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Some(Typed::Line(line)),
            Err(RecvTimeoutError::Disconnected) => Some(Typed::End),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }
}
