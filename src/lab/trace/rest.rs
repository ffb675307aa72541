//! Whether a program has nothing to do until others do something.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, Hash, Hasher};

/// A number that stays the same for as long as each of the threads waits in the same call; `None` when one
/// is busy, or asleep for a while by its own wish.
pub fn standstill(threads: &BTreeSet<i32>) -> Option<u64> {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    for thread in threads {
        let file = |name: &str| fs::read_to_string(format!("/proc/{thread}/{name}"));
        let (Ok(call), Ok(status)) = (file("syscall"), file("status")) else {
            continue; // it has ended
        };
        let line = |start: &str| status.lines().find_map(|line| line.strip_prefix(start));
        match line("State:")?.trim_start().chars().next()? {
            'S' | 'T' if waits_for_others(&call) => {}
            'Z' | 'X' => continue,
            _ => return None,
        }
        thread.hash(&mut hasher);
        call.hash(&mut hasher);
        line("voluntary_ctxt_switches:").hash(&mut hasher);
    }
    Some(hasher.finish())
}

/// Whether a thread is in a call that others end: `/proc/TID/syscall` begins with its number.
fn waits_for_others(call: &str) -> bool {
    let sleeps = [libc::SYS_nanosleep, libc::SYS_clock_nanosleep];
    let number = call
        .split_whitespace()
        .next()
        .map(str::parse::<libc::c_long>);
    matches!(number, Some(Ok(number)) if !sleeps.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_or_a_running_program_waits_for_nobody() {
        assert!(!waits_for_others("running\n"));
        assert!(!waits_for_others(&format!(
            "{} 0x0 0x7ffe",
            libc::SYS_clock_nanosleep
        )));
        assert!(waits_for_others(&format!(
            "{} 0x3 0x7ffe",
            libc::SYS_recvfrom
        )));
        assert!(!waits_for_others(""));
    }
}
