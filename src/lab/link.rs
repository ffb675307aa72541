//! Network interfaces, made and set up by netlink, in the calling thread's network namespace.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::thread;
use std::time::{Duration, Instant};

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoKind, InfoVeth, LinkAttribute,
    LinkFlags, LinkInfo, LinkMessage, State,
};

use super::netlink::Netlink;

/// One end of a veth pair.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// The interface's name.
    pub name: &'a str,
    /// Its MAC address.
    pub mac: [u8; 6],
    /// The longest packet it carries, in bytes.
    pub mtu: u32,
}

impl End<'_> {
    fn attributes(&self) -> Vec<LinkAttribute> {
        vec![
            LinkAttribute::IfName(self.name.to_owned()),
            LinkAttribute::Address(self.mac.to_vec()),
            LinkAttribute::Mtu(self.mtu),
        ]
    }
}

/// Makes a veth pair: one end here, the other in the network namespace `there`.
///
/// # Errors
/// `EOPNOTSUPP` where the kernel has no veth; `EPERM` without `CAP_NET_ADMIN` in either namespace.
pub fn make_veth(netlink: &Netlink, here: End, far: End, there: BorrowedFd) -> io::Result<()> {
    let mut peer = LinkMessage::default();
    peer.attributes = far.attributes();
    peer.attributes
        .push(LinkAttribute::NetNsFd(there.as_raw_fd()));
    let mut link = LinkMessage::default();
    link.attributes = here.attributes();
    link.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
    ]));
    netlink.order(
        RouteNetlinkMessage::NewLink(link),
        NLM_F_CREATE | NLM_F_EXCL,
    )
}

/// Keeps the kernel from giving the interface an IPv6 address and from announcing it on the wire.
/// Only before the interface is up.
///
/// # Errors
/// The kernel's own error number; none where the kernel has no IPv6.
pub fn leave_without_ipv6_address(netlink: &Netlink, name: &str) -> io::Result<()> {
    let mut link = LinkMessage::default();
    link.header.index = index(name)?;
    link.attributes = vec![LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(
        vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)],
    )])];
    match netlink.order(RouteNetlinkMessage::SetLink(link), 0) {
        Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => Ok(()),
        result => result,
    }
}

/// Gives the interface an address, at once usable.
///
/// # Errors
/// The kernel's own error number.
pub fn add_address(
    netlink: &Netlink,
    name: &str,
    address: IpAddr,
    prefix_length: u8,
) -> io::Result<()> {
    let mut message = AddressMessage::default();
    message.header.index = index(name)?;
    message.header.prefix_len = prefix_length;
    message.attributes = vec![
        AddressAttribute::Local(address),
        AddressAttribute::Address(address),
    ];
    match address {
        IpAddr::V4(_) => message.header.family = AddressFamily::Inet,
        IpAddr::V6(_) => {
            message.header.family = AddressFamily::Inet6;
            message
                .attributes
                .push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
    }
    netlink.order(
        RouteNetlinkMessage::NewAddress(message),
        NLM_F_CREATE | NLM_F_EXCL,
    )
}

/// Switches the interface on. It may take a moment until it [carries](wait_until_up) frames.
///
/// # Errors
/// The kernel's own error number.
pub fn switch_on(netlink: &Netlink, name: &str) -> io::Result<()> {
    let mut link = LinkMessage::default();
    link.header.index = index(name)?;
    link.header.flags = LinkFlags::Up;
    link.header.change_mask = LinkFlags::Up;
    netlink.order(RouteNetlinkMessage::SetLink(link), 0)
}

/// Waits until frames that the interface is given are sent, not silently dropped.
///
/// The first end of a pair to be switched on has no carrier then; when the second one follows, the
/// kernel wakes the first a little later, on its own time.
///
/// # Errors
/// `TimedOut` when the interface is not up within ten seconds: labs that are built side by side wait for each
/// other's turn in the kernel.
pub fn wait_until_up(netlink: &Netlink, name: &str) -> io::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut link = LinkMessage::default();
    link.header.index = index(name)?;
    loop {
        if let RouteNetlinkMessage::NewLink(answer) =
            netlink.ask(RouteNetlinkMessage::GetLink(link.clone()))?
            && answer
                .attributes
                .contains(&LinkAttribute::OperState(State::Up))
        {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_micros(100));
    }
}

fn index(name: &str) -> io::Result<u32> {
    Ok(nix::net::if_::if_nametoindex(name)?)
}
