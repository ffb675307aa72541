//! The sandbox of commands that only read: what is open stays open, and nothing else can be had.
//!
//! Landlock (Linux 5.13) keeps every file, every TCP port, and processes outside away; a seccomp filter
//! lets through the few system calls that reading, computing and writing need: no socket, no new process,
//! no file for writing. Each is used where the kernel has it. A call that is not let through fails with
//! `EPERM`; nothing is killed.

use std::collections::BTreeMap;
use std::io;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr as _,
    RulesetStatus, Scope,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::{NONE, become_caller};

/// What of the sandbox this kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// The version of Landlock that keeps files away; `None` where there is none.
    pub landlock: Option<i32>,
    /// How many system calls the filter lets through; `None` where there is no filter.
    pub system_calls: Option<usize>,
}

/// Enters the sandbox, with the calling thread and those that it will start. No privilege is left.
///
/// # Errors
/// Privilege cannot be given up.
pub fn enter() -> io::Result<Sandbox> {
    become_caller(NONE)?;
    Ok(confine())
}

fn confine() -> Sandbox {
    Sandbox {
        landlock: keep_files_away(),
        system_calls: filter_system_calls(),
    }
}

/// The newest version whose every restriction this sandbox asks for; of older kernels, what they have.
const NEWEST: ABI = ABI::V6;

fn keep_files_away() -> Option<i32> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .ok()?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => None,
        (_, LandlockStatus::Available { effective_abi, .. }) => Some(effective_abi as i32),
        _ => None,
    }
}

/// Puts the filters in force; how many calls they let through. `None` where the kernel or the processor
/// has no such filters.
fn filter_system_calls() -> Option<usize> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let calls = allowed()?;
    let count = calls.len();
    let refuse = |error: i32| SeccompAction::Errno(error.cast_unsigned());
    // In this order: the second one lets no filter through any more.
    let filters = [
        // The arguments of clone3(2) cannot be looked at: without it, the C library uses clone(2).
        (
            BTreeMap::from([(libc::SYS_clone3, Vec::new())]),
            SeccompAction::Allow,
            refuse(libc::ENOSYS),
        ),
        (calls, refuse(libc::EPERM), SeccompAction::Allow),
    ];
    for (calls, otherwise, matched) in filters {
        let filter = SeccompFilter::new(calls, otherwise, matched, architecture).ok()?;
        let program = BpfProgram::try_from(filter).ok()?;
        seccompiler::apply_filter(&program).ok()?;
    }
    Some(count)
}

/// The calls that are let through, with what must hold for their arguments.
fn allowed() -> Option<BTreeMap<i64, Vec<SeccompRule>>> {
    let mut calls: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // A thread of this process, and no process of its own.
    let thread = only_if(0, libc::CLONE_THREAD, libc::CLONE_THREAD)?;
    calls.insert(libc::SYS_clone, vec![thread]);
    // To read, and not to make.
    let writing = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
    calls.insert(libc::SYS_openat, vec![only_if(2, writing, libc::O_RDONLY)?]);
    // To ask of a terminal what it is and how large, and how much waits: not to type into it (TIOCSTI).
    let asked = [
        libc::TCGETS,
        libc::TCGETS2,
        libc::TIOCGWINSZ,
        libc::FIONREAD,
    ];
    let asked = asked.into_iter().map(|request| only_with(1, request));
    calls.insert(libc::SYS_ioctl, asked.collect::<Option<_>>()?);
    // This process: its own signals, and its own limits.
    let this_process = only_with(0, std::process::id().into())?;
    calls.insert(libc::SYS_tgkill, vec![this_process]);
    calls.insert(libc::SYS_prlimit64, vec![only_with(0, 0)?]);
    Some(calls)
}

/// That an argument has this value.
fn only_with(argument: u8, value: u64) -> Option<SeccompRule> {
    let equal = SeccompCmpOp::Eq;
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, equal, value);
    SeccompRule::new(vec![condition.ok()?]).ok()
}

/// That these bits of an argument have this value.
fn only_if(argument: u8, bits: i32, value: i32) -> Option<SeccompRule> {
    let (bits, value) = (u64::try_from(bits).ok()?, u64::try_from(value).ok()?);
    let masked = SeccompCmpOp::MaskedEq(bits);
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, masked, value);
    SeccompRule::new(vec![condition.ok()?]).ok()
}

/// What reading, computing, writing, threads and their end need.
const ALLOWED: &[i64] = &[
    // Reading and writing what is open.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fcntl,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    // What the standard library asks of the system.
    libc::SYS_readlinkat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    libc::SYS_getcwd,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_prctl,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    // Threads, signals, and the end.
    libc::SYS_clone3,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_futex,
    libc::SYS_membarrier,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;
    use std::net::{TcpListener, UdpSocket};
    use std::process::Command;
    use std::thread;

    use nix::errno::Errno;
    use nix::sys::termios::{FlowArg, tcflow, tcgetattr};

    use super::*;

    #[test]
    fn what_is_open_can_be_read_and_nothing_else_can_be_had() {
        let open_before = File::open("/proc/self/status").expect("readable");
        // A sandbox is a thread's own, and cannot be left.
        let inside = move || {
            let sandbox = confine();
            assert!(
                sandbox.landlock.is_some() && sandbox.system_calls.is_some(),
                "{sandbox:?}"
            );
            let mut text = String::new();
            (&open_before)
                .read_to_string(&mut text)
                .expect("it was open");
            assert!(text.contains("Name:"));
            assert!(File::open("/etc/passwd").is_err(), "a file is opened");
            assert!(
                File::create("/tmp/netinspect-sandboxed").is_err(),
                "a file is made"
            );
            assert!(
                TcpListener::bind("127.0.0.1:0").is_err(),
                "a TCP socket is opened"
            );
            assert!(
                UdpSocket::bind("127.0.0.1:0").is_err(),
                "a UDP socket is opened"
            );
            assert!(
                Command::new("/bin/true").spawn().is_err(),
                "a process is started"
            );
            let steered = tcflow(&open_before, FlowArg::TCOOFF);
            assert_eq!(steered, Err(Errno::EPERM), "a terminal is steered");
            let asked = tcgetattr(&open_before).map(drop);
            assert_eq!(asked, Err(Errno::ENOTTY), "a terminal can be asked");
            let sum = thread::spawn(|| 1 + 1).join().expect("threads can be had");
            assert_eq!(sum, 2);
        };
        thread::spawn(inside).join().expect("it holds");
    }
}
