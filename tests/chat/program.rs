//! A program under test: what it prints can be waited for, and it never outlives the test.

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

use crate::common::PATIENCE;

pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Text,
    stderr: Text,
}

/// How a program ended, and what it had printed that nobody had waited for.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// `netinspect` with these arguments.
    pub fn ours(arguments: &[&str]) -> Self {
        Self::start(Command::new(env!("CARGO_BIN_EXE_netinspect")).args(arguments))
    }

    /// A program of `tests/programs`; `None`, said loudly, without a `python3`.
    pub fn python(name: &str, arguments: &[&str]) -> Option<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs");
        let found = Command::new("python3").arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            crate::common::missing("python3");
            return None;
        }
        let mut command = Command::new("python3");
        command
            .arg(format!("{folder}/{name}.py"))
            .args(arguments)
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8");
        Some(Self::start(&mut command))
    }

    pub fn start(command: &mut Command) -> Self {
        Self::start_with_stdin(command, Stdio::piped())
    }

    pub fn start_with_stdin(command: &mut Command, stdin: Stdio) -> Self {
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self {
            stdin: child.stdin.take(),
            stdout: Text::of(child.stdout.take().unwrap()),
            stderr: Text::of(child.stderr.take().unwrap()),
            child,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types into its standard input.
    pub fn types(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is closed");
        stdin.write_all(text.as_bytes()).unwrap();
    }

    /// What it prints up to and with `wanted`.
    pub fn until(&mut self, wanted: &str) -> String {
        self.stdout.until(wanted).unwrap_or_else(|why| {
            let heard = self.stdout.seen();
            let complaints = self.stderr.seen();
            panic!(
                "{why} while waiting for {wanted:?}; stdout has {heard:?}, stderr {complaints:?}"
            )
        })
    }

    /// The next line it prints, without its end.
    pub fn line(&mut self) -> String {
        let mut line = self.until("\n");
        line.pop();
        line
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        self.stdin = None;
        let stdout = self.stdout.rest(deadline);
        let stderr = self.stderr.rest(deadline);
        Ended {
            status: self.child.wait().unwrap(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes out of a pipe.
struct Text {
    /// Few at a time: a program that prints without end waits in its write.
    pieces: Receiver<Vec<u8>>,
    unread: Vec<u8>,
}

impl Text {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let (sender, pieces) = sync_channel(4);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            pieces,
            unread: Vec::new(),
        }
    }

    fn until(&mut self, wanted: &str) -> Result<String, &'static str> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self
                .unread
                .windows(wanted.len())
                .position(|window| window == wanted.as_bytes());
            if let Some(at) = found {
                let rest = self.unread.split_off(at + wanted.len());
                let text = std::mem::replace(&mut self.unread, rest);
                return Ok(String::from_utf8(text).expect("the output is UTF-8"));
            }
            self.more(deadline)?;
        }
    }

    fn more(&mut self, deadline: Instant) -> Result<(), &'static str> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.pieces.recv_timeout(left) {
            Ok(piece) => {
                self.unread.extend(piece);
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Err("too much time went by"),
            Err(RecvTimeoutError::Disconnected) => Err("the output ended"),
        }
    }

    fn rest(&mut self, deadline: Instant) -> String {
        loop {
            match self.more(deadline) {
                Ok(()) => {}
                Err("the output ended") => return self.seen(),
                Err(why) => panic!(
                    "{why} while waiting for the end; there is {:?}",
                    self.seen()
                ),
            }
        }
    }

    fn seen(&mut self) -> String {
        self.unread.extend(self.pieces.try_iter().take(8).flatten());
        String::from_utf8_lossy(&self.unread).into_owned()
    }
}
