//! TCP connections.

pub mod segment;
pub mod sequence;
