//! How far the calls of a process are followed. A stop costs more than most calls: who has no internet socket
//! reads and writes files without any, and nobody is stopped at the standard streams before a socket may be
//! one of them.
//!
//! A filter cannot be changed, and only the process itself can add one. So, before a call that may give it its
//! first socket, it is made to: in the place of that call it makes another, and then the call itself again.

use std::collections::HashMap;
use std::io;

use seccompiler::BpfProgram;

use super::memory::Memory;
use super::request::{Request, World};
use super::sockets;
use super::table::{self, Shape};
use crate::sys::ptrace::Entry;

/// Which calls of a process stop. Each takes those before it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Those that sockets alone take, and those that make them or wait for a time.
    Sockets,
    /// Those that files take too, but for reading and writing the standard streams.
    Descriptors,
    /// These too.
    Streams,
}

impl Reach {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Sockets, Self::Descriptors, Self::Streams];

    /// That of a program that begins. A call can be replaced on this machine; elsewhere all stop at once.
    pub const FIRST: Self = if cfg!(target_arch = "x86_64") {
        Self::Sockets
    } else {
        Self::Streams
    };

    /// How far a process must be followed before it makes a call, being followed as far as `now`.
    fn needed(request: &Request, now: Self, world: &mut World) -> Self {
        let thread = request.thread;
        match request.shape {
            Shape::Confine | Shape::ConfineByControl => Self::Streams,
            Shape::Execute if world.has_socket_as_standard_stream(request) => Self::Streams,
            Shape::Open if !request.opens_internet() => now,
            // What comes next may get the number of a stream that is closed.
            Shape::Open | Shape::Adopt | Shape::ReceiveMessage | Shape::ReceiveMessages => {
                if sockets::has_standard_streams(thread) {
                    Self::Descriptors
                } else {
                    Self::Streams
                }
            }
            _ if now == Self::Sockets => now,
            Shape::Accept | Shape::Fcntl if !sockets::has_standard_streams(thread) => Self::Streams,
            Shape::Duplicate
                if request.names_standard_stream(1) || !sockets::has_standard_streams(thread) =>
            {
                Self::Streams
            }
            _ => now,
        }
    }
}

/// How far each process is followed.
pub struct Reaches {
    processes: HashMap<i32, Process>,
    /// The filters of what comes after [`Reach::FIRST`].
    wider: Vec<(Reach, BpfProgram)>,
    /// Whether a process could not be followed as far as it should.
    refused: bool,
}

#[derive(Clone, Copy)]
struct Process {
    reach: Reach,
    /// A page of its memory that is ours.
    page: Option<u64>,
    /// Whether it has executed another program: nothing of its maker's memory is left.
    has_executed: bool,
}

impl Process {
    const NEW: Self = Self {
        reach: Reach::FIRST,
        page: None,
        has_executed: false,
    };
}

/// A call that is made in the place of another one, which comes after it.
pub struct Detour {
    /// The one that is put off.
    pub call: Entry,
    /// The one that is made first.
    pub first: Entry,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    /// Get the page.
    Map,
    /// Take the filter on that is there.
    Widen(Reach),
}

impl Reaches {
    /// Nobody is known yet.
    ///
    /// # Errors
    /// As of [`table::filters`].
    pub fn new() -> io::Result<Self> {
        let wider = Reach::ALL
            .into_iter()
            .filter(|reach| *reach > Reach::FIRST)
            .map(|reach| Ok((reach, table::filter(reach)?)));
        Ok(Self {
            processes: HashMap::new(),
            wider: wider.collect::<io::Result<_>>()?,
            refused: false,
        })
    }

    /// What a process is to do before a call, for that and what comes after it to be followed.
    pub fn before(&mut self, request: &Request, call: Entry, world: &mut World) -> Option<Detour> {
        let process = self.processes.entry(request.process);
        let process = process.or_insert(Process::NEW);
        let needed = Reach::needed(request, process.reach, world);
        let (reach, filter) = self
            .wider
            .iter()
            .find(|(reach, _)| process.reach < *reach && *reach <= needed)?;
        let (first, step) = match process.page {
            None => (mapping(), Step::Map),
            Some(page) => {
                Memory::of(request.thread).put(page, &laid_out(filter, page));
                (widening(page), Step::Widen(*reach))
            }
        };
        Some(Detour { call, first, step })
    }

    /// What came of it. Where the kernel refused, it is not asked again.
    pub fn after(&mut self, process: i32, detour: &Detour, returned: i64) {
        let process = self.processes.entry(process).or_insert(Process::NEW);
        match (detour.step, u64::try_from(returned)) {
            (Step::Map, Ok(page)) => process.page = Some(page),
            (Step::Widen(reach), Ok(0)) => process.reach = process.reach.max(reach),
            _ => {
                process.reach = Reach::Streams;
                self.refused = true;
            }
        }
    }

    /// Whether the kernel refused to follow a process further, so that calls of it may not be told.
    pub const fn was_refused(&self) -> bool {
        self.refused
    }

    /// A process is followed as far as the one that has made it, whose memory it has, and further where it has gone
    /// on by itself before that was known. It need not be the maker's child: `CLONE_PARENT` of clone(2).
    pub fn inherit(&mut self, process: i32, maker: i32) {
        let maker = self.processes.get(&maker).copied();
        let maker = maker.unwrap_or(Process::NEW);
        let process = self.processes.entry(process).or_insert(Process::NEW);
        process.reach = process.reach.max(maker.reach);
        if !process.has_executed {
            process.page = process.page.or(maker.page);
        }
    }

    /// A process has executed another program: its memory is gone.
    pub fn renew(&mut self, process: i32) {
        let process = self.processes.entry(process).or_insert(Process::NEW);
        process.page = None;
        process.has_executed = true;
    }

    /// A process has ended.
    pub fn forget(&mut self, process: i32) {
        self.processes.remove(&process);
    }
}

const PAGE_BYTES: u64 = 4096;

/// `mmap`: a page that can be written.
fn mapping() -> Entry {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    Entry {
        number: libc::SYS_mmap.unsigned_abs(),
        arguments: [
            0,
            PAGE_BYTES,
            protection.unsigned_abs().into(),
            kind.unsigned_abs().into(),
            u64::MAX,
            0,
        ],
    }
}

/// `seccomp`: all threads of the process take the filter on that is at `page`.
fn widening(page: u64) -> Entry {
    Entry {
        number: libc::SYS_seccomp.unsigned_abs(),
        arguments: [
            libc::SECCOMP_SET_MODE_FILTER.into(),
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            page,
            0,
            0,
            0,
        ],
    }
}

/// A `struct sock_fprog` of a 64-bit machine that is at `page`, and its instructions behind it.
fn laid_out(filter: &BpfProgram, page: u64) -> Vec<u8> {
    const HEAD_BYTES: u64 = 16;
    let length = u16::try_from(filter.len()).unwrap_or(u16::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend([0; 6]);
    bytes.extend((page + HEAD_BYTES).to_ne_bytes());
    for instruction in filter {
        bytes.extend(instruction.code.to_ne_bytes());
        bytes.extend([instruction.jt, instruction.jf]);
        bytes.extend(instruction.k.to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_went_on_before_its_maker_was_known_keeps_what_it_has() {
        let mut reaches = Reaches::new().unwrap();
        let of = |reach, page| Process {
            reach,
            page,
            ..Process::NEW
        };
        reaches
            .processes
            .insert(1, of(Reach::Sockets, Some(0x1000)));
        reaches
            .processes
            .insert(2, of(Reach::Streams, Some(0x2000)));
        reaches
            .processes
            .insert(3, of(Reach::Streams, Some(0x3000)));
        reaches.inherit(2, 1);
        let widest = &reaches.processes[&2];
        assert_eq!((widest.reach, widest.page), (Reach::Streams, Some(0x2000)));
        reaches.renew(4);
        reaches.inherit(4, 3);
        let executed = &reaches.processes[&4];
        assert_eq!((executed.reach, executed.page), (Reach::Streams, None));
    }

    #[test]
    fn every_filter_has_room_in_a_page() {
        for reach in Reach::ALL {
            let filter = table::filter(reach).unwrap();
            assert!(laid_out(&filter, 0).len() as u64 <= PAGE_BYTES, "{reach:?}");
        }
    }
}
