//! Whether there is a lab here, as `netinspect doctor` finds it. Where it says so, every failure of a lab is one.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::unistd::geteuid;
use serde_json::Value;

/// Whether whoever runs the tests can have a lab.
pub fn is_here() -> bool {
    is_here_for(geteuid().as_raw())
}

/// Whether this user can have one.
pub fn is_here_for(user: u32) -> bool {
    works(if user == 0 {
        "lab with root"
    } else {
        "lab without root"
    })
}

/// Whether the system calls of programs in it can be told.
pub fn tells_calls() -> bool {
    works("tracing of calls")
}

fn works(name: &str) -> bool {
    let checks = report()["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name} in {checks:?}"));
    let works = check["outcome"] == "works";
    if !works {
        let why = ["what", "why"].map(|key| check[key].as_str().unwrap_or_default());
        super::missing(&format!("{name}: {}", why.join(": ")));
    }
    works
}

/// What the doctor says, asked once in each test program.
fn report() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(["doctor", "--json"])
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    })
}
