//! A layer without bytes is shown as what it is: captures of raw IP have no link-layer header.

mod common;

use common::decoding::{frame, views_of};
use netinspect::model::frame::LinkType;

/// An IPv4 packet from 192.168.1.7 to 192.168.1.6 with nothing inside.
const PACKET: [u8; 20] = [
    0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 253, 0xb6, 0x8f, 192, 168, 1, 7, 192, 168, 1, 6,
];

fn view(name: &str) -> String {
    let views = views_of(&frame(&PACKET, LinkType::RAW, 0));
    let found = views.into_iter().find(|(of, _)| *of == name);
    found.map(|(_, text)| text).unwrap()
}

#[test]
fn the_tree_gives_a_layer_without_bytes_none() {
    let text = view("tree");
    assert!(
        text.contains("Raw IP (no link layer)  frame · no bytes · OSI 2 data link"),
        "{text}"
    );
    assert!(text.contains("packet · bytes 0–19 · OSI 3"), "{text}");
}

#[test]
fn the_card_gives_a_layer_without_bytes_none_and_tells_nothing_of_an_ethernet_cable() {
    let text = view("layers");
    let row = text.lines().find(|line| line.contains("Raw IP frame"));
    assert!(
        row.is_some_and(|row| row.trim_end().ends_with("none")),
        "{text}"
    );
    assert!(!text.contains("preamble"), "{text}");
}

#[test]
fn json_gives_a_layer_without_bytes_an_empty_range() {
    let text = view("json");
    assert!(
        text.contains(r#"{"protocol":"raw","range":[0,0]"#),
        "{text}"
    );
    assert!(
        text.contains(r#"{"protocol":"ip","range":[0,20]"#),
        "{text}"
    );
}

#[test]
fn the_dump_shows_the_packet_from_its_first_byte() {
    assert!(view("hex").contains("0000  45 00 00 14"), "{}", view("hex"));
}
