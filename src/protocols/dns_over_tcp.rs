//! DNS over TCP: each message stands behind its length, since a stream knows no messages (RFC 7766, section 8).

use super::dns;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::{Answering, Framing};
use crate::model::layer::{LayerView, Rest};
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::source::Source;

static LENGTH: FieldDef = FieldDef::decimal("dns.length", "Length")
    .at(0, 2)
    .unit("bytes")
    .rfc(7766, "8")
    .meaning("How long the message is that follows: so its end can be found in the stream.");

/// The length before a message.
pub static PROTOCOL: Protocol = Protocol {
    name: "dns.tcp",
    label: "DNS over TCP",
    title: "Length of a DNS Message",
    purpose: "Says where a message ends in the stream of TCP, which knows no messages.",
    standing: dns::STANDING,
    sources: &[Source::Rfc(7766, "")],
    parents: &[Selector::TcpPort(dns::PORT)],
    fields: &[&LENGTH],
    endpoints: None,
    measure: Some(measure),
    expand: |_: &LayerView<'_>, _: &mut Expander<'_>| {},
    check: None,
    framing: Some(framing),
    is_plain_data: false,
    summary: |_: &LayerView<'_>, _: &mut Draft| {},
};

const LENGTH_BYTES: usize = 2;

/// Where other segments have the rest of the message, a segment that is read for itself says no more than the length.
fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let Some(length) = bits::u16_at(bytes, 0) else {
        return Measure::ALL;
    };
    if LENGTH_BYTES + usize::from(length) > room.wire_length {
        return Measure::header(LENGTH_BYTES, Next::DATA);
    }
    let next = Next::selected(Selector::TcpMessage(dns::PORT));
    // Further messages behind this one are the segment's, but of this protocol.
    Measure::header(LENGTH_BYTES, next)
        .with_payload(length)
        .with_rest(Rest::Kept)
}

fn framing(bytes: &[u8], _: Answering) -> Framing {
    let length = bits::u16_at(bytes, 0).map(|length| LENGTH_BYTES + usize::from(length));
    let whole = length.filter(|length| *length <= bytes.len());
    whole.map_or(Framing::NeedsMore, Framing::Whole)
}

#[cfg(test)]
mod tests {
    use crate::decode::Decoder;
    use crate::decode::testing::{Seen, frame_of, in_ipv4, seen};
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::Past;

    /// A question for `a` behind its length, with this ID.
    fn question(id: u8) -> Vec<u8> {
        [
            &[0, 19, 0, id][..],
            b"\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01",
        ]
        .concat()
    }

    /// A segment to port 53.
    fn segment(seq: u8, payload: &[u8]) -> Vec<u8> {
        #[rustfmt::skip]
        let header = [
            0x9c, 0x40, 0, 53, 0, 0, 0, seq, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0,
        ];
        in_ipv4(6, &[&header, payload].concat())
    }

    fn read_for_itself(payload: &[u8]) -> Seen {
        seen(LinkType::IPV4, &segment(1, payload))
    }

    /// What each of these segments of one stream says.
    fn said(segments: &[(u8, &[u8])]) -> Vec<String> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let said = segments.iter().zip(1..).map(|((seq, payload), number)| {
            let packet = segment(*seq, payload);
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            frame.number = number;
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Marks);
            let mut line = String::new();
            decoder.walked(&frame).push_said(&mut line);
            line.split_once("bytes  ")
                .map_or(String::new(), |(_, said)| said.to_owned())
        });
        said.collect()
    }

    #[test]
    fn a_message_stands_behind_its_length() {
        let seen = read_for_itself(&question(1));
        assert_eq!(seen.layers[1..], ["tcp", "dns.tcp", "dns"]);
        assert_eq!(seen.fields("dns.tcp"), ["dns.length 19"]);
        assert_eq!(seen.faults.len(), 1, "only the checksum: {:?}", seen.faults);
    }

    #[test]
    fn a_part_of_a_message_is_no_fault_when_a_segment_is_read_for_itself() {
        for end in 1..21 {
            let seen = read_for_itself(&question(1)[..end]);
            assert_eq!(seen.faults.len(), 1, "{end}: {:?}", seen.faults);
        }
    }

    #[test]
    fn messages_are_told_by_their_lengths_whatever_segments_they_come_in() {
        let both = [question(1), question(2)].concat();
        let first = "Standard query 0x0001 A a";
        let second = "Standard query 0x0002 A a";
        assert_eq!(said(&[(1, &both)]), [format!("{first}  {second}")]);
        let cut = [(1, &both[..22]), (23, &both[22..])];
        assert_eq!(
            said(&cut),
            [
                format!("{first}  [the last 1 byte goes on in a later frame]"),
                format!("{second}  [from frames 1, 2]"),
            ]
        );
    }
}
