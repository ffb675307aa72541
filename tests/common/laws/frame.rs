//! One frame, at every depth and in every view.

use netinspect::decode::Decoder;
use netinspect::decode::headers::any_header;
use netinspect::model::fault::{FaultKind, Severity};
use netinspect::model::field::Buffer;
use netinspect::model::frame::Frame;
use netinspect::model::layer::{Decoded, Layer, MAX_LAYERS};
use netinspect::model::needs::{Depth, Needs};
use netinspect::model::reference::OsiLayer;
use netinspect::protocols::registry;

use super::super::decoding::{assert_every_bit_of, views_of_decoded};
use super::agreement;

/// A byte is described by at most so many fields: one for each bit, a group around them, and closer looks.
const FIELDS_A_BYTE: usize = 12;

/// A layer has at most so many fields that cost no byte: what is computed of it.
const FIELDS_A_LAYER: usize = 64;

/// A field is told in at most so many bytes of text, beside those of its value.
const TEXT_A_FIELD: usize = 2_000;

/// In how many places a frame is cut, evenly spread.
const CUTS: usize = 6;

/// Every law of one frame that is read for itself.
pub fn holds(frame: &Frame<'_>) {
    assert_depths_agree(frame);
    assert_cut_is_no_error(frame);
    holds_of(&Decoder::new().expand(frame));
}

/// Every law of one frame, with what was put together with it and what is known from those before it.
pub fn holds_of(decoded: &Decoded<'_>) {
    assert_every_bit_of(decoded);
    assert_work_is_bounded(decoded);
    let views = views_of_decoded(decoded);
    let fields = decoded.fields.len() + decoded.followed.len();
    let most = TEXT_A_FIELD * (fields + 10) + 16 * bytes_of(decoded);
    for (name, text) in &views {
        assert_steers_no_terminal(name, text);
        assert!(text.len() <= most, "{name} is {} bytes long", text.len());
    }
    let json = views.iter().find(|(name, _)| *name == "ndjson");
    agreement::holds(decoded, &json.expect("a view").1);
}

/// How many bytes a frame has, with those that were put together with it.
fn bytes_of(decoded: &Decoded<'_>) -> usize {
    let wholes = decoded.assembled.iter().map(|whole| whole.bytes.len());
    decoded.frame.bytes.len() + wholes.sum::<usize>()
}

/// Text in which nothing moves the cursor, changes colours, or hides what stands beside it.
pub fn assert_steers_no_terminal(what: &str, text: &str) {
    let steering = text
        .chars()
        .find(|c| netinspect::model::text::is_hidden(*c) && !matches!(c, '\n' | '\t'));
    assert_eq!(steering, None, "{what}: {text}");
}

/// A deeper look finds the layers that a shallower one found.
fn assert_depths_agree(frame: &Frame<'_>) {
    let places = |decoded: Decoded<'_>| -> Vec<_> {
        let layers = decoded.layers.iter();
        layers
            .map(|layer| {
                (
                    layer.protocol.name,
                    layer.start,
                    layer.header_end,
                    layer.end,
                )
            })
            .collect()
    };
    let mut decoder = Decoder::new();
    let walked = places(decoder.walk(frame));
    assert_eq!(walked, places(decoder.check(frame)));
    assert_eq!(walked, places(decoder.expand(frame)));
    let headers = places(decoder.walk_to(frame, Depth::Headers));
    let (found, left) = walked.split_at(headers.len().min(walked.len()));
    assert_eq!(headers, found);
    let is_header = |name: &str| registry::named(name).unwrap().needs() == Needs::HEADERS;
    assert!(!left.iter().any(|(name, ..)| is_header(name)), "{left:?}");
    assert_shown_alone(frame, &headers);
}

/// What the capture cut has no errors but those of the whole.
fn assert_cut_is_no_error(frame: &Frame<'_>) {
    let mut decoder = Decoder::new();
    let mut errors_of = |frame: &Frame<'_>| -> Vec<FaultKind> {
        let faults = decoder.expand(frame).faults.iter();
        let errors = faults.filter(|fault| fault.kind.severity() == Severity::Error);
        errors.map(|fault| fault.kind.clone()).collect()
    };
    let length = frame.bytes.len();
    let whole = Frame {
        wire_length: frame.wire_length.max(u32::try_from(length).unwrap()),
        ..*frame
    };
    let errors = errors_of(&whole);
    for end in (0..length).step_by(length / CUTS + 1) {
        let cut = Frame {
            bytes: &frame.bytes[..end],
            ..whole
        };
        let new = errors_of(&cut);
        let new = new.iter().find(|error| !errors.contains(error));
        assert!(new.is_none(), "cut at byte {end}: {new:?}, not {errors:?}");
    }
}

fn layer_of(protocol: &str) -> OsiLayer {
    registry::named(protocol).unwrap().standing.osi
}

/// Headers of which nothing is kept are those that are found; that of the transport layer with what it carries.
fn assert_shown_alone(frame: &Frame<'_>, found: &[(&str, usize, usize, usize)]) {
    let mut shown = Vec::new();
    let mut end = 0;
    let any_fits = any_header(frame, |protocol, header| {
        let start = end;
        end += header.len();
        shown.push((protocol.name, start, end));
        false
    });
    let on_wire = found.iter().skip(1);
    let mut found: Vec<_> = on_wire
        .map(|(name, from, to, _)| (*name, *from, *to))
        .collect();
    for ((name, _, to), (.., shown_to)) in found.iter_mut().zip(&shown) {
        if layer_of(name) == OsiLayer::Transport {
            assert!(shown_to >= to, "{name} to {shown_to} of {to}");
            *to = *shown_to;
        }
    }
    if any_fits.is_some() {
        assert_eq!(shown, found);
    } else {
        assert_eq!(found.get(..shown.len()), Some(shown.as_slice()));
    }
}

fn assert_work_is_bounded(decoded: &Decoded<'_>) {
    let in_frame = |layer: &&Layer| layer.buffer == Buffer::FRAME;
    let in_frame = decoded.layers.iter().filter(in_frame).count();
    assert!(in_frame <= MAX_LAYERS + 2, "{in_frame} layers");
    let layers = decoded.layers.len();
    let most = (MAX_LAYERS + 2) * (decoded.assembled.len() + 1);
    assert!(layers <= most, "{layers} layers");
    let bytes = bytes_of(decoded);
    let most = FIELDS_A_BYTE * bytes + FIELDS_A_LAYER * layers;
    let fields = decoded.fields.len();
    assert!(fields <= most, "{fields} fields of {bytes} bytes");
}
