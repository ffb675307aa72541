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
use std::panic::{self, AssertUnwindSafe};
use std::process::{Command, ExitCode};

use netinspect::lab::{self, probe};

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some([kind]) = arguments.strip_prefix(&["victim".to_owned()]) {
        return victim::run(kind);
    }
    if let Some([kind]) = arguments.strip_prefix(&probe::ARGUMENTS.map(str::to_owned)) {
        return probe::run(kind);
    }
    let filter = arguments
        .iter()
        .find(|argument| !argument.starts_with('-'))
        .map(String::as_str);
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let is_root = nix::unistd::geteuid().is_root();
    let who = if is_root {
        "as root"
    } else {
        "as an ordinary user"
    };
    // What needs all of root's privilege comes first: building labs gives most of it up.
    let as_another = !is_root || as_an_ordinary_user(filter);
    let before = run(who, doctor::TESTS, filter);
    if let Err(error) = lab::prepare() {
        common::missing(&format!("a lab: {error}"));
        return ExitCode::SUCCESS;
    }
    let tests = [
        talk::TESTS,
        faults::TESTS,
        programs::TESTS,
        on_host::TESTS,
        ends::TESTS,
    ]
    .concat();
    let passed = run(who, &tests, filter);
    if as_another && before && passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs the tests, and prints what the standard harness prints.
fn run(who: &str, tests: &[Test], filter: Option<&str>) -> bool {
    let chosen: Vec<&Test> = tests
        .iter()
        .filter(|(name, _)| filter.is_none_or(|part| name.contains(part)))
        .collect();
    println!("\nrunning {} tests {who}", chosen.len());
    let mut failed = 0;
    for (name, test) in &chosen {
        let passed = panic::catch_unwind(AssertUnwindSafe(test)).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed += usize::from(!passed);
    }
    let (result, passed) = (
        if failed == 0 { "ok" } else { "FAILED" },
        chosen.len() - failed,
    );
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out"
    );
    failed == 0
}

fn as_an_ordinary_user(filter: Option<&str>) -> bool {
    let nobody = 65534;
    let again = Command::new("/proc/self/exe")
        .args(filter)
        .current_dir("/")
        .uid(nobody)
        .gid(nobody)
        .status();
    again
        .expect("this program can be started as another user")
        .success()
}
