//! What is recorded on a wire, be it the lab's cable or an interface of this system.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::settings::HostName;
use crate::capture::CaptureError;
use crate::model::frame::{ChecksumOffload, Direction, Frame, LinkType, Timestamp};

/// A frame that crossed the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFrame {
    /// Its place in the recording, from 1.
    pub number: u64,
    /// When the kernel had it.
    pub time: Timestamp,
    /// The host that sent it; only the lab's cable knows.
    pub from: Option<HostName>,
    /// Where it was recorded: on the cable 0 is the server's port and 1 the client's; elsewhere there is
    /// only one.
    pub interface: u32,
    /// Which way it passed that interface. Each frame comes into the cable at one of its ports.
    pub direction: Option<Direction>,
    /// Whether its checksums are final.
    pub checksum_offload: ChecksumOffload,
    /// How often the other host's kernel has got it by now: not yet while it is on its way, and never when
    /// it was lost on the cable, or that one's queue was full.
    pub deliveries: u32,
    /// What faults of the cable did to it, a line each as [`Harm`](crate::model::fate::Harm) writes them.
    pub comment: Option<String>,
    /// All of it, from the Ethernet header on.
    pub bytes: Vec<u8>,
}

impl RecordedFrame {
    /// The frame as a capture has it.
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            number: self.number,
            time: self.time,
            link_type: LinkType::ETHERNET,
            interface: Some(self.interface),
            direction: self.direction,
            wire_length: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            checksum_offload: self.checksum_offload,
            comment: self.comment.as_deref().map(str::as_bytes),
            bytes: &self.bytes,
        }
    }
}

/// Why the recording stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// A port of the cable.
    #[error(
        "the cable's port towards `{port}` failed: {source}; did a program on that host change its interface?"
    )]
    Port {
        /// The host at that port.
        port: HostName,
        /// What the kernel said.
        source: io::Error,
    },
    /// Privilege cannot be given up, and with it nothing of a stranger's is looked at.
    #[error("cannot give up privilege before looking at frames: {0}")]
    Privilege(#[source] io::Error),
    /// The capture on an interface of this system.
    #[error(transparent)]
    Capture(#[from] CaptureError),
}

/// What became of the frames, when the recording has stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireReport {
    /// Frames that were recorded.
    pub recorded: u64,
    /// How often a host's kernel did not take one of these.
    pub refused: u64,
    /// Frames that the kernel threw away before they could be recorded.
    pub lost: u64,
}

/// When the wire last had a frame.
#[derive(Debug)]
pub(super) struct Pulse {
    begin: Instant,
    /// Nanoseconds after `begin`.
    last: AtomicU64,
    /// Whether frames are on their way.
    underway: AtomicBool,
}

impl Pulse {
    /// A wire that is quiet from now on.
    pub fn begin() -> Self {
        Self {
            begin: Instant::now(),
            last: AtomicU64::new(0),
            underway: AtomicBool::new(false),
        }
    }

    /// A frame is there.
    pub fn beat(&self) {
        let since_begin = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last.store(since_begin, Ordering::SeqCst);
    }

    /// Whether frames are between the ends of the wire now.
    pub fn set_underway(&self, underway: bool) {
        self.underway.store(underway, Ordering::SeqCst);
    }

    /// Whether frames were between the ends of the wire when last told.
    pub fn is_underway(&self) -> bool {
        self.underway.load(Ordering::SeqCst)
    }

    /// How long none has been.
    pub fn since_last(&self) -> Duration {
        let last = Duration::from_nanos(self.last.load(Ordering::SeqCst));
        self.begin.elapsed().saturating_sub(last)
    }
}
