//! What comes again: which frame it repeats, what became of that, and why it was sent again.

use std::fmt::Write as _;

use super::{Evidence, push_duration};
use crate::protocols::tcp_followed as followed;

impl Evidence<'_> {
    /// `the cable lost frame 6; these are the same 7 bytes again, 207 ms later, because no ACK came`.
    pub(super) fn push_again(&self, out: &mut String) {
        let Some(original) = self.0.followed_number(&followed::ORIGINAL_FRAME) else {
            out.push_str("these numbers were sent before");
            return;
        };
        if self.has(&followed::ORIGINAL_QUESTION) {
            let _ = write!(
                out,
                "its SYN of frame {original}, now with the ACK of the other's: both ask at once"
            );
            return;
        }
        self.push_original(original, out);
        out.push_str("the same ");
        match self.payload_length() {
            Some(1) => out.push_str("byte"),
            _ => self.push_amount(out),
        }
        out.push_str(" again, ");
        let after = self.0.followed_number(&followed::ORIGINAL_AFTER);
        push_duration(after.unwrap_or(0).cast_signed(), out);
        out.push_str(" later");
        // A fast or a spurious one has a sentence of its own about why.
        if !self.has(&followed::FAST_RETRANSMISSION)
            && !self.has(&followed::SPURIOUS_RETRANSMISSION)
        {
            self.push_cause(out);
        }
    }

    /// Which frame comes again, and what the lab's cable did to it or to the acknowledgment of it.
    fn push_original(&self, original: u64, out: &mut String) {
        let number = |definition| self.0.followed_number(definition);
        let answer =
            number(&followed::ORIGINAL_ANSWER).zip(number(&followed::ORIGINAL_ANSWER_LOST));
        if let Some(harm) = number(&followed::ORIGINAL_LOST) {
            push_harm(harm, &format!("frame {original}"), out);
        } else if let Some((answer, harm)) = answer {
            let acknowledges = self.name_of_answer();
            let harmed = format!("frame {answer}, {acknowledges} frame {original}");
            push_harm(harm, &harmed, out);
        } else {
            let _ = write!(out, "frame {original} once more: ");
            return;
        }
        out.push_str(match self.payload_length() {
            None | Some(0 | 1) => "; this is ",
            Some(_) => "; these are ",
        });
    }

    /// Why what comes again was sent again.
    fn push_cause(&self, out: &mut String) {
        let answer = self.0.followed_number(&followed::ORIGINAL_ANSWER);
        let _ = match answer {
            Some(answer) if !self.has(&followed::ORIGINAL_ANSWER_LOST) => write!(
                out,
                ", though frame {answer} had acknowledged it: that was lost or late"
            ),
            _ if self.asks() => write!(out, ", because no answer came"),
            _ => write!(out, ", because no ACK came"),
        };
    }

    /// Why it was for nothing.
    pub(super) fn push_vain(&self, out: &mut String) {
        let answer = self.0.followed_number(&followed::ORIGINAL_ANSWER);
        let _ = match answer {
            Some(_) if self.has(&followed::ORIGINAL_ANSWER_LOST) => {
                write!(out, "sent in vain: the other side has these bytes already")
            }
            Some(answer) => write!(
                out,
                "sent in vain: frame {answer} had acknowledged these bytes; it was lost or late"
            ),
            None => write!(
                out,
                "sent in vain: the other side had acknowledged these bytes; its ACK was lost or late"
            ),
        };
    }

    fn name_of_answer(&self) -> &'static str {
        if self.asks() {
            "the answer to"
        } else {
            "the ACK of"
        }
    }
}

/// What the lab's cable did to a frame: `harm` is the number of that.
fn push_harm(harm: u64, frame: &str, out: &mut String) {
    let _ = match harm {
        1 => write!(out, "the cable lost {frame}"),
        _ => write!(
            out,
            "the cable corrupted {frame}, and the receiver's kernel dropped it for its checksum"
        ),
    };
}
