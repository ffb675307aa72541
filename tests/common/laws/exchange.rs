//! Frames that come one after the other, what is put together of them, and what is remembered between them.

use netinspect::decode::Decoder;
use netinspect::flow::Flows;
use netinspect::model::field::Origin;
use netinspect::model::frame::{Frame, LinkType, Timestamp};
use netinspect::model::needs::{Depth, Past};

use super::super::decoding;
use super::super::generated::Exchange;
use super::retelling::Retelling;

/// Every law of generated frames on Ethernet, in their order.
pub fn of_generated(exchange: &Exchange) {
    let mut bytes = Vec::new();
    let mut time = 0;
    let mut follower = Follower::default();
    for (index, generated) in exchange.0.iter().enumerate() {
        generated.write(&mut bytes);
        time += i64::from(generated.gap_microseconds) * 1_000;
        let mut frame = decoding::frame(&bytes, LinkType::ETHERNET, u32::from(generated.missing));
        frame.number = index as u64 + 1;
        frame.time = Timestamp::from_nanoseconds(time);
        follower.follow(&frame);
    }
    follower.end();
}

/// Follows frames, and shows what that tells.
#[derive(Default)]
pub struct Follower {
    decoder: Decoder,
    flows: Flows,
    retelling: Retelling,
}

impl Follower {
    /// The next frame.
    pub fn follow(&mut self, frame: &Frame<'_>) {
        self.decoder.walk(frame);
        self.flows
            .assemble(&mut self.decoder, frame, Past::Everything);
        let decoded = self.decoder.deepen(frame, Depth::Expand);
        let decoded = decoded.with_followed(self.flows.followed());
        for found in decoded.followed {
            let name = found.field.definition.name;
            assert!(found.layer < decoded.layers.len(), "{name} is of no layer");
            assert!(
                matches!(found.field.origin, Origin::Derived(_)),
                "{name} is on the wire"
            );
        }
        super::frame::holds_of(&decoded);
        self.retelling.frame(&decoded);
        self.flows.is_shown(frame.time);
    }

    /// There are no more.
    pub fn end(self) {
        self.retelling.end();
    }
}
