//! The drawings, character by character.

use super::*;
use crate::render::width;

fn mark(bytes: Range<u64>, label: &str) -> Mark {
    Mark {
        bytes,
        end: false,
        label: label.to_owned(),
        fate: Fate::Done,
    }
}

fn ending(mark: Mark) -> Mark {
    Mark { end: true, ..mark }
}

fn drawn(strip: &Strip, columns: usize, glyphs: Glyphs) -> String {
    let pen = Pen {
        theme: Theme::Plain,
        glyphs,
        columns,
    };
    let mut out = String::new();
    push(strip, pen, &mut out);
    out
}

fn two_sends_one_receive() -> Strip {
    Strip {
        heading: "client → server".to_owned(),
        content: b"helloworld".into(),
        sends: vec![
            mark(0..5, "send [4] 5"),
            mark(5..10, "send [5] 5"),
            ending(mark(10..10, "close [6]")),
        ],
        frames: vec![mark(0..5, "frame 6"), ending(mark(5..10, "frame 7 FIN"))],
        receives: vec![
            mark(0..10, "recv [9] 10"),
            ending(mark(10..10, "recv [10] 0")),
        ],
        lesson: String::new(),
    }
}

#[test]
fn borders_that_do_not_agree_are_seen_at_a_glance() {
    let expected = "\
client → server

          0             5             10
sends     ├─ send [4] 5 ┼─ send [5] 5 ┼─ close [6] ──┤
bytes     │ hello       │ world       │ end          │
frames    ├─ frame 6 ───┼─ frame 7 FIN ──────────────┤
receives  ├─ recv [9] 10 ─────────────┼─ recv [10] 0 ┤
";
    assert_eq!(
        drawn(&two_sends_one_receive(), 80, Glyphs::Unicode),
        expected
    );
}

#[test]
fn what_is_longer_than_a_line_goes_on_in_the_next_band() {
    let expected = "\
client → server

          0             5             10
sends     ├─ send [4] 5 ┼─ send [5] 5 ┤
bytes     │ hello       │ world       │
frames    ├─ frame 6 ───┼─ frame 7 F… …
receives  ├─ recv [9] 10 ─────────────┤

          10
sends     ├─ close [6] ──┤
bytes     │ end          │
frames    …─ frame 7 FIN ┤
receives  ├─ recv [10] 0 ┤
";
    assert_eq!(
        drawn(&two_sends_one_receive(), 44, Glyphs::Unicode),
        expected
    );
}

/// A character that a receive cuts in two, a frame that is lost and sent again, bytes nobody takes.
fn trouble() -> Strip {
    let content = "你好 and more text than there is room for, or is there\n";
    Strip {
        heading: "client -> server".to_owned(),
        content: content.into(),
        sends: vec![mark(0..57, "send [4] 57")],
        frames: vec![
            Mark {
                fate: Fate::Lost,
                ..mark(0..30, "frame 6 lost")
            },
            mark(30..57, "frame 7"),
            mark(0..30, "frame 9"),
        ],
        receives: vec![
            mark(0..4, "recv [9] 4"),
            mark(4..50, "recv [10] 46"),
            Mark {
                fate: Fate::Missing,
                ..mark(50..57, "not received")
            },
        ],
        lesson: String::new(),
    }
}

#[test]
fn cut_characters_lost_frames_and_bytes_that_nobody_takes_are_drawn() {
    let expected = "\
client -> server

          0             4                        30                     50
sends     ├─ send [4] 57 ───────────────────────────────────────────────…
bytes     │ 你\\xe5      │ \\xa5\\xbd and more tex… │ e is room for, or is │
frames    ├╌ frame 6 lost ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┼─ frame 7 ────────────…
again     ├─ frame 9 ────────────────────────────┤
receives  ├─ recv [9] 4 ┼─ recv [10] 46 ────────────────────────────────┤

          50              57
sends     …─ send [4] 57 ─┤
bytes     │  there\\n      │
frames    …─ frame 7 ─────┤
receives  ├  not received ┤
";
    assert_eq!(drawn(&trouble(), 80, Glyphs::Unicode), expected);
}

#[test]
fn plain_ascii_says_the_same() {
    let expected = "\
client -> server

          0              4                        30                     50
sends     |- send [4] 57 ------------------------------------------------~
bytes     | \\u{4f60}\\xe5 | \\xa5\\xbd and more t... | e is room for, or is |
frames    |. frame 6 lost ........................|- frame 7 ------------~
again     |- frame 9 -----------------------------|
receives  |- recv [9] 4 -|- recv [10] 46 --------------------------------|

          50              57
sends     ~- send [4] 57 -|
bytes     |  there\\n      |
frames    ~- frame 7 -----|
receives  |  not received |
";
    assert_eq!(drawn(&trouble(), 80, Glyphs::Ascii), expected);
}

#[test]
fn of_a_long_stream_the_middle_is_counted_instead_of_drawn() {
    let pieces = |size: u64, name: &str| -> Vec<Mark> {
        (0..6000 / size)
            .map(|n| mark(n * size..(n + 1) * size, &format!("{name} {n}")))
            .collect()
    };
    let strip = Strip {
        content: [b'x'; 6000].into(),
        sends: pieces(6000, "send"),
        frames: pieces(60, "frame"),
        receives: pieces(100, "recv"),
        ..Strip::default()
    };
    let out = drawn(&strip, 80, Glyphs::Unicode);
    let folded: Vec<&str> = out.lines().filter(|line| line.contains('⋯')).collect();
    assert_eq!(
        folded,
        ["          ⋯ not drawn: bytes 500 to 5820: 1 send, 89 frames, 54 receives ⋯"],
        "{out}"
    );
    assert!(out.contains("frame 99") && out.contains("recv 59"), "{out}");
}

#[test]
fn frames_without_a_border_of_a_call_among_them_are_folded() {
    let strip = Strip {
        heading: "client -> server".to_owned(),
        content: [b'x'; 6000].into(),
        sends: vec![mark(0..6000, "send 1")],
        frames: (0..60)
            .map(|n| mark(n * 100..(n + 1) * 100, &format!("frame {n}")))
            .collect(),
        receives: vec![mark(0..2450, "recv 2"), mark(2450..6000, "recv 3")],
        ..Strip::default()
    };
    let out = drawn(&strip, 80, Glyphs::Unicode);
    assert!(
        out.contains("frame 23") && out.contains("frame 24"),
        "{out}"
    );
    assert!(
        out.contains("⋯ 22 frames") && out.contains("⋯ 33 frames"),
        "{out}"
    );
    assert!(!out.contains("not drawn"), "{out}");
}

#[test]
fn colours_go_by_the_send_that_wrote_a_byte() {
    let pen = Pen {
        theme: Theme::Coloured,
        glyphs: Glyphs::Unicode,
        columns: 80,
    };
    let mut out = String::new();
    push(&two_sends_one_receive(), pen, &mut out);
    let receives = out.lines().last().unwrap();
    let (cyan, yellow) = ("\x1b[36m", "\x1b[33m");
    assert!(
        receives.contains(&format!("{cyan}─ recv [9] 10")),
        "{receives:?}"
    );
    assert!(
        receives.contains(&format!("{yellow}─────────")),
        "{receives:?}"
    );
}

proptest::proptest! {
    #[test]
    fn no_line_is_wider_than_allowed_and_none_holds_a_raw_control_character(
        content in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        cuts in proptest::collection::vec((0u64..320, 0u64..320, 0usize..3, proptest::prelude::any::<bool>()), 0..40),
        columns in 40usize..120,
    ) {
        let mut strip = Strip { content: content.into(), ..Strip::default() };
        for (from, length, lane, end) in cuts {
            let made = Mark { end, ..mark(from..from + length, "recvfrom [123] 1024 of a long name\n") };
            let made = Mark { label: made.label.replace('\n', ""), ..made };
            [&mut strip.sends, &mut strip.frames, &mut strip.receives][lane].push(made);
        }
        for line in drawn(&strip, columns, Glyphs::Unicode).lines() {
            proptest::prop_assert!(width::of(line) <= columns, "{}", line);
            proptest::prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
        }
    }
}
