//! How HTTP/1 becomes WebSocket (RFC 6455, section 4): the client asks for it, the server agrees (101), and shows by a
//! hash of the client's key that it knows what it agrees to.

use super::http_message::{self, StartLine};

/// What is put behind the client's key before it is hashed: no server that knows nothing of WebSocket does so.
pub const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How long a key is: 16 random bytes in base64.
pub const KEY: usize = 24;

/// A key of a client.
pub type Key = [u8; KEY];

/// What both sides go on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// How what the client says is compressed.
    pub by_client: Compression,
    /// How what the server says is.
    pub by_server: Compression,
}

/// How the messages of one side are compressed (RFC 7692, section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Each may refer to those before it.
    Together,
    /// Each by itself.
    Apart,
}

/// What a server agrees to, where this message of HTTP is its answer that WebSocket follows.
pub fn agreed(message: &[u8]) -> Option<Agreed> {
    const SWITCHES: u16 = 101;
    // Of all messages of HTTP, hardly any is one: most are told by their first bytes.
    if !message.starts_with(b"HTTP/1.1 101") {
        return None;
    }
    let start = StartLine::of(message)?;
    let agrees = matches!(start, StartLine::Response { code, .. } if code == SWITCHES);
    let to = http_message::header(message, "upgrade")?;
    if !agrees || !to.eq_ignore_ascii_case(b"websocket") {
        return None;
    }
    let extensions = http_message::headers(message, "sec-websocket-extensions");
    let mut extensions = extensions.flat_map(|line| line.split(|byte| *byte == b','));
    Some(extensions.find_map(compression).unwrap_or_default())
}

/// How messages are compressed, where that is what an extension is for.
fn compression(extension: &[u8]) -> Option<Agreed> {
    let mut parts = extension
        .split(|byte| *byte == b';')
        .map(<[u8]>::trim_ascii);
    if parts.next()? != b"permessage-deflate" {
        return None;
    }
    let mut agreed = Agreed {
        by_client: Compression::Together,
        by_server: Compression::Together,
    };
    for part in parts {
        match part {
            b"client_no_context_takeover" => agreed.by_client = Compression::Apart,
            b"server_no_context_takeover" => agreed.by_server = Compression::Apart,
            _ => {}
        }
    }
    Some(agreed)
}

/// The key of a request for WebSocket.
pub fn key(request: &[u8]) -> Option<Key> {
    let key = http_message::header(request, "sec-websocket-key")?;
    key.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_agrees_with_101_and_says_how_messages_are_compressed() {
        let answer = |lines: &str| {
            let answer = format!("HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n");
            agreed(answer.as_bytes())
        };
        let plain = Some(Agreed::default());
        assert_eq!(
            answer("Upgrade: WebSocket\r\nConnection: upgrade\r\n"),
            plain
        );
        assert_eq!(answer("Upgrade: h2c\r\n"), None);
        assert_eq!(answer(""), None);
        let compressed = |extension: &str| {
            let lines = format!("Upgrade: websocket\r\nSec-WebSocket-Extensions: {extension}\r\n");
            answer(&lines).map(|agreed| [agreed.by_client, agreed.by_server])
        };
        let [none, together, apart] =
            [Compression::None, Compression::Together, Compression::Apart];
        assert_eq!(compressed("x-own"), Some([none, none]));
        assert_eq!(
            compressed("x-own, permessage-deflate"),
            Some([together, together])
        );
        assert_eq!(
            compressed("permessage-deflate; client_max_window_bits=12; server_no_context_takeover"),
            Some([together, apart])
        );
        assert_eq!(
            compressed("permessage-deflate;client_no_context_takeover"),
            Some([apart, together])
        );
    }

    #[test]
    fn what_is_no_agreement_begins_nothing() {
        for other in [
            &b"HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        ] {
            assert_eq!(agreed(other), None);
        }
    }

    #[test]
    fn a_key_has_24_characters() {
        let request = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        assert_eq!(key(request), Some(*b"dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(
            key(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: short\r\n\r\n"),
            None
        );
    }
}
