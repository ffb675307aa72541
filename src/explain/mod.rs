//! What things mean: layers, protocols, fields, terms, the bytes of a frame, the story of an exchange.
//!
//! Nearly all of it is in the tables of `protocols` and `model`; here it is found, and what is in no table is
//! told. Uses `model`, `protocols`, what `decode` gives and what `flow` tells; draws
//! nothing.

#![forbid(unsafe_code)]

pub mod diagnoses;
pub mod encoding;
pub mod ends;
pub mod evidence;
pub mod listener;
pub mod refusal;
pub mod session;
pub mod step;
pub mod story;
pub mod terms;
pub mod timeline;
pub mod topic;
