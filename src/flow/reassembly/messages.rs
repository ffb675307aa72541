//! The messages that programs send each other in a TCP stream, which knows none.
//!
//! A dissector that says how long its messages are gets whole ones: in the frame itself where one is whole
//! there, otherwise in the frame that completes it. A segment that brings nothing new, or stands behind a
//! hole, stays as it is read for itself.

mod contents;
mod rules;

pub use rules::Segment;

use foldhash::fast::RandomState;
use lru::LruCache;

use contents::{says_nothing_new, without_holes};
use rules::Rules;

use super::stream::{self, Assembler, Bounds, Event, Missing, Origin};
use crate::decode::Content;
use crate::flow::decryption::Listener;
use crate::flow::endpoints::Role;
use crate::flow::frames::{Frames, InWords};
use crate::flow::tcp::{Placed, Seq};
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::fault::FaultKind;
use crate::model::framing::Framing;
use crate::model::protocol::Protocol;
use crate::protocols::line_dialogue::{Progress, Speaker, Step};
use crate::protocols::{data, http2, registry};

/// How many bytes may wait in one direction behind a hole; a message may be as long.
pub const MOST_BEHIND_A_HOLE: usize = 1 << 20;

const BOUNDS: Bounds = Bounds {
    waiting: MOST_BEHIND_A_HOLE,
    history: 0,
};

/// How many bytes are kept of all directions together.
pub const MOST_STREAM_BYTES: usize = 64 << 20;

/// How many directions are remembered, and how many dialogues.
const MOST_LANES: usize = 100_000;

/// The directions of a capture in which messages are found.
///
/// Most segments bring one whole message, in order. Nothing is remembered of a direction that has no others.
#[derive(Debug)]
pub struct Messages {
    lanes: LruCache<(u64, Role), Lane, RandomState>,
    /// How far the dialogue of a connection is, where not at its beginning.
    dialogues: LruCache<u64, Progress, RandomState>,
    bytes: usize,
    given_up: u64,
}

/// One direction of a connection.
#[derive(Debug)]
struct Lane {
    /// What is spoken there; how a segment begins need not tell.
    protocol: &'static Protocol,
    assembler: Assembler,
    /// The bytes of a message that is not complete.
    begun: Vec<u8>,
    /// Where they came in.
    parts: Vec<Part>,
    /// What was said in frames, where such are spoken.
    frames: Option<Box<Frames>>,
    /// Whether nothing has come yet: what is spoken, the other side has told.
    is_silent: bool,
    /// Whether a hole in it was given up because too much waited behind it.
    has_given_up: bool,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            lanes: LruCache::unbounded_with_hasher(RandomState::default()),
            dialogues: LruCache::unbounded_with_hasher(RandomState::default()),
            bytes: 0,
            given_up: 0,
        }
    }
}

/// What a segment brings.
#[derive(Debug, Default)]
pub struct Brought {
    /// What its bytes are, in their order; nothing where they are no more than the segment says for itself.
    pub contents: Vec<Content>,
    /// Whether any of them are in order, and were not there before.
    pub is_new: bool,
    /// Whether bytes before them are missing for good: nobody knows what was said in them.
    pub has_lost: bool,
}

impl Messages {
    /// Takes the next segment of a connection whose payload is this protocol's; records of TLS are heard by
    /// `listener`, and what it has is `brought`: it stays where it lies, since from hand to hand it would be waited for.
    pub fn take(
        &mut self,
        segment: &Segment<'_>,
        protocol: &'static Protocol,
        listener: Option<&mut Listener<'_>>,
        brought: &mut Brought,
    ) {
        if let Some(mut rules) = self.rules_of(segment, protocol, listener) {
            self.take_by(segment, protocol, &mut rules, brought);
            self.keep_progress(segment.placed.stream, &rules);
        }
    }

    fn take_by(
        &mut self,
        segment: &Segment<'_>,
        protocol: &'static Protocol,
        rules: &mut Rules<'_, '_>,
        brought: &mut Brought,
    ) {
        let key = key_of(segment.placed);
        let is_http2 = std::ptr::eq(protocol, &raw const http2::PROTOCOL);
        if !self.lanes.contains(&key) {
            // Of HTTP/2, everything is remembered that may be referred to.
            if segment.says_nothing_new(rules) && !is_http2 {
                if segment.is_cut() {
                    rules.lose();
                } else {
                    rules.hear(segment.payload, segment.origin.frame);
                }
                brought.is_new = true;
                if let Some(frames) = rules.frames.take() {
                    self.expect_frames(key.0, key.1.other(), frames.of_other_side());
                    self.expect_frames(key.0, key.1, *frames);
                }
                return;
            }
            while self.lanes.len() >= MOST_LANES && self.give_one_up() {}
        }
        let begin = || Lane::new(protocol, segment.placed.awaited);
        let lane = self.lanes.get_or_insert_mut(key, begin);
        lane.protocol = protocol;
        let (before, had_given_up) = (lane.cost(), lane.has_given_up);
        lane.begin(segment.placed.awaited);
        let had_frames = lane.frames.is_some();
        if is_http2 && !had_frames {
            lane.frames = Some(Box::new(Frames::of_http2()));
        }
        rules.frames = lane.frames.take();
        lane.take(segment, rules, brought);
        lane.frames = rules.frames.take();
        let begun = lane.frames.as_ref().filter(|_| !had_frames);
        let begun = begun.map(|frames| (frames.protocol(), frames.of_other_side()));
        if let Some((protocol, _)) = &begun {
            lane.protocol = protocol;
        }
        let after = lane.cost();
        self.bytes = self.bytes + after - before;
        self.given_up += u64::from(lane.has_given_up && !had_given_up);
        if let Some((_, frames)) = begun {
            self.expect_frames(key.0, key.1.other(), frames);
        }
        while self.bytes > MOST_STREAM_BYTES && self.give_one_up() {}
    }

    /// On this stream, what comes from this side are such frames, which need not begin so that one knows them: the other
    /// side has said so.
    fn expect_frames(&mut self, stream: u64, role: Role, frames: Frames) {
        let protocol = frames.protocol();
        // In place of what is known by its beginning, something else may begin yet.
        let frames = (!registry::is_known_by_beginning(protocol)).then(|| Box::new(frames));
        let cost = frames.as_ref().map_or(0, |frames| frames.cost());
        match self.lanes.get_mut(&(stream, role)) {
            Some(lane) if lane.frames.is_none() && lane.begun.is_empty() => {
                self.bytes += cost;
                lane.protocol = protocol;
                lane.frames = frames;
            }
            Some(_) => {}
            None => {
                while self.lanes.len() >= MOST_LANES && self.give_one_up() {}
                self.bytes += cost;
                self.lanes
                    .put((stream, role), Lane::silent(protocol, frames));
            }
        }
    }

    /// What tells messages of this protocol apart, after what was said before; `None` where nothing does.
    fn rules_of<'a, 'l>(
        &self,
        segment: &Segment<'_>,
        protocol: &'static Protocol,
        listener: Option<&'a mut Listener<'l>>,
    ) -> Option<Rules<'a, 'l>> {
        let framing = protocol.framing?;
        let dialogue = registry::dialogue_of(protocol).map(|dialogue| {
            let progress = self.dialogues.peek(&segment.placed.stream).copied();
            let speaker = Speaker::to_port(protocol, segment.port);
            (dialogue, speaker, progress.unwrap_or_default())
        });
        Some(Rules {
            protocol,
            framing,
            expected: segment.expected,
            dialogue,
            listener,
            frames: None,
        })
    }

    /// Remembers how far a dialogue is; nothing of one that is where it began.
    fn keep_progress(&mut self, stream: u64, rules: &Rules<'_, '_>) {
        let Some((_, _, progress)) = rules.dialogue else {
            return;
        };
        if progress == Progress::default() {
            self.dialogues.pop(&stream);
            return;
        }
        if self.dialogues.len() >= MOST_LANES && !self.dialogues.contains(&stream) {
            self.dialogues.pop_lru();
        }
        self.dialogues.put(stream, progress);
    }

    /// What the sender of this segment speaks, where a message of it was cut; or where both agreed to go on with
    /// TLS: then the bytes tell, or nothing does. Behind a message whose protocol is known by how it begins, another
    /// such protocol may begin, as behind a proxy's go-ahead.
    pub fn spoken_by(
        &self,
        segment: &Segment<'_>,
        announced: Option<&'static Protocol>,
    ) -> Option<&'static Protocol> {
        let lane = self.lanes.peek(&key_of(segment.placed));
        let spoken = lane.map(|lane| match announced {
            Some(begun) if lane.is_left_by(begun) => begun,
            _ => lane.protocol,
        });
        let progress = self.dialogues.peek(&segment.placed.stream);
        let is_tls = progress.is_some_and(|progress| progress.step == Step::Tls);
        let is_of_lines = || {
            spoken
                .or(announced)
                .and_then(registry::dialogue_of)
                .is_some()
        };
        if is_tls && is_of_lines() {
            return Some(registry::begun_by(segment.payload).unwrap_or(&data::PROTOCOL));
        }
        spoken
    }

    /// Whether who plays this part of a connection has begun a message that is not whole.
    pub fn has_begun(&self, stream: u64, role: Role) -> bool {
        let lane = self.lanes.peek(&(stream, role));
        lane.is_some_and(|lane| !lane.begun.is_empty())
    }

    /// How many directions were given up to keep memory bounded.
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Gives the direction up that spoke longest ago; whether there was one.
    fn give_one_up(&mut self) -> bool {
        let Some((_, gone)) = self.lanes.pop_lru() else {
            return false;
        };
        self.bytes -= gone.cost();
        // Nothing is lost with a direction in which nothing waits.
        self.given_up += u64::from(gone.cost() > 0);
        true
    }
}

const fn key_of(placed: &Placed<'_>) -> (u64, Role) {
    (placed.stream, placed.role)
}

impl Lane {
    fn new(protocol: &'static Protocol, awaited: Seq) -> Self {
        let mut assembler = Assembler::new(BOUNDS);
        assembler.begin(awaited);
        Self {
            protocol,
            assembler,
            begun: Vec::new(),
            parts: Vec::new(),
            frames: None,
            is_silent: false,
            has_given_up: false,
        }
    }

    /// One that has said nothing, and will speak this.
    fn silent(protocol: &'static Protocol, frames: Option<Box<Frames>>) -> Self {
        Self {
            protocol,
            assembler: Assembler::new(BOUNDS),
            begun: Vec::new(),
            parts: Vec::new(),
            frames,
            is_silent: true,
            has_given_up: false,
        }
    }

    /// What is said in it begins here, where nothing was said yet.
    fn begin(&mut self, awaited: Seq) {
        if std::mem::take(&mut self.is_silent) {
            self.assembler.begin(awaited);
        }
    }

    /// Whether what is spoken there may have become this, by how a segment begins: no message is waited for.
    fn is_left_by(&self, begun: &Protocol) -> bool {
        let are_known = [self.protocol, begun].map(registry::is_known_by_beginning);
        are_known == [true, true]
            && self.begun.is_empty()
            && self.assembler.waiting_bytes() == 0
            && self.frames.is_none()
    }

    fn cost(&self) -> usize {
        let parts = self.parts.len() * size_of::<Part>();
        let frames = self.frames.as_ref().map_or(0, |frames| frames.cost());
        self.assembler.waiting_bytes() + self.begun.len() + parts + frames
    }

    fn take(&mut self, segment: &Segment<'_>, rules: &mut Rules<'_, '_>, brought: &mut Brought) {
        let header = segment.placed.segment;
        let part = stream::Part {
            seq: header.first_byte(),
            bytes: segment.payload,
            length: header.length,
            is_last: header.flags.fin(),
            origin: segment.origin,
        };
        let start = self.assembler.place_of(part.seq);
        let mut heard = Heard {
            begun: &mut self.begun,
            parts: &mut self.parts,
            is_new: &mut brought.is_new,
            has_lost: &mut brought.has_lost,
            contents: &mut brought.contents,
            gives_up: &mut self.has_given_up,
            current: segment.origin.frame,
            most: segment.most_messages(),
            start,
        };
        let assembler = &mut self.assembler;
        if let Some(ack) = segment.placed.acknowledged() {
            assembler.acknowledge(ack, &mut |event| heard.hear(event, rules));
        }
        assembler.take(part, &mut |event| heard.hear(event, rules));
        if header.flags.rst() || assembler.is_at_end() {
            heard.end(header.flags.rst(), rules);
        }
        let contents = std::mem::take(&mut brought.contents);
        // A frame is not known by how it begins.
        let is_read_alike = says_nothing_new(&contents, segment.payload.len())
            && (rules.frames.is_none() || contents.is_empty());
        if !segment.is_cut() && !is_read_alike {
            brought.contents = without_holes(contents, segment.payload.len());
        }
    }
}

/// What is heard of a direction with one frame.
struct Heard<'a> {
    begun: &'a mut Vec<u8>,
    parts: &'a mut Vec<Part>,
    contents: &'a mut Vec<Content>,
    is_new: &'a mut bool,
    has_lost: &'a mut bool,
    gives_up: &'a mut bool,
    /// The number of the frame.
    current: u64,
    /// How many messages of it are told apart.
    most: usize,
    /// How many bytes of the stream are before its first one; negative before the first one seen.
    start: i64,
}

impl Heard<'_> {
    fn hear(&mut self, event: Event<'_>, rules: &mut Rules<'_, '_>) {
        match event {
            Event::Bytes {
                offset,
                bytes,
                origin,
            } => {
                *self.is_new |= origin.frame == self.current;
                self.add(offset, bytes, origin, rules);
            }
            // What had begun will never be whole; what follows is taken for a beginning.
            Event::Gap { why, .. } => {
                rules.lose();
                *self.has_lost = true;
                *self.gives_up |= why == Missing::GivenUp;
                self.begun.clear();
                self.parts.clear();
            }
            Event::Again { .. } | Event::BehindEnd { .. } | Event::Conflict { .. } => {}
        }
    }

    fn add(&mut self, offset: u64, bytes: &[u8], origin: Origin, rules: &mut Rules<'_, '_>) {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            let before = self.begun.len();
            let is_new = before == 0;
            let found = if is_new {
                rules.framing(rest, 0)
            } else {
                self.begun.extend_from_slice(rest);
                rules.framing(self.begun, before)
            };
            let place = offset + used as u64;
            let length = match found {
                // It had ended before, by what the other side has said since.
                Framing::Whole(length) if length <= before => {
                    self.complete_begun(before);
                    continue;
                }
                Framing::Whole(length) => length.min(before + rest.len()) - before,
                Framing::Foreign => {
                    self.pass_over(place, rest.len(), origin);
                    return;
                }
                Framing::NeedsMore | Framing::UntilEnd if before + rest.len() < BOUNDS.waiting => {
                    self.keep(is_new, place, rest, origin);
                    return;
                }
                // What is there is taken for it.
                Framing::NeedsMore | Framing::UntilEnd | Framing::TooLong => rest.len(),
            };
            let told = self.contents.len();
            let message = if is_new { rest } else { self.begun.as_slice() };
            let had_frames = rules.frames.is_some();
            let message = message.get(..before + length).unwrap_or(message);
            let in_words = rules.hear(message, self.current);
            let agreed = rules.frames.as_ref().filter(|_| !had_frames);
            if is_new && origin.frame == self.current {
                self.tell(self.range(place, length));
            } else {
                if is_new {
                    self.begun.extend_from_slice(rest);
                }
                self.complete(before, length, place, origin);
            }
            if self.contents.len() > told {
                if !matches!(found, Framing::Whole(_)) {
                    self.contents.push(Content::NotWhole(FaultKind::TooLong));
                }
                self.tell_in_words(in_words);
            }
            if let Some(frames) = agreed {
                self.contents.push(Content::GoesOnIn(frames.protocol()));
            }
            used += length;
        }
    }

    /// The message before says this in words, or completes it.
    fn tell_in_words(&mut self, told: Option<InWords>) {
        let is_told_apart = !matches!(self.contents.last(), Some(Content::Joined(_)));
        if let Some(InWords { whole, protocol }) = told.filter(|_| is_told_apart) {
            self.contents.push(Content::InWords(protocol, whole));
        }
    }

    /// Nothing comes any more: what has begun is all that there is of it.
    fn end(&mut self, is_reset: bool, rules: &Rules<'_, '_>) {
        if self.begun.is_empty() {
            return;
        }
        let is_whole = match rules.framing(self.begun, 0) {
            Framing::Whole(_) => true,
            Framing::UntilEnd => !is_reset,
            Framing::NeedsMore | Framing::TooLong | Framing::Foreign => false,
        };
        let bytes = std::mem::take(self.begun);
        let parts = std::mem::take(self.parts);
        match (parts.as_slice(), self.contents.last_mut()) {
            ([only], Some(piece @ Content::Piece(_))) if only.frame == self.current => {
                if let Content::Piece(range) = piece {
                    *piece = Content::Message(range.clone());
                }
            }
            _ => self.contents.push(Content::Whole(Assembled {
                whole: Whole::Message,
                bytes,
                parts,
            })),
        }
        if !is_whole {
            self.contents.push(Content::NotWhole(FaultKind::EndedEarly));
        }
    }

    /// The frame has a message there.
    fn tell(&mut self, range: std::ops::Range<usize>) {
        if self.contents.len() < self.most {
            self.contents.push(Content::Message(range));
            return;
        }
        match self.contents.last_mut() {
            Some(Content::Joined(joined)) if joined.end == range.start => joined.end = range.end,
            _ => self.contents.push(Content::Joined(range)),
        }
    }

    /// Keeps bytes that begin a message, or go on with one, without completing it.
    fn keep(&mut self, is_new: bool, place: u64, bytes: &[u8], origin: Origin) {
        if is_new {
            self.begun.extend_from_slice(bytes);
        }
        self.bring(place, bytes.len(), origin);
    }

    /// The message that had begun is complete with the next `length` bytes.
    fn complete(&mut self, before: usize, length: usize, place: u64, origin: Origin) {
        self.bring(place, length, origin);
        self.complete_begun(before + length);
    }

    /// The message that had begun is complete: it has the first `length` bytes of what has come.
    fn complete_begun(&mut self, length: usize) {
        self.begun.truncate(length);
        let bytes = std::mem::take(self.begun);
        let parts = std::mem::take(self.parts);
        let only = matches!(parts.as_slice(), [only] if only.frame != self.current);
        // What one frame brought while bytes before it were waited for in vain, that frame has told.
        if *self.has_lost && only {
            return;
        }
        self.contents.push(Content::Whole(Assembled {
            whole: Whole::Message,
            bytes,
            parts,
        }));
    }

    /// Bytes that belong to no message of the protocol, and so does what had begun.
    fn pass_over(&mut self, place: u64, length: usize, origin: Origin) {
        self.begun.clear();
        self.parts.clear();
        if origin.frame == self.current {
            self.contents
                .push(Content::Foreign(self.range(place, length)));
        }
    }

    /// Notes where bytes of the message that has begun came in.
    fn bring(&mut self, place: u64, length: usize, origin: Origin) {
        self.parts
            .push(Part::behind(self.parts, origin.frame, length));
        if origin.frame == self.current {
            self.contents
                .push(Content::Piece(self.range(place, length)));
        }
    }

    /// Where in the payload of the frame these bytes of the stream are.
    fn range(&self, place: u64, length: usize) -> std::ops::Range<usize> {
        let start = place.cast_signed().saturating_sub(self.start);
        let start = usize::try_from(start).unwrap_or(0);
        start..start + length
    }
}

#[cfg(test)]
mod tests;
