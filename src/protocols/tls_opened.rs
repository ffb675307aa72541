//! What TLS says under its own encryption, once it is opened with the keys of a key log: the rest of the handshake,
//! and alerts (RFC 8446, sections 4 and 6). What the programs say is no longer TLS, but their protocol's.

use super::tls_certificates as certificates;
use super::tls_extensions::Hello;
use super::tls_handshake::{
    self, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, CERTIFICATES_TYPE, ENCRYPTED_EXTENSIONS,
    FINISHED, NEW_SESSION_TICKET,
};
use super::tls_vectors::{Heard, Reader};
use super::{tls, tls_extensions, tls_hellos, x509};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::framing::{Answering, Framing};
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::source::Source;

static TICKET_LIFETIME: FieldDef = FieldDef::decimal(
    "tls.handshake.session_ticket_lifetime_hint",
    "Lifetime of the ticket",
)
.unit("seconds")
.rfc(8446, "4.6.1")
.meaning("How long the ticket can be used.");

static TICKET_AGE_ADD: FieldDef = FieldDef::decimal(
    "tls.handshake.session_ticket_age_add",
    "Added to the age of the ticket",
)
.rfc(8446, "4.6.1")
.meaning("What the client adds to the ticket's age when it tells that, so that nobody on the way can tie both connections.");

static TICKET_NONCE_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.session_ticket_nonce_length",
    "Length of the ticket's number",
)
.unit("bytes")
.rfc(8446, "4.6.1")
.meaning("How long the number of the ticket is.");

static TICKET_NONCE: FieldDef =
    FieldDef::bytes("tls.handshake.session_ticket_nonce", "Number of the ticket")
        .rfc(8446, "4.6.1")
        .meaning("Tells the tickets of a connection apart: each has a secret of its own.");

static TICKET_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.session_ticket_length",
    "Length of the ticket",
)
.unit("bytes")
.rfc(8446, "4.6.1")
.meaning("How long the ticket is.");

static TICKET: FieldDef = FieldDef::bytes("tls.handshake.session_ticket", "Ticket")
    .rfc(8446, "4.6.1")
    .meaning("With it the client may go on in another connection, without a certificate; only the server can read it.");

static PROOF: FieldDef = FieldDef::bytes("tls.handshake.verify_data", "Proof of the handshake")
    .rfc(8446, "4.4.4")
    .meaning("Made of all that both said so far and the secret that they share: who changed a word on the way cannot make it.");

/// Of messages that nobody sends in the open.
pub const OWN: [&FieldDef; 7] = [
    &TICKET_LIFETIME,
    &TICKET_AGE_ADD,
    &TICKET_NONCE_LENGTH,
    &TICKET_NONCE,
    &TICKET_LENGTH,
    &TICKET,
    &PROOF,
];

const ALERTS: [&FieldDef; 3] = [&tls::ALERT, &tls::ALERT_LEVEL, &tls::ALERT_DESCRIPTION];

static FIELDS: [&FieldDef;
    ALERTS.len()
        + OWN.len()
        + tls_handshake::FIELDS.len()
        + tls_hellos::FIELDS.len()
        + tls_extensions::FIELDS.len()
        + x509::FIELDS.len()] = joined(&[
    &ALERTS,
    &OWN,
    &tls_handshake::FIELDS,
    &tls_hellos::FIELDS,
    &tls_extensions::FIELDS,
    &x509::FIELDS,
]);

/// What TLS says to itself.
pub static PROTOCOL: Protocol = Protocol {
    name: "tls.opened",
    label: "TLS",
    title: "Transport Layer Security, decrypted",
    purpose: "What TLS says under its own encryption: the rest of the handshake, and why a connection ends. Only who has the keys can see it.",
    standing: tls::PROTOCOL.standing,
    sources: &[Source::Rfc(8446, "")],
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

/// How long an alert is; no message of the handshake is so short.
const ALERT: usize = 2;

/// The header of a message of the handshake: its type and its length.
const HEADER: usize = 4;

/// How long the message of the handshake is that begins with these bytes.
fn framing(bytes: &[u8], _: Answering) -> Framing {
    let mut all = Reader::new(bytes, 0..bytes.len());
    all.take(1);
    match all.number(3) {
        Some(length) if HEADER + length <= bytes.len() => Framing::Whole(HEADER + length),
        _ => Framing::NeedsMore,
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    if view.bytes.len() == ALERT {
        out.bytes(&tls::ALERT, 0..ALERT);
        out.bytes(&tls::ALERT_LEVEL, 0..1);
        out.bytes(&tls::ALERT_DESCRIPTION, 1..ALERT);
    } else {
        let all = Reader::new(view.bytes, 0..view.bytes.len());
        let heard = Heard {
            bytes: view.bytes,
            time: view.frame.time,
        };
        tls_handshake::expand_messages(heard, all, expand_body, out);
    }
}

/// As TLS 1.3 has it; what of TLS 1.2 is encrypted looks the same.
fn expand_body(
    kind: usize,
    heard: Heard<'_>,
    body: &mut Reader<'_>,
    out: &mut Expander<'_>,
) -> Option<()> {
    match kind {
        ENCRYPTED_EXTENSIONS => tls_extensions::expand(Hello::Encrypted, body, out),
        CERTIFICATES_TYPE => certificates::expand_chain_with_extensions(heard, body, out),
        CERTIFICATE_REQUEST => certificates::expand_request_by_extensions(body, out),
        CERTIFICATE_VERIFY => certificates::expand_proof(body, out),
        NEW_SESSION_TICKET => {
            body.tell(&TICKET_LIFETIME, 4, out)?;
            body.tell(&TICKET_AGE_ADD, 4, out)?;
            let mut nonce = body.tell_vector(&TICKET_NONCE_LENGTH, 1, out)?;
            nonce.tell_rest(&TICKET_NONCE, out);
            let mut ticket = body.tell_vector(&TICKET_LENGTH, 2, out)?;
            ticket.tell_rest(&TICKET, out);
            tls_extensions::expand(Hello::Encrypted, body, out)
        }
        FINISHED => {
            body.tell_rest(&PROOF, out);
            Some(())
        }
        _ => tls_handshake::expand_body(kind, heard, body, out),
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    if view.bytes.len() == ALERT {
        tls::put_alert(view.bytes, out);
    } else {
        let all = Reader::new(view.bytes, 0..view.bytes.len());
        tls_handshake::put_messages(view.bytes, all, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{Seen, frame_of, in_segment, seen_in};
    use crate::model::assembled::{Assembled, Whole};
    use crate::model::frame::LinkType;
    use crate::model::needs::Depth;

    /// A segment with an encrypted record, which has these bytes in it.
    fn opened(bytes: &[u8]) -> Seen {
        const TCP: usize = 2;
        let sealed = [&[23, 3, 3, 0, 20][..], &[7; 20]].concat();
        let packet = in_segment(&sealed);
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let mut decoder = Decoder::new();
        decoder.walk(&frame);
        let whole = Assembled {
            whole: Whole::Plaintext,
            bytes: bytes.to_vec(),
            parts: Vec::new(),
        };
        assert!(decoder.read_also(&frame, TCP, &PROTOCOL, whole));
        seen_in(&decoder.deepen(&frame, Depth::Expand))
    }

    #[test]
    fn what_the_server_adds_to_its_hello_is_told_as_the_hello_is() {
        let seen = opened(&[8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2']);
        assert!(
            seen.line.contains("  decrypted: Encrypted Extensions"),
            "{}",
            seen.line
        );
        let chosen = seen.chosen("tls.opened", &["tls.handshake.extensions_alpn_str "]);
        assert_eq!(chosen, ["tls.handshake.extensions_alpn_str h2"]);
    }

    #[test]
    fn certificates_have_extensions_of_their_own() {
        let seen = opened(&[
            11, 0, 0, 18, 0, 0, 0, 14, 0, 0, 2, 0x30, 1, 0, 0, 0, 0, 2, 0x30, 2, 0, 0,
        ]);
        assert_eq!(
            seen.fields("tls.opened")[3..],
            [
                "  tls.handshake.certificate_request_context_length 0",
                "  tls.handshake.certificates_length 14",
                "  tls.handshake.certificates",
                "    tls.handshake.certificate_length 2",
                "    x509.certificate not taken apart",
                "      - tls.handshake.certificate 30:01",
                "      x509.undecoded 30:01",
                "    tls.handshake.extensions_length 0",
                "    tls.handshake.certificate_length 2",
                "    x509.certificate not taken apart",
                "      - tls.handshake.certificate 30:02",
                "      x509.undecoded 30:02",
                "    tls.handshake.extensions_length 0",
            ]
        );
    }

    #[test]
    fn a_ticket_and_the_proofs_of_the_handshake_are_taken_apart() {
        let seen = opened(&[
            15, 0, 0, 5, 4, 3, 0, 1, 9, 20, 0, 0, 2, 8, 8, 4, 0, 0, 15, 0, 0, 0, 60, 0, 0, 0, 5, 1,
            6, 0, 1, 7, 0, 0,
        ]);
        let said = "  decrypted: Certificate Verify, Finished, New Session Ticket";
        assert!(seen.line.contains(said), "{}", seen.line);
        let names = [
            "tls.handshake.client",
            "tls.handshake.verify",
            "tls.handshake.session",
        ];
        assert_eq!(
            seen.chosen("tls.opened", &names),
            [
                "tls.handshake.client_cert_vrfy.sig_len 1",
                "tls.handshake.client_cert_vrfy.sig 09",
                "tls.handshake.verify_data 08:08",
                "tls.handshake.session_ticket_lifetime_hint 60",
                "tls.handshake.session_ticket_age_add 5",
                "tls.handshake.session_ticket_nonce_length 1",
                "tls.handshake.session_ticket_nonce 06",
                "tls.handshake.session_ticket_length 1",
                "tls.handshake.session_ticket 07",
            ]
        );
    }

    #[test]
    fn an_alert_is_told_as_one_in_the_open() {
        let seen = opened(&[2, 48]);
        let said = "  decrypted: Alert (Level: Fatal, Description: Unknown CA)";
        assert!(seen.line.contains(said), "{}", seen.line);
        let fields = seen.fields("tls.opened");
        assert_eq!(fields[2], "  tls.alert_message.desc 48 (Unknown CA)");
    }

    #[test]
    fn a_message_has_as_many_bytes_as_its_header_says() {
        let two = [20, 0, 0, 1, 9, 24, 0, 0, 1, 0];
        let of = |bytes: &[u8]| framing(bytes, Answering::Anything);
        assert_eq!(of(&two), Framing::Whole(5));
        assert_eq!(of(&two[5..]), Framing::Whole(5));
        for end in 0..5 {
            assert_eq!(of(&two[..end]), Framing::NeedsMore, "{end}");
        }
    }

    #[test]
    fn of_a_message_that_ends_early_every_byte_is_told() {
        let ticket = [4, 0, 0, 15, 0, 0, 0, 60, 0, 0, 0, 5, 1, 6, 0, 1, 7, 0, 0];
        for end in 4..ticket.len() {
            let seen = opened(&ticket[..end]);
            assert!(!seen.fields("tls.opened").is_empty(), "{end}");
        }
    }
}
