//! What one side says inside TLS: a stream of bytes again, in which its messages are found.

use super::Opened;
use crate::flow::answers::Expected;
use crate::flow::frames::{Frames, InWords};
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::framing::Framing;
use crate::model::protocol::Protocol;
use crate::protocols::line_dialogue::{Dialogue, Progress, Speaker};
use crate::protocols::{data, http, http2, piece, registry, tls_opened, websocket_handshake};

/// How long a message is at most; of a longer one, what is there is taken for it.
pub const MOST_MESSAGE: usize = 1 << 20;

/// How long an alert is, in bytes (RFC 8446, section 6).
pub const ALERT: usize = 2;

/// A stream inside TLS.
#[derive(Debug, Default)]
pub struct Lane {
    /// What is spoken, once something was said.
    protocol: Option<&'static Protocol>,
    /// The bytes of a message that is not whole.
    begun: Vec<u8>,
    /// Which frames they came in.
    parts: Vec<Part>,
    /// What was said in frames, where such are spoken.
    frames: Option<Box<Frames>>,
}

/// What tells the messages of a stream apart.
#[derive(Debug, Default)]
pub struct Rules<'a> {
    /// What the next messages answer.
    pub expected: Expected,
    /// Where what was said before tells: by whom this is said, and how far they are.
    pub dialogue: Option<(&'static Dialogue, Speaker, &'a mut Progress)>,
}

impl Rules<'_> {
    /// How long the message of this protocol is that begins with these bytes, so many of which were looked through
    /// before.
    fn framing(&self, protocol: &Protocol, bytes: &[u8], known: usize) -> Framing {
        match (&self.dialogue, protocol.framing) {
            (Some((dialogue, speaker, progress)), _) => {
                (dialogue.framing)(bytes, known, *speaker, progress)
            }
            (None, Some(framing)) => framing(bytes, self.expected.next()),
            (None, None) => Framing::Whole(bytes.len()),
        }
    }

    /// Takes note of a message.
    fn hear(&mut self, message: &[u8]) {
        self.expected.hear(message);
        if let Some((dialogue, speaker, progress)) = &mut self.dialogue {
            (dialogue.hear)(message, *speaker, progress);
        }
    }
}

impl Lane {
    /// What the programs say, who speak this protocol, or one that their bytes tell.
    pub fn of_programs(protocol: Option<&'static Protocol>) -> Self {
        Self {
            protocol,
            ..Self::default()
        }
    }

    /// The handshake of a side, as far as it is encrypted.
    pub fn of_handshake() -> Self {
        Self {
            protocol: Some(&tls_opened::PROTOCOL),
            ..Self::default()
        }
    }

    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        let frames = self.frames.as_ref().map_or(0, |frames| frames.cost());
        self.begun.len() + self.parts.len() * size_of::<Part>() + frames
    }

    /// Both sides have agreed on this protocol.
    pub fn agree_on(&mut self, protocol: &'static Protocol) {
        self.protocol.get_or_insert(protocol);
    }

    /// What comes are such frames, where none are spoken yet.
    fn go_on_in(&mut self, frames: Frames) {
        self.protocol = Some(frames.protocol());
        self.frames = Some(Box::new(frames));
    }

    /// The other side speaks in frames, or has just agreed to do so: then this one does, too.
    pub fn go_on_as(&mut self, other: &Self) {
        if let Some(frames) = &other.frames
            && self.frames.is_none()
            && self.begun.is_empty()
        {
            self.go_on_in(frames.of_other_side());
        }
    }

    /// Takes what a record of this frame had in it: messages that are whole now, and pieces of one that is not.
    pub fn take(
        &mut self,
        text: Vec<u8>,
        frame: u64,
        rules: &mut Rules<'_>,
        opened: &mut Vec<Opened>,
    ) {
        let begins = || registry::begun_by(&text).unwrap_or(&data::PROTOCOL);
        let mut protocol = *self.protocol.get_or_insert_with(begins);
        if std::ptr::eq(protocol, &raw const http2::PROTOCOL) {
            self.frames
                .get_or_insert_with(|| Box::new(Frames::of_http2()));
        }
        let mut rest = text;
        while !rest.is_empty() {
            let before = self.begun.len();
            self.begun.extend_from_slice(&rest);
            let there = self.begun.len();
            let found = match &self.frames {
                Some(frames) => frames.framing(&self.begun),
                None => rules.framing(protocol, &self.begun, before),
            };
            let end = match found {
                // Where it had ended before, by what the other side has said since, what comes now is another one.
                Framing::Whole(length) if length <= before => before,
                Framing::Whole(length) => length.min(there),
                Framing::Foreign => {
                    self.begun.truncate(before);
                    let parts = vec![whole_part(frame, &rest)];
                    push(&data::PROTOCOL, rest, parts, opened);
                    return;
                }
                Framing::TooLong => there,
                Framing::NeedsMore | Framing::UntilEnd if there >= MOST_MESSAGE => there,
                Framing::NeedsMore | Framing::UntilEnd => {
                    self.bring(frame, rest.len());
                    let parts = vec![whole_part(frame, &rest)];
                    push(&piece::PROTOCOL, rest, parts, opened);
                    return;
                }
            };
            let behind = self.begun.split_off(end);
            if end > before {
                self.bring(frame, end - before);
                rules.hear(&self.begun);
            }
            let frames = self.frames.as_mut();
            let in_words = frames.and_then(|frames| frames.hear(&self.begun, frame));
            let is_http = std::ptr::eq(protocol, &raw const http::PROTOCOL);
            let agreed = is_http.then(|| websocket_handshake::agreed(&self.begun));
            self.complete(protocol, opened);
            opened.extend(in_words.map(|InWords { whole, protocol }| Opened { whole, protocol }));
            if let Some(agreed) = agreed.flatten() {
                let frames = Frames::of_server(agreed);
                protocol = frames.protocol();
                self.go_on_in(frames);
            }
            rest = behind;
        }
    }

    /// Nothing comes any more: what goes on until the end is whole.
    pub fn end(&mut self, rules: &Rules<'_>, opened: &mut Vec<Opened>) {
        let Some(protocol) = self.protocol.filter(|_| !self.begun.is_empty()) else {
            return;
        };
        if rules.framing(protocol, &self.begun, 0) == Framing::UntilEnd {
            self.complete(protocol, opened);
        }
    }

    fn complete(&mut self, protocol: &'static Protocol, opened: &mut Vec<Opened>) {
        let bytes = std::mem::take(&mut self.begun);
        push(protocol, bytes, std::mem::take(&mut self.parts), opened);
    }

    /// Notes that a frame brought the next so many bytes of the message that has begun.
    fn bring(&mut self, frame: u64, length: usize) {
        self.parts.push(Part::behind(&self.parts, frame, length));
    }
}

/// An alert, which is whole in its record.
pub fn push_alert(alert: Vec<u8>, frame: u64, opened: &mut Vec<Opened>) {
    let parts = vec![whole_part(frame, &alert)];
    push(&tls_opened::PROTOCOL, alert, parts, opened);
}

/// Drops the pieces of a message that is whole in the same frame.
pub fn drop_overtaken(opened: &mut Vec<Opened>) {
    let is_whole = |opened: &Opened| !opened.is_of_tls() && !opened.is_piece();
    let last_whole = opened.iter().rposition(is_whole).unwrap_or(0);
    let mut index = 0;
    opened.retain(|opened| {
        index += 1;
        index > last_whole || !opened.is_piece()
    });
}

/// Joins messages of the handshake that follow each other: a frame tells them as it tells those of one record.
pub fn join_handshake(opened: &mut Vec<Opened>) {
    let is_handshake = |opened: &Opened| opened.is_of_tls() && opened.whole.bytes.len() > ALERT;
    opened.dedup_by(|next, before| {
        let are_both = is_handshake(next) && is_handshake(before);
        if are_both {
            before.whole.append(&next.whole);
        }
        are_both
    });
}

fn whole_part(frame: u64, bytes: &[u8]) -> Part {
    Part::behind(&[], frame, bytes.len())
}

fn push(protocol: &'static Protocol, bytes: Vec<u8>, parts: Vec<Part>, opened: &mut Vec<Opened>) {
    opened.push(Opened {
        whole: Assembled {
            whole: Whole::Plaintext,
            bytes,
            parts,
        },
        protocol,
    });
}
