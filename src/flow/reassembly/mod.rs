//! Putting together what was cut on its way: the stream of a TCP direction from its segments.
//!
//! Memory is bounded, and what was given up to keep it so is told.

pub mod stream;
