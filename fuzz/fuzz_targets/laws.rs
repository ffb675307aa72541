//! The laws of the tests, and what they need.

#![allow(dead_code)] // Each target uses a part of it.

#[path = "../../tests/common"]
pub mod common {
    pub mod decoding;
    pub mod generated;
    pub mod inputs;
    pub mod laws;
}
