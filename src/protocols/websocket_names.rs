//! The numbers of WebSocket by their names (RFC 6455, sections 5.2 and 7.4; the registries of IANA).

/// More of the message that began before.
pub const CONTINUATION: u8 = 0;
/// A message that is text.
pub const TEXT: u8 = 1;
/// A message that is bytes.
pub const BINARY: u8 = 2;
/// The sender has no more to say.
pub const CLOSE: u8 = 8;
/// Asks whether the other side is there.
pub const PING: u8 = 9;
/// Says that it is.
pub const PONG: u8 = 10;

/// What a frame is, as Wireshark names it.
pub const OPCODES: &[(u64, &str)] = &[
    (CONTINUATION as u64, "Continuation"),
    (TEXT as u64, "Text"),
    (BINARY as u64, "Binary"),
    (CLOSE as u64, "Connection Close"),
    (PING as u64, "Ping"),
    (PONG as u64, "Pong"),
];

/// Whether a frame keeps the connection going, and may stand between those of a message.
pub const fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

/// Whether a frame of this kind is defined.
pub const fn is_known(opcode: u8) -> bool {
    matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG)
}

/// Why a connection is closed, by its code.
pub fn close_code(code: u64) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1004 => "reserved",
        1005 => "no code received",
        1006 => "abnormal closure",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension wanted",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake failed",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        3001..=3999 => "of a library",
        4000..=4999 => "of the program itself",
        _ => return None,
    })
}

/// Whether a code may stand in a frame: some say what only one side knows (RFC 6455, section 7.4).
pub const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
