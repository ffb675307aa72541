//! What the hellos of TLS say beside what every hello says: a list of extensions, each with a type and a length
//! (RFC 8446, section 4.2).

use std::ops::Range;

use super::tls_certificates as certificates;
use super::tls_names as names;
use super::tls_quic as quic;
use super::tls_vectors::Reader;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};

static LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_length",
    "Length of the extensions",
)
.unit("bytes")
.rfc(8446, "4.2")
.meaning("How long all extensions are together.");

static EXTENSION: FieldDef = FieldDef::heading("tls.handshake.extension", "Extension")
    .rfc(8446, "4.2")
    .meaning("Something that a hello says beside what every hello says.");

static TYPE: FieldDef = FieldDef::decimal("tls.handshake.extension.type", "Type")
    .named_by(names::extension)
    .rfc(8446, "4.2")
    .meaning("What the extension is about; who does not know it passes over it.");

static DATA_LENGTH: FieldDef = FieldDef::decimal("tls.handshake.extension.len", "Length")
    .unit("bytes")
    .rfc(8446, "4.2")
    .meaning("How long the extension's data is; of some it is 0, for their being there says all.");

static DATA: FieldDef = FieldDef::bytes("tls.handshake.extension.data", "Data")
    .rfc(8446, "4.2")
    .meaning("What the extension says; of this one it is not taken apart.");

static NAMES_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_server_name_list_len",
    "Length of the list",
)
.unit("bytes")
.rfc(6066, "3")
.meaning("How long the list of names is, which has only one.");

static NAME_TYPE: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_server_name_type",
    "Type of the name",
)
.named(&[(0, "host_name")])
.rfc(6066, "3")
.meaning("What kind of name this is; there is no other than that of a host.");

static NAME_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_server_name_len",
    "Length of the name",
)
.unit("bytes")
.rfc(6066, "3")
.meaning("How long the name of the server is.");

/// Which server is meant.
pub static NAME: FieldDef = FieldDef::text("tls.handshake.extensions_server_name", "Server name")
    .rfc(6066, "3")
    .meaning("Which site the client wants, so that a server of many shows the right certificate; everybody on the way can read it.");

static PROTOCOLS_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.extensions_alpn_len", "Length of the list")
        .unit("bytes")
        .rfc(7301, "3.1")
        .meaning("How long the list of application protocols is.");

static PROTOCOLS: FieldDef = FieldDef::heading("tls.handshake.extensions_alpn_list", "Application protocols")
    .rfc(7301, "3.1")
    .meaning("The protocols that the client could speak inside TLS, the one it likes best first; the server answers with one.");

static PROTOCOL_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_alpn_str_len",
    "Length of the protocol's name",
)
.unit("bytes")
.rfc(7301, "3.1")
.meaning("How long the name of this protocol is.");

/// What is to be spoken inside.
pub static ALPN: FieldDef = FieldDef::text("tls.handshake.extensions_alpn_str", "Application protocol")
    .rfc(7301, "3.1")
    .meaning("A protocol for inside TLS: http/1.1, or h2 for HTTP/2; this much of what is encrypted later can be seen.");

static VERSIONS_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions.supported_versions_len",
    "Length of the list",
)
.unit("bytes")
.rfc(8446, "4.2.1")
.meaning("How long the list of versions is.");

/// Which versions are possible, or which is chosen.
pub static VERSION: FieldDef = FieldDef::hex(
    "tls.handshake.extensions.supported_version",
    "Supported version",
)
.named_by(names::version)
.rfc(8446, "4.2.1")
.meaning(
    "A version that the client can speak; from the server, the one that both speak from here on.",
);

static GROUPS_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_supported_groups_length",
    "Length of the list",
)
.unit("bytes")
.rfc(8446, "4.2.7")
.meaning("How long the list of groups is.");

static GROUPS: FieldDef = FieldDef::heading(
    "tls.handshake.extensions_supported_groups",
    "Supported groups",
)
.rfc(8446, "4.2.7")
.meaning("The groups in which the client can exchange keys, the one it likes best first.");

static GROUP: FieldDef = FieldDef::hex("tls.handshake.extensions_supported_group", "Supported group")
    .named_by(names::group)
    .rfc(8446, "4.2.7")
    .meaning("Numbers to reckon with, mostly on a curve, of which both sides make a key that a listener cannot.");

static POINTS_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_ec_point_formats_length",
    "Length of the list",
)
.unit("bytes")
.rfc(8422, "5.1.2")
.meaning("How long the list of point formats is.");

static POINTS: FieldDef =
    FieldDef::heading("tls.handshake.extensions_ec_point_formats", "Point formats")
        .rfc(8422, "5.1.2")
        .meaning("How the sender can read points on a curve; TLS 1.3 does without this.");

static POINT: FieldDef =
    FieldDef::decimal("tls.handshake.extensions_ec_point_format", "Point format")
        .named(&[
            (0, "uncompressed"),
            (1, "ansiX962_compressed_prime"),
            (2, "ansiX962_compressed_char2"),
        ])
        .rfc(8422, "5.1.2")
        .meaning("A way to write a point on a curve; only the uncompressed one is still used.");

static SCHEMES_LENGTH: FieldDef =
    FieldDef::decimal("tls.handshake.sig_hash_alg_len", "Length of the list")
        .unit("bytes")
        .rfc(8446, "4.2.3")
        .meaning("How long the list of signature algorithms is.");

static SCHEMES: FieldDef = FieldDef::heading("tls.handshake.sig_hash_algs", "Signature algorithms")
    .rfc(8446, "4.2.3")
    .meaning("How a server may prove who it is, so that this client can check it.");

/// A way to sign.
pub static SCHEME: FieldDef = FieldDef::hex("tls.handshake.sig_hash_alg", "Signature algorithm")
    .named_by(names::scheme)
    .rfc(8446, "4.2.3")
    .meaning("A kind of key, and a hash, that signatures are made with.");

static SHARES_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_key_share_client_length",
    "Length of the list",
)
.unit("bytes")
.rfc(8446, "4.2.8")
.meaning("How long the list of key shares is.");

static SHARE: FieldDef = FieldDef::heading("tls.handshake.extensions_key_share", "Key share")
    .rfc(8446, "4.2.8")
    .meaning("One side's half of the key exchange: of both halves, each side makes the same key.");

static SHARE_GROUP: FieldDef =
    FieldDef::decimal("tls.handshake.extensions_key_share_group", "Group")
        .named_by(names::group)
        .rfc(8446, "4.2.8")
        .meaning("The group that this half of the exchange was reckoned in.");

static SHARE_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_key_share_key_exchange_length",
    "Length of the half",
)
.unit("bytes")
.rfc(8446, "4.2.8")
.meaning("How long this half of the key exchange is.");

static SHARE_KEY: FieldDef = FieldDef::bytes(
    "tls.handshake.extensions_key_share_key_exchange",
    "Half of the key exchange",
)
.rfc(8446, "4.2.8")
.meaning("What everybody may see of the sender's secret: nobody can reckon back from it.");

static WANTED_GROUP: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_key_share_selected_group",
    "Wanted group",
)
.named_by(names::group)
.rfc(8446, "4.2.8")
.meaning("The group that the server wants a key share of, for the client had sent none.");

static MODES_LENGTH: FieldDef =
    FieldDef::decimal("tls.extension.psk_ke_modes_length", "Length of the list")
        .unit("bytes")
        .rfc(8446, "4.2.9")
        .meaning("How long the list of modes is.");

static MODE: FieldDef = FieldDef::decimal("tls.extension.psk_ke_mode", "Mode of resuming")
    .named(&[
        (0, "PSK-only key establishment (psk_ke)"),
        (1, "PSK with (EC)DHE key establishment (psk_dhe_ke)"),
    ])
    .rfc(8446, "4.2.9")
    .meaning("How a key from before may be used again: alone, or together with a new exchange.");

static RENEGOTIATION_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_reneg_info_len",
    "Length of the proof",
)
.unit("bytes")
.rfc(5746, "3.2")
.meaning("How long the proof is; 0 in the first handshake of a connection.");

static RENEGOTIATION: FieldDef = FieldDef::bytes("tls.handshake.extensions_reneg_info", "Proof")
    .rfc(5746, "3.2")
    .meaning("What binds this handshake to the one before on the same connection, so that nobody can put one of his own before it.");

/// In which form a status is wanted, or is.
pub static STATUS_KIND: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_status_request_type",
    "Kind of status",
)
.named(&[(1, "OCSP"), (2, "OCSP Multi")])
.rfc(6066, "8")
.meaning("In which form an authority says whether the certificate is revoked.");

static STATUS_RESPONDERS: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_status_request_responder_ids_len",
    "Length of the authorities",
)
.unit("bytes")
.rfc(6066, "8")
.meaning("How long the list is of those whose answer the client would believe; with none, the server chooses.");

static STATUS_EXTENSIONS: FieldDef = FieldDef::decimal(
    "tls.handshake.extensions_status_request_exts_len",
    "Length of the extensions",
)
.unit("bytes")
.rfc(6066, "8")
.meaning("How long what the client adds to its question is, which mostly is nothing.");

static PADDING: FieldDef = FieldDef::bytes("tls.handshake.extensions_padding_data", "Padding")
    .rfc(7685, "3")
    .meaning(
        "Zeros that make the hello longer, for some servers hung on hellos of certain lengths.",
    );

/// Of the extensions.
pub const FIELDS: [&FieldDef; OWN.len() + quic::FIELDS.len()] = joined(&[&OWN, &quic::FIELDS]);

const OWN: [&FieldDef; 38] = [
    &LENGTH,
    &EXTENSION,
    &TYPE,
    &DATA_LENGTH,
    &DATA,
    &NAMES_LENGTH,
    &NAME_TYPE,
    &NAME_LENGTH,
    &NAME,
    &PROTOCOLS_LENGTH,
    &PROTOCOLS,
    &PROTOCOL_LENGTH,
    &ALPN,
    &VERSIONS_LENGTH,
    &VERSION,
    &GROUPS_LENGTH,
    &GROUPS,
    &GROUP,
    &POINTS_LENGTH,
    &POINTS,
    &POINT,
    &SCHEMES_LENGTH,
    &SCHEMES,
    &SCHEME,
    &SHARES_LENGTH,
    &SHARE,
    &SHARE_GROUP,
    &SHARE_LENGTH,
    &SHARE_KEY,
    &WANTED_GROUP,
    &MODES_LENGTH,
    &MODE,
    &RENEGOTIATION_LENGTH,
    &RENEGOTIATION,
    &PADDING,
    &STATUS_KIND,
    &STATUS_RESPONDERS,
    &STATUS_EXTENSIONS,
];

/// Whose hello it is; some extensions look different in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// The client's: it lists what is possible.
    Client,
    /// The server's: it says what is chosen.
    Server,
    /// The server's that asks for another hello (RFC 8446, section 4.1.4).
    Retry,
    /// None: what the server adds to its own once both encrypt (RFC 8446, section 4.3.1).
    Encrypted,
}

/// The types of extensions that are taken apart.
const SERVER_NAME: usize = 0;
const STATUS_REQUEST: usize = 5;
const SUPPORTED_GROUPS: usize = 10;
const POINT_FORMATS: usize = 11;
const SIGNATURE_ALGORITHMS: usize = 13;
const PROTOCOL_NEGOTIATION: usize = 16;
const PADDED: usize = 21;
const SUPPORTED_VERSIONS: usize = 43;
const RESUMING_MODES: usize = 45;
const SIGNATURE_ALGORITHMS_OF_CERTIFICATES: usize = 50;
const KEY_SHARE: usize = 51;
const QUIC_PARAMETERS: usize = 57;
const RENEGOTIATION_INFO: usize = 0xff01;

/// Tells the extensions, the last part of a hello. There may be none.
pub fn expand(hello: Hello, rest: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut list = rest.tell_vector(&LENGTH, 2, out)?;
    loop {
        let from = list.rest().start;
        let mut ahead = list.clone();
        let kind = ahead.number(2)?;
        ahead.vector(2)?;
        out.bytes(&EXTENSION, from..ahead.rest().start);
        list.tell_number(&TYPE, 2, out)?;
        let mut data = list.tell_vector(&DATA_LENGTH, 2, out)?;
        // What does not fit stays bytes that nobody took.
        let _ = expand_data(kind, hello, &mut data, out);
    }
}

fn expand_data(
    kind: usize,
    hello: Hello,
    data: &mut Reader<'_>,
    out: &mut Expander<'_>,
) -> Option<()> {
    match (kind, hello) {
        (SERVER_NAME, Hello::Client) => expand_names(data, out),
        (PROTOCOL_NEGOTIATION, _) => expand_protocols(data, out),
        (SUPPORTED_VERSIONS, Hello::Client) => {
            let mut versions = data.tell_vector(&VERSIONS_LENGTH, 1, out)?;
            while versions.tell(&VERSION, 2, out).is_some() {}
            Some(())
        }
        (SUPPORTED_VERSIONS, _) => data.tell(&VERSION, 2, out),
        (SUPPORTED_GROUPS, _) => expand_list((&GROUPS_LENGTH, 2), (&GROUPS, &GROUP), 2, data, out),
        (POINT_FORMATS, _) => expand_list((&POINTS_LENGTH, 1), (&POINTS, &POINT), 1, data, out),
        (SIGNATURE_ALGORITHMS | SIGNATURE_ALGORITHMS_OF_CERTIFICATES, _) => {
            expand_schemes(data, out)
        }
        (KEY_SHARE, Hello::Client) => {
            let mut shares = data.tell_vector(&SHARES_LENGTH, 2, out)?;
            while expand_share(&mut shares, out).is_some() {}
            Some(())
        }
        (KEY_SHARE, Hello::Server) => expand_share(data, out),
        (KEY_SHARE, Hello::Retry) => data.tell(&WANTED_GROUP, 2, out),
        (RESUMING_MODES, _) => {
            let mut modes = data.tell_vector(&MODES_LENGTH, 1, out)?;
            while modes.tell(&MODE, 1, out).is_some() {}
            Some(())
        }
        (RENEGOTIATION_INFO, _) => {
            let mut proof = data.tell_vector(&RENEGOTIATION_LENGTH, 1, out)?;
            proof.tell_rest(&RENEGOTIATION, out);
            Some(())
        }
        (STATUS_REQUEST, Hello::Client) => {
            data.tell(&STATUS_KIND, 1, out)?;
            // What is in these lists stays bytes.
            data.tell_vector(&STATUS_RESPONDERS, 2, out)?;
            data.tell_vector(&STATUS_EXTENSIONS, 2, out)?;
            Some(())
        }
        (STATUS_REQUEST, Hello::Encrypted) => certificates::expand_status(data, out),
        (QUIC_PARAMETERS, _) => quic::expand(data, out),
        (PADDED, _) => {
            data.tell_rest(&PADDING, out);
            Some(())
        }
        _ => {
            data.tell_rest(&DATA, out);
            Some(())
        }
    }
}

fn expand_names(data: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut names = data.tell_vector(&NAMES_LENGTH, 2, out)?;
    loop {
        names.tell(&NAME_TYPE, 1, out)?;
        let mut name = names.tell_vector(&NAME_LENGTH, 2, out)?;
        name.tell_rest(&NAME, out);
    }
}

fn expand_protocols(data: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let mut protocols = data.tell_vector(&PROTOCOLS_LENGTH, 2, out)?;
    out.bytes(&PROTOCOLS, protocols.rest());
    loop {
        let mut protocol = protocols.tell_vector(&PROTOCOL_LENGTH, 1, out)?;
        protocol.tell_rest(&ALPN, out);
    }
}

/// A list of items that are all as long, behind its length.
fn expand_list(
    (length, width): (&'static FieldDef, usize),
    fields: (&'static FieldDef, &'static FieldDef),
    item_width: usize,
    data: &mut Reader<'_>,
    out: &mut Expander<'_>,
) -> Option<()> {
    let mut items = data.tell_vector(length, width, out)?;
    items.tell_items(fields, item_width, out);
    Some(())
}

/// Tells a list of signature algorithms.
pub fn expand_schemes(data: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    expand_list((&SCHEMES_LENGTH, 2), (&SCHEMES, &SCHEME), 2, data, out)
}

fn expand_share(shares: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let from = shares.rest().start;
    let mut ahead = shares.clone();
    ahead.number(2)?;
    ahead.vector(2)?;
    out.bytes(&SHARE, from..ahead.rest().start);
    shares.tell_number(&SHARE_GROUP, 2, out)?;
    let mut key = shares.tell_vector(&SHARE_LENGTH, 2, out)?;
    key.tell_rest(&SHARE_KEY, out);
    Some(())
}

/// Where the name of the server stands that a client wants, in the extensions of its hello.
pub fn server_name(list: Reader<'_>) -> Option<Range<usize>> {
    let mut names = find(SERVER_NAME, list)?.vector(2)?;
    names.number(1)?;
    Some(names.vector(2)?.rest())
}

/// The version that a server has chosen, in the extensions of its hello.
pub fn chosen_version(list: Reader<'_>) -> Option<usize> {
    find(SUPPORTED_VERSIONS, list)?.number(2)
}

/// Where the name of the protocol stands that a server has chosen, in the extensions of its hello or behind it
/// (RFC 7301, section 3.1).
pub fn chosen_protocol(list: Reader<'_>) -> Option<Range<usize>> {
    let name = find(PROTOCOL_NEGOTIATION, list)?.vector(2)?.vector(1)?;
    Some(name.rest())
}

/// The data of the first extension of this type.
fn find(wanted: usize, mut list: Reader<'_>) -> Option<Reader<'_>> {
    loop {
        let kind = list.number(2)?;
        let data = list.vector(2)?;
        if kind == wanted {
            return Some(data);
        }
    }
}
