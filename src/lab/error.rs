//! Why a lab could not be built: what was being done, what the kernel said, and the cause that was found.

use std::fmt;
use std::io;

use super::cause::{Cause, User};
use super::settings::{HostName, Sysctl};
use super::switches::Switches;

/// A step of the building that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step}: {source}\nwhy: {}\nwhat to do: {}", cause.reason(), cause.ways_on(*user))]
pub struct LabError {
    /// What was being done.
    pub step: Step,
    /// What the kernel said.
    pub source: io::Error,
    /// Why, as far as the system's switches tell.
    pub cause: Cause,
    /// Whom the advice is for.
    pub user: User,
}

impl LabError {
    /// The failure of `step`, with its reason looked up.
    pub fn found(step: Step, source: io::Error) -> Self {
        let cause = Cause::find(&step, &source, &Switches::read());
        Self {
            step,
            source,
            cause,
            user: User::current(),
        }
    }
}

/// For `map_err`: turns what the kernel said into the failure of `step`.
pub(super) fn failed<E: Into<io::Error>>(step: Step) -> impl FnOnce(E) -> LabError {
    |error| LabError::found(step, error.into())
}

/// What was being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Giving up the privilege that a lab does not need, or no longer.
    Privilege,
    /// A user namespace of our own, for its capabilities.
    UserNamespace,
    /// Writing this file of the user namespace.
    UserMap(&'static str),
    /// The namespaces of a host.
    Host(HostName),
    /// The network namespace that the cable's ports are in.
    CableNamespace,
    /// The veth pair between a host and the cable.
    Veth(HostName),
    /// Setting up an interface: which, and what of it.
    Interface {
        /// Its name.
        name: String,
        /// The end of "cannot … the interface".
        what: &'static str,
    },
    /// The private `/etc/hosts` of a host.
    Names(HostName),
    /// A setting of a host's kernel.
    Sysctl {
        /// Whose.
        host: HostName,
        /// Which, and the value that it should have.
        sysctl: Box<Sysctl>,
    },
    /// The cable's port towards a host.
    Port(HostName),
    /// A thread of our own.
    Thread,
    /// The handling of Ctrl-C and its kin.
    Signals,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Privilege => f.write_str("give up privilege"),
            Self::UserNamespace => f.write_str("enter a user namespace"),
            Self::UserMap(file) => write!(
                f,
                "keep this user's identity in the user namespace ({file})"
            ),
            Self::Host(host) => write!(f, "make the namespaces of the host `{host}`"),
            Self::CableNamespace => f.write_str("make the network namespace of the cable"),
            Self::Veth(host) => write!(f, "make the veth pair between `{host}` and the cable"),
            Self::Interface { name, what } => write!(f, "{what} the interface {name}"),
            Self::Names(host) => write!(f, "give the host `{host}` its own /etc/hosts"),
            Self::Sysctl { host, sysctl } => {
                let (name, value) = (sysctl.name(), sysctl.value());
                write!(f, "set {name} to `{value}` on the host `{host}`")
            }
            Self::Port(host) => write!(f, "open the cable's port towards `{host}`"),
            Self::Thread => f.write_str("start a thread"),
            Self::Signals => f.write_str("watch for Ctrl-C"),
        }
    }
}
