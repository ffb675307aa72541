//! The headers of a frame, one after the other, where nothing of them has to be kept.

use crate::model::frame::Frame;
use crate::model::layer::{Extent, MAX_LAYERS};
use crate::model::protocol::{Next, Protocol, Room, Selector};
use crate::protocols::{data, registry};

/// Whether any header of a frame fits, of those that headers lead to: those that a decoder finds of it at the
/// depth of its headers. `None` where other frames tell it too, which have the rest of a datagram.
#[inline]
pub fn any_header(
    frame: &Frame<'_>,
    mut fits: impl FnMut(&'static Protocol, &[u8]) -> bool,
) -> Option<bool> {
    let mut protocol = registry::announced(Next::selected(Selector::Link(frame.link_type)));
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
        let measure = (protocol.measure)(bytes, &mut room);
        let header_length = measure.header_length.min(bytes.len());
        let (header, inside) = bytes.split_at(header_length);
        any_fits |= fits(protocol, header);
        if measure.extent == Extent::Fragment {
            return None;
        }
        if measure.next.is_by_ports() {
            return Some(any_fits);
        }
        let most = room.wire_length - header_length;
        let stated = measure.payload_length.map_or(most, usize::from);
        room.wire_length = stated.min(most);
        bytes = inside.get(..room.wire_length).unwrap_or(inside);
        protocol = registry::announced(measure.next);
    }
    // What is deeper is bytes that nobody decodes.
    Some(any_fits | (!bytes.is_empty() && fits(&data::PROTOCOL, bytes)))
}
