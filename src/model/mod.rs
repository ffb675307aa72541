//! What a decoded frame is: frames, field definitions, layers, faults and the two reference models.
//!
//! In dependency order: [`frame`] is what a capture gives; [`source`] is where a fact is written down;
//! [`mod@reference`] holds the OSI and TCP/IP models; [`bits`] reads numbers; [`field`] defines one named
//! value and [`value`] is that value read; [`text`] makes foreign bytes fit to be shown, and [`utf8`] reads
//! it in pieces, [`domain_name`] the names of DNS, and [`draft`] puts it together, what comes again as a [`stencil`];
//! [`layer`] is one protocol's part of a frame, [`fault`] what is wrong with it, [`mod@line`] all that in a line,
//! [`fate`] what the lab's cable did to it, [`needs`] how much of a frame is asked for, [`framing`] where a message
//! ends in a stream, [`protocol`] the table that every dissector fills in, and [`expander`] where it puts its fields;
//! [`call`] is one system call of a program, and [`tie`] what it has to do with frames; [`duration`] reads lengths of
//! time.
//!
//! No protocol and no input or output lives here; every other room may use this one, and it uses none.

#![forbid(unsafe_code)]

pub mod address;
pub mod assembled;
pub mod bits;
pub mod call;
mod digits;
pub mod domain_name;
pub mod draft;
pub mod duration;
pub mod expander;
pub mod fate;
pub mod fault;
pub mod field;
pub mod frame;
pub mod framing;
pub mod layer;
pub mod line;
pub mod needs;
pub mod plan;
pub mod protocol;
pub mod reference;
pub mod secrets;
pub mod source;
pub mod stencil;
pub mod text;
pub mod tie;
pub mod utf8;
pub mod value;
