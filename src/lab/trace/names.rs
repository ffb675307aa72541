//! Names of errors and flags, as the manual pages have them.

use nix::sys::signal::Signal;

use crate::model::call::CallError;

/// The errors that socket calls give.
const ERRORS: &[(i32, &str)] = &[
    (libc::EACCES, "EACCES"),
    (libc::EADDRINUSE, "EADDRINUSE"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::EALREADY, "EALREADY"),
    (libc::EBADF, "EBADF"),
    (libc::ECONNABORTED, "ECONNABORTED"),
    (libc::ECONNREFUSED, "ECONNREFUSED"),
    (libc::ECONNRESET, "ECONNRESET"),
    (libc::EDESTADDRREQ, "EDESTADDRREQ"),
    (libc::EFAULT, "EFAULT"),
    (libc::EHOSTDOWN, "EHOSTDOWN"),
    (libc::EHOSTUNREACH, "EHOSTUNREACH"),
    (libc::EINPROGRESS, "EINPROGRESS"),
    (libc::EINTR, "EINTR"),
    (libc::EINVAL, "EINVAL"),
    (libc::EISCONN, "EISCONN"),
    (libc::EMFILE, "EMFILE"),
    (libc::EMSGSIZE, "EMSGSIZE"),
    (libc::ENETDOWN, "ENETDOWN"),
    (libc::ENETUNREACH, "ENETUNREACH"),
    (libc::ENFILE, "ENFILE"),
    (libc::ENOBUFS, "ENOBUFS"),
    (libc::ENOENT, "ENOENT"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::ENOPROTOOPT, "ENOPROTOOPT"),
    (libc::ENOSYS, "ENOSYS"),
    (libc::ENOTCONN, "ENOTCONN"),
    (libc::ENOTSOCK, "ENOTSOCK"),
    (libc::EOPNOTSUPP, "EOPNOTSUPP"),
    (libc::EPERM, "EPERM"),
    (libc::EPIPE, "EPIPE"),
    (libc::EPROTONOSUPPORT, "EPROTONOSUPPORT"),
    (libc::ETIMEDOUT, "ETIMEDOUT"),
];

/// The flags of calls that send or receive.
const FLAGS: &[(i32, &str)] = &[
    (libc::MSG_OOB, "MSG_OOB"),
    (libc::MSG_PEEK, "MSG_PEEK"),
    (libc::MSG_DONTROUTE, "MSG_DONTROUTE"),
    (libc::MSG_TRUNC, "MSG_TRUNC"),
    (libc::MSG_DONTWAIT, "MSG_DONTWAIT"),
    (libc::MSG_EOR, "MSG_EOR"),
    (libc::MSG_WAITALL, "MSG_WAITALL"),
    (libc::MSG_CONFIRM, "MSG_CONFIRM"),
    (libc::MSG_ERRQUEUE, "MSG_ERRQUEUE"),
    (libc::MSG_NOSIGNAL, "MSG_NOSIGNAL"),
    (libc::MSG_MORE, "MSG_MORE"),
    (libc::MSG_WAITFORONE, "MSG_WAITFORONE"),
    (libc::MSG_ZEROCOPY, "MSG_ZEROCOPY"),
    (libc::MSG_FASTOPEN, "MSG_FASTOPEN"),
    (libc::MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"),
];

/// The names of the flags with which a call sends or receives.
pub fn flags(given: i32) -> Vec<&'static str> {
    let set = FLAGS.iter().filter(|(flag, _)| given & flag != 0);
    set.map(|(_, name)| *name).collect()
}

/// The name of a signal; a real-time one has none.
pub fn signal(number: i32) -> Option<&'static str> {
    Signal::try_from(number).ok().map(Signal::as_str)
}

/// An error of the kernel's.
pub fn error(number: i32) -> CallError {
    let known = ERRORS.iter().find(|(known, _)| *known == number);
    CallError {
        number,
        name: known.map_or("another error", |(_, name)| name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;

    #[test]
    fn every_name_that_is_shown_is_explained() {
        let errors = ERRORS.iter().map(|(_, name)| name);
        let flags = FLAGS.iter().map(|(_, name)| name);
        for name in errors.chain(flags) {
            assert!(Topic::find(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_error_has_the_words_that_programs_print_for_it() {
        for (number, name, meaning) in [
            (libc::EAGAIN, "EAGAIN", "Resource temporarily unavailable"),
            (libc::EBADF, "EBADF", "Bad file descriptor"),
            (libc::ECONNREFUSED, "ECONNREFUSED", "Connection refused"),
        ] {
            let error = error(number);
            assert_eq!((error.name, error.meaning().as_str()), (name, meaning));
        }
    }
}
