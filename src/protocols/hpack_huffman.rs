//! The Huffman code of HPACK: frequent characters in few bits (RFC 7541, section 5.2 and appendix B).
//!
//! The code is canonical: of codes of one length, those of the smaller characters are the smaller ones. So the lengths
//! tell all of it.

/// How many bits the code of each character has; behind them, that of the end of a string, which is in none.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// The longest code, in bits.
const LONGEST: usize = 30;

/// The shortest code, in bits.
const SHORTEST: usize = 5;

/// The end of a string.
const END: u16 = 256;

static CODE: Code = Code::new();

/// The code by lengths: the first code of each, and where its character is among those in the order of codes.
struct Code {
    first: [u32; LONGEST + 1],
    count: [u32; LONGEST + 1],
    place: [usize; LONGEST + 1],
    characters: [u16; LENGTHS.len()],
}

impl Code {
    const fn new() -> Self {
        let mut code = Self {
            first: [0; LONGEST + 1],
            count: [0; LONGEST + 1],
            place: [0; LONGEST + 1],
            characters: [0; LENGTHS.len()],
        };
        let (mut next, mut placed, mut length) = (0, 0, 1);
        while length <= LONGEST {
            next <<= 1;
            code.first[length] = next;
            code.place[length] = placed;
            let mut character = 0;
            while character <= END {
                if LENGTHS[character as usize] as usize == length {
                    code.characters[placed] = character;
                    placed += 1;
                    next += 1;
                }
                character += 1;
            }
            code.count[length] = next - code.first[length];
            length += 1;
        }
        code
    }

    /// The character of these bits, where they are a whole code.
    fn character(&self, bits: u32, length: usize) -> Option<u16> {
        let beyond = bits.checked_sub(*self.first.get(length)?)?;
        if beyond >= *self.count.get(length)? {
            return None;
        }
        let place = self.place.get(length)? + usize::try_from(beyond).ok()?;
        self.characters.get(place).copied()
    }
}

/// Appends the string that these bytes code; `None` where they code none: then what is appended is its beginning.
pub fn decode(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (mut bits, mut length) = (0_u32, 0_usize);
    for byte in bytes {
        for place in (0..u8::BITS).rev() {
            bits = bits << 1 | u32::from(byte >> place & 1);
            length += 1;
            if length < SHORTEST {
                continue;
            }
            match CODE.character(bits, length) {
                Some(END) => return None,
                Some(character) => {
                    out.push(u8::try_from(character).ok()?);
                    (bits, length) = (0, 0);
                }
                None if length >= LONGEST => return None,
                None => {}
            }
        }
    }
    // What fills up the last byte are the first bits of the end: ones.
    let is_filled_up = length < 8 && bits == (1 << length) - 1;
    is_filled_up.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(bytes, &mut out)?;
        Some(out)
    }

    /// The examples of RFC 7541, appendices C.4 and C.6.
    #[test]
    fn strings_of_the_standards_examples_are_read() {
        let read: [(&[u8], &[u8]); 4] = [
            (
                &[
                    0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
                ],
                b"www.example.com",
            ),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], b"no-cache"),
            (&[0x64, 0x02], b"302"),
            (
                &[
                    0x94, 0xe7, 0x82, 0x1d, 0xd7, 0xf2, 0xe6, 0xc7, 0xb3, 0x35, 0xdf, 0xdf, 0xcd,
                    0x5b, 0x39, 0x60, 0xd5, 0xaf, 0x27, 0x08, 0x7f, 0x36, 0x72, 0xc1, 0xab, 0x27,
                    0x0f, 0xb5, 0x29, 0x1f, 0x95, 0x87, 0x31, 0x60, 0x65, 0xc0, 0x03, 0xed, 0x4e,
                    0xe5, 0xb1, 0x06, 0x3d, 0x50, 0x07,
                ],
                b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ),
        ];
        for (bytes, string) in read {
            assert_eq!(decoded(bytes).as_deref(), Some(string));
        }
        assert_eq!(decoded(&[]).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn the_code_leaves_no_bits_without_a_meaning() {
        let taken: u64 = LENGTHS
            .iter()
            .map(|length| 1 << (LONGEST - usize::from(*length)))
            .sum();
        assert_eq!(taken, 1 << LONGEST);
        assert_eq!(CODE.character(0x3fff_ffff, 30), Some(END));
    }

    #[test]
    fn what_fills_up_the_last_byte_is_no_character_and_no_more_than_seven_bits() {
        assert_eq!(decoded(&[0b0001_1000]), None, "zeros");
        assert_eq!(decoded(&[0b0001_1111]).as_deref(), Some(&b"a"[..]));
        assert_eq!(decoded(&[0b0001_1111, 0xff]), None, "eleven bits");
        assert_eq!(decoded(&[0xff; 4]), None, "the end of a string");
    }

    #[test]
    fn any_bytes_are_a_string_or_none() {
        let mut random = fastrand::Rng::with_seed(7541);
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..random.usize(..80)).map(|_| random.u8(..)).collect();
            let mut out = Vec::new();
            let _ = decode(&bytes, &mut out);
            assert!(out.len() * SHORTEST <= bytes.len() * 8);
        }
    }
}
