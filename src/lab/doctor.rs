//! What works on this system and what does not, found out by trying, with the reason and the way on.

use std::fmt;
use std::io;

use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use nix::sys::utsname::uname;
use nix::unistd::geteuid;
use serde::Serialize;

use super::cause::User;
use super::probe::{self, LabTrial, Who};
use super::switches::{Capability, Switches};
use crate::capture::interfaces;
use crate::sys::packet_socket::PacketSocket;

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The kernel's release.
    pub kernel: String,
    /// The numeric identifier of the user that asked; 0 is root.
    pub user: u32,
    /// What was tried.
    pub checks: Vec<Check>,
    /// What the system's switches are set to.
    pub switches: Switches,
}

/// Something that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What it is.
    pub name: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of trying something.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It works.
    Works {
        /// How well, or on what.
        detail: String,
    },
    /// It does not.
    Fails {
        /// What could not be done, and what the kernel said.
        what: String,
        /// The reason that was found.
        why: String,
        /// The way on.
        what_to_do: String,
    },
    /// It could not be tried.
    Untried {
        /// Because of this.
        why: String,
        /// The way to try it.
        what_to_do: String,
    },
}

/// Tries everything. It takes some ten milliseconds and leaves nothing behind.
pub fn examine() -> Report {
    let switches = Switches::read();
    let checks = vec![
        Check {
            name: "lab without root",
            outcome: lab_without_root(),
        },
        Check {
            name: "lab with root",
            outcome: lab_with_root(),
        },
        Check {
            name: "capture",
            outcome: capture(&switches),
        },
        Check {
            name: "raw sockets",
            outcome: raw_sockets(&switches),
        },
        Check {
            name: "tracing of calls",
            outcome: tracing(&switches),
        },
    ];
    let kernel = uname().map(|names| names.release().to_string_lossy().into_owned());
    Report {
        kernel: kernel.unwrap_or_default(),
        user: geteuid().as_raw(),
        checks,
        switches,
    }
}

fn lab_without_root() -> Outcome {
    if geteuid().is_root() {
        lab(Who::Nobody)
    } else {
        lab(Who::Same)
    }
}

fn lab_with_root() -> Outcome {
    if geteuid().is_root() {
        return lab(Who::Same);
    }
    Outcome::Untried {
        why: "this user is not root".to_owned(),
        what_to_do: "sudo netinspect doctor".to_owned(),
    }
}

fn lab(who: Who) -> Outcome {
    match probe::lab(who) {
        Ok(LabTrial::Works(milliseconds)) => Outcome::Works {
            detail: format!("built and gone in {milliseconds:.1} ms"),
        },
        Ok(LabTrial::Fails {
            what,
            why,
            what_to_do,
        }) => Outcome::Fails {
            what,
            why,
            what_to_do,
        },
        Err(error) => Outcome::Fails {
            what: format!("cannot start this program again: {error}"),
            why: "it must be a file that may be executed, and /proc must be there".to_owned(),
            what_to_do: "install it where every user can execute it, such as /usr/local/bin"
                .to_owned(),
        },
    }
}

fn capture(switches: &Switches) -> Outcome {
    let opened = PacketSocket::open();
    let result = opened.map(|_| {
        let up = interfaces::list()
            .into_iter()
            .filter(|interface| interface.up);
        let names: Vec<_> = up
            .map(|interface| interface.name.escape_debug().to_string())
            .collect();
        format!("on {}", names.join(", "))
    });
    judged(result, "cannot open a packet socket", switches)
}

fn raw_sockets(switches: &Switches) -> Outcome {
    let opened = socket(
        AddressFamily::Inet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::Icmp,
    );
    judged(
        opened.map(|_| String::new()).map_err(io::Error::from),
        "cannot open a raw socket",
        switches,
    )
}

/// The verdict on something that wants `CAP_NET_RAW`.
fn judged(result: io::Result<String>, what: &str, switches: &Switches) -> Outcome {
    let error = match result {
        Ok(detail) => return Outcome::Works { detail },
        Err(error) => error,
    };
    let why = if switches.has(Capability::NetRaw) {
        "this process has CAP_NET_RAW, so something else forbids it"
    } else {
        "this process has no CAP_NET_RAW"
    };
    Outcome::Fails {
        what: format!("{what}: {error}"),
        why: why.to_owned(),
        what_to_do: match User::current() {
            User::Root => "in a container, start it with --cap-add NET_RAW",
            User::Ordinary => "run it with sudo; in a container, start it with --cap-add NET_RAW",
        }
        .to_owned(),
    }
}

fn tracing(switches: &Switches) -> Outcome {
    let error = match probe::trace() {
        Ok(()) => {
            return Outcome::Works {
                detail: String::new(),
            };
        }
        Err(error) => error,
    };
    let (why, what_to_do) = match switches {
        Switches {
            ptrace_scope: Some(scope @ 2..),
            ..
        } => (
            format!("kernel.yama.ptrace_scope is {scope}"),
            "run it with sudo (at 2), or ask whoever set it (at 3: until the next boot nobody can)",
        ),
        Switches {
            seccomp: Some(2), ..
        } => (
            "this process runs under a seccomp filter".to_owned(),
            "in a container, start it with --cap-add SYS_PTRACE",
        ),
        _ => (
            "no switch of this system explains it".to_owned(),
            "run it with sudo",
        ),
    };
    Outcome::Fails {
        what: format!("cannot trace a process of our own: {error}"),
        why,
        what_to_do: what_to_do.to_owned(),
    }
}

/// For people: a line for what works, more for what does not.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = if self.user == 0 {
            "root".to_owned()
        } else {
            format!("user {}", self.user)
        };
        writeln!(f, "Linux {}, as {user}", self.kernel)?;
        for Check { name, outcome } in &self.checks {
            match outcome {
                Outcome::Works { detail } if detail.is_empty() => writeln!(f, "  {name:<18}works")?,
                Outcome::Works { detail } => writeln!(f, "  {name:<18}works: {detail}")?,
                Outcome::Fails {
                    what,
                    why,
                    what_to_do,
                } => {
                    writeln!(f, "  {name:<18}does not work: {what}")?;
                    explain(f, why, what_to_do)?;
                }
                Outcome::Untried { why, what_to_do } => {
                    writeln!(f, "  {name:<18}not tried: {why}")?;
                    writeln!(f, "{:20}to try it: {what_to_do}", "")?;
                }
            }
        }
        Ok(())
    }
}

fn explain(f: &mut fmt::Formatter<'_>, why: &str, what_to_do: &str) -> fmt::Result {
    let indent = " ".repeat(20);
    writeln!(f, "{indent}why: {why}")?;
    // The commands of a profile follow in lines of their own, to be copied as they are.
    writeln!(f, "{indent}what to do: {what_to_do}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let fails = Outcome::Fails {
            what: "cannot enter a user namespace: No space left on device (os error 28)".to_owned(),
            why: "user.max_user_namespaces is 0, so ordinary users may make none".to_owned(),
            what_to_do: "run it with sudo".to_owned(),
        };
        let untried = Outcome::Untried {
            why: "not root".to_owned(),
            what_to_do: "sudo".to_owned(),
        };
        Report {
            kernel: "6.18.0".to_owned(),
            user: 1000,
            checks: vec![
                Check {
                    name: "lab without root",
                    outcome: fails,
                },
                Check {
                    name: "lab with root",
                    outcome: untried,
                },
                Check {
                    name: "capture",
                    outcome: Outcome::Works {
                        detail: "on lo".to_owned(),
                    },
                },
                Check {
                    name: "raw sockets",
                    outcome: Outcome::Works {
                        detail: String::new(),
                    },
                },
            ],
            switches: Switches::default(),
        }
    }

    #[test]
    fn people_read_a_line_for_what_works_and_the_reason_for_what_does_not() {
        assert_eq!(
            report().to_string(),
            "Linux 6.18.0, as user 1000\n\
             \x20 lab without root  does not work: cannot enter a user namespace: No space left on device (os error 28)\n\
             \x20                   why: user.max_user_namespaces is 0, so ordinary users may make none\n\
             \x20                   what to do: run it with sudo\n\
             \x20 lab with root     not tried: not root\n\
             \x20                   to try it: sudo\n\
             \x20 capture           works: on lo\n\
             \x20 raw sockets       works\n"
        );
    }

    #[test]
    fn programs_read_each_check_with_its_outcome() {
        let json = serde_json::to_value(report()).expect("serializable");
        assert_eq!(json["checks"][0]["name"], "lab without root");
        assert_eq!(json["checks"][0]["outcome"], "fails");
        assert_eq!(json["checks"][0]["what_to_do"], "run it with sudo");
        assert_eq!(json["checks"][1]["outcome"], "untried");
        assert_eq!(json["checks"][2]["detail"], "on lo");
        assert_eq!(json["switches"]["seccomp"], serde_json::Value::Null);
    }
}
