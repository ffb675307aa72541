//! The sequence as Mermaid text, to paste into notes: <https://mermaid.js.org/syntax/sequenceDiagram.html>.

use std::fmt::Write as _;

use super::labels::{Untold, labels};
use super::lanes::{Lanes, Part, Reach};
use super::rows::{Arrow, Row, Rows, Turn};
use crate::model::duration;
use crate::model::text;

/// Mermaid refuses texts that are longer than this, unless it is configured to take them (`maxTextSize`).
const MAX_TEXT: usize = 50_000;
/// What is kept free for the last line, which says what is missing.
const LAST_LINE: usize = 200;

/// Appends the whole diagram.
pub fn push(lanes: &Lanes, rows: &Rows<'_>, mut untold: Untold, out: &mut String) {
    out.push_str("sequenceDiagram\n");
    for (index, lane) in lanes.all().iter().enumerate() {
        let _ = write!(out, "    participant {} as ", participant(index));
        if lane.part == Part::Program {
            out.push_str("programs\n");
            continue;
        }
        if !lane.name.is_empty() {
            push_escaped(out, &lane.name);
            out.push_str("<br/>");
        }
        push_escaped(out, &lane.address);
        out.push('\n');
    }
    let mut left = rows.list.iter();
    while let Some(row) = left.next() {
        let before = out.len();
        push_row(row, lanes, out);
        if out.len() > MAX_TEXT - LAST_LINE {
            out.truncate(before);
            std::iter::once(row)
                .chain(left)
                .for_each(|row| count(row, &mut untold));
            break;
        }
    }
    if let Some(untold) = untold.told() {
        push_note(&untold, lanes, out);
    }
}

/// Counts a row that has no room.
fn count(row: &Row<'_>, untold: &mut Untold) {
    match row {
        Row::Frame(_) => untold.frames += 1,
        Row::Call(crossing) => untold.calls += crossing.call.begun,
        Row::Note(..) | Row::States(_) | Row::Idle(_) | Row::Blank => {}
    }
}

/// A name that no payload has a say in.
fn participant(lane: usize) -> String {
    format!("P{}", lane + 1)
}

fn push_row(row: &Row<'_>, lanes: &Lanes, out: &mut String) {
    match row {
        Row::Frame(arrow) => push_frame(arrow, lanes, out),
        Row::Note(_, note) => push_note(&note.text, lanes, out),
        Row::States(states) => {
            for (lane, state) in states {
                let _ = write!(out, "    Note over {}: ", participant(*lane));
                push_escaped(out, state);
                out.push('\n');
            }
        }
        Row::Call(crossing) => {
            let [program, kernel] = [crossing.program, crossing.kernel].map(participant);
            let _ = match crossing.call.turn {
                Turn::In | Turn::InAndBack => write!(out, "    {program}->>{kernel}: "),
                Turn::Back => write!(out, "    {kernel}-->>{program}: "),
            };
            push_escaped(out, &crossing.call.told);
            out.push('\n');
        }
        Row::Idle(passed) => {
            let mut told = String::new();
            duration::push(*passed, &mut told);
            told.push_str(" later");
            push_note(&told, lanes, out);
        }
        // Mermaid has no scale of time; the text of a frame says when it was.
        Row::Blank => {}
    }
}

fn push_frame(arrow: &Arrow<'_>, lanes: &Lanes, out: &mut String) {
    let step = arrow.step;
    let mut said = String::new();
    text::push_number(&mut said, step.number);
    said.push_str(" · ");
    text::push_milliseconds(&mut said, step.time);
    let [(label, _), ..] = labels(step);
    let _ = write!(said, " ms · {label}");
    let Some((from, to)) = arrow.way else {
        push_note(&said, lanes, out);
        return;
    };
    let to = match to {
        Reach::Lane(to) => to..to + 1,
        Reach::All => 0..lanes.all().len(),
    };
    let is_to_many = to.len() > 1;
    let is_host = |lane: &usize| {
        let lane = lanes.all().get(*lane);
        lane.is_some_and(|lane| lane.part == Part::Host)
    };
    for to in to.filter(|to| !is_to_many || *to != from).filter(is_host) {
        let line = if step.is_lost { "-x" } else { "->>" };
        let _ = write!(out, "    {}{line}{}: ", participant(from), participant(to));
        push_escaped(out, &said);
        out.push('\n');
    }
}

/// A note over all participants.
fn push_note(text: &str, lanes: &Lanes, out: &mut String) {
    let last = lanes.all().len().saturating_sub(1);
    let _ = write!(out, "    Note over {}", participant(0));
    if last > 0 {
        let _ = write!(out, ",{}", participant(last));
    }
    out.push_str(": ");
    push_escaped(out, text);
    out.push('\n');
}

/// Appends a text as Mermaid's character codes (`#59;`), but for letters, digits and what has no meaning in its
/// grammar. Two letters have one, since it marks the codes with them while it works: `ﬂ` and `ß`.
fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        let is_plain = character.is_alphanumeric() && !matches!(character, 'ﬂ' | 'ß')
            || " .,?!()=/'\"-·→…×".contains(character);
        if is_plain {
            out.push(character);
        } else {
            let _ = write!(out, "#{};", u32::from(character));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_means_something_to_mermaid_is_left_in_a_text() {
        let mut out = String::new();
        push_escaped(&mut out, "a;b\n%%{c}#<d>:\"你好\" ﬂ°");
        assert_eq!(
            out,
            "a#59;b#10;#37;#37;#123;c#125;#35;#60;d#62;#58;\"你好\" #64258;#176;"
        );
    }
}
