//! What a network interface does in place of the kernel, switched off: ethtool's `ioctl`.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// The orders of `linux/ethtool.h` that switch an offload, and what each switches.
const OFFLOADS: [(u32, &str); 4] = [
    (0x0000_0017, "transmit checksums"),           // ETHTOOL_STXCSUM
    (0x0000_001f, "TCP segmentation offload"),     // ETHTOOL_STSO
    (0x0000_0024, "generic segmentation offload"), // ETHTOOL_SGSO
    (0x0000_002c, "generic receive offload"),      // ETHTOOL_SGRO
];

/// `struct ethtool_value`.
#[repr(C)]
struct Order {
    command: u32,
    value: u32,
}

/// Makes the kernel itself fill in checksums and cut segments to size before the interface
/// `name` (in the calling thread's network namespace) sees them, and join none that it received.
///
/// # Errors
/// What the kernel says, with the offload that it said it of.
pub fn switch_offloads_off(name: &str) -> io::Result<()> {
    let socket = socket(
        AddressFamily::Inet,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    for (command, what) in OFFLOADS {
        switch_off(&socket, name, command)
            .map_err(|error| io::Error::new(error.kind(), format!("{what}: {error}")))?;
    }
    Ok(())
}

fn switch_off(socket: &OwnedFd, name: &str, command: u32) -> io::Result<()> {
    let mut order = Order { command, value: 0 };
    // SAFETY: every field of ifreq is an integer, an array of them or a pointer, valid as zero.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    // The last byte stays zero: it ends the name.
    let room = request.ifr_name.len() - 1;
    if name.len() > room {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    for (place, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *place = libc::c_char::from_ne_bytes([byte]);
    }
    request.ifr_ifru.ifru_data = ptr::from_mut(&mut order).cast();
    // SAFETY: SIOCETHTOOL reads an ifreq whose data points to a live ethtool_value.
    let result =
        unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
