//! From hosts without a network to hosts at the ends of cables.

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
use super::settings::{HostName, HostSettings, Mtu, Settings};
use crate::sys::ethtool;

/// The name of a host's interface, as on most machines with one network card.
const HOST_END: &str = "eth0";

/// The name of the interface at which the cable reaches a host.
fn cable_end(host: HostName) -> String {
    format!("to-{host}")
}

/// The MAC address of that interface; nothing is ever sent to it.
const fn cable_end_mac(host: &HostSettings) -> [u8; 6] {
    let [first, .., last] = host.mac();
    [first, 0, 0, 0, 1, last]
}

/// Lays cables from the middle to the hosts, sets their interfaces up, and opens a port for each, in the
/// order of the hosts.
pub(super) fn lay(hosts: &[Host], settings: &Settings) -> Result<Vec<Port>, LabError> {
    if settings.ipv6 && settings.mtu.bytes() < Mtu::LEAST_FOR_IPV6 {
        return Err(LabError {
            step: interface(HOST_END, "give an IPv6 address to"),
            source: io::ErrorKind::InvalidInput.into(),
            cause: Cause::MtuTooSmallForIpv6,
            user: User::current(),
        });
    }
    thread::scope(|scope| {
        let ports = scope.spawn(|| lay_from_the_middle(hosts, settings));
        ports.join().expect("it returns its errors")
    })
}

/// On a thread of its own, which moves into the namespace of the cable. The ports keep that alive.
fn lay_from_the_middle(hosts: &[Host], settings: &Settings) -> Result<Vec<Port>, LabError> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(failed(Step::CableNamespace))?;
    let netlink = Netlink::open().map_err(failed(Step::CableNamespace))?;
    for (host, own) in hosts.iter().zip(&settings.hosts) {
        let name = cable_end(own.name);
        let mtu = u32::from(settings.mtu.bytes());
        let here = End {
            name: &name,
            mac: cable_end_mac(own),
            mtu,
        };
        let far = End {
            name: HOST_END,
            mac: own.mac(),
            mtu,
        };
        let made = link::make_veth(&netlink, here, far, host.as_fd());
        made.map_err(failed(Step::Veth(own.name)))?;
        set_up(&netlink, &name, &[])?;
        let (own, ipv6) = (own.clone(), settings.ipv6);
        host.run(move || set_host_up(&own, ipv6))?;
    }
    let open = |(own, number): (&HostSettings, u32)| {
        let name = cable_end(own.name);
        wait_for(&netlink, &name)?;
        let mut port = Port::open(own.name, number, &name)?;
        if settings.ipv6 {
            port.skip_first(MULTICAST_REPORT_WAIT)
                .map_err(failed(Step::Port(own.name)))?;
        }
        Ok(port)
    };
    settings.hosts.iter().zip(0..).map(open).collect()
}

/// On the host's own thread.
fn set_host_up(own: &HostSettings, ipv6: bool) -> Result<(), LabError> {
    open_every_port();
    for sysctl in &own.sysctls {
        let step = Step::Sysctl {
            host: own.name,
            sysctl: Box::new(sysctl.clone()),
        };
        fs::write(sysctl.path(), sysctl.value()).map_err(failed(step))?;
    }
    let netlink = Netlink::open().map_err(failed(Step::Host(own.name)))?;
    switch_on(&netlink, "lo")?;
    let mut addresses = vec![(IpAddr::from(own.ipv4()), 24)];
    if ipv6 {
        addresses.push((IpAddr::from(own.ipv6()), 64));
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
