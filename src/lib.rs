//! `netinspect` shows what two talking programs put on the wire, layer by layer, byte by byte, and why.
//!
//! # The map of the house
//!
//! Each room may use those above it and none below; a test reads the imports and fails on a forbidden one.
//!
//! - [`model`]: what a decoded frame is. Bits, field definitions, values, layers, faults, and the two
//!   reference models. It knows no protocol and does no input or output.
//! - [`protocols`]: one file per protocol, each with one table that says everything about it (where it
//!   stands in the models, how it is found, its fields with names, places, meanings and sources) and the
//!   functions that read what a table cannot say. `registry` lists them.
//! - [`decode`]: the decoder. It walks the layers of a frame, checks its sums and expands its fields, each
//!   depth at its own cost, into memory that is used again for the next frame.
//! - [`filter`]: the display-filter language, and asking frames.
//! - [`flow`]: what is known of a frame only from those before it.
//! - [`explain`]: what a frame is there for, told in the order of the exchange.
//! - [`render`]: one file per output: list, table, tree, hex, layer card, sequence, JSON, fields, and the
//!   exchange of two hosts. What it needs of a protocol is in the tables.
//! - [`cli`]: the arguments, and one file per command.
//!
//! Beside them stand four rooms that touch the system:
//!
//! - [`privilege`]: what this process may do, and giving it up before foreign bytes are looked at.
//! - [`sys`]: the only room with unsafe code, for system calls that no crate wraps.
//! - [`capture`]: where frames come from and go to: pcap and pcapng, gzip, pipes, live interfaces.
//! - [`lab`]: two hosts, the cable between them, and the programs on them; the chat's server and client.
//!
//! # One table, three depths
//!
//! A frame is decoded as deep as somebody asks. Its layers are a few numbers each; its fields are a flat
//! array of definitions and bit places, without a value or a text in it. Values are read from the frame's
//! own bytes when they are shown. So names cannot drift between views, and nothing is described twice.
//!
//! ```
//! use netinspect::decode::Decoder;
//! use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
//!
//! // An ARP request, as Ethernet carries it.
//! let bytes = [
//!     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 0x07, 0x08, 0x06, // Ethernet
//!     0, 1, 0x08, 0, 6, 4, 0, 1, // ARP: Ethernet and IPv4, a request
//!     0x02, 0, 0, 0, 0, 0x07, 192, 168, 1, 7, // from
//!     0, 0, 0, 0, 0, 0, 192, 168, 1, 6, // whom it looks for
//! ];
//! let frame = Frame {
//!     number: 1,
//!     time: Timestamp::from_nanoseconds(0),
//!     link_type: LinkType::ETHERNET,
//!     interface: None,
//!     direction: None,
//!     wire_length: 42,
//!     checksum_offload: ChecksumOffload::NotKnown,
//!     comment: None,
//!     bytes: &bytes,
//! };
//!
//! let mut decoder = Decoder::new();
//! let decoded = decoder.expand(&frame);
//! let mut line = String::new();
//! decoded.push_line(&mut line);
//! assert_eq!(line, "who has 192.168.1.6? tell 192.168.1.7");
//! ```

pub mod capture;
pub mod cli;
pub mod decode;
pub mod explain;
pub mod filter;
pub mod flow;
pub mod lab;
pub mod model;
pub mod privilege;
pub mod protocols;
pub mod render;
pub mod sys;
