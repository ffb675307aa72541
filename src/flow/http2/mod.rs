//! What one side of a connection of HTTP/2 says: frames in their order, and the headers that their blocks stand for.
//!
//! A header block may refer to any block before it on the same side, so each is read when it comes; memory is
//! bounded. Where bytes are missing, what came in them is told as not known.

mod table;

use crate::model::framing::Framing;
use crate::protocols::http2_frame::{self as frame, END_HEADERS, Header};
use crate::protocols::http2_header_list::Writer;
use crate::protocols::http2_names as names;
pub use table::MOST_SIZE;
use table::Table;

/// How long what is left over of a header block may be, which goes on in the next frame, in bytes: a part of one field
/// line.
pub const MOST_LEFT_OVER: usize = 64 << 10;

/// One side of a connection.
#[derive(Debug, Default)]
pub struct Side {
    /// Whether bytes are missing, and no frame has been found behind them.
    is_out_of_step: bool,
    /// What the sender may refer to.
    table: Table,
    /// The header block that goes on in the next frame.
    begun: Option<Block>,
}

/// A header block.
#[derive(Debug)]
struct Block {
    stream: u32,
    /// What is left over of its frames so far: the beginning of a field line.
    left_over: Vec<u8>,
    is_too_long: bool,
}

impl Side {
    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        let begun = self.begun.as_ref();
        size_of::<Self>() + self.table.cost() + begun.map_or(0, |begun| begun.left_over.capacity())
    }

    /// How long the frame is that begins with these bytes.
    pub fn framing(&self, bytes: &[u8]) -> Framing {
        if self.is_out_of_step {
            frame::framing_behind_a_hole(bytes)
        } else {
            frame::framing(bytes)
        }
    }

    /// Bytes are missing.
    pub fn lose(&mut self) {
        self.is_out_of_step = true;
        self.table.lose();
        self.begun = None;
    }

    /// Hears a frame; gives in words what it says of a header.
    pub fn hear(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.is_out_of_step = false;
        let header = Header::of(bytes).filter(|_| !bytes.starts_with(frame::PREFACE))?;
        if bytes.len() < frame::HEADER + header.length {
            // It is too long, and its end is not looked for.
            self.lose();
            return None;
        }
        let mut block = self.block_of(&header)?;
        let mut written = Writer::new(header.kind, header.stream);
        match header.block(bytes).and_then(|place| bytes.get(place)) {
            Some(more) if !block.is_too_long => {
                block.left_over.extend_from_slice(more);
                let used = self.table.read(&block.left_over, &mut written);
                block.left_over.drain(..used);
            }
            _ => block.is_too_long = true,
        }
        let is_last = header.has(END_HEADERS);
        block.is_too_long |= block.left_over.len() > MOST_LEFT_OVER;
        if block.is_too_long {
            self.table.lose();
            block.left_over = Vec::new();
            written.cut();
        } else if is_last && !block.left_over.is_empty() {
            self.table.lose();
            written.stop();
        }
        if !is_last {
            self.begun = Some(block);
        }
        (is_last || !written.is_empty()).then(|| written.into_bytes())
    }

    /// The block that a frame begins or goes on with. Between the frames of a block nothing else may stand (RFC 9113,
    /// section 6.10): where it does, what is in the block is lost.
    fn block_of(&mut self, header: &Header) -> Option<Block> {
        let begun = self.begun.take();
        let goes_on = header.kind == names::CONTINUATION;
        match begun {
            Some(begun) if goes_on && begun.stream == header.stream => return Some(begun),
            Some(_) => self.table.lose(),
            None => {}
        }
        if goes_on {
            self.table.lose();
            return None;
        }
        header.has_block().then(|| Block {
            stream: header.stream,
            left_over: Vec::new(),
            is_too_long: false,
        })
    }
}

#[cfg(test)]
mod tests;
