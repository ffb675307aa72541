//! Cipher suites: the ways to encrypt that are decrypted here (RFC 8446, appendix B.4; RFC 5288, RFC 5289, RFC 7905).

use ring::aead::{self, quic};
use ring::{hkdf, hmac};

/// A cipher suite that both encrypts and authenticates in one: all of TLS 1.3, and those of TLS 1.2 with GCM or
/// ChaCha20.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// What encrypts.
    pub cipher: &'static aead::Algorithm,
    /// What keys are derived by.
    pub hash: Hash,
    /// Where the number comes from that no two records have in common.
    pub nonce: Nonce,
}

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// Of 32 bytes.
    Sha256,
    /// Of 48 bytes.
    Sha384,
}

/// Where the number comes from that no two records of a direction have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonce {
    /// Half of it is in the record (RFC 5288, section 3).
    InRecord,
    /// It is made of the number of the record (RFC 8446, section 5.3; RFC 7905, section 2).
    Counted,
}

impl Hash {
    /// For HKDF.
    pub fn for_expanding(self) -> hkdf::Algorithm {
        match self {
            Self::Sha256 => hkdf::HKDF_SHA256,
            Self::Sha384 => hkdf::HKDF_SHA384,
        }
    }

    /// For HMAC.
    pub fn for_authenticating(self) -> hmac::Algorithm {
        match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
        }
    }

    /// How many bytes it has.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

impl Suite {
    /// The suite with this number; `None` of one that is not decrypted.
    pub fn of(number: u16) -> Option<Self> {
        use Hash::{Sha256, Sha384};
        use Nonce::{Counted, InRecord};
        let (cipher, hash, nonce) = match number {
            0x1301 => (&aead::AES_128_GCM, Sha256, Counted),
            0x1302 => (&aead::AES_256_GCM, Sha384, Counted),
            0x1303 | 0xcca8 | 0xcca9 | 0xccaa => (&aead::CHACHA20_POLY1305, Sha256, Counted),
            0x009c | 0x009e | 0xc02b | 0xc02f => (&aead::AES_128_GCM, Sha256, InRecord),
            0x009d | 0x009f | 0xc02c | 0xc030 => (&aead::AES_256_GCM, Sha384, InRecord),
            _ => return None,
        };
        Some(Self {
            cipher,
            hash,
            nonce,
        })
    }

    /// What hides the headers of QUIC, of the suites that it has: those of TLS 1.3 (RFC 9001, section 5.4).
    pub fn header_protection(&self) -> &'static quic::Algorithm {
        if *self.cipher == aead::AES_128_GCM {
            &quic::AES_128
        } else if *self.cipher == aead::AES_256_GCM {
            &quic::AES_256
        } else {
            &quic::CHACHA20
        }
    }
}
