//! What the chat's programs and its dissector have to agree on, and UTF-8 that arrives in pieces.

use crate::model::text;

/// The port that the server listens on unless told otherwise.
pub const PORT: u16 = 12345;

/// What the server says first.
pub const WELCOME: &[u8] = b"welcome";

/// What the client asks for a line with.
pub const PROMPT: &str = "send--> ";

/// How many bytes a program asks for at a time.
pub const RECEIVE_BYTES: usize = 1024;

/// Puts together characters that were cut in two between one receive and the next.
#[derive(Debug, Default)]
pub struct Utf8Pieces {
    /// The first bytes of a character whose others have not arrived: at most three.
    begun: Vec<u8>,
}

impl Utf8Pieces {
    /// Appends the characters that `bytes` complete, fit for a terminal. What can be no UTF-8 appears as
    /// `\xNN`; a character that is not complete yet is kept back.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) {
        self.begun.extend_from_slice(bytes);
        let all = std::mem::take(&mut self.begun);
        let complete = all.len() - incomplete_tail(&all);
        text::push_escaped(out, all.get(..complete).unwrap_or(&all));
        self.begun
            .extend_from_slice(all.get(complete..).unwrap_or_default());
    }

    /// Appends what was kept back: its other bytes will never come.
    pub fn finish(&mut self, out: &mut String) {
        text::push_escaped(out, &self.begun);
        self.begun.clear();
    }

    /// Whether a character has begun and is not complete.
    pub fn is_inside_a_character(&self) -> bool {
        !self.begun.is_empty()
    }
}

/// How many bytes at the end are the beginning of a character (RFC 3629, section 4): all that is wrong
/// with them is that they end.
fn incomplete_tail(bytes: &[u8]) -> usize {
    let tail = bytes
        .utf8_chunks()
        .last()
        .map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(tail) {
        Err(error) if error.error_len().is_none() => tail.len(),
        _ => 0,
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
    fn bytes_that_are_no_text_are_shown_at_once() {
        let mut assembler = Utf8Pieces::default();
        let mut out = String::new();
        assembler.push(b"a\xff", &mut out);
        assert_eq!(out, r"a\xff");
        assert!(!assembler.is_inside_a_character());
    }

    #[test]
    fn a_character_that_never_ends_is_shown_as_bytes() {
        assert_eq!(received(&[b"a\xe4\xbd"]), r"a\xe4\xbd");
        assert_eq!(received(&[b"\xe4\xbd", b"b"]), r"\xe4\xbdb");
    }
}
