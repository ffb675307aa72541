//! Digits many at once: decimal ones by the six, with a table and a shift in place of a division for each, and
//! hexadecimal ones by the eight.

/// The first number of seven digits.
pub const SIX_DIGITS: u64 = 1_000_000;

/// Six decimal digits as ASCII, the first in the lowest byte, and zeros above or up to two characters more.
#[derive(Clone, Copy, Debug)]
pub struct Six(u64);

impl Six {
    /// Those of a number that has no more.
    #[inline]
    pub fn of(number: u64) -> Self {
        Self(three(Before::Zeros, number / 1_000) | three(Before::Zeros, number) << 24)
    }

    /// As [`Six::of`], with a blank for each zero before the number.
    #[inline]
    pub fn right(number: u64) -> Self {
        // A blank with the bits of a zero is one.
        const LAST: u64 = (b'0' as u64) << 40;
        let thousands = number / 1_000;
        let before_rest = if thousands == 0 {
            Before::Blanks
        } else {
            Before::Zeros
        };
        Self(three(Before::Blanks, thousands) | three(before_rest, number) << 24 | LAST)
    }

    /// With up to two ASCII characters behind them.
    #[inline]
    pub fn followed_by<const N: usize>(self, behind: &[u8; N]) -> Self {
        const { assert!(N <= 2) }
        let behind = behind.iter().rev();
        let behind = behind.fold(0, |all, byte| all << u8::BITS | u64::from(*byte));
        Self(self.0 | behind << (6 * u8::BITS))
    }

    /// How many zeros are before the number; the last digit is its own.
    #[inline]
    pub fn zeros(self) -> usize {
        const ZEROS: u64 = u64::from_le_bytes(*b"000000\0\0");
        const LAST: u64 = 1 << 40;
        ((self.0 ^ ZEROS | LAST).trailing_zeros() / u8::BITS) as usize
    }

    /// From the byte `first` on.
    #[inline]
    pub const fn from(self, first: usize) -> [u8; 8] {
        (self.0 >> (8 * first)).to_le_bytes()
    }

    /// Without them.
    #[inline]
    pub fn without_zeros(self) -> [u8; 8] {
        self.from(self.zeros())
    }
}

/// Eight hexadecimal digits as ASCII, the first in the lowest byte.
#[inline]
pub const fn eight_hexadecimal(number: u32) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Half by half apart, until each digit has a byte of its own; the last is in the lowest.
    let mut digits = number as u64;
    digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff;
    digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff;
    digits = (digits | digits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let are_letters = (digits + 6 * EACH) >> 4 & EACH;
    let ascii = digits + EACH * b'0' as u64 + are_letters * (b'a' - b'9' - 1) as u64;
    ascii.swap_bytes()
}

/// What stands before a number to fill it up.
#[derive(Clone, Copy)]
enum Before {
    Blanks,
    Zeros,
}

/// The last three digits of a number as ASCII, the first in the lowest byte.
#[inline]
fn three(before: Before, number: u64) -> u64 {
    THREE_DIGITS[before as usize][(number % 1_000) as usize].into()
}

/// The numbers below 1,000 as three ASCII characters, by what stands before them; 0 is nothing else.
static THREE_DIGITS: [[u32; 1_000]; 2] = [three_digits(b' '), three_digits(b'0')];

const fn three_digits(before: u8) -> [u32; 1_000] {
    let mut all = [0; 1_000];
    let mut number = 0u16;
    while number < 1_000 {
        let mut text = [before, before, before, 0];
        let (mut rest, mut at) = (number, 3);
        while rest > 0 {
            at -= 1;
            text[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        all[number as usize] = u32::from_le_bytes(text);
        number += 1;
    }
    all
}
