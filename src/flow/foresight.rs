//! What only later frames tell of a frame: which one completes what it began. Whoever can read a capture
//! twice knows it the second time.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::assembled::Assembled;
use crate::model::fault::FaultKind;
use crate::model::layer::{Decoded, Layer};

/// How many frames are remembered.
pub const MOST_FORESEEN: usize = 1_000_000;

/// Which frame completes what an earlier one began.
#[derive(Debug, Default)]
pub struct Foresight {
    completed_in: HashMap<u64, u64, RandomState>,
}

impl Foresight {
    /// Notes what a frame completes: not a message that its end leaves unfinished.
    pub fn note(&mut self, decoded: &Decoded<'_>) {
        let current = decoded.frame.number;
        let assembled = decoded.assembled.iter();
        let completed = assembled.filter(|whole| !is_unfinished(whole, decoded));
        let parts = completed.flat_map(|whole| &whole.parts);
        for part in parts.filter(|part| part.frame != current) {
            if self.completed_in.len() < MOST_FORESEEN {
                self.completed_in.entry(part.frame).or_insert(current);
            }
        }
    }

    /// The frame that completes what this one began, where that is known.
    pub fn completed_in(&self, frame: u64) -> Option<u64> {
        self.completed_in.get(&frame).copied()
    }
}

/// Whether a frame has all that there is of this, which is not all of it.
fn is_unfinished(whole: &Assembled, decoded: &Decoded<'_>) -> bool {
    let is_of_it = |layer: &Layer| {
        let found = decoded.whole_of(layer);
        found.is_some_and(|found| std::ptr::eq(found, whole))
    };
    let faults = decoded.faults.iter();
    let mut unfinished = faults
        .filter(|fault| matches!(fault.kind, FaultKind::EndedEarly | FaultKind::TooLong))
        .filter_map(|fault| decoded.layers.get(fault.layer));
    unfinished.any(is_of_it)
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;

    /// The frame that completes what the first of these segments begins, the last of which ends the connection.
    fn completes_the_first(segments: &[&[u8]]) -> Option<u64> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let mut foresight = Foresight::default();
        let mut seq = 1;
        for (payload, number) in segments.iter().zip(1..) {
            let builder = PacketBuilder::ipv4([192, 168, 1, 6], [192, 168, 1, 7], 64);
            let segment = builder.tcp(80, 40_000, seq, 64_000).ack(1);
            let is_last = number == segments.len() as u64;
            let segment = if is_last { segment.fin() } else { segment };
            let mut packet = Vec::new();
            segment.write(&mut packet, payload).unwrap();
            seq += u32::try_from(payload.len()).unwrap();
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            frame.number = number;
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Marks);
            foresight.note(&decoder.walked(&frame));
        }
        foresight.completed_in(1)
    }

    #[test]
    fn a_message_that_is_never_whole_is_whole_in_no_frame() {
        let header = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(completes_the_first(&[header, b"hello", b""]), Some(2));
        assert_eq!(completes_the_first(&[header, b"hell", b""]), None);
    }
}
