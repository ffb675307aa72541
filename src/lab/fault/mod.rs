//! Faults on the cable: what is to happen to which frames, and doing it.
//!
//! `spec` is what can be asked for and `parse` reads it; `engine` tells for each frame, in the order of the
//! cable, what becomes of it; `transit` keeps the frames that are on their way.

mod engine;
mod parse;
mod spec;
mod transit;

pub use parse::FaultError;
pub use spec::Fault;

pub(super) use transit::{Parcel, Transit};
