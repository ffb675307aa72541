//! What several end-to-end tests share.

#![allow(dead_code)] // Each test uses a part of it.

use netinspect::capture::Source;
use netinspect::flow::Flows;
use netinspect::model::secrets::Secrets;

pub mod decoding;
pub mod fixtures;
pub mod flood;
pub mod generated;
pub mod inputs;
pub mod laws;
pub mod place;
pub mod tshark;

/// Says loudly that a test was skipped for want of `what`; where everything is required
/// (`NETINSPECT_REQUIRE_ALL=1`, as in CI), that is a failure.
pub fn missing(what: &str) {
    assert!(
        std::env::var_os("NETINSPECT_REQUIRE_ALL").is_none(),
        "required here, and missing: {what}"
    );
    eprintln!("SKIPPED for want of {what}");
}

/// What follows a capture, and decrypts what the capture has the secrets of.
pub fn flows_of(source: &mut dyn Source) -> Flows {
    let secrets = Secrets::default();
    source.tell_secrets(secrets.clone());
    let mut flows = Flows::default();
    flows.decrypt_with(secrets);
    flows
}
