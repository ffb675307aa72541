//! Whether a host's kernel is about to send something again by itself, from `/proc/net/tcp` (proc(5)).

use std::fs;

/// Whether no TCP connection of the calling thread's network namespace waits for an acknowledgement, or to
/// probe a closed window.
pub(super) fn none_runs() -> bool {
    ["tcp", "tcp6"].iter().all(|table| {
        let text = fs::read_to_string(format!("/proc/thread-self/net/{table}"));
        !has_running_timer(&text.unwrap_or_default())
    })
}

/// The kernel's numbers for the timers that send something: retransmission, and the probe of a window.
const SENDING: [&str; 2] = ["01", "04"];

fn has_running_timer(table: &str) -> bool {
    let timers = table
        .lines()
        .skip(1)
        .filter_map(|socket| socket.split_whitespace().nth(5));
    timers
        .filter_map(|timer| timer.split_once(':'))
        .any(|(kind, _)| SENDING.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_is_the_sixth_column() {
        let table = |timer| {
            format!(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n   \
                 0: 0701A8C0:3039 0601A8C0:3039 04 00000001:00000000 {timer}:00000014 00000001\n"
            )
        };
        assert!(has_running_timer(&table("01")), "retransmission");
        assert!(has_running_timer(&table("04")), "zero window probe");
        for other in ["00", "02", "03"] {
            assert!(!has_running_timer(&table(other)), "{other}");
        }
        assert!(!has_running_timer(""));
    }
}
