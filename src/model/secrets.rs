//! The secrets of TLS connections, as programs write them into a key log: a file with a line for each secret, whose
//! name the variable `SSLKEYLOGFILE` gives ("The SSLKEYLOGFILE Format for TLS", draft-ietf-tls-keylogfile). Who has
//! them can read what both sides encrypted.
//!
//! ```text
//! CLIENT_TRAFFIC_SECRET_0 64-hexadecimal-digits-of-the-client's-random-bytes the-secret-in-hexadecimal
//! ```

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// By which a key log names a connection: the random bytes of the client's hello.
pub type ClientRandom = [u8; 32];

/// How many secrets are remembered; what a key log has beyond that is left out.
pub const MOST_SECRETS: usize = 100_000;

/// The longest secret, in bytes: the output of SHA-512.
const LONGEST_SECRET: usize = 64;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// For all keys of a connection, up to TLS 1.2 (RFC 5246, section 8.1).
    Connection,
    /// For what the client says in the handshake of TLS 1.3 (RFC 8446, section 7.1).
    ClientHandshake,
    /// For what the server says in it.
    ServerHandshake,
    /// For what the client says behind it.
    ClientTraffic,
    /// For what the server says behind it.
    ServerTraffic,
}

impl Purpose {
    fn of(label: &[u8]) -> Option<Self> {
        Some(match label {
            b"CLIENT_RANDOM" => Self::Connection,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Self::ClientHandshake,
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Self::ServerHandshake,
            b"CLIENT_TRAFFIC_SECRET_0" => Self::ClientTraffic,
            b"SERVER_TRAFFIC_SECRET_0" => Self::ServerTraffic,
            _ => return None,
        })
    }
}

/// Whose secrets there are and what for, and these.
type Known = HashMap<(ClientRandom, Purpose), Vec<u8>>;

/// Secrets that many look things up in while somebody adds to them.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<Mutex<Known>>,
}

impl fmt::Debug for Secrets {
    /// Tells none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("count", &self.known().len())
            .finish()
    }
}

impl Secrets {
    /// Takes the secrets down that stand in a part of a key log; gives how many. Lines of another kind say nothing
    /// here.
    pub fn take_down(&self, log: &[u8]) -> usize {
        let found = log.split(|byte| *byte == b'\n').filter_map(secret);
        let mut known = self.known();
        let mut count = 0;
        for (whose, bytes) in found {
            if known.len() < MOST_SECRETS || known.contains_key(&whose) {
                known.insert(whose, bytes);
                count += 1;
            }
        }
        count
    }

    /// The secret for this, of the connection whose client said these random bytes.
    pub fn find(&self, client: &ClientRandom, purpose: Purpose) -> Option<Vec<u8>> {
        self.known().get(&(*client, purpose)).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked while he held it left it whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The secret of a line, and whose it is and what for.
fn secret(line: &[u8]) -> Option<((ClientRandom, Purpose), Vec<u8>)> {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let purpose = Purpose::of(words.next()?)?;
    let client = bytes_of(words.next()?)?.try_into().ok()?;
    let secret = bytes_of(words.next()?)?;
    Some(((client, purpose), secret))
}

/// Bytes that are written as hexadecimal digits: at least one, and no more than a secret has.
fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_chunks() else {
        return None;
    };
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    let is_fitting = (1..=LONGEST_SECRET).contains(&pairs.len());
    is_fitting.then(|| pairs.iter().map(byte).collect())?
}

fn digit(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "# a comment\n\
        CLIENT_RANDOM 0707070707070707070707070707070707070707070707070707070707070707 0aFF\r\n\
        SERVER_TRAFFIC_SECRET_0 0707070707070707070707070707070707070707070707070707070707070707 01\n\
        EXPORTER_SECRET 0707070707070707070707070707070707070707070707070707070707070707 02\n";

    #[test]
    fn the_secrets_of_a_key_log_are_found_by_whose_they_are_and_what_for() {
        let secrets = Secrets::default();
        assert_eq!(secrets.take_down(LOG.as_bytes()), 2);
        let find = |client, purpose| secrets.clone().find(&client, purpose);
        assert_eq!(find([7; 32], Purpose::Connection), Some(vec![0x0a, 0xff]));
        assert_eq!(find([7; 32], Purpose::ServerTraffic), Some(vec![1]));
        assert_eq!(find([7; 32], Purpose::ClientTraffic), None);
        assert_eq!(find([8; 32], Purpose::Connection), None);
    }

    #[test]
    fn what_is_no_line_of_a_key_log_is_passed_over() {
        let random = "07".repeat(32);
        for line in [
            "",
            "CLIENT_RANDOM",
            "CLIENT_RANDOM 07 0a",
            &format!("CLIENT_RANDOM {random}"),
            &format!("CLIENT_RANDOM {random} 0"),
            &format!("CLIENT_RANDOM {random} 0g"),
            &format!("CLIENT_RANDOM {random} {}", "00".repeat(65)),
            &format!("client_random {random} 00"),
        ] {
            assert_eq!(Secrets::default().take_down(line.as_bytes()), 0, "{line}");
        }
        assert_eq!(Secrets::default().take_down(b"\xff\x00 \xfe"), 0);
    }
}
