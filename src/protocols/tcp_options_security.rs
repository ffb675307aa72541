//! TCP options that sign or encrypt a connection: MD5 signature, TCP-AO, and the negotiation of
//! encryption (TCP-ENO).

use super::tcp_options::{Contents, Kind};
use crate::model::field::FieldDef;

static MD5: FieldDef = FieldDef::bytes("tcp.options.md5", "MD5 signature")
    .group()
    .rfc(2385, "3.0")
    .meaning("Signs the segment with a password that both sides know; withdrawn in favour of TCP-AO, and still found between BGP routers.");

static MD5_DIGEST: FieldDef = FieldDef::bytes("tcp.options.md5.digest", "Digest")
    .rfc(2385, "2.0")
    .meaning("The MD5 digest of addresses, header, payload and the password.");

static AUTHENTICATION: FieldDef = FieldDef::bytes("tcp.options.ao", "Authentication (TCP-AO)")
    .group()
    .rfc(5925, "2.2")
    .meaning("Signs the segment with a key that both sides hold, so that nobody can forge segments or break the connection off.");

static KEY_ID: FieldDef = FieldDef::decimal("tcp.options.ao.keyid", "Key identifier")
    .rfc(5925, "2.2")
    .meaning("Which of the agreed keys signed this segment.");

static NEXT_KEY_ID: FieldDef =
    FieldDef::decimal("tcp.options.ao.rnextkeyid", "Next key identifier")
        .rfc(5925, "2.2")
        .meaning("Which key the sender would like to see used on what it receives from now on.");

static AUTHENTICATION_CODE: FieldDef =
    FieldDef::bytes("tcp.options.ao.mac", "Message authentication code")
        .rfc(5925, "2.2")
        .meaning("The signature over addresses, header and payload; mostly 12 bytes.");

static NEGOTIATION: FieldDef = FieldDef::bytes(
    "tcp.options.eno",
    "Encryption negotiation (TCP-ENO)",
)
.group()
.rfc(8547, "4.1")
.meaning(
    "In the SYNs: which ways to encrypt the connection the sender offers, and which role it plays.",
);

static GLOBAL: FieldDef = FieldDef::hex("tcp.options.eno.global", "Global suboption")
    .group()
    .rfc(8547, "4.2")
    .meaning("What concerns all the offered ways to encrypt.");

static GLOBAL_RESERVED: FieldDef = FieldDef::hex("tcp.options.eno.global.z", "Reserved")
    .rfc(8547, "4.2")
    .meaning("Zeros, of which three bits are kept for later.");

static APPLICATION_AWARE: FieldDef = FieldDef::flag(
    "tcp.options.eno.global.a",
    "Application aware",
)
.rfc(8547, "4.2")
.meaning(
    "Whether the sender's program knows of the encryption and may change what it says for it.",
);

static PASSIVE_ROLE: FieldDef = FieldDef::flag("tcp.options.eno.global.b", "Passive role")
    .rfc(8547, "4.2")
    .meaning("Tells the two sides apart: set by the one that waits for connections, the server.");

static LENGTH_BYTE: FieldDef = FieldDef::hex("tcp.options.eno.length", "Length byte")
    .group()
    .rfc(8547, "4.4")
    .meaning("Comes before a suboption whose data do not reach to the end of the option.");

static LENGTH_MARK: FieldDef = FieldDef::hex("tcp.options.eno.length.mark", "Mark")
    .rfc(8547, "4.4")
    .meaning("The bits 100, by which a length byte is told from a suboption.");

static LENGTH_VALUE: FieldDef =
    FieldDef::decimal("tcp.options.eno.length.less_one", "Length less one")
        .rfc(8547, "4.4")
        .meaning("How many bytes of data the next suboption has, less one.");

static SUBOPTION: FieldDef = FieldDef::hex("tcp.options.eno.suboption", "Suboption")
    .group()
    .rfc(8547, "4.1")
    .meaning("One way to encrypt that the sender offers.");

static HAS_DATA: FieldDef = FieldDef::flag("tcp.options.eno.suboption.v", "With data")
    .rfc(8547, "4.1")
    .meaning("Whether data of this way to encrypt follow.");

static TEP: FieldDef = FieldDef::hex("tcp.options.eno.suboption.tep", "TCP encryption protocol")
    .named(&[
        (0x20, "experiment"),
        (0x21, "tcpcrypt, ECDHE P-256"),
        (0x22, "tcpcrypt, ECDHE P-521"),
        (0x23, "tcpcrypt, ECDHE Curve25519"),
        (0x24, "tcpcrypt, ECDHE Curve448"),
        (0x30, "TLS"),
    ])
    .rfc(8547, "4.1")
    .meaning("Which protocol would encrypt the connection.");

static SUBOPTION_DATA: FieldDef = FieldDef::bytes("tcp.options.eno.data", "Data of the suboption")
    .rfc(8547, "4.4")
    .meaning("What this way to encrypt has to say to the other side.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &MD5,
    &MD5_DIGEST,
    &AUTHENTICATION,
    &KEY_ID,
    &NEXT_KEY_ID,
    &AUTHENTICATION_CODE,
    &NEGOTIATION,
    &GLOBAL,
    &GLOBAL_RESERVED,
    &APPLICATION_AWARE,
    &PASSIVE_ROLE,
    &LENGTH_BYTE,
    &LENGTH_MARK,
    &LENGTH_VALUE,
    &SUBOPTION,
    &HAS_DATA,
    &TEP,
    &SUBOPTION_DATA,
];

/// What is known of the kinds of this file.
pub fn kind(number: u8) -> Option<Kind> {
    Some(match number {
        19 => Kind::exactly(18, &MD5, |contents| contents.rest(&MD5_DIGEST)),
        29 => Kind::at_least(4, &AUTHENTICATION, |contents| {
            contents.add(&KEY_ID, 8);
            contents.add(&NEXT_KEY_ID, 8);
            contents.rest(&AUTHENTICATION_CODE);
        }),
        69 => Kind::at_least(2, &NEGOTIATION, expand_negotiation),
        _ => return None,
    })
}

/// The suboptions; each takes a byte at least, so there are at most 38.
fn expand_negotiation(contents: &mut Contents<'_, '_>) {
    while contents.left() > 0 {
        match contents.peek(8) {
            0x00..=0x1f => {
                contents.open(&GLOBAL, 8);
                contents.add(&GLOBAL_RESERVED, 6);
                contents.add(&APPLICATION_AWARE, 1);
                contents.add(&PASSIVE_ROLE, 1);
            }
            length @ 0x80..=0x9f => {
                contents.open(&LENGTH_BYTE, 8);
                contents.add(&LENGTH_MARK, 3);
                contents.add(&LENGTH_VALUE, 5);
                expand_suboption(contents);
                let stated = (length & 0x1f) + 1;
                if stated > contents.left() {
                    contents.give_up("a suboption states more data than the option has");
                }
                contents.add(&SUBOPTION_DATA, stated * 8);
            }
            suboption => {
                expand_suboption(contents);
                if suboption & 0x80 != 0 {
                    contents.rest(&SUBOPTION_DATA);
                }
            }
        }
    }
}

fn expand_suboption(contents: &mut Contents<'_, '_>) {
    contents.open(&SUBOPTION, 8);
    contents.add(&HAS_DATA, 1);
    contents.add(&TEP, 7);
}
