//! The header lines of HTTP that are known by name.

use crate::model::field::FieldDef;

const fn value(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::text(name, label).detail()
}

static HOST: FieldDef = value("http.host", "Host")
    .rfc(9110, "7.2")
    .meaning("Which site is meant: one server at one address may have many.");

static USER_AGENT: FieldDef = value("http.user_agent", "User agent")
    .rfc(9110, "10.1.5")
    .meaning("The program that asks, by its own name.");

static ACCEPT: FieldDef = value("http.accept", "Accepted types")
    .rfc(9110, "12.5.1")
    .meaning("Which kinds of content the client can make use of.");

static ACCEPT_LANGUAGE: FieldDef = value("http.accept_language", "Accepted languages")
    .rfc(9110, "12.5.4")
    .meaning("In which languages the client would like the answer.");

static ACCEPT_ENCODING: FieldDef = value("http.accept_encoding", "Accepted codings")
    .rfc(9110, "12.5.3")
    .meaning("Which ways of compressing the body the client can undo.");

static CONNECTION: FieldDef = value("http.connection", "Connection")
    .rfc(9110, "7.6.1")
    .meaning("Whether the connection stays open for another request, or closes behind this one.");

static UPGRADE: FieldDef = value("http.upgrade", "Upgrade to")
    .rfc(9110, "7.8")
    .meaning("Another protocol that the two would go on with on this connection.");

static CONTENT_TYPE: FieldDef = value("http.content_type", "Content type")
    .rfc(9110, "8.3")
    .meaning("What kind of content the body is.");

static CONTENT_LENGTH_LINE: FieldDef = value("http.content_length_header", "Content length")
    .rfc(9110, "8.6")
    .meaning("How many bytes of body follow the header: a mark of the end, which TCP has none of.");

static CONTENT_ENCODING: FieldDef = value("http.content_encoding", "Content coding")
    .rfc(9110, "8.4")
    .meaning("How the body was compressed; it has to be undone before it can be read.");

static TRANSFER_ENCODING: FieldDef = value("http.transfer_encoding", "Transfer coding")
    .rfc(9112, "6.1")
    .meaning(
        "How the body is cut for its way: chunked, each piece comes with its length before it.",
    );

static SERVER: FieldDef = value("http.server", "Server")
    .rfc(9110, "10.2.4")
    .meaning("The program that answers, by its own name.");

static DATE: FieldDef = value("http.date", "Date")
    .rfc(9110, "6.6.1")
    .meaning("When the message was made, by its sender's clock.");

static LAST_MODIFIED: FieldDef = value("http.last_modified", "Last modified")
    .rfc(9110, "8.8.2")
    .meaning("When the content last changed: a client that has it need not fetch it again.");

static LOCATION: FieldDef = value("http.location", "Location")
    .rfc(9110, "10.2.2")
    .meaning("Where to ask instead, or where what was made can be found.");

static CACHE_CONTROL: FieldDef = value("http.cache_control", "Cache control")
    .rfc(9111, "5.2")
    .meaning("How long, and by whom, the answer may be kept and given again.");

static COOKIE: FieldDef = value("http.cookie", "Cookie")
    .rfc(6265, "4.2")
    .meaning("What the server had set before, sent back: HTTP itself remembers nothing.");

static SET_COOKIE: FieldDef = value("http.set_cookie", "Set cookie")
    .rfc(6265, "4.1")
    .meaning("What the client is to send back with its next requests.");

static REFERER: FieldDef = value("http.referer", "Referer")
    .rfc(9110, "10.1.3")
    .meaning("The page that led here; its name was misspelt for good.");

static AUTHORIZATION: FieldDef = value("http.authorization", "Authorization")
    .rfc(9110, "11.6.2")
    .meaning("Who the client says it is. Without TLS, everybody on the way reads it.");

static WWW_AUTHENTICATE: FieldDef = value("http.www_authenticate", "Authenticate")
    .rfc(9110, "11.6.1")
    .meaning("In which way the client is asked to prove who it is.");

static SOCKET_KEY: FieldDef = value("http.sec_websocket_key", "WebSocket key")
    .rfc(6455, "11.3.1")
    .meaning("Random bytes in base64: the server answers with a hash of them, and so shows that it knows what WebSocket is.");

static SOCKET_ACCEPT: FieldDef = value("http.sec_websocket_accept", "WebSocket accept")
    .rfc(6455, "11.3.3")
    .meaning("A hash (SHA-1) of the client's key and a text that every server of WebSocket knows, in base64.");

static SOCKET_VERSION: FieldDef = value("http.sec_websocket_version", "WebSocket version")
    .rfc(6455, "11.3.5")
    .meaning("Which version of WebSocket the client wants to speak; there is none but 13.");

static SOCKET_PROTOCOL: FieldDef = value("http.sec_websocket_protocol", "WebSocket subprotocol")
    .rfc(6455, "11.3.4")
    .meaning(
        "What the programs would like to speak inside WebSocket, or agree to speak, by its name.",
    );

static SOCKET_EXTENSIONS: FieldDef = value("http.sec_websocket_extensions", "WebSocket extensions")
    .rfc(6455, "11.3.2")
    .meaning("What the client can do beyond the standard, or what both agree on: permessage-deflate compresses messages.");

/// Their names in lower case, as they are sent in any.
const KNOWN: &[(&str, &FieldDef)] = &[
    ("host", &HOST),
    ("user-agent", &USER_AGENT),
    ("accept", &ACCEPT),
    ("accept-language", &ACCEPT_LANGUAGE),
    ("accept-encoding", &ACCEPT_ENCODING),
    ("connection", &CONNECTION),
    ("upgrade", &UPGRADE),
    ("content-type", &CONTENT_TYPE),
    ("content-length", &CONTENT_LENGTH_LINE),
    ("content-encoding", &CONTENT_ENCODING),
    ("transfer-encoding", &TRANSFER_ENCODING),
    ("server", &SERVER),
    ("date", &DATE),
    ("last-modified", &LAST_MODIFIED),
    ("location", &LOCATION),
    ("cache-control", &CACHE_CONTROL),
    ("cookie", &COOKIE),
    ("set-cookie", &SET_COOKIE),
    ("referer", &REFERER),
    ("authorization", &AUTHORIZATION),
    ("www-authenticate", &WWW_AUTHENTICATE),
    ("sec-websocket-key", &SOCKET_KEY),
    ("sec-websocket-accept", &SOCKET_ACCEPT),
    ("sec-websocket-version", &SOCKET_VERSION),
    ("sec-websocket-protocol", &SOCKET_PROTOCOL),
    ("sec-websocket-extensions", &SOCKET_EXTENSIONS),
];

/// For the table of HTTP.
pub const FIELDS: [&FieldDef; KNOWN.len()] = {
    let mut fields = [KNOWN[0].1; KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        fields[at] = KNOWN[at].1;
        at += 1;
    }
    fields
};

/// The field of the header line with this name.
pub fn named(name: &[u8]) -> Option<&'static FieldDef> {
    let is_it = |(known, _): &&(&str, _)| name.eq_ignore_ascii_case(known.as_bytes());
    KNOWN.iter().find(is_it).map(|(_, field)| *field)
}
