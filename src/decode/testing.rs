//! What a decoded frame says, as text that the tests of the dissectors compare.

use etherparse::{IpNumber, Ipv4Header};

use super::Decoder;
use crate::model::field::{Field, Role};
use crate::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use crate::model::layer::Decoded;

/// What a decoded frame says.
pub struct Seen {
    /// The frame in one line.
    pub line: String,
    /// The names of its layers, outermost first, without the capture's.
    pub layers: Vec<&'static str>,
    /// What is wrong.
    pub faults: Vec<String>,
    fields: Vec<(&'static str, String)>,
}

impl Seen {
    /// The fields of the layers of one protocol, a line each: two blanks for each depth, the name, the
    /// value, its symbol; `= ` before a value that is not on the wire, `- ` before a closer look.
    pub fn fields(&self, protocol: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(of, _)| *of == protocol)
            .map(|(_, line)| line.as_str())
            .collect()
    }

    /// As [`Seen::fields`], only the fields that begin with one of these names.
    pub fn chosen(&self, protocol: &str, names: &[&str]) -> Vec<&str> {
        let is_chosen = |line: &&str| {
            let name = line.trim_start_matches([' ', '=', '-']);
            names.iter().any(|chosen| name.starts_with(chosen))
        };
        self.fields(protocol)
            .into_iter()
            .filter(is_chosen)
            .map(str::trim_start)
            .collect()
    }
}

/// Decodes a frame of which the capture has every byte.
pub fn seen(link_type: LinkType, bytes: &[u8]) -> Seen {
    seen_of(link_type, bytes, bytes.len())
}

/// Decodes a frame that had `wire_length` bytes on the wire.
pub fn seen_of(link_type: LinkType, bytes: &[u8], wire_length: usize) -> Seen {
    let frame = frame_of(link_type, bytes, wire_length);
    seen_in(&Decoder::new().expand(&frame))
}

/// What a frame says that is decoded already.
pub fn seen_in(decoded: &Decoded<'_>) -> Seen {
    let mut line = String::new();
    decoded.push_line(&mut line);
    let fields = decoded.layers_on_wire().flat_map(|(index, layer)| {
        let fields = decoded.fields_of(index).iter();
        fields.map(|field| (layer.protocol.name, line_of(field, decoded)))
    });
    Seen {
        line,
        layers: decoded
            .layers_on_wire()
            .map(|(_, layer)| layer.protocol.name)
            .collect(),
        faults: decoded.faults.iter().map(|f| f.kind.to_string()).collect(),
        fields: fields.collect(),
    }
}

/// A frame that had `wire_length` bytes on the wire, of which the capture has these.
pub fn frame_of(link_type: LinkType, bytes: &[u8], wire_length: usize) -> Frame<'_> {
    Frame {
        number: 1,
        time: Timestamp::default(),
        link_type,
        interface: None,
        direction: None,
        wire_length: u32::try_from(wire_length).unwrap(),
        checksum_offload: ChecksumOffload::NotKnown,
        comment: None,
        bytes,
    }
}

/// A frame of Ethernet with this payload, from 02:00:00:00:00:07 to 02:00:00:00:00:06.
pub fn in_ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7];
    frame.extend(ether_type.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A packet of IPv4 with this payload, from 192.168.1.7 to 192.168.1.6, its header's checksum good.
pub fn in_ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let (source, destination) = ([192, 168, 1, 7], [192, 168, 1, 6]);
    let mut header = Ipv4Header::new(length, 64, IpNumber(protocol), source, destination).unwrap();
    header.header_checksum = header.calc_header_checksum();
    let mut packet = header.to_bytes().to_vec();
    packet.extend(payload);
    packet
}

/// A packet of IPv4 with a segment of TCP that has this payload, from port 40000 to another that nobody claims.
pub fn in_segment(payload: &[u8]) -> Vec<u8> {
    in_segment_between([40_000, 8_001], payload)
}

/// The same from one of these ports to the other.
pub fn in_segment_between(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let mut segment = ports.map(u16::to_be_bytes).concat();
    segment.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend(payload);
    in_ipv4(6, &segment)
}

fn line_of(field: &Field, decoded: &Decoded<'_>) -> String {
    let mut line = "  ".repeat(field.depth.into());
    line.push_str(match field.definition.role {
        Role::Leaf | Role::Group => "",
        Role::Detail => "- ",
        Role::Derived => "= ",
    });
    line.push_str(field.definition.name);
    line.push(' ');
    let value = decoded.value(field);
    value.push_plain(&mut line, field.definition, 0);
    if let Some(symbol) = value.symbol(field.definition) {
        line.push_str(" (");
        line.push_str(symbol);
        line.push(')');
    }
    line.trim_end().to_owned()
}
