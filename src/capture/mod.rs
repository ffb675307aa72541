//! Where frames come from and go to: capture files, pipes and interfaces.
//!
//! A [`Source`] lends one frame after the other from a buffer of its own, so that memory does not grow
//! with the capture. This room uses `model` for what a frame is, and `sys` for packet sockets.

#![forbid(unsafe_code)]

pub mod error;
mod gzip;
pub mod interfaces;
pub mod live;
pub mod open;
pub mod pcap;
pub mod pcapng;
mod place;
mod queue;
pub mod series;
mod sink;
pub mod source;
mod stream;
pub mod write;

pub use error::CaptureError;
pub use open::open;
pub use source::{Interface, Source};
