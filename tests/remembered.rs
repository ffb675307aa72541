//! What a view remembers of the frames before changes nothing: a frame reads as if it were the first.

mod common;

use common::fixtures::{captures, folder};
use etherparse::PacketBuilder;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::flow::Flows;
use netinspect::model::draft;
use netinspect::model::frame::Frame;
use netinspect::model::layer::{Decoded, Followed};
use netinspect::render::View;
use netinspect::render::json::{Framing, Json};
use netinspect::render::theme::Theme;
use netinspect::render::tree::{Dump, Tree};

/// Makes a view that has shown nothing yet.
type Fresh = fn() -> Box<dyn View>;

const VIEWS: [Fresh; 3] = [
    || Box::new(Tree::new(Theme::Plain, Dump::Hidden, None)),
    || Box::new(Tree::new(Theme::Coloured, Dump::Hidden, None)),
    || Box::new(Json::new(Framing::Lines)),
];

fn shown(view: &mut dyn View, decoded: &Decoded<'_>) -> String {
    let mut out = String::new();
    draft::append(&mut out, |out| view.frame(decoded, out));
    out
}

/// Shows a frame three times, and three times with one byte changed: what is at its place changes, and here and
/// there its layers.
fn compare(fresh: Fresh, used: &mut dyn View, frame: &Frame<'_>, followed: &[Followed]) {
    let mut decoder = Decoder::new();
    let mut bytes = frame.bytes.to_vec();
    let changed = usize::try_from(frame.number).unwrap() % bytes.len().max(1);
    for flip in [0, 0, 0, 1, 4, 0x80] {
        if let Some(byte) = bytes.get_mut(changed) {
            *byte ^= flip;
        }
        let frame = Frame {
            bytes: &bytes,
            ..*frame
        };
        let followed = if flip == 0 { followed } else { &[] };
        let decoded = decoder.expand(&frame).with_followed(followed);
        let alone = shown(&mut *fresh(), &decoded);
        assert_eq!(shown(used, &decoded), alone, "frame {}", frame.number);
    }
}

#[test]
fn a_frame_reads_the_same_whatever_was_shown_before() {
    let mut frames = 0;
    for fresh in VIEWS {
        let mut used = fresh();
        let needs = used.needs();
        for path in captures() {
            let Ok(mut source) = capture::open(&path) else {
                continue;
            };
            let (mut flows, mut decoder) = (Flows::default(), Decoder::new());
            while let Ok(Some(frame)) = source.next_frame() {
                let followed = flows.follow(&decoder.walk(&frame), needs.past).to_vec();
                compare(fresh, &mut *used, &frame, &followed);
                frames += 1;
            }
        }
    }
    assert!(frames > 900, "only {frames} frames were shown");
}

#[test]
fn a_unit_is_singular_behind_a_one_alone_whatever_was_shown_before() {
    let mut source = capture::open(&folder().join("tcp-loop.pcapng")).unwrap();
    let any = source.next_frame().unwrap().unwrap();
    let mut view = Tree::new(Theme::Plain, Dump::Hidden, None);
    let mut decoder = Decoder::new();
    // The lengths of one shape: nothing but the number differs.
    for (length, unit) in [
        (5, "bytes"),
        (5, "bytes"),
        (5, "bytes"),
        (1, "byte"),
        (11, "bytes"),
    ] {
        let mut bytes = Vec::new();
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([192, 168, 1, 7], [192, 168, 1, 6], 1)
            .tcp(40_000, 12_345, 7, 1024)
            .write(&mut bytes, &vec![b'x'; length])
            .unwrap();
        let frame = Frame {
            wire_length: u32::try_from(bytes.len()).unwrap(),
            bytes: &bytes,
            ..any
        };
        let text = shown(&mut view, &decoder.expand(&frame));
        for words in [
            format!("[Payload length: {length} {unit}]\n"),
            "live: 1 hop\n".to_owned(),
        ] {
            assert!(text.contains(&words), "{words}{text}");
        }
    }
}
