//! Whom to believe: which authority may make certificates (CAA, RFC 8659), which certificate is the right one (TLSA,
//! RFC 6698), and which key a host of SSH has (SSHFP, RFC 4255).

use super::dns_data::{Layout, Part, Take};
use super::dns_names;
use crate::model::field::FieldDef;

static CAA_FLAGS: FieldDef = FieldDef::hex("dns.caa.flags", "Flags")
    .rfc(8659, "4.1")
    .meaning("Eight flags of the property, of which the first one has a meaning.");

static CRITICAL: FieldDef = FieldDef::flag("dns.caa.flags.issuer_critical", "Critical")
    .detail()
    .rfc(8659, "4.1")
    .meaning("An authority that does not understand the property may not make a certificate.");

static TAG_LENGTH: FieldDef = FieldDef::decimal("dns.caa.tag_length", "Length of the tag")
    .unit("bytes")
    .rfc(8659, "4.1")
    .meaning("How long the name of the property is that follows.");

static TAG: FieldDef = FieldDef::text("dns.caa.tag", "Tag")
    .rfc(8659, "4.1")
    .meaning("Which property it is: issue, issuewild, iodef, or one that not all know.");

static VALUE: FieldDef = FieldDef::text("dns.caa.value", "Value")
    .rfc(8659, "4.1")
    .meaning("What the property says; all that is left of the record.");

static ISSUE: FieldDef = FieldDef::text("dns.caa.issue", "May make certificates")
    .detail()
    .rfc(8659, "4.2")
    .meaning("The authority that may make certificates for the name; a semicolon alone forbids it to all.");

static ISSUE_WILD: FieldDef = FieldDef::text("dns.caa.issuewild", "May make wildcards")
    .detail()
    .rfc(8659, "4.3")
    .meaning("The authority that may make certificates for all names below this one at once.");

static REPORT_TO: FieldDef = FieldDef::text("dns.caa.iodef", "Report to")
    .detail()
    .rfc(8659, "4.4")
    .meaning("Whom an authority tells that somebody asked for a certificate who may not have it.");

static OTHER_PROPERTY: FieldDef = FieldDef::text("dns.caa.unknown", "Another property")
    .detail()
    .rfc(8659, "4.1")
    .meaning("The value of a property that is not known here.");

static USAGE: FieldDef = FieldDef::decimal("dns.tlsa.certificate_usage", "Usage")
    .named(&[
        (0, "PKIX-TA: an authority that all trust, and no other"),
        (
            1,
            "PKIX-EE: this certificate, from an authority that all trust",
        ),
        (2, "DANE-TA: an authority of the domain's own"),
        (3, "DANE-EE: this certificate, whoever made it"),
    ])
    .rfc(6698, "2.1.1")
    .meaning(
        "What the record says of the server's certificate: who made it, or that it is this one.",
    );

static SELECTOR: FieldDef = FieldDef::decimal("dns.tlsa.selector", "Of what")
    .named(&[(0, "the whole certificate"), (1, "its public key")])
    .rfc(6698, "2.1.2")
    .meaning("Which part of the certificate is compared.");

static MATCHING: FieldDef = FieldDef::decimal("dns.tlsa.matching_type", "As what")
    .named(&[(0, "as it is"), (1, "SHA-256"), (2, "SHA-512")])
    .rfc(6698, "2.1.3")
    .meaning("Whether that part stands here itself, or its hash.");

static ASSOCIATION: FieldDef =
    FieldDef::bytes("dns.tlsa.certificate_association_data", "To be compared")
        .rfc(6698, "2.1.4")
        .meaning("What the certificate must match that the server shows in TLS.");

static SSH_ALGORITHM: FieldDef = FieldDef::decimal("dns.sshfp.algorithm", "Algorithm")
    .named(&[
        (1, "RSA"),
        (2, "DSA"),
        (3, "ECDSA"),
        (4, "Ed25519"),
        (6, "Ed448"),
    ])
    .rfc(4255, "3.1.1")
    .meaning("Of which kind the host's key is.");

static SSH_HASH: FieldDef = FieldDef::decimal("dns.sshfp.fingerprint.type", "Kind of fingerprint")
    .named(&[(1, "SHA-1"), (2, "SHA-256")])
    .rfc(4255, "3.1.2")
    .meaning("By which hash the fingerprint was made of the key.");

static FINGERPRINT: FieldDef = FieldDef::bytes("dns.sshfp.fingerprint", "Fingerprint")
    .rfc(4255, "3.1.3")
    .meaning("What a client of SSH compares with the key that the host shows, in place of asking its user.");

/// The fields.
pub const FIELDS: [&FieldDef; 16] = [
    &CAA_FLAGS,
    &CRITICAL,
    &TAG_LENGTH,
    &TAG,
    &VALUE,
    &ISSUE,
    &ISSUE_WILD,
    &REPORT_TO,
    &OTHER_PROPERTY,
    &USAGE,
    &SELECTOR,
    &MATCHING,
    &ASSOCIATION,
    &SSH_ALGORITHM,
    &SSH_HASH,
    &FINGERPRINT,
];

/// What their data are.
pub static LAYOUTS: &[Layout] = &[
    Layout::of(
        dns_names::CAA,
        &[
            Part::Flags(&CAA_FLAGS, 1, &[(&CRITICAL, 0)]),
            Part::Inner(property),
        ],
    ),
    Layout::of(
        dns_names::TLSA,
        &[
            Part::Fixed(&USAGE, 1),
            Part::Fixed(&SELECTOR, 1),
            Part::Fixed(&MATCHING, 1),
            Part::Rest(&ASSOCIATION),
        ],
    ),
    Layout::of(
        dns_names::SSHFP,
        &[
            Part::Fixed(&SSH_ALGORITHM, 1),
            Part::Fixed(&SSH_HASH, 1),
            Part::Rest(&FINGERPRINT),
        ],
    ),
];

/// Takes the tag of a property, and its value under the name that the tag says.
fn property(data: &[u8], at: usize, take: Take<'_>) -> Option<()> {
    let tag = at + 1..at + 1 + usize::from(*data.get(at)?);
    let value = tag.end..data.len();
    // Letters of either case are the same (RFC 8659, section 4.1).
    let name = data.get(tag.clone())?;
    let property = [
        (&b"issue"[..], &ISSUE),
        (b"issuewild", &ISSUE_WILD),
        (b"iodef", &REPORT_TO),
    ]
    .into_iter()
    .find(|(known, _)| name.eq_ignore_ascii_case(known))
    .map_or(&OTHER_PROPERTY, |(_, property)| property);
    take(&TAG_LENGTH, (at..at + 1).into());
    take(&TAG, tag.into());
    take(&VALUE, value.clone().into());
    take(property, value.into());
    Some(())
}
