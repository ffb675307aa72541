//! What fuzzing has kept because it reached new code, and what it began with, replayed without a fuzzer.
//! `fuzz/seeds/TARGET` is where a fuzzer begins too:
//! `cargo +nightly fuzz run frame fuzz/corpus/frame fuzz/seeds/frame`. What is kept of a corpus is the fewest
//! inputs that reach all of its code: `-set_cover_merge=1 -use_counters=0`.

mod common;

use std::fs;
use std::path::Path;

use common::inputs;

/// A fuzz target: its name, and what it does with its bytes.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 6] = [
    ("capture", inputs::capture),
    ("frame", inputs::frame),
    ("exchange", inputs::exchange),
    ("filter", inputs::filter),
    ("fault", inputs::fault),
    ("arguments", inputs::arguments),
];

#[test]
fn every_law_holds_for_what_fuzzing_has_found() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (target, law) in TARGETS {
        let mut replayed = 0;
        for entry in fs::read_dir(seeds.join(target)).unwrap() {
            law(&fs::read(entry.unwrap().path()).unwrap());
            replayed += 1;
        }
        assert!(replayed >= 20, "{target} has {replayed} inputs");
    }
}
