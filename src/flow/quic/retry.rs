//! Whether a Retry is genuine: its last bytes are made of it and the connection ID that it answers, with a key that
//! everybody knows (RFC 9001, section 5.8; RFC 9369, section 3.3.3).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::protocols::quic::TAG;
use crate::protocols::quic_header::Version;

/// The key of a version, and the number that goes with it.
const fn key(version: Version) -> ([u8; 16], [u8; NONCE_LEN]) {
    match version {
        Version::V1 => (
            [
                0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68,
                0xc8, 0x4e,
            ],
            [
                0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb,
            ],
        ),
        Version::V2 => (
            [
                0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c,
                0xcc, 0x92,
            ],
            [
                0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a,
            ],
        ),
    }
}

/// Whether this Retry answers an Initial that was for this connection ID. `None` where it has no room for a tag.
pub fn is_genuine(version: Version, original: &[u8], retry: &[u8]) -> Option<bool> {
    let (content, tag) = retry.split_at_checked(retry.len().checked_sub(TAG)?)?;
    let (key, nonce) = key(version);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    let length = [u8::try_from(original.len()).ok()?];
    let beside = [&length, original, content].concat();
    let nonce = Nonce::assume_unique_for_key(nonce);
    let mut nothing = tag.to_vec();
    Some(
        key.open_in_place(nonce, Aad::from(beside), &mut nothing)
            .is_ok(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

    /// RFC 9001, appendix A.4.
    const RETRY: [u8; 36] = [
        0xff, 0, 0, 0, 1, 0, 8, 0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5, b't', b'o', b'k',
        b'e', b'n', 0x04, 0xa2, 0x65, 0xba, 0x2e, 0xff, 0x4d, 0x82, 0x90, 0x58, 0xfb, 0x3f, 0x0f,
        0x24, 0x96, 0xba,
    ];

    #[test]
    fn the_retry_of_the_example_in_the_rfc_is_genuine_and_no_other_one() {
        assert_eq!(is_genuine(Version::V1, &ORIGINAL, &RETRY), Some(true));
        assert_eq!(is_genuine(Version::V1, &ORIGINAL[1..], &RETRY), Some(false));
        assert_eq!(is_genuine(Version::V2, &ORIGINAL, &RETRY), Some(false));
        for at in 0..RETRY.len() {
            let mut changed = RETRY;
            changed[at] ^= 1;
            assert_eq!(is_genuine(Version::V1, &ORIGINAL, &changed), Some(false));
        }
        assert_eq!(is_genuine(Version::V1, &ORIGINAL, &RETRY[..15]), None);
    }
}
