//! IMAP: a program works in a mailbox that stays on its server, line by line (RFC 9051; RFC 3501).
//!
//! ```text
//! S: * OK ready                     C: a3 FETCH 2 (BODY[])
//! C: a1 LOGIN ada secret            S: * 2 FETCH (BODY[] {48}
//! S: a1 OK LOGIN done               S: Subject: Lunch
//! C: a2 SELECT inbox                S:
//! S: * 2 EXISTS                     S: At noon?
//! S: a2 OK [READ-WRITE] done        S: )
//!                                   S: a3 OK FETCH done
//! ```
//!
//! Each command has a tag of the client's own, and the reply that ends it has the same: so several may be under way. A
//! text of any length, a literal, has the number of its bytes before it; that of a client mostly waits for the server
//! to say that it may come. How lines and literals follow each other, `imap_lines` tells.

use std::ops::Range;

use super::imap_lines::{self as parts, Part};
use super::line_dialogue::{Dialogue, Progress, Speaker, Step};
use super::lines;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static IS_REQUEST: FieldDef = FieldDef::flag("imap.isrequest", "Request")
    .computed(|view| Some(u64::from(Speaker::of(view) == Speaker::Client)))
    .rfc(9051, "2.2")
    .meaning("Whether the client says it; otherwise the server does.");

static LINE: FieldDef = FieldDef::text("imap.line", "Line")
    .rfc(9051, "2.2")
    .meaning("A line of either side: a command, a reply, or what stands behind a literal.");

static REQUEST: FieldDef = FieldDef::text("imap.request", "Command")
    .detail()
    .rfc(9051, "2.2.1")
    .meaning("What is wanted, with a tag before it that the reply will have, too.");

static REQUEST_TAG: FieldDef = FieldDef::text("imap.request_tag", "Tag of the command")
    .detail()
    .joint("imap.tag")
    .rfc(9051, "2.2.1")
    .meaning("What the client calls this command: the reply that ends it has the same.");

static IS_BY_UID: FieldDef = FieldDef::flag("imap.request.command.uid", "By unique numbers")
    .derived()
    .rfc(9051, "6.4.9")
    .meaning("The letters are named by numbers that stay theirs, and not by their places in the mailbox.");

static COMMAND: FieldDef = FieldDef::text("imap.request.command", "Verb")
    .detail()
    .joint("imap.command")
    .rfc(9051, "6")
    .meaning("LOGIN says who the client is, LIST lists mailboxes, SELECT opens one, FETCH fetches letters or parts of them, SEARCH finds some, STORE marks them, APPEND puts one there, IDLE waits for news, LOGOUT ends.");

static FOLDER: FieldDef = FieldDef::text("imap.request.folder", "Mailbox")
    .detail()
    .rfc(9051, "5.1")
    .meaning("The mailbox that the command is about; INBOX is the one that letters come to.");

static USER: FieldDef = FieldDef::text("imap.request.username", "User")
    .detail()
    .rfc(9051, "6.2.3")
    .meaning("Whose mailboxes the client wants to look into.");

static PASSWORD: FieldDef = FieldDef::text("imap.request.password", "Password")
    .detail()
    .rfc(9051, "6.2.3")
    .meaning("The password as it is: without TLS, anybody on the way reads it.");

static ANSWER: FieldDef = FieldDef::text("imap.auth.answer", "Answer to the challenge")
    .rfc(9051, "6.2.2")
    .meaning("What the client answers when the server asks who looks into the mailboxes, in base64. That is no encryption: without TLS, anybody on the way can read it.");

static RESPONSE: FieldDef = FieldDef::text("imap.response", "Reply")
    .detail()
    .rfc(9051, "7.1")
    .meaning("How a command went; or, behind a plus, that the client is to go on.");

static RESPONSE_TAG: FieldDef = FieldDef::text("imap.response_tag", "Tag of the reply")
    .detail()
    .joint("imap.tag")
    .rfc(9051, "2.2.2")
    .meaning("The tag of the command that this ends; a plus where the client is to go on.");

static STATUS: FieldDef = FieldDef::text("imap.response.status", "Status")
    .detail()
    .rfc(9051, "7.1")
    .meaning("How it went, for programs: OK well, NO not, BAD was no command.");

static RESPONSE_COMMAND: FieldDef = FieldDef::text("imap.response.command", "First word")
    .detail()
    .joint("imap.command")
    .rfc(9051, "7.1")
    .meaning(
        "What stands behind the status: mostly the verb that this answers, or a code in brackets.",
    );

static UNTAGGED: FieldDef = FieldDef::text("imap.untagged", "News")
    .detail()
    .rfc(9051, "2.2.2")
    .meaning("What the server tells behind an asterisk: what was asked for, or what has changed meanwhile.");

static LITERAL: FieldDef = FieldDef::text("imap.literal", "Literal")
    .rfc(9051, "4.3")
    .meaning("A text whose length the line before tells in braces: mostly a letter.");

/// The frame with the command that a reply ends.
pub static RESPONSE_TO: FieldDef = FieldDef::decimal("imap.response_to", "Command in frame")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("The frame with the command that this reply ends: both have one tag.");

/// How long that took.
pub static TIME: FieldDef = FieldDef::duration("imap.time", "Since the command")
    .unit("seconds")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("How long the command took: from its frame to the one with the reply that ends it.");

/// IMAP.
pub static PROTOCOL: Protocol = Protocol {
    name: "imap",
    label: "IMAP",
    title: "Internet Message Access Protocol",
    purpose: "Works in mailboxes that stay on their server: lists, searches, fetches and marks letters, from any number of devices.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(9051, "")],
    parents: &[Selector::TcpPort(143)],
    fields: &[
        &IS_REQUEST,
        &LINE,
        &REQUEST,
        &REQUEST_TAG,
        &IS_BY_UID,
        &COMMAND,
        &FOLDER,
        &USER,
        &PASSWORD,
        &ANSWER,
        &RESPONSE,
        &RESPONSE_TAG,
        &STATUS,
        &RESPONSE_COMMAND,
        &UNTAGGED,
        &LITERAL,
        &RESPONSE_TO,
        &TIME,
    ],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(|bytes, _| lines::one_line(bytes)),
    is_plain_data: false,
    summary,
};

/// How it goes on.
pub static DIALOGUE: Dialogue = Dialogue { framing, hear };

fn framing(bytes: &[u8], _: usize, speaker: Speaker, progress: &Progress) -> Framing {
    match (speaker, progress.step) {
        (_, Step::Tls) => Framing::Whole(bytes.len()),
        (Speaker::Client, Step::Literal(length)) => parts::literal_framing(bytes, length),
        (Speaker::Server, Step::TlsAsked) => lines::one_line(bytes),
        (speaker, _) => parts::framing(bytes, speaker),
    }
}

fn hear(message: &[u8], speaker: Speaker, progress: &mut Progress) {
    if progress.step == Step::Tls {
        return;
    }
    if let (Speaker::Client, Step::Literal(length)) = (speaker, progress.step) {
        // One that is too long to be kept goes on.
        progress.step = match length.saturating_sub(message.len() as u64) {
            0 => Step::Lines,
            rest => Step::Literal(rest),
        };
        return;
    }
    for part in parts::of(message) {
        let Part::Line { range, is_first } = part else {
            continue;
        };
        let line = message.get(range).unwrap_or_default();
        progress.step = match speaker {
            Speaker::Client => after_command(line, is_first),
            Speaker::Server if is_first => after_reply(line, progress.step),
            Speaker::Server => progress.step,
        };
    }
}

fn after_command(line: &[u8], is_first: bool) -> Step {
    if let Some((length @ 1.., parts::Sending::WhenAllowed)) = parts::literal_behind(line) {
        return Step::Literal(length);
    }
    let is = |verb: &[u8]| is_first && parts::verb(line).eq_ignore_ascii_case(verb);
    if is(b"STARTTLS") {
        Step::TlsAsked
    } else if is(b"AUTHENTICATE") {
        Step::Challenged
    } else {
        Step::Lines
    }
}

fn after_reply(line: &[u8], step: Step) -> Step {
    if line.starts_with(b"*") || line.starts_with(b"+") {
        return step;
    }
    match step {
        Step::TlsAsked if parts::verb(line).eq_ignore_ascii_case(b"OK") => Step::Tls,
        // It is refused, or done with.
        Step::TlsAsked | Step::Literal(_) | Step::Challenged => Step::Lines,
        step => step,
    }
}

/// Verbs whose first argument is a mailbox (RFC 9051, section 6).
const ABOUT_MAILBOXES: &[&[u8]] = &[
    b"SELECT",
    b"EXAMINE",
    b"CREATE",
    b"DELETE",
    b"RENAME",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"STATUS",
    b"APPEND",
];

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let speaker = Speaker::of(view);
    if speaker == Speaker::Client && parts::is_literal(bytes) {
        out.bytes(&LITERAL, 0..bytes.len());
        return;
    }
    if !lines::are_text(bytes) {
        return;
    }
    for part in parts::of(bytes) {
        match part {
            Part::Literal(range) => out.bytes(&LITERAL, range),
            Part::Line { range, is_first } => {
                let line = bytes.get(range.clone()).unwrap_or_default();
                if is_first && speaker == Speaker::Client && parts::is_answer(line) {
                    lines::expand_line(&ANSWER, range, out);
                    continue;
                }
                lines::expand_line(&LINE, range.clone(), out);
                match (is_first, speaker) {
                    (false, _) => {}
                    (true, Speaker::Client) => expand_command(bytes, &range, out),
                    (true, Speaker::Server) => expand_reply(bytes, &range, out),
                }
            }
        }
    }
}

fn expand_command(bytes: &[u8], line: &Range<usize>, out: &mut Expander<'_>) {
    let all = line.start..lines::end_of_text(bytes, line);
    if all.is_empty() {
        return;
    }
    let mut words = parts::words(bytes, line);
    out.bytes(&REQUEST, all);
    let Some(tag) = words.next() else {
        return;
    };
    out.bytes(&REQUEST_TAG, tag);
    let Some(mut verb) = words.next() else {
        return;
    };
    let is = |range: &Range<usize>, known: &[u8]| {
        let word = bytes.get(range.clone()).unwrap_or_default();
        word.eq_ignore_ascii_case(known)
    };
    if is(&verb, b"UID")
        && let Some(next) = words.next()
    {
        out.derived_below(&IS_BY_UID, 1);
        verb = next;
    }
    out.bytes(&COMMAND, verb.clone());
    if is(&verb, b"LOGIN") {
        for field in [&USER, &PASSWORD] {
            if let Some(word) = words.next() {
                out.bytes(field, parts::without_quotes(bytes, word));
            }
        }
    } else if ABOUT_MAILBOXES.iter().any(|known| is(&verb, known))
        && let Some(word) = words.next()
    {
        out.bytes(&FOLDER, parts::without_quotes(bytes, word));
    }
}

fn expand_reply(bytes: &[u8], line: &Range<usize>, out: &mut Expander<'_>) {
    let end = lines::end_of_text(bytes, line);
    let mut words = parts::words(bytes, line);
    let Some(tag) = words.next() else {
        return;
    };
    let is_tag = |tag_of: &[u8]| bytes.get(tag.clone()) == Some(tag_of);
    if is_tag(b"*") {
        out.bytes(&UNTAGGED, (tag.end + 1).min(end)..end);
        return;
    }
    out.bytes(&RESPONSE, line.start..end);
    out.bytes(&RESPONSE_TAG, tag.clone());
    if is_tag(b"+") {
        return;
    }
    for field in [&STATUS, &RESPONSE_COMMAND] {
        if let Some(word) = words.next() {
            out.bytes(field, word);
        }
    }
}

/// How many lines of a message a line of a list shows.
const MOST_SHOWN: usize = 8;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let speaker = Speaker::of(view);
    if speaker == Speaker::Client && parts::is_literal(bytes) {
        out.push_str(speaker.letter());
        put_literal(bytes.len(), out);
        return;
    }
    if !lines::are_text(bytes) {
        lines::put_other(bytes, out);
        return;
    }
    out.push_str(speaker.letter());
    for (index, part) in parts::of(bytes).enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        if index == MOST_SHOWN {
            out.push('…');
            return;
        }
        match part {
            Part::Line { range, .. } if lines::end_of_text(bytes, &range) == range.start => {
                out.push_str("the end of the line");
            }
            Part::Line { range, .. } => lines::put_line(bytes, &range, out),
            Part::Literal(range) => put_literal(range.len(), out),
        }
    }
}

fn put_literal(length: usize, out: &mut Draft) {
    out.push_str("a text of ");
    out.put_byte_count(length);
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_segment_between, seen};
    use crate::model::frame::LinkType;

    fn sent(ports: [u16; 2], bytes: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_segment_between(ports, bytes))
    }

    #[test]
    fn a_password_is_told_as_it_is() {
        let seen = sent([40_000, 143], b"a1 LOGIN ada \"se cret\"\r\n");
        assert!(
            seen.line.contains("  C: a1 LOGIN ada \"se cret\"  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("imap"),
            [
                "= imap.isrequest 1",
                r#"imap.line a1 LOGIN ada "se cret"\r\n"#,
                r#"  - imap.request a1 LOGIN ada "se cret""#,
                "  - imap.request_tag a1",
                "  - imap.request.command LOGIN",
                "  - imap.request.username ada",
                "  - imap.request.password se cret",
            ]
        );
    }

    #[test]
    fn a_letter_that_is_fetched_is_told_by_its_length_whatever_it_looks_like() {
        let seen = sent(
            [143, 40_000],
            b"* 1 FETCH (BODY[] {13}\r\na9 OK is it\r\n)\r\na2 OK [X] done\r\n",
        );
        assert!(
            seen.line
                .contains("  S: * 1 FETCH (BODY[] {13} | a text of 13 bytes | ) | a2 OK [X] done"),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("imap")[1..],
            [
                r"imap.line * 1 FETCH (BODY[] {13}\r\n",
                "  - imap.untagged 1 FETCH (BODY[] {13}",
                r"imap.literal a9 OK is it\r\n",
                r"imap.line )\r\n",
                r"imap.line a2 OK [X] done\r\n",
                "  - imap.response a2 OK [X] done",
                "  - imap.response_tag a2",
                "  - imap.response.status OK",
                "  - imap.response.command [X]",
            ]
        );
    }

    #[test]
    fn commands_by_unique_numbers_and_about_mailboxes_are_told() {
        let seen = sent(
            [40_000, 143],
            b"7 uid fetch 3 (FLAGS)\r\n8 EXAMINE \"my box\"\r\n",
        );
        assert_eq!(
            seen.chosen("imap", &["imap.request.", "imap.request_tag"]),
            [
                "- imap.request_tag 7",
                "= imap.request.command.uid 1",
                "- imap.request.command fetch",
                "- imap.request_tag 8",
                "- imap.request.command EXAMINE",
                "- imap.request.folder my box",
            ]
        );
    }

    #[test]
    fn an_answer_to_a_challenge_and_a_literal_are_no_commands() {
        let answer = sent([40_000, 143], b"AGFkYQBzZWNyZXQ=\r\n");
        assert_eq!(
            answer.fields("imap")[1..],
            [r"imap.auth.answer AGFkYQBzZWNyZXQ=\r\n"]
        );
        let letter = sent([40_000, 143], b"Subject: Lunch\r\n\r\nAt noon?\r\n");
        assert!(
            letter.line.contains("  C: a text of 28 bytes  ["),
            "{}",
            letter.line
        );
        let goes_on = sent([143, 40_000], b"+ go ahead\r\n");
        assert_eq!(
            goes_on.chosen("imap", &["imap.response"]),
            ["- imap.response + go ahead", "- imap.response_tag +"]
        );
    }
}
