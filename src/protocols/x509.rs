//! Certificates: somebody, mostly an authority that clients trust, says by its signature whose a public key is, by
//! which names, and until when (RFC 5280, section 4.1).
//!
//! ```text
//! SEQUENCE
//!    SEQUENCE                what is signed
//!       [0] version, serial number, algorithm of the signature
//!       issuer, from when and until when, subject
//!       public key of the subject
//!       [3] extensions
//!    algorithm of the signature
//!    signature
//! ```

use std::ops::Range;

use der::Tag;

use super::x509_der::{Element, Elements, STRUCTURE, Teller, UNDECODED};
use super::x509_extensions as extensions;
use super::x509_general_names as general;
use super::x509_keys as keys;
use super::x509_names as names;
use super::x509_oids as oids;
use super::x509_times as times;
use super::x509_uses as uses;
use crate::model::field::{FieldDef, joined};
use crate::model::protocol::Expander;

/// A certificate in short.
static CERTIFICATE: FieldDef = FieldDef::spelled("x509.certificate", "Certificate", put_in_short)
    .group()
    .rfc(5280, "4.1")
    .meaning("Who the server is, who says so, and until when; the client believes it when it trusts the issuer, or somebody who vouches for that.");

static SIGNED: FieldDef = FieldDef::heading("x509af.signedCertificate_element", "What is signed")
    .rfc(5280, "4.1.1.1")
    .meaning("All that the issuer vouches for: who changes a bit of it makes the signature wrong.");

static VERSION: FieldDef = FieldDef::decimal("x509af.version", "Version")
    .named(&[(0, "v1"), (1, "v2"), (2, "v3")])
    .rfc(5280, "4.1.2.1")
    .meaning("The version of the form, counted from 0: only the third has extensions.");

static SERIAL: FieldDef = FieldDef::bytes("x509af.serialNumber", "Serial number")
    .rfc(5280, "4.1.2.2")
    .meaning("The issuer's number for this certificate, by which it can be revoked.");

static SIGNED_BY: FieldDef = FieldDef::heading("x509af.signature_element", "Signature algorithm")
    .rfc(5280, "4.1.2.3")
    .meaning("How the issuer has signed; stands inside what is signed too, so that nobody can change it.");

/// An algorithm.
pub static ALGORITHM: FieldDef = FieldDef::spelled("x509af.algorithm.id", "Algorithm", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.1.1.2")
    .meaning("A kind of signature or of key, by the number that is registered for it.");

static ISSUER: FieldDef = FieldDef::spelled("x509.issuer", "Issuer", names::put)
    .group()
    .rfc(5280, "4.1.2.4")
    .meaning("Who has signed the certificate, and so vouches for what it says: the subject of the next one in the chain.");

static VALIDITY: FieldDef = FieldDef::heading("x509af.validity_element", "Validity")
    .rfc(5280, "4.1.2.5")
    .meaning(
        "From when and until when the issuer vouches for it; clients refuse it before and after.",
    );

static NOT_BEFORE: FieldDef = FieldDef::spelled("x509.not_before", "Valid from", times::put)
    .group()
    .rfc(5280, "4.1.2.5")
    .meaning("Before this moment clients refuse the certificate, also one whose clock is wrong.");

static NOT_AFTER: FieldDef = FieldDef::spelled("x509.not_after", "Valid until", times::put)
    .group()
    .rfc(5280, "4.1.2.5")
    .meaning(
        "After this moment clients refuse the certificate, with the alert certificate_expired.",
    );

static SUBJECT: FieldDef = FieldDef::spelled("x509.subject", "Subject", names::put)
    .group()
    .rfc(5280, "4.1.2.6")
    .meaning("Whose certificate it is; which hosts it is good for is told by the alternative names, though.");

static ISSUER_ID: FieldDef = FieldDef::bytes(
    "x509af.issuerUniqueIdentifier",
    "Unique number of the issuer",
)
.rfc(5280, "4.1.2.8")
.meaning("Tells issuers of the same name apart; nobody uses it any more.");

static SUBJECT_ID: FieldDef = FieldDef::bytes(
    "x509af.subjectUniqueIdentifier",
    "Unique number of the subject",
)
.rfc(5280, "4.1.2.8")
.meaning("Tells subjects of the same name apart; nobody uses it any more.");

static SIGNATURE_ALGORITHM: FieldDef =
    FieldDef::heading("x509af.algorithmIdentifier_element", "Signature algorithm")
        .rfc(5280, "4.1.1.2")
        .meaning("How the issuer has signed, once more: the same as inside what is signed.");

/// How many bits of the last byte are none.
pub static PADDING: FieldDef = FieldDef::decimal("ber.bitstring.padding", "Unused bits")
    .unit("bits")
    .rfc(5280, "4.1")
    .meaning("How many bits at the end of the last byte are none of the string of bits.");

static SIGNATURE: FieldDef = FieldDef::bytes("x509af.encrypted", "Signature")
    .rfc(5280, "4.1.1.3")
    .meaning("What only the issuer could make, with its private key, over what is signed; who has its public key can check it.");

/// Of certificates.
pub const FIELDS: [&FieldDef; OWN.len() + OF_PARTS.len()] = joined(&[&OWN, &OF_PARTS]);

const OF_PARTS: [&FieldDef;
    keys::FIELDS.len()
        + names::FIELDS.len()
        + extensions::FIELDS.len()
        + uses::FIELDS.len()
        + general::FIELDS.len()] = joined(&[
    &keys::FIELDS,
    &names::FIELDS,
    &extensions::FIELDS,
    &uses::FIELDS,
    &general::FIELDS,
]);

const OWN: [&FieldDef; 20] = [
    &CERTIFICATE,
    &STRUCTURE,
    &UNDECODED,
    &SIGNED,
    &VERSION,
    &SERIAL,
    &SIGNED_BY,
    &ALGORITHM,
    &ISSUER,
    &VALIDITY,
    &NOT_BEFORE,
    &NOT_AFTER,
    &times::UTC,
    &times::GENERALIZED,
    &SUBJECT,
    &ISSUER_ID,
    &SUBJECT_ID,
    &SIGNATURE_ALGORITHM,
    &PADDING,
    &SIGNATURE,
];

/// Tells the certificate that these bytes are; whoever shows it as bytes too gives the field for that.
pub fn expand(
    bytes: &[u8],
    place: Range<usize>,
    is_cut: bool,
    as_bytes: &'static FieldDef,
    out: &mut Expander<'_>,
) {
    let mut all = Elements::new(bytes, place.clone());
    out.bytes(&CERTIFICATE, place.clone());
    out.ahead(as_bytes, place.clone());
    let mut teller = Teller::new(out, place.start, is_cut);
    if let Some(certificate) = all.read_tagged(Tag::Sequence) {
        teller.within(&all, &certificate, expand_certificate);
    }
    teller.rest(&UNDECODED, place.end);
}

fn expand_certificate(teller: &mut Teller<'_, '_>, certificate: &mut Elements<'_>) -> Option<()> {
    let signed = certificate.read_tagged(Tag::Sequence)?;
    teller.grouped(&SIGNED, certificate, &signed, expand_signed);
    let algorithm = certificate.read_tagged(Tag::Sequence)?;
    teller.grouped(
        &SIGNATURE_ALGORITHM,
        certificate,
        &algorithm,
        expand_algorithm,
    );
    let signature = certificate.read_tagged(Tag::BitString)?;
    expand_bits(teller, &SIGNATURE, &signature);
    Some(())
}

fn expand_signed(teller: &mut Teller<'_, '_>, signed: &mut Elements<'_>) -> Option<()> {
    if let Some(version) = signed.read_if(|element| element.number() == Some(0)) {
        teller.within(signed, &version, |teller, inside| {
            teller.content(&VERSION, &inside.read_tagged(Tag::Integer)?);
            Some(())
        });
    }
    teller.content(&SERIAL, &signed.read_tagged(Tag::Integer)?);
    let algorithm = signed.read_tagged(Tag::Sequence)?;
    teller.grouped(&SIGNED_BY, signed, &algorithm, expand_algorithm);
    let issuer = signed.read_tagged(Tag::Sequence)?;
    teller.grouped(&ISSUER, signed, &issuer, names::expand);
    let validity = signed.read_tagged(Tag::Sequence)?;
    teller.grouped(&VALIDITY, signed, &validity, |teller, inside| {
        expand_time(teller, &NOT_BEFORE, inside)?;
        expand_time(teller, &NOT_AFTER, inside)
    });
    let subject = signed.read_tagged(Tag::Sequence)?;
    teller.grouped(&SUBJECT, signed, &subject, names::expand);
    let key = signed.read_tagged(Tag::Sequence)?;
    keys::expand(teller, signed, &key);
    while let Some(element) = signed.read() {
        match element.number() {
            Some(1) => expand_bits(teller, &ISSUER_ID, &element),
            Some(2) => expand_bits(teller, &SUBJECT_ID, &element),
            Some(3) => teller.within(signed, &element, extensions::expand),
            _ => teller.leaf(&UNDECODED, element.whole),
        }
    }
    Some(())
}

fn expand_time(
    teller: &mut Teller<'_, '_>,
    heading: &'static FieldDef,
    times: &mut Elements<'_>,
) -> Option<()> {
    let time = times.read()?;
    let definition = match time.tag {
        Tag::UtcTime => &times::UTC,
        Tag::GeneralizedTime => &times::GENERALIZED,
        _ => return None,
    };
    teller.group(heading, time.whole.clone());
    teller.content(definition, &time);
    Some(())
}

/// Tells an algorithm; what it goes with is the same for all certificates that are still made, mostly nothing.
fn expand_algorithm(teller: &mut Teller<'_, '_>, inside: &mut Elements<'_>) -> Option<()> {
    teller.content(&ALGORITHM, &inside.read_tagged(Tag::ObjectIdentifier)?);
    if let Some(parameters) = inside.read()
        && parameters.tag != Tag::Null
    {
        teller.content(&UNDECODED, &parameters);
    }
    Some(())
}

/// Tells a string of bits: how many bits at its end are none, and the others.
pub fn expand_bits(teller: &mut Teller<'_, '_>, definition: &'static FieldDef, element: &Element) {
    let bits = expand_unused(teller, element);
    teller.leaf(definition, bits);
}

/// Tells how many bits at the end of a string of bits are none; where the others are.
pub fn expand_unused(teller: &mut Teller<'_, '_>, element: &Element) -> Range<usize> {
    let content = element.content.clone();
    let bits = content.end.min(content.start + 1)..content.end;
    teller.leaf(&PADDING, content.start..bits.start);
    bits
}

/// What a certificate says first of all.
struct Outline<'a> {
    all: Elements<'a>,
    issuer: Element,
    validity: Element,
    subject: Element,
    behind: Elements<'a>,
}

impl<'a> Outline<'a> {
    /// That of the certificate that these bytes are.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut all = Elements::new(bytes, 0..bytes.len());
        let certificate = all.read_tagged(Tag::Sequence)?;
        let signed = all.inside(&certificate).read_tagged(Tag::Sequence)?;
        let mut behind = all.inside(&signed);
        behind.read_if(|element| element.number() == Some(0));
        behind.read_tagged(Tag::Integer)?;
        behind.read_tagged(Tag::Sequence)?;
        Some(Self {
            issuer: behind.read_tagged(Tag::Sequence)?,
            validity: behind.read_tagged(Tag::Sequence)?,
            subject: behind.read_tagged(Tag::Sequence)?,
            all,
            behind,
        })
    }

    /// Writes the name that people know somebody by; the whole name where it has none such.
    fn put_common_name(&self, name: &Element, put: &mut dyn FnMut(&str)) {
        if !names::put_last(&self.all, name, oids::COMMON_NAME, put) {
            let whole = self.all.bytes().get(name.whole.clone());
            names::put(whole.unwrap_or_default(), put);
        }
    }
}

/// Writes whose a certificate is, who has issued it, and until when it is valid.
fn put_in_short(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let Some(outline) = Outline::of(bytes) else {
        put("not taken apart");
        return;
    };
    // Clients look at the names of hosts, where there are some, and nowhere else.
    if !extensions::put_first_host(outline.behind.clone(), put) {
        outline.put_common_name(&outline.subject, put);
    }
    put(", issued by ");
    outline.put_common_name(&outline.issuer, put);
    let mut times = outline.all.inside(&outline.validity);
    if let Some(until) = times.read().and_then(|_| times.read()) {
        put(", valid until ");
        times::put(bytes.get(until.whole).unwrap_or_default(), put);
    }
}
