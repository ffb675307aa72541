//! What holds for every frame, however broken: no panic, every bit with one owner, text that steers no
//! terminal, JSON that is JSON.

mod common;

use common::decoding::{assert_every_bit_has_one_owner, frame, views_of};
use netinspect::model::frame::LinkType;
use proptest::collection::vec;
use proptest::prelude::*;

/// Link types that this program decodes, and one that nobody knows.
const LINKS: [u16; 9] = [0, 1, 101, 108, 113, 228, 229, 276, 9999];

fn link_type() -> impl Strategy<Value = LinkType> {
    proptest::sample::select(&LINKS[..]).prop_map(LinkType)
}

/// Bytes that look like frames: a few true headers, then anything. Random bytes alone would hardly
/// ever get past the `EtherType`.
fn frame_like() -> impl Strategy<Value = Vec<u8>> {
    let ethernet =
        proptest::sample::select(&[0x0800u16, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x0026][..]);
    let protocol =
        proptest::sample::select(&[0u8, 1, 2, 4, 6, 17, 41, 43, 44, 50, 51, 58, 60, 89][..]);
    (ethernet, protocol, 5u8..=15, vec(any::<u8>(), 0..200)).prop_map(
        |(ether_type, protocol, words, rest)| {
            let mut bytes = vec![2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7];
            bytes.extend(ether_type.to_be_bytes());
            match ether_type {
                0x0800 => {
                    let length = u16::try_from(rest.len() + 20).unwrap();
                    bytes.extend([0x40 | words, 0]);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend([
                        0, 1, 0, 0, 64, protocol, 0, 0, 192, 168, 1, 7, 192, 168, 1, 6,
                    ]);
                }
                0x86dd => {
                    let length = u16::try_from(rest.len()).unwrap();
                    bytes.extend([0x60, 0, 0, 0]);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend([protocol, 64]);
                    bytes.extend([0xfd; 32]);
                }
                _ => {}
            }
            bytes.extend(rest);
            bytes
        },
    )
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![frame_like(), vec(any::<u8>(), 0..120)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_bit_of_any_frame_belongs_to_exactly_one_leaf(
        bytes in any_bytes(), link in link_type(), missing in 0u32..40,
    ) {
        assert_every_bit_has_one_owner(&frame(&bytes, link, missing));
    }

    #[test]
    fn every_view_of_any_frame_is_text_that_steers_no_terminal(
        bytes in any_bytes(), link in link_type(), missing in 0u32..40,
    ) {
        for (name, text) in views_of(&frame(&bytes, link, missing)) {
            let steering = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
            prop_assert_eq!(steering, None, "{}: {}", name, text);
        }
    }

    #[test]
    fn the_json_of_any_frame_is_json(bytes in any_bytes(), link in link_type()) {
        let views = views_of(&frame(&bytes, link, 0));
        let (_, json) = views.iter().find(|(name, _)| *name == "json").unwrap();
        let value: Result<serde_json::Value, _> = serde_json::from_str(json);
        prop_assert!(value.is_ok(), "{:?}: {}", value.err(), json);
    }
}
