//! Whether a segment that opens or breaks off is taken by whom it reaches: its numbers must be of this connection.
//!
//! Anybody can write the addresses and ports of two others on an RST; only who knows their numbers breaks their
//! connection off with it. What is not known of the receiver speaks for the segment: a capture that begins late, or
//! sees one direction alone, believes what it sees.

use super::segment::Segment;
use super::sequence::Seq;
use super::side::Side;

/// Whether the receiver does not take an RST or a SYN ACK, before both sides move on. A SYN comes with numbers of its
/// own, and is taken.
pub fn is_refused(sender: &Side, receiver: &Side, segment: &Segment) -> bool {
    let flags = segment.flags;
    if flags.ask_to_open() && !flags.rst() {
        return false;
    }
    let confirms = flags.ack() && has_sent_up_to(receiver, segment.ack);
    if !flags.rst() {
        // Who asked takes only what agrees to that (RFC 9293, section 3.10.7.3).
        return receiver.sent.is_some() && !confirms;
    }
    let was_syn = receiver.window.is_some_and(|window| window.is_of_syn);
    if was_syn && confirms {
        return false;
    }
    // Who only asked, and was not answered, knows the other by nothing but the number that it confirms.
    let only_asked = was_syn && receiver.last_ack == Seq(0);
    if only_asked && !has_sent_up_to(receiver, sender.last_ack) {
        return true;
    }
    !is_in_window(sender, receiver, segment.seq)
}

/// Whether a number is one of those that acknowledge something that this side has sent, its SYN or more.
fn has_sent_up_to(side: &Side, ack: Seq) -> bool {
    let is_behind_syn = side.base.is_some_and(|base| base.is_before(ack));
    let is_sent = side.next().is_some_and(|next| ack.is_at_most(next));
    is_behind_syn && is_sent
}

/// Whether an RST with this number is in the receiver's window (RFC 9293, section 3.5.3). RFC 5961, section 3.2, asks
/// for the very number that the receiver awaits; that one may be anywhere in the window that was last told.
fn is_in_window(sender: &Side, receiver: &Side, seq: Seq) -> bool {
    // What its sender has just said, it may well end, also where answers to it were not captured.
    if receiver.last_ack == Seq(0) || sender.next() == Some(seq) {
        return true;
    }
    let Some(room) = receiver.room() else {
        return true;
    };
    // Some systems count their FIN only later, and others take their RST all the same.
    let first = receiver.last_ack.minus_one();
    seq.since(first) <= room.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tcp::side::{Furthest, Scale, Window};
    use crate::model::frame::Timestamp;

    /// A side that has sent up to a number, and has room for 1000 bytes from another one on.
    fn side(base: u32, next: u32, awaits: u32) -> Side {
        Side {
            base: Some(Seq(base)),
            sent: Some(Furthest {
                next: Seq(next),
                frame: 1,
                time: Timestamp::default(),
            }),
            last_ack: Seq(awaits),
            window: Some(Window {
                field: 1000,
                is_of_syn: false,
            }),
            scale: Scale::Unused,
            ..Side::default()
        }
    }

    #[test]
    fn an_rst_is_taken_from_what_is_awaited_to_the_end_of_the_window() {
        let (sender, receiver) = (side(5_000, 5_001, 1_001), side(1_000, 1_001, 5_001));
        let is_taken = |seq| is_in_window(&sender, &receiver, Seq(seq));
        for seq in [5_000, 5_001, 5_500, 6_001] {
            assert!(is_taken(seq), "{seq}");
        }
        for seq in [0, 4_000, 4_999, 6_002, 9_999_999] {
            assert!(!is_taken(seq), "{seq}");
        }
    }

    #[test]
    fn an_rst_is_believed_where_nothing_is_known_of_its_receiver() {
        let sender = side(5_000, 5_001, 1_001);
        assert!(is_in_window(&sender, &Side::default(), Seq(9_999_999)));
        let of_unknown_scale = Side {
            scale: Scale::Unknown,
            ..side(1_000, 1_001, 5_001)
        };
        assert!(is_in_window(&sender, &of_unknown_scale, Seq(9_999_999)));
    }

    #[test]
    fn an_rst_behind_all_that_its_sender_has_said_is_taken_though_no_answer_was_captured() {
        let (sender, receiver) = (side(5_000, 99_000, 1_001), side(1_000, 1_001, 5_001));
        assert!(is_in_window(&sender, &receiver, Seq(99_000)));
    }

    #[test]
    fn a_syn_is_confirmed_by_the_number_behind_it_and_no_other() {
        let asked = side(1_000, 1_001, 0);
        assert!(has_sent_up_to(&asked, Seq(1_001)));
        for ack in [0, 1_000, 1_002, 77_777] {
            assert!(!has_sent_up_to(&asked, Seq(ack)), "{ack}");
        }
    }
}
