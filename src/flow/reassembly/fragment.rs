//! A fragment, as far as putting its datagram together needs it.

use std::net::IpAddr;
use std::ops::Range;

use etherparse::{Ipv4HeaderSlice, Ipv6FragmentHeaderSlice};

use crate::flow::endpoints::{addresses, addresses_around};
use crate::model::bits;
use crate::model::frame::Timestamp;
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::protocol::{Next, Selector};
use crate::protocols::{ieee8021ad, ipv4, ipv6, ipv6_fragment, vlan};

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who sent it.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// The number that its sender gave it.
    pub identification: u32,
    /// In IPv4, the protocol inside (RFC 791, section 3.2).
    pub protocol: Option<u8>,
    /// The VLANs around, 12 bits for each: on another one, other hosts may have the same addresses
    /// (IEEE 802.1Q-2022, clause 9.6).
    pub vlans: u64,
}

/// A fragment of a datagram.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// Index of the layer that says that it is one.
    pub layer: usize,
    /// Whose fragment it is.
    pub key: Key,
    /// How many bytes of the datagram are before it.
    pub offset: u64,
    /// Whether more follow.
    pub more: bool,
    /// What is in the datagram; counts only in its first fragment.
    pub next: Next,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether the capture has only some of them.
    pub is_cut: bool,
    /// The number of its frame.
    pub frame: u64,
    /// When it was seen.
    pub time: Timestamp,
}

impl<'a> Fragment<'a> {
    /// The fragment that a frame carries, or that is in what it has completed; `None` where there is none, or only a
    /// quoted one.
    pub fn of(decoded: &Decoded<'a>) -> Option<Self> {
        let innermost = decoded.layers.last()?.buffer;
        let is_part = |layer: &Layer| layer.extent == Extent::Fragment && layer.buffer == innermost;
        let inside = decoded.layers.iter().position(is_part)?;
        let index = inside.checked_sub(1)?;
        let layer = decoded.layers.get(index)?;
        let bytes = decoded.bytes().of(layer.buffer);
        let told = Told::of(decoded, index)?;
        Some(Self {
            layer: index,
            key: told.key,
            offset: told.offset,
            more: told.more,
            next: told.next,
            bytes: bytes.get(layer.header_end..layer.end)?,
            is_cut: layer.end < layer.wire_end,
            frame: decoded.frame.number,
            time: decoded.frame.time,
        })
    }

    /// Whether it is one of IPv6.
    pub const fn is_ipv6(&self) -> bool {
        self.key.source.is_ipv6()
    }

    /// The bytes `range` of the datagram, which must be its own.
    pub fn slice(&self, range: &Range<u64>) -> &'a [u8] {
        slice(self.bytes, self.offset, range)
    }
}

/// The bytes `range` of a datagram, from bytes of it that begin at `offset`.
pub(super) fn slice<'a>(bytes: &'a [u8], offset: u64, range: &Range<u64>) -> &'a [u8] {
    let at = |place: u64| usize::try_from(place.saturating_sub(offset)).unwrap_or(usize::MAX);
    bytes
        .get(at(range.start)..at(range.end))
        .unwrap_or_default()
}

/// What a header says of its fragment.
struct Told {
    key: Key,
    offset: u64,
    more: bool,
    next: Next,
}

impl Told {
    fn of(decoded: &Decoded<'_>, index: usize) -> Option<Self> {
        let layer = decoded.layers.get(index)?;
        let header = decoded.header_of(layer)?;
        let vlans = vlans_around(decoded, index);
        if std::ptr::eq(layer.protocol, &raw const ipv4::PROTOCOL) {
            let (source, destination) = addresses(decoded, layer)?;
            let header = Ipv4HeaderSlice::from_slice(header).ok()?;
            let protocol = header.protocol().0;
            return Some(Self {
                key: Key {
                    source,
                    destination,
                    identification: header.identification().into(),
                    protocol: Some(protocol),
                    vlans,
                },
                offset: u64::from(header.fragments_offset().value()) * 8,
                more: header.more_fragments(),
                next: Next::selected(Selector::IpProtocol(protocol)),
            });
        }
        if std::ptr::eq(layer.protocol, &raw const ipv6_fragment::PROTOCOL) {
            let (source, destination) = addresses_around(decoded, index)?;
            let header = Ipv6FragmentHeaderSlice::from_slice(header).ok()?;
            return Some(Self {
                key: Key {
                    source,
                    destination,
                    identification: header.identification(),
                    protocol: None,
                    vlans,
                },
                offset: u64::from(header.fragment_offset().value()) * 8,
                more: header.more_fragments(),
                next: ipv6::next(header.next_header().0),
            });
        }
        None
    }
}

/// The identifiers of the tags around a layer, the innermost last. 0 is that of a tag which only tells a priority.
fn vlans_around(decoded: &Decoded<'_>, index: usize) -> u64 {
    let around = decoded.layers.get(..index).unwrap_or_default();
    let tags = around.iter().filter(|layer| {
        std::ptr::eq(layer.protocol, &raw const vlan::PROTOCOL)
            || std::ptr::eq(layer.protocol, &raw const ieee8021ad::PROTOCOL)
    });
    let identifiers = tags.filter_map(|tag| bits::number(decoded.header_of(tag)?, &(4..16)));
    identifiers.fold(0, |vlans, identifier| vlans << 12 | identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{frame_of, in_ethernet, in_ipv4};
    use crate::model::frame::LinkType;

    const DATAGRAM: [u8; 8] = [0, 5, 0, 7, 0, 24, 0, 0];

    fn ipv4_fragment() -> (u16, Vec<u8>) {
        let mut packet = in_ipv4(17, &DATAGRAM);
        packet[6] = 0x20; // more fragments
        (0x0800, packet)
    }

    fn ipv6_fragment() -> (u16, Vec<u8>) {
        let header = [17, 0, 0, 1, 0, 0, 0, 7];
        let packet = ipv6::testing::packet(44, &[header, DATAGRAM].concat());
        (0x86dd, packet)
    }

    /// The key of a fragment behind these tags, of this type each, the outermost first.
    fn key_behind(tags: &[(u16, u16)], fragment: (u16, Vec<u8>)) -> Key {
        let tag = |(inside, packet): (u16, Vec<u8>), &(tag_type, tag): &(u16, u16)| {
            let tag = [tag.to_be_bytes(), inside.to_be_bytes()].concat();
            (tag_type, [tag, packet].concat())
        };
        let (ether_type, payload) = tags.iter().rev().fold(fragment, tag);
        let bytes = in_ethernet(ether_type, &payload);
        let frame = frame_of(LinkType::ETHERNET, &bytes, bytes.len());
        Fragment::of(&Decoder::new().walk(&frame)).unwrap().key
    }

    #[test]
    fn fragments_on_different_vlans_are_of_different_datagrams() {
        for fragment in [ipv4_fragment, ipv6_fragment] {
            let key = |tags: &[(u16, u16)]| key_behind(tags, fragment());
            assert_ne!(key(&[(0x8100, 10)]), key(&[(0x8100, 20)]));
            assert_ne!(key(&[(0x8100, 10)]), key(&[]));
            let stacked = |service, own| key(&[(0x88a8, service), (0x8100, own)]);
            assert_ne!(stacked(1, 10), stacked(2, 10));
            assert_ne!(stacked(1, 10), stacked(1, 20));
        }
    }

    #[test]
    fn a_priority_puts_a_fragment_on_no_other_vlan() {
        let key = |tags: &[(u16, u16)]| key_behind(tags, ipv4_fragment());
        assert_eq!(key(&[(0x8100, 0xa00a)]), key(&[(0x8100, 10)]));
        assert_eq!(key(&[(0x8100, 0xa000)]), key(&[]));
    }
}
