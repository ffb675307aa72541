//! The keys of one direction of a TLS connection, and what they open.

use ring::aead::{self, Aad, LessSafeKey, NONCE_LEN, UnboundKey};
use ring::{hkdf, hmac};

use super::suite::{Hash, Nonce, Suite};
use crate::protocols::tls_record::HEADER;

/// The header of a record.
pub type Header = [u8; HEADER];

/// The keys of one direction, from one change of them to the next.
#[derive(Debug)]
pub struct Keys {
    key: LessSafeKey,
    /// What the number of a record is mixed with; of [`Nonce::InRecord`], the first [`SALT`] bytes of it.
    iv: [u8; NONCE_LEN],
    nonce: Nonce,
    version: Version,
    /// How many records they have opened.
    opened: u64,
}

/// How what is authenticated beside the content is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.2 (RFC 5246, section 6.2.3.3).
    Tls12,
    /// TLS 1.3 (RFC 8446, section 5.2).
    Tls13,
}

/// How much of the number in a record comes from the keys, in bytes, and how much stands in the record (RFC 5288,
/// section 3).
const SALT: usize = 4;
const IN_RECORD: usize = NONCE_LEN - SALT;

impl Keys {
    /// Those of a secret of TLS 1.3 (RFC 8446, section 7.3).
    pub fn of_secret(suite: &Suite, secret: &[u8]) -> Option<Self> {
        let key = expand(suite.hash, secret, b"key", suite.cipher.key_len())?;
        let iv = expand(suite.hash, secret, b"iv", NONCE_LEN)?;
        Self::new(suite, Version::Tls13, &key, &iv)
    }

    /// Those of the master secret of TLS 1.2: of the client, and of the server (RFC 5246, section 6.3).
    pub fn of_master(
        suite: &Suite,
        master: &[u8],
        client_random: &[u8],
        server_random: &[u8],
    ) -> Option<[Self; 2]> {
        let key = suite.cipher.key_len();
        let iv = match suite.nonce {
            Nonce::InRecord => SALT,
            Nonce::Counted => NONCE_LEN,
        };
        let seed = [b"key expansion", server_random, client_random].concat();
        let block = expand_master(suite.hash, master, &seed, 2 * (key + iv));
        let (keys, ivs) = block.split_at_checked(2 * key)?;
        let of_side = |side: usize| {
            let key = keys.get(side * key..(side + 1) * key)?;
            let iv = ivs.get(side * iv..(side + 1) * iv)?;
            Self::new(suite, Version::Tls12, key, iv)
        };
        Some([of_side(0)?, of_side(1)?])
    }

    fn new(suite: &Suite, version: Version, key: &[u8], iv: &[u8]) -> Option<Self> {
        let mut whole = [0; NONCE_LEN];
        whole.get_mut(..iv.len())?.copy_from_slice(iv);
        Some(Self {
            key: LessSafeKey::new(UnboundKey::new(suite.cipher, key).ok()?),
            iv: whole,
            nonce: suite.nonce,
            version,
            opened: 0,
        })
    }

    /// Opens the next record: the content behind its header. `None` where it is not encrypted with these keys.
    pub fn open(&mut self, header: Header, content: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = self.nonce_of(content)?;
        let length = sealed.len().checked_sub(self.key.algorithm().tag_len())?;
        let mut bytes = sealed.to_vec();
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        match self.version {
            Version::Tls13 => self.key.open_in_place(nonce, Aad::from(header), &mut bytes),
            Version::Tls12 => {
                let [kind, major, minor, ..] = header;
                let [.., high, low] = length.to_be_bytes();
                let mut beside = [0; 8 + HEADER];
                let (number, rest) = beside.split_first_chunk_mut()?;
                *number = self.opened.to_be_bytes();
                rest.copy_from_slice(&[kind, major, minor, high, low]);
                self.key.open_in_place(nonce, Aad::from(beside), &mut bytes)
            }
        }
        .ok()?;
        bytes.truncate(length);
        self.opened += 1;
        Some(bytes)
    }

    /// The number that only the next record has, and what is encrypted of its content.
    fn nonce_of<'a>(&self, content: &'a [u8]) -> Option<([u8; NONCE_LEN], &'a [u8])> {
        let mut nonce = self.iv;
        let (_, end) = nonce.split_last_chunk_mut::<IN_RECORD>()?;
        match self.nonce {
            Nonce::InRecord => {
                let (own, sealed) = content.split_first_chunk()?;
                *end = *own;
                Some((nonce, sealed))
            }
            Nonce::Counted => {
                let mixed = u64::from_be_bytes(*end) ^ self.opened;
                *end = mixed.to_be_bytes();
                Some((nonce, content))
            }
        }
    }
}

/// The secret that follows this one, once its side has said that it changes its keys (RFC 8446, section 7.2).
pub fn next_secret(suite: &Suite, secret: &[u8]) -> Option<Vec<u8>> {
    expand(suite.hash, secret, b"traffic upd", suite.hash.length())
}

/// `HKDF-Expand-Label` without a context (RFC 8446, section 7.1).
pub fn expand(hash: Hash, secret: &[u8], label: &[u8], length: usize) -> Option<Vec<u8>> {
    let secret = hkdf::Prk::new_less_safe(hash.for_expanding(), secret);
    expand_secret(&secret, label, length)
}

/// The same of a secret that is not told in bytes.
pub fn expand_secret(secret: &hkdf::Prk, label: &[u8], length: usize) -> Option<Vec<u8>> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    const PREFIX: &[u8] = b"tls13 ";
    let [.., high, low] = length.to_be_bytes();
    let label_length = [u8::try_from(PREFIX.len() + label.len()).ok()?];
    let info = [&[high, low], &label_length[..], PREFIX, label, &[0]];
    let mut expanded = vec![0; length];
    let key_material = secret.expand(&info, Length(length)).ok()?;
    key_material.fill(&mut expanded).ok()?;
    Some(expanded)
}

/// `P_hash` (RFC 5246, section 5), whose seed begins with the label.
fn expand_master(hash: Hash, master: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hash.for_authenticating(), master);
    let (mut expanded, mut before) = (Vec::new(), hmac::sign(&key, seed));
    while expanded.len() < length {
        let block = hmac::sign(&key, &[before.as_ref(), seed].concat());
        expanded.extend_from_slice(block.as_ref());
        before = hmac::sign(&key, before.as_ref());
    }
    expanded.truncate(length);
    expanded
}

#[cfg(test)]
impl Keys {
    /// A record of TLS 1.3 with this content of this kind, encrypted as its sender would.
    pub fn seal(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut sealed = [content, &[kind]].concat();
        let [.., high, low] = (sealed.len() + self.key.algorithm().tag_len()).to_be_bytes();
        let header = [23, 3, 3, high, low];
        let (nonce, _) = self.nonce_of(&[]).unwrap();
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce, Aad::from(header), &mut sealed)
            .unwrap();
        self.opened += 1;
        [&header[..], &sealed].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits: Vec<_> = hexadecimal
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .collect();
        let byte = |pair: &[u32]| u8::try_from(pair[0] << 4 | pair[1]).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// The secret and the keys of the server's handshake in RFC 8448, section 3.
    #[test]
    fn the_keys_of_a_secret_are_those_of_the_example_in_the_rfc() {
        let secret = bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let key = expand(Hash::Sha256, &secret, b"key", 16).unwrap();
        assert_eq!(key, bytes("3fce516009c21727d0f2e4e86ee403bc"));
        let iv = expand(Hash::Sha256, &secret, b"iv", 12).unwrap();
        assert_eq!(iv, bytes("5d313eb2671276ee13000b30"));
    }

    /// The first bytes of what circulates as the example for the function of TLS 1.2, which has none in its RFC.
    #[test]
    fn a_master_secret_is_expanded_as_tls_1_2_does() {
        let master = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let seed = [b"test label", &seed[..]].concat();
        let expanded = expand_master(Hash::Sha256, &master, &seed, 40);
        let expected =
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9";
        assert_eq!(expanded, bytes(expected));
    }

    #[test]
    fn a_record_is_opened_in_its_turn_and_only_as_it_was_sealed() {
        for number in [0x1301, 0x1302, 0x1303] {
            let suite = Suite::of(number).unwrap();
            let keys = || Keys::of_secret(&suite, &[7; 32]).unwrap();
            let (mut sealing, mut opening) = (keys(), keys());
            let [first, second] = [b"first", b"other"].map(|text| sealing.seal(23, text));
            let mut open = |record: &[u8]| {
                let (header, content) = record.split_first_chunk().unwrap();
                opening.open(*header, content)
            };
            assert_eq!(open(&second), None, "it is not its turn");
            for at in 0..first.len() {
                let mut changed = first.clone();
                changed[at] ^= 1;
                assert_eq!(open(&changed), None, "byte {at} was changed");
                assert_eq!(open(&first[..at.max(5)]), None, "only {at} bytes");
            }
            assert_eq!(open(&first), Some(b"first\x17".to_vec()));
            assert_eq!(open(&first), None, "it was opened before");
            assert_eq!(open(&second), Some(b"other\x17".to_vec()));
        }
    }
}
