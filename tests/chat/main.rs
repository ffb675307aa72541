//! The chat end to end, on the loopback: our server and client with each other, with the tutorial's
//! Python programs, and with peers that mean no good; and with the tutorial's programs in the lab.

#[path = "../common/mod.rs"]
mod common;

mod bytes;
mod in_the_lab;
mod ours;
mod program;
mod server;
mod trouble;
mod tutorial;

use std::net::{Ipv6Addr, UdpSocket};

/// The loopback of each version that this machine has.
fn loopbacks() -> Vec<&'static str> {
    let mut addresses = vec!["127.0.0.1"];
    if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        addresses.push("::1");
    } else {
        common::missing("IPv6 on the loopback");
    }
    addresses
}
