//! What somebody types, line by line, while other things go on.

use std::io::{self, BufRead as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Something typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, without its end.
    Line(String),
    /// The end of input: Ctrl-D.
    End,
}

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
