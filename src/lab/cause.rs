//! Causes: from the kernel's answer and the system's switches to the reason in words, and the ways on.

use std::env;
use std::io;

use nix::unistd::geteuid;

use super::error::Step;
use super::switches::Switches;

/// Why a step failed, as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `user.max_user_namespaces` (or the one for network namespaces) is used up, or 0.
    Limit {
        /// The dotted name.
        name: &'static str,
        /// What it is set to.
        value: Option<u64>,
    },
    /// `kernel.unprivileged_userns_clone` is 0.
    UserNamespacesSwitchedOff,
    /// `kernel.apparmor_restrict_unprivileged_userns` is 1, and no profile lets this program off.
    AppArmorRestriction {
        /// The program that a profile would be for.
        program: String,
    },
    /// This process runs under a security profile that forbids the step.
    SecurityLabel(String),
    /// This process runs under a seccomp filter.
    Seccomp {
        /// What suggests that it is a container's.
        container: Option<String>,
    },
    /// This process has not these capabilities.
    MissingCapabilities {
        /// Their names, with commas.
        names: String,
        /// What suggests that this is a container.
        container: Option<String>,
    },
    /// The kernel was built without this, or its module is not loaded.
    NotInThisKernel(&'static str),
    /// A file that the lab needs does not exist.
    MissingFile,
    /// The file system is read-only.
    ReadOnly,
    /// The kernel has no such setting, or does not take this value.
    WrongSetting,
    /// IPv6 wants packets of 1280 bytes to pass: RFC 8200, section 5.
    MtuTooSmallForIpv6,
    /// No switch explains it.
    Unknown,
}

impl Cause {
    /// The reason why the kernel answered `error` to `step`, given the system's switches.
    pub fn find(step: &Step, error: &io::Error, switches: &Switches) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOSPC | libc::EUSERS) => Self::limit(step, switches),
            Some(libc::EPERM | libc::EACCES) => Self::denied(step, switches),
            Some(libc::EOPNOTSUPP | libc::EAFNOSUPPORT | libc::ENOSYS) => match step {
                Step::Veth(_) => Self::NotInThisKernel("veth (virtual Ethernet pairs)"),
                Step::Port(_) => Self::NotInThisKernel("packet sockets"),
                Step::UserNamespace => Self::NotInThisKernel("user namespaces"),
                _ => Self::Unknown,
            },
            Some(libc::EINVAL) if *step == Step::UserNamespace => {
                Self::NotInThisKernel("user namespaces")
            }
            Some(libc::ENOENT | libc::EINVAL | libc::ERANGE)
                if matches!(step, Step::Sysctl { .. }) =>
            {
                Self::WrongSetting
            }
            Some(libc::ENOENT) => Self::MissingFile,
            Some(libc::EROFS) => Self::ReadOnly,
            _ => Self::Unknown,
        }
    }

    fn limit(step: &Step, switches: &Switches) -> Self {
        match step {
            Step::UserNamespace => Self::Limit {
                name: "user.max_user_namespaces",
                value: switches.max_user_namespaces,
            },
            Step::Host(_) | Step::CableNamespace => Self::Limit {
                name: "user.max_net_namespaces",
                value: switches.max_net_namespaces,
            },
            _ => Self::Unknown,
        }
    }

    /// `EPERM` or `EACCES`. `AppArmor`'s restriction lets the user namespace be made and denies what
    /// comes after; every other switch denies the user namespace itself.
    fn denied(step: &Step, switches: &Switches) -> Self {
        let container = switches.container.clone();
        let confined = switches
            .security_label
            .as_deref()
            .filter(|label| !label.starts_with("unconfined"));
        if switches.apparmor_restrict_unprivileged_userns == Some(1)
            && confined.is_none_or(is_ubuntus)
        {
            return Self::AppArmorRestriction {
                program: this_program(),
            };
        }
        if *step == Step::UserNamespace {
            return match switches {
                Switches {
                    unprivileged_userns_clone: Some(0),
                    ..
                } => Self::UserNamespacesSwitchedOff,
                Switches {
                    seccomp: Some(2), ..
                } => Self::Seccomp { container },
                _ => Self::Unknown,
            };
        }
        let missing = switches.missing_for_the_lab();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|capability| capability.name()).collect();
            return Self::MissingCapabilities {
                names: names.join(", "),
                container,
            };
        }
        match (confined, switches.seccomp) {
            (Some(label), _) => Self::SecurityLabel(label.to_owned()),
            (None, Some(2)) => Self::Seccomp { container },
            // Everybody may keep an identity there but root, who needs this since Linux 5.12.
            (None, _) if matches!(step, Step::UserMap(_)) => Self::MissingCapabilities {
                names: "CAP_SETFCAP".to_owned(),
                container,
            },
            _ => Self::Unknown,
        }
    }
}

/// The profile that Ubuntu moves a program to when it makes a user namespace without leave.
fn is_ubuntus(label: &str) -> bool {
    label.starts_with("unprivileged_userns")
}

fn this_program() -> String {
    let path = env::current_exe().ok();
    path.map_or_else(
        || "/usr/local/bin/netinspect".to_owned(),
        |path| path.display().to_string(),
    )
}

const ON_LO: &str = "run it on the host's own network with --on lo";
const SUDO_OR_ON_LO: &str = "run it with sudo, or on the host's own network with --on lo";
const CONTAINER_FLAGS: &str = "--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add NET_RAW";

impl Cause {
    /// Why, in words.
    pub fn reason(&self) -> String {
        match self {
            Self::Limit {
                name,
                value: Some(0),
            } => format!("{name} is 0, so ordinary users may make none"),
            Self::Limit { name, .. } => format!("the limit {name} is reached"),
            Self::UserNamespacesSwitchedOff => {
                "kernel.unprivileged_userns_clone is 0: only root may make user namespaces"
                    .to_owned()
            }
            Self::AppArmorRestriction { .. } => {
                "AppArmor lets only programs with a profile use user namespaces \
                 (kernel.apparmor_restrict_unprivileged_userns is 1)"
                    .to_owned()
            }
            Self::SecurityLabel(label) => {
                format!(
                    "this process runs under the security profile `{}`",
                    label.escape_debug()
                )
            }
            Self::Seccomp { container } => {
                format!(
                    "this process runs under a seccomp filter that forbids it{}",
                    hint(container.as_deref())
                )
            }
            Self::MissingCapabilities { names, container } => {
                format!("this process has no {names}{}", hint(container.as_deref()))
            }
            Self::NotInThisKernel(what) => format!("this kernel has no {what}"),
            Self::MissingFile => {
                "a file that the lab needs is not there (is /proc mounted?)".to_owned()
            }
            Self::ReadOnly => "/proc/sys is read-only here, as containers have it".to_owned(),
            Self::WrongSetting => {
                "this kernel has no such setting, or does not take this value".to_owned()
            }
            Self::MtuTooSmallForIpv6 => {
                "IPv6 wants packets of 1280 bytes to pass (RFC 8200, section 5)".to_owned()
            }
            Self::Unknown => "no switch of this system explains it".to_owned(),
        }
    }

    /// The ways on, for root or for an ordinary user.
    pub fn ways_on(&self, user: User) -> String {
        let ways = match user {
            User::Root => ON_LO,
            User::Ordinary => SUDO_OR_ON_LO,
        };
        match self {
            Self::UserNamespacesSwitchedOff | Self::Limit { value: Some(0), .. } => ways.to_owned(),
            Self::Limit { .. } => format!("end what uses them up, or {ways}"),
            Self::AppArmorRestriction { program } => {
                format!(
                    "{ways}; or let this program off, once:\n{}",
                    apparmor_profile(program)
                )
            }
            Self::SecurityLabel(_) => format!(
                "in a container, start it with --security-opt apparmor=unconfined {CONTAINER_FLAGS}; else {ways}"
            ),
            Self::Seccomp { .. } | Self::MissingCapabilities { .. } => {
                format!("in a container, start it with {CONTAINER_FLAGS}; else {ways}")
            }
            Self::NotInThisKernel(_) | Self::MissingFile => ON_LO.to_owned(),
            Self::ReadOnly => format!("leave the setting out, or {ways}"),
            Self::WrongSetting => {
                "look both up in the kernel's Documentation/networking/ip-sysctl.rst".to_owned()
            }
            Self::MtuTooSmallForIpv6 => {
                "choose an MTU of at least 1280, or leave IPv6 out".to_owned()
            }
            Self::Unknown => format!("{ways}; `netinspect doctor` tells more"),
        }
    }
}

/// Whom advice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Sudo would change nothing.
    Root,
    /// Somebody else.
    Ordinary,
}

impl User {
    /// Who runs this process.
    pub fn current() -> Self {
        if geteuid().is_root() {
            Self::Root
        } else {
            Self::Ordinary
        }
    }
}

fn hint(container: Option<&str>) -> String {
    container
        .map(|found| format!(" (a container's: {found})"))
        .unwrap_or_default()
}

/// The commands that let `program` make user namespaces, and no other program.
fn apparmor_profile(program: &str) -> String {
    format!(
        "  sudo tee /etc/apparmor.d/netinspect <<'END'\n\
         \x20 abi <abi/4.0>,\n\
         \x20 include <tunables/global>\n\
         \x20 profile netinspect \"{program}\" flags=(unconfined) {{\n\
         \x20   userns,\n\
         \x20 }}\n\
         END\n\
         \x20 sudo apparmor_parser -r /etc/apparmor.d/netinspect"
    )
}

#[cfg(test)]
mod tests {
    use super::super::error::LabError;
    use super::super::settings::{HostName, Sysctl};
    use super::*;

    fn found(step: &Step, errno: i32, switches: &Switches) -> Cause {
        Cause::find(step, &io::Error::from_raw_os_error(errno), switches)
    }

    #[test]
    fn each_switch_is_named_as_the_reason_when_it_is_the_one() {
        let all = Some(u64::MAX);
        let open = Switches {
            max_user_namespaces: Some(1000),
            effective_capabilities: Some(0),
            ..Switches::default()
        };
        let cases = [
            (
                Step::UserNamespace,
                libc::ENOSPC,
                Switches {
                    max_user_namespaces: Some(0),
                    ..open.clone()
                },
                "user.max_user_namespaces is 0",
            ),
            (
                Step::UserNamespace,
                libc::ENOSPC,
                open.clone(),
                "the limit user.max_user_namespaces is reached",
            ),
            (
                Step::UserNamespace,
                libc::EPERM,
                Switches {
                    unprivileged_userns_clone: Some(0),
                    ..open.clone()
                },
                "kernel.unprivileged_userns_clone is 0",
            ),
            (
                Step::UserNamespace,
                libc::EPERM,
                Switches {
                    seccomp: Some(2),
                    container: Some("/.dockerenv exists".into()),
                    ..open.clone()
                },
                "a seccomp filter that forbids it (a container's: /.dockerenv exists)",
            ),
            (
                Step::UserMap("uid_map"),
                libc::EACCES,
                Switches {
                    apparmor_restrict_unprivileged_userns: Some(1),
                    security_label: Some("unprivileged_userns (enforce)".into()),
                    ..open.clone()
                },
                "kernel.apparmor_restrict_unprivileged_userns is 1",
            ),
            (
                Step::Names(HostName::SERVER),
                libc::EACCES,
                Switches {
                    security_label: Some("docker-default (enforce)".into()),
                    effective_capabilities: all,
                    ..open.clone()
                },
                "the security profile `docker-default (enforce)`",
            ),
            (
                Step::Host(HostName::CLIENT),
                libc::EPERM,
                open.clone(),
                "no CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW",
            ),
            (
                Step::Veth(HostName::SERVER),
                libc::EOPNOTSUPP,
                open.clone(),
                "this kernel has no veth",
            ),
            (
                Step::UserMap("uid_map"),
                libc::ENOENT,
                open.clone(),
                "is /proc mounted?",
            ),
            (
                Step::Sysctl {
                    host: HostName::CLIENT,
                    sysctl: Box::new(Sysctl::local_port(1)),
                },
                libc::ENOENT,
                open.clone(),
                "this kernel has no such setting",
            ),
            (
                Step::Thread,
                libc::EAGAIN,
                open.clone(),
                "no switch of this system explains it",
            ),
        ];
        for (step, errno, switches, expected) in cases {
            let text = found(&step, errno, &switches).reason();
            assert!(
                text.contains(expected),
                "{step}: expected `{expected}` in\n{text}"
            );
        }
    }

    #[test]
    fn an_error_says_what_was_done_what_was_found_and_the_ways_on() {
        let error = LabError {
            step: Step::UserNamespace,
            source: io::Error::from_raw_os_error(libc::ENOSPC),
            cause: Cause::Limit {
                name: "user.max_user_namespaces",
                value: Some(0),
            },
            user: User::Ordinary,
        };
        assert_eq!(
            error.to_string(),
            "cannot enter a user namespace: No space left on device (os error 28)\n\
             why: user.max_user_namespaces is 0, so ordinary users may make none\n\
             what to do: run it with sudo, or on the host's own network with --on lo"
        );
    }

    #[test]
    fn root_is_not_sent_to_sudo() {
        let cause = Cause::Seccomp { container: None };
        assert!(cause.ways_on(User::Ordinary).contains("sudo"));
        assert!(!cause.ways_on(User::Root).contains("sudo"));
    }

    #[test]
    fn the_profile_lets_off_this_program_alone_and_never_moves_the_global_switch() {
        let text = Cause::AppArmorRestriction {
            program: "/home/you/bin/netinspect".into(),
        }
        .ways_on(User::Ordinary);
        assert!(text.contains("profile netinspect \"/home/you/bin/netinspect\" flags=(unconfined) {\n    userns,\n  }\nEND"));
        assert!(!text.contains("sysctl -w"));
    }
}
