//! The names that a host knows, in files that only its own mount namespace sees.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::settings::HostSettings;

/// A directory that every system has; something is mounted over it for a moment.
const WORKBENCH: &str = "/tmp";

/// Lays private copies of `/etc/hosts` and `/etc/nsswitch.conf` over the real ones, in the mount
/// namespace of the calling thread, which must be its own. Nothing outside changes.
///
/// # Errors
/// What mount(2) says; `NotFound` when the system has no `/etc/hosts`.
pub fn install(hosts: &[HostSettings], ipv6: bool) -> io::Result<()> {
    let nothing = None::<&str>;
    mount(
        nothing,
        "/",
        nothing,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        nothing,
    )?;
    let services = fs::read_to_string("/etc/nsswitch.conf").ok();
    mount(
        Some("tmpfs"),
        WORKBENCH,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("size=64k"),
    )?;
    let laid = lay_over("/etc/hosts", &names(hosts, ipv6)).and_then(|()| match services {
        Some(services) => lay_over("/etc/nsswitch.conf", &files_only(&services)),
        // Without the file the C library asks /etc/hosts first all the same.
        None => Ok(()),
    });
    umount2(WORKBENCH, MntFlags::MNT_DETACH)?;
    laid
}

fn lay_over(target: &str, content: &str) -> io::Result<()> {
    let name = Path::new(target).file_name().unwrap_or_default();
    let source = Path::new(WORKBENCH).join(name);
    fs::write(&source, content)?;
    let nothing = None::<&str>;
    mount(Some(&source), target, nothing, MsFlags::MS_BIND, nothing)?;
    Ok(())
}

fn names(hosts: &[HostSettings], ipv6: bool) -> String {
    let mut text = String::from("127.0.0.1 localhost\n");
    for host in hosts {
        let _ = writeln!(text, "{} {}", host.ipv4(), host.name);
    }
    if ipv6 {
        text.push_str("::1 localhost\n");
        for host in hosts {
            let _ = writeln!(text, "{} {}", host.ipv6(), host.name);
        }
    }
    text
}

/// The system's choice of name services, with names of hosts looked up in files alone.
fn files_only(services: &str) -> String {
    let others = services
        .lines()
        .filter(|line| !line.trim_start().starts_with("hosts:"));
    let lines: Vec<_> = others.chain(["hosts: files\n"]).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_to_ipv6_addresses_only_where_the_hosts_have_them() {
        let hosts = [HostSettings::SERVER, HostSettings::CLIENT];
        assert_eq!(
            names(&hosts, false),
            "127.0.0.1 localhost\n192.168.1.6 server\n192.168.1.7 client\n"
        );
        assert_eq!(
            names(&hosts, true),
            "127.0.0.1 localhost\n192.168.1.6 server\n192.168.1.7 client\n\
             ::1 localhost\nfd00::6 server\nfd00::7 client\n"
        );
    }

    #[test]
    fn users_are_still_looked_up_where_the_system_looks_them_up() {
        let system =
            "passwd: files sss\n hosts: files mdns4_minimal [NOTFOUND=return] dns\nnetworks: files";
        assert_eq!(
            files_only(system),
            "passwd: files sss\nnetworks: files\nhosts: files\n"
        );
    }
}
