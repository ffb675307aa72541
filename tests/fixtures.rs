//! Every capture in `fixtures`: each of its bytes belongs to a field, and each view shows it as written
//! down in `fixtures/golden`, which somebody has read.
//!
//! `NETINSPECT_BLESS=1 cargo test --test fixtures` writes the golden outputs anew; then read what changed.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::decoding::assert_every_bit_has_one_owner;
use common::fixtures::{captures, folder};
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::model::draft;
use netinspect::model::needs::{Depth, Past};
use netinspect::render::list::{List, TimeStyle};
use netinspect::render::theme::Theme;
use netinspect::render::{View, width};

#[test]
fn every_byte_of_every_fixture_belongs_to_a_field() {
    let mut link_types = BTreeSet::new();
    for path in captures() {
        let mut source = capture::open(&path).unwrap();
        let mut frames = 0;
        // A damaged capture ends with an error, after its good frames.
        while let Ok(Some(frame)) = source.next_frame() {
            assert_every_bit_has_one_owner(&frame);
            link_types.insert(frame.link_type.0);
            frames += 1;
        }
        assert!(frames > 0, "{} has no frame", path.display());
    }
    let expected = BTreeSet::from([0, 1, 101, 108, 113, 276]);
    assert_eq!(
        link_types, expected,
        "a link type has no fixture, or an unknown one has"
    );
}

/// The views that are written down: of every capture the first three, of one capture all, and of one whose messages
/// come in pieces, and one whose are encrypted, the layers too.
const OF_EVERY_CAPTURE: &[(&str, &[&str])] = &[
    ("list", &[]),
    ("tree", &["-V"]),
    ("sequence", &["-T", "sequence"]),
];

const OF_ONE_CAPTURE: &[(&str, &[&str])] = &[
    ("table", &["-T", "table"]),
    ("hex", &["-x"]),
    ("layers", &["-T", "layers"]),
    ("svg", &["-T", "sequence", "--as", "svg"]),
    ("mermaid", &["-T", "sequence", "--as", "mermaid"]),
    ("json", &["-T", "json"]),
    ("ndjson", &["-T", "ndjson"]),
    (
        "fields",
        &[
            "-e",
            "frame.number",
            "-e",
            "ip.src",
            "-e",
            "tcp.flags",
            "-e",
            "chat.text",
        ],
    ),
    (
        "csv",
        &["--csv", "-e", "frame.number", "-e", "_ws.col.info"],
    ),
];

const THE_ONE: &str = "tcp-loop.pcapng";

/// Shows what the layers tell where somebody encrypts.
const ENCRYPTED: &str = "tls.pcapng";

const OF_PIECES: &[(&str, &[&str])] = &[("layers", &["-T", "layers"])];

const IN_PIECES: &str = "http-pieces.pcapng";

#[test]
fn every_view_of_every_fixture_is_as_it_was_read() {
    let golden = folder().join("golden");
    let bless = std::env::var_os("NETINSPECT_BLESS").is_some();
    let mut expected_files = BTreeSet::new();
    let mut differing = Vec::new();
    for path in captures() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let further = match name {
            THE_ONE => OF_ONE_CAPTURE,
            IN_PIECES | ENCRYPTED => OF_PIECES,
            _ => &[],
        };
        for (view, options) in OF_EVERY_CAPTURE.iter().chain(further) {
            let shown = decode(name, options);
            let file = golden.join(format!("{name}.{view}"));
            if bless {
                fs::create_dir_all(&golden).unwrap();
                fs::write(&file, &shown).unwrap();
            }
            if fs::read_to_string(&file).ok().as_ref() != Some(&shown) {
                differing.push(format!("{name}.{view}"));
            }
            expected_files.insert(file);
        }
    }
    assert!(
        differing.is_empty(),
        "not as in fixtures/golden (NETINSPECT_BLESS=1 writes them anew): {}",
        differing.join(", ")
    );
    let present: BTreeSet<PathBuf> = fs::read_dir(&golden)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(present, expected_files, "golden outputs of nothing");
}

#[test]
fn a_list_on_a_narrow_terminal_says_all_that_it_says_elsewhere() {
    for path in captures() {
        for columns in [20, 40, 80] {
            let mut source = capture::open(&path).unwrap();
            let (mut decoder, mut flows) = (Decoder::new(), common::flows_of(source.as_mut()));
            let list = |columns| List::new(Theme::Plain, TimeStyle::Relative, columns);
            let (mut narrow, mut wide) = (list(Some(columns)), list(None));
            while let Ok(Some(frame)) = source.next_frame() {
                decoder.walk(&frame);
                let followed = flows.assemble(&mut decoder, &frame, Past::Marks);
                let decoded = decoder.deepen(&frame, Depth::Check).with_followed(followed);
                let shown = |view: &mut List| {
                    let mut out = String::new();
                    draft::append(&mut out, |out| view.frame(&decoded, out));
                    out
                };
                let (broken, whole) = (shown(&mut narrow), shown(&mut wide));
                assert!(broken.lines().all(|line| width::of(line) <= columns));
                let said = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(said(&broken), said(&whole));
            }
        }
    }
}

/// What the built program says of a fixture, with what it says of damage at its end.
fn decode(name: &str, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .current_dir(folder())
        .arg("decode")
        .arg(name)
        .args(options)
        .env_remove("COLUMNS")
        .output()
        .expect("the program starts");
    let mut shown = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    if !errors.is_empty() {
        shown.push_str("--- standard error ---\n");
        shown.push_str(&errors);
    }
    shown
}

#[test]
fn every_fixture_is_told_of_in_the_readme_beside_it() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for path in captures() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            readme.contains(&format!("`{name}`")),
            "{name} is not told of"
        );
    }
}
