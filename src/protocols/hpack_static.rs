//! The entries that HPACK's static table has for everybody (RFC 7541, appendix A).

/// Names and values, from index 1 on.
const ENTRIES: [(&str, &str); COUNT as usize] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// How many there are: an index beyond is one of the dynamic table.
pub const COUNT: u32 = 61;

/// Name and value of the entry with this index.
pub fn entry(index: u32) -> Option<(&'static str, &'static str)> {
    let place = usize::try_from(index).ok()?.checked_sub(1)?;
    ENTRIES.get(place).copied()
}

/// The name of the entry with this index.
pub fn name(index: u32) -> Option<&'static str> {
    entry(index).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_counted_from_one() {
        assert_eq!(entry(0), None);
        assert_eq!(entry(1), Some((":authority", "")));
        assert_eq!(entry(16), Some(("accept-encoding", "gzip, deflate")));
        assert_eq!(entry(COUNT), Some(("www-authenticate", "")));
        assert_eq!(entry(COUNT + 1), None);
    }
}
