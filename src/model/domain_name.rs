//! The name of a host or a domain as DNS writes it: labels, each behind its length; and a pointer to where the rest of
//! a name stood before (RFC 1035, section 4.1.4).
//!
//! ```text
//! 3 w w w 3 l a b 0             www.lab
//! 4 m a i l 192 16              mail, and what stands from byte 16 of the message on: mail.lab
//! ```
//!
//! Whoever sends such bytes may make them endless: a pointer must lead back, and a name has so many bytes and steps
//! and no more.

use std::ops::ControlFlow;

use super::text;

/// How long a name is at most, with the lengths of its labels (RFC 1035, section 2.3.4).
pub const MOST_BYTES: usize = 255;

/// How many labels and pointers of one name are followed; 255 bytes have no more labels.
pub const MOST_STEPS: usize = 128;

/// A name at its place in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainName<'a> {
    message: &'a [u8],
    at: usize,
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFlaw {
    /// It needs the message to have so many bytes.
    Short(usize),
    /// A pointer leads to itself or forward.
    Forward,
    /// The two bits before a length say what nobody reads.
    UnknownLabel,
    /// It has more than [`MOST_BYTES`].
    TooLong,
    /// It has more than [`MOST_STEPS`].
    TooManySteps,
}

/// One step along a name.
enum Step<'a> {
    Label(&'a [u8]),
    Pointer(usize),
    End,
}

impl<'a> DomainName<'a> {
    /// The name at this byte of a message.
    pub const fn new(message: &'a [u8], at: usize) -> Self {
        Self { message, at }
    }

    /// Where it ends at its own place: behind its last label, or behind the pointer that stands for the rest.
    ///
    /// # Errors
    ///
    /// It has no end, or none that is allowed.
    pub fn end(&self) -> Result<usize, NameFlaw> {
        let mut at = self.at;
        loop {
            match step(self.message, at)? {
                Step::Label(label) => at += 1 + label.len(),
                Step::Pointer(_) => return Ok(at + 2),
                Step::End => return Ok(at + 1),
            }
            if at - self.at >= MOST_BYTES {
                return Err(NameFlaw::TooLong);
            }
        }
    }

    /// What is wrong with it, wherever its pointers lead.
    pub fn flaw(&self) -> Option<NameFlaw> {
        self.each_label(|_| ControlFlow::Continue(())).err()
    }

    /// Shows it label by label, as people write it: `www.lab`; the root alone is `<Root>`, and what is wrong is
    /// left out behind `…`. A dot or a backslash in a label has a backslash before it, and what is no character that
    /// can be seen is three decimal digits behind one (RFC 1035, section 5.1): nothing steers a terminal.
    pub fn spell(&self, mut put: impl FnMut(&str)) {
        let mut is_first = true;
        let told = self.each_label(|label| {
            if !is_first {
                put(".");
            }
            is_first = false;
            spell_label(label, &mut put);
            ControlFlow::Continue(())
        });
        if told.is_err() {
            put(if is_first { "…" } else { ".…" });
        } else if is_first {
            put("<Root>");
        }
    }

    fn each_label(
        &self,
        mut take: impl FnMut(&'a [u8]) -> ControlFlow<()>,
    ) -> Result<(), NameFlaw> {
        let (mut at, mut first, mut length) = (self.at, self.at, 1);
        for _ in 0..MOST_STEPS {
            match step(self.message, at)? {
                Step::Label(label) => {
                    length += 1 + label.len();
                    if length > MOST_BYTES {
                        return Err(NameFlaw::TooLong);
                    }
                    if take(label).is_break() {
                        return Ok(());
                    }
                    at += 1 + label.len();
                }
                // What stands before the labels that were read last: so it goes back each time.
                Step::Pointer(target) if target < first => (at, first) = (target, target),
                Step::Pointer(_) => return Err(NameFlaw::Forward),
                Step::End => return Ok(()),
            }
        }
        Err(NameFlaw::TooManySteps)
    }
}

fn step(message: &[u8], at: usize) -> Result<Step<'_>, NameFlaw> {
    let first = *message.get(at).ok_or(NameFlaw::Short(at + 1))?;
    match first >> 6 {
        0 if first == 0 => Ok(Step::End),
        0 => {
            let end = at + 1 + usize::from(first);
            let label = message.get(at + 1..end);
            label.map(Step::Label).ok_or(NameFlaw::Short(end))
        }
        0b11 => {
            let second = *message.get(at + 1).ok_or(NameFlaw::Short(at + 2))?;
            let target = usize::from(first & 0x3f) << 8 | usize::from(second);
            Ok(Step::Pointer(target))
        }
        _ => Err(NameFlaw::UnknownLabel),
    }
}

fn spell_label(label: &[u8], put: &mut impl FnMut(&str)) {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\');
    for chunk in label.utf8_chunks() {
        let valid = chunk.valid();
        if valid.as_bytes().iter().all(is_plain) {
            put(valid);
        } else {
            valid
                .chars()
                .for_each(|character| spell_character(character, put));
        }
        chunk
            .invalid()
            .iter()
            .for_each(|byte| spell_byte(*byte, put));
    }
}

fn spell_character(character: char, put: &mut impl FnMut(&str)) {
    let mut bytes = [0; 4];
    let spelled = character.encode_utf8(&mut bytes);
    if text::is_hidden(character) {
        spelled.bytes().for_each(|byte| spell_byte(byte, put));
    } else {
        if matches!(character, '.' | '\\') {
            put("\\");
        }
        put(spelled);
    }
}

fn spell_byte(byte: u8, put: &mut impl FnMut(&str)) {
    put("\\");
    for power in [100, 10, 1] {
        let mut digit = [0; 4];
        put(char::from(b'0' + byte / power % 10).encode_utf8(&mut digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(message: &[u8], at: usize) -> String {
        let mut out = String::new();
        DomainName::new(message, at).spell(|text| out.push_str(text));
        out
    }

    #[test]
    fn a_name_is_its_labels_and_what_its_pointer_leads_to() {
        let message = b"\x03www\x03lab\x00\x04mail\xc0\x04\xc0\x09";
        assert_eq!(spelled(message, 0), "www.lab");
        assert_eq!(spelled(message, 9), "mail.lab");
        assert_eq!(spelled(message, 16), "mail.lab");
        assert_eq!(spelled(b"\x00", 0), "<Root>");
        let ends = [0, 9, 16].map(|at| DomainName::new(message, at).end());
        assert_eq!(ends, [Ok(9), Ok(16), Ok(18)]);
    }

    #[test]
    fn nothing_in_a_label_can_be_taken_for_something_else() {
        assert_eq!(spelled(b"\x03a.b\x02\\c\x00", 0), r"a\.b.\\c");
        assert_eq!(spelled(b"\x04\x1b[m\xff\x00", 0), r"\027[m\255");
        assert_eq!(spelled("\u{6}你好\0".as_bytes(), 0), "你好");
        assert_eq!(spelled("\u{3}\u{202e}\0".as_bytes(), 0), r"\226\128\174");
    }

    #[test]
    fn a_pointer_leads_back_or_the_name_ends_there() {
        for (message, at) in [
            (&b"\xc0\x00"[..], 0),
            (b"\x01a\xc0\x00", 0),
            (b"\xc0\x02\x01a\x00", 0),
            (b"\xc0\x02\xc0\x00", 2),
        ] {
            let flaw = DomainName::new(message, at).flaw();
            assert_eq!(flaw, Some(NameFlaw::Forward), "{message:?}");
        }
        assert_eq!(spelled(b"\x01a\xc0\x00", 0), "a.…");
        assert_eq!(spelled(b"\xc0\x00", 0), "…");
    }

    #[test]
    fn a_name_has_255_bytes_at_most_and_so_many_pointers() {
        let label = [&[63][..], &[b'x'; 63]].concat();
        let longest = [&label.repeat(3)[..], &[61], &[b'x'; 61], &[0]].concat();
        assert_eq!(longest.len(), MOST_BYTES);
        assert_eq!(DomainName::new(&longest, 0).flaw(), None);
        assert_eq!(DomainName::new(&longest, 0).end(), Ok(MOST_BYTES));
        let longer = [&label.repeat(4)[..], &[0]].concat();
        assert_eq!(DomainName::new(&longer, 0).flaw(), Some(NameFlaw::TooLong));
        assert_eq!(DomainName::new(&longer, 0).end(), Err(NameFlaw::TooLong));
        // Each pointer leads to the one before it, and the first to the root.
        let mut chain = vec![0];
        for at in 1..=MOST_STEPS {
            let target = u16::try_from((2 * at).saturating_sub(3)).unwrap();
            chain.extend((0xc000 | target.min(u16::from(at > 1) * target)).to_be_bytes());
        }
        let flaw = |at| DomainName::new(&chain, at).flaw();
        assert_eq!(flaw(chain.len() - 4), None);
        assert_eq!(flaw(chain.len() - 2), Some(NameFlaw::TooManySteps));
    }

    #[test]
    fn what_ends_too_early_says_what_it_needs() {
        let flaw = |message| DomainName::new(message, 0).flaw();
        assert_eq!(flaw(b""), Some(NameFlaw::Short(1)));
        assert_eq!(flaw(b"\x03ab"), Some(NameFlaw::Short(4)));
        assert_eq!(flaw(b"\x01a"), Some(NameFlaw::Short(3)));
        assert_eq!(flaw(b"\x01a\xc0"), Some(NameFlaw::Short(4)));
        assert_eq!(flaw(b"\x41a\x00"), Some(NameFlaw::UnknownLabel));
    }
}
