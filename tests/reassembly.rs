//! Datagrams from fragments, messages from segments, and what is said of both: on every fixture, and in words.

mod common;

use std::process::Command;

use common::decoding::assert_every_bit_of;
use common::fixtures::{captures, folder};
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::explain::story;
use netinspect::flow::Flows;
use netinspect::model::needs::{Depth, Past};
use netinspect::protocols::registry;

/// What `netinspect decode` shows, at 100 columns; blanks and line breaks as one blank.
fn decode(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .current_dir(folder())
        .arg("decode")
        .args(arguments)
        .env_remove("COLUMNS")
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text of one row of a layer card.
fn row(file: &str, frame: u64, layer: &str) -> String {
    let card = decode(&[file, "--frame", &frame.to_string()]);
    let lines = card.lines().skip_while(|line| !line.contains(layer));
    let is_of_row = |line: &&str| line.starts_with("                 ");
    let mut lines = lines.enumerate();
    let first = lines.next().expect("the layer has a row").1;
    let others = lines.map(|(_, line)| line).take_while(is_of_row);
    let text: String = std::iter::once(first)
        .chain(others)
        .flat_map(|line| [line.get(32..).unwrap_or(""), " "])
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_protocol_is_in_the_same_frames_whether_they_are_listed_or_counted() {
    let files = [
        "dns-pieces",
        "fragments",
        "http",
        "http-pieces",
        "http2",
        "smtp-pieces",
        "tls-keylog",
    ];
    for file in files.map(|name| format!("{name}.pcapng")) {
        for protocol in registry::ALL.iter().filter(|it| it.name != "frame") {
            let shown = |view: &[&str]| decode(&[&[&file, "-Y", protocol.name], view].concat());
            let listed = shown(&[]).lines().count().to_string();
            let counted = shown(&["--count-only"]);
            assert_eq!(counted.trim(), listed, "{} of {file}", protocol.name);
            let told = shown(&["-e", "frame.number"]).lines().skip(1).count();
            assert_eq!(told.to_string(), listed, "{} of {file}", protocol.name);
        }
    }
}

#[test]
fn every_bit_of_what_is_put_together_belongs_to_a_field_too() {
    let mut wholes = 0;
    for path in captures() {
        let mut source = capture::open(&path).unwrap();
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        while let Ok(Some(frame)) = source.next_frame() {
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Everything);
            let decoded = decoder.deepen(&frame, Depth::Expand);
            wholes += decoded.assembled.len();
            assert_every_bit_of(&decoded);
        }
    }
    assert!(wholes >= 10, "{wholes} were put together");
}

#[test]
fn a_character_in_two_segments_is_one_that_came_in_two_frames() {
    let found = decode(&[
        "split-utf8.pcapng",
        "-Y",
        "chat.text contains \"好\"",
        "-e",
        "frame.number",
        "-e",
        "chat.text",
        "-e",
        "tcp.segment",
    ]);
    assert!(found.ends_with("\n8\t好!\t6,8\n"), "{found}");
    let begun = row("split-utf8.pcapng", 6, "6 presentation");
    let words = "ends inside a character: the first 2 of its 3 bytes, the rest is in frame 8";
    assert!(begun.contains(words), "{begun}");
    let ended = row("split-utf8.pcapng", 16, "6 presentation");
    let words = "𝄞 came in pieces: 1 byte in frame 12, 2 bytes in frame 14, 1 byte here";
    assert!(ended.contains(words), "{ended}");
}

#[test]
fn whoever_tells_of_a_frame_tells_what_message_it_completes() {
    let explained = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .current_dir(folder())
        .args(["explain", "split-utf8.pcapng", "--frame", "8"])
        .output()
        .expect("the program starts");
    let explained = String::from_utf8(explained.stdout).expect("UTF-8");
    let words = "netinspect chat  OSI 7 application, bytes of the message from frames 6, 8";
    assert!(explained.contains(words), "{explained}");

    let mut source = capture::open(&folder().join("split-utf8.pcapng")).unwrap();
    let (mut decoder, mut flows, mut story) = (Decoder::new(), Flows::default(), String::new());
    while let Ok(Some(frame)) = source.next_frame() {
        decoder.walk(&frame);
        let followed = flows.assemble(&mut decoder, &frame, Past::Everything);
        story::push_frame(&decoder.walked(&frame).with_followed(followed), &mut story);
        story.push('\n');
    }
    let words = "2 B  \"好!\"  [from frames 6, 8]\n";
    assert!(story.contains(words), "{story}");
}

#[test]
fn the_card_says_whose_turn_it_is_and_how_the_dialogue_begins_and_ends() {
    for (file, frame, words) in [
        ("tcp-loop.pcapng", 3, "the client asks to open the dialogue"),
        ("tcp-loop.pcapng", 4, "the server agrees to it"),
        (
            "tcp-loop.pcapng",
            6,
            "turn 1: the server speaks, the client has said nothing yet",
        ),
        (
            "tcp-loop.pcapng",
            10,
            "turn 2: the client speaks, the server has spoken once",
        ),
        (
            "tcp-loop.pcapng",
            14,
            "the client ends its side of the dialogue; the other may still speak",
        ),
        (
            "tcp-loop.pcapng",
            15,
            "the server ends its side too: the dialogue is over",
        ),
        (
            "udp.pcapng",
            5,
            "turn 3: the client speaks, the server has answered once",
        ),
        ("refused.pcapng", 4, "the server breaks the dialogue off"),
    ] {
        let said = row(file, frame, "5 session");
        assert!(said.contains(words), "{file} frame {frame}: {said}");
    }
}

#[test]
fn the_last_fragment_shows_the_datagram_and_the_others_name_that_frame() {
    let fields = ["-e", "frame.number", "-e", "ip.reassembled_in"];
    let fields = [
        &fields[..],
        &["-e", "ip.fragment", "-e", "ip.reassembled.length"],
    ]
    .concat();
    let of_ipv4 = decode(
        &[
            &[
                "odd-fragments.pcapng",
                "-2",
                "-Y",
                "ip.frag_offset > 0 or ip.flags.mf == 1",
            ],
            &fields[..],
        ]
        .concat(),
    );
    let expected = "\
frame.number\tip.reassembled_in\tip.fragment\tip.reassembled.length
1\t3\t\t
2\t3\t\t
3\t\t3,2,1\t39
4\t6\t\t
5\t\t\t
6\t\t4,6\t32
7\t9\t\t
8\t9\t\t
9\t\t7,8,9\t40
10\t\t\t
11\t\t\t
";
    assert_eq!(of_ipv4, expected);
    let whole = decode(&["odd-fragments.pcapng", "-Y", "frame.number == 13"]);
    assert!(
        whole.contains("\"the last one came first: 你好\"  [from frames 12, 13]"),
        "{whole}"
    );
    let discarded = decode(&[
        "odd-fragments.pcapng",
        "-Y",
        "ipv6.fragment.error == 1",
        "-e",
        "frame.number",
    ]);
    assert_eq!(discarded, "frame.number\n15\n16\n");
}

#[test]
fn a_pipe_can_be_read_only_once() {
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "-", "--two-pass"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
