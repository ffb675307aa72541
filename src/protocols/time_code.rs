//! Times as small floating-point numbers: what IGMP and Multicast Listener Discovery send in a byte or two.

/// The number that a code of so many bits, 8 or 16, stands for: itself, or where its first bit is set, a mantissa that
/// is shifted by the exponent in the next three (RFC 9776, section 4.1.1; RFC 9777, sections 5.1.3 and 5.1.9).
pub const fn decoded(code: u64, length: u32) -> u64 {
    if code >> (length - 1) == 0 {
        return code;
    }
    let hidden = 1 << (length - 4);
    let mantissa = code & (hidden - 1);
    let exponent = code >> (length - 4) & 0x07;
    (mantissa | hidden) << (exponent + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_on_where_the_numbers_themselves_end() {
        assert_eq!((decoded(0x7fff, 16), decoded(0x8000, 16)), (32_767, 32_768));
        assert_eq!((decoded(0x7f, 8), decoded(0x80, 8)), (127, 128));
        assert_eq!(decoded(0xffff, 16), 8_387_584);
        assert_eq!(decoded(0xff, 8), 31_744);
    }
}
