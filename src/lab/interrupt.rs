//! Ctrl-C and its kin, as events; a second time they end the lab and the process at once.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use nix::sys::signal::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::event::{Event, EventSender};
use super::namespace;
use crate::privilege::{self, OF_PROGRAMS};

const WATCHED: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// While it lives, `SIGINT`, `SIGTERM` and `SIGHUP` become events.
#[derive(Debug)]
pub(super) struct Interrupts {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    networks: Arc<OnceLock<Vec<OwnedFd>>>,
}

impl Interrupts {
    /// Begins to watch.
    pub fn watch(events: EventSender) -> io::Result<Self> {
        leave_to_the_system()?.store(false, Ordering::SeqCst);
        let networks = Arc::new(OnceLock::new());
        let mut signals = Signals::new(WATCHED)?;
        let handle = signals.handle();
        let known = Arc::clone(&networks);
        let deliver = move || {
            // What it takes to see who lives in the lab, and no more.
            let _ = privilege::keep_only(OF_PROGRAMS);
            for (earlier, number) in signals.forever().enumerate() {
                match Signal::try_from(number) {
                    Ok(signal) if earlier == 0 => events.send(Event::Interrupted(signal)),
                    _ => die(number, known.get().map(Vec::as_slice)),
                }
            }
        };
        let thread = thread::Builder::new()
            .name("signals".to_owned())
            .spawn(deliver)?;
        Ok(Self {
            handle,
            thread: Some(thread),
            networks,
        })
    }

    /// Names the network namespaces whose inhabitants go when a second signal comes.
    pub fn take_along(&self, networks: Vec<OwnedFd>) {
        let _ = self.networks.set(networks);
    }
}

/// Does what the signal always did, but ends the lab before. Whoever should have done so does not listen.
fn die(signal: i32, networks: Option<&[OwnedFd]>) {
    if let Some(networks) = networks {
        namespace::end_inhabitants(networks);
    }
    let _ = emulate_default_handler(signal);
}

/// Whether the watched signals do what they always did: end the process.
///
/// Handlers are never taken away again (what a signal did before cannot be restored), so there is one
/// flag for the life of the process.
fn leave_to_the_system() -> io::Result<&'static AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag);
    }
    let flag = Arc::new(AtomicBool::new(false));
    for signal in WATCHED {
        flag::register_conditional_default(signal, Arc::clone(&flag))?;
    }
    Ok(FLAG.get_or_init(|| flag))
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        if let Ok(flag) = leave_to_the_system() {
            flag.store(true, Ordering::SeqCst);
        }
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
