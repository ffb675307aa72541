//! Reading numbers from bit ranges of foreign bytes.

use std::ops::Range;

/// A range of bits in a buffer; bit 0 is the most significant bit of byte 0, as RFCs draw it.
pub type BitRange = Range<u32>;

/// The bytes that a bit range touches; empty when any of it lies outside `bytes`.
pub fn bytes_of<'a>(bytes: &'a [u8], bits: &BitRange) -> &'a [u8] {
    bytes.get(bytes_around(bits)).unwrap_or_default()
}

/// The range of bytes that a bit range touches.
pub const fn bytes_around(bits: &BitRange) -> Range<usize> {
    (bits.start / 8) as usize..bits.end.div_ceil(8) as usize
}

/// The unsigned number in at most 64 bits, in network byte order; `None` outside `bytes`.
pub fn number(bytes: &[u8], bits: &BitRange) -> Option<u64> {
    let length = bits.end.checked_sub(bits.start)?;
    if length == 0 || length > 64 {
        return None;
    }
    let (first, offset) = ((bits.start / 8) as usize, bits.start % 8);
    // Nearly always there are eight bytes from the first on, and they have it all.
    if offset + length <= 64
        && let Some(eight) = bytes.get(first..).and_then(<[u8]>::first_chunk)
    {
        return Some(u64::from_be_bytes(*eight) << offset >> (64 - length));
    }
    let touched = bytes.get(first..bits.end.div_ceil(8) as usize)?;
    let whole = touched
        .iter()
        .fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
    let below = (8 - bits.end % 8) % 8;
    let mask = (1u128 << length) - 1;
    u64::try_from(whole >> below & mask).ok()
}

/// The 16-bit number in network byte order at byte `at`; `None` outside `bytes`.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The 32-bit number in network byte order at byte `at`; `None` outside `bytes`.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The bit range that a byte range covers. Frames are far shorter than 2^29 bytes; saturates beyond.
pub fn of_bytes(bytes: &Range<usize>) -> BitRange {
    let bit = |byte: usize| u32::try_from(byte.saturating_mul(8)).unwrap_or(u32::MAX);
    bit(bytes.start)..bit(bytes.end)
}

/// The last `count` bytes, fewer than sixteen, and zeros behind them. Taken from the last sixteen without asking how
/// many they are: a processor would guess wrong.
#[inline]
pub fn last_block(bytes: &[u8], count: usize) -> [u8; 16] {
    let Some(last) = bytes.last_chunk() else {
        let mut block = [0; 16];
        let rest = bytes.iter().skip(bytes.len().saturating_sub(count));
        block
            .iter_mut()
            .zip(rest)
            .for_each(|(to, from)| *to = *from);
        return block;
    };
    // Those before them are at least one, and sixteen could not be shifted out at once.
    let others = 15_usize.saturating_sub(count);
    (u128::from_le_bytes(*last) >> 8 >> (8 * others)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_any_bits() {
        let bytes = [0x45, 0x00, 0x12, 0x34];
        assert_eq!(number(&bytes, &(0..4)), Some(4));
        assert_eq!(number(&bytes, &(4..8)), Some(5));
        assert_eq!(number(&bytes, &(16..32)), Some(0x1234));
        assert_eq!(number(&bytes, &(19..25)), Some(0b10_0100));
        assert_eq!(number(&bytes, &(0..32)), Some(0x4500_1234));
    }

    #[test]
    fn the_last_bytes_have_zeros_behind_them() {
        let bytes: Vec<u8> = (1..=40).collect();
        for length in 0..=bytes.len() {
            for count in 0..=length.min(15) {
                let mut expected = [0; 16];
                expected[..count].copy_from_slice(&bytes[length - count..length]);
                assert_eq!(last_block(&bytes[..length], count), expected);
            }
        }
    }

    #[test]
    fn bits_outside_the_bytes_are_no_number() {
        assert_eq!(number(&[0xff], &(4..12)), None);
        assert_eq!(number(&[0xff], &(4..4)), None);
        assert_eq!(number(&[], &(0..1)), None);
        assert_eq!(number(&[0xff; 9], &(1..65)), Some(u64::MAX));
        assert_eq!(number(&[0xff; 9], &(0..65)), None);
        assert!(bytes_of(&[0xff], &(4..12)).is_empty());
    }
}
