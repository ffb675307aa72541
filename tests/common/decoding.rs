//! Decoding frames inside a test.

use netinspect::decode::Decoder;
use netinspect::model::bits::BitRange;
use netinspect::model::draft;
use netinspect::model::field::Role;
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use netinspect::model::layer::Decoded;
use netinspect::render::View;
use netinspect::render::card::Card;
use netinspect::render::hex::Hex;
use netinspect::render::json::{Framing, Json};
use netinspect::render::list::{List, TimeStyle};
use netinspect::render::table::Table;
use netinspect::render::theme::Theme;
use netinspect::render::tree::{Dump, Tree};

/// A frame of these bytes, `missing` of which the capture cut off.
pub fn frame(bytes: &[u8], link_type: LinkType, missing: u32) -> Frame<'_> {
    Frame {
        number: 1,
        time: Timestamp::from_nanoseconds(1_000_000_007),
        link_type,
        interface: None,
        direction: None,
        wire_length: u32::try_from(bytes.len()).unwrap() + missing,
        checksum_offload: ChecksumOffload::NotKnown,
        comment: None,
        bytes,
    }
}

/// Panics unless every bit of the frame belongs to exactly one leaf field, fields of one layer stand in
/// the order of the wire, and each lies inside the field that it stands under.
pub fn assert_every_bit_has_one_owner(frame: &Frame<'_>) {
    assert_every_bit_of(&Decoder::new().expand(frame));
}

/// As [`assert_every_bit_has_one_owner`], of a frame and all that was put together with it.
pub fn assert_every_bit_of(decoded: &Decoded<'_>) {
    let buffers = decoded.assembled.iter().map(|whole| whole.bytes.len());
    let buffers = std::iter::once(decoded.frame.bytes.len()).chain(buffers);
    let mut owners: Vec<_> = buffers.map(|length| vec![0u8; length * 8]).collect();
    for (index, layer) in decoded.layers.iter().enumerate() {
        let mut last_start = 0;
        let mut around: Vec<Option<BitRange>> = Vec::new();
        let owners = &mut owners[layer.buffer.assembled().map_or(0, |index| index + 1)];
        for field in decoded.fields_of(index) {
            let name = field.definition.name;
            assert!(
                layer
                    .protocol
                    .fields
                    .iter()
                    .any(|listed| std::ptr::eq(*listed, field.definition))
                    || name == "data.gap",
                "{name} is not in the table of {}",
                layer.protocol.name
            );
            around.truncate(field.depth.into());
            let outer = around.last().cloned().flatten();
            around.push(field.bits());
            let Some(bits) = field.bits() else { continue };
            let is_inside = |outer: BitRange| outer.start <= bits.start && bits.end <= outer.end;
            assert!(
                outer.is_none_or(is_inside),
                "{name} is not inside what it stands under"
            );
            assert_eq!(field.buffer(), Some(layer.buffer), "{name}");
            if field.definition.role == Role::Detail {
                continue;
            }
            assert!(bits.start >= last_start, "{name} stands before its place");
            last_start = bits.start;
            if field.definition.role == Role::Leaf {
                for owner in &mut owners[bits.start as usize..bits.end as usize] {
                    *owner += 1;
                }
            }
        }
    }
    for (buffer, owners) in owners.iter().enumerate() {
        let wrong = owners.iter().position(|owners| *owners != 1);
        assert!(
            wrong.is_none(),
            "bit {} (byte {}) of buffer {buffer} has {} owners in frame {}",
            wrong.unwrap(),
            wrong.unwrap() / 8,
            owners[wrong.unwrap()],
            decoded.frame.number,
        );
    }
}

/// What every view says of one frame that is read for itself.
pub fn views_of(frame: &Frame<'_>) -> Vec<(&'static str, String)> {
    views_of_decoded(&Decoder::new().expand(frame))
}

/// What every view says of one frame.
pub fn views_of_decoded(decoded: &Decoded<'_>) -> Vec<(&'static str, String)> {
    let list = || List::new(Theme::Plain, TimeStyle::Relative, None);
    let views: Vec<(&'static str, Box<dyn View>)> = vec![
        ("list", Box::new(list())),
        (
            "table",
            Box::new(Table::new(Theme::Plain, TimeStyle::Delta, Some(80))),
        ),
        ("tree", Box::new(Tree::new(Theme::Plain, Dump::Shown, None))),
        ("hex", Box::new(Hex::new(list(), Theme::Plain, None))),
        ("layers", Box::new(Card::new(Theme::Plain, 80))),
        ("json", Box::new(Json::new(Framing::Array))),
        ("ndjson", Box::new(Json::new(Framing::Lines))),
    ];
    views
        .into_iter()
        .map(|(name, mut view)| {
            let mut out = String::new();
            view.begin(&mut out);
            draft::append(&mut out, |out| view.frame(decoded, out));
            view.end(&mut out);
            (name, out)
        })
        .collect()
}
