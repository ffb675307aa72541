//! What several frames brought together, and where the bytes of a layer are.

use super::field::Buffer;
use super::frame::Frame;
use super::text;

/// Bytes that were put together from several frames, in the frame that completed them; or that nobody sees in a frame
/// because they are encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// What they are.
    pub whole: Whole,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where they came in, in their order; the last frame is not the last part where frames overtook
    /// each other.
    pub parts: Vec<Part>,
}

/// What was put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// The payload of an IP datagram, from its fragments.
    Datagram,
    /// A message of a program, from segments of a TCP stream.
    Message,
    /// What was encrypted, from records of TLS.
    Plaintext,
    /// A header of HTTP/2 in words, from a block in which numbers stand for what was said before.
    Header,
    /// What a frame of WebSocket says, where it does not stand there like this.
    Content,
}

/// What one frame brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the frame.
    pub frame: u64,
    /// How many bytes of the whole are before its own.
    pub offset: u64,
    /// How many it brought.
    pub length: u64,
}

impl Part {
    /// What a frame brought behind these parts, so many bytes.
    pub fn behind(parts: &[Self], frame: u64, length: usize) -> Self {
        // The last one tells all: to add up a message in many pieces for each of them would take ever longer.
        let offset = parts.last().map_or(0, |last| last.offset + last.length);
        Self {
            frame,
            offset,
            length: length as u64,
        }
    }
}

impl Assembled {
    /// Puts what follows it behind it.
    pub fn append(&mut self, next: &Self) {
        let before = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&next.bytes);
        self.parts.extend(next.parts.iter().map(|part| Part {
            offset: before + part.offset,
            ..*part
        }));
    }

    /// Whether other frames than this one brought some of it.
    pub fn is_from_others(&self, frame: u64) -> bool {
        self.parts.iter().any(|part| part.frame != frame)
    }

    /// Whether its last bytes came in the frame with this number.
    pub fn ends_in(&self, frame: u64) -> bool {
        self.parts.last().is_some_and(|last| last.frame == frame)
    }

    /// Appends the frames that it came in: `frame 5`, `frames 3, 4, 5`, or `frames 3 to 40` of many.
    pub fn push_frames(&self, out: &mut String) {
        const NAMED: usize = 5;
        let mut frames: Vec<u64> = self.parts.iter().map(|part| part.frame).collect();
        frames.sort_unstable();
        frames.dedup();
        out.push_str(if frames.len() == 1 {
            "frame "
        } else {
            "frames "
        });
        if let ([first, .., last], true) = (&frames[..], frames.len() > NAMED) {
            text::push_number(out, *first);
            out.push_str(" to ");
            text::push_number(out, *last);
            return;
        }
        for (index, frame) in frames.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            text::push_number(out, *frame);
        }
    }
}

impl Whole {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Message => "message",
            Self::Plaintext => "plaintext",
            Self::Header => "header",
            Self::Content => "content",
        }
    }

    /// Whether it says in words what the layer before it has.
    pub const fn is_in_words(self) -> bool {
        matches!(self, Self::Header | Self::Content)
    }
}

/// All bytes that the fields of one frame are in: its own, what was put together with it, and its comment.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    frame: &'a Frame<'a>,
    assembled: &'a [Assembled],
}

impl<'a> Bytes<'a> {
    /// Those of a frame, and of what it completed.
    pub const fn new(frame: &'a Frame<'a>, assembled: &'a [Assembled]) -> Self {
        Self { frame, assembled }
    }

    /// Those of a frame alone.
    pub const fn of_frame(frame: &'a Frame<'a>) -> Self {
        Self::new(frame, &[])
    }

    /// Those of the comments that the capture has on the frame; none where it has none.
    pub fn comments(self) -> &'a [u8] {
        self.frame.comment.unwrap_or_default()
    }

    /// The bytes of one buffer; none of a buffer that there is not.
    pub fn of(self, buffer: Buffer) -> &'a [u8] {
        match buffer.assembled() {
            None => self.frame.bytes,
            Some(index) => self.assembled.get(index).map_or(&[], |whole| &whole.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_begins_where_the_one_before_ends() {
        let mut parts = Vec::new();
        for (frame, length) in [(3, 7), (5, 0), (4, 1448)] {
            parts.push(Part::behind(&parts, frame, length));
        }
        let told = parts
            .iter()
            .map(|part| (part.frame, part.offset, part.length));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [(3, 0, 7), (5, 7, 0), (4, 7, 1448)]
        );
    }
}
