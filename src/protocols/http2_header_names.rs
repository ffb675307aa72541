//! The field lines of HTTP/2 that have fields of their own, by name.

use std::ops::Range;

use crate::model::expander::Expander;
use crate::model::field::FieldDef;

const fn line(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::text(name, label).detail()
}

const fn number(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::decimal(name, label).derived()
}

static AUTHORITY: FieldDef = line("http2.headers.authority", "Authority")
    .rfc(9113, "8.3.1")
    .meaning("Which site is asked, as the Host line of HTTP/1 says: one server may have many.");

static METHOD: FieldDef = line("http2.headers.method", "Method")
    .rfc(9113, "8.3.1")
    .meaning(
        "What is to be done: GET fetches, POST hands in; the first word of a request in HTTP/1.",
    );

static PATH: FieldDef = line("http2.headers.path", "Path")
    .rfc(9113, "8.3.1")
    .meaning(
        "What the request is about: a path on the server, and a query behind a question mark.",
    );

static SCHEME: FieldDef = line("http2.headers.scheme", "Scheme")
    .rfc(9113, "8.3.1")
    .meaning("Whether the address that is asked for begins with http or https.");

static STATUS: FieldDef = number("http2.headers.status", "Status").rfc(9113, "8.3.2").meaning("How the request went, as a number alone: 2xx well, 3xx elsewhere, 4xx the client, 5xx the server.");

static ACCEPT: FieldDef = line("http2.headers.accept", "Accepted types")
    .rfc(9110, "12.5.1")
    .meaning("Which types of content the client likes.");

static ACCEPT_ENCODING: FieldDef = line("http2.headers.accept_encoding", "Accepted codings")
    .rfc(9110, "12.5.3")
    .meaning("How the body may be compressed on its way to the client.");

static ACCEPT_LANGUAGE: FieldDef = line("http2.headers.accept_language", "Accepted languages")
    .rfc(9110, "12.5.4")
    .meaning("Which languages the person who asks can read.");

static ACCEPT_RANGES: FieldDef = line("http2.headers.accept_ranges", "Accepted ranges")
    .rfc(9110, "14.3")
    .meaning("Whether the server gives parts of the content, too.");

static AGE: FieldDef = number("http2.headers.age", "Age")
    .unit("seconds")
    .rfc(9111, "5.1")
    .meaning("How many seconds ago the answer was fetched by whoever kept it.");

static ALLOW: FieldDef = line("http2.headers.allow", "Allowed methods")
    .rfc(9110, "10.2.1")
    .meaning("What may be done with what the request is about.");

static AUTHORIZATION: FieldDef = line("http2.headers.authorization", "Authorization")
    .rfc(9110, "11.6.2")
    .meaning("Proof of who asks; what keeps it secret on the way is TLS alone.");

static CACHE_CONTROL: FieldDef = line("http2.headers.cache_control", "Cache control")
    .rfc(9111, "5.2")
    .meaning("For how long the answer can be kept, and who may keep it.");

static CONTENT_DISPOSITION: FieldDef = line("http2.headers.content_disposition", "Disposition")
    .rfc(9110, "8.8")
    .meaning("Whether the content is to be shown, or saved as a file.");

static CONTENT_ENCODING: FieldDef = line("http2.headers.content_encoding", "Coding of the body")
    .rfc(9110, "8.4")
    .meaning("Which compression has to be undone to read the body.");

static CONTENT_LANGUAGE: FieldDef = line("http2.headers.content_language", "Language")
    .rfc(9110, "8.5")
    .meaning("For readers of which language the content was written.");

static CONTENT_LENGTH: FieldDef = number("http2.headers.content_length", "Length of the body").unit("bytes").rfc(9110, "8.6").meaning("How many bytes all DATA of the stream have together; the flag at the last one tells the end as well.");

static CONTENT_LOCATION: FieldDef =
    line("http2.headers.content_location", "Location of the content")
        .rfc(9110, "8.7")
        .meaning("Where the same content can be had directly.");

static CONTENT_RANGE: FieldDef = line("http2.headers.content_range", "Range")
    .rfc(9110, "14.4")
    .meaning("Which part of the whole content this body is.");

static CONTENT_TYPE: FieldDef = line("http2.headers.content_type", "Type of the body")
    .rfc(9110, "8.3")
    .meaning("What the bytes of the body are: a page, an image, JSON.");

static COOKIE: FieldDef = line("http2.headers.cookie", "Cookie")
    .rfc(6265, "4.2")
    .meaning(
        "What an earlier answer asked to be sent back; every part may stand in a line of its own.",
    );

static DATE: FieldDef = line("http2.headers.date", "Date")
    .rfc(9110, "6.6.1")
    .meaning("When the answer was made, by the clock of the server.");

static ETAG: FieldDef = line("http2.headers.etag", "Entity tag")
    .rfc(9110, "8.8.3")
    .meaning("A name of this very state of the content, to ask later whether it still holds.");

static EXPECT: FieldDef = line("http2.headers.expect", "Expectation")
    .rfc(9110, "10.1.1")
    .meaning("What the client wants to hear before it sends the body.");

static EXPIRES: FieldDef = line("http2.headers.expires", "Expires")
    .rfc(9111, "5.3")
    .meaning("From when on the answer that was kept is too old.");

static IF_MATCH: FieldDef = line("http2.headers.if_match", "Only if it is")
    .rfc(9110, "13.1.1")
    .meaning("The request counts only if the content still has this tag.");

static IF_MODIFIED_SINCE: FieldDef = line("http2.headers.if_modified_since", "Only if newer")
    .rfc(9110, "13.1.3")
    .meaning("The client has the content of that time, and wants it only if it changed.");

static IF_NONE_MATCH: FieldDef = line("http2.headers.if_none_match", "Only if it is another")
    .rfc(9110, "13.1.2")
    .meaning("The client has the content with this tag, and wants any other.");

static LAST_MODIFIED: FieldDef = line("http2.headers.last_modified", "Last change")
    .rfc(9110, "8.8.2")
    .meaning("When what the answer brings was changed last.");

static LINK: FieldDef = line("http2.headers.link", "Link")
    .rfc(9110, "7.1")
    .meaning("Something else that goes with the content, such as a style sheet.");

static LOCATION: FieldDef = line("http2.headers.location", "Location")
    .rfc(9110, "10.2.2")
    .meaning("The address that the client should go to instead.");

static RANGE: FieldDef = line("http2.headers.range", "Wanted range")
    .rfc(9110, "14.2")
    .meaning("Which part of the content is wanted alone.");

static REFERER: FieldDef = line("http2.headers.referer", "Referrer")
    .rfc(9110, "10.1.3")
    .meaning("The page on which the link was that led to this request.");

static RETRY_AFTER: FieldDef = line("http2.headers.retry_after", "Try again")
    .rfc(9110, "10.2.3")
    .meaning("How long to wait before asking once more.");

static SERVER: FieldDef = line("http2.headers.server", "Server")
    .rfc(9110, "10.2.4")
    .meaning("Which program answers, as it calls itself.");

static SET_COOKIE: FieldDef = line("http2.headers.set_cookie", "Cookie to keep")
    .rfc(6265, "4.1")
    .meaning("What the server wants to get back with every later request.");

static STRICT_TRANSPORT_SECURITY: FieldDef =
    line("http2.headers.strict_transport_security", "Only with TLS")
        .rfc(9110, "4.2.2")
        .meaning("For how long this site is to be asked only through TLS.");

static USER_AGENT: FieldDef = line("http2.headers.user_agent", "User agent")
    .rfc(9110, "10.1.5")
    .meaning("Which program asks, as it calls itself.");

static VARY: FieldDef = line("http2.headers.vary", "Varies with")
    .rfc(9110, "12.5.5")
    .meaning("Which lines of the request the answer depends on.");

static VIA: FieldDef = line("http2.headers.via", "By way of")
    .rfc(9110, "7.6.3")
    .meaning("Which other servers passed the message on.");

static WWW_AUTHENTICATE: FieldDef = line("http2.headers.www_authenticate", "Asks who it is")
    .rfc(9110, "11.6.1")
    .meaning("How the client can prove who it is, where it may not go on without.");

/// All of them, and the names that they are told by.
const KNOWN: [(&str, &FieldDef); 41] = [
    (":authority", &AUTHORITY),
    (":method", &METHOD),
    (":path", &PATH),
    (":scheme", &SCHEME),
    (":status", &STATUS),
    ("accept", &ACCEPT),
    ("accept-encoding", &ACCEPT_ENCODING),
    ("accept-language", &ACCEPT_LANGUAGE),
    ("accept-ranges", &ACCEPT_RANGES),
    ("age", &AGE),
    ("allow", &ALLOW),
    ("authorization", &AUTHORIZATION),
    ("cache-control", &CACHE_CONTROL),
    ("content-disposition", &CONTENT_DISPOSITION),
    ("content-encoding", &CONTENT_ENCODING),
    ("content-language", &CONTENT_LANGUAGE),
    ("content-length", &CONTENT_LENGTH),
    ("content-location", &CONTENT_LOCATION),
    ("content-range", &CONTENT_RANGE),
    ("content-type", &CONTENT_TYPE),
    ("cookie", &COOKIE),
    ("date", &DATE),
    ("etag", &ETAG),
    ("expect", &EXPECT),
    ("expires", &EXPIRES),
    ("if-match", &IF_MATCH),
    ("if-modified-since", &IF_MODIFIED_SINCE),
    ("if-none-match", &IF_NONE_MATCH),
    ("last-modified", &LAST_MODIFIED),
    ("link", &LINK),
    ("location", &LOCATION),
    ("range", &RANGE),
    ("referer", &REFERER),
    ("retry-after", &RETRY_AFTER),
    ("server", &SERVER),
    ("set-cookie", &SET_COOKIE),
    ("strict-transport-security", &STRICT_TRANSPORT_SECURITY),
    ("user-agent", &USER_AGENT),
    ("vary", &VARY),
    ("via", &VIA),
    ("www-authenticate", &WWW_AUTHENTICATE),
];

/// The fields.
pub const FIELDS: [&FieldDef; KNOWN.len()] = {
    let mut fields = [KNOWN[0].1; KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        fields[at] = KNOWN[at].1;
        at += 1;
    }
    fields
};

/// Tells a value that has a field of its own, which stands there.
pub fn tell(name: &[u8], value: &[u8], range: Range<usize>, out: &mut Expander<'_>) {
    let mut known = KNOWN.iter();
    let Some((_, field)) = known.find(|(known, _)| known.as_bytes() == name) else {
        return;
    };
    if NUMBERS.iter().any(|number| std::ptr::eq(*number, *field)) {
        let digits = std::str::from_utf8(value).ok();
        if let Some(number) = digits.and_then(|digits| digits.parse().ok()) {
            out.derived_below(field, number);
        }
    } else {
        out.bytes(field, range);
    }
}

/// Those that are numbers.
static NUMBERS: [&FieldDef; 3] = [&STATUS, &AGE, &CONTENT_LENGTH];
