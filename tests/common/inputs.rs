//! What the bytes of a fuzzing target stand for: the targets and the test that replays what they found
//! read them alike.

use arbitrary::{Arbitrary, Unstructured};
use netinspect::model::frame::LinkType;

use super::decoding;
use super::generated::Exchange;
use super::laws;

/// Link types that this program decodes, and one that nobody knows.
pub const LINKS: [u16; 9] = [0, 1, 101, 108, 113, 228, 229, 276, 9999];

/// A whole file.
pub fn capture(bytes: &[u8]) {
    laws::capture::holds(bytes);
}

/// A byte that chooses the link type, one that says how much the capture cut off, and a frame.
pub fn frame(bytes: &[u8]) {
    if let [link, missing, frame @ ..] = bytes {
        let link = LinkType(LINKS[usize::from(*link) % LINKS.len()]);
        laws::frame::holds(&decoding::frame(frame, link, u32::from(*missing)));
    }
}

/// What frames that belong together are made of.
pub fn exchange(bytes: &[u8]) {
    if let Ok(exchange) = Exchange::arbitrary(&mut Unstructured::new(bytes)) {
        laws::exchange::of_generated(&exchange);
    }
}

/// A filter, and behind a line feed the frame that it is asked of.
pub fn filter(bytes: &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let (text, frame) = bytes.split_at(end);
    if let Ok(text) = std::str::from_utf8(text) {
        laws::filter::holds(text, frame.get(1..).unwrap_or_default());
    }
}

/// A fault of the cable.
pub fn fault(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        laws::fault::holds(text);
    }
}

/// Arguments, one a line: hosts with their programs, command lines, lengths of time.
pub fn arguments(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        laws::arguments::of_cast(text.lines());
        text.lines().for_each(laws::arguments::of_word);
    }
}
