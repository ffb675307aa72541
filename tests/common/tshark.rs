//! tshark, which we compare ourselves with.

use std::collections::HashSet;
use std::process::Command;

/// tshark reassembles and trusts checksums by default; here each frame is to be read for itself, every
/// checksum verified, and nothing guessed.
pub const PREFERENCES: &[&str] = &[
    "eth.fcs:Never",
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.relative_sequence_numbers:TRUE",
];

/// tshark with these preferences, on this file.
pub fn reading(path: &std::path::Path) -> Command {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(path);
    for preference in PREFERENCES {
        command.args(["-o", preference]);
    }
    command
}

/// Whether it is there; where it is not, that is said loudly.
pub fn is_here() -> bool {
    let is_here = Command::new("tshark").arg("--version").output().is_ok();
    if !is_here {
        super::missing("tshark");
    }
    is_here
}

/// Every field name that it has, whether it occurs or not.
pub fn field_names() -> HashSet<String> {
    let output = Command::new("tshark")
        .args(["-G", "fields"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with("F\t"))
        .filter_map(|line| line.split('\t').nth(2).map(str::to_owned))
        .collect()
}
