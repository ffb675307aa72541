//! The filter language: any text is a filter or an error that says where.

use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::model::frame::LinkType;

use super::super::decoding::frame;
use super::frame::assert_steers_no_terminal;

/// Every law of a text that may be a filter, asked of a frame with these bytes.
pub fn holds(text: &str, bytes: &[u8]) {
    match Filter::new(text) {
        Err(error) => {
            let told = error.to_string();
            assert_steers_no_terminal("an error", &told);
            assert!(told.len() < 2_000 + 8 * text.len(), "a long error: {told}");
        }
        Ok(filter) => {
            let _ = filter.hint();
            let _ = filter.explain();
            let frame = frame(bytes, LinkType::ETHERNET, 0);
            let passes = filter.passes(&Decoder::new().expand(&frame));
            if let Some(told) = filter.told_by_headers(&frame) {
                assert_eq!(told, passes, "{text}, told by headers");
            }
            match Filter::new(&format!("!({text})")) {
                Ok(negated) => {
                    let fails = negated.passes(&Decoder::new().expand(&frame));
                    assert_ne!(passes, fails, "{text} and its opposite");
                }
                // The opposite of the deepest filter that there may be is deeper.
                Err(error) => {
                    let told = error.to_string();
                    assert!(told.contains("nests deeper"), "!({text}): {told}");
                }
            }
        }
    }
}
