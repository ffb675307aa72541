//! The thread that follows a program, call by call.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use nix::errno::Errno;
use nix::sys::signal::SigSet;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::super::event::{Event, EventSender, now};
use super::super::settings::HostName;
use super::reach::{Detour, Reaches};
use super::request::{Matter, Request, World};
use super::rest::Waiting;
use super::table::{self, Shape};
use super::{Reins, names};
use crate::model::call::{Action, Call, CallId, Omitted, Outcome};
use crate::model::frame::Timestamp;
use crate::sys::child;
use crate::sys::ptrace::{self, Change, Entry, Onward};

/// How many calls of one program are told; further ones are counted, and that is told when it has ended.
const CALLS_LIMIT: u64 = 50_000;

/// What the thread that follows a program knows of it.
pub(super) struct Tracer {
    host: Arc<str>,
    events: EventSender,
    reins: Arc<Reins>,
    report: Option<Sender<ExitStatus>>,
    /// The process that was started.
    program: i32,
    /// Whether it has become the program: until then it is still ours.
    has_begun: bool,
    threads: HashMap<i32, Thread>,
    world: World,
    reaches: Reaches,
    /// How many calls have come to an end, told or not.
    ended: u64,
}

/// A thread that is followed.
struct Thread {
    process: i32,
    name: Arc<str>,
    call: Option<Pending>,
    /// What it makes in the place of a call that it is about to make.
    detour: Option<Detour>,
    end: End,
}

/// How far a thread is with its end.
enum End {
    /// It goes on.
    NotYet,
    /// It ends, and its process too where it was the last thread of it; then its sockets are closed.
    Begun(Option<Box<Pending>>),
}

/// A call that is not over.
struct Pending {
    id: CallId,
    number: u64,
    name: &'static str,
    request: Request,
    matter: Matter,
    entered: Timestamp,
    /// When a signal took the thread out of it; it may go on.
    interrupted: Option<Timestamp>,
}

/// Waits for a change of the process and leaves it to be seen; whether it is its end. One that could not
/// become the program is waited for by who started it, and must not be taken away from there.
fn ends_next(process: i32) -> bool {
    let what =
        WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT | WaitPidFlag::__WALL;
    let next = waitid(Id::Pid(Pid::from_raw(process)), what);
    matches!(
        next,
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) | Err(Errno::ECHILD)
    )
}

/// Whether a thread that was stopped is no longer there: what kills it takes it out of any stop, and to the one at its
/// end, which it must not be taken out of unseen.
fn has_changed(thread: i32) -> bool {
    let what =
        WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG | WaitPidFlag::__WALL;
    let next = waitid(Id::Pid(Pid::from_raw(thread)), what);
    matches!(next, Ok(WaitStatus::PtraceEvent(..)))
}

impl Tracer {
    /// Follows a program that is to be started; `report` is sent how it ended.
    pub(super) fn new(
        host: HostName,
        events: EventSender,
        reins: Arc<Reins>,
        report: Sender<ExitStatus>,
    ) -> io::Result<Self> {
        Ok(Self {
            host: Arc::from(host.as_str()),
            events,
            reins,
            report: Some(report),
            program: 0,
            has_begun: false,
            threads: HashMap::new(),
            world: World::default(),
            reaches: Reaches::new()?,
            ended: 0,
        })
    }

    /// Waits for the program to say who it is, and follows it until nothing of it is left.
    pub(super) fn meet(
        mut self,
        mut hello: File,
        mut go: File,
        met: &Sender<io::Result<OwnedFd>>,
    ) -> io::Result<()> {
        let _ = SigSet::all().thread_block();
        let mut pid = [0; 4];
        if hello.read_exact(&mut pid).is_err() {
            return Ok(()); // it never was
        }
        self.program = i32::from_ne_bytes(pid);
        let _ = met.send(child::pidfd(self.program.unsigned_abs()));
        if let Err(error) = ptrace::seize(self.program) {
            go.write_all(&[0])?;
            return Err(error);
        }
        self.know(self.program);
        go.write_all(&[1])?;
        drop((hello, go));
        while self.has_begun || !ends_next(self.program) {
            let Ok((thread, change)) = ptrace::wait() else {
                break;
            };
            if !self.has_begun && matches!(change, Change::Executed) {
                self.has_begun = true;
                // Not before: of a process that could not become the program, who started it waits for the end,
                // and would take any stop for that. One that has been killed meanwhile is seen gone next.
                let _ = ptrace::tell_of_end(thread);
            }
            self.see(thread, change);
        }
        let omitted = self.ended.saturating_sub(CALLS_LIMIT);
        let counted = (omitted > 0).then_some(Some(omitted));
        let unseen = self.reaches.was_refused().then_some(None);
        for calls in counted.into_iter().chain(unseen) {
            let host = Arc::clone(&self.host);
            self.events.send(Event::Omitted(Omitted { host, calls }));
        }
        Ok(())
    }

    fn see(&mut self, thread: i32, change: Change) {
        let (onward, signal) = match change {
            Change::Gone(status) => {
                self.forget(thread, status);
                return;
            }
            Change::Entering => (self.enter(thread), 0),
            Change::Leaving => {
                self.reins.note(thread, Waiting::ForOthers);
                self.leave(thread);
                (Onward::UntilNextCall, 0)
            }
            Change::Begun => {
                self.know(thread);
                (Onward::UntilNextCall, 0)
            }
            Change::Executed => (self.become_another(thread), 0),
            Change::Ending => {
                self.begin_to_end(thread);
                (Onward::UntilNextCall, 0)
            }
            Change::Made => {
                self.know_made(thread);
                (Onward::UntilNextCall, 0)
            }
            Change::Paused => (Onward::StayPaused, 0),
            Change::Signalled(signal) => (Onward::UntilNextCall, signal),
        };
        // One that has been killed meanwhile is seen at its end next, or gone.
        if !has_changed(thread) {
            let _ = ptrace::resume(thread, onward, signal);
        }
    }

    fn know(&mut self, thread: i32) -> &mut Thread {
        self.threads.entry(thread).or_insert_with(|| {
            self.reins.add(thread);
            let process = process_of(thread).unwrap_or(thread);
            Thread {
                process,
                name: Arc::from(name_of(thread).as_str()),
                call: None,
                detour: None,
                end: End::NotYet,
            }
        })
    }

    /// A thread has made another, and waits until that is known: from then on its process may be followed
    /// further than what it made.
    fn know_made(&mut self, thread: i32) {
        let made = ptrace::made(thread).ok();
        // It may have ended, and been seen gone, already.
        if let Some(made) = made.filter(|made| process_of(*made).is_some()) {
            let maker = self.know(thread).process;
            let process = self.know(made).process;
            if process != maker {
                self.reaches.inherit(process, maker);
            }
        }
    }

    /// The thread's process has executed another program: only this thread is left of it.
    fn become_another(&mut self, thread: i32) -> Onward {
        let process = process_of(thread).unwrap_or(thread);
        self.reaches.renew(process);
        let before: Vec<i32> = self
            .of_process(process)
            .map(|(thread, _)| *thread)
            .collect();
        let mut execution = None;
        for other in before {
            if other != thread {
                self.reins.remove(other);
            }
            let call = self.threads.remove(&other).and_then(|other| other.call);
            execution = execution.or(call.filter(|call| call.request.shape == Shape::Execute));
        }
        let onward = match execution {
            Some(_) => Onward::UntilCallEnds,
            None => Onward::UntilNextCall,
        };
        self.know(thread).call = execution;
        onward
    }

    /// The last thread of a process takes its sockets with it.
    fn begin_to_end(&mut self, thread: i32) {
        let process = self.know(thread).process;
        let is_last = self
            .of_process(process)
            .all(|(other, state)| *other == thread || matches!(state.end, End::Begun(_)));
        let matter = is_last.then(|| self.world.end(thread, process)).flatten();
        let end = matter.map(|matter| {
            let (id, entered) = self.events.enter_call();
            Pending {
                id,
                number: u64::MAX,
                name: "exit",
                request: Request {
                    thread,
                    process,
                    shape: Shape::Close,
                    arguments: [0; 6],
                },
                matter,
                entered,
                interrupted: None,
            }
        });
        self.know(thread).end = End::Begun(end.map(Box::new));
    }

    fn of_process(&self, process: i32) -> impl Iterator<Item = (&i32, &Thread)> {
        let threads = self.threads.iter();
        threads.filter(move |(_, thread)| thread.process == process)
    }

    fn forget(&mut self, thread: i32, status: ExitStatus) {
        self.reins.remove(thread);
        if let Some(gone) = self.threads.remove(&thread) {
            if let Some(call) = gone.call {
                let name = Arc::clone(&gone.name);
                self.tell(call, name, gone.process, Outcome::NeverReturned);
            }
            if let End::Begun(Some(mut end)) = gone.end {
                if let Action::CloseAll { signal, .. } = &mut end.matter.action {
                    *signal = status.signal().and_then(names::signal);
                }
                let outcome = Outcome::Returned {
                    at: now(),
                    value: code_of(status),
                };
                self.tell(*end, gone.name, gone.process, outcome);
            }
            if self.of_process(gone.process).next().is_none() {
                self.reaches.forget(gone.process);
            }
        }
        if thread == self.program
            && let Some(report) = self.report.take()
        {
            let _ = report.send(status);
        }
    }

    fn enter(&mut self, thread: i32) -> Onward {
        let Ok(Some(entry)) = ptrace::entry(thread) else {
            return Onward::UntilNextCall;
        };
        let Some((name, shape)) = table::find(entry.number) else {
            return Onward::UntilNextCall;
        };
        let request = Request {
            thread,
            process: self.know(thread).process,
            shape,
            arguments: entry.arguments,
        };
        if let Some(detour) = self.reaches.before(&request, entry, &mut self.world) {
            let _ = ptrace::replace(thread, &detour.first);
            self.know(thread).detour = Some(detour);
            return Onward::UntilCallEnds;
        }
        if !self.has_begun {
            return Onward::UntilNextCall;
        }
        if self.goes_on(thread, &entry, shape) {
            return Onward::UntilCallEnds;
        }
        // Older programs sleep in a select of nothing.
        let selects = matches!(shape, Shape::Select | Shape::SelectPrecise);
        if shape == Shape::Sleep || (selects && entry.arguments[0] == 0) {
            self.reins.note(thread, Waiting::ForTime);
            return Onward::UntilCallEnds;
        }
        let Some(matter) = self.world.enter(&request) else {
            return Onward::UntilNextCall;
        };
        #[cfg(target_arch = "x86_64")]
        if shape == Shape::OpenRing {
            let _ = ptrace::refuse(thread);
        }
        let (id, entered) = self.events.enter_call();
        let call = Pending {
            id,
            number: entry.number,
            name,
            request,
            matter,
            entered,
            interrupted: None,
        };
        self.know(thread).call = Some(call);
        Onward::UntilCallEnds
    }

    /// Whether the thread goes on with a call that a signal had interrupted; if not, that call is over.
    fn goes_on(&mut self, thread: i32, entry: &Entry, shape: Shape) -> bool {
        let Some(begun) = self.threads.get_mut(&thread) else {
            return false;
        };
        let Some(mut call) = begun.call.take() else {
            return false;
        };
        let same = entry.number == call.number && entry.arguments == call.request.arguments;
        if shape == Shape::Restart || same {
            call.interrupted = None;
            begun.call = Some(call);
            return true;
        }
        let (name, process) = (Arc::clone(&begun.name), begun.process);
        let at = call.interrupted.unwrap_or(call.entered);
        let error = names::error(libc::EINTR);
        self.tell(call, name, process, Outcome::Failed { at, error });
        false
    }

    fn leave(&mut self, thread: i32) {
        let at = now();
        let Ok(value) = ptrace::returned(thread) else {
            return;
        };
        let Some(begun) = self.threads.get_mut(&thread) else {
            return;
        };
        if let Some(detour) = begun.detour.take() {
            self.reaches.after(begun.process, &detour, value);
            let _ = ptrace::repeat(thread, &detour.call);
            return;
        }
        let Some(mut call) = begun.call.take() else {
            return;
        };
        if is_to_be_restarted(value) {
            call.interrupted = Some(at);
            begun.call = Some(call);
            return;
        }
        let (name, process) = (Arc::clone(&begun.name), begun.process);
        self.world.leave(&call.request, value, &mut call.matter);
        let outcome = match u64::try_from(value) {
            Ok(value) => Outcome::Returned { at, value },
            Err(_) => Outcome::Failed {
                at,
                error: names::error(i32::try_from(-value).unwrap_or(0)),
            },
        };
        self.tell(call, name, process, outcome);
    }

    fn tell(&mut self, call: Pending, program: Arc<str>, process: i32, outcome: Outcome) {
        let failed_as_closed =
            matches!(outcome, Outcome::Failed { error, .. } if error.number == libc::EBADF);
        if call.matter.former.is_some() && !failed_as_closed {
            return; // another thread has opened something meanwhile
        }
        self.ended += 1;
        if self.ended > CALLS_LIMIT {
            return;
        }
        let Matter {
            descriptor,
            socket,
            former,
            action,
        } = call.matter;
        self.events.send_call(Call {
            id: call.id,
            host: Arc::clone(&self.host),
            program,
            pid: process.unsigned_abs(),
            tid: call.request.thread.unsigned_abs(),
            name: call.name,
            action,
            flags: names::flags(call.request.flags()),
            descriptor,
            socket,
            former,
            entered: call.entered,
            outcome,
        });
    }
}

/// What the kernel says inside when a signal has interrupted a call that may go on (`ERESTARTSYS`,
/// `ERESTARTNOINTR`, `ERESTARTNOHAND`, `ERESTART_RESTARTBLOCK`); programs never see it.
const fn is_to_be_restarted(value: i64) -> bool {
    matches!(value, -514..=-512 | -516)
}

/// How a process ended, as shells count: its code, or 128 and the number of the signal.
fn code_of(status: ExitStatus) -> u64 {
    let signal = || status.signal().map(|signal| 128 + signal);
    let code = status.code().or_else(signal).unwrap_or(0);
    u64::from(code.unsigned_abs())
}

fn process_of(thread: i32) -> Option<i32> {
    status_number(thread, "Tgid:")
}

fn status_number(thread: i32, key: &str) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let number = status.lines().find_map(|line| line.strip_prefix(key))?;
    number.trim().parse().ok()
}

fn name_of(thread: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{thread}/comm")).unwrap_or_default();
    name.trim_end_matches('\n').to_owned()
}
