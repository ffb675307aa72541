//! netinspect against tcpdump, tshark and itself: the same work on the same file, in turn.
//!
//! `cargo bench --bench peers` makes the captures (some 5 GB, under `target/`), sees to it that both sides'
//! outputs mean the same, runs them, prints a table, and draws it into `benches/results/`. `-- --quick` takes
//! a tenth of the frames (of what tshark reads, half), `-- --make` only makes the captures, as pcap, pcapng and
//! gzip, `-- --memory` tells the most memory that each view holds instead. `-- --only NAME` looks at the works of
//! this name alone, and keeps no results.
//!
//! A figure is the other program's time, divided by ours in the same round, both for all of the file that
//! the table says, start-up included; the one in the middle of five rounds, with the least and the most. A
//! program is timed from its start until its output, a pipe that is read to its end, has ended. Before the
//! first round, the file is read once. Memory is what GNU time tells, of a run of its own.

mod check;
mod drawing;
mod file;
mod flow;
mod memory;
mod report;
mod run;
mod traffic;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Parser;
use drawing::Series;
use file::Container;
use report::{Measured, Round, Rounds};
use traffic::Traffic;
use work::{Size, TOLD_TIME_ZONE, WORKS, Work};

const ROUNDS: usize = 5;

/// How many times as often where it takes some milliseconds.
const START_UPS: usize = 20;

/// How large the captures are.
#[derive(Clone, Copy)]
struct Scale {
    /// By what the frames are divided.
    divisor: u32,
    /// By what those that tshark is given are divided.
    of_beginning: u32,
    /// The most conversations in the drawing, as a power of ten.
    most_conversations: u32,
    /// How long a program is watched there.
    longest: Duration,
}

/// netinspect against tcpdump, tshark and itself; without an option all of it, which takes a quarter of an hour and
/// writes benches/results
#[derive(Parser)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
struct Options {
    /// A tenth of the frames, and of what tshark reads, half
    #[arg(long)]
    quick: bool,

    /// Only make the captures, some 5 GB under target/
    #[arg(long)]
    make: bool,

    /// Tell the most memory that each view holds instead
    #[arg(long)]
    memory: bool,

    /// Only the works of this name; no results are kept
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// What Cargo says to every bench
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

fn main() {
    let options = Options::parse();
    let scale = if options.quick {
        Scale {
            divisor: 10,
            of_beginning: 2,
            most_conversations: 6,
            longest: Duration::from_secs(5),
        }
    } else {
        Scale {
            divisor: 1,
            of_beginning: 1,
            most_conversations: 7,
            longest: Duration::from_secs(20),
        }
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("captures");
    fs::create_dir_all(&folder).expect("target/ can be written");
    if options.make {
        return make_all(&folder, scale);
    }
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results");
    fs::create_dir_all(&results).expect("the project can be written");
    let write = |name: &str, text: &str| {
        fs::write(results.join(name), text).expect("it can be written");
    };
    if options.memory {
        let table = memory::table(&folder, scale);
        println!("\n{table}");
        return write("memory.md", &table);
    }
    let only = options.only.as_ref();
    let works = WORKS
        .iter()
        .filter(|work| only.is_none_or(|name| work.name == name));
    for work in works.clone() {
        check::both_say_the_same(work, &folder);
    }
    let measured: Vec<Measured<'_>> = works.map(|work| measure(work, &folder, scale)).collect();
    let table = format!("{}\n{}", report::heading(ROUNDS), report::table(&measured));
    println!("\n{table}");
    if only.is_some() {
        return;
    }
    check::containers_hold_the_same(&folder);
    check::checksums_are_valid(&folder);
    write("peers.md", &table);
    write("peers.svg", &drawing::bars(&measured));
    let series = by_conversations(&folder, scale);
    write("conversations.svg", &drawing::lines(&series));
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
        Size::Beginning(frames) => frames / scale.of_beginning,
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
        memory: memory.map(|command| run::memory(&command, Stdio::null())),
    };
    eprintln!(
        "{:>8.1}x  {} ({}) against {}",
        measured.rounds.median().ratio(),
        work.name,
        work.traffic.name(),
        work.against()
    );
    measured
}

/// Frames listed in a second, where the same number of frames belongs to ever more conversations: of three
/// turns the one in the middle. A program that takes long is watched for a part of its time, the quicker part.
fn by_conversations(folder: &Path, scale: Scale) -> Vec<Series> {
    let list = &TOLD_TIME_ZONE;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for power in 2..=scale.most_conversations {
        let flows = 10_u32.pow(power);
        let frames = flows.max(1_000_000 / scale.divisor);
        let file = Traffic::Spread(flows)
            .file(folder, frames, Container::Pcap)
            .expect("it can be written");
        let turns = [(); 3].map(|()| {
            let our_rate = run::lines_per_second(run::ours(list, &file), scale.longest);
            let their_rate = run::lines_per_second(run::theirs(list, &file), scale.longest);
            (our_rate, their_rate)
        });
        let our_rate = median(turns.map(|(our_rate, _)| our_rate));
        let their_rate = median(turns.map(|(_, their_rate)| their_rate));
        eprintln!(
            "{flows:>9} conversations: {our_rate:>10.0} and {their_rate:>10.0} frames a second"
        );
        ours.push((flows, our_rate));
        theirs.push((flows, their_rate));
        // Of the larger ones there is room for one.
        fs::remove_file(file).expect("it was made");
    }
    vec![
        Series {
            name: "netinspect decode",
            class: "ours",
            points: ours,
        },
        Series {
            name: "TZ=UTC0 tcpdump -nn",
            class: "theirs",
            points: theirs,
        },
    ]
}

fn median(mut rates: [f64; 3]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[1]
}
