//! A fragment, as far as putting its datagram together needs it.

use std::net::IpAddr;
use std::ops::Range;

use etherparse::{Ipv4HeaderSlice, Ipv6FragmentHeaderSlice};

use crate::flow::endpoints::{addresses, addresses_around};
use crate::model::frame::Timestamp;
use crate::model::layer::{Decoded, Extent};
use crate::model::protocol::{Next, Selector};
use crate::protocols::{ipv4, ipv6, ipv6_fragment};

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
    /// The fragment that a frame carries; `None` of a frame that carries none, or only quotes one.
    pub fn of(decoded: &Decoded<'a>) -> Option<Self> {
        let is_part = decoded.layers.last()?.extent == Extent::Fragment;
        let inside = is_part.then(|| {
            let mut layers = decoded.layers.iter();
            layers.position(|layer| layer.extent == Extent::Fragment)
        })??;
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
                },
                offset: u64::from(header.fragment_offset().value()) * 8,
                more: header.more_fragments(),
                next: ipv6::next(header.next_header().0),
            });
        }
        None
    }
}
