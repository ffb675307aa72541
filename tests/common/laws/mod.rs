//! What holds for all bytes that anybody may give us. The properties, the damage sweep and the fuzzing
//! all hold the program to these laws, so that none of them knows less than another.
//!
//! Each function panics where a law is broken.

pub mod agreement;
pub mod arguments;
pub mod capture;
pub mod exchange;
pub mod fault;
pub mod filter;
pub mod frame;
pub mod retelling;
