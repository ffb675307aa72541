//! netinspect against tcpdump, tshark and itself: the same work on the same file, in turn.
//!
//! `cargo bench --bench peers` makes the captures (some 4 GB, under `target/`), sees to it that both sides'
//! outputs mean the same, runs them, prints a table, and draws it into `benches/results/`. `-- --quick` takes
//! a tenth of the frames, `-- --make` only makes the captures, as pcap, pcapng and gzip.

mod file;
mod flow;
mod report;
mod run;
mod traffic;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use file::Container;
use report::{Measured, Series};
use traffic::Traffic;
use work::{Other, Size, WORKS, Work};

const ROUNDS: usize = 5;

/// How large the captures are.
#[derive(Clone, Copy)]
struct Scale {
    /// By what the frames are divided.
    divisor: u32,
    /// The most conversations in the drawing, as a power of ten.
    most_conversations: u32,
    /// How long a program is watched there.
    longest: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let scale = if is_asked("--quick") {
        Scale {
            divisor: 10,
            most_conversations: 6,
            longest: Duration::from_secs(5),
        }
    } else {
        Scale {
            divisor: 1,
            most_conversations: 7,
            longest: Duration::from_mins(1),
        }
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("captures");
    fs::create_dir_all(&folder).expect("target/ can be written");
    if is_asked("--make") {
        return make_all(&folder, scale);
    }
    for work in WORKS {
        check(work, &folder);
    }
    let measured: Vec<Measured<'_>> = WORKS
        .iter()
        .map(|work| measure(work, &folder, scale))
        .collect();
    let table = report::table(&measured);
    println!("\n{table}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results");
    fs::create_dir_all(&results).expect("the project can be written");
    let write =
        |name: &str, text: &str| fs::write(results.join(name), text).expect("it can be written");
    write("peers.md", &table);
    write("peers.svg", &report::bars(&measured));
    write(
        "conversations.svg",
        &report::lines(&by_conversations(&folder, scale)),
    );
}

fn make_all(folder: &Path, scale: Scale) {
    for traffic in [Traffic::Chat, Traffic::Few, Traffic::Bulk, Traffic::Flood] {
        for container in [Container::Pcap, Container::Pcapng, Container::Gzip] {
            let frames = traffic.usual_frames() / scale.divisor;
            let path = traffic
                .file(folder, frames, container)
                .expect("it can be written");
            println!("{}", path.display());
        }
    }
}

/// Both sides must say the same of a small capture of the same kind.
fn check(work: &Work, folder: &Path) {
    let file = work
        .traffic
        .file(folder, 3_000, Container::Pcap)
        .expect("it can be written");
    let ours = (work.gist.ours)(&run::text(run::ours(work, &file)));
    let theirs = (work.gist.theirs)(&run::text(run::theirs(work, &file)));
    assert!(!ours.is_empty(), "{}: nothing was said", work.name);
    assert!(
        ours == theirs,
        "{} against {}: not the same",
        work.name,
        work.other.name()
    );
}

fn measure<'a>(work: &'a Work, folder: &Path, scale: Scale) -> Measured<'a> {
    let whole = work.traffic.usual_frames() / scale.divisor;
    let frames = match work.size {
        Size::Whole => whole,
        Size::Tenth => whole / 10,
        Size::Ten => 10,
    };
    let file = work
        .traffic
        .file(folder, frames, Container::Pcap)
        .expect("it can be written");
    // Once for the page cache.
    run::time(run::ours(work, &file));
    let rounds = if work.size == Size::Ten {
        20 * ROUNDS
    } else {
        ROUNDS
    };
    let mut rounds: Vec<(f64, f64)> = (0..rounds)
        .map(|_| {
            let theirs = run::time(run::theirs(work, &file)).as_secs_f64();
            let ours = run::time(run::ours(work, &file)).as_secs_f64();
            (theirs / ours, ours)
        })
        .collect();
    rounds.sort_by(|(first, _), (second, _)| first.total_cmp(second));
    let measured = Measured {
        work,
        frames,
        seconds: rounds[rounds.len() / 2].1,
        ratios: rounds.iter().map(|(ratio, _)| *ratio).collect(),
        memory: run::memory(&run::ours(work, &file)),
    };
    eprintln!(
        "{:>8.1}x  {} ({}) against {}",
        measured.median(),
        work.name,
        work.traffic.name(),
        work.other.name()
    );
    measured
}

/// Frames listed in a second, where the same number of frames belongs to ever more conversations.
fn by_conversations(folder: &Path, scale: Scale) -> Vec<Series> {
    let work = |other| {
        WORKS
            .iter()
            .find(|work| work.other == other)
            .expect("there is one")
    };
    let mut ours = Series {
        name: "netinspect decode",
        colour: "#2a7ab0",
        points: Vec::new(),
    };
    let mut theirs = Series {
        name: "tcpdump -nn",
        colour: "#b0482a",
        points: Vec::new(),
    };
    for power in 2..=scale.most_conversations {
        let flows = 10_u32.pow(power);
        let frames = flows.max(1_000_000 / scale.divisor);
        let file = Traffic::Spread(flows)
            .file(folder, frames, Container::Pcap)
            .expect("it can be written");
        let work = work(Other::Tcpdump);
        let our_rate = run::lines_per_second(run::ours(work, &file), scale.longest);
        let their_rate = run::lines_per_second(run::theirs(work, &file), scale.longest);
        eprintln!(
            "{flows:>9} conversations: {our_rate:>10.0} and {their_rate:>10.0} frames a second"
        );
        ours.points.push((flows, our_rate));
        theirs.points.push((flows, their_rate));
        // Of the larger ones there is room for one.
        fs::remove_file(file).expect("it was made");
    }
    vec![ours, theirs]
}
