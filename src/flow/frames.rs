//! What one side of a connection says in frames, where what was said before tells what they mean.

use super::http2;
use super::websocket;
use crate::model::assembled::Assembled;
use crate::model::framing::Framing;
use crate::model::protocol::Protocol;
use crate::protocols::websocket_handshake::Agreed;
use crate::protocols::{
    http2 as http2_frames, http2_header_list, websocket as web_frames, websocket_message,
};

/// One side of a connection.
#[derive(Debug)]
pub enum Frames {
    /// Of HTTP/2.
    Http2(http2::Side),
    /// Of WebSocket.
    WebSocket(websocket::Side),
}

impl Frames {
    /// Of HTTP/2, of which nothing was said yet.
    pub fn of_http2() -> Self {
        Self::Http2(http2::Side::default())
    }

    /// Of WebSocket, of a server that has agreed to this.
    pub fn of_server(agreed: Agreed) -> Self {
        Self::WebSocket(websocket::Side::of_server(agreed))
    }

    /// Those of the other side, of which nothing was said yet.
    #[must_use]
    pub fn of_other_side(&self) -> Self {
        match self {
            Self::Http2(_) => Self::of_http2(),
            Self::WebSocket(side) => Self::WebSocket(side.other()),
        }
    }

    /// Whose they are.
    pub const fn protocol(&self) -> &'static Protocol {
        match self {
            Self::Http2(_) => &http2_frames::PROTOCOL,
            Self::WebSocket(_) => &web_frames::PROTOCOL,
        }
    }

    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        match self {
            Self::Http2(side) => side.cost(),
            Self::WebSocket(side) => side.cost(),
        }
    }

    /// How long the frame is that begins with these bytes.
    pub fn framing(&self, bytes: &[u8]) -> Framing {
        match self {
            Self::Http2(side) => side.framing(bytes),
            Self::WebSocket(side) => side.framing(bytes),
        }
    }

    /// Hears a frame, which the frame of the capture with this number completes; gives what it says in words, where it
    /// does not stand there like that.
    pub fn hear(&mut self, bytes: &[u8], frame: u64) -> Option<InWords> {
        match self {
            Self::Http2(side) => side.hear(bytes).map(|header| InWords {
                whole: http2_header_list::assembled(header, frame),
                protocol: &http2_header_list::PROTOCOL,
            }),
            Self::WebSocket(side) => side.hear(bytes, frame).map(|whole| InWords {
                whole,
                protocol: &websocket_message::PROTOCOL,
            }),
        }
    }

    /// Bytes are missing.
    pub fn lose(&mut self) {
        match self {
            Self::Http2(side) => side.lose(),
            Self::WebSocket(side) => side.lose(),
        }
    }
}

/// What a frame says, in words.
#[derive(Debug)]
pub struct InWords {
    /// The words.
    pub whole: Assembled,
    /// Who reads them.
    pub protocol: &'static Protocol,
}
