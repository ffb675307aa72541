//! From two hosts without a network to two hosts at the two ends of a cable.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};

use super::cause::{Cause, User};
use super::error::{LabError, Step, failed};
use super::host::Host;
use super::link::{self, End};
use super::netlink::Netlink;
use super::port::Port;
use super::settings::{Mtu, Role, Settings};
use crate::sys::ethtool;

/// The name of a host's interface, as on most machines with one network card.
const HOST_END: &str = "eth0";

/// The name of the interface at which the cable reaches a host.
fn cable_end(role: Role) -> &'static str {
    match role {
        Role::Server => "to-server",
        Role::Client => "to-client",
    }
}

/// The MAC address of that interface; nothing is ever sent to it.
fn cable_end_mac(role: Role) -> [u8; 6] {
    let [first, .., last] = role.mac();
    [first, 0, 0, 0, 1, last]
}

/// Lays the cable between the hosts, sets their interfaces up, and opens the cable's two ports.
pub(super) fn lay(
    server: &Host,
    client: &Host,
    settings: &Settings,
) -> Result<[Port; 2], LabError> {
    if settings.ipv6 && settings.mtu.bytes() < Mtu::LEAST_FOR_IPV6 {
        return Err(LabError {
            step: interface(HOST_END, "give an IPv6 address to"),
            source: io::ErrorKind::InvalidInput.into(),
            cause: Cause::MtuTooSmallForIpv6,
            user: User::current(),
        });
    }
    thread::scope(|scope| {
        let ports = scope.spawn(|| lay_from_the_middle(server, client, settings));
        ports.join().expect("it returns its errors")
    })
}

/// On a thread of its own, which moves into the namespace of the cable. The ports keep that alive.
fn lay_from_the_middle(
    server: &Host,
    client: &Host,
    settings: &Settings,
) -> Result<[Port; 2], LabError> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(failed(Step::CableNamespace))?;
    let netlink = Netlink::open().map_err(failed(Step::CableNamespace))?;
    for (role, host) in [(Role::Server, server), (Role::Client, client)] {
        let mtu = u32::from(settings.mtu.bytes());
        let here = End {
            name: cable_end(role),
            mac: cable_end_mac(role),
            mtu,
        };
        let far = End {
            name: HOST_END,
            mac: role.mac(),
            mtu,
        };
        link::make_veth(&netlink, here, far, host.as_fd()).map_err(failed(Step::Veth(role)))?;
        set_up(&netlink, cable_end(role), &[])?;
        let settings = settings.clone();
        host.run(move || set_host_up(role, &settings))?;
    }
    let open = |role| {
        wait_for(&netlink, cable_end(role))?;
        let mut port = Port::open(role, cable_end(role))?;
        if settings.ipv6 {
            port.skip_first(MULTICAST_REPORT_WAIT)
                .map_err(failed(Step::Port(role)))?;
        }
        Ok(port)
    };
    Ok([open(Role::Server)?, open(Role::Client)?])
}

/// On the host's own thread.
fn set_host_up(role: Role, settings: &Settings) -> Result<(), LabError> {
    open_every_port();
    for sysctl in settings.sysctls(role) {
        let step = Step::Sysctl {
            role,
            name: sysctl.name().to_owned(),
            value: sysctl.value().to_owned(),
        };
        fs::write(sysctl.path(), sysctl.value()).map_err(failed(step))?;
    }
    let netlink = Netlink::open().map_err(failed(Step::Host(role)))?;
    switch_on(&netlink, "lo")?;
    let mut addresses = vec![(IpAddr::from(role.ipv4()), 24)];
    if settings.ipv6 {
        addresses.push((IpAddr::from(role.ipv6()), 64));
        report_multicast_once();
    }
    set_up(&netlink, HOST_END, &addresses)?;
    wait_for(&netlink, HOST_END)
}

/// How long a host may take to say which multicast group its IPv6 address makes it a member of
/// (RFC 3810, section 6.1). That belongs to the building of the lab, so it is not recorded.
const MULTICAST_REPORT_WAIT: Duration = Duration::from_millis(100);

/// The programs have no privilege, and shall listen on port 80 all the same: it is their own network.
fn open_every_port() {
    // Where /proc/sys is read-only, ports below 1024 stay closed to them.
    let _ = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
}

/// The report is repeated within a second, in the middle of whatever goes on then; not so here.
fn report_multicast_once() {
    let hour = "3600000";
    // Where /proc/sys is read-only there is one frame more.
    let _ = fs::write(
        "/proc/sys/net/ipv6/conf/eth0/mldv2_unsolicited_report_interval",
        hour,
    );
}

/// Gives an interface its addresses, without noise and offload, and switches it on.
fn set_up(netlink: &Netlink, name: &str, addresses: &[(IpAddr, u8)]) -> Result<(), LabError> {
    let quiet = link::leave_without_ipv6_address(netlink, name);
    quiet.map_err(failed(interface(
        name,
        "switch IPv6 autoconfiguration off on",
    )))?;
    let plain = ethtool::switch_offloads_off(name);
    plain.map_err(failed(interface(
        name,
        "switch checksum and segmentation offload off on",
    )))?;
    for &(address, prefix_length) in addresses {
        let added = link::add_address(netlink, name, address, prefix_length);
        added.map_err(failed(interface(name, "give an address to")))?;
    }
    switch_on(netlink, name)
}

fn switch_on(netlink: &Netlink, name: &str) -> Result<(), LabError> {
    link::switch_on(netlink, name).map_err(failed(interface(name, "switch on")))
}

fn wait_for(netlink: &Netlink, name: &str) -> Result<(), LabError> {
    link::wait_until_up(netlink, name).map_err(failed(interface(name, "wait for")))
}

fn interface(name: &str, what: &'static str) -> Step {
    Step::Interface {
        name: name.to_owned(),
        what,
    }
}
