//! FTP: a program fetches files from a server, or brings some (RFC 959). This is its control connection.
//!
//! ```text
//! S: 220 ready              C: EPSV
//! C: USER anonymous         S: 229 Entering extended passive mode (|||50039|)
//! S: 331 and the password?  C: RETR hello.txt
//! C: PASS me@example.org    S: 125 it comes
//! S: 230 welcome            S: 226 that was it
//! ```
//!
//! Each file and each list comes on a connection of its own, to a port that one side names here. What is said on
//! that one is the file itself: bytes that nobody decodes.

use std::net::Ipv4Addr;
use std::str::FromStr;

use super::ftp_replies;
use super::line_dialogue::{Dialogue, Progress, Speaker, Step};
use super::lines::{self, CommandFields, ReplyFields};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static REQUEST: FieldDef = FieldDef::flag("ftp.request", "Request")
    .computed(|view| is_said_by(view, Speaker::Client))
    .named(YES_OR_NO)
    .rfc(959, "4.1")
    .meaning("The client says what it wants.");

static RESPONSE: FieldDef = FieldDef::flag("ftp.response", "Response")
    .computed(|view| is_said_by(view, Speaker::Server))
    .named(YES_OR_NO)
    .rfc(959, "4.2")
    .meaning("The server of the files answers, or greets.");

static COMMAND_LINE: FieldDef = FieldDef::text("ftp.request.line", "Command")
    .rfc(959, "5.3")
    .meaning(
        "A line of who wants files or brings them: what is to be done; the server answers each.",
    );

static COMMAND: FieldDef = FieldDef::text("ftp.request.command", "Verb")
    .detail()
    .rfc(959, "4.1")
    .meaning("USER and PASS say who the client is, CWD changes the folder, PWD asks for it, TYPE says how bytes are sent, PASV, EPSV, PORT and EPRT prepare a connection for data, LIST lists files, RETR fetches one, STOR brings one, QUIT ends.");

static ARGUMENT: FieldDef = FieldDef::text("ftp.request.arg", "Argument")
    .detail()
    .rfc(959, "5.3")
    .meaning("What the verb is about: a file, a name. Behind PASS it is the password: without TLS, anybody on the way can read it.");

static REPLY: FieldDef = FieldDef::text("ftp.response.line", "Reply")
    .rfc(959, "4.2")
    .meaning("A line that tells how it went; with a minus behind the code, others follow until one with a blank there.");

static CODE: FieldDef = FieldDef::decimal("ftp.response.code", "Code")
    .named(ftp_replies::NAMES)
    .derived()
    .rfc(959, "4.2.1")
    .meaning(
        "How it went, for programs: 1xx has begun, 2xx well, 3xx go on, 4xx not now, 5xx never.",
    );

static TEXT: FieldDef = FieldDef::text("ftp.response.arg", "Text")
    .detail()
    .rfc(959, "4.2")
    .meaning(
        "How it went, in words for people; sometimes with a size, a folder or a port for programs.",
    );

static PASSIVE_IP: FieldDef = FieldDef::ipv4("ftp.passive.ip", "Address for data")
    .derived()
    .rfc(959, "4.1.2")
    .meaning("Where the server waits for the connection that brings the data: the first four of six numbers.");

static PASSIVE_PORT: FieldDef = FieldDef::decimal("ftp.passive.port", "Port for data")
    .derived()
    .rfc(959, "4.1.2")
    .meaning("On which port the server waits for it: the fifth number times 256, and the sixth.");

static EPSV_PORT: FieldDef = FieldDef::decimal("ftp.epsv.port", "Port for data")
    .derived()
    .rfc(2428, "3")
    .meaning("On which port the server waits for the connection that brings the data; its address is that of this connection.");

static ACTIVE_IP: FieldDef = FieldDef::ipv4("ftp.active.cip", "Address for data")
    .derived()
    .rfc(959, "4.1.2")
    .meaning("Where the client waits for the connection that brings the data: the first four of six numbers.");

static ACTIVE_PORT: FieldDef = FieldDef::decimal("ftp.active.port", "Port for data")
    .derived()
    .rfc(959, "4.1.2")
    .meaning("On which port the client waits for it: the fifth number times 256, and the sixth. A firewall before the client lets nobody through to it.");

static EPRT_FAMILY: FieldDef = FieldDef::decimal("ftp.eprt.af", "Kind of address")
    .named(&[(1, "IPv4"), (2, "IPv6")])
    .derived()
    .rfc(2428, "2")
    .meaning("Whether the address is one of IPv4 or of IPv6.");

static EPRT_IP: FieldDef = FieldDef::ipv4("ftp.eprt.ip", "Address for data")
    .derived()
    .rfc(2428, "2")
    .meaning("Where the client waits for the connection that brings the data.");

static EPRT_PORT: FieldDef = FieldDef::decimal("ftp.eprt.port", "Port for data")
    .derived()
    .rfc(2428, "2")
    .meaning("On which port the client waits for the connection that brings the data.");

const YES_OR_NO: &[(u64, &str)] = &[(0, "no"), (1, "yes")];

const OF_COMMANDS: CommandFields = CommandFields {
    line: &COMMAND_LINE,
    verb: &COMMAND,
    argument: &ARGUMENT,
};

const OF_REPLIES: ReplyFields = ReplyFields {
    line: &REPLY,
    code: &CODE,
    text: &TEXT,
};

/// FTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "ftp",
    label: "FTP",
    title: "File Transfer Protocol",
    purpose: "Asks a server for files, or brings it some: the dialogue; the files have connections of their own.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(959, ""), Source::Rfc(2428, "")],
    parents: &[Selector::TcpPort(21)],
    fields: &[
        &REQUEST,
        &RESPONSE,
        &COMMAND_LINE,
        &COMMAND,
        &ARGUMENT,
        &REPLY,
        &CODE,
        &TEXT,
        &PASSIVE_IP,
        &PASSIVE_PORT,
        &EPSV_PORT,
        &ACTIVE_IP,
        &ACTIVE_PORT,
        &EPRT_FAMILY,
        &EPRT_IP,
        &EPRT_PORT,
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

fn framing(bytes: &[u8], _known: usize, speaker: Speaker, progress: &Progress) -> Framing {
    match (speaker, progress.step) {
        (_, Step::Tls) => Framing::Whole(bytes.len()),
        (Speaker::Client, _) => lines::one_line(bytes),
        (Speaker::Server, _) => lines::whole_reply(bytes),
    }
}

fn hear(message: &[u8], speaker: Speaker, progress: &mut Progress) {
    progress.step = match (speaker, progress.step) {
        (_, Step::Tls) => Step::Tls,
        (Speaker::Client, _) if lines::verb(message) == *b"AUTH" => Step::TlsAsked,
        // RFC 4217, section 4.
        (Speaker::Server, Step::TlsAsked) if message.starts_with(b"234") => Step::Tls,
        _ => Step::Lines,
    };
}

fn is_said_by(view: &LayerView<'_>, speaker: Speaker) -> Option<u64> {
    lines::are_text(view.bytes).then(|| u64::from(Speaker::of(view) == speaker))
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    if !lines::are_text(bytes) {
        return;
    }
    if Speaker::of(view) == Speaker::Client {
        for line in lines::lines(bytes, 0) {
            lines::expand_command(bytes, &line, &OF_COMMANDS, out);
            let all = bytes.get(line.clone()).unwrap_or_default();
            let (_, argument) = lines::words(bytes, &line);
            let argument = bytes.get(argument).unwrap_or_default();
            expand_active(lines::verb(all), argument, out);
        }
        return;
    }
    lines::expand_reply(bytes, &OF_REPLIES, out);
    let line = lines::line_or_rest(bytes, 0);
    let text = bytes.get(line.start..lines::end_of_text(bytes, &line));
    expand_passive(text.unwrap_or_default(), out);
}

/// Adds where a client waits for data.
fn expand_active(verb: [u8; 4], argument: &[u8], out: &mut Expander<'_>) {
    match &verb {
        b"PORT" => {
            if let Some((address, port)) = six_numbers(argument) {
                out.derived_below(&ACTIVE_IP, address.into());
                out.derived_below(&ACTIVE_PORT, port.into());
            }
        }
        b"EPRT" => {
            let [Some(family), Some(address), Some(port)] = between_marks(argument) else {
                return;
            };
            let (Some(family), Some(port)) = (number::<u8>(family), number::<u16>(port)) else {
                return;
            };
            out.derived_below(&EPRT_FAMILY, family.into());
            if let Some(address) = number::<Ipv4Addr>(address).filter(|_| family == 1) {
                out.derived_below(&EPRT_IP, address.to_bits().into());
            }
            out.derived_below(&EPRT_PORT, port.into());
        }
        _ => {}
    }
}

/// Adds where a server waits for data, which it tells in the line of its reply.
fn expand_passive(line: &[u8], out: &mut Expander<'_>) {
    let Some((code, text)) = line.split_first_chunk::<3>() else {
        return;
    };
    match code {
        b"227" => {
            // Parentheses mostly stand around them, but need not.
            let begin = text.iter().position(u8::is_ascii_digit);
            let numbers = begin.and_then(|begin| text.get(begin..));
            if let Some((address, port)) = numbers.and_then(six_numbers) {
                out.derived_below(&PASSIVE_IP, address.into());
                out.derived_below(&PASSIVE_PORT, port.into());
            }
        }
        b"229" => {
            let begin = memchr::memchr(b'(', text);
            let marked = begin.and_then(|begin| text.get(begin + 1..));
            let port = marked.and_then(|marked| between_marks(marked)[2]);
            if let Some(port) = port.and_then(number::<u16>) {
                out.derived_below(&EPSV_PORT, port.into());
            }
        }
        _ => {}
    }
}

/// An address and a port in six numbers with commas between (RFC 959, section 4.1.2).
fn six_numbers(text: &[u8]) -> Option<(u32, u16)> {
    let mut rest = text;
    let mut numbers = [0; 6];
    for (index, to) in numbers.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b",")?;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, behind) = rest.split_at_checked(digits)?;
        *to = number::<u8>(digits)?;
        rest = behind;
    }
    let [a, b, c, d, high, low] = numbers;
    Some((
        u32::from_be_bytes([a, b, c, d]),
        u16::from_be_bytes([high, low]),
    ))
}

/// What stands between the first marks of `|1|192.168.1.7|4000|`; the first character is the mark (RFC 2428,
/// section 2).
fn between_marks(text: &[u8]) -> [Option<&[u8]>; 3] {
    let Some((mark, rest)) = text.split_first() else {
        return [None; 3];
    };
    let mut parts = rest.split(|byte| byte == mark);
    std::array::from_fn(|_| parts.next())
}

fn number<T: FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    if !lines::are_text(bytes) {
        lines::put_other(bytes, out);
        return;
    }
    out.push_str(match Speaker::of(view) {
        Speaker::Client => "Request: ",
        Speaker::Server => "Response: ",
    });
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
        sent([40_000, 21], bytes)
    }

    fn by_server(bytes: &[u8]) -> Seen {
        sent([21, 40_000], bytes)
    }

    #[test]
    fn a_client_tells_where_it_waits_for_data() {
        let seen = by_client(b"PORT 192,168,1,7,139,61\r\n");
        assert!(
            seen.line.contains("  Request: PORT 192,168,1,7,139,61  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("ftp"),
            [
                "= ftp.request 1 (yes)",
                "= ftp.response 0 (no)",
                r"ftp.request.line PORT 192,168,1,7,139,61\r\n",
                "  - ftp.request.command PORT",
                "  - ftp.request.arg 192,168,1,7,139,61",
                "  = ftp.active.cip 192.168.1.7",
                "  = ftp.active.port 35645",
            ]
        );
        assert_eq!(
            by_client(b"EPRT |1|192.168.1.7|56447|\r\n").chosen("ftp", &["ftp.eprt"]),
            [
                "= ftp.eprt.af 1 (IPv4)",
                "= ftp.eprt.ip 192.168.1.7",
                "= ftp.eprt.port 56447",
            ]
        );
        assert_eq!(
            by_client(b"EPRT !2!fd00::7!4000!\r\n").chosen("ftp", &["ftp.eprt"]),
            ["= ftp.eprt.af 2 (IPv6)", "= ftp.eprt.port 4000"]
        );
    }

    #[test]
    fn a_server_tells_where_it_waits_for_data() {
        let seen = by_server(b"227 Entering Passive Mode (192,168,1,6,137,101).\r\n");
        assert_eq!(
            seen.chosen("ftp", &["ftp.response.", "ftp.passive"]),
            [
                r"ftp.response.line 227 Entering Passive Mode (192,168,1,6,137,101).\r\n",
                "- ftp.response.arg Entering Passive Mode (192,168,1,6,137,101).",
                "= ftp.response.code 227 (227 waits for a connection for data)",
                "= ftp.passive.ip 192.168.1.6",
                "= ftp.passive.port 35173",
            ]
        );
        let seen = by_server(b"229 Entering extended passive mode (|||32913|).\r\n");
        assert_eq!(seen.chosen("ftp", &["ftp.epsv"]), ["= ftp.epsv.port 32913"]);
        for nothing in [
            &b"227 (192,168,1,256,1,1)\r\n"[..],
            b"227 (1,2,3)\r\n",
            b"229 (|||65536|)\r\n",
            b"229 (\r\n",
        ] {
            let seen = by_server(nothing);
            assert_eq!(seen.chosen("ftp", &["ftp.passive", "ftp.epsv"]), [""; 0]);
        }
    }

    #[test]
    fn a_reply_of_several_lines_ends_with_its_code_and_a_blank() {
        let reply = b"211-Features:\r\n SIZE\r\n211 End\r\n220 x\r\n";
        let framing = |bytes: &[u8]| framing(bytes, 0, Speaker::Server, &Progress::default());
        assert_eq!(framing(reply), Framing::Whole(31));
        assert_eq!(framing(&reply[..30]), Framing::NeedsMore);
        let seen = by_server(&reply[..31]);
        assert!(
            seen.line
                .contains("  Response: 211-Features: |  SIZE | 211 End  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.chosen("ftp", &["ftp.response.line"]),
            [
                r"ftp.response.line 211-Features:\r\n",
                r"ftp.response.line  SIZE\r\n",
                r"ftp.response.line 211 End\r\n",
            ]
        );
    }

    #[test]
    fn behind_the_go_ahead_for_tls_nothing_is_a_command() {
        let mut progress = Progress::default();
        hear(b"AUTH TLS\r\n", Speaker::Client, &mut progress);
        hear(b"234 go\r\n", Speaker::Server, &mut progress);
        assert_eq!(progress.step, Step::Tls);
        assert_eq!(
            by_client(b"\x16\x03\x01").fields("ftp"),
            ["data.gap 16:03:01"]
        );
    }
}
