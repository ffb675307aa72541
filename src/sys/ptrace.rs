//! Following other threads from system call to system call: ptrace(2), for calls that a seccomp filter
//! answers with `SECCOMP_RET_TRACE`.
//!
//! Signals are plain numbers here: a program may use real-time signals, which have no names.

use std::io;
use std::mem;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::ptr;

use nix::unistd::Pid;

/// Why a followed thread has changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has ended, in this way, and is reaped. It can no more be resumed.
    Gone(ExitStatus),
    /// It is about to enter a call that the filter names.
    Entering,
    /// It has left the call; only after [`Onward::UntilCallEnds`].
    Leaving,
    /// It is a new thread or process, and stops before its first instruction; or it goes on after a pause.
    Begun,
    /// It is about to end, in whatever way; its descriptors are still there.
    Ending,
    /// It has made a thread or process.
    Made,
    /// It has executed another program.
    Executed,
    /// It was stopped by a signal such as `SIGSTOP`, and stays so until `SIGCONT`.
    Paused,
    /// This signal is about to be delivered.
    Signalled(i32),
}

/// How far a stopped thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// To the next call that the filter names.
    UntilNextCall,
    /// To the end of the call that it is in.
    UntilCallEnds,
    /// Nowhere: it stays paused until `SIGCONT`.
    StayPaused,
}

/// A call as it is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, of this machine's own architecture.
    pub number: u64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// What is told of a program that is followed.
const OPTIONS: libc::c_int = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_EXITKILL;

/// Follows `pid` and everything that it makes from now on; all of it is killed when the calling thread
/// ends. That it is about to end is told only [from when that is asked for](tell_of_end).
///
/// # Errors
/// `EPERM` when this process may not follow that one.
pub fn seize(pid: i32) -> io::Result<()> {
    let options = usize::try_from(OPTIONS).map_err(io::Error::other)?;
    // SAFETY: PTRACE_SEIZE takes plain integers.
    unsafe { request(libc::PTRACE_SEIZE, pid, 0, options) }.map(drop)
}

/// From now on it is told before `pid`, which is stopped, and what it makes from now on, ends.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
pub fn tell_of_end(pid: i32) -> io::Result<()> {
    let options = usize::try_from(OPTIONS | libc::PTRACE_O_TRACEEXIT).map_err(io::Error::other)?;
    // SAFETY: PTRACE_SETOPTIONS takes plain integers.
    unsafe { request(libc::PTRACE_SETOPTIONS, pid, 0, options) }.map(drop)
}

/// Waits until one of the threads that the calling thread follows has changed its state.
///
/// # Errors
/// `ECHILD` when none is left.
pub fn wait() -> io::Result<(i32, Change)> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is valid for writes.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD) };
        if pid != -1 {
            return Ok((pid, change(status)));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn change(status: libc::c_int) -> Change {
    if !libc::WIFSTOPPED(status) {
        return Change::Gone(ExitStatus::from_raw(status));
    }
    let signal = libc::WSTOPSIG(status);
    match status >> 16 {
        libc::PTRACE_EVENT_SECCOMP => Change::Entering,
        libc::PTRACE_EVENT_EXEC => Change::Executed,
        libc::PTRACE_EVENT_EXIT => Change::Ending,
        libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK => {
            Change::Made
        }
        libc::PTRACE_EVENT_STOP if signal == libc::SIGTRAP => Change::Begun,
        libc::PTRACE_EVENT_STOP => Change::Paused,
        _ if signal == libc::SIGTRAP | 0x80 => Change::Leaving,
        _ => Change::Signalled(signal),
    }
}

/// The thread or process that one has just [made](Change::Made).
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
pub fn made(pid: i32) -> io::Result<i32> {
    let made = nix::sys::ptrace::getevent(Pid::from_raw(pid))?;
    i32::try_from(made).map_err(io::Error::other)
}

/// Lets a stopped thread go on; `signal` is delivered to it, 0 is none.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
pub fn resume(pid: i32, onward: Onward, signal: i32) -> io::Result<()> {
    let order = match onward {
        Onward::UntilNextCall => libc::PTRACE_CONT,
        Onward::UntilCallEnds => libc::PTRACE_SYSCALL,
        Onward::StayPaused => libc::PTRACE_LISTEN,
    };
    let signal = usize::try_from(signal).map_err(io::Error::other)?;
    // SAFETY: these orders take plain integers.
    unsafe { request(order, pid, 0, signal) }.map(drop)
}

/// The call that a thread is [about to enter](Change::Entering); `None` of one of another architecture.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
pub fn entry(pid: i32) -> io::Result<Option<Entry>> {
    let info = syscall_info(pid)?;
    if info.op != libc::PTRACE_SYSCALL_INFO_SECCOMP {
        return Ok(None);
    }
    // SAFETY: the kernel says by `op` that it filled this variant in.
    let seccomp = unsafe { info.u.seccomp };
    Ok(Some(Entry {
        number: seccomp.nr,
        arguments: seccomp.args,
    }))
}

/// Lets a call that a thread is [about to enter](Change::Entering) fail with `ENOSYS`, as a kernel does that
/// does not know it.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
#[cfg(target_arch = "x86_64")]
pub fn refuse(pid: i32) -> io::Result<()> {
    // A call with no number is left out, and the kernel has put the error there before.
    let number = mem::offset_of!(libc::user_regs_struct, orig_rax);
    // SAFETY: PTRACE_POKEUSER takes an offset into struct user, which begins with the registers, and a word.
    unsafe { request(libc::PTRACE_POKEUSER, pid, number, usize::MAX) }.map(drop)
}

/// Puts another call in the place of the one that a thread is [about to enter](Change::Entering). Filters do
/// not stop that one again.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
#[cfg(target_arch = "x86_64")]
pub fn replace(pid: i32, call: &Entry) -> io::Result<()> {
    let pid = Pid::from_raw(pid);
    let mut registers = nix::sys::ptrace::getregs(pid)?;
    registers.orig_rax = call.number;
    put_arguments(&mut registers, call);
    Ok(nix::sys::ptrace::setregs(pid, registers)?)
}

/// Lets a thread that is [leaving](Change::Leaving) a call make this one next, as one that a signal had
/// interrupted is made again. A signal that comes now is handled before it.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
#[cfg(target_arch = "x86_64")]
pub fn repeat(pid: i32, call: &Entry) -> io::Result<()> {
    const CALL_INSTRUCTION_BYTES: u64 = 2;
    let pid = Pid::from_raw(pid);
    let mut registers = nix::sys::ptrace::getregs(pid)?;
    registers.rip -= CALL_INSTRUCTION_BYTES;
    registers.rax = call.number;
    put_arguments(&mut registers, call);
    Ok(nix::sys::ptrace::setregs(pid, registers)?)
}

/// Not written for other machines, where nobody asks for it: see `Reach::FIRST` of the lab.
///
/// # Errors
/// Always.
#[cfg(not(target_arch = "x86_64"))]
pub fn replace(_: i32, _: &Entry) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// As [`replace`].
///
/// # Errors
/// Always.
#[cfg(not(target_arch = "x86_64"))]
pub fn repeat(_: i32, _: &Entry) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_arch = "x86_64")]
const fn put_arguments(registers: &mut libc::user_regs_struct, call: &Entry) {
    [
        registers.rdi,
        registers.rsi,
        registers.rdx,
        registers.r10,
        registers.r8,
        registers.r9,
    ] = call.arguments;
}

/// What the call returned that a thread is [leaving](Change::Leaving): a negative number is an error's.
///
/// # Errors
/// `ESRCH` when it has been killed meanwhile.
pub fn returned(pid: i32) -> io::Result<i64> {
    let info = syscall_info(pid)?;
    if info.op != libc::PTRACE_SYSCALL_INFO_EXIT {
        return Err(io::Error::other("the thread is not at the end of a call"));
    }
    // SAFETY: the kernel says by `op` that it filled this variant in.
    Ok(unsafe { info.u.exit.sval })
}

fn syscall_info(pid: i32) -> io::Result<libc::ptrace_syscall_info> {
    // SAFETY: every field is an integer, for which zero is valid.
    let mut info: libc::ptrace_syscall_info = unsafe { mem::zeroed() };
    let size = mem::size_of::<libc::ptrace_syscall_info>();
    // SAFETY: `info` is valid for writes of `size` bytes.
    unsafe {
        request(
            libc::PTRACE_GET_SYSCALL_INFO,
            pid,
            size,
            ptr::from_mut(&mut info) as usize,
        )
    }?;
    Ok(info)
}

/// # Safety
/// `address` and `data` must be what the order takes.
#[allow(clippy::unnecessary_cast)] // the type of orders differs between C libraries
unsafe fn request(
    order: libc::c_uint,
    pid: i32,
    address: usize,
    data: usize,
) -> io::Result<libc::c_long> {
    // SAFETY: the caller vouches for the arguments.
    let result = unsafe { libc::ptrace(order as _, pid, address, data) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}
