//! The lab on the real kernel: once as whoever runs the tests, and where that is root, once more as an
//! ordinary user.
//!
//! It brings its own small harness: without root the lab needs a user namespace, which a process can
//! enter only before it has threads.

#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod ends;
mod faults;
mod on_host;
mod programs;
mod talk;
mod tools;
mod victim;

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use netinspect::lab::{self, doctor::Outcome, probe};

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some([kind]) = arguments.strip_prefix(&["victim".to_owned()]) {
        return victim::run(kind);
    }
    if let Some([kind]) = arguments.strip_prefix(&probe::ARGUMENTS.map(str::to_owned)) {
        return probe::run(kind);
    }
    let arguments = Arguments {
        // A lab is built by a process without threads.
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    if arguments.list {
        run(&arguments, "", &[doctor::TESTS, &tests_in_a_lab()].concat());
        return ExitCode::SUCCESS;
    }
    let is_root = nix::unistd::geteuid().is_root();
    let who = if is_root { "root" } else { "a user" };
    // What needs all of root's privilege comes first: building labs gives most of it up.
    let as_another = !is_root || as_an_ordinary_user();
    let before = run(&arguments, who, doctor::TESTS);
    let within = !has_lab() || {
        lab::prepare().unwrap_or_else(|error| panic!("{error}"));
        run(&arguments, who, &tests_in_a_lab())
    };
    if as_another && before && within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tests_in_a_lab() -> Vec<Test> {
    [
        talk::TESTS,
        faults::TESTS,
        programs::TESTS,
        on_host::TESTS,
        ends::TESTS,
    ]
    .concat()
}

/// Runs those that the arguments ask for; whether all passed.
fn run(arguments: &Arguments, who: &str, tests: &[Test]) -> bool {
    let trial = |(name, test): &Test| {
        let test = *test;
        let passes = move || {
            test();
            Ok(())
        };
        Trial::test(*name, passes).with_kind(who)
    };
    !libtest_mimic::run(arguments, tests.iter().map(trial).collect()).has_failed()
}

/// Whether the doctor can build a lab as this user: then we can.
fn has_lab() -> bool {
    let name = if nix::unistd::geteuid().is_root() {
        "lab with root"
    } else {
        "lab without root"
    };
    let checks = lab::doctor::examine().checks;
    let check = checks.iter().find(|check| check.name == name);
    match &check.expect("it is tried").outcome {
        Outcome::Works { .. } => true,
        outcome => {
            common::missing(&format!("{name}: {outcome:?}"));
            false
        }
    }
}

/// Set for the run as an ordinary user that one as root goes with.
const RUN_AS_ROOT_TOO: &str = "NETINSPECT_RUN_AS_ROOT_TOO";

fn is_run_as_root_too() -> bool {
    env::var_os(RUN_AS_ROOT_TOO).is_some()
}

fn as_an_ordinary_user() -> bool {
    let again = Command::new("/proc/self/exe")
        .args(env::args_os().skip(1))
        .env(RUN_AS_ROOT_TOO, "1")
        .current_dir("/")
        .uid(common::place::NOBODY)
        .gid(common::place::NOBODY)
        .status();
    match again {
        Ok(status) => status.success(),
        Err(error) => {
            common::missing(&format!("the right to become an ordinary user: {error}"));
            true
        }
    }
}
