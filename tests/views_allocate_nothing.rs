//! Showing a frame allocates nothing, once the memory for it is there: a list, JSON and chosen fields run over
//! captures of any length in memory that does not grow.

mod common;

use common::fixtures::captures;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::flow::Flows;
use netinspect::model::draft::Draft;
use netinspect::model::layer::Decoded;
use netinspect::render::View;
use netinspect::render::fields::{Column, Fields, Separation};
use netinspect::render::json::{Framing, Json};
use netinspect::render::list::{List, TimeStyle};
use netinspect::render::theme::Theme;

fn views() -> Vec<(&'static str, Box<dyn View>)> {
    let columns = |names: &[&str]| {
        names
            .iter()
            .map(|name| Column::named(name).unwrap())
            .collect()
    };
    let in_place = columns(&[
        "ip.src",
        "ipv6.src",
        "tcp.srcport",
        "tcp.len",
        "frame.number",
    ]);
    let listed = columns(&[
        "tcp.options.mss_val",
        "tcp.stream",
        "chat.text",
        "dns.qry.name",
    ]);
    vec![
        (
            "list",
            Box::new(List::new(Theme::Plain, TimeStyle::Relative, None)),
        ),
        ("ndjson", Box::new(Json::new(Framing::Lines))),
        (
            "fields in place",
            Box::new(Fields::new(in_place, Separation::Tabs)),
        ),
        (
            "listed fields",
            Box::new(Fields::new(listed, Separation::Tabs)),
        ),
    ]
}

/// Whether something about the frame calls for a text of its own: what is wrong, noteworthy, put together or
/// was done by the lab's cable is told in words, and such frames are few.
fn calls_for_words(decoded: &Decoded<'_>) -> bool {
    let is_mark = |found: &netinspect::model::layer::Followed| found.field.depth > 1;
    decoded.frame.comment.is_some()
        || !decoded.faults.is_empty()
        || decoded.followed.iter().any(is_mark)
        || !decoded.assembled.is_empty()
}

#[test]
fn a_frame_on_its_way_through_a_view_allocates_nothing() {
    let mut frames = 0;
    for (name, mut view) in views() {
        let needs = view.needs();
        let (mut decoder, mut out) = (Decoder::new(), Draft::default());
        for path in captures() {
            let Ok(mut source) = capture::open(&path) else {
                continue;
            };
            let mut flows = Flows::default();
            while let Ok(Some(frame)) = source.next_frame() {
                let followed = flows.follow(&decoder.walk(&frame), needs.past);
                if calls_for_words(&decoder.deepen(&frame, needs.depth).with_followed(followed)) {
                    continue;
                }
                let mut show = || {
                    out.text().clear();
                    decoder.walk(&frame);
                    let decoded = decoder.deepen(&frame, needs.depth);
                    view.frame(&decoded.with_followed(followed), &mut out);
                };
                // Once for everything to get its memory; what comes a second time is worth a shape, whose texts
                // are kept the third time. Once to count.
                for _ in 0..3 {
                    show();
                }
                let counted = allocation_counter::measure(show);
                let number = frame.number;
                assert_eq!(
                    counted.count_total,
                    0,
                    "{name}: {} frame {number}",
                    path.display()
                );
                frames += 1;
            }
        }
    }
    assert!(frames > 300, "only {frames} frames were shown");
}
