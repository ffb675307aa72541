//! What the third version of certificates says beside the names and the key: for which hosts the certificate is good,
//! what its key may be used for, where more can be learned (RFC 5280, section 4.2).
//!
//! ```text
//! SEQUENCE
//!    SEQUENCE: which extension, whether it is critical, OCTET STRING: what it says
//!    …
//! ```

use der::Tag;

use super::x509::expand_unused;
use super::x509_der::{Element, Elements, Teller, UNDECODED};
use super::x509_general_names as general;
use super::x509_oids as oids;
use super::x509_uses as uses;
use crate::model::field::FieldDef;

static EXTENSIONS: FieldDef = FieldDef::heading("x509.extensions", "Extensions")
    .rfc(5280, "4.2")
    .meaning("What a certificate says beside the names, the validity and the key.");

static EXTENSION: FieldDef = FieldDef::spelled("x509.extension", "Extension", put_kind)
    .group()
    .rfc(5280, "4.2")
    .meaning("One more thing that the issuer vouches for, such as the hosts that the certificate is good for.");

static ID: FieldDef = FieldDef::spelled("x509af.extension.id", "Kind", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.2")
    .meaning("What the extension is about, by the number that is registered for it.");

static CRITICAL: FieldDef = FieldDef::flag("x509af.critical", "Critical")
    .rfc(5280, "4.2")
    .meaning("Whether who does not know this extension must refuse the certificate; without it, it may be passed over.");

static CA: FieldDef = FieldDef::flag("x509ce.cA", "Authority")
    .rfc(5280, "4.2.1.9")
    .meaning("Whether the subject may issue certificates itself; without this, it may not.");

static PATH_LENGTH: FieldDef = FieldDef::decimal(
    "x509ce.pathLenConstraint",
    "Authorities below it",
)
.rfc(5280, "4.2.1.9")
.meaning("How many further authorities may stand between this one and a certificate of a server.");

static SUBJECT_KEY: FieldDef = FieldDef::bytes("x509ce.SubjectKeyIdentifier", "Name of the key")
    .rfc(5280, "4.2.1.2")
    .meaning("A short name of the subject's key, mostly a hash of it.");

static AUTHORITY_KEY: FieldDef =
    FieldDef::bytes("x509ce.keyIdentifier", "Name of the issuer's key")
        .rfc(5280, "4.2.1.1")
        .meaning(
            "The name of the key that has signed this: by it the issuer's certificate is found.",
        );

static AUTHORITY_SERIAL: FieldDef = FieldDef::bytes(
    "x509ce.authorityCertSerialNumber",
    "Serial number of the issuer's certificate",
)
.rfc(5280, "4.2.1.1")
.meaning("The number of the issuer's own certificate.");

static POINT: FieldDef =
    FieldDef::heading("x509ce.DistributionPoint_element", "Distribution point")
        .rfc(5280, "4.2.1.13")
        .meaning("A place to fetch the list of revoked certificates from.");

static ACCESS: FieldDef = FieldDef::heading("pkix1implicit.AccessDescription_element", "Access")
    .rfc(5280, "4.2.2.1")
    .meaning("A place where the issuer tells more, and what it tells there.");

static METHOD: FieldDef = FieldDef::spelled("pkix1implicit.accessMethod", "What is there", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.2.2.1")
    .meaning("What the place is for: to ask whether a certificate is revoked (ocsp), or to fetch the issuer's own (caIssuers).");

static POLICY: FieldDef = FieldDef::heading("x509ce.PolicyInformation_element", "Policy")
    .rfc(5280, "4.2.1.4")
    .meaning("By which rules the issuer has made sure of who the subject is.");

static POLICY_ID: FieldDef = FieldDef::spelled("x509ce.policyIdentifier", "Rules", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.2.1.4")
    .meaning(
        "The rules, by their number: domain validated says that only the domain was looked at.",
    );

/// Of extensions.
pub const FIELDS: [&FieldDef; 14] = [
    &EXTENSIONS,
    &EXTENSION,
    &ID,
    &CRITICAL,
    &CA,
    &PATH_LENGTH,
    &SUBJECT_KEY,
    &AUTHORITY_KEY,
    &AUTHORITY_SERIAL,
    &POINT,
    &ACCESS,
    &METHOD,
    &POLICY,
    &POLICY_ID,
];

/// The extensions that are taken apart, all of the same branch of numbers but one.
const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
const KEY_USAGE: &[u8] = &[0x55, 29, 15];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 29, 17];
const ISSUER_NAMES: &[u8] = &[0x55, 29, 18];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const DISTRIBUTION_POINTS: &[u8] = &[0x55, 29, 31];
const POLICIES: &[u8] = &[0x55, 29, 32];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
const EXTENDED_USAGE: &[u8] = &[0x55, 29, 37];
const AUTHORITY_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

/// Tells what is inside the element of the extensions.
pub fn expand(teller: &mut Teller<'_, '_>, inside: &mut Elements<'_>) -> Option<()> {
    let list = inside.read_tagged(Tag::Sequence)?;
    teller.grouped(&EXTENSIONS, inside, &list, |teller, list| {
        while !list.is_empty() {
            let extension = list.read_tagged(Tag::Sequence)?;
            teller.grouped(&EXTENSION, list, &extension, expand_extension);
        }
        Some(())
    });
    Some(())
}

fn expand_extension(teller: &mut Teller<'_, '_>, extension: &mut Elements<'_>) -> Option<()> {
    let kind = extension.read_tagged(Tag::ObjectIdentifier)?;
    teller.content(&ID, &kind);
    if let Some(critical) = extension.read_if(|element| element.tag == Tag::Boolean) {
        teller.content(&CRITICAL, &critical);
    }
    let says = extension.read_tagged(Tag::OctetString)?;
    match content_of(extension.content(&kind)) {
        Some(tell) => teller.within(extension, &says, tell),
        None => teller.content(&UNDECODED, &says),
    }
    Some(())
}

/// How what an extension says is told.
type Tell = for<'t, 'e, 'o, 'b> fn(&'t mut Teller<'o, 'e>, &mut Elements<'b>) -> Option<()>;

/// How what an extension of this kind says is told; `None` where it stays bytes.
fn content_of(kind: &[u8]) -> Option<Tell> {
    Some(match kind {
        SUBJECT_KEY_ID => |teller, inside| {
            teller.content(&SUBJECT_KEY, &inside.read_tagged(Tag::OctetString)?);
            Some(())
        },
        KEY_USAGE => |teller, inside| {
            let bits = inside.read_tagged(Tag::BitString)?;
            let bits = expand_unused(teller, &bits);
            uses::expand_bits(teller, bits);
            Some(())
        },
        ALTERNATIVE_NAMES | ISSUER_NAMES => |teller, inside| {
            let names = inside.read_tagged(Tag::Sequence)?;
            teller.within(inside, &names, general::expand_all);
            Some(())
        },
        BASIC_CONSTRAINTS => |teller, inside| in_sequence(teller, inside, expand_constraints),
        DISTRIBUTION_POINTS => |teller, inside| in_sequence(teller, inside, expand_points),
        POLICIES => |teller, inside| in_sequence(teller, inside, expand_policies),
        AUTHORITY_KEY_ID => |teller, inside| in_sequence(teller, inside, expand_authority_key),
        EXTENDED_USAGE => |teller, inside| in_sequence(teller, inside, uses::expand_purposes),
        AUTHORITY_ACCESS => |teller, inside| in_sequence(teller, inside, expand_access),
        _ => return None,
    })
}

fn in_sequence(teller: &mut Teller<'_, '_>, inside: &mut Elements<'_>, tell: Tell) -> Option<()> {
    let sequence = inside.read_tagged(Tag::Sequence)?;
    teller.within(inside, &sequence, tell);
    Some(())
}

fn expand_constraints(teller: &mut Teller<'_, '_>, inside: &mut Elements<'_>) -> Option<()> {
    if let Some(authority) = inside.read_if(|element| element.tag == Tag::Boolean) {
        teller.content(&CA, &authority);
    }
    if let Some(length) = inside.read_if(|element| element.tag == Tag::Integer) {
        teller.content(&PATH_LENGTH, &length);
    }
    inside.is_empty().then_some(())
}

fn expand_points(teller: &mut Teller<'_, '_>, points: &mut Elements<'_>) -> Option<()> {
    while !points.is_empty() {
        let point = points.read_tagged(Tag::Sequence)?;
        teller.grouped(&POINT, points, &point, |teller, parts| {
            while let Some(part) = parts.read() {
                match part.number() {
                    Some(0) => teller.within(parts, &part, expand_point_name),
                    _ => teller.leaf(&UNDECODED, part.whole),
                }
            }
            Some(())
        });
    }
    Some(())
}

/// The name of a distribution point: names of it, or a part of the issuer's.
fn expand_point_name(teller: &mut Teller<'_, '_>, name: &mut Elements<'_>) -> Option<()> {
    let names = name.read_if(|element| element.number() == Some(0))?;
    teller.within(name, &names, general::expand_all);
    Some(())
}

fn expand_policies(teller: &mut Teller<'_, '_>, policies: &mut Elements<'_>) -> Option<()> {
    while !policies.is_empty() {
        let policy = policies.read_tagged(Tag::Sequence)?;
        teller.grouped(&POLICY, policies, &policy, |teller, inside| {
            teller.content(&POLICY_ID, &inside.read_tagged(Tag::ObjectIdentifier)?);
            if let Some(qualifiers) = inside.read() {
                teller.content(&UNDECODED, &qualifiers);
            }
            Some(())
        });
    }
    Some(())
}

fn expand_authority_key(teller: &mut Teller<'_, '_>, parts: &mut Elements<'_>) -> Option<()> {
    while !parts.is_empty() {
        let part = parts.read()?;
        match part.number() {
            Some(0) => teller.content(&AUTHORITY_KEY, &part),
            Some(1) => teller.within(parts, &part, general::expand_all),
            Some(2) => teller.content(&AUTHORITY_SERIAL, &part),
            _ => teller.leaf(&UNDECODED, part.whole),
        }
    }
    Some(())
}

fn expand_access(teller: &mut Teller<'_, '_>, places: &mut Elements<'_>) -> Option<()> {
    while !places.is_empty() {
        let place = places.read_tagged(Tag::Sequence)?;
        teller.grouped(&ACCESS, places, &place, |teller, inside| {
            teller.content(&METHOD, &inside.read_tagged(Tag::ObjectIdentifier)?);
            let location = inside.read()?;
            general::expand_one(teller, inside, &location);
            Some(())
        });
    }
    Some(())
}

/// Writes what kind of extension this element is, by its name where it has one.
fn put_kind(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let mut all = Elements::new(bytes, 0..bytes.len());
    let Some(kind) = all
        .read()
        .and_then(|extension| all.inside(&extension).read_tagged(Tag::ObjectIdentifier))
    else {
        return;
    };
    let kind = all.content(&kind);
    match oids::name(kind) {
        Some(name) => put(name),
        None => oids::put(kind, put),
    }
}

/// The alternative names in the rest of what is signed, behind the subject of the certificate.
pub fn alternative_names(mut behind_subject: Elements<'_>) -> Option<(Elements<'_>, Element)> {
    let around = loop {
        let element = behind_subject.read()?;
        if element.number() == Some(3) {
            break behind_subject.inside(&element);
        }
    };
    let mut around = around;
    let list = around.read_tagged(Tag::Sequence)?;
    let mut list = around.inside(&list);
    while let Some(extension) = list.read() {
        let mut parts = list.inside(&extension);
        let is_wanted = |kind: &Element| list.content(kind) == ALTERNATIVE_NAMES;
        if parts.read().is_some_and(|kind| is_wanted(&kind)) {
            let says = std::iter::from_fn(|| parts.read()).last()?;
            let mut inside = list.inside(&says);
            let names = inside.read_tagged(Tag::Sequence)?;
            return Some((inside, names));
        }
    }
    None
}

/// Writes the first name of a host that a certificate is good for, of what stands in it behind the subject.
pub fn put_first_host(behind_subject: Elements<'_>, put: &mut dyn FnMut(&str)) -> bool {
    let Some((around, names)) = alternative_names(behind_subject) else {
        return false;
    };
    let mut names = around.inside(&names);
    let host =
        std::iter::from_fn(|| names.read()).find(|name| name.number() == Some(general::HOST));
    host.map(|host| put(&String::from_utf8_lossy(around.content(&host))))
        .is_some()
}
