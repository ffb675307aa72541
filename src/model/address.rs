//! Addresses as text; quicker than formatting them, since every line of a list has two.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::draft::{self, Draft, Piece};
use super::text;

/// Puts an IPv4 address: `192.168.1.6`.
#[inline]
pub fn put_ipv4(draft: &mut Draft, address: Ipv4Addr) {
    let octets = address.octets().map(|octet| OCTETS[usize::from(octet)]);
    let [first, second, third, last] = octets;
    draft.put_pieces([first, second, third, last.without_last()].iter());
}

/// Each octet in decimal, and a dot.
static OCTETS: [Piece<4>; 256] = {
    let mut octets = [Piece::EMPTY; 256];
    let mut value = 0u8;
    loop {
        let mut piece = Piece::EMPTY;
        if value >= 100 {
            piece = piece.with_byte(b'0' + value / 100);
        }
        if value >= 10 {
            piece = piece.with_byte(b'0' + value / 10 % 10);
        }
        octets[value as usize] = piece.with_byte(b'0' + value % 10).with_byte(b'.');
        if value == u8::MAX {
            break octets;
        }
        value += 1;
    }
};

/// Appends an IPv6 address in the form of RFC 5952: `fd00::6`.
pub fn push_ipv6(out: &mut String, address: Ipv6Addr) {
    draft::append(out, |out| put_ipv6(out, address));
}

/// Puts an IPv6 address in the form of RFC 5952: `fd00::6`.
pub fn put_ipv6(draft: &mut Draft, address: Ipv6Addr) {
    if let Some(mapped) = address.to_ipv4_mapped() {
        draft.put(b"::ffff:");
        put_ipv4(draft, mapped);
        return;
    }
    let groups = address.segments();
    let zeros = longest_zeros(&groups);
    if zeros.is_empty() {
        return put_groups(draft, &groups);
    }
    put_groups(draft, groups.get(..zeros.start).unwrap_or_default());
    draft.put(b"::");
    put_groups(draft, groups.get(zeros.end..).unwrap_or_default());
}

/// Puts groups with colons between them.
#[inline]
fn put_groups(draft: &mut Draft, groups: &[u16]) {
    let Some((last, before)) = groups.split_last() else {
        return;
    };
    for group in before {
        put_group(draft, *group);
        draft.put(b":");
    }
    put_group(draft, *last);
}

/// The first longest run of at least two zeros, which are left out (RFC 5952, section 4.2); empty at the start
/// where there is none.
fn longest_zeros(groups: &[u16; 8]) -> Range<usize> {
    let zeros = groups
        .iter()
        .rev()
        .fold(0u32, |bits, group| bits << 1 | u32::from(*group == 0));
    // In `starts` are the bits of those groups from which on so many are zero.
    let (mut starts, mut length) = (zeros, 1);
    while zeros & starts >> 1 != 0 {
        starts = zeros & starts >> 1;
        length += 1;
    }
    let start = starts.trailing_zeros() as usize;
    if length > 1 {
        start..start + length
    } else {
        0..0
    }
}

/// Puts a group in hexadecimal, without zeros before it.
#[inline]
fn put_group(draft: &mut Draft, group: u16) {
    const EACH: u32 = 0x0101_0101;
    const LAST: u32 = 1 << 24;
    let group = u32::from(group);
    // Four digits side by side, the first in the lowest byte.
    let digits = group >> 12 | group & 0xf00 | (group & 0xf0) << 12 | (group & 0xf) << 24;
    let zeros = (digits | LAST).trailing_zeros() / u8::BITS;
    let are_letters = (digits + 6 * EACH) >> 4 & EACH;
    let ascii = digits + EACH * u32::from(b'0') + are_letters * u32::from(b'a' - b'9' - 1);
    draft.put_some(
        (ascii >> (zeros * u8::BITS)).to_le_bytes(),
        4 - zeros as usize,
    );
}

/// Puts a hardware address: `02:00:00:00:00:07`.
pub fn put_mac(draft: &mut Draft, octets: [u8; 6]) {
    text::put_hex_bytes(draft, &octets);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_the_standard_library_writes_them() {
        let mut random = fastrand::Rng::with_seed(1);
        let group = |random: &mut fastrand::Rng| match random.u8(..8) {
            0..4 => 0,
            4 => u16::MAX,
            5 => random.u16(..0x100),
            _ => random.u16(..),
        };
        for _ in 0..100_000 {
            let address = Ipv6Addr::from(std::array::from_fn(|_| group(&mut random)));
            let mut out = String::new();
            push_ipv6(&mut out, address);
            assert_eq!(out, address.to_string());
            let address = Ipv4Addr::from(random.u32(..) & random.u32(..));
            out.clear();
            draft::append(&mut out, |out| put_ipv4(out, address));
            assert_eq!(out, address.to_string());
        }
    }
}
