//! netinspect against tcpdump, tshark and itself: the same work on the same file, in turn.
//!
//! `cargo bench --bench peers` makes the captures (some 5 GB, under `target/`), sees to it that both sides'
//! outputs mean the same, runs them, prints a table, and draws it into `benches/results/`. `-- --quick` takes
//! a tenth of the frames (of what tshark reads, half), `-- --make` only makes the captures, as pcap, pcapng and
//! gzip.
//!
//! A figure is the other program's time, divided by ours in the same round, both for all of the file that
//! the table says, start-up included; the one in the middle of five rounds, with the least and the most. A
//! program is timed from its start until its output, a pipe that is read to its end, has ended. Before the
//! first round, the file is read once. Memory is what GNU time tells, of a run of its own.

mod check;
mod drawing;
mod file;
mod flow;
mod report;
mod run;
mod traffic;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use drawing::Series;
use file::Container;
use report::{Measured, Round, Rounds};
use traffic::Traffic;
use work::{Other, Size, WORKS, Work};

const ROUNDS: usize = 5;

/// How many times as often where it takes some milliseconds.
const START_UPS: usize = 20;

/// How large the captures are.
#[derive(Clone, Copy)]
struct Scale {
    /// By what the frames are divided.
    divisor: u32,
    /// How many frames tshark is given.
    beginning: u32,
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
            beginning: 100_000,
            most_conversations: 6,
            longest: Duration::from_secs(5),
        }
    } else {
        Scale {
            divisor: 1,
            beginning: 200_000,
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
        check::both_say_the_same(work, &folder);
    }
    check::containers_hold_the_same(&folder);
    check::checksums_are_valid(&folder);
    let measured: Vec<Measured<'_>> = WORKS
        .iter()
        .map(|work| measure(work, &folder, scale))
        .collect();
    let table = format!("{}\n{}", report::heading(ROUNDS), report::table(&measured));
    println!("\n{table}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results");
    fs::create_dir_all(&results).expect("the project can be written");
    let write =
        |name: &str, text: &str| fs::write(results.join(name), text).expect("it can be written");
    write("peers.md", &table);
    write("peers.svg", &drawing::bars(&measured));
    write(
        "conversations.svg",
        &drawing::lines(&by_conversations(&folder, scale)),
    );
}

fn make_all(folder: &Path, scale: Scale) {
    for traffic in Traffic::ALL {
        for container in Container::ALL {
            let frames = traffic.usual_frames() / scale.divisor;
            let path = traffic
                .file(folder, frames, container)
                .expect("it can be written");
            println!("{}", path.display());
        }
    }
}

fn measure<'a>(work: &'a Work, folder: &Path, scale: Scale) -> Measured<'a> {
    let whole = work.traffic.usual_frames() / scale.divisor;
    let frames = match work.size {
        Size::Whole => whole,
        Size::Beginning => scale.beginning,
        Size::Ten => 10,
    };
    let file = work
        .traffic
        .file(folder, frames, Container::Pcap)
        .expect("it can be written");
    // Once for the page cache.
    run::time(run::ours(work, &file));
    let rounds = if work.size == Size::Ten {
        START_UPS * ROUNDS
    } else {
        ROUNDS
    };
    let rounds = (0..rounds).map(|_| {
        let theirs = run::time(run::theirs(work, &file)).as_secs_f64();
        let ours = run::time(run::ours(work, &file)).as_secs_f64();
        Round { ours, theirs }
    });
    let memory = [run::ours(work, &file), run::theirs(work, &file)];
    let measured = Measured {
        work,
        frames,
        rounds: Rounds::of(rounds),
        memory: memory.map(|command| run::memory(&command)),
    };
    eprintln!(
        "{:>8.1}x  {} ({}) against {}",
        measured.rounds.median().ratio(),
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
            .find(|work| work.other == other && work.name == "list")
            .expect("there is one")
    };
    let mut ours = Series {
        name: "netinspect decode",
        class: "ours",
        points: Vec::new(),
    };
    let mut theirs = Series {
        name: "tcpdump -nn",
        class: "theirs",
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
