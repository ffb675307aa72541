//! A process that builds a lab, starts programs in it, and then meets its end: what the tests of the
//! ends start, and look for afterwards.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use netinspect::lab::{self, Event, HostName, Lab, Launch, Network, Settings};

use crate::common::PATIENCE;

/// A program that starts another one and prints both their numbers and their network namespace.
const PROGRAM: &str =
    "sleep 1000 & echo \"pid $$ $!\"; echo \"net $(readlink /proc/self/ns/net)\"; wait";

/// Goes where no user namespace can be made, and prints why a lab cannot be built there.
fn forbid_user_namespaces() -> ExitCode {
    // In a user namespace of our own, which has its own limits. Only the exec gives its capabilities up.
    lab::prepare().unwrap_or_else(|error| panic!("{error}"));
    fs::write("/proc/sys/user/max_user_namespaces", "0").expect("our own limit");
    let error = Command::new("/proc/self/exe")
        .args(["victim", "refused"])
        .exec();
    panic!("{error}");
}

/// Prints what lives in the lab, then `ready`; then waits for a signal, or panics.
pub fn run(kind: &str) -> ExitCode {
    if kind == "forbidden" {
        return forbid_user_namespaces();
    }
    if kind == "doctor" {
        println!(
            "{}",
            serde_json::to_string(&lab::doctor::examine()).expect("serializable")
        );
        return ExitCode::SUCCESS;
    }
    if kind == "refused" {
        println!(
            "{}",
            lab::prepare().expect_err("there can be no user namespace")
        );
        return ExitCode::SUCCESS;
    }
    lab::prepare().unwrap_or_else(|error| panic!("{error}"));
    let lab = Lab::build(&Settings::default()).unwrap_or_else(|error| panic!("{error}"));
    let start = |host| lab.start(host, &Launch::new("/bin/sh", ["-c", PROGRAM]));
    let programs = [HostName::SERVER, HostName::CLIENT]
        .map(|host| start(host).unwrap_or_else(|error| panic!("{error}")));
    let mut lines = 0;
    loop {
        match lab.next_event(PATIENCE) {
            Some(Event::Line(line)) => {
                println!("{}", line.text);
                lines += 1;
            }
            Some(Event::Interrupted(signal)) => {
                println!("interrupted by {signal}");
                break;
            }
            Some(_) => {}
            None => panic!("nothing happens"),
        }
        if lines == 2 * programs.len() {
            println!("ready");
            assert!(kind != "panic", "as the test wants it");
            assert!(kind != "stubborn" || sleep_for_ever());
            lines += 1;
        }
    }
    ExitCode::SUCCESS
}

/// Does not look at its events any more.
fn sleep_for_ever() -> bool {
    loop {
        std::thread::park();
    }
}
