//! The system's switches that decide whether a lab can be built: what they are set to, read and not judged.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// A capability of capabilities(7), by its number in `linux/capability.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Set up interfaces.
    NetAdmin = 12,
    /// Open packet sockets and raw sockets.
    NetRaw = 13,
    /// Make namespaces, mount.
    SysAdmin = 21,
}

impl Capability {
    /// What the lab needs.
    const FOR_THE_LAB: [Self; 3] = [Self::SysAdmin, Self::NetAdmin, Self::NetRaw];

    /// The name as capabilities(7) writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetAdmin => "CAP_NET_ADMIN",
            Self::NetRaw => "CAP_NET_RAW",
            Self::SysAdmin => "CAP_SYS_ADMIN",
        }
    }
}

/// What the switches say. `None` where the kernel does not have one, or `/proc` does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Switches {
    /// `user.max_user_namespaces`: how many an ordinary user may make.
    pub max_user_namespaces: Option<u64>,
    /// `user.max_net_namespaces`.
    pub max_net_namespaces: Option<u64>,
    /// `kernel.unprivileged_userns_clone`, Debian's switch: 0 forbids user namespaces.
    pub unprivileged_userns_clone: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, Ubuntu's: 1 takes their capabilities away.
    pub apparmor_restrict_unprivileged_userns: Option<u64>,
    /// `kernel.yama.ptrace_scope`: 3 forbids tracing altogether.
    pub ptrace_scope: Option<u64>,
    /// The `AppArmor` profile (or other security label) that this process runs under.
    pub security_label: Option<String>,
    /// Seccomp mode of this process: 0 none, 1 strict, 2 a filter.
    pub seccomp: Option<u64>,
    /// The effective capabilities of this process, one bit each.
    pub effective_capabilities: Option<u64>,
    /// What suggests that this is a container.
    pub container: Option<String>,
}

impl Switches {
    /// Reads them all.
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            max_user_namespaces: number("/proc/sys/user/max_user_namespaces"),
            max_net_namespaces: number("/proc/sys/user/max_net_namespaces"),
            unprivileged_userns_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restrict_unprivileged_userns: number(
                "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            ),
            ptrace_scope: number("/proc/sys/kernel/yama/ptrace_scope"),
            security_label: text("/proc/self/attr/current"),
            seccomp: status_line(&status, "Seccomp").and_then(|value| value.parse().ok()),
            effective_capabilities: status_line(&status, "CapEff")
                .and_then(|value| u64::from_str_radix(value, 16).ok()),
            container: container(),
        }
    }

    /// Whether this process has the capability in its user namespace.
    pub fn has(&self, capability: Capability) -> bool {
        self.effective_capabilities
            .is_some_and(|bits| bits >> (capability as u32) & 1 == 1)
    }

    /// The capabilities that the lab needs and this process has not.
    pub fn missing_for_the_lab(&self) -> Vec<Capability> {
        Capability::FOR_THE_LAB
            .into_iter()
            .filter(|&capability| !self.has(capability))
            .collect()
    }
}

fn number(path: &str) -> Option<u64> {
    text(path)?.parse().ok()
}

fn text(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim_end_matches(['\n', '\0']);
    (!text.is_empty()).then(|| text.to_owned())
}

fn status_line<'a>(status: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    lines
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value.trim())
}

fn container() -> Option<String> {
    for file in ["/.dockerenv", "/run/.containerenv"] {
        if Path::new(file).exists() {
            return Some(format!("{file} exists"));
        }
    }
    let kind = std::env::var("container").ok()?;
    (!kind.is_empty()).then(|| format!("the environment says container={kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_status_file_is_found_by_its_whole_name() {
        let status = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t7\nCapEff:\t000001fffeffffff\n";
        assert_eq!(status_line(status, "Seccomp"), Some("2"));
        assert_eq!(status_line(status, "CapEff"), Some("000001fffeffffff"));
        assert_eq!(status_line(status, "Cap"), None);
    }

    #[test]
    fn capabilities_are_read_from_their_bits() {
        let only_net_raw = Switches {
            effective_capabilities: Some(1 << 13),
            ..Switches::default()
        };
        assert!(only_net_raw.has(Capability::NetRaw));
        assert_eq!(
            only_net_raw.missing_for_the_lab(),
            [Capability::SysAdmin, Capability::NetAdmin]
        );
        assert_eq!(
            Switches::default().missing_for_the_lab(),
            Capability::FOR_THE_LAB
        );
    }
}
