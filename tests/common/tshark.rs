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

/// A checksum that the card fills in after the capture point is bad in tshark's eyes before version 4.2.
/// A window scale that is not known has no value with us, and one that is not used is 1.
pub fn differs_on_purpose(field: &str, theirs: &str, ours: &str) -> bool {
    match field {
        "tcp.window_size_scalefactor" => {
            (theirs == "-1" && ours.is_empty()) || (theirs == "-2" && ours == "1")
        }
        // Between two frames of the same time tshark tells none.
        "tcp.analysis.ack_rtt" | "tcp.analysis.rto" => theirs.is_empty() && ours == "0.000000000",
        _ => field.ends_with(".checksum.status") && theirs == "0" && ours == "5",
    }
}
