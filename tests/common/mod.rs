//! What several end-to-end tests share.

#![allow(dead_code)] // Each test uses a part of it.

use std::io::Write as _;
use std::time::Duration;

use netinspect::capture::Source;
use netinspect::flow::Flows;
use netinspect::model::secrets::Secrets;

pub mod decoding;
pub mod fixtures;
pub mod flood;
pub mod generated;
pub mod home;
pub mod inputs;
pub mod lab;
pub mod laws;
pub mod place;
pub mod tshark;

/// How long anything is waited for that must come: nothing takes longer, on however busy a machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Says loudly that a test was skipped for want of `what`; where everything is required
/// (`NETINSPECT_REQUIRE_ALL=1`, as in CI), that is a failure.
pub fn missing(what: &str) {
    assert!(
        std::env::var_os("NETINSPECT_REQUIRE_ALL").is_none(),
        "required here, and missing: {what}"
    );
    // Not `eprintln`, which is kept back where the test passes.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let _ = writeln!(std::io::stderr(), "SKIPPED {test} for want of {what}");
}

/// What follows a capture, and decrypts what the capture has the secrets of.
pub fn flows_of(source: &mut dyn Source) -> Flows {
    let secrets = Secrets::default();
    source.tell_secrets(secrets.clone());
    let mut flows = Flows::default();
    flows.decrypt_with(secrets);
    flows
}
