//! TFTP: fetches a file, or hands one in, block by block: small enough for what starts a computer (RFC 1350).
//!
//! ```text
//!   2 bytes    text    1 byte   text   1 byte   text    1 byte   text   1 byte
//! | 01 or 02 |  file  |   0   |  mode  |   0   | option |   0   | value |   0   |  asks to read or to write
//!
//!   2 bytes   2 bytes   n bytes                2 bytes   2 bytes
//! |   03    |  block  |  data  |             |   04    |  block  |              data, and that they have come
//!
//!   2 bytes   2 bytes   text    1 byte
//! |   05    |  code   | message |  0  |                                         says no
//! ```
//!
//! Each block is acknowledged before the next one is sent; the first one that is shorter than the others is the last.
//! Servers answer from a port of their own for each transfer, unless they are told not to: from there on, datagrams
//! without port 69 are data here.

use std::ops::Range;

use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;

static OPCODE: FieldDef = FieldDef::decimal("tftp.opcode", "Opcode")
    .at(0, 2)
    .named(OPCODES)
    .rfc(1350, "5")
    .meaning("What the message is: a request to read or write, data, their acknowledgement, or an error.");

static SOURCE_FILE: FieldDef = FieldDef::spelled("tftp.source_file", "Source file", spell)
    .rfc(1350, "5")
    .meaning("The file that the client wants to have.");

static DESTINATION_FILE: FieldDef =
    FieldDef::spelled("tftp.destination_file", "Destination file", spell)
        .rfc(1350, "5")
        .meaning("The file that the client wants to write on the server; there is no password.");

static MODE: FieldDef = FieldDef::spelled("tftp.type", "Transfer mode", spell)
    .rfc(1350, "1")
    .meaning("Whether bytes are sent as they are (octet), or as text with its line ends made the same (netascii).");

static OPTION: FieldDef = FieldDef::heading("tftp.option", "Option")
    .rfc(2347, "")
    .meaning("What client and server agree on beyond the first standard: the server repeats what it takes.");

static OPTION_NAME: FieldDef = FieldDef::spelled("tftp.option.name", "Option name", spell)
    .rfc(2347, "")
    .meaning("Bytes of a block (blksize), size of the file (tsize), seconds before something is sent again (timeout).");

static OPTION_VALUE: FieldDef = FieldDef::spelled("tftp.option.value", "Option value", spell)
    .rfc(2347, "")
    .meaning("The value of the option, written as text; a client asks for the size of a file by saying 0.");

static BLOCK: FieldDef = FieldDef::decimal("tftp.block", "Block")
    .rfc(1350, "5")
    .meaning("Which block it is, counted from 1; block 0 is acknowledged where options or a file to write are agreed on.");

static DATA: FieldDef = FieldDef::bytes("tftp.data", "Data of the block")
    .rfc(1350, "5")
    .meaning("A piece of the file, 512 bytes unless another size is agreed on; a shorter one is the last.");

static ERROR_CODE: FieldDef = FieldDef::decimal("tftp.error.code", "Error code")
    .named(ERRORS)
    .rfc(1350, "5")
    .meaning("Why the transfer ends here; nobody answers to it.");

static ERROR_MESSAGE: FieldDef = FieldDef::spelled("tftp.error.message", "Error message", spell)
    .rfc(1350, "5")
    .meaning("The same in words, for people.");

/// TFTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "tftp",
    label: "TFTP",
    title: "Trivial File Transfer Protocol",
    purpose: "Fetches the file that a computer starts from, or a telephone its configuration, with next to nothing.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[
        Source::Rfc(1350, ""),
        Source::Rfc(2347, ""),
        Source::Rfc(2348, ""),
        Source::Rfc(2349, ""),
    ],
    parents: &[Selector::UdpPort(69)],
    fields: &[
        &OPCODE,
        &SOURCE_FILE,
        &DESTINATION_FILE,
        &MODE,
        &OPTION,
        &OPTION_NAME,
        &OPTION_VALUE,
        &BLOCK,
        &DATA,
        &ERROR_CODE,
        &ERROR_MESSAGE,
    ],
    endpoints: None,
    measure: None,
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

const OPCODES: &[(u64, &str)] = &[
    (1, "Read Request"),
    (2, "Write Request"),
    (3, "Data Packet"),
    (4, "Acknowledgement"),
    (5, "Error Code"),
    (6, "Option Acknowledgement"),
];

const ERRORS: &[(u64, &str)] = &[
    (0, "Not defined"),
    (1, "File not found"),
    (2, "Access violation"),
    (3, "Disk full or allocation exceeded"),
    (4, "Illegal TFTP Operation"),
    (5, "Unknown transfer ID"),
    (6, "File already exists"),
    (7, "No such user"),
    (8, "Option negotiation failed"),
];

const READ: u16 = 1;
const WRITE: u16 = 2;
const BLOCK_OF_DATA: u16 = 3;
const ACKNOWLEDGEMENT: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS_TAKEN: u16 = 6;

/// How long an opcode is, and a block's number or an error's code behind it.
const OPCODE_LENGTH: usize = 2;
const HEAD: usize = 4;

/// How many options a line tells.
const MOST_TOLD: usize = 16;

fn name_of(names: &'static [(u64, &'static str)], number: u16) -> &'static str {
    let found = names.iter().find(|(known, _)| *known == u64::from(number));
    found.map_or("Unknown", |(_, name)| name)
}

fn opcode(bytes: &[u8]) -> Option<u16> {
    bits::u16_at(bytes, 0)
}

/// The texts of a message, each with the byte of zeros behind it; the last one may be without.
fn texts(bytes: &[u8], start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|byte| *byte == 0);
        let text = at..end.map_or(bytes.len(), |end| at + end + 1);
        at = text.end;
        Some(text)
    })
}

/// A text without the byte of zeros behind it.
fn without_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(&[0]).unwrap_or(bytes)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    match opcode(bytes) {
        Some(code @ (READ | WRITE)) => {
            let file = if code == READ {
                &SOURCE_FILE
            } else {
                &DESTINATION_FILE
            };
            let mut texts = texts(bytes, OPCODE_LENGTH);
            for definition in [file, &MODE] {
                out.bytes(definition, texts.next().unwrap_or_default());
            }
            expand_options(texts, out);
        }
        Some(OPTIONS_TAKEN) => expand_options(texts(bytes, OPCODE_LENGTH), out),
        Some(BLOCK_OF_DATA | ACKNOWLEDGEMENT) => {
            out.bytes(&BLOCK, OPCODE_LENGTH..HEAD);
            out.bytes(&DATA, HEAD..bytes.len());
        }
        Some(ERROR) => {
            out.bytes(&ERROR_CODE, OPCODE_LENGTH..HEAD);
            let message = texts(bytes, HEAD).next();
            out.bytes(&ERROR_MESSAGE, message.unwrap_or_default());
        }
        _ => out.bytes(&DATA, OPCODE_LENGTH..bytes.len()),
    }
}

/// Adds names and values of options, which stand one behind the other.
fn expand_options(mut texts: impl Iterator<Item = Range<usize>>, out: &mut Expander<'_>) {
    while let Some(name) = texts.next() {
        let value = texts.next().unwrap_or(name.end..name.end);
        out.bytes(&OPTION, name.start..value.end);
        out.bytes(&OPTION_NAME, name);
        out.bytes(&OPTION_VALUE, value);
    }
}

/// Spells a text, without the byte of zeros that ends it.
fn spell(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    for chunk in without_end(bytes).utf8_chunks() {
        put(chunk.valid());
        if !chunk.invalid().is_empty() {
            put("\u{fffd}");
        }
    }
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    let bytes = view.bytes;
    if !view.is_whole() {
        return None;
    }
    let (least, has_texts) = match opcode(bytes) {
        Some(BLOCK_OF_DATA | ACKNOWLEDGEMENT) => (HEAD, false),
        Some(ERROR) => (HEAD, true),
        Some(READ | WRITE | OPTIONS_TAKEN) => (OPCODE_LENGTH, true),
        Some(_) => {
            let why = "is no opcode of TFTP";
            return Some(FaultKind::BadValue { why });
        }
        None => (OPCODE_LENGTH, false),
    };
    if bytes.len() < least {
        let around = view.around().last();
        return Some(FaultKind::TooShort {
            needed: least as u64,
            present: bytes.len() as u64,
            believed: Believed::Enclosing(around.map_or("", |layer| layer.protocol.label)),
        });
    }
    let ends = bytes.len() == least || bytes.last() == Some(&0);
    let why = "a text has no end: a byte of zeros";
    (has_texts && !ends).then_some(FaultKind::BadValue { why })
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let Some(code) = opcode(bytes) else {
        return;
    };
    out.push_str(name_of(OPCODES, code));
    let number = bits::u16_at(bytes, OPCODE_LENGTH);
    match (code, number) {
        (READ | WRITE, _) => {
            let mut texts = texts(bytes, OPCODE_LENGTH);
            for before in [", File: ", ", Transfer type: "] {
                out.push_str(before);
                put_text(bytes, texts.next().unwrap_or_default(), out);
            }
            put_options(bytes, texts, out);
        }
        (OPTIONS_TAKEN, _) => put_options(bytes, texts(bytes, OPCODE_LENGTH), out),
        (BLOCK_OF_DATA | ACKNOWLEDGEMENT, Some(block)) => {
            out.push_str(", Block: ");
            out.put_number(block.into());
        }
        (ERROR, Some(code)) => {
            out.push_str(", Code: ");
            out.push_str(name_of(ERRORS, code));
            out.push_str(", Message: ");
            put_text(bytes, texts(bytes, HEAD).next().unwrap_or_default(), out);
        }
        _ => {}
    }
}

fn put_options(bytes: &[u8], mut texts: impl Iterator<Item = Range<usize>>, out: &mut Draft) {
    for _ in 0..MOST_TOLD {
        let Some(name) = texts.next() else {
            return;
        };
        out.push_str(", ");
        put_text(bytes, name, out);
        out.push('=');
        put_text(bytes, texts.next().unwrap_or_default(), out);
    }
}

fn put_text(bytes: &[u8], place: Range<usize>, out: &mut Draft) {
    text::put_escaped(out, without_end(bytes.get(place).unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen, seen_of};
    use crate::model::frame::LinkType;

    fn packet(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + message.len()).unwrap().to_be_bytes();
        let header = [0x9c, 0x40, 0, 69, length[0], length[1], 0, 0];
        in_ipv4(17, &[&header[..], message].concat())
    }

    fn sent(message: &[u8]) -> Seen {
        seen(LinkType::IPV4, &packet(message))
    }

    #[test]
    fn a_request_names_a_file_a_mode_and_options() {
        let seen = sent(b"\0\x01boot\0octet\0blksize\x001024\0tsize\x000\0");
        assert_eq!(seen.layers[1..], ["udp", "tftp"]);
        assert_eq!(
            seen.fields("tftp"),
            [
                "tftp.opcode 1 (Read Request)",
                "tftp.source_file boot",
                "tftp.type octet",
                "tftp.option",
                "  tftp.option.name blksize",
                "  tftp.option.value 1024",
                "tftp.option",
                "  tftp.option.name tsize",
                "  tftp.option.value 0",
            ]
        );
        let told = "  Read Request, File: boot, Transfer type: octet, blksize=1024, tsize=0";
        assert!(seen.line.ends_with(told), "{}", seen.line);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn the_line_tells_what_each_message_is() {
        for (message, told) in [
            (
                &b"\0\x02new\0octet\0"[..],
                "Write Request, File: new, Transfer type: octet",
            ),
            (b"\0\x03\0\x07data", "Data Packet, Block: 7"),
            (b"\0\x03\0\x08", "Data Packet, Block: 8"),
            (b"\0\x04\0\x07", "Acknowledgement, Block: 7"),
            (
                b"\0\x05\0\x01no\0",
                "Error Code, Code: File not found, Message: no",
            ),
            (b"\0\x06tsize\x009\0", "Option Acknowledgement, tsize=9"),
        ] {
            let seen = sent(message);
            assert!(seen.line.ends_with(&format!("  {told}")), "{}", seen.line);
            assert_eq!(seen.faults, [""; 0]);
        }
    }

    #[test]
    fn a_block_is_its_number_and_data() {
        assert_eq!(
            sent(b"\0\x03\0\x07ab").fields("tftp")[1..],
            ["tftp.block 7", "tftp.data 61:62"]
        );
        assert_eq!(
            sent(b"\0\x05\0\x04\x1b[m\0").fields("tftp")[1..],
            [
                "tftp.error.code 4 (Illegal TFTP Operation)",
                "tftp.error.message \\x1b[m"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (message, fault) in [
            (&b"\0\x01boot"[..], "a text has no end"),
            (b"\0\x05\0\x01no", "a text has no end"),
            (b"\0\x09what", "is no opcode of TFTP"),
            (b"\0\x04\0", "needs 4 bytes"),
            (b"\0", "needs 2 bytes"),
        ] {
            let faults = sent(message).faults;
            assert_eq!(faults.len(), 1, "{message:?}: {faults:?}");
            assert!(faults[0].starts_with(fault), "{faults:?}");
        }
    }

    #[test]
    fn a_message_that_the_capture_cut_is_not_wrong() {
        let whole = packet(b"\0\x01boot\0octet\0blksize\x001024\0");
        for end in 29..whole.len() {
            let seen = seen_of(LinkType::IPV4, &whole[..end], whole.len());
            assert_eq!(seen.faults.len(), 1, "{end}: {:?}", seen.faults);
            assert!(seen.faults[0].starts_with("cut by the capture"));
        }
    }
}
