//! The headers of QUIC packets, as far as everybody on the way can read them (RFC 8999; RFC 9000, section 17).
//!
//! ```text
//! long    |1|1|type 2|protected 4|  version 32  | length, DCID | length, SCID | token | length | number, payload ...
//! short   |0|1|spin|protected 5  |  DCID, as long as who chose it knows      | number, payload ...
//! ```
//!
//! Behind a long header's packet another packet may stand in the same datagram, for its length says where it ends; a
//! packet with a short header has the rest of the datagram.

use std::ops::Range;

use crate::model::bits;

/// The versions whose packets are taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 9000.
    V1,
    /// RFC 9369: the same with other numbers, so that nobody on the way gets used to those of the first.
    V2,
}

impl Version {
    /// The one with this number; `None` of others, of which only what all have in common is known.
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            0x6b33_43cf => Some(Self::V2),
            _ => None,
        }
    }

    /// What the two bits of a long header's type say.
    pub const fn kind(self, bits: u8) -> Kind {
        // The second version counts them from another one on.
        let bits = match self {
            Self::V1 => bits,
            Self::V2 => bits.wrapping_sub(1),
        };
        match bits & 3 {
            0 => Kind::Initial,
            1 => Kind::ZeroRtt,
            2 => Kind::Handshake,
            _ => Kind::Retry,
        }
    }
}

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The hellos of both sides, with keys that everybody can make.
    Initial,
    /// What a client says before it is answered.
    ZeroRtt,
    /// The rest of the handshake.
    Handshake,
    /// The server wants to hear from the client's address once more.
    Retry,
    /// A list of versions.
    VersionNegotiation,
    /// Of a version that is not known here.
    Unknown,
    /// What both say once they have agreed: it has a short header.
    OneRtt,
}

impl Kind {
    /// Its name, as Wireshark has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initial => "Initial",
            Self::ZeroRtt => "0-RTT",
            Self::Handshake => "Handshake",
            Self::Retry => "Retry",
            Self::VersionNegotiation => "Version Negotiation",
            Self::Unknown => "Unknown version",
            Self::OneRtt => "Protected Payload",
        }
    }

    /// Whether a number and encrypted frames are in it.
    pub const fn is_protected(self) -> bool {
        matches!(
            self,
            Self::Initial | Self::ZeroRtt | Self::Handshake | Self::OneRtt
        )
    }
}

/// A packet in a datagram. Its places count from the datagram's first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub kind: Kind,
    /// The version, of a long header that has one of those that are known.
    pub version: Option<Version>,
    /// Where it begins.
    pub start: usize,
    /// The connection ID of its receiver; of a short header, none where its length is not known.
    pub destination: Range<usize>,
    /// That of its sender, of a long header.
    pub source: Range<usize>,
    /// The token and the number before it that says how long it is, of an Initial.
    pub token: Option<(Range<usize>, Range<usize>)>,
    /// The number that says how long the rest is.
    pub length: Option<Range<usize>>,
    /// Where the part begins that nobody on the way can read, or what the kind has there.
    pub rest: usize,
    /// Where it ends, by its own length; beyond the datagram where not all of it is there.
    pub end: usize,
    /// Where that ends which fills the datagram up behind it.
    pub filled: usize,
}

/// The bit that tells a long header.
pub const LONG: u8 = 0x80;
/// The bit that every packet of the known versions has set, so that other protocols can share the port.
pub const FIXED: u8 = 0x40;

/// How long a connection ID may be, in bytes (RFC 9000, section 17.2); of other versions, what its length can say.
pub const MOST_ID: usize = 20;

/// Where the connection ID begins in a short header.
pub const SHORT_ID: usize = 1;

impl Packet {
    /// The packet that begins there; `None` where the header is not all there. `id` is how long the connection ID of a
    /// short header is, where that is known.
    pub fn of(bytes: &[u8], start: usize, id: Option<usize>) -> Option<Self> {
        let first = *bytes.get(start)?;
        if first & LONG == 0 {
            return Self::short(bytes, start, id);
        }
        let number = bits::u32_at(bytes, start.checked_add(1)?)?;
        let mut at = start.checked_add(5)?;
        let destination = id_at(bytes, &mut at)?;
        let source = id_at(bytes, &mut at)?;
        let version = Version::of(number);
        let are_too_long = destination.len() > MOST_ID || source.len() > MOST_ID;
        let kind = match version {
            _ if number == 0 => Kind::VersionNegotiation,
            Some(version) if !are_too_long => version.kind(first >> 4 & 3),
            _ => Kind::Unknown,
        };
        let mut packet = Self {
            kind,
            version,
            start,
            destination,
            source,
            token: None,
            length: None,
            rest: at,
            end: bytes.len(),
            filled: bytes.len(),
        };
        if kind == Kind::Initial {
            let (length, place) = varint(bytes, at)?;
            let token = place.end..place.end.checked_add(usize::try_from(length).ok()?)?;
            bytes.get(token.clone())?;
            at = token.end;
            packet.token = Some((place, token));
        }
        if kind.is_protected() {
            let (length, place) = varint(bytes, at)?;
            packet.rest = place.end;
            packet.end = place.end.checked_add(usize::try_from(length).ok()?)?;
            packet.filled = packet.end;
            packet.length = Some(place);
        }
        Some(packet)
    }

    fn short(bytes: &[u8], start: usize, id: Option<usize>) -> Option<Self> {
        let from = start.checked_add(SHORT_ID)?;
        let destination = from..from.checked_add(id.unwrap_or(0))?;
        bytes.get(destination.clone())?;
        Some(Self {
            kind: Kind::OneRtt,
            version: None,
            start,
            rest: destination.end,
            destination,
            source: start..start,
            token: None,
            length: None,
            end: bytes.len(),
            filled: bytes.len(),
        })
    }

    /// Whether all of it is in these bytes.
    pub const fn is_whole_in(&self, bytes: &[u8]) -> bool {
        self.end <= bytes.len()
    }
}

/// A connection ID behind its length, which is a byte.
fn id_at(bytes: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let start = at.checked_add(1)?;
    let end = start.checked_add(usize::from(*bytes.get(*at)?))?;
    bytes.get(start..end)?;
    *at = end;
    Some(start..end)
}

/// The packets of a datagram, one behind the other. What follows a packet and is none is left to the last one: who
/// fills a datagram up may do so behind its packets. `id` as in [`Packet::of`], for a datagram that begins with a short
/// header; behind a long one it is as long as the one there, for all packets of a datagram are for the same connection
/// (RFC 9000, section 12.2).
pub fn packets(bytes: &[u8], id: Option<usize>) -> impl Iterator<Item = Packet> {
    let mut start = 0;
    let mut first: Option<Range<usize>> = None;
    std::iter::from_fn(move || {
        let known = first.clone().map(|first| first.len()).or(id);
        let mut packet = Packet::of(bytes, start, known)?;
        first.get_or_insert(packet.destination.clone());
        let wanted = first.clone().and_then(|first| bytes.get(first));
        let next = Packet::of(bytes, packet.end, wanted.map(<[u8]>::len));
        let follows = next.is_some_and(|next| {
            let is_fixed = bytes
                .get(next.start)
                .is_some_and(|first| first & FIXED != 0);
            is_fixed && bytes.get(next.destination) == wanted
        });
        if !follows {
            packet.filled = packet.end.max(bytes.len());
        }
        start = if follows { packet.end } else { bytes.len() };
        Some(packet)
    })
}

/// Whether a datagram begins with a long header of a version that is known, or with a list of versions: how QUIC is
/// known at a port that nobody claims.
#[inline]
pub fn is_begun_by(bytes: &[u8]) -> bool {
    // Most datagrams are told by their first byte.
    matches!(bytes.first(), Some(first) if first & (LONG | FIXED) == LONG | FIXED)
        && begins_with_known_version(bytes)
}

#[inline(never)]
fn begins_with_known_version(bytes: &[u8]) -> bool {
    let packet = Packet::of(bytes, 0, None);
    packet.is_some_and(|packet| packet.kind.is_protected() || packet.kind == Kind::Retry)
}

/// A number whose first two bits say how long it is, of 1, 2, 4 or 8 bytes (RFC 9000, section 16), and where it stands.
pub fn varint(bytes: &[u8], at: usize) -> Option<(u64, Range<usize>)> {
    let first = *bytes.get(at)?;
    let end = at.checked_add(1 << (first >> 6))?;
    let digits = bytes.get(at + 1..end)?;
    let add = |number: u64, byte: &u8| number << u8::BITS | u64::from(*byte);
    Some((digits.iter().fold((first & 0x3f).into(), add), at..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An Initial with connection IDs of two bytes and one, a token of one, and three bytes behind that.
    const INITIAL: [u8; 16] = [0xc1, 0, 0, 0, 1, 2, 7, 8, 1, 9, 1, 0xaa, 0x40, 3, 1, 2];

    fn initial() -> Vec<u8> {
        [&INITIAL[..], &[3]].concat()
    }

    fn all(bytes: &[u8], id: Option<usize>) -> Vec<(Kind, Range<usize>)> {
        let all = packets(bytes, id).take(100);
        all.map(|packet| (packet.kind, packet.start..packet.filled))
            .collect()
    }

    #[test]
    fn a_long_header_tells_both_connection_ids_and_where_its_packet_ends() {
        let packet = Packet::of(&initial(), 0, None).unwrap();
        assert_eq!(
            (packet.kind, packet.version),
            (Kind::Initial, Some(Version::V1))
        );
        assert_eq!((packet.destination, packet.source), (6..8, 9..10));
        assert_eq!(packet.token, Some((10..11, 11..12)));
        assert_eq!(
            (packet.length, packet.rest, packet.end),
            (Some(12..14), 14, 17)
        );
    }

    #[test]
    fn the_second_version_has_the_types_of_the_first_by_other_numbers() {
        let kinds = |version: Version| [0, 1, 2, 3].map(|bits| version.kind(bits));
        let [initial, zero, handshake, retry] = kinds(Version::V1);
        assert_eq!(kinds(Version::V2), [retry, initial, zero, handshake]);
        assert_eq!((initial, retry), (Kind::Initial, Kind::Retry));
    }

    #[test]
    fn packets_of_one_connection_stand_one_behind_the_other() {
        let short = [0x40, 7, 8, 1, 2, 3];
        let three = [&initial()[..], &initial(), &short].concat();
        let kinds = [Kind::Initial, Kind::Initial, Kind::OneRtt];
        let places = [0..17, 17..34, 34..40];
        let expected: Vec<_> = kinds.into_iter().zip(places).collect();
        assert_eq!(all(&three, None), expected);
        let last = packets(&three, None).last().unwrap();
        assert_eq!((last.destination, last.rest), (35..37, 37));
    }

    #[test]
    fn what_fills_a_datagram_up_belongs_to_its_last_packet() {
        for filled in [&[0; 9][..], &[0x40, 9, 9, 1, 2], &[0x40]] {
            let filled = [&initial()[..], filled].concat();
            assert_eq!(all(&filled, None), [(Kind::Initial, 0..filled.len())]);
        }
    }

    #[test]
    fn a_short_header_has_a_connection_id_of_the_length_that_is_known() {
        let short = [0x40, 7, 8, 1, 2, 3];
        let of = |id| Packet::of(&short, 0, id).map(|packet| (packet.destination, packet.rest));
        assert_eq!(of(Some(2)), Some((1..3, 3)));
        assert_eq!(of(None), Some((1..1, 1)));
        assert_eq!(of(Some(6)), None);
    }

    #[test]
    fn a_header_that_is_not_all_there_is_none() {
        for end in 0..14 {
            assert_eq!(Packet::of(&initial()[..end], 0, None), None, "{end}");
        }
        let cut = Packet::of(&initial()[..14], 0, None).unwrap();
        assert!(!cut.is_whole_in(&initial()[..14]));
        let endless = [
            &INITIAL[..10],
            &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]
        .concat();
        assert!(all(&endless, None).len() <= 1);
    }

    #[test]
    fn lengths_and_tokens_of_nothing_end_no_loop() {
        // A packet of no bytes behind its header, again and again.
        let empty = [0xc1, 0, 0, 0, 1, 0, 0, 0, 0];
        let many = empty.repeat(50);
        assert_eq!(all(&many, None).len(), 50);
    }

    #[test]
    fn on_a_port_that_nobody_claims_a_long_header_of_a_known_version_tells() {
        assert!(is_begun_by(&initial()));
        let mut other = initial();
        other[4] = 7;
        assert!(!is_begun_by(&other), "another version");
        other[4] = 1;
        other[0] = 0x81;
        assert!(!is_begun_by(&other), "no fixed bit");
        assert!(!is_begun_by(&[0x40; 30]), "a short header");
        assert!(!is_begun_by(&initial()[..12]));
        assert!(!is_begun_by(&[]));
    }

    /// The examples of RFC 9000, appendix A.1.
    #[test]
    fn the_first_bits_of_a_number_say_how_long_it_is() {
        let eight = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(varint(&eight, 0), Some((151_288_809_941_952_652, 0..8)));
        assert_eq!(
            varint(&[0x9d, 0x7f, 0x3e, 0x7d], 0),
            Some((494_878_333, 0..4))
        );
        assert_eq!(varint(&[0, 0x7b, 0xbd], 1), Some((15_293, 1..3)));
        assert_eq!(varint(&[0x25], 0), Some((37, 0..1)));
        assert_eq!(varint(&[0x40], 0), None);
        assert_eq!(varint(&[], usize::MAX), None);
    }
}
