//! Whether a program has nothing to do until others do something.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hash, Hasher};

/// What a thread waits for, when it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// What others do.
    ForOthers,
    /// A time to pass, as it wished.
    ForTime,
}

/// A number that stays the same for as long as each of the threads waits for others without a pause; `None`
/// when one is busy or asleep.
///
/// Looks at what everybody may see of a process: `/proc/TID/syscall` is for its followers alone.
pub fn standstill(threads: &BTreeMap<i32, Waiting>) -> Option<u64> {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    for (thread, waiting) in threads {
        let Ok(status) = fs::read_to_string(format!("/proc/{thread}/status")) else {
            continue; // it has ended
        };
        let line = |start: &str| status.lines().find_map(|line| line.strip_prefix(start));
        match line("State:")?.trim_start().chars().next()? {
            'S' | 'T' if *waiting == Waiting::ForOthers => {}
            'Z' | 'X' => continue,
            _ => return None,
        }
        thread.hash(&mut hasher);
        line("voluntary_ctxt_switches:").hash(&mut hasher);
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sleeps_or_runs_does_not_wait_for_others() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(standstill(&[(own, Waiting::ForTime)].into()), None);
        let this = nix::unistd::gettid().as_raw();
        assert_eq!(standstill(&[(this, Waiting::ForOthers)].into()), None);
        assert!(standstill(&BTreeMap::new()).is_some());
    }
}
