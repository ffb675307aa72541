//! What following a program's system calls costs: `cargo bench --bench calls`.
//!
//! A C program asks a socket for an option again and again, alone, in the lab with its calls left out and
//! told, and under `strace -f`; then the Python tutorial's server and client run as a whole. All ways in turn,
//! so that they meet the same machine; what counts are the ratios. Needs root or a lab, cc, strace, python3.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const NETINSPECT: &str = env!("CARGO_BIN_EXE_netinspect");
const ROUNDS: usize = 7;
const TURNS: &str = "20000";

/// A way to run a program.
struct Way {
    name: &'static str,
    /// The command in front of the program, and what is said behind it.
    command: &'static [&'static str],
}

/// Ways to run one program.
const OF_ONE: [Way; 5] = [
    Way {
        name: "alone",
        command: &[],
    },
    Way {
        name: "netinspect run --no-calls",
        command: &[NETINSPECT, "run", "--no-calls", "-T", "count", "--client"],
    },
    Way {
        name: "netinspect run",
        command: &[NETINSPECT, "run", "-T", "count", "--client"],
    },
    Way {
        name: "strace -f --seccomp-bpf",
        command: &[
            "strace",
            "-f",
            "--seccomp-bpf",
            "-e",
            "trace=%network",
            "-o",
            "/dev/null",
        ],
    },
    Way {
        name: "strace -f",
        command: &["strace", "-f", "-o", "/dev/null"],
    },
];

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("calls");
    fs::create_dir_all(&folder).expect("target/ can be written");
    let program = folder.join("turns");
    let compiled = Command::new("cc")
        .args(["-O1", "-o"])
        .arg(&program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/calls/turns.c"))
        .status();
    assert!(
        compiled.is_ok_and(|status| status.success()),
        "cc is needed"
    );
    let mut out = String::new();
    push_calls(&program, &folder.join("taken"), &mut out);
    push_tutorial(&folder, &mut out);
    print!("{out}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results/calls.md");
    fs::write(results, out).expect("the project can be written");
}

/// What a call costs, each way.
fn push_calls(program: &Path, taken: &Path, out: &mut String) {
    let mut costs = vec![Vec::new(); OF_ONE.len()];
    for _ in 0..ROUNDS {
        for (way, costs) in OF_ONE.iter().zip(&mut costs) {
            costs.push(cost_of_call(way, program, taken));
        }
    }
    let medians: Vec<f64> = costs.into_iter().map(median).collect();
    let told = medians[2];
    out.push_str("A call of `getsockopt` takes, median of ");
    let _ = writeln!(out, "{ROUNDS} rounds of {TURNS} calls:\n");
    out.push_str("| way | µs a call | ÷ netinspect run |\n| --- | ---: | ---: |\n");
    for (way, cost) in OF_ONE.iter().zip(medians) {
        let ratio = cost / told;
        let _ = writeln!(out, "| {} | {:.2} | {ratio:.3} |", way.name, cost / 1000.0);
    }
}

/// How many nanoseconds a call took.
fn cost_of_call(way: &Way, program: &Path, taken: &Path) -> f64 {
    let words = [
        program.display().to_string(),
        TURNS.to_owned(),
        taken.display().to_string(),
    ];
    let _ = fs::remove_file(taken);
    match way.command {
        // netinspect takes the command line as one word.
        [first, rest @ ..] if *first == NETINSPECT => {
            run(Command::new(first).args(rest).arg(words.join(" ")));
        }
        [first, rest @ ..] => run(Command::new(first).args(rest).args(words)),
        [] => run(Command::new(program).args(&words[1..])),
    }
    let text = fs::read_to_string(taken).expect("the program has written how long it took");
    text.trim().parse().expect("a number")
}

/// How long the whole run of the tutorial takes, and what Python takes of it.
fn push_tutorial(folder: &Path, out: &mut String) {
    let python = real_python();
    let script = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
        format!("{python} {} 192.168.1.6 12345", folder.join(name).display())
    };
    let input = folder.join("input");
    fs::write(&input, "hello\n").expect("target/ can be written");
    let lab = |options: &[&str]| {
        let mut command = Command::new(NETINSPECT);
        command.args(["run", "--server", &script("one_shot_server.py")]);
        command.args(["--client", &script("one_shot_client.py"), "--client-input"]);
        command.arg(&input).args(options);
        command
    };
    let mut start = Command::new(&python);
    start.args(["-c", "import socket"]);
    let mut ways = [
        ("netinspect run", lab(&[])),
        ("netinspect run --no-calls", lab(&["--no-calls"])),
        ("python3 -c 'import socket', of which a run has two", start),
    ];
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..3 * ROUNDS {
        for ((_, command), times) in ways.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            run(command);
            times.push(begun.elapsed().as_secs_f64());
        }
    }
    let _ = writeln!(
        out,
        "\nThe tutorial's server and client, median of {} runs:\n",
        3 * ROUNDS
    );
    out.push_str("| what | ms |\n| --- | ---: |\n");
    for ((name, _), times) in ways.iter().zip(times) {
        let _ = writeln!(out, "| {name} | {:.0} |", median(times) * 1000.0);
    }
}

/// The interpreter itself: `python3` may be a script that looks for it for a third of a second.
fn real_python() -> String {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .expect("python3 is needed");
    String::from_utf8(output.stdout)
        .expect("a path")
        .trim()
        .to_owned()
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
