//! What happens in a lab, in one stream: frames, lines of output, programs that end, Ctrl-C.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::settings::HostName;
use super::wire::{RecordedFrame, WireError};
/// The clock of frames, lines and ends: the system's time of day.
pub(super) use crate::capture::live::now;
use crate::model::call::{Action, Call, CallId, Omitted};
use crate::model::frame::Timestamp;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A frame crossed the wire.
    Frame(RecordedFrame),
    /// The frame of this number, which was on its way when it was told of, has been delivered.
    Delivered(u64),
    /// A program left a system call on a socket, or will never leave it.
    Call(Box<Call>),
    /// So many calls of a program were left out; comes when nothing of it is left.
    Omitted(Omitted),
    /// A program wrote a line.
    Line(Line),
    /// A program ended, and what it wrote before has been delivered.
    Ended(Ended),
    /// This process was asked to stop: `SIGINT`, `SIGTERM` or `SIGHUP`. Asked again, it ends
    /// the programs and dies at once.
    Interrupted(Signal),
    /// The recording has stopped by itself; no frame comes any more.
    WireBroke(WireError),
}

/// A line of a program's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The host that the program runs on.
    pub host: HostName,
    /// The program's process identifier, as the host system counts.
    pub pid: u32,
    /// Where it wrote the line.
    pub stream: Stream,
    /// When its end was read.
    pub time: Timestamp,
    /// The text without its line feed, invalid UTF-8 replaced. It may hold control characters.
    pub text: String,
    /// How many bytes of an over-long line are missing at its end.
    pub omitted: usize,
}

/// Where a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// The end of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The host that it ran on.
    pub host: HostName,
    /// Its process identifier.
    pub pid: u32,
    /// When its end was seen.
    pub time: Timestamp,
    /// How it ended.
    pub ending: Ending,
    /// Lines that were thrown away, after it had written more than is kept.
    pub lines_omitted: u64,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Killed(Signal),
    /// Nobody knows: its status was taken by somebody else.
    Unknown,
}

impl Ending {
    /// Whether it exited with code 0.
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }

    /// Whether a signal ended it.
    pub const fn is_by_signal(self) -> bool {
        matches!(self, Self::Killed(_))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Killed(signal) => write!(f, "was ended by {signal}"),
            Self::Unknown => f.write_str("ended, nobody knows how"),
        }
    }
}

/// How many bytes of frames may wait to be fetched before no more are recorded.
const WAITING_LIMIT: usize = 32 << 20;

/// How long who records pauses then, before it looks whether they have been fetched.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// The giving end of the stream.
#[derive(Clone, Debug)]
pub(super) struct EventSender {
    sender: mpsc::Sender<Event>,
    /// Calls that nobody needs to be woken for.
    aside: Arc<Aside>,
    waiting: Arc<AtomicUsize>,
    /// How many calls have been entered.
    calls: Arc<Mutex<u64>>,
}

/// Calls that are fetched when the other end looks for events next.
type Aside = Mutex<VecDeque<Call>>;

impl EventSender {
    /// Delivers an event; nothing happens when nobody listens any more.
    pub fn send(&self, event: Event) {
        self.waiting.fetch_add(weight(&event), Ordering::Relaxed);
        let _ = self.sender.send(event);
    }

    /// Delivers a call. Only for one that opens a door for others, the other end is woken: to wake it costs a
    /// program that makes many calls more than to be stopped at them.
    pub fn send_call(&self, call: Call) {
        if matches!(call.action, Action::Listen { .. } | Action::Bind { .. }) {
            self.send(Event::Call(Box::new(call)));
        } else {
            lock(&self.aside).push_back(call);
        }
    }

    /// The place of a call that is entered now, and the time: of two calls, the later one has the greater number.
    pub fn enter_call(&self) -> (CallId, Timestamp) {
        let mut calls = lock(&self.calls);
        *calls += 1;
        (CallId(*calls), now())
    }

    /// Whether so much waits to be fetched that no more should be made.
    pub fn is_congested(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > WAITING_LIMIT
    }
}

/// The taking end of the stream.
#[derive(Debug)]
pub(super) struct Events {
    receiver: Receiver<Event>,
    aside: Arc<Aside>,
    waiting: Arc<AtomicUsize>,
}

impl Events {
    /// Waits up to `timeout` for the next event.
    pub fn next(&self, timeout: Duration) -> Option<Event> {
        self.next_call()
            .or_else(|| self.next_that_wakes(timeout))
            .or_else(|| self.next_call())
    }

    fn next_call(&self) -> Option<Event> {
        let call = lock(&self.aside).pop_front()?;
        Some(Event::Call(Box::new(call)))
    }

    fn next_that_wakes(&self, timeout: Duration) -> Option<Event> {
        match self.receiver.recv_timeout(timeout) {
            Ok(event) => {
                self.waiting.fetch_sub(weight(&event), Ordering::Relaxed);
                Some(event)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new stream.
pub(super) fn stream() -> (EventSender, Events) {
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let aside = Arc::new(Aside::default());
    let giving = EventSender {
        sender,
        aside: Arc::clone(&aside),
        waiting: Arc::clone(&waiting),
        calls: Arc::default(),
    };
    let taking = Events {
        receiver,
        aside,
        waiting,
    };
    (giving, taking)
}

/// What an event takes of [`WAITING_LIMIT`]. Only frames, and that they are delivered, can come without end.
fn weight(event: &Event) -> usize {
    match event {
        Event::Frame(frame) => size_of::<Event>() + frame.bytes.len(),
        Event::Delivered(_) => size_of::<Event>(),
        _ => 0,
    }
}
