//! A live capture of a flood on the loopback: netinspect against tcpdump, each alone and both at once.
//!
//! `cargo bench --bench live` (as root, with `ip` and `tcpdump`) makes a network namespace, sends 2,000,000
//! datagrams of 64 bytes through its loopback as fast as the system takes them, has both programs write them
//! to files, and prints a table, also to `benches/results/live.md`. `-- --quick` sends a tenth.
//!
//! Both say how many frames the kernel dropped because they were slow; both files are counted by
//! netinspect. A frame that is neither in the file nor counted as dropped fails the bench.

#[path = "../../tests/common/flood.rs"]
mod flood;
mod report;
mod watcher;

use std::fs;
use std::path::Path;
use std::time::Duration;

use flood::{Flood, in_namespace};
use nix::unistd::geteuid;
use report::Turn;
use watcher::{Program, Watcher};

const ROUNDS: usize = 5;

/// Bytes of a datagram.
const LENGTH: usize = 64;

/// Who captures at the same time.
const CASTS: [&[Program]; 3] = [
    &[Program::Netinspect],
    &[Program::Tcpdump],
    &[Program::Netinspect, Program::Tcpdump],
];

fn main() {
    if !geteuid().is_root() {
        eprintln!("root is needed, to make a network namespace and to capture");
        return;
    }
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let count = if is_quick { 200_000 } else { 2_000_000 };
    let mut turns: [Vec<Turn>; 3] = Default::default();
    in_namespace(|| {
        for _ in 0..ROUNDS {
            for (cast, turns) in CASTS.iter().zip(&mut turns) {
                turns.push(take_turn(cast, count));
            }
        }
    });
    let table = report::table(count, LENGTH, &turns);
    println!("\n{table}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results");
    fs::create_dir_all(&results).expect("the project can be written");
    fs::write(results.join("live.md"), table).expect("it can be written");
}

/// One flood, and what these programs saw of it.
fn take_turn(cast: &[Program], count: usize) -> Turn {
    let watchers: Vec<Watcher> = cast.iter().map(|program| program.start()).collect();
    let taken = Flood::new().send(count, LENGTH);
    // What the kernel still holds for them.
    std::thread::sleep(Duration::from_millis(500));
    let seen: Vec<_> = watchers.into_iter().map(Watcher::end).collect();
    for one in &seen {
        eprintln!("{one:?}");
    }
    Turn { taken, seen }
}
