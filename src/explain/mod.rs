//! What things mean: for now, the story of an exchange, frame by frame, in plain words.
//!
//! Uses `model`, `protocols` and what `decode` gives; draws nothing.

#![forbid(unsafe_code)]

pub mod story;
