//! SMTP: a program hands a letter to a mail server, line by line (RFC 5321).
//!
//! ```text
//! S: 220 mail.example ready          C: DATA
//! C: EHLO client.example             S: 354 End with a line of a dot
//! S: 250-mail.example                C: Subject: Lunch
//! S: 250 8BITMIME                    C:
//! C: MAIL FROM:<ada@example.org>     C: At noon?
//! S: 250 OK                          C: .
//! C: RCPT TO:<bob@example.org>       S: 250 the letter is taken
//! ```
//!
//! What a client sends behind DATA is the letter, until a line of a dot alone. A reply of several lines is read as
//! far as its lines have come: each begins with the code.

use super::line_dialogue::{Dialogue, Progress, Speaker, Step};
use super::lines::{self, CommandFields, ReplyFields, TextFields};
use super::smtp_replies;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static REQUEST: FieldDef = FieldDef::flag("smtp.req", "Request")
    .computed(|view| {
        matches!(Said::of(view), Said::Commands | Said::Answer | Said::Line).then_some(1)
    })
    .named(YES)
    .rfc(5321, "4.1")
    .meaning("The client says what it wants; a letter that it hands in is no request.");

static RESPONSE: FieldDef = FieldDef::flag("smtp.rsp", "Response")
    .computed(|view| matches!(Said::of(view), Said::Reply).then_some(1))
    .named(YES)
    .rfc(5321, "4.2")
    .meaning("The mail server answers, or greets.");

static COMMAND_LINE: FieldDef = FieldDef::text("smtp.command_line", "Command")
    .rfc(5321, "4.1")
    .meaning("A line of who hands letters in: what is wanted; the mail server answers each.");

static COMMAND: FieldDef = FieldDef::text("smtp.req.command", "Verb")
    .detail()
    .rfc(5321, "4.1.1")
    .meaning("EHLO greets, MAIL names the sender of a letter, RCPT one who gets it, DATA hands it in, AUTH says who the client is, STARTTLS asks for encryption, RSET begins anew, QUIT ends.");

static PARAMETER: FieldDef = FieldDef::text("smtp.req.parameter", "Argument")
    .detail()
    .rfc(5321, "4.1.2")
    .meaning("What the verb is about: a name, an address, a way to log in. A password behind AUTH PLAIN is in base64, which hides nothing: anybody on the way can read it.");

static ANSWER: FieldDef = FieldDef::text("smtp.auth.answer", "Answer to the challenge")
    .rfc(4954, "4")
    .meaning("What the client answers when the server asks who it is: a name, a password, or a proof, in base64. That is no encryption: without TLS, anybody on the way can read it.");

static LINE: FieldDef = FieldDef::text("smtp.message", "Line")
    .rfc(5321, "4.5.3.1.6")
    .meaning("A line of the client that begins with no command known here; a line of a letter whose beginning is not there, perhaps.");

static REPLY: FieldDef = FieldDef::text("smtp.response", "Reply")
    .rfc(5321, "4.2")
    .meaning(
        "A line that tells how it went; a minus behind the code says that another line follows.",
    );

static CODE: FieldDef = FieldDef::decimal("smtp.response.code", "Code")
    .named(smtp_replies::NAMES)
    .derived()
    .rfc(5321, "4.2.1")
    .meaning("How it went, for programs: 2xx well, 3xx go on, 4xx not now, 5xx never.");

static TEXT: FieldDef = FieldDef::text("smtp.rsp.parameter", "Text")
    .detail()
    .rfc(5321, "4.2")
    .meaning("How it went, in words for people; behind EHLO, what the server can do.");

static LETTER: FieldDef = FieldDef::text("smtp.data", "Letter")
    .rfc(5321, "4.1.1.4")
    .meaning("The letter as it goes on its way: lines that say more of it (RFC 5322), an empty line, and what its writer wrote.");

static STUFFED: FieldDef = FieldDef::text("smtp.data.stuffed", "Dot put before a dot")
    .rfc(5321, "4.5.2")
    .meaning("A line of the letter begins with a dot; another is put before it, and taken off at the other end, so that no line looks like the last one.");

static END: FieldDef = FieldDef::text("smtp.data.end", "End of the letter")
    .rfc(5321, "4.1.1.4")
    .meaning("A line of a dot alone: the letter is complete, and what follows is a command again.");

const YES: &[(u64, &str)] = &[(1, "yes")];

const OF_COMMANDS: CommandFields = CommandFields {
    line: &COMMAND_LINE,
    verb: &COMMAND,
    argument: &PARAMETER,
};

const OF_REPLIES: ReplyFields = ReplyFields {
    line: &REPLY,
    code: &CODE,
    text: &TEXT,
};

const OF_LETTERS: TextFields = TextFields {
    text: &LETTER,
    stuffed: &STUFFED,
    end: &END,
};

/// SMTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "smtp",
    label: "SMTP",
    title: "Simple Mail Transfer Protocol",
    purpose: "Hands a letter to a mail server, and from there to the next: who sends it, who gets it, and the letter.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(5321, "")],
    parents: &[Selector::TcpPort(25), Selector::TcpPort(587)],
    fields: &[
        &REQUEST,
        &RESPONSE,
        &COMMAND_LINE,
        &COMMAND,
        &PARAMETER,
        &ANSWER,
        &LINE,
        &REPLY,
        &CODE,
        &TEXT,
        &LETTER,
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

/// The verbs of clients, as far as IANA or mail servers know them.
const VERBS: &[&[u8]] = &[
    b"EHLO",
    b"HELO",
    b"MAIL",
    b"RCPT",
    b"DATA",
    b"BDAT",
    b"RSET",
    b"NOOP",
    b"QUIT",
    b"VRFY",
    b"EXPN",
    b"HELP",
    b"AUTH",
    b"STARTTLS",
    b"ETRN",
    b"ATRN",
    b"TURN",
    b"SEND",
    b"SOML",
    b"SAML",
    b"BURL",
    b"XCLIENT",
    b"XFORWARD",
];

fn framing(bytes: &[u8], known: usize, speaker: Speaker, progress: &Progress) -> Framing {
    match (speaker, progress.step) {
        (_, Step::Tls) => Framing::Whole(bytes.len()),
        (Speaker::Server, _) => lines::reply_lines(bytes),
        (Speaker::Client, Step::TextAsked | Step::Text) => lines::until_lone_dot(bytes, known),
        (Speaker::Client, _) => match (lines::one_line(bytes), piece_length(bytes)) {
            (Framing::Whole(line), Some(length)) => match line.checked_add(length) {
                Some(end) if end <= bytes.len() => Framing::Whole(end),
                _ => Framing::NeedsMore,
            },
            (line, _) => line,
        },
    }
}

/// How many bytes of a letter follow a command that says so (RFC 3030, section 2).
fn piece_length(bytes: &[u8]) -> Option<usize> {
    if lines::verb(bytes) != *b"BDAT" {
        return None;
    }
    let (_, argument) = lines::words(bytes, &lines::line_or_rest(bytes, 0));
    let digits = bytes.get(argument)?.split(|byte| *byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn hear(message: &[u8], speaker: Speaker, progress: &mut Progress) {
    progress.step = match (speaker, progress.step) {
        (_, Step::Tls) => Step::Tls,
        // A letter that is too long to be kept goes on.
        (Speaker::Client, step @ (Step::TextAsked | Step::Text)) => {
            if lines::end_with_lone_dot(message) {
                Step::Lines
            } else {
                step
            }
        }
        // Whatever it looks like.
        (Speaker::Client, Step::Challenged) => Step::Lines,
        (Speaker::Client, _) => match &lines::verb(message) {
            b"DATA" => Step::TextAsked,
            b"STAR" => Step::TlsAsked,
            _ => Step::Lines,
        },
        (Speaker::Server, step) => {
            let code = lines::code(message, &lines::line_or_rest(message, 0));
            after_reply(step, code.map_or(0, |(code, _)| code))
        }
    };
}

fn after_reply(step: Step, code: u16) -> Step {
    match (step, code) {
        // What is refused may have been another command: several may be sent at once.
        (Step::TextAsked | Step::TextRefused, 354) => Step::Text,
        (Step::TextAsked, 400..) => Step::TextRefused,
        (Step::TlsAsked, 220) => Step::Tls,
        (Step::Lines | Step::Challenged, 334) => Step::Challenged,
        // A reply to a letter tells that it has ended, where its end is not in the capture, or is one to the server
        // alone.
        (Step::Text | Step::TlsAsked | Step::Challenged, _) => Step::Lines,
        (step, _) => step,
    }
}

/// What somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// The server answers.
    Reply,
    /// The client gives commands: one, unless the frame is read for itself.
    Commands,
    /// It answers a challenge.
    Answer,
    /// It says a line that is no command.
    Line,
    /// It hands a letter in.
    Letter,
    /// No text at all.
    Other,
}

impl Said {
    /// The bytes tell: a letter ends with a dot alone, and has more lines than a command.
    fn of(view: &LayerView<'_>) -> Self {
        let bytes = view.bytes;
        if !lines::are_text(bytes) {
            return Self::Other;
        }
        if Speaker::of(view) == Speaker::Server {
            return Self::Reply;
        }
        let line = lines::line_or_rest(bytes, 0);
        let (first, _) = lines::words(bytes, &line);
        let first = bytes.get(first).unwrap_or_default();
        let is_alone = line.end == bytes.len();
        if piece_length(bytes).is_some() {
            Self::Commands
        } else if lines::end_with_lone_dot(bytes) {
            Self::Letter
        } else if VERBS.iter().any(|verb| first.eq_ignore_ascii_case(verb)) {
            Self::Commands
        } else if !is_alone {
            Self::Letter
        } else if lines::is_base64(bytes) {
            Self::Answer
        } else {
            Self::Line
        }
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    match Said::of(view) {
        Said::Reply => lines::expand_reply(bytes, &OF_REPLIES, out),
        Said::Commands => expand_commands(bytes, out),
        Said::Answer => lines::expand_line(&ANSWER, 0..bytes.len(), out),
        Said::Line => lines::expand_line(&LINE, 0..bytes.len(), out),
        Said::Letter => lines::expand_text(bytes, 0, &OF_LETTERS, out),
        Said::Other => {}
    }
}

fn expand_commands(bytes: &[u8], out: &mut Expander<'_>) {
    for line in lines::lines(bytes, 0) {
        lines::expand_command(bytes, &line, &OF_COMMANDS, out);
        if bytes.get(line.clone()).and_then(piece_length).is_some() {
            out.bytes(&LETTER, line.end..bytes.len());
            return;
        }
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let said = Said::of(view);
    match said {
        Said::Reply => out.push_str(Speaker::Server.letter()),
        Said::Commands | Said::Answer | Said::Line => out.push_str(Speaker::Client.letter()),
        Said::Letter => {
            out.push_str(Speaker::Client.letter());
            out.push_str("a letter of ");
            out.put_byte_count(bytes.len());
            return;
        }
        Said::Other => {
            lines::put_other(bytes, out);
            return;
        }
    }
    let line = lines::line_or_rest(bytes, 0);
    if let Some(length) = bytes.get(line.clone()).and_then(piece_length) {
        lines::put_line(bytes, &line, out);
        out.push_str(", a letter's piece of ");
        out.put_byte_count(length);
        return;
    }
    lines::put_lines(bytes, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_segment_between, seen};
    use crate::model::frame::LinkType;

    fn sent(ports: [u16; 2], bytes: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_segment_between(ports, bytes))
    }

    fn by_client(bytes: &[u8]) -> Seen {
        sent([40_000, 25], bytes)
    }

    fn by_server(bytes: &[u8]) -> Seen {
        sent([587, 40_000], bytes)
    }

    #[test]
    fn a_command_is_a_verb_and_an_argument() {
        let seen = by_client(b"mail FROM:<ada@example.org> SIZE=9\r\n");
        assert!(
            seen.line
                .contains("  C: mail FROM:<ada@example.org> SIZE=9  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("smtp"),
            [
                "= smtp.req 1 (yes)",
                r"smtp.command_line mail FROM:<ada@example.org> SIZE=9\r\n",
                "  - smtp.req.command mail",
                "  - smtp.req.parameter FROM:<ada@example.org> SIZE=9",
            ]
        );
    }

    #[test]
    fn a_reply_has_a_code_in_each_of_its_lines() {
        let seen = by_server(b"250-mail.example\r\n250 HELP\r\n");
        assert!(
            seen.line.contains("  S: 250-mail.example | 250 HELP  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("smtp"),
            [
                "= smtp.rsp 1 (yes)",
                r"smtp.response 250-mail.example\r\n",
                "  - smtp.rsp.parameter mail.example",
                "  = smtp.response.code 250 (250 done)",
                r"smtp.response 250 HELP\r\n",
                "  - smtp.rsp.parameter HELP",
                "  = smtp.response.code 250 (250 done)",
            ]
        );
    }

    #[test]
    fn a_letter_ends_with_a_dot_and_has_one_before_each_other() {
        let seen = by_client(b"Subject: Hi\r\n\r\n..profile\r\n.\r\n");
        assert!(
            seen.line.contains("  C: a letter of 29 bytes  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("smtp"),
            [
                r"smtp.data Subject: Hi\r\n\r\n",
                "smtp.data.stuffed .",
                r"smtp.data .profile\r\n",
                r"smtp.data.end .\r\n",
            ]
        );
    }

    #[test]
    fn an_answer_to_a_challenge_is_no_command_and_bytes_of_tls_are_neither() {
        let seen = by_client(b"AGFkYQBzZWNyZXQ=\r\n");
        assert_eq!(
            seen.fields("smtp"),
            [
                "= smtp.req 1 (yes)",
                r"smtp.auth.answer AGFkYQBzZWNyZXQ=\r\n"
            ]
        );
        let seen = by_client(b"\x16\x03\x01\x02\x00\x01");
        assert_eq!(seen.fields("smtp"), ["data.gap 16:03:01:02:00:01"]);
    }

    #[test]
    fn a_piece_of_a_letter_is_as_long_as_its_command_says() {
        let bytes = b"BDAT 4 LAST\r\nhi\r\nQUIT\r\n";
        let length = framing(bytes, 0, Speaker::Client, &Progress::default());
        assert_eq!(length, Framing::Whole(17));
        let endless = b"BDAT 18446744073709551615\r\nhi\r\n";
        let length = framing(endless, 0, Speaker::Client, &Progress::default());
        assert_eq!(length, Framing::NeedsMore);
        assert_eq!(
            by_client(&bytes[..17]).chosen("smtp", &["smtp.req.", "smtp.data"]),
            [
                "- smtp.req.command BDAT",
                "- smtp.req.parameter 4 LAST",
                r"smtp.data hi\r\n",
            ]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_shown_and_blamed() {
        let longest = [&b"NOOP "[..], &[b'x'; lines::MOST_LINE - 6]].concat();
        let blamed = |bytes: &[u8]| by_client(bytes).faults.into_iter().nth(1);
        assert_eq!(blamed(&longest), None);
        let longer = [&longest[..], b"x"].concat();
        let why = "the line has 16384 bytes or more: the longest that is allowed has 12288";
        assert_eq!(blamed(&longer).as_deref(), Some(why));
    }

    /// How far a dialogue is after these messages.
    fn after(said: &[(Speaker, &[u8])]) -> Step {
        let mut progress = Progress::default();
        for (speaker, message) in said {
            hear(message, *speaker, &mut progress);
        }
        progress.step
    }

    #[test]
    fn what_follows_data_is_a_letter_unless_the_server_refuses_it() {
        use Speaker::{Client, Server};
        let asked: (Speaker, &[u8]) = (Client, b"DATA\r\n");
        assert_eq!(after(&[asked]), Step::TextAsked);
        let goes: (Speaker, &[u8]) = (Server, b"354 go\r\n");
        assert_eq!(after(&[asked, goes]), Step::Text);
        let refused: (Speaker, &[u8]) = (Server, b"554 no\r\n");
        assert_eq!(after(&[asked, refused]), Step::TextRefused);
        // One of several who get it is not known here; those who are get it.
        assert_eq!(after(&[asked, refused, goes]), Step::Text);
        assert_eq!(after(&[asked, (Client, b"Hi\r\n.\r\n")]), Step::Lines);
        // Where the capture has not all of the letter, its reply tells that it has ended.
        let missed = [asked, goes, (Client, b"Hi\r\n"), (Server, b"250 OK\r\n")];
        assert_eq!(after(&missed), Step::Lines);
    }

    #[test]
    fn an_answer_to_a_challenge_is_none_that_a_letter_follows() {
        use Speaker::{Client, Server};
        let asked: (Speaker, &[u8]) = (Server, b"334 UGFzc3dvcmQ6\r\n");
        assert_eq!(after(&[asked, (Client, b"DATA\r\n")]), Step::Lines);
        let refused = [asked, (Server, b"535 no\r\n"), (Client, b"DATA\r\n")];
        assert_eq!(after(&refused), Step::TextAsked);
    }

    #[test]
    fn behind_the_go_ahead_for_tls_nothing_is_a_command() {
        use Speaker::{Client, Server};
        let asked: (Speaker, &[u8]) = (Client, b"starttls\r\n");
        assert_eq!(after(&[asked, (Server, b"454 no\r\n")]), Step::Lines);
        let gone = [asked, (Server, b"220 go\r\n"), (Client, b"QUIT\r\n")];
        assert_eq!(after(&gone), Step::Tls);
    }
}
