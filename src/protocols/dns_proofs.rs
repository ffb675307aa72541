//! How a signed zone proves that there is nothing: each name tells the next one and which types of records it has
//! (NSEC, RFC 4034), or the hash of each name does (NSEC3, RFC 5155).

use data_encoding::BASE32_DNSSEC;

use super::dns_data::{Layout, Part, Piece, Take};
use super::dns_names::{self, TYPES};
use crate::model::bits;
use crate::model::field::FieldDef;

static NEXT: FieldDef = FieldDef::domain("dns.nsec.next_domain_name", "Next name")
    .rfc(4034, "4.1.1")
    .meaning("The next name that the zone has: between this one and that one there is none.");

static WINDOW: FieldDef = FieldDef::heading("dns.nsec.window", "Types of records")
    .rfc(4034, "4.1.2")
    .meaning("Which types of records the name has, of 256 types; all others it has not.");

static WINDOW_NUMBER: FieldDef = FieldDef::decimal("dns.nsec.window.number", "Window")
    .rfc(4034, "4.1.2")
    .meaning("Which 256 types these are: 0 those from 0 on, 1 those from 256 on.");

static WINDOW_LENGTH: FieldDef = FieldDef::decimal("dns.nsec.window.length", "Length")
    .unit("bytes")
    .rfc(4034, "4.1.2")
    .meaning("How many bytes of bits follow; those with no bit set at the end are left out.");

static WINDOW_BITS: FieldDef = FieldDef::bytes("dns.nsec.window.bits", "Bits")
    .rfc(4034, "4.1.2")
    .meaning("A bit for each type, set where the name has records of it.");

static TYPE: FieldDef = FieldDef::decimal("dns.nsec.type", "Has records of type")
    .derived()
    .named(TYPES)
    .rfc(4034, "4.1.2")
    .meaning("A type of which the name has records.");

static HASH_ALGORITHM: FieldDef = FieldDef::decimal("dns.nsec3.algo", "Hash")
    .named(&[(1, "SHA-1")])
    .rfc(5155, "3.1.1")
    .meaning("By which hash the names are hidden; there is only one.");

static HASH_FLAGS: FieldDef = FieldDef::decimal("dns.nsec3.flags", "Flags")
    .rfc(5155, "3.1.2")
    .meaning("Eight flags of the proof, of which the last one has a meaning.");

static OPT_OUT: FieldDef = FieldDef::flag("dns.nsec3.flags.opt_out", "Opt-out")
    .detail()
    .rfc(5155, "3.1.2.1")
    .meaning("Between the two hashes there may be zones that are not signed.");

static ITERATIONS: FieldDef = FieldDef::decimal("dns.nsec3.iterations", "Hashed again")
    .rfc(5155, "3.1.3")
    .meaning(
        "How often the hash was hashed once more; 0 is best, for more costs only time (RFC 9276).",
    );

static SALT_LENGTH: FieldDef = FieldDef::decimal("dns.nsec3.salt_length", "Length of the salt")
    .unit("bytes")
    .rfc(5155, "3.1.4")
    .meaning("How long the salt is; 0 where there is none, as is best.");

static SALT: FieldDef = FieldDef::bytes("dns.nsec3.salt_value", "Salt")
    .rfc(5155, "3.1.5")
    .meaning(
        "Bytes that are hashed with each name: a table of hashes of another zone is of no use.",
    );

static HASH_LENGTH: FieldDef = FieldDef::decimal("dns.nsec3.hash_length", "Length of the hash")
    .unit("bytes")
    .rfc(5155, "3.1.6")
    .meaning("How long the hash is that follows; 20 bytes of SHA-1.");

static NEXT_HASH: FieldDef = FieldDef::spelled("dns.nsec3.hash_value", "Next hash", spell_hash)
    .rfc(5155, "3.1.7")
    .meaning("The next hash of a name that the zone has, spelled as in names: between the two there is none.");

/// Spells a hash as the names of a zone do (RFC 5155, section 3.3).
fn spell_hash(hash: &[u8], put: &mut dyn FnMut(&str)) {
    put(&BASE32_DNSSEC.encode(hash));
}

/// The fields.
pub const FIELDS: [&FieldDef; 14] = [
    &NEXT,
    &WINDOW,
    &WINDOW_NUMBER,
    &WINDOW_LENGTH,
    &WINDOW_BITS,
    &TYPE,
    &HASH_ALGORITHM,
    &HASH_FLAGS,
    &OPT_OUT,
    &ITERATIONS,
    &SALT_LENGTH,
    &SALT,
    &HASH_LENGTH,
    &NEXT_HASH,
];

/// What their data are.
pub static LAYOUTS: &[Layout] = &[
    Layout::of(
        dns_names::NSEC,
        &[Part::Name(&NEXT), Part::Inner(each_window)],
    )
    .tells(&[&NEXT]),
    Layout::of(
        dns_names::NSEC3,
        &[
            Part::Fixed(&HASH_ALGORITHM, 1),
            Part::Flags(&HASH_FLAGS, 1, &[(&OPT_OUT, 7)]),
            Part::Fixed(&ITERATIONS, 2),
            Part::Counted(&SALT_LENGTH, 1, &SALT),
            Part::Counted(&HASH_LENGTH, 1, &NEXT_HASH),
            Part::Inner(each_window),
        ],
    ),
    Layout::of(
        dns_names::NSEC3PARAM,
        &[
            Part::Fixed(&HASH_ALGORITHM, 1),
            Part::Fixed(&HASH_FLAGS, 1),
            Part::Fixed(&ITERATIONS, 2),
            Part::Counted(&SALT_LENGTH, 1, &SALT),
        ],
    ),
];

/// How many types of a record are told one by one; what bits there are more is shown as bytes.
pub const MOST_TYPES: usize = 64;

/// Takes the windows of data from byte `at` to their end.
fn each_window(data: &[u8], mut at: usize, take: Take<'_>) -> Option<()> {
    let mut left = MOST_TYPES;
    while at < data.len() {
        let (number, length) = (*data.get(at)?, usize::from(*data.get(at + 1)?));
        let from = at + 2;
        let window = data.get(from..from + length)?;
        take(&WINDOW, (at..from + length).into());
        take(&WINDOW_NUMBER, (at..at + 1).into());
        take(&WINDOW_LENGTH, (at + 1..from).into());
        take(&WINDOW_BITS, (from..from + length).into());
        for kind in types_of(window).take(left) {
            take(&TYPE, Piece::Number(u64::from(number) << 8 | kind));
            left -= 1;
        }
        at = from + length;
    }
    Some(())
}

/// The numbers of the bits that are set.
fn types_of(window: &[u8]) -> impl Iterator<Item = u64> {
    let bits = u64::try_from(window.len() * 8).unwrap_or(0);
    (0..bits).filter(|bit| {
        let at = u32::try_from(*bit).unwrap_or(u32::MAX);
        bits::number(window, &(at..at + 1)) == Some(1)
    })
}
