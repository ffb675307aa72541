//! The parts of a message of DNS: a header, then questions and records in four sections (RFC 1035, section 4.1).

use std::ops::Range;

use crate::model::bits;
use crate::model::domain_name::{DomainName, NameFlaw};

/// How long the header is.
pub const HEADER: usize = 12;

/// How many questions and records of one message are taken apart; what is behind them is shown as bytes.
pub const MOST_ENTRIES: usize = 1024;

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What is asked.
    Question,
    /// What answers it.
    Answer,
    /// Who knows more.
    Authority,
    /// What is of use beside it.
    Additional,
}

const SECTIONS: [Section; 4] = [
    Section::Question,
    Section::Answer,
    Section::Authority,
    Section::Additional,
];

/// A question or a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub section: Section,
    /// Its first byte: there its name begins.
    pub start: usize,
    /// Where the name ends, and its type begins.
    pub name_end: usize,
    /// The type.
    pub kind: u16,
    /// The class; of a record of EDNS a length.
    pub class: u16,
    /// Its data; of a question none.
    pub data: Range<usize>,
}

/// What is wrong with a message, from which byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The byte.
    pub at: usize,
    /// What it is.
    pub what: What,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The message needs so many bytes.
    Short(usize),
    /// A name.
    Name(NameFlaw),
    /// The data of a record end before what they hold does.
    Data,
    /// There are more entries than [`MOST_ENTRIES`].
    TooMany,
}

/// The questions and records of a message, until one is not all there.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
    section: usize,
    /// How many are left in the section.
    left: u16,
    taken: usize,
}

impl<'a> Entries<'a> {
    /// Those of the message that these bytes are.
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut entries = Self {
            bytes,
            at: HEADER,
            section: 0,
            left: 0,
            taken: 0,
        };
        entries.left = entries.stated();
        entries
    }

    /// How many the header says that the section has.
    fn stated(&self) -> u16 {
        bits::u16_at(self.bytes, 4 + 2 * self.section).unwrap_or(0)
    }

    /// Where the section ends that the next entry is in, as far as its entries are there.
    pub fn end_of_section(&self) -> usize {
        let mut ahead = self.clone();
        let mut end = self.at;
        let mut section = None;
        while let Some(Ok(entry)) = ahead.next() {
            if *section.get_or_insert(entry.section) != entry.section {
                break;
            }
            end = entry.data.end;
        }
        end
    }

    fn entry(&self, section: Section) -> Result<Entry, Flaw> {
        let start = self.at;
        let flaw = |what| Flaw { at: start, what };
        let name_end = DomainName::new(self.bytes, start)
            .end()
            .map_err(|name| flaw(of_name(name)))?;
        let short = |needed| move || flaw(What::Short(needed));
        let fixed = name_end + if section == Section::Question { 4 } else { 10 };
        let head = self.bytes.get(name_end..fixed).ok_or_else(short(fixed))?;
        let number = |at| bits::u16_at(head, at).unwrap_or(0);
        let length = if section == Section::Question {
            0
        } else {
            number(8)
        };
        let end = fixed + usize::from(length);
        if end > self.bytes.len() {
            return Err(flaw(What::Short(end)));
        }
        Ok(Entry {
            section,
            start,
            name_end,
            kind: number(0),
            class: number(2),
            data: fixed..end,
        })
    }
}

/// What it is for a message that one of its names is so.
fn of_name(flaw: NameFlaw) -> What {
    match flaw {
        NameFlaw::Short(needed) => What::Short(needed),
        _ => What::Name(flaw),
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left == 0 {
            self.section += 1;
            SECTIONS.get(self.section)?;
            self.left = self.stated();
        }
        let section = *SECTIONS.get(self.section)?;
        let found = if self.taken == MOST_ENTRIES {
            Err(Flaw {
                at: self.at,
                what: What::TooMany,
            })
        } else {
            self.entry(section)
        };
        match &found {
            Ok(entry) => {
                self.at = entry.data.end;
                self.left -= 1;
                self.taken += 1;
            }
            // Behind what is not there, nothing is found.
            Err(_) => {
                self.section = SECTIONS.len();
                self.left = 0;
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question for `a`, and its answer.
    const MESSAGE: &[u8] = b"\0\x01\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x01\x02\x03\x04";

    fn found(bytes: &[u8]) -> Vec<Result<Entry, Flaw>> {
        Entries::of(bytes).collect()
    }

    #[test]
    fn questions_and_records_stand_one_behind_the_other() {
        let entry = |section, start, name_end, data| {
            Ok(Entry {
                section,
                start,
                name_end,
                kind: 1,
                class: 1,
                data,
            })
        };
        let expected = [
            entry(Section::Question, 12, 15, 19..19),
            entry(Section::Answer, 19, 21, 31..35),
        ];
        assert_eq!(found(MESSAGE), expected);
        assert_eq!(Entries::of(MESSAGE).end_of_section(), 19);
    }

    #[test]
    fn where_a_message_ends_too_early_the_entry_that_is_cut_says_what_it_needs() {
        let last = |end: usize| found(&MESSAGE[..end]).pop().and_then(Result::err);
        let short = |at, needed| {
            let what = What::Short(needed);
            Some(Flaw { at, what })
        };
        assert_eq!(last(12), short(12, 13));
        assert_eq!(last(13), short(12, 14));
        assert_eq!(last(16), short(12, 19));
        assert_eq!(last(19), short(19, 20));
        assert_eq!(last(22), short(19, 31));
        assert_eq!(last(34), short(19, 35));
    }

    #[test]
    fn more_entries_than_the_bound_are_not_taken_apart() {
        let mut bytes = b"\0\x01\0\0\xff\xff\0\0\0\0\0\0".to_vec();
        bytes.extend([0, 0, 1, 0, 1].repeat(MOST_ENTRIES + 1));
        let all = found(&bytes);
        assert_eq!(all.len(), MOST_ENTRIES + 1);
        assert_eq!(
            all.last(),
            Some(&Err(Flaw {
                at: HEADER + 5 * MOST_ENTRIES,
                what: What::TooMany
            }))
        );
    }
}
