//! Frames for the tests of the accumulators.

use etherparse::PacketBuilder;

use crate::decode::Decoder;
use crate::flow::Flows;
use crate::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use crate::model::layer::Decoded;
use crate::model::needs::Past;

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

/// Lets `use_it` see these bytes as a walked frame, so many seconds after the first of the capture.
pub fn with_frame(bytes: &[u8], second: usize, use_it: impl FnOnce(&Decoded<'_>)) {
    let frame_at = |second: usize| Frame {
        number: 1,
        time: Timestamp::from_nanoseconds(i64::try_from(second).unwrap() * 1_000_000_000),
        link_type: LinkType::ETHERNET,
        interface: None,
        direction: None,
        wire_length: u32::try_from(bytes.len()).unwrap(),
        checksum_offload: ChecksumOffload::NotKnown,
        comment: None,
        bytes,
    };
    let mut flows = Flows::default();
    let mut decoder = Decoder::new();
    flows.follow(&decoder.walk(&frame_at(0)), Past::Times);
    let frame = frame_at(second);
    let decoded = decoder.walk(&frame);
    let followed = flows.follow(&decoded, Past::Times);
    use_it(&decoded.with_followed(followed));
}
