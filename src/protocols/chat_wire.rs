//! What the chat's programs and its dissector have to agree on.

/// The port that the server listens on unless told otherwise.
pub const PORT: u16 = 12345;

/// What the server says first.
pub const WELCOME: &[u8] = b"welcome";

/// What the client asks for a line with.
pub const PROMPT: &str = "send--> ";

/// How many bytes a program asks for at a time.
pub const RECEIVE_BYTES: usize = 1024;
