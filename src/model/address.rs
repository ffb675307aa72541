//! IP addresses as text; quicker than formatting them, since every line of a list has two.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::text;

/// Appends an IPv4 address: `192.168.1.6`.
pub fn push_ipv4(out: &mut String, address: Ipv4Addr) {
    // In a number, since to read what was just written byte by byte is a wait.
    let mut text = 0u128;
    let mut bits = 0;
    for octet in address.octets() {
        let Octet { digits, count } = OCTETS[usize::from(octet)];
        text |= u128::from(digits) << bits;
        bits += (count + 1) * u8::BITS;
    }
    let without_last_dot = (bits / u8::BITS) as usize - 1;
    let ascii = text.to_le_bytes();
    let text = std::str::from_utf8(&ascii).unwrap_or_default();
    out.push_str(text.get(..without_last_dot).unwrap_or_default());
}

/// An octet in decimal.
#[derive(Clone, Copy)]
struct Octet {
    /// Its digits and a dot, the first in the lowest byte.
    digits: u32,
    /// How many digits.
    count: u32,
}

static OCTETS: [Octet; 256] = {
    let mut octets = [Octet {
        digits: 0,
        count: 0,
    }; 256];
    let mut value = 0;
    while value < 256 {
        octets[value as usize] = Octet::of(value);
        value += 1;
    }
    octets
};

impl Octet {
    const fn of(value: u32) -> Self {
        const ZERO: u32 = b'0' as u32;
        let mut digits = b'.' as u32;
        let mut count = 0;
        let mut rest = value;
        // From the last one on, each goes before those that are there.
        while rest > 0 || count == 0 {
            digits = digits << u8::BITS | (ZERO + rest % 10);
            rest /= 10;
            count += 1;
        }
        Self { digits, count }
    }
}

/// Appends an IPv6 address in the form of RFC 5952: `fd00::6`.
pub fn push_ipv6(out: &mut String, address: Ipv6Addr) {
    if let Some(mapped) = address.to_ipv4_mapped() {
        out.push_str("::ffff:");
        push_ipv4(out, mapped);
        return;
    }
    let groups = address.segments();
    match longest_zeros(&groups) {
        Some((before, behind)) => {
            push_groups(out, before);
            out.push_str("::");
            push_groups(out, behind);
        }
        None => push_groups(out, &groups),
    }
}

/// What stands before and behind the first longest run of at least two zeros (RFC 5952, section 4.2).
fn longest_zeros(groups: &[u16; 8]) -> Option<(&[u16], &[u16])> {
    let mut longest = 0..0;
    let mut run = 0..0;
    for (index, group) in groups.iter().enumerate() {
        if *group != 0 {
            run = index + 1..index + 1;
            continue;
        }
        run.end = index + 1;
        if run.len() > longest.len() {
            longest = run.clone();
        }
    }
    let (before, behind) = (groups.get(..longest.start)?, groups.get(longest.end..)?);
    (longest.len() > 1).then_some((before, behind))
}

fn push_groups(out: &mut String, groups: &[u16]) {
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            out.push(':');
        }
        text::push_hex_digits(out, (*group).into(), 1);
    }
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
            push_ipv4(&mut out, address);
            assert_eq!(out, address.to_string());
        }
    }
}
