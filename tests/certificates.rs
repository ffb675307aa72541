//! What holds for certificates, however broken: no panic, every bit with one owner, work and fields in proportion to
//! the bytes.

mod common;

use common::decoding::frame;
use common::fixtures::folder;
use common::laws;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::model::frame::LinkType;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// What the two segments say in which a side shows its certificates, in the fixture of these.
fn shown_in(first: u64) -> Vec<u8> {
    const HEADERS: usize = 66;
    let mut source = capture::open(&folder().join("certificates.pcapng")).unwrap();
    let mut said = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        if (first..=first + 1).contains(&frame.number) {
            said.extend(&frame.bytes[HEADERS..]);
        }
    }
    said
}

/// A packet of IPv4 with a segment of TCP that says this.
fn in_segment(said: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    etherparse::PacketBuilder::ipv4([192, 168, 1, 6], [192, 168, 1, 7], 64)
        .tcp(443, 40_000, 1, 64_000)
        .write(&mut packet, said)
        .unwrap();
    packet
}

/// A message of the handshake with one certificate, in a record.
fn with_certificate(certificate: &[u8]) -> Vec<u8> {
    let with_length = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[1..], bytes].concat()
    };
    let message = [
        &[11],
        &with_length(&with_length(&with_length(certificate)))[..],
    ]
    .concat();
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&[22, 3, 3], &length[..], &message].concat()
}

/// An element with this in it, whose length may lie.
fn element(tag: u8, lie: i8, content: &[u8]) -> Vec<u8> {
    let length = content.len().saturating_add_signed(lie.into());
    let length = u16::try_from(length).unwrap().to_be_bytes();
    let header = match length {
        [0, short @ ..=127] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, content.to_vec()].concat()
}

/// What stands in elements of certificates.
const KNOWN: &[&[u8]] = &[
    &[0x55, 4, 3],
    &[0x55, 29, 17],
    &[0x55, 29, 15],
    b"460101000000Z",
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1],
];

/// Elements as certificates have them, inside each other in any way.
fn elements() -> impl Strategy<Value = Vec<u8>> {
    let tag = || {
        proptest::sample::select(
            &[
                0x30u8, 0x30, 0x31, 2, 3, 4, 5, 6, 12, 19, 23, 24, 0x80, 0x82, 0x87, 0xa0, 0xa3, 1,
                0x1f, 0xff,
            ][..],
        )
    };
    let lie = || prop_oneof![9 => Just(0i8), 1 => any::<i8>()];
    let known = proptest::sample::select(KNOWN);
    let content = prop_oneof![vec(any::<u8>(), 0..20), known.prop_map(<[u8]>::to_vec)];
    let leaf = (tag(), lie(), content).prop_map(|(tag, lie, content)| element(tag, lie, &content));
    leaf.prop_recursive(8, 60, 6, move |inner| {
        (tag(), lie(), vec(inner, 0..6))
            .prop_map(|(tag, lie, inside)| element(tag, lie, &inside.concat()))
    })
}

/// A certificate in the right order, as far as its parts are what they should be.
fn certificate_like() -> impl Strategy<Value = Vec<u8>> {
    vec(elements(), 0..9).prop_map(|parts| {
        let before = [
            element(0xa0, 0, &[2, 1, 2]),
            element(2, 0, &[7]),
            element(0x30, 0, &[6, 3, 0x2a, 3, 4]),
        ];
        let signed = element(0x30, 0, &[before.concat(), parts.concat()].concat());
        element(0x30, 0, &signed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_law_holds_of_a_true_chain_that_is_damaged(
        first in proptest::sample::select(&[8u64, 12, 50, 61][..]),
        damage in vec((any::<Index>(), any::<u8>()), 1..6),
        missing in 0u32..200,
    ) {
        let mut said = shown_in(first);
        for (place, byte) in damage {
            let place = place.index(said.len());
            said[place] = byte;
        }
        laws::frame::holds(&frame(&in_segment(&said), LinkType::IPV4, missing));
    }

    #[test]
    fn every_law_holds_of_any_elements(
        certificate in prop_oneof![elements(), certificate_like()],
        missing in 0u32..40,
    ) {
        let said = with_certificate(&certificate);
        laws::frame::holds(&frame(&in_segment(&said), LinkType::IPV4, missing));
    }
}

/// How many fields a segment with this certificate has.
fn fields_of(certificate: &[u8]) -> usize {
    let packet = in_segment(&with_certificate(certificate));
    let frame = frame(&packet, LinkType::IPV4, 0);
    Decoder::new().expand(&frame).fields.len()
}

#[test]
fn elements_inside_each_other_without_end_are_not_followed() {
    let deep = (0..4_000).fold(Vec::new(), |inside, _| element(0x30, 0, &inside));
    assert!(fields_of(&deep) < 100);
}

#[test]
fn a_name_and_a_list_without_end_have_no_more_fields_than_bytes() {
    let signed = |issuer: &[u8]| {
        let before = [element(2, 0, &[7]), element(0x30, 0, &[6, 1, 0x2a])].concat();
        element(0x30, 0, &element(0x30, 0, &[&before, issuer].concat()))
    };
    let attribute = element(0x31, 0, &element(0x30, 0, &[6, 1, 0x55, 12, 1, b'a']));
    let many = signed(&element(0x30, 0, &attribute.repeat(1_500)));
    let fields = fields_of(&many);
    assert!((5_000..many.len()).contains(&fields), "{fields}");
    let empty = signed(&element(0x30, 0, &[0x31, 0].repeat(8_000)));
    assert!(fields_of(&empty) < empty.len());
}
