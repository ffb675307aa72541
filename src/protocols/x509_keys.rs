//! The public key in a certificate: with it everybody can check what its owner signs (RFC 3279, section 2.3; RFC 5480).

use der::Tag;

use super::x509::{ALGORITHM, expand_unused};
use super::x509_der::{Element, Elements, Teller, UNDECODED};
use super::x509_oids as oids;
use crate::model::field::FieldDef;

static KEY: FieldDef = FieldDef::heading("x509af.subjectPublicKeyInfo_element", "Public key")
    .rfc(5280, "4.1.2.7")
    .meaning("The key of whom the certificate is for; the private one that goes with it only the owner has.");

static KIND: FieldDef = FieldDef::heading("x509af.algorithm_element", "Algorithm of the key")
    .rfc(5280, "4.1.2.7")
    .meaning("What kind of key it is, and for one on a curve, on which.");

static CURVE: FieldDef = FieldDef::spelled("pkcs1.namedCurve", "Curve", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5480, "2.1.1")
    .meaning("The curve that the key is a point of.");

static BITS: FieldDef = FieldDef::decimal("x509.key_size", "Size of the key")
    .unit("bits")
    .derived()
    .rfc(5480, "4")
    .meaning("How hard the key is to guess: 256 bits on a curve are as good as 3072 of RSA.");

static PUBLIC_KEY: FieldDef = FieldDef::bytes("x509af.subjectPublicKey", "Key")
    .group()
    .rfc(5280, "4.1.2.7")
    .meaning("The key itself: a point on its curve, or of RSA a modulus and an exponent.");

static MODULUS: FieldDef = FieldDef::bytes("pkcs1.modulus", "Modulus")
    .rfc(3279, "2.3.1")
    .meaning("The product of two large primes; who could find these would have the private key.");

static EXPONENT: FieldDef = FieldDef::decimal("pkcs1.publicExponent", "Exponent")
    .rfc(3279, "2.3.1")
    .meaning(
        "With what to raise to a power, to check a signature or to encrypt; nearly always 65537.",
    );

static POINT: FieldDef = FieldDef::bytes("x509.point", "Point")
    .rfc(5480, "2.2")
    .meaning("A point on the curve: how often another one was added to itself to get there is the private key.");

/// Of keys.
pub const FIELDS: [&FieldDef; 8] = [
    &KEY,
    &KIND,
    &CURVE,
    &BITS,
    &PUBLIC_KEY,
    &MODULUS,
    &EXPONENT,
    &POINT,
];

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];
const ON_A_CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// Ed25519 and Ed448 (RFC 8410, section 3).
const OF_EDWARDS: [&[u8]; 2] = [&[0x2b, 101, 112], &[0x2b, 101, 113]];

/// How many bits the keys of curves have (RFC 5480, section 2.1.1.1).
const BITS_OF_CURVES: &[(&[u8], u64)] = &[
    (&[0x2b, 0x81, 4, 0, 33], 224),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], 256),
    (&[0x2b, 0x81, 4, 0, 34], 384),
    (&[0x2b, 0x81, 4, 0, 35], 521),
];

/// Tells the key that this element is.
pub fn expand(teller: &mut Teller<'_, '_>, around: &Elements<'_>, key: &Element) {
    teller.grouped(&KEY, around, key, |teller, inside| {
        let algorithm = inside.read_tagged(Tag::Sequence)?;
        teller.grouped(&KIND, inside, &algorithm, expand_kind);
        let bits = inside.read_tagged(Tag::BitString)?;
        let mut kind = inside.inside(&algorithm);
        let identifier = kind.read_tagged(Tag::ObjectIdentifier)?;
        match inside.content(&identifier) {
            RSA => expand_rsa(teller, inside, &bits),
            ON_A_CURVE => {
                let curve = kind.read_tagged(Tag::ObjectIdentifier);
                let curve = curve.map(|curve| inside.content(&curve));
                let known = BITS_OF_CURVES.iter().find(|(name, _)| curve == Some(name));
                if let Some((_, bits)) = known {
                    teller.out.derived(&BITS, *bits);
                }
                expand_key(teller, &bits, &POINT);
            }
            kind if OF_EDWARDS.contains(&kind) => expand_key(teller, &bits, &POINT),
            _ => expand_key(teller, &bits, &UNDECODED),
        }
        Some(())
    });
}

fn expand_kind(teller: &mut Teller<'_, '_>, kind: &mut Elements<'_>) -> Option<()> {
    teller.content(&ALGORITHM, &kind.read_tagged(Tag::ObjectIdentifier)?);
    match kind.read() {
        Some(curve) if curve.tag == Tag::ObjectIdentifier => teller.content(&CURVE, &curve),
        Some(other) if other.tag != Tag::Null => teller.content(&UNDECODED, &other),
        _ => {}
    }
    Some(())
}

/// Tells a key of one part.
fn expand_key(teller: &mut Teller<'_, '_>, bits: &Element, part: &'static FieldDef) {
    let key = begin_key(teller, bits);
    teller.leaf(part, key);
}

/// Tells how many bits of the key are none, and begins the key; where it is.
fn begin_key(teller: &mut Teller<'_, '_>, bits: &Element) -> std::ops::Range<usize> {
    let key = expand_unused(teller, bits);
    teller.group(&PUBLIC_KEY, key.clone());
    key
}

fn expand_rsa(teller: &mut Teller<'_, '_>, around: &Elements<'_>, bits: &Element) {
    let content = bits.content.clone();
    let mut key = Elements::new(around.bytes(), content.start.saturating_add(1)..content.end);
    let parts = key.read_tagged(Tag::Sequence);
    let modulus = parts
        .as_ref()
        .and_then(|parts| key.inside(parts).read_tagged(Tag::Integer));
    if let Some(modulus) = modulus {
        teller.out.derived(&BITS, bits_of(around.content(&modulus)));
    }
    let place = begin_key(teller, bits);
    if let Some(parts) = parts {
        teller.within(&key, &parts, |teller, parts| {
            teller.content(&MODULUS, &parts.read_tagged(Tag::Integer)?);
            teller.content(&EXPONENT, &parts.read_tagged(Tag::Integer)?);
            Some(())
        });
    }
    teller.rest(&UNDECODED, place.end);
}

/// How many bits a number has.
fn bits_of(number: &[u8]) -> u64 {
    let mut rest = number;
    while let [0, behind @ ..] = rest {
        rest = behind;
    }
    let of_first = rest
        .first()
        .map_or(0, |first| u64::from(first.leading_zeros()));
    (rest.len() as u64 * u64::from(u8::BITS)).saturating_sub(of_first)
}
