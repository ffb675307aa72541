//! Hosts, the cable between them, and the programs that run on them.
//!
//! ```text
//!   host `server`                    the cable                    host `client`
//!   192.168.1.6, eth0 ──veth── to-server │ relay │ to-client ──veth── eth0, 192.168.1.7
//! ```
//!
//! Each host is a thread in network, UTS and mount namespaces of its own; the cable is a thread with a
//! packet socket at each of its two ports. Nothing has a name outside: when the process ends, however it
//! ends, the kernel takes all of it away.
//!
//! In come settings and programs to start; out comes one stream of [events](Event): frames, lines,
//! ends. The same can be had [on this system's own network](OnHost), with less to see. May use `model`,
//! `protocols`, `decode`, `filter` and `flow` (a [fault](Fault) is for the frames that pass a display filter),
//! `capture` and `crate::sys`.
//!
//! ```no_run
//! use netinspect::lab::{self, Event, Lab, Launch, Network, HostName, Settings};
//! use std::time::Duration;
//!
//! lab::prepare()?; // before any thread exists
//! let mut lab = Lab::build(&Settings::default())?;
//! let _server = lab.start(HostName::SERVER, &Launch::new("python3", ["server.py"]))?;
//! let mut client = None;
//! loop {
//!     match lab.next_event(Duration::from_millis(20)) {
//!         Some(Event::Line(line)) if client.is_none() && line.text.contains("listening") => {
//!             client = Some(lab.start(HostName::CLIENT, &Launch::new("python3", ["client.py"]))?);
//!         }
//!         Some(Event::Frame(frame)) => println!("{} bytes from {:?}", frame.bytes.len(), frame.from),
//!         Some(Event::Ended(ended)) if ended.host == HostName::CLIENT => break,
//!         Some(Event::Interrupted(_)) => break,
//!         _ => {}
//!     }
//! }
//! while lab.quiet_for() < Duration::from_millis(30) {
//!     lab.next_event(Duration::from_millis(5));
//! }
//! let report = lab.stop_recording(); // what is still in the stream can be fetched after this
//! println!("{} frames, {} lost", report.recorded, report.lost);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

mod cable;
mod cause;
pub mod chat;
pub mod doctor;
mod error;
mod event;
mod fault;
mod host;
mod hosts_file;
mod interrupt;
mod keeper;
mod link;
mod namespace;
mod netlink;
mod on_host;
mod output;
pub mod parts;
mod port;
pub mod probe;
mod program;
mod script;
mod settings;
mod switch;
mod switches;
mod timers;
mod trace;
mod wire;
mod wiring;

pub use cause::{Cause, User};
pub use error::{LabError, Step};
pub use event::{Ended, Ending, Event, Line, Stream};
pub use fault::{Fault, FaultError};
pub use namespace::prepare;
pub use on_host::OnHost;
pub use output::{LINE_LIMIT, OUTPUT_LIMIT};
pub use program::{Input, LONGEST_FILE, Launch, MOST_PROCESSES, Program, ProgramError};
pub use settings::{HostName, HostSettings, Mtu, Settings, Sysctl, VlanId};
pub use wire::{RecordedFrame, WireError, WireReport};

use cable::Cable;
use error::failed;
use event::{EventSender, Events};
use host::Host;
use interrupt::Interrupts;

use crate::privilege::{self, OF_PROGRAMS};

/// Where two programs can talk and be watched: a [`Lab`], or [this system's own network](OnHost).
///
/// While it lives, Ctrl-C is an [event](Event::Interrupted).
pub trait Network {
    /// Starts a program on a host.
    ///
    /// # Errors
    /// [`ProgramError::Start`] when there is no such program, or it cannot be executed.
    fn start(&self, host: HostName, launch: &Launch) -> Result<Program, ProgramError>;

    /// Waits up to `timeout` for something to happen.
    fn next_event(&self, timeout: Duration) -> Option<Event>;

    /// How long no frame has come; zero while one waits to be recorded.
    fn quiet_for(&self) -> Duration;

    /// Whether frames are harmed on purpose.
    fn has_faults(&self) -> bool {
        false
    }

    /// Whether no host's kernel is about to send something again: what the faults have done is over. Always
    /// so where there are none.
    fn is_settled(&self) -> bool {
        true
    }

    /// Lets every fault count from the beginning again: for another exchange under the same ones.
    fn begin_anew(&self) {}

    /// Records what has come until now, then nothing any more; every recorded frame is then among the
    /// events. A second call reports nothing.
    fn stop_recording(&mut self) -> WireReport;
}

/// Hosts and what is between them: a cable between two, a switch among more. Dropping it ends every program in it.
pub struct Lab {
    cable: Cable,
    hosts: Vec<Host>,
    has_faults: bool,
    events: Events,
    sender: EventSender,
    _interrupts: Interrupts,
}

impl Lab {
    /// Builds a lab. [`prepare`] comes first.
    ///
    /// # Errors
    /// Where the system does not allow it: what failed, why, and the ways on.
    pub fn build(settings: &Settings) -> Result<Self, LabError> {
        let (sender, events) = event::stream();
        let interrupts = Interrupts::watch(sender.clone()).map_err(failed(Step::Signals))?;
        let hosts = make_hosts(settings)?;
        let networks = hosts.iter().map(Host::network).collect::<io::Result<_>>();
        interrupts.take_along(networks.map_err(failed(Step::Signals))?);
        let ports = wiring::lay(&hosts, settings)?;
        // From here on the hosts only start programs.
        for host in &hosts {
            let kept = host.run(|| privilege::keep_only(OF_PROGRAMS));
            kept.map_err(failed(Step::Privilege))?;
        }
        let cable = Cable::start(ports, settings, sender.clone());
        Ok(Self {
            cable: cable.map_err(failed(Step::Thread))?,
            hosts,
            has_faults: !settings.faults.is_empty(),
            events,
            sender,
            _interrupts: interrupts,
        })
    }
}

/// Makes the hosts, side by side: the kernel takes its time for each.
fn make_hosts(settings: &Settings) -> Result<Vec<Host>, LabError> {
    thread::scope(|scope| {
        let making: Vec<_> = settings
            .hosts
            .iter()
            .map(|own| scope.spawn(|| Host::make(own.name, settings)))
            .collect();
        making
            .into_iter()
            .map(|host| host.join().expect("it returns its errors"))
            .collect()
    })
}

impl Network for Lab {
    fn start(&self, host: HostName, launch: &Launch) -> Result<Program, ProgramError> {
        let home = self.hosts.iter().find(|home| home.name() == host);
        let home = home.ok_or(ProgramError::NoHost { host })?;
        Program::start(Some(home), host, launch, self.sender.clone())
    }

    fn next_event(&self, timeout: Duration) -> Option<Event> {
        self.events.next(timeout)
    }

    fn quiet_for(&self) -> Duration {
        self.cable.quiet_for()
    }

    fn has_faults(&self) -> bool {
        self.has_faults
    }

    fn is_settled(&self) -> bool {
        !self.has_faults || self.hosts.iter().all(|host| host.run(timers::none_runs))
    }

    fn begin_anew(&self) {
        self.cable.arm_faults_anew();
    }

    /// The hosts are cut off from each other then.
    fn stop_recording(&mut self) -> WireReport {
        self.cable.stop()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.cable.stop();
        let networks: Vec<_> = self.hosts.iter().flat_map(Host::network).collect();
        // A host may look at its programs; this thread may have less privilege than they have.
        if let Some(host) = self.hosts.first() {
            host.run(move || namespace::end_inhabitants(&networks));
        }
    }
}

impl fmt::Debug for Lab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab")
            .field("cable", &self.cable)
            .finish_non_exhaustive()
    }
}
