//! What one side of a connection of WebSocket says: messages, which may come in several frames, masked, and compressed.
//!
//! Memory is bounded. Where bytes are missing, what came in them is told as not known.

mod inflater;

use crate::model::assembled::{Assembled, Part};
use crate::model::framing::Framing;
use crate::protocols::websocket_frame::{self as frame, Header};
use crate::protocols::websocket_handshake::Agreed;
use crate::protocols::websocket_message::{End, Note};
use crate::protocols::websocket_names as names;
use inflater::Inflater;
pub use inflater::{MOST_RATIO, WITHOUT_RATIO};

/// How long a message may be that is put together, or decompressed, in bytes; what is behind them is left out.
pub const MOST_MESSAGE: usize = 1 << 20;

/// In how many frames it may come; what is in more is left out.
pub const MOST_FRAGMENTS: usize = 1024;

/// One side of a connection.
#[derive(Debug)]
pub struct Side {
    agreed: Agreed,
    /// Whether it is the client's: that masks what it says.
    masks: bool,
    /// Whether bytes are missing, and no frame has been found behind them.
    is_out_of_step: bool,
    /// The message that goes on in the next frame.
    begun: Option<Begun>,
    inflater: Inflater,
}

/// A message that is not whole.
#[derive(Debug)]
struct Begun {
    opcode: u8,
    is_compressed: bool,
    is_masked: bool,
    bytes: Vec<u8>,
    parts: Vec<Part>,
    is_too_long: bool,
}

impl Side {
    fn new(agreed: Agreed, masks: bool) -> Self {
        let compression = if masks {
            agreed.by_client
        } else {
            agreed.by_server
        };
        Self {
            agreed,
            masks,
            is_out_of_step: false,
            begun: None,
            inflater: Inflater::of(compression),
        }
    }

    /// That of a server which has agreed to this.
    pub fn of_server(agreed: Agreed) -> Self {
        Self::new(agreed, false)
    }

    /// The other one, which has said nothing yet.
    #[must_use]
    pub fn other(&self) -> Self {
        Self::new(self.agreed, !self.masks)
    }

    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        let begun = self.begun.as_ref().map_or(0, |begun| {
            begun.bytes.capacity() + begun.parts.capacity() * size_of::<Part>()
        });
        size_of::<Self>() + begun + self.inflater.cost()
    }

    /// How long the frame is that begins with these bytes.
    pub fn framing(&self, bytes: &[u8]) -> Framing {
        if self.is_out_of_step {
            frame::framing_behind_a_hole(bytes, self.masks)
        } else {
            frame::framing(bytes)
        }
    }

    /// Bytes are missing.
    pub fn lose(&mut self) {
        self.is_out_of_step = true;
        self.begun = None;
        self.inflater.lose();
    }

    /// Hears a frame, which the frame of the capture with this number completes; gives what it says, where it does not
    /// stand there like that.
    pub fn hear(&mut self, bytes: &[u8], frame: u64) -> Option<Assembled> {
        self.is_out_of_step = false;
        let header = Header::of(bytes)?;
        let Some(said) = header.payload().and_then(|payload| bytes.get(payload)) else {
            // It is too long, and its end is not looked for.
            self.lose();
            return None;
        };
        let said = frame::unmasked(said, header.key);
        let part = Part::behind(&[], frame, said.len());
        let note = Note {
            is_masked: header.key.is_some(),
            is_compressed: false,
            goes_on: !header.is_last,
            opcode: header.opcode,
            end: End::Whole,
        };
        if names::is_control(header.opcode) {
            return note.is_masked.then(|| note.assembled(&said, vec![part]));
        }
        let mut begun = match self.begun.take() {
            Some(begun) if header.opcode == names::CONTINUATION => begun,
            _ => Begun {
                opcode: header.opcode,
                is_compressed: header.is_compressed(),
                is_masked: false,
                bytes: Vec::new(),
                parts: Vec::new(),
                is_too_long: false,
            },
        };
        let is_piece = !header.is_last || begun.opcode == names::CONTINUATION;
        let piece = (is_piece && note.is_masked && !header.is_compressed())
            .then(|| note.assembled(&said, vec![part]));
        if header.is_last && begun.opcode == names::CONTINUATION {
            // How it began is not in the capture.
            return piece;
        }
        begun.add(&said, note, frame);
        if header.is_last {
            return self.complete(begun);
        }
        self.begun = Some(begun);
        piece
    }

    /// Gives what a message says that is whole now, where it does not stand like that in its frame.
    fn complete(&mut self, begun: Begun) -> Option<Assembled> {
        let is_there = begun.parts.len() < 2 && !begun.is_masked && !begun.is_compressed;
        if is_there {
            return None;
        }
        let mut note = Note {
            is_masked: begun.is_masked,
            is_compressed: begun.is_compressed,
            goes_on: false,
            opcode: begun.opcode,
            end: if begun.is_too_long {
                End::TooLong
            } else {
                End::Whole
            },
        };
        if !begun.is_compressed {
            return Some(note.assembled(&begun.bytes, begun.parts));
        }
        if begun.is_too_long {
            self.inflater.lose();
        }
        let inflated = self.inflater.inflate(&begun.bytes);
        if !begun.is_too_long {
            note.end = inflated.end;
        }
        let said = match inflated.end {
            End::Lost | End::Malformed => &begun.bytes,
            End::Whole | End::TooLong => &inflated.bytes,
        };
        Some(note.assembled(said, begun.parts))
    }
}

impl Begun {
    /// Adds what a frame says, as far as it is kept.
    fn add(&mut self, said: &[u8], note: Note, frame: u64) {
        self.is_masked |= note.is_masked;
        let room = MOST_MESSAGE.saturating_sub(self.bytes.len());
        let kept = said.get(..room).unwrap_or(said);
        if kept.len() < said.len() || self.parts.len() >= MOST_FRAGMENTS {
            self.is_too_long = true;
        }
        if self.parts.len() < MOST_FRAGMENTS {
            self.bytes.extend_from_slice(kept);
            self.parts
                .push(Part::behind(&self.parts, frame, said.len()));
        }
    }
}

#[cfg(test)]
mod connection_tests;
#[cfg(test)]
mod tests;
