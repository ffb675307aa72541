//! The Multipath TCP option (RFC 8684): one connection over several paths, say Wi-Fi and mobile at once.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Kind 30     |    Length     |Subtype|  depends on subtype ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use super::tcp_options::{Contents, Kind};
use crate::model::field::FieldDef;

static MULTIPATH: FieldDef = FieldDef::bytes("tcp.options.mptcp", "Multipath TCP")
    .group()
    .rfc(8684, "3")
    .meaning("Joins several TCP connections (subflows) over different paths to one; hosts without it ignore the option.");

static SUBTYPE: FieldDef = FieldDef::decimal("tcp.options.mptcp.subtype", "Subtype")
    .named(SUBTYPES)
    .rfc(8684, "3")
    .meaning("What this multipath option is for: open, join a path, map bytes, tell addresses, break off.");

static FLAGS: FieldDef = FieldDef::hex("tcp.options.mptcp.flags", "Flags")
    .group()
    .rfc(8684, "3")
    .meaning(
        "The byte that holds the flags of the option; in some subtypes it holds the subtype too.",
    );

static UNUSED: FieldDef = FieldDef::hex("tcp.options.mptcp.unused", "Reserved bits")
    .rfc(8684, "3")
    .meaning("Bits that mean nothing in this subtype; zeros.");

static VERSION: FieldDef = FieldDef::decimal("tcp.options.mptcp.version", "Version")
    .rfc(8684, "3.1")
    .meaning(
        "Which version of Multipath TCP the sender offers; 1 today, 0 in the experiment before it.",
    );

static CHECKSUM_REQUIRED: FieldDef =
    FieldDef::flag("tcp.options.mptcp.checksumreq.flags", "Checksum required")
        .rfc(8684, "3.1")
        .meaning("Whether each piece of data is to carry a checksum of its own, against devices on the way that change bytes.");

static EXTENSIBILITY: FieldDef =
    FieldDef::flag("tcp.options.mptcp.extensibility.flag", "Extensibility")
        .rfc(8684, "3.1")
        .meaning("Kept for later versions; 0, and a host that sees 1 falls back to plain TCP.");

static NO_MORE_SUBFLOWS: FieldDef = FieldDef::flag(
    "tcp.options.mptcp.nomoresubflows.flag",
    "No more subflows here",
)
.rfc(8684, "3.1")
.meaning("Asks the other side not to open further subflows to this address and port.");

static RESERVED_FLAGS: FieldDef =
    FieldDef::hex("tcp.options.mptcp.reserved.flag", "Reserved flags")
        .rfc(8684, "3.1")
        .meaning("Flags for other ways of signing; zeros.");

static SHA256: FieldDef = FieldDef::flag("tcp.options.mptcp.sha256.flag", "HMAC-SHA256")
    .rfc(8684, "3.1")
    .meaning(
        "Whether subflows are to be signed with HMAC-SHA256; the only way that version 1 knows.",
    );

static SHA1: FieldDef = FieldDef::flag("tcp.options.mptcp.sha1.flag", "HMAC-SHA1")
    .rfc(8684, "3.1")
    .meaning("Whether subflows are to be signed with HMAC-SHA1; the only way that version 0 knew.");

static SENDER_KEY: FieldDef = FieldDef::decimal("tcp.options.mptcp.sendkey", "Sender's key")
    .rfc(8684, "3.1")
    .meaning("The sender's secret for signing further subflows; sent in clear text, once.");

static RECEIVER_KEY: FieldDef = FieldDef::decimal("tcp.options.mptcp.recvkey", "Receiver's key")
    .rfc(8684, "3.1")
    .meaning("The other side's secret sent back, as a proof that it arrived.");

static BACKUP: FieldDef = FieldDef::flag("tcp.options.mptcp.backup.flag", "Backup path")
    .rfc(8684, "3.3.8")
    .meaning("Asks the other side to use this path only when no other one works.");

static ADDRESS_ID: FieldDef = FieldDef::decimal("tcp.options.mptcp.addrid", "Address identifier")
    .rfc(8684, "3.2")
    .meaning("A number for the address, so that it can be spoken of even where a NAT changes it.");

static TOKEN: FieldDef = FieldDef::hex("tcp.options.mptcp.recvtok", "Receiver's token")
    .rfc(8684, "3.2")
    .meaning("Which connection of the other side to join: a digest of that side's key.");

static RANDOM: FieldDef = FieldDef::hex("tcp.options.mptcp.sendrand", "Sender's random number")
    .rfc(8684, "3.2")
    .meaning(
        "A fresh number that the other side must sign, so that an old signature is worth nothing.",
    );

static TRUNCATED_HMAC: FieldDef =
    FieldDef::hex("tcp.options.mptcp.sendtrunchmac", "Sender's truncated HMAC")
        .rfc(8684, "3.2")
        .meaning("The first 64 bits of the server's signature under the join.");

static HMAC: FieldDef = FieldDef::bytes("tcp.options.mptcp.sendhmac", "Sender's HMAC")
    .rfc(8684, "3.2")
    .meaning("The first 160 bits of the client's signature under the join.");

static RESERVED: FieldDef = FieldDef::hex("tcp.options.mptcp.reserved", "Reserved")
    .rfc(8684, "3.2")
    .meaning("Twelve bits behind the subtype that mean nothing; zeros.");

static DATA_FIN: FieldDef = FieldDef::flag("tcp.options.mptcp.datafin.flag", "DATA_FIN")
    .rfc(8684, "3.3.3")
    .meaning("The sender has nothing more to say on the whole connection, as FIN says it of one subflow.");

static LONG_SEQUENCE: FieldDef =
    FieldDef::flag("tcp.options.mptcp.dseqn8.flag", "Long data sequence number")
        .rfc(8684, "3.3")
        .meaning("Whether the data sequence number has 8 bytes rather than 4.");

static HAS_SEQUENCE: FieldDef =
    FieldDef::flag("tcp.options.mptcp.dseqnpresent.flag", "Mapping present")
        .rfc(8684, "3.3")
        .meaning("Whether the option says where the payload belongs in the whole stream.");

static LONG_ACK: FieldDef = FieldDef::flag("tcp.options.mptcp.dataack8.flag", "Long data ACK")
    .rfc(8684, "3.3")
    .meaning("Whether the data acknowledgment has 8 bytes rather than 4.");

static HAS_ACK: FieldDef =
    FieldDef::flag("tcp.options.mptcp.dataackpresent.flag", "Data ACK present")
        .rfc(8684, "3.3")
        .meaning("Whether the option acknowledges bytes of the whole stream.");

static DATA_ACK: FieldDef = FieldDef::decimal("tcp.options.mptcp.rawdataack", "Data ACK")
    .rfc(8684, "3.3.2")
    .meaning("Which byte of the whole stream, over all paths, the sender expects next.");

static DATA_SEQUENCE: FieldDef =
    FieldDef::decimal("tcp.options.mptcp.rawdataseqno", "Data sequence number")
        .rfc(8684, "3.3.1")
        .meaning("Where in the whole stream, over all paths, the payload begins.");

static SUBFLOW_SEQUENCE: FieldDef =
    FieldDef::decimal("tcp.options.mptcp.subflowseqno", "Subflow sequence number")
        .rfc(8684, "3.3.1")
        .meaning(
            "Where in the stream of this subflow the same payload begins, counted from its start.",
        );

static DATA_LENGTH: FieldDef =
    FieldDef::decimal("tcp.options.mptcp.datalvllen", "Data-level length")
        .unit("bytes")
        .rfc(8684, "3.3.1")
        .meaning("How many bytes of payload the mapping covers; 0 means all that is to come.");

static CHECKSUM: FieldDef = FieldDef::hex("tcp.options.mptcp.checksum", "Checksum")
    .rfc(8684, "3.3.1")
    .meaning(
        "The sum over the mapped payload and its place, by which a change on the way is noticed.",
    );

static IP_VERSION: FieldDef = FieldDef::decimal("tcp.options.mptcp.ipver", "IP version")
    .rfc(8684, "3.4.1")
    .meaning(
        "Whether an IPv4 or an IPv6 address follows; version 0 of the protocol alone says it here.",
    );

static ECHO: FieldDef = FieldDef::flag("tcp.options.mptcp.echo", "Echo")
    .rfc(8684, "3.4.1")
    .meaning("Whether this tells of an address or only confirms that the other side's word of it arrived.");

static IPV4: FieldDef = FieldDef::ipv4("tcp.options.mptcp.ipv4", "IPv4 address")
    .rfc(8684, "3.4.1")
    .meaning("A further IPv4 address at which the sender can be reached.");

static IPV6: FieldDef = FieldDef::ipv6("tcp.options.mptcp.ipv6", "IPv6 address")
    .rfc(8684, "3.4.1")
    .meaning("A further IPv6 address at which the sender can be reached.");

static PORT: FieldDef = FieldDef::decimal("tcp.options.mptcp.port", "Port")
    .rfc(8684, "3.4.1")
    .meaning("The port at that address; left out where it is the one in use.");

static ADDRESS_HMAC: FieldDef =
    FieldDef::hex("tcp.options.mptcp.addaddrtrunchmac", "Truncated HMAC")
        .rfc(8684, "3.4.1")
        .meaning("The last 64 bits of a signature, so that nobody else can slip an address in.");

static RESET_U: FieldDef = FieldDef::flag("tcp.options.mptcp.flag_U.flag", "U")
    .rfc(8684, "3.6")
    .meaning("The first of three flags of a reset that mean nothing yet.");

static RESET_V: FieldDef = FieldDef::flag("tcp.options.mptcp.flag_V.flag", "V")
    .rfc(8684, "3.6")
    .meaning("The second of three flags of a reset that mean nothing yet.");

static RESET_W: FieldDef = FieldDef::flag("tcp.options.mptcp.flag_W.flag", "W")
    .rfc(8684, "3.6")
    .meaning("The third of three flags of a reset that mean nothing yet.");

static RESET_TRANSIENT: FieldDef = FieldDef::flag("tcp.options.mptcp.flag_T.flag", "Transient")
    .rfc(8684, "3.6")
    .meaning("Whether it may be worth while to try this path again later.");

static RESET_REASON: FieldDef = FieldDef::hex("tcp.options.mptcp.rst_reason", "Reason")
    .named(&[
        (0, "not specified"),
        (1, "error of Multipath TCP"),
        (2, "lack of resources"),
        (3, "administratively prohibited"),
        (4, "too much outstanding data"),
        (5, "unacceptable performance"),
        (6, "a middlebox interferes"),
    ])
    .rfc(8684, "3.6")
    .meaning("Why the subflow is broken off.");

static PRIVATE: FieldDef = FieldDef::bytes("tcp.options.mptcp.private", "Contents")
    .rfc(8684, "3")
    .meaning("The bytes of a subtype that is private or not known here.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &MULTIPATH,
    &SUBTYPE,
    &FLAGS,
    &UNUSED,
    &VERSION,
    &CHECKSUM_REQUIRED,
    &EXTENSIBILITY,
    &NO_MORE_SUBFLOWS,
    &RESERVED_FLAGS,
    &SHA256,
    &SHA1,
    &SENDER_KEY,
    &RECEIVER_KEY,
    &BACKUP,
    &ADDRESS_ID,
    &TOKEN,
    &RANDOM,
    &TRUNCATED_HMAC,
    &HMAC,
    &RESERVED,
    &DATA_FIN,
    &LONG_SEQUENCE,
    &HAS_SEQUENCE,
    &LONG_ACK,
    &HAS_ACK,
    &DATA_ACK,
    &DATA_SEQUENCE,
    &SUBFLOW_SEQUENCE,
    &DATA_LENGTH,
    &CHECKSUM,
    &IP_VERSION,
    &ECHO,
    &IPV4,
    &IPV6,
    &PORT,
    &ADDRESS_HMAC,
    &RESET_U,
    &RESET_V,
    &RESET_W,
    &RESET_TRANSIENT,
    &RESET_REASON,
    &PRIVATE,
];

/// What is known of the kind of this file.
pub fn kind(number: u8) -> Option<Kind> {
    (number == 30).then(|| Kind::at_least(3, &MULTIPATH, expand))
}

const SUBTYPES: &[(u64, &str)] = &[
    (0, "MP_CAPABLE: open a connection"),
    (1, "MP_JOIN: join a path to it"),
    (2, "DSS: map bytes to the whole stream"),
    (3, "ADD_ADDR: here is a further address"),
    (4, "REMOVE_ADDR: an address is gone"),
    (5, "MP_PRIO: change the priority of a path"),
    (6, "MP_FAIL: fall back to plain TCP"),
    (7, "MP_FASTCLOSE: break all paths off"),
    (8, "MP_TCPRST: break this path off"),
    (15, "private experiment"),
];

/// Each subtype has its own few lengths; they alone tell some of its forms apart.
fn expand(contents: &mut Contents<'_, '_>) {
    match (contents.peek(4), contents.option_length()) {
        (0, 4 | 12 | 20 | 22 | 24) => expand_capable(contents),
        (1, length @ (12 | 16)) => expand_join(contents, length),
        (1, 24) => {
            contents.add(&SUBTYPE, 4);
            contents.add(&RESERVED, 12);
            contents.add(&HMAC, 160);
        }
        (2, 4..) => expand_data_sequence(contents),
        (3, length @ (8 | 10 | 16 | 18 | 20 | 22 | 28 | 30)) => expand_address(contents, length),
        (4, 4..) => {
            contents.add(&SUBTYPE, 4);
            contents.add(&UNUSED, 4);
            while contents.left() > 0 {
                contents.add(&ADDRESS_ID, 8);
            }
        }
        (5, 3 | 4) => {
            expand_backup(contents);
            contents.add(&ADDRESS_ID, 8);
        }
        (6, 12) => {
            contents.add(&SUBTYPE, 4);
            contents.add(&RESERVED, 12);
            contents.add(&DATA_SEQUENCE, 64);
        }
        (7, 12) => {
            contents.add(&SUBTYPE, 4);
            contents.add(&RESERVED, 12);
            contents.add(&RECEIVER_KEY, 64);
        }
        (8, 4) => expand_reset(contents),
        (9.., _) => {
            contents.add(&SUBTYPE, 4);
            contents.rest(&PRIVATE);
        }
        _ => {
            contents.add(&SUBTYPE, 4);
            contents.give_up("the length is none that this subtype of Multipath TCP has");
        }
    }
}

fn expand_capable(contents: &mut Contents<'_, '_>) {
    contents.add(&SUBTYPE, 4);
    let version = contents.peek(4);
    contents.add(&VERSION, 4);
    contents.open(&FLAGS, 8);
    contents.add(&CHECKSUM_REQUIRED, 1);
    contents.add(&EXTENSIBILITY, 1);
    if version == 0 {
        contents.add(&RESERVED_FLAGS, 5);
        contents.add(&SHA1, 1);
    } else {
        contents.add(&NO_MORE_SUBFLOWS, 1);
        contents.add(&RESERVED_FLAGS, 4);
        contents.add(&SHA256, 1);
    }
    contents.add(&SENDER_KEY, 64);
    contents.add(&RECEIVER_KEY, 64);
    contents.add(&DATA_LENGTH, 16);
    contents.add(&CHECKSUM, 16);
}

/// Of a SYN (12 bytes) or its answer (16 bytes).
fn expand_join(contents: &mut Contents<'_, '_>, length: usize) {
    expand_backup(contents);
    contents.add(&ADDRESS_ID, 8);
    if length == 12 {
        contents.add(&TOKEN, 32);
    } else {
        contents.add(&TRUNCATED_HMAC, 64);
    }
    contents.add(&RANDOM, 32);
}

fn expand_backup(contents: &mut Contents<'_, '_>) {
    contents.open(&FLAGS, 8);
    contents.add(&SUBTYPE, 4);
    contents.add(&UNUSED, 3);
    contents.add(&BACKUP, 1);
}

fn expand_data_sequence(contents: &mut Contents<'_, '_>) {
    contents.add(&SUBTYPE, 4);
    contents.add(&UNUSED, 4);
    let flags = contents.peek(8);
    let length_of = |present: u32, long: u32| match (flags & present, flags & long) {
        (0, _) => 0,
        (_, 0) => 32,
        _ => 64,
    };
    let acknowledgment = length_of(0x01, 0x02);
    let sequence = length_of(0x04, 0x08);
    contents.open(&FLAGS, 8);
    contents.add(&UNUSED, 3);
    contents.add(&DATA_FIN, 1);
    contents.add(&LONG_SEQUENCE, 1);
    contents.add(&HAS_SEQUENCE, 1);
    contents.add(&LONG_ACK, 1);
    contents.add(&HAS_ACK, 1);
    let mapping = if sequence > 0 { sequence + 48 } else { 0 };
    if contents.left() * 8 < acknowledgment + mapping {
        contents.give_up("the flags announce more numbers than the option has bytes for");
        return;
    }
    contents.add(&DATA_ACK, acknowledgment);
    if sequence > 0 {
        contents.add(&DATA_SEQUENCE, sequence);
        contents.add(&SUBFLOW_SEQUENCE, 32);
        contents.add(&DATA_LENGTH, 16);
        contents.add(&CHECKSUM, 16);
    }
}

/// Version 0 states the version of IP where version 1 has the echo flag, and has no signature.
fn expand_address(contents: &mut Contents<'_, '_>, length: usize) {
    contents.add(&SUBTYPE, 4);
    if matches!(contents.peek(4), 4 | 6) {
        contents.add(&IP_VERSION, 4);
    } else {
        contents.add(&UNUSED, 3);
        contents.add(&ECHO, 1);
    }
    contents.add(&ADDRESS_ID, 8);
    if length < 20 {
        contents.add(&IPV4, 32);
    } else {
        contents.add(&IPV6, 128);
    }
    if matches!(contents.left(), 2 | 10) {
        contents.add(&PORT, 16);
    }
    contents.add(&ADDRESS_HMAC, 64);
}

fn expand_reset(contents: &mut Contents<'_, '_>) {
    contents.open(&FLAGS, 8);
    contents.add(&SUBTYPE, 4);
    contents.add(&RESET_U, 1);
    contents.add(&RESET_V, 1);
    contents.add(&RESET_W, 1);
    contents.add(&RESET_TRANSIENT, 1);
    contents.add(&RESET_REASON, 8);
}
