//! The headers of a frame, one after the other, where nothing of them has to be kept.

use crate::model::frame::Frame;
use crate::model::layer::{Extent, MAX_LAYERS};
use crate::model::protocol::{Next, Protocol, Room, Selector};
use crate::model::reference::OsiLayer;
use crate::protocols::{data, registry};

/// Whether any header of a frame fits, of those that headers lead to: those that a decoder finds of it at the
/// depth of its headers. `None` where other frames tell it too, which have the rest of a datagram.
///
/// Of the transport layer, what is asked must stand in the part that every header has: it is the last, so nobody
/// measures it, and it is shown with what it carries.
#[inline]
pub fn any_header(
    frame: &Frame<'_>,
    mut fits: impl FnMut(&'static Protocol, &[u8]) -> bool,
) -> Option<bool> {
    let mut announced = registry::announced(Next::selected(Selector::Link(frame.link_type)));
    let mut bytes = frame.bytes;
    let mut room = Room {
        wire_length: bytes.len().max(frame.wire_length as usize),
        link_type: frame.link_type,
        flaw: None,
    };
    let mut any_fits = false;
    for _ in 0..MAX_LAYERS {
        if bytes.is_empty() {
            return Some(any_fits);
        }
        let is_last = announced.protocol.standing.osi >= OsiLayer::Transport;
        let measure = match announced.measure {
            Some(measure) if !is_last => measure(bytes, &mut room),
            _ => return Some(any_fits | fits(announced.protocol, bytes)),
        };
        let header_length = measure.header_length.min(bytes.len());
        let (header, inside) = bytes.split_at(header_length);
        any_fits |= fits(announced.protocol, header);
        if measure.extent == Extent::Fragment {
            return None;
        }
        let most = room.wire_length - header_length;
        let stated = measure.payload_length.map_or(most, usize::from);
        room.wire_length = stated.min(most);
        bytes = inside.get(..room.wire_length).unwrap_or(inside);
        announced = registry::announced(measure.next);
    }
    // What is deeper is bytes that nobody decodes.
    Some(any_fits | (!bytes.is_empty() && fits(&data::PROTOCOL, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{frame_of, in_ethernet, in_ipv4};
    use crate::model::field::Place;
    use crate::model::frame::LinkType;

    /// The first segment of a chat that says `hi`, in an IPv4 packet.
    fn packet() -> Vec<u8> {
        let mut segment = vec![0x82, 0x9c, 0x30, 0x39, 0, 0, 0, 1, 0, 0, 0, 1];
        segment.extend([0x50, 0x18, 0x01, 0xf6, 0, 0, 0, 0, b'h', b'i']);
        in_ipv4(6, &segment)
    }

    #[test]
    fn headers_are_shown_up_to_the_transport_layer_and_that_with_what_it_carries() {
        let bytes = in_ethernet(0x0800, &packet());
        let mut shown = Vec::new();
        let any_fits = any_header(
            &frame_of(LinkType::ETHERNET, &bytes, bytes.len()),
            |protocol, header| {
                shown.push((protocol.name, header.len()));
                protocol.name == "ip"
            },
        );
        assert_eq!(shown, [("eth", 14), ("ip", 20), ("tcp", 22)]);
        assert_eq!(any_fits, Some(true));
    }

    /// What is asked of a header that nobody measures must not be looked for in what it carries.
    #[test]
    fn what_stands_at_a_fixed_place_of_the_transport_layer_is_in_every_header() {
        let transport = registry::ALL
            .iter()
            .filter(|protocol| protocol.standing.osi == OsiLayer::Transport);
        let ends = transport.map(|protocol| {
            let ends = protocol
                .fields
                .iter()
                .filter_map(|field| match field.place {
                    Place::Fixed { start, length } => Some(start + length),
                    _ => None,
                });
            (protocol.name, ends.max())
        });
        let shortest_headers = [("tcp", Some(20 * 8)), ("udp", Some(8 * 8))];
        // Those of QUIC, which is over UDP, have no field at a fixed place.
        let of_quic = [("quic", None), ("quic.opened", None)];
        let expected = [shortest_headers, of_quic].concat();
        assert_eq!(ends.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_part_of_a_datagram_tells_nothing_alone() {
        const MORE_FRAGMENTS: u8 = 0x20;
        let mut packet = packet();
        packet[6] |= MORE_FRAGMENTS;
        let bytes = in_ethernet(0x0800, &packet);
        let frame = frame_of(LinkType::ETHERNET, &bytes, bytes.len());
        assert_eq!(any_header(&frame, |_, _| true), None);
    }
}
