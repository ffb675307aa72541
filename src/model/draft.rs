//! Text in the making, put together from pieces whose lengths are known beforehand: to copy one of those is a move or
//! two, and the whole is looked at and appended once. A line of a list is made of these.

use std::cell::Cell;

use simdutf8::basic::from_utf8;

use super::digits::{self, SIX_DIGITS, Six};
use super::stencil::Stencil;

/// A text, and behind it what is on the sheet: that is appended when there is no more room for it, and when somebody
/// wants to see the text. Who takes bytes can have them from the sheet.
///
/// There is room for many lines: a processor waits for bytes that are read together while they are still on their way
/// to memory one by one, and of many lines only the last is.
#[derive(Debug)]
pub struct Draft {
    text: String,
    sheet: Box<[u8; SHEET]>,
    /// How many bytes of the sheet are used.
    length: usize,
    /// Where what comes as a text is put together; empty in between.
    aside: String,
}

/// How many bytes are written at once: so many that the system call does not count.
pub const LARGE_PIECE: usize = 256 * 1024;

/// Twice that, for what comes to it that goes somewhat beyond it.
const SHEET: usize = 2 * LARGE_PIECE;

/// As many bytes are looked at and copied at once, with blanks or what was there before behind those that count: what
/// is always done alike is foreseen by a processor, and how long a text is would be guessed wrong.
const AT_ONCE: usize = 64;

/// A piece: its text, and behind it what fills it up to a length known beforehand. Pieces are made for tables, by
/// the compiler: what does not fit does not compile.
#[derive(Clone, Copy, Debug)]
pub struct Piece<const M: usize> {
    bytes: [u8; M],
    length: u8,
}

impl<const M: usize> Piece<M> {
    /// Nothing yet.
    pub const EMPTY: Self = Self {
        bytes: [b' '; M],
        length: 0,
    };

    /// Whether it has no text.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The piece with an ASCII text behind its own.
    #[must_use]
    pub const fn with(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            self = self.with_byte(text[at]);
            at += 1;
        }
        self
    }

    /// The piece with an ASCII character behind its text.
    #[must_use]
    pub const fn with_byte(mut self, byte: u8) -> Self {
        assert!(byte.is_ascii());
        self.bytes[self.length as usize] = byte;
        self.length += 1;
        self
    }
}

/// Of nothing yet.
impl Default for Draft {
    fn default() -> Self {
        // The system has blank memory: what is not used is never touched, and nothing so large is put on the stack.
        let sheet = vec![0; SHEET].into_boxed_slice();
        Self {
            text: String::new(),
            sheet: sheet.try_into().expect("it is as long"),
            length: 0,
            aside: String::new(),
        }
    }
}

thread_local! {
    /// One that lies ready: its sheet is too large to be had anew for every short text.
    static SPARE: Cell<Option<Draft>> = const { Cell::new(None) };
}

/// Appends to a text what `put` puts.
pub fn append(out: &mut String, put: impl FnOnce(&mut Draft)) {
    let mut draft = SPARE.take().unwrap_or_default();
    std::mem::swap(&mut draft.text, out);
    put(&mut draft);
    std::mem::swap(draft.text(), out);
    SPARE.set(Some(draft));
}

impl Draft {
    /// How many bytes the text has with what is about to be appended.
    pub const fn len(&self) -> usize {
        self.text.len() + self.length
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes back what is behind the first `length` bytes, of which a character is not cut in two.
    pub fn truncate(&mut self, length: usize) {
        match length.checked_sub(self.text.len()) {
            Some(kept) => self.length = self.length.min(kept),
            None => self.text().truncate(length),
        }
    }

    /// The text, with everything appended.
    pub fn text(&mut self) -> &mut String {
        self.append();
        &mut self.text
    }

    /// Hands everything to somebody who takes bytes, and keeps none of it.
    pub fn drain<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> T {
        if !self.text.is_empty() {
            let taken = take(self.text().as_bytes());
            self.text.clear();
            return taken;
        }
        let length = std::mem::take(&mut self.length);
        take(self.sheet.get(..length).unwrap_or_default())
    }

    #[cold]
    fn append(&mut self) {
        if self.length == 0 {
            return;
        }
        let end = self.text.len() + self.length;
        let whole = self.length.next_multiple_of(AT_ONCE);
        let text_of = |length| from_utf8(self.sheet.get(..length)?).ok();
        // What was there before may be cut in a character.
        if let Some(text) = text_of(whole).or_else(|| text_of(self.length)) {
            self.text.push_str(text);
            self.text.truncate(end);
        }
        self.length = 0;
    }

    /// Where on the sheet is room for `M` bytes: behind what is on it, after appending that where there is not so much.
    #[inline]
    fn place_for<const M: usize>(&mut self) -> usize {
        const { assert!(M <= LONGEST_PIECE) }
        if self.length > SHEET - M {
            self.append();
            return 0;
        }
        self.length
    }

    /// Puts the first `length` of these bytes, which are whole characters.
    #[inline]
    pub fn put_some<const M: usize>(&mut self, bytes: [u8; M], length: usize) {
        let at = self.place_for::<M>();
        let behind = self.sheet.get_mut(at..);
        if let Some(place) = behind.and_then(<[u8]>::first_chunk_mut) {
            *place = bytes;
            self.length = at + length;
        }
    }

    /// Puts a text whose length is known beforehand.
    #[inline]
    pub fn put<const M: usize>(&mut self, bytes: &[u8; M]) {
        self.put_some(*bytes, M);
    }

    /// Puts a piece.
    #[inline]
    pub fn put_piece<const M: usize>(&mut self, piece: &Piece<M>) {
        self.put_some(piece.bytes, piece.length.into());
    }

    /// Puts pieces, one behind the other; gives how many.
    #[inline]
    pub fn put_pieces<'p, const M: usize>(
        &mut self,
        pieces: impl Iterator<Item = &'p Piece<M>>,
    ) -> usize {
        // Counted beside the text: to read the length back from memory for each is a wait.
        let (mut length, mut count) = (self.length, 0);
        for piece in pieces {
            count += 1;
            let behind = self.sheet.get_mut(length..);
            if let Some(place) = behind.and_then(<[u8]>::first_chunk_mut) {
                *place = piece.bytes;
                length += usize::from(piece.length);
            } else {
                self.length = length;
                self.put_piece(piece);
                length = self.length;
            }
        }
        self.length = length;
        count
    }

    /// Puts what a stencil has.
    #[inline]
    pub fn put_stencil(&mut self, stencil: &Stencil) {
        match stencil {
            Stencil::Short { bytes, length } => self.put_some(*bytes, usize::from(*length)),
            Stencil::Long(text) => self.push_str(text),
        }
    }

    /// Appends any text.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        let behind = self.sheet.get_mut(self.length..);
        if let Some(place) = behind.and_then(|behind| behind.get_mut(..text.len())) {
            place.copy_from_slice(text.as_bytes());
            self.length += text.len();
        } else {
            self.text().push_str(text);
        }
    }

    /// Appends what `push` appends to a text of its own: nothing that is on the sheet is looked at for it, as it
    /// would be for [`Draft::text`].
    pub fn push_by(&mut self, push: impl FnOnce(&mut String)) {
        let mut aside = std::mem::take(&mut self.aside);
        push(&mut aside);
        self.push_str(&aside);
        aside.clear();
        self.aside = aside;
    }

    /// Appends any character.
    #[inline]
    pub fn push(&mut self, character: char) {
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes);
        self.put_some(bytes, character.len_utf8());
    }

    /// Puts what `put` puts, of which a byte is a cell, and blanks behind it so that it takes `cells` cells, at most
    /// sixteen.
    #[inline]
    pub fn put_left(&mut self, cells: usize, put: impl FnOnce(&mut Self)) {
        let (before, start) = (self.text.len(), self.length);
        put(self);
        // What no cell is left for is not counted.
        self.put_some([b' '; 16], 0);
        // What was on the sheet may be behind the text now.
        let appended = self.text.len() - before;
        self.length = self.length.max((start + cells).saturating_sub(appended));
    }

    /// Puts a number in decimal.
    #[inline]
    pub fn put_number(&mut self, number: u64) {
        if number < SIX_DIGITS {
            let digits = Six::of(number);
            self.put_some(digits.without_zeros(), 6 - digits.zeros());
        } else {
            self.put_number_in_parts(number);
        }
    }

    /// Puts a byte count with its unit: `1 byte`, `7 bytes`.
    #[inline]
    pub fn put_byte_count(&mut self, count: usize) {
        self.put_number(count as u64);
        self.put_some(*b" bytes", if count == 1 { 5 } else { 6 });
    }

    #[inline(never)]
    fn put_number_in_parts(&mut self, number: u64) {
        self.put_number(number / SIX_DIGITS);
        self.put_last_six_digits(number, b"");
    }

    /// Puts the last six digits of a number in decimal, with their zeros, and up to two characters behind them.
    #[inline]
    pub fn put_last_six_digits<const N: usize>(&mut self, number: u64, behind: &[u8; N]) {
        let digits = Six::of(number % SIX_DIGITS).followed_by(behind);
        self.put_some(digits.from(0), 6 + N);
    }

    /// Puts a number in decimal, with blanks before it so that it takes five cells, and up to two characters behind it.
    #[inline]
    pub fn put_number_right<const N: usize>(&mut self, number: u64, behind: &[u8; N]) {
        if number < SIX_DIGITS {
            let digits = Six::right(number).followed_by(behind);
            let left_out = usize::from(number < 100_000);
            self.put_some(digits.from(left_out), 6 - left_out + N);
        } else {
            self.put_number_in_parts(number);
            self.put(behind);
        }
    }

    /// Puts a number in decimal that may be negative.
    #[inline]
    pub fn put_signed(&mut self, number: i64) {
        if number < 0 {
            self.put(b"-");
        }
        self.put_number(number.unsigned_abs());
    }

    /// Puts a number as `0x` and at least `digits` hexadecimal digits.
    #[inline]
    pub fn put_hex_number(&mut self, number: u64, digits: usize) {
        self.put(b"0x");
        self.put_hex_digits(number, digits);
    }

    /// Puts a number as at least `digits` hexadecimal digits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both halves of the number are put"
    )]
    fn put_hex_digits(&mut self, number: u64, digits: usize) {
        const AT_ONCE: usize = 8;
        let [above, last] = [(number >> u32::BITS) as u32, number as u32];
        let from_first = digits::eight_hexadecimal(last);
        if above > 0 || digits > AT_ONCE {
            self.put_hex_digits(above.into(), digits.saturating_sub(AT_ONCE));
            self.put(&from_first.to_le_bytes());
            return;
        }
        let needed = (u32::BITS - last.leading_zeros()).div_ceil(4) as usize;
        let shown = needed.max(digits).max(1);
        let shown_first = from_first >> (8 * (AT_ONCE - shown));
        self.put_some(shown_first.to_le_bytes(), shown);
    }

    /// Puts nanoseconds as seconds with nine decimals: `-0.000000041`.
    pub fn put_seconds(&mut self, nanoseconds: i64) {
        const PER_SECOND: u64 = 1_000_000_000;
        let count = nanoseconds.unsigned_abs();
        if nanoseconds < 0 {
            self.put(b"-");
        }
        self.put_number(count / PER_SECOND);
        self.put(b".");
        self.put_last_six_digits(count / 1_000, b"");
        self.put_some(Six::of(count % 1_000).from(3), 3);
    }
}

/// The longest piece, in bytes.
const LONGEST_PIECE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// What is put on a blank sheet.
    fn drafted(put: impl FnOnce(&mut Draft)) -> String {
        let mut out = String::new();
        append(&mut out, put);
        out
    }

    /// What is put on a sheet that has room for so many bytes more, without what was there before.
    fn drafted_with_room_for(room: usize, put: impl FnOnce(&mut Draft)) -> String {
        let before = "好".repeat(SHEET / 3);
        let before = &before[..(SHEET - room) / 3 * 3];
        let text = drafted(|draft| {
            draft.push_str(before);
            put(draft);
        });
        text.strip_prefix(before).unwrap().to_owned()
    }

    /// Small numbers, those around which the count of digits changes, and some of any size.
    fn numbers() -> impl Iterator<Item = u64> {
        let around = |power: u64| power.saturating_sub(2)..=power.saturating_add(2);
        let powers = (0..20).map(|digits| 10u64.pow(digits));
        let spread = (0..2_000).map(|step: u64| step * 12_345_678_901);
        let powers = powers.flat_map(around);
        (0..2_000).chain(powers).chain(spread).chain([u64::MAX])
    }

    #[test]
    fn numbers_read_as_the_standard_library_writes_them() {
        for number in numbers() {
            assert_eq!(
                drafted(|draft| draft.put_number(number)),
                number.to_string()
            );
            let right = drafted(|draft| draft.put_number_right(number, b" |"));
            assert_eq!(right, format!("{number:5} |"));
            let signed = number.cast_signed();
            assert_eq!(
                drafted(|draft| draft.put_signed(signed)),
                signed.to_string()
            );
        }
    }

    #[test]
    fn hexadecimal_numbers_have_at_least_as_many_digits_as_are_asked_for() {
        for number in numbers() {
            for digits in 0..=20 {
                let hexadecimal = drafted(|draft| draft.put_hex_number(number, digits));
                assert_eq!(hexadecimal, format!("0x{number:0digits$x}"));
            }
        }
    }

    #[test]
    fn times_read_as_they_do_elsewhere() {
        let both_signs = |number: u64| [number.cast_signed(), number.cast_signed().wrapping_neg()];
        for nanoseconds in numbers().flat_map(both_signs) {
            let sign = if nanoseconds < 0 { "-" } else { "" };
            let count = nanoseconds.unsigned_abs();
            let (whole, rest) = (count / 1_000_000_000, count % 1_000_000_000);
            let seconds = drafted(|draft| draft.put_seconds(nanoseconds));
            assert_eq!(seconds, format!("{sign}{whole}.{rest:09}"));
        }
    }

    #[test]
    fn a_piece_is_its_text_without_what_fills_it_up() {
        let [syn, nothing, ack]: [Piece<8>; 3] =
            ["SYN", "", " ACK"].map(|text| Piece::EMPTY.with(text));
        let pieces = [syn, nothing, ack];
        let put = |draft: &mut Draft| assert_eq!(draft.put_pieces(pieces.iter()), 3);
        assert_eq!(drafted(put), "SYN ACK");
    }

    #[test]
    fn a_text_is_filled_up_with_blanks_whatever_was_behind_it() {
        for room in 0..40 {
            let left = drafted_with_room_for(room, |draft| {
                draft.put_left(6, |draft| draft.put_some(*b"7.......", 1));
                draft.put(b"|");
                draft.put_left(2, |draft| draft.push_str("longer"));
                draft.put(b"|");
            });
            assert_eq!(left, "7     |longer|", "with room for {room}");
        }
    }

    #[test]
    fn whatever_is_put_nothing_is_lost_and_nothing_else_comes_with_it() {
        let mut random = fastrand::Rng::with_seed(1);
        let piece: Piece<8> = Piece::EMPTY.with("piece");
        for room in 0..100 {
            let mut expected = String::new();
            let text = drafted_with_room_for(room, |draft| {
                let before = draft.len();
                for _ in 0..random.usize(..60) {
                    expected += match random.u8(..8) {
                        0 => {
                            draft.put(b"some ");
                            "some "
                        }
                        1 => {
                            draft.push('好');
                            "好"
                        }
                        2 => {
                            draft.push_str(" → ");
                            " → "
                        }
                        3 => {
                            draft.put_number(1_234_567);
                            "1234567"
                        }
                        4 => {
                            draft.put_left(6, |draft| draft.put(b"left"));
                            "left  "
                        }
                        5 => {
                            draft.push_str("window ×128");
                            "window ×128"
                        }
                        6 => {
                            draft.push_by(|out| out.push_str("0x0好"));
                            "0x0好"
                        }
                        _ => {
                            assert_eq!(draft.put_pieces([&piece; 3].into_iter()), 3);
                            "piecepiecepiece"
                        }
                    };
                    assert_eq!(draft.len(), before + expected.len());
                }
            });
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn what_is_taken_back_is_not_there() {
        for before in ["", "a line before"] {
            for length in [0, 7, SHEET, 3 * SHEET] {
                let mut out = before.to_owned();
                append(&mut out, |draft: &mut Draft| {
                    let start = draft.len();
                    draft.push_str(&"x".repeat(length));
                    draft.truncate(start + length / 2);
                    draft.put(b".");
                });
                assert_eq!(out, format!("{before}{}.", "x".repeat(length / 2)));
            }
        }
    }
}
