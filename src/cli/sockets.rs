//! Which sockets a program's host has, from `/proc/PID/net` (proc(5)).

use std::fs;

/// Whether the host of a process has a TCP socket that listens, or a UDP socket with a port.
pub fn is_served(pid: u32) -> bool {
    /// `TCP_LISTEN` and, for an unconnected UDP socket, `TCP_CLOSE`, as the kernel numbers states.
    const TABLES: [(&str, &str); 4] =
        [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")];
    TABLES.iter().any(|(table, state)| {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        has_state(&text, state)
    })
}

/// Whether the host of a process has a UDP socket, connected or not.
pub fn has_datagrams(pid: u32) -> bool {
    ["udp", "udp6"].iter().any(|table| {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        text.lines().nth(1).is_some()
    })
}

fn has_state(table: &str, state: &str) -> bool {
    let mut sockets = table.lines().skip(1);
    sockets.any(|socket| socket.split_whitespace().nth(3) == Some(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue
   0: 0601A8C0:3039 00000000:0000 0A 00000000:00000000 00:00000000
";

    #[test]
    fn a_listening_socket_is_found_by_its_state() {
        assert!(has_state(TABLE, "0A"));
        assert!(!has_state(TABLE, "01"));
        assert!(!has_state("", "0A"));
    }
}
