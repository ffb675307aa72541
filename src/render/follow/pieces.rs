//! What a side says as text, piece by piece, also where a piece ends inside a character.

use crate::flow::endpoints::Role;
use crate::flow::follow::{Happening, What};
use crate::flow::reassembly::stream::{Event, Missing};
use crate::model::text;
use crate::model::utf8::{Utf8Pieces, length_by_first};

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
    /// The frame that the character begun last began in.
    begun_in: u64,
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
                    Some((first, _)) if first != by => "agrees".to_owned(),
                    _ => "opens the connection".to_owned(),
                };
            }
            What::Ends(origin) => {
                entry.frame = Some(origin.frame);
                "ends its side: it has no more to say".clone_into(&mut entry.remark);
            }
            What::BreaksOff(origin) => {
                entry.frame = Some(origin.frame);
                "breaks off".clone_into(&mut entry.remark);
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
            Event::Again { .. } => return None,
        }
        Some(())
    }
}

impl Side {
    fn say(&mut self, bytes: &[u8], frame: u64, entry: &mut Entry) {
        let earlier = self.begun_in;
        let mut said = String::new();
        let joined = self.characters.push(bytes, &mut said);
        push_lines(&said, &mut entry.text);
        if let Some(joined) = joined {
            let remark = &mut entry.remark;
            text::push_escaped_char(remark, joined.character);
            remark.push_str(" came in two pieces: ");
            push_count(joined.before as u64, "byte", remark);
            remark.push_str(" in frame ");
            text::push_number(remark, earlier);
            remark.push_str(", ");
            let after = joined.character.len_utf8() - joined.before;
            push_count(after as u64, "byte", remark);
            remark.push_str(" here");
        }
        let begun = self.characters.begun();
        if let Some(length) = begun.first().copied().and_then(length_by_first) {
            self.begun_in = frame;
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
    fn lines_break_where_the_text_breaks_and_nowhere_else() {
        let mut out = String::new();
        push_lines(r"GET /\r\nHost: x\\n\r\n", &mut out);
        assert_eq!(out, "GET /\\r\\n\nHost: x\\\\n\\r\\n");
    }
}
