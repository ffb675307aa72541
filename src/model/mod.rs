//! What a decoded frame is: frames, field definitions, layers, faults and the two reference models.
//!
//! No protocol and no input or output lives here; every other room may use this one, and it uses none.

pub mod frame;
