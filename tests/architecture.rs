//! The house keeps its plan: left never imports right, every protocol file is listed, and unsafe code
//! lives in one room.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may import of this crate.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("protocols", &["model"]),
    ("decode", &["model", "protocols"]),
    ("filter", &["model", "protocols", "decode"]),
    ("flow", &["model", "protocols", "decode"]),
    (
        "explain",
        &["model", "protocols", "decode", "filter", "flow"],
    ),
    (
        "render",
        &["model", "protocols", "decode", "filter", "flow", "explain"],
    ),
    ("sys", &["model"]),
    ("privilege", &[]),
    ("capture", &["model", "sys"]),
    (
        "lab",
        &[
            "model",
            "protocols",
            "decode",
            "filter",
            "flow",
            "capture",
            "privilege",
            "sys",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "protocols",
            "decode",
            "filter",
            "flow",
            "explain",
            "render",
            "capture",
            "privilege",
            "lab",
        ],
    ),
    ("main", &["cli"]),
];

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&root).unwrap();
            let first = relative.components().next().unwrap().as_os_str();
            let room = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (room, text, path)
        })
        .collect()
}

/// The rooms that a file names after `crate::`, outside of its tests.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            let end = rest
                .find(|character: char| !character.is_alphanumeric() && character != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
}

#[test]
fn left_never_imports_right() {
    let allowed: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut seen = 0;
    for (room, text, path) in sources() {
        if room == "lib" {
            continue;
        }
        let allowed = allowed
            .get(room.as_str())
            .unwrap_or_else(|| panic!("{}: the plan has no room {room}", path.display()));
        for imported in imports(&text) {
            seen += 1;
            assert!(
                imported == room || allowed.contains(&imported),
                "{}: {room} must not import {imported}",
                path.display()
            );
        }
    }
    assert!(seen > 50, "the test no longer sees the imports: {seen}");
}

#[test]
fn unsafe_code_is_in_the_room_of_system_calls_alone() {
    let manifest = include_str!("../Cargo.toml");
    assert!(
        manifest.contains("unsafe_code = \"deny\""),
        "the lint for all rooms"
    );
    for (room, text, path) in sources() {
        if room == "sys" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let is_unsafe = code
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == "unsafe");
            let place = format!("{}:{}", path.display(), number + 1);
            assert!(!is_unsafe, "{place}: only src/sys may hold unsafe code");
            assert!(
                !code.contains("allow(unsafe_code)"),
                "{place}: forbid is for good"
            );
        }
    }
}

#[test]
fn every_room_but_that_of_system_calls_forbids_unsafe_code() {
    for (room, text, path) in sources() {
        let is_door = path.ends_with("mod.rs") && path.parent().unwrap().ends_with(&room)
            || path.ends_with("decode.rs")
            || room == "main";
        if is_door && room != "sys" && !path.ends_with("cli/decode.rs") {
            let forbids = text.contains("#![forbid(unsafe_code)]");
            assert!(forbids, "{}: does not forbid unsafe code", path.display());
        }
    }
}

#[test]
fn every_file_says_what_lives_in_it() {
    for (_, text, path) in sources() {
        assert!(
            text.starts_with("//! "),
            "{}: begins without a word about itself",
            path.display()
        );
    }
}

#[test]
fn every_protocol_of_a_file_is_listed() {
    let listed = include_str!("../src/protocols/registry.rs");
    for (room, text, path) in sources() {
        if room == "protocols" && text.contains("pub static PROTOCOL: Protocol") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(
                listed.contains(&format!("{name}::PROTOCOL")),
                "{}: not in the registry",
                path.display()
            );
        }
    }
}
