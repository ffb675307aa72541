//! Making foreign bytes fit to be shown: no control character ever leaves here raw.

use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

use super::bits;
use super::draft::{self, Draft, Piece};
use super::utf8::length_by_first;

/// Appends `bytes` as text: UTF-8 is kept, what would steer a terminal or change the direction of
/// writing is escaped (`\n`, `\x1b`, `\u{202e}`), and bytes that are not UTF-8 become `\xNN`.
pub fn push_escaped(out: &mut String, bytes: &[u8]) {
    draft::append(out, |out| put_escaped(out, bytes));
}

/// As [`push_escaped`], but a backslash is one: for what a program prints, which people read as it is.
pub fn push_printed(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        push_escaping(out, chunk.valid(), b"", push_escaped_char);
        let invalid = chunk.invalid().iter();
        invalid.for_each(|byte| push_hex_escape(out, *byte));
    }
}

/// As [`push_escaped`].
pub fn put_escaped(draft: &mut Draft, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<16>() {
        rest = if are_printable(block, b"\\") {
            draft.put(block);
            behind
        } else {
            put_a_few_escaped(draft, rest)
        };
    }
    match bytes.last_chunk::<16>() {
        // Those before the rest are known already: to look at them once more is quicker than to leave them out.
        Some(last) if are_printable(last, b"\\") => {
            draft.put_some(bits::last_block(bytes, rest.len()), rest.len());
        }
        None if is_put_as_it_is(draft, bytes) => {}
        _ => {
            while !rest.is_empty() {
                rest = put_a_few_escaped(draft, rest);
            }
        }
    }
}

/// Puts fewer than sixteen bytes where none is to be escaped; gives whether it did.
#[inline(never)]
fn is_put_as_it_is(draft: &mut Draft, bytes: &[u8]) -> bool {
    let block = bits::last_block(bytes, bytes.len());
    let is_plain = count_printable(&block, b"\\") == bytes.len();
    draft.put_some(block, if is_plain { bytes.len() } else { 0 });
    is_plain
}

/// How many bytes are looked at one by one until it is worth looking at as many at once again.
const A_FEW: usize = 16;

/// Puts the first bytes, one or a few, escaped; gives the rest.
fn put_a_few_escaped<'a>(draft: &mut Draft, bytes: &'a [u8]) -> &'a [u8] {
    let alone = |pair: &[u8]| match *pair {
        [first, second] if !may_begin_character(first, second) => Some(escaped_byte(first)),
        _ => None,
    };
    let few = bytes.get(..=A_FEW).unwrap_or(bytes).windows(2);
    let alone = draft.put_pieces(few.map_while(alone));
    let rest = bytes.get(alone..).unwrap_or_default();
    if alone > 0 {
        return rest;
    }
    let Some((character, behind)) = split_first_character(rest) else {
        let (first, behind) = rest.split_at(1.min(rest.len()));
        draft.put_pieces(first.iter().copied().map(escaped_byte));
        return behind;
    };
    if changes_what_is_seen(character) {
        draft.push_by(|out| push_escaped_char(out, character));
    } else {
        draft.push(character);
    }
    behind
}

/// Whether a character of several bytes may begin with these. One look at two: in bytes that are no text the first
/// alone would be guessed wrong too often.
#[inline]
fn may_begin_character(first: u8, second: u8) -> bool {
    const FIRST_OF_SEVERAL: u8 = 0xc2;
    first >= FIRST_OF_SEVERAL && second & 0xc0 == 0x80
}

/// The character of several bytes that these begin with, and what follows it.
fn split_first_character(bytes: &[u8]) -> Option<(char, &[u8])> {
    let length = length_by_first(*bytes.first()?).filter(|length| *length > 1)?;
    let (character, behind) = bytes.split_at_checked(length)?;
    let character = std::str::from_utf8(character).ok()?;
    Some((character.chars().next()?, behind))
}

fn escaped_byte(byte: u8) -> &'static Piece<4> {
    &ESCAPED_BYTES[usize::from(byte)]
}

/// What each byte is shown as that is no part of a longer character.
static ESCAPED_BYTES: [Piece<4>; 256] = {
    let mut pieces = [Piece::EMPTY; 256];
    let mut byte = 0u8;
    loop {
        pieces[byte as usize] = match byte {
            b'\n' => Piece::EMPTY.with("\\n"),
            b'\r' => Piece::EMPTY.with("\\r"),
            b'\t' => Piece::EMPTY.with("\\t"),
            b'\\' => Piece::EMPTY.with("\\\\"),
            shown @ b' '..=b'~' => Piece::EMPTY.with_byte(shown),
            other => {
                let [high, low] = hex_digits(other);
                Piece::EMPTY.with("\\x").with_byte(high).with_byte(low)
            }
        };
        if byte == u8::MAX {
            break pieces;
        }
        byte += 1;
    }
};

/// Appends a text, printable ASCII but for the exceptions as it is, and every other character by `push`.
pub fn push_escaping<const N: usize>(
    out: &mut String,
    text: &str,
    exceptions: &[u8; N],
    push: impl Fn(&mut String, char),
) {
    // What is shorter is looked at byte by byte sooner.
    const WORTH_COUNTING: usize = 16;
    if text.len() >= WORTH_COUNTING && are_printable(text.as_bytes(), exceptions) {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let is_other = |byte: u8| !is_plain(byte, exceptions);
        let end = rest.bytes().position(is_other).unwrap_or(rest.len());
        let (plain, behind) = rest.split_at(end);
        out.push_str(plain);
        let mut characters = behind.chars();
        if let Some(character) = characters.next() {
            push(out, character);
        }
        rest = characters.as_str();
    }
}

const fn is_plain<const N: usize>(byte: u8, exceptions: &[u8; N]) -> bool {
    let mut index = 0;
    while index < N {
        if byte == exceptions[index] {
            return false;
        }
        index += 1;
    }
    matches!(byte, b' '..=b'~')
}

/// Whether all are printable ASCII, and none of the exceptions.
#[inline]
pub fn are_printable<const N: usize>(bytes: &[u8], exceptions: &[u8; N]) -> bool {
    count_printable(bytes, exceptions) == bytes.len()
}

/// How many are printable ASCII, and none of the exceptions.
#[inline]
fn count_printable<const N: usize>(bytes: &[u8], exceptions: &[u8; N]) -> usize {
    // Counting looks at many bytes in one step; a way out of the loop would end that.
    let plain = |byte: &&u8| is_plain(**byte, exceptions);
    bytes.iter().filter(plain).count()
}

/// Appends a character, escaped as [`push_escaped`] does.
pub fn push_escaped_char(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\\' => out.push_str("\\\\"),
        ' '..='~' => out.push(character),
        _ if u32::from(character) < 0x80 => push_hex_escape(out, character as u8),
        _ if changes_what_is_seen(character) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        }
        _ => out.push(character),
    }
}

/// Whether a character is a control character or otherwise changes what is seen around it.
pub fn is_hidden(character: char) -> bool {
    character < ' ' || character == '\u{7f}' || changes_what_is_seen(character)
}

/// C1 controls, line separators, invisible characters and those that turn the direction of writing.
fn changes_what_is_seen(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Every byte as `\xNN`, one behind the other: to copy four characters is quicker than to push them.
static HEX_ESCAPES: &str = {
    const BYTES: [u8; 4 * 256] = {
        let mut bytes = [0; 4 * 256];
        let mut at = 0;
        while at < bytes.len() {
            let byte = at / 4;
            bytes[at] = b'\\';
            bytes[at + 1] = b'x';
            bytes[at + 2] = DIGITS[byte >> 4];
            bytes[at + 3] = DIGITS[byte & 0xf];
            at += 4;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    }
};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn push_hex_escape(out: &mut String, byte: u8) {
    let at = 4 * usize::from(byte);
    out.push_str(HEX_ESCAPES.get(at..at + 4).unwrap_or_default());
}

/// Appends one byte as two lower-case hexadecimal digits.
pub fn push_hex(out: &mut String, byte: u8) {
    let at = 4 * usize::from(byte);
    out.push_str(HEX_ESCAPES.get(at + 2..at + 4).unwrap_or_default());
}

/// Puts bytes as lower-case hexadecimal digits, two each.
pub fn put_hex_run(draft: &mut Draft, bytes: &[u8]) {
    const AT_ONCE: usize = 16;
    let put = |draft: &mut Draft, block: &[u8; AT_ONCE], count: usize| {
        let mut places = [b'0'; 2 * AT_ONCE];
        for (place, byte) in places.as_chunks_mut().0.iter_mut().zip(block) {
            *place = hex_digits(*byte);
        }
        draft.put_some(places, 2 * count);
    };
    let (blocks, rest) = bytes.as_chunks::<AT_ONCE>();
    for block in blocks {
        put(draft, block, AT_ONCE);
    }
    if !rest.is_empty() {
        put(draft, &bits::last_block(bytes, rest.len()), rest.len());
    }
}

/// Appends bytes as `aa:bb:cc`.
pub fn push_hex_bytes(out: &mut String, bytes: &[u8]) {
    draft::append(out, |out| put_hex_bytes(out, bytes));
}

/// Puts bytes as `aa:bb:cc`.
pub fn put_hex_bytes(draft: &mut Draft, bytes: &[u8]) {
    if let Some((last, before)) = bytes.split_last() {
        let digits = |byte: &u8| &HEX_BEFORE_COLON[usize::from(*byte)];
        draft.put_pieces(before.iter().map(digits));
        draft.put(&hex_digits(*last));
    }
}

/// Every byte in hexadecimal, and a colon.
static HEX_BEFORE_COLON: [Piece<4>; 256] = {
    let mut pieces = [Piece::EMPTY; 256];
    let mut byte = 0u8;
    loop {
        let [high, low] = hex_digits(byte);
        let piece = Piece::EMPTY.with_byte(high).with_byte(low);
        pieces[byte as usize] = piece.with_byte(b':');
        if byte == u8::MAX {
            break pieces;
        }
        byte += 1;
    }
};

/// One byte as two lower-case hexadecimal digits.
pub const fn hex_digits(byte: u8) -> [u8; 2] {
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 0xf) as usize]]
}

/// Appends a number in decimal.
#[inline]
pub fn push_number(out: &mut String, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends a byte count with its unit: `1 byte`, `7 bytes`.
pub fn push_byte_count(out: &mut String, count: usize) {
    draft::append(out, |out| out.put_byte_count(count));
}

/// Appends blanks.
pub fn push_blanks(out: &mut String, count: usize) {
    const BLANKS: &str = "                                                                ";
    let mut missing = count;
    while let Some(blanks) = BLANKS.get(..missing.min(BLANKS.len()))
        && missing > 0
    {
        out.push_str(blanks);
        missing -= blanks.len();
    }
}

/// Appends a line with `text`, and below it a mark under the bytes of `span`, and the help beside it.
pub fn push_pointed(out: &mut String, text: &str, span: &Range<usize>, help: &str) {
    let part = |range: Range<usize>| {
        let mut shown = String::new();
        push_escaped(&mut shown, text.as_bytes().get(range).unwrap_or_default());
        shown
    };
    let before = part(0..span.start);
    let wrong = part(span.clone());
    let after = part(span.end..text.len());
    let indent = before.width();
    let mark = "^".repeat(wrong.width().max(1));
    let _ = write!(out, "  {before}{wrong}{after}\n  {:indent$}{mark}", "");
    if !help.is_empty() {
        out.push(' ');
        out.push_str(help);
    }
}

/// Appends nanoseconds as seconds with nine decimals: `-0.000000041`.
pub fn push_seconds(out: &mut String, nanoseconds: i64) {
    draft::append(out, |out| out.put_seconds(nanoseconds));
}

/// Appends nanoseconds as seconds with six decimals: `0.000041`; what is below is cut off.
pub fn push_microseconds(out: &mut String, nanoseconds: i64) {
    push_microseconds_right(out, nanoseconds, 0);
}

/// As [`push_microseconds`], with blanks before it so that it takes `cells` cells.
pub fn push_microseconds_right(out: &mut String, nanoseconds: i64, cells: usize) {
    let count = nanoseconds.unsigned_abs() / 1_000;
    push_decimal::<1_000_000>(out, cells, nanoseconds < 0, count);
}

/// Appends nanoseconds as milliseconds with three decimals: `0.041`; what is below is cut off.
pub fn push_milliseconds(out: &mut String, nanoseconds: i64) {
    let count = nanoseconds / 1_000;
    push_decimal::<1_000>(out, 0, count < 0, count.unsigned_abs());
}

/// Appends a count with as many decimals as `PER_UNIT`, a power of ten, has zeros.
fn push_decimal<const PER_UNIT: u64>(
    out: &mut String,
    cells: usize,
    is_negative: bool,
    count: u64,
) {
    let (mut whole, mut fraction) = (itoa::Buffer::new(), itoa::Buffer::new());
    let whole = whole.format(count / PER_UNIT);
    // The unit before it holds its leading zeros.
    let fraction = fraction.format(PER_UNIT + count % PER_UNIT);
    let decimals = fraction.get(1..).unwrap_or_default();
    let taken = usize::from(is_negative) + whole.len() + 1 + decimals.len();
    push_blanks(out, cells.saturating_sub(taken));
    if is_negative {
        out.push('-');
    }
    out.push_str(whole);
    out.push('.');
    out.push_str(decimals);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(bytes: &[u8]) -> String {
        let mut out = String::new();
        push_escaped(&mut out, bytes);
        out
    }

    #[test]
    fn text_of_any_script_is_kept() {
        assert_eq!(escaped("welcome 你好 é".as_bytes()), "welcome 你好 é");
    }

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(escaped(b"a\x1b[31m\r\n\x07\x7f"), r"a\x1b[31m\r\n\x07\x7f");
        assert_eq!(
            escaped("\u{9b}31m\u{202e}".as_bytes()),
            r"\u{9b}31m\u{202e}"
        );
    }

    #[test]
    fn what_is_printed_keeps_its_backslashes_and_steers_no_terminal() {
        let mut out = String::new();
        push_printed(&mut out, b"\"C:\\temp\" \x1b[31m\t\xff");
        push_printed(&mut out, "\u{202e}你".as_bytes());
        assert_eq!(out, r#""C:\temp" \x1b[31m\t\xff\u{202e}你"#);
    }

    #[test]
    fn every_byte_has_its_own_digits() {
        for byte in 0..=u8::MAX {
            let mut out = String::new();
            push_hex(&mut out, byte);
            push_hex_escape(&mut out, byte);
            assert_eq!(out, format!("{byte:02x}\\x{byte:02x}"));
        }
    }

    #[test]
    fn a_run_of_bytes_has_the_digits_of_each() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..=bytes.len() {
            let (mut run, mut each) = (String::new(), String::new());
            draft::append(&mut run, |draft| put_hex_run(draft, &bytes[..length]));
            bytes[..length]
                .iter()
                .for_each(|byte| push_hex(&mut each, *byte));
            assert_eq!(run, each);
        }
    }

    #[test]
    fn bytes_are_shown_alike_however_many_are_looked_at_at_once() {
        /// Chunk by chunk and character by character.
        fn plainly(bytes: &[u8]) -> String {
            let mut out = String::new();
            for chunk in bytes.utf8_chunks() {
                let characters = chunk.valid().chars();
                characters.for_each(|character| push_escaped_char(&mut out, character));
                let invalid = chunk.invalid().iter();
                invalid.for_each(|byte| push_hex_escape(&mut out, *byte));
            }
            out
        }
        let mut random = fastrand::Rng::with_seed(1);
        let piece = |random: &mut fastrand::Rng| match random.u8(..6) {
            0 => vec![random.u8(..); 1],
            1 => "welcome to the chat".as_bytes()[..random.usize(..19)].to_vec(),
            2 => random.char(..).to_string().into_bytes(),
            3 => random.char('\u{80}'..'\u{2100}').to_string().into_bytes(),
            4 => random.char('\u{80}'..).to_string().into_bytes()[..1].to_vec(),
            _ => "\u{202e}\u{e0000}\u{9b}\\\n".as_bytes().to_vec(),
        };
        for length in (0..20).cycle().take(20_000).chain([1_000]) {
            let pieces = std::iter::repeat_with(|| piece(&mut random));
            let bytes: Vec<u8> = pieces.take(length).flatten().collect();
            assert_eq!(escaped(&bytes), plainly(&bytes), "{bytes:x?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_bytes() {
        assert_eq!(escaped(&[b'a', 0xe4, 0xbd, b'b']), r"a\xe4\xbdb");
    }

    #[test]
    fn times_keep_their_leading_zeros_and_sign() {
        let mut out = String::new();
        push_seconds(&mut out, -41);
        out.push(' ');
        push_milliseconds(&mut out, 41_999);
        out.push(' ');
        push_microseconds(&mut out, -999);
        out.push(' ');
        push_microseconds_right(&mut out, 1_000_041_999, 10);
        assert_eq!(out, "-0.000000041 0.041 -0.000000   1.000041");
    }
}
