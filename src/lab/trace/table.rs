//! Which system calls are followed, and how each lays its arguments out.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use std::collections::BTreeMap;
use std::io;

use super::reach::Reach;

/// What a call does, and where its arguments are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "newer machines do without some of the calls")
)]
pub enum Shape {
    /// `socket(family, type, protocol)`
    Open,
    /// `bind(fd, address, length)`
    Bind,
    /// `listen(fd, backlog)`
    Listen,
    /// `accept(fd, address, length, …)`
    Accept,
    /// `connect(fd, address, length)`
    Connect,
    /// `write(fd, buffer, length)`
    Write,
    /// `read(fd, buffer, length)`
    Read,
    /// `writev(fd, buffers, count)`
    WriteMany,
    /// `readv(fd, buffers, count)`
    ReadMany,
    /// `sendto(fd, buffer, length, flags, address, length)`
    SendTo,
    /// `recvfrom(fd, buffer, length, flags, address, length)`
    ReceiveFrom,
    /// `sendmsg(fd, message, flags)`
    SendMessage,
    /// `recvmsg(fd, message, flags)`
    ReceiveMessage,
    /// `sendmmsg(fd, messages, count, flags)`
    SendMessages,
    /// `recvmmsg(fd, messages, count, flags, timeout)`
    ReceiveMessages,
    /// `sendfile(to, from, offset, length)`
    SendFile,
    /// `splice(from, offset, to, offset, length, flags)`
    Splice,
    /// `shutdown(fd, how)`
    Shutdown,
    /// `close(fd)`
    Close,
    /// `close_range(first, last, flags)`
    CloseRange,
    /// `execve(…)`, which closes descriptors that are marked so
    Execute,
    /// `io_uring_setup(entries, parameters)`
    OpenRing,
    /// `setsockopt(fd, level, option, value, length)`
    SetOption,
    /// `getsockopt(fd, level, option, value, length)`
    GetOption,
    /// `getsockname(fd, address, length)`
    AskAddress,
    /// `fcntl(fd, command, argument)`
    Fcntl,
    /// `ioctl(fd, FIONBIO, value)`
    Ioctl,
    /// `dup(fd, …)`
    Duplicate,
    /// `poll(entries, count, milliseconds)`
    Poll,
    /// `ppoll(entries, count, timespec, …)`
    PollPrecise,
    /// `select(count, read, write, except, timeval)`
    Select,
    /// `pselect6(count, read, write, except, timespec, …)`
    SelectPrecise,
    /// `epoll_wait(epoll, events, count, milliseconds)`
    EpollWait,
    /// `epoll_pwait2(epoll, events, count, timespec)`
    EpollWaitPrecise,
    /// `nanosleep(…)`: no call on a socket, but who sleeps does not wait for others
    Sleep,
    /// `restart_syscall()`, with which the kernel goes on with a wait that a signal had interrupted
    Restart,
    /// `pidfd_getfd(pidfd, fd, flags)`, which may give a socket of another process
    Adopt,
    /// `seccomp(…)`: a filter of the program's own, which might refuse ours
    Confine,
    /// `prctl(PR_SET_SECCOMP, …)`: the same
    ConfineByControl,
}

impl Shape {
    /// From where on such a call is followed.
    const fn reach(self) -> Reach {
        match self {
            Self::Write
            | Self::Read
            | Self::WriteMany
            | Self::ReadMany
            | Self::SendFile
            | Self::Splice
            | Self::Close
            | Self::Poll
            | Self::PollPrecise
            | Self::EpollWait
            | Self::EpollWaitPrecise => Reach::Descriptors,
            _ => Reach::Sockets,
        }
    }
}

type Row = (libc::c_long, &'static str, Shape);

/// The calls that every machine has.
const EVERYWHERE: &[Row] = &[
    (libc::SYS_socket, "socket", Shape::Open),
    (libc::SYS_bind, "bind", Shape::Bind),
    (libc::SYS_listen, "listen", Shape::Listen),
    (libc::SYS_accept, "accept", Shape::Accept),
    (libc::SYS_accept4, "accept4", Shape::Accept),
    (libc::SYS_connect, "connect", Shape::Connect),
    (libc::SYS_write, "write", Shape::Write),
    (libc::SYS_read, "read", Shape::Read),
    (libc::SYS_writev, "writev", Shape::WriteMany),
    (libc::SYS_readv, "readv", Shape::ReadMany),
    (libc::SYS_sendto, "sendto", Shape::SendTo),
    (libc::SYS_recvfrom, "recvfrom", Shape::ReceiveFrom),
    (libc::SYS_sendmsg, "sendmsg", Shape::SendMessage),
    (libc::SYS_recvmsg, "recvmsg", Shape::ReceiveMessage),
    (libc::SYS_sendmmsg, "sendmmsg", Shape::SendMessages),
    (libc::SYS_recvmmsg, "recvmmsg", Shape::ReceiveMessages),
    (libc::SYS_sendfile, "sendfile", Shape::SendFile),
    (libc::SYS_splice, "splice", Shape::Splice),
    (libc::SYS_shutdown, "shutdown", Shape::Shutdown),
    (libc::SYS_close, "close", Shape::Close),
    (libc::SYS_close_range, "close_range", Shape::CloseRange),
    (libc::SYS_execve, "execve", Shape::Execute),
    (libc::SYS_execveat, "execveat", Shape::Execute),
    (libc::SYS_setsockopt, "setsockopt", Shape::SetOption),
    (libc::SYS_getsockopt, "getsockopt", Shape::GetOption),
    (libc::SYS_getsockname, "getsockname", Shape::AskAddress),
    (libc::SYS_getpeername, "getpeername", Shape::AskAddress),
    (libc::SYS_fcntl, "fcntl", Shape::Fcntl),
    (libc::SYS_ioctl, "ioctl", Shape::Ioctl),
    (libc::SYS_dup, "dup", Shape::Duplicate),
    (libc::SYS_dup3, "dup3", Shape::Duplicate),
    (libc::SYS_ppoll, "ppoll", Shape::PollPrecise),
    (libc::SYS_pselect6, "pselect6", Shape::SelectPrecise),
    (libc::SYS_epoll_pwait, "epoll_pwait", Shape::EpollWait),
    (
        libc::SYS_epoll_pwait2,
        "epoll_pwait2",
        Shape::EpollWaitPrecise,
    ),
    (libc::SYS_nanosleep, "nanosleep", Shape::Sleep),
    (libc::SYS_clock_nanosleep, "clock_nanosleep", Shape::Sleep),
    (libc::SYS_restart_syscall, "restart_syscall", Shape::Restart),
    (libc::SYS_pidfd_getfd, "pidfd_getfd", Shape::Adopt),
    (libc::SYS_seccomp, "seccomp", Shape::Confine),
    (libc::SYS_prctl, "prctl", Shape::ConfineByControl),
];

/// Those that newer machines do without, or where more can be done.
#[cfg(target_arch = "x86_64")]
const HERE: &[Row] = &[
    (libc::SYS_poll, "poll", Shape::Poll),
    (libc::SYS_select, "select", Shape::Select),
    (libc::SYS_epoll_wait, "epoll_wait", Shape::EpollWait),
    (libc::SYS_dup2, "dup2", Shape::Duplicate),
    (libc::SYS_io_uring_setup, "io_uring_setup", Shape::OpenRing),
];
#[cfg(not(target_arch = "x86_64"))]
const HERE: &[Row] = &[];

/// The calls of `io_uring` that are refused by the filter. Its setup is by the follower, who tells of it, where
/// it [can](crate::sys::ptrace::refuse).
const UNFOLLOWED: &[libc::c_long] = &[
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    #[cfg(not(target_arch = "x86_64"))]
    libc::SYS_io_uring_setup,
];

/// The name and shape of a call that is followed.
pub fn find(number: u64) -> Option<(&'static str, Shape)> {
    let number = libc::c_long::try_from(number).ok()?;
    let rows = EVERYWHERE.iter().chain(HERE);
    let row = rows.into_iter().find(|row| row.0 == number)?;
    Some((row.1, row.2))
}

/// The filters that a program begins with: calls stop as far as a program without a socket needs it, and
/// `io_uring`, which would go round them, is answered as an older kernel does.
///
/// # Errors
/// There is no filter for this machine's architecture.
pub fn filters() -> io::Result<Vec<BpfProgram>> {
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let refused = UNFOLLOWED.iter().map(|number| (*number, Vec::new()));
    let mut filters = vec![compile(refused.collect(), unknown)?];
    for reach in Reach::ALL {
        if reach <= Reach::FIRST {
            filters.push(filter(reach)?);
        }
    }
    Ok(filters)
}

/// The filter that comes to those of less reach.
///
/// # Errors
/// As of [`filters`].
pub fn filter(reach: Reach) -> io::Result<BpfProgram> {
    let mut followed = BTreeMap::new();
    for (number, _, shape) in EVERYWHERE.iter().chain(HERE) {
        if let Some(rules) = rules(*shape, reach)? {
            followed.insert(*number, rules);
        }
    }
    compile(followed, SeccompAction::Trace(0))
}

/// Of a call, what stops from this reach on: all of it where there is no rule; `None`: nothing.
fn rules(shape: Shape, reach: Reach) -> io::Result<Option<Vec<SeccompRule>>> {
    let moves_bytes = matches!(
        shape,
        Shape::Read | Shape::Write | Shape::ReadMany | Shape::WriteMany
    );
    if reach == Reach::Streams && moves_bytes {
        return Ok(Some(Vec::new()));
    }
    if reach != shape.reach() {
        return Ok(None);
    }
    // Of calls that do much else, those that are about waiting and descriptors.
    let (argument, is, values): (u8, _, &[libc::c_int]) = match shape {
        _ if moves_bytes => (0, SeccompCmpOp::Gt, &[libc::STDERR_FILENO]),
        Shape::Fcntl => (
            1,
            SeccompCmpOp::Eq,
            &[libc::F_SETFL, libc::F_DUPFD, libc::F_DUPFD_CLOEXEC],
        ),
        #[allow(clippy::cast_possible_truncation)] // its type differs between C libraries
        Shape::Ioctl => (1, SeccompCmpOp::Eq, &[libc::FIONBIO as libc::c_int]),
        Shape::ConfineByControl => (0, SeccompCmpOp::Eq, &[libc::PR_SET_SECCOMP]),
        _ => return Ok(Some(Vec::new())),
    };
    let rule = |value: &libc::c_int| {
        let value = u64::from(value.unsigned_abs());
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is.clone(), value);
        SeccompRule::new(vec![condition.map_err(io::Error::other)?]).map_err(io::Error::other)
    };
    values.iter().map(rule).collect::<io::Result<_>>().map(Some)
}

fn compile(
    rules: BTreeMap<libc::c_long, Vec<SeccompRule>>,
    action: SeccompAction,
) -> io::Result<BpfProgram> {
    #[allow(clippy::useless_conversion)] // the crate's numbers have 64 bits everywhere
    let rules = rules
        .into_iter()
        .map(|(number, rules)| (i64::from(number), rules));
    let here = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    let filter = SeccompFilter::new(rules.collect(), SeccompAction::Allow, action, here);
    let filter = filter.map_err(io::Error::other)?;
    let mut program = BpfProgram::try_from(filter).map_err(io::Error::other)?;
    // The crate kills a program of another architecture, such as a 32-bit one. Such a program runs,
    // unfollowed.
    for instruction in &mut program {
        if instruction.code == RETURN && instruction.k == libc::SECCOMP_RET_KILL_PROCESS {
            instruction.k = libc::SECCOMP_RET_ALLOW;
        }
    }
    Ok(program)
}

/// `BPF_RET | BPF_K`: ends a filter with the constant.
const RETURN: u16 = 0x06;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;

    #[test]
    fn every_call_that_is_followed_is_explained() {
        for (_, name, _) in EVERYWHERE.iter().chain(HERE) {
            assert!(Topic::find(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn no_filter_kills_a_program() {
        let wider = Reach::ALL.map(|reach| filter(reach).unwrap());
        for filter in filters().unwrap().into_iter().chain(wider) {
            let answers = filter.iter().filter(|step| step.code == RETURN);
            assert!(answers.clone().count() >= 2);
            for answer in answers {
                assert!(
                    answer.k == libc::SECCOMP_RET_ALLOW
                        || answer.k & !0xffff == libc::SECCOMP_RET_TRACE
                        || answer.k == libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs(),
                    "{:#x}",
                    answer.k
                );
            }
        }
    }

    #[test]
    fn a_call_is_found_by_this_machines_number() {
        let number = u64::try_from(libc::SYS_connect).unwrap();
        assert_eq!(find(number), Some(("connect", Shape::Connect)));
        assert_eq!(find(u64::MAX), None);
    }
}
