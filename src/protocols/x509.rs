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

use super::tls_vectors::Heard;
use super::x509_der::{Element, Elements, STRUCTURE, Teller, UNDECODED};
use super::x509_extensions as extensions;
use super::x509_general_names as general;
use super::x509_keys as keys;
use super::x509_names as names;
use super::x509_oids as oids;
use super::x509_outline as outline;
use super::x509_times as times;
use super::x509_uses as uses;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::frame::Timestamp;

/// A certificate in short.
pub static CERTIFICATE: FieldDef = FieldDef::spelled("x509.certificate", "Certificate", outline::put)
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

static NOT_YET_VALID: FieldDef = FieldDef::decimal("x509.not_yet_valid", "Valid only after the frame came, by")
    .unit("days")
    .derived()
    .rfc(5280, "4.1.2.5")
    .meaning("By the clock of who captured, the certificate was not valid yet: clients refuse it, or a clock is wrong.");

static EXPIRED: FieldDef = FieldDef::decimal("x509.expired", "Expired before the frame came, by")
    .unit("days")
    .derived()
    .rfc(5280, "4.1.2.5")
    .meaning("By the clock of who captured, the certificate was no longer valid: clients refuse it with certificate_expired.");

static SELF_SIGNED: FieldDef = FieldDef::heading("x509.self_signed", "Self-signed: the issuer is the subject")
    .derived()
    .rfc(5280, "3.2")
    .meaning("Nobody else vouches for it: clients believe it only when they have the same certificate already, as they have those of authorities.");

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

const OWN: [&FieldDef; 23] = [
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
    &NOT_YET_VALID,
    &EXPIRED,
    &SELF_SIGNED,
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
    heard: Heard<'_>,
    place: Range<usize>,
    is_cut: bool,
    as_bytes: &'static FieldDef,
    out: &mut Expander<'_>,
) {
    let mut all = Elements::new(heard.bytes, place.clone());
    out.bytes(&CERTIFICATE, place.clone());
    out.ahead(as_bytes, place.clone());
    let mut teller = Teller::new(out, place.start, is_cut);
    if let Some(certificate) = all.read_tagged(Tag::Sequence) {
        teller.within(&all, &certificate, |teller, inside| {
            expand_certificate(teller, inside, heard.time)
        });
    }
    teller.rest(&UNDECODED, place.end);
}

fn expand_certificate(
    teller: &mut Teller<'_, '_>,
    certificate: &mut Elements<'_>,
    seen: Timestamp,
) -> Option<()> {
    let signed = certificate.read_tagged(Tag::Sequence)?;
    teller.grouped(&SIGNED, certificate, &signed, |teller, inside| {
        expand_signed(teller, inside, seen)
    });
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

fn expand_signed(
    teller: &mut Teller<'_, '_>,
    signed: &mut Elements<'_>,
    seen: Timestamp,
) -> Option<()> {
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
        let from = expand_time(teller, &NOT_BEFORE, inside)?;
        tell_days(teller, &NOT_YET_VALID, from.since(seen));
        let until = expand_time(teller, &NOT_AFTER, inside)?;
        tell_days(teller, &EXPIRED, seen.since(until));
        Some(())
    });
    let subject = signed.read_tagged(Tag::Sequence)?;
    teller.grouped(&SUBJECT, signed, &subject, names::expand);
    if signed.content(&issuer) == signed.content(&subject) {
        teller.out.derived(&SELF_SIGNED, 0);
    }
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
) -> Option<Timestamp> {
    let time = times.read()?;
    let definition = match time.tag {
        Tag::UtcTime => &times::UTC,
        Tag::GeneralizedTime => &times::GENERALIZED,
        _ => return None,
    };
    teller.group(heading, time.whole.clone());
    teller.content(definition, &time);
    times::moment(time.tag, times.content(&time)).map(times::timestamp)
}

/// Tells for how many days something is so already, or still, where it is.
fn tell_days(teller: &mut Teller<'_, '_>, definition: &'static FieldDef, nanoseconds: i64) {
    const OF_A_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;
    if let Some(for_so_long) = u64::try_from(nanoseconds).ok().filter(|since| *since > 0) {
        teller.out.derived(definition, for_so_long / OF_A_DAY);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    /// An element.
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let header = match length {
            [0, short @ ..=127] => vec![tag, short],
            [0, long] => vec![tag, 0x81, long],
            [high, low] => vec![tag, 0x82, high, low],
        };
        [header, content.to_vec()].concat()
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        element(0x30, &parts.concat())
    }

    /// An algorithm, by the last number of those of RSA.
    fn of_rsa(last: u8) -> Vec<u8> {
        let number = [0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, last];
        sequence(&[element(6, &number), element(5, &[])])
    }

    fn name(text: &[u8]) -> Vec<u8> {
        let pair = sequence(&[element(6, oids::COMMON_NAME), element(12, text)]);
        sequence(&[element(0x31, &pair)])
    }

    /// A certificate of a server by somebody, with a key of RSA of three bytes.
    fn certificate(issuer: &[u8], from: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
        let key = sequence(&[element(2, &[0, 0x81, 3, 5]), element(2, &[1, 0, 1])]);
        let bits = element(3, &[&[0], &key[..]].concat());
        let mut signed = vec![
            element(0xa0, &element(2, &[2])),
            element(2, &[7]),
            of_rsa(11),
            name(issuer),
            sequence(&[element(23, from), element(24, b"20550101000000Z")]),
            name(b"server"),
            sequence(&[of_rsa(1), bits]),
        ];
        if !extensions.is_empty() {
            signed.push(element(0xa3, &sequence(extensions)));
        }
        sequence(&[sequence(&signed), of_rsa(11), element(3, &[0, 9, 9])])
    }

    /// A segment with certificates, as TLS 1.2 sends them.
    fn sent(chain: &[Vec<u8>]) -> Seen {
        let with_length = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
            [&length[1..], bytes].concat()
        };
        let all: Vec<u8> = chain.iter().flat_map(|one| with_length(one)).collect();
        let message = [&[11], &with_length(&with_length(&all))[..]].concat();
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        let record = [&[22, 3, 3], &length[..], &message].concat();
        seen(LinkType::IPV4, &in_segment(&record))
    }

    /// What certificates say, without the types and lengths of their elements.
    fn told(seen: &Seen) -> Vec<String> {
        let fields = seen.fields("tls").into_iter().map(str::trim_start);
        let is_of_certificate = |field: &&str| {
            let name = field.trim_start_matches(['=', '-', ' ']);
            name.starts_with("x509") || name.starts_with("pkcs1")
        };
        fields
            .filter(is_of_certificate)
            .filter(|field| !field.contains("x509.structure"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_certificate_says_whose_it_is_who_has_issued_it_and_until_when() {
        let one = certificate(b"Lab CA", b"700101000000Z", &[]);
        let seen = sent(&[one]);
        assert_eq!(seen.faults.len(), 1, "only the checksum of TCP");
        assert_eq!(
            told(&seen),
            [
                "x509.certificate server, issued by Lab CA, valid until 2055-01-01 00:00:00 UTC",
                "x509af.signedCertificate_element",
                "x509af.version 2 (v3)",
                "x509af.serialNumber 07",
                "x509af.signature_element",
                "x509af.algorithm.id 1.2.840.113549.1.1.11 (sha256WithRSAEncryption)",
                "x509.issuer CN=Lab CA",
                "x509if.oid 2.5.4.3 (commonName)",
                "x509sat.uTF8String Lab CA",
                "x509af.validity_element",
                "x509.not_before 1970-01-01 00:00:00 UTC",
                "x509af.utcTime 1970-01-01 00:00:00 (UTC)",
                "x509.not_after 2055-01-01 00:00:00 UTC",
                "x509af.generalizedTime 2055-01-01 00:00:00 (UTC)",
                "x509.subject CN=server",
                "x509if.oid 2.5.4.3 (commonName)",
                "x509sat.uTF8String server",
                "x509af.subjectPublicKeyInfo_element",
                "x509af.algorithm_element",
                "x509af.algorithm.id 1.2.840.113549.1.1.1 (rsaEncryption)",
                "= x509.key_size 24",
                "x509af.subjectPublicKey 30:0b:02:04:00:81:03:05:02:03:01:00:01",
                "pkcs1.modulus 00:81:03:05",
                "pkcs1.publicExponent 65537",
                "x509af.algorithmIdentifier_element",
                "x509af.algorithm.id 1.2.840.113549.1.1.11 (sha256WithRSAEncryption)",
                "x509af.encrypted 09:09",
            ]
        );
    }

    #[test]
    fn of_its_extensions_those_are_told_that_tell_what_it_is_good_for() {
        let extension = |last: u8, says: &[u8]| {
            sequence(&[
                element(6, &[0x55, 29, last]),
                element(1, &[255]),
                element(4, says),
            ])
        };
        let names = sequence(&[element(0x82, b"*.lab"), element(0x87, &[192, 168, 1, 6])]);
        let seen = sent(&[certificate(
            b"Lab CA",
            b"700101000000Z",
            &[
                extension(17, &names),
                extension(19, &sequence(&[element(1, &[255]), element(2, &[3])])),
                extension(15, &element(3, &[5, 0xa0])),
                extension(99, &[1, 2]),
            ],
        )]);
        let all = told(&seen);
        assert!(all[0].starts_with("x509.certificate *.lab, issued by Lab CA"));
        let from = all
            .iter()
            .position(|field| field == "x509.extensions")
            .unwrap();
        let to = all
            .iter()
            .position(|field| field.contains("Identifier_element"))
            .unwrap();
        assert_eq!(
            all[from + 1..to],
            [
                "x509.extension id-ce-subjectAltName",
                "x509af.extension.id 2.5.29.17 (id-ce-subjectAltName)",
                "x509af.critical 1",
                "x509ce.dNSName *.lab",
                "x509ce.IPAddress.ipv4 192.168.1.6",
                "x509.extension id-ce-basicConstraints",
                "x509af.extension.id 2.5.29.19 (id-ce-basicConstraints)",
                "x509af.critical 1",
                "x509ce.cA 1",
                "x509ce.pathLenConstraint 3",
                "x509.extension id-ce-keyUsage",
                "x509af.extension.id 2.5.29.15 (id-ce-keyUsage)",
                "x509af.critical 1",
                "x509ce.KeyUsage a0",
                "- x509ce.KeyUsage.digitalSignature 1",
                "- x509ce.KeyUsage.contentCommitment 0",
                "- x509ce.KeyUsage.keyEncipherment 1",
                "- x509ce.KeyUsage.dataEncipherment 0",
                "- x509ce.KeyUsage.keyAgreement 0",
                "- x509ce.KeyUsage.keyCertSign 0",
                "- x509ce.KeyUsage.cRLSign 0",
                "- x509ce.KeyUsage.encipherOnly 0",
                "- x509ce.KeyUsage.decipherOnly 0",
                "x509.extension 2.5.29.99",
                "x509af.extension.id 2.5.29.99",
                "x509af.critical 1",
                "x509.undecoded 01:02",
            ]
        );
    }

    #[test]
    fn one_that_is_not_valid_when_its_frame_comes_and_one_that_vouches_for_itself_say_so() {
        let marks = |issuer: &[u8], from: &[u8]| {
            let all = told(&sent(&[certificate(issuer, from, &[])]));
            let marks = all.into_iter().filter(|field| field.starts_with('='));
            marks
                .skip_while(|mark| mark.contains("key_size"))
                .collect::<Vec<_>>()
        };
        // The frame comes in the first second of 1970.
        let [now, later] = [b"700101000000Z", b"700111000001Z"];
        assert_eq!(marks(b"Lab CA", now), [""; 0]);
        assert_eq!(marks(b"server", now)[0], "= x509.self_signed");
        assert_eq!(marks(b"Lab CA", later)[0], "= x509.not_yet_valid 10");
    }

    #[test]
    fn of_a_certificate_that_is_damaged_every_byte_is_told_and_nothing_is_made_up() {
        let whole = certificate(b"Lab CA", b"700101000000Z", &[]);
        for at in 0..whole.len() {
            for damage in [0xff, 0x80, 0x30, 0] {
                let mut damaged = whole.clone();
                damaged[at] = damage;
                let seen = sent(&[damaged, whole.clone()]);
                let all = seen.chosen("tls", &["x509.certificate"]);
                assert_eq!(all.len(), 2, "byte {at}: the next one is told all the same");
            }
        }
    }

    #[test]
    fn elements_inside_each_other_without_end_are_bytes() {
        let deep = (0..200).fold(vec![5, 0], |inside, _| element(0x30, &inside));
        let seen = sent(&[deep]);
        assert!(told(&seen)[0].ends_with("not taken apart"));
        assert!(seen.fields("tls").len() < 20);
    }
}
