//! The hellos of TLS: what both sides say first, for everybody to read (RFC 8446, section 4.1).
//!
//! ```text
//! client   version, 32 random bytes, session, cipher suites, compression methods, extensions
//! server   version, 32 random bytes, session, cipher suite,  compression method,  extensions
//! ```

use std::ops::Range;

use super::tls_extensions::{self as extensions, Hello};
use super::tls_handshake::ENCRYPTED_EXTENSIONS;
use super::tls_names as names;
use super::tls_vectors::Reader;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

/// The version, where no extension tells it.
pub static VERSION: FieldDef = FieldDef::hex("tls.handshake.version", "Version")
    .named_by(names::version)
    .rfc(8446, "4.1.2")
    .meaning("In TLS 1.3 always that of TLS 1.2, for the sake of old programs on the way; the real one is in an extension.");

static RANDOM: FieldDef = FieldDef::bytes("tls.handshake.random", "Random")
    .rfc(8446, "4.1.2")
    .meaning("32 bytes by chance, so that no two handshakes are alike and an old one cannot be played again.");

/// Whether it asks for another hello.
pub static RETRY: FieldDef = FieldDef::flag("tls.handshake.retry", "Asks for another hello")
    .derived()
    .named(&[(1, "yes")])
    .rfc(8446, "4.1.3")
    .meaning("The random bytes are the ones by which a server says: hello again, with another key share.");

static SESSION_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.session_id_length",
    "Length of the session's name",
)
.unit("bytes")
.rfc(8446, "4.1.2")
.meaning("How long the name of the session is.");

static SESSION: FieldDef = FieldDef::bytes("tls.handshake.session_id", "Session's name")
    .rfc(8446, "4.1.2")
    .meaning("Before TLS 1.3 it named a session to go on with; now it only looks so, and the server repeats it.");

static SUITES_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.cipher_suites_length",
    "Length of the cipher suites",
)
.unit("bytes")
.rfc(8446, "4.1.2")
.meaning("How long the list of cipher suites is, of two bytes each.");

static SUITES: FieldDef = FieldDef::heading("tls.handshake.ciphersuites", "Cipher suites")
    .rfc(8446, "4.1.2")
    .meaning("The ways to encrypt that the client can do, the one it likes best first.");

/// A way to encrypt.
pub static SUITE: FieldDef = FieldDef::hex("tls.handshake.ciphersuite", "Cipher suite")
    .named_by(names::suite)
    .rfc(8446, "B.4")
    .meaning("A way to encrypt; from the server, the one that both use from here on.");

static METHODS_LENGTH: FieldDef = FieldDef::decimal(
    "tls.handshake.comp_methods_length",
    "Length of the compression methods",
)
.unit("bytes")
.rfc(8446, "4.1.2")
.meaning("How long the list of compression methods is.");

static METHODS: FieldDef = FieldDef::heading("tls.handshake.comp_methods", "Compression methods")
    .rfc(8446, "4.1.2")
    .meaning(
        "The ways to compress that the client can do: none, since compression gave secrets away.",
    );

static METHOD: FieldDef = FieldDef::decimal("tls.handshake.comp_method", "Compression method")
    .named(&[(0, "null"), (1, "DEFLATE")])
    .rfc(8446, "4.1.2")
    .meaning("How what is said is compressed before it is encrypted; null: not at all.");

/// Of the hellos.
pub const FIELDS: [&FieldDef; 11] = [
    &VERSION,
    &RANDOM,
    &RETRY,
    &SESSION_LENGTH,
    &SESSION,
    &SUITES_LENGTH,
    &SUITES,
    &SUITE,
    &METHODS_LENGTH,
    &METHODS,
    &METHOD,
];

/// The random bytes of a server's hello that asks for another one: a hash of "HelloRetryRequest" (RFC 8446, section
/// 4.1.3).
const ASKS_AGAIN: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Tells a client's hello; `None` where it ends early.
pub fn expand_client(body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    body.tell(&VERSION, 2, out)?;
    body.tell(&RANDOM, ASKS_AGAIN.len(), out)?;
    let mut session = body.tell_vector(&SESSION_LENGTH, 1, out)?;
    session.tell_rest(&SESSION, out);
    let mut suites = body.tell_vector(&SUITES_LENGTH, 2, out)?;
    suites.tell_items((&SUITES, &SUITE), 2, out);
    let mut methods = body.tell_vector(&METHODS_LENGTH, 1, out)?;
    methods.tell_items((&METHODS, &METHOD), 1, out);
    extensions::expand(Hello::Client, body, out)
}

/// Tells a server's hello; `None` where it ends early.
pub fn expand_server(bytes: &[u8], body: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    let hello = of_server(bytes, body.clone());
    body.tell(&VERSION, 2, out)?;
    body.tell(&RANDOM, ASKS_AGAIN.len(), out)?;
    if hello == Hello::Retry {
        out.derived_beside(&RETRY, 1);
    }
    let mut session = body.tell_vector(&SESSION_LENGTH, 1, out)?;
    session.tell_rest(&SESSION, out);
    body.tell(&SUITE, 2, out)?;
    body.tell(&METHOD, 1, out)?;
    extensions::expand(hello, body, out)
}

/// Which of a server's hellos has this body.
pub fn of_server(bytes: &[u8], mut body: Reader<'_>) -> Hello {
    body.take(2);
    let random = body.take(ASKS_AGAIN.len());
    match random.and_then(|random| bytes.get(random)) {
        Some(random) if random == ASKS_AGAIN => Hello::Retry,
        _ => Hello::Server,
    }
}

/// Where the name of the server stands that a client's hello asks for.
pub fn server_name(mut body: Reader<'_>) -> Option<Range<usize>> {
    body.take(2 + ASKS_AGAIN.len())?;
    body.vector(1)?;
    body.vector(2)?;
    body.vector(1)?;
    extensions::server_name(body.vector(2)?)
}

/// What keys are derived by, of a client's hello: where its random bytes stand.
pub fn client_random(mut body: Reader<'_>) -> Option<Range<usize>> {
    body.take(2)?;
    body.take(ASKS_AGAIN.len())
}

/// What both sides go on with, by a server's hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where the server's random bytes stand.
    pub random: Range<usize>,
    /// The number of the cipher suite.
    pub suite: u16,
    /// The number of the version: that of the extension, where there is one.
    pub version: u16,
}

/// What a server's hello says that both go on with; `None` where it ends early.
pub fn agreed(mut body: Reader<'_>) -> Option<Agreed> {
    let number = |number| u16::try_from(number).ok();
    let before = body.number(2)?;
    let random = body.take(ASKS_AGAIN.len())?;
    body.vector(1)?;
    let suite = number(body.number(2)?)?;
    body.number(1)?;
    let in_extension = body.vector(2).and_then(extensions::chosen_version);
    Some(Agreed {
        random,
        suite,
        version: number(in_extension.unwrap_or(before))?,
    })
}

/// Where the name of the protocol stands that a server's hello chooses; in TLS 1.3 it is told later, encrypted.
pub fn protocol_of_server(mut body: Reader<'_>) -> Option<Range<usize>> {
    body.take(2 + ASKS_AGAIN.len())?;
    body.vector(1)?;
    body.take(3)?;
    extensions::chosen_protocol(body.vector(2)?)
}

/// The name of the protocol that a message of the handshake chooses which adds to a server's hello, encrypted
/// (RFC 8446, section 4.3.1).
pub fn chosen_protocol(message: &[u8]) -> Option<&[u8]> {
    let mut all = Reader::new(message, 0..message.len());
    if all.number(1)? != ENCRYPTED_EXTENSIONS {
        return None;
    }
    let list = all.vector(3)?.vector(2)?;
    message.get(extensions::chosen_protocol(list)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    const CLIENT: u8 = 1;
    const SERVER: u8 = 2;

    /// A hello in a record of its own.
    fn sent(kind: u8, body: &[u8]) -> Seen {
        let length = u8::try_from(body.len()).unwrap();
        let header = [22, 3, 1, 0, length + 4, kind, 0, 0, length];
        seen(LinkType::IPV4, &in_segment(&[&header, body].concat()))
    }

    /// A hello's version, its random bytes, and no name of a session.
    fn head(random: &[u8; 32]) -> Vec<u8> {
        [&[3, 3], &random[..], &[0]].concat()
    }

    #[test]
    fn a_clients_hello_is_taken_apart_and_its_line_names_the_server() {
        #[rustfmt::skip]
        let rest = [
            0, 4, 0x13, 0x01, 0x0a, 0x0a,
            1, 0,
            0, 47,
            0, 0, 0, 8, 0, 6, 0, 0, 3, b'l', b'a', b'b',
            0, 16, 0, 5, 0, 3, 2, b'h', b'2',
            0, 43, 0, 3, 2, 3, 4,
            0, 51, 0, 11, 0, 9, 0, 0x1d, 0, 5, 1, 2, 3, 4, 5,
            0, 23, 0, 0,
        ];
        let seen = sent(CLIENT, &[&head(&[7; 32])[..], &rest].concat());
        assert!(
            seen.line.contains("  Client Hello (SNI=lab)  ["),
            "{}",
            seen.line
        );
        assert_eq!(seen.faults.len(), 1, "only the checksum of TCP");
        let random = ["  tls.handshake.random ", &vec!["07"; 32].join(":")].concat();
        assert_eq!(
            seen.fields("tls")[3..],
            [
                "tls.handshake",
                "  tls.handshake.type 1 (Client Hello)",
                "  tls.handshake.length 92",
                "  tls.handshake.version 0x303 (TLS 1.2)",
                &random,
                "  tls.handshake.session_id_length 0",
                "  tls.handshake.cipher_suites_length 4",
                "  tls.handshake.ciphersuites",
                "    tls.handshake.ciphersuite 0x1301 (TLS_AES_128_GCM_SHA256)",
                "    tls.handshake.ciphersuite 0xa0a (GREASE: means nothing)",
                "  tls.handshake.comp_methods_length 1",
                "  tls.handshake.comp_methods",
                "    tls.handshake.comp_method 0 (null)",
                "  tls.handshake.extensions_length 47",
                "  tls.handshake.extension",
                "    tls.handshake.extension.type 0 (server_name)",
                "    tls.handshake.extension.len 8",
                "    tls.handshake.extensions_server_name_list_len 6",
                "    tls.handshake.extensions_server_name_type 0 (host_name)",
                "    tls.handshake.extensions_server_name_len 3",
                "    tls.handshake.extensions_server_name lab",
                "  tls.handshake.extension",
                "    tls.handshake.extension.type 16 (application_layer_protocol_negotiation)",
                "    tls.handshake.extension.len 5",
                "    tls.handshake.extensions_alpn_len 3",
                "    tls.handshake.extensions_alpn_list",
                "      tls.handshake.extensions_alpn_str_len 2",
                "      tls.handshake.extensions_alpn_str h2",
                "  tls.handshake.extension",
                "    tls.handshake.extension.type 43 (supported_versions)",
                "    tls.handshake.extension.len 3",
                "    tls.handshake.extensions.supported_versions_len 2",
                "    tls.handshake.extensions.supported_version 0x304 (TLS 1.3)",
                "  tls.handshake.extension",
                "    tls.handshake.extension.type 51 (key_share)",
                "    tls.handshake.extension.len 11",
                "    tls.handshake.extensions_key_share_client_length 9",
                "    tls.handshake.extensions_key_share",
                "      tls.handshake.extensions_key_share_group 29 (x25519)",
                "      tls.handshake.extensions_key_share_key_exchange_length 5",
                "      tls.handshake.extensions_key_share_key_exchange 01:02:03:04:05",
                "  tls.handshake.extension",
                "    tls.handshake.extension.type 23 (extended_master_secret)",
                "    tls.handshake.extension.len 0",
            ]
        );
    }

    #[test]
    fn a_servers_hello_that_asks_for_another_one_is_told_by_its_random_bytes() {
        let rest = [0x13, 0x01, 0, 0, 6, 0, 51, 0, 2, 0, 0x18];
        let hello = sent(SERVER, &[&head(&ASKS_AGAIN)[..], &rest].concat());
        assert!(
            hello.line.contains("  Hello Retry Request  ["),
            "{}",
            hello.line
        );
        assert_eq!(
            hello.chosen(
                "tls",
                &["tls.handshake.retry", "tls.handshake.extensions_key_share"]
            ),
            [
                "= tls.handshake.retry 1 (yes)",
                "tls.handshake.extensions_key_share_selected_group 24 (secp384r1)",
            ]
        );
        let other = sent(SERVER, &[&head(&[7; 32])[..], &rest].concat());
        assert!(other.line.contains("  Server Hello  ["), "{}", other.line);
    }

    #[test]
    fn a_list_longer_than_what_is_around_it_is_a_fault_that_is_told_once() {
        let rest = [0x13, 1, 0, 0, 99, 0, 51, 0, 90];
        let seen = sent(SERVER, &[&head(&[7; 32])[..], &rest].concat());
        let told = "needs 99 bytes, but by the length that TLS states there are 4";
        assert_eq!(seen.faults[1..], [told], "behind the checksum of TCP");
    }
}
