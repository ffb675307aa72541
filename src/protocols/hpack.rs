//! HPACK: how HTTP/2 writes the fields of a header in few bytes (RFC 7541). What is here needs no memory: where each
//! field line stands in a block, and in which of the ways it is written.
//!
//! ```text
//! 1 index                                   name and value of an entry of the tables
//! 01 index [name] value                     a value, which becomes an entry with its name
//! 001 size                                  how large the dynamic table may be from here on
//! 0001 index [name] value                   a value that never is to become one, on no hop
//! 0000 index [name] value                   a value that does not become one
//! ```
//!
//! An index of 0 says that the name itself follows. A number that does not fit into the bits that are left goes on in
//! further bytes, seven bits each (section 5.1); a string is its length and its bytes (section 5.2).

use std::ops::Range;

/// How many bits a byte has.
const BYTE: u8 = 8;

/// The ways to write a field line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the index of an entry that has both.
    Indexed,
    /// With a value, and as an entry from here on.
    Incremental,
    /// With a value, and not as an entry.
    WithoutIndexing,
    /// With a value that never becomes an entry.
    NeverIndexed,
    /// No field line: the size of the dynamic table.
    SizeUpdate,
}

impl Way {
    const fn of(first: u8) -> Self {
        match first {
            0x80.. => Self::Indexed,
            0x40..0x80 => Self::Incremental,
            0x20..0x40 => Self::SizeUpdate,
            0x10..0x20 => Self::NeverIndexed,
            0..0x10 => Self::WithoutIndexing,
        }
    }

    /// How many bits of the first byte tell it.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Indexed => 1,
            Self::Incremental => 2,
            Self::SizeUpdate => 3,
            Self::WithoutIndexing | Self::NeverIndexed => 4,
        }
    }
}

/// A number: the last bits of a byte, and further bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// What it is.
    pub value: u32,
    /// How many bits of its first byte belong to it.
    pub bits: u8,
    /// All its bytes.
    pub range: Range<usize>,
}

/// A string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Whether its bytes are in the Huffman code.
    pub is_huffman: bool,
    /// How many there are; behind the bit that says in which code.
    pub length: Number,
    /// Where they are.
    pub bytes: Range<usize>,
}

/// A field line as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine {
    /// In which way.
    pub way: Way,
    /// All its bytes.
    pub range: Range<usize>,
    /// The index of an entry, or of one that has the name; the size of the table.
    pub index: Number,
    /// The name, where no entry has it.
    pub name: Option<Literal>,
    /// The value, where no entry has it.
    pub value: Option<Literal>,
}

/// The field lines of a block, as far as they can be told apart.
#[derive(Clone, Debug)]
pub struct FieldLines<'a> {
    block: &'a [u8],
    at: usize,
}

impl<'a> FieldLines<'a> {
    /// Those of this block.
    pub const fn of(block: &'a [u8]) -> Self {
        Self { block, at: 0 }
    }

    /// What is behind the last one that was told apart.
    pub const fn rest(&self) -> Range<usize> {
        self.at..self.block.len()
    }

    fn line_at(&self, start: usize) -> Option<FieldLine> {
        let way = Way::of(*self.block.get(start)?);
        let index = number_at(self.block, start, BYTE - way.bits())?;
        let mut end = index.range.end;
        let mut literal = |is_there: bool| {
            if !is_there {
                return Some(None);
            }
            let literal = literal_at(self.block, end)?;
            end = literal.bytes.end;
            Some(Some(literal))
        };
        let has_value = !matches!(way, Way::Indexed | Way::SizeUpdate);
        let name = literal(has_value && index.value == 0)?;
        let value = literal(has_value)?;
        Some(FieldLine {
            way,
            range: start..end,
            index,
            name,
            value,
        })
    }
}

impl Iterator for FieldLines<'_> {
    type Item = FieldLine;

    fn next(&mut self) -> Option<FieldLine> {
        let line = self.line_at(self.at)?;
        self.at = line.range.end;
        Some(line)
    }
}

/// The number whose first bits are the last `bits` of the byte there; `None` where it is not all there, or larger
/// than anything that is counted here.
fn number_at(block: &[u8], start: usize, bits: u8) -> Option<Number> {
    let most = u8::MAX >> (BYTE - bits);
    let first = *block.get(start)? & most;
    let mut value = u32::from(first);
    let mut end = start + 1;
    if first == most {
        let mut shift = 0;
        loop {
            let byte = *block.get(end)?;
            end += 1;
            let more = u32::from(byte & 0x7f);
            let shifted = more.checked_mul(1_u32.checked_shl(shift)?)?;
            value = value.checked_add(shifted)?;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
    }
    Some(Number {
        value,
        bits,
        range: start..end,
    })
}

/// The string that begins there; `None` where it is not all there.
fn literal_at(block: &[u8], start: usize) -> Option<Literal> {
    let is_huffman = *block.get(start)? >= 0x80;
    let length = number_at(block, start, 7)?;
    let from = length.range.end;
    let end = from.checked_add(usize::try_from(length.value).ok()?)?;
    (end <= block.len()).then_some(Literal {
        is_huffman,
        length,
        bytes: from..end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(block: &[u8]) -> (Vec<FieldLine>, Range<usize>) {
        let mut lines = FieldLines::of(block);
        let all = lines.by_ref().collect();
        (all, lines.rest())
    }

    /// The examples of RFC 7541, appendix C.1.
    #[test]
    fn numbers_are_as_long_as_they_need() {
        let value = |bytes: &[u8], bits| number_at(bytes, 0, bits).map(|number| number.value);
        assert_eq!(value(&[0b1110_1010], 5), Some(10));
        assert_eq!(
            value(&[0b0001_1111, 0b1001_1010, 0b0000_1010], 5),
            Some(1337)
        );
        assert_eq!(value(&[42], 8), Some(42));
        assert_eq!(value(&[31], 5), None, "it goes on elsewhere");
        assert_eq!(
            value(&[31, 0xff, 0xff, 0xff, 0xff, 0x7f], 5),
            None,
            "too large"
        );
        assert_eq!(
            value(&[31, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 5),
            None,
            "too long"
        );
    }

    /// The examples of RFC 7541, appendix C.2.
    #[test]
    fn each_way_to_write_a_field_line_is_told_by_its_first_bits() {
        let custom = b"\x40\x0acustom-key\x0dcustom-header";
        let (of_custom, _) = lines(custom);
        assert_eq!(of_custom[0].way, Way::Incremental);
        assert_eq!(of_custom[0].name.as_ref().unwrap().bytes, 2..12);
        assert_eq!(of_custom[0].value.as_ref().unwrap().bytes, 13..26);
        let (several, rest) = lines(b"\x04\x03abc\x10\x01p\x01v\x82\x3f\xe1\x1f");
        let ways: Vec<_> = several
            .iter()
            .map(|line| (line.way, line.index.value))
            .collect();
        assert_eq!(
            ways,
            [
                (Way::WithoutIndexing, 4),
                (Way::NeverIndexed, 0),
                (Way::Indexed, 2),
                (Way::SizeUpdate, 4096),
            ]
        );
        assert!(rest.is_empty());
    }

    #[test]
    fn a_line_that_ends_early_is_left_over() {
        let block = b"\x82\x40\x0acustom-key\x0dcustom-header";
        for end in 1..block.len() {
            let (lines, rest) = lines(&block[..end]);
            assert_eq!(lines.len(), 1, "{end}");
            assert_eq!(rest, 1..end);
        }
        let (none, rest) = lines(b"\x00\x7f\xff\xff\xff\xff\x0f");
        assert!(none.is_empty(), "a length that lies");
        assert_eq!(rest, 0..7);
    }
}
