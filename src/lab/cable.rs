//! The cable: it relays each frame from one host to the others, and records it.
//!
//! One thread with a `pnet` channel on each of its ports. Every frame is seen once, with the time at
//! which the kernel had it.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::SigSet;
use nix::sys::time::TimeSpec;

use super::event::{Event, EventSender, PAUSE, now};
use super::fault::{Parcel, Transit};
use super::port::{Port, with_tag, without_tag};
use super::settings::Settings;
use super::switch::Switch;
use super::wire::{Pulse, RecordedFrame, WireError, WireReport};
use crate::model::frame::{Direction, Timestamp};
use crate::privilege::{self, NONE};
use crate::sys::packet_socket::{PacketSocket, VlanTag};

/// The cable between two hosts, or the switch among more.
pub struct Cable {
    stop: Arc<EventFd>,
    pulse: Arc<Pulse>,
    /// Whether the faults are to count from the beginning again.
    anew: Arc<AtomicBool>,
    /// Gone when it has stopped.
    ports: Vec<Arc<PacketSocket>>,
    relay: Option<JoinHandle<Stopped>>,
}

/// What the cable's thread leaves behind.
type Stopped = (WireReport, Vec<Port>);

impl Cable {
    /// Starts to relay between the ports. The frames are delivered as events.
    pub(super) fn start(
        ports: Vec<Port>,
        settings: &Settings,
        events: EventSender,
    ) -> io::Result<Self> {
        let stop = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?);
        let pulse = Arc::new(Pulse::begin());
        let sockets = ports.iter().map(|port| Arc::clone(&port.socket)).collect();
        let anew = Arc::new(AtomicBool::new(false));
        let relay = Relay {
            anew: Arc::clone(&anew),
            switch: Switch::new(ports.len()),
            ports,
            transit: Transit::new(&settings.faults),
            trunk: settings.vlan.map(|vlan| VlanTag {
                tpid: 0x8100,
                tci: vlan.number(),
            }),
            stop: Arc::clone(&stop),
            pulse: Arc::clone(&pulse),
            events,
            report: WireReport::default(),
        };
        let relay = thread::Builder::new()
            .name("cable".to_owned())
            .spawn(move || relay.run())?;
        Ok(Self {
            stop,
            pulse,
            anew,
            ports: sockets,
            relay: Some(relay),
        })
    }

    /// How long no frame has come; zero while one waits to be relayed or is on its way.
    pub fn quiet_for(&self) -> Duration {
        if self.pulse.is_underway() {
            return Duration::ZERO;
        }
        // In this order: the relay notes a frame before it takes it away.
        let waiting = self
            .ports
            .iter()
            .any(|port| port.peek().is_ok_and(|frame| frame.is_some()));
        if waiting {
            Duration::ZERO
        } else {
            self.pulse.since_last()
        }
    }

    /// Lets the faults count from the beginning again, from the next frame on.
    pub fn arm_faults_anew(&self) {
        self.anew.store(true, Ordering::SeqCst);
    }

    /// Relays and records what has come until now, then nothing any more: the hosts are cut off.
    ///
    /// Every recorded frame is then among the events. A second call reports nothing.
    pub fn stop(&mut self) -> WireReport {
        let Some(relay) = self.relay.take() else {
            return WireReport::default();
        };
        let _ = self.stop.write(1);
        let Ok((mut report, ports)) = relay.join() else {
            return WireReport::default();
        };
        let drops = self
            .ports
            .drain(..)
            .filter_map(|port| port.statistics().ok());
        report.lost = drops.map(|counts| u64::from(counts.drops)).sum();
        close_aside(ports);
        report
    }
}

/// The kernel takes 5 to 20 ms to close a packet socket: it waits until no CPU can see it any more.
/// Nobody has to wait with it.
fn close_aside(ports: Vec<Port>) {
    for port in ports {
        // Where no thread can be had, the port is closed here.
        let _ = thread::Builder::new()
            .name("close".to_owned())
            .spawn(move || drop(port));
    }
}

impl fmt::Debug for Cable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cable")
            .field("running", &self.relay.is_some())
            .finish_non_exhaustive()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The cable's thread.
struct Relay {
    ports: Vec<Port>,
    switch: Switch,
    transit: Transit,
    anew: Arc<AtomicBool>,
    /// The tag that every frame has on the cable, and on the cable alone.
    trunk: Option<VlanTag>,
    stop: Arc<EventFd>,
    pulse: Arc<Pulse>,
    events: EventSender,
    report: WireReport,
}

/// How many frames are relayed between two looks at whether to stop.
const TURN: usize = 64;

impl Relay {
    fn run(mut self) -> Stopped {
        // Signals to this process are for another thread; here they would disturb a wait.
        let _ = SigSet::all().thread_block();
        if let Err(error) = privilege::keep_only(NONE) {
            self.events
                .send(Event::WireBroke(WireError::Privilege(error)));
            return (self.report, self.ports);
        }
        if let Err(error) = self.relay_until_stopped() {
            self.events.send(Event::WireBroke(error));
        }
        (self.report, self.ports)
    }

    fn relay_until_stopped(&mut self) -> Result<(), WireError> {
        let end_of_time = Timestamp::from_nanoseconds(i64::MAX);
        while !self.wait() {
            self.hand_over()?;
            let mut turn = 0..TURN;
            while !self.events.is_congested()
                && turn.next().is_some()
                && self.relay_next(end_of_time)?
            {}
        }
        let stopped = now();
        while self.relay_next(stopped)? {}
        self.transit.give_up(stopped);
        self.hand_over()
    }

    /// Waits until there is something to do; `true` when that is to stop.
    fn wait(&self) -> bool {
        let entry = |source| PollFd::new(source, PollFlags::POLLIN);
        let ports = self.ports.iter().map(|port| port.socket.as_fd());
        let mut watched: Vec<_> = std::iter::once(self.stop.as_fd())
            .chain(ports)
            .map(entry)
            .collect();
        let until_due = self.transit.due().map(|due| {
            let left = due.since(now()).max(0);
            Duration::from_nanos(u64::try_from(left).unwrap_or(0))
        });
        let found = if self.events.is_congested() {
            ppoll(&mut watched[..1], Some(PAUSE.into()), None)
        } else {
            ppoll(&mut watched, until_due.map(TimeSpec::from), None)
        };
        match found {
            // By a signal: nothing is known to be ready.
            Err(Errno::EINTR) => false,
            Err(_) => true,
            Ok(_) => watched[0].any().unwrap_or(true),
        }
    }

    /// Relays the earliest of the frames that wait at the ports, if it came before `until`.
    fn relay_next(&mut self, until: Timestamp) -> Result<bool, WireError> {
        for port in &mut self.ports {
            port.look()?;
        }
        let waiting = self.ports.iter_mut().filter_map(|port| {
            let metadata = port.waiting?;
            (metadata.time <= until).then_some((metadata, port))
        });
        // Of equal times, the one at the first port.
        let Some((metadata, port)) = waiting.min_by_key(|(metadata, _)| metadata.time) else {
            return Ok(false);
        };
        self.pulse.beat();
        if self.anew.swap(false, Ordering::SeqCst) {
            self.transit.arm_anew();
        }
        let bytes = port.take(metadata)?;
        self.report.recorded += 1;
        self.transit.enter(RecordedFrame {
            number: self.report.recorded,
            time: metadata.time,
            from: Some(port.from),
            interface: port.number,
            direction: Some(Direction::Inbound),
            checksum_offload: metadata.checksum_offload,
            deliveries: 0,
            comment: None,
            bytes: match self.trunk {
                Some(_) => with_tag(&bytes, self.trunk),
                None => bytes,
            },
        });
        self.hand_over()?;
        Ok(true)
    }

    /// Gives every frame that is due to the hosts, and tells of those that wait for no other one.
    fn hand_over(&mut self) -> Result<(), WireError> {
        while let Some(parcel) = self.transit.next_due(now()) {
            self.pulse.beat();
            if self.deliver(&parcel)? && !self.transit.note_delivery(parcel.number) {
                self.events.send(Event::Delivered(parcel.number));
            }
        }
        self.pulse.set_underway(self.transit.due().is_some());
        while let Some(frame) = self.transit.next_told() {
            self.events.send(Event::Frame(frame));
        }
        Ok(())
    }

    /// Hands a frame to the hosts that it is for; whether they took it.
    fn deliver(&mut self, parcel: &Parcel) -> Result<bool, WireError> {
        let Some(bytes) = without_tag(&parcel.bytes, self.trunk) else {
            return Ok(false);
        };
        let mut is_taken = true;
        for outlet in self.switch.outlets(&bytes, parcel.from) {
            if let Some(port) = self.ports.get_mut(outlet)
                && !port.send(&bytes)?
            {
                self.report.refused += 1;
                is_taken = false;
            }
        }
        Ok(is_taken)
    }
}
