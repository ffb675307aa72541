//! The names of what HTTP/2 numbers: frame types, settings, error codes (RFC 9113, section 11).

/// What a frame carries: its payload, unless the type has a dissector of its own, is shown as bytes.
pub const DATA: u8 = 0;
/// A header block, or its beginning.
pub const HEADERS: u8 = 1;
/// What a stream depends on.
pub const PRIORITY: u8 = 2;
/// The end of a stream before its time.
pub const RST_STREAM: u8 = 3;
/// What the sender can do, or that it has heard.
pub const SETTINGS: u8 = 4;
/// A request that the server makes itself.
pub const PUSH_PROMISE: u8 = 5;
/// Asks whether the other side is there.
pub const PING: u8 = 6;
/// The end of the connection.
pub const GOAWAY: u8 = 7;
/// More bytes may be sent.
pub const WINDOW_UPDATE: u8 = 8;
/// More of a header block.
pub const CONTINUATION: u8 = 9;

/// The names of the types.
pub const TYPES: &[(u64, &str)] = &[
    (DATA as u64, "DATA"),
    (HEADERS as u64, "HEADERS"),
    (PRIORITY as u64, "PRIORITY"),
    (RST_STREAM as u64, "RST_STREAM"),
    (SETTINGS as u64, "SETTINGS"),
    (PUSH_PROMISE as u64, "PUSH_PROMISE"),
    (PING as u64, "PING"),
    (GOAWAY as u64, "GOAWAY"),
    (WINDOW_UPDATE as u64, "WINDOW_UPDATE"),
    (CONTINUATION as u64, "CONTINUATION"),
    (10, "ALTSVC"),
    (12, "ORIGIN"),
    (16, "PRIORITY_UPDATE"),
];

/// The name of a type; of one that nobody registered, none.
pub fn of_type(kind: u8) -> Option<&'static str> {
    let named = TYPES.iter().find(|(number, _)| *number == u64::from(kind));
    named.map(|(_, name)| *name)
}

/// The names of the error codes.
pub const ERRORS: &[(u64, &str)] = &[
    (0, "NO_ERROR"),
    (1, "PROTOCOL_ERROR"),
    (2, "INTERNAL_ERROR"),
    (3, "FLOW_CONTROL_ERROR"),
    (4, "SETTINGS_TIMEOUT"),
    (5, "STREAM_CLOSED"),
    (6, "FRAME_SIZE_ERROR"),
    (7, "REFUSED_STREAM"),
    (8, "CANCEL"),
    (9, "COMPRESSION_ERROR"),
    (10, "CONNECT_ERROR"),
    (11, "ENHANCE_YOUR_CALM"),
    (12, "INADEQUATE_SECURITY"),
    (13, "HTTP_1_1_REQUIRED"),
];

/// The names of the settings.
pub const SETTING_NAMES: &[(u64, &str)] = &[
    (1, "HEADER_TABLE_SIZE"),
    (2, "ENABLE_PUSH"),
    (3, "MAX_CONCURRENT_STREAMS"),
    (4, "INITIAL_WINDOW_SIZE"),
    (5, "MAX_FRAME_SIZE"),
    (6, "MAX_HEADER_LIST_SIZE"),
    (8, "ENABLE_CONNECT_PROTOCOL"),
    (9, "NO_RFC7540_PRIORITIES"),
];
