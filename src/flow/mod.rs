//! All that is known of a frame only from the frames before it.
//!
//! A dissector sees one frame; what needs a memory is here. Uses `model`, `protocols` and `decode`.

#![forbid(unsafe_code)]

pub mod answers;
pub mod causes;
pub mod decryption;
pub mod endpoints;
mod flows;
pub mod follow;
pub mod foresight;
mod frames;
pub mod http2;
mod memory;
pub mod questions;
pub mod quic;
pub mod reassembly;
pub mod statistics;
pub mod tcp;
mod telling;
mod times;
pub mod turns;
mod udp;
pub mod websocket;

pub use flows::Flows;
pub use memory::REMEMBERED;
