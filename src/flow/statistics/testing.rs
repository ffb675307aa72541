//! Frames for the tests of the accumulators.

use etherparse::PacketBuilder;

use crate::decode::Decoder;
use crate::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use crate::model::layer::Decoded;

/// An Ethernet frame with a datagram of two bytes between these ports.
pub fn udp(source: u16, destination: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    // One address for both, so that the ports alone order the two ends.
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 0, 0, 1], [10, 0, 0, 1], 64)
        .udp(source, destination)
        .write(&mut bytes, b"hi")
        .unwrap();
    bytes
}

/// Lets `use_it` see these bytes as a walked frame.
pub fn with_frame(bytes: &[u8], use_it: impl FnOnce(&Decoded<'_>)) {
    let frame = Frame {
        number: 1,
        time: Timestamp::default(),
        link_type: LinkType::ETHERNET,
        interface: None,
        direction: None,
        wire_length: u32::try_from(bytes.len()).unwrap(),
        checksum_offload: ChecksumOffload::NotKnown,
        comment: None,
        bytes,
    };
    use_it(&Decoder::new().walk(&frame));
}
