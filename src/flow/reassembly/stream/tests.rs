//! The stream is the same, however its bytes come.

use proptest::prelude::*;

use super::*;

const ROOMY: Bounds = Bounds {
    waiting: 1 << 20,
    history: 1 << 16,
};

/// What was heard of a stream, each piece in a word.
#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    said: Vec<String>,
}

impl Heard {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Bytes { bytes, .. } => self.bytes.extend_from_slice(bytes),
            Event::Gap {
                offset,
                length,
                why,
            } => self.said.push(format!("{length} at {offset}: {why:?}")),
            Event::Conflict { offset, origin } => {
                self.said
                    .push(format!("{offset} differs in frame {}", origin.frame));
            }
            Event::BehindEnd { length, origin } => {
                let frame = origin.frame;
                self.said
                    .push(format!("{length} behind the end in frame {frame}"));
            }
            Event::Again { .. } => {}
        }
    }
}

fn part(seq: u32, bytes: &[u8], frame: u64) -> Part<'_> {
    Part {
        seq: Seq(seq),
        bytes,
        length: u32::try_from(bytes.len()).unwrap(),
        is_last: false,
        origin: Origin {
            frame,
            ..Origin::default()
        },
    }
}

/// What is heard of a stream that begins at a number, and of these parts, to its end.
fn heard(bounds: Bounds, base: u32, parts: &[(u32, &[u8])]) -> Heard {
    let mut assembler = Assembler::new(bounds);
    let mut heard = Heard::default();
    assembler.take(part(base, b"", 1), &mut |event| heard.hear(event));
    for (frame, (offset, bytes)) in (2..).zip(parts) {
        let part = part(base.wrapping_add(*offset), bytes, frame);
        assembler.take(part, &mut |event| heard.hear(event));
    }
    assembler.finish(&mut |event| heard.hear(event));
    heard
}

#[test]
fn segments_are_put_in_order_also_where_the_numbers_go_round() {
    let heard = heard(
        ROOMY,
        u32::MAX - 2,
        &[(3, b"def"), (6, b"gh"), (0, b"abc"), (8, b"i")],
    );
    assert_eq!(heard.bytes, b"abcdefghi");
    assert!(heard.said.is_empty(), "{:?}", heard.said);
}

#[test]
fn of_several_copies_the_first_in_order_counts_and_another_one_is_told() {
    // In order already, behind a hole, and a keep-alive, whose byte may be any.
    let said = heard(ROOMY, 7, &[(0, b"abc"), (1, b"XcD"), (3, b"\0")]);
    assert_eq!(said.bytes, b"abcD");
    assert_eq!(said.said, ["1 differs in frame 3"]);

    // Behind a hole, the first that came; but what is in order as a whole counts before what waited.
    let said = heard(ROOMY, 7, &[(3, b"def"), (2, b"cXe"), (0, b"ab")]);
    assert_eq!(said.bytes, b"abcdef");
    assert_eq!(said.said, ["3 differs in frame 3"]);

    let said = heard(ROOMY, 7, &[(2, b"cdef"), (0, b"abXd")]);
    assert_eq!(said.bytes, b"abXdef");
    assert_eq!(said.said, ["2 differs in frame 2"]);
}

#[test]
fn a_hole_is_told_with_its_reason() {
    let said = heard(ROOMY, 0, &[(0, b"ab"), (5, b"fg")]);
    assert_eq!(said.bytes, b"abfg");
    assert_eq!(said.said, ["3 at 2: NeverCame"]);

    let mut assembler = Assembler::new(ROOMY);
    let mut said = Heard::default();
    assembler.take(part(0, b"ab", 1), &mut |event| said.hear(event));
    assembler.take(part(5, b"fg", 2), &mut |event| said.hear(event));
    assembler.acknowledge(Seq(5), &mut |event| said.hear(event));
    assert!(
        said.said.is_empty(),
        "the segment may come after its acknowledgment"
    );
    assembler.acknowledge(Seq(7), &mut |event| said.hear(event));
    assert_eq!(said.bytes, b"abfg");
    assert_eq!(said.said, ["3 at 2: NotCaptured"]);
}

#[test]
fn what_the_capture_cut_is_told_and_what_follows_keeps_its_place() {
    let mut assembler = Assembler::new(ROOMY);
    let mut said = Heard::default();
    let cut = Part {
        length: 10,
        ..part(0, b"abcd", 1)
    };
    assembler.take(cut, &mut |event| said.hear(event));
    assembler.take(part(10, b"k", 2), &mut |event| said.hear(event));
    assert_eq!(said.bytes, b"abcdk");
    assert_eq!(said.said, ["6 at 4: CutByCapture"]);
}

#[test]
fn a_fin_ends_the_stream_and_takes_no_byte_of_it() {
    let mut assembler = Assembler::new(ROOMY);
    let mut said = Heard::default();
    let last = Part {
        is_last: true,
        ..part(3, b"de", 2)
    };
    assembler.take(part(0, b"abc", 1), &mut |event| said.hear(event));
    assembler.take(last, &mut |event| said.hear(event));
    assembler.acknowledge(Seq(6), &mut |event| said.hear(event));
    assembler.take(part(6, b"nobody reads this", 3), &mut |event| {
        said.hear(event);
    });
    assembler.finish(&mut |event| said.hear(event));
    assert_eq!(said.bytes, b"abcde");
    assert_eq!(said.said, ["17 behind the end in frame 3"]);
}

#[test]
fn bytes_that_were_lost_before_the_fin_are_told() {
    let mut assembler = Assembler::new(ROOMY);
    let mut said = Heard::default();
    let last = Part {
        is_last: true,
        ..part(9, b"", 2)
    };
    assembler.take(part(0, b"abc", 1), &mut |event| said.hear(event));
    assembler.take(last, &mut |event| said.hear(event));
    assembler.finish(&mut |event| said.hear(event));
    assert_eq!(said.said, ["6 at 3: NeverCame"]);
}

#[test]
fn what_waits_is_bounded_and_what_was_given_up_is_told() {
    let bounds = Bounds {
        waiting: 1000,
        history: 0,
    };
    let parts: Vec<(u32, &[u8])> = (1..200).map(|at| (at * 2, b"x".as_slice())).collect();
    let mut assembler = Assembler::new(bounds);
    let mut said = Heard::default();
    assembler.take(part(0, b"", 1), &mut |event| said.hear(event));
    for (at, bytes) in parts {
        assembler.take(part(at, bytes, 2), &mut |event| said.hear(event));
        assert!(assembler.waiting_bytes <= 1000);
    }
    assert_eq!(said.said[0], "2 at 0: GivenUp");
}

/// A text, and the segments that carry it: cut anywhere, some sent twice, in any order.
fn shuffled() -> impl Strategy<Value = (Vec<u8>, Vec<(u32, Vec<u8>)>)> {
    let text = prop::collection::vec(any::<u8>(), 1..400);
    let cuts = prop::collection::vec((any::<prop::sample::Index>(), 1..60_usize), 0..60);
    (text, cuts).prop_flat_map(|(text, cuts)| {
        // Every byte is sent at least once, and any stretch of them again.
        let once = text.chunks(37).enumerate().map(|(index, bytes)| {
            let at = u32::try_from(index * 37).unwrap();
            (at, bytes.to_vec())
        });
        let again = cuts.into_iter().map(|(from, length)| {
            let from = from.index(text.len());
            let until = text.len().min(from + length);
            (u32::try_from(from).unwrap(), text[from..until].to_vec())
        });
        let parts: Vec<_> = once.chain(again).collect();
        (Just(text), Just(parts).prop_shuffle())
    })
}

/// What is heard of `hello`, an end, and ` world` behind it, of which so many bytes of the stream are acknowledged.
fn heard_behind_an_end(acknowledged: u32) -> Heard {
    let mut assembler = Assembler::new(ROOMY);
    let mut heard = Heard::default();
    let end = Part {
        is_last: true,
        ..part(5, b"", 2)
    };
    for part in [part(0, b"hello", 1), end, part(5, b" world", 3)] {
        assembler.take(part, &mut |event| heard.hear(event));
    }
    assembler.acknowledge(Seq(acknowledged), &mut |event| heard.hear(event));
    assembler.finish(&mut |event| heard.hear(event));
    heard
}

#[test]
fn bytes_behind_an_end_are_told_of_and_do_not_count() {
    let heard = heard_behind_an_end(6);
    assert_eq!(heard.bytes, b"hello");
    assert_eq!(heard.said, ["6 behind the end in frame 3"]);
}

#[test]
fn an_end_was_none_where_the_other_side_has_taken_what_came_behind_it() {
    let heard = heard_behind_an_end(11);
    assert_eq!(heard.bytes, b"hello world");
    assert!(heard.said.is_empty(), "{:?}", heard.said);
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_stream(
        (text, parts) in shuffled(),
        base in any::<u32>(),
    ) {
        let parts: Vec<(u32, &[u8])> = parts.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
        let heard = heard(ROOMY, base, &parts);
        prop_assert_eq!(heard.bytes, text);
        prop_assert!(heard.said.is_empty(), "{:?}", heard.said);
    }

    #[test]
    fn offsets_are_those_of_the_stream_whatever_comes(
        parts in prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u8>(), 0..50), 0..9_u32, any::<bool>()), 0..60),
        near in any::<bool>(),
        waiting in 0..2000_usize,
    ) {
        let mut assembler = Assembler::new(Bounds { waiting, history: 64 });
        let mut told = 0;
        let mut tell = |event: Event<'_>| match event {
            Event::Bytes { offset, bytes, .. } => {
                assert_eq!(offset, told);
                told += bytes.len() as u64;
            }
            Event::Gap { offset, length, .. } => {
                assert_eq!(offset, told);
                told += length;
            }
            Event::Again { .. } | Event::BehindEnd { .. } | Event::Conflict { .. } => {}
        };
        for (seq, bytes, missing, is_last) in &parts {
            let seq = if near { seq % 300 } else { *seq };
            let mut part = part(seq, bytes, 1);
            part.length += missing;
            part.is_last = *is_last;
            assembler.take(part, &mut tell);
            assembler.acknowledge(Seq(seq.wrapping_mul(7)), &mut tell);
        }
        assembler.finish(&mut tell);
    }
}

/// So that thousands of pieces cannot make each segment cost a walk over them all.
#[test]
fn of_pieces_that_wait_beside_each_other_a_segment_over_them_is_told_once() {
    const PIECES: u32 = 5_000;
    let mut assembler = Assembler::new(ROOMY);
    assembler.take(part(1, b"", 1), &mut |_| {});
    for piece in 0..PIECES {
        assembler.take(part(10 + 2 * piece, b"x", 2), &mut |_| {});
    }
    // Of which the capture has its first bytes alone.
    let over_all = |bytes| Part {
        length: 2 * PIECES,
        ..part(10, bytes, 3)
    };
    let mut count = 0;
    assembler.take(over_all(b"x"), &mut |_| count += 1);
    assert_eq!(count, PIECES);
    let mut again = Vec::new();
    assembler.take(over_all(b"y"), &mut |event| match event {
        Event::Conflict { offset, .. } => again.push(("differs", offset)),
        Event::Again { length, .. } => again.push(("again", length)),
        _ => {}
    });
    assert_eq!(again, [("differs", 9), ("again", u64::from(2 * PIECES))]);
}
