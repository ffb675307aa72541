//! The keys of one direction of a QUIC connection, and what they open (RFC 9001, section 5).

use ring::aead::quic::HeaderProtectionKey;
use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;

use crate::flow::decryption::keys::{expand, expand_secret};
use crate::flow::decryption::suite::{Hash, Suite};
use crate::protocols::quic_header::{LONG, Version};

/// What hides headers, and what seals packets.
#[derive(Debug)]
pub struct Keys {
    /// Hides the number of a packet, and the last bits of its first byte.
    pub header: HeaderKey,
    /// Seals the rest.
    pub packet: PacketKey,
}

/// What hides headers: it stays, whatever keys seal.
pub struct HeaderKey(HeaderProtectionKey);

impl std::fmt::Debug for HeaderKey {
    /// Tells nothing of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeaderKey")
    }
}

/// What seals packets.
#[derive(Debug)]
pub struct PacketKey {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
}

/// A header whose hidden parts are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// All of it, as it was before it was hidden: it is authenticated with the packet.
    pub bytes: Vec<u8>,
    /// The last bytes of the packet's number, and how many.
    pub number: u64,
    /// How many bytes of it were sent.
    pub number_length: usize,
}

/// How long a sample of a packet is by which its header is hidden, and how far behind the number's first byte it
/// begins (RFC 9001, section 5.4.2).
const SAMPLE: usize = 16;
const LONGEST_NUMBER: usize = 4;

/// The suite of the first flight.
const INITIAL: u16 = 0x1301;

impl Version {
    /// What the first keys are made of beside the connection ID, so that a version cannot be taken for another one
    /// (RFC 9001, section 5.2; RFC 9369, section 3.3.1).
    const fn salt(self) -> &'static [u8] {
        match self {
            Self::V1 => &[
                0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
            ],
            Self::V2 => &[
                0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
                0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
            ],
        }
    }

    /// The name of what is derived (RFC 9001, section 5.1; RFC 9369, section 3.3.2).
    fn label(self, name: &str) -> Vec<u8> {
        let prefix = match self {
            Self::V1 => "quic ",
            Self::V2 => "quicv2 ",
        };
        [prefix, name].concat().into_bytes()
    }
}

impl Keys {
    /// Those of the first flight, of the client and of the server, which everybody can make of the connection ID that
    /// the client's first packet is for (RFC 9001, section 5.2).
    pub fn initial(version: Version, id: &[u8]) -> Option<[Self; 2]> {
        let suite = Suite::of(INITIAL)?;
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, version.salt()).extract(id);
        let of_side = |label: &[u8]| {
            let secret = expand_secret(&secret, label, Hash::Sha256.length())?;
            Self::of_secret(version, &suite, &secret)
        };
        Some([of_side(b"client in")?, of_side(b"server in")?])
    }

    /// Those of a secret that TLS has agreed on (RFC 9001, section 5.1).
    pub fn of_secret(version: Version, suite: &Suite, secret: &[u8]) -> Option<Self> {
        let length = suite.cipher.key_len();
        let header = expand(suite.hash, secret, &version.label("hp"), length)?;
        Some(Self {
            header: HeaderKey(HeaderProtectionKey::new(suite.header_protection(), &header).ok()?),
            packet: PacketKey::of_secret(version, suite, secret)?,
        })
    }
}

/// The secret that follows this one, once a side changes its keys (RFC 9001, section 6.1).
pub fn next_secret(version: Version, suite: &Suite, secret: &[u8]) -> Option<Vec<u8>> {
    expand(
        suite.hash,
        secret,
        &version.label("ku"),
        suite.hash.length(),
    )
}

impl HeaderKey {
    /// Tells what is hidden of the header of a packet whose number begins there (RFC 9001, section 5.4.1).
    pub fn show(&self, packet: &[u8], at: usize) -> Option<Header> {
        let sample = packet
            .get(at.checked_add(LONGEST_NUMBER)?..)?
            .get(..SAMPLE)?;
        let [of_first, of_number @ ..] = self.0.new_mask(sample).ok()?;
        let mut bytes = packet.get(..at)?.to_vec();
        let first = bytes.first_mut()?;
        let hidden = if *first & LONG == 0 { 0x1f } else { 0x0f };
        *first ^= of_first & hidden;
        let number_length = usize::from(*first & 3) + 1;
        let masked = packet.get(at..)?.iter().zip(of_number).take(number_length);
        bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
        let number = bytes.get(at..)?.iter();
        Some(Header {
            number: number.fold(0, |number, byte| number << u8::BITS | u64::from(*byte)),
            bytes,
            number_length,
        })
    }
}

impl PacketKey {
    /// That of a secret.
    pub fn of_secret(version: Version, suite: &Suite, secret: &[u8]) -> Option<Self> {
        let key = expand(
            suite.hash,
            secret,
            &version.label("key"),
            suite.cipher.key_len(),
        )?;
        let iv = expand(suite.hash, secret, &version.label("iv"), NONCE_LEN)?;
        Some(Self {
            key: LessSafeKey::new(UnboundKey::new(suite.cipher, &key).ok()?),
            iv: iv.try_into().ok()?,
        })
    }

    /// Opens what is sealed behind the header of the packet with this number. `None` where it is not sealed with this
    /// key.
    pub fn open(&self, number: u64, header: &Header, sealed: &[u8]) -> Option<Vec<u8>> {
        let length = sealed.len().checked_sub(self.key.algorithm().tag_len())?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.nonce(number)?);
        let beside = Aad::from(&header.bytes);
        self.key.open_in_place(nonce, beside, &mut bytes).ok()?;
        bytes.truncate(length);
        Some(bytes)
    }

    fn nonce(&self, number: u64) -> Option<[u8; NONCE_LEN]> {
        let mut nonce = self.iv;
        let end = nonce.last_chunk_mut::<{ size_of::<u64>() }>()?;
        *end = (u64::from_be_bytes(*end) ^ number).to_be_bytes();
        Some(nonce)
    }
}

/// The number of a packet in full, of whose bytes so many were sent: the one that is closest to the one that is
/// expected next (RFC 9000, appendix A.3).
pub fn number_in_full(largest: Option<u64>, sent: u64, length: usize) -> u64 {
    const MOST: u64 = 1 << 62;
    let expected = largest.map_or(0, |largest| largest.saturating_add(1));
    let window = 1_u64 << (8 * length.min(LONGEST_NUMBER));
    let candidate = expected & !(window - 1) | sent;
    if candidate.saturating_add(window / 2) <= expected && candidate < MOST - window {
        candidate + window
    } else if candidate > expected.saturating_add(window / 2) && candidate >= window {
        candidate - window
    } else {
        candidate
    }
}

#[cfg(test)]
impl Keys {
    /// A packet with this number and this in it, behind this header, whose last bytes are the number's; sealed and
    /// hidden as its sender would.
    pub fn seal(&self, number: u64, header: &[u8], frames: &[u8]) -> Vec<u8> {
        let number_length = usize::from(header[0] & 3) + 1;
        let mut sealed = frames.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.packet.nonce(number).unwrap());
        self.packet
            .key
            .seal_in_place_append_tag(nonce, Aad::from(header), &mut sealed)
            .unwrap();
        let mut packet = [header, &sealed].concat();
        let at = header.len() - number_length;
        let sample = &packet[at + LONGEST_NUMBER..][..SAMPLE];
        let mask = self.header.0.new_mask(sample).unwrap();
        packet[0] ^= mask[0] & if packet[0] & LONG == 0 { 0x1f } else { 0x0f };
        for (byte, mask) in packet[at..][..number_length].iter_mut().zip(&mask[1..]) {
            *byte ^= mask;
        }
        packet
    }
}
