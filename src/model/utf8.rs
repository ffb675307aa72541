//! UTF-8 that arrives in pieces: a segment, a receive or a fragment may end inside a character.

use simdutf8::basic::from_utf8;

use super::text;

/// Puts together characters that were cut in two between one piece and the next.
#[derive(Debug, Default)]
pub struct Utf8Pieces {
    /// The first bytes of a character whose others have not arrived: at most three.
    begun: Vec<u8>,
}

/// A character whose first bytes came in an earlier piece than its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The character.
    pub character: char,
    /// How many of its bytes had come before.
    pub before: usize,
}

impl Utf8Pieces {
    /// Takes the next bytes; gives those of the characters that are complete. One that is not is kept back.
    pub fn complete(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        self.begun = all.split_off(all.len() - incomplete_tail(&all));
        all
    }

    /// Appends the characters that `bytes` complete, fit for a terminal; gives the first one where it had
    /// begun before. What can be no UTF-8 appears as `\xNN`.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) -> Option<Joined> {
        let before = self.begun.len();
        let complete = self.complete(bytes);
        text::push_escaped(out, &complete);
        let first = complete.utf8_chunks().next()?.valid().chars().next();
        let joined = |character: &char| before > 0 && character.len_utf8() > before;
        let character = first.filter(joined)?;
        Some(Joined { character, before })
    }

    /// Appends what was kept back: its other bytes will never come.
    pub fn finish(&mut self, out: &mut String) {
        text::push_escaped(out, &self.begun);
        self.begun.clear();
    }

    /// The bytes of a character that has begun and is not complete; none where there is no such.
    pub fn begun(&self) -> &[u8] {
        &self.begun
    }
}

/// How many bytes at the end are the beginning of a character (RFC 3629, section 4): all that is wrong
/// with them is that they end.
///
/// A first byte begins a character whatever stands before it, so only the last three bytes are looked at.
pub fn incomplete_tail(bytes: &[u8]) -> usize {
    const LONGEST_BEGINNING: usize = 3;
    let end = bytes.len().saturating_sub(LONGEST_BEGINNING);
    let end = bytes.get(end..).unwrap_or_default();
    let first = end.iter().rposition(|byte| byte & 0xc0 != 0x80);
    let tail = first.and_then(|at| end.get(at..)).unwrap_or_default();
    match std::str::from_utf8(tail) {
        Err(error) if error.error_len().is_none() => tail.len(),
        _ => 0,
    }
}

/// How many whole characters bytes are (RFC 3629, section 4); those that belong to none do not count.
pub fn count_characters(bytes: &[u8]) -> usize {
    let count = |text: &str| text.chars().count();
    // Nearly all text is whole, and is counted at once.
    from_utf8(bytes).map_or_else(
        |_| bytes.utf8_chunks().map(|chunk| count(chunk.valid())).sum(),
        count,
    )
}

/// How many bytes a character has whose first byte this is (RFC 3629, section 3); `None` where no
/// character begins so.
pub const fn length_by_first(byte: u8) -> Option<usize> {
    match byte {
        0x00..=0x7f => Some(1),
        0xc2..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf4 => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(pieces: &[&[u8]]) -> String {
        let mut assembler = Utf8Pieces::default();
        let mut out = String::new();
        for piece in pieces {
            assembler.push(piece, &mut out);
        }
        assembler.finish(&mut out);
        out
    }

    #[test]
    fn a_character_cut_anywhere_is_put_together_again() {
        let text = "a你𝄞é好".as_bytes();
        for cut in 0..=text.len() {
            for second in cut..=text.len() {
                let pieces = [&text[..cut], &text[cut..second], &text[second..]];
                assert_eq!(received(&pieces), "a你𝄞é好", "cut at {cut} and {second}");
            }
        }
    }

    #[test]
    fn characters_are_counted_whatever_stands_between_them() {
        assert_eq!(count_characters("a你𝄞é".as_bytes()), 4);
        assert_eq!(count_characters(b"a\xffb\xe4\xbd"), 2);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_at_once() {
        let mut assembler = Utf8Pieces::default();
        let mut out = String::new();
        assembler.push(b"a\xff", &mut out);
        assert_eq!(out, r"a\xff");
        assert!(assembler.begun().is_empty());
    }

    #[test]
    fn a_character_that_never_ends_is_shown_as_bytes() {
        assert_eq!(received(&[b"a\xe4\xbd"]), r"a\xe4\xbd");
        assert_eq!(received(&[b"\xe4\xbd", b"b"]), r"\xe4\xbdb");
    }

    #[test]
    fn the_beginning_of_a_character_is_what_its_next_bytes_alone_would_mend() {
        let bytes = [b'a', 0x80, 0xbd, 0xc2, 0xe4, 0xed, 0xf0, 0xf4, 0xff];
        let lists = |length| (0..bytes.len().pow(length)).map(move |at| (length, at));
        for (length, mut at) in (0..=4).flat_map(lists) {
            let mut text = Vec::new();
            for _ in 0..length {
                text.push(bytes[at % bytes.len()]);
                at /= bytes.len();
            }
            let last = text.utf8_chunks().last();
            let tail = last.map_or(&[][..], |chunk| chunk.invalid());
            let only_ends =
                std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
            let expected = if only_ends { tail.len() } else { 0 };
            assert_eq!(incomplete_tail(&text), expected, "{text:x?}");
        }
    }

    #[test]
    fn a_character_of_two_pieces_is_told() {
        let mut assembler = Utf8Pieces::default();
        let mut out = String::new();
        assert_eq!(assembler.push(b"a\xe5\xa5", &mut out), None);
        let joined = Joined {
            character: '好',
            before: 2,
        };
        assert_eq!(assembler.push(b"\xbd!", &mut out), Some(joined));
        assert_eq!(assembler.push("好".as_bytes(), &mut out), None);
        assert_eq!(out, "a好!好");
    }
}
