//! `netinspect` shows what two talking programs put on the wire, layer by layer, byte by byte, and why.

pub mod capture;
pub mod cli;
pub mod decode;
pub mod explain;
pub mod lab;
pub mod model;
pub mod protocols;
pub mod render;
pub mod sys;
