//! Headers that refer to what was said before, and blocks that lie.

use super::*;
use crate::protocols::http2_header_list::{End, end_of, value};

const HEADERS: u8 = names::HEADERS;
const CONTINUATION: u8 = names::CONTINUATION;

/// A frame of this type with these flags, on stream 1.
fn frame_of(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags, 0, 0, 0, 1]);
    frame.extend_from_slice(payload);
    frame
}

/// A header that is whole in one frame.
fn whole(block: &[u8]) -> Vec<u8> {
    frame_of(HEADERS, END_HEADERS, block)
}

fn said(header: Option<&Vec<u8>>, name: &str) -> Option<String> {
    let value = value(header?, name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// The examples of RFC 7541, appendix C.4: three requests, in the Huffman code.
const REQUESTS: [&[u8]; 3] = [
    &[
        0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90,
        0xf4, 0xff,
    ],
    &[
        0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf,
    ],
    &[
        0x82, 0x87, 0x85, 0xbf, 0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f, 0x89,
        0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf,
    ],
];

#[test]
fn what_was_said_before_need_not_be_said_again() {
    let mut side = Side::default();
    let headers: Vec<_> = REQUESTS
        .iter()
        .map(|block| side.hear(&whole(block)))
        .collect();
    for header in &headers {
        assert_eq!(
            said(header.as_ref(), ":authority").as_deref(),
            Some("www.example.com")
        );
        assert_eq!(end_of(header.as_ref().unwrap()), End::Whole);
    }
    assert_eq!(
        said(headers[1].as_ref(), "cache-control").as_deref(),
        Some("no-cache")
    );
    assert_eq!(
        said(headers[2].as_ref(), ":path").as_deref(),
        Some("/index.html")
    );
    assert_eq!(
        said(headers[2].as_ref(), "custom-key").as_deref(),
        Some("custom-value")
    );
}

/// The examples of RFC 7541, appendix C.6, where the table has room for 256 bytes.
#[test]
fn what_is_too_old_for_the_table_is_forgotten() {
    let mut side = Side::default();
    let first = [
        0x3f, 0xe1, 0x01, 0x48, 0x82, 0x64, 0x02, 0x58, 0x85, 0xae, 0xc3, 0x77, 0x1a, 0x4b, 0x61,
        0x96, 0xd0, 0x7a, 0xbe, 0x94, 0x10, 0x54, 0xd4, 0x44, 0xa8, 0x20, 0x05, 0x95, 0x04, 0x0b,
        0x81, 0x66, 0xe0, 0x82, 0xa6, 0x2d, 0x1b, 0xff, 0x6e, 0x91, 0x9d, 0x29, 0xad, 0x17, 0x18,
        0x63, 0xc7, 0x8f, 0x0b, 0x97, 0xc8, 0xe9, 0xae, 0x82, 0xae, 0x43, 0xd3,
    ];
    let second = [0x48, 0x83, 0x64, 0x0e, 0xff, 0xc1, 0xc0, 0xbf];
    let [first, second] = [&first[..], &second].map(|block| side.hear(&whole(block)));
    assert_eq!(said(first.as_ref(), ":status").as_deref(), Some("302"));
    assert_eq!(said(second.as_ref(), ":status").as_deref(), Some("307"));
    assert_eq!(
        said(second.as_ref(), "location").as_deref(),
        Some("https://www.example.com")
    );
    // The status 302 had to go.
    let gone = side.hear(&whole(&[0xc2])).unwrap();
    assert_eq!(end_of(&gone), End::Malformed);
}

#[test]
fn a_block_may_go_on_in_other_frames_and_each_tells_the_lines_that_it_completes() {
    let mut side = Side::default();
    let (first, last) = REQUESTS[0].split_at(7);
    let begun = side.hear(&frame_of(HEADERS, 0, first));
    assert_eq!(said(begun.as_ref(), ":method").as_deref(), Some("GET"));
    assert_eq!(said(begun.as_ref(), ":authority"), None);
    assert_eq!(side.hear(&frame_of(CONTINUATION, 0, &[])), None);
    let rest = side.hear(&frame_of(CONTINUATION, END_HEADERS, last));
    assert_eq!(said(rest.as_ref(), ":method"), None);
    assert_eq!(
        said(rest.as_ref(), ":authority").as_deref(),
        Some("www.example.com")
    );
}

#[test]
fn a_block_that_ends_inside_a_line_is_none() {
    let mut side = Side::default();
    let header = side.hear(&whole(&REQUESTS[0][..7])).unwrap();
    assert_eq!(end_of(&header), End::Malformed);
    assert_eq!(said(Some(&header), ":method").as_deref(), Some("GET"));
}

#[test]
fn behind_missing_bytes_what_was_said_in_them_is_not_known_and_nothing_is_invented() {
    let mut side = Side::default();
    side.hear(&whole(REQUESTS[0])).unwrap();
    side.lose();
    assert_eq!(
        side.framing(b"<p>in the middle of a page"),
        Framing::Foreign
    );
    let second = side.hear(&whole(REQUESTS[1])).unwrap();
    assert_eq!(end_of(&second), End::Lost);
    assert_eq!(said(Some(&second), ":authority"), None);
    assert_eq!(
        said(Some(&second), "cache-control").as_deref(),
        Some("no-cache")
    );
    // What was said since is known.
    let third = side.hear(&whole(&[0xbe])).unwrap();
    assert_eq!(
        said(Some(&third), "cache-control").as_deref(),
        Some("no-cache")
    );
}

#[test]
fn what_stands_between_the_frames_of_a_block_breaks_it_off() {
    let mut side = Side::default();
    side.hear(&frame_of(HEADERS, 0, REQUESTS[0]));
    assert_eq!(side.hear(&frame_of(names::DATA, 0, b"data")), None);
    assert_eq!(
        side.hear(&frame_of(CONTINUATION, END_HEADERS, REQUESTS[0])),
        None
    );
    let header = side.hear(&whole(&[0xbe])).unwrap();
    assert_eq!(end_of(&header), End::Lost);
}

#[test]
fn a_block_without_an_end_and_a_header_that_repeats_itself_are_bounded() {
    let mut side = Side::default();
    // A name of a million bytes begins, and goes on and on.
    side.hear(&frame_of(HEADERS, 0, &[0x40, 0x7f, 0xc1, 0x83, 0x3d]));
    for _ in 0..100 {
        side.hear(&frame_of(CONTINUATION, 0, &[0x82; 10_000]));
        assert!(side.cost() < 200_000, "{}", side.cost());
    }
    let flooded = side
        .hear(&frame_of(CONTINUATION, END_HEADERS, &[]))
        .unwrap();
    assert_eq!(end_of(&flooded), End::TooLong);
    // An entry of 4000 bytes, and then its index again and again.
    let mut bomb = vec![0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
    bomb.extend([b'x'; 4000]);
    bomb.extend([0xbe; 16_000]);
    let header = side.hear(&whole(&bomb)).unwrap();
    assert_eq!(end_of(&header), End::TooLong);
    assert!(header.len() <= 64 << 10);
}

#[test]
fn a_table_is_no_larger_than_is_kept_whatever_was_agreed() {
    let mut side = Side::default();
    // 2^28 bytes are asked for, and a hundred entries of 30,000 bytes said.
    let mut block = vec![0x3f, 0xe1, 0xff, 0xff, 0x7f];
    side.hear(&whole(&block)).unwrap();
    block = vec![0x40, 1, b'a', 0x7f, 0xb1, 0xe9, 0x01];
    block.resize(block.len() + 30_000, b'x');
    for _ in 0..100 {
        side.hear(&whole(&block)).unwrap();
        assert!(side.cost() < 200_000, "{}", side.cost());
    }
}

#[test]
fn any_bytes_are_frames_whose_cost_is_bounded() {
    let mut random = fastrand::Rng::with_seed(9113);
    for _ in 0..300 {
        let mut side = Side::default();
        for _ in 0..40 {
            let payload: Vec<u8> = (0..random.usize(..200)).map(|_| random.u8(..)).collect();
            let kind = *random
                .choice(&[HEADERS, CONTINUATION, names::PUSH_PROMISE, names::DATA])
                .unwrap();
            let mut frame = frame_of(kind, random.u8(..), &payload);
            frame.truncate(frame.len() - random.usize(..3));
            if let Some(header) = side.hear(&frame) {
                assert!(header.len() <= 64 << 10);
            }
            if random.u8(..) < 8 {
                side.lose();
            }
            assert!(side.cost() < 300_000);
        }
    }
}
