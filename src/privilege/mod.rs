//! What this process may do, and how it gives that up before the first byte of a stranger's is looked at.
//!
//! A command that needs privilege first [becomes the calling user](become_caller) and keeps the few
//! capabilities that it needs, opens its sockets and makes its namespaces, and then
//! [gives those up too](keep_only). A command that needs none enters a [sandbox].
//!
//! Capabilities are a thread's own: each thread gives up its own, before it does its work.

#![forbid(unsafe_code)]

pub mod sandbox;

use std::env;
use std::ffi::CString;
use std::io;

use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, User, geteuid, getuid, initgroups, setgroups, setresgid, setresuid};

/// To open a packet socket, and to set up its interface and its buffer.
pub const TO_CAPTURE: &[Capability] = &[Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN];

/// To make namespaces and mounts, set up interfaces, and open packet sockets.
pub const TO_BUILD_A_LAB: &[Capability] = &[
    Capability::CAP_SYS_ADMIN,
    Capability::CAP_NET_ADMIN,
    Capability::CAP_NET_RAW,
];

/// To stay root in a user namespace that is entered without the above (`user_namespaces(7)`, since Linux 5.12).
pub const TO_STAY_ROOT: Capability = Capability::CAP_SETFCAP;

/// What programs in the lab keep: raw sockets, in the lab's own network.
pub const OF_PROGRAMS: &[Capability] = &[Capability::CAP_NET_RAW];

/// Nothing at all.
pub const NONE: &[Capability] = &[];

/// Gives up everything but `needed`, for good, while there is one thread: no program that is started later
/// gains anything (`no_new_privs`), and root under `sudo` becomes the user who called it.
///
/// # Errors
/// What the kernel says.
pub fn become_caller(needed: &[Capability]) -> io::Result<()> {
    prctl::set_no_new_privs()?;
    if let Some((user, group)) = caller() {
        // Else the change of the user takes the capabilities along.
        caps::securebits::set_keepcaps(true).map_err(io::Error::other)?;
        take_groups_of(user, group)?;
        setresgid(group, group, group)?;
        setresuid(user, user, user)?;
        caps::securebits::set_keepcaps(false).map_err(io::Error::other)?;
    }
    keep_only(needed)
}

/// Who called `sudo`, where this process is root because of that.
fn caller() -> Option<(Uid, Gid)> {
    let number = |name| env::var(name).ok()?.parse::<u32>().ok();
    let (user, group) = (number("SUDO_UID")?, number("SUDO_GID")?);
    (geteuid().is_root() && user != 0).then(|| (Uid::from_raw(user), Gid::from_raw(group)))
}

/// The account of the user who called `sudo`, once this process [has become](become_caller) that user: what
/// `sudo` says in the environment is about root.
pub fn account_of_caller() -> Option<User> {
    let user = Uid::from_raw(env::var("SUDO_UID").ok()?.parse().ok()?);
    let account = User::from_uid(user).ok().flatten();
    account.filter(|account| account.uid == getuid())
}

fn take_groups_of(user: Uid, group: Gid) -> io::Result<()> {
    let known = User::from_uid(user).ok().flatten();
    match known.and_then(|known| CString::new(known.name).ok()) {
        Some(name) => initgroups(&name, group)?,
        None => setgroups(&[group])?,
    }
    Ok(())
}

/// Gives up every capability of the calling thread but those of `needed` that it has.
///
/// # Errors
/// What the kernel says.
pub fn keep_only(needed: &[Capability]) -> io::Result<()> {
    let kept = kept_of(needed)?;
    caps::set(None, CapSet::Effective, &kept)
        .and_then(|()| caps::set(None, CapSet::Permitted, &kept))
        .and_then(|()| caps::clear(None, CapSet::Inheritable))
        .map_err(io::Error::other)
}

/// As [`keep_only`], and programs that the calling thread starts have the same.
///
/// # Errors
/// What the kernel says.
pub fn keep_and_hand_on(needed: &[Capability]) -> io::Result<()> {
    keep_only(needed)?;
    let kept = kept_of(needed)?;
    caps::set(None, CapSet::Inheritable, &kept)
        .and_then(|()| caps::set(None, CapSet::Ambient, &kept))
        .map_err(io::Error::other)
}

fn kept_of(needed: &[Capability]) -> io::Result<CapsHashSet> {
    let permitted = caps::read(None, CapSet::Permitted).map_err(io::Error::other)?;
    Ok(needed
        .iter()
        .copied()
        .filter(|capability| permitted.contains(capability))
        .collect())
}
