//! Addresses as text; quicker than formatting them, since every line of a list has two.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::draft::{self, Draft};
use super::text;

/// Puts an IPv4 address: `192.168.1.6`.
#[inline]
pub fn put_ipv4(draft: &mut Draft, address: Ipv4Addr) {
    let (text, length) = ipv4_text(address);
    draft.put_some(text, length);
}

/// Puts an IPv4 address with blanks behind it, so that it takes sixteen cells: one more than the longest.
#[inline]
pub fn put_ipv4_left(draft: &mut Draft, address: Ipv4Addr) {
    let (text, _) = ipv4_text(address);
    draft.put(&text);
}

/// An IPv4 address as text with blanks behind it, and its length. All in registers: no part waits for the one before
/// it to be written.
#[inline]
fn ipv4_text(address: Ipv4Addr) -> ([u8; 16], usize) {
    const BLANKS: u128 = u128::from_le_bytes([BLANK; 16]);
    let [first, second, third, last] = address.octets().map(|octet| OCTETS[usize::from(octet)]);
    let (front, front_bits) = first.without_dot().followed_by(second);
    let (back, back_bits) = third.followed_by(last);
    let text = u128::from(front) | u128::from(back) << front_bits;
    let length = (front_bits + back_bits) / u8::BITS;
    ((text ^ BLANKS).to_le_bytes(), length as usize)
}

/// An octet in decimal behind a dot, the first character in the lowest byte. Each character is that by which it
/// differs from a blank: then there are blanks behind the last.
#[derive(Clone, Copy)]
struct Octet {
    text: u32,
    bits: u32,
}

impl Octet {
    const fn with_character_before(self, character: u8) -> Self {
        Self {
            text: self.text << u8::BITS | (character ^ BLANK) as u32,
            bits: self.bits + u8::BITS,
        }
    }

    #[inline]
    const fn without_dot(self) -> Self {
        Self {
            text: self.text >> u8::BITS,
            bits: self.bits - u8::BITS,
        }
    }

    /// The text of both, and how many bits it has.
    #[inline]
    fn followed_by(self, next: Self) -> (u64, u32) {
        let text = u64::from(self.text) | u64::from(next.text) << self.bits;
        (text, self.bits + next.bits)
    }
}

const BLANK: u8 = b' ';

/// Each octet.
static OCTETS: [Octet; 256] = {
    let mut octets = [Octet { text: 0, bits: 0 }; 256];
    let mut value = 0u8;
    loop {
        let mut octet = octets[value as usize];
        let mut rest = value;
        while rest >= 10 {
            octet = octet.with_character_before(b'0' + rest % 10);
            rest /= 10;
        }
        let octet = octet.with_character_before(b'0' + rest);
        octets[value as usize] = octet.with_character_before(b'.');
        if value == u8::MAX {
            break octets;
        }
        value += 1;
    }
};

/// Appends an IP address.
pub fn push(out: &mut String, address: IpAddr) {
    draft::append(out, |out| match address {
        IpAddr::V4(address) => put_ipv4(out, address),
        IpAddr::V6(address) => put_ipv6(out, address),
    });
}

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
    if let Some((last, before)) = groups.split_last() {
        for group in before {
            put_group(draft, *group, ":");
        }
        put_group(draft, *last, "");
    }
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

/// Puts a group in hexadecimal, without zeros before it, and a colon behind it or nothing.
#[inline]
fn put_group(draft: &mut Draft, group: u16, colon: &str) {
    const EACH: u32 = 0x0101_0101;
    const LAST: u32 = 1 << 24;
    const COLON: u64 = (b':' as u64) << u32::BITS;
    let group = u32::from(group);
    // Four digits side by side, the first in the lowest byte.
    let digits = group >> 12 | group & 0xf00 | (group & 0xf0) << 12 | (group & 0xf) << 24;
    let zeros = (digits | LAST).trailing_zeros() / u8::BITS;
    let are_letters = (digits + 6 * EACH) >> 4 & EACH;
    let ascii = digits + EACH * u32::from(b'0') + are_letters * u32::from(b'a' - b'9' - 1);
    let text = (u64::from(ascii) | COLON) >> (zeros * u8::BITS);
    draft.put_some(text.to_le_bytes(), 4 - zeros as usize + colon.len());
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
            out.clear();
            draft::append(&mut out, |out| put_ipv4_left(out, address));
            assert_eq!(out, format!("{:16}", address.to_string()));
        }
    }
}
