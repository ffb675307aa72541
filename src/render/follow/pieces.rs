//! What a side says as text, piece by piece, also where a piece ends inside a character.

use crate::flow::endpoints::Role;
use crate::flow::follow::{Happening, What};
use crate::flow::reassembly::stream::{Event, Missing};
use crate::model::text;
use crate::model::utf8::{Joined, Utf8Pieces, length_by_first};

use super::reason;
use super::summary::{Summary, push_count};

/// One entry of a conversation in text.
#[derive(Debug)]
pub struct Entry {
    /// The number of the turn, where it begins one.
    pub turn: Option<u32>,
    /// The frame that it came in; `None` of what came in none.
    pub frame: Option<u64>,
    /// Who.
    pub by: Role,
    /// How many bytes.
    pub bytes: Option<u64>,
    /// What was said, escaped, a line break behind each `\n`; or what else happened.
    pub text: String,
    /// A remark on it.
    pub remark: String,
}

/// Turns what happens into entries.
#[derive(Debug, Default)]
pub struct Pieces {
    client: Side,
    server: Side,
}

#[derive(Debug, Default)]
struct Side {
    characters: Utf8Pieces,
    /// Which frames brought how many bytes of the character that has begun and is not complete.
    begun_in: Vec<(u64, usize)>,
}

impl Pieces {
    /// The entry of what happens; `None` where there is nothing to read.
    pub fn entry(&mut self, happening: &Happening<'_>, summary: &Summary) -> Option<Entry> {
        let by = happening.by;
        let mut entry = Entry {
            turn: None,
            frame: None,
            by,
            bytes: None,
            text: String::new(),
            remark: String::new(),
        };
        match happening.what {
            What::Opens(origin) => {
                entry.frame = Some(origin.frame);
                entry.remark = match summary.opened {
                    Some((first, _)) if first != by => "opens the connection too".to_owned(),
                    _ => "opens the connection".to_owned(),
                };
            }
            What::Agrees(origin) => {
                entry.frame = Some(origin.frame);
                "agrees".clone_into(&mut entry.remark);
            }
            What::Ends(origin) => {
                entry.frame = Some(origin.frame);
                "ends its side: it has no more to say".clone_into(&mut entry.remark);
            }
            What::BreaksOff(origin) => {
                entry.frame = Some(origin.frame);
                let how = if summary.is_refused(by) {
                    "refuses"
                } else {
                    "breaks off"
                };
                how.clone_into(&mut entry.remark);
            }
            What::IsDamaged(origin) => {
                entry.frame = Some(origin.frame);
                "came damaged: its checksum is wrong, and it does not count"
                    .clone_into(&mut entry.remark);
            }
            What::Speaks(event) => self.speak(event, by, &mut entry)?,
        }
        if matches!(
            happening.what,
            What::Speaks(Event::Bytes { .. } | Event::Gap { .. })
        ) && summary.begins_turn
        {
            entry.turn = Some(summary.turns.number());
        }
        Some(entry)
    }

    fn speak(&mut self, event: Event<'_>, by: Role, entry: &mut Entry) -> Option<()> {
        let side = match by {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        match event {
            Event::Bytes { bytes, origin, .. } => {
                entry.frame = Some(origin.frame);
                entry.bytes = Some(bytes.len() as u64);
                side.say(bytes, origin.frame, entry);
            }
            Event::Gap { length, why, .. } => {
                side.characters.finish(&mut entry.text);
                push_gap(length, why, &mut entry.remark);
            }
            Event::Conflict { offset, origin } => {
                entry.frame = Some(origin.frame);
                entry.remark.push_str("byte ");
                text::push_number(&mut entry.remark, offset);
                entry
                    .remark
                    .push_str(" of its stream is another one here than in the frame that counts");
            }
            Event::BehindEnd { length, origin } => {
                entry.frame = Some(origin.frame);
                push_count(length, "byte", &mut entry.remark);
                entry.remark.push_str(
                    " from here on came behind the end of its stream, and nobody took them",
                );
            }
            Event::Again { .. } => return None,
        }
        Some(())
    }
}

impl Side {
    fn say(&mut self, bytes: &[u8], frame: u64, entry: &mut Entry) {
        let before = self.characters.begun().len();
        let mut said = String::new();
        let joined = self.characters.push(bytes, &mut said);
        push_lines(&said, &mut entry.text);
        if let Some(joined) = joined {
            self.push_joined(joined, &mut entry.remark);
        }
        self.note_begun(before, bytes.len(), frame);
        let begun = self.characters.begun();
        if let Some(length) = begun.first().copied().and_then(length_by_first) {
            let remark = &mut entry.remark;
            if !remark.is_empty() {
                remark.push_str("; ");
            }
            remark.push_str("it ends inside a character: ");
            text::push_number(remark, begun.len() as u64);
            remark.push_str(" of ");
            push_count(length as u64, "byte", remark);
        }
    }

    /// Notes where the character came from that has begun: it had `before` bytes, and `frame` brought
    /// `length`, not all of which need be of it.
    fn note_begun(&mut self, before: usize, length: usize, frame: u64) {
        let begun = self.characters.begun().len();
        let goes_on = before > 0 && begun == before + length;
        if !goes_on {
            self.begun_in.clear();
        }
        let brought = begun.min(length);
        if brought > 0 {
            self.begun_in.push((frame, brought));
        }
    }

    /// `𝄞 came in three pieces: 1 byte in frame 12, 2 bytes in frame 14, 1 byte here`.
    fn push_joined(&self, joined: Joined, remark: &mut String) {
        text::push_escaped_char(remark, joined.character);
        remark.push_str(match self.begun_in.len() {
            1 => " came in two pieces: ",
            2 => " came in three pieces: ",
            _ => " came in four pieces: ",
        });
        for (frame, length) in &self.begun_in {
            push_count(*length as u64, "byte", remark);
            remark.push_str(" in frame ");
            text::push_number(remark, *frame);
            remark.push_str(", ");
        }
        let after = joined.character.len_utf8() - joined.before;
        push_count(after as u64, "byte", remark);
        remark.push_str(" here");
    }
}

fn push_gap(length: u64, why: Missing, out: &mut String) {
    push_count(length, "byte", out);
    out.push_str(" missing here: ");
    out.push_str(reason(why));
}

/// Appends escaped text, a line break behind each `\n` that is not the last.
fn push_lines(escaped: &str, out: &mut String) {
    // A backslash of the text itself is escaped too, so that `\n` is nothing else.
    let mut rest = escaped;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let (escape, after) = escape.split_at(escape.len().min(2));
        out.push_str(before);
        out.push_str(escape);
        if escape == "\\n" && !after.is_empty() {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_told_with_every_frame_that_brought_some_of_it() {
        let mut side = Side::default();
        let mut remark_of = |bytes: &[u8], frame| {
            let mut entry = Entry {
                turn: None,
                frame: None,
                by: Role::Client,
                bytes: None,
                text: String::new(),
                remark: String::new(),
            };
            side.say(bytes, frame, &mut entry);
            entry.remark
        };
        assert_eq!(
            remark_of(b"a\xf0", 1),
            "it ends inside a character: 1 of 4 bytes"
        );
        remark_of(b"\x9d", 2);
        // An empty datagram brings nothing of it.
        remark_of(b"", 3);
        remark_of(b"\x84", 4);
        assert_eq!(
            remark_of(b"\x9e\xc3", 5),
            "𝄞 came in four pieces: 1 byte in frame 1, 1 byte in frame 2, 1 byte in frame 4, \
             1 byte here; it ends inside a character: 1 of 2 bytes"
        );
        // What had begun never ends: another character begins.
        remark_of(b"\xe5\xa5", 6);
        assert_eq!(
            remark_of(b"\xbd", 7),
            "好 came in two pieces: 2 bytes in frame 6, 1 byte here"
        );
    }

    #[test]
    fn lines_break_where_the_text_breaks_and_nowhere_else() {
        let mut out = String::new();
        push_lines(r"GET /\r\nHost: x\\n\r\n", &mut out);
        assert_eq!(out, "GET /\\r\\n\nHost: x\\\\n\\r\\n");
    }
}
