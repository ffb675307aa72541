//! What a frame says and what is wrong with it, in one line.

use std::fmt::Write as _;

use super::assembled::Whole;
use super::draft::{self, Draft};
use super::fault::Fault;
use super::layer::{Decoded, Layer};
use super::reference::OsiLayer;

/// How many of the wholes that one frame completes a line has; of more it says the number.
const NAMED_WHOLES: usize = 4;

/// How much a line tells, each more than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// What the frame says.
    Said,
    /// And what is wrong with it.
    WithFault,
    /// And what is noteworthy about it, and what the lab's cable did to it.
    All,
}

impl Decoded<'_> {
    /// Appends what the frame says and what is wrong with it or noteworthy about it, in one line.
    pub fn push_line(&self, out: &mut String) {
        draft::append(out, |out| self.put_line(out));
    }

    /// As [`Decoded::push_line`].
    pub fn put_line(&self, out: &mut Draft) {
        self.put_told(Told::All, out);
    }

    fn put_told(&self, told: Told, out: &mut Draft) {
        let start = out.len();
        if let Some(first) = self.first_that_says() {
            self.put_summary(first, out);
            self.put_inside(first + 1, out);
        }
        if told >= Told::WithFault
            && let Some(fault) = self.worst_fault()
        {
            put_remark(start, out, |out| {
                out.push_by(|out| self.push_fault(fault, out));
            });
        }
        if told >= Told::All {
            for mark in self.marks() {
                put_remark(start, out, |out| out.push_str(mark.label));
            }
            if self.frame.comment.is_some() {
                self.put_harms(start, out);
            }
        }
    }

    /// Appends what the frame says and what is wrong with it: for who tells by itself what is noteworthy about it, and
    /// what the lab's cable did to it.
    pub fn push_said_and_fault(&self, out: &mut String) {
        draft::append(out, |out| self.put_told(Told::WithFault, out));
    }

    /// Puts what the lab's cable did to the frame, behind what the line that began at `start` says.
    #[cold]
    fn put_harms(&self, start: usize, out: &mut Draft) {
        for harm in self.frame.harms() {
            put_remark(start, out, |out| {
                out.push_by(|out| {
                    let _ = write!(out, "{}", harm.fate);
                });
            });
        }
    }

    /// Appends what the frame says: the summaries from the transport layer up, or that of the innermost layer
    /// where there is no transport.
    pub fn push_said(&self, out: &mut String) {
        draft::append(out, |out| self.put_told(Told::Said, out));
    }

    /// The layer that the line begins with.
    fn first_that_says(&self) -> Option<usize> {
        let from = self.carriers_of_a_whole().map_or(0, |skipped| skipped + 1);
        let says = |layer: &Layer| !layer.is_quoted() && !layer.protocol.is_plain_data;
        let is_upper =
            |layer: &Layer| layer.protocol.standing.osi >= OsiLayer::Transport && says(layer);
        let not_skipped = self.layers.get(from..).unwrap_or_default();
        let upper = not_skipped.iter().position(is_upper);
        let innermost = || self.layers.iter().rposition(says);
        upper.map(|upper| from + upper).or_else(innermost)
    }

    /// Appends what the layers from the one at `from` inwards say, each behind two blanks, and in which frames came
    /// what was put together.
    pub fn push_inside(&self, from: usize, out: &mut String) {
        draft::append(out, |out| self.put_inside(from, out));
    }

    #[inline]
    fn put_inside(&self, from: usize, out: &mut Draft) {
        if from < self.layers.len() {
            self.put_summaries(from, out);
        }
        let ends_in_a_piece = self.layers.last().is_some_and(Layer::is_piece);
        if ends_in_a_piece || !self.assembled.is_empty() {
            self.put_origins(out);
        }
    }

    /// Puts what the layers from the one at `from` inwards say, each behind two blanks.
    #[inline(never)]
    fn put_summaries(&self, from: usize, out: &mut Draft) {
        let inside = self.layers.get(from..).unwrap_or_default();
        for (index, layer) in (from..).zip(inside) {
            let whole = layer.buffer.assembled();
            if whole.is_some_and(|whole| whole >= NAMED_WHOLES && whole >= self.named_wholes()) {
                break;
            }
            if !self.says_more(layer) {
                continue;
            }
            let before = out.len();
            out.put(b"  ");
            let separated = out.len();
            self.put_saying(index, out);
            if out.len() == separated {
                out.truncate(before);
            }
        }
    }

    /// How many of the wholes a line has; what says something in words is told with what it stands for.
    #[cold]
    fn named_wholes(&self) -> usize {
        let all = self.assembled.iter().enumerate();
        let mut counted = all.filter(|(_, whole)| !whole.whole.is_in_words());
        let first_left_out = counted.nth(NAMED_WHOLES);
        first_left_out.map_or(self.assembled.len(), |(index, _)| index)
    }

    /// Whether a layer says more than how many bytes it has; of what was encrypted, that alone is news.
    #[inline]
    pub fn says_more(&self, layer: &Layer) -> bool {
        !layer.protocol.is_plain_data || self.is_plaintext(layer)
    }

    /// Appends what the layer at `index` says in a line with the others: what they encrypt is told once, decrypted.
    pub fn push_saying(&self, index: usize, out: &mut String) {
        draft::append(out, |out| self.put_saying(index, out));
    }

    #[inline]
    fn put_saying(&self, index: usize, out: &mut Draft) {
        if self.assembled.is_empty() {
            self.put_summary(index, out);
        } else {
            self.put_saying_beside_wholes(index, out);
        }
    }

    #[cold]
    fn put_saying_beside_wholes(&self, index: usize, out: &mut Draft) {
        let layer = |index: usize| self.layers.get(index);
        let is_in_words = |index: usize| {
            let whole = layer(index).and_then(|layer| self.whole_of(layer));
            whole.is_some_and(|whole| whole.whole.is_in_words())
        };
        let is_plain = |index: usize| layer(index).is_some_and(|layer| self.is_plaintext(layer));
        // A header block is told once, in words; so is what is masked.
        if is_in_words(index + 1) {
            return;
        }
        let told = index.saturating_sub(usize::from(is_in_words(index)));
        let mut before = (0..told).rev();
        let before = before.find(|before| !is_in_words(*before));
        if is_plain(told) && !before.is_some_and(is_plain) {
            out.put(b"decrypted: ");
        }
        if let Some(view) = self.view(index) {
            let has_plaintext = self.layers.iter().any(|it| self.is_plaintext(it));
            let view = if has_plaintext {
                view.before_its_plaintext()
            } else {
                view
            };
            (view.layer.protocol.summary)(&view, out);
        }
    }

    /// Whether a layer is in what the frame encrypts.
    fn is_plaintext(&self, layer: &Layer) -> bool {
        self.is_of(layer, Whole::Plaintext)
    }

    /// Whether a layer is in bytes that are this.
    fn is_of(&self, layer: &Layer, whole: Whole) -> bool {
        self.whole_of(layer).is_some_and(|of| of.whole == whole)
    }

    /// The last layer around a datagram that is whole now: that tells more than the part of it that this frame
    /// brought.
    fn carriers_of_a_whole(&self) -> Option<usize> {
        if self.assembled.is_empty() {
            return None;
        }
        let is_whole = |layer: &Layer| {
            let whole = self.whole_of(layer);
            whole.is_some_and(|whole| whole.whole == Whole::Datagram)
        };
        let skipped = self.layers.iter().rposition(|layer| !is_whole(layer));
        skipped.filter(|_| self.layers.iter().any(is_whole))
    }

    /// Appends in which frames came what was put together with this one, a few by name.
    #[cold]
    fn put_origins(&self, out: &mut Draft) {
        let (named, more) = self.assembled.split_at(self.named_wholes());
        // What only this frame brought needs no word of where it came in.
        let current = self.frame.number;
        for whole in named.iter().filter(|whole| whole.is_from_others(current)) {
            out.put(b"  [from ");
            out.push_by(|out| whole.push_frames(out));
            out.put(b"]");
        }
        let more = more.iter().filter(|whole| !whole.whole.is_in_words());
        let more = more.count();
        if more > 0 {
            out.put(b"  [and ");
            out.put_number(more as u64);
            out.put(b" more]");
        }
        if let Some(last) = self.layers.last()
            && last.is_piece()
            && !self.is_plaintext(last)
        {
            let before = self.layers.iter().rev().nth(1);
            let is_all =
                before.is_some_and(|layer| layer.protocol.standing.osi == OsiLayer::Transport);
            out.put(b"  [");
            if is_all {
                out.put(b"goes");
            } else {
                let length = last.header_end - last.start;
                out.put(b"the last ");
                out.put_byte_count(length);
                out.push_str(if length == 1 { " goes" } else { " go" });
            }
            out.put(b" on in a later frame]");
        }
    }

    /// Appends what is wrong, and with which layer.
    pub fn push_fault(&self, fault: &Fault, out: &mut String) {
        let layer = self.layers.get(fault.layer);
        let label = layer.map_or("", |layer| layer.protocol.label);
        let _ = write!(out, "{label}: {}", fault.kind);
    }

    /// Appends the summary of the layer at `index`.
    pub fn push_summary(&self, index: usize, out: &mut String) {
        draft::append(out, |out| self.put_summary(index, out));
    }

    #[inline]
    fn put_summary(&self, index: usize, out: &mut Draft) {
        if let Some(view) = self.view(index) {
            (view.layer.protocol.summary)(&view, out);
        }
    }
}

/// Puts what `put` puts in brackets, behind two blanks where the line that began at `start` says something already.
#[cold]
fn put_remark(start: usize, out: &mut Draft, put: impl FnOnce(&mut Draft)) {
    let says_nothing = out.len() == start;
    out.put_some(*b"  ", if says_nothing { 0 } else { 2 });
    out.put(b"[");
    put(out);
    out.put(b"]");
}
