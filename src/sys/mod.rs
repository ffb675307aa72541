//! System calls that no crate offers safely, each behind a type that cleans up when it is dropped.
//!
//! The only room that may hold `unsafe`. It uses `model` alone, knows nothing of what its callers are
//! for, and decides nothing.

#![allow(unsafe_code)]

pub mod packet_socket;
