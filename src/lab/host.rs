//! A host: a thread that lives in the host's own namespaces and does things there.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::sethostname;

use super::error::{LabError, Step, failed};
use super::settings::Role;
use super::{hosts_file, namespace};

type Job = Box<dyn FnOnce() + Send>;

/// One of the two hosts.
///
/// What its thread starts (threads, processes) lives in its namespaces. They go when the last of those
/// has ended; nothing in the file system names them.
#[derive(Debug)]
pub(super) struct Host {
    network: File,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Makes the host's network, UTS and mount namespaces, with its name and the names that it knows.
    pub fn make(role: Role, ipv6: bool) -> Result<Self, LabError> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (report, made) = mpsc::sync_channel(1);
        let live = move || {
            let network = move_in(role, ipv6);
            let moved_in = network.is_ok();
            let _ = report.send(network);
            if moved_in {
                for job in inbox {
                    job();
                }
            }
        };
        let thread = thread::Builder::new()
            .name(role.name().to_owned())
            .spawn(live);
        let thread = thread.map_err(failed(Step::Thread))?;
        let network = made.recv().expect("the thread reports before it ends")?;
        Ok(Self {
            network,
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Another descriptor of the host's network namespace.
    pub fn network(&self) -> io::Result<OwnedFd> {
        self.as_fd().try_clone_to_owned()
    }

    /// Does `job` in the host's namespaces and waits for its result.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (report, result) = mpsc::sync_channel(1);
        let job = move || {
            let _ = report.send(job());
        };
        let jobs = self.jobs.as_ref().expect("they are given up in drop alone");
        let _ = jobs.send(Box::new(job));
        result
            .recv()
            .expect("the host's thread does every job until drop")
    }
}

impl AsFd for Host {
    /// The host's network namespace.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.network.as_fd()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Moves the calling thread into new namespaces.
fn move_in(role: Role, ipv6: bool) -> Result<File, LabError> {
    let all = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWNS;
    unshare(all).map_err(failed(Step::Host(role)))?;
    sethostname(role.name()).map_err(failed(Step::Host(role)))?;
    hosts_file::install(ipv6).map_err(failed(Step::Names(role)))?;
    namespace::current_network().map_err(failed(Step::Host(role)))
}
