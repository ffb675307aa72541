//! Child processes that cannot outlive us, and descriptors that stand for them: `pidfd_open(2)`.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{self, Command};

use seccompiler::BpfProgram;

/// The child is killed when the *thread* that spawned it ends, however it ends.
///
/// The child's own children are not.
pub fn die_with_this_thread(command: &mut Command) -> &mut Command {
    let parent = process::id();
    let ask_for_death = move || {
        // SAFETY: both calls are async-signal-safe and take or return plain integers.
        let orphaned = unsafe {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == -1 {
                return Err(io::Error::last_os_error());
            }
            u32::try_from(libc::getppid()) != Ok(parent)
        };
        if orphaned {
            // The parent went before the child could ask; nobody will send the signal any more.
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec. It allocates nothing (an error from a number is
    // none), takes no lock, and calls async-signal-safe functions only.
    unsafe { command.pre_exec(ask_for_death) }
}

/// What a child needs to be followed from its first instruction on.
#[derive(Debug)]
pub struct Rendezvous {
    /// Where the child writes its process identifier, four bytes in this machine's order.
    pub hello: OwnedFd,
    /// Where it reads one byte: 1 when it is followed, anything else when nobody will.
    pub go: OwnedFd,
    /// The filters that it runs under from then on. Without a follower, a call that one of them wants
    /// followed would fail.
    pub filters: Vec<BpfProgram>,
}

/// The child waits until somebody follows it, and then takes the filters on. When nobody will, the
/// program is not executed, and the error is `ECANCELED`.
pub fn wait_to_be_followed(command: &mut Command, rendezvous: Rendezvous) -> &mut Command {
    let meet = move || {
        let (hello, go) = (rendezvous.hello.as_raw_fd(), rendezvous.go.as_raw_fd());
        // SAFETY: prctl takes plain integers and getpid cannot fail; write and read get a live buffer of the
        // length given.
        let met = unsafe {
            // Who was root once may not be followed by its own user (under sudo) until it says so, as execve
            // will.
            libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0);
            let pid: [u8; 4] = libc::getpid().to_ne_bytes();
            let written = libc::write(hello, pid.as_ptr().cast(), pid.len());
            let mut byte = 0u8;
            written == 4 && libc::read(go, (&raw mut byte).cast(), 1) == 1 && byte == 1
        };
        if !met {
            return Err(io::Error::from_raw_os_error(libc::ECANCELED));
        }
        rendezvous.filters.iter().try_for_each(install_filter)
    };
    // SAFETY: the closure runs between fork and exec. It allocates nothing, takes no lock, and calls
    // async-signal-safe functions only.
    unsafe { command.pre_exec(meet) }
}

/// Puts the calling thread, and all that comes from it, under a filter: seccomp(2).
///
/// A thread without `CAP_SYS_ADMIN` gives up gaining privileges by executing programs.
fn install_filter(filter: &BpfProgram) -> io::Result<()> {
    #[repr(C)]
    struct Program {
        length: libc::c_ushort,
        instructions: *const seccompiler::sock_filter,
    }
    let program = Program {
        length: libc::c_ushort::try_from(filter.len())
            .map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?,
        instructions: filter.as_ptr(),
    };
    // SAFETY: `program` is laid out as struct sock_fprog, and points to as many instructions as it says.
    let install = || unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    };
    if install() == 0 {
        return Ok(());
    }
    // SAFETY: the arguments are plain integers.
    let given_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } == 0;
    if given_up && install() == 0 {
        return Ok(());
    }
    Err(io::Error::last_os_error())
}

/// The child gets the standard streams and no other descriptor of ours, not even one that was handed to
/// us; it can make so many processes and threads, counted with those of its user, a file of so many
/// bytes, and no core dump.
pub fn limit(command: &mut Command, processes: u64, file_bytes: u64) -> &mut Command {
    let limits = [
        (libc::RLIMIT_NPROC, processes),
        (libc::RLIMIT_FSIZE, file_bytes),
        (libc::RLIMIT_CORE, 0),
    ];
    let give_up = move || {
        for (resource, most) in limits {
            let mut limit = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: it is async-signal-safe, and `limit` is a live rlimit.
            let known = unsafe { libc::getrlimit(resource, &raw mut limit) } == 0;
            limit.rlim_max = limit.rlim_max.min(most);
            limit.rlim_cur = limit.rlim_max;
            // SAFETY: as above.
            if !known || unsafe { libc::setrlimit(resource, &raw const limit) } == -1 {
                return Err(io::Error::last_os_error());
            }
        }
        // At exec, not now: the standard library tells us through one of them how exec went.
        // SAFETY: the arguments are plain integers. Before Linux 5.11 there is no such call or flag;
        // then what others left open to us stays open to the child.
        unsafe {
            libc::syscall(
                libc::SYS_close_range,
                3,
                libc::c_uint::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            );
        }
        Ok(())
    };
    // SAFETY: as in `die_with_this_thread`.
    unsafe { command.pre_exec(give_up) }
}

/// A descriptor that becomes readable when the child `pid` has ended.
///
/// # Errors
/// `ESRCH` when there is no such process, `ENOSYS` before Linux 5.3.
pub fn pidfd(pid: u32) -> io::Result<OwnedFd> {
    let no_flags = 0;
    // SAFETY: the arguments are plain integers.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, no_flags) };
    let descriptor = i32::try_from(result).map_err(io::Error::other)?;
    if descriptor == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened it for us, close-on-exec, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}
