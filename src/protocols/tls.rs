//! TLS: encrypts what two programs say to each other, once a handshake has agreed how (RFC 8446; what TLS 1.2 sends
//! in the open, too).
//!
//! Its records are known by how they begin, on whatever port. A listener on the way sees the hellos, of which the
//! rest of the handshake follows encrypted; then only how long what is said is, and when it is said.

use std::ops::Range;

use super::tls_record::{self, Content, Record};
use super::tls_vectors::{Heard, Reader};
use super::{tls_extensions, tls_handshake, tls_hellos, tls_names, tls_opened, x509};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::framing::{Answering, Framing};
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

/// What a record carries.
pub static CONTENT_TYPE: FieldDef = FieldDef::decimal("tls.record.content_type", "Content type")
    .named(CONTENT_TYPES)
    .rfc(8446, "5.1")
    .meaning("What the record carries; in TLS 1.3 all that is encrypted is called application data, so that nobody sees what it is.");

static VERSION: FieldDef = FieldDef::hex("tls.record.version", "Version")
    .named_by(tls_names::version)
    .rfc(8446, "5.1")
    .meaning("What old programs on the way expect here, and not the version that is spoken: the hellos tell that.");

static LENGTH: FieldDef = FieldDef::decimal("tls.record.length", "Length")
    .unit("bytes")
    .rfc(8446, "5.1")
    .meaning(
        "How long the record is behind this field; this much of what is encrypted everybody sees.",
    );

static CHANGE_CIPHER_SPEC: FieldDef = FieldDef::hex("tls.change_cipher_spec", "Change of cipher")
    .rfc(8446, "5")
    .meaning("From here on, the sender encrypts; in TLS 1.3 it means nothing, and is there for old programs on the way.");

/// Why the connection ends.
pub static ALERT: FieldDef = FieldDef::heading("tls.alert_message", "Alert")
    .rfc(8446, "6")
    .meaning("One side tells the other why it ends the connection.");

/// How bad it is.
pub static ALERT_LEVEL: FieldDef = FieldDef::decimal("tls.alert_message.level", "Level")
    .named(LEVELS)
    .rfc(8446, "6")
    .meaning("How bad it is: behind a fatal alert nothing more is said.");

/// What went wrong.
pub static ALERT_DESCRIPTION: FieldDef = FieldDef::decimal("tls.alert_message.desc", "Description")
    .named(ALERTS)
    .rfc(8446, "6")
    .meaning("What went wrong: Unknown CA says that the client does not trust who signed the server's certificate.");

/// Nobody on the way knows which.
pub static ENCRYPTED_ALERT: FieldDef = FieldDef::bytes("tls.alert_message.encrypted", "Encrypted alert")
    .rfc(8446, "6")
    .meaning("An alert that only the other side can read; at the end of a connection mostly that it is over.");

/// What the programs say.
pub static APPLICATION_DATA: FieldDef = FieldDef::bytes("tls.app_data", "Encrypted application data")
    .rfc(8446, "5.2")
    .meaning("What the programs say, which only they can read; how long it is, and when it is sent, is all that can be seen.");

static HEARTBEAT: FieldDef = FieldDef::bytes("tls.heartbeat_message", "Heartbeat message")
    .rfc(6520, "4")
    .meaning("Asks whether the other side is still there, or answers that it is.");

/// What nobody knows the beginning of.
pub static CONTINUED: FieldDef = FieldDef::bytes("tls.continued", "More of a record")
    .rfc(8446, "5.1")
    .meaning(
        "No record begins here: these bytes go on with one whose beginning is not in the capture.",
    );

const CONTENT_TYPES: &[(u64, &str)] = &[
    (20, "Change Cipher Spec"),
    (21, "Alert"),
    (22, "Handshake"),
    (23, "Application Data"),
    (24, "Heartbeat"),
];

/// The level of an alert after which nothing comes.
pub const FATAL: u64 = 2;

const LEVELS: &[(u64, &str)] = &[(1, "Warning"), (FATAL, "Fatal")];

/// The names of alerts (RFC 8446, section 6, and the registry of IANA).
const ALERTS: &[(u64, &str)] = &[
    (0, "Close Notify"),
    (10, "Unexpected Message"),
    (20, "Bad Record MAC"),
    (21, "Decryption Failed"),
    (22, "Record Overflow"),
    (30, "Decompression Failure"),
    (40, "Handshake Failure"),
    (41, "No Certificate"),
    (42, "Bad Certificate"),
    (43, "Unsupported Certificate"),
    (44, "Certificate Revoked"),
    (45, "Certificate Expired"),
    (46, "Certificate Unknown"),
    (47, "Illegal Parameter"),
    (48, "Unknown CA"),
    (49, "Access Denied"),
    (50, "Decode Error"),
    (51, "Decrypt Error"),
    (60, "Export Restriction"),
    (70, "Protocol Version"),
    (71, "Insufficient Security"),
    (80, "Internal Error"),
    (86, "Inappropriate Fallback"),
    (90, "User Canceled"),
    (100, "No Renegotiation"),
    (109, "Missing Extension"),
    (110, "Unsupported Extension"),
    (111, "Certificate Unobtainable"),
    (112, "Unrecognized Name"),
    (113, "Bad Certificate Status Response"),
    (114, "Bad Certificate Hash Value"),
    (115, "Unknown PSK Identity"),
    (116, "Certificate Required"),
    (120, "No Application Protocol"),
    (121, "ECH Required"),
];

const OWN: [&FieldDef; 11] = [
    &CONTENT_TYPE,
    &VERSION,
    &LENGTH,
    &CHANGE_CIPHER_SPEC,
    &ALERT,
    &ALERT_LEVEL,
    &ALERT_DESCRIPTION,
    &ENCRYPTED_ALERT,
    &APPLICATION_DATA,
    &HEARTBEAT,
    &CONTINUED,
];

const HANDSHAKE: [&FieldDef; tls_handshake::FIELDS.len() + tls_hellos::FIELDS.len()] =
    joined(&[&tls_handshake::FIELDS, &tls_hellos::FIELDS]);

const OTHERS: [&FieldDef;
    tls_opened::OWN.len() + tls_extensions::FIELDS.len() + x509::FIELDS.len()] =
    joined(&[&tls_opened::OWN, &tls_extensions::FIELDS, &x509::FIELDS]);

static FIELDS: [&FieldDef; OWN.len() + HANDSHAKE.len() + OTHERS.len()] =
    joined(&[&OWN, &HANDSHAKE, &OTHERS]);

/// TLS.
pub static PROTOCOL: Protocol = Protocol {
    name: "tls",
    label: "TLS",
    title: "Transport Layer Security",
    purpose: "Encrypts what two programs say, and proves to the client who the server is: the S of HTTPS.",
    standing: STANDING,
    sources: &[Source::Rfc(8446, ""), Source::Rfc(8422, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(framing),
    is_plain_data: false,
    summary,
};

/// Where it stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Presentation,
    tcp_ip: TcpIpLayer::Application,
    pdu: Pdu::Record,
};

/// A record, and what is in it.
struct Opened<'a> {
    record: Record,
    /// What goes on with a message that the record before began; empty in nearly all.
    continued: Range<usize>,
    /// The rest of its content.
    content: Reader<'a>,
    /// How many bytes of its last message are in records behind it.
    owed: usize,
}

/// The records in these bytes; a message of the handshake may be in several.
fn opened(bytes: &[u8]) -> impl Iterator<Item = Opened<'_>> {
    let mut owed = 0;
    tls_record::records(bytes).map(move |record| {
        let mut content = record.content_in(bytes);
        if record.content != Content::Handshake {
            owed = 0;
        }
        let continued = content.take_most(owed);
        owed -= continued.len();
        if owed == 0 && record.content == Content::Handshake {
            owed = tls_handshake::owed(content.clone());
        }
        Opened {
            record,
            continued,
            content,
            owed,
        }
    })
}

/// In how many records a message of the handshake may be; what is in more is shown as it comes.
pub const MOST_RECORDS: usize = 512;

/// How long the record is that begins with these bytes, with those that its last message goes on in.
fn framing(bytes: &[u8], _: Answering) -> Framing {
    let mut together = 0;
    for opened in opened(bytes).take(MOST_RECORDS) {
        let end = opened.record.place().end;
        if together > 0 && opened.record.content != Content::Handshake {
            // A message that does not go on is told as far as it is there.
            return Framing::Whole(together);
        }
        if end > bytes.len() {
            return Framing::NeedsMore;
        }
        together = end;
        if opened.owed == 0 {
            return Framing::Whole(together);
        }
    }
    let rest = bytes.get(together..).unwrap_or_default();
    match tls_record::framing(rest) {
        Framing::Whole(_) if together > 0 => Framing::Whole(together),
        of_rest => of_rest,
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    if Record::of(bytes).is_none() {
        out.bytes(&CONTINUED, 0..bytes.len());
    }
    for opened in opened(bytes) {
        let at = opened.record.start;
        out.bytes(&CONTENT_TYPE, at..at + 1);
        out.bytes(&VERSION, at + 1..at + 3);
        out.bytes(&LENGTH, at + 3..at + tls_record::HEADER);
        tls_handshake::expand_continued(opened.continued, out);
        if opened.content.left() > 0 {
            expand_content(&opened.record, view, opened.content, out);
        }
    }
}

fn expand_content(
    record: &Record,
    view: &LayerView<'_>,
    mut content: Reader<'_>,
    out: &mut Expander<'_>,
) {
    match record.content {
        Content::ChangeCipherSpec => content.tell_rest(&CHANGE_CIPHER_SPEC, out),
        Content::Alert => {
            out.bytes(&ALERT, content.rest());
            if record.is_alert_in_the_open() {
                content.tell(&ALERT_LEVEL, 1, out);
                content.tell(&ALERT_DESCRIPTION, 1, out);
            } else {
                content.tell_rest(&ENCRYPTED_ALERT, out);
            }
        }
        Content::Handshake => {
            let heard = Heard {
                bytes: view.bytes,
                time: view.frame.time,
            };
            tls_handshake::expand(heard, content, out);
        }
        Content::ApplicationData => content.tell_rest(&APPLICATION_DATA, out),
        Content::Heartbeat => content.tell_rest(&HEARTBEAT, out),
    }
}

/// How many records a line names, where one has several.
const NAMED: usize = 8;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    if Record::of(bytes).is_none() {
        out.put_byte_count(bytes.len());
        out.push_str(" more of a record");
    }
    // What only goes on with a message was named where that began.
    let begins = |opened: &Opened<'_>| opened.continued.is_empty() || opened.content.left() > 0;
    // Nor that something is encrypted, where what it is is told.
    let says_more =
        |opened: &Opened<'_>| !(view.is_before_its_plaintext && is_sealed(&opened.record, bytes));
    let named = opened(bytes).filter(begins).filter(says_more).take(NAMED);
    for (index, opened) in named.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        put_record(&opened.record, bytes, opened.content, out);
    }
}

/// Whether nobody on the way can read what the record carries.
fn is_sealed(record: &Record, bytes: &[u8]) -> bool {
    match record.content {
        Content::ApplicationData => true,
        Content::Alert => !record.is_alert_in_the_open(),
        Content::Handshake => !tls_handshake::is_readable(record.content_in(bytes)),
        Content::ChangeCipherSpec | Content::Heartbeat => false,
    }
}

fn put_record(record: &Record, bytes: &[u8], content: Reader<'_>, out: &mut Draft) {
    match record.content {
        Content::ChangeCipherSpec => out.push_str("Change Cipher Spec"),
        Content::Alert if record.is_alert_in_the_open() => {
            put_alert(bytes.get(content.rest()).unwrap_or_default(), out);
        }
        Content::Alert => out.push_str("Encrypted Alert"),
        Content::Handshake => tls_handshake::summary(bytes, content, out),
        Content::ApplicationData => {
            out.push_str("Application Data (");
            out.put_byte_count(record.length);
            out.push_str(" encrypted)");
        }
        Content::Heartbeat => out.push_str("Heartbeat"),
    }
}

/// Puts what an alert says.
pub fn put_alert(alert: &[u8], out: &mut Draft) {
    out.push_str("Alert");
    if let &[level, description] = alert {
        let name = |definition: &FieldDef, number: u8| {
            definition.symbols.of(number.into()).unwrap_or("unknown")
        };
        out.push_str(" (Level: ");
        out.push_str(name(&ALERT_LEVEL, level));
        out.push_str(", Description: ");
        out.push_str(name(&ALERT_DESCRIPTION, description));
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    fn sent(bytes: &[u8]) -> Seen {
        seen(LinkType::IPV4, &in_segment(bytes))
    }

    #[test]
    fn an_alert_says_how_bad_it_is_and_why() {
        let seen = sent(&[21, 3, 3, 0, 2, 2, 48]);
        let said = "  Alert (Level: Fatal, Description: Unknown CA)  [";
        assert!(seen.line.contains(said), "{}", seen.line);
        assert_eq!(
            seen.fields("tls"),
            [
                "tls.record.content_type 21 (Alert)",
                "tls.record.version 0x303 (TLS 1.2)",
                "tls.record.length 2",
                "tls.alert_message",
                "  tls.alert_message.level 2 (Fatal)",
                "  tls.alert_message.desc 48 (Unknown CA)",
            ]
        );
    }

    #[test]
    fn of_what_is_encrypted_only_the_length_is_told() {
        let encrypted = [0x5a; 18];
        for (kind, said, field) in [
            (23, "Application Data (18 bytes encrypted)", "tls.app_data"),
            (21, "Encrypted Alert", "tls.alert_message.encrypted"),
        ] {
            let seen = sent(&[&[kind, 3, 3, 0, 18], &encrypted[..]].concat());
            assert!(seen.line.contains(said), "{}", seen.line);
            let fields = seen.fields("tls");
            let last = fields.last().unwrap().trim_start();
            assert!(last.starts_with(&format!("{field} 5a:5a")), "{fields:?}");
        }
    }

    #[test]
    fn the_records_of_a_segment_that_is_read_for_itself_are_told_one_after_the_other() {
        let seen = sent(&[20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 1, 0]);
        let said = "  Change Cipher Spec, Alert (Level: Warning, Description: Close Notify)  [";
        assert!(seen.line.contains(said), "{}", seen.line);
        assert_eq!(
            seen.chosen("tls", &["tls.record.content", "tls.alert_message.desc"]),
            [
                "tls.record.content_type 20 (Change Cipher Spec)",
                "tls.record.content_type 21 (Alert)",
                "tls.alert_message.desc 0 (Close Notify)",
            ]
        );
    }

    #[test]
    fn a_message_of_the_handshake_that_is_in_several_records_is_one() {
        let part = [7; 600];
        let records = [
            &[22, 3, 3, 2, 92, 11, 0, 4, 180][..],
            &part,
            &[22, 3, 3, 2, 88],
            &part,
            &[22, 3, 3, 0, 8, 7, 7, 7, 7],
            &[14, 0, 0, 0],
            &[20, 3, 3, 0, 1, 1],
        ]
        .concat();
        let whole = records.len() - 6;
        assert_eq!(
            framing(&records, Answering::Anything),
            Framing::Whole(whole)
        );
        for end in 1..whole {
            assert_eq!(
                framing(&records[..end], Answering::Anything),
                Framing::NeedsMore,
                "{end}"
            );
        }
        let seen = sent(&records[..whole]);
        let said = "  Certificate, Server Hello Done  [";
        assert!(seen.line.contains(said), "{}", seen.line);
        let continued = seen.chosen("tls", &["tls.handshake.continued"]);
        let lengths = continued.iter().map(|field| field.matches("07").count());
        assert_eq!(lengths.collect::<Vec<_>>(), [600, 4]);
    }

    #[test]
    fn a_message_that_does_not_go_on_is_told_as_far_as_it_is_there() {
        let begun = [&[22, 3, 3, 2, 92, 11, 0, 4, 180][..], &[7; 600]].concat();
        let broken = [&begun[..], &[20, 3, 3, 0, 1, 1]].concat();
        assert_eq!(
            framing(&broken, Answering::Anything),
            Framing::Whole(begun.len())
        );
        let ignored = [&begun[..], b"hello"].concat();
        assert_eq!(
            framing(&ignored, Answering::Anything),
            Framing::Whole(begun.len())
        );
        assert_eq!(framing(b"hello", Answering::Anything), Framing::Whole(5));
    }

    #[test]
    fn a_record_of_which_only_the_beginning_is_there_is_told_as_far_as_it_is() {
        let seen = sent(&[23, 3, 3, 0x40, 0, 1, 2, 3]);
        let said = "Application Data (16384 bytes encrypted)";
        assert!(seen.line.contains(said), "{}", seen.line);
        assert_eq!(seen.fields("tls")[3], "tls.app_data 01:02:03");
        assert_eq!(seen.layers, ["ip", "tcp", "tls"]);
    }
}
