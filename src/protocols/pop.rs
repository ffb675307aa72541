//! POP3: a program looks into a mailbox and fetches its letters, line by line (RFC 1939).
//!
//! ```text
//! S: +OK ready          C: LIST         C: RETR 1
//! C: USER ada           S: +OK 1        S: +OK 48
//! S: +OK                S: 1 48         S: Subject: Lunch
//! C: PASS secret        S: .            S:
//! S: +OK                                S: At noon?
//!                                       S: .
//! ```
//!
//! Whether a text follows a reply, until a line of a dot alone, depends on the command.

use super::line_dialogue::{Dialogue, Progress, Speaker, Step, Waiting};
use super::lines::{self, CommandFields, TextFields};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static REQUEST: FieldDef = FieldDef::text("pop.request", "Command")
    .rfc(1939, "3")
    .meaning("A line of who looks into the mailbox: what is wanted; the server answers each.");

static COMMAND: FieldDef = FieldDef::text("pop.request.command", "Verb")
    .detail()
    .rfc(1939, "3")
    .meaning("USER and PASS say who the client is, STAT counts the letters, LIST lists them, RETR fetches one, TOP its beginning, DELE deletes it, CAPA asks what the server can do, STLS for encryption, QUIT ends.");

static PARAMETER: FieldDef = FieldDef::text("pop.request.parameter", "Argument")
    .detail()
    .rfc(1939, "3")
    .meaning("What the verb is about: the number of a letter, a name. Behind PASS it is the password: without TLS, anybody on the way can read it.");

static ANSWER: FieldDef = FieldDef::text("pop.request.data", "Answer to the challenge")
    .rfc(5034, "4")
    .meaning("The answer when the server asks who looks into the mailbox: a name, a password, or a proof, in base64. That hides nothing: without TLS, anybody on the way can read it.");

static RESPONSE: FieldDef = FieldDef::text("pop.response", "Reply")
    .rfc(1939, "3")
    .meaning("How it went; behind some commands, a text follows.");

static INDICATOR: FieldDef = FieldDef::text("pop.response.indicator", "Status")
    .detail()
    .rfc(1939, "3")
    .meaning("How it went, for programs: +OK well, -ERR not; a plus alone asks who the client is.");

static DESCRIPTION: FieldDef = FieldDef::text("pop.response.description", "Text")
    .detail()
    .rfc(1939, "3")
    .meaning("How it went, in words for people; behind STAT, how many letters there are and how many bytes they have.");

static DATA: FieldDef = FieldDef::text("pop.response.data", "Text of the reply")
    .rfc(1939, "3")
    .meaning("What was asked for: a letter, or a list with a line for each.");

static STUFFED: FieldDef = FieldDef::text("pop.response.stuffed", "Dot put before a dot")
    .rfc(1939, "3")
    .meaning("A line of the text begins with a dot; another is put before it, and taken off by the client, so that no line looks like the last one.");

static END: FieldDef = FieldDef::text("pop.response.end", "End of the text")
    .rfc(1939, "3")
    .meaning("A line of a dot alone: the reply is complete.");

const OF_COMMANDS: CommandFields = CommandFields {
    line: &REQUEST,
    verb: &COMMAND,
    argument: &PARAMETER,
};

const OF_TEXTS: TextFields = TextFields {
    text: &DATA,
    stuffed: &STUFFED,
    end: &END,
};

/// POP3.
pub static PROTOCOL: Protocol = Protocol {
    name: "pop",
    label: "POP3",
    title: "Post Office Protocol, Version 3",
    purpose: "Looks into a mailbox on a server and fetches its letters to the computer where they are read.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(1939, ""), Source::Rfc(2449, "")],
    parents: &[Selector::TcpPort(110)],
    fields: &[
        &REQUEST,
        &COMMAND,
        &PARAMETER,
        &ANSWER,
        &RESPONSE,
        &INDICATOR,
        &DESCRIPTION,
        &DATA,
        &STUFFED,
        &END,
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

const WELL: &[u8] = b"+OK";

fn framing(bytes: &[u8], known: usize, speaker: Speaker, progress: &Progress) -> Framing {
    if progress.step == Step::Tls {
        return Framing::Whole(bytes.len());
    }
    let has_text = speaker == Speaker::Server && progress.waiting.has_text();
    let is_well = bytes.starts_with(WELL) || progress.step == Step::Text;
    if has_text && is_well {
        return lines::until_lone_dot(bytes, known);
    }
    lines::one_line(bytes)
}

fn hear(message: &[u8], speaker: Speaker, progress: &mut Progress) {
    match (speaker, progress.step) {
        (_, Step::Tls) => {}
        (Speaker::Client, Step::Challenged) => progress.step = Step::Lines,
        (Speaker::Client, _) => {
            progress.waiting.ask(asks_for_text(message));
            if lines::verb(message) == *b"STLS" {
                progress.step = Step::TlsAsked;
            }
        }
        (Speaker::Server, Step::TlsAsked) if message.starts_with(WELL) => {
            *progress = Progress {
                step: Step::Tls,
                waiting: Waiting::default(),
            };
        }
        (Speaker::Server, _) if message.starts_with(b"+ ") => progress.step = Step::Challenged,
        // A text that is too long to be kept goes on.
        (Speaker::Server, _)
            if progress.waiting.has_text()
                && !message.starts_with(b"-")
                && !lines::end_with_lone_dot(message) =>
        {
            progress.step = Step::Text;
        }
        (Speaker::Server, _) => {
            progress.step = Step::Lines;
            progress.waiting.answer();
        }
    }
}

/// Whether a text follows the reply to this command, where it went well (RFC 1939, sections 5 and 7; RFC 2449,
/// section 5; RFC 6856, section 3.2).
fn asks_for_text(command: &[u8]) -> bool {
    let (_, argument) = lines::words(command, &lines::line_or_rest(command, 0));
    match &lines::verb(command) {
        b"RETR" | b"CAPA" | b"TOP\0" => true,
        b"LIST" | b"UIDL" | b"AUTH" | b"LANG" => argument.is_empty(),
        _ => false,
    }
}

/// The verbs of clients (RFC 1939; RFC 2449; RFC 2595; RFC 5034; RFC 6856).
const VERBS: &[&[u8]] = &[
    b"USER", b"PASS", b"APOP", b"STAT", b"LIST", b"RETR", b"DELE", b"NOOP", b"RSET", b"QUIT",
    b"TOP", b"UIDL", b"CAPA", b"STLS", b"AUTH", b"UTF8", b"LANG",
];

fn is_answer(bytes: &[u8], verb: &[u8]) -> bool {
    let is_known = VERBS.iter().any(|known| verb.eq_ignore_ascii_case(known));
    !is_known && lines::is_base64(bytes)
}

fn is_reply(bytes: &[u8]) -> bool {
    [WELL, b"-ERR", b"+ "]
        .iter()
        .any(|status| bytes.starts_with(status))
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    if !lines::are_text(bytes) {
        return;
    }
    if Speaker::of(view) == Speaker::Client {
        for line in lines::lines(bytes, 0) {
            let (verb, _) = lines::words(bytes, &line);
            let all = bytes.get(line.clone()).unwrap_or_default();
            if is_answer(all, bytes.get(verb).unwrap_or_default()) {
                lines::expand_line(&ANSWER, line, out);
            } else {
                lines::expand_command(bytes, &line, &OF_COMMANDS, out);
            }
        }
        return;
    }
    let mut text = 0;
    if is_reply(bytes) {
        let line = lines::line_or_rest(bytes, 0);
        let (status, description) = lines::words(bytes, &line);
        text = line.end;
        out.bytes(&RESPONSE, line.clone());
        out.bytes(&INDICATOR, status);
        out.bytes(&DESCRIPTION, description);
        lines::blame_length(&line, out);
    }
    lines::expand_text(bytes, text, &OF_TEXTS, out);
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    if !lines::are_text(bytes) {
        lines::put_other(bytes, out);
        return;
    }
    let speaker = Speaker::of(view);
    out.push_str(speaker.letter());
    if speaker == Speaker::Client {
        lines::put_lines(bytes, out);
        return;
    }
    let line = lines::line_or_rest(bytes, 0);
    let mut length = bytes.len();
    if is_reply(bytes) {
        lines::put_line(bytes, &line, out);
        length -= line.len();
        if length == 0 {
            return;
        }
        out.push_str("  ");
    }
    out.push_str("a text of ");
    out.put_byte_count(length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_segment_between, seen};
    use crate::model::frame::LinkType;

    fn sent(ports: [u16; 2], bytes: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_segment_between(ports, bytes))
    }

    #[test]
    fn a_password_is_an_argument_like_any_other() {
        let seen = sent([40_000, 110], b"PASS se cret\r\n");
        assert!(seen.line.contains("  C: PASS se cret  ["), "{}", seen.line);
        assert_eq!(
            seen.fields("pop"),
            [
                r"pop.request PASS se cret\r\n",
                "  - pop.request.command PASS",
                "  - pop.request.parameter se cret",
            ]
        );
    }

    #[test]
    fn a_text_follows_a_reply_and_ends_with_a_dot() {
        let seen = sent([110, 40_000], b"+OK 2\r\n1 48\r\n..2\r\n.\r\n");
        assert!(
            seen.line.contains("  S: +OK 2  a text of 14 bytes  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("pop"),
            [
                r"pop.response +OK 2\r\n",
                "  - pop.response.indicator +OK",
                "  - pop.response.description 2",
                r"pop.response.data 1 48\r\n",
                "pop.response.stuffed .",
                r"pop.response.data .2\r\n",
                r"pop.response.end .\r\n",
            ]
        );
    }

    #[test]
    fn an_answer_to_a_challenge_is_no_command_and_bytes_of_tls_are_neither() {
        let seen = sent([40_000, 110], b"c2VjcmV0\r\n");
        assert_eq!(seen.fields("pop"), [r"pop.request.data c2VjcmV0\r\n"]);
        let seen = sent([110, 40_000], b"\x16\x03\x03\x00\x7a");
        assert_eq!(seen.fields("pop"), ["data.gap 16:03:03:00:7a"]);
    }

    /// How long the reply to the last of these messages is.
    fn reply_after(said: &[(Speaker, &[u8])], reply: &[u8]) -> Option<usize> {
        let mut progress = Progress::default();
        for (speaker, message) in said {
            hear(message, *speaker, &mut progress);
        }
        match framing(reply, 0, Speaker::Server, &progress) {
            Framing::Whole(length) => Some(length),
            _ => None,
        }
    }

    #[test]
    fn whether_a_text_follows_depends_on_the_command() {
        use Speaker::{Client, Server};
        let text = b"+OK\r\n1 48\r\n.\r\n";
        assert_eq!(reply_after(&[(Client, b"list\r\n")], text), Some(14));
        assert_eq!(reply_after(&[(Client, b"list\r\n")], &text[..12]), None);
        assert_eq!(reply_after(&[(Client, b"LIST 1\r\n")], text), Some(5));
        assert_eq!(reply_after(&[(Client, b"TOP 1 0\r\n")], text), Some(14));
        assert_eq!(reply_after(&[(Client, b"LANG\r\n")], text), Some(14));
        assert_eq!(reply_after(&[(Client, b"LANG de\r\n")], text), Some(5));
        let none = b"-ERR no such letter\r\n";
        assert_eq!(reply_after(&[(Client, b"RETR 9\r\n")], none), Some(21));
        // Several may be asked at once.
        let said: [(Speaker, &[u8]); 4] = [
            (Server, b"+OK ready\r\n"),
            (Client, b"DELE 1\r\n"),
            (Client, b"RETR 2\r\n"),
            (Server, b"+OK\r\n"),
        ];
        assert_eq!(reply_after(&said, text), Some(14));
        assert_eq!(reply_after(&said[..3], text), Some(5));
    }

    #[test]
    fn behind_the_go_ahead_for_tls_all_bytes_are_taken_as_they_come() {
        let said: [(Speaker, &[u8]); 2] = [
            (Speaker::Client, b"STLS\r\n"),
            (Speaker::Server, b"+OK go\r\n"),
        ];
        assert_eq!(reply_after(&said, b"\n\n\n"), Some(3));
    }
}
