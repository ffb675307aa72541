//! The handshake of TLS, as far as everybody on the way can read it: the hellos (RFC 8446, section 4.1), and in
//! TLS 1.2 what follows them until both sides encrypt.
//!
//! ```text
//!  0      1      2      3      4
//! +------+------+------+------+------------------------
//! | type |       length       |  so many bytes ...
//! +------+------+------+------+------------------------
//! ```

use super::tls_certificates as certificates;
use super::tls_extensions::{self as extensions, Hello};
use super::tls_hellos as hellos;
use super::tls_names as names;
use super::tls_vectors::{Heard, Reader};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::text;

/// A message.
pub static HANDSHAKE: FieldDef = FieldDef::heading("tls.handshake", "Handshake message")
    .rfc(8446, "4")
    .meaning("A step in which both sides agree how to encrypt, and the server proves who it is.");

/// What kind of message it is.
pub static TYPE: FieldDef = FieldDef::decimal("tls.handshake.type", "Type")
    .named(TYPES)
    .rfc(8446, "4")
    .meaning("Which step of the handshake this is; the client's hello is the first.");

static LENGTH: FieldDef = FieldDef::decimal("tls.handshake.length", "Length")
    .unit("bytes")
    .rfc(8446, "4")
    .meaning("How long the message is behind this field.");

static CURVE_TYPE: FieldDef = FieldDef::hex("tls.handshake.server_curve_type", "Type of the curve")
    .named(&[(3, "named_curve")])
    .rfc(8422, "5.4")
    .meaning("How the curve is told: by its name, which is the only way left.");

static CURVE: FieldDef = FieldDef::hex("tls.handshake.server_named_curve", "Curve")
    .named_by(names::group)
    .rfc(8422, "5.4")
    .meaning("The curve on which the server wants to exchange keys.");

static SERVER_POINT_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.server_point_len",
    "Length of the server's half",
)
.unit("bytes")
.rfc(8422, "5.4")
.meaning("How long the server's half of the key exchange is.");

static SERVER_POINT: FieldDef = FieldDef::bytes(
    "tls.handshake.server_point",
    "Server's half of the key exchange",
)
.rfc(8422, "5.4")
.meaning("What everybody may see of the server's secret: a point on the curve.");

static SIGNATURE_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.sig_len", "Length of the signature")
        .unit("bytes")
        .rfc(8422, "5.4")
        .meaning("How long the signature is.");

static SIGNATURE: FieldDef = FieldDef::bytes("tls.handshake.sig", "Signature")
    .rfc(8422, "5.4")
    .meaning("Proves that who sent this half has the key of the certificate.");

static CLIENT_POINT_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.client_point_len",
    "Length of the client's half",
)
.unit("bytes")
.rfc(8422, "5.7")
.meaning("How long the client's half of the key exchange is.");

static CLIENT_POINT: FieldDef = FieldDef::bytes(
    "tls.handshake.client_point",
    "Client's half of the key exchange",
)
.rfc(8422, "5.7")
.meaning("What everybody may see of the client's secret: a point on the curve.");

static BODY: FieldDef = FieldDef::bytes("tls.handshake.body", "Content")
    .rfc(8446, "4")
    .meaning("What the message says; of this type it is not taken apart.");

/// What nobody can read.
pub static ENCRYPTED: FieldDef = FieldDef::bytes(
    "tls.handshake.encrypted",
    "Encrypted handshake message",
)
.rfc(8446, "4")
.meaning(
    "No message of a handshake looks so: it is encrypted, or its beginning is not in the capture.",
);

static CONTINUED: FieldDef = FieldDef::bytes("tls.handshake.continued", "More of the message")
    .rfc(8446, "5.1")
    .meaning("Goes on with the message that the record before this one began, for it was too long for one.");

/// Of the handshake.
pub const FIELDS: [&FieldDef; OWN.len() + certificates::FIELDS.len()] =
    joined(&[&OWN, &certificates::FIELDS]);

const OWN: [&FieldDef; 14] = [
    &HANDSHAKE,
    &TYPE,
    &LENGTH,
    &CURVE_TYPE,
    &CURVE,
    &SERVER_POINT_LENGTH,
    &SERVER_POINT,
    &SIGNATURE_LENGTH,
    &SIGNATURE,
    &CLIENT_POINT_LENGTH,
    &CLIENT_POINT,
    &BODY,
    &ENCRYPTED,
    &CONTINUED,
];

const TYPES: &[(u64, &str)] = &[
    (0, "Hello Request"),
    (1, "Client Hello"),
    (2, "Server Hello"),
    (4, "New Session Ticket"),
    (5, "End of Early Data"),
    (8, "Encrypted Extensions"),
    (11, "Certificate"),
    (12, "Server Key Exchange"),
    (13, "Certificate Request"),
    (14, "Server Hello Done"),
    (15, "Certificate Verify"),
    (16, "Client Key Exchange"),
    (20, "Finished"),
    (22, "Certificate Status"),
    (24, "Key Update"),
];

/// Those that nobody sends in the open.
const NEVER_OPEN: [usize; 4] = [5, ENCRYPTED_EXTENSIONS, FINISHED, KEY_UPDATE];

const HELLO_REQUEST: usize = 0;
const SERVER_HELLO_DONE: usize = 14;

/// The client's hello.
pub const CLIENT_HELLO: usize = 1;
/// The server's.
pub const SERVER_HELLO: usize = 2;
/// The certificates of TLS 1.2.
pub const CERTIFICATES_TYPE: usize = 11;
/// The server asks for the client's certificate.
pub const CERTIFICATE_REQUEST: usize = 13;
/// What an authority says of a certificate: whether it is revoked.
const CERTIFICATE_STATUS: usize = 22;
/// The server's half of a key exchange in TLS 1.2.
pub const SERVER_KEY_EXCHANGE: usize = 12;
/// The client's.
pub const CLIENT_KEY_EXCHANGE: usize = 16;
/// What a client may go on with in another connection (RFC 8446, section 4.6.1).
pub const NEW_SESSION_TICKET: usize = 4;
/// What the server adds to its hello, encrypted (RFC 8446, section 4.3.1).
pub const ENCRYPTED_EXTENSIONS: usize = 8;
/// A proof that what was signed is one's own.
pub const CERTIFICATE_VERIFY: usize = 15;
/// The end of a side's handshake: from there on, it encrypts with other keys (RFC 8446, section 4.4.4).
pub const FINISHED: usize = 20;
/// A side changes its keys (RFC 8446, section 4.6.3).
pub const KEY_UPDATE: usize = 24;

/// A message longer than its record goes on in the next one; a sender fills a record before, and the least that it
/// may be told to fill is this (RFC 6066, section 4).
const LEAST_FULL: usize = 512;

/// How long a message may be that goes on in other records.
const MOST_MESSAGE: usize = 1 << 18;

/// Whether the record has messages that can be read. What is encrypted looks like the rest of the record, and
/// nothing tells it but that its bytes are no messages: with types that are sent in the open, and lengths that fill
/// the record.
pub fn is_readable(mut record: Reader<'_>) -> bool {
    let is_full = record.left() >= LEAST_FULL;
    let mut messages = 0;
    while record.left() > 0 {
        let (Some(kind), Some(length)) = (record.number(1), record.number(3)) else {
            return messages > 0 && (record.is_cut() || is_full);
        };
        let is_empty = matches!(kind, HELLO_REQUEST | SERVER_HELLO_DONE);
        let is_open = name_of(kind).is_some() && !NEVER_OPEN.contains(&kind);
        if !is_open || is_empty != (length == 0) {
            return false;
        }
        if record.take(length).is_none() {
            return record.is_cut() || is_full && length <= MOST_MESSAGE;
        }
        messages += 1;
    }
    messages > 0
}

/// How many bytes of the last message are not in the record, but in those that follow it.
pub fn owed(mut record: Reader<'_>) -> usize {
    if !is_readable(record.clone()) {
        return 0;
    }
    while let (Some(_), Some(length)) = (record.number(1), record.number(3)) {
        let there = record.take_most(length).len();
        if there < length {
            return length - there;
        }
    }
    0
}

/// Tells what goes on with a message that the record before began.
pub fn expand_continued(range: std::ops::Range<usize>, out: &mut Expander<'_>) {
    out.bytes(&HANDSHAKE, range.clone());
    out.bytes(&CONTINUED, range);
}

fn name_of(kind: usize) -> Option<&'static str> {
    TYPE.symbols.of(kind as u64)
}

/// Tells the messages of a record, from the first that begins in it on.
pub fn expand(heard: Heard<'_>, record: Reader<'_>, out: &mut Expander<'_>) {
    if is_readable(record.clone()) {
        expand_messages(heard, record, expand_body, out);
    } else {
        expand_encrypted(record, out);
    }
}

/// How the body of a message of this type is told.
pub type ExpandBody = fn(usize, Heard<'_>, &mut Reader<'_>, &mut Expander<'_>) -> Option<()>;

/// Tells messages, each by its body.
pub fn expand_messages(
    heard: Heard<'_>,
    mut record: Reader<'_>,
    expand_body: ExpandBody,
    out: &mut Expander<'_>,
) {
    while record.left() > 0 {
        let from = record.rest().start;
        let mut ahead = record.clone();
        let (kind, length) = (ahead.number(1), ahead.number(3));
        let (Some(kind), Some(length)) = (kind, length) else {
            expand_encrypted(record, out);
            return;
        };
        let most = ahead.rest();
        let body = most.start..most.start.saturating_add(length);
        out.bytes(&HANDSHAKE, from..body.end.min(most.end));
        record.tell(&TYPE, 1, out);
        record.tell(&LENGTH, 3, out);
        record.take(length.min(most.len()));
        // A message may go on in another record: that it does is not wrong.
        let bytes = heard.bytes.get(..most.end).unwrap_or(heard.bytes);
        // Of a record that the capture has cut, nobody knows whether its rest would be messages too.
        let mut body = Reader::new(bytes, body).as_cut_as(&record);
        let within = Heard { bytes, ..heard };
        // What does not fit stays bytes that nobody took.
        let _ = expand_body(kind, within, &mut body, out);
    }
}

fn expand_encrypted(mut record: Reader<'_>, out: &mut Expander<'_>) {
    out.bytes(&HANDSHAKE, record.rest());
    record.tell_rest(&ENCRYPTED, out);
}

/// Tells the body of a message as it is sent in the open.
pub fn expand_body(
    kind: usize,
    heard: Heard<'_>,
    body: &mut Reader<'_>,
    out: &mut Expander<'_>,
) -> Option<()> {
    match kind {
        CLIENT_HELLO => hellos::expand_client(body, out),
        SERVER_HELLO => hellos::expand_server(heard.bytes, body, out),
        CERTIFICATES_TYPE => certificates::expand_chain(heard, body, out),
        CERTIFICATE_REQUEST => certificates::expand_request(heard.bytes, body, out),
        CERTIFICATE_VERIFY if certificates::is_proof(body.clone()) => {
            certificates::expand_proof(body, out)
        }
        CERTIFICATE_STATUS => certificates::expand_status(body, out),
        SERVER_KEY_EXCHANGE if is_on_a_curve(body.clone()) => {
            body.tell(&CURVE_TYPE, 1, out)?;
            body.tell(&CURVE, 2, out)?;
            let mut point = body.tell_vector(&SERVER_POINT_LENGTH, 1, out)?;
            point.tell_rest(&SERVER_POINT, out);
            body.tell(&extensions::SCHEME, 2, out)?;
            let mut signature = body.tell_vector(&SIGNATURE_LENGTH, 2, out)?;
            signature.tell_rest(&SIGNATURE, out);
            Some(())
        }
        CLIENT_KEY_EXCHANGE if is_a_point(body.clone()) => {
            let mut point = body.tell_vector(&CLIENT_POINT_LENGTH, 1, out)?;
            point.tell_rest(&CLIENT_POINT, out);
            Some(())
        }
        _ => {
            body.tell_rest(&BODY, out);
            Some(())
        }
    }
}

/// Whether a key exchange of the server is one on a named curve: only the cipher suite tells, or that all fits.
fn is_on_a_curve(mut body: Reader<'_>) -> bool {
    const NAMED_CURVE: usize = 3;
    let mut fits = || {
        let is_named = body.number(1)? == NAMED_CURVE;
        body.take(2)?;
        body.vector(1)?;
        body.take(2)?;
        let signature = body.vector(2)?;
        Some(is_named && body.left() == 0 && !signature.is_cut())
    };
    fits().unwrap_or(false)
}

/// Whether a key exchange of the client is a point on a curve, in the same way.
fn is_a_point(mut body: Reader<'_>) -> bool {
    let point = body.vector(1);
    point.is_some_and(|point| body.left() == 0 && !point.is_cut())
}

/// How many messages of a record a line names.
const NAMED: usize = 8;

/// Longer names of servers are cut on a line; the tree has them whole.
const SHOWN_BYTES: usize = 100;

/// Puts the names of the messages, and of the server that a client wants.
pub fn summary(bytes: &[u8], record: Reader<'_>, out: &mut Draft) {
    if is_readable(record.clone()) {
        put_messages(bytes, record, out);
    } else {
        out.push_str("Encrypted Handshake Message");
    }
}

/// Puts the names of messages that can be read.
pub fn put_messages(bytes: &[u8], mut record: Reader<'_>, out: &mut Draft) {
    let mut messages = 0;
    while let (Some(kind), Some(body)) = (record.number(1), record.vector(3)) {
        if messages > 0 {
            out.push_str(", ");
        }
        if messages == NAMED {
            out.push('…');
            return;
        }
        messages += 1;
        put_message(kind, bytes, body, out);
    }
}

fn put_message(kind: usize, bytes: &[u8], body: Reader<'_>, out: &mut Draft) {
    match kind {
        SERVER_HELLO if hellos::of_server(bytes, body.clone()) == Hello::Retry => {
            out.push_str("Hello Retry Request");
        }
        _ => out.push_str(name_of(kind).unwrap_or("Unknown")),
    }
    let name = Some(body).filter(|_| kind == CLIENT_HELLO);
    if let Some(name) = name
        .and_then(hellos::server_name)
        .and_then(|name| bytes.get(name))
    {
        out.push_str(" (SNI=");
        text::put_escaped(out, name.get(..SHOWN_BYTES).unwrap_or(name));
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    /// A record of the handshake with these bytes.
    fn sent(content: &[u8]) -> Seen {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let record = [&[22, 3, 3], &length[..], content].concat();
        seen(LinkType::IPV4, &in_segment(&record))
    }

    /// A message of the handshake.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind], &length[1..], body].concat()
    }

    /// What its line says of it.
    fn line_of(content: &[u8]) -> String {
        let line = sent(content).line;
        let (_, said) = line.split_once(" bytes  ").unwrap();
        said.split("  [").next().unwrap().to_owned()
    }

    #[test]
    fn several_messages_of_one_record_are_told_each() {
        let certificate = message(11, &[0, 0, 5, 0, 0, 2, 0x30, 0]);
        let exchange = message(12, &[3, 0, 0x1d, 1, 9, 4, 3, 0, 1, 8]);
        let messages = [certificate, exchange, message(14, &[])].concat();
        assert_eq!(
            line_of(&messages),
            "Certificate, Server Key Exchange, Server Hello Done"
        );
        let seen = sent(&messages);
        let names = [
            "tls.handshake.certificate ",
            "tls.handshake.server_",
            "tls.handshake.sig",
        ];
        assert_eq!(
            seen.chosen("tls", &names),
            [
                "- tls.handshake.certificate 30:00",
                "tls.handshake.server_curve_type 0x3 (named_curve)",
                "tls.handshake.server_named_curve 0x1d (x25519)",
                "tls.handshake.server_point_len 1",
                "tls.handshake.server_point 09",
                "tls.handshake.sig_hash_alg 0x403 (ecdsa_secp256r1_sha256)",
                "tls.handshake.sig_len 1",
                "tls.handshake.sig 08",
            ]
        );
    }

    #[test]
    fn an_exchange_of_another_kind_is_told_as_bytes() {
        let of_rsa = message(16, &[0, 2, 7, 7]);
        let bytes = sent(&of_rsa);
        let told = bytes.chosen("tls", &["tls.handshake.body", "tls.handshake.client"]);
        assert_eq!(told, ["tls.handshake.body 00:02:07:07"]);
    }

    /// The encrypted Finished of TLS 1.2 begins with a number of eight bytes, which looks like two requests for a
    /// hello.
    #[test]
    fn what_is_encrypted_is_not_taken_for_messages() {
        let finished = [&[0; 8][..], &[0x5a; 32]].concat();
        assert_eq!(line_of(&finished), "Encrypted Handshake Message");
        let seen = sent(&finished);
        let told = seen.chosen("tls", &["tls.handshake."]);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("tls.handshake.encrypted 00:00"),
            "{told:?}"
        );
    }

    #[test]
    fn a_message_that_goes_on_in_another_record_is_begun_here() {
        let mut part = message(11, &vec![0x30; 2000]);
        part.truncate(600);
        assert_eq!(line_of(&part), "Certificate");
        assert_eq!(sent(&part).faults.len(), 1, "only the checksum of TCP");
        part.truncate(500);
        assert_eq!(line_of(&part), "Encrypted Handshake Message");
    }
}
