//! Every system call on a socket, of every thread and process that a program makes.
//!
//! Seccomp filters stop these calls alone, and ptrace(2) tells of each stop. No code is loaded into the
//! program, so a static one is followed as any other. The thread that follows is one of its own: when it
//! ends, however it ends, the kernel kills what it followed.

mod memory;
mod names;
mod options;
mod reach;
mod request;
mod rest;
mod sockets;
mod table;
mod tracer;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pipe2};

use super::event::EventSender;
use super::settings::HostName;
use crate::sys::child::Rendezvous;
use rest::Waiting;
use tracer::Tracer;

/// A program that is being followed.
#[derive(Debug)]
pub struct Follower {
    reins: Arc<Reins>,
    /// What stands for the program's process.
    process: Receiver<io::Result<OwnedFd>>,
    /// Comes when the program itself has ended.
    ended: Receiver<ExitStatus>,
    thread: JoinHandle<io::Result<()>>,
}

/// The threads that are followed, and an end to them.
#[derive(Debug, Default)]
pub struct Reins {
    threads: Mutex<BTreeMap<i32, Waiting>>,
    stopping: AtomicBool,
}

impl Reins {
    /// A number that stays the same for as long as all that is followed waits for others; `None` when
    /// some of it is busy.
    pub fn standstill(&self) -> Option<u64> {
        rest::standstill(&self.lock())
    }

    /// Kills everything that is followed, and what it will have made meanwhile.
    pub fn end(&self) {
        let threads = self.lock();
        self.stopping.store(true, Ordering::SeqCst);
        for thread in threads.keys() {
            let _ = kill(Pid::from_raw(*thread), Signal::SIGKILL);
        }
    }

    fn add(&self, thread: i32) {
        let mut threads = self.lock();
        threads.insert(thread, Waiting::ForOthers);
        if self.stopping.load(Ordering::SeqCst) {
            let _ = kill(Pid::from_raw(thread), Signal::SIGKILL);
        }
    }

    fn note(&self, thread: i32, waiting: Waiting) {
        if let Some(noted) = self.lock().get_mut(&thread) {
            *noted = waiting;
        }
    }

    fn remove(&self, thread: i32) {
        self.lock().remove(&thread);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<i32, Waiting>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Gets ready to follow a program that is to be started with the rendezvous.
    pub fn begin(host: HostName, events: EventSender) -> io::Result<(Self, Rendezvous)> {
        let filters = table::filters()?;
        let (heard, hello) = pipe2(OFlag::O_CLOEXEC)?;
        let (go, told) = pipe2(OFlag::O_CLOEXEC)?;
        let reins = Arc::new(Reins::default());
        let (report, ended) = mpsc::channel();
        let (met, process) = mpsc::channel();
        let tracer = Tracer::new(host, events, Arc::clone(&reins), report)?;
        let thread = thread::Builder::new()
            .name(format!("{host}'s calls"))
            .spawn(move || tracer.meet(File::from(heard), File::from(told), &met))?;
        let follower = Self {
            reins,
            process,
            ended,
            thread,
        };
        let rendezvous = Rendezvous { hello, go, filters };
        Ok((follower, rendezvous))
    }

    /// What ends the program.
    pub fn reins(&self) -> &Arc<Reins> {
        &self.reins
    }

    /// A descriptor that becomes readable when the program, which has been started, has ended. It was opened
    /// before the program began: one that is short may be gone, and its number with it.
    ///
    /// # Errors
    /// As of [`pidfd`](crate::sys::child::pidfd).
    pub fn process(&self) -> io::Result<OwnedFd> {
        let gone = |_| io::Error::from_raw_os_error(libc::ESRCH);
        self.process.recv().map_err(gone)?
    }

    /// How the program ended. Waits until it has.
    pub fn ending(&self) -> Option<ExitStatus> {
        self.ended.recv().ok()
    }

    /// Waits until nothing is left to be followed; every call is then among the events.
    ///
    /// # Errors
    /// Why the program could not be followed.
    pub fn finish(self) -> io::Result<()> {
        let finished = self.thread.join();
        finished.unwrap_or_else(|_| Err(io::Error::other("the thread that follows it failed")))
    }
}
