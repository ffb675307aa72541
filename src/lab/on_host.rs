//! Two programs on this system's own network, watched on one of its interfaces.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Network;
use super::event::{self, Event, EventSender, Events, PAUSE};
use super::interrupt::Interrupts;
use super::program::{Launch, Program, ProgramError};
use super::settings::HostName;
use super::wire::{Pulse, RecordedFrame, WireError, WireReport};
use crate::capture::live::{Feed, Live, Until};
use crate::capture::{CaptureError, Source};
use crate::model::frame::Frame;
use crate::privilege::{self, NONE};

/// This system's own network instead of a lab: no hosts, no cable, and whoever captures must be allowed to.
#[derive(Debug)]
pub struct OnHost {
    capture: Option<JoinHandle<WireReport>>,
    /// Readable while a frame waits to be recorded.
    socket: OwnedFd,
    stop: Arc<AtomicBool>,
    pulse: Arc<Pulse>,
    events: Events,
    sender: EventSender,
    _interrupts: Interrupts,
}

impl OnHost {
    /// Begins to record the frames that `keep` wants of those that pass the interface of this name or
    /// number. Others do not count: they are not numbered and break no silence.
    ///
    /// # Errors
    /// There is no such interface, it is switched off, or this user may not capture.
    pub fn begin(
        interface: &str,
        keep: impl FnMut(&Frame<'_>) -> bool + Send + 'static,
    ) -> Result<Self, CaptureError> {
        let failed = |source: io::Error| CaptureError::Live {
            name: interface.to_owned(),
            source,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let until = Until {
            stopped: Arc::clone(&stop),
            ..Until::default()
        };
        let live = Live::open(interface, Feed::AtOnce, until)?;
        let socket = live.as_fd().try_clone_to_owned().map_err(failed)?;
        let (sender, events) = event::stream();
        let interrupts = Interrupts::watch(sender.clone()).map_err(failed)?;
        let pulse = Arc::new(Pulse::begin());
        let recorder = Recorder {
            live,
            keep,
            stop: Arc::clone(&stop),
            pulse: Arc::clone(&pulse),
            events: sender.clone(),
            recorded: 0,
        };
        let capture = thread::Builder::new().name("capture".to_owned());
        let capture = capture.spawn(move || recorder.run()).map_err(failed)?;
        Ok(Self {
            capture: Some(capture),
            socket,
            stop,
            pulse,
            events,
            sender,
            _interrupts: interrupts,
        })
    }
}

impl Network for OnHost {
    fn start(&self, host: HostName, launch: &Launch) -> Result<Program, ProgramError> {
        Program::start(None, host, launch, self.sender.clone())
    }

    fn next_event(&self, timeout: Duration) -> Option<Event> {
        self.events.next(timeout)
    }

    fn quiet_for(&self) -> Duration {
        // Of a frame that waits it is not known yet whether it counts.
        let mut waiting = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        if poll(&mut waiting, PollTimeout::ZERO).is_ok_and(|ready| ready > 0) {
            Duration::ZERO
        } else {
            self.pulse.since_last()
        }
    }

    fn stop_recording(&mut self) -> WireReport {
        self.stop.store(true, Ordering::SeqCst);
        let report = self.capture.take().map(JoinHandle::join);
        report.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for OnHost {
    fn drop(&mut self) {
        self.stop_recording();
    }
}

/// The capturing thread.
struct Recorder<K> {
    live: Live,
    keep: K,
    stop: Arc<AtomicBool>,
    pulse: Arc<Pulse>,
    events: EventSender,
    recorded: u64,
}

impl<K: FnMut(&Frame<'_>) -> bool> Recorder<K> {
    fn run(mut self) -> WireReport {
        let recorded = privilege::keep_only(NONE)
            .map_err(WireError::Privilege)
            .and_then(|()| self.record_until_stopped().map_err(WireError::Capture));
        if let Err(error) = recorded {
            self.events.send(Event::WireBroke(error));
        }
        WireReport {
            recorded: self.recorded,
            refused: 0,
            lost: self.live.drops(),
        }
    }

    fn record_until_stopped(&mut self) -> Result<(), CaptureError> {
        loop {
            self.pause_while_congested();
            let Some(frame) = self.live.next_frame()? else {
                return Ok(());
            };
            if !(self.keep)(&frame) {
                continue;
            }
            self.pulse.beat();
            self.recorded += 1;
            self.events.send(Event::Frame(RecordedFrame {
                number: self.recorded,
                time: frame.time,
                from: None,
                interface: frame.interface.unwrap_or(0),
                direction: frame.direction,
                checksum_offload: frame.checksum_offload,
                deliveries: 1,
                comment: None,
                bytes: frame.bytes.to_vec(),
            }));
        }
    }

    /// While the frames are not fetched, the kernel keeps what it has room for, and counts the rest. What it has
    /// kept when it is time to stop is recorded.
    fn pause_while_congested(&self) {
        while self.events.is_congested() && !self.stop.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
        }
    }
}
