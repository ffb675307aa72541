//! A filter as words, operators and literals.

use std::ops::Range;

use super::error::Complaint;

/// One piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A field, a keyword, a number, an address: what it is depends on where it stands.
    Word(String),
    /// A quoted text, its escapes resolved.
    Text(Vec<u8>),
    /// A text quoted as `r"…"`.
    RawText(Vec<u8>),
    /// A quoted character: a number.
    Character(u8),
    /// Operators and brackets.
    Symbol(&'static str),
    /// What stands between `[` and `]`.
    Brackets(String),
    /// The end.
    End,
}

/// A piece and its place, in bytes of the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The piece.
    pub token: Token,
    /// Where it stands.
    pub span: Range<usize>,
}

/// Longer ones first: `==` is not two `=`.
const SYMBOLS: &[&str] = &[
    "===", "!==", "==", "!=", "~=", "<=", ">=", "&&", "||", "..", "=", "<", ">", "!", "~", "&",
    "+", "-", "*", "/", "%", "(", ")", "{", "}", ",", "#",
];

/// Takes a filter to pieces; the last is [`Token::End`].
///
/// # Errors
///
/// A quote that is not closed, a bracket that is not closed, or a character that has no meaning.
pub fn pieces(filter: &str) -> Result<Vec<Placed>, Complaint> {
    let mut lexer = Lexer { filter, at: 0 };
    let mut found = Vec::new();
    loop {
        let piece = lexer.next_piece()?;
        let ended = piece.token == Token::End;
        found.push(piece);
        if ended {
            return Ok(found);
        }
    }
}

struct Lexer<'a> {
    filter: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.filter.get(self.at..).unwrap_or_default()
    }

    fn next_piece(&mut self) -> Result<Placed, Complaint> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let start = self.at;
        let token = match self.rest().chars().next() {
            None => Token::End,
            Some('"') => Token::Text(self.quoted('"')?),
            Some('r') if self.rest().starts_with("r\"") => self.raw_text()?,
            Some('\'') => self.character()?,
            Some('[') => self.brackets()?,
            Some(first) if begins_word(first, self.rest()) => self.word(),
            Some(other) => self.symbol(other)?,
        };
        Ok(Placed {
            token,
            span: start..self.at,
        })
    }

    fn word(&mut self) -> Token {
        let mut end = 0;
        let rest = self.rest();
        for (index, character) in rest.char_indices() {
            if !goes_on(rest, index, character) {
                break;
            }
            end = index + character.len_utf8();
        }
        end = with_prefix_length(rest, end);
        let word = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end;
        Token::Word(word)
    }

    fn symbol(&mut self, first: char) -> Result<Token, Complaint> {
        let symbol = SYMBOLS
            .iter()
            .find(|symbol| self.rest().starts_with(**symbol));
        let Some(symbol) = symbol else {
            let span = self.at..self.at + first.len_utf8();
            let what = format!("{first:?} has no meaning here");
            return Err(Complaint::new(span, what));
        };
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }

    fn brackets(&mut self) -> Result<Token, Complaint> {
        let Some(length) = self.rest().find(']') else {
            let span = self.at..self.at + 1;
            return Err(Complaint::new(span, "this bracket is not closed"));
        };
        let inside = self.rest().get(1..length).unwrap_or_default().to_owned();
        self.at += length + 1;
        Ok(Token::Brackets(inside))
    }

    fn raw_text(&mut self) -> Result<Token, Complaint> {
        let start = self.at;
        let inside = self.rest().get(2..).unwrap_or_default();
        let mut escaped = false;
        let end = inside.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            return Err(not_closed(start));
        };
        let text = inside.as_bytes().get(..end).unwrap_or_default().to_vec();
        self.at += end + 3;
        Ok(Token::RawText(text))
    }

    fn character(&mut self) -> Result<Token, Complaint> {
        let start = self.at;
        match self.quoted('\'')?.as_slice() {
            [byte] => Ok(Token::Character(*byte)),
            _ => Err(Complaint::new(
                start..self.at,
                "single quotes hold one character of one byte",
            )
            .help("texts stand in double quotes")),
        }
    }

    /// A quoted text with its escapes resolved, as the manual of the language lists them.
    fn quoted(&mut self, quote: char) -> Result<Vec<u8>, Complaint> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(not_closed(start));
            };
            let here = self.at;
            self.at += character.len_utf8();
            match character {
                _ if character == quote => return Ok(bytes),
                '\\' => self.escape(here, &mut bytes)?,
                _ => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
    }

    fn escape(&mut self, start: usize, bytes: &mut Vec<u8>) -> Result<(), Complaint> {
        let Some(kind) = self.rest().chars().next() else {
            return Err(not_closed(start));
        };
        if !kind.is_digit(8) {
            self.at += kind.len_utf8();
        }
        let wrong = |at: usize| {
            Complaint::new(start..at, "this escape has no meaning")
                .help(r#"known are \\ \" \' \a \b \f \n \r \t \v \NNN \xNN \uNNNN \UNNNNNNNN"#)
        };
        let byte = match kind {
            '\\' | '"' | '\'' => u8::try_from(kind).ok(),
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '0'..='7' => self.number(3, 8).and_then(|byte| u8::try_from(byte).ok()),
            'x' => self.number(2, 16).and_then(|byte| u8::try_from(byte).ok()),
            'u' | 'U' => {
                let digits = if kind == 'u' { 4 } else { 8 };
                let code = self.number(digits, 16).and_then(char::from_u32);
                let character = code.ok_or_else(|| wrong(self.at))?;
                bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
                return Ok(());
            }
            _ => None,
        };
        bytes.push(byte.ok_or_else(|| wrong(self.at))?);
        Ok(())
    }

    /// The number in at most `most` digits of this base.
    fn number(&mut self, most: usize, base: u32) -> Option<u32> {
        let digits: String = self
            .rest()
            .chars()
            .take(most)
            .take_while(|digit| digit.is_digit(base))
            .collect();
        self.at += digits.len();
        u32::from_str_radix(&digits, base).ok()
    }
}

fn not_closed(start: usize) -> Complaint {
    Complaint::new(start..start + 1, "this quote is not closed")
}

/// A word begins with a letter or digit, or with a colon or point that more of a word follows, as in
/// `::1` and `.5`.
fn begins_word(first: char, rest: &str) -> bool {
    let second = rest.chars().nth(1);
    match first {
        '.' => second.is_some_and(|next| next.is_ascii_digit()),
        ':' => second.is_some_and(|next| next == ':' || next.is_ascii_hexdigit()),
        _ => first.is_alphanumeric() || first == '_',
    }
}

/// A hyphen goes on with a word when it stands inside it, as in `02-00-00`; two points never do, since
/// they make a range.
fn goes_on(rest: &str, index: usize, character: char) -> bool {
    let before = rest.get(..index).and_then(|text| text.chars().next_back());
    let after = rest
        .get(index + character.len_utf8()..)
        .and_then(|text| text.chars().next());
    match character {
        '.' => after != Some('.') && before != Some('.'),
        '-' => {
            before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
        }
        ':' | '_' => true,
        _ => character.is_alphanumeric(),
    }
}

/// An address takes its prefix length along: `192.168.0.0/16`. Elsewhere the slash divides.
fn with_prefix_length(rest: &str, end: usize) -> usize {
    let word = rest.get(..end).unwrap_or_default();
    let is_address = word.parse::<std::net::IpAddr>().is_ok();
    let digits = rest
        .get(end..)
        .and_then(|after| after.strip_prefix('/'))
        .map_or(0, |after| {
            after.bytes().take_while(u8::is_ascii_digit).count()
        });
    if is_address && digits > 0 {
        end + 1 + digits
    } else {
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(filter: &str) -> Vec<Token> {
        pieces(filter)
            .unwrap()
            .into_iter()
            .map(|placed| placed.token)
            .collect()
    }

    fn word(text: &str) -> Token {
        Token::Word(text.to_owned())
    }

    #[test]
    fn addresses_and_numbers_are_words() {
        for text in [
            "192.168.0.0/16",
            "fd00::6",
            "::1/128",
            "02:00:00:00:00:06",
            "02-00-00",
            "0x02",
            ".5",
        ] {
            assert_eq!(tokens(text), [word(text), Token::End], "{text}");
        }
    }

    #[test]
    fn two_points_make_a_range_and_a_slash_divides() {
        assert_eq!(
            tokens("80..90"),
            [word("80"), Token::Symbol(".."), word("90"), Token::End]
        );
        assert_eq!(
            tokens("tcp.len/2"),
            [word("tcp.len"), Token::Symbol("/"), word("2"), Token::End]
        );
    }

    #[test]
    fn escapes_are_resolved_and_raw_texts_left_alone() {
        assert_eq!(
            tokens(r#""\x48\105\u4f60\n\"" r"\d\"""#),
            [
                Token::Text("HE你\n\"".as_bytes().to_vec()),
                Token::RawText(br#"\d\""#.to_vec()),
                Token::End
            ]
        );
    }

    #[test]
    fn an_octal_number_beyond_a_byte_is_no_escape() {
        assert_eq!(pieces(r#""a\400b""#).unwrap_err().span, 2..6);
        assert_eq!(tokens(r#""\377""#)[0], Token::Text(vec![0xff]));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_pointed_at() {
        assert_eq!(pieces("ip == \"x").unwrap_err().span, 6..7);
        assert_eq!(pieces("ip == r\"x\\\"").unwrap_err().span, 6..7);
    }
}
