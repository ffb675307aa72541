//! The codes of the commonest answers of HTTP, with what they mean (RFC 9110, section 15).

/// Code and phrase, since people know them by both.
pub const NAMES: &[(u64, &str)] = &[
    (100, "100 Continue"),
    (101, "101 Switching Protocols"),
    (103, "103 Early Hints"),
    (200, "200 OK"),
    (201, "201 Created"),
    (202, "202 Accepted"),
    (204, "204 No Content"),
    (206, "206 Partial Content"),
    (301, "301 Moved Permanently"),
    (302, "302 Found"),
    (303, "303 See Other"),
    (304, "304 Not Modified"),
    (307, "307 Temporary Redirect"),
    (308, "308 Permanent Redirect"),
    (400, "400 Bad Request"),
    (401, "401 Unauthorized"),
    (403, "403 Forbidden"),
    (404, "404 Not Found"),
    (405, "405 Method Not Allowed"),
    (408, "408 Request Timeout"),
    (409, "409 Conflict"),
    (410, "410 Gone"),
    (411, "411 Length Required"),
    (413, "413 Content Too Large"),
    (414, "414 URI Too Long"),
    (415, "415 Unsupported Media Type"),
    (416, "416 Range Not Satisfiable"),
    (417, "417 Expectation Failed"),
    (421, "421 Misdirected Request"),
    (422, "422 Unprocessable Content"),
    (425, "425 Too Early"),
    (426, "426 Upgrade Required"),
    (429, "429 Too Many Requests"),
    (431, "431 Request Header Fields Too Large"),
    (500, "500 Internal Server Error"),
    (501, "501 Not Implemented"),
    (502, "502 Bad Gateway"),
    (503, "503 Service Unavailable"),
    (504, "504 Gateway Timeout"),
    (505, "505 HTTP Version Not Supported"),
];

/// The phrase alone: HTTP/2 sends the number without it.
pub fn phrase(code: &[u8]) -> Option<&'static str> {
    NAMES.iter().find_map(|(_, name)| {
        let (number, phrase) = name.split_once(' ')?;
        (number.as_bytes() == code).then_some(phrase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_begins_with_its_code() {
        for (code, name) in NAMES {
            assert!(name.starts_with(&format!("{code} ")), "{code}: {name}");
        }
    }

    #[test]
    fn a_phrase_is_found_by_the_three_digits_of_its_code_alone() {
        assert_eq!(phrase(b"404"), Some("Not Found"));
        for other in [&b"+404"[..], b"0404", b"404 ", b"", b"999"] {
            assert_eq!(phrase(other), None);
        }
    }
}
