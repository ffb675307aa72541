//! Options of sockets: socket(7), tcp(7), ip(7), ipv6(7).

use crate::model::call::OptionValue;

use super::memory::Memory;
use super::names;

/// What an option's value is.
#[derive(Clone, Copy)]
enum Kind {
    /// An `int`.
    Number,
    /// The number of an error, or 0.
    Error,
    /// A `timeval`.
    Time,
    /// A `linger`.
    Linger,
    /// A text, an address, or many numbers.
    Other,
}

/// Level, number, name and kind of an option.
type Row = (i32, i32, &'static str, Kind);

/// The options that socket programs set.
const OPTIONS: &[Row] = &[
    (
        libc::SOL_SOCKET,
        libc::SO_REUSEADDR,
        "SO_REUSEADDR",
        Kind::Number,
    ),
    (
        libc::SOL_SOCKET,
        libc::SO_REUSEPORT,
        "SO_REUSEPORT",
        Kind::Number,
    ),
    (
        libc::SOL_SOCKET,
        libc::SO_KEEPALIVE,
        "SO_KEEPALIVE",
        Kind::Number,
    ),
    (
        libc::SOL_SOCKET,
        libc::SO_BROADCAST,
        "SO_BROADCAST",
        Kind::Number,
    ),
    (libc::SOL_SOCKET, libc::SO_SNDBUF, "SO_SNDBUF", Kind::Number),
    (libc::SOL_SOCKET, libc::SO_RCVBUF, "SO_RCVBUF", Kind::Number),
    (libc::SOL_SOCKET, libc::SO_LINGER, "SO_LINGER", Kind::Linger),
    (
        libc::SOL_SOCKET,
        libc::SO_RCVTIMEO,
        "SO_RCVTIMEO",
        Kind::Time,
    ),
    (
        libc::SOL_SOCKET,
        libc::SO_SNDTIMEO,
        "SO_SNDTIMEO",
        Kind::Time,
    ),
    (
        libc::SOL_SOCKET,
        libc::SO_RCVLOWAT,
        "SO_RCVLOWAT",
        Kind::Number,
    ),
    (libc::SOL_SOCKET, libc::SO_ERROR, "SO_ERROR", Kind::Error),
    (libc::SOL_SOCKET, libc::SO_TYPE, "SO_TYPE", Kind::Number),
    (
        libc::SOL_SOCKET,
        libc::SO_BINDTODEVICE,
        "SO_BINDTODEVICE",
        Kind::Other,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_NODELAY,
        "TCP_NODELAY",
        Kind::Number,
    ),
    (libc::IPPROTO_TCP, libc::TCP_CORK, "TCP_CORK", Kind::Number),
    (
        libc::IPPROTO_TCP,
        libc::TCP_MAXSEG,
        "TCP_MAXSEG",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_KEEPIDLE,
        "TCP_KEEPIDLE",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_KEEPINTVL,
        "TCP_KEEPINTVL",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_KEEPCNT,
        "TCP_KEEPCNT",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_DEFER_ACCEPT,
        "TCP_DEFER_ACCEPT",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_QUICKACK,
        "TCP_QUICKACK",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_USER_TIMEOUT,
        "TCP_USER_TIMEOUT",
        Kind::Number,
    ),
    (
        libc::IPPROTO_TCP,
        libc::TCP_FASTOPEN,
        "TCP_FASTOPEN",
        Kind::Number,
    ),
    (libc::IPPROTO_TCP, libc::TCP_INFO, "TCP_INFO", Kind::Other),
    (libc::IPPROTO_IP, libc::IP_TTL, "IP_TTL", Kind::Number),
    (libc::IPPROTO_IP, libc::IP_TOS, "IP_TOS", Kind::Number),
    (
        libc::IPPROTO_IP,
        libc::IP_MTU_DISCOVER,
        "IP_MTU_DISCOVER",
        Kind::Number,
    ),
    (
        libc::IPPROTO_IP,
        libc::IP_ADD_MEMBERSHIP,
        "IP_ADD_MEMBERSHIP",
        Kind::Other,
    ),
    (
        libc::IPPROTO_IP,
        libc::IP_RECVERR,
        "IP_RECVERR",
        Kind::Number,
    ),
    (
        libc::IPPROTO_IPV6,
        libc::IPV6_V6ONLY,
        "IPV6_V6ONLY",
        Kind::Number,
    ),
    (
        libc::IPPROTO_IPV6,
        libc::IPV6_RECVERR,
        "IPV6_RECVERR",
        Kind::Number,
    ),
];

fn find(level: u64, option: u64) -> Option<&'static Row> {
    let is = |number: i32, given: u64| u64::try_from(number) == Ok(given & 0xffff_ffff);
    let mut known = OPTIONS.iter();
    known.find(|(of, number, ..)| is(*of, level) && is(*number, option))
}

/// The name of an option, where it has one here.
pub fn name(level: u64, option: u64) -> Option<&'static str> {
    find(level, option).map(|row| row.2)
}

/// The value of an option that is at this address; `None` where it is neither a number nor a time.
pub fn value(level: u64, option: u64, memory: Memory, address: u64) -> Option<OptionValue> {
    let kind = find(level, option).map_or(Kind::Other, |row| row.3);
    match kind {
        Kind::Number => memory.int(address).map(OptionValue::Number),
        Kind::Error => Some(match memory.int(address)? {
            0 => OptionValue::Number(0),
            number => OptionValue::Error(names::error(number)),
        }),
        Kind::Time => {
            let seconds = memory.long(address)?;
            let microseconds = memory.long(address.checked_add(8)?)?;
            let whole = seconds.checked_mul(1_000_000)?;
            Some(OptionValue::Wait {
                microseconds: whole.checked_add(microseconds)?,
            })
        }
        Kind::Linger => {
            let is_on = memory.int(address)? != 0;
            let seconds = memory.int(address.checked_add(4)?)?;
            Some(OptionValue::Linger {
                seconds: is_on.then_some(seconds),
            })
        }
        Kind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;

    #[test]
    fn every_option_that_is_shown_is_explained() {
        for (_, _, name, _) in OPTIONS {
            assert!(Topic::find(name).is_ok(), "{name}");
        }
    }
}
