//! The Internet checksum (RFC 1071) over headers, pseudo-headers and payloads, and the verdict on it.

use super::{ipv4, ipv4_options, ipv6, ipv6_options, ipv6_routing};
use crate::model::bits;
use crate::model::fault::FaultKind;
use crate::model::frame::ChecksumOffload;
use crate::model::layer::{Layer, LayerView};

/// What can be said of a checksum. The numbers are those of Wireshark's `*.checksum.status` fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does not fit the bytes; this is what it should be.
    Bad {
        /// What the header should say.
        computed: u16,
    },
    /// It fits.
    Good,
    /// Not all of the bytes are there.
    Unverified,
    /// The sender computed none.
    NotPresent,
    /// The sender computed none where one is required.
    Missing,
    /// Only the sum of the pseudo-header: the network card completes it after the capture point.
    FilledInLater,
}

/// Names of the numbers of a verdict, for the status fields.
pub const STATUS: &[(u64, &str)] = &[
    (0, "bad"),
    (1, "good"),
    (2, "not verified: not all bytes are here"),
    (3, "not present"),
    (4, "missing, though required"),
    (5, "filled in later by the network card"),
];

impl Verdict {
    /// The number of the status field.
    pub const fn status(self) -> u64 {
        match self {
            Self::Bad { .. } => 0,
            Self::Good => 1,
            Self::Unverified => 2,
            Self::NotPresent => 3,
            Self::Missing => 4,
            Self::FilledInLater => 5,
        }
    }

    /// The fault, where it is one. `found` is what the header says.
    pub const fn fault(self, found: u16) -> Option<FaultKind> {
        match self {
            Self::Bad { computed } => Some(FaultKind::BadChecksum { found, computed }),
            Self::FilledInLater => Some(FaultKind::ChecksumFilledInLater),
            Self::Missing => Some(FaultKind::BadValue {
                why: "there is no checksum, but over IPv6 it is required (RFC 8200, section 8.1)",
            }),
            Self::Good | Self::Unverified | Self::NotPresent => None,
        }
    }
}

/// The verdict on the checksum at byte `at` of `bytes`, which covers all of them and nothing else.
#[inline]
pub fn of_bytes(bytes: &[u8], at: usize) -> Verdict {
    // Nearly every header of IPv4, in every frame, has this length: it is worth a way of its own.
    if let Ok(header) = <&[u8; 20]>::try_from(bytes)
        && Sum::default().fits(header, at)
    {
        return Verdict::Good;
    }
    over(Sum::default(), bytes, at)
}

/// The verdict on the checksum at byte `at` of a layer that covers all of the layer and nothing else.
pub fn of_layer(view: &LayerView<'_>, at: usize) -> Verdict {
    if view.is_whole() {
        of_bytes(view.bytes, at)
    } else {
        Verdict::Unverified
    }
}

/// The verdict on the checksum at byte `at` of a layer that covers the pseudo-header of the IP layer around it, its
/// header and its payload: all that is there of it on the wire, also what is behind a packet that it quotes.
pub fn of_transport(view: &LayerView<'_>, protocol: u8, at: usize) -> Verdict {
    if !view.is_whole() {
        return Verdict::Unverified;
    }
    let covered = view.bytes.get(..view.wire_length()).unwrap_or(view.bytes);
    let Some(pseudo_header) = pseudo_header(view, protocol, covered.len()) else {
        return Verdict::Unverified;
    };
    if pseudo_header.fits(covered, at) {
        return Verdict::Good;
    }
    of_unfit_transport(view, protocol, pseudo_header, covered, at)
}

/// The verdict where the bytes do not fit the pseudo-header that nearly every sender puts before them.
#[cold]
fn of_unfit_transport(
    view: &LayerView<'_>,
    protocol: u8,
    pseudo_header: Sum,
    covered: &[u8],
    at: usize,
) -> Verdict {
    let verdict = unfit_behind(pseudo_header, covered, at);
    if !matches!(verdict, Verdict::Bad { .. }) {
        return verdict;
    }
    let verdict = match routed_pseudo_header(view, protocol, covered.len()) {
        None => verdict,
        Some(routed) if routed.fits(covered, at) => Verdict::Good,
        Some(routed) => unfit_behind(routed, covered, at),
    };
    let is_bad = matches!(verdict, Verdict::Bad { .. });
    if is_bad && view.frame.checksum_offload == ChecksumOffload::FilledInLater {
        Verdict::FilledInLater
    } else {
        verdict
    }
}

/// The verdict on bytes that do not fit behind this pseudo-header.
fn unfit_behind(pseudo_header: Sum, covered: &[u8], at: usize) -> Verdict {
    let verdict = unfit(pseudo_header, covered, at);
    if !matches!(verdict, Verdict::Bad { .. }) {
        return verdict;
    }
    let found = bits::u16_at(covered, at);
    if found.map(|found| found ^ 0xffff) == Some(pseudo_header.checksum()) {
        Verdict::FilledInLater
    } else {
        verdict
    }
}

/// The sum that a UDP or TCP sender puts before its own bytes: addresses, length and protocol
/// (RFC 9293, section 3.1; RFC 8200, section 8.1).
fn pseudo_header(view: &LayerView<'_>, protocol: u8, length: usize) -> Option<Sum> {
    let addresses = match packet_around(view)? {
        Packet::Ipv4(header) => Sum::of(*header.get(12..)?.first_chunk()?),
        Packet::Ipv6 { header, extensions } => {
            let (source, destination) = ipv6_ends(view, header, extensions)?;
            Sum::default().with(&source).with(&destination)
        }
    };
    Some(before_bytes(addresses, protocol, length))
}

/// The same with where the packet goes in the end, while a source route of IPv4 has it stop on the way (RFC 791,
/// section 3.1). Linux sums over that in TCP, but over the next stop in UDP: so either will do.
fn routed_pseudo_header(view: &LayerView<'_>, protocol: u8, length: usize) -> Option<Sum> {
    let Packet::Ipv4(header) = packet_around(view)? else {
        return None;
    };
    let destination = ipv4_options::final_destination(header)?;
    let source = u32::from_ne_bytes(*header.get(12..)?.first_chunk()?);
    let destination = u32::from_ne_bytes(destination);
    let addresses = Sum::default().plus(source.into()).plus(destination.into());
    Some(before_bytes(addresses, protocol, length))
}

fn before_bytes(addresses: Sum, protocol: u8, length: usize) -> Sum {
    // A number counts as much as the words that it consists of, and two of them as much as their sum.
    let rest = length as u64 + u64::from(protocol);
    addresses.plus(rest.to_be())
}

/// The header of the packet around, and of IPv6 the layers between that and what is inside.
enum Packet<'a> {
    Ipv4(&'a [u8]),
    Ipv6 {
        header: &'a [u8],
        extensions: &'a [Layer],
    },
}

#[inline]
fn packet_around<'a>(view: &LayerView<'a>) -> Option<Packet<'a>> {
    let mut around = view.around();
    while let Some((layer, further)) = around.split_last() {
        if std::ptr::eq(layer.protocol, &raw const ipv4::PROTOCOL) {
            return Some(Packet::Ipv4(view.header_of(layer)?));
        }
        if std::ptr::eq(layer.protocol, &raw const ipv6::PROTOCOL) {
            return Some(Packet::Ipv6 {
                header: view.header_of(layer)?,
                extensions: view.around().get(around.len()..)?,
            });
        }
        around = further;
    }
    None
}

/// Whether the IP layer around is IPv6, which has no checksum of its own.
pub fn is_over_ipv6(view: &LayerView<'_>) -> bool {
    matches!(packet_around(view), Some(Packet::Ipv6 { .. }))
}

/// Who sent an IPv6 packet, wherever it is away from home (RFC 6275, sections 9.3.1 and 11.3.1), and where the packet
/// goes in the end, whatever stops it makes before.
#[inline]
fn ipv6_ends(
    view: &LayerView<'_>,
    header: &[u8],
    extensions: &[Layer],
) -> Option<([u8; 16], [u8; 16])> {
    let source = *header.get(8..)?.first_chunk()?;
    let destination = *header.get(24..)?.first_chunk()?;
    if extensions.is_empty() {
        return Some((source, destination));
    }
    Some(ends_by_extensions(view, source, destination, extensions))
}

/// The same by what the headers between say of the addresses in its own.
#[cold]
fn ends_by_extensions(
    view: &LayerView<'_>,
    source: [u8; 16],
    destination: [u8; 16],
    extensions: &[Layer],
) -> ([u8; 16], [u8; 16]) {
    let headers_of = |name| {
        let named = move |layer: &&Layer| layer.protocol.name == name;
        let layers = extensions.iter().filter(named);
        layers.filter_map(|layer| view.header_of(layer))
    };
    let mut home = headers_of("ipv6.dstopts").filter_map(ipv6_options::home_address);
    let end = headers_of("ipv6.routing").fold(destination, |stop, routing| {
        ipv6_routing::final_destination(routing, stop)
    });
    (home.next_back().unwrap_or(source), end)
}

/// The verdict behind this sum. Apart, so that a header of the usual length has no part in it.
#[inline(never)]
fn over(before: Sum, bytes: &[u8], at: usize) -> Verdict {
    if before.fits(bytes, at) {
        Verdict::Good
    } else {
        unfit(before, bytes, at)
    }
}

/// The verdict on bytes that do not fit behind this sum.
#[cold]
fn unfit(before: Sum, bytes: &[u8], at: usize) -> Verdict {
    match bytes.split_at_checked(at) {
        Some((head, [_, _, tail @ ..])) => Verdict::Bad {
            computed: before.with(head).with(tail).checksum(),
        },
        _ => Verdict::Unverified,
    }
}

/// A ones' complement sum of 16-bit words in the making. The words are taken in the order of bytes of this
/// machine and four by four: the sum is the same but for the order of its own bytes (RFC 1071, section 2).
#[derive(Clone, Copy, Default)]
struct Sum(u64);

impl Sum {
    /// Of these four words.
    const fn of(words: [u8; 8]) -> Self {
        Self(u64::from_ne_bytes(words))
    }

    /// With this number. A carry counts one, as it does in sixteen bits.
    fn plus(self, number: u64) -> Self {
        let (sum, carried) = self.0.overflowing_add(number);
        Self(sum + u64::from(carried))
    }

    /// With these bytes, which are an even number unless they are the last of the sum.
    #[inline]
    fn with(self, bytes: &[u8]) -> Self {
        let (mut sum, mut carries) = (self.0, 0);
        let mut add = |block: &[u8; 16]| {
            for words in block.as_chunks().0 {
                let carried;
                (sum, carried) = sum.overflowing_add(u64::from_ne_bytes(*words));
                carries += u64::from(carried);
            }
        };
        let (blocks, rest) = bytes.as_chunks();
        blocks.iter().for_each(&mut add);
        add(&bits::last_block(bytes, rest.len()));
        Self(sum).plus(carries)
    }

    /// Whether, behind what is summed already, the checksum at byte `at` of these bytes is there and fits them.
    #[inline]
    fn fits(self, bytes: &[u8], at: usize) -> bool {
        // Only bytes that are all zero sum to the other zero of ones' complement; their checksum would be 0xffff.
        bytes.len() >= at + 2 && self.with(bytes).checksum() == 0
    }

    /// The checksum: the complement of the sum, of which each half is added to the other with its carry.
    fn checksum(self) -> u16 {
        // With its own halves exchanged: then the sum of both, and its carry, is in the upper one.
        let sum = self.0.wrapping_add(self.0.rotate_left(32)) >> 32;
        let sum = u32::try_from(sum).unwrap_or_default();
        let sum = sum.wrapping_add(sum.rotate_left(16)) >> 16;
        !u16::try_from(sum).unwrap_or_default().to_be()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, seen};
    use crate::model::frame::LinkType;

    /// The IPv4 header of RFC 1071's kind: 192.168.1.7 to 192.168.1.6, checksum in bytes 10 and 11.
    const HEADER: [u8; 20] = [
        0x45, 0x00, 0x00, 0x28, 0x00, 0x00, 0x40, 0x00, 0x40, 0x06, 0xb7, 0x72, 192, 168, 1, 7,
        192, 168, 1, 6,
    ];

    #[test]
    fn a_checksum_that_fits_is_good() {
        assert_eq!(of_bytes(&HEADER, 10), Verdict::Good);
    }

    #[test]
    fn a_checksum_that_does_not_fit_says_what_it_should_be() {
        let mut damaged = HEADER;
        damaged[10] = 0;
        assert_eq!(of_bytes(&damaged, 10), Verdict::Bad { computed: 0xb772 });
    }

    #[test]
    fn a_checksum_beyond_the_bytes_is_not_verified() {
        assert_eq!(of_bytes(&HEADER[..11], 10), Verdict::Unverified);
    }

    #[test]
    fn bytes_that_are_all_zero_have_no_right_checksum() {
        assert_eq!(of_bytes(&[0; 8], 2), Verdict::Bad { computed: 0xffff });
        assert_eq!(of_bytes(&[0; 20], 10), Verdict::Bad { computed: 0xffff });
        assert_eq!(of_bytes(&[0, 0, 0xff, 0xff, 0, 0, 0, 0], 2), Verdict::Good);
    }

    /// A SYN of Linux from 192.168.1.7 by way of 192.168.1.6 to 192.168.1.9, with this checksum.
    fn on_a_source_route(pointer: u8, checksum: [u8; 2]) -> Seen {
        #[rustfmt::skip]
        let mut packet = [
            0x47, 0x00, 0x00, 0x44, 0x3d, 0xf1, 0x40, 0x00, 0x40, 0x06, 0x3e, 0x9c, 192, 168, 1, 7,
            192, 168, 1, 6,
            131, 7, pointer, 192, 168, 1, 9, 0, // a loose source route, the end of the options
            0x84, 0x42, 0x30, 0x39, 0x11, 0x31, 0x5d, 0x35, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02, 0xfa, 0xf0,
            checksum[0], checksum[1], 0x00, 0x00,
            0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a, 0xef, 0xdc, 0xd3, 0xfb, 0x00, 0x00, 0x00, 0x00,
            0x01, 0x03, 0x03, 0x0a,
        ];
        let header = packet.first_chunk_mut::<28>().unwrap();
        header[10..12].fill(0);
        let sum = Sum::default().with(header).checksum();
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        seen(LinkType::IPV4, &packet)
    }

    #[test]
    fn a_sum_over_the_end_of_a_source_route_is_good_while_stops_are_ahead() {
        let seen = on_a_source_route(4, [0xe2, 0xf0]);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
        assert_eq!(
            on_a_source_route(8, [0xe2, 0xf0]).faults,
            ["checksum is 0xe2f0 but the bytes sum to 0xe2f3: damaged on the way"]
        );
    }

    #[test]
    fn a_sum_over_the_next_stop_of_a_source_route_is_good_too() {
        let seen = on_a_source_route(4, [0xe2, 0xf3]);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    }

    #[test]
    fn a_sum_over_neither_end_of_a_source_route_should_be_over_the_last() {
        assert_eq!(
            on_a_source_route(4, [0xe2, 0xf1]).faults,
            ["checksum is 0xe2f1 but the bytes sum to 0xe2f0: damaged on the way"]
        );
    }

    #[test]
    fn a_sum_over_the_pseudo_header_alone_may_have_the_end_of_a_source_route() {
        // 192.168.1.7, 192.168.1.9, 40 bytes, protocol 6: not yet complemented.
        let seen = on_a_source_route(4, [0x83, 0x8f]);
        assert_eq!(
            seen.chosen("tcp", &["tcp.checksum.status"]),
            ["= tcp.checksum.status 5 (filled in later by the network card)"]
        );
    }

    /// A SYN from fd00::1, which is away from home at fd00::99, to fd00::2, with this checksum.
    fn away_from_home(checksum: [u8; 2]) -> Seen {
        #[rustfmt::skip]
        let packet = [
            0x60, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x3c, 0x40,
            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99,
            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
            6, 2, 1, 2, 0, 0, 0xc9, 16, // padding, then the home address
            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
            0x13, 0x88, 0x00, 0x50, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0x20, 0x00,
            checksum[0], checksum[1], 0x00, 0x00,
        ];
        seen(LinkType::IPV6, &packet)
    }

    #[test]
    fn a_host_away_from_home_sums_over_its_address_at_home() {
        let seen = away_from_home([0x81, 0xa2]);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
        assert_eq!(
            away_from_home([0x81, 0x0a]).faults,
            ["checksum is 0x810a but the bytes sum to 0x81a2: damaged on the way"]
        );
    }

    /// A SYN from fd00::1 to fd00::2 behind these headers, the first of which is of this kind.
    fn behind(kind: u8, headers: &[&[u8]], checksum: [u8; 2]) -> Seen {
        let headers = headers.concat();
        let length = u8::try_from(headers.len() + 20).expect("short");
        let mut packet = vec![0x60, 0, 0, 0, 0, length, kind, 64];
        packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        packet.extend(headers);
        packet.extend([
            0x13, 0x88, 0, 0x50, 0, 0, 0, 0x64, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0,
        ]);
        packet.extend([checksum[0], checksum[1], 0, 0]);
        seen(LinkType::IPV6, &packet)
    }

    #[test]
    fn a_stop_that_an_outer_routing_header_tells_is_where_the_inner_one_goes_on_from() {
        #[rustfmt::skip]
        let route = |next, left, last| {
            [next, 2, 4, left, 0, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
        };
        let seen = behind(43, &[&route(43, 1, 0xe), &route(6, 0, 0xd)], [0x81, 0x96]);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    }

    #[test]
    fn of_two_addresses_at_home_the_last_counts() {
        #[rustfmt::skip]
        let home = |last| {
            [0xc9, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
        };
        let padding = [1, 4, 0, 0, 0, 0];
        let headers: [&[u8]; 4] = [&[6, 5, 1, 2, 0, 0], &home(0x55), &padding, &home(1)];
        let seen = behind(60, &headers, [0x81, 0xa2]);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    }

    #[test]
    fn a_sum_is_what_adding_word_by_word_and_carrying_at_once_gives() {
        let mut random = fastrand::Rng::with_seed(1);
        for length in 0..2_000 {
            let mut bytes = vec![0xff; length];
            if length % 3 > 0 {
                random.fill(&mut bytes);
            }
            let words = bytes.chunks(2).map(|word| match *word {
                [high, low] => u16::from_be_bytes([high, low]),
                _ => u16::from_be_bytes([word[0], 0]),
            });
            let plain = words.fold(0u16, |sum, word| {
                let (sum, carries) = sum.overflowing_add(word);
                sum + u16::from(carries)
            });
            assert_eq!(Sum::default().with(&bytes).checksum(), !plain, "{length}");
        }
    }
}
