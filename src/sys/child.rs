//! Child processes that cannot outlive us, and descriptors that stand for them: `pidfd_open(2)`.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{self, Command};

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
