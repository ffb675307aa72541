//! The captures in `fixtures`.

use std::fs;
use std::path::{Path, PathBuf};

/// Their folder.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// All of them, by name.
pub fn captures() -> Vec<PathBuf> {
    let is_capture = |path: &PathBuf| {
        let name = path.to_string_lossy();
        [".pcap", ".pcapng", ".gz"]
            .iter()
            .any(|ending| name.ends_with(ending))
    };
    let mut found: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(is_capture)
        .collect();
    found.sort();
    assert!(found.len() >= 25, "fixtures are missing");
    found
}
