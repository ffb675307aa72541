//! A datagram is the same, however its fragments come.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::super::fragment::Key;
use super::*;
use crate::model::protocol::Selector;

const UDP: Next = Next::selected(Selector::IpProtocol(17));

fn key(source: IpAddr) -> Key {
    Key {
        source,
        destination: source,
        identification: 7,
        protocol: None,
        vlans: 0,
    }
}

fn ipv4() -> Key {
    key(Ipv4Addr::LOCALHOST.into())
}

fn ipv6() -> Key {
    key(Ipv6Addr::LOCALHOST.into())
}

/// A fragment of a datagram whose bytes are these, from `offset`.
fn part(key: Key, offset: u64, bytes: &[u8], more: bool, frame: u64) -> Fragment<'_> {
    Fragment {
        layer: 2,
        key,
        offset,
        more,
        next: UDP,
        bytes,
        is_cut: false,
        frame,
        time: Timestamp::default(),
    }
}

impl Datagrams {
    /// What a fragment means.
    fn find(&mut self, fragment: &Fragment<'_>) -> Found {
        self.take(fragment).0
    }

    /// The bytes of the datagram that a fragment completes.
    fn complete(&mut self, fragment: &Fragment<'_>) -> Option<Vec<u8>> {
        Some(self.take(fragment).1?.0.bytes)
    }
}

#[test]
fn the_last_missing_fragment_completes_the_datagram_whichever_it_is() {
    let mut datagrams = Datagrams::default();
    let bytes: Vec<u8> = (0..20).collect();
    for (offset, end, frame) in [(16, 20, 3), (0, 8, 4)] {
        let piece = &bytes[offset..end];
        let fragment = part(ipv4(), offset as u64, piece, end < 20, frame);
        assert!(datagrams.complete(&fragment).is_none());
    }
    let (found, whole) = datagrams.take(&part(ipv4(), 8, &bytes[8..16], true, 5));
    let (whole, next) = whole.unwrap();
    assert!(found.completes);
    assert_eq!(whole.bytes, bytes);
    assert_eq!(next, UDP);
    let frames: Vec<u64> = whole.parts.iter().map(|part| part.frame).collect();
    assert_eq!(frames, [4, 5, 3]);
    assert_eq!((datagrams.bytes, datagrams.begun.len()), (0, 0));
}

#[test]
fn in_ipv4_the_first_copy_counts_and_another_one_is_told() {
    let mut datagrams = Datagrams::default();
    datagrams.take(&part(ipv4(), 0, b"abcdefgh", true, 1));
    let found = datagrams.find(&part(ipv4(), 0, b"abcdefgh", true, 2));
    assert!(found.overlaps && !found.conflicts);
    let found = datagrams.find(&part(ipv4(), 0, b"abXdefghijklmnop", true, 3));
    assert!(found.overlaps && found.conflicts && found.obstacle.is_none());
    let whole = datagrams.complete(&part(ipv4(), 16, b"q", false, 4));
    assert_eq!(whole.unwrap(), b"abcdefghijklmnopq");
}

#[test]
fn in_ipv6_an_overlap_discards_all_and_a_copy_does_not() {
    let mut datagrams = Datagrams::default();
    datagrams.take(&part(ipv6(), 0, b"abcdefgh", true, 1));
    let copy = datagrams.find(&part(ipv6(), 0, b"abcdefgh", true, 2));
    assert!(copy.overlaps && copy.obstacle.is_none());
    let found = datagrams.find(&part(ipv6(), 0, b"abcdefghijklmnop", true, 3));
    assert!(found.obstacle.is_some());
    let found = datagrams.find(&part(ipv6(), 16, b"q", false, 4));
    assert!(found.obstacle.is_some() && !found.completes);
}

/// Receivers may ignore what is exactly the same as before, and nothing else (RFC 8200, section 4.5).
#[test]
fn in_ipv6_a_fragment_inside_another_is_no_copy_of_it() {
    let mut datagrams = Datagrams::default();
    datagrams.take(&part(ipv6(), 0, b"abcdefghijklmnop", true, 1));
    let found = datagrams.find(&part(ipv6(), 8, b"ijklmnop", true, 2));
    assert!(found.obstacle.is_some());
}

#[test]
fn a_fragment_that_ends_inside_another_is_told_to_overlap_it_and_why_all_is_given_up() {
    let mut datagrams = Datagrams::default();
    datagrams.find(&part(ipv4(), 0, &[b'A'; 40], true, 1));
    let found = datagrams.find(&part(ipv4(), 24, b"BBBB", false, 2));
    assert!(found.overlaps && found.conflicts && !found.completes);
    assert_eq!(found.obstacle, Some(Obstacle::OtherEnd));
    let later = datagrams.find(&part(ipv4(), 40, &[b'A'; 8], false, 3));
    assert_eq!(later.obstacle, Some(Obstacle::Before));
}

#[test]
fn what_cannot_be_one_datagram_is_none() {
    let cases: &[&[(u64, &[u8], bool)]] = &[
        // Two ends; behind the end; cut at no multiple of 8; too long.
        &[(8, b"i", false), (16, b"q", false)],
        &[(8, b"i", false), (16, b"qrstuvwx", true)],
        &[(0, b"abc", true)],
        &[(65_528, b"abcdefgh", false)],
    ];
    for case in cases {
        let mut datagrams = Datagrams::default();
        let mut is_error = false;
        for (offset, bytes, more) in *case {
            is_error = datagrams
                .find(&part(ipv4(), *offset, bytes, *more, 1))
                .obstacle
                .is_some();
        }
        assert!(is_error, "{case:?}");
    }
}

#[test]
fn fragments_that_are_a_minute_apart_are_of_two_datagrams() {
    let mut datagrams = Datagrams::default();
    datagrams.take(&part(ipv4(), 0, b"abcdefgh", true, 1));
    let mut late = part(ipv4(), 8, b"i", false, 2);
    late.time = Timestamp::from_nanoseconds(PATIENCE + 1);
    assert!(datagrams.complete(&late).is_none());
    assert_eq!(datagrams.given_up(), 0);
}

#[test]
fn memory_stays_bounded_and_what_was_given_up_is_counted() {
    let mut datagrams = Datagrams::default();
    let bytes = vec![0; 65_000];
    for identification in 0..10_000 {
        let mut fragment = part(ipv4(), 0, &bytes, true, 1);
        fragment.key.identification = identification;
        datagrams.take(&fragment);
        assert!(datagrams.bytes <= MOST_FRAGMENT_BYTES + 66_000);
    }
    assert_eq!(datagrams.given_up() + datagrams.begun.len() as u64, 10_000);
}

/// A datagram, and fragments of it in any order, some of them twice.
fn shuffled() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    prop::collection::vec(any::<u8>(), 9..300).prop_flat_map(|bytes| {
        let count = bytes.len().div_ceil(8);
        let twice = prop::collection::vec(0..count, 0..5);
        let order = twice.prop_map(move |twice| (0..count).chain(twice).collect::<Vec<_>>());
        (Just(bytes), order.prop_shuffle())
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_datagram((bytes, order) in shuffled(), is_old in any::<bool>()) {
        let key = if is_old { ipv4() } else { ipv6() };
        let mut datagrams = Datagrams::default();
        let mut wholes = Vec::new();
        let count = bytes.len().div_ceil(8);
        for index in order {
            let (from, end) = (index * 8, bytes.len().min(index * 8 + 8));
            let fragment = part(key, from as u64, &bytes[from..end], index + 1 < count, 1);
            wholes.extend(datagrams.complete(&fragment));
        }
        // Copies that come after the datagram was complete begin another one.
        prop_assert_eq!(&wholes[0], &bytes);
    }
}
