//! The life of a program's own thread: it starts the program, listens to it, sees it end, and stays
//! until it is told to stop, because a program dies with the thread that started it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Command};
use std::sync::Arc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::EventFd;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::event::{Ended, Ending, Event, EventSender, Line, Stream, now};
use super::output::{Budget, CutLine, LineCutter, OUTPUT_LIMIT};
use super::settings::HostName;
use super::trace::{Follower, Reins};
use crate::sys::child;

/// Which process group a program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// One that it leads, and that is killed with it.
    Own,
    /// This process's.
    Ours,
}

/// Whether a program's system calls are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Calls {
    /// They are not.
    #[default]
    Ignored,
    /// Each on a socket is an event.
    Followed,
}

/// A program and what listens to it.
pub(super) struct Keeper {
    host: HostName,
    child: Child,
    pid: Pid,
    group: Group,
    /// Readable when the program has ended; gone when that was seen.
    end: Option<OwnedFd>,
    pipes: [Pipe; 2],
    budget: Budget,
    events: EventSender,
    /// Who follows its system calls.
    follower: Option<Follower>,
}

/// One of the program's two outputs.
struct Pipe {
    stream: Stream,
    /// Gone when its end was seen.
    source: Option<File>,
    cutter: LineCutter,
}

/// What a wait found.
#[derive(Default)]
struct Ready {
    stop: bool,
    end: bool,
    pipes: [bool; 2],
}

impl Keeper {
    /// Starts the program. Its standard outputs must be piped.
    pub fn start(
        host: HostName,
        mut command: Command,
        group: Group,
        calls: Calls,
        events: EventSender,
    ) -> io::Result<(Self, Option<ChildStdin>)> {
        child::die_with_this_thread(&mut command);
        let (mut child, follower) = match calls {
            Calls::Ignored => (command.spawn()?, None),
            Calls::Followed => spawn_followed(host, command, events.clone())?,
        };
        // Signals to this process are for another thread; here they would disturb a wait. Only now:
        // the program would inherit the block.
        let _ = SigSet::all().thread_block();
        let end = match &follower {
            Some(follower) => follower.process(),
            None => child::pidfd(child.id()),
        };
        let end = match end {
            Ok(end) => end,
            Err(error) => {
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
        };
        let input = child.stdin.take();
        let output = child
            .stdout
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let error = child
            .stderr
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let pid = Pid::from_raw(child.id().try_into().map_err(io::Error::other)?);
        let pipes = [
            Pipe::new(Stream::Output, output),
            Pipe::new(Stream::Error, error),
        ];
        let budget = Budget::default();
        Ok((
            Self {
                host,
                child,
                pid,
                group,
                end: Some(end),
                pipes,
                budget,
                events,
                follower,
            },
            input,
        ))
    }

    /// What ends it and tells whether it waits, where it is followed.
    pub fn reins(&self) -> Option<Arc<Reins>> {
        self.follower
            .as_ref()
            .map(|follower| Arc::clone(follower.reins()))
    }

    /// The program's process identifier.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Listens until `stop` is written to, then kills the program and its group.
    pub fn keep(mut self, stop: &EventFd) {
        loop {
            let ready = self.wait(stop, PollTimeout::NONE);
            self.listen(ready.pipes);
            if ready.end {
                self.see_end();
            }
            if ready.stop {
                break;
            }
        }
        self.kill();
        if self.end.is_some() {
            self.see_end();
        }
        // Only now may the kernel give its number to another process.
        let _ = self.child.wait();
        if let Some(follower) = self.follower.take() {
            let _ = follower.finish();
        }
    }

    /// Waits until something can be read; an error of the wait itself counts as an order to stop.
    fn wait(&self, stop: &EventFd, timeout: PollTimeout) -> Ready {
        let sources = [
            Some(stop.as_fd()),
            self.end.as_ref().map(AsFd::as_fd),
            self.pipes[0].source.as_ref().map(AsFd::as_fd),
            self.pipes[1].source.as_ref().map(AsFd::as_fd),
        ];
        let mut watched: Vec<_> = sources
            .iter()
            .flatten()
            .map(|source| PollFd::new(*source, PollFlags::POLLIN))
            .collect();
        let polled = poll(&mut watched, timeout);
        if polled == Err(Errno::EINTR) {
            return Ready::default();
        }
        let failed = polled.is_err();
        let mut found = watched.iter().map(|entry| entry.any().unwrap_or(true));
        let [stop, end, output, error] =
            sources.map(|source| source.is_some() && found.next().unwrap_or(false));
        Ready {
            stop: stop || failed,
            end,
            pipes: [output, error],
        }
    }

    fn listen(&mut self, ready: [bool; 2]) {
        for (pipe, ready) in self.pipes.iter_mut().zip(ready) {
            if !ready {
                continue;
            }
            for line in pipe.read() {
                deliver(
                    self.host,
                    self.child.id(),
                    pipe.stream,
                    &line,
                    &mut self.budget,
                    &self.events,
                );
            }
        }
    }

    /// Delivers what the program wrote last, and then how it ended. Waits until it has.
    fn see_end(&mut self) {
        let status = match &self.follower {
            // Who follows it is told first, and has reaped it.
            Some(follower) => follower
                .ending()
                .ok_or(Errno::ECHILD)
                .and_then(|status| WaitStatus::from_raw(self.pid, status.into_raw())),
            None => waitid(
                Id::Pid(self.pid),
                WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT,
            ),
        };
        self.end = None;
        self.drain();
        self.events.send(Event::Ended(Ended {
            host: self.host,
            pid: self.child.id(),
            time: now(),
            ending: ending(status),
            lines_omitted: self.budget.lines_omitted,
        }));
    }

    /// Reads what is in the pipes now. The program's own children may go on writing for ever, so there
    /// is a bound: what two full pipes can hold.
    fn drain(&mut self) {
        for _ in 0..2 * PIPE_BYTES / READ_BYTES {
            let readable = |pipe: &Pipe| {
                pipe.source.as_ref().is_some_and(|source| {
                    let mut watched = [PollFd::new(source.as_fd(), PollFlags::POLLIN)];
                    poll(&mut watched, PollTimeout::ZERO).is_ok_and(|count| count > 0)
                })
            };
            let ready = [readable(&self.pipes[0]), readable(&self.pipes[1])];
            if ready == [false, false] {
                break;
            }
            self.listen(ready);
        }
        for pipe in &mut self.pipes {
            if let Some(line) = pipe.cutter.finish() {
                deliver(
                    self.host,
                    self.child.id(),
                    pipe.stream,
                    &line,
                    &mut self.budget,
                    &self.events,
                );
            }
        }
    }

    fn kill(&self) {
        if let Some(follower) = &self.follower {
            follower.reins().end();
            return;
        }
        // An ended program is not reaped yet, so its number still is its own, and its group's.
        let _ = match self.group {
            Group::Own => killpg(self.pid, Signal::SIGKILL),
            Group::Ours => kill(self.pid, Signal::SIGKILL),
        };
    }
}

/// Starts a program that is followed from its first instruction on.
fn spawn_followed(
    host: HostName,
    mut command: Command,
    events: EventSender,
) -> io::Result<(Child, Option<Follower>)> {
    let (follower, rendezvous) = Follower::begin(host, events)?;
    let spawned = child::wait_to_be_followed(&mut command, rendezvous).spawn();
    // What is ours of the rendezvous goes, so that nobody waits for a program that never was.
    drop(command);
    match spawned {
        Ok(child) => Ok((child, Some(follower))),
        Err(error) => Err(follower.finish().err().map_or(error, |refused| {
            let text =
                format!("its system calls cannot be followed ({refused}); --no-calls does without");
            io::Error::new(refused.kind(), text)
        })),
    }
}

/// How much is read at once.
const READ_BYTES: usize = 16 << 10;
/// What a pipe holds: pipe(7).
const PIPE_BYTES: usize = 64 << 10;

impl Pipe {
    fn new(stream: Stream, source: Option<File>) -> Self {
        Self {
            stream,
            source,
            cutter: LineCutter::default(),
        }
    }

    /// Reads once and gives the lines that came to an end.
    fn read(&mut self) -> Vec<CutLine> {
        let Some(source) = &mut self.source else {
            return Vec::new();
        };
        let mut bytes = [0; READ_BYTES];
        let count = match source.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Vec::new(),
            read => read.unwrap_or(0),
        };
        if count == 0 {
            self.source = None;
            return self.cutter.finish().into_iter().collect();
        }
        self.cutter.push(bytes.get(..count).unwrap_or_default())
    }
}

fn deliver(
    host: HostName,
    pid: u32,
    stream: Stream,
    line: &CutLine,
    budget: &mut Budget,
    events: &EventSender,
) {
    let before = budget.lines_omitted;
    let is_kept = budget.allows(line);
    if !is_kept && before > 0 {
        return;
    }
    let text = if is_kept {
        String::from_utf8_lossy(&line.bytes).into_owned()
    } else {
        format!("[what it writes beyond {OUTPUT_LIMIT} bytes is not kept]")
    };
    events.send(Event::Line(Line {
        host,
        pid,
        stream,
        time: now(),
        text,
        omitted: if is_kept { line.omitted } else { 0 },
    }));
}

fn ending(status: nix::Result<WaitStatus>) -> Ending {
    match status {
        Ok(WaitStatus::Exited(_, code)) => Ending::Exited(code),
        Ok(WaitStatus::Signaled(_, signal, _)) => Ending::Killed(signal),
        _ => Ending::Unknown,
    }
}
