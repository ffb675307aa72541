//! The doctor tries for real, and a system that forbids the lab is told apart from one that does not.

use std::process::{Command, Stdio};

use nix::unistd::geteuid;
use serde_json::Value;

use crate::{Test, common, has_lab};

pub const TESTS: &[Test] = &[
    ("the_doctor_builds_labs_and_says_what_works", what_works),
    (
        "where_user_namespaces_are_forbidden_the_error_names_the_switch_and_the_ways_on",
        forbidden,
    ),
];

fn what_works() {
    // In a process of its own: this one may be in a user namespace already, the doctor's never is.
    let report: Value = serde_json::from_str(&said_by("doctor")).expect("JSON");
    let check = |name: &str| {
        let checks = report["checks"].as_array().expect("a list");
        checks
            .iter()
            .find(|check| check["name"] == name)
            .expect("such a check")
    };
    let must_work = |names: &[&'static str]| {
        for name in names {
            if check(name)["outcome"] != "works" {
                common::missing(&format!("{name}: {}", check(name)));
            }
        }
    };
    must_work(&["lab without root", "tracing of calls"]);
    if geteuid().is_root() {
        must_work(&["lab with root", "capture", "raw sockets"]);
    } else {
        assert_eq!(check("lab with root")["outcome"], "untried", "{report:#}");
        for name in ["capture", "raw sockets"] {
            assert_eq!(check(name)["outcome"], "fails", "{report:#}");
            assert_eq!(check(name)["why"], "this process has no CAP_NET_RAW");
        }
    }
}

fn said_by(victim: &str) -> String {
    let output = Command::new("/proc/self/exe")
        .args(["victim", victim])
        .stdin(Stdio::null())
        .output()
        .expect("this program can be started again");
    String::from_utf8(output.stdout).expect("text")
}

fn forbidden() {
    if geteuid().is_root() {
        // Root needs none. The second run, as an ordinary user, tells.
        return;
    }
    if !has_lab() {
        return;
    }
    assert_eq!(
        said_by("forbidden"),
        "cannot enter a user namespace: No space left on device (os error 28)\n\
         why: user.max_user_namespaces is 0, so ordinary users may make none\n\
         what to do: run it with sudo, or on the host's own network with --on lo\n"
    );
}
