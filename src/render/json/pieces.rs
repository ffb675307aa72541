//! The pieces of JSON: keys, numbers, and strings that are text on a terminal too.

use std::fmt::Write as _;

use crate::model::draft::{self, Draft};
use crate::model::text;

/// Appends `"key":`.
pub fn push_key(out: &mut String, key: &str) {
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
}

/// Appends a range as its start and its end.
pub fn push_range(out: &mut String, start: u64, end: u64) {
    out.push('[');
    text::push_number(out, start);
    out.push(',');
    text::push_number(out, end);
    out.push(']');
}

/// Appends a number that may be negative.
pub fn push_signed(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends bytes as a JSON string of hexadecimal digits.
pub fn push_hex_string(out: &mut String, bytes: &[u8]) {
    draft::append(out, |out| put_hex_string(out, bytes));
}

/// Puts bytes as a JSON string of hexadecimal digits.
pub fn put_hex_string(out: &mut Draft, bytes: &[u8]) {
    out.put(b"\"");
    text::put_hex_run(out, bytes);
    out.put(b"\"");
}

/// Appends a text of ours as a JSON string: names, and sentences in which what is foreign was escaped already.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    push_part_of_text(out, text);
    out.push('"');
}

/// Appends a part of a text, without the marks around the whole.
pub fn push_part_of_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = first_escaped_in_text(rest) {
        let (plain, behind) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = behind.chars();
        if let Some(character) = characters.next() {
            push_character(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// As [`push_part_of_text`], of foreign text.
pub fn push_part_of_foreign_text(out: &mut String, text: &str) {
    text::push_escaping(out, text, b"\"\\", push_character);
}

/// Where a text of ours has its first byte that must be escaped.
fn first_escaped_in_text(text: &str) -> Option<usize> {
    const AT_ONCE: usize = 16;
    // Without a way out of the loop many bytes are looked at in one step.
    let is_plain = |block: &&[u8; AT_ONCE]| {
        let escaped = |byte: u8| {
            let control = u8::from(byte < b' ') | u8::from(byte == 0x7f);
            control | u8::from(byte == b'"') | u8::from(byte == b'\\')
        };
        block.iter().fold(0, |any, byte| any | escaped(*byte)) == 0
    };
    let (blocks, _) = text.as_bytes().as_chunks();
    let plain = AT_ONCE * blocks.iter().take_while(is_plain).count();
    let rest = text.as_bytes().get(plain..)?;
    let at = rest.iter().position(|byte| is_escaped_in_text(*byte))?;
    Some(plain + at)
}

/// Whether a byte of a text of ours must be escaped: to look it up is quicker than to compare it four times.
fn is_escaped_in_text(byte: u8) -> bool {
    static ESCAPED: [bool; 256] = {
        let mut escaped = [false; 256];
        let mut byte: u8 = 0;
        while byte < 0x80 {
            escaped[byte as usize] = matches!(byte, b'"' | b'\\' | ..b' ' | 0x7f);
            byte += 1;
        }
        escaped
    };
    ESCAPED[usize::from(byte)]
}

/// How bytes were read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They are UTF-8.
    Whole,
    /// Some are not, and were replaced.
    Replaced,
}

/// Appends a JSON string. What is not UTF-8 becomes U+FFFD; what could steer a terminal is escaped
/// though JSON would allow it.
pub fn push_string(out: &mut String, bytes: &[u8]) -> Reading {
    out.push('"');
    if let Ok(text) = std::str::from_utf8(bytes) {
        text::push_escaping(out, text, b"\"\\", push_character);
        out.push('"');
        return Reading::Whole;
    }
    for chunk in bytes.utf8_chunks() {
        text::push_escaping(out, chunk.valid(), b"\"\\", push_character);
        if !chunk.invalid().is_empty() {
            out.push('\u{fffd}');
        }
    }
    out.push('"');
    Reading::Replaced
}

fn push_character(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if text::is_hidden(character) => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        _ => out.push(character),
    }
}

/// Appends numbers as an array.
pub fn push_numbers(numbers: impl Iterator<Item = u64>, out: &mut String) {
    out.push('[');
    for (index, number) in numbers.enumerate() {
        if index > 0 {
            out.push(',');
        }
        text::push_number(out, number);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_wherever_it_must_be() {
        for length in 0..40 {
            for at in 0..length {
                for character in ['"', '\\', '\n', '\u{1b}', '\u{7f}', 'é'] {
                    let mut text = "a".repeat(length);
                    text.replace_range(at..=at, &character.to_string());
                    let mut out = String::new();
                    push_text(&mut out, &text);
                    assert!(!out.bytes().any(|byte| byte < b' ' || byte == 0x7f));
                    assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
                }
            }
        }
    }

    #[test]
    fn a_string_of_any_bytes_is_json_and_steers_no_terminal() {
        let mut out = String::new();
        push_string(&mut out, b"a\"\\\x1b\x7f\xff\xe2\x80\xae");
        assert_eq!(out, "\"a\\\"\\\\\\u001b\\u007f\u{fffd}\\u202e\"");
        let value: String = serde_json::from_str(&out).unwrap();
        assert_eq!(value, "a\"\\\u{1b}\u{7f}\u{fffd}\u{202e}");
    }
}
