//! What this program is built from: licences that go with its own, and no crate twice without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences that ask for no more than a notice, and those that leave our own code alone.
const LICENCES: [&str; 9] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
];

/// What `pcap-file` still wants an older version of, and what macros of several crates do.
const KNOWN_TWICE: [&str; 3] = ["syn", "thiserror", "thiserror-impl"];

/// What a program for Linux is built from, tests left out: crate and version to licence.
fn built_from() -> BTreeMap<(String, String), String> {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let format = "{p}\t{l}";
    let tree = cargo(&[
        "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", format,
    ]);
    let line = |line: &str| {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('\t')?;
        let mut words = package.split(' ');
        Some((
            (words.next()?.to_owned(), words.next()?.to_owned()),
            licence.to_owned(),
        ))
    };
    tree.lines().filter_map(line).collect()
}

#[test]
fn every_licence_goes_with_our_own() {
    let all = built_from();
    assert!(all.len() > 50, "{all:?}");
    for ((name, version), licence) in &all {
        let choices = licence.replace('/', " OR ").replace(['(', ')'], "");
        let fits = choices.split(" OR ").any(|choice| {
            choice
                .split(" AND ")
                .all(|licence| LICENCES.contains(&licence.trim()))
        });
        assert!(fits, "{name} {version} is licensed {licence}");
    }
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let known: BTreeSet<&str> = KNOWN_TWICE.iter().copied().collect();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version) in built_from().into_keys() {
        versions.entry(name).or_default().insert(version);
    }
    let twice: BTreeSet<&str> = versions
        .iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(twice, known, "in the program | known");
}

#[test]
fn the_lock_file_names_one_source_with_a_checksum_for_each_crate() {
    let lock = include_str!("../Cargo.lock");
    for package in lock.split("[[package]]").skip(1) {
        if !package.contains("name = \"netinspect\"") {
            assert!(package.contains("checksum = "), "{package}");
        }
    }
}
