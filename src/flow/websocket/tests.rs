//! Messages in pieces, masked, compressed, and those that lie.

use flate2::{Compress, FlushCompress};

use super::*;
use crate::protocols::websocket_handshake::Compression;

/// What is said of a message: its note, and its bytes.
fn said(whole: Option<&Assembled>) -> Option<(u8, u8, &[u8])> {
    match whole?.bytes.as_slice() {
        [first, end, said @ ..] => Some((*first, *end, said)),
        _ => None,
    }
}

/// A frame of a server.
fn frame_of(first: u8, said: &[u8]) -> Vec<u8> {
    let length = u16::try_from(said.len()).unwrap().to_be_bytes();
    let header = match said.len() {
        0..126 => vec![first, length[1]],
        _ => [&[first, 126], &length[..]].concat(),
    };
    [&header, said].concat()
}

fn server(by_server: Compression) -> Side {
    Side::of_server(Agreed {
        by_client: Compression::None,
        by_server,
    })
}

/// Messages as a side compresses them that refers to those before.
fn compressed(messages: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut compress = Compress::new(flate2::Compression::default(), false);
    let one = |message: &&[u8]| {
        let mut out = Vec::with_capacity(message.len() + 100);
        compress
            .compress_vec(message, &mut out, FlushCompress::Sync)
            .unwrap();
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        out
    };
    messages.iter().map(one).collect()
}

#[test]
fn what_stands_in_its_frame_is_not_told_again() {
    let mut side = server(Compression::None);
    for frame in [
        frame_of(0x81, b"hello"),
        frame_of(0x89, b"?"),
        frame_of(0x88, &[3, 232]),
    ] {
        assert_eq!(side.framing(&frame), Framing::Whole(frame.len()));
        assert_eq!(side.hear(&frame, 1), None);
    }
}

#[test]
fn what_a_client_says_is_told_without_its_mask() {
    let mut side = server(Compression::None).other();
    let hello = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    let told = side.hear(&hello, 1);
    assert_eq!(said(told.as_ref()), Some((0x81, 0, &b"Hello"[..])));
}

#[test]
fn a_message_in_pieces_is_told_with_its_last_one_whatever_stands_between() {
    let mut side = server(Compression::None);
    assert_eq!(side.hear(&frame_of(0x01, b"Hel"), 3), None);
    assert_eq!(side.hear(&frame_of(0x89, b"?"), 4), None);
    assert_eq!(side.hear(&frame_of(0x00, b"l"), 5), None);
    let told = side.hear(&frame_of(0x80, b"o"), 7);
    assert_eq!(said(told.as_ref()), Some((0x01, 0, &b"Hello"[..])));
    let frames: Vec<u64> = told.unwrap().parts.iter().map(|part| part.frame).collect();
    assert_eq!(frames, [3, 5, 7]);
}

#[test]
fn a_masked_piece_is_told_without_its_mask() {
    let mut side = server(Compression::None).other();
    let beginning = side.hear(&[0x01, 0x81, 1, 1, 1, 1, b'a' ^ 1], 1);
    assert_eq!(said(beginning.as_ref()), Some((0xa1, 0, &b"a"[..])));
    let more = side.hear(&[0x00, 0x81, 1, 1, 1, 1, b'b' ^ 1], 1);
    assert_eq!(said(more.as_ref()), Some((0xa0, 0, &b"b"[..])));
    let whole = side.hear(&[0x80, 0x80, 1, 1, 1, 1], 1);
    assert_eq!(said(whole.as_ref()), Some((0x81, 0, &b"ab"[..])));
}

/// The examples of RFC 7692, section 7.2.3: the second message refers to the first.
#[test]
fn compressed_messages_refer_to_those_before() {
    let mut side = server(Compression::Together);
    let first = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let told = side.hear(&frame_of(0xc1, &first), 1);
    assert_eq!(said(told.as_ref()), Some((0x41, 0, &b"Hello"[..])));
    let told = side.hear(&frame_of(0xc1, &[0xf2, 0x00, 0x11, 0x00, 0x00]), 1);
    assert_eq!(said(told.as_ref()), Some((0x41, 0, &b"Hello"[..])));
    // What is not compressed may stand between them.
    assert_eq!(side.hear(&frame_of(0x81, b"plain"), 1), None);
    assert_eq!(side.hear(&frame_of(0x41, &first[..3]), 1), None);
    let told = side.hear(&frame_of(0x80, &first[3..]), 2);
    assert_eq!(said(told.as_ref()), Some((0x41, 0, &b"Hello"[..])));
}

#[test]
fn a_block_that_says_it_is_the_last_is_read() {
    let mut side = server(Compression::Apart);
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    for _ in 0..2 {
        let told = side.hear(&frame_of(0xc1, &last), 1);
        assert_eq!(said(told.as_ref()), Some((0x41, 0, &b"Hello"[..])));
    }
}

#[test]
fn behind_a_hole_only_what_stands_for_itself_is_decompressed() {
    let messages = compressed(&[b"hello", b"hello, hello"]);
    let second = frame_of(0xc1, &messages[1]);
    let mut side = server(Compression::Together);
    side.lose();
    assert_eq!(side.framing(b"anything"), Framing::Foreign);
    assert_eq!(side.framing(&second), Framing::Whole(second.len()));
    let told = side.hear(&second, 1);
    let lost = End::Lost as u8;
    assert_eq!(
        said(told.as_ref()),
        Some((0x41, lost, messages[1].as_slice()))
    );
    let mut side = server(Compression::Apart);
    side.lose();
    let told = side.hear(&frame_of(0xc1, &messages[0]), 1);
    assert_eq!(said(told.as_ref()), Some((0x41, 0, &b"hello"[..])));
}

#[test]
fn what_is_not_compressed_as_it_says_is_told_as_it_is() {
    let malformed = End::Malformed as u8;
    let mut side = server(Compression::Together);
    let told = side.hear(&frame_of(0xc1, &[0xff; 8]), 1);
    assert_eq!(said(told.as_ref()), Some((0x41, malformed, &[0xff; 8][..])));
    let mut side = server(Compression::None);
    let told = side.hear(&frame_of(0xc1, b"hello"), 1);
    assert_eq!(said(told.as_ref()), Some((0x41, malformed, &b"hello"[..])));
}

#[test]
fn a_message_that_becomes_too_long_is_cut() {
    let zeros = vec![0; 4 << 20];
    let mut compress = Compress::new(flate2::Compression::best(), false);
    let mut bomb = Vec::with_capacity(64 << 10);
    compress
        .compress_vec(&zeros, &mut bomb, FlushCompress::Sync)
        .unwrap();
    for (length, expected) in [
        (bomb.len(), MOST_MESSAGE),
        (200, 200 * MOST_RATIO + WITHOUT_RATIO),
    ] {
        let mut side = server(Compression::Together);
        let told = side.hear(&frame_of(0xc1, &bomb[..length]), 1).unwrap();
        assert_eq!(told.bytes[1], End::TooLong as u8);
        assert_eq!(told.bytes.len(), 2 + expected);
        assert!(side.cost() < 1000, "nothing of it is kept");
    }
}

#[test]
fn of_a_message_in_very_many_pieces_no_more_is_kept_than_a_bound() {
    let mut side = server(Compression::None);
    assert_eq!(side.hear(&frame_of(0x02, b"x"), 1), None);
    for _ in 0..3000 {
        assert_eq!(side.hear(&frame_of(0x00, b"x"), 1), None);
    }
    let bound = MOST_FRAGMENTS * (size_of::<Part>() + 1) * 2 + 1000;
    assert!(side.cost() < bound);
    let told = side.hear(&frame_of(0x80, b"x"), 1).unwrap();
    assert_eq!(told.bytes[..2], [0x02, End::TooLong as u8]);
    assert_eq!(told.bytes.len(), 2 + MOST_FRAGMENTS);
}

#[test]
fn a_continuation_of_what_nobody_saw_is_told_for_itself() {
    let mut side = server(Compression::None).other();
    let told = side.hear(&[0x80, 0x81, 1, 1, 1, 1, b'b' ^ 1], 1);
    assert_eq!(said(told.as_ref()), Some((0x80, 0, &b"b"[..])));
    let mut side = server(Compression::None);
    assert_eq!(side.hear(&frame_of(0x80, b"b"), 1), None);
}
