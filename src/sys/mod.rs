//! System calls that no crate offers safely, each behind a function or a type that cleans up after itself.
//!
//! The only room that may hold `unsafe`. It uses `model` alone, knows nothing of what its callers are
//! for, and decides nothing.

#![allow(unsafe_code)]

pub mod child;
pub mod ethtool;
pub mod foreign_socket;
pub mod packet_ring;
pub mod packet_socket;
pub mod ptrace;
