//! The certificates that both sides of TLS show each other, which the server asks the client for, and what an authority
//! says of them (RFC 8446, sections 4.3.2 and 4.4.2; RFC 6066, section 8).

use super::tls_extensions::{self as extensions, Hello};
use super::tls_vectors::{Heard, Reader};
use super::x509_general_names::DIRECTORY;
use super::{x509, x509_names};
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static CERTIFICATES_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.certificates_length",
    "Length of the certificates",
)
.unit("bytes")
.rfc(8446, "4.4.2")
.meaning("How long all certificates are together.");

static CERTIFICATES: FieldDef = FieldDef::heading("tls.handshake.certificates", "Certificates")
    .rfc(8446, "4.4.2")
    .meaning("The server's certificate, and those that vouch for it; in TLS 1.2 all can read them, in TLS 1.3 nobody else.");

static CERTIFICATE_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.certificate_length",
    "Length of the certificate",
)
.unit("bytes")
.rfc(8446, "4.4.2")
.meaning("How long this certificate is.");

static CERTIFICATE: FieldDef = FieldDef::bytes("tls.handshake.certificate", "As it is sent")
    .detail()
    .rfc(8446, "4.4.2")
    .meaning(
        "The bytes of the certificate: who has the same ones elsewhere has the same certificate.",
    );

static KINDS_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.cert_types_count", "Number of kinds")
        .rfc(8422, "5.5")
        .meaning("How many kinds of certificates the server takes.");

static KINDS: FieldDef = FieldDef::heading("tls.handshake.cert_types", "Kinds of certificates")
    .rfc(8422, "5.5")
    .meaning("The kinds of certificates that the server takes from a client.");

static KIND: FieldDef = FieldDef::decimal("tls.handshake.cert_type", "Kind")
    .named(&[
        (1, "RSA Sign"),
        (2, "DSS Sign"),
        (3, "RSA Fixed DH"),
        (4, "DSS Fixed DH"),
        (64, "ECDSA Sign"),
        (65, "RSA Fixed ECDH"),
        (66, "ECDSA Fixed ECDH"),
    ])
    .rfc(8422, "5.5")
    .meaning("A kind of key in a certificate that the server takes.");

static AUTHORITIES_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.dnames_len", "Length of the authorities")
        .unit("bytes")
        .rfc(8446, "4.2.4")
        .meaning("How long the names of all authorities are together.");

static AUTHORITIES: FieldDef = FieldDef::heading("tls.handshake.dnames", "Authorities")
    .rfc(8446, "4.2.4")
    .meaning("Whom the server believes what they say of clients; with no name, it does not tell.");

static AUTHORITY_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.dname_len", "Length of the authority")
        .unit("bytes")
        .rfc(8446, "4.2.4")
        .meaning("How long the name of this authority is.");

static STATUS_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.ocsp_response_len", "Length of the answer")
        .unit("bytes")
        .rfc(6066, "8")
        .meaning("How long the authority's answer is.");

static STATUS: FieldDef = FieldDef::bytes("tls.handshake.ocsp_response", "Answer of the authority")
    .rfc(6066, "8")
    .meaning("Whether the certificate is revoked, as the authority said and signed when the server asked; it is not taken apart.");

static VERIFY_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.client_cert_vrfy.sig_len",
    "Length of the signature",
)
.unit("bytes")
.rfc(8446, "4.4.3")
.meaning("How long the signature over the handshake is.");

static VERIFY: FieldDef = FieldDef::bytes("tls.handshake.client_cert_vrfy.sig", "Signature")
    .rfc(8446, "4.4.3")
    .meaning("Over all that was said so far: proves that who sent the certificate has its key.");

static CONTEXT_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.certificate_request_context_length",
    "Length of the context",
)
.unit("bytes")
.rfc(8446, "4.4.2")
.meaning(
    "How long the name is of the request that these certificates answer; a server was not asked.",
);

static CONTEXT: FieldDef = FieldDef::bytes("tls.handshake.certificate_request_context", "Context")
    .rfc(8446, "4.4.2")
    .meaning("The request that these certificates answer.");

/// Of certificates.
pub const FIELDS: [&FieldDef; 16] = [
    &CERTIFICATES_LENGTH,
    &CERTIFICATES,
    &CERTIFICATE_LENGTH,
    &CERTIFICATE,
    &KINDS_LENGTH,
    &KINDS,
    &KIND,
    &AUTHORITIES_LENGTH,
    &AUTHORITIES,
    &AUTHORITY_LENGTH,
    &VERIFY_LENGTH,
    &VERIFY,
    &STATUS_LENGTH,
    &STATUS,
    &CONTEXT_LENGTH,
    &CONTEXT,
];

/// Tells a chain of certificates as TLS 1.2 sends it: that of the sender first, each of the others vouching for the
/// one before.
pub fn expand_chain(heard: Heard<'_>, body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut certificates = body.tell_vector(&CERTIFICATES_LENGTH, 3, out)?;
    out.bytes(&CERTIFICATES, certificates.rest());
    loop {
        expand_one(heard, &mut certificates, body.is_cut(), out)?;
    }
}

fn expand_one(
    heard: Heard<'_>,
    certificates: &mut Reader<'_>,
    is_cut: bool,
    out: &mut Expander<'_>,
) -> Option<()> {
    let one = certificates.tell_vector(&CERTIFICATE_LENGTH, 3, out)?;
    x509::expand(heard, one.rest(), is_cut || one.is_cut(), &CERTIFICATE, out);
    Some(())
}

/// Tells a chain as TLS 1.3 sends it, where each certificate has extensions.
pub fn expand_chain_with_extensions(
    heard: Heard<'_>,
    body: &mut Reader<'_>,
    out: &mut Expander<'_>,
) -> Option<()> {
    expand_context(body, out)?;
    let mut certificates = body.tell_vector(&CERTIFICATES_LENGTH, 3, out)?;
    out.bytes(&CERTIFICATES, certificates.rest());
    loop {
        expand_one(heard, &mut certificates, body.is_cut(), out)?;
        let mut of_it = certificates.clone();
        certificates.vector(2)?;
        // The list ends where that of the next certificate begins.
        let _ = extensions::expand(Hello::Encrypted, &mut of_it, out);
    }
}

fn expand_context(body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut context = body.tell_vector(&CONTEXT_LENGTH, 1, out)?;
    if context.left() > 0 {
        context.tell_rest(&CONTEXT, out);
    }
    Some(())
}

/// Tells what the server of TLS 1.2 wants to know of a client.
pub fn expand_request(bytes: &[u8], body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut kinds = body.tell_vector(&KINDS_LENGTH, 1, out)?;
    kinds.tell_items((&KINDS, &KIND), 1, out);
    extensions::expand_schemes(body, out)?;
    let mut authorities = body.tell_vector(&AUTHORITIES_LENGTH, 2, out)?;
    out.bytes(&AUTHORITIES, authorities.rest());
    loop {
        let name = authorities.tell_vector(&AUTHORITY_LENGTH, 2, out)?;
        x509_names::expand_alone(bytes, name.rest(), name.is_cut(), &DIRECTORY, out);
    }
}

/// The same of TLS 1.3, where extensions tell it.
pub fn expand_request_by_extensions(body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    expand_context(body, out)?;
    extensions::expand(Hello::Encrypted, body, out)
}

/// Tells what an authority says of the certificate.
pub fn expand_status(body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    body.tell(&extensions::STATUS_KIND, 1, out)?;
    let mut answer = body.tell_vector(&STATUS_LENGTH, 3, out)?;
    answer.tell_rest(&STATUS, out);
    Some(())
}

/// Tells the proof that who sent a certificate has its key.
pub fn expand_proof(body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    body.tell(&extensions::SCHEME, 2, out)?;
    let mut signature = body.tell_vector(&VERIFY_LENGTH, 2, out)?;
    signature.tell_rest(&VERIFY, out);
    Some(())
}

/// Whether a proof says how it was made, as from TLS 1.2 on: only that all fits tells.
pub fn is_proof(mut body: Reader<'_>) -> bool {
    let signature = body.take(2).and_then(|_| body.vector(2));
    signature.is_some_and(|signature| body.left() == 0 && !signature.is_cut())
}
