//! Frames that come one after the other, and what is remembered between them.

use netinspect::decode::Decoder;
use netinspect::flow::Flows;
use netinspect::model::field::Origin;
use netinspect::model::frame::{Frame, LinkType, Timestamp};
use netinspect::model::needs::Past;
use netinspect::render::View;
use netinspect::render::json::{Framing, Json};
use netinspect::render::theme::Theme;
use netinspect::render::tree::{Dump, Tree};

use super::super::decoding;
use super::super::generated::Exchange;
use super::frame::assert_steers_no_terminal;

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
        super::frame::holds(&frame);
        follower.follow(&frame);
    }
}

/// Follows frames, and shows what that tells.
#[derive(Default)]
pub struct Follower {
    decoder: Decoder,
    flows: Flows,
}

impl Follower {
    /// The next frame.
    pub fn follow(&mut self, frame: &Frame<'_>) {
        let decoded = self.decoder.expand(frame);
        let followed = self.flows.follow(&decoded, Past::Everything);
        for found in followed {
            let name = found.field.definition.name;
            assert!(found.layer < decoded.layers.len(), "{name} is of no layer");
            assert!(
                matches!(found.field.origin, Origin::Derived(_)),
                "{name} is on the wire"
            );
        }
        let decoded = decoded.with_followed(followed);
        let views: [Box<dyn View>; 2] = [
            Box::new(Tree::new(Theme::Plain, Dump::Hidden)),
            Box::new(Json::new(Framing::Lines)),
        ];
        let [tree, json] = views.map(|mut view| {
            let mut out = String::new();
            view.frame(&decoded, &mut out);
            out
        });
        assert_steers_no_terminal("tree", &tree);
        assert_steers_no_terminal("json", &json);
        let json: Result<serde_json::Value, _> = serde_json::from_str(&json);
        assert!(json.is_ok(), "{json:?}");
    }
}
