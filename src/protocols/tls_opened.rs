//! What TLS says under its own encryption, once it is opened with the keys of a key log: the rest of the handshake,
//! and alerts (RFC 8446, sections 4 and 6). What the programs say is no longer TLS, but their protocol's.

use super::tls_handshake;
use super::tls_vectors::Reader;
use super::{tls, tls_extensions};
use crate::model::draft::Draft;
use crate::model::field::{FieldDef, joined};
use crate::model::framing::{Answering, Framing};
use crate::model::layer::LayerView;
use crate::model::protocol::{Expander, Protocol};
use crate::model::source::Source;

const OWN: [&FieldDef; 3] = [&tls::ALERT, &tls::ALERT_LEVEL, &tls::ALERT_DESCRIPTION];

static FIELDS: [&FieldDef; OWN.len() + tls_handshake::FIELDS.len() + tls_extensions::FIELDS.len()] =
    joined(&[&OWN, &tls_handshake::FIELDS, &tls_extensions::FIELDS]);

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
        tls_handshake::expand_opened(view.bytes, out);
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    if view.bytes.len() == ALERT {
        tls::put_alert(view.bytes, out);
    } else {
        tls_handshake::put_opened(view.bytes, out);
    }
}
