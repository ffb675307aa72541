//! What tells the messages of one direction apart: how they say their length, and what was said before.

use crate::flow::answers::Expected;
use crate::flow::decryption::Listener;
use crate::flow::frames::{Frames, InWords};
use crate::flow::reassembly::stream::Origin;
use crate::flow::tcp::Placed;
use crate::model::framing::{Answering, Framing};
use crate::model::layer::MAX_LAYERS;
use crate::model::protocol::Protocol;
use crate::protocols::line_dialogue::{Dialogue, Progress, Speaker};
use crate::protocols::{http, websocket_handshake};

/// What tells the messages of one direction apart, and hears them in their order.
pub(super) struct Rules<'a, 'l> {
    /// What is spoken.
    pub(super) protocol: &'static Protocol,
    pub(super) framing: fn(&[u8], Answering) -> Framing,
    /// What the next messages answer.
    pub(super) expected: Expected,
    /// Where what was said before tells: by whom this is said, and how far they are.
    pub(super) dialogue: Option<(&'static Dialogue, Speaker, Progress)>,
    /// Who hears the records of TLS.
    pub(super) listener: Option<&'a mut Listener<'l>>,
    /// What was said before in frames, where such are spoken.
    pub(super) frames: Option<Box<Frames>>,
}

impl Rules<'_, '_> {
    /// How long the message is that begins with these bytes, so many of which were looked through before.
    #[inline]
    pub(super) fn framing(&self, bytes: &[u8], known: usize) -> Framing {
        match (&self.dialogue, &self.frames) {
            (Some((dialogue, speaker, progress)), _) => {
                (dialogue.framing)(bytes, known, *speaker, progress)
            }
            (None, Some(frames)) => frames.framing(bytes),
            (None, None) => (self.framing)(bytes, self.expected.next()),
        }
    }

    /// Takes note of a message, which the frame of the capture with this number completes; gives what it says in words,
    /// where it does not stand there like that.
    #[inline]
    pub(super) fn hear(&mut self, message: &[u8], frame: u64) -> Option<InWords> {
        if let Some(frames) = &mut self.frames {
            return frames.hear(message, frame);
        }
        self.expected.hear(message);
        if let Some((dialogue, speaker, progress)) = &mut self.dialogue {
            (dialogue.hear)(message, *speaker, progress);
        }
        if let Some(listener) = &mut self.listener {
            listener.hear(message);
        }
        if std::ptr::eq(self.protocol, &raw const http::PROTOCOL) {
            let agreed = websocket_handshake::agreed(message);
            self.frames = agreed.map(|agreed| Box::new(Frames::of_server(agreed)));
        }
        None
    }

    /// Takes note that bytes are missing.
    pub(super) fn lose(&mut self) {
        self.expected = Expected::default();
        if let Some((_, _, progress)) = &mut self.dialogue {
            progress.lose();
        }
        if let Some(listener) = &mut self.listener {
            listener.lose();
        }
        if let Some(frames) = &mut self.frames {
            frames.lose();
        }
    }
}

/// A segment whose payload belongs to a dissector of messages.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The segment, and its connection.
    pub placed: &'a Placed<'a>,
    /// Its payload, as far as the capture has it.
    pub payload: &'a [u8],
    /// The port that it is sent to.
    pub port: u16,
    /// Its frame.
    pub origin: Origin,
    /// What the messages answer that its sender is about to send, or to go on with.
    pub expected: Expected,
}

impl Segment<'_> {
    /// Whether it goes on in order, with one message, as it is read for itself; or cannot be read to its end.
    pub(super) fn says_nothing_new(&self, rules: &Rules<'_, '_>) -> bool {
        let goes_on = self.placed.segment.first_byte() == self.placed.awaited;
        let is_whole = || match rules.framing(self.payload, 0) {
            Framing::Whole(length) => length == self.payload.len(),
            Framing::Foreign => true,
            Framing::NeedsMore | Framing::UntilEnd | Framing::TooLong => false,
        };
        goes_on && (self.is_cut() || is_whole())
    }

    /// How many messages of it are told apart: as many as there may be layers inside each other, with those around
    /// them; and what goes on in other frames stands before and behind.
    pub(super) fn most_messages(&self) -> usize {
        const BESIDE: usize = 4; // Its own, and those that go on in other frames or are joined.
        MAX_LAYERS.saturating_sub(self.placed.segment.layer + BESIDE)
    }

    /// Whether the capture has not all of it.
    pub(super) fn is_cut(&self) -> bool {
        (self.payload.len() as u64) < u64::from(self.placed.segment.length)
    }
}
