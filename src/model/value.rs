//! The value of a field, read from its bytes when somebody asks, and its three parts as text:
//! the value itself, the symbol that names it, and its unit.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::address::{put_ipv4, put_ipv6, put_mac};
use super::bits::{self, BitRange};
use super::domain_name::DomainName;
use super::draft::{self, Draft};
use super::field::{Base, ByteOrder, FieldDef, Kind};
use super::text;

/// A value as read from a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A heading has none; neither has a field whose bits are not there.
    None,
    /// A number, scaled to its unit.
    Number(u64),
    /// A flag.
    Flag(bool),
    /// A hardware address.
    Mac([u8; 6]),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// Text, possibly not UTF-8.
    Text(&'a [u8]),
    /// The name of a host or a domain; not larger than the others.
    Domain {
        /// The message that it is in.
        message: &'a [u8],
        /// Where it begins there.
        at: u32,
    },
    /// Bytes of which the definition makes text.
    Spelled(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Nanoseconds since 1970.
    Time(i64),
    /// Nanoseconds.
    Duration(i64),
}

impl<'a> Value<'a> {
    /// Reads the value of a field at `range` of `buffer`.
    pub fn read(definition: &FieldDef, buffer: &'a [u8], range: &BitRange) -> Self {
        Self::read_in(definition, buffer, range, 0)
    }

    /// As [`Value::read`], of a field whose layer begins at this byte of the buffer.
    pub fn read_in(
        definition: &FieldDef,
        buffer: &'a [u8],
        range: &BitRange,
        layer: usize,
    ) -> Self {
        let bytes = bits::bytes_of(buffer, range);
        let read = match definition.kind {
            Kind::Number(_) | Kind::Flag | Kind::Time | Kind::Date | Kind::Duration => {
                read_number(definition, buffer, range)
                    .map(|number| Self::of_number(definition, number))
            }
            Kind::Mac => bytes.try_into().ok().map(Self::Mac),
            Kind::Ipv4 => ipv4_of(bytes).map(Self::Ipv4),
            Kind::Ipv6 => ipv6_of(bytes).map(Self::Ipv6),
            Kind::Text => Some(Self::Text(bytes)),
            Kind::Domain => domain_at(buffer, range, layer),
            Kind::Spelled => Some(Self::Spelled(bytes)),
            Kind::Bytes => Some(Self::Bytes(bytes)),
            Kind::Heading => Some(Self::None),
        };
        read.unwrap_or(Self::None)
    }

    /// The value that a number as read from the wire, or computed, stands for.
    pub fn of_number(definition: &FieldDef, number: u64) -> Self {
        match definition.kind {
            Kind::Flag => Self::Flag(number != 0),
            Kind::Time => Self::Time(number.cast_signed()),
            Kind::Date => nanoseconds_of(number).map_or(Self::None, Self::Time),
            Kind::Duration => Self::Duration(number.cast_signed()),
            Kind::Heading => Self::None,
            Kind::Ipv4 => u32::try_from(number)
                .map_or(Self::None, |bits| Self::Ipv4(Ipv4Addr::from_bits(bits))),
            _ => Self::Number(number.saturating_mul(u64::from(definition.scale))),
        }
    }

    /// The number behind a number or a flag.
    pub const fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Flag(set) => Some(*set as u64),
            _ => None,
        }
    }

    /// The name of the value, where its definition has one.
    pub fn symbol(&self, definition: &FieldDef) -> Option<&'static str> {
        match (self.as_number(), self) {
            (Some(number), _) => definition.symbols.of(number),
            (None, Self::Spelled(bytes)) => definition.symbols.of_bytes(bytes),
            (None, _) => None,
        }
    }

    /// Puts the value as a person reads it, fit for a terminal: `64`, `0x0800`, `192.168.1.6`.
    /// `digits` is the least number of hexadecimal digits of a number shown in that base.
    pub fn put_plain(&self, out: &mut Draft, definition: &FieldDef, digits: usize) {
        match self {
            Self::None => {}
            Self::Number(number) => match definition.kind {
                Kind::Number(Base::Hexadecimal) => out.put_hex_number(*number, digits),
                _ => out.put_number(*number),
            },
            Self::Flag(set) => out.put(if *set { b"1" } else { b"0" }),
            Self::Mac(octets) => put_mac(out, *octets),
            Self::Ipv4(address) => put_ipv4(out, *address),
            Self::Ipv6(address) => put_ipv6(out, *address),
            Self::Text(bytes) => text::put_escaped(out, bytes),
            Self::Domain { message, at } => {
                DomainName::new(message, *at as usize).spell(|text| out.push_str(text));
            }
            Self::Spelled(bytes) => {
                (definition.spell)(bytes, &mut |text| text::put_escaped(out, text.as_bytes()));
            }
            Self::Bytes(bytes) => text::put_hex_bytes(out, bytes),
            Self::Time(nanoseconds) if definition.kind == Kind::Date => put_date(out, *nanoseconds),
            Self::Time(nanoseconds) | Self::Duration(nanoseconds) => out.put_seconds(*nanoseconds),
        }
    }

    /// As [`Value::put_plain`], behind a text.
    pub fn push_plain(&self, out: &mut String, definition: &FieldDef, digits: usize) {
        draft::append(out, |out| self.put_plain(out, definition, digits));
    }
}

/// `None` from the year 2262 on, which nanoseconds in 64 bits do not reach.
fn nanoseconds_of(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(1_000_000_000)
}

/// Puts a moment as a date, in UTC: `2026-12-27T22:41:35Z`.
fn put_date(out: &mut Draft, nanoseconds: i64) {
    if let Ok(moment) = jiff::Timestamp::from_second(nanoseconds.div_euclid(1_000_000_000)) {
        out.push_by(|out| {
            // A text takes whatever is written into it.
            let _ = write!(out, "{moment}");
        });
    }
}

fn read_number(definition: &FieldDef, buffer: &[u8], range: &BitRange) -> Option<u64> {
    let network = bits::number(buffer, range)?;
    match definition.order {
        ByteOrder::Network => return Some(network),
        ByteOrder::Prefixed => return Some(behind_prefix(network, range)),
        ByteOrder::Little | ByteOrder::Capturer => {}
    }
    let little = bits::bytes_of(buffer, range)
        .iter()
        .rev()
        .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Some(match definition.order {
        ByteOrder::Capturer => network.min(little),
        _ => little,
    })
}

/// The number at these bits without the first two of them, which say how long it is.
fn behind_prefix(number: u64, range: &BitRange) -> u64 {
    const PREFIX: u32 = 2;
    let length = range.end.saturating_sub(range.start + PREFIX);
    number & u64::MAX.checked_shr(u64::BITS - length).unwrap_or(0)
}

/// The name that begins at these bits, in a message that begins with its layer.
fn domain_at<'a>(buffer: &'a [u8], range: &BitRange, layer: usize) -> Option<Value<'a>> {
    let at = bits::bytes_around(range).start.checked_sub(layer)?;
    Some(Value::Domain {
        message: buffer.get(layer..)?,
        at: u32::try_from(at).ok()?,
    })
}

/// An address; of a prefix that is sent without its last bytes, those are zeros.
#[inline]
fn ipv4_of(bytes: &[u8]) -> Option<Ipv4Addr> {
    let whole = <[u8; 4]>::try_from(bytes).ok();
    whole.or_else(|| padded(bytes)).map(Ipv4Addr::from)
}

/// As [`ipv4_of`].
fn ipv6_of(bytes: &[u8]) -> Option<Ipv6Addr> {
    padded::<16>(bytes).map(Ipv6Addr::from)
}

fn padded<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut octets = [0; N];
    octets.get_mut(..bytes.len())?.copy_from_slice(bytes);
    (!bytes.is_empty()).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(definition: &FieldDef, bytes: &[u8], range: BitRange) -> String {
        let mut out = String::new();
        Value::read(definition, bytes, &range).push_plain(&mut out, definition, 4);
        out
    }

    #[test]
    fn a_value_is_shown_as_its_definition_says() {
        let bytes = [0x08, 0x00, 192, 168, 1, 6];
        assert_eq!(shown(&FieldDef::hex("x", "X"), &bytes, 0..16), "0x0800");
        assert_eq!(shown(&FieldDef::decimal("x", "X"), &bytes, 0..16), "2048");
        assert_eq!(
            shown(&FieldDef::ipv4("x", "X"), &bytes, 16..48),
            "192.168.1.6"
        );
        assert_eq!(
            shown(&FieldDef::mac("x", "X"), &bytes, 0..48),
            "08:00:c0:a8:01:06"
        );
        assert_eq!(
            shown(
                &FieldDef::decimal("x", "X").scaled(4, "bytes"),
                &[0x45],
                4..8
            ),
            "20"
        );
    }

    #[test]
    fn a_date_is_shown_as_one() {
        let date = FieldDef::date("x", "X");
        let shown = |bytes: &[u8]| shown(&date, bytes, 0..u32::try_from(bytes.len() * 8).unwrap());
        assert_eq!(shown(&[0x6b, 0x31, 0x94, 0x1f]), "2026-12-27T22:41:35Z");
        assert_eq!(shown(&[0, 0, 0, 0]), "1970-01-01T00:00:00Z");
        assert_eq!(shown(&[0xff; 6]), "", "far behind the last year");
    }

    #[test]
    fn of_an_address_that_is_sent_without_its_last_bytes_these_are_zeros() {
        let (ipv4, ipv6) = (FieldDef::ipv4("x", "X"), FieldDef::ipv6("x", "X"));
        assert_eq!(shown(&ipv4, &[192, 168, 1], 0..24), "192.168.1.0");
        assert_eq!(shown(&ipv6, &[0xfd], 0..8), "fd00::");
    }

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Value<'_>>() <= 24);
    }

    #[test]
    fn bits_that_are_not_there_have_no_value() {
        assert_eq!(
            Value::read(&FieldDef::ipv4("x", "X"), &[1, 2], &(0..32)),
            Value::None
        );
    }

    /// The examples of RFC 9000, appendix A.1.
    #[test]
    fn a_number_behind_its_length_is_read_without_that() {
        let number = FieldDef::decimal("x", "X").ordered(ByteOrder::Prefixed);
        let eight = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(shown(&number, &eight, 0..64), "151288809941952652");
        let four = [0x9d, 0x7f, 0x3e, 0x7d];
        assert_eq!(shown(&number, &four, 0..32), "494878333");
        assert_eq!(shown(&number, &[0x7b, 0xbd], 0..16), "15293");
        assert_eq!(shown(&number, &[0x25], 0..8), "37");
    }

    #[test]
    fn the_capturers_order_is_the_one_that_gives_the_smaller_number() {
        let family = FieldDef::decimal("x", "X").ordered(ByteOrder::Capturer);
        assert_eq!(shown(&family, &[2, 0, 0, 0], 0..32), "2");
        assert_eq!(shown(&family, &[0, 0, 0, 2], 0..32), "2");
    }
}
