//! The question that most filters ask, ready to be asked where the value lies: a number at one place in the
//! headers of one protocol, compared with a written one.

use std::ops::RangeInclusive;

use super::plan::{Constant, Operand, OperandKind, Relation};
use super::syntax::Quantifier;
use crate::decode::headers::any_header;
use crate::model::bits;
use crate::model::field::{ByteOrder, FieldDef, Kind, Place};
use crate::model::frame::Frame;
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::model::reference::OsiLayer;

/// Whether a number in any header of a protocol compares so.
#[derive(Debug)]
pub struct InPlace {
    protocol: &'static Protocol,
    /// Whether headers lead to the protocol, and not ports.
    is_in_headers: bool,
    /// Where the bytes of the header end that it is in: it begins in the last eight of them.
    end: usize,
    /// How many bits of others are behind it in the last one, and which are its own without those.
    below: u32,
    mask: u64,
    /// What it counts units of.
    scale: u64,
    range: RangeInclusive<u64>,
    /// Whether it must lie outside of that range.
    is_outside: bool,
}

impl InPlace {
    /// The same as this comparison, where it is such a question.
    pub fn of(
        quantifier: Quantifier,
        left: &Operand,
        relation: Relation,
        right: &Operand,
    ) -> Option<Self> {
        let OperandKind::Fields(_, fields, None) = &left.kind else {
            return None;
        };
        let (Quantifier::Any, [field]) = (quantifier, fields.as_slice()) else {
            return None;
        };
        let OperandKind::Constant(Constant::Number(number)) = &right.kind else {
            return None;
        };
        let Place::Fixed { start, length } = field.definition.place else {
            return None;
        };
        let bits = start..start + length;
        let bytes = bits::bytes_around(&bits);
        if bytes.len() > size_of::<u64>() {
            return None;
        }
        let (range, is_outside) = range(relation, u64::try_from(*number).ok()?);
        Some(Self {
            protocol: field.protocol,
            is_in_headers: field.protocol.standing.osi <= OsiLayer::Transport,
            below: bits::of_bytes(&bytes).end - bits.end,
            mask: u64::MAX.checked_shr(u64::BITS - length)?,
            end: bytes.end,
            scale: scale_of(field.definition, length)?,
            range,
            is_outside,
        })
    }

    /// Whether it is so in a frame.
    #[inline]
    pub fn passes(&self, decoded: &Decoded<'_>) -> bool {
        let asked = |layer: &&Layer| std::ptr::eq(layer.protocol, self.protocol);
        let mut headers = decoded.layers.iter().filter(asked);
        headers.any(|layer| {
            let header = decoded.header_of(layer);
            header.is_some_and(|header| self.fits_number_in(header))
        })
    }

    /// Whether it is so in a frame of which nothing was found yet; `None` where its headers alone do not tell.
    #[inline]
    pub fn told_by_headers(&self, frame: &Frame<'_>) -> Option<bool> {
        if !self.is_in_headers {
            return None;
        }
        any_header(frame, |protocol, header| {
            std::ptr::eq(protocol, self.protocol) && self.fits_number_in(header)
        })
    }

    /// Apart, so that a loop over headers does not have to hold all of this.
    #[inline(never)]
    fn fits_number_in(&self, header: &[u8]) -> bool {
        header.get(..self.end).is_some_and(|bytes| {
            let last = match bytes.last_chunk() {
                Some(eight) => u64::from_be_bytes(*eight),
                None => bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            };
            let found = (last >> self.below & self.mask).saturating_mul(self.scale);
            self.range.contains(&found) != self.is_outside
        })
    }
}

/// The range that numbers lie in which compare so with this one, or, with `true`, that the others lie in.
const fn range(relation: Relation, number: u64) -> (RangeInclusive<u64>, bool) {
    match relation {
        Relation::Equal => (number..=number, false),
        Relation::NotEqual => (number..=number, true),
        Relation::GreaterOrEqual => (number..=u64::MAX, false),
        Relation::Less => (number..=u64::MAX, true),
        Relation::LessOrEqual => (0..=number, false),
        Relation::Greater => (0..=number, true),
    }
}

/// How a field's bits become the number that is compared; `None` where it is not by this alone.
fn scale_of(definition: &FieldDef, bits: u32) -> Option<u64> {
    match (definition.kind, definition.order, bits) {
        (Kind::Number(_), ByteOrder::Network, _) => Some(definition.scale.into()),
        (Kind::Flag, ByteOrder::Network, 1) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{frame_of, in_ethernet, in_ipv4};
    use crate::filter::Filter;
    use crate::model::frame::LinkType;

    #[test]
    fn headers_tell_what_the_decoder_tells_whatever_length_they_state_and_wherever_they_are_cut() {
        const TCP: (u8, &str, usize) = (6, "tcp.flags.syn == 1", 12);
        const UDP: (u8, &str, usize) = (17, "udp.checksum == 0xffff", 5);
        for (protocol, filter, length_at) in [TCP, UDP] {
            let filter = Filter::new(filter).unwrap();
            for stated in 0..=u8::MAX {
                let mut datagram = [0xff; 64];
                datagram[4] = 0;
                datagram[length_at] = stated;
                let bytes = in_ethernet(0x0800, &in_ipv4(protocol, &datagram));
                for end in 0..=bytes.len() {
                    let frame = frame_of(LinkType::ETHERNET, &bytes[..end], bytes.len());
                    let passes = filter.passes(&Decoder::new().expand(&frame));
                    let told = filter.told_by_headers(&frame);
                    assert_eq!(told, Some(passes), "{protocol}: {stated}, cut at {end}");
                }
            }
        }
    }

    #[test]
    fn what_ports_lead_to_is_not_told_by_headers() {
        let mut datagram = vec![0x9c, 0x40, 0, 53, 0, 27, 0, 0];
        datagram.extend(b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x01A\0\0\x01\0\x01");
        let bytes = in_ethernet(0x0800, &in_ipv4(17, &datagram));
        let frame = frame_of(LinkType::ETHERNET, &bytes, bytes.len());
        for (filter, expected) in [
            ("dns.id == 7", true),
            ("dns.flags.response == 1", false),
            ("dns.qry.name == \"A\"", true),
            ("dns.qry.name == \"a\"", false),
            ("lower(dns.qry.name) == \"a\"", true),
            ("dns.qry.name contains \"B\"", false),
        ] {
            let filter = Filter::new(filter).unwrap();
            assert_eq!(filter.told_by_headers(&frame), None, "{}", filter.text());
            let passes = filter.passes(&Decoder::new().expand(&frame));
            assert_eq!(passes, expected, "{}", filter.text());
        }
    }

    #[test]
    fn a_number_lies_in_the_range_when_it_compares_so() {
        let relations = [
            (Relation::Equal, Ordering::is_eq as fn(Ordering) -> bool),
            (Relation::NotEqual, Ordering::is_ne),
            (Relation::Greater, Ordering::is_gt),
            (Relation::GreaterOrEqual, Ordering::is_ge),
            (Relation::Less, Ordering::is_lt),
            (Relation::LessOrEqual, Ordering::is_le),
        ];
        let numbers = [0, 1, 2, u64::MAX - 1, u64::MAX];
        for (relation, compares_so) in relations {
            for number in numbers {
                let (range, is_outside) = range(relation, number);
                for found in numbers {
                    assert_eq!(
                        range.contains(&found) != is_outside,
                        compares_so(found.cmp(&number)),
                        "{found} {relation:?} {number}"
                    );
                }
            }
        }
    }
}
