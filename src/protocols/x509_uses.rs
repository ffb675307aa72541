//! What the key of a certificate may be used for (RFC 5280, sections 4.2.1.3 and 4.2.1.12).

use std::ops::Range;

use der::Tag;

use super::x509_der::{Elements, Teller};
use super::x509_oids as oids;
use crate::model::field::FieldDef;

static USAGE: FieldDef = FieldDef::bytes("x509ce.KeyUsage", "Uses of the key")
    .rfc(5280, "4.2.1.3")
    .meaning("What the key may be used for, a bit for each use.");

static DIGITAL_SIGNATURE: FieldDef = use_of_key("x509ce.KeyUsage.digitalSignature", "To sign")
    .meaning("The key may sign, such as what a server says in the handshake of TLS.");

static COMMITMENT: FieldDef = use_of_key("x509ce.KeyUsage.contentCommitment", "To commit")
    .meaning("The key may sign what its owner cannot deny later.");

static KEY_ENCIPHERMENT: FieldDef = use_of_key("x509ce.KeyUsage.keyEncipherment", "To encrypt keys")
    .meaning("The key may encrypt other keys, as clients of TLS did with that of a server before both sides exchanged keys.");

static DATA_ENCIPHERMENT: FieldDef =
    use_of_key("x509ce.KeyUsage.dataEncipherment", "To encrypt data")
        .meaning("The key may encrypt what is said itself, which nobody does.");

static AGREEMENT: FieldDef = use_of_key("x509ce.KeyUsage.keyAgreement", "To agree on keys")
    .meaning("The key may be one half of an exchange of keys.");

static CERT_SIGN: FieldDef = use_of_key("x509ce.KeyUsage.keyCertSign", "To sign certificates")
    .meaning("The key may sign certificates: its owner is an authority.");

static CRL_SIGN: FieldDef = use_of_key("x509ce.KeyUsage.cRLSign", "To sign revocations")
    .meaning("The key may sign lists of certificates that are revoked.");

static ENCIPHER_ONLY: FieldDef = use_of_key("x509ce.KeyUsage.encipherOnly", "Only to encrypt")
    .meaning("A key to agree on keys with may be used only to encrypt.");

static DECIPHER_ONLY: FieldDef = use_of_key("x509ce.KeyUsage.decipherOnly", "Only to decrypt")
    .meaning("A key to agree on keys with may be used only to decrypt.");

static PURPOSE: FieldDef = FieldDef::spelled("x509ce.KeyPurposeId", "Purpose", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.2.1.12")
    .meaning("What the certificate is for: that of a server must have serverAuth here.");

/// Of uses.
pub const FIELDS: [&FieldDef; 11] = [
    &USAGE,
    &DIGITAL_SIGNATURE,
    &COMMITMENT,
    &KEY_ENCIPHERMENT,
    &DATA_ENCIPHERMENT,
    &AGREEMENT,
    &CERT_SIGN,
    &CRL_SIGN,
    &ENCIPHER_ONLY,
    &DECIPHER_ONLY,
    &PURPOSE,
];

const fn use_of_key(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::flag(name, label).detail().rfc(5280, "4.2.1.3")
}

/// In the order of the wire, the first bit first.
const USES: [&FieldDef; 9] = [
    &DIGITAL_SIGNATURE,
    &COMMITMENT,
    &KEY_ENCIPHERMENT,
    &DATA_ENCIPHERMENT,
    &AGREEMENT,
    &CERT_SIGN,
    &CRL_SIGN,
    &ENCIPHER_ONLY,
    &DECIPHER_ONLY,
];

/// Tells the bits of the uses; those at the end that are not set may have been left out.
pub fn expand_bits(teller: &mut Teller<'_, '_>, place: Range<usize>) {
    teller.leaf(&USAGE, place.clone());
    let start = crate::model::bits::of_bytes(&place).start;
    let end = crate::model::bits::of_bytes(&place).end;
    for (bit, definition) in (start..).zip(USES) {
        if bit < end {
            teller.out.bits(definition, bit, 1);
        } else if start < end {
            teller.out.derived_below(definition, 0);
        }
    }
}

/// Tells the purposes in a list.
pub fn expand_purposes(teller: &mut Teller<'_, '_>, purposes: &mut Elements<'_>) -> Option<()> {
    while !purposes.is_empty() {
        teller.content(&PURPOSE, &purposes.read_tagged(Tag::ObjectIdentifier)?);
    }
    Some(())
}
