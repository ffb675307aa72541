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
        let three = |number: u64| u64::from(THREE_DIGITS[(number % 1_000) as usize]);
        Self(three(number / 1_000) | three(number) << 24)
    }

    /// The last three, from the first byte on.
    #[inline]
    pub const fn last_three(self) -> [u8; 8] {
        (self.0 >> 24).to_le_bytes()
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

    /// With a blank for each of them, from the byte `first` on.
    #[inline]
    pub fn with_blanks_from(self, first: usize) -> [u8; 8] {
        const ZERO_TO_BLANK: u64 = 0x1010_1010_1010;
        let before = (1 << (8 * self.zeros())) - 1;
        let shown = self.0 & !(ZERO_TO_BLANK & before);
        (shown >> (8 * first)).to_le_bytes()
    }

    /// With them.
    #[inline]
    pub const fn all(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// Without them, from the first byte on.
    #[inline]
    pub fn without_zeros(self) -> [u8; 8] {
        (self.0 >> (8 * self.zeros())).to_le_bytes()
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

/// The numbers below 1,000 as three ASCII digits, the first in the lowest byte.
static THREE_DIGITS: [u32; 1_000] = {
    let mut all = [0; 1_000];
    let mut number = 0;
    while number < 1_000 {
        let (first, second, third) = (number / 100, number / 10 % 10, number % 10);
        all[number as usize] = 0x30_3030 + (first | second << 8 | third << 16);
        number += 1;
    }
    all
};
