//! Bytes as names of DNS spell a hash: five bits a letter, in the order of the numbers (RFC 4648, section 7; RFC 5155,
//! section 3.3).

/// Spells the bytes, without padding behind them.
pub fn spell(bytes: &[u8], mut put: impl FnMut(&str)) {
    const LETTERS: &str = "0123456789abcdefghijklmnopqrstuv";
    for five in bytes.chunks(5) {
        let mut octets = [0; 8];
        let bits = five
            .iter()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let letters = (five.len() * 8).div_ceil(5);
        // The last letter has zeros where there are no bits left.
        let mut left = bits << (letters * 5 - five.len() * 8);
        for octet in octets.iter_mut().take(letters).rev() {
            let at = usize::try_from(left & 31).unwrap_or(0);
            *octet = LETTERS.as_bytes().get(at).copied().unwrap_or(b'0');
            left >>= 5;
        }
        if let Some(Ok(text)) = octets.get(..letters).map(str::from_utf8) {
            put(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_spelled_as_the_rfc_has_them() {
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"f", "co"),
            (b"fo", "cpng"),
            (b"foo", "cpnmu"),
            (b"foob", "cpnmuog"),
            (b"fooba", "cpnmuoj1"),
            (b"foobar", "cpnmuoj1e8"),
        ] {
            let mut spelled = String::new();
            spell(bytes, |text| spelled.push_str(text));
            assert_eq!(spelled, expected);
        }
    }
}
