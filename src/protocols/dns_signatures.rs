//! The keys of a zone and what they sign (DNSSEC, RFC 4034): whoever trusts the key of the zone above follows them
//! down, from record to record; and the signature of one message (TSIG, RFC 8945).

use super::dns_data::{Layout, Part, Piece, Take};
use super::dns_names::{self, ALGORITHMS, DIGESTS, TYPES};
use crate::model::field::FieldDef;

static KEY_FLAGS: FieldDef = FieldDef::hex("dns.dnskey.flags", "Flags")
    .rfc(4034, "2.1.1")
    .meaning("What the key is for: 257 signs the keys of the zone, 256 all else in it.");

static ZONE_KEY: FieldDef = FieldDef::flag("dns.dnskey.flags.zone_key", "Key of the zone")
    .detail()
    .rfc(4034, "2.1.1")
    .meaning("Whether signatures of the zone may be checked with the key.");

static REVOKED: FieldDef = FieldDef::flag("dns.dnskey.flags.key_revoked", "Revoked")
    .detail()
    .rfc(5011, "2.1")
    .meaning("Nobody is to trust the key any more.");

static KEY_SIGNING: FieldDef =
    FieldDef::flag("dns.dnskey.flags.secure_entry_point", "Signs the keys")
        .detail()
        .rfc(4034, "2.1.1")
        .meaning("The key that the zone above vouches for; it signs the others.");

static KEY_PROTOCOL: FieldDef = FieldDef::decimal("dns.dnskey.protocol", "Protocol")
    .rfc(4034, "2.1.2")
    .meaning("Always 3, which stands for DNSSEC.");

static KEY_ALGORITHM: FieldDef = FieldDef::decimal("dns.dnskey.algorithm", "Algorithm")
    .named(ALGORITHMS)
    .rfc(4034, "2.1.3")
    .meaning("Which kind of key it is, and how it signs.");

static PUBLIC_KEY: FieldDef = FieldDef::bytes("dns.dnskey.public_key", "Public key")
    .rfc(4034, "2.1.4")
    .meaning(
        "With it anybody can check the signatures that only the owner of the private key can make.",
    );

static KEY_ID: FieldDef = FieldDef::decimal("dns.dnskey.key_id", "Tag of the key")
    .derived()
    .rfc(4034, "B")
    .meaning("A sum over the key, by which signatures and the zone above say which key they mean.");

static PARENT_KEY: FieldDef = FieldDef::decimal("dns.ds.key_id", "Tag of the key")
    .rfc(4034, "5.1.1")
    .meaning("Which key of the zone below is meant.");

static PARENT_ALGORITHM: FieldDef = FieldDef::decimal("dns.ds.algorithm", "Algorithm")
    .named(ALGORITHMS)
    .rfc(4034, "5.1.2")
    .meaning("Which kind of key that is.");

static DIGEST_TYPE: FieldDef = FieldDef::decimal("dns.ds.digest_type", "Kind of digest")
    .named(DIGESTS)
    .rfc(4034, "5.1.3")
    .meaning("By which hash the digest was made.");

static DIGEST: FieldDef = FieldDef::bytes("dns.ds.digest", "Digest")
    .rfc(4034, "5.1.4")
    .meaning("The hash of the key of the zone below: so the zone above vouches for it.");

static COVERED: FieldDef = FieldDef::decimal("dns.rrsig.type_covered", "Signs records of type")
    .named(TYPES)
    .rfc(4034, "3.1.1")
    .meaning("Which records of this name are signed: all those of one type together.");

static ALGORITHM: FieldDef = FieldDef::decimal("dns.rrsig.algorithm", "Algorithm")
    .named(ALGORITHMS)
    .rfc(4034, "3.1.2")
    .meaning("How the signature was made.");

static LABELS: FieldDef = FieldDef::decimal("dns.rrsig.labels", "Labels")
    .rfc(4034, "3.1.3")
    .meaning(
        "How many labels the signed name has; fewer than the name asked for, where a * answered.",
    );

static ORIGINAL_TTL: FieldDef = FieldDef::decimal("dns.rrsig.original_ttl", "Time to live signed")
    .unit("seconds")
    .rfc(4034, "3.1.4")
    .meaning("The time to live as it was signed, since who remembers a record counts it down.");

static EXPIRATION: FieldDef = FieldDef::date("dns.rrsig.signature_expiration", "Valid until")
    .rfc(4034, "3.1.5")
    .meaning("When the signature ends: a zone must be signed anew before, or its names are gone.");

static INCEPTION: FieldDef = FieldDef::date("dns.rrsig.signature_inception", "Valid from")
    .rfc(4034, "3.1.5")
    .meaning("Since when the signature holds; to a host whose clock is wrong it does not.");

static SIGNED_WITH: FieldDef = FieldDef::decimal("dns.rrsig.key_tag", "Tag of the key")
    .rfc(4034, "3.1.6")
    .meaning("Which key of the zone made the signature.");

static SIGNER: FieldDef = FieldDef::domain("dns.rrsig.signers_name", "Signed by")
    .rfc(4034, "3.1.7")
    .meaning("The zone whose key it is: there its DNSKEY is asked for.");

static SIGNATURE: FieldDef = FieldDef::bytes("dns.rrsig.signature", "Signature")
    .rfc(4034, "3.1.8")
    .meaning("What only the owner of the key can make of these records: whoever changes one is found out.");

static MAC_ALGORITHM: FieldDef = FieldDef::domain("dns.tsig.algorithm_name", "Algorithm")
    .rfc(8945, "4.2")
    .meaning("By which hash the message is signed, with a key that both sides know.");

static TIME_SIGNED: FieldDef = FieldDef::date("dns.tsig.time_signed", "Signed at")
    .rfc(8945, "4.2")
    .meaning("When the message was signed: an old one, recorded and sent again, is not believed.");

static FUDGE: FieldDef = FieldDef::decimal("dns.tsig.fudge", "Clocks may differ by")
    .unit("seconds")
    .rfc(8945, "4.2")
    .meaning("How far the clocks of both sides may be apart.");

static MAC_SIZE: FieldDef = FieldDef::decimal("dns.tsig.mac_size", "Length of the signature")
    .unit("bytes")
    .rfc(8945, "4.2")
    .meaning("How long the signature of the message is.");

static MAC: FieldDef = FieldDef::bytes("dns.tsig.mac", "Signature")
    .rfc(8945, "4.2")
    .meaning("What only who knows the key can make of the message.");

static ORIGINAL_ID: FieldDef = FieldDef::hex("dns.tsig.original_id", "Original transaction ID")
    .rfc(8945, "4.2")
    .meaning("The transaction ID that was signed, as a server that passes the message on gives it another.");

static TSIG_ERROR: FieldDef = FieldDef::decimal("dns.tsig.error", "Error")
    .named(dns_names::RCODES_OF_TSIG)
    .rfc(8945, "4.2")
    .meaning("What was wrong with the signature of the question: the key, the time or itself.");

static OTHER_LENGTH: FieldDef = FieldDef::decimal("dns.tsig.other_len", "Length of the rest")
    .unit("bytes")
    .rfc(8945, "4.2")
    .meaning("How many bytes follow; only where the clocks differ, those of the server's time.");

static OTHER: FieldDef = FieldDef::bytes("dns.tsig.other_data", "Time of the server")
    .rfc(8945, "4.2")
    .meaning("What the clock of the server says, where the client's differs from it.");

/// The fields.
pub const FIELDS: [&FieldDef; 30] = [
    &KEY_FLAGS,
    &ZONE_KEY,
    &REVOKED,
    &KEY_SIGNING,
    &KEY_PROTOCOL,
    &KEY_ALGORITHM,
    &PUBLIC_KEY,
    &KEY_ID,
    &PARENT_KEY,
    &PARENT_ALGORITHM,
    &DIGEST_TYPE,
    &DIGEST,
    &COVERED,
    &ALGORITHM,
    &LABELS,
    &ORIGINAL_TTL,
    &EXPIRATION,
    &INCEPTION,
    &SIGNED_WITH,
    &SIGNER,
    &SIGNATURE,
    &MAC_ALGORITHM,
    &TIME_SIGNED,
    &FUDGE,
    &MAC_SIZE,
    &MAC,
    &ORIGINAL_ID,
    &TSIG_ERROR,
    &OTHER_LENGTH,
    &OTHER,
];

static OF_KEY: &[Part] = &[
    Part::Flags(
        &KEY_FLAGS,
        2,
        &[(&ZONE_KEY, 7), (&REVOKED, 8), (&KEY_SIGNING, 15)],
    ),
    Part::Fixed(&KEY_PROTOCOL, 1),
    Part::Fixed(&KEY_ALGORITHM, 1),
    Part::Inner(public_key),
];

static OF_PARENT: &[Part] = &[
    Part::Fixed(&PARENT_KEY, 2),
    Part::Fixed(&PARENT_ALGORITHM, 1),
    Part::Fixed(&DIGEST_TYPE, 1),
    Part::Rest(&DIGEST),
];

/// What their data are.
pub static LAYOUTS: &[Layout] = &[
    Layout::of(
        dns_names::RRSIG,
        &[
            Part::Fixed(&COVERED, 2),
            Part::Fixed(&ALGORITHM, 1),
            Part::Fixed(&LABELS, 1),
            Part::Fixed(&ORIGINAL_TTL, 4),
            Part::Fixed(&EXPIRATION, 4),
            Part::Fixed(&INCEPTION, 4),
            Part::Fixed(&SIGNED_WITH, 2),
            Part::Name(&SIGNER),
            Part::Rest(&SIGNATURE),
        ],
    ),
    Layout::of(dns_names::DS, OF_PARENT),
    Layout::of(dns_names::CDS, OF_PARENT),
    Layout::of(dns_names::DNSKEY, OF_KEY),
    Layout::of(dns_names::CDNSKEY, OF_KEY),
    Layout::of(
        dns_names::TSIG,
        &[
            Part::Name(&MAC_ALGORITHM),
            Part::Fixed(&TIME_SIGNED, 6),
            Part::Fixed(&FUDGE, 2),
            Part::Counted(&MAC_SIZE, 2, &MAC),
            Part::Fixed(&ORIGINAL_ID, 2),
            Part::Fixed(&TSIG_ERROR, 2),
            Part::Counted(&OTHER_LENGTH, 2, &OTHER),
        ],
    ),
];

/// How many bytes of a key's data stand before the key itself.
const BEFORE_KEY: usize = 4;

/// Takes the key, and the tag that is computed of it and the bytes before.
fn public_key(data: &[u8], at: usize, take: Take<'_>) -> Option<()> {
    let whole = data.get(at.checked_sub(BEFORE_KEY)?..)?;
    take(&PUBLIC_KEY, (at..data.len()).into());
    take(&KEY_ID, Piece::Number(tag_of(whole)?));
    Some(())
}

/// The tag of a key: the sum of its data as numbers of 16 bits; of the oldest algorithm, a part of the key itself
/// (RFC 4034, appendix B). `None` of data that are too short for it.
fn tag_of(data: &[u8]) -> Option<u64> {
    const RSA_MD5: u8 = 1;
    if data.get(3) == Some(&RSA_MD5) {
        let from = data
            .len()
            .checked_sub(3)
            .filter(|from| *from >= BEFORE_KEY)?;
        return crate::model::bits::u16_at(data, from).map(u64::from);
    }
    let number = |pair: &[u8]| match pair {
        [high, low] => u32::from(*high) << 8 | u32::from(*low),
        [high] => u32::from(*high) << 8,
        _ => 0,
    };
    // At most 32,768 numbers of 16 bits: no sum is too large.
    let sum: u32 = data.chunks(2).map(number).sum();
    Some(u64::from(sum.wrapping_add(sum >> 16) & 0xffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_key_is_a_sum_and_of_the_oldest_algorithm_a_part_of_it() {
        assert_eq!(tag_of(&[1, 1, 3, 13, 0x12]), Some(0x0101 + 0x030d + 0x1200));
        // What does not fit into 16 bits is added once more.
        assert_eq!(
            tag_of(&[0xff, 0xff, 0xff, 13]),
            Some((0xffff + 0xff0d + 1) & 0xffff)
        );
        assert_eq!(tag_of(&[1, 0, 3, 1, 9, 8, 7, 6]), Some(0x0807));
        assert_eq!(tag_of(&[1, 0, 3, 1, 9]), None);
    }
}
