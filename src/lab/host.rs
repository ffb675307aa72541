//! A host: a thread that lives in the host's own namespaces and does things there.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::sethostname;

use super::error::{LabError, Step, failed};
use super::settings::{HostName, HostSettings, Settings};
use super::{hosts_file, namespace};

type Job = Box<dyn FnOnce() + Send>;

/// One of the hosts.
///
/// What its thread starts (threads, processes) lives in its namespaces. They go when the last of those
/// has ended; nothing in the file system names them.
#[derive(Debug)]
pub(super) struct Host {
    name: HostName,
    network: File,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Makes the host's network, UTS and mount namespaces, with its name and the names that it knows.
    pub fn make(name: HostName, settings: &Settings) -> Result<Self, LabError> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (report, made) = mpsc::sync_channel(1);
        let (hosts, ipv6) = (settings.hosts.clone(), settings.ipv6);
        let live = move || {
            let network = move_in(name, &hosts, ipv6);
            let moved_in = network.is_ok();
            let _ = report.send(network);
            if moved_in {
                for job in inbox {
                    job();
                }
            }
        };
        let thread = thread::Builder::new().name(name.to_string()).spawn(live);
        let thread = thread.map_err(failed(Step::Thread))?;
        let network = made.recv().expect("the thread reports before it ends")?;
        Ok(Self {
            name,
            network,
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Its name.
    pub fn name(&self) -> HostName {
        self.name
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
fn move_in(name: HostName, hosts: &[HostSettings], ipv6: bool) -> Result<File, LabError> {
    let all = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWNS;
    unshare(all).map_err(failed(Step::Host(name)))?;
    sethostname(name.as_str()).map_err(failed(Step::Host(name)))?;
    hosts_file::install(hosts, ipv6).map_err(failed(Step::Names(name)))?;
    namespace::current_network().map_err(failed(Step::Host(name)))
}
