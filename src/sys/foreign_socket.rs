//! What a socket of another process is: a duplicate of its descriptor is asked, and closed at once, since
//! it would hold the connection open.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::sys::socket::{SockaddrStorage, getpeername, getsockname};

/// A socket's family, type and protocol, as socket(2) numbers them, and its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignSocket {
    /// Its family, such as `AF_INET`.
    pub family: i32,
    /// Its type, such as `SOCK_STREAM`.
    pub kind: i32,
    /// Its protocol, such as `IPPROTO_TCP`.
    pub protocol: i32,
    /// Its own address, where it is an internet socket that has one.
    pub local: Option<SocketAddr>,
    /// The address that it is connected to, where it is.
    pub peer: Option<SocketAddr>,
}

/// Asks the socket that the process behind `process` (a pidfd) has as `descriptor`.
///
/// # Errors
/// `EBADF` when it has no such descriptor, `EPERM` when this process may not look into that one, `ENOSYS`
/// before Linux 5.6.
pub fn ask(process: BorrowedFd<'_>, descriptor: i32) -> io::Result<ForeignSocket> {
    let no_flags = 0;
    // SAFETY: the arguments are plain integers.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_getfd,
            process.as_raw_fd(),
            descriptor,
            no_flags,
        )
    };
    let duplicate = i32::try_from(result).map_err(io::Error::other)?;
    if duplicate == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened it for us, close-on-exec, and nobody else knows it.
    let socket = unsafe { OwnedFd::from_raw_fd(duplicate) };
    Ok(ForeignSocket {
        family: option(&socket, libc::SO_DOMAIN)?,
        kind: option(&socket, libc::SO_TYPE)?,
        protocol: option(&socket, libc::SO_PROTOCOL)?,
        local: getsockname(socket.as_raw_fd()).ok().and_then(internet),
        peer: getpeername(socket.as_raw_fd()).ok().and_then(internet),
    })
}

fn option(socket: &OwnedFd, name: libc::c_int) -> io::Result<i32> {
    let mut value: libc::c_int = 0;
    let mut length: libc::socklen_t = 4;
    // SAFETY: `value` is valid for writes of `length` bytes.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(value)
}

/// The address, where it is an internet address with a port.
fn internet(address: SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address
        .as_sockaddr_in()
        .map(|v4| SocketAddrV4::from(*v4).into());
    let v6 = address
        .as_sockaddr_in6()
        .map(|v6| SocketAddrV6::from(*v6).into());
    v4.or(v6).filter(|address: &SocketAddr| address.port() != 0)
}
